// SPDX-License-Identifier: GPL-2.0-or-later
/* tshark -z conv,dbus and -z endpoints,dbus: who talks to whom, and how much */
#include <epan/packet.h>
#include <epan/conversation_table.h>
#include <epan/tap.h>

#include "dissector/compat.h"
#include "dissector/sighting.h"

/* All names of a peer are in these fields. */
static const char *field_of(conv_filter_type_e filter)
{
	switch (filter) {
	case CONV_FT_SRC_ADDRESS:
		return "dbus.src";
	case CONV_FT_DST_ADDRESS:
		return "dbus.dst";
	case CONV_FT_ANY_ADDRESS:
		return "dbus.addr";
	default:
		return CONV_FILTER_INVALID;
	}
}

static const char *conversation_field(conv_item_t *item,
				      conv_filter_type_e filter)
{
	return field_of(filter);
}

static const char *endpoint_field(endpoint_item_t *item,
				  conv_filter_type_e filter)
{
	return field_of(filter);
}

static tap_packet_status conversation(void *tapdata, packet_info *pinfo,
				      epan_dissect_t *edt,
				      const void *sighting, tap_flags_t flags)
{
	static ct_dissector_info_t info = { conversation_field };
	const struct sighting *s = sighting;
	conv_hash_t *hash = tapdata;

	if (s->src.type == AT_NONE || s->dst.type == AT_NONE)
		return TAP_PACKET_DONT_REDRAW;
	hash->flags = flags;
	add_conversation_table_data(hash, &s->src, &s->dst, 0, 0, 1, s->length,
				    &pinfo->rel_ts, &pinfo->abs_ts, &info,
				    CONVERSATION_NONE);
	return TAP_PACKET_REDRAW;
}

static tap_packet_status endpoints(void *tapdata, packet_info *pinfo,
				   epan_dissect_t *edt, const void *sighting,
				   tap_flags_t flags)
{
	static et_dissector_info_t info = { endpoint_field };
	const struct sighting *s = sighting;
	conv_hash_t *hash = tapdata;

	hash->flags = flags;
	if (s->src.type != AT_NONE)
		add_endpoint_table_data(hash, &s->src, 0, true, 1, s->length,
					&info, ENDPOINT_NONE);
	if (s->dst.type != AT_NONE)
		add_endpoint_table_data(hash, &s->dst, 0, false, 1, s->length,
					&info, ENDPOINT_NONE);
	return TAP_PACKET_REDRAW;
}

void conversations_register(int proto)
{
	register_conversation_table(proto, true, conversation, endpoints);
}
