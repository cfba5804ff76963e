/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_REPLY_H
#define _DBUS_REPLY_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct dbus_bus;
struct dbus_peer;

/**
 * struct dbus_reply - a call that waits for its reply
 * @by_serial: in &dbus_peer.calls of @caller
 * @of_replier: in &dbus_peer.serves of @replier
 * @by_time: in &dbus_bus.waiting, if there is an end to that, or in
 *	&dbus_bus.spare_replies
 * @caller: who gets the reply
 * @replier: who alone may send it
 * @serial: of the call
 * @since: when it was made, jiffies
 */
struct dbus_reply {
	struct rb_node by_serial;
	struct list_head of_replier;
	struct list_head by_time;
	struct dbus_peer *caller;
	struct dbus_peer *replier;
	u32 serial;
	unsigned long since;
};

struct dbus_reply *dbus_reply_new(void);
void dbus_reply_free(struct dbus_reply *reply);
struct dbus_reply *dbus_reply_reuse(struct dbus_bus *bus);
bool dbus_reply_keep(struct dbus_bus *bus, struct dbus_reply *reply);
struct dbus_reply *dbus_reply_find(struct dbus_peer *caller,
				   struct dbus_peer *replier, u32 serial);
bool dbus_reply_full(const struct dbus_peer *caller);
void dbus_reply_add(struct dbus_reply *reply, struct dbus_peer *caller,
		    struct dbus_peer *replier, u32 serial);
void dbus_reply_del(struct dbus_reply *reply);

void dbus_reply_start(struct dbus_bus *bus);
void dbus_reply_stop(struct dbus_bus *bus);

int dbus_reply_init(void);
void dbus_reply_exit(void);

#endif /* _DBUS_REPLY_H */
