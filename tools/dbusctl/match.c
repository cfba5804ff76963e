// SPDX-License-Identifier: GPL-2.0-or-later
/* Match rules: show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"
#include "tools/dbusctl/peer.h"

/**
 * struct match - a match rule that a peer holds
 * @bus: number of its bus
 * @peer: id of the peer
 * @count: how many times it was added
 * @rule: its text, as it was added
 */
struct match {
	uint32_t bus;
	uint64_t peer;
	uint32_t count;
	char *rule;
};

struct match_list {
	struct match *v;
	size_t n;
};

static int on_match(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct match_list *list = data;
	struct match *match;

	if (!tb[DBUS_A_MATCH] || !tb[DBUS_A_PEER_ID] || !tb[DBUS_A_BUS])
		return -EPROTO;
	list->v = must_alloc(reallocarray(list->v, list->n + 1,
					  sizeof(*list->v)));
	match = &list->v[list->n++];
	match->bus = mnl_attr_get_u32(tb[DBUS_A_BUS]);
	match->peer = mnl_attr_get_u64(tb[DBUS_A_PEER_ID]);
	match->count = 1;
	if (tb[DBUS_A_COUNT])
		match->count = mnl_attr_get_u32(tb[DBUS_A_COUNT]);
	match->rule = must_alloc(strdup(mnl_attr_get_str(tb[DBUS_A_MATCH])));
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	if (x->peer != y->peer)
		return x->peer < y->peer ? -1 : 1;
	return strcmp(x->rule, y->rule);
}

static int match_list_read(struct ctl *ctl, struct match_list *list,
			   uint32_t bus)
{
	int ret;

	ret = ctl_dump(ctl, DBUS_CMD_MATCH_GET, bus, on_match, list,
		       "the match rules");
	if (!ret && list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare);
	return ret;
}

static void match_list_free(struct match_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i].rule);
	free(list->v);
}

static struct json_object *match_json(const struct match *match,
				      const struct peer *peer,
				      const struct bus_list *buses)
{
	struct json_object *object = must_alloc(json_object_new_object());
	char *unique = text_peer(match->peer);

	json_put_string(object, "bus", bus_name(buses, match->bus));
	json_put_u64(object, "bus_id", match->bus);
	json_put_string(object, "peer", unique);
	if (peer && peer->pid)
		json_put_u64(object, "pid", peer->pid);
	if (peer)
		json_put_string(object, "comm", peer->comm);
	json_put_u64(object, "count", match->count);
	json_put_string(object, "rule", match->rule);
	free(unique);
	return object;
}

static void match_row(struct table *table, const struct match *match,
		      const struct peer *peer, const struct bus_list *buses)
{
	char *unique = text_peer(match->peer);

	table_row(table);
	table_cell(table, "%s", bus_name(buses, match->bus));
	table_cell(table, "%s", unique);
	if (peer && peer->pid)
		table_cell(table, "%u", peer->pid);
	else
		table_cell(table, "-");
	table_cell(table, "%s", peer && peer->comm ? peer->comm : "");
	table_cell(table, "%u", match->count);
	/* A rule may be empty: it takes everything. */
	table_cell(table, "%s", *match->rule ? match->rule : "\"\"");
	free(unique);
}

static void match_list_print(struct ctl *ctl, const struct match_list *matches,
			     const struct filter *filter,
			     const struct peer_list *peers,
			     const struct bus_list *buses)
{
	static const char *const titles[] = { "BUS", "PEER", ">PID", "COMM",
					      ">COUNT", "RULE", NULL };
	struct listing shown;
	size_t i;

	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < matches->n; i++) {
		const struct match *match = &matches->v[i];
		const struct peer *peer = peer_find(peers, match->bus,
						    match->peer);

		if ((filter->keys & FILTER_BUS && filter->bus != match->bus) ||
		    (filter->keys & FILTER_PEER && filter->peer != match->peer))
			continue;
		if (shown.array)
			json_object_array_add(shown.array,
					      match_json(match, peer, buses));
		else
			match_row(&shown.table, match, peer, buses);
	}
	listing_print(&shown, ctl->pretty);
}

/**
 * cmd_match() - dbusctl match
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_match(struct ctl *ctl, struct args *args)
{
	const char *command = args_next(args);
	struct match_list matches = { .v = NULL };
	struct peer_list peers = { .v = NULL };
	struct bus_list buses;
	struct filter filter;
	int ret;

	ret = ctl_only_shows("match", command);
	if (ret)
		return ret;
	ret = bus_list_read(ctl, &buses);
	if (!ret)
		ret = filter_parse(ctl, &filter, args, FILTER_BUS | FILTER_PEER,
				   FILTER_PEER, &buses);
	if (!ret)
		ret = match_list_read(ctl, &matches, filter.bus);
	if (!ret)
		ret = peer_list_read(ctl, &peers, filter.bus);
	if (!ret)
		match_list_print(ctl, &matches, &filter, &peers, &buses);
	peer_list_free(&peers);
	match_list_free(&matches);
	bus_list_free(&buses);
	return ret;
}
