// SPDX-License-Identifier: GPL-2.0-or-later
#include "listeners.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/match.h"

static bool is_of(const struct listener *r, const struct bus *bus,
		  struct wire_str who)
{
	return r->bus == bus && wire_str_is(who, r->who);
}

static void drop(struct listener **p)
{
	struct listener *r = *p;

	*p = r->next;
	free(r->rule);
	free(r);
}

static void add(struct listeners *l, const struct bus *bus, struct wire_str who,
		struct wire_str rule)
{
	struct listener *r = malloc(sizeof(*r) + who.len + 1);
	struct listener **end;

	if (r)
		r->rule = strndup(rule.s, rule.len);
	if (!r || !r->rule) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	r->bus = bus;
	r->len = rule.len;
	memcpy(r->who, who.s, who.len);
	r->who[who.len] = '\0';
	r->next = NULL;
	for (end = &l->first; *end; end = &(*end)->next)
		;
	*end = r;
}

/* "Removes the first rule that matches" */
static void take_back(struct listeners *l, const struct bus *bus,
		      struct wire_str who, struct wire_str rule)
{
	struct listener **p;

	for (p = &l->first; *p; p = &(*p)->next) {
		if (is_of(*p, bus, who) && wire_str_is(rule, (*p)->rule)) {
			drop(p);
			return;
		}
	}
}

static void forget(struct listeners *l, const struct bus *bus,
		   struct wire_str who)
{
	struct listener **p = &l->first;

	while (*p) {
		if (is_of(*p, bus, who))
			drop(p);
		else
			p = &(*p)->next;
	}
}

void listeners_learn(struct listeners *l, const struct sight *s)
{
	const struct wire_msg *m = &s->rec->m;
	bool call = m->type == WIRE_METHOD_CALL;
	struct wire_args a;

	if (!m->sender.s || !(call ? wire_str_is(m->destination, DRIVER_NAME) :
				     wire_str_is(m->member, "NameOwnerChanged") &&
				     wire_str_is(m->sender, DRIVER_NAME)))
		return;
	wire_args_get(&a, m);
	if (!a.n || !a.arg[0].str.s)
		return;
	if (call && wire_str_is(m->member, "AddMatch"))
		add(l, s->bus, m->sender, a.arg[0].str);
	else if (call && wire_str_is(m->member, "RemoveMatch"))
		take_back(l, s->bus, m->sender, a.arg[0].str);
	else if (!call && a.n == 3 && a.arg[2].str.s && !a.arg[2].str.len)
		forget(l, s->bus, a.arg[0].str);
}

static bool is_let_through(const struct listener *r, const struct sight *s,
			   const struct wire_args *a)
{
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	struct wire_match_error err;
	struct wire_match rule;
	char *buf = malloc(r->len + 1);
	bool yes;

	yes = buf && wire_match_parse(&rule, args, buf, r->rule, r->len, &err) &&
	      wire_match_eval(&rule, &s->rec->m, a, names_owns,
			      (void *)(uintptr_t)&s->bus->names);
	free(buf);
	return yes;
}

static bool was_found(const struct listeners *l, const struct listener *r,
		      const struct sight *s, const struct wire_args *a)
{
	const struct listener *before;

	for (before = l->first; before != r; before = before->next)
		if (before->bus == r->bus && !strcmp(before->who, r->who) &&
		    is_let_through(before, s, a))
			return true;
	return false;
}

void listeners_of(const struct listeners *l, const struct sight *s,
		  void (*found)(void *ctx, struct wire_str who), void *ctx)
{
	const struct listener *r;
	struct wire_args a;

	wire_args_get(&a, &s->rec->m);
	for (r = l->first; r; r = r->next) {
		struct wire_str who = { r->who, (uint32_t)strlen(r->who) };

		if (r->bus == s->bus && is_let_through(r, s, &a) &&
		    !was_found(l, r, s, &a))
			found(ctx, who);
	}
}

void listeners_free(struct listeners *l)
{
	while (l->first)
		drop(&l->first);
}
