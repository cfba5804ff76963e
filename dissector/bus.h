/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_BUS_H
#define DISSECTOR_BUS_H

#include <epan/packet.h>

#include "dissector/sequence.h"

/**
 * struct bus - what is known of one of the buses in a file
 * @index: number of the bus in this file, from 0
 * @last: its last record
 * @names: well-known names and who owned them: see ownership.c
 * @peers: connections and what they owned, likewise
 * @calls: calls by caller and serial: see calls.c
 * @callers: who has called, likewise
 */
struct bus {
	uint32_t index;
	struct sequence_step last;
	wmem_map_t *names;
	wmem_map_t *peers;
	wmem_map_t *calls;
	wmem_map_t *callers;
};

/* Begins to keep the state, which Wireshark drops with each file. */
void bus_register(void);

/**
 * bus_of() - the bus that a packet is of
 * @pinfo: its frame
 * @number: number of the bus in the record, 0 if there is none
 * @stream: number of the connection, from 1, if it is one that was captured as
 *	such, else 0
 * Return: the bus; belongs to the file
 *
 * A file may hold several buses, and, merged from several captures, several of
 * one number: each interface of each section counts by itself.
 */
struct bus *bus_of(const packet_info *pinfo, uint32_t number, uint32_t stream);

/* The bus whose index that is; NULL if there is none */
struct bus *bus_at(uint32_t number);

/* The same octets have the same address, as long as the file is open. */
const char *bus_intern(const char *s, size_t len);

#endif /* DISSECTOR_BUS_H */
