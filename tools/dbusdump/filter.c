// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/match.h"


enum own_key {
	OWN_PID = 1 << 0,
	OWN_UID = 1 << 1,
	OWN_COMM = 1 << 2,
	OWN_BUS = 1 << 3,
	OWN_VERDICT = 1 << 4,
	OWN_ERROR = 1 << 5,
};

static const struct {
	const char *name;
	enum own_key key;
} own_keys[] = {
	{ "pid", OWN_PID },   { "uid", OWN_UID },	  { "comm", OWN_COMM },
	{ "bus", OWN_BUS },   { "verdict", OWN_VERDICT }, { "error", OWN_ERROR },
};

struct filter_rule {
	struct filter_rule *next;
	struct wire_match match;
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	char values[WIRE_MATCH_MAX];	/* of the bus's own keys */
	unsigned int own;		/* enum own_key bits */
	uint32_t pid;
	uint32_t uid;
	uint8_t verdict;
	struct wire_str comm;
	struct wire_str bus;
	struct wire_str error;
	char own_values[WIRE_MATCH_MAX];
};

/* one key=value of a rule: offsets in its text */
struct pair {
	size_t key, key_end;
	size_t value;
	size_t end;		/* the comma, or the end of the text */
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

static void next_pair(const char *text, size_t len, size_t at, struct pair *p)
{
	bool quoted = false;

	while (at < len && isspace((unsigned char)text[at]))
		at++;
	p->key = at;
	while (at < len && text[at] != '=' && text[at] != ',')
		at++;
	p->key_end = at;
	if (at < len && text[at] == '=')
		at++;
	p->value = at;
	for (; at < len && (quoted || text[at] != ','); at++) {
		if (text[at] == '\'')
			quoted = !quoted;
		else if (!quoted && text[at] == '\\' && at + 1 < len &&
			 text[at + 1] == '\'')
			at++;
	}
	p->end = at;
}

static enum own_key own_key(const char *text, const struct pair *p)
{
	size_t i, len = p->key_end - p->key;

	for (i = 0; i < sizeof(own_keys) / sizeof(own_keys[0]); i++)
		if (strlen(own_keys[i].name) == len &&
		    !memcmp(own_keys[i].name, text + p->key, len))
			return own_keys[i].key;
	return 0;
}

/* the value without its quotes, by the rules of the bus */
static struct wire_str unquote(char *to, const char *text, const struct pair *p)
{
	struct wire_str value = { to, 0 };
	bool quoted = false;
	size_t i;

	for (i = p->value; i < p->end; i++) {
		if (text[i] == '\'') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && text[i] == '\\' && i + 1 < p->end &&
		    text[i + 1] == '\'')
			i++;
		to[value.len++] = text[i];
	}
	return value;
}

static bool number_of(struct wire_str s, uint32_t *n)
{
	char text[11];
	char *end;
	unsigned long long v;

	if (!s.len || s.len >= sizeof(text) || !isdigit((unsigned char)s.s[0]))
		return false;
	memcpy(text, s.s, s.len);
	text[s.len] = '\0';
	v = strtoull(text, &end, 10);
	*n = (uint32_t)v;
	return !*end && v <= UINT32_MAX;
}

/* NULL, or what is wrong with the value */
static const char *own_set(struct filter_rule *r, enum own_key key,
			   struct wire_str value)
{
	uint8_t v;

	if (r->own & key)
		return "key given twice";
	r->own |= key;
	switch (key) {
	case OWN_PID:
		return number_of(value, &r->pid) ? NULL : "not a process id";
	case OWN_UID:
		return number_of(value, &r->uid) ? NULL : "not a user id";
	case OWN_COMM:
		r->comm = value;
		return NULL;
	case OWN_BUS:
		r->bus = value;
		return NULL;
	case OWN_ERROR:
		r->error = value;
		return wire_is_interface(value.s, value.len) ?
			       NULL : "not a valid error name";
	case OWN_VERDICT:
		for (v = 1; record_verdict_name(v); v++)
			if (wire_str_is(value, record_verdict_name(v)))
				break;
		r->verdict = v;
		return record_verdict_name(v) ? NULL :
		       "no verdict (delivered, queued, denied, undelivered, "
		       "invalid)";
	}
	return "unknown key";
}

