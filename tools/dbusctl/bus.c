// SPDX-License-Identifier: GPL-2.0-or-later
/* Buses: show, add, del. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"

static int parse_stat(const struct nlattr *attr, void *data)
{
	struct bus *bus = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type > DBUS_STAT_MAX || type <= DBUS_STAT_PAD ||
	    mnl_attr_validate(attr, MNL_TYPE_U64) < 0)
		return MNL_CB_OK;
	bus->stat[type] = mnl_attr_get_u64(attr);
	bus->has |= 1ull << type;
	return MNL_CB_OK;
}

static void bus_decode(struct bus *bus, const struct nlattr *const *tb)
{
	memset(bus, 0, sizeof(*bus));
	bus->uid = UINT32_MAX;
	if (tb[DBUS_A_BUS])
		bus->id = mnl_attr_get_u32(tb[DBUS_A_BUS]);
	bus->observed = tb[DBUS_A_OBSERVED];
	if (tb[DBUS_A_UID])
		bus->uid = mnl_attr_get_u32(tb[DBUS_A_UID]);
	if (tb[DBUS_A_BUS_NAME])
		snprintf(bus->name, sizeof(bus->name), "%s",
			 mnl_attr_get_str(tb[DBUS_A_BUS_NAME]));
	if (tb[DBUS_A_GUID])
		snprintf(bus->guid, sizeof(bus->guid), "%s",
			 mnl_attr_get_str(tb[DBUS_A_GUID]));
	if (tb[DBUS_A_STATS])
		mnl_attr_parse_nested(tb[DBUS_A_STATS], parse_stat, bus);
}

/**
 * bus_list_add() - keep a bus that a message tells of
 * @list: the buses
 * @tb: the message's attributes
 */
void bus_list_add(struct bus_list *list, const struct nlattr *const *tb)
{
	struct bus bus;
	size_t i;

	bus_decode(&bus, tb);
	for (i = 0; i < list->n && list->v[i].id < bus.id; i++)
		;
	if (i == list->n || list->v[i].id != bus.id) {
		list->v = must_alloc(reallocarray(list->v, list->n + 1,
						  sizeof(*list->v)));
		memmove(list->v + i + 1, list->v + i,
			(list->n - i) * sizeof(*list->v));
		list->n++;
	}
	list->v[i] = bus;
}

/**
 * bus_list_del() - forget a bus
 * @list: the buses
 * @id: its number
 */
void bus_list_del(struct bus_list *list, uint32_t id)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->v[i].id != id)
			continue;
		list->n--;
		memmove(list->v + i, list->v + i + 1,
			(list->n - i) * sizeof(*list->v));
		return;
	}
}

static int on_bus(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	bus_list_add(data, tb);
	return 0;
}

/**
 * bus_list_read() - read the buses that may be seen
 * @ctl: the run
 * @list: where to put them; to be freed by bus_list_free()
 *
 * Return: 0, or an exit status, the error said.
 */
int bus_list_read(struct ctl *ctl, struct bus_list *list)
{
	memset(list, 0, sizeof(*list));
	return ctl_dump(ctl, DBUS_CMD_BUS_GET, 0, on_bus, list, "the buses");
}

static int on_stats(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct bus_list *list = data;
	size_t i;

	if (!tb[DBUS_A_BUS] || !tb[DBUS_A_STATS])
		return 0;
	for (i = 0; i < list->n; i++)
		if (list->v[i].id == mnl_attr_get_u32(tb[DBUS_A_BUS]))
			mnl_attr_parse_nested(tb[DBUS_A_STATS], parse_stat,
					      &list->v[i]);
	return 0;
}

/**
 * bus_list_stats() - bring the counters of buses up to date
 * @ctl: the run
 * @list: the buses
 *
 * Return: 0, or an exit status, the error said.
 */
int bus_list_stats(struct ctl *ctl, struct bus_list *list)
{
	return ctl_dump(ctl, DBUS_CMD_STATS_GET, 0, on_stats, list,
			"the counters");
}

/**
 * bus_list_free() - free buses
 * @list: the buses
 */
