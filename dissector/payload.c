// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands behind the header of a record: a message, or what else it tells. */
#include <linux/dbus.h>

#include <epan/packet.h>
#include <epan/expert.h>

#include "dissector/bus.h"
#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/names.h"
#include "dissector/payload.h"
#include "dissector/record.h"
#include "wire/message.h"

static int proto_dbusmon;
static dissector_handle_t message_handle;

static int hf_handshake = -1;
static int hf_trailer = -1;

static expert_field ei_cut = EI_INIT;
static expert_field ei_trailer = EI_INIT;
static expert_field ei_event = EI_INIT;

/* The flow graph of the older releases looks at the network layer alone. */
static void copy_addresses(packet_info *pinfo)
{
	copy_address_shallow(&pinfo->net_src, &pinfo->src);
	copy_address_shallow(&pinfo->net_dst, &pinfo->dst);
}

static int dissect_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			   void *origin)
{
	int n = message_dissect(tvb, pinfo, tree, origin);

	if (n)
		copy_addresses(pinfo);
	return n;
}

/* For whoever calls it by name, with data of their own */
static int dissect_named(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			 void *data)
{
	return dissect_message(tvb, pinfo, tree, NULL);
}

dissector_handle_t payload_handle(void)
{
	return message_handle;
}

int payload_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		    const struct record *record)
{
	struct origin origin = { .record = record };

	return call_dissector_only(message_handle, tvb, pinfo, tree, &origin);
}

/* The filters that a message's addresses have */
static void show_addresses(const struct record *r, tvbuff_t *tvb,
			   packet_info *pinfo)
{
	message_show_addresses(proto_item_get_subtree(r->item), tvb, pinfo,
			       bus_of(pinfo, r->bus, 0));
}

/* If the protocol is switched off, and for what is no message at all */
static void show_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			 const struct record *record)
{
	if (payload_message(tvb, pinfo, tree, record))
		return;
	if (record)
		show_addresses(record, tvb, pinfo);
	call_data_dissector(tvb, pinfo, tree);
}

/* Octets of the message that begins here; 0 if none does. */
static uint32_t message_len(tvbuff_t *tvb)
{
	uint8_t head[WIRE_FIXED_LEN];
	uint32_t len;

	if (tvb_captured_length(tvb) < sizeof(head))
		return 0;
	tvb_memcpy(tvb, head, 0, sizeof(head));
	return wire_frame(head, sizeof(head), &len) == WIRE_OK ? len : 0;
}

/* Does it begin as a message does, so that taking it apart shows something? */
static bool resembles_message(tvbuff_t *tvb)
{
	return message_len(tvb) != 0;
}

bool payload_is_message(tvbuff_t *tvb)
{
	uint32_t len = message_len(tvb);

	return len && len == tvb_reported_length(tvb);
}

/* Octets that are no message, whatever else they are. */
static void show_data(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	if (tvb_reported_length(tvb))
		call_data_dissector(tvb, pinfo, tree);
}

static void show_invalid(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			 const struct record *record)
{
	if (resembles_message(tvb)) {
		show_message(tvb, pinfo, tree, record);
		return;
	}
	col_add_fstr(pinfo->cinfo, COL_INFO, "%u octets",
		     tvb_reported_length(tvb));
	show_addresses(record, tvb, pinfo);
	show_data(tvb, pinfo, tree);
}

/* Without the NUL before a client's first line, and the end of the line. */
static void show_handshake(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	int from = 0, to = tvb_captured_length(tvb);
	const char *line;

	if (to && !tvb_get_uint8(tvb, 0))
		from = 1;
	if (to - from >= 2 && tvb_get_ntohs(tvb, to - 2) == 0x0d0a)
		to -= 2;
	line = tvb_format_text(pinfo->pool, tvb, from, to - from);
	proto_tree_add_string(tree, hf_handshake, tvb, from, to - from, line);
	col_add_fstr(pinfo->cinfo, COL_INFO, "Handshake: %s", line);
}

static void name_address(packet_info *pinfo, address *addr,
			 const struct record *r, uint64_t id)
{
	const char *name = record_peer_name(id, pinfo->pool);

	if (name)
		names_address(pinfo->pool, addr, bus_of(pinfo, r->bus, 0),
			      bus_intern(name, strlen(name)), NULL);
}

/* A message that the tap or the file cut is shown as one that was cut. */
static tvbuff_t *whole_message(const struct record *r, tvbuff_t *tvb,
			       packet_info *pinfo, proto_tree *tree)
{
	uint32_t have = tvb_captured_length(tvb);

	if (have < r->length) {
		expert_add_info_format(pinfo, r->item, &ei_cut,
				       "The record holds %u of the %u octets of its message",
				       have, r->length);
		return tvb_new_subset_length_caplen(tvb, 0, have,
						    MIN(r->length, INT_MAX));
	}
	if (tvb_reported_length(tvb) == r->length)
		return tvb;
	proto_tree_add_item(tree, hf_trailer, tvb, r->length, -1, ENC_NA);
	expert_add_info(pinfo, r->item, &ei_trailer);
	return tvb_new_subset_length(tvb, 0, r->length);
}

