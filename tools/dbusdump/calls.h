/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Method calls that wait for their reply, on one bus. */
#ifndef DBUSDUMP_CALLS_H
#define DBUSDUMP_CALLS_H

#include "record.h"
#include "table.h"

/* what a call to the bus itself asked for, as far as its reply tells names */
enum call_ask {
	CALL_ASK_NOTHING,
	CALL_ASK_OWNER,		/* GetNameOwner */
	CALL_ASK_REQUEST,	/* RequestName */
	CALL_ASK_RELEASE,	/* ReleaseName */
	CALL_ASK_PID,		/* GetConnectionUnixProcessID */
	CALL_ASK_UID,		/* GetConnectionUnixUser */
	CALL_ASK_CREDENTIALS,	/* GetConnectionCredentials */
};

/**
 * struct call - a call without its reply
 * @entry: in struct calls, by caller and serial
 * @older: the call made before it
 * @newer: and after it
 * @time: when; ns
 * @mark: the user's: see calls_add()
 * @serial: of the call
 * @ask: enum call_ask
 * @matched: a filter let it pass, so its reply passes too
 * @caller: who made it; .len 0 if the message did not say
 * @destination: and so on: of the call; .s NULL if absent
 * @asked: the name that @ask is about
 */
struct call {
	struct table_entry entry;
	struct call *older;
	struct call *newer;
	uint64_t time;
	uint64_t mark;
	uint32_t serial;
	uint8_t ask;
	bool matched;
	struct wire_str caller;
	struct wire_str destination;
	struct wire_str path;
	struct wire_str interface;
	struct wire_str member;
	struct wire_str asked;
	char text[];
};

struct calls {
	struct table table;
	struct call *oldest;
	struct call *newest;
};

/**
 * calls_add() - remember a call
 * @c: the bus's calls
 * @rec: the call; one that expects no reply is not kept
 * Return: the call, or NULL. The oldest is forgotten when there are too many
 */
struct call *calls_add(struct calls *c, const struct record *rec);

/**
 * calls_take() - find the call that a message replies to, and take it out
 * @c: the bus's calls
 * @rec: the reply
 * Return: the call, to be freed with free(); NULL if there is none
 */
struct call *calls_take(struct calls *c, const struct record *rec);
void calls_free(struct calls *c);

#endif /* DBUSDUMP_CALLS_H */
