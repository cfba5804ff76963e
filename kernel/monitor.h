/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_MONITOR_H
#define _DBUS_MONITOR_H

#include <linux/list.h>

struct dbus_msg;
struct dbus_peer;
struct dbus_txn;

void dbus_monitor_free_rules(struct list_head *rules);
void dbus_monitor_start(struct dbus_peer *peer, struct list_head *rules);
void dbus_monitor_stop(struct dbus_peer *peer, struct list_head *rules);
void dbus_monitor_plan(struct dbus_txn *txn, struct dbus_msg *msg,
		       struct dbus_peer *from);
bool dbus_monitor_planned(struct dbus_txn *txn, struct dbus_msg *msg,
			  struct dbus_peer *from);

#endif /* _DBUS_MONITOR_H */
