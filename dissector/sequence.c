// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sequence numbers, followed for each bus. A file may hold several buses, and,
 * merged from several captures, several buses of one number: each interface of
 * each section counts by itself.
 *
 * Frames are met in order once; later they are dissected again in any order.
 * So what was learnt at the first visit is kept with the frame.
 */
#include <epan/packet.h>
#include <epan/proto_data.h>
#include <epan/wmem_scopes.h>

#include "dissector/compat.h"
#include "dissector/sequence.h"

struct bus_key {
	uint32_t section;
	uint32_t interface;
	uint32_t bus;
};

static int sequence_proto;
static wmem_map_t *buses;	/* struct bus_key: last struct sequence_step */

static unsigned int bus_hash(const void *key)
{
	return wmem_strong_hash(key, sizeof(struct bus_key));
}

static int bus_equal(const void *a, const void *b)
{
	return !memcmp(a, b, sizeof(struct bus_key));
}

void sequence_register(int proto)
{
	sequence_proto = proto;
	buses = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(),
				       bus_hash, bus_equal);
}

static struct bus_key key_of(const packet_info *pinfo, uint32_t bus)
{
	struct bus_key key = { .bus = bus };
	const wtap_rec *rec = pinfo->rec;

	if (rec->presence_flags & WTAP_HAS_SECTION_NUMBER)
		key.section = rec->section_number;
	if (rec->presence_flags & WTAP_HAS_INTERFACE_ID)
		key.interface = rec->rec_header.packet_header.interface_id;
	return key;
}

static struct sequence_step *learn(packet_info *pinfo, uint32_t bus,
				   uint64_t seq)
{
	struct sequence_step *step = wmem_new0(wmem_file_scope(),
					       struct sequence_step);
	struct bus_key key = key_of(pinfo, bus);
	struct sequence_step *last = wmem_map_lookup(buses, &key);

	if (last) {
		*step = *last;
	} else {
		last = wmem_new(wmem_file_scope(), struct sequence_step);
		wmem_map_insert(buses,
				wmem_memdup(wmem_file_scope(), &key,
					    sizeof(key)),
				last);
	}
	last->seq = seq;
	last->frame = pinfo->num;
	return step;
}

const struct sequence_step *sequence_step(packet_info *pinfo, uint32_t bus,
					  uint64_t seq)
{
	struct sequence_step *step;

	step = p_get_proto_data(wmem_file_scope(), pinfo, sequence_proto, 0);
	if (!step) {
		step = learn(pinfo, bus, seq);
		p_add_proto_data(wmem_file_scope(), pinfo, sequence_proto, 0,
				 step);
	}
	return step;
}
