// SPDX-License-Identifier: GPL-2.0-or-later
#include "pcapfile.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define MAGIC_US	0xa1b2c3d4u
#define MAGIC_NS	0xa1b23c4du
#define RECORD_HEAD	16
#define TAP_MAX		262144u	/* most that a reader takes of USER13 */
#define NSEC_PER_SEC	1000000000ull

struct pcapfile {
	struct out out;
	uint32_t linktype;
	uint32_t snaplen;
	bool nano;
	uint64_t left_out;
};

static void put32(struct out *o, uint32_t v)
{
	out_mem(o, (const char *)&v, sizeof(v));
}

struct pcapfile *pcapfile_create(int fd, uint32_t linktype, bool nano,
				 uint32_t snaplen)
{
	static const uint16_t version[2] = { 2, 4 };
	struct pcapfile *w = calloc(1, sizeof(*w));
	uint32_t most = linktype == LINKTYPE_DBUS ? WIRE_MESSAGE_MAX :
						     TAP_MAX;

	if (!w)
		return NULL;
	out_init(&w->out, fd);
	w->linktype = linktype;
	w->snaplen = snaplen;
	w->nano = nano;
	put32(&w->out, nano ? MAGIC_NS : MAGIC_US);
	out_mem(&w->out, (const char *)version, sizeof(version));
	put32(&w->out, 0);
	put32(&w->out, 0);
	put32(&w->out, snaplen ? snaplen : most);
	put32(&w->out, linktype);
	return w;
}

/* Octets of whole records among the first @n of what was to be written. */
static size_t whole(const uint8_t *p, size_t n)
{
	size_t at = 0;
	uint32_t caplen;

	while (n - at >= RECORD_HEAD) {
		memcpy(&caplen, p + at + 8, sizeof(caplen));
		if (n - at - RECORD_HEAD < caplen)
			break;
		at += RECORD_HEAD + caplen;
	}
	return at;
}

static bool check(struct pcapfile *w)
{
	struct out *o = &w->out;
	size_t head = o->base ? 0 : 24;

	if (!o->error)
		return true;
	if (o->part >= head)
		out_cut(o, head + whole((uint8_t *)o->buf + head,
					o->part - head));
	errno = o->error;
	return false;
}

/* What a reader of bare messages may be given: see DBUSMON_ETH_P_MESSAGE. */
static bool is_bare(const struct record *rec)
{
	return rec->what == RECORD_MESSAGE &&
	       (!rec->status || record_is_cut(rec)) &&
	       !(rec->has_tap && rec->tap.verdict == DBUSMON_INVALID);
}

bool pcapfile_write(struct pcapfile *w, const struct record *rec)
{
	bool tap = w->linktype == LINKTYPE_USER13;
	uint32_t head = tap && rec->has_tap ? rec->tap.hdr_len : 0;
	uint64_t have = rec->have, frac = rec->time % NSEC_PER_SEC;
	struct out *o = &w->out;

	if (tap ? !rec->has_tap : !is_bare(rec)) {
		w->left_out++;
		return true;
	}
	if (w->snaplen && have > w->snaplen)
		have = w->snaplen;
	if (tap && head + have > TAP_MAX)
		have = TAP_MAX - head;
	out_room(o, RECORD_HEAD);
	o->hold = true;
	put32(o, (uint32_t)(rec->time / NSEC_PER_SEC));
	put32(o, (uint32_t)(w->nano ? frac : frac / 1000));
	put32(o, head + (uint32_t)have);
	put32(o, head + rec->length);
	if (head)
		out_mem(o, (const char *)rec->tap_data, head);
	if (have)
		out_mem(o, (const char *)rec->data, have);
	o->hold = false;
	out_settle(o);
	return check(w);
}

bool pcapfile_flush(struct pcapfile *w)
{
	out_flush(&w->out);
	return check(w);
}

bool pcapfile_close(struct pcapfile *w)
{
	bool ok = w->out.error || pcapfile_flush(w);

	if (w->out.fd != STDOUT_FILENO && close(w->out.fd))
		ok = false;
	out_free(&w->out);
	free(w);
	return ok;
}

uint64_t pcapfile_left_out(const struct pcapfile *w)
{
	return w->left_out;
}

uint64_t pcapfile_octets(const struct pcapfile *w)
{
	return w->out.base + w->out.len;
}
