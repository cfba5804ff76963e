/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_SEQUENCE_H
#define DISSECTOR_SEQUENCE_H

#include <epan/packet_info.h>

/**
 * struct sequence_step - the record of the same bus before this one
 * @seq: its sequence number; 0 if this is the first record of the bus
 * @frame: its frame number
 */
struct sequence_step {
	uint64_t seq;
	uint32_t frame;
};

/* @proto: under which the state is kept with each frame */
void sequence_register(int proto);

/**
 * sequence_step() - what came before a record
 * @pinfo: its frame
 * @bus: number of the bus
 * @seq: its number there
 * Return: what was before it in the file, the same at every pass; belongs to
 *	the file
 */
const struct sequence_step *sequence_step(packet_info *pinfo, uint32_t bus,
					  uint64_t seq);

#endif /* DISSECTOR_SEQUENCE_H */
