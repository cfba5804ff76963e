/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buses of a capture, each with what was learnt of it. */
#ifndef DBUSDUMP_BUS_H
#define DBUSDUMP_BUS_H

#include "calls.h"
#include "names.h"

/**
 * struct bus - one bus
 * @entry: in struct buses
 * @next: the one that was seen first after it
 * @has_number: the tap numbers it; else it is one interface of the capture
 * @number: by the tap, or of the interface
 * @label: its name, or else "busN"; "" if nothing is known. NUL-terminated
 * @seq: number of its last record; 0: none seen
 * @missing: records that are missing before the one that is shown next
 * @missing_ever: and in all
 * @names: who is who
 * @calls: who waits for a reply
 */
struct bus {
	struct table_entry entry;
	struct bus *next;
	bool has_number;
	uint32_t number;
	char *label;
	uint64_t seq;
	uint64_t missing;
	uint64_t missing_ever;
	struct names names;
	struct calls calls;
};

/* @last: of the record before; @first: all, in the order in which they came */
struct buses {
	struct table table;
	struct bus *last;
	struct bus *first;
};

/* The bus that a record is of, made if need be; ends the program without
 * memory. */
struct bus *buses_get(struct buses *b, const struct record *rec);
/* Records that must have been between this one and the bus's last are counted
 * as missing. */
void bus_count_missing(struct bus *bus, const struct record *rec);

/**
 * bus_learn() - what a message tells of calls, names and processes
 * @bus: the bus
 * @rec: a record of it
 * @made: set to the call that it is, if a reply may come; else to NULL
 * Return: the call that it replies to, to be freed with free(); or NULL
 */
struct call *bus_learn(struct bus *bus, const struct record *rec,
		       struct call **made);
void buses_free(struct buses *b);

#endif /* DBUSDUMP_BUS_H */
