/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface org.freedesktop.DBus.Debug.Stats: what the kernel has counted. */
#ifndef ROUTED_STATS_H
#define ROUTED_STATS_H

#include <stdint.h>
#include <dbus/dbus.h>

struct driver;

/* All return the reply, or NULL if there is no memory for it. */
DBusMessage *stats_of_bus(struct driver *d, DBusMessage *call);
DBusMessage *stats_of_peer(struct driver *d, DBusMessage *call, uint64_t id);
DBusMessage *stats_match_rules(struct driver *d, DBusMessage *call);

#endif /* ROUTED_STATS_H */
