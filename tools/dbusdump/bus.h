/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buses of a capture, each with what was learnt of it. */
#ifndef DBUSDUMP_BUS_H
#define DBUSDUMP_BUS_H

#include "calls.h"
#include "names.h"

/**
 * struct bus - one bus
 * @entry: in struct buses
 * @has_number: the tap numbers it; else it is one interface of the capture
 * @number: by the tap, or of the interface
 * @label: its name, or else "busN"; "" if nothing is known. NUL-terminated
 * @names: who is who
 * @calls: who waits for a reply
 */
struct bus {
	struct table_entry entry;
	bool has_number;
	uint32_t number;
	char *label;
	struct names names;
	struct calls calls;
};

struct buses {
	struct table table;
	struct bus *last;
};

/* The bus that a record is of, made if need be; ends the program without
 * memory. */
struct bus *buses_get(struct buses *b, const struct record *rec);
void buses_free(struct buses *b);

#endif /* DBUSDUMP_BUS_H */
