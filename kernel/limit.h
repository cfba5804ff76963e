/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_LIMIT_H
#define _DBUS_LIMIT_H

#include <linux/compiler.h>

#include "bus.h"

extern const u32 dbus_limit_standard[DBUS_LIMIT_MAX + 1];
extern const u32 dbus_limit_most[DBUS_LIMIT_MAX + 1];

/**
 * dbus_limit() - a limit of a bus as it is now
 * @bus: the bus, locked or not
 * @limit: which
 */
static inline u32 dbus_limit(const struct dbus_bus *bus, enum dbus_limit limit)
{
	return READ_ONCE(bus->limits[limit]);
}

#endif /* _DBUS_LIMIT_H */
