// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void credentials_deinit(struct credentials *c)
{
	free(c->groups);
	free(c->label);
	*c = (struct credentials){};
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void credentials_sort_groups(struct credentials *c)
{
	size_t i, n = 0;

	if (!c->n_groups)
		return;
	qsort(c->groups, c->n_groups, sizeof(*c->groups), compare);
	for (i = 0; i < c->n_groups; i++)
		if (!i || c->groups[i] != c->groups[n - 1])
			c->groups[n++] = c->groups[i];
	c->n_groups = n;
}

/* The kernel ends the label with a line break or a NUL, or with neither. */
static char *own_label(void)
{
	char text[4096];
	size_t n;
	FILE *f;

	f = fopen("/proc/self/attr/current", "re");
	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text[0] ? strdup(text) : NULL;
}

void credentials_own(struct credentials *c)
{
	*c = (struct credentials){
		.uid = geteuid(),
		.pid = getpid(),
		.label = own_label(),
	};
}

static bool append_u32(DBusMessageIter *dict, const char *key, uint32_t value)
{
	DBusMessageIter entry, variant;

	return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY,
						NULL, &entry) &&
	       dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
	       dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "u",
						&variant) &&
	       dbus_message_iter_append_basic(&variant, DBUS_TYPE_UINT32,
					      &value) &&
	       dbus_message_iter_close_container(&entry, &variant) &&
	       dbus_message_iter_close_container(dict, &entry);
}

/* @type: DBUS_TYPE_UINT32 or DBUS_TYPE_BYTE */
static bool append_array(DBusMessageIter *dict, const char *key, int type,
			 const void *values, int n)
{
	const char array[] = { DBUS_TYPE_ARRAY, (char)type, '\0' };
	DBusMessageIter entry, variant, items;

	return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY,
						NULL, &entry) &&
	       dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
	       dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT,
						array, &variant) &&
	       dbus_message_iter_open_container(&variant, DBUS_TYPE_ARRAY,
						array + 1, &items) &&
	       dbus_message_iter_append_fixed_array(&items, type, &values, n) &&
	       dbus_message_iter_close_container(&variant, &items) &&
	       dbus_message_iter_close_container(&entry, &variant) &&
	       dbus_message_iter_close_container(dict, &entry);
}

bool credentials_append(const struct credentials *c, DBusMessage *reply)
{
	DBusMessageIter iter, dict;

	dbus_message_iter_init_append(reply, &iter);
	if (!dbus_message_iter_open_container(&iter, DBUS_TYPE_ARRAY, "{sv}",
					      &dict))
		return false;
	if (!append_u32(&dict, "UnixUserID", c->uid))
		return false;
	if (c->has_groups && !append_array(&dict, "UnixGroupIDs",
					   DBUS_TYPE_UINT32, c->groups,
					   (int)c->n_groups))
		return false;
	if (c->pid && !append_u32(&dict, "ProcessID", c->pid))
		return false;
	/* the specification: with a NUL behind it, "for historical reasons" */
	if (c->label && !append_array(&dict, "LinuxSecurityLabel",
				      DBUS_TYPE_BYTE, c->label,
				      (int)strlen(c->label) + 1))
		return false;
	return dbus_message_iter_close_container(&iter, &dict);
}
