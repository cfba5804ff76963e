// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as a match rule: what is accepted can be written down and read
 * again, and matches a message that is made after it, and no other. As rules of
 * the filter language: they are evaluated, and compiled to programs that end.
 */
#include <string.h>

#include "tests/fuzz/require.h"
#include "wire/bpf.h"
#include "wire/build.h"
#include "wire/match.h"

struct rule {
	struct wire_match match;
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	char strings[WIRE_MATCH_MAX];
};

static bool parse(struct rule *r, const char *text, size_t len)
{
	struct wire_match_error err;
	bool ok;

	ok = wire_match_parse(&r->match, r->args, r->strings, text, len, &err);
	if (ok)
		return true;
	REQUIRE(err.why && err.at <= len);
	if (err.key.s)
		REQUIRE(err.key.s >= text &&
			err.key.s + err.key.len <= text + len);
	return false;
}

/* --- written down again --------------------------------------------------- */

struct text {
	char s[8 * WIRE_MATCH_MAX];
	size_t len;
};

static void add(struct text *t, const char *s, size_t n)
{
	REQUIRE(n <= sizeof(t->s) - t->len);
	memcpy(t->s + t->len, s, n);
	t->len += n;
}

static void add_pair(struct text *t, const char *key, struct wire_str value)
{
	uint32_t i;

	add(t, key, strlen(key));
	add(t, "='", 2);
	for (i = 0; i < value.len; i++) {
		if (value.s[i] == '\'')
			add(t, "'\\''", 4);
		else
			add(t, &value.s[i], 1);
	}
	add(t, "',", 2);
}

static struct wire_str str(const char *s)
{
	return (struct wire_str){ s, (uint32_t)strlen(s) };
}

static const char *const types[] = {
	"", "method_call", "method_return", "error", "signal",
};

static void write_rule(struct text *t, const struct wire_match *r)
{
	static const char *const suffix[] = { "", "path", "namespace" };
	size_t i;

	t->len = 0;
	if (r->keys & WIRE_MATCH_TYPE)
		add_pair(t, "type", str(types[r->type]));
	if (r->keys & WIRE_MATCH_SENDER)
		add_pair(t, "sender", r->sender);
	if (r->keys & WIRE_MATCH_INTERFACE)
		add_pair(t, "interface", r->interface);
	if (r->keys & WIRE_MATCH_MEMBER)
		add_pair(t, "member", r->member);
	if (r->keys & WIRE_MATCH_PATH)
		add_pair(t, "path", r->path);
	if (r->keys & WIRE_MATCH_PATH_NAMESPACE)
		add_pair(t, "path_namespace", r->path);
	if (r->keys & WIRE_MATCH_DESTINATION)
		add_pair(t, "destination", r->destination);
	if (r->keys & WIRE_MATCH_EAVESDROP)
		add_pair(t, "eavesdrop", str(r->eavesdrop ? "true" : "false"));
	for (i = 0; i < r->n_args; i++) {
		char key[32];

		snprintf(key, sizeof(key), "arg%u%s", r->args[i].index,
			 suffix[r->args[i].kind]);
		add_pair(t, key, r->args[i].value);
	}
}

static bool same_str(struct wire_str a, struct wire_str b)
{
	return (!a.s && !b.s) || wire_str_eq(a, b);
}

static void check_same(const struct wire_match *a, const struct wire_match *b)
{
	size_t i;

	REQUIRE(a->keys == b->keys && a->type == b->type);
	REQUIRE(a->eavesdrop == b->eavesdrop && a->n_args == b->n_args);
	REQUIRE(same_str(a->sender, b->sender));
	REQUIRE(same_str(a->interface, b->interface));
	REQUIRE(same_str(a->member, b->member));
	REQUIRE(same_str(a->path, b->path));
	REQUIRE(same_str(a->destination, b->destination));
	for (i = 0; i < a->n_args; i++) {
		REQUIRE(a->args[i].index == b->args[i].index);
		REQUIRE(a->args[i].kind == b->args[i].kind);
		REQUIRE(same_str(a->args[i].value, b->args[i].value));
		REQUIRE(!i || a->args[i].index > a->args[i - 1].index);
		REQUIRE(a->args[i].index < WIRE_MATCH_ARGS);
	}
}

static void check_written(const struct wire_match *r)
{
	static struct text text;
	static struct rule again;

	write_rule(&text, r);
	if (text.len > WIRE_MATCH_MAX)
		return;
	REQUIRE(parse(&again, text.s, text.len));
	check_same(r, &again.match);
}

