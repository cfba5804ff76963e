// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * talk FILE - write a capture of the messages that standard input tells of
 *
 * One a line, "-" for what is not there:
 *
 *   call   WHERE MS SENDER DESTINATION SERIAL PATH INTERFACE.MEMBER [ARGS]
 *   signal WHERE MS SENDER DESTINATION SERIAL PATH INTERFACE.MEMBER [ARGS]
 *   reply  WHERE MS SENDER DESTINATION SERIAL REPLY-SERIAL [ARGS]
 *   error  WHERE MS SENDER DESTINATION SERIAL REPLY-SERIAL NAME [ARGS]
 *
 * ARGS are a signature and the values; an array has its number of elements
 * before them, a variant its signature. WHERE is the interface of a pcapng file
 * of link type DBUS, 0 or 1; or, if the first line is "tcp", "c" or "s" for a
 * connection's client and server. There, "text WHERE MS TEXT" is what else was
 * said, with \0 and \r\n; "mss N" cuts what follows into segments of N octets;
 * "join N" puts the next N lines into one, "again" begins another connection of
 * the same ports. "noreply", "big" and "little" before
 * a message are its flag and order; "fds N" its count of file descriptors.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/bytes.h"
#include "wire/message.h"

#define LINKTYPE_ETHERNET 1
#define LINKTYPE_DBUS 231

static FILE *out;
static bool tcp, big;
static uint8_t flags;
static uint32_t fds;
static size_t mss = 1448;
static unsigned int joining;

static void put(const void *p, size_t n)
{
	if (n && fwrite(p, n, 1, out) != 1)
		err(1, "write");
}

/* --- pcapng --------------------------------------------------------------- */

static void block(uint32_t type, const struct bytes *body)
{
	uint32_t zero = 0, total = 12 + (uint32_t)((body->len + 3) & ~3u);

	put(&type, 4);
	put(&total, 4);
	put(body->p, body->len);
	put(&zero, -body->len & 3);
	put(&total, 4);
}

static void begin(void)
{
	const uint32_t section[4] = { 0x1a2b3c4d, 1, ~0u, ~0u };
	struct bytes b = { 0 };
	int i;

	bytes_add(&b, section, sizeof(section));
	block(0x0a0d0d0a, &b);
	for (i = 0; i < 2; i++) {
		bytes_reset(&b, false);
		bytes_number(&b, tcp ? LINKTYPE_ETHERNET : LINKTYPE_DBUS, 2);
		bytes_number(&b, 0, 2);
		bytes_number(&b, 0, 4);
		block(1, &b);
	}
	bytes_free(&b);
}

static void packet(uint32_t interface, uint32_t ms, const struct bytes *data)
{
	uint64_t us = 1700000000000000ull + ms * 1000ull;
	struct bytes b = { 0 };

	bytes_number(&b, interface, 4);
	bytes_number(&b, us >> 32, 4);
	bytes_number(&b, (uint32_t)us, 4);
	bytes_number(&b, data->len, 4);
	bytes_number(&b, data->len, 4);
	bytes_add(&b, data->p, data->len);
	block(6, &b);
	bytes_free(&b);
}

/* --- TCP, on loopback addresses, port 40711 to 12434 ------------------------ */

static uint32_t sequence[2] = { 1, 1 };

static void segment(bool server, uint32_t ms, uint8_t bits, const void *p,
		    size_t n)
{
	const uint16_t port[2] = { 40711, 12434 };
	struct bytes b = { .big = true };

	bytes_add(&b, "\0\0\0\0\0\1\0\0\0\0\0\2\10\0", 14);
	b.big = true;
	bytes_u8(&b, 0x45);
	bytes_u8(&b, 0);
	bytes_number(&b, 40 + n, 2);
	bytes_add(&b, "\0\0\0\0\100\6\0\0", 8);
	bytes_add(&b, server ? "\177\0\0\2\177\0\0\1" :
			       "\177\0\0\1\177\0\0\2", 8);
	bytes_number(&b, port[server], 2);
	bytes_number(&b, port[!server], 2);
	bytes_add(&b, (uint8_t[]){ sequence[server] >> 24,
				   sequence[server] >> 16,
				   sequence[server] >> 8,
				   sequence[server] }, 4);
	bytes_add(&b, (uint8_t[]){ sequence[!server] >> 24,
				   sequence[!server] >> 16,
				   sequence[!server] >> 8,
				   sequence[!server] }, 4);
	bytes_u8(&b, 0x50);
	bytes_u8(&b, bits);
	bytes_add(&b, "\377\377\0\0\0\0", 6);
	if (n)
		bytes_add(&b, p, n);
	sequence[server] += (uint32_t)n + (bits & 2 ? 1 : 0);
	packet(0, ms, &b);
	bytes_free(&b);
}

