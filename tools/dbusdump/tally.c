// SPDX-License-Identifier: GPL-2.0-or-later
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>

static const char others[] = "(others)";

static void *have(void *p)
{
	if (p)
		return p;
	fputs("dbusdump: out of memory\n", stderr);
	exit(1);
}

struct tally_item *tally_get(struct tally *t, const char *name, size_t len)
{
	uint32_t hash = table_hash(name, len, 0);
	struct table_entry *e;
	struct tally_item *i;

	for (e = table_first(&t->table, hash); e; e = e->next) {
		i = table_of(e, struct tally_item, entry);
		if (e->hash == hash && i->len == len &&
		    !memcmp(i->name, name, len))
			return i;
	}
	if (t->table.count >= TALLY_MAX && name != others)
		return tally_get(t, others, sizeof(others) - 1);
	i = have(calloc(1, sizeof(*i) + len));
	i->len = (uint32_t)len;
	memcpy(i->name, name, len);
	have(table_add(&t->table, &i->entry, hash) ? i : NULL);
	return i;
}

static int by_count(const void *a, const void *b)
{
	const struct tally_item *x = *(struct tally_item *const *)a;
	const struct tally_item *y = *(struct tally_item *const *)b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	order = memcmp(x->name, y->name, n);
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

struct tally_item **tally_sorted(const struct tally *t, size_t *n)
{
	struct tally_item **list = have(calloc(t->table.count + 1,
					       sizeof(*list)));
	struct table_entry *e;
	uint32_t i;

	*n = 0;
	for (i = 0; t->table.slot && i <= t->table.mask; i++)
		for (e = t->table.slot[i]; e; e = e->next)
			list[(*n)++] = table_of(e, struct tally_item, entry);
	qsort(list, *n, sizeof(*list), by_count);
	return list;
}

void tally_drop(struct tally *t, struct tally_item *i)
{
	table_del(&t->table, &i->entry);
	free(i->data);
	free(i);
}

void tally_free(struct tally *t)
{
	uint32_t i;

	for (i = 0; t->table.slot && i <= t->table.mask; i++)
		while (t->table.slot[i])
			tally_drop(t, table_of(t->table.slot[i],
					       struct tally_item, entry));
	table_free(&t->table);
}
