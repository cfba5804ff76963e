/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_MESSAGE_H
#define DISSECTOR_MESSAGE_H

#include <epan/packet.h>

#include "wire/message.h"

struct bus;
struct call;
struct record;

/**
 * struct origin - what is known of a message besides its octets
 * @record: what the tap knows of it, NULL if there is no record
 * @stream: number of the connection that it was on, from 1, if the connection
 *	itself was captured, else 0
 * @from_server: there: it comes from whoever listened
 */
struct origin {
	const struct record *record;
	uint32_t stream;
	bool from_server;
};

/**
 * struct message - a message while it is dissected
 * @m: its header; of an invalid message all that can be read of it
 * @status: what wire/ says of the whole of it; WIRE_E_SHORT if it was cut
 * @told: bits of enum wire_status that have an expert item
 * @seen: bits of enum wire_field that stand in the header, valid or not
 * @tvb: it, and nothing behind it
 * @pinfo: its frame
 * @tree: its subtree; NULL if nobody looks
 * @item: its line
 * @record: what the tap knows of it, NULL if there is no record
 * @bus: where it was sent
 * @call: the call that it makes or answers, NULL if none is known
 * @side: on a connection that itself was captured: the sender's side and the
 *	other one, interned; else NULL
 */
struct message {
	struct wire_msg m;
	enum wire_status status;
	uint32_t told;
	uint32_t seen;
	tvbuff_t *tvb;
	packet_info *pinfo;
	proto_tree *tree;
	proto_item *item;
	const struct record *record;
	struct bus *bus;
	struct call *call;
	const char *side[2];
};

/**
 * message_register() - fields and expert items
 * Return: the protocol "dbus": Wireshark's own, if this build has one
 */
int message_register(void);

/**
 * message_dissect() - take a message apart
 * @tvb: the message; it may be cut, or not be valid
 * @pinfo: its frame, whose columns are filled in
 * @tree: where to show it
 * @origin: where it comes from, NULL if nothing is known of that
 * Return: octets dissected, 0 if no message begins here
 *
 * Throws no exception.
 */
int message_dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		    const struct origin *origin);

/* A string of the message as one that may be shown, whatever is in it */
const char *message_string(const struct message *msg, struct wire_str s);

/* "method call", "signal", ..., "message of type 9" */
const char *message_kind(const struct message *msg);

/**
 * message_show_addresses() - of a packet that is no message, the fields by which
 *	filters find its source and destination
 * @tree: where to
 * @tvb: any octets of the packet
 * @pinfo: its addresses
 * @bus: the bus
 */
void message_show_addresses(proto_tree *tree, tvbuff_t *tvb,
			    packet_info *pinfo, const struct bus *bus);

#endif /* DISSECTOR_MESSAGE_H */