static void other_kind(const struct record *r, tvbuff_t *tvb,
		       packet_info *pinfo, proto_tree *tree)
{
	const char *who = record_peer_name(r->sender, pinfo->pool);

	if (!who)
		who = "unknown peer";
	switch (r->kind) {
	case DBUSMON_KIND_LOSS:
		col_add_fstr(pinfo->cinfo, COL_INFO, "%u record%s lost",
			     r->lost, r->lost == 1 ? "" : "s");
		break;
	case DBUSMON_KIND_PEER:
		col_add_fstr(pinfo->cinfo, COL_INFO, "Peer: %s", who);
		break;
	case DBUSMON_KIND_NAME:
		col_add_fstr(pinfo->cinfo, COL_INFO, "Name: %s", who);
		break;
	default:
		col_add_fstr(pinfo->cinfo, COL_INFO, "Record of kind %u",
			     r->kind);
	}
	show_data(tvb, pinfo, tree);
}

void payload_of_record(const struct record *r, tvbuff_t *tvb,
		       packet_info *pinfo, proto_tree *tree)
{
	const char *verdict = record_verdict(r, pinfo->pool);

	names_at(pinfo->num);
	name_address(pinfo, &pinfo->src, r, r->sender);
	name_address(pinfo, &pinfo->dst, r, r->receiver);
	if (r->kind == DBUSMON_KIND_MESSAGE) {
		tvb = whole_message(r, tvb, pinfo, tree);
		if (r->verdict == DBUSMON_INVALID)
			show_invalid(tvb, pinfo, tree, r);
		else
			show_message(tvb, pinfo, tree, r);
	} else if (r->kind == DBUSMON_KIND_HANDSHAKE) {
		show_addresses(r, tvb, pinfo);
		show_handshake(tvb, pinfo, tree);
	} else {
		show_addresses(r, tvb, pinfo);
		other_kind(r, tvb, pinfo, tree);
	}
	copy_addresses(pinfo);
	if (verdict)
		col_prepend_fstr(pinfo->cinfo, COL_INFO, "[%s] ", verdict);
}

static bool is_text(tvbuff_t *tvb)
{
	uint32_t i, n = tvb_captured_length(tvb);

	/* the first line of a client has a NUL before it */
	for (i = n && !tvb_get_uint8(tvb, 0); i < n; i++) {
		uint8_t c = tvb_get_uint8(tvb, i);

		if (c != '\r' && c != '\n' && (c < ' ' || c > '~'))
			return false;
	}
	return n > 0;
}

void payload_of_event(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	proto_item *item;

	col_set_str(pinfo->cinfo, COL_PROTOCOL, "D-Bus");
	col_set_str(pinfo->cinfo, COL_INFO, "Event of the tap");
	item = proto_tree_add_item(tree, proto_dbusmon, tvb, 0, 0, ENC_NA);
	proto_item_set_text(item, "D-Bus tap event: not a valid message; the header that tells what it is was not captured");
	expert_add_info(pinfo, item, &ei_event);
	if (is_text(tvb)) {
		show_handshake(tvb, pinfo, tree);
	} else if (resembles_message(tvb)) {
		show_message(tvb, pinfo, tree, NULL);
		col_prepend_fstr(pinfo->cinfo, COL_INFO, "[invalid] ");
	} else {
		show_data(tvb, pinfo, tree);
	}
}

void payload_register(int proto)
{
	static hf_register_info hf[] = {
		{ &hf_handshake, { "Handshake", "dbusmon.handshake",
			FT_STRING, BASE_NONE, NULL, 0,
			"A line of the SASL handshake", HFILL } },
		{ &hf_trailer, { "Octets behind the message", "dbusmon.trailer",
			FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL } },
	};
	static ei_register_info ei[] = {
		{ &ei_cut, { "dbusmon.cut", PI_UNDECODED, PI_NOTE,
			"The record was cut", EXPFILL } },
		{ &ei_trailer, { "dbusmon.trailer.present",
			PI_MALFORMED, PI_WARN,
			"Octets behind the message", EXPFILL } },
		{ &ei_event, { "dbusmon.event", PI_PROTOCOL, PI_NOTE,
			"Not a valid message", EXPFILL } },
	};
	int proto_dbus;

	proto_dbusmon = proto;
	proto_dbus = message_register();
	message_handle = create_dissector_handle(dissect_message, proto_dbus);
	/* in the older releases Wireshark's own has no name */
	if (!find_dissector("dbus"))
		register_dissector("dbus", dissect_named, proto_dbus);
	proto_register_field_array(proto, hf, array_length(hf));
	expert_register_field_array(expert_register_protocol(proto), ei,
				    array_length(ei));
}
