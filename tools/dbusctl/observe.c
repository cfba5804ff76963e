// SPDX-License-Identifier: GPL-2.0-or-later
/* Buses that other programs serve: observe, unobserve, show. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/dbusctl/broker.h"
#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/output.h"

#define RETRY_MS	250	/* between looks for a broker that is away */
#define PASSES		4	/* looks for what is being accepted meanwhile */

/**
 * struct observation - one bus that is being observed
 * @ctl: the run
 * @broker: where it listens
 * @id: its number; 0 as long as it has none
 * @inode: of its first listening socket
 * @ended: that socket; not to be observed again
 * @was_there: it was observed before
 * @added: sockets observed in this pass
 * @total: sockets observed in all
 * @listener: its listening sockets, ours to close
 * @n_listeners: how many
 */
struct observation {
	struct ctl *ctl;
	struct broker broker;
	uint32_t id;
	ino_t inode;
	ino_t ended;
	bool was_there;
	size_t added;
	size_t total;
	int listener[BROKER_PATHS];
	size_t n_listeners;
};

static int on_answer(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	uint32_t *id = data;

	if (cmd == DBUS_CMD_OBSERVE && tb[DBUS_A_BUS])
		*id = mnl_attr_get_u32(tb[DBUS_A_BUS]);
	return 0;
}

/* Have the kernel observe a socket, for a new bus unless there is one. */
static int request(struct observation *o, int fd)
{
	struct genl *genl = &o->ctl->genl;
	struct genl_msg msg;

	genl_request(genl, &msg, DBUS_CMD_OBSERVE);
	mnl_attr_put_u32(msg.nlh, DBUS_A_FD, fd);
	if (o->id)
		mnl_attr_put_u32(msg.nlh, DBUS_A_BUS, o->id);
	else
		mnl_attr_put_strz(msg.nlh, DBUS_A_BUS_NAME, o->broker.name);
	return genl_do(genl, &msg, on_answer, &o->id);
}

/* The name is taken: by another bus, or is this the one that is observed? */
static int other_name(struct observation *o)
{
	char base[sizeof(o->broker.name)];
	int i, ret = -EEXIST;

	if (o->broker.named)
		return ret;
	memcpy(base, o->broker.name, sizeof(base));
	for (i = 2; i < 10 && ret == -EEXIST; i++) {
		snprintf(o->broker.name, sizeof(o->broker.name), "%.*s-%d",
			 (int)sizeof(base) - 4, base, i);
		ret = request(o, o->listener[o->n_listeners - 1]);
	}
	return ret;
}

static int on_listener(int fd, void *data)
{
	struct observation *o = data;
	struct stat st = { 0 };
	int ret;

	fstat(fd, &st);
	if (!o->n_listeners)
		o->inode = st.st_ino;
	if (st.st_ino == o->ended || o->n_listeners == BROKER_PATHS) {
		close(fd);
		return st.st_ino == o->ended ? -ECANCELED : 0;
	}
	o->listener[o->n_listeners++] = fd;
	ret = request(o, fd);
	if (ret == -EEXIST)
		ret = other_name(o);
	if (ret == -EALREADY) {
		*o->ctl->genl.error = '\0';
		o->was_there = true;
		return 0;
	}
	return ret;
}

static int on_accepted(int fd, void *data)
{
	struct observation *o = data;
	int ret = request(o, fd);

	close(fd);
	if (!ret) {
		o->added++;
		return 0;
	}
	/* it may be observed already, adopted, or closing */
	if (ret == -EALREADY || ret == -EBUSY || ret == -ENOTCONN ||
	    ret == -EINVAL) {
		*o->ctl->genl.error = '\0';
		return 0;
	}
	return ret;
}

/* The bus of that name that is observed already. */
static int find_observed(struct observation *o)
{
	struct bus_list list;
	const struct bus *bus;
	int ret = bus_list_read(o->ctl, &list);

	if (ret)
		return -EIO;
	bus = bus_find(&list, o->broker.name);
	if (bus && bus->observed)
		o->id = bus->id;
	bus_list_free(&list);
	return 0;
}

/*
 * The listening sockets come first: from then on no connection is missed. What
 * they have accepted before is found then.
 */
static int observe(struct observation *o)
{
	size_t i;
	int pass, ret;

	o->id = 0;
	o->was_there = false;
	o->total = 0;
	ret = broker_listeners(&o->broker, on_listener, o);
	if (!ret && !o->id)
		ret = find_observed(o);
	for (pass = 0; !ret && o->id && pass < PASSES; pass++) {
		o->added = 0;
		for (i = 0; !ret && i < o->n_listeners; i++)
			ret = broker_accepted(&o->broker, o->listener[i],
					      on_accepted, o);
		o->total += o->added;
		if (!o->added)
			break;
	}
	while (o->n_listeners)
		close(o->listener[--o->n_listeners]);
	return ret;
}

