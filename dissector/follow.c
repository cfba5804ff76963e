// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follow a connection: all messages from and to it, one line each, as text.
 * tshark -z follow,dbus,ascii,N; N as in the field dbus.peer.
 */
#include <epan/packet.h>
#include <epan/epan_dissect.h>
#include <epan/follow.h>
#include <epan/tap.h>

#include "dissector/compat.h"
#include "dissector/names.h"
#include "dissector/ownership.h"
#include "dissector/sighting.h"

static char *filter_of(unsigned int peer, unsigned int none)
{
	return g_strdup_printf("dbus.peer == %u", peer);
}

/* The sender, or, if that is the bus itself, the addressee */
static char *filter_of_packet(epan_dissect_t *edt, packet_info *pinfo,
			      unsigned int *peer, unsigned int *none)
{
	uint32_t number;

	if (!names_of_packet(pinfo, &number))
		return NULL;
	*peer = number;
	*none = 0;
	return filter_of(number, 0);
}

static char *filter_of_addresses(address *src, address *dst, int src_port,
				 int dst_port)
{
	return NULL;
}

static char *port_name(wmem_allocator_t *scope, unsigned int port)
{
	return wmem_strdup(scope, "");
}

static tap_packet_status line(void *tapdata, packet_info *pinfo,
			      epan_dissect_t *edt, const void *sighting,
			      tap_flags_t flags)
{
	const struct sighting *s = sighting;
	follow_info_t *info = tapdata;
	follow_record_t *record = g_new0(follow_record_t, 1);
	size_t len = strlen(s->line);

	if (info->client_ip.type == AT_NONE) {
		copy_address(&info->client_ip, &s->src);
		copy_address(&info->server_ip, &s->dst);
	}
	record->is_server = !addresses_equal(&info->client_ip, &s->src);
	record->packet_num = pinfo->num;
	record->abs_ts = pinfo->abs_ts;
	record->data = g_byte_array_sized_new((unsigned int)len + 1);
	g_byte_array_append(record->data, (const uint8_t *)s->line,
			    (unsigned int)len);
	g_byte_array_append(record->data, (const uint8_t *)"\n", 1);
	info->bytes_written[record->is_server] += (unsigned int)len + 1;
	info->payload = g_list_prepend(info->payload, record);
	return TAP_PACKET_DONT_REDRAW;
}

void follow_register(int proto)
{
	register_follow(proto, "dbus", filter_of_packet, filter_of,
			filter_of_addresses, port_name, line,
			peer_count);
}
