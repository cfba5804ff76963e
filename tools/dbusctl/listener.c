// SPDX-License-Identifier: GPL-2.0-or-later
/* Listening sockets that the kernel keeps with a bus: show. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"

/**
 * struct shown - what is shown so far
 * @ctl: the run
 * @filter: what is to be
 * @buses: to name them
 * @listing: its rows or objects
 */
struct shown {
	const struct ctl *ctl;
	struct filter filter;
	struct bus_list buses;
	struct listing listing;
};

/*
 * As ss(8) writes it: a path, or an abstract name with @ for each NUL; empty if it
 * means nothing here. Allocated.
 */
static char *address_text(const struct nlattr *attr)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0, i;
	const char *name = attr ? mnl_attr_get_payload(attr) : "";
	char *text;

	/* the NUL behind a path is none of it */
	if (len && *name)
		len = strnlen(name, len);
	text = must_alloc(malloc(len + 1));
	for (i = 0; i < len; i++)
		text[i] = name[i] ? name[i] : '@';
	text[len] = '\0';
	return text;
}

/* As the kernel encodes it for stat(2). */
static unsigned int dev_major(uint32_t dev)
{
	return (dev & 0xfff00) >> 8;
}

static unsigned int dev_minor(uint32_t dev)
{
	return (dev & 0xff) | ((dev >> 12) & 0xfff00);
}

static struct json_object *listener_json(const struct shown *s,
					 const struct nlattr *const *tb,
					 const char *address)
{
	struct json_object *object = must_alloc(json_object_new_object());
	uint32_t bus = attr_u32(tb, DBUS_A_BUS, 0);
	uint32_t dev = attr_u32(tb, DBUS_A_FILE_DEV, 0);

	json_put_string(object, "bus", bus_name(&s->buses, bus));
	json_put_u64(object, "bus_id", bus);
	if (*address)
		json_put_string(object, "address", address);
	json_put_u64(object, "inode", attr_u64(tb, DBUS_A_INODE));
	json_put_bool(object, "served", tb[DBUS_A_DRIVER]);
	if (attr_u32(tb, DBUS_A_PID, 0))
		json_put_u64(object, "pid", attr_u32(tb, DBUS_A_PID, 0));
	if (tb[DBUS_A_FILE_INO]) {
		json_put_u64(object, "file_major", dev_major(dev));
		json_put_u64(object, "file_minor", dev_minor(dev));
		json_put_u64(object, "file_inode",
			     attr_u64(tb, DBUS_A_FILE_INO));
	}
	return object;
}

static void listener_row(struct shown *s, const struct nlattr *const *tb,
			 const char *address)
{
	struct table *table = &s->listing.table;
	uint32_t dev = attr_u32(tb, DBUS_A_FILE_DEV, 0);

	table_row(table);
	table_cell(table, "%s",
		   bus_name(&s->buses, attr_u32(tb, DBUS_A_BUS, 0)));
	table_cell(table, "%s", tb[DBUS_A_DRIVER] ? "served" : "kept");
	if (attr_u32(tb, DBUS_A_PID, 0))
		table_cell(table, "%u", attr_u32(tb, DBUS_A_PID, 0));
	else
		table_cell(table, "-");
	table_cell(table, "%llu",
		   (unsigned long long)attr_u64(tb, DBUS_A_INODE));
	table_cell(table, "%s", address);
	if (s->ctl->details && tb[DBUS_A_FILE_INO])
		table_note(table, "file %llu on device %u:%u",
			   (unsigned long long)attr_u64(tb, DBUS_A_FILE_INO),
			   dev_major(dev), dev_minor(dev));
}

static int on_listener(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct shown *s = data;
	char *address;

	if (!tb[DBUS_A_BUS] || !tb[DBUS_A_INODE])
		return -EPROTO;
	if (s->filter.keys & FILTER_BUS &&
	    s->filter.bus != attr_u32(tb, DBUS_A_BUS, 0))
		return 0;
	address = address_text(tb[DBUS_A_ADDRESS]);
	if (s->listing.array)
		json_object_array_add(s->listing.array,
				      listener_json(s, tb, address));
	else
		listener_row(s, tb, address);
	free(address);
	return 0;
}

/**
 * cmd_listener() - dbusctl listener
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_listener(struct ctl *ctl, struct args *args)
{
	static const char *const titles[] = { "BUS", "STATE", ">PID", ">INODE",
					      "ADDRESS", NULL };
	struct shown s = { .ctl = ctl };
	int ret;

	ret = ctl_only_shows("listener", args_next(args));
	if (ret)
		return ret;
	ret = bus_list_read(ctl, &s.buses);
	if (!ret)
		ret = filter_parse(ctl, &s.filter, args, FILTER_BUS, FILTER_BUS,
				   &s.buses);
	if (!ret) {
		listing_begin(&s.listing, ctl->json, titles);
		ret = ctl_dump(ctl, DBUS_CMD_LISTENER_GET, s.filter.bus,
			       on_listener, &s, "the listening sockets");
		listing_print(&s.listing, ctl->pretty);
	}
	bus_list_free(&s.buses);
	return ret;
}
