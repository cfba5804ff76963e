/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_KEPT_H
#define _DBUS_KEPT_H

#include <linux/list.h>
#include <linux/types.h>

struct dbus_bus;
struct dbus_msg;
struct dbus_peer;

/* Calls of a peer, and their octets, that the bus keeps at a time. */
#define DBUS_KEPT_MAX		128
#define DBUS_KEPT_BYTES		(4u << 20)

/**
 * struct dbus_kept - a call for the driver, kept until it is answered
 * @node: in &dbus_bus.kept, in order of arrival
 * @caller: who made it
 * @msg: the call; holds a reference
 *
 * The calls that the driver answers are all repeatable: one that the driver had
 * when it went away goes to the next one again.
 */
struct dbus_kept {
	struct list_head node;
	struct dbus_peer *caller;
	struct dbus_msg *msg;
};

struct dbus_kept *dbus_kept_new(struct dbus_peer *caller,
				struct dbus_msg *msg);
void dbus_kept_free(struct dbus_kept *kept);
void dbus_kept_free_list(struct list_head *list);
bool dbus_kept_full(const struct dbus_peer *caller,
		    const struct dbus_msg *msg);
void dbus_kept_add(struct dbus_kept *kept);
void dbus_kept_del(struct dbus_kept *kept, struct list_head *to);
struct dbus_kept *dbus_kept_find(struct dbus_peer *caller, u32 serial);
bool dbus_kept_is_oneway(const struct dbus_kept *kept);
void dbus_kept_forget(struct dbus_peer *caller, struct list_head *to);
int dbus_kept_hand_over(struct dbus_peer *driver, bool vacant);

#endif /* _DBUS_KEPT_H */
