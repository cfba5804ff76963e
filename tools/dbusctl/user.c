// SPDX-License-Identifier: GPL-2.0-or-later
/* Users: what their connections hold, and what others let wait for them: show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"

/**
 * struct share - what one user lets wait for another
 * @uid: who sent it
 * @bytes: octets
 * @n_fds: descriptors
 */
struct share {
	uint32_t uid;
	uint64_t bytes;
	uint32_t n_fds;
};

/**
 * struct user - a user of a bus
 * @bus: number of the bus
 * @held: who, and what others let wait for it
 * @n_peers: its connections; what they hold together:
 * @n_names: names owned and queued for
 * @n_matches: match rules
 * @n_replies: replies that are waited for
 * @n_waiting: messages that wait for services
 * @shares: what @held is made of
 * @n_shares: how many
 */
struct user {
	uint32_t bus;
	struct share held;
	uint32_t n_peers;
	uint32_t n_names;
	uint32_t n_matches;
	uint32_t n_replies;
	uint32_t n_waiting;
	struct share *shares;
	size_t n_shares;
};

struct user_list {
	struct user *v;
	size_t n;
};

/* An attribute of a share; one of another length is not understood. */
static int on_share_attr(const struct nlattr *attr, void *data)
{
	struct share *share = data;
	uint16_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case DBUS_A_UID:
		if (len == sizeof(uint32_t))
			share->uid = mnl_attr_get_u32(attr);
		break;
	case DBUS_A_QUEUED_BYTES:
		if (len == sizeof(uint64_t))
			share->bytes = mnl_attr_get_u64(attr);
		break;
	case DBUS_A_QUEUED_FDS:
		if (len == sizeof(uint32_t))
			share->n_fds = mnl_attr_get_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

static int on_share(const struct nlattr *attr, void *data)
{
	struct user *user = data;
	struct share *share;

	user->shares = must_alloc(reallocarray(user->shares, user->n_shares + 1,
					       sizeof(*user->shares)));
	share = &user->shares[user->n_shares++];
	*share = (struct share){ .uid = UINT32_MAX };
	return mnl_attr_parse_nested(attr, on_share_attr, share);
}

static int on_user(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct user_list *list = data;
	struct user *user;

	if (!tb[DBUS_A_BUS] || !tb[DBUS_A_UID])
		return -EPROTO;
	list->v = must_alloc(reallocarray(list->v, list->n + 1,
					  sizeof(*list->v)));
	user = &list->v[list->n++];
	*user = (struct user){
		.bus = attr_u32(tb, DBUS_A_BUS, 0),
		.held.uid = attr_u32(tb, DBUS_A_UID, 0),
		.held.bytes = attr_u64(tb, DBUS_A_QUEUED_BYTES),
		.held.n_fds = attr_u32(tb, DBUS_A_QUEUED_FDS, 0),
		.n_peers = attr_u32(tb, DBUS_A_N_PEERS, 0),
		.n_names = attr_u32(tb, DBUS_A_N_NAMES, 0),
		.n_matches = attr_u32(tb, DBUS_A_N_MATCHES, 0),
		.n_replies = attr_u32(tb, DBUS_A_N_REPLIES, 0),
		.n_waiting = attr_u32(tb, DBUS_A_WAITING, 0),
	};
	if (tb[DBUS_A_SHARES])
		mnl_attr_parse_nested(tb[DBUS_A_SHARES], on_share, user);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct user *x = a, *y = b;

	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	return (x->held.uid > y->held.uid) - (x->held.uid < y->held.uid);
}

static int user_list_read(struct ctl *ctl, struct user_list *list, uint32_t bus)
{
	int ret;

	ret = ctl_dump(ctl, DBUS_CMD_USER_GET, bus, on_user, list, "the users");
	if (!ret && list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare);
	return ret;
}

static void user_list_free(struct user_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i].shares);
	free(list->v);
}

static void json_put_share(struct json_object *object, const struct ctl *ctl,
			   const struct share *share)
{
	char *name = text_user(share->uid, ctl->numeric);

	json_put_u64(object, "uid", share->uid);
	json_put_string(object, "user", name);
	json_put_u64(object, "queued_bytes", share->bytes);
	json_put_u64(object, "queued_fds", share->n_fds);
	free(name);
}

