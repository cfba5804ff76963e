/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_RECORD_H
#define DISSECTOR_RECORD_H

#include <epan/packet.h>

/**
 * struct record - a tap record's header, in the machine's byte order
 * @hdr_len: and the others: see struct dbusmon_hdr
 * @comm: name of the process, "" if not known; lives as long as the packet
 * @bus_name: name of the bus, NULL if the record does not tell
 * @item: its line in the packet tree
 */
struct record {
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
	uint16_t hdr_len;
	uint16_t n_fds;
	uint8_t version;
	uint8_t kind;
	uint8_t verdict;
	uint8_t reason;
	const char *comm;
	const char *bus_name;
	proto_item *item;
};

/**
 * record_register() - the protocol, its fields and expert items
 * Return: the protocol's number
 */
int record_register(void);

/**
 * record_is_here() - does a record begin here?
 * @tvb: octets of any origin
 */
bool record_is_here(tvbuff_t *tvb);

/**
 * record_dissect() - take the header of a record apart
 * @r: filled in
 * @tvb: begins with the record; throws a bounds error if its header was cut
 * @pinfo: its frame
 * @tree: where to show it
 *
 * Columns are left alone.
 */
void record_dissect(struct record *r, tvbuff_t *tvb, packet_info *pinfo,
		    proto_tree *tree);

/**
 * record_verdict() - what became of the message, for the Info column
 * @r: a record
 * @scope: who owns the result
 * Return: "denied: policy", "invalid", ...; NULL if it was delivered
 */
const char *record_verdict(const struct record *r, wmem_allocator_t *scope);

/**
 * record_peer_name() - the name of a connection
 * @id: of the connection
 * @scope: who owns the result
 * Return: ":1.N", "org.freedesktop.DBus", or NULL for nobody
 */
const char *record_peer_name(uint64_t id, wmem_allocator_t *scope);

#endif /* DISSECTOR_RECORD_H */
