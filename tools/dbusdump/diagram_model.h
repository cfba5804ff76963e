/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sequence diagram shows: collected first, laid out, then drawn. */
#ifndef DBUSDUMP_DIAGRAM_MODEL_H
#define DBUSDUMP_DIAGRAM_MODEL_H

#include "listeners.h"
#include "sight.h"
#include "table.h"

#define NOBODY (-1)

/**
 * struct actor - a lifeline
 * @entry: in struct diagram, by bus and name
 * @bus: its bus
 * @id: its unique name, or a well-known name that nobody was seen to own
 * @title: the well-known name it is shown by; NULL without
 * @process: "comm pid"; NULL if not known
 * @is: the actor that this one turned out to be; NOBODY: itself
 * @first: row of its first message
 * @last: and of its last
 * @lane: column
 * @inline_head: its head stands above its first message, not at the top
 */
struct actor {
	struct table_entry entry;
	const struct bus *bus;
	char *id;
	char *title;
	char *process;
	int is;
	int first;
	int last;
	int lane;
	bool inline_head;
};

/**
 * struct event - a row: one message
 * @time: ns
 * @type: enum wire_type
 * @from: actor; NOBODY if the message does not say
 * @to: actor; NOBODY: a broadcast
 * @main: what is to be read first
 * @args: arguments
 * @rest: what is to be read last, in grey
 * @mark: why it was not delivered; NULL if it was
 * @tip: the whole, for the pointer to show
 * @answers: row of the call that it replies to; NOBODY without
 * @answered_by: row of its reply; NOBODY without
 * @elapsed: from the call on; ns
 * @waits: it is a call that expects a reply
 * @depth: bars that were open at @to when its own began
 * @folded: a reply that is drawn in the row of its call
 * @got: actors that a broadcast went to, by their match rules
 * @n_got: how many those are
 */
struct event {
	uint64_t time;
	uint8_t type;
	int from;
	int to;
	char *main;
	char *args;
	char *rest;
	char *mark;
	char *tip;
	int answers;
	int answered_by;
	int64_t elapsed;
	bool waits;
	int depth;
	bool folded;
	int *got;
	int n_got;
};

struct diagram {
	int fd;
	char *source;
	bool numeric;
	unsigned int limit;
	uint64_t left_out;
	struct listeners listeners;
	struct table index;
	struct actor **actor;
	int n_actors;
	struct event *event;
	int n_events;
	int n_lanes;
	int n_buses;
	bool shares_lanes;
};

/* Merge actors that are one, and give each its lane. */
void diagram_lay_out(struct diagram *d);
/* Write the SVG. */
bool diagram_draw(const struct diagram *d);

#endif /* DBUSDUMP_DIAGRAM_MODEL_H */
