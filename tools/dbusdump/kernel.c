// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <stdio.h>

#include "tools/dbusctl/genl.h"

static struct bus *bus_of(struct buses *buses, const struct nlattr *const *tb)
{
	struct record rec = { .has_tap = true };

	if (!tb[DBUS_A_BUS])
		return NULL;
	rec.tap.bus = mnl_attr_get_u32(tb[DBUS_A_BUS]);
	if (tb[DBUS_A_BUS_NAME]) {
		rec.bus_name.s = mnl_attr_get_str(tb[DBUS_A_BUS_NAME]);
		rec.bus_name.len = (uint32_t)strlen(rec.bus_name.s);
	}
	return buses_get(buses, &rec);
}

static struct wire_str unique_name(char *text, size_t len,
				   const struct nlattr *id)
{
	int n = snprintf(text, len, ":1.%llu",
			 (unsigned long long)mnl_attr_get_u64(id));

	return (struct wire_str){ text, (uint32_t)n };
}

static int take_bus(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	bus_of(data, tb);
	return 0;
}

static int take_peer(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct bus *bus = bus_of(data, tb);
	char text[32];

	if (!bus || !tb[DBUS_A_PEER_ID] || !tb[DBUS_A_PID] ||
	    mnl_attr_get_u64(tb[DBUS_A_PEER_ID]) == DBUSMON_ID_BUS)
		return 0;
	names_add_peer(&bus->names,
		       unique_name(text, sizeof(text), tb[DBUS_A_PEER_ID]),
		       mnl_attr_get_u32(tb[DBUS_A_PID]),
		       tb[DBUS_A_UID] ? mnl_attr_get_u32(tb[DBUS_A_UID]) : ~0u,
		       tb[DBUS_A_COMM] ? mnl_attr_get_str(tb[DBUS_A_COMM]) : "");
	return 0;
}

static int take_name(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct bus *bus = bus_of(data, tb);
	struct wire_str name;
	char text[32];

	if (!bus || !tb[DBUS_A_PEER_ID] || !tb[DBUS_A_NAME] ||
	    (tb[DBUS_A_QUEUE_POS] && mnl_attr_get_u32(tb[DBUS_A_QUEUE_POS])))
		return 0;
	name.s = mnl_attr_get_str(tb[DBUS_A_NAME]);
	name.len = (uint32_t)strlen(name.s);
	names_add_owner(&bus->names, name,
			unique_name(text, sizeof(text), tb[DBUS_A_PEER_ID]));
	return 0;
}

struct queues {
	struct buses *buses;
	kernel_queue_fn *fn;
	void *ctx;
};

static int take_queue(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	const struct queues *q = data;
	struct bus *bus = bus_of(q->buses, tb);
	char text[32];

	if (bus && tb[DBUS_A_PEER_ID] && tb[DBUS_A_QUEUED_BYTES])
		q->fn(q->ctx, bus,
		      unique_name(text, sizeof(text), tb[DBUS_A_PEER_ID]),
		      mnl_attr_get_u64(tb[DBUS_A_QUEUED_BYTES]));
	return 0;
}

void kernel_queues(struct buses *buses, kernel_queue_fn *fn, void *ctx)
{
	struct queues q = { buses, fn, ctx };
	struct genl genl = { 0 };
	struct genl_msg msg;

	if (genl_open(&genl))
		return;
	genl_request(&genl, &msg, DBUS_CMD_PEER_GET);
	genl_dump(&genl, &msg, take_queue, &q);
	genl_close(&genl);
}

void kernel_learn(struct buses *buses)
{
	static const struct {
		uint8_t cmd;
		genl_handler *take;
	} tables[] = {
		{ DBUS_CMD_BUS_GET, take_bus },	/* tells the buses' names */
		{ DBUS_CMD_PEER_GET, take_peer },
		{ DBUS_CMD_NAME_GET, take_name },
	};
	struct genl genl = { 0 };
	struct genl_msg msg;
	size_t i;

	if (genl_open(&genl))
		return;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		genl_request(&genl, &msg, tables[i].cmd);
		if (genl_dump(&genl, &msg, tables[i].take, buses))
			break;
	}
	genl_close(&genl);
}
