/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_EVENT_H
#define _DBUS_EVENT_H

#include <linux/dbus.h>

#include "wire/message.h"

struct dbus_bus;
struct dbus_peer;

void dbus_event_bus(struct dbus_bus *bus, enum dbus_cmd cmd);
void dbus_event_peer(struct dbus_peer *peer, enum dbus_cmd cmd);
void dbus_event_name(struct dbus_bus *bus, struct wire_str name,
		     struct dbus_peer *old_owner, struct dbus_peer *new_owner);

__printf(2, 3)
void dbus_event_log(struct dbus_bus *bus, const char *fmt, ...);

int dbus_event_init(void);
void dbus_event_exit(void);

#endif /* _DBUS_EVENT_H */
