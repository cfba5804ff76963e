// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * observe-check [-l] [-x] TRUTH FILE: does a capture hold each message that
 * observe-load sent, once, in its sender's order, octet by octet but for SENDER? Of
 * a bus's own monitor, which writes headers anew (link type DBUS), the body is
 * compared, and what the header says of it. Prints how many there were.
 *
 *	-l	some may be missing, if the capture says that as many are lost
 *	-x	bare messages (link type DBUS) are the tap's own: exact too
 *
 * FILE may be "-", and what is sent may still be being written to TRUTH. A signal
 * called Ended ends it, if it is not at its end before.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/dbus.h>

#include "tests/observe/truth.h"
#include "wire/message.h"

#define LINK_USER13	160
#define LINK_DBUS	231

struct sent {
	struct sent *next;
	struct truth t;
	uint8_t room[WIRE_SENDER_ROOM];
	uint8_t header[];
};

struct sender {
	struct sender *next;
	char name[32];
	struct sent *first, **last;
};

static struct sender *senders;
static FILE *truth;
static bool lossy, exact_bare, ended;
static unsigned long packet, matched, missing, lost;
static uint64_t last_seq;

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

static struct sender *add(const char *name)
{
	struct sender *s = calloc(1, sizeof(*s));

	if (!s)
		bad("no memory");
	strcpy(s->name, name);
	s->last = &s->first;
	s->next = senders;
	senders = s;
	return s;
}

/* One more message that was sent; false if none is known yet. */
static bool read_sent(void)
{
	long at = ftell(truth);
	struct sender *s;
	struct sent *m;
	struct truth t;

	clearerr(truth);
	if (fread(&t, sizeof(t), 1, truth) != 1)
		goto not_yet;
	m = calloc(1, sizeof(*m) + t.header_len);
	if (!m)
		bad("no memory");
	if (fread(m->header, t.header_len, 1, truth) != 1) {
		free(m);
		goto not_yet;
	}
	m->t = t;
	s = find(t.name, strlen(t.name)) ?: add(t.name);
	*s->last = m;
	s->last = &m->next;
	return true;
not_yet:
	fseek(truth, at, SEEK_SET);
	return false;
}

static void done_with(struct sender *s)
{
	struct sent *m = s->first;

	s->first = m->next;
	if (!s->first)
		s->last = &s->first;
	free(m);
}

/* What @name sent next: with @serial, if some of it may be missing. */
static struct sender *next_of(const char *name, size_t len, uint32_t serial)
{
	struct wire_msg m;
	struct sender *s;

	do {
		s = find(name, len);
		while (s && s->first && lossy) {
			wire_parse(&m, s->first->header, s->first->t.header_len);
			if (m.serial == serial)
				break;
			missing++;
			done_with(s);
		}
	} while ((!s || !s->first) && read_sent());
	if (!s)
		bad("sender %.*s is unknown", (int)len, name);
	if (!s->first)
		bad("%s has sent no more", s->name);
	return s;
}

/* @have octets of a message; @n_fds: -1 if not known; @exact: as it was sent */
static void message(const uint8_t *p, size_t have, int n_fds, bool exact)
{
	struct wire_msg m, want;
	struct sender *s;
	struct sent *sent;

	if (wire_parse(&m, p, have) && !m.body)
		bad("no message");
	ended |= wire_str_is(m.member, "Ended");
	if (!m.sender.s || !wire_str_is(m.member, "Numbered"))
		return;
	s = next_of(m.sender.s, m.sender.len, m.serial);
	sent = s->first;
	wire_parse(&want, sent->header, sent->t.header_len);
	if (!want.body || wire_set_sender(&want, sizeof(sent->room), s->name,
					  strlen(s->name)))
		bad("the truth is wrong");
	if (m.serial != want.serial)
		bad("%s: serial %u where %u was sent", s->name, m.serial,
		    want.serial);
	if (exact && (m.body != want.body || memcmp(p, want.data, m.body)))
		bad("%s: the header of serial %u is not what was sent", s->name,
		    m.serial);
	if (m.type != want.type || m.big != want.big ||
	    m.body_len != sent->t.body_len ||
	    (have >= m.body + m.body_len &&
	     truth_digest(p + m.body, m.body_len) != sent->t.digest))
		bad("%s: serial %u has another body", s->name, m.serial);
	if (n_fds >= 0 && (uint32_t)n_fds != sent->t.n_fds)
		bad("%s: serial %u with %d descriptors, not %u", s->name,
		    m.serial, n_fds, sent->t.n_fds);
	done_with(s);
	matched++;
}

static void record(const uint8_t *p, size_t have)
{
	struct dbusmon_hdr h;

	memcpy(&h, p, sizeof(h));
	/* a gap holds what @lost counts, too */
	if (last_seq && le64toh(h.seq) != last_seq + 1)
		lost += le64toh(h.seq) - last_seq - 1;
	last_seq = le64toh(h.seq);
	if (h.kind == DBUSMON_KIND_LOSS)
		lost++;
	if (lost && !lossy)
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
	while (!ended && fread(&ph, sizeof(ph), 1, f) == 1) {
		packet++;
		buf = realloc(buf, ph.have + 1);
		if (!buf || fread(buf, 1, ph.have, f) != ph.have)
			break;	/* a monitor that was ended in the middle */
		if (head.link == LINK_USER13)
			record(buf, ph.have);
		else
			message(buf, ph.have, -1, exact_bare);
	}
	free(buf);
}

static void usage(void)
{
	fprintf(stderr, "usage: observe-check [-l] [-x] TRUTH FILE\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct sender *s;
	FILE *file;
	int c;

	while ((c = getopt(argc, argv, "lx")) != -1) {
		lossy |= c == 'l';
		exact_bare |= c == 'x';
		if (c == '?')
			usage();
	}
	if (argc - optind != 2)
		usage();
	truth = fopen(argv[optind], "re");
	file = strcmp(argv[optind + 1], "-") ? fopen(argv[optind + 1], "re")
					     : stdin;
	if (!truth || !file)
		usage();
	capture(file);
	while (read_sent())
		;
	for (s = senders; s; s = s->next)
		for (; s->first; done_with(s)) {
			if (!lossy)
				bad("%s: its last messages are missing", s->name);
			missing++;
		}
	if (missing > lost)
		bad("%lu are missing, but only %lu said to be lost", missing, lost);
	fclose(truth);
	fclose(file);
	printf("%lu\n", matched);
	return 0;
}
