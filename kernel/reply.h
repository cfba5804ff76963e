/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_REPLY_H
#define _DBUS_REPLY_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct dbus_peer;

/* Replies that a peer may wait for at a time. */
#define DBUS_REPLIES_MAX	50000

/**
 * struct dbus_reply - a call that waits for its reply
 * @by_serial: in &dbus_peer.calls of @caller
 * @of_replier: in &dbus_peer.serves of @replier
 * @caller: who gets the reply
 * @replier: who alone may send it
 * @serial: of the call
 */
struct dbus_reply {
	struct rb_node by_serial;
	struct list_head of_replier;
	struct dbus_peer *caller;
	struct dbus_peer *replier;
	u32 serial;
};

struct dbus_reply *dbus_reply_new(void);
void dbus_reply_free(struct dbus_reply *reply);
struct dbus_reply *dbus_reply_find(struct dbus_peer *caller,
				   struct dbus_peer *replier, u32 serial);
void dbus_reply_add(struct dbus_reply *reply, struct dbus_peer *caller,
		    struct dbus_peer *replier, u32 serial);
void dbus_reply_del(struct dbus_reply *reply);

int dbus_reply_init(void);
void dbus_reply_exit(void);

#endif /* _DBUS_REPLY_H */