/*
 * Take our own keys out of the text; the rest goes to @rest, and @origin says
 * where each of its octets was.
 */
static bool own_parse(struct filter_rule *r, const char *text, size_t len,
		      char *rest, size_t *rest_len, size_t *origin)
{
	char *values = r->own_values;
	size_t at = 0, i;

	*rest_len = 0;
	while (at < len) {
		enum own_key key;
		struct wire_str value;
		const char *why;
		struct pair p;

		next_pair(text, len, at, &p);
		key = p.value > p.key_end ? own_key(text, &p) : 0;
		if (key) {
			value = unquote(values, text, &p);
			values += value.len;
			why = own_set(r, key, value);
			if (why) {
				complain(text, len, p.value, p.end - p.value,
					 why, text + p.key,
					 p.key_end - p.key);
				return false;
			}
		}
		/* our own key goes with its comma, of others nothing goes */
		for (i = at; !key && i < p.end + (p.end < len); i++) {
			origin[*rest_len] = i;
			rest[(*rest_len)++] = text[i];
		}
		at = p.end + 1;
	}
	origin[*rest_len] = len;
	/* "type=signal,pid=7": the comma was before a key of ours */
	if (r->own && *rest_len && rest[*rest_len - 1] == ',' &&
	    text[len - 1] != ',')
		--*rest_len;
	return true;
}

bool filter_add(struct filter *f, const char *text)
{
	size_t len = strlen(text), rest_len;
	struct wire_match_error err = { 0 };
	size_t origin[WIRE_MATCH_MAX + 1];
	struct filter_rule *r, **last;
	char rest[WIRE_MATCH_MAX];

	if (len > WIRE_MATCH_MAX) {
		fprintf(stderr, "dbusdump: bad match rule: %zu octets, at most "
			"%d are allowed\n", len, WIRE_MATCH_MAX);
		return false;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		fprintf(stderr, "dbusdump: %s\n", strerror(errno));
		return false;
	}
	if (!own_parse(r, text, len, rest, &rest_len, origin)) {
		free(r);
		return false;
	}
	if (!wire_match_parse(&r->match, r->args, r->values, rest, rest_len,
			      &err)) {
		size_t at = origin[err.at < rest_len ? err.at : rest_len];
		size_t span = err.key.s == rest + err.at ? err.key.len : 1;

		complain(text, len, at, span,
			 err.why, err.key.s, err.key.s ? err.key.len : 0);
		free(r);
		return false;
	}
	if (r->match.keys & WIRE_MATCH_ARGS_KEY)
		f->wants_args = true;
	for (last = &f->rule; *last; last = &(*last)->next)
		;
	*last = r;
	return true;
}

static bool bus_is(const struct bus *bus, struct wire_str want)
{
	uint32_t number;

	return wire_str_is(want, bus->label) ||
	       (bus->has_number && number_of(want, &number) &&
		number == bus->number);
}

static bool own_pass(const struct filter_rule *r, const struct record *rec,
		     const struct bus *bus)
{
	const struct tap_header *t = rec->has_tap ? &rec->tap : NULL;

	if (r->own & OWN_BUS && !bus_is(bus, r->bus))
		return false;
	if (r->own & OWN_ERROR && !wire_str_eq(rec->m.error_name, r->error))
		return false;
	if (!(r->own & (OWN_PID | OWN_UID | OWN_COMM | OWN_VERDICT)))
		return true;
	return t && (!(r->own & OWN_PID) || (t->pid && t->pid == r->pid)) &&
	       (!(r->own & OWN_UID) || (t->pid && t->uid == r->uid)) &&
	       (!(r->own & OWN_COMM) || wire_str_eq(t->comm, r->comm)) &&
	       (!(r->own & OWN_VERDICT) || t->verdict == r->verdict);
}

static bool rules_pass(const struct filter *f, const struct record *rec,
		       struct bus *bus)
{
	const struct filter_rule *r;
	struct wire_args args;

	if (f->wants_args)
		wire_args_get(&args, &rec->m);
	for (r = f->rule; r; r = r->next) {
		if (r->own && !own_pass(r, rec, bus))
			continue;
		if (!r->match.keys ||
		    wire_match_eval(&r->match, &rec->m, &args, names_owns,
				    &bus->names))
			return true;
	}
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
