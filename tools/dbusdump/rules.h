/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the rules of policy stand, as the kernel knows them while a bus runs. */
#ifndef DBUSDUMP_RULES_H
#define DBUSDUMP_RULES_H

#include <stddef.h>
#include <stdint.h>

struct rule_place;

/**
 * struct rules - the rules of all buses
 * @v: by bus and number
 * @n: how many
 * @read: when the kernel was asked last; ms of the monotonic clock, 0: never
 */
struct rules {
	struct rule_place *v;
	size_t n;
	uint64_t read;
};

/**
 * rules_where() - where does a rule stand?
 * @r: all zero before the first call
 * @bus: number of the bus
 * @number: number of the rule, from the record of what it denied
 * Return: "FILE:LINE", until the next call; NULL if that is not known
 *
 * The kernel is asked again if the last answer is a second old: the policy may
 * be another.
 */
const char *rules_where(struct rules *r, uint32_t bus, uint32_t number);
void rules_free(struct rules *r);

#endif /* DBUSDUMP_RULES_H */
