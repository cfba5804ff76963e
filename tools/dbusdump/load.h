/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What loads a bus now: what passes is counted by peer, by member and by
 * interface, and once a second taken down as rows for --top to show.
 */
#ifndef DBUSDUMP_LOAD_H
#define DBUSDUMP_LOAD_H

#include "sight.h"

enum load_view {
	LOAD_PEERS,
	LOAD_MEMBERS,
	LOAD_INTERFACES,
	LOAD_VIEWS,
};

enum load_state {
	LOAD_FLOODS = 1,	/* sends most of what there is, or over its quota */
	LOAD_NO_READER = 2,	/* what it should receive piles up */
	LOAD_NO_ANSWER = 4,	/* a call waits for its reply for long */
};

/* the columns that are numbers, by which rows are sorted */
enum load_column {
	LOAD_RATE,		/* messages a second: sent; of a member: all */
	LOAD_OCTETS,		/* octets a second of these */
	LOAD_IN,		/* messages a second to it; of a member: replies */
	LOAD_TOTAL,		/* messages since the beginning */
	LOAD_ERRORS,		/* errors that it sent, and what was refused of it */
	LOAD_WAITING,		/* calls that wait for its reply now */
	LOAD_TIME,		/* mean time of its replies, ms */
	LOAD_QUEUED,		/* octets that wait to be read by it */
	LOAD_COLUMNS,
};

/**
 * struct load_row - one peer, member or interface
 * @value: see enum load_column
 * @state: enum load_state, ORed
 * @name: NUL-terminated, harmless to a terminal
 */
struct load_row {
	double value[LOAD_COLUMNS];
	unsigned int state;
	char name[200];
};

/**
 * struct load_sum - of all buses
 * @rate: messages a second
 * @octets: and octets
 * @total: messages so far
 * @errors: error replies
 * @refused: messages that were denied, not delivered or not valid
 * @lost: messages that are missing
 * @waiting: calls that wait for a reply
 */
struct load_sum {
	double rate;
	double octets;
	uint64_t total;
	uint64_t errors;
	uint64_t refused;
	uint64_t lost;
	uint64_t waiting;
};

struct load;

/* @numeric: without well-known names and processes */
struct load *load_create(bool numeric);
void load_free(struct load *l);
void load_add(struct load *l, const struct sight *s);

/**
 * load_take_down() - compute the rows
 * @l: the load
 * @buses: for the calls that wait
 * @now: ns since the epoch; rates are those since this was done before
 * @whole: rates are those since the first message
 * @live: the kernel's queues are those of these buses
 */
void load_take_down(struct load *l, struct buses *buses, uint64_t now,
		    bool whole, bool live);

/* The rows as they were taken down, in no order; the array and what it points
 * to are valid until the next load_take_down(). */
struct load_row **load_rows(struct load *l, enum load_view view, size_t *n);
const struct load_sum *load_sum(const struct load *l);

#endif /* DBUSDUMP_LOAD_H */
