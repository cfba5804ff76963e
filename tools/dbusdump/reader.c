// SPDX-License-Identifier: GPL-2.0-or-later
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "jsonread.h"

#define NSEC_PER_SEC	1000000000ull
#define FIRST_BUFFER	(256u << 10)

#define PCAP_MAGIC_US	0xa1b2c3d4u
#define PCAP_MAGIC_NS	0xa1b23c4du
#define PCAPNG_MAGIC	0x0a0d0d0au
#define PCAPNG_ORDER	0x1a2b3c4du

enum pcapng_block {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2,
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_PACKET = 6,
};

enum pcapng_option {
	OPT_END = 0,
	OPT_COMMENT = 1,
	OPT_IF_NAME = 2,
	OPT_IF_TSRESOL = 9,
	OPT_IF_FILTER = 11,
	OPT_IF_TSOFFSET = 14,
};

/* one interface of a pcapng section */
struct iface {
	uint32_t linktype;
	uint32_t snaplen;
	uint8_t tsresol;
	int64_t tsoffset;
	bool filtered;
	char *name;
};

struct reader {
	int fd;
	bool eof;
	bool swap;		/* the file's byte order is not ours */
	bool nano;
	bool ng;
	struct jsonread *json;	/* NULL: it is none */
	int read_errno;
	uint8_t *buf;
	uint64_t base;		/* where in the file it begins */
	size_t start;		/* first octet not yet taken */
	size_t end;
	size_t cap;
	uint32_t linktype;	/* pcap */
	uint64_t number;	/* of the packet that comes next, from 1 */
	struct iface *iface;	/* pcapng: of this section */
	uint32_t n_ifaces;
	uint32_t first_iface;	/* interfaces in earlier sections */
	char error[256];
};

__attribute__((format(printf, 2, 3)))
static enum reader_result damaged(struct reader *r, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(r->error, sizeof(r->error), "packet %" PRIu64
		     ", offset %" PRIu64 ": ", r->number, r->base + r->start);
	va_start(ap, fmt);
	vsnprintf(r->error + n, sizeof(r->error) - (size_t)n, fmt, ap);
	va_end(ap);
	return READER_DAMAGED;
}

static uint16_t get16(const struct reader *r, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return r->swap ? __builtin_bswap16(v) : v;
}

static uint32_t get32(const struct reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->swap ? __builtin_bswap32(v) : v;
}

static uint64_t get64(const struct reader *r, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return r->swap ? __builtin_bswap64(v) : v;
}

/* To the sanitizer, nobody may look at what was not read. */
#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

static void guard(const struct reader *r)
{
	ASAN_UNPOISON_MEMORY_REGION(r->buf, r->end);
	ASAN_POISON_MEMORY_REGION(r->buf + r->end, r->cap - r->end);
}

/*
 * Have @n octets from @start on in the buffer, if the file has them. It grows
 * as they arrive: a length that is not true costs no memory.
 */
static bool have(struct reader *r, size_t n)
{
	while (r->end - r->start < n) {
		ssize_t got;

		if (r->eof)
			return false;
		if (r->start && r->cap - r->start < n) {
			memmove(r->buf, r->buf + r->start, r->end - r->start);
			r->end -= r->start;
			r->base += r->start;
			r->start = 0;
		}
		if (r->end == r->cap) {
			size_t cap = r->cap ? r->cap * 2 : FIRST_BUFFER;
			uint8_t *buf = realloc(r->buf, cap);

			if (!buf) {
				r->read_errno = ENOMEM;
				return false;
			}
			r->buf = buf;
			r->cap = cap;
		}
		ASAN_UNPOISON_MEMORY_REGION(r->buf, r->cap);
		got = read(r->fd, r->buf + r->end, r->cap - r->end);
		if (got < 0 && errno == EINTR)
			return false;
		if (got < 0)
			r->read_errno = errno;
		if (got <= 0)
			r->eof = true;
		else
			r->end += (size_t)got;
		guard(r);
	}
	return true;
}

/* The file ends, or can't be read, where more was to come. */
static enum reader_result cut(struct reader *r, const char *what, size_t want)
{
	if (r->read_errno)
		return damaged(r, "%s", strerror(r->read_errno));
	if (!r->eof)
		return READER_END;	/* interrupted */
	return damaged(r, "the file is cut off: %zu of %zu octets of %s",
		       r->end - r->start, want, what);
}

static const uint8_t *at(const struct reader *r)
{
	return r->buf + r->start;
}

/* --- pcap ----------------------------------------------------------------- */

