// SPDX-License-Identifier: GPL-2.0-or-later
/* Events: buses, peers and names that come and go. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"
#include "tools/dbusctl/peer.h"

enum monitor_object {
	MONITOR_BUS = 1 << 0,
	MONITOR_PEER = 1 << 1,
	MONITOR_NAME = 1 << 2,
	MONITOR_ALL = MONITOR_BUS | MONITOR_PEER | MONITOR_NAME,
};

/**
 * struct monitor - one run of the monitor
 * @ctl: the run
 * @buses: the buses that there are, for their names
 * @filter: the bus wanted
 * @objects: enum monitor_object: what to show
 */
struct monitor {
	struct ctl *ctl;
	struct bus_list buses;
	struct filter filter;
	unsigned int objects;
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	stopped = 1;
}

/* Time of day, as tcpdump shows it; the JSON form sorts and names the zone. */
static void stamp(char *text, size_t size, bool json)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	if (json)
		gmtime_r(&now.tv_sec, &tm);
	else
		localtime_r(&now.tv_sec, &tm);
	n = strftime(text, size, json ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &tm);
	snprintf(text + n, size - n, ".%06ld%s", now.tv_nsec / 1000,
		 json ? "Z" : "");
}

/* Begins a line, or an object, for the event. */
static struct json_object *begin(const struct monitor *monitor,
				 const char *object, const char *event)
{
	const struct ctl *ctl = monitor->ctl;
	struct json_object *json;
	char text[48];

	stamp(text, sizeof(text), ctl->json);
	if (!ctl->json) {
		printf("%s%s%s %s ", ctl->timestamp ? text : "",
		       ctl->timestamp ? " " : "", object, event);
		return NULL;
	}
	json = must_alloc(json_object_new_object());
	if (ctl->timestamp)
		json_put_string(json, "timestamp", text);
	json_put_string(json, "object", object);
	json_put_string(json, "event", event);
	return json;
}

static void end(const struct monitor *monitor, struct json_object *json)
{
	if (json)
		json_print(json, monitor->ctl->pretty);
	else
		putchar('\n');
	fflush(stdout);
}

static void print_text(const char *before, const char *text)
{
	char *clean = text_printable(text);

	printf("%s%s", before, *clean ? clean : "-");
	free(clean);
}

static void show_bus(const struct monitor *monitor, const char *event,
		     uint32_t id)
{
	const struct bus *bus = bus_by_id(&monitor->buses, id);
	struct json_object *json = begin(monitor, "bus", event);
	char *user = text_user(bus ? bus->uid : UINT32_MAX,
			       monitor->ctl->numeric);

	if (json) {
		json_put_string(json, "bus", bus ? bus->name : "");
		json_put_u64(json, "bus_id", id);
		if (*user)
			json_put_string(json, "user", user);
	} else {
		print_text("", bus ? bus->name : "");
		printf(" tap dbus%u", id);
		if (*user)
			print_text(" user ", user);
	}
	end(monitor, json);
	free(user);
}

static void show_peer(const struct monitor *monitor, const char *event,
		      const struct nlattr *const *tb)
{
	struct json_object *json = begin(monitor, "peer", event);
	struct peer peer;
	char *unique, *user;

	peer_decode(&peer, tb);
	unique = text_peer(peer.id);
	user = text_user(peer.uid, monitor->ctl->numeric);
	if (json) {
		json_put_string(json, "peer", unique);
		json_put_string(json, "bus",
				bus_name(&monitor->buses, peer.bus));
		json_put_u64(json, "bus_id", peer.bus);
		if (peer.pid)
			json_put_u64(json, "pid", peer.pid);
		json_put_string(json, "comm", peer.comm);
		if (peer.uid != UINT32_MAX) {
			json_put_u64(json, "uid", peer.uid);
			json_put_string(json, "user", user);
		}
	} else {
		print_text("", unique);
		print_text(" bus ", bus_name(&monitor->buses, peer.bus));
		if (peer.pid)
			printf(" pid %u", peer.pid);
		if (peer.comm)
			print_text(" comm ", peer.comm);
		if (*user)
			print_text(" user ", user);
	}
	end(monitor, json);
	free(unique);
	free(user);
	peer_free(&peer);
}

static void show_name(const struct monitor *monitor,
		      const struct nlattr *const *tb, uint32_t bus)
{
	const struct nlattr *old = tb[DBUS_A_OLD_OWNER];
	const struct nlattr *new = tb[DBUS_A_NEW_OWNER];
	const char *event = !old ? "add" : new ? "change" : "del";
	const char *name = mnl_attr_get_str(tb[DBUS_A_NAME]);
	char *was = old ? text_peer(mnl_attr_get_u64(old)) : NULL;
	char *is = new ? text_peer(mnl_attr_get_u64(new)) : NULL;
	struct json_object *json = begin(monitor, "name", event);

	if (json) {
		json_put_string(json, "name", name);
		json_put_string(json, "bus", bus_name(&monitor->buses, bus));
		json_put_u64(json, "bus_id", bus);
		json_put_string(json, "old_owner", was);
		json_put_string(json, "new_owner", is);
	} else {
		print_text("", name);
		print_text(" bus ", bus_name(&monitor->buses, bus));
		if (is)
			print_text(" owner ", is);
		if (was)
			print_text(" was ", was);
	}
	end(monitor, json);
	free(was);
	free(is);
}