void bus_list_free(struct bus_list *list)
{
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/**
 * bus_by_id() - find a bus by its number
 * @list: the buses
 * @id: the number
 *
 * Return: the bus, or NULL.
 */
const struct bus *bus_by_id(const struct bus_list *list, uint32_t id)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->v[i].id == id)
			return &list->v[i];
	return NULL;
}

/**
 * bus_find() - find a bus by its name, or else by its number
 * @list: the buses
 * @ref: the name or number
 *
 * Return: the bus, or NULL.
 */
const struct bus *bus_find(const struct bus_list *list, const char *ref)
{
	char number[16];
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, ref))
			return &list->v[i];
	for (i = 0; i < list->n; i++) {
		snprintf(number, sizeof(number), "%u", list->v[i].id);
		if (!strcmp(number, ref))
			return &list->v[i];
	}
	return NULL;
}

/**
 * bus_name() - what to call a bus
 * @list: the buses
 * @id: its number
 *
 * Return: its name; empty if it is not known.
 */
const char *bus_name(const struct bus_list *list, uint32_t id)
{
	const struct bus *bus = bus_by_id(list, id);

	return bus ? bus->name : "";
}

static struct json_object *bus_json(const struct ctl *ctl,
				    const struct bus *bus)
{
	struct json_object *object = must_alloc(json_object_new_object());
	char tap[24];
	char *user;

	snprintf(tap, sizeof(tap), "dbus%u", bus->id);
	json_put_u64(object, "id", bus->id);
	json_put_string(object, "bus", bus->name);
	json_put_string(object, "tap", tap);
	json_put_string(object, "guid", bus->guid);
	if (bus->uid != UINT32_MAX) {
		user = text_user(bus->uid, ctl->numeric);
		json_put_u64(object, "uid", bus->uid);
		json_put_string(object, "user", user);
		free(user);
	}
	for (const struct stat_name *s = stat_names; s->name; s++)
		if (bus->has & 1ull << s->stat)
			json_put_u64(object, s->name, bus->stat[s->stat]);
	return object;
}

static void bus_row(const struct ctl *ctl, struct table *table,
		    const struct bus *bus)
{
	char *user = text_user(bus->uid, ctl->numeric);

	table_row(table);
	table_cell(table, "%s", bus->name);
	table_cell(table, "%u", bus->id);
	table_cell(table, "dbus%u", bus->id);
	table_cell(table, "%s", user);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_PEERS]);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_NAMES]);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_MATCHES]);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_ROUTED]);
	if (ctl->details)
		table_note(table, "guid %s, kept calls %llu, open calls %llu, queued %llu bytes",
			   bus->guid,
			   (unsigned long long)bus->stat[DBUS_STAT_KEPT_CALLS],
			   (unsigned long long)bus->stat[DBUS_STAT_REPLIES],
			   (unsigned long long)bus->stat[DBUS_STAT_QUEUED_BYTES]);
	if (ctl->stats)
		table_note(table, "delivered %llu, denied %llu, undelivered %llu, invalid %llu, tap records %llu, tap lost %llu",
			   (unsigned long long)bus->stat[DBUS_STAT_DELIVERED],
			   (unsigned long long)bus->stat[DBUS_STAT_DENIED],
			   (unsigned long long)bus->stat[DBUS_STAT_UNDELIVERED],
			   (unsigned long long)bus->stat[DBUS_STAT_INVALID],
			   (unsigned long long)bus->stat[DBUS_STAT_TAP_RECORDS],
			   (unsigned long long)bus->stat[DBUS_STAT_TAP_LOST]);
	free(user);
}

static void bus_list_print(const struct ctl *ctl, const struct bus_list *list,
			   const struct filter *filter)
{
	static const char *const titles[] = { "BUS", ">ID", "TAP", "USER",
					      ">PEERS", ">NAMES", ">MATCHES",
					      ">ROUTED", NULL };
	struct listing shown;
	size_t i;

	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < list->n; i++) {
		const struct bus *bus = &list->v[i];

		if ((filter->keys & FILTER_BUS && filter->bus != bus->id) ||
		    (filter->keys & FILTER_UID && filter->uid != bus->uid))
			continue;
		if (shown.array)
			json_object_array_add(shown.array, bus_json(ctl, bus));
		else
			bus_row(ctl, &shown.table, bus);
	}
	listing_print(&shown, ctl->pretty);
}