static void connect_tcp(void)
{
	segment(false, 0, 0x02, NULL, 0);
	segment(true, 0, 0x12, NULL, 0);
	segment(false, 0, 0x10, NULL, 0);
}

/* The same ports, as a client may get them again */
static void connect_again(void)
{
	sequence[0] += 1000000;
	sequence[1] += 1000000;
	connect_tcp();
}

/* A line's octets, maybe with others' in one segment, or cut into several */
static void say(const char *where, uint32_t ms, const struct bytes *b)
{
	static struct bytes joined;
	size_t at, n;

	if (!tcp) {
		packet((uint32_t)atoi(where), ms, b);
		return;
	}
	bytes_add(&joined, b->p, b->len);
	if (joining && --joining)
		return;
	for (at = 0; at < joined.len; at += n) {
		n = joined.len - at < mss ? joined.len - at : mss;
		segment(*where == 's', ms, 0x18, joined.p + at, n);
	}
	bytes_reset(&joined, false);
}

/* --- messages ------------------------------------------------------------- */

static char *word(void)
{
	char *w = strtok(NULL, " ");

	if (!w)
		errx(1, "a word is missing");
	return w;
}

static void field(struct bytes *b, uint8_t code, const char *sig,
		  const char *s)
{
	if (!strcmp(s, "-"))
		return;
	bytes_align(b, 8);
	bytes_u8(b, code);
	bytes_signature(b, sig, 1);
	if (*sig == 'u')
		bytes_number(b, strtoul(s, NULL, 0), 4);
	else if (*sig == 'g')
		bytes_signature(b, s, strlen(s));
	else
		bytes_string(b, s, strlen(s));
}

static size_t marshal(struct bytes *b, const char *sig);

static void marshal_array(struct bytes *b, const char *elem)
{
	unsigned long n = strtoul(word(), NULL, 0);
	size_t at, start;

	bytes_number(b, 0, 4);
	at = b->len - 4;
	if (strchr("xtd({", *elem))
		bytes_align(b, 8);
	start = b->len;
	while (n--)
		marshal(b, elem);
	bytes_set_u32(b, at, (uint32_t)(b->len - start));
}

static void marshal_double(struct bytes *b)
{
	double d = strtod(word(), NULL);
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	bytes_number(b, bits, 8);
}

/* One complete type, its values taken from the line; octets of signature */
static size_t marshal(struct bytes *b, const char *sig)
{
	size_t n = 1;
	char *w;

	switch (*sig) {
	case 'a':
		marshal_array(b, sig + 1);
		return 1 + wire_type_len(sig + 1);
	case '(':
	case '{':
		bytes_align(b, 8);
		while (sig[n] != ')' && sig[n] != '}')
			n += marshal(b, sig + n);
		return n + 1;
	case 'v':
		w = word();
		bytes_signature(b, w, strlen(w));
		marshal(b, w);
		return 1;
	case 's':
	case 'o':
	case 'g':
		w = word();
		if (!strcmp(w, "''"))
			w += 2;
		if (*sig == 'g')
			bytes_signature(b, w, strlen(w));
		else
			bytes_string(b, w, strlen(w));
		return 1;
	case 'd':
		marshal_double(b);
		return 1;
	case 'y':
		bytes_u8(b, (uint8_t)strtoul(word(), NULL, 0));
		return 1;
	default:
		n = strchr("nq", *sig) ? 2 : strchr("xt", *sig) ? 8 : 4;
		bytes_number(b, strtoull(word(), NULL, 0), n);
		return 1;
	}
}

static void method(struct bytes *b)
{
	char *interface, *dot;

	field(b, WIRE_F_PATH, "o", word());
	interface = word();
	dot = strrchr(interface, '.');
	if (dot) {
		*dot = '\0';
		field(b, WIRE_F_INTERFACE, "s", interface);
		interface = dot + 1;
	}
	field(b, WIRE_F_MEMBER, "s", interface);
}

