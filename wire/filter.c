// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "wire/filter.h"
#include "wire/match_text.h"

#include <linux/dbus.h>

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
	{ "pid", WIRE_FILTER_PID },
	{ "uid", WIRE_FILTER_UID },
	{ "comm", WIRE_FILTER_COMM },
	{ "bus", WIRE_FILTER_BUS },
	{ "verdict", WIRE_FILTER_VERDICT },
	{ "error", WIRE_FILTER_ERROR },
	{ "type", WIRE_MATCH_TYPE },
	{ "sender", WIRE_MATCH_SENDER },
	{ "interface", WIRE_MATCH_INTERFACE },
	{ "member", WIRE_MATCH_MEMBER },
	{ "path", WIRE_MATCH_PATH },
	{ "path_namespace", WIRE_MATCH_PATH_NAMESPACE },
	{ "destination", WIRE_MATCH_DESTINATION },
	{ "eavesdrop", WIRE_MATCH_EAVESDROP },
	{ "argN", WIRE_MATCH_ARGS_KEY },
};

#define OWN_KEYS 6	/* the first of names[] are not those of match rules */

static const char *const verdicts[] = {
	[DBUSMON_DELIVERED] = "delivered",
	[DBUSMON_QUEUED] = "queued",
	[DBUSMON_DENIED] = "denied",
	[DBUSMON_UNDELIVERED] = "undelivered",
	[DBUSMON_INVALID] = "invalid",
};

const char *wire_filter_key_name(uint32_t keys)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (keys & names[i].key)
			return names[i].name;
	return NULL;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Is there an "or" at @at, behind white space or at the beginning? */
static bool is_or(const char *s, size_t len, size_t at)
{
	if (len - at < 2 || (memcmp(s + at, "or", 2) && memcmp(s + at, "||", 2)))
		return false;
	return (!at || is_white(s[at - 1])) &&
	       (len - at == 2 || is_white(s[at + 2]));
}

bool wire_filter_split(const char **text, size_t *len, struct wire_str *rule)
{
	const char *s = *text;
	size_t at, end, n = *len;
	bool quoted = false;

	for (at = 0; at < n; at++) {
		if (s[at] == '\'')
			quoted = !quoted;
		else if (!quoted && s[at] == '\\')
			at++;
		else if (!quoted && is_or(s, n, at))
			break;
	}
	end = at < n ? at : n;
	*text = s + (at < n ? at + 2 : n);
	*len = at < n ? n - at - 2 : 0;
	while (at < n && end && is_white(s[end - 1]))
		end--;
	*rule = (struct wire_str){ s, (uint32_t)end };
	return at < n;
}

/* Decimal digits, at most 2^32 - 1 */
static bool read_number(struct wire_str s, uint32_t *n)
{
	uint64_t v = 0;
	uint32_t i;

	for (i = 0; i < s.len; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.s[i] - '0');
		if (v > 0xffffffffu)
			return false;
	}
	*n = (uint32_t)v;
	return s.len != 0;
}

static const char *set_bus(struct wire_filter *f, struct wire_str v)
{
	struct wire_str number = v;

	if (v.len > 3 && !memcmp(v.s, "bus", 3))
		number = (struct wire_str){ v.s + 3, v.len - 3 };
	if (!v.len)
		return "neither the number nor the name of a bus";
	if (!read_number(number, &f->bus_number))
		f->bus = v;
	return NULL;
}

static const char *set_verdict(struct wire_filter *f, struct wire_str v)
{
	uint8_t i;

	for (i = 1; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (wire_str_is(v, verdicts[i])) {
			f->verdict = i;
			return NULL;
		}
	}
	return "no verdict (delivered, queued, denied, undelivered, invalid)";
}

static int find_own(struct wire_str key)
{
	int i;

	for (i = 0; i < OWN_KEYS; i++)
		if (wire_str_is(key, names[i].name))
			return i;
	return -1;
}

static const char *set_own(void *ctx, int key, struct wire_str v)
{
	struct wire_filter *f = ctx;

	f->keys |= names[key].key;
	switch (names[key].key) {
	case WIRE_FILTER_PID:
		return read_number(v, &f->pid) ? NULL : "not a process id";
	case WIRE_FILTER_UID:
		return read_number(v, &f->uid) ? NULL : "not a user id";
	case WIRE_FILTER_COMM:
		f->comm = v;
		return v.len < DBUSMON_COMM_LEN ? NULL :
		       "longer than 15 octets, which is all that the kernel keeps";
	case WIRE_FILTER_BUS:
		return set_bus(f, v);
	case WIRE_FILTER_VERDICT:
		return set_verdict(f, v);
	default:
		f->error = v;
		return wire_is_interface(v.s, v.len) ? NULL :
						       "not a valid error name";
	}
}

bool wire_filter_parse(struct wire_filter *f, struct wire_match_arg *args,
		       char *buf, const char *text, size_t len,
		       struct wire_match_error *err)
{
	struct wire_match_more more = {
		.find = find_own,
		.set = set_own,
		.ctx = f,
	};

	*f = (struct wire_filter){ 0 };
	if (!wire_match_parse_more(&f->match, args, buf, text, len, err, &more))
		return false;
	f->keys |= f->match.keys;
	return true;
}
