/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_OWNERSHIP_H
#define DISSECTOR_OWNERSHIP_H

#include <epan/packet.h>

/*
 * Names are interned by bus_intern() wherever they are given and returned: they
 * are compared by their addresses. What is known of a frame is what that frame
 * and those before it tell: nothing is ever said of an earlier one.
 */

struct bus;

/**
 * owner_set() - from a frame on, a connection owns a well-known name
 * @bus: the bus
 * @name: the name
 * @owner: its unique name; NULL: nobody owns it any more
 * @frame: no earlier than that of any change before
 */
void owner_set(struct bus *bus, const char *name, const char *owner,
	       uint32_t frame);

/* Who owns @name at @frame: a unique name; NULL if not known, or nobody */
const char *owner_of(const struct bus *bus, const char *name, uint32_t frame);

/* In which frame something was last told of @name; 0 if nothing ever was */
uint32_t owner_told(const struct bus *bus, const char *name);

/* The first of the names that @unique owns at @frame; NULL if there is none */
const char *owned_first(const struct bus *bus, const char *unique,
			uint32_t frame);

/**
 * owned_all() - all well-known names of a connection
 * @scope: whose the array will be
 * @bus: the bus
 * @unique: its unique name
 * @frame: when
 * Return: the names in the order in which they came, then NULL
 */
const char **owned_all(wmem_allocator_t *scope, const struct bus *bus,
		       const char *unique, uint32_t frame);

/* The number of a connection, in the order of first sight in the file */
uint32_t peer_number(struct bus *bus, const char *unique);

/* How many of them there are in the file */
uint32_t peer_count(void);

/* Begins to count; @bus_register() keeps the rest. */
void ownership_register(void);

#endif /* DISSECTOR_OWNERSHIP_H */