static enum reader_result pcap_next(struct reader *r, struct packet *p)
{
	static const struct wire_str none;
	uint32_t sec, frac, caplen, len;
	const uint8_t *h;

	if (!have(r, 16)) {
		if (r->start == r->end && !r->read_errno)
			return READER_END;
		return cut(r, "its header", 16);
	}
	h = at(r);
	sec = get32(r, h);
	frac = get32(r, h + 4);
	caplen = get32(r, h + 8);
	len = get32(r, h + 12);
	if (caplen > PACKET_MAX)
		return damaged(r, "a length of %" PRIu32
			       " octets is impossible: the file is damaged",
			       caplen);
	if (!have(r, 16 + (size_t)caplen)) {
		r->start += 16;
		return cut(r, "its data", caplen);
	}
	h = at(r);
	p->time = sec * NSEC_PER_SEC + (r->nano ? frac : frac * 1000ull);
	p->data = h + 16;
	p->caplen = caplen;
	p->len = len > caplen ? len : caplen;
	p->linktype = r->linktype;
	p->iface = 0;
	p->iface_name = none;
	p->meta = NULL;
	p->meta_len = 0;
	p->comment = none;
	p->filtered = false;
	r->start += 16 + (size_t)caplen;
	r->number++;
	return READER_PACKET;
}

/* --- pcapng --------------------------------------------------------------- */

struct option {
	uint16_t code;
	uint16_t len;
	const uint8_t *value;
};

/* 1: there is one more; 0: there is none; -1: it does not fit */
static int option_next(const struct reader *r, const uint8_t **p,
		       const uint8_t *end, struct option *o)
{
	size_t room = (size_t)(end - *p);
	size_t pad;

	if (!room)
		return 0;
	if (room < 4)
		return -1;
	o->code = get16(r, *p);
	o->len = get16(r, *p + 2);
	o->value = *p + 4;
	if (o->code == OPT_END)
		return 0;
	if (o->len > room - 4)
		return -1;
	room -= 4 + (size_t)o->len;
	pad = -(size_t)o->len & 3;
	/* some writers leave out the last option's padding */
	*p += 4 + o->len + (pad < room ? pad : room);
	return 1;
}

static void forget_ifaces(struct reader *r)
{
	uint32_t i;

	for (i = 0; i < r->n_ifaces; i++)
		free(r->iface[i].name);
	r->first_iface += r->n_ifaces;
	r->n_ifaces = 0;
}

static enum reader_result section_begin(struct reader *r)
{
	uint32_t order;

	if (!have(r, 24))
		return cut(r, "a section's header", 24);
	memcpy(&order, at(r) + 8, sizeof(order));
	if (order == PCAPNG_ORDER)
		r->swap = false;
	else if (order == __builtin_bswap32(PCAPNG_ORDER))
		r->swap = true;
	else
		return damaged(r, "a section's byte order is not marked: the "
			       "file is damaged");
	if (get16(r, at(r) + 12) != 1)
		return damaged(r, "pcapng version %u is not known",
			       get16(r, at(r) + 12));
	forget_ifaces(r);
	return READER_PACKET;
}

static enum reader_result iface_add(struct reader *r, const uint8_t *b,
				    uint32_t len)
{
	const uint8_t *p = b + 8, *end = b + len;
	struct iface *list, *i;
	struct option o;
	int more;

	if (len < 8)
		return damaged(r, "an interface's block is too short: the "
			       "file is damaged");
	list = realloc(r->iface, (r->n_ifaces + 1) * sizeof(*list));
	if (!list)
		return damaged(r, "%s", strerror(ENOMEM));
	r->iface = list;
	i = &list[r->n_ifaces++];
	memset(i, 0, sizeof(*i));
	i->linktype = get16(r, b);
	i->snaplen = get32(r, b + 4);
	i->tsresol = 6;
	while ((more = option_next(r, &p, end, &o)) > 0) {
		if (o.code == OPT_IF_NAME && !i->name)
			i->name = strndup((const char *)o.value, o.len);
		else if (o.code == OPT_IF_TSRESOL && o.len == 1)
			i->tsresol = o.value[0];
		else if (o.code == OPT_IF_FILTER)
			i->filtered = true;
		else if (o.code == OPT_IF_TSOFFSET && o.len == 8)
			i->tsoffset = (int64_t)get64(r, o.value);
	}
	if (more < 0)
		return damaged(r, "an interface's options run out of their "
			       "block: the file is damaged");
	return READER_PACKET;
}

