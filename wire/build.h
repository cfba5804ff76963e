/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Building a message in a buffer of the caller's. Little-endian, whatever the
 * machine. Calls are made in order: fields, then the body; a buffer that is too
 * small is noticed once, at the end.
 */
#ifndef WIRE_BUILD_H
#define WIRE_BUILD_H

#include "wire/message.h"

/**
 * struct wire_builder - a message in the making
 * @buf: the caller's buffer, aligned to 8
 * @cap: its octets
 * @len: octets that the message needs so far, even if beyond @cap
 */
struct wire_builder {
	uint8_t *buf;
	size_t cap;
	size_t len;
	size_t body;		/* offset of the body; 0 while in the header */
};

void wire_build(struct wire_builder *b, void *buf, size_t cap,
		enum wire_type type, uint8_t flags, uint32_t serial);
/*
 * PATH INTERFACE MEMBER ERROR_NAME DESTINATION SENDER SIGNATURE; the string is
 * taken as it is, the caller vouches for it
 */
void wire_build_field(struct wire_builder *b, enum wire_field code,
		      const char *s, size_t len);
/* REPLY_SERIAL UNIX_FDS */
void wire_build_field_u32(struct wire_builder *b, enum wire_field code,
			  uint32_t v);
/* ends the header; needed before the first value and before wire_build_end() */
void wire_build_body(struct wire_builder *b);
void wire_put_u8(struct wire_builder *b, uint8_t v);
void wire_put_u16(struct wire_builder *b, uint16_t v);
void wire_put_u32(struct wire_builder *b, uint32_t v);	/* u i b h */
void wire_put_u64(struct wire_builder *b, uint64_t v);	/* t x d */
void wire_put_str(struct wire_builder *b, const char *s, size_t len); /* s o */
void wire_put_sig(struct wire_builder *b, const char *s, size_t len); /* g */
void wire_put_align(struct wire_builder *b, unsigned int align); /* ( { : 8 */
/*
 * array: returns a mark to be given to wire_put_array_end(); @align: of the
 * element type
 */
size_t wire_put_array(struct wire_builder *b, unsigned int align);
void wire_put_array_end(struct wire_builder *b, size_t mark,
			unsigned int align);
/**
 * wire_build_end() - fill in the lengths
 * Return: WIRE_OK and the message has @b->len octets; WIRE_E_NO_ROOM if that is
 *	more than the buffer holds: build again with at least @b->len
 */
enum wire_status wire_build_end(struct wire_builder *b);

#endif /* WIRE_BUILD_H */
