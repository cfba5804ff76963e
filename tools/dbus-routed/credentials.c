// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/dbus-routed/dict.h"

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

bool credentials_append(const struct credentials *c, int process,
			DBusMessage *reply)
{
	DBusMessageIter iter, dict;

	if (!dict_open(reply, &iter, &dict) ||
	    !dict_u32(&dict, "UnixUserID", c->uid))
		return false;
	if (c->has_groups && !dict_array(&dict, "UnixGroupIDs",
					 DBUS_TYPE_UINT32, c->groups,
					 (int)c->n_groups))
		return false;
	if (c->pid && !dict_u32(&dict, "ProcessID", c->pid))
		return false;
	if (process >= 0 && !dict_fd(&dict, "ProcessFD", process))
		return false;
	/* the specification: with a NUL behind it, "for historical reasons" */
	if (c->label && !dict_array(&dict, "LinuxSecurityLabel",
				    DBUS_TYPE_BYTE, c->label,
				    (int)strlen(c->label) + 1))
		return false;
	return dict_close(&iter, &dict);
}
