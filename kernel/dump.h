/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_DUMP_H
#define _DBUS_DUMP_H

#include <linux/types.h>

struct dbus_bus;
struct netlink_callback;
struct sk_buff;

bool dbus_may_configure(struct sk_buff *skb, struct dbus_bus *bus);

int dbus_dump_start(struct netlink_callback *cb);
int dbus_dump_done(struct netlink_callback *cb);
int dbus_dump_buses(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_peers(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_names(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_matches(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_policy(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_listeners(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_stats(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_users(struct sk_buff *skb, struct netlink_callback *cb);
int dbus_dump_services(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _DBUS_DUMP_H */
