// SPDX-License-Identifier: GPL-2.0-or-later
/* Peers: show, del. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/name.h"
#include "tools/dbusctl/output.h"
#include "tools/dbusctl/peer.h"

static char *get_string(const struct nlattr *const *tb, enum dbus_attr attr)
{
	return tb[attr] ? must_alloc(strdup(mnl_attr_get_str(tb[attr]))) : NULL;
}

/**
 * peer_decode() - read a peer from a message
 * @peer: where to put it; to be freed by peer_free()
 * @tb: the message's attributes
 */
void peer_decode(struct peer *peer, const struct nlattr *const *tb)
{
	const struct nlattr *groups = tb[DBUS_A_GROUPS];

	memset(peer, 0, sizeof(*peer));
	peer->bus = attr_u32(tb, DBUS_A_BUS, 0);
	peer->id = attr_u64(tb, DBUS_A_PEER_ID);
	peer->uid = attr_u32(tb, DBUS_A_UID, UINT32_MAX);
	peer->gid = attr_u32(tb, DBUS_A_GID, UINT32_MAX);
	peer->pid = attr_u32(tb, DBUS_A_PID, 0);
	peer->unix_fds = tb[DBUS_A_UNIX_FDS];
	peer->driver = tb[DBUS_A_DRIVER];
	peer->hello = tb[DBUS_A_HELLO];
	peer->monitor = tb[DBUS_A_MONITOR];
	peer->comm = get_string(tb, DBUS_A_COMM);
	peer->label = get_string(tb, DBUS_A_LABEL);
	peer->n_matches = attr_u32(tb, DBUS_A_N_MATCHES, 0);
	peer->n_names = attr_u32(tb, DBUS_A_N_NAMES, 0);
	peer->n_replies = attr_u32(tb, DBUS_A_N_REPLIES, 0);
	peer->rx_messages = attr_u64(tb, DBUS_A_RX_MESSAGES);
	peer->rx_bytes = attr_u64(tb, DBUS_A_RX_BYTES);
	peer->tx_messages = attr_u64(tb, DBUS_A_TX_MESSAGES);
	peer->tx_bytes = attr_u64(tb, DBUS_A_TX_BYTES);
	peer->queued_messages = attr_u64(tb, DBUS_A_QUEUED_MESSAGES);
	peer->queued_bytes = attr_u64(tb, DBUS_A_QUEUED_BYTES);
	if (groups && mnl_attr_get_payload_len(groups) >= sizeof(uint32_t)) {
		peer->n_groups = mnl_attr_get_payload_len(groups) /
				 sizeof(uint32_t);
		peer->groups = must_alloc(calloc(peer->n_groups,
						 sizeof(uint32_t)));
		memcpy(peer->groups, mnl_attr_get_payload(groups),
		       peer->n_groups * sizeof(uint32_t));
	}
}

/**
 * peer_free() - free what a peer holds
 * @peer: the peer
 */
void peer_free(struct peer *peer)
{
	free(peer->comm);
	free(peer->label);
	free(peer->groups);
}

static int on_peer(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct peer_list *list = data;

	list->v = must_alloc(reallocarray(list->v, list->n + 1,
					  sizeof(*list->v)));
	peer_decode(&list->v[list->n++], tb);
	return 0;
}

/* The driver first, whose id is among the highest. */
static uint64_t rank(const struct peer *peer)
{
	return peer->id - DBUSMON_ID_BUS;
}

static int compare(const void *a, const void *b)
{
	const struct peer *x = a, *y = b;

	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	return (rank(x) > rank(y)) - (rank(x) < rank(y));
}

/**
 * peer_list_read() - read the peers that may be seen
 * @ctl: the run
 * @list: where to put them; to be freed by peer_list_free()
 * @bus: number of their bus; 0: of all
 *
 * Return: 0, or an exit status, the error said.
 */
int peer_list_read(struct ctl *ctl, struct peer_list *list, uint32_t bus)
{
	int ret;

	memset(list, 0, sizeof(*list));
	ret = ctl_dump(ctl, DBUS_CMD_PEER_GET, bus, on_peer, list,
		       "the peers");
	if (!ret && list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare);
	return ret;
}

