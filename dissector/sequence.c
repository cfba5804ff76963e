// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sequence numbers, followed for each bus.
 *
 * Frames are met in order once; later they are dissected again in any order.
 * So what was learnt at the first visit is kept with the frame.
 */
#include <epan/packet.h>
#include <epan/proto_data.h>
#include <epan/wmem_scopes.h>

#include "dissector/bus.h"
#include "dissector/compat.h"
#include "dissector/sequence.h"

static int sequence_proto;

void sequence_register(int proto)
{
	sequence_proto = proto;
}

static struct sequence_step *learn(packet_info *pinfo, struct bus *bus,
				   uint64_t seq)
{
	struct sequence_step *step = wmem_new(wmem_file_scope(),
					      struct sequence_step);

	*step = bus->last;
	bus->last.seq = seq;
	bus->last.frame = pinfo->num;
	return step;
}

const struct sequence_step *sequence_step(packet_info *pinfo, uint32_t bus,
					  uint64_t seq)
{
	struct sequence_step *step;

	step = p_get_proto_data(wmem_file_scope(), pinfo, sequence_proto, 0);
	if (!step) {
		step = learn(pinfo, bus_of(pinfo, bus, 0), seq);
		p_add_proto_data(wmem_file_scope(), pinfo, sequence_proto, 0,
				 step);
	}
	return step;
}
