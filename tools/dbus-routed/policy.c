// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/policy.h"

#include <stdlib.h>
#include <string.h>
#include <linux/dbus.h>

bool policy_add(struct policy *p, const struct rule *rule)
{
	struct rule *bigger;

	/* a power of two: full */
	if (!(p->n & (p->n - 1))) {
		bigger = reallocarray(p->rules, p->n ? p->n * 2 : 1,
				      sizeof(*bigger));
		if (!bigger)
			return false;
		p->rules = bigger;
	}
	p->rules[p->n++] = *rule;
	return true;
}

static unsigned int rank(const struct rule *r)
{
	static const unsigned int ranks[] = {
		[DBUS_SUBJECT_ANYBODY] = 0,
		[DBUS_SUBJECT_GROUP] = 1,
		[DBUS_SUBJECT_USER] = 2,
		[DBUS_SUBJECT_CONSOLE] = 3,
		[DBUS_SUBJECT_NO_CONSOLE] = 3,
		[DBUS_SUBJECT_MANDATORY] = 4,
	};

	return ranks[r->subject];
}

/* By place in the array, where all else is equal: they point into one. */
static int compare(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x < y ? -1 : x > y;
}

bool policy_sort(struct policy *p)
{
	struct rule **order = calloc(p->n + 1, sizeof(*order));
	struct rule *sorted = calloc(p->n + 1, sizeof(*sorted));
	size_t i;

	if (!order || !sorted) {
		free(order);
		free(sorted);
		return false;
	}
	for (i = 0; i < p->n; i++)
		order[i] = &p->rules[i];
	qsort(order, p->n, sizeof(*order), compare);
	for (i = 0; i < p->n; i++)
		sorted[i] = *order[i];
	free(order);
	free(p->rules);
	p->rules = sorted;
	return true;
}

void policy_deinit(struct policy *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		rule_deinit(&p->rules[i]);
	free(p->rules);
	*p = (struct policy){};
}
