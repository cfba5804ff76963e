/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef WIRE_WALK_H
#define WIRE_WALK_H

#include "wire/iter.h"

#define WIRE_ANY_FD 0xffffffffu

/*
 * For the inside of wire/: a walk over values anywhere in a message.
 * @sig, @len: offset and length of their signature; @pos, @end: where they are;
 * @base: containers around them
 */
void wire_walk_init(struct wire_iter *it, const struct wire_msg *m,
		    uint32_t sig, uint32_t len, uint32_t pos, uint32_t end,
		    unsigned int base);

/*
 * Go on until fewer than @depth containers are open, or, if @depth is 0, to the
 * end of the signature, checking all on the way; @it->pos is then behind it, or
 * at the fault. @fds: 'h' must be below it; WIRE_ANY_FD: may be anything.
 */
enum wire_status wire_walk_check(struct wire_iter *it, unsigned int depth,
				 uint32_t fds);

/*
 * A variant's signature at @pos: @sig and @len say where it is. Returns WIRE_OK
 * if it is one complete type, wholly there.
 */
enum wire_status wire_walk_variant(const struct wire_iter *it, uint32_t *sig,
				   uint32_t *len);

#endif /* WIRE_WALK_H */
