/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of a{sv}, the dictionaries that the driver answers with. */
#ifndef ROUTED_DICT_H
#define ROUTED_DICT_H

#include <stdbool.h>
#include <stdint.h>
#include <dbus/dbus.h>

/* Begin and end the dictionary that @reply consists of. */
bool dict_open(DBusMessage *reply, DBusMessageIter *iter, DBusMessageIter *dict);
bool dict_close(DBusMessageIter *iter, DBusMessageIter *dict);

/* All return false if there is no memory. */
bool dict_u32(DBusMessageIter *dict, const char *key, uint32_t value);
bool dict_fd(DBusMessageIter *dict, const char *key, int fd);
bool dict_string(DBusMessageIter *dict, const char *key, const char *value);
/* @type: DBUS_TYPE_UINT32 or DBUS_TYPE_BYTE */
bool dict_array(DBusMessageIter *dict, const char *key, int type,
		const void *values, int n);

#endif /* ROUTED_DICT_H */
