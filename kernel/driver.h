/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_DRIVER_H
#define _DBUS_DRIVER_H

struct dbus_msg;
struct dbus_peer;

void dbus_driver_call(struct dbus_peer *from, struct dbus_msg *msg);

#endif /* _DBUS_DRIVER_H */
