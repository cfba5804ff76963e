/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_PAYLOAD_H
#define DISSECTOR_PAYLOAD_H

#include <epan/packet.h>

struct record;

/* Fields and expert items. @proto: from record_register() */
void payload_register(int proto);

/* Dissector of one message; its data is a struct origin, or NULL */
dissector_handle_t payload_handle(void);

/**
 * payload_message() - a message
 * @tvb: the message
 * @pinfo: its frame
 * @tree: where to show it
 * @record: its record, NULL if there is none
 * Return: octets dissected, 0 if the protocol "dbus" is switched off
 */
int payload_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		    const struct record *record);

/**
 * payload_is_message() - is this one message and nothing else, by its lengths?
 * @tvb: octets of any origin
 */
bool payload_is_message(tvbuff_t *tvb);

/**
 * payload_of_record() - what stands behind the header of a record
 * @r: the record
 * @tvb: octets behind the header, maybe none
 * @pinfo: its frame, whose columns are filled in
 * @tree: where to show them
 */
void payload_of_record(const struct record *r, tvbuff_t *tvb,
		       packet_info *pinfo, proto_tree *tree);

/**
 * payload_of_event() - an event whose record header was not captured
 * @tvb: what stood behind it: a line of a handshake, an invalid message
 * @pinfo: its frame, whose columns are filled in
 * @tree: where to show them
 */
void payload_of_event(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif /* DISSECTOR_PAYLOAD_H */
