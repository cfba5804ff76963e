/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Match rules: the text form parsed, and a rule held against a message.
 * D-Bus Specification, "Match Rules".
 *
 * A rule is a list of KEY=VALUE with commas between them, and one at the end if
 * you like; an empty rule matches everything. What dbus-daemon reads otherwise
 * than it was surely meant is refused here: a '=' without a key (it forgets the
 * rest of the rule), argument numbers in octal or hexadecimal or with a sign,
 * eavesdrop given twice. It looks at 16 keys only; here all count.
 */
#ifndef WIRE_MATCH_H
#define WIRE_MATCH_H

#include "wire/message.h"

#define WIRE_MATCH_MAX	1024	/* octets of a rule's text */
#define WIRE_MATCH_ARGS	64	/* arg0 to arg63 */

enum wire_match_key {
	WIRE_MATCH_TYPE = 1 << 0,
	WIRE_MATCH_SENDER = 1 << 1,
	WIRE_MATCH_INTERFACE = 1 << 2,
	WIRE_MATCH_MEMBER = 1 << 3,
	WIRE_MATCH_PATH = 1 << 4,
	WIRE_MATCH_PATH_NAMESPACE = 1 << 5,
	WIRE_MATCH_DESTINATION = 1 << 6,
	WIRE_MATCH_EAVESDROP = 1 << 7,	/* the key was there */
	WIRE_MATCH_ARGS_KEY = 1 << 8,	/* one or more arg keys */
};

enum wire_match_arg_kind {
	WIRE_ARG_STRING,	/* argN: equal; STRING only */
	WIRE_ARG_PATH,		/* argNpath: STRING or OBJECT_PATH */
	WIRE_ARG_NAMESPACE,	/* arg0namespace */
};

struct wire_match_arg {
	struct wire_str value;
	uint8_t index;
	uint8_t kind;		/* enum wire_match_arg_kind */
};

/**
 * struct wire_match - a parsed rule
 * @keys: enum wire_match_key bits: which keys there are
 * @type: enum wire_type
 * @eavesdrop: value of that key; false without it
 * @n_args: used elements of @args, ordered by index. No two have the same
 *	index: argN, argNpath and arg0namespace exclude each other, as they do
 *	for dbus-daemon
 * @args: the caller's array, of WIRE_MATCH_ARGS + 1 elements when parsing
 * @path: value of path or path_namespace
 */
struct wire_match {
	uint16_t keys;
	uint8_t type;
	bool eavesdrop;
	uint8_t n_args;
	struct wire_match_arg *args;
	struct wire_str sender;
	struct wire_str interface;
	struct wire_str member;
	struct wire_str path;
	struct wire_str destination;
};

/**
 * struct wire_match_error - why a rule was refused
 * @at: offset in the text, in octets, from 0
 * @key: the key concerned, in the caller's text; .s NULL if there is none
 * @why: a static text: "unknown key", "not a valid interface name", ...
 */
struct wire_match_error {
	size_t at;
	struct wire_str key;
	const char *why;
};

/**
 * wire_match_parse() - parse a match rule
 * @r: filled in; @r->args is set to @args
 * @args: array of WIRE_MATCH_ARGS + 1 elements, the caller's
 * @buf: at least @len octets, the caller's: the values' strings are put there,
 *	unquoted (they are not NUL-terminated)
 * @text: the rule; need not be NUL-terminated
 * @len: octets of it
 * @err: filled in on failure
 * Return: true, or false with @err saying what is wrong where
 */
bool wire_match_parse(struct wire_match *r, struct wire_match_arg *args,
		      char *buf, const char *text, size_t len,
		      struct wire_match_error *err);

/**
 * struct wire_args - those first arguments of a message that rules may look at
 * @n: arguments looked at
 * @arg: type 's' or 'o' with its string, any other type with .str.s NULL
 */
struct wire_args {
	uint8_t n;
	struct {
		char type;
		struct wire_str str;
	} arg[WIRE_MATCH_ARGS];
};

/**
 * wire_args_get() - collect them, once a message
 * @a: filled in; about 1.5 KiB: mind the kernel's stack
 * @m: a parsed message. A cut or invalid body gives those before the fault;
 *	the content of an array is not looked at
 */
void wire_args_get(struct wire_args *a, const struct wire_msg *m);

/**
 * typedef wire_owns_fn - does the message's sender, or its addressee, own a name?
 * @ctx: from wire_match_eval()
 * @who: the unique (or other) name that the message carries
 * @name: the name that the rule gives; not unique if @who is
 */
typedef bool wire_owns_fn(void *ctx, struct wire_str who, struct wire_str name);

/**
 * wire_match_eval() - does the message match the rule?
 * @r: the rule
 * @m: a parsed message
 * @a: its arguments; may be NULL if the rule has no arg keys
 * @owns: asked when @r's sender (or destination) is a well-known name and not
 *	literally the message's; NULL: then only literal equality counts
 * @ctx: for @owns
 *
 * The key eavesdrop does not take part: it says who may get the message.
 */
bool wire_match_eval(const struct wire_match *r, const struct wire_msg *m,
		     const struct wire_args *a, wire_owns_fn *owns, void *ctx);

#endif /* WIRE_MATCH_H */
