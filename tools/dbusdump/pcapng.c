// SPDX-License-Identifier: GPL-2.0-or-later
#include "pcapng.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum block {
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
};

#define BLOCK_SECTION	0x0a0d0d0au
#define BYTE_ORDER_MARK	0x1a2b3c4du

enum option {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	IF_FILTER = 11,
	EPB_DROPCOUNT = 4,
	EPB_PACKETID = 5,
	ISB_STARTTIME = 2,
	ISB_ENDTIME = 3,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
	ISB_OSDROP = 7,
	ISB_USRDELIV = 8,
};

/* the interface of one bus, and of one link type */
struct iface {
	const struct bus *bus;
	uint32_t linktype;
	uint64_t first;
	uint64_t last;
	uint64_t written;
	uint64_t lost;
};

struct pcapng {
	struct out out;
	struct iface *iface;
	uint32_t n_ifaces;
	uint32_t last;		/* that of the packet before */
	uint32_t snaplen;
	char *filter;
};

static void put32(struct out *o, uint32_t v)
{
	out_mem(o, (const char *)&v, sizeof(v));
}

static void put16(struct out *o, uint16_t v)
{
	out_mem(o, (const char *)&v, sizeof(v));
}

static void put_pad(struct out *o, size_t n)
{
	out_mem(o, "\0\0\0", -n & 3);
}

static void put_option(struct out *o, uint16_t code, const void *value,
		       size_t len)
{
	put16(o, code);
	put16(o, (uint16_t)len);
	out_mem(o, value, len);
	put_pad(o, len);
}

static void put_option_u64(struct out *o, uint16_t code, uint64_t v)
{
	put_option(o, code, &v, sizeof(v));
}

/* a time is written as its upper half, then its lower */
static void put_option_time(struct out *o, uint16_t code, uint64_t ns)
{
	uint32_t v[2] = { (uint32_t)(ns >> 32), (uint32_t)ns };

	put_option(o, code, v, sizeof(v));
}

/* A block is written whole or not at all, its length when it is known. */
static size_t block_begin(struct out *o, uint32_t type)
{
	size_t mark;

	out_room(o, 8);
	mark = o->len;
	o->hold = true;
	put32(o, type);
	put32(o, 0);
	return mark;
}

static void block_end(struct out *o, size_t mark)
{
	uint32_t len;

	put32(o, OPT_END);
	len = (uint32_t)(o->len - mark) + 4;
	put32(o, len);
	memcpy(o->buf + mark + 4, &len, sizeof(len));
	o->hold = false;
	out_settle(o);
}

static void put_section(struct out *o)
{
	static const char program[] = "dbusdump";
	size_t mark = block_begin(o, BLOCK_SECTION);

	put32(o, BYTE_ORDER_MARK);
	put16(o, 1);
	put16(o, 0);
	put32(o, ~0u);		/* length of the section: not stated */
	put32(o, ~0u);
	put_option(o, SHB_USERAPPL, program, sizeof(program) - 1);
	block_end(o, mark);
}

static void put_interface(struct pcapng *w, const struct bus *bus,
			  uint32_t linktype)
{
	struct out *o = &w->out;
	static const uint8_t nanoseconds = 9;
	char text[320];
	size_t mark = block_begin(o, BLOCK_INTERFACE);

	put16(o, (uint16_t)linktype);
	put16(o, 0);
	put32(o, w->snaplen);
	if (bus->label[0]) {
		put_option(o, IF_NAME, bus->label, strlen(bus->label));
		snprintf(text, sizeof(text), "D-Bus, bus %.255s", bus->label);
		put_option(o, IF_DESCRIPTION, text, strlen(text));
	}
	put_option(o, IF_TSRESOL, &nanoseconds, 1);
	if (w->filter) {
		size_t len = strlen(w->filter);

		/* of a filter in text form the first octet is 0 */
		put16(o, IF_FILTER);
		put16(o, (uint16_t)(len + 1));
		out_char(o, '\0');
		out_mem(o, w->filter, len);
		put_pad(o, len + 1);
	}
	block_end(o, mark);
}

static bool is_iface(const struct pcapng *w, uint32_t i, const struct bus *bus,
		     uint32_t linktype)
{
	return i < w->n_ifaces && w->iface[i].bus == bus &&
	       w->iface[i].linktype == linktype;
}

static struct iface *iface_get(struct pcapng *w, const struct bus *bus,
			       uint32_t linktype)
{
	struct iface *list;
	uint32_t i;

	if (is_iface(w, w->last, bus, linktype))
		return &w->iface[w->last];
	for (i = 0; i < w->n_ifaces; i++) {
		if (is_iface(w, i, bus, linktype)) {
			w->last = i;
			return &w->iface[i];
		}
	}
	list = realloc(w->iface, (w->n_ifaces + 1) * sizeof(*list));
	if (!list) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	w->iface = list;
	w->last = w->n_ifaces++;
	memset(&list[w->last], 0, sizeof(*list));
	list[w->last].bus = bus;
	list[w->last].linktype = linktype;
	put_interface(w, bus, linktype);
	return &list[w->last];
}

