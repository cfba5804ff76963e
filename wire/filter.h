/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The language of filters: match rules, and in the same form keys for what the
 * tap's record knows of a message.
 *
 *	pid=N		process that connected as the sender
 *	uid=N		its user
 *	comm=NAME	its name
 *	bus=N, bus=NAME	the bus, by its number (busN does too) or its name
 *	verdict=WORD	what became of the message: delivered, queued, denied,
 *			undelivered, invalid
 *	error=NAME	an error of that name
 */
#ifndef WIRE_FILTER_H
#define WIRE_FILTER_H

#include "wire/match.h"

/* Numbers that go on where enum wire_match_key ends: one mask holds both */
enum wire_filter_key {
	WIRE_FILTER_PID = 1 << 16,
	WIRE_FILTER_UID = 1 << 17,
	WIRE_FILTER_COMM = 1 << 18,
	WIRE_FILTER_BUS = 1 << 19,
	WIRE_FILTER_VERDICT = 1 << 20,
	WIRE_FILTER_ERROR = 1 << 21,
};

/* The keys that only a record can answer */
#define WIRE_FILTER_RECORD (WIRE_FILTER_PID | WIRE_FILTER_UID | \
	WIRE_FILTER_COMM | WIRE_FILTER_BUS | WIRE_FILTER_VERDICT)

/**
 * struct wire_filter - a parsed rule
 * @match: its match rule
 * @keys: enum wire_match_key and enum wire_filter_key bits: which keys there are
 * @pid: pid
 * @uid: uid
 * @bus_number: bus, if @bus.s is NULL
 * @verdict: enum dbusmon_verdict
 * @comm: comm
 * @bus: bus, if it is a name
 * @error: error
 */
struct wire_filter {
	struct wire_match match;
	uint32_t keys;
	uint32_t pid;
	uint32_t uid;
	uint32_t bus_number;
	uint8_t verdict;
	struct wire_str comm;
	struct wire_str bus;
	struct wire_str error;
};

/**
 * struct wire_known - what is known of a message beside itself
 * @keys: enum wire_filter_key bits: what of it is known; a rule that asks for
 *	anything else does not match
 */
struct wire_known {
	uint32_t keys;
	uint32_t pid;
	uint32_t uid;
	uint32_t bus_number;
	uint8_t verdict;
	struct wire_str comm;
	struct wire_str bus;
};

/**
 * wire_filter_parse() - parse a rule
 * @f: filled in
 * @args: as for wire_match_parse(), and so are the others
 * @buf: at least @len octets, the caller's: the values' strings are put there
 * @text: the rule
 * @len: octets of it
 * @err: filled in on failure
 * Return: true, or false with @err saying what is wrong where
 */
bool wire_filter_parse(struct wire_filter *f, struct wire_match_arg *args,
		       char *buf, const char *text, size_t len,
		       struct wire_match_error *err);

/**
 * wire_filter_split() - take the first of several rules, "RULE or RULE"
 * @text: the rules; moved behind that one and the "or", or "||", which has white
 *	space around it and is not within quotes
 * @len: octets of @text
 * @rule: that rule, without the white space before "or"
 * Return: true if an "or" was behind it, and so another rule must be. A rule on
 *	either side of an "or" may not be empty: that is for the caller to see
 */
bool wire_filter_split(const char **text, size_t *len, struct wire_str *rule);

/**
 * wire_filter_eval() - does the message match the rule?
 * @f: the rule
 * @m: a parsed message; of one that is not valid, the fields before the fault
 * @a: its arguments; may be NULL if the rule has no arg keys
 * @known: what else is known; NULL: nothing
 * @owns: as for wire_match_eval()
 * @ctx: for @owns
 */
bool wire_filter_eval(const struct wire_filter *f, const struct wire_msg *m,
		      const struct wire_args *a, const struct wire_known *known,
		      wire_owns_fn *owns, void *ctx);

/**
 * wire_filter_key_name() - a key in words
 * @keys: enum wire_match_key and enum wire_filter_key bits
 * Return: the name of the first of them, "argN" for all that look at arguments;
 *	NULL if there is none
 */
const char *wire_filter_key_name(uint32_t keys);

#endif /* WIRE_FILTER_H */
