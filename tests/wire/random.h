/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that look random and come again with the same seed (SplitMix64).
 */
#ifndef TESTS_WIRE_RANDOM_H
#define TESTS_WIRE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* From 0 to @n - 1 */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

static inline bool rng_one_in(struct rng *r, uint32_t n)
{
	return !rng_below(r, n);
}

/* A new generator for case number @n of a run, whatever the others drew */
static inline struct rng rng_case(uint64_t seed, uint64_t n)
{
	struct rng r = { seed ^ (n * 0xd6e8feb86659fd93) };

	rng_next(&r);
	return r;
}

#define PICK(r, table) \
	((table)[rng_below((r), sizeof(table) / sizeof((table)[0]))])

#endif /* TESTS_WIRE_RANDOM_H */