static void head(struct bytes *b, uint8_t type, const char *sender,
		 const char *destination, const char *serial)
{
	bytes_reset(b, big);
	bytes_u8(b, big ? 'B' : 'l');
	bytes_u8(b, type);
	bytes_u8(b, flags);
	bytes_u8(b, 1);
	bytes_number(b, 0, 4);
	bytes_number(b, strtoul(serial, NULL, 0), 4);
	bytes_number(b, 0, 4);
	field(b, WIRE_F_SENDER, "s", sender);
	field(b, WIRE_F_DESTINATION, "s", destination);
}

static void message(uint8_t type)
{
	char *where = word(), *sender, *destination, *sig, count[16];
	uint32_t ms = (uint32_t)atoi(word());
	struct bytes b = { 0 }, body = { 0 };
	size_t n;

	sender = word();
	destination = word();
	head(&b, type, sender, destination, word());
	if (type == WIRE_METHOD_CALL || type == WIRE_SIGNAL)
		method(&b);
	else
		field(&b, WIRE_F_REPLY_SERIAL, "u", word());
	if (type == WIRE_ERROR)
		field(&b, WIRE_F_ERROR_NAME, "s", word());
	snprintf(count, sizeof(count), "%u", fds);
	if (fds)
		field(&b, WIRE_F_UNIX_FDS, "u", count);
	bytes_reset(&body, big);
	sig = strtok(NULL, " ");
	if (sig)
		field(&b, WIRE_F_SIGNATURE, "g", sig);
	for (n = 0; sig && sig[n];)
		n += marshal(&body, sig + n);
	bytes_set_u32(&b, 12, (uint32_t)b.len - WIRE_FIXED_LEN);
	bytes_set_u32(&b, 4, (uint32_t)body.len);
	bytes_align(&b, 8);
	if (body.len)
		bytes_add(&b, body.p, body.len);
	say(where, ms, &b);
	bytes_free(&b);
	bytes_free(&body);
	flags = 0;
	fds = 0;
}

static void text(void)
{
	char *where = word(), *p;
	uint32_t ms = (uint32_t)atoi(word());
	struct bytes b = { 0 };

	for (p = strtok(NULL, ""); p && *p; p++) {
		if (*p != '\\') {
			bytes_u8(&b, (uint8_t)*p);
			continue;
		}
		p++;
		bytes_u8(&b, *p == '0' ? 0 : *p == 'r' ? '\r' : '\n');
	}
	say(where, ms, &b);
	bytes_free(&b);
}

static void obey(const char *what)
{
	if (!strcmp(what, "call"))
		message(WIRE_METHOD_CALL);
	else if (!strcmp(what, "reply"))
		message(WIRE_METHOD_RETURN);
	else if (!strcmp(what, "error"))
		message(WIRE_ERROR);
	else if (!strcmp(what, "signal"))
		message(WIRE_SIGNAL);
	else if (!strcmp(what, "text"))
		text();
	else if (!strcmp(what, "mss"))
		mss = strtoul(word(), NULL, 0);
	else if (!strcmp(what, "again"))
		connect_again();
	else if (!strcmp(what, "join"))
		joining = (unsigned int)strtoul(word(), NULL, 0);
	else if (!strcmp(what, "fds"))
		fds = (uint32_t)strtoul(word(), NULL, 0);
	else if (!strcmp(what, "noreply"))
		flags = WIRE_NO_REPLY_EXPECTED;
	else if (!strcmp(what, "big") || !strcmp(what, "little"))
		big = *what == 'b';
	else
		errx(1, "what is \"%s\"?", what);
}

int main(int argc, char **argv)
{
	static char line[1 << 20];
	bool first = true;
	char *what;

	if (argc != 2)
		errx(2, "usage: talk FILE");
	out = fopen(argv[1], "w");
	if (!out)
		err(1, "%s", argv[1]);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		what = strtok(line, " ");
		if (!what || *what == '#')
			continue;
		if (first) {
			tcp = !strcmp(what, "tcp");
			begin();
			first = false;
			if (tcp) {
				connect_tcp();
				continue;
			}
		}
		obey(what);
	}
	if (fclose(out))
		err(1, "%s", argv[1]);
	return 0;
}