static uint64_t iface_time(const struct iface *i, uint64_t ts)
{
	uint64_t ns;
	unsigned int n = i->tsresol & 0x7f;

	if (i->tsresol & 0x80) {
		uint64_t sec = n < 64 ? ts >> n : 0;
		uint64_t frac = n < 64 ? ts - (sec << n) : ts;

		ns = sec * NSEC_PER_SEC;
		if (n)
			ns += (uint64_t)((unsigned __int128)frac *
					 NSEC_PER_SEC >> n);
	} else if (n <= 9) {
		for (ns = ts; n < 9; n++)
			ns *= 10;
	} else {
		for (ns = ts; n > 9 && ns; n--)
			ns /= 10;
	}
	return ns + (uint64_t)i->tsoffset * NSEC_PER_SEC;
}

static enum reader_result packet_options(struct reader *r, struct packet *p,
					 const uint8_t *b, const uint8_t *end)
{
	struct option o;
	int more;

	while ((more = option_next(r, &b, end, &o)) > 0) {
		if (o.code == OPT_COMMENT) {
			p->comment.s = (const char *)o.value;
			p->comment.len = o.len;
		} else if (o.code == PCAPNG_OPT_CUSTOM && o.len >= 4 &&
			   get32(r, o.value) == PCAPNG_PEN) {
			p->meta = o.value + 4;
			p->meta_len = o.len - 4u;
		}
	}
	if (more < 0)
		return damaged(r, "its options run out of their block: the "
			       "file is damaged");
	return READER_PACKET;
}

/* a packet of any of the three kinds of block; @b: behind type and length */
static enum reader_result packet_block(struct reader *r, struct packet *p,
				       uint32_t type, const uint8_t *b,
				       uint32_t len)
{
	uint32_t head = type == BLOCK_PACKET_SIMPLE ? 4 : 20;
	const struct iface *i;
	uint32_t id = 0;
	uint64_t ts = 0;

	memset(p, 0, sizeof(*p));
	if (len < head)
		return damaged(r, "its block is too short: the file is "
			       "damaged");
	if (type == BLOCK_PACKET)
		id = get32(r, b);
	else if (type == BLOCK_PACKET_OLD)
		id = get16(r, b);
	if (id >= r->n_ifaces)
		return damaged(r, "there is no interface %" PRIu32
			       ": the file is damaged", id);
	i = &r->iface[id];
	if (type == BLOCK_PACKET_SIMPLE) {
		p->len = get32(r, b);
		p->caplen = p->len;
		if (i->snaplen && p->caplen > i->snaplen)
			p->caplen = i->snaplen;
	} else {
		ts = (uint64_t)get32(r, b + 4) << 32 | get32(r, b + 8);
		p->caplen = get32(r, b + 12);
		p->len = get32(r, b + 16);
	}
	if (p->caplen > len - head)
		return damaged(r, "%" PRIu32 " octets of data are more than "
			       "its block holds: the file is damaged",
			       p->caplen);
	if (p->len < p->caplen)
		p->len = p->caplen;
	p->data = b + head;
	p->time = iface_time(i, ts);
	p->linktype = i->linktype;
	p->iface = r->first_iface + id;
	p->filtered = i->filtered;
	if (i->name) {
		p->iface_name.s = i->name;
		p->iface_name.len = (uint32_t)strlen(i->name);
	}
	if (type == BLOCK_PACKET_SIMPLE)
		return READER_PACKET;
	b += head + ((p->caplen + 3) & ~3u);
	return packet_options(r, p, b, p->data + len - head);
}

static enum reader_result pcapng_next(struct reader *r, struct packet *p)
{
	for (;;) {
		enum reader_result result = READER_PACKET;
		uint32_t type, len;
		const uint8_t *b;

		if (!have(r, 12)) {
			if (r->start == r->end && !r->read_errno)
				return READER_END;
			return cut(r, "a block's header", 12);
		}
		type = get32(r, at(r));
		if (type == PCAPNG_MAGIC) {
			result = section_begin(r);
			if (result != READER_PACKET)
				return result;
		}
		len = get32(r, at(r) + 4);
		if (len < 12 || len % 4 || len > PACKET_MAX + (256u << 10))
			return damaged(r, "a block's length of %" PRIu32
				       " octets is impossible: the file is "
				       "damaged", len);
		if (!have(r, len))
			return cut(r, "a block", len);
		b = at(r);
		if (get32(r, b + len - 4) != len)
			return damaged(r, "a block's two lengths differ: the "
				       "file is damaged");
		r->start += len;
		if (type == BLOCK_INTERFACE)
			result = iface_add(r, b + 8, len - 12);
		if (type == BLOCK_PACKET || type == BLOCK_PACKET_OLD ||
		    type == BLOCK_PACKET_SIMPLE) {
			result = packet_block(r, p, type, b + 8, len - 12);
			if (result == READER_PACKET)
				r->number++;
			return result;
		}
		if (result != READER_PACKET)
			return result;
	}
}

