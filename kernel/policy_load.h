/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_POLICY_LOAD_H
#define _DBUS_POLICY_LOAD_H

struct dbus_bus;
struct genl_info;

int dbus_policy_load(struct dbus_bus *bus, struct genl_info *info);

#endif /* _DBUS_POLICY_LOAD_H */