/* --- what to say ------------------------------------------------------------------- */

static int failed(const struct observation *o, int err)
{
	const struct broker *b = &o->broker;

	if (*o->ctl->genl.error)
		return ctl_failed(o->ctl, err, "cannot observe %s", b->name);
	switch (err) {
	case -ENOENT:
		if (b->pid)
			fprintf(stderr, "Error: process %d listens on no AF_UNIX stream socket.\n",
				b->pid);
		else
			fprintf(stderr, "Error: nobody listens on %s: is the bus running, and in this network namespace?\n",
				b->path[0]);
		break;
	case -EPERM:
	case -EACCES:
		fprintf(stderr, "Error: the sockets of %s may not be looked at: observing takes CAP_NET_ADMIN and CAP_SYS_PTRACE%s.\n",
			b->name, geteuid() ? "; try it with sudo" :
			", and kernel.yama.ptrace_scope below 3");
		break;
	case -ECANCELED:
		fprintf(stderr, "Error: %s is not observed any more: it speaks no D-Bus, as the kernel's log says then, or somebody has ended it.\n",
			b->name);
		break;
	default:
		fprintf(stderr, "Error: cannot observe %s: %s.\n", b->name,
			strerror(-err));
	}
	return CTL_FAILED;
}

static void say(const struct observation *o)
{
	if (o->was_there && !o->id)
		printf("%s is observed already\n", o->broker.name);
	else
		printf("%s %s: dbus%u, %zu connection%s found\n",
		       o->broker.name,
		       o->was_there ? "is observed already" : "is observed",
		       o->id, o->total, o->total == 1 ? "" : "s");
	fflush(stdout);
}

/* --- follow ------------------------------------------------------------------------ */

/* The bus is gone: it had its last socket closed, or it still listens. */
static void lost(struct observation *o)
{
	o->id = 0;
	o->ended = o->inode;
}

static int on_event(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct observation *o = data;

	if (cmd == DBUS_CMD_BUS_DEL && tb[DBUS_A_BUS] &&
	    mnl_attr_get_u32(tb[DBUS_A_BUS]) == o->id)
		lost(o);
	return 0;
}

static int unobserve(struct ctl *ctl, uint32_t id)
{
	struct genl_msg msg;

	genl_request(&ctl->genl, &msg, DBUS_CMD_UNOBSERVE);
	mnl_attr_put_u32(msg.nlh, DBUS_A_BUS, id);
	return genl_do(&ctl->genl, &msg, NULL, NULL);
}

static int end_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Is the bus still there? Events are hints: after a loss the table is asked. */
static int look_again(struct observation *o)
{
	struct bus_list list;
	const struct bus *bus;
	int ret = bus_list_read(o->ctl, &list);

	if (ret)
		return ret;
	bus = bus_by_id(&list, o->id);
	if (!bus || !bus->observed)
		lost(o);
	bus_list_free(&list);
	return 0;
}

/*
 * Observe it again whenever it comes back, until a signal ends this; then undo
 * what was not done before.
 */
static int follow(struct observation *o)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	bool keep = false, waits = false;
	struct genl events;
	int ret;

	fds[0].fd = end_signals();
	ret = genl_open(&events);
	if (!ret)
		ret = genl_listen(&events);
	if (ret || fds[0].fd < 0)
		return ctl_failed(o->ctl, ret, "cannot listen to events");
	fds[1].fd = mnl_socket_get_fd(events.nl);

	for (;;) {
		if (!o->id) {
			ret = observe(o);
			if (ret && ret != -ENOENT)
				return failed(o, ret);
			if (ret && !waits)
				fprintf(stderr, "waiting for %s\n",
					o->broker.name);
			waits = ret;
			if (!ret) {
				keep = o->was_there;
				say(o);
			}
		}
		ret = poll(fds, 2, o->id ? -1 : RETRY_MS);
		if (ret < 0 && errno != EINTR)
			return ctl_failed(o->ctl, -errno, "cannot wait");
		if (ret > 0 && fds[0].revents)
			break;
		if (ret > 0 && genl_events(&events, on_event, o) == -ENOBUFS &&
		    o->id && look_again(o))
			return CTL_FAILED;
	}
	genl_close(&events);
	if (o->id && !keep)
		unobserve(o->ctl, o->id);
	return CTL_OK;
}

/* --- commands ------------------------------------------------------------------------ */

