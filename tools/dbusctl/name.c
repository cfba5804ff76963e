// SPDX-License-Identifier: GPL-2.0-or-later
/* Well-known names: show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/name.h"
#include "tools/dbusctl/output.h"
#include "tools/dbusctl/peer.h"

/* Flags of RequestName, by the specification's section "Message Bus Names". */
static const struct {
	uint32_t bit;
	const char *name;
} flag_names[] = {
	{ 1, "allow_replacement" },
	{ 2, "replace_existing" },
	{ 4, "do_not_queue" },
};

#define N_FLAGS (sizeof(flag_names) / sizeof(*flag_names))

static int on_name(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct name_list *list = data;
	struct name *name;

	if (!tb[DBUS_A_NAME] || !tb[DBUS_A_PEER_ID] || !tb[DBUS_A_BUS])
		return -EPROTO;
	list->v = must_alloc(reallocarray(list->v, list->n + 1,
					  sizeof(*list->v)));
	name = &list->v[list->n++];
	memset(name, 0, sizeof(*name));
	name->bus = mnl_attr_get_u32(tb[DBUS_A_BUS]);
	name->peer = mnl_attr_get_u64(tb[DBUS_A_PEER_ID]);
	name->name = must_alloc(strdup(mnl_attr_get_str(tb[DBUS_A_NAME])));
	if (tb[DBUS_A_QUEUE_POS])
		name->position = mnl_attr_get_u32(tb[DBUS_A_QUEUE_POS]);
	if (tb[DBUS_A_NAME_FLAGS])
		name->flags = mnl_attr_get_u32(tb[DBUS_A_NAME_FLAGS]);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order;

	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	order = strcmp(x->name, y->name);
	if (order)
		return order;
	return (x->position > y->position) - (x->position < y->position);
}

/**
 * name_list_read() - read the well-known names that may be seen
 * @ctl: the run
 * @list: where to put them; to be freed by name_list_free()
 * @bus: number of their bus; 0: of all
 *
 * Return: 0, or an exit status, the error said.
 */
int name_list_read(struct ctl *ctl, struct name_list *list, uint32_t bus)
{
	int ret;

	memset(list, 0, sizeof(*list));
	ret = ctl_dump(ctl, DBUS_CMD_NAME_GET, bus, on_name, list,
		       "the names");
	if (!ret && list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare);
	return ret;
}

/**
 * name_list_free() - free names
 * @list: the names
 */
void name_list_free(struct name_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i].name);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

static struct json_object *name_json(const struct name *name,
				     const struct peer *peer,
				     const struct bus_list *buses)
{
	struct json_object *object = must_alloc(json_object_new_object());
	struct json_object *flags = must_alloc(json_object_new_array());
	char *unique = text_peer(name->peer);
	size_t i;

	json_put_string(object, "bus", bus_name(buses, name->bus));
	json_put_u64(object, "bus_id", name->bus);
	json_put_string(object, "name", name->name);
	json_put_string(object, "peer", unique);
	json_put_u64(object, "queue_position", name->position);
	for (i = 0; i < N_FLAGS; i++)
		if (name->flags & flag_names[i].bit)
			json_object_array_add(flags, must_alloc(
				json_object_new_string(flag_names[i].name)));
	json_object_object_add(object, "flags", flags);
	if (peer && peer->pid)
		json_put_u64(object, "pid", peer->pid);
	if (peer)
		json_put_string(object, "comm", peer->comm);
	if (peer && peer->uid != UINT32_MAX)
		json_put_u64(object, "uid", peer->uid);
	free(unique);
	return object;
}

static void name_row(const struct ctl *ctl, struct table *table,
		     const struct name *name, const struct peer *peer,
		     const struct bus_list *buses)
{
	char *unique = text_peer(name->peer);
	char *user = text_user(peer ? peer->uid : UINT32_MAX, ctl->numeric);
	char flags[64] = "";
	size_t i;

	for (i = 0; i < N_FLAGS; i++)
		if (name->flags & flag_names[i].bit)
			snprintf(flags + strlen(flags),
				 sizeof(flags) - strlen(flags), "%s%s",
				 *flags ? "," : "", flag_names[i].name);
	table_row(table);
	table_cell(table, "%s", bus_name(buses, name->bus));
	table_cell(table, "%s", name->name);
	table_cell(table, "%s", unique);
	if (name->position)
		table_cell(table, "queue:%u", name->position);
	else
		table_cell(table, "owner");
	if (peer && peer->pid)
		table_cell(table, "%u", peer->pid);
	else
		table_cell(table, "-");
	table_cell(table, "%s", user);
	table_cell(table, "%s", peer && peer->comm ? peer->comm : "");
	table_cell(table, "%s", flags);
	free(unique);
	free(user);
}

static void name_list_print(struct ctl *ctl, const struct name_list *names,
			    const struct filter *filter,
			    const struct peer_list *peers,
			    const struct bus_list *buses)
{
	static const char *const titles[] = { "BUS", "NAME", "PEER", "ROLE",
					      ">PID", "USER", "COMM", "FLAGS",
					      NULL };
	struct listing shown;
	size_t i;

	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < names->n; i++) {
		const struct name *name = &names->v[i];
		const struct peer *peer = peer_find(peers, name->bus,
						    name->peer);

		if ((filter->keys & FILTER_BUS && filter->bus != name->bus) ||
		    (filter->keys & FILTER_PEER &&
		     filter->peer != name->peer) ||
		    (filter->keys & FILTER_NAME &&
		     strcmp(filter->name, name->name)))
			continue;
		if (shown.array)
			json_object_array_add(shown.array,
					      name_json(name, peer, buses));
		else
			name_row(ctl, &shown.table, name, peer, buses);
	}
	listing_print(&shown, ctl->pretty);
}

/**
 * cmd_name() - dbusctl name
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_name(struct ctl *ctl, struct args *args)
{
	const char *command = args_next(args);
	struct peer_list peers = { .v = NULL };
	struct name_list names = { .v = NULL };
	struct bus_list buses;
	struct filter filter;
	int ret;

	ret = ctl_only_shows("name", command);
	if (ret)
		return ret;
	ret = bus_list_read(ctl, &buses);
	if (!ret)
		ret = filter_parse(ctl, &filter, args,
				   FILTER_BUS | FILTER_PEER | FILTER_NAME,
				   FILTER_NAME, &buses);
	if (!ret)
		ret = name_list_read(ctl, &names, filter.bus);
	if (!ret)
		ret = peer_list_read(ctl, &peers, filter.bus);
	if (!ret)
		name_list_print(ctl, &names, &filter, &peers, &buses);
	peer_list_free(&peers);
	name_list_free(&names);
	bus_list_free(&buses);
	return ret;
}
