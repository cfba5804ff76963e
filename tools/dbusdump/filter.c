// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/filter.h"

struct filter_rule {
	struct filter_rule *next;
	struct wire_filter wire;
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	char values[WIRE_MATCH_MAX];
};

static void complain(const char *text, size_t len, size_t at, size_t span,
		     const char *why, const char *which, size_t which_len)
{
	size_t i;

	fprintf(stderr, "dbusdump: bad match rule: %s", why);
	if (which_len)
		fprintf(stderr, ": '%.*s'", (int)which_len, which);
	fputs("\n  ", stderr);
	for (i = 0; i < len; i++)
		fputc(iscntrl((unsigned char)text[i]) ? '?' : text[i], stderr);
	fputs("\n  ", stderr);
	for (i = 0; i < at && i < len; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			fputc(' ', stderr);
	fputc('^', stderr);
	for (i = at + 1; i < at + span && i < len; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			fputc('~', stderr);
	fputc('\n', stderr);
}

/* one rule, which stands at @rule in @text */
static bool add_one(struct filter *f, const char *text, size_t len,
		    struct wire_str rule)
{
	struct wire_match_error err = { 0 };
	struct filter_rule *r, **last;

	if (rule.len > WIRE_MATCH_MAX) {
		fprintf(stderr, "dbusdump: bad match rule: %u octets, at most "
			"%d are allowed\n", rule.len, WIRE_MATCH_MAX);
		return false;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		fprintf(stderr, "dbusdump: %s\n", strerror(errno));
		return false;
	}
	if (!wire_filter_parse(&r->wire, r->args, r->values, rule.s, rule.len,
			       &err)) {
		size_t at = (size_t)(rule.s - text) + err.at;
		size_t span = err.key.s == rule.s + err.at ? err.key.len : 1;

		complain(text, len, at, span, err.why, err.key.s,
			 err.key.s ? err.key.len : 0);
		free(r);
		return false;
	}
	if (r->wire.keys & WIRE_MATCH_ARGS_KEY)
		f->wants_args = true;
	for (last = &f->rule; *last; last = &(*last)->next)
		;
	*last = r;
	return true;
}

bool filter_add(struct filter *f, const char *text)
{
	size_t len = strlen(text), left = len;
	const char *rest = text;
	struct wire_str rule;
	bool more, several = false;

	do {
		more = wire_filter_split(&rest, &left, &rule);
		several |= more;
		if (several && strspn(rule.s, " \t\r\n") >= rule.len) {
			complain(text, len, (size_t)(rule.s - text), 1,
				 "no rule beside 'or'", NULL, 0);
			return false;
		}
		if (!add_one(f, text, len, rule))
			return false;
	} while (more);
	return true;
}

static struct wire_known known_of(const struct record *rec,
				  const struct bus *bus)
{
	struct wire_known k = { .keys = WIRE_FILTER_BUS };

	k.bus = (struct wire_str){ bus->label, (uint32_t)strlen(bus->label) };
	k.bus_number = bus->has_number ? bus->number : UINT32_MAX;
	if (!rec->has_tap)
		return k;
	k.keys = WIRE_FILTER_RECORD;
	k.pid = rec->tap.pid;
	k.uid = rec->tap.uid;
	k.verdict = rec->tap.verdict;
	k.comm = rec->tap.comm;
	return k;
}

static bool rules_pass(const struct filter *f, const struct record *rec,
		       struct bus *bus)
{
	const struct wire_known known = known_of(rec, bus);
	const struct filter_rule *r;
	struct wire_args args;

	if (f->wants_args)
		wire_args_get(&args, &rec->m);
	for (r = f->rule; r; r = r->next)
		if (wire_filter_eval(&r->wire, &rec->m, &args, &known,
				     names_owns, &bus->names))
			return true;
	return false;
}

bool filter_pass(const struct filter *f, const struct record *rec,
		 struct bus *bus, struct call *made,
		 const struct call *answered)
{
	bool pass;

	if (!f->rule)
		return true;
	pass = rec->what == RECORD_MESSAGE && rules_pass(f, rec, bus);
	if (pass && made)
		made->matched = true;
	if (!pass && answered && answered->matched && !f->no_replies)
		pass = true;
	return pass;
}

void filter_free(struct filter *f)
{
	while (f->rule) {
		struct filter_rule *next = f->rule->next;

		free(f->rule);
		f->rule = next;
	}
}

/* --- in BPF --------------------------------------------------------------- */

static size_t count_rules(const struct filter *f)
{
	const struct filter_rule *r;
	size_t n = 0;

	for (r = f->rule; r; r = r->next)
		n++;
	return n;
}

/*
 * A reply is shown with its call: so the calls are wanted whose reply a rule may
 * match. That is for rules that ask for replies, or that say who talks to whom;
 * those that ask for what replies don't carry, or for the record, do without.
 */
static bool call_of(const struct wire_filter *f, struct wire_filter *call)
{
	const uint32_t header = WIRE_MATCH_INTERFACE | WIRE_MATCH_MEMBER |
				WIRE_MATCH_PATH | WIRE_MATCH_PATH_NAMESPACE;
	bool typed = f->keys & (WIRE_MATCH_TYPE | WIRE_FILTER_ERROR);

	if (f->keys & WIRE_MATCH_TYPE && f->match.type != WIRE_METHOD_RETURN &&
	    f->match.type != WIRE_ERROR)
		return false;
	if (f->keys & header || (!typed && f->keys & WIRE_FILTER_RECORD &
				 ~(uint32_t)WIRE_FILTER_BUS))
		return false;
	*call = (struct wire_filter){ .keys = f->keys & WIRE_FILTER_BUS };
	call->bus = f->bus;
	call->bus_number = f->bus_number;
	call->match.type = WIRE_METHOD_CALL;
	call->keys |= WIRE_MATCH_TYPE;
	if (f->keys & WIRE_MATCH_DESTINATION && f->match.destination.s[0] == ':') {
		call->match.sender = f->match.destination;
		call->keys |= WIRE_MATCH_SENDER;
	}
	if (f->keys & WIRE_MATCH_SENDER) {
		call->match.destination = f->match.sender;
		call->keys |= WIRE_MATCH_DESTINATION;
	}
	call->match.keys = (uint16_t)call->keys;
	return true;
}

bool filter_compile(const struct filter *f, struct wire_bpf *b,
		    struct wire_bpf_insn *out, uint32_t *inexact)
{
	size_t n = count_rules(f), i = 0, k = 0;
	const struct wire_filter **rules = calloc(2 * n + 1, sizeof(*rules));
	struct wire_filter *calls = calloc(n + 1, sizeof(*calls));
	const struct filter_rule *r;

	if (!rules || !calls) {
		free(rules);
		free(calls);
		return false;
	}
	*inexact = 0;
	for (r = f->rule; r; r = r->next) {
		rules[i++] = &r->wire;
		*inexact |= wire_bpf_inexact(&r->wire, b->link);
		if (!f->no_replies && call_of(&r->wire, &calls[k]))
			rules[i++] = &calls[k++];
	}
	b->replies = !f->no_replies;
	/* a well-known name in a rule has to be followed */
	b->names |= (*inexact & (WIRE_MATCH_SENDER | WIRE_MATCH_DESTINATION)) != 0;
	wire_bpf_compile(b, out, rules, i);
	free(rules);
	free(calls);
	return true;
}
