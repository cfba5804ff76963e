// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "wire/build.h"
#include "wire/octets.h"

/* What doesn't fit is only counted. */
static void put(struct wire_builder *b, const void *p, size_t n)
{
	if (n && b->len <= b->cap && n <= b->cap - b->len)
		memcpy(b->buf + b->len, p, n);
	b->len += n;
}

static void patch_u32(struct wire_builder *b, size_t at, uint32_t v)
{
	if (b->cap >= 4 && at <= b->cap - 4)
		wire_store32(b->buf + at, v, false);
}

void wire_put_align(struct wire_builder *b, unsigned int align)
{
	static const uint8_t zero[8];

	put(b, zero, -b->len & (align - 1));
}

void wire_put_u8(struct wire_builder *b, uint8_t v)
{
	put(b, &v, 1);
}

void wire_put_u16(struct wire_builder *b, uint16_t v)
{
	if (WIRE_HOST_BIG)
		v = __builtin_bswap16(v);
	wire_put_align(b, 2);
	put(b, &v, 2);
}

void wire_put_u32(struct wire_builder *b, uint32_t v)
{
	if (WIRE_HOST_BIG)
		v = __builtin_bswap32(v);
	wire_put_align(b, 4);
	put(b, &v, 4);
}

void wire_put_u64(struct wire_builder *b, uint64_t v)
{
	if (WIRE_HOST_BIG)
		v = __builtin_bswap64(v);
	wire_put_align(b, 8);
	put(b, &v, 8);
}

void wire_put_str(struct wire_builder *b, const char *s, size_t len)
{
	wire_put_u32(b, (uint32_t)len);
	put(b, s, len);
	wire_put_u8(b, 0);
}

void wire_put_sig(struct wire_builder *b, const char *s, size_t len)
{
	wire_put_u8(b, (uint8_t)len);
	put(b, s, len);
	wire_put_u8(b, 0);
}

size_t wire_put_array(struct wire_builder *b, unsigned int align)
{
	size_t mark;

	wire_put_align(b, 4);
	mark = b->len;
	wire_put_u32(b, 0);
	wire_put_align(b, align);
	return mark;
}

void wire_put_array_end(struct wire_builder *b, size_t mark, unsigned int align)
{
	size_t start = (mark + 4 + align - 1) & ~((size_t)align - 1);

	patch_u32(b, mark, (uint32_t)(b->len - start));
}

void wire_build(struct wire_builder *b, void *buf, size_t cap,
		enum wire_type type, uint8_t flags, uint32_t serial)
{
	uint8_t head[4] = { 'l', (uint8_t)type, flags, 1 };

	b->buf = buf;
	b->cap = cap;
	b->len = 0;
	b->body = 0;
	put(b, head, sizeof(head));
	wire_put_u32(b, 0);
	wire_put_u32(b, serial);
	wire_put_u32(b, 0);
}

static void field_head(struct wire_builder *b, enum wire_field code, char type)
{
	uint8_t head[4] = { (uint8_t)code, 1, (uint8_t)type, 0 };

	wire_put_align(b, 8);
	put(b, head, sizeof(head));
}

void wire_build_field(struct wire_builder *b, enum wire_field code,
		      const char *s, size_t len)
{
	switch (code) {
	case WIRE_F_SIGNATURE:
		field_head(b, code, 'g');
		wire_put_sig(b, s, len);
		break;
	case WIRE_F_PATH:
		field_head(b, code, 'o');
		wire_put_str(b, s, len);
		break;
	default:
		field_head(b, code, 's');
		wire_put_str(b, s, len);
	}
}

void wire_build_field_u32(struct wire_builder *b, enum wire_field code,
			  uint32_t v)
{
	field_head(b, code, 'u');
	wire_put_u32(b, v);
}

void wire_build_body(struct wire_builder *b)
{
	patch_u32(b, 12, (uint32_t)(b->len - WIRE_FIXED_LEN));
	wire_put_align(b, 8);
	b->body = b->len;
}

enum wire_status wire_build_end(struct wire_builder *b)
{
	if (b->len > WIRE_MESSAGE_MAX)
		return WIRE_E_LENGTH;
	patch_u32(b, 4, (uint32_t)(b->len - b->body));
	return b->len > b->cap ? WIRE_E_NO_ROOM : WIRE_OK;
}
