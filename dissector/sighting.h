/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_SIGHTING_H
#define DISSECTOR_SIGHTING_H

#include <epan/packet.h>

/**
 * struct sighting - what the tap "dbus" tells of each message
 * @type: enum wire_type
 * @interface: of the message, or, for a reply, of its call; NULL if not known;
 *	as the other strings it lives as long as the file
 * @member: likewise
 * @error_name: NULL if it is no error
 * @sender: name of the sender, a well-known one if it has one; NULL if not known
 * @service: to whom the call went, in words; NULL if it is no reply
 * @verdict: of the record, in words; NULL if there is none, or delivered
 * @line: the message in one line; lives as long as the packet
 * @length: octets of the message
 * @is_answer: it is the first reply to a call
 * @wants_answer: it is a call that can be answered
 * @unanswered: and the file holds no reply; only known once it was read to its
 *	end, as by tshark -2
 * @time: if @is_answer: from call to reply
 * @src: the sender as an address; AT_NONE if not known
 * @dst: likewise
 */
struct sighting {
	uint8_t type;
	const char *interface;
	const char *member;
	const char *error_name;
	const char *sender;
	const char *service;
	const char *verdict;
	const char *line;
	uint32_t length;
	bool is_answer;
	bool wants_answer;
	bool unanswered;
	nstime_t time;
	address src;
	address dst;
};

struct message;
struct text;

/* The tap, for message_dissect(); does nothing if nobody listens. */
void sighting_register(void);
void sighting_tell(const struct message *msg, const struct text *line);

/* Those who listen; @proto: the protocol "dbus" */
void statistics_register(int proto);
void conversations_register(int proto);
void follow_register(int proto);

#endif /* DISSECTOR_SIGHTING_H */