/* --- JSON ----------------------------------------------------------------- */

static enum reader_result json_next(struct reader *r, struct packet *p)
{
	size_t want = 1, seen = 0, at_fault;
	const char *newline = NULL, *why;

	/* what is there is not looked at again when more comes */
	while (!newline && have(r, want)) {
		newline = memchr(at(r) + seen, '\n', r->end - r->start - seen);
		seen = r->end - r->start;
		want = seen + 1;
	}
	if (r->read_errno)
		return damaged(r, "%s", strerror(r->read_errno));
	if (!newline && !r->eof)
		return READER_END;
	if (!newline && r->start == r->end)
		return READER_END;
	seen = newline ? (size_t)(newline - (const char *)at(r)) :
			 r->end - r->start;
	why = jsonread_line(r->json, (const char *)at(r), seen, p, &at_fault);
	if (why)
		return damaged(r, "column %zu: %s", at_fault + 1, why);
	r->start += seen + !!newline;
	r->number++;
	return READER_PACKET;
}

/* --- all ------------------------------------------------------------------- */

enum reader_result reader_next(struct reader *r, struct packet *p)
{
	if (r->json)
		return json_next(r, p);
	return r->ng ? pcapng_next(r, p) : pcap_next(r, p);
}

const char *reader_error(const struct reader *r)
{
	return r->error;
}

static const char *not_a_capture(const struct reader *r)
{
	size_t n = r->end - r->start;
	const uint8_t *p = at(r);

	if (r->read_errno)
		return strerror(r->read_errno);
	if (!n)
		return "the file is empty";
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return "the file is compressed: zcat FILE | dbusdump -r -";
	if (n >= 4 && !memcmp(p, "\x28\xb5\x2f\xfd", 4))
		return "the file is compressed: zstdcat FILE | dbusdump -r -";
	if (n >= 4 && !memcmp(p, "\xfd" "7zX", 4))
		return "the file is compressed: xzcat FILE | dbusdump -r -";
	return "this is no capture file (neither pcap, pcapng nor JSON)";
}

/* which kind of file it is; NULL, or what is wrong */
static const char *pcap_begin(struct reader *r)
{
	uint32_t magic;

	if (have(r, 1) && *at(r) == '{') {
		r->json = jsonread_create();
		return NULL;
	}
	if (!have(r, 4))
		return not_a_capture(r);
	memcpy(&magic, at(r), sizeof(magic));
	if (magic == PCAPNG_MAGIC) {
		r->ng = true;
		return NULL;
	}
	r->swap = magic == __builtin_bswap32(PCAP_MAGIC_US) ||
		  magic == __builtin_bswap32(PCAP_MAGIC_NS);
	if (r->swap)
		magic = __builtin_bswap32(magic);
	if (magic != PCAP_MAGIC_US && magic != PCAP_MAGIC_NS)
		return not_a_capture(r);
	r->nano = magic == PCAP_MAGIC_NS;
	if (!have(r, 24))
		return "the file is cut off inside its header";
	if (get16(r, at(r) + 4) != 2)
		return "this version of the pcap format is not known";
	/* the upper bits say something about frame check sequences */
	r->linktype = get32(r, at(r) + 20) & 0xffff;
	r->start += 24;
	return NULL;
}

struct reader *reader_open(const char *file, char *err, size_t err_len)
{
	struct reader *r = calloc(1, sizeof(*r));
	const char *why = NULL;

	if (!r) {
		snprintf(err, err_len, "%s", strerror(errno));
		return NULL;
	}
	r->number = 1;
	r->fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) :
				    STDIN_FILENO;
	if (r->fd < 0)
		why = strerror(errno);
	else
		why = pcap_begin(r);
	if (!why && !r->ng && !r->json && !packet_linktype_ok(r->linktype)) {
		snprintf(err, err_len, "link type %" PRIu32
			 " holds no D-Bus messages", r->linktype);
		reader_close(r);
		return NULL;
	}
	if (why) {
		snprintf(err, err_len, "%s", why);
		reader_close(r);
		return NULL;
	}
	return r;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	forget_ifaces(r);
	free(r->iface);
	jsonread_free(r->json);
	free(r->buf);
	if (r->fd > STDIN_FILENO)
		close(r->fd);
	free(r);
}
