/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet taken apart: the tap's record header, if any, and the message. */
#ifndef DBUSDUMP_RECORD_H
#define DBUSDUMP_RECORD_H

#include <linux/dbus.h>

#include "packet.h"

enum record_what {
	RECORD_MESSAGE,		/* a message, valid or not */
	RECORD_EVENT,		/* something else that the tap reports */
	RECORD_TORN,		/* from a tap, cut inside the record header */
	RECORD_FOREIGN,		/* not from a D-Bus tap */
};

/**
 * struct tap_header - struct dbusmon_hdr in the machine's byte order
 *
 * The fields are explained there.
 */
struct tap_header {
	uint8_t kind;
	uint8_t verdict;
	uint8_t reason;
	uint16_t hdr_len;
	uint16_t n_fds;
	uint64_t time;
	uint64_t seq;
	uint64_t sender;
	uint64_t receiver;
	uint32_t bus;
	uint32_t flags;
	uint32_t n_recipients;
	uint32_t length;
	uint32_t rule;
	uint32_t pid;
	uint32_t uid;
	uint32_t lost;
	struct wire_str comm;
	struct wire_str bus_name;
};

/**
 * struct record - what a packet holds
 * @what: enum record_what
 * @time: when it was routed, or else captured; ns since the epoch
 * @has_tap: @tap is filled in; of RECORD_TORN as far as it is there, the bus
 *	and the number at least
 * @tap: what the router knew
 * @tap_data: the header and its attributes as they stand
 * @data: the message, or what an event says
 * @have: octets of it
 * @length: octets that it had
 * @status: what is wrong with the message's header; WIRE_E_SHORT: cut
 * @m: the message taken apart
 * @bus_name: name of its bus; .s NULL if not known
 * @iface: number of the interface it came from
 * @comment: the file's remark
 * @filtered: a filter chose what was captured: numbers that are missing prove
 *	nothing
 * @redacted: of the content so many octets were taken away (--redact)
 * @cooked: an event of a cooked socket, whose record header was not kept: its
 *	link-layer header is all that tells what it is. .s NULL: it is none
 * @linktype: LINKTYPE_* of @cooked
 * @rule_where: "FILE:LINE" of the rule that denied it, or NULL if not known
 */
struct record {
	enum record_what what;
	bool has_tap;
	uint64_t time;
	struct tap_header tap;
	const uint8_t *tap_data;
	const uint8_t *data;
	uint32_t have;
	uint32_t length;
	enum wire_status status;
	struct wire_msg m;
	struct wire_str bus_name;
	uint32_t iface;
	struct wire_str comment;
	bool filtered;
	uint32_t redacted;
	struct wire_str cooked;
	uint32_t linktype;
	const char *rule_where;
};

/* Take a packet apart. @rec points into it. */
void record_decode(struct record *rec, const struct packet *p);

/* Is the header, at least, whole and valid? */
static inline bool record_has_header(const struct record *rec)
{
	return rec->status == WIRE_OK ||
	       (rec->status == WIRE_E_SHORT && rec->m.body &&
		rec->m.have >= rec->m.body);
}

/* Is a part of the message missing from the capture? */
static inline bool record_is_cut(const struct record *rec)
{
	return rec->status == WIRE_E_SHORT;
}

/* Names of numbers; NULL for those not known. */
const char *record_type_name(uint8_t type);	/* as in match rules */
const char *record_verdict_name(uint8_t verdict);
const char *record_reason_name(uint8_t reason);	/* one word */
const char *record_reason_text(uint8_t reason);	/* in words */
const char *record_kind_name(uint8_t kind);

/* Was the message not simply delivered? */
static inline bool record_is_marked(const struct record *rec)
{
	return rec->has_tap && rec->what == RECORD_MESSAGE &&
	       rec->tap.verdict != DBUSMON_DELIVERED;
}

#endif /* DBUSDUMP_RECORD_H */
