/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages at random: most of them valid, with all types, names at the limits,
 * unknown fields, deep nesting; and the same with something wrong in them.
 */
#ifndef TESTS_WIRE_GENERATE_H
#define TESTS_WIRE_GENERATE_H

#include "tests/wire/bytes.h"
#include "tests/wire/random.h"

#define GEN_FIELDS 24

struct gen_field {
	uint8_t code;
	struct bytes octets;	/* from its 8-octet boundary, without padding */
};

/**
 * struct gen_message - a message before it is put together
 * @fields: header fields in their order; @n of them
 * @whole: gen_assemble()'s result
 */
struct gen_message {
	bool big;
	uint8_t type;
	uint8_t flags;
	uint32_t serial;
	size_t n;
	struct gen_field fields[GEN_FIELDS];
	struct bytes body;
	struct bytes whole;
};

void gen_message(struct gen_message *g, struct rng *r);
void gen_assemble(struct gen_message *g);
void gen_string_field(struct gen_field *f, bool big, uint8_t code,
		      const char *s, size_t len);
void gen_free(struct gen_message *g);

/* Changes something in @g->whole */
void gen_mutate(struct gen_message *g, struct rng *r);

/* Puts a bus name into @out, of 256 octets or more; returns its length */
size_t gen_unique_name(char *out, struct rng *r);

#endif /* TESTS_WIRE_GENERATE_H */