/**
 * peer_list_free() - free peers
 * @list: the peers
 */
void peer_list_free(struct peer_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		peer_free(&list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/**
 * peer_find() - find a peer
 * @list: the peers
 * @bus: number of its bus
 * @id: its id
 *
 * Return: the peer, or NULL.
 */
const struct peer *peer_find(const struct peer_list *list, uint32_t bus,
			     uint64_t id)
{
	struct peer key = { .bus = bus, .id = id };

	if (!list->n)
		return NULL;
	return bsearch(&key, list->v, list->n, sizeof(*list->v), compare);
}

/* What the peer is to the bus. */
static const char *peer_state(const struct peer *peer)
{
	if (peer->driver)
		return "driver";
	if (peer->monitor)
		return "monitor";
	return peer->hello ? "active" : "new";
}

static struct json_object *peer_json(const struct ctl *ctl,
				     const struct peer *peer,
				     const struct bus_list *buses,
				     const struct name_list *names)
{
	struct json_object *object = must_alloc(json_object_new_object());
	struct json_object *groups = must_alloc(json_object_new_array());
	struct json_object *owned = must_alloc(json_object_new_array());
	char *unique = text_peer(peer->id);
	char *user = text_user(peer->uid, ctl->numeric);
	size_t i;

	json_put_string(object, "bus", bus_name(buses, peer->bus));
	json_put_u64(object, "bus_id", peer->bus);
	json_put_string(object, "peer", unique);
	json_put_string(object, "state", peer_state(peer));
	if (peer->pid)
		json_put_u64(object, "pid", peer->pid);
	json_put_string(object, "comm", peer->comm);
	if (peer->uid != UINT32_MAX) {
		json_put_u64(object, "uid", peer->uid);
		json_put_string(object, "user", user);
	}
	if (peer->gid != UINT32_MAX)
		json_put_u64(object, "gid", peer->gid);
	for (i = 0; i < peer->n_groups; i++)
		json_object_array_add(groups, must_alloc(
			json_object_new_uint64(peer->groups[i])));
	json_object_object_add(object, "groups", groups);
	json_put_string(object, "label", peer->label);
	for (i = 0; i < names->n; i++)
		if (names->v[i].bus == peer->bus &&
		    names->v[i].peer == peer->id && !names->v[i].position)
			json_object_array_add(owned, must_alloc(
				json_object_new_string(names->v[i].name)));
	json_object_object_add(object, "names", owned);
	json_put_bool(object, "unix_fds", peer->unix_fds);
	json_put_u64(object, "matches", peer->n_matches);
	json_put_u64(object, "open_calls", peer->n_replies);
	json_put_u64(object, "rx_messages", peer->rx_messages);
	json_put_u64(object, "rx_bytes", peer->rx_bytes);
	json_put_u64(object, "tx_messages", peer->tx_messages);
	json_put_u64(object, "tx_bytes", peer->tx_bytes);
	json_put_u64(object, "queued_messages", peer->queued_messages);
	json_put_u64(object, "queued_bytes", peer->queued_bytes);
	free(unique);
	free(user);
	return object;
}

/* Its names, separated by commas; to be freed. */
static char *names_of(const struct peer *peer, const struct name_list *names)
{
	char *text = must_alloc(strdup(""));
	char *longer;
	size_t i;

	for (i = 0; i < names->n; i++) {
		const struct name *name = &names->v[i];

		if (name->bus != peer->bus || name->peer != peer->id ||
		    name->position)
			continue;
		if (asprintf(&longer, "%s%s%s", text, *text ? "," : "",
			     name->name) < 0)
			longer = NULL;
		free(text);
		text = must_alloc(longer);
	}
	return text;
}

static char *groups_of(const struct peer *peer)
{
	/* A number has at most 10 digits. */
	char *text = must_alloc(malloc(11 * peer->n_groups + 1));
	char *at = text;
	size_t i;

	*at = '\0';
	for (i = 0; i < peer->n_groups; i++)
		at += sprintf(at, "%s%u", i ? "," : "", peer->groups[i]);
	return text;
}

static void peer_details(struct table *table, const struct peer *peer)
{
	char *groups = groups_of(peer);
	char gid[16] = "-";

	if (peer->gid != UINT32_MAX)
		snprintf(gid, sizeof(gid), "%u", peer->gid);
	table_note(table, "gid %s groups %s label %s unix-fds %s matches %u open-calls %u",
		   gid, *groups ? groups : "-", peer->label ? peer->label : "-",
		   peer->unix_fds ? "yes" : "no", peer->n_matches,
		   peer->n_replies);
	free(groups);
}

static uint64_t amount(const struct peer *peer, enum sort_key key)
{
	switch (key) {
	case SORT_RECEIVED:
		return peer->rx_messages;
	case SORT_SENT:
		return peer->tx_messages;
	case SORT_QUEUED:
		return peer->queued_bytes;
	case SORT_MATCHES:
		return peer->n_matches;
	case SORT_CALLS:
		return peer->n_replies;
	}
	return 0;
}

static int by_amount(const void *a, const void *b, void *sort)
{
	const enum sort_key *key = sort;
	uint64_t x = amount(a, *key), y = amount(b, *key);

	return x != y ? (x < y) - (x > y) : compare(a, b);
}

/* What it is sorted by is shown; one column is always there. */
static bool has_column(const struct filter *filter)
{
	return filter->keys & FILTER_SORT && filter->sort != SORT_QUEUED;
}

static void peer_row(const struct ctl *ctl, struct table *table,
		     const struct peer *peer, const struct filter *filter,
		     const struct bus_list *buses,
		     const struct name_list *names)
{
	char *unique = text_peer(peer->id);
	char *user = text_user(peer->uid, ctl->numeric);
	char *owned = names_of(peer, names);

	table_row(table);
	table_cell(table, "%s", bus_name(buses, peer->bus));
	table_cell(table, "%s", unique);
	table_cell(table, "%s", peer_state(peer));
	if (peer->pid)
		table_cell(table, "%u", peer->pid);
	else
		table_cell(table, "-");
	table_cell(table, "%s", user);
	table_cell(table, "%s", peer->comm ? peer->comm : "");
	if (has_column(filter))
		table_cell(table, "%llu",
			   (unsigned long long)amount(peer, filter->sort));
	table_cell(table, "%llu", (unsigned long long)peer->queued_bytes);
	table_cell(table, "%s", owned);
	if (ctl->details)
		peer_details(table, peer);
	if (ctl->stats)
		table_note(table, "received %llu messages %llu bytes, sent %llu messages %llu bytes, queued %llu messages",
			   (unsigned long long)peer->rx_messages,
			   (unsigned long long)peer->rx_bytes,
			   (unsigned long long)peer->tx_messages,
			   (unsigned long long)peer->tx_bytes,
			   (unsigned long long)peer->queued_messages);
	free(unique);
	free(user);
	free(owned);
}

static bool owns(const struct peer *peer, const struct name_list *names,
		 const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->v[i].bus == peer->bus &&
		    names->v[i].peer == peer->id &&
		    !strcmp(names->v[i].name, name))
			return true;
	return false;
}

static bool wanted(const struct peer *peer, const struct filter *filter,
		   const struct name_list *names)
{
	if (filter->keys & FILTER_BUS && peer->bus != filter->bus)
		return false;
	if (filter->keys & FILTER_PEER && peer->id != filter->peer)
		return false;
	if (filter->keys & FILTER_UID && peer->uid != filter->uid)
		return false;
	if (filter->keys & FILTER_PID && peer->pid != filter->pid)
		return false;
	if (filter->keys & FILTER_COMM &&
	    (!peer->comm || strcmp(peer->comm, filter->comm)))
		return false;
	return !(filter->keys & FILTER_NAME) || owns(peer, names, filter->name);
}

static void peer_list_print(struct ctl *ctl, struct peer_list *peers,
			    const struct filter *filter,
			    const struct bus_list *buses,
			    const struct name_list *names)
{
	static const char *const plain[] = { "BUS", "PEER", "STATE", ">PID",
					     "USER", "COMM", ">QUEUED",
					     "NAMES", NULL };
	static const char *const column[] = {
		[SORT_RECEIVED] = ">RECEIVED", [SORT_SENT] = ">SENT",
		[SORT_MATCHES] = ">MATCHES",   [SORT_CALLS] = ">CALLS",
	};
	const char *const sorted[] = { "BUS", "PEER", "STATE", ">PID", "USER",
				       "COMM", column[filter->sort], ">QUEUED",
				       "NAMES", NULL };
	struct listing shown;
	size_t i;

	listing_begin(&shown, ctl->json, has_column(filter) ? sorted : plain);
	if (filter->keys & FILTER_SORT && peers->n)
		qsort_r(peers->v, peers->n, sizeof(*peers->v), by_amount,
			(void *)&filter->sort);
	for (i = 0; i < peers->n; i++) {
		const struct peer *peer = &peers->v[i];

		if (!wanted(peer, filter, names))
			continue;
		if (shown.array)
			json_object_array_add(shown.array, peer_json(ctl, peer, buses,
							       names));
		else
			peer_row(ctl, &shown.table, peer, filter, buses, names);
	}
	listing_print(&shown, ctl->pretty);
}

static int peer_show(struct ctl *ctl, struct args *args)
{
	struct peer_list peers = { .v = NULL };
	struct name_list names = { .v = NULL };
	struct bus_list buses;
	struct filter filter;
	int ret;

	ret = bus_list_read(ctl, &buses);
	if (!ret)
		ret = filter_parse(ctl, &filter, args,
				   FILTER_BUS | FILTER_PEER | FILTER_NAME |
					   FILTER_UID | FILTER_PID |
					   FILTER_COMM | FILTER_SORT,
				   FILTER_PEER, &buses);
	if (!ret)
		ret = peer_list_read(ctl, &peers, filter.bus);
	if (!ret)
		ret = name_list_read(ctl, &names, filter.bus);
	if (!ret)
		peer_list_print(ctl, &peers, &filter, &buses, &names);
	name_list_free(&names);
	peer_list_free(&peers);
	bus_list_free(&buses);
	return ret;
}

static int peer_del(struct ctl *ctl, struct args *args)
{
	const char *ref = args_next(args);
	const char *unique;
	const struct bus *bus;
	struct bus_list buses;
	struct genl_msg msg;
	uint64_t id;
	int ret;

	if (args_is(ref, "bus") && args->v[0] && args->v[1])
		ref = args_next(args);
	unique = args_next(args);
	if (!ref || !unique)
		return ctl_usage("\"peer del\" needs a bus and a peer: dbusctl peer del BUS :1.N");
	if (args->v[0])
		return ctl_usage("what is \"%s\"?", args->v[0]);
	if (!parse_peer_id(unique, &id))
		return ctl_usage("\"%s\" is not a peer, as :1.7 is", unique);

	ret = bus_list_read(ctl, &buses);
	if (ret)
		return ret;
	bus = bus_find(&buses, ref);
	if (bus) {
		genl_request(&ctl->genl, &msg, DBUS_CMD_PEER_DEL);
		mnl_attr_put_u32(msg.nlh, DBUS_A_BUS, bus->id);
		mnl_attr_put_u64(msg.nlh, DBUS_A_PEER_ID, id);
		ret = genl_do(&ctl->genl, &msg, NULL, NULL);
		if (ret)
			ret = ctl_failed(ctl, ret, "cannot disconnect %s from bus \"%s\"",
					 unique, ref);
	} else {
		ret = ctl_failed(ctl, -ENOENT, "there is no bus \"%s\", or it is not yours to see",
				 ref);
	}
	bus_list_free(&buses);
	return ret;
}

/**
 * cmd_peer() - dbusctl peer
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_peer(struct ctl *ctl, struct args *args)
{
	const char *command = args_next(args);

	if (!command || args_is(command, "show") || args_is(command, "list"))
		return peer_show(ctl, args);
	if (args_is(command, "delete"))
		return peer_del(ctl, args);
	return ctl_usage("\"peer %s\" is unknown; try \"dbusctl peer help\"",
			 command);
}
