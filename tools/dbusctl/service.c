// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that can be started, and what waits for them: show. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"

/**
 * struct service - a name that can be started
 * @bus: number of the bus
 * @name: the name
 * @waiting: messages that wait for it
 * @startable: a service file says how; if not, it is there for what waits
 * @starting: it is being started
 */
struct service {
	uint32_t bus;
	char *name;
	uint32_t waiting;
	bool startable;
	bool starting;
};

struct service_list {
	struct service *v;
	size_t n;
};

static int on_service(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct service_list *list = data;

	if (!tb[DBUS_A_NAME] || !tb[DBUS_A_BUS])
		return -EPROTO;
	list->v = must_alloc(reallocarray(list->v, list->n + 1,
					  sizeof(*list->v)));
	list->v[list->n++] = (struct service){
		.bus = mnl_attr_get_u32(tb[DBUS_A_BUS]),
		.name = text_printable(mnl_attr_get_str(tb[DBUS_A_NAME])),
		.waiting = attr_u32(tb, DBUS_A_WAITING, 0),
		.startable = tb[DBUS_A_STARTABLE],
		.starting = tb[DBUS_A_STARTING],
	};
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct service *x = a, *y = b;

	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int service_list_read(struct ctl *ctl, struct service_list *list,
			     uint32_t bus)
{
	int ret;

	ret = ctl_dump(ctl, DBUS_CMD_SERVICE_GET, bus, on_service, list,
		       "the services");
	if (!ret && list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare);
	return ret;
}

static void service_list_free(struct service_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i].name);
	free(list->v);
}

static const char *service_state(const struct service *service)
{
	if (service->starting)
		return "starting";
	return service->startable ? "startable" : "waiting";
}

static struct json_object *service_json(const struct service *service,
					const struct bus_list *buses)
{
	struct json_object *object = must_alloc(json_object_new_object());

	json_put_string(object, "bus", bus_name(buses, service->bus));
	json_put_u64(object, "bus_id", service->bus);
	json_put_string(object, "name", service->name);
	json_put_string(object, "state", service_state(service));
	json_put_u64(object, "waiting", service->waiting);
	return object;
}

static void service_list_print(struct ctl *ctl, const struct service_list *list,
			       const struct filter *filter,
			       const struct bus_list *buses)
{
	static const char *const titles[] = { "BUS", "NAME", "STATE",
					      ">WAITING", NULL };
	const struct service *s;
	struct listing shown;
	size_t i;

	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < list->n; i++) {
		s = &list->v[i];
		if (filter->keys & FILTER_BUS && filter->bus != s->bus)
			continue;
		if (filter->keys & FILTER_NAME && strcmp(filter->name, s->name))
			continue;
		if (shown.array) {
			json_object_array_add(shown.array, service_json(s, buses));
			continue;
		}
		table_row(&shown.table);
		table_cell(&shown.table, "%s", bus_name(buses, s->bus));
		table_cell(&shown.table, "%s", s->name);
		table_cell(&shown.table, "%s", service_state(s));
		table_cell(&shown.table, "%u", s->waiting);
	}
	listing_print(&shown, ctl->pretty);
}

/**
 * cmd_service() - dbusctl service
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_service(struct ctl *ctl, struct args *args)
{
	const char *command = args_next(args);
	struct service_list services = { .v = NULL };
	struct bus_list buses;
	struct filter filter;
	int ret;

	ret = ctl_only_shows("service", command);
	if (ret)
		return ret;
	ret = bus_list_read(ctl, &buses);
	if (!ret)
		ret = filter_parse(ctl, &filter, args, FILTER_BUS | FILTER_NAME,
				   FILTER_NAME, &buses);
	if (!ret)
		ret = service_list_read(ctl, &services, filter.bus);
	if (!ret)
		service_list_print(ctl, &services, &filter, &buses);
	service_list_free(&services);
	bus_list_free(&buses);
	return ret;
}
