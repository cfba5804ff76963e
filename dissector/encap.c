// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways by which records and messages come into Wireshark:
 *
 * - link type USER13: a record, its message behind it;
 * - LINUX_SLL and LINUX_SLL2 with the hardware type of a tap: the kernel took
 *   the record header off, only a message or an event is left;
 * - LINKTYPE_DBUS in pcapng: a message, the record header in a custom option
 *   of its packet block;
 * - link type 0: the logs of old versions of Bustle have bare messages there.
 *
 * All but the second have others in their place already. Handles without a
 * protocol are put there: they look, and give what is not ours to the former
 * one, so that such files are shown as if this plugin were not there.
 */
#include <linux/dbus.h>

#include <epan/packet.h>
#include <epan/prefs.h>
#include <wiretap/wtap.h>

#include "dissector/compat.h"
#include "dissector/encap.h"
#include "dissector/payload.h"
#include "dissector/record.h"
#include "dissector/stream.h"

/*
 * Private enterprise number of the custom option: the one that is reserved for
 * documentation, so the record's own magic decides.
 */
#define RECORD_PEN 32473

static int proto_dbusmon = -1;
static dissector_handle_t record_handle;
static dissector_handle_t option_handle;
static dissector_handle_t former_user13;
static dissector_handle_t former_null;
static dissector_handle_t former_dbus;
static ws_boolean take_user13 = true;

static bool is_enabled(void)
{
	return proto_is_protocol_enabled(find_protocol_by_id(proto_dbusmon));
}

/*
 * @option: holds the header if the message stands alone, else NULL. What an
 * event tells stands behind the header there too: the packet is for messages.
 */
static int show_record(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		       tvbuff_t *option)
{
	tvbuff_t *payload = tvb;
	struct record r;

	col_set_str(pinfo->cinfo, COL_PROTOCOL, "D-Bus");
	col_set_str(pinfo->cinfo, COL_INFO, "Tap record");
	record_dissect(&r, option ? option : tvb, pinfo, tree);
	if (!option)
		payload = tvb_new_subset_remaining(tvb, r.hdr_len);
	else if (!tvb_reported_length(tvb))
		payload = tvb_new_subset_remaining(option, r.hdr_len);
	payload_of_record(&r, payload, pinfo, tree);
	return MAX(1, tvb_captured_length(tvb));
}

static int dissect_with_option(tvbuff_t *tvb, packet_info *pinfo,
			       proto_tree *tree, void *option)
{
	return show_record(tvb, pinfo, tree, option);
}

/* For whoever calls us by name; by USER13 they come here too. */
static int dissect_named(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			 void *data)
{
	if (!record_is_here(tvb))
		return 0;
	return show_record(tvb, pinfo, tree, NULL);
}

static int call_former(dissector_handle_t former, tvbuff_t *tvb,
		       packet_info *pinfo, proto_tree *tree, void *data)
{
	if (!former)
		return 0;
	return call_dissector_only(former, tvb, pinfo, tree, data);
}

static int dissect_user13(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			  void *data)
{
	int n = 0;

	if (take_user13)
		n = call_dissector_only(record_handle, tvb, pinfo, tree, NULL);
	return n ? n : call_former(former_user13, tvb, pinfo, tree, data);
}

/*
 * The number of an address family begins a packet of link type 0, in either
 * byte order; none of them looks like the beginning of a message.
 */
static int dissect_null(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			void *data)
{
	int n = 0;

	if (is_enabled() && payload_is_message(tvb))
		n = payload_message(tvb, pinfo, tree, NULL);
	return n ? n : call_former(former_null, tvb, pinfo, tree, data);
}

/* The EtherType stands in the header before us, where it depends. */
static uint16_t sll_protocol(tvbuff_t *tvb, const packet_info *pinfo)
{
	tvbuff_t *frame = tvb_get_ds_tvb(tvb);
	int at = tvb_raw_offset(tvb);

	if (pinfo->rec->rec_header.packet_header.pkt_encap == WTAP_ENCAP_SLL2)
		at -= 20;
	else
		at -= 2;
	return at < 0 ? DBUSMON_ETH_P_MESSAGE : tvb_get_ntohs(frame, at);
}

static int dissect_sll(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		       void *data)
{
	if (!is_enabled())
		return 0;
	if (record_is_here(tvb))
		return call_dissector_only(record_handle, tvb, pinfo, tree,
					   NULL);
	if (sll_protocol(tvb, pinfo) != DBUSMON_ETH_P_EVENT)
		return payload_message(tvb, pinfo, tree, NULL);
	payload_of_event(tvb, pinfo, tree);
	return MAX(1, tvb_captured_length(tvb));
}

struct option {
	const void *data;
	size_t len;
};

/* Called for each option of a block, until it returns false. */
static ws_boolean find_record(wtap_block_t block, unsigned int code,
			      wtap_opttype_e type, wtap_optval_t *value,
			      void *found)
{
	struct option *option = found;
	const void *data;
	uint32_t pen;
	size_t len;

	if (code != OPT_CUSTOM_BIN_COPY)
		return true;
	data = custom_option_data(value, &pen, &len);
	if (pen != RECORD_PEN || len < sizeof(struct dbusmon_hdr))
		return true;
	option->data = data;
	option->len = len;
	return false;
}

/* The record header of a packet, NULL if its block holds none. */
static tvbuff_t *option_of(tvbuff_t *tvb, packet_info *pinfo)
{
	struct option option = { NULL, 0 };
	tvbuff_t *header;

	if (!pinfo->rec->block)
		return NULL;
	wtap_block_foreach_option(pinfo->rec->block, find_record, &option);
	if (!option.data)
		return NULL;
	header = tvb_new_child_real_data(tvb,
					 wmem_memdup(pinfo->pool, option.data,
						     option.len),
					 (unsigned int)option.len,
					 (int)option.len);
	return record_is_here(header) ? header : NULL;
}

static int dissect_dbus(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			void *data)
{
	tvbuff_t *option;

	if (!is_enabled())
		return call_former(former_dbus, tvb, pinfo, tree, data);
	option = option_of(tvb, pinfo);
	if (!option)
		return payload_message(tvb, pinfo, tree, NULL);
	add_new_data_source(pinfo, option, "Tap record");
	return call_dissector_only(option_handle, tvb, pinfo, tree, option);
}

void encap_register(int proto)
{
	proto_dbusmon = proto;
	payload_register(proto);
	stream_register();
	record_handle = register_dissector("dbusmon", dissect_named, proto);
	option_handle = create_dissector_handle(dissect_with_option, proto);
	prefs_register_bool_preference(prefs_find_module("dbusmon"), "user13",
				       "Take files of link type USER13",
				       "Records are known by their magic number; other files of this link type are left alone in any case.",
				       &take_user13);
}

/* Puts a handle without a protocol there; returns what was there before. */
static dissector_handle_t take(const char *table, uint32_t number,
			       dissector_t dissector)
{
	dissector_handle_t former;

	former = dissector_get_default_uint_handle(table, number);
	dissector_add_uint(table, number,
			   create_dissector_handle(dissector, -1));
	return former;
}

void encap_handoff(void)
{
	stream_handoff(payload_handle());
	former_user13 = take("wtap_encap", WTAP_ENCAP_USER13, dissect_user13);
	former_null = take("wtap_encap", WTAP_ENCAP_NULL, dissect_null);
	former_dbus = take("wtap_encap", WTAP_ENCAP_DBUS, dissect_dbus);
	take("sll.hatype", DBUSMON_ARPHRD, dissect_sll);
}
