/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_NAMES_H
#define DISSECTOR_NAMES_H

#include <epan/packet.h>

#include "dissector/bus.h"

struct message;

/* The address type */
void names_register(void);

/**
 * names_learn() - what a message tells of who owns which name
 * @msg: a message, its bus and its call known
 *
 * Something is learnt at the first visit of a frame only; from then on it is
 * known of that frame and those behind it, until another message says
 * otherwise.
 */
void names_learn(const struct message *msg);

/**
 * names_address() - a name as an address of Wireshark
 * @scope: who owns its octets
 * @addr: set
 * @bus: the bus
 * @name: interned; of a connection the unique name, so that it is one address
 *	whatever it is called
 * @label: the name by which it is called in this packet, or NULL
 *
 * Its unresolved form is @name, its resolved one @label, else a well-known name
 * that it owns.
 */
void names_address(wmem_allocator_t *scope, address *addr,
		   const struct bus *bus, const char *name, const char *label);

/* The name that an address is, interned; NULL if it is of another kind */
const char *names_raw(const address *addr);

/**
 * names_text() - an address as a text, by the name that it has just now
 * @scope: who owns its octets
 * @text: set; of no D-Bus name, to @addr itself
 * @addr: the address
 *
 * Wireshark puts texts between quotation marks when it makes a filter of them,
 * as it must: ":1.5" without is no value. Of two buses they are different.
 */
void names_text(wmem_allocator_t *scope, address *text, const address *addr);

/**
 * names_peer() - the number of a connection, in the order of first sight
 * @bus: the bus
 * @name: its unique name, or a well-known one, interned
 * @frame: when
 * @number: set
 * Return: false if it is not known which connection that is
 */
bool names_peer(struct bus *bus, const char *name, uint32_t frame,
		uint32_t *number);

/* The number of a packet's sender, or else its addressee; false: of neither */
bool names_of_packet(const packet_info *pinfo, uint32_t *number);

/* Of which frame the names are asked for from now on */
void names_at(uint32_t frame);

#endif /* DISSECTOR_NAMES_H */
