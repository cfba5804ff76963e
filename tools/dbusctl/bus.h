/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buses. */
#ifndef DBUSCTL_BUS_H
#define DBUSCTL_BUS_H

#include "tools/dbusctl/ctl.h"

/**
 * struct bus - a bus
 * @id: its number; its tap device is dbusN
 * @uid: who made it
 * @name: its name
 * @guid: what GetId answers
 * @observed: another program serves it
 * @has: bit n: the kernel gave counter n
 * @stat: its counters, by enum dbus_stat
 */
struct bus {
	uint32_t id;
	uint32_t uid;
	char name[DBUS_NAME_MAX];
	char guid[DBUS_GUID_LEN + 1];
	bool observed;
	uint64_t has;
	uint64_t stat[DBUS_STAT_MAX + 1];
};

/**
 * struct bus_list - buses, by number
 * @v: they
 * @n: how many
 */
struct bus_list {
	struct bus *v;
	size_t n;
};

int bus_list_read(struct ctl *ctl, struct bus_list *list);
int bus_list_stats(struct ctl *ctl, struct bus_list *list);
void bus_list_add(struct bus_list *list, const struct nlattr *const *tb);
void bus_list_del(struct bus_list *list, uint32_t id);
void bus_list_free(struct bus_list *list);
const struct bus *bus_find(const struct bus_list *list, const char *ref);
const struct bus *bus_by_id(const struct bus_list *list, uint32_t id);
const char *bus_name(const struct bus_list *list, uint32_t id);

struct stat_name {
	const char *name;
	enum dbus_stat stat;
	const char *meaning;
};
extern const struct stat_name stat_names[];

#endif
