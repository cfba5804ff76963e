// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus.h"

#include <stdio.h>
#include <stdlib.h>

static struct bus *bus_new(const struct record *rec, uint32_t number)
{
	struct bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return NULL;
	bus->has_number = rec->has_tap;
	bus->number = number;
	if (rec->bus_name.s)
		bus->label = strndup(rec->bus_name.s, rec->bus_name.len);
	else if (!rec->has_tap)
		bus->label = strdup("");
	else if (asprintf(&bus->label, "bus%u", number) < 0)
		bus->label = NULL;
	if (bus->label)
		return bus;
	free(bus);
	return NULL;
}

struct bus *buses_get(struct buses *b, const struct record *rec)
{
	uint32_t number = rec->has_tap ? rec->tap.bus : rec->iface;
	struct table_entry *e;
	struct bus *bus = b->last;

	if (bus && bus->number == number && bus->has_number == rec->has_tap)
		return bus;
	for (e = table_first(&b->table, number); e; e = e->next) {
		bus = table_of(e, struct bus, entry);
		if (bus->number == number && bus->has_number == rec->has_tap) {
			b->last = bus;
			return bus;
		}
	}
	bus = bus_new(rec, number);
	if (!bus || !table_add(&b->table, &bus->entry, number)) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	b->last = bus;
	return bus;
}

void buses_free(struct buses *b)
{
	uint32_t i;

	for (i = 0; b->table.slot && i <= b->table.mask; i++) {
		while (b->table.slot[i]) {
			struct bus *bus = table_of(b->table.slot[i], struct bus,
						   entry);

			table_del(&b->table, &bus->entry);
			names_free(&bus->names);
			calls_free(&bus->calls);
			free(bus->label);
			free(bus);
		}
	}
	table_free(&b->table);
	b->last = NULL;
}
