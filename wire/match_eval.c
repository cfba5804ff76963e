// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A match rule held against a message: what costs least comes first.
 */
#include "wire/match.h"

static bool starts(struct wire_str s, struct wire_str head)
{
	return s.len >= head.len && !memcmp(s.s, head.s, head.len);
}

/* Is @s the same as @root, or below it by @separator? */
static bool is_below(struct wire_str s, struct wire_str root, char separator)
{
	if (!s.s || !starts(s, root))
		return false;
	return s.len == root.len || s.s[root.len] == separator;
}

static bool in_path_namespace(struct wire_str path, struct wire_str root)
{
	if (root.len == 1)
		return path.s != NULL;
	return is_below(path, root, '/');
}

static bool ends_in_slash(struct wire_str s)
{
	return s.len && s.s[s.len - 1] == '/';
}

/*
 * "An argument of type STRING or OBJECT_PATH matches if it is equal, or if
 * either of the two ends in '/' and is a prefix of the other."
 */
static bool path_arg_matches(struct wire_str have, struct wire_str want)
{
	if (have.len < want.len)
		return ends_in_slash(have) && starts(want, have);
	if (have.len > want.len && !ends_in_slash(want))
		return false;
	return starts(have, want);
}

static bool arg_matches(const struct wire_match_arg *want,
			const struct wire_args *a)
{
	struct wire_str have;
	char type;

	if (!a || want->index >= a->n)
		return false;
	have = a->arg[want->index].str;
	type = a->arg[want->index].type;
	switch (want->kind) {
	case WIRE_ARG_PATH:
		return (type == 's' || type == 'o') &&
		       path_arg_matches(have, want->value);
	case WIRE_ARG_NAMESPACE:
		return type == 's' && is_below(have, want->value, '.');
	default:
		return type == 's' && wire_str_eq(have, want->value);
	}
}

static bool name_matches(struct wire_str want, struct wire_str who,
			 wire_owns_fn *owns, void *ctx)
{
	if (wire_str_eq(want, who))
		return true;
	/* nobody owns a unique name but who bears it, by whatever name */
	if (!who.s || !owns || (want.s[0] == ':' && who.s[0] == ':'))
		return false;
	return owns(ctx, who, want);
}

bool wire_match_eval(const struct wire_match *r, const struct wire_msg *m,
		     const struct wire_args *a, wire_owns_fn *owns, void *ctx)
{
	const uint16_t keys = r->keys;
	size_t i;

	if (keys & WIRE_MATCH_TYPE && r->type != m->type)
		return false;
	if (keys & WIRE_MATCH_MEMBER && !wire_str_eq(r->member, m->member))
		return false;
	if (keys & WIRE_MATCH_INTERFACE &&
	    !wire_str_eq(r->interface, m->interface))
		return false;
	if (keys & WIRE_MATCH_PATH && !wire_str_eq(r->path, m->path))
		return false;
	if (keys & WIRE_MATCH_PATH_NAMESPACE &&
	    !in_path_namespace(m->path, r->path))
		return false;
	for (i = 0; i < r->n_args; i++)
		if (!arg_matches(&r->args[i], a))
			return false;
	if (keys & WIRE_MATCH_SENDER &&
	    !name_matches(r->sender, m->sender, owns, ctx))
		return false;
	if (keys & WIRE_MATCH_DESTINATION &&
	    !name_matches(r->destination, m->destination, owns, ctx))
		return false;
	return true;
}
