// SPDX-License-Identifier: GPL-2.0-or-later
#include "jsonread.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/dbus.h>

#include "out.h"
#include "record.h"

#define KEYS_MAX	64
#define DEPTH_MAX	(2 * WIRE_DEPTH_TOTAL + 8)
#define NSEC_PER_SEC	1000000000ull

/**
 * struct jsonread - a line being read
 * @p: what comes next in it
 * @end: its end
 * @why: what is wrong; NULL so far
 * @big: the message is big-endian
 * @text: the string read last
 * @header: the record header
 * @msg: the message
 * @n: keys of the object
 * @key: each of them, and where its value begins
 */
struct jsonread {
	const char *p;
	const char *end;
	const char *why;
	bool big;
	struct out text;
	struct out header;
	struct out msg;
	unsigned int n;
	struct {
		char name[24];
		const char *value;
	} key[KEYS_MAX];
};

struct jsonread *jsonread_create(void)
{
	struct jsonread *j = calloc(1, sizeof(*j));

	if (!j) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	out_init(&j->text, -1);
	out_init(&j->header, -1);
	out_init(&j->msg, -1);
	j->text.hold = true;
	j->header.hold = true;
	j->msg.hold = true;
	return j;
}

void jsonread_free(struct jsonread *j)
{
	if (!j)
		return;
	out_free(&j->text);
	out_free(&j->header);
	out_free(&j->msg);
	free(j);
}

/* --- JSON ----------------------------------------------------------------- */

static bool fail(struct jsonread *j, const char *why)
{
	if (!j->why)
		j->why = why;
	return false;
}

static char peek(struct jsonread *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' ||
				 *j->p == '\r' || *j->p == '\n'))
		j->p++;
	return j->p < j->end ? *j->p : '\0';
}

static bool accept(struct jsonread *j, char c)
{
	if (peek(j) != c || j->p == j->end)
		return false;
	j->p++;
	return true;
}

static bool expect(struct jsonread *j, char c, const char *why)
{
	return accept(j, c) || fail(j, why);
}

static bool hex4(struct jsonread *j, uint32_t *v)
{
	int i;

	*v = 0;
	if (j->end - j->p < 4)
		return fail(j, "the line ends inside a string");
	for (i = 0; i < 4; i++, j->p++) {
		unsigned char c = (unsigned char)*j->p;

		if (!isxdigit(c))
			return fail(j, "no four digits behind \\u");
		*v = *v << 4 | (uint32_t)(c <= '9' ? c - '0' :
					  (c | 0x20) - 'a' + 10);
	}
	return true;
}

