/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Well-known names: who owns them, and who waits for them. */
#ifndef DBUSCTL_NAME_H
#define DBUSCTL_NAME_H

#include "tools/dbusctl/ctl.h"

/**
 * struct name - an owner of a name, or one who waits for it
 * @bus: number of the bus
 * @peer: id of the owner
 * @position: 0: owner; n: n-th in the queue
 * @flags: those of its RequestName
 * @name: the name
 */
struct name {
	uint32_t bus;
	uint64_t peer;
	uint32_t position;
	uint32_t flags;
	char *name;
};

/**
 * struct name_list - names
 * @v: they, by bus, name and position
 * @n: how many
 */
struct name_list {
	struct name *v;
	size_t n;
};

int name_list_read(struct ctl *ctl, struct name_list *list, uint32_t bus);
void name_list_free(struct name_list *list);

#endif