static struct json_object *observed_json(const struct bus *bus)
{
	struct json_object *object = must_alloc(json_object_new_object());
	char tap[24];

	snprintf(tap, sizeof(tap), "dbus%u", bus->id);
	json_put_string(object, "bus", bus->name);
	json_put_u64(object, "id", bus->id);
	json_put_string(object, "tap", tap);
	json_put_u64(object, "connections", bus->stat[DBUS_STAT_PEERS]);
	json_put_u64(object, "recorded", bus->stat[DBUS_STAT_ROUTED]);
	json_put_u64(object, "observed_bytes",
		     bus->stat[DBUS_STAT_OBSERVED_BYTES]);
	json_put_u64(object, "lost", bus->stat[DBUS_STAT_TAP_LOST]);
	return object;
}

static void observed_row(struct table *table, const struct bus *bus)
{
	table_row(table);
	table_cell(table, "%s", bus->name);
	table_cell(table, "dbus%u", bus->id);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_PEERS]);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_ROUTED]);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_OBSERVED_BYTES]);
	table_cell(table, "%llu",
		   (unsigned long long)bus->stat[DBUS_STAT_TAP_LOST]);
}

static int show(struct ctl *ctl)
{
	static const char *const titles[] = { "BUS", "TAP", ">CONNECTIONS",
					      ">RECORDED", ">OCTETS", ">LOST",
					      NULL };
	struct bus_list list;
	struct listing shown;
	size_t i;
	int ret = bus_list_read(ctl, &list);

	if (ret)
		return ret;
	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < list.n; i++) {
		if (!list.v[i].observed)
			continue;
		if (shown.array)
			json_object_array_add(shown.array,
					      observed_json(&list.v[i]));
		else
			observed_row(&shown.table, &list.v[i]);
	}
	listing_print(&shown, ctl->pretty);
	bus_list_free(&list);
	return CTL_OK;
}

static int take_name(struct broker *broker, const char *name)
{
	if (!name || !*name || strlen(name) >= sizeof(broker->name))
		return ctl_usage("the name of a bus has 1 to %zu octets",
				 sizeof(broker->name) - 1);
	snprintf(broker->name, sizeof(broker->name), "%s", name);
	broker->named = true;
	return CTL_OK;
}

static int parse(struct ctl *ctl, struct args *args, struct broker *broker)
{
	const char *word = NULL, *user = NULL, *next;

	broker->pid = ctl->pid;
	while ((next = args_next(args))) {
		if (!strcmp(next, "name")) {
			if (take_name(broker, args_next(args)))
				return CTL_USAGE;
		} else if (!word && !broker->pid) {
			word = next;
		} else if (word && !user && !strcmp(word, "session")) {
			user = next;
		} else {
			return ctl_usage("what is \"%s\"?", next);
		}
	}
	if (!broker_parse(broker, word, user))
		return ctl_usage("\"%s\" is no bus; try \"dbusctl observe help\"",
				 user ? user : word);
	return CTL_OK;
}

/**
 * cmd_observe() - dbusctl observe
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_observe(struct ctl *ctl, struct args *args)
{
	struct observation o = { .ctl = ctl };
	const char *word = args->v[0];
	int ret;

	if (!ctl->pid &&
	    (!word || !strcmp(word, "show") || !strcmp(word, "list")))
		return show(ctl);
	ret = parse(ctl, args, &o.broker);
	if (ret)
		return ret;
	if (ctl->follow) {
		ret = follow(&o);
	} else {
		ret = observe(&o);
		if (ret)
			ret = failed(&o, ret);
		else
			say(&o);
	}
	broker_free(&o.broker);
	return ret;
}

/**
 * cmd_unobserve() - dbusctl unobserve
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_unobserve(struct ctl *ctl, struct args *args)
{
	const char *word = args_next(args);
	struct bus_list list;
	size_t i, n = 0;
	int err, ret;

	if (!word || args->v[0])
		return ctl_usage("\"unobserve\" takes a bus, or \"all\"");
	ret = bus_list_read(ctl, &list);
	for (i = 0; !ret && i < list.n; i++) {
		const struct bus *bus = &list.v[i];

		if (strcmp(word, "all") && bus != bus_find(&list, word))
			continue;
		n++;
		if (!strcmp(word, "all") && !bus->observed)
			continue;
		err = unobserve(ctl, bus->id);
		if (err)
			ret = ctl_failed(ctl, err, "cannot end the observation of %s",
					 bus->name);
	}
	if (!ret && !n && strcmp(word, "all"))
		ret = ctl_failed(ctl, -ENOENT, "no bus \"%s\" is observed", word);
	bus_list_free(&list);
	return ret;
}
