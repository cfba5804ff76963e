// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <stdlib.h>

#define FIRST_SLOTS 64

static int table_grow(struct table *t)
{
	uint32_t n = t->slot ? (t->mask + 1) * 2 : FIRST_SLOTS;
	struct table_entry **slot = calloc(n, sizeof(struct table_entry *));
	uint32_t i;

	if (!slot)
		return 0;
	for (i = 0; t->slot && i <= t->mask; i++) {
		struct table_entry *e = t->slot[i], *next;

		for (; e; e = next) {
			next = e->next;
			e->next = slot[e->hash & (n - 1)];
			slot[e->hash & (n - 1)] = e;
		}
	}
	free(t->slot);
	t->slot = slot;
	t->mask = n - 1;
	return 1;
}

int table_add(struct table *t, struct table_entry *e, uint32_t hash)
{
	/* without memory for more slots the old ones still do */
	if ((!t->slot || t->count > t->mask) && !table_grow(t) && !t->slot)
		return 0;
	e->hash = hash;
	e->next = t->slot[hash & t->mask];
	t->slot[hash & t->mask] = e;
	t->count++;
	return 1;
}

void table_del(struct table *t, struct table_entry *e)
{
	struct table_entry **p = &t->slot[e->hash & t->mask];

	while (*p != e)
		p = &(*p)->next;
	*p = e->next;
	t->count--;
}

void table_free(struct table *t)
{
	free(t->slot);
	memset(t, 0, sizeof(*t));
}