static void show_loss(struct monitor *monitor)
{
	struct json_object *json = begin(monitor, "events", "lost");

	if (!json)
		printf("more came than could be read; the tables are right, as \"dbusctl peer show\" reads them");
	end(monitor, json);
}

static int on_event(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct monitor *monitor = data;
	uint32_t bus;
	bool show;

	if (!tb[DBUS_A_BUS])
		return 0;
	bus = mnl_attr_get_u32(tb[DBUS_A_BUS]);
	show = !(monitor->filter.keys & FILTER_BUS) ||
	       monitor->filter.bus == bus;

	switch (cmd) {
	case DBUS_CMD_BUS_NEW:
		bus_list_add(&monitor->buses, tb);
		if (show && monitor->objects & MONITOR_BUS)
			show_bus(monitor, "add", bus);
		break;
	case DBUS_CMD_BUS_DEL:
		/* After a loss it may never have been heard of. */
		if (tb[DBUS_A_BUS_NAME])
			bus_list_add(&monitor->buses, tb);
		if (show && monitor->objects & MONITOR_BUS)
			show_bus(monitor, "del", bus);
		bus_list_del(&monitor->buses, bus);
		break;
	case DBUS_CMD_PEER_NEW:
	case DBUS_CMD_PEER_DEL:
		if (show && monitor->objects & MONITOR_PEER)
			show_peer(monitor,
				  cmd == DBUS_CMD_PEER_NEW ? "add" : "del", tb);
		break;
	case DBUS_CMD_NAME_CHANGED:
		/* A unique name comes and goes with its peer, said already. */
		if (show && monitor->objects & MONITOR_NAME &&
		    tb[DBUS_A_NAME] &&
		    (monitor->ctl->details ||
		     mnl_attr_get_str(tb[DBUS_A_NAME])[0] != ':'))
			show_name(monitor, tb, bus);
		break;
	}
	return 0;
}

static int monitor_args(struct monitor *monitor, struct args *args)
{
	static const struct {
		const char *word;
		unsigned int object;
	} words[] = {
		{ "all", MONITOR_ALL },
		{ "peer", MONITOR_PEER },
		{ "name", MONITOR_NAME },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (args_is(args->v[0], words[i].word)) {
			monitor->objects = words[i].object;
			args_next(args);
			break;
		}
	/* "bus" alone is an object; with a value it says which bus. */
	if (args_is(args->v[0], "bus") && !args->v[1] &&
	    !bus_find(&monitor->buses, args->v[0])) {
		monitor->objects = MONITOR_BUS;
		args_next(args);
	}
	return filter_parse(monitor->ctl, &monitor->filter, args, FILTER_BUS,
			    FILTER_BUS, &monitor->buses);
}

static int watch(struct monitor *monitor, struct genl *events)
{
	int ret;

	while (!stopped) {
		ret = genl_events(events, on_event, monitor);
		if (ret == -ENOBUFS) {
			/* Buses may have come and gone meanwhile. */
			bus_list_free(&monitor->buses);
			if (bus_list_read(monitor->ctl, &monitor->buses))
				return CTL_FAILED;
			show_loss(monitor);
		} else if (ret && ret != -EINTR) {
			return ctl_failed(monitor->ctl, ret, "cannot read events");
		}
		if (ferror(stdout))
			return CTL_FAILED;
	}
	return CTL_OK;
}

/**
 * cmd_monitor() - dbusctl monitor
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_monitor(struct ctl *ctl, struct args *args)
{
	struct monitor monitor = { .ctl = ctl, .objects = MONITOR_ALL };
	struct sigaction action = { .sa_handler = stop };
	struct genl events;
	int ret;

	/* Listen first, then read the buses: so that none is missed. */
	ret = genl_open(&events);
	if (!ret)
		ret = genl_listen(&events);
	if (ret) {
		ret = ctl_failed(ctl, ret, "cannot listen for events");
		goto out;
	}
	ret = bus_list_read(ctl, &monitor.buses);
	if (!ret)
		ret = monitor_args(&monitor, args);
	if (ret)
		goto out;

	/* Without SA_RESTART, so that the wait ends. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	ret = watch(&monitor, &events);
out:
	bus_list_free(&monitor.buses);
	genl_close(&events);
	return ret;
}
