// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tshark -z conv,dbus and -z endpoints,dbus: who talks to whom, and how much; by
 * the names in the columns of the packet list.
 */
#include <epan/packet.h>
#include <epan/conversation_filter.h>
#include <epan/conversation_table.h>
#include <epan/tap.h>

#include "dissector/compat.h"
#include "dissector/names.h"
#include "dissector/sighting.h"

/* All names of a peer are in these; a connection's sides have other addresses. */
static const struct fields {
	int type;
	const char *src;
	const char *dst;
	const char *any;
} fields[] = {
	{ AT_STRINGZ, "dbus.src", "dbus.dst", "dbus.addr" },
	{ AT_IPv4, "ip.src", "ip.dst", "ip.addr" },
	{ AT_IPv6, "ipv6.src", "ipv6.dst", "ipv6.addr" },
};

static const char *field_of(int type, conv_filter_type_e filter)
{
	const struct fields *f = fields;

	while (f->type != type)
		if (++f == fields + array_length(fields))
			return CONV_FILTER_INVALID;
	switch (filter) {
	case CONV_FT_SRC_ADDRESS:
		return f->src;
	case CONV_FT_DST_ADDRESS:
		return f->dst;
	case CONV_FT_ANY_ADDRESS:
		return f->any;
	default:
		return CONV_FILTER_INVALID;
	}
}

static const char *conversation_field(conv_item_t *item,
				      conv_filter_type_e filter)
{
	return field_of(item->src_address.type, filter);
}

static const char *endpoint_field(endpoint_item_t *item,
				  conv_filter_type_e filter)
{
	return field_of(item->myaddress.type, filter);
}

static tap_packet_status conversation(void *tapdata, packet_info *pinfo,
				      epan_dissect_t *edt,
				      const void *sighting, tap_flags_t flags)
{
	static ct_dissector_info_t info = { conversation_field };
	const struct sighting *s = sighting;
	conv_hash_t *hash = tapdata;
	address src, dst;

	if (s->src.type == AT_NONE || s->dst.type == AT_NONE)
		return TAP_PACKET_DONT_REDRAW;
	hash->flags = flags;
	names_text(pinfo->pool, &src, &s->src);
	names_text(pinfo->pool, &dst, &s->dst);
	add_conversation_table_data(hash, &src, &dst, 0, 0, 1, s->length,
				    &pinfo->rel_ts, &pinfo->abs_ts, &info,
				    CONVERSATION_NONE);
	return TAP_PACKET_REDRAW;
}

static void add_endpoint(conv_hash_t *hash, packet_info *pinfo,
			 const struct sighting *s, bool sender)
{
	static et_dissector_info_t info = { endpoint_field };
	const address *addr = sender ? &s->src : &s->dst;
	address text;

	if (addr->type == AT_NONE)
		return;
	names_text(pinfo->pool, &text, addr);
	add_endpoint_table_data(hash, &text, 0, sender, 1, s->length, &info,
				ENDPOINT_NONE);
}

static tap_packet_status endpoints(void *tapdata, packet_info *pinfo,
				   epan_dissect_t *edt, const void *sighting,
				   tap_flags_t flags)
{
	conv_hash_t *hash = tapdata;

	hash->flags = flags;
	add_endpoint(hash, pinfo, sighting, true);
	add_endpoint(hash, pinfo, sighting, false);
	return TAP_PACKET_REDRAW;
}

/* --- The menu "Conversation Filter" of the packet list --------------------- */

static ws_boolean has_peer(CONVERSATION_FILTER_ARGS)
{
	uint32_t number;

	return names_of_packet(pinfo, &number);
}

/* All that the sender sends and is sent; if that is the bus, the addressee */
static char *peer_filter(CONVERSATION_FILTER_ARGS)
{
	uint32_t number;

	if (!names_of_packet(pinfo, &number))
		return NULL;
	return g_strdup_printf("dbus.peer == %u", number);
}

static ws_boolean has_both(CONVERSATION_FILTER_ARGS)
{
	return names_raw(&pinfo->src) && names_raw(&pinfo->dst);
}

static char *both_filter(CONVERSATION_FILTER_ARGS)
{
	const char *src = names_raw(&pinfo->src), *dst = names_raw(&pinfo->dst);

	if (!src || !dst)
		return NULL;
	return g_strdup_printf("dbus.addr == \"%s\" && dbus.addr == \"%s\"",
			       src, dst);
}

void conversations_register(int proto)
{
	register_packet_filter("dbus", "D-Bus source and destination",
			       has_both, both_filter);
	register_packet_filter("dbus", "D-Bus connection", has_peer,
			       peer_filter);
	add_conversation_filter_protocol("dbus");
	register_conversation_table(proto, true, conversation, endpoints);
}
