// SPDX-License-Identifier: GPL-2.0-or-later
#include "busctl.h"

#include "wire/iter.h"

/* A word of a shell command, whatever is in it. */
static void put_word(struct out *o, const char *s, size_t n)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-./:@%+=,";
	size_t i, end;
	unsigned int len;
	uint32_t code;

	out_char(o, ' ');
	for (i = 0; i < n && strchr(safe, s[i]) && s[i]; i++)
		;
	if (n && i == n) {
		out_mem(o, s, n);
		return;
	}
	for (i = 0; i < n; i += len) {
		len = utf8_decode(s + i, n - i, &code);
		if (!len || out_is_harmful(code))
			break;
	}
	if (i == n) {
		out_char(o, '\'');
		for (i = 0; i < n; i++) {
			if (s[i] == '\'')
				out_str(o, "'\\''");
			else
				out_char(o, s[i]);
		}
		out_char(o, '\'');
		return;
	}
	/* what would do something to the terminal that it is pasted into */
	out_str(o, "$'");
	for (i = 0; i < n; i += len) {
		len = utf8_decode(s + i, n - i, &code);
		if (!len || out_is_harmful(code)) {
			for (end = i + (len ? len : 1); i < end; i++)
				out_printf(o, "\\x%02x", (unsigned char)s[i]);
			len = 0;
			continue;
		}
		if (code == '\'' || code == '\\')
			out_char(o, '\\');
		out_mem(o, s + i, len);
	}
	out_char(o, '\'');
}

static void put_str(struct out *o, struct wire_str s)
{
	put_word(o, s.s ?: "", s.len);
}

/* Does this hold something that busctl can't send? */
static const char *cannot(const struct record *rec)
{
	struct wire_msg m = rec->m;

	if (m.unix_fds)
		return "it passes file descriptors";
	if (rec->have < m.len)
		return "it was cut";
	if (wire_validate_body(&m))
		return "its body is not valid";
	if (!m.destination.s && m.type == WIRE_METHOD_CALL)
		return "it has no destination";
	return NULL;
}

/* of the bus, or about the connection that made it: it would be another one */
static bool is_personal(const struct wire_msg *m)
{
	static const char *const members[] = {
		"Hello", "AddMatch", "RemoveMatch", "RequestName",
		"ReleaseName", "BecomeMonitor",
	};
	size_t i;

	if (m->type == WIRE_SIGNAL)
		return wire_str_is(m->sender, DRIVER_NAME);
	if (!wire_str_is(m->destination, DRIVER_NAME))
		return false;
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (wire_str_is(m->member, members[i]))
			return true;
	return false;
}

static void put_basic(struct out *o, const struct wire_value *v)
{
	switch (v->type) {
	case 'b':
		out_str(o, v->u ? " true" : " false");
		break;
	case 'n':
	case 'i':
	case 'x':
		out_char(o, ' ');
		out_i64(o, v->i);
		break;
	case 'd':
		out_char(o, ' ');
		out_double(o, v->u);
		break;
	case 's':
	case 'o':
	case 'g':
		put_str(o, v->str);
		break;
	default:
		out_char(o, ' ');
		out_u64(o, v->u);
		break;
	}
}

static uint64_t count_elements(struct wire_iter it)
{
	unsigned int depth = it.depth;
	struct wire_value v;
	enum wire_event ev;
	uint64_t n = 0;

	while ((ev = wire_next(&it, &v)) != WIRE_BAD && ev != WIRE_DONE) {
		if (ev == WIRE_CLOSE && it.depth < depth)
			break;
		if (ev == WIRE_VALUE ? it.depth == depth :
		    ev == WIRE_OPEN && it.depth == depth + 1)
			n++;
	}
	return n;
}

static void put_args(struct out *o, const struct wire_msg *m)
{
	struct wire_iter it;
	struct wire_value v;
	enum wire_event ev;

	if (!m->signature.len)
		return;
	put_str(o, m->signature);
	wire_iter_init(&it, m);
	while ((ev = wire_next(&it, &v)) != WIRE_DONE && ev != WIRE_BAD) {
		if (ev == WIRE_VALUE) {
			put_basic(o, &v);
		} else if (ev == WIRE_OPEN && v.type == 'a') {
			out_char(o, ' ');
			out_u64(o, count_elements(it));
		} else if (ev == WIRE_OPEN && v.type == 'v') {
			put_str(o, v.sig);
		}
	}
}

/* Would busctl take one of these words for an option? */
static bool looks_like_option(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i++) {
		if (s[i] != ' ')
			continue;
		if (s[i + 1] == '-' ||
		    (i + 2 < n && s[i + 1] == '\'' && s[i + 2] == '-') ||
		    (i + 3 < n && s[i + 1] == '$' && s[i + 3] == '-'))
			return true;
	}
	return false;
}

void busctl_print(struct out *o, const struct sight *s)
{
	const struct record *rec = s->rec;
	const struct wire_msg *m = &rec->m;
	size_t options_end, words;
	const char *why;

	if (rec->what != RECORD_MESSAGE || !record_has_header(rec) ||
	    (m->type != WIRE_METHOD_CALL && m->type != WIRE_SIGNAL) ||
	    is_personal(m))
		return;
	why = cannot(rec);
	if (why)
		out_printf(o, "# %s: ", why);
	o->hold = true;
	out_str(o, "busctl");
	if (!strncmp(s->bus->label, "session", 7))
		out_str(o, " --user");
	else if (!strcmp(s->bus->label, "system"))
		out_str(o, " --system");
	if (m->flags & WIRE_NO_AUTO_START)
		out_str(o, " --auto-start=no");
	if (m->flags & WIRE_NO_REPLY_EXPECTED &&
	    m->type == WIRE_METHOD_CALL)
		out_str(o, " --expect-reply=no");
	if (m->flags & WIRE_ALLOW_INTERACTIVE_AUTHORIZATION)
		out_str(o, " --allow-interactive-authorization=yes");
	if (m->type == WIRE_SIGNAL && m->destination.s) {
		out_str(o, " --destination");
		put_str(o, m->destination);
	}
	options_end = o->len;
	if (m->type == WIRE_SIGNAL) {
		out_str(o, " emit");
	} else {
		out_str(o, " call");
		put_str(o, m->destination);
	}
	put_str(o, m->path);
	put_str(o, m->interface);
	put_str(o, m->member);
	words = o->len;
	if (!why)
		put_args(o, m);
	if (looks_like_option(o->buf + words, o->len - words)) {
		out_room(o, 3);
		memmove(o->buf + options_end + 3, o->buf + options_end,
			o->len - options_end);
		memcpy(o->buf + options_end, " --", 3);
		o->len += 3;
	}
	out_char(o, '\n');
	o->hold = false;
	out_settle(o);
}
