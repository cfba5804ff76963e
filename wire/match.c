// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The text of a match rule. White space, quotes and backslashes are read as
 * dbus-daemon reads them: white space may stand around a key and is part of a
 * value; quotes may begin and end anywhere in a value.
 */
#include "wire/match_text.h"
#include "wire/names.h"

/**
 * struct parser - a rule's text being read
 * @at: offset of the next octet
 * @buf: where the next value goes
 * @more: further keys, or NULL
 */
struct parser {
	const char *text;
	size_t len;
	size_t at;
	char *buf;
	struct wire_match *r;
	struct wire_match_error *err;
	struct wire_match_more *more;
};

static bool refuse(struct parser *p, size_t at, struct wire_str key,
		   const char *why)
{
	p->err->at = at;
	p->err->key = key;
	p->err->why = why;
	return false;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_white(struct parser *p)
{
	while (p->at < p->len && is_white(p->text[p->at]))
		p->at++;
}

/* A key and its '='. An empty @key at the text's end is no fault. */
static bool read_key(struct parser *p, struct wire_str *key)
{
	size_t start;

	skip_white(p);
	start = p->at;
	while (p->at < p->len && p->text[p->at] != '=' &&
	       !is_white(p->text[p->at]))
		p->at++;
	key->s = p->text + start;
	key->len = (uint32_t)(p->at - start);
	if (p->at == p->len && !key->len)
		return true;
	skip_white(p);
	if (p->at == p->len || p->text[p->at] != '=')
		return refuse(p, p->at, *key, "key without '='");
	if (!key->len)
		return refuse(p, p->at, (struct wire_str){ NULL, 0 },
			      "'=' without a key");
	p->at++;
	return true;
}

/*
 * "Within single quotes, a backslash represents itself, and an apostrophe ends
 * the quoted section. Outside single quotes, \' represents an apostrophe, and
 * any backslash not followed by an apostrophe represents itself." dbus-daemon
 * takes such a backslash and the octet after it together: in a\,b the comma ends
 * nothing, and in \\' the apostrophe begins a quoted section.
 */
static bool read_value(struct parser *p, struct wire_str key,
		       struct wire_str *value)
{
	size_t quote = p->at;
	bool quoted = false;

	value->s = p->buf;
	for (; p->at < p->len; p->at++) {
		char c = p->text[p->at];

		if (c == '\'') {
			quoted = !quoted;
			quote = p->at;
			continue;
		}
		if (!quoted && c == ',')
			break;
		if (!quoted && c == '\\' && p->at + 1 < p->len) {
			c = p->text[++p->at];
			if (c != '\'')
				*p->buf++ = '\\';
		}
		*p->buf++ = c;
	}
	if (quoted)
		return refuse(p, quote, key, "quote is not closed");
	value->len = (uint32_t)(p->buf - value->s);
	if (p->at < p->len)
		p->at++;
	return true;
}

static const char *set_type(struct wire_match *r, struct wire_str v)
{
	if (wire_str_is(v, "method_call"))
		r->type = WIRE_METHOD_CALL;
	else if (wire_str_is(v, "method_return"))
		r->type = WIRE_METHOD_RETURN;
	else if (wire_str_is(v, "error"))
		r->type = WIRE_ERROR;
	else if (wire_str_is(v, "signal"))
		r->type = WIRE_SIGNAL;
	else
		return "not a message type";
	return NULL;
}

static const char *set_sender(struct wire_match *r, struct wire_str v)
{
	r->sender = v;
	return wire_is_bus_name(v.s, v.len) ? NULL : "not a valid bus name";
}

static const char *set_interface(struct wire_match *r, struct wire_str v)
{
	r->interface = v;
	return wire_is_interface(v.s, v.len) ? NULL :
					       "not a valid interface name";
}

static const char *set_member(struct wire_match *r, struct wire_str v)
{
	r->member = v;
	return wire_is_member(v.s, v.len) ? NULL : "not a valid member name";
}

static const char *set_path(struct wire_match *r, struct wire_str v)
{
	r->path = v;
	return wire_is_path(v.s, v.len) ? NULL : "not a valid object path";
}

static const char *set_destination(struct wire_match *r, struct wire_str v)
{
	r->destination = v;
	return wire_is_bus_name(v.s, v.len) ? NULL : "not a valid bus name";
}

static const char *set_eavesdrop(struct wire_match *r, struct wire_str v)
{
	r->eavesdrop = wire_str_is(v, "true");
	return r->eavesdrop || wire_str_is(v, "false") ?
		       NULL : "neither true nor false";
}

static const struct match_key {
	const char *name;
	uint16_t key;
	uint16_t excludes;	/* what may not be there before it */
	const char *(*set)(struct wire_match *r, struct wire_str v);
} keys[] = {
	{ "type", WIRE_MATCH_TYPE, WIRE_MATCH_TYPE, set_type },
	{ "sender", WIRE_MATCH_SENDER, WIRE_MATCH_SENDER, set_sender },
	{ "interface", WIRE_MATCH_INTERFACE, WIRE_MATCH_INTERFACE,
	  set_interface },
	{ "member", WIRE_MATCH_MEMBER, WIRE_MATCH_MEMBER, set_member },
	/*
	 * "Using both path and path_namespace in the same match rule is not
	 * allowed"
	 */
	{ "path", WIRE_MATCH_PATH, WIRE_MATCH_PATH | WIRE_MATCH_PATH_NAMESPACE,
	  set_path },
	{ "path_namespace", WIRE_MATCH_PATH_NAMESPACE,
	  WIRE_MATCH_PATH | WIRE_MATCH_PATH_NAMESPACE, set_path },
	{ "destination", WIRE_MATCH_DESTINATION, WIRE_MATCH_DESTINATION,
	  set_destination },
	{ "eavesdrop", WIRE_MATCH_EAVESDROP, WIRE_MATCH_EAVESDROP,
	  set_eavesdrop },
};

static const struct match_key *find_key(struct wire_str name)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (wire_str_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

/* argN, argNpath, arg0namespace. Returns why it is none, or NULL. */
static const char *read_arg_key(struct wire_str key, struct wire_match_arg *arg)
{
	struct wire_str rest = { key.s + 3, key.len - 3 };
	unsigned int n = 0;
	uint32_t digits = 0;

	while (digits < rest.len && rest.s[digits] >= '0' &&
	       rest.s[digits] <= '9') {
		n = n * 10 + (unsigned int)(rest.s[digits] - '0');
		if (n >= WIRE_MATCH_ARGS)
			return "argument number is greater than 63";
		digits++;
	}
	if (!digits)
		return "argument number is missing";
	if (digits > 1 && rest.s[0] == '0')
		return "argument number begins with 0";
	rest.s += digits;
	rest.len -= digits;
	arg->index = (uint8_t)n;
	if (!rest.len)
		arg->kind = WIRE_ARG_STRING;
	else if (wire_str_is(rest, "path"))
		arg->kind = WIRE_ARG_PATH;
	else if (!n && wire_str_is(rest, "namespace"))
		arg->kind = WIRE_ARG_NAMESPACE;
	else
		return "unknown key";
	return NULL;
}

/* Puts the argument in its place by index; false if that is taken */
static bool insert_arg(struct wire_match *r, const struct wire_match_arg *arg)
{
	size_t i = r->n_args;

	while (i && r->args[i - 1].index > arg->index)
		i--;
	if (i && r->args[i - 1].index == arg->index)
		return false;
	memmove(&r->args[i + 1], &r->args[i],
		(r->n_args - i) * sizeof(r->args[0]));
	r->args[i] = *arg;
	r->n_args++;
	return true;
}

static bool read_arg(struct parser *p, struct wire_str key)
{
	struct wire_match_arg arg;
	size_t at = (size_t)(key.s - p->text), value_at = p->at;
	const char *why = read_arg_key(key, &arg);

	if (why)
		return refuse(p, at, key, why);
	if (!read_value(p, key, &arg.value))
		return false;
	if (!wire_is_utf8(arg.value.s, arg.value.len))
		return refuse(p, value_at, key, "not valid UTF-8");
	if (arg.kind == WIRE_ARG_NAMESPACE &&
	    !wire_is_bus_namespace(arg.value.s, arg.value.len))
		return refuse(p, value_at, key,
			      "not a valid beginning of a bus name");
	if (!insert_arg(p->r, &arg))
		return refuse(p, at, key, "argument is there twice");
	p->r->keys |= WIRE_MATCH_ARGS_KEY;
	return true;
}

/* A key that match rules don't have */
static bool read_other(struct parser *p, struct wire_str key)
{
	size_t at = (size_t)(key.s - p->text), value_at = p->at;
	int n = p->more ? p->more->find(key) : -1;
	struct wire_str value;
	const char *why;

	if (n < 0)
		return refuse(p, at, key, "unknown key");
	if (p->more->seen & 1u << n)
		return refuse(p, at, key, "key is there twice");
	p->more->seen |= 1u << n;
	if (!read_value(p, key, &value))
		return false;
	why = p->more->set(p->more->ctx, n, value);
	return why ? refuse(p, value_at, key, why) : true;
}

static bool read_pair(struct parser *p, struct wire_str key)
{
	size_t at = (size_t)(key.s - p->text), value_at = p->at;
	const struct match_key *k;
	struct wire_str value;
	const char *why;

	if (key.len >= 3 && !memcmp(key.s, "arg", 3))
		return read_arg(p, key);
	k = find_key(key);
	if (!k)
		return read_other(p, key);
	if (p->r->keys & k->excludes) {
		return refuse(p, at, key, p->r->keys & k->key ?
			      "key is there twice" :
			      "path and path_namespace exclude each other");
	}
	if (!read_value(p, key, &value))
		return false;
	why = k->set(p->r, value);
	if (why)
		return refuse(p, value_at, key, why);
	p->r->keys |= k->key;
	return true;
}

bool wire_match_parse(struct wire_match *r, struct wire_match_arg *args,
		      char *buf, const char *text, size_t len,
		      struct wire_match_error *err)
{
	return wire_match_parse_more(r, args, buf, text, len, err, NULL);
}

bool wire_match_parse_more(struct wire_match *r, struct wire_match_arg *args,
			   char *buf, const char *text, size_t len,
			   struct wire_match_error *err,
			   struct wire_match_more *more)
{
	struct parser p = {
		.text = text,
		.len = len,
		.buf = buf,
		.r = r,
		.err = err,
		.more = more,
	};
	const char *nul;

	*r = (struct wire_match){ .args = args };
	*err = (struct wire_match_error){ 0 };
	if (len > WIRE_MATCH_MAX)
		return refuse(&p, WIRE_MATCH_MAX, (struct wire_str){ NULL, 0 },
			      "rule is longer than 1024 octets");
	nul = len ? memchr(text, 0, len) : NULL;
	if (nul)
		return refuse(&p, (size_t)(nul - text),
			      (struct wire_str){ NULL, 0 }, "NUL in the rule");
	while (p.at < p.len) {
		struct wire_str key;

		if (!read_key(&p, &key))
			return false;
		if (key.len && !read_pair(&p, key))
			return false;
	}
	return true;
}
