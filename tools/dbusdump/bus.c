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
	struct bus *bus = b->last, **end;

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
	for (end = &b->first; *end; end = &(*end)->next)
		;
	*end = bus;
	b->last = bus;
	return bus;
}

/* A number that goes back so far is that of another bus with the same number,
 * or of a second file behind the first. */
#define SEQ_BACK 4096

void bus_count_missing(struct bus *bus, const struct record *rec)
{
	const struct tap_header *t = &rec->tap;
	uint64_t gap = 0;

	if (!rec->has_tap)
		return;
	if (bus->seq && t->seq > bus->seq + 1 && !rec->filtered)
		gap = t->seq - bus->seq - 1;
	if (t->seq > bus->seq || t->seq == 1 || bus->seq - t->seq > SEQ_BACK)
		bus->seq = t->seq;
	/* those that the tap knows to have lost are among them */
	if (t->lost > gap)
		gap = t->lost;
	bus->missing_ever += gap;
	/* such a record says so itself */
	if (t->kind == DBUSMON_KIND_LOSS)
		gap -= t->lost;
	bus->missing += gap;
}

struct call *bus_learn(struct bus *bus, const struct record *rec,
		       struct call **made)
{
	struct call *answered = NULL;

	*made = NULL;
	if (rec->what != RECORD_MESSAGE || !record_has_header(rec))
		return NULL;
	if (rec->m.type == WIRE_METHOD_CALL)
		*made = calls_add(&bus->calls, rec);
	else if (rec->m.reply_serial && rec->m.type != WIRE_SIGNAL)
		answered = calls_take(&bus->calls, rec);
	names_learn(&bus->names, rec, answered);
	return answered;
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
	b->first = NULL;
}
