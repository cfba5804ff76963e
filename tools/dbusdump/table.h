/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash table of entries that carry their own link, growing as needed. */
#ifndef DBUSDUMP_TABLE_H
#define DBUSDUMP_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/octets.h"

struct table_entry {
	struct table_entry *next;
	uint32_t hash;
};

struct table {
	struct table_entry **slot;
	uint32_t mask;
	uint32_t count;
};

#define table_of(entry, type, member) \
	((type *)(void *)((char *)(entry) - offsetof(type, member)))

/* Put an entry in; false without memory. */
int table_add(struct table *t, struct table_entry *e, uint32_t hash);
void table_del(struct table *t, struct table_entry *e);
/* Frees the slots, not the entries. */
void table_free(struct table *t);

/* the first entry that may have this hash; go on by ->next */
static inline struct table_entry *table_first(const struct table *t,
					      uint32_t hash)
{
	return t->slot ? t->slot[hash & t->mask] : NULL;
}

/* Not for an adversary: he could only slow down his own capture's reading. */
static inline uint32_t table_hash(const char *s, size_t n, uint32_t seed)
{
	uint64_t h = seed ^ n * 0x9e3779b97f4a7c15ull;

	while (n >= 8) {
		uint64_t v;

		memcpy(&v, s, 8);
		h = (h ^ v) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
		s += 8;
		n -= 8;
	}
	if (n)
		h ^= wire_load_few((const uint8_t *)s, n);
	h *= 0xc4ceb9fe1a85ec53ull;
	return (uint32_t)(h >> 32);
}

#endif /* DBUSDUMP_TABLE_H */
