/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_TAP_H
#define _DBUS_TAP_H

#include <linux/dbus.h>

struct dbus_bus;
struct dbus_msg;
struct dbus_net;
struct dbus_peer;
struct net;

void dbus_tap_note(struct dbus_bus *bus, struct dbus_msg *msg,
		   struct dbus_peer *from, enum dbusmon_verdict verdict,
		   enum dbusmon_reason reason);
bool dbus_tap_is_heard(struct dbus_bus *bus);
void dbus_tap_note_observed(struct dbus_bus *bus, struct dbus_msg *msg);
void dbus_tap_lose(struct dbus_bus *bus);
void dbus_tap_flush(struct dbus_bus *bus);
void dbus_tap_start(struct dbus_bus *bus);
void dbus_tap_stop(struct dbus_bus *bus);

int dbus_tap_bus_add(struct dbus_bus *bus);
void dbus_tap_bus_del(struct dbus_bus *bus);

int dbus_tap_init(void);
void dbus_tap_exit(void);

#endif /* _DBUS_TAP_H */
