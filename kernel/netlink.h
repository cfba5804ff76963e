/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_NETLINK_H
#define _DBUS_NETLINK_H

#include <linux/netlink.h>
#include <linux/types.h>

struct dbus_bus;
struct dbus_peer;
struct genl_family;
struct sk_buff;

extern struct genl_family dbus_genl_family;

int dbus_fill_bus(struct sk_buff *skb, struct dbus_bus *bus);
int dbus_fill_peer(struct sk_buff *skb, struct dbus_peer *peer);

/* What a request is refused with: @err is returned, and @why told. */
static inline int dbus_refuse(struct netlink_ext_ack *extack, int err,
			      const char *why)
{
	if (extack)
		extack->_msg = why;
	return err;
}

int dbus_netlink_init(void);
void dbus_netlink_exit(void);

#endif /* _DBUS_NETLINK_H */
