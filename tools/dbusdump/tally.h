/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things counted by their name, a bounded number of them. */
#ifndef DBUSDUMP_TALLY_H
#define DBUSDUMP_TALLY_H

#include "table.h"
#include "wire/message.h"

/* More names than these are counted together. */
#define TALLY_MAX	16384u

/**
 * struct tally_item - one name
 * @entry: in struct tally
 * @count: how often
 * @octets: of all of them
 * @data: the user's; freed with it
 * @len: octets of @name
 */
struct tally_item {
	struct table_entry entry;
	uint64_t count;
	uint64_t octets;
	void *data;
	uint32_t len;
	char name[];
};

struct tally {
	struct table table;
};

/* The item of this name, made if need be; that of "(others)" if there are too
 * many. Ends the program without memory. */
struct tally_item *tally_get(struct tally *t, const char *name, size_t len);
/* All items, by falling @count, to be freed with free(); @n: how many */
struct tally_item **tally_sorted(const struct tally *t, size_t *n);
/* Take an item out, and free it. */
void tally_drop(struct tally *t, struct tally_item *i);
void tally_free(struct tally *t);

#endif /* DBUSDUMP_TALLY_H */
