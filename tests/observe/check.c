// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * observe-check TRUTH FILE: does a capture hold each message that observe-load
 * sent, once, in its sender's order, octet by octet but for SENDER? Of a bus's own
 * monitor, which writes headers anew (link type DBUS), the body is compared, and
 * what the header says of it. Prints how many there were.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/dbus.h>

#include "tests/observe/truth.h"
#include "wire/message.h"

#define LINK_USER13	160
#define LINK_DBUS	231

struct sent {
	struct sent *next;
	uint32_t n_fds;
	uint32_t len;
	uint8_t room[WIRE_SENDER_ROOM];
	uint8_t data[];
};

struct sender {
	struct sender *next;
	char name[32];
	struct sent *first, **last;
};

static struct sender *senders;
static unsigned long packet, matched;

__attribute__((format(printf, 1, 2), noreturn))
static void bad(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "packet %lu: ", packet);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static struct sender *find(const char *name, size_t len)
{
	struct sender *s;

	for (s = senders; s; s = s->next)
		if (strlen(s->name) == len && !memcmp(s->name, name, len))
			return s;
	return NULL;
}

static void read_truth(FILE *f)
{
	struct sender *s;
	struct sent *m;
	struct truth t;

	while (fread(&t, sizeof(t), 1, f) == 1) {
		s = find(t.name, strlen(t.name));
		if (!s) {
			s = calloc(1, sizeof(*s));
			if (!s)
				bad("no memory");
			strcpy(s->name, t.name);
			s->last = &s->first;
			s->next = senders;
			senders = s;
		}
		m = calloc(1, sizeof(*m) + t.len);
		if (!m || fread(m->data, t.len, 1, f) != 1)
			bad("the truth is cut off");
		m->n_fds = t.n_fds;
		m->len = t.len;
		*s->last = m;
		s->last = &m->next;
	}
}

/* @have octets of a message; @n_fds: -1 if not known; @exact: as it was sent */
static void message(const uint8_t *p, size_t have, int n_fds, bool exact)
{
	struct wire_msg m, want;
	struct sender *s;
	struct sent *sent;
	size_t body;

	if (wire_parse(&m, p, have) && !m.body)
		bad("no message");
	if (!m.sender.s || !wire_str_is(m.member, "Numbered"))
		return;
	s = find(m.sender.s, m.sender.len);
	if (!s)
		bad("sender %s is unknown", m.sender.s);
	sent = s->first;
	if (!sent)
		bad("%s has sent no more", s->name);
	if (wire_parse(&want, sent->data, sent->len) ||
	    wire_set_sender(&want, sizeof(sent->room), s->name,
			    strlen(s->name)))
		bad("the truth is wrong");
	if (m.serial != want.serial)
		bad("%s: serial %u where %u was sent", s->name, m.serial,
		    want.serial);
	if (exact && (m.len != want.len ||
		      memcmp(p, want.data, have < m.len ? have : m.len)))
		bad("%s: serial %u is not what was sent", s->name, m.serial);
	body = have - m.body < m.body_len ? have - m.body : m.body_len;
	if (m.type != want.type || m.big != want.big ||
	    m.body_len != want.body_len ||
	    memcmp(p + m.body, want.data + want.body, body))
		bad("%s: serial %u has another body", s->name, m.serial);
	if (n_fds >= 0 && (uint32_t)n_fds != sent->n_fds)
		bad("%s: serial %u with %d descriptors, not %u", s->name,
		    m.serial, n_fds, sent->n_fds);
	s->first = sent->next;
	free(sent);
	matched++;
}

static void record(const uint8_t *p, size_t have)
{
	struct dbusmon_hdr h;

	memcpy(&h, p, sizeof(h));
	if (h.kind == DBUSMON_KIND_LOSS || h.lost)
		bad("something was lost");
	if (h.kind == DBUSMON_KIND_MESSAGE && h.verdict == DBUSMON_DELIVERED)
		message(p + le16toh(h.hdr_len), have - le16toh(h.hdr_len),
			le16toh(h.n_fds), true);
}

static void capture(FILE *f)
{
	struct { uint32_t magic, v, z, s, snap, link; } head;
	struct { uint32_t sec, frac, have, len; } ph;
	uint8_t *buf = NULL;

	if (fread(&head, sizeof(head), 1, f) != 1 ||
	    (head.link != LINK_USER13 && head.link != LINK_DBUS))
		bad("no capture of D-Bus");
	while (fread(&ph, sizeof(ph), 1, f) == 1) {
		packet++;
		buf = realloc(buf, ph.have + 1);
		if (!buf || fread(buf, 1, ph.have, f) != ph.have)
			break;	/* a monitor that was ended in the middle */
		if (head.link == LINK_USER13)
			record(buf, ph.have);
		else
			message(buf, ph.have, -1, false);
	}
	free(buf);
}

int main(int argc, char **argv)
{
	FILE *truth = argc == 3 ? fopen(argv[1], "re") : NULL;
	FILE *file = argc == 3 ? fopen(argv[2], "re") : NULL;
	const struct sender *s;

	if (!truth || !file) {
		fprintf(stderr, "usage: observe-check TRUTH FILE\n");
		return 2;
	}
	read_truth(truth);
	capture(file);
	for (s = senders; s; s = s->next)
		if (s->first)
			bad("%s: nothing of what it sent from serial %u on",
			    s->name, s->first->data[0] == 'l' ?
			    le32toh(*(uint32_t *)(void *)(s->first->data + 8)) :
			    be32toh(*(uint32_t *)(void *)(s->first->data + 8)));
	fclose(truth);
	fclose(file);
	printf("%lu\n", matched);
	return 0;
}
