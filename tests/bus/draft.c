// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing messages, in either byte order, valid or not. */
#include "tests/bus/busraw.h"

static void draft_room(struct draft *d, size_t n)
{
	if (d->len + n <= d->cap)
		return;
	d->cap = (d->len + n) * 2 + 256;
	d->p = realloc(d->p, d->cap);
	check(d->p, "no memory for a message of %zu octets", d->cap);
}

void draft_raw(struct draft *d, const void *p, size_t len)
{
	draft_room(d, len);
	if (len)
		memcpy(d->p + d->len, p, len);
	d->len += len;
}

void draft_align(struct draft *d, size_t align)
{
	while (d->len % align)
		draft_u8(d, 0);
}

void draft_u8(struct draft *d, uint8_t v)
{
	draft_raw(d, &v, 1);
}

static void draft_int(struct draft *d, uint64_t v, unsigned int size)
{
	unsigned int i;

	draft_align(d, size);
	for (i = 0; i < size; i++)
		draft_u8(d, v >> 8 * (d->big ? size - 1 - i : i));
}

void draft_u16(struct draft *d, uint16_t v)
{
	draft_int(d, v, 2);
}

void draft_u32(struct draft *d, uint32_t v)
{
	draft_int(d, v, 4);
}

void draft_u64(struct draft *d, uint64_t v)
{
	draft_int(d, v, 8);
}

void draft_set_u32(struct draft *d, size_t at, uint32_t v)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		d->p[at + i] = v >> 8 * (d->big ? 3 - i : i);
}

void draft_str(struct draft *d, const char *s)
{
	draft_u32(d, strlen(s));
	draft_raw(d, s, strlen(s) + 1);
}

void draft_sig(struct draft *d, const char *s)
{
	draft_u8(d, strlen(s));
	draft_raw(d, s, strlen(s) + 1);
}

void draft_start(struct draft *d, bool big, int type, int flags,
		 uint32_t serial)
{
	d->len = 0;
	d->body = 0;
	d->big = big;
	draft_u8(d, big ? 'B' : 'l');
	draft_u8(d, type);
	draft_u8(d, flags);
	draft_u8(d, 1);
	draft_u32(d, 0);		/* length of the body */
	draft_u32(d, serial);
	draft_u32(d, 0);		/* length of the fields */
}

static void draft_field_head(struct draft *d, int code, const char *sig)
{
	draft_align(d, 8);
	draft_u8(d, code);
	draft_sig(d, sig);
}

void draft_field(struct draft *d, int code, const char *s)
{
	if (code == WIRE_F_SIGNATURE) {
		draft_field_head(d, code, "g");
		draft_sig(d, s);
	} else {
		draft_field_head(d, code, code == WIRE_F_PATH ? "o" : "s");
		draft_str(d, s);
	}
}

void draft_field_u32(struct draft *d, int code, uint32_t v)
{
	draft_field_head(d, code, "u");
	draft_u32(d, v);
}

void draft_body(struct draft *d)
{
	draft_set_u32(d, 12, d->len - 16);
	draft_align(d, 8);
	d->body = d->len;
}

void draft_end(struct draft *d)
{
	if (!d->body)
		draft_body(d);
	draft_set_u32(d, 4, d->len - d->body);
}

void draft_free(struct draft *d)
{
	free(d->p);
	memset(d, 0, sizeof(*d));
}

void draft_head(struct draft *d, const struct head *h, const char *sig)
{
	draft_start(d, h->big, h->type, h->flags, h->serial);
	if (h->path)
		draft_field(d, WIRE_F_PATH, h->path);
	if (h->sender)
		draft_field(d, WIRE_F_SENDER, h->sender);
	if (h->dest)
		draft_field(d, WIRE_F_DESTINATION, h->dest);
	if (h->iface)
		draft_field(d, WIRE_F_INTERFACE, h->iface);
	if (h->member)
		draft_field(d, WIRE_F_MEMBER, h->member);
	if (h->error)
		draft_field(d, WIRE_F_ERROR_NAME, h->error);
	if (h->reply_to)
		draft_field_u32(d, WIRE_F_REPLY_SERIAL, h->reply_to);
	if (sig && *sig)
		draft_field(d, WIRE_F_SIGNATURE, sig);
	if (h->claim || h->n_fds)
		draft_field_u32(d, WIRE_F_UNIX_FDS,
				h->claim ? h->claim : h->n_fds);
	draft_body(d);
}

static void draft_bytes(struct draft *d, const void *p, size_t len)
{
	draft_u32(d, len);
	draft_raw(d, p, len);
}

void draft_args(struct draft *d, const char *sig, va_list ap)
{
	const void *p;

	for (; sig && *sig; sig++) {
		switch (*sig) {
		case 's':
		case 'o':
			draft_str(d, va_arg(ap, const char *));
			break;
		case 'g':
			draft_sig(d, va_arg(ap, const char *));
			break;
		case 'y':
			draft_u8(d, va_arg(ap, int));
			break;
		case 'u':
		case 'i':
		case 'b':
		case 'h':
			draft_u32(d, va_arg(ap, uint32_t));
			break;
		case 't':
			draft_u64(d, va_arg(ap, uint64_t));
			break;
		case 'a':
			check(sig[1] == 'y', "draft_args: array of '%c'", sig[1]);
			sig++;
			p = va_arg(ap, const void *);
			draft_bytes(d, p, va_arg(ap, size_t));
			break;
		default:
			fail("draft_args: type '%c'", *sig);
		}
	}
}

void draft_message(struct draft *d, const struct head *h, const char *sig, ...)
{
	va_list ap;

	draft_head(d, h, sig);
	va_start(ap, sig);
	draft_args(d, sig, ap);
	va_end(ap);
	draft_end(d);
}