/* --- a message made after it ---------------------------------------------- */

enum change {
	NOTHING,
	CHANGE_TYPE,
	CHANGE_SENDER,
	CHANGE_INTERFACE,
	CHANGE_MEMBER,
	CHANGE_PATH,
	CHANGE_DESTINATION,
	CHANGE_ARG,
	CHANGES,
};

/* The value of a key, or one that the rule can't have */
static void field(struct wire_builder *b, enum wire_field code,
		  struct wire_str s, const char *other, bool change)
{
	if (!s.s || change)
		s = str(other);
	wire_build_field(b, code, s.s, s.len);
}

static const struct wire_match_arg *arg_at(const struct wire_match *r,
					   unsigned int index)
{
	size_t i;

	for (i = 0; i < r->n_args; i++)
		if (r->args[i].index == index)
			return &r->args[i];
	return NULL;
}

/* A STRING for each argument that the rule looks at, and for those before it */
static void put_args(struct wire_builder *b, const struct wire_match *r, bool change)
{
	unsigned int i, n = 0;

	if (r->n_args)
		n = r->args[r->n_args - 1].index + 1u;
	for (i = 0; i < n; i++) {
		const struct wire_match_arg *a = arg_at(r, i);
		static const char other[] = "\x7f other than all";

		if (!a || (change && i + 1 == n))
			wire_put_str(b, other, sizeof(other) - 1);
		else
			wire_put_str(b, a->value.s, a->value.len);
	}
}

static void make_message(struct wire_msg *m, struct wire_args *a,
			 const struct wire_match *r, enum change change)
{
	static uint8_t buf[16384] __attribute__((aligned(8)));
	enum wire_type type = r->keys & WIRE_MATCH_TYPE ? r->type : WIRE_SIGNAL;
	char sig[WIRE_MATCH_ARGS];
	struct wire_builder b;
	size_t n = r->n_args ? r->args[r->n_args - 1].index + 1u : 0;

	if (change == CHANGE_TYPE)
		type = type % 4 + 1;
	memset(sig, 's', sizeof(sig));
	wire_build(&b, buf, sizeof(buf), type, 0, 1);
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 1);
	wire_build_field(&b, WIRE_F_ERROR_NAME, "a.b", 3);
	field(&b, WIRE_F_PATH, r->path, "/other/than/all", change == CHANGE_PATH);
	field(&b, WIRE_F_INTERFACE, r->interface, "other.than.All_",
	      change == CHANGE_INTERFACE);
	field(&b, WIRE_F_MEMBER, r->member, "OtherThanAll",
	      change == CHANGE_MEMBER);
	field(&b, WIRE_F_SENDER, r->sender, ":99.99", change == CHANGE_SENDER);
	field(&b, WIRE_F_DESTINATION, r->destination, ":99.98",
	      change == CHANGE_DESTINATION);
	wire_build_field(&b, WIRE_F_SIGNATURE, sig, n);
	wire_build_body(&b);
	put_args(&b, r, change == CHANGE_ARG);
	REQUIRE(!wire_build_end(&b));
	/* what a library reserves for itself is no message, but can be a rule */
	if (wire_parse(m, buf, b.len) == WIRE_E_LOCAL)
		m->data = NULL;
	else
		REQUIRE(m->bad_at == 0);
	wire_args_get(a, m);
	REQUIRE(!m->data || a->n == n);
}

/* Does the rule look at what has been changed, so that it can't match? */
static bool looks_at(const struct wire_match *r, enum change change)
{
	switch (change) {
	case CHANGE_TYPE:
		return r->keys & WIRE_MATCH_TYPE;
	case CHANGE_SENDER:
		return r->keys & WIRE_MATCH_SENDER &&
		       !wire_str_is(r->sender, ":99.99");
	case CHANGE_INTERFACE:
		return r->keys & WIRE_MATCH_INTERFACE &&
		       !wire_str_is(r->interface, "other.than.All_");
	case CHANGE_MEMBER:
		return r->keys & WIRE_MATCH_MEMBER &&
		       !wire_str_is(r->member, "OtherThanAll");
	case CHANGE_PATH:
		if (r->keys & WIRE_MATCH_PATH_NAMESPACE)
			return memcmp("/other/than/all", r->path.s,
				      r->path.len < 15 ? r->path.len : 15) ||
			       r->path.len > 15;
		return r->keys & WIRE_MATCH_PATH &&
		       !wire_str_is(r->path, "/other/than/all");
	case CHANGE_DESTINATION:
		return r->keys & WIRE_MATCH_DESTINATION &&
		       !wire_str_is(r->destination, ":99.98");
	case CHANGE_ARG:
		return r->n_args && r->args[r->n_args - 1].value.len < 16 &&
		       !memchr(r->args[r->n_args - 1].value.s, 0x7f,
			       r->args[r->n_args - 1].value.len);
	default:
		return false;
	}
}

