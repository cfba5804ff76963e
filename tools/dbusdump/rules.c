// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/dbusctl/genl.h"

#define FRESH_MS 1000

struct rule_place {
	uint32_t bus;
	uint32_t number;
	char *where;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void rules_free(struct rules *r)
{
	while (r->n)
		free(r->v[--r->n].where);
	free(r->v);
	*r = (struct rules){ 0 };
}

struct rule_attrs {
	const struct nlattr *number, *label;
};

static int collect(const struct nlattr *attr, void *data)
{
	struct rule_attrs *a = data;

	if (mnl_attr_get_type(attr) == DBUS_RULE_NUMBER &&
	    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
		a->number = attr;
	if (mnl_attr_get_type(attr) == DBUS_RULE_LABEL &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		a->label = attr;
	return MNL_CB_OK;
}

static int take_rule(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct rule_attrs a = { NULL, NULL };
	struct rules *r = data;
	struct rule_place *v;
	char *where;

	if (!tb[DBUS_A_BUS] || !tb[DBUS_A_RULE])
		return 0;
	mnl_attr_parse_nested(tb[DBUS_A_RULE], collect, &a);
	if (!a.number || !a.label)
		return 0;
	/* without memory the places are not known, no more than that */
	v = reallocarray(r->v, r->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	r->v = v;
	where = strdup(mnl_attr_get_str(a.label));
	if (!where)
		return -ENOMEM;
	v[r->n++] = (struct rule_place){ mnl_attr_get_u32(tb[DBUS_A_BUS]),
					 mnl_attr_get_u32(a.number), where };
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct rule_place *x = a, *y = b;

	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void ask(struct rules *r)
{
	struct genl genl = { 0 };
	struct genl_msg msg;

	rules_free(r);
	r->read = now_ms();
	if (genl_open(&genl))
		return;
	genl_request(&genl, &msg, DBUS_CMD_POLICY_GET);
	genl_dump(&genl, &msg, take_rule, r);
	genl_close(&genl);
	if (r->n)
		qsort(r->v, r->n, sizeof(*r->v), by_number);
}

const char *rules_where(struct rules *r, uint32_t bus, uint32_t number)
{
	const struct rule_place want = { bus, number, NULL };
	const struct rule_place *found;

	if (!r->read || now_ms() - r->read > FRESH_MS)
		ask(r);
	if (!r->n)
		return NULL;
	found = bsearch(&want, r->v, r->n, sizeof(*r->v), by_number);
	return found ? found->where : NULL;
}