static struct json_object *user_json(const struct ctl *ctl,
				     const struct user *user,
				     const struct bus_list *buses)
{
	struct json_object *object = must_alloc(json_object_new_object());
	struct json_object *from = must_alloc(json_object_new_array());
	struct json_object *share;
	size_t i;

	json_put_string(object, "bus", bus_name(buses, user->bus));
	json_put_u64(object, "bus_id", user->bus);
	json_put_share(object, ctl, &user->held);
	json_put_u64(object, "peers", user->n_peers);
	json_put_u64(object, "names", user->n_names);
	json_put_u64(object, "matches", user->n_matches);
	json_put_u64(object, "replies", user->n_replies);
	json_put_u64(object, "waiting", user->n_waiting);
	for (i = 0; i < user->n_shares; i++) {
		share = must_alloc(json_object_new_object());
		json_put_share(share, ctl, &user->shares[i]);
		json_object_array_add(from, share);
	}
	json_object_object_add(object, "from", from);
	return object;
}

/* Whose messages wait: "root 4096, user 100"; "-": nobody's. */
static char *shares_text(const struct ctl *ctl, const struct user *user)
{
	char *text, *name;
	size_t size, i;
	FILE *f = must_alloc(open_memstream(&text, &size));

	for (i = 0; i < user->n_shares; i++) {
		name = text_user(user->shares[i].uid, ctl->numeric);
		fprintf(f, "%s%s %llu", i ? ", " : "", name,
			(unsigned long long)user->shares[i].bytes);
		free(name);
	}
	if (!i)
		fputc('-', f);
	fclose(f);
	return must_alloc(text);
}

static void user_row(struct table *table, const struct ctl *ctl,
		     const struct user *user, const struct bus_list *buses)
{
	char *name = text_user(user->held.uid, ctl->numeric);
	char *from = shares_text(ctl, user);

	table_row(table);
	table_cell(table, "%s", bus_name(buses, user->bus));
	table_cell(table, "%s", name);
	table_cell(table, "%u", user->n_peers);
	table_cell(table, "%u", user->n_names);
	table_cell(table, "%u", user->n_matches);
	table_cell(table, "%u", user->n_replies);
	table_cell(table, "%u", user->n_waiting);
	table_cell(table, "%llu", (unsigned long long)user->held.bytes);
	table_cell(table, "%u", user->held.n_fds);
	table_cell(table, "%s", from);
	free(name);
	free(from);
}

static void user_list_print(struct ctl *ctl, const struct user_list *list,
			    const struct filter *filter,
			    const struct bus_list *buses)
{
	static const char *const titles[] = {
		"BUS", "USER", ">PEERS", ">NAMES", ">MATCHES", ">REPLIES",
		">WAITING", ">QUEUED", ">FDS", "FROM", NULL
	};
	const struct user *user;
	struct listing shown;
	size_t i;

	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < list->n; i++) {
		user = &list->v[i];
		if (filter->keys & FILTER_BUS && filter->bus != user->bus)
			continue;
		if (filter->keys & FILTER_UID && filter->uid != user->held.uid)
			continue;
		if (shown.array)
			json_object_array_add(shown.array,
					      user_json(ctl, user, buses));
		else
			user_row(&shown.table, ctl, user, buses);
	}
	listing_print(&shown, ctl->pretty);
}

/**
 * cmd_user() - dbusctl user
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_user(struct ctl *ctl, struct args *args)
{
	const char *command = args_next(args);
	struct user_list users = { .v = NULL };
	struct bus_list buses;
	struct filter filter;
	int ret;

	ret = ctl_only_shows("user", command);
	if (ret)
		return ret;
	ret = bus_list_read(ctl, &buses);
	if (!ret)
		ret = filter_parse(ctl, &filter, args, FILTER_BUS | FILTER_UID,
				   FILTER_UID, &buses);
	if (!ret)
		ret = user_list_read(ctl, &users, filter.bus);
	if (!ret)
		user_list_print(ctl, &users, &filter, &buses);
	user_list_free(&users);
	bus_list_free(&buses);
	return ret;
}