static void put_comment(struct out *o, const struct record *rec)
{
	const char *verdict, *reason;
	char text[128 + PATH_MAX];
	int n;

	if (rec->comment.s) {
		put_option(o, OPT_COMMENT, rec->comment.s, rec->comment.len);
		return;
	}
	if (!record_is_marked(rec))
		return;
	verdict = record_verdict_name(rec->tap.verdict);
	reason = record_reason_text(rec->tap.reason);
	n = snprintf(text, sizeof(text), "%s", verdict ? verdict : "unknown");
	if (rec->tap.reason)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ": %s",
			      reason ? reason : "unknown reason");
	if (rec->tap.rule)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", rule %u",
			      rec->tap.rule);
	if (rec->rule_where && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, " (%s)",
			 rec->rule_where);
	put_option(o, OPT_COMMENT, text, strlen(text));
}

/* the tap's header, and behind it what an event says: that is no message and
 * has no place in the packet */
static void put_tap(struct out *o, const struct record *rec)
{
	size_t extra = rec->what == RECORD_EVENT ? rec->have : 0;
	size_t len = 4 + rec->tap.hdr_len + extra;

	if (4u + rec->tap.hdr_len > UINT16_MAX)
		return;
	if (len > UINT16_MAX)
		len = UINT16_MAX;
	put16(o, PCAPNG_OPT_CUSTOM);
	put16(o, (uint16_t)len);
	put32(o, PCAPNG_PEN);
	out_mem(o, (const char *)rec->tap_data, rec->tap.hdr_len);
	out_mem(o, (const char *)rec->data, len - 4 - rec->tap.hdr_len);
	put_pad(o, len);
}

/* Octets of whole blocks among the first @n of what was to be written. */
static size_t whole(const char *p, size_t n)
{
	size_t at = 0;
	uint32_t len;

	while (n - at >= 8) {
		memcpy(&len, p + at + 4, sizeof(len));
		if (n - at < len)
			break;
		at += len;
	}
	return at;
}

static bool check(struct pcapng *w)
{
	struct out *o = &w->out;

	if (!o->error)
		return true;
	if (o->part)
		out_cut(o, whole(o->buf, o->part));
	errno = o->error;
	return false;
}

bool pcapng_write(struct pcapng *w, const struct sight *s)
{
	const struct record *rec = s->rec;
	struct iface *i;
	bool in_packet = rec->what == RECORD_MESSAGE || rec->cooked.s;
	uint32_t have = in_packet ? rec->have : 0;
	struct out *o = &w->out;
	size_t mark;

	/* without a record header an event is what it was captured as */
	i = iface_get(w, s->bus, rec->cooked.s ? rec->linktype : LINKTYPE_DBUS);
	if (w->snaplen && have > w->snaplen)
		have = w->snaplen;
	if (!i->written++)
		i->first = rec->time;
	i->last = rec->time;
	mark = block_begin(o, BLOCK_PACKET);
	put32(o, w->last);
	put32(o, (uint32_t)(rec->time >> 32));
	put32(o, (uint32_t)rec->time);
	put32(o, rec->cooked.len + have);
	put32(o, rec->cooked.len + (in_packet ? rec->length : 0));
	out_mem(o, rec->cooked.s, rec->cooked.len);
	out_mem(o, (const char *)rec->data, have);
	put_pad(o, rec->cooked.len + have);
	put_comment(o, rec);
	if (rec->has_tap) {
		i->lost += rec->tap.lost;
		if (rec->tap.lost)
			put_option_u64(o, EPB_DROPCOUNT, rec->tap.lost);
		put_option_u64(o, EPB_PACKETID, rec->tap.seq);
		put_tap(o, rec);
	}
	block_end(o, mark);
	return check(w);
}

static void put_statistics(struct pcapng *w, uint32_t number,
			   const struct pcapng_counts *counts)
{
	const struct iface *i = &w->iface[number];
	struct out *o = &w->out;
	size_t mark = block_begin(o, BLOCK_STATISTICS);

	put32(o, number);
	put32(o, (uint32_t)(i->last >> 32));
	put32(o, (uint32_t)i->last);
	put_option_time(o, ISB_STARTTIME, i->first);
	put_option_time(o, ISB_ENDTIME, i->last);
	/* the device counts for all buses together: known if there is one */
	if (counts && w->n_ifaces == 1) {
		put_option_u64(o, ISB_IFRECV, counts->received);
		put_option_u64(o, ISB_IFDROP, counts->os_dropped);
		put_option_u64(o, ISB_OSDROP, counts->dropped);
	} else {
		put_option_u64(o, ISB_IFDROP, i->lost);
	}
	put_option_u64(o, ISB_USRDELIV, i->written);
	block_end(o, mark);
}

struct pcapng *pcapng_create(int fd, const char *filter, uint32_t snaplen)
{
	struct pcapng *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->filter = filter ? strdup(filter) : NULL;
	if (filter && !w->filter) {
		free(w);
		return NULL;
	}
	out_init(&w->out, fd);
	w->snaplen = snaplen;
	put_section(&w->out);
	return w;
}

bool pcapng_flush(struct pcapng *w)
{
	out_flush(&w->out);
	return check(w);
}

bool pcapng_close(struct pcapng *w, const struct pcapng_counts *counts)
{
	bool ok = true;
	uint32_t i;

	if (!w->out.error) {
		for (i = 0; i < w->n_ifaces; i++)
			put_statistics(w, i, counts);
		ok = pcapng_flush(w);
	}
	if (w->out.fd != STDOUT_FILENO && close(w->out.fd))
		ok = false;
	out_free(&w->out);
	free(w->iface);
	free(w->filter);
	free(w);
	return ok;
}

uint64_t pcapng_octets(const struct pcapng *w)
{
	return w->out.base + w->out.len;
}
