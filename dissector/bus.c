// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/packet.h>
#include <epan/wmem_scopes.h>

#include "dissector/bus.h"
#include "dissector/compat.h"

struct bus_key {
	uint32_t section;
	uint32_t interface;
	uint32_t number;
	uint32_t stream;
};

static wmem_map_t *buses;	/* struct bus_key: struct bus */
static wmem_map_t *by_index;	/* index: struct bus */
static wmem_map_t *strings;	/* a string: itself */

static unsigned int bus_hash(const void *key)
{
	return wmem_strong_hash(key, sizeof(struct bus_key));
}

static int bus_equal(const void *a, const void *b)
{
	return !memcmp(a, b, sizeof(struct bus_key));
}

static wmem_map_t *file_map(GHashFunc hash, GEqualFunc equal)
{
	return wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(),
				      hash, equal);
}

void bus_register(void)
{
	buses = file_map(bus_hash, bus_equal);
	by_index = file_map(g_direct_hash, g_direct_equal);
	strings = file_map(wmem_str_hash, g_str_equal);
}

static struct bus *bus_new(const struct bus_key *key)
{
	struct bus *bus = wmem_new0(wmem_file_scope(), struct bus);

	bus->index = wmem_map_size(buses);
	bus->names = wmem_map_new(wmem_file_scope(), g_direct_hash,
				  g_direct_equal);
	bus->peers = wmem_map_new(wmem_file_scope(), g_direct_hash,
				  g_direct_equal);
	bus->callers = wmem_map_new(wmem_file_scope(), g_direct_hash,
				    g_direct_equal);
	wmem_map_insert(buses, wmem_memdup(wmem_file_scope(), key,
					   sizeof(*key)), bus);
	wmem_map_insert(by_index, GUINT_TO_POINTER(bus->index), bus);
	return bus;
}

struct bus *bus_of(const packet_info *pinfo, uint32_t number, uint32_t stream)
{
	struct bus_key key = { .number = number, .stream = stream };
	const wtap_rec *rec = pinfo->rec;
	struct bus *bus;

	if (rec->presence_flags & WTAP_HAS_SECTION_NUMBER)
		key.section = rec->section_number;
	if (rec->presence_flags & WTAP_HAS_INTERFACE_ID)
		key.interface = rec->rec_header.packet_header.interface_id;
	bus = wmem_map_lookup(buses, &key);
	return bus ? bus : bus_new(&key);
}

struct bus *bus_at(uint32_t number)
{
	return wmem_map_lookup(by_index, GUINT_TO_POINTER(number));
}

const char *bus_intern(const char *s, size_t len)
{
	const char *found;
	char room[256], *copy = room;

	if (len >= sizeof(room))
		copy = wmem_alloc(wmem_file_scope(), len + 1);
	memcpy(copy, s, len);
	copy[len] = '\0';
	found = wmem_map_lookup(strings, copy);
	if (found)
		return found;
	if (copy == room)
		copy = wmem_strdup(wmem_file_scope(), room);
	wmem_map_insert(strings, copy, copy);
	return copy;
}
