/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_ROUTE_H
#define _DBUS_ROUTE_H

#include <linux/dbus.h>
#include <linux/types.h>

struct dbus_msg;
struct dbus_peer;
struct dbus_txn;

void dbus_route(struct dbus_peer *from, struct dbus_msg *msg);
void dbus_route_invalid(struct dbus_peer *from, const void *data, u32 len,
			enum dbusmon_reason reason);
void dbus_route_done(struct dbus_txn *txn, struct dbus_peer *from,
		     struct dbus_msg *msg, enum dbusmon_verdict verdict,
		     enum dbusmon_reason reason);

#endif /* _DBUS_ROUTE_H */