static bool owns_nothing(void *ctx, struct wire_str who, struct wire_str name)
{
	REQUIRE(who.s && name.s && name.s[0] != ':');
	return ctx != NULL;
}

static void check_matches(const struct wire_match *r)
{
	struct wire_args a;
	struct wire_msg m;
	int change;

	for (change = NOTHING; change < CHANGES; change++) {
		bool matches;

		make_message(&m, &a, r, change);
		if (!m.data)
			continue;
		matches = wire_match_eval(r, &m, &a, owns_nothing, NULL);
		if (change == NOTHING)
			REQUIRE(matches);
		else if (looks_at(r, change))
			REQUIRE(!matches);
	}
}

/* --- filters --------------------------------------------------------------- */

#define RULES	4

/* Jumps go forward, to an instruction that is there; the last one returns. */
static void check_program(const struct wire_bpf *b,
			  const struct wire_bpf_insn *insn)
{
	uint32_t i;

	REQUIRE(b->n && b->n <= b->max_insns);
	for (i = 0; i < b->n; i++) {
		uint32_t left = b->n - i - 1;

		if ((insn[i].code & 7) != 5)	/* BPF_JMP */
			continue;
		if (insn[i].code == 5)		/* BPF_JA */
			REQUIRE(insn[i].k < left);
		else
			REQUIRE(insn[i].jt < left && insn[i].jf < left);
	}
	REQUIRE((insn[b->n - 1].code & 7) == 6);	/* BPF_RET */
}

static void check_compiled(const struct wire_filter *const *rules, size_t n,
			   uint8_t choice)
{
	static struct wire_bpf_insn insn[WIRE_BPF_MAXINSNS];
	struct wire_bpf b = {
		.accept = 65535, .replies = choice & 1, .names = choice & 2,
		.max_insns = choice & 4 ? 200 : WIRE_BPF_MAXINSNS,
		.max_bytes = choice & 8 ? 2000 : WIRE_BPF_OPTMEM,
	};
	int link;

	for (link = WIRE_BPF_DBUS; link <= WIRE_BPF_DGRAM; link++) {
		b.link = link;
		wire_bpf_compile(&b, insn, rules, n);
		check_program(&b, insn);
	}
}

static void check_filters(const char *text, size_t len)
{
	static struct wire_match_arg args[RULES][WIRE_MATCH_ARGS + 1];
	static char strings[RULES][WIRE_MATCH_MAX];
	static struct wire_filter filters[RULES];
	const struct wire_known known = { .keys = WIRE_FILTER_RECORD, .pid = 1 };
	const struct wire_filter *rules[RULES];
	struct wire_match_error err;
	struct wire_str rule;
	struct wire_args a;
	struct wire_msg m;
	size_t n = 0;
	uint8_t choice = len;

	while (n < RULES && wire_filter_split(&text, &len, &rule)) {
		if (rule.len > WIRE_MATCH_MAX ||
		    !wire_filter_parse(&filters[n], args[n], strings[n],
				       rule.s, rule.len, &err))
			return;
		make_message(&m, &a, &filters[n].match, NOTHING);
		if (m.data) {
			bool match = wire_filter_eval(&filters[n], &m, &a,
						      &known, owns_nothing, NULL);

			REQUIRE(match || filters[n].keys >= WIRE_FILTER_PID);
		}
		rules[n] = &filters[n];
		n++;
	}
	check_compiled(rules, n, choice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rule r;

	check_filters((const char *)data, size);
	memset(r.strings, 0x55, sizeof(r.strings));
	if (!parse(&r, (const char *)data, size))
		return 0;
	REQUIRE(size <= WIRE_MATCH_MAX && !memchr(data, 0, size));
	check_written(&r.match);
	check_matches(&r.match);
	return 0;
}
