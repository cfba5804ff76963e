// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters of buses: show. */
#include <stdio.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"

/* In the order in which they are shown. */
const struct stat_name stat_names[] = {
	{ "routed", DBUS_STAT_ROUTED, "messages routed" },
	{ "delivered", DBUS_STAT_DELIVERED, "deliveries, one for each receiver" },
	{ "denied", DBUS_STAT_DENIED, "messages refused" },
	{ "undelivered", DBUS_STAT_UNDELIVERED, "messages that nobody took" },
	{ "invalid", DBUS_STAT_INVALID, "messages that broke the specification" },
	{ "driver_calls", DBUS_STAT_DRIVER_CALLS, "calls answered by the kernel" },
	{ "peers_ever", DBUS_STAT_PEERS_EVER, "peers that ever connected" },
	{ "peers", DBUS_STAT_PEERS, "peers now" },
	{ "names", DBUS_STAT_NAMES, "well-known names now" },
	{ "matches", DBUS_STAT_MATCHES, "match rules now" },
	{ "open_calls", DBUS_STAT_REPLIES, "calls that wait for their reply" },
	{ "kept_calls", DBUS_STAT_KEPT_CALLS, "calls kept for the daemon" },
	{ "queued_bytes", DBUS_STAT_QUEUED_BYTES, "octets waiting for receivers" },
	{ "tap_records", DBUS_STAT_TAP_RECORDS, "records given to the tap" },
	{ "tap_lost", DBUS_STAT_TAP_LOST, "records that could not be built" },
	{ "observed_bytes", DBUS_STAT_OBSERVED_BYTES, "octets looked at, if observed" },
	{ .name = NULL },
};

static struct json_object *stats_json(const struct bus *bus)
{
	struct json_object *object = must_alloc(json_object_new_object());

	json_put_string(object, "bus", bus->name);
	json_put_u64(object, "bus_id", bus->id);
	for (const struct stat_name *s = stat_names; s->name; s++)
		if (bus->has & 1ull << s->stat)
			json_put_u64(object, s->name, bus->stat[s->stat]);
	return object;
}

static void stats_rows(struct table *table, const struct bus *bus)
{
	for (const struct stat_name *s = stat_names; s->name; s++) {
		if (!(bus->has & 1ull << s->stat))
			continue;
		table_row(table);
		table_cell(table, "%s", bus->name);
		table_cell(table, "%s", s->name);
		table_cell(table, "%llu", (unsigned long long)bus->stat[s->stat]);
		table_cell(table, "%s", s->meaning);
	}
}

/**
 * cmd_stats() - dbusctl stats
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_stats(struct ctl *ctl, struct args *args)
{
	static const char *const titles[] = { "BUS", "COUNTER", ">VALUE",
					      "MEANING", NULL };
	const char *command = args_next(args);
	struct bus_list list;
	struct filter filter;
	struct listing shown;
	size_t i;
	int ret;

	ret = ctl_only_shows("stats", command);
	if (ret)
		return ret;
	ret = bus_list_read(ctl, &list);
	if (!ret)
		ret = bus_list_stats(ctl, &list);
	if (!ret)
		ret = filter_parse(ctl, &filter, args, FILTER_BUS, FILTER_BUS,
				   &list);
	if (ret)
		goto out;

	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < list.n; i++) {
		if (filter.keys & FILTER_BUS && filter.bus != list.v[i].id)
			continue;
		if (shown.array)
			json_object_array_add(shown.array,
					      stats_json(&list.v[i]));
		else
			stats_rows(&shown.table, &list.v[i]);
	}
	listing_print(&shown, ctl->pretty);
out:
	bus_list_free(&list);
	return ret;
}