static int bus_show(struct ctl *ctl, struct args *args)
{
	struct bus_list list;
	struct filter filter;
	int ret;

	ret = bus_list_read(ctl, &list);
	if (!ret)
		ret = filter_parse(ctl, &filter, args, FILTER_BUS | FILTER_UID,
				   FILTER_BUS, &list);
	if (!ret)
		bus_list_print(ctl, &list, &filter);
	bus_list_free(&list);
	return ret;
}

static int bus_add(struct ctl *ctl, struct args *args)
{
	const char *name = args_next(args);
	const char *guid = NULL;
	struct bus_list made = { .v = NULL };
	struct filter all = { 0 };
	struct genl_msg msg;
	int ret;

	if (!name)
		return ctl_usage("\"bus add\" needs a name");
	if (args_is(args->v[0], "guid")) {
		args_next(args);
		guid = args_next(args);
		if (!guid)
			return ctl_usage("\"guid\" needs a value");
		if (strlen(guid) != DBUS_GUID_LEN ||
		    strspn(guid, "0123456789abcdef") != DBUS_GUID_LEN)
			return ctl_usage("a guid is %d hexadecimal digits, in lower case",
					 DBUS_GUID_LEN);
	}
	if (args->v[0])
		return ctl_usage("what is \"%s\"?", args->v[0]);
	if (!*name || strlen(name) >= DBUS_NAME_MAX)
		return ctl_usage("the name of a bus has 1 to %d octets",
				 DBUS_NAME_MAX - 1);

	genl_request(&ctl->genl, &msg, DBUS_CMD_BUS_NEW);
	mnl_attr_put_strz(msg.nlh, DBUS_A_BUS_NAME, name);
	if (guid)
		mnl_attr_put_strz(msg.nlh, DBUS_A_GUID, guid);
	ret = genl_do(&ctl->genl, &msg, on_bus, &made);
	if (ret)
		ret = ctl_failed(ctl, ret, "cannot add bus \"%s\"", name);
	else
		bus_list_print(ctl, &made, &all);
	bus_list_free(&made);
	return ret;
}

static int bus_del(struct ctl *ctl, struct args *args)
{
	const char *ref = args_next(args);
	const struct bus *bus;
	struct bus_list list;
	struct genl_msg msg;
	int ret;

	if (!ref)
		return ctl_usage("\"bus del\" needs the name or number of a bus");
	if (args->v[0])
		return ctl_usage("what is \"%s\"?", args->v[0]);
	ret = bus_list_read(ctl, &list);
	if (ret)
		return ret;
	bus = bus_find(&list, ref);
	if (bus) {
		genl_request(&ctl->genl, &msg, DBUS_CMD_BUS_DEL);
		mnl_attr_put_u32(msg.nlh, DBUS_A_BUS, bus->id);
		ret = genl_do(&ctl->genl, &msg, NULL, NULL);
		if (ret)
			ret = ctl_failed(ctl, ret, "cannot delete bus \"%s\"",
					 ref);
	} else {
		ret = ctl_failed(ctl, -ENOENT, "there is no bus \"%s\", or it is not yours to see",
				 ref);
	}
	bus_list_free(&list);
	return ret;
}

/**
 * cmd_bus() - dbusctl bus
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_bus(struct ctl *ctl, struct args *args)
{
	const char *command = args_next(args);

	if (!command || args_is(command, "show") || args_is(command, "list"))
		return bus_show(ctl, args);
	if (args_is(command, "add"))
		return bus_add(ctl, args);
	if (args_is(command, "delete"))
		return bus_del(ctl, args);
	return ctl_usage("\"bus %s\" is unknown; try \"dbusctl bus help\"",
			 command);
}