static void put_utf8(struct out *o, uint32_t c)
{
	if (c < 0x80) {
		out_char(o, (char)c);
	} else if (c < 0x800) {
		out_char(o, (char)(0xc0 | c >> 6));
		out_char(o, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		out_char(o, (char)(0xe0 | c >> 12));
		out_char(o, (char)(0x80 | (c >> 6 & 0x3f)));
		out_char(o, (char)(0x80 | (c & 0x3f)));
	} else {
		out_char(o, (char)(0xf0 | c >> 18));
		out_char(o, (char)(0x80 | (c >> 12 & 0x3f)));
		out_char(o, (char)(0x80 | (c >> 6 & 0x3f)));
		out_char(o, (char)(0x80 | (c & 0x3f)));
	}
}

static bool unicode(struct jsonread *j)
{
	uint32_t c, low;

	if (!hex4(j, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (j->end - j->p < 2 || j->p[0] != '\\' || j->p[1] != 'u')
			return fail(j, "half a surrogate pair");
		j->p += 2;
		if (!hex4(j, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(j, "half a surrogate pair");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return fail(j, "half a surrogate pair");
	}
	put_utf8(&j->text, c);
	return true;
}

/* a string, to @j->text */
static bool string(struct jsonread *j)
{
	static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	const char *e;

	j->text.len = 0;
	if (!expect(j, '"', "a string was expected"))
		return false;
	while (j->p < j->end && *j->p != '"') {
		const char *run = j->p;

		while (j->p < j->end && *j->p != '"' && *j->p != '\\')
			j->p++;
		out_mem(&j->text, run, (size_t)(j->p - run));
		if (j->p == j->end || *j->p == '"')
			continue;
		if (++j->p == j->end)
			break;
		if (*j->p == 'u') {
			j->p++;
			if (!unicode(j))
				return false;
			continue;
		}
		for (e = escapes; *e && *e != *j->p; e += 2)
			;
		if (!*e)
			return fail(j, "an escape that JSON does not have");
		out_char(&j->text, e[1]);
		j->p++;
	}
	return expect(j, '"', "the line ends inside a string");
}

static bool text_is(const struct jsonread *j, const char *s)
{
	return j->text.len == strlen(s) && !memcmp(j->text.buf, s, j->text.len);
}

/* a number, true, false or null, to @j->text as it stands */
static bool word(struct jsonread *j)
{
	const char *start;

	peek(j);
	start = j->p;
	while (j->p < j->end && (isalnum((unsigned char)*j->p) ||
				 strchr("+-.", *j->p)) && *j->p)
		j->p++;
	j->text.len = 0;
	if (j->p > start)
		out_mem(&j->text, start, (size_t)(j->p - start));
	return j->p > start || fail(j, "a value was expected");
}

/* a number, between quotes or not */
static bool number_text(struct jsonread *j)
{
	return peek(j) == '"' ? string(j) : word(j);
}

/* Go behind a value, whatever it is. */
static bool skip(struct jsonread *j)
{
	unsigned int depth = 0;

	do {
		char c = peek(j);

		if (c == '{' || c == '[') {
			j->p++;
			if (++depth > DEPTH_MAX)
				return fail(j, "nested too deeply");
		} else if (c == '}' || c == ']') {
			if (!depth)
				return fail(j, "a value was expected");
			j->p++;
			depth--;
		} else if ((c == ',' || c == ':') && depth) {
			j->p++;
			continue;
		} else if (!(c == '"' ? string(j) : word(j))) {
			return false;
		}
	} while (depth);
	return true;
}

/* --- octets --------------------------------------------------------------- */

static void put_n(struct jsonread *j, uint64_t v, unsigned int n)
{
	struct out *o = &j->msg;
	unsigned int i;

	while (o->len % n)
		out_char(o, '\0');
	for (i = 0; i < n; i++)
		out_char(o, (char)(v >> 8 * (j->big ? n - 1 - i : i)));
}

static void patch32(struct jsonread *j, size_t at, size_t v)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		j->msg.buf[at + i] = (char)(v >> 8 * (j->big ? 3 - i : i));
}

static void put_str(struct jsonread *j, const char *s, size_t n)
{
	put_n(j, n, 4);
	out_mem(&j->msg, s, n);
	out_char(&j->msg, '\0');
}

static bool put_sig(struct jsonread *j, const char *s, size_t n)
{
	if (n > WIRE_SIGNATURE_MAX || wire_check_signature(s, n))
		return fail(j, "not a valid signature");
	out_char(&j->msg, (char)n);
	out_mem(&j->msg, s, n);
	out_char(&j->msg, '\0');
	return true;
}

static void align(struct jsonread *j, char type)
{
	unsigned int to = strchr("xtd({", type) ? 8 : strchr("nq", type) ? 2 :
			  strchr("yvg", type) ? 1 : 4;

	while (j->msg.len % to)
		out_char(&j->msg, '\0');
}

/* --- typed values --------------------------------------------------------- */

/* @j->text as an integer of this type */
static bool put_integer(struct jsonread *j, char type)
{
	static const struct {
		char type;
		uint8_t octets;
		int64_t min;
		uint64_t max;
	} types[] = {
		{ 'y', 1, 0, UINT8_MAX },
		{ 'n', 2, INT16_MIN, INT16_MAX }, { 'q', 2, 0, UINT16_MAX },
		{ 'i', 4, INT32_MIN, INT32_MAX }, { 'u', 4, 0, UINT32_MAX },
		{ 'h', 4, 0, UINT32_MAX },	  { 'x', 8, INT64_MIN, INT64_MAX },
		{ 't', 8, 0, UINT64_MAX },
	};
	const char *s;
	char *end;
	uint64_t v;
	size_t i = 0;

	out_char(&j->text, '\0');
	s = j->text.buf;
	while (types[i].type != type)
		i++;
	errno = 0;
	if (*s == '-') {
		long long n = strtoll(s, &end, 10);

		v = (uint64_t)n;
		if (n < types[i].min)
			errno = ERANGE;
	} else {
		v = strtoull(s, &end, 10);
		if (v > types[i].max)
			errno = ERANGE;
	}
	if (!(isdigit((unsigned char)*s) || *s == '-') || *end ||
	    end != s + j->text.len - 1)
		return fail(j, "not an integer");
	if (errno)
		return fail(j, "a number that its type does not hold");
	put_n(j, v, types[i].octets);
	return true;
}

static bool put_double(struct jsonread *j)
{
	unsigned long long bits;
	char *end;
	double d;

	out_char(&j->text, '\0');
	if (sscanf(j->text.buf, "NaN:%llx", &bits) == 1) {
		put_n(j, bits, 8);
		return true;
	}
	d = strtod(j->text.buf, &end);
	if (end == j->text.buf || *end)
		return fail(j, "not a number");
	memcpy(&bits, &d, 8);
	if (d != d)
		bits = 0x7ff8000000000000ull;
	put_n(j, bits, 8);
	return true;
}

/* @j->text as a value of a basic type */
static bool put_text(struct jsonread *j, char type)
{
	switch (type) {
	case 's':
	case 'o':
		put_str(j, j->text.buf, j->text.len);
		return true;
	case 'g':
		return put_sig(j, j->text.buf, j->text.len);
	case 'b':
		if (!text_is(j, "true") && !text_is(j, "false"))
			return fail(j, "neither true nor false");
		put_n(j, text_is(j, "true"), 4);
		return true;
	case 'd':
		return put_double(j);
	default:
		return put_integer(j, type);
	}
}

static bool value(struct jsonread *j, const char *sig, unsigned int depth);

static bool entries(struct jsonread *j, const char *sig, unsigned int depth)
{
	if (!expect(j, '{', "an object was expected"))
		return false;
	if (accept(j, '}'))
		return true;
	do {
		align(j, '{');
		if (!string(j) || !put_text(j, sig[1]) ||
		    !expect(j, ':', "a colon was expected") ||
		    !value(j, sig + 2, depth))
			return false;
	} while (accept(j, ','));
	return expect(j, '}', "the object does not end");
}

static bool array(struct jsonread *j, const char *sig, unsigned int depth)
{
	size_t mark, start;
	bool ok = true;

	put_n(j, 0, 4);
	mark = j->msg.len - 4;
	align(j, sig[1]);
	start = j->msg.len;
	if (sig[1] == '{') {
		ok = entries(j, sig + 1, depth);
	} else {
		if (!expect(j, '[', "an array was expected"))
			return false;
		if (!accept(j, ']')) {
			do
				ok = value(j, sig + 1, depth);
			while (ok && accept(j, ','));
			ok = ok && expect(j, ']', "the array does not end");
		}
	}
	if (ok && j->msg.len - start > WIRE_ARRAY_MAX)
		return fail(j, "the array is too long");
	if (ok)
		patch32(j, mark, j->msg.len - start);
	return ok;
}

static bool structure(struct jsonread *j, const char *sig, unsigned int depth)
{
	const char *member = sig + 1;

	align(j, '(');
	if (!expect(j, '[', "an array was expected"))
		return false;
	while (*member != ')') {
		if (member != sig + 1 &&
		    !expect(j, ',', "a member of the struct is missing"))
			return false;
		if (!value(j, member, depth))
			return false;
		member += wire_type_len(member);
	}
	return expect(j, ']', "the struct has more members than its type");
}

/* {"type":"...","value":...} */
static bool typed(struct jsonread *j, char *sig, bool variant,
		  unsigned int depth)
{
	if (!expect(j, '{', "an object was expected") || !string(j) ||
	    !text_is(j, "type") || !expect(j, ':', "a colon was expected") ||
	    !string(j))
		return fail(j, "\"type\" was expected");
	if (!j->text.len || j->text.len > WIRE_SIGNATURE_MAX ||
	    wire_check_signature(j->text.buf, j->text.len))
		return fail(j, "not a valid signature");
	memcpy(sig, j->text.buf, j->text.len);
	sig[j->text.len] = '\0';
	if (wire_type_len(sig) != j->text.len)
		return fail(j, "more than one type");
	if (variant && !put_sig(j, sig, strlen(sig)))
		return false;
	if (!expect(j, ',', "a comma was expected") || !string(j) ||
	    !text_is(j, "value") || !expect(j, ':', "a colon was expected"))
		return fail(j, "\"value\" was expected");
	return value(j, sig, depth) && expect(j, '}', "the object does not end");
}

/* One value of the first type in @sig, a valid signature. */
static bool value(struct jsonread *j, const char *sig, unsigned int depth)
{
	char inner[WIRE_SIGNATURE_MAX + 1];

	if (++depth > WIRE_DEPTH_TOTAL + 2)
		return fail(j, "nested too deeply");
	if (j->msg.len > WIRE_MESSAGE_MAX)
		return fail(j, "the message is too long");
	switch (*sig) {
	case 'a':
		return array(j, sig, depth);
	case '(':
		return structure(j, sig, depth);
	case 'v':
		return typed(j, inner, true, depth);
	case 's':
	case 'o':
	case 'g':
		return string(j) && put_text(j, *sig);
	case 'b':
		return word(j) && put_text(j, 'b');
	default:
		return number_text(j) && put_text(j, *sig);
	}
}

/* --- the message ---------------------------------------------------------- */

/* Read the object's keys; the values are looked at when they are needed. */
static bool keys(struct jsonread *j)
{
	j->n = 0;
	if (!expect(j, '{', "an object was expected"))
		return false;
	do {
		if (!string(j) || !expect(j, ':', "a colon was expected"))
			return false;
		if (j->n == KEYS_MAX)
			return fail(j, "too many keys");
		snprintf(j->key[j->n].name, sizeof(j->key[0].name), "%.*s",
			 (int)j->text.len, j->text.buf);
		peek(j);
		j->key[j->n++].value = j->p;
		if (!skip(j))
			return false;
	} while (accept(j, ','));
	if (!expect(j, '}', "the object does not end"))
		return false;
	return peek(j) == '\0' || fail(j, "something behind the object");
}

/* Go to the value of this key. */
static bool go(struct jsonread *j, const char *name)
{
	unsigned int i;

	for (i = 0; i < j->n; i++) {
		if (!strcmp(j->key[i].name, name)) {
			j->p = j->key[i].value;
			return true;
		}
	}
	return false;
}

/* a number that may be missing, and then is @other */
static uint64_t number(struct jsonread *j, const char *name, uint64_t other)
{
	if (!go(j, name) || !number_text(j))
		return other;
	out_char(&j->text, '\0');
	return strtoull(j->text.buf, NULL, 10);
}

/* a number, or the name that @name_of gives to it */
static uint8_t named(struct jsonread *j, const char *key,
		     const char *(*name_of)(uint8_t))
{
	unsigned int i;

	if (!go(j, key))
		return 0;
	if (peek(j) != '"')
		return (uint8_t)number(j, key, 0);
	if (!string(j))
		return 0;
	for (i = 0; i < 32; i++)
		if (name_of((uint8_t)i) && text_is(j, name_of((uint8_t)i)))
			return (uint8_t)i;
	fail(j, "a name that is not known");
	return 0;
}

static uint8_t flags(struct jsonread *j)
{
	static const char *const name[] = {
		"no_reply_expected",
		"no_auto_start",
		"allow_interactive_authorization",
	};
	unsigned int i, v = 0;

	if (!go(j, "flags") || !expect(j, '[', "an array was expected") ||
	    accept(j, ']'))
		return 0;
	do {
		if (!string(j))
			return 0;
		for (i = 0; i < 3; i++)
			if (text_is(j, name[i]))
				v |= 1u << i;
		out_char(&j->text, '\0');
		if (!strncmp(j->text.buf, "0x", 2))
			v |= (unsigned int)strtoul(j->text.buf, NULL, 16);
	} while (accept(j, ','));
	return (uint8_t)v;
}

static bool field(struct jsonread *j)
{
	static const struct {
		const char *name;
		uint8_t code;
		char type;
	} known[] = {
		{ "path", WIRE_F_PATH, 'o' },
		{ "interface", WIRE_F_INTERFACE, 's' },
		{ "member", WIRE_F_MEMBER, 's' },
		{ "error_name", WIRE_F_ERROR_NAME, 's' },
		{ "reply_serial", WIRE_F_REPLY_SERIAL, 'u' },
		{ "destination", WIRE_F_DESTINATION, 's' },
		{ "sender", WIRE_F_SENDER, 's' },
		{ "signature", WIRE_F_SIGNATURE, 'g' },
		{ "unix_fds", WIRE_F_UNIX_FDS, 'u' },
	};
	char sig[WIRE_SIGNATURE_MAX + 1];
	const char *back;
	size_t i;

	align(j, '(');
	if (peek(j) == '{') {	/* {"code":N,"field":{"type":...,"value":...}} */
		j->p++;
		if (!string(j) || !text_is(j, "code") ||
		    !expect(j, ':', "a colon was expected") || !word(j) ||
		    !put_integer(j, 'y') ||
		    !expect(j, ',', "a comma was expected") || !string(j) ||
		    !expect(j, ':', "a colon was expected"))
			return fail(j, "not a header field");
		return typed(j, sig, true, 3) &&
		       expect(j, '}', "the object does not end");
	}
	if (!string(j))
		return false;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (text_is(j, known[i].name))
			break;
	if (i == sizeof(known) / sizeof(known[0]))
		return fail(j, "a header field that is not known");
	back = j->p;
	put_n(j, known[i].code, 1);
	put_sig(j, &known[i].type, 1);
	if (known[i].type == 'u')
		put_n(j, number(j, known[i].name, 0), 4);
	else if (!go(j, known[i].name) || !string(j) ||
		 !put_text(j, known[i].type))
		return fail(j, "the value of a header field is missing");
	j->p = back;
	return true;
}

static bool message(struct jsonread *j)
{
	uint8_t type = named(j, "type", record_type_name);
	char sig[WIRE_SIGNATURE_MAX + 1];
	size_t body;

	j->big = go(j, "endian") && string(j) && text_is(j, "big");
	out_char(&j->msg, j->big ? 'B' : 'l');
	out_char(&j->msg, (char)type);
	out_char(&j->msg, (char)flags(j));
	out_char(&j->msg, 1);
	put_n(j, 0, 4);
	put_n(j, number(j, "serial", 0), 4);
	put_n(j, 0, 4);
	if (!go(j, "fields"))
		return fail(j, "there is no \"fields\"");
	if (!expect(j, '[', "an array was expected"))
		return false;
	if (!accept(j, ']')) {
		do
			if (!field(j))
				return false;
		while (accept(j, ','));
		if (!expect(j, ']', "the array does not end"))
			return false;
	}
	patch32(j, 12, j->msg.len - WIRE_FIXED_LEN);
	align(j, '(');
	body = j->msg.len;
	if (go(j, "args") && expect(j, '[', "an array was expected") &&
	    !accept(j, ']')) {
		do
			if (!typed(j, sig, false, 0))
				return false;
		while (accept(j, ','));
		expect(j, ']', "the array does not end");
	}
	patch32(j, 4, j->msg.len - body);
	return !j->why;
}

/* what a string says in hexadecimal */
static bool octets(struct jsonread *j, struct out *to)
{
	unsigned int v;
	size_t i;

	if (!string(j))
		return false;
	for (i = 0; i + 1 < j->text.len; i += 2) {
		if (!isxdigit((unsigned char)j->text.buf[i]) ||
		    !isxdigit((unsigned char)j->text.buf[i + 1]))
			break;
		sscanf((char[]){ j->text.buf[i], j->text.buf[i + 1], 0 }, "%x",
		       &v);
		out_char(to, (char)v);
	}
	return i == j->text.len || fail(j, "not octets in hexadecimal");
}

/* --- the record ----------------------------------------------------------- */

/* "12.000000345" in ns */
static uint64_t nanoseconds(struct jsonread *j)
{
	uint64_t ns = 0;
	unsigned int i;
	char *p;

	if (!go(j, "time") || !word(j))
		return 0;
	out_char(&j->text, '\0');
	ns = strtoull(j->text.buf, &p, 10) * NSEC_PER_SEC;
	if (*p++ != '.')
		return ns;
	for (i = 100000000; i && isdigit((unsigned char)*p); i /= 10)
		ns += (uint64_t)(*p++ - '0') * i;
	return ns;
}

static uint64_t peer_id(struct jsonread *j, const char *key)
{
	unsigned long long id;

	if (!go(j, key) || !string(j))
		return DBUSMON_ID_NONE;
	out_char(&j->text, '\0');
	if (sscanf(j->text.buf, ":1.%llu", &id) == 1)
		return id;
	return DBUSMON_ID_BUS;
}

static bool is_true(struct jsonread *j, const char *key)
{
	return go(j, key) && word(j) && text_is(j, "true");
}

static void record_header(struct jsonread *j, uint64_t time, uint32_t length)
{
	struct dbusmon_hdr h = { 0 };
	struct dbusmon_tlv tlv = { 0 };
	size_t n;

	h.magic = htole32(DBUSMON_MAGIC);
	h.version = DBUSMON_VERSION;
	h.kind = named(j, "kind", record_kind_name);
	h.time = htole64(time);
	h.seq = htole64(number(j, "seq", 0));
	h.bus = htole32((uint32_t)number(j, "bus_number", 0));
	h.flags = htole32((is_true(j, "observed") ? DBUSMON_F_OBSERVED : 0) |
			  (is_true(j, "driver") ? DBUSMON_F_DRIVER : 0));
	h.verdict = named(j, "verdict", record_verdict_name);
	h.reason = named(j, "reason", record_reason_name);
	h.n_fds = htole16((uint16_t)number(j, "fds", 0));
	h.n_recipients = htole32((uint32_t)number(j, "recipients", 0));
	h.sender = htole64(peer_id(j, "from"));
	h.receiver = htole64(peer_id(j, "to"));
	h.length = htole32(length);
	h.rule = htole32((uint32_t)number(j, "rule", 0));
	h.pid = htole32((uint32_t)number(j, "pid", 0));
	h.uid = htole32((uint32_t)number(j, "uid", ~0u));
	h.lost = htole32((uint32_t)number(j, "lost", 0));
	if (go(j, "comm") && string(j))
		memcpy(h.comm, j->text.buf, j->text.len < sizeof(h.comm) ?
						    j->text.len :
						    sizeof(h.comm));
	if (go(j, "comm_octets") && octets(j, &j->header)) {
		memset(h.comm, 0, sizeof(h.comm));
		if (j->header.len && j->header.len <= sizeof(h.comm))
			memcpy(h.comm, j->header.buf, j->header.len);
	}
	j->header.len = 0;
	j->text.len = 0;
	if (go(j, "bus"))
		string(j);
	n = j->text.len < 256 ? j->text.len : 0;
	h.hdr_len = htole16((uint16_t)(sizeof(h) +
				       (n ? (sizeof(tlv) + n + 7) & ~7ul : 0)));
	out_mem(&j->header, (char *)&h, sizeof(h));
	if (!n)
		return;
	tlv.type = htole16(DBUSMON_TLV_BUS_NAME);
	tlv.len = htole16((uint16_t)n);
	out_mem(&j->header, (char *)&tlv, sizeof(tlv));
	out_mem(&j->header, j->text.buf, n);
	while (j->header.len % 8)
		out_char(&j->header, '\0');
}

/* The whole of a record's header, where the keys don't say all of it. */
static bool whole_header(struct jsonread *j)
{
	struct dbusmon_hdr h;

	if (!octets(j, &j->header))
		return false;
	if (j->header.len >= sizeof(h)) {
		memcpy(&h, j->header.buf, sizeof(h));
		if (h.magic == htole32(DBUSMON_MAGIC) &&
		    le16toh(h.hdr_len) == j->header.len)
			return true;
	}
	return fail(j, "not the header of a tap's record");
}

/* What a cooked socket gave: its header says which kind it is by its length. */
static bool cooked(struct jsonread *j, struct packet *p)
{
	if (!go(j, "cooked_header"))
		return true;
	if (!octets(j, &j->header))
		return false;
	if (j->header.len != SLL_LEN && j->header.len != SLL2_LEN)
		return fail(j, "not a cooked socket's header");
	p->linktype = j->header.len == SLL_LEN ? LINKTYPE_LINUX_SLL :
						 LINKTYPE_LINUX_SLL2;
	return true;
}

const char *jsonread_line(struct jsonread *j, const char *line, size_t len,
			  struct packet *p, size_t *at)
{
	uint64_t length;
	bool ok;

	j->p = line;
	j->end = line + len;
	j->why = NULL;
	j->msg.len = 0;
	j->header.len = 0;
	ok = keys(j) && (go(j, "octets") ?
			       octets(j, &j->msg) : message(j));
	memset(p, 0, sizeof(*p));
	if (ok) {
		p->time = nanoseconds(j);
		length = number(j, "length", j->msg.len);
		if (length < j->msg.len || length > WIRE_MESSAGE_MAX)
			length = j->msg.len;
		p->linktype = LINKTYPE_DBUS;
		ok = cooked(j, p);
	}
	if (ok && !j->header.len && go(j, "record_header"))
		ok = whole_header(j);
	if (ok) {
		p->data = (uint8_t *)j->msg.buf;
		p->caplen = (uint32_t)j->msg.len;
		p->len = (uint32_t)length;
		if (j->header.len)
			;	/* it was cooked, or is whole */
		else if (go(j, "record_header_octets"))
			p->linktype = LINKTYPE_USER13;
		else if (go(j, "seq"))
			record_header(j, p->time, (uint32_t)length);
		if (j->header.len) {
			if (p->linktype == LINKTYPE_DBUS)
				p->linktype = LINKTYPE_USER13;
			p->len = (uint32_t)(j->header.len + length);
			if (j->msg.len)
				out_mem(&j->header, j->msg.buf, j->msg.len);
			p->data = (uint8_t *)j->header.buf;
			p->caplen = (uint32_t)j->header.len;
		}
	}
	*at = (size_t)(j->p - line);
	return j->why;
}
