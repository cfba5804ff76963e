// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/dict.h"

bool dict_open(DBusMessage *reply, DBusMessageIter *iter, DBusMessageIter *dict)
{
	dbus_message_iter_init_append(reply, iter);
	return dbus_message_iter_open_container(iter, DBUS_TYPE_ARRAY, "{sv}",
						dict);
}

bool dict_close(DBusMessageIter *iter, DBusMessageIter *dict)
{
	return dbus_message_iter_close_container(iter, dict);
}

static bool begin(DBusMessageIter *dict, DBusMessageIter *entry,
		  DBusMessageIter *variant, const char *key, const char *type)
{
	return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY,
						NULL, entry) &&
	       dbus_message_iter_append_basic(entry, DBUS_TYPE_STRING, &key) &&
	       dbus_message_iter_open_container(entry, DBUS_TYPE_VARIANT, type,
						variant);
}

static bool end(DBusMessageIter *dict, DBusMessageIter *entry,
		DBusMessageIter *variant)
{
	return dbus_message_iter_close_container(entry, variant) &&
	       dbus_message_iter_close_container(dict, entry);
}

bool dict_u32(DBusMessageIter *dict, const char *key, uint32_t value)
{
	DBusMessageIter entry, variant;

	return begin(dict, &entry, &variant, key, "u") &&
	       dbus_message_iter_append_basic(&variant, DBUS_TYPE_UINT32,
					      &value) &&
	       end(dict, &entry, &variant);
}

bool dict_fd(DBusMessageIter *dict, const char *key, int fd)
{
	DBusMessageIter entry, variant;

	return begin(dict, &entry, &variant, key, "h") &&
	       dbus_message_iter_append_basic(&variant, DBUS_TYPE_UNIX_FD,
					      &fd) &&
	       end(dict, &entry, &variant);
}

bool dict_string(DBusMessageIter *dict, const char *key, const char *value)
{
	DBusMessageIter entry, variant;

	return begin(dict, &entry, &variant, key, "s") &&
	       dbus_message_iter_append_basic(&variant, DBUS_TYPE_STRING,
					      &value) &&
	       end(dict, &entry, &variant);
}

bool dict_array(DBusMessageIter *dict, const char *key, int type,
		const void *values, int n)
{
	const char array[] = { DBUS_TYPE_ARRAY, (char)type, '\0' };
	DBusMessageIter entry, variant, items;

	return begin(dict, &entry, &variant, key, array) &&
	       dbus_message_iter_open_container(&variant, DBUS_TYPE_ARRAY,
						array + 1, &items) &&
	       dbus_message_iter_append_fixed_array(&items, type, &values, n) &&
	       dbus_message_iter_close_container(&variant, &items) &&
	       end(dict, &entry, &variant);
}
