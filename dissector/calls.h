/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_CALLS_H
#define DISSECTOR_CALLS_H

#include <epan/packet.h>

struct message;
struct bus;

/**
 * struct call - a method call, and what became of it
 * @bus: where
 * @caller: who called: the unique name, or, of a connection without names, its
 *	side; interned, as all the strings here
 * @serial: serial of the call
 * @frame: where it was made
 * @reply_frame: where it was answered first, 0 if it was not
 * @time: when it was made
 * @reply_time: when it was answered
 * @destination: and so on: as in the call; NULL if not there
 * @argument: of some calls one that is needed for their replies: to the bus the
 *	name that is asked for, to Properties.Get the property
 * @by_error: answered by an error
 * @no_reply: answered by the bus, since the callee did not
 * @not_expected: the caller wants no reply
 */
struct call {
	const struct bus *bus;
	const char *caller;
	uint32_t serial;
	uint32_t frame;
	uint32_t reply_frame;
	nstime_t time;
	nstime_t reply_time;
	const char *destination;
	const char *path;
	const char *interface;
	const char *member;
	const char *argument;
	bool by_error;
	bool no_reply;
	bool not_expected;
};

/* @proto: the protocol "dbus" */
void calls_register(int proto);

/**
 * calls_take() - a message's call: the one that it makes, or answers
 * @msg: a message, its bus known; its @call is set, to NULL if there is none
 *
 * What was found at the first visit is found again at every other.
 */
void calls_take(struct message *msg);

/* Links, times and expert items of @msg->call, in the tree of the message */
void calls_show(struct message *msg);

/* The time from call to reply; false if @msg is not the first reply */
bool calls_time(const struct message *msg, nstime_t *delta);

/* It is a call, whose sender wants an answer. */
bool calls_wants_answer(const struct message *msg);

/*
 * And it got to somebody, but the file holds none. Known only once the file was
 * read to its end: false at the first visit.
 */
bool calls_is_unanswered(const struct message *msg);

#endif /* DISSECTOR_CALLS_H */
