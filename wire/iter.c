// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Marshaled values, walked by their signature. One step function does it for
 * both uses: with a struct wire_value to fill in it reports each value; without
 * one it only checks, and passes over arrays of numbers at once.
 */
#include "wire/walk.h"
#include "wire/octets.h"

static __always_inline const uint8_t *sig_at(const struct wire_iter *it,
					     uint32_t pos)
{
	return it->m->data + it->sig + pos;
}

/* Size, and alignment, of a type of fixed size; 0 of any other */
static const uint8_t size_of[256] = {
	['y'] = 1,
	['n'] = 2, ['q'] = 2,
	['b'] = 4, ['i'] = 4, ['u'] = 4, ['h'] = 4,
	['x'] = 8, ['t'] = 8, ['d'] = 8,
};

static __always_inline uint32_t fixed_size(uint8_t type)
{
	return size_of[type];
}

static __always_inline uint32_t alignment(uint8_t type)
{
	switch (type) {
	case 's':
	case 'o':
	case 'a':
		return 4;
	case '(':
	case '{':
		return 8;
	case 'g':
	case 'v':
		return 1;
	default:
		return fixed_size(type);
	}
}

/* Why there are no octets up to @to: the innermost limit counts */
static enum wire_status beyond(const struct wire_iter *it, uint64_t to)
{
	uint32_t i;

	if (to <= it->end)
		return WIRE_E_SHORT;
	for (i = 0; i < it->depth; i++)
		if (it->level[i].type == 'a')
			return WIRE_E_ARRAY_BOUNDS;
	return WIRE_E_BODY_SHORT;
}

/* Pass @n octets, the first at a multiple of @align; *@at is where they are. */
static __always_inline enum wire_status take(struct wire_iter *it,
					     uint32_t align, uint32_t n,
					     uint32_t *at)
{
	uint32_t start = wire_align(it->pos, align);
	uint64_t to = (uint64_t)start + n;

	*at = start;
	if (unlikely(to > it->end || to > it->have))
		return beyond(it, to);
	if (align > 1 && !wire_is_zero(it->m->data, it->pos, start))
		return WIRE_E_PADDING;
	it->pos = (uint32_t)to;
	return WIRE_OK;
}

static __always_inline enum wire_status step_fixed(struct wire_iter *it,
						   uint8_t type, uint32_t size,
						   uint32_t fds,
						   struct wire_value *v)
{
	const bool big = it->m->big;
	enum wire_status status;
	const uint8_t *p;
	uint32_t at;
	uint64_t u;

	status = take(it, size, size, &at);
	if (status)
		return status;
	p = it->m->data + at;
	if (type == 'b' && wire_load32(p, big) > 1)
		return WIRE_E_BOOLEAN;
	if (type == 'h' && fds != WIRE_ANY_FD && wire_load32(p, big) >= fds)
		return WIRE_E_FD_INDEX;
	if (!v)
		return WIRE_OK;

	switch (size) {
	case 1:
		u = *p;
		break;
	case 2:
		u = wire_load16(p, big);
		if (type == 'n')
			u = (uint64_t)(int16_t)u;
		break;
	case 4:
		u = wire_load32(p, big);
		if (type == 'i')
			u = (uint64_t)(int32_t)u;
		break;
	default:
		u = wire_load64(p, big);
	}
	v->off = at;
	v->u = u;
	return WIRE_OK;
}

static __always_inline enum wire_status step_string(struct wire_iter *it,
						    uint8_t type,
						    struct wire_value *v)
{
	enum wire_status status;
	uint32_t at, len, body;
	const char *s;

	if (type == 'g') {
		status = take(it, 1, 1, &at);
		if (status)
			return status;
		len = it->m->data[at];
	} else {
		status = take(it, 4, 4, &at);
		if (status)
			return status;
		len = wire_load32(it->m->data + at, it->m->big);
		if (len > WIRE_MESSAGE_MAX)
			return beyond(it, (uint64_t)it->pos + len);
	}
	status = take(it, 1, len + 1, &body);
	if (status)
		return status;
	s = (const char *)it->m->data + body;
	if (s[len])
		return WIRE_E_STRING;
	if (type == 's' && !wire_is_utf8(s, len))
		return WIRE_E_UTF8;
	if (type == 'o' && !wire_is_path(s, len))
		return WIRE_E_PATH;
	if (type == 'g') {
		status = wire_check_signature(s, len);
		if (status)
			return status;
	}
	if (v) {
		v->off = at;
		v->str.s = s;
		v->str.len = len;
	}
	return WIRE_OK;
}

static __always_inline struct wire_level *push(struct wire_iter *it, char type)
{
	struct wire_level *l;

	/*
	 * "The use of variants must not cause a total message depth to be
	 * larger than 64, including other container types"
	 */
	if (it->depth + it->base >= WIRE_DEPTH_TOTAL)
		return NULL;
	l = &it->level[it->depth++];
	l->type = type;
	return l;
}

static bool booleans(const struct wire_msg *m, uint32_t at, uint32_t end)
{
	for (; at < end; at += 4)
		if (wire_load32(m->data + at, m->big) > 1)
			return false;
	return true;
}

static bool fd_indices(const struct wire_msg *m, uint32_t at, uint32_t end,
		       uint32_t fds)
{
	for (; at < end; at += 4)
		if (wire_load32(m->data + at, m->big) >= fds)
			return false;
	return true;
}

/* All of an array of @end - @it->pos octets of type @type, of size @size */
static enum wire_status pass_fixed(struct wire_iter *it, uint8_t type,
				   uint32_t end, uint32_t fds)
{
	if (end > it->have)
		return WIRE_E_SHORT;
	if (type == 'b' && !booleans(it->m, it->pos, end))
		return WIRE_E_BOOLEAN;
	if (type == 'h' && fds != WIRE_ANY_FD &&
	    !fd_indices(it->m, it->pos, end, fds))
		return WIRE_E_FD_INDEX;
	it->pos = end;
	return WIRE_OK;
}

static __always_inline enum wire_status step_array(struct wire_iter *it,
						   uint32_t fds,
						   struct wire_value *v)
{
	const uint8_t *elem = sig_at(it, it->sig_pos + 1);
	uint32_t at, len, end, start, size = fixed_size(*elem);
	uint32_t behind = it->sig_pos + 1;
	enum wire_status status;
	struct wire_level *l;

	status = take(it, 4, 4, &at);
	if (status)
		return status;
	len = wire_load32(it->m->data + at, it->m->big);
	if (len > WIRE_ARRAY_MAX)
		return WIRE_E_ARRAY_LENGTH;
	/* the padding is there even if the array is empty, and not in @len */
	status = take(it, alignment(*elem), 0, &start);
	if (status)
		return status;
	end = start + len;
	if (end > it->end)
		return beyond(it, end);
	if (size && len & (size - 1))
		return WIRE_E_ARRAY_BOUNDS;

	behind += size ? 1 : (uint32_t)wire_type_len((const char *)elem);
	if (!v && size) {
		if (it->depth + it->base >= WIRE_DEPTH_TOTAL)
			return WIRE_E_DEPTH;
		it->sig_pos = (uint8_t)behind;
		return pass_fixed(it, *elem, end, fds);
	}
	l = push(it, 'a');
	if (!l)
		return WIRE_E_DEPTH;
	l->x = it->end;
	l->a = it->sig_pos + 1;
	l->b = (uint8_t)behind;
	it->end = end;
	it->sig_pos++;
	if (v) {
		v->off = at;
		v->end = end;
		v->sig.s = (const char *)elem;
		v->sig.len = behind - l->a;
	}
	return WIRE_OK;
}

static __always_inline enum wire_status step_struct(struct wire_iter *it,
						    char type,
						    struct wire_value *v)
{
	enum wire_status status;
	uint32_t at;

	status = take(it, 8, 0, &at);
	if (status)
		return status;
	if (!push(it, type))
		return WIRE_E_DEPTH;
	if (v) {
		const char *s = (const char *)sig_at(it, it->sig_pos);
		size_t len = 0;

		if (type == '(') {
			len = wire_type_len(s) - 2;
		} else {	/* a key of one code, and its value */
			len = 1 + wire_type_len(s + 2);
		}
		v->off = at;
		v->end = 0;
		v->sig.s = s + 1;
		v->sig.len = (uint32_t)len;
	}
	it->sig_pos++;
	return WIRE_OK;
}

enum wire_status wire_walk_variant(const struct wire_iter *it, uint32_t *sig,
				   uint32_t *len)
{
	const char *s;
	enum wire_status status;
	uint32_t to;

	*sig = it->pos + 1;
	*len = 0;
	if (*sig > it->end || *sig > it->have)
		return beyond(it, *sig);
	*len = it->m->data[it->pos];
	to = *sig + *len + 1;
	if (to > it->end || to > it->have)
		return beyond(it, to);
	s = (const char *)it->m->data + *sig;
	if (s[*len])
		return WIRE_E_STRING;
	status = wire_check_signature(s, *len);
	if (status)
		return status;
	if (!*len || wire_type_len(s) != *len)
		return WIRE_E_VARIANT;
	return WIRE_OK;
}

static __always_inline enum wire_status step_variant(struct wire_iter *it,
						     struct wire_value *v)
{
	uint32_t sig, len, at = it->pos;
	enum wire_status status;
	struct wire_level *l;

	status = wire_walk_variant(it, &sig, &len);
	if (status)
		return status;
	l = push(it, 'v');
	if (!l)
		return WIRE_E_DEPTH;
	l->x = it->sig;
	l->a = it->sig_pos + 1;
	l->b = it->sig_len;
	it->sig = sig;
	it->sig_pos = 0;
	it->sig_len = (uint8_t)len;
	it->pos = sig + len + 1;
	if (v) {
		v->off = at;
		v->end = 0;
		v->sig.s = (const char *)sig_at(it, 0);
		v->sig.len = len;
	}
	return WIRE_OK;
}

/* Does the innermost container end here? If so, it is closed. */
static __always_inline bool step_out(struct wire_iter *it)
{
	struct wire_level *l = &it->level[it->depth - 1];
	uint8_t c;

	switch (l->type) {
	case 'a':	/* between two elements, or before the first */
		if (it->pos < it->end) {
			it->sig_pos = l->a;
			return false;
		}
		it->sig_pos = l->b;
		it->end = l->x;
		break;
	case 'v':
		if (it->sig_pos < it->sig_len)
			return false;
		it->sig = l->x;
		it->sig_pos = l->a;
		it->sig_len = l->b;
		break;
	default:
		c = *sig_at(it, it->sig_pos);
		if (c != ')' && c != '}')
			return false;
		it->sig_pos++;
	}
	it->depth--;
	return true;
}

/* The value, or the opening of the container, that the signature calls for */
static __always_inline enum wire_status step_in(struct wire_iter *it,
						uint8_t type, uint32_t fds,
						struct wire_value *v)
{
	uint32_t size = fixed_size(type);
	enum wire_status status;

	if (size)
		status = step_fixed(it, type, size, fds, v);
	else if (type == 's' || type == 'o' || type == 'g')
		status = step_string(it, type, v);
	else if (type == 'v')
		return step_variant(it, v);
	else if (type == 'a')
		return step_array(it, fds, v);
	else
		return step_struct(it, (char)type, v);
	if (!status) {
		it->sig_pos++;
		if (v)
			v->end = it->pos;
	}
	return status;
}

void wire_walk_init(struct wire_iter *it, const struct wire_msg *m,
		    uint32_t sig, uint32_t len, uint32_t pos, uint32_t end,
		    unsigned int base)
{
	it->m = m;
	it->pos = pos;
	it->end = end;
	it->have = m->have;
	it->sig = sig;
	it->sig_pos = 0;
	it->sig_len = (uint8_t)len;
	it->depth = 0;
	it->base = (uint8_t)base;
	it->arg = 0;
	it->over = false;
	it->status = WIRE_OK;
}

enum wire_status wire_walk_check(struct wire_iter *it, unsigned int depth,
				 uint32_t fds)
{
	enum wire_status status;

	for (;;) {
		if (it->depth) {
			if (step_out(it)) {
				if (depth && it->depth < depth)
					return WIRE_OK;
				continue;
			}
		} else if (it->sig_pos == it->sig_len) {
			return WIRE_OK;
		}
		status = step_in(it, *sig_at(it, it->sig_pos), fds, NULL);
		if (unlikely(status))
			return status;
	}
}

void wire_iter_init(struct wire_iter *it, const struct wire_msg *m)
{
	uint32_t sig = 0;

	if (m->signature.s)
		sig = (uint32_t)((const uint8_t *)m->signature.s - m->data);
	wire_walk_init(it, m, sig, m->signature.len, m->body,
		       m->body + m->body_len, 0);
	if (!m->body || m->have < m->body)
		it->status = WIRE_E_SHORT;
}

static enum wire_event bad(struct wire_iter *it, struct wire_value *v,
			   enum wire_status status)
{
	v->type = 0;
	v->depth = it->depth;
	v->arg = it->arg;
	v->off = it->pos;
	v->end = it->pos;
	v->status = status;
	it->over = true;
	return WIRE_BAD;
}

/* What step_out() or a jump just closed */
static enum wire_event closed(struct wire_iter *it, struct wire_value *v)
{
	v->type = it->level[it->depth].type;
	v->depth = it->depth;
	v->arg = it->arg;
	v->off = it->pos;
	v->end = it->pos;
	if (!it->depth)
		it->arg++;
	return WIRE_CLOSE;
}

enum wire_event wire_next(struct wire_iter *it, struct wire_value *v)
{
	const uint8_t depth = it->depth;
	enum wire_status status;
	uint8_t type;

	*v = (struct wire_value){ 0 };
	if (it->over)
		return WIRE_DONE;
	if (it->status)
		return bad(it, v, it->status);
	if (it->depth) {
		if (step_out(it))
			return closed(it, v);
	} else if (it->sig_pos == it->sig_len) {
		if (it->pos != it->end)
			return bad(it, v, WIRE_E_BODY_LONG);
		it->over = true;
		return WIRE_DONE;
	}
	type = *sig_at(it, it->sig_pos);
	status = step_in(it, type, WIRE_ANY_FD, v);
	if (status)
		return bad(it, v, status);
	v->type = (char)type;
	v->depth = depth;
	v->arg = it->arg;
	if (it->depth > depth)
		return WIRE_OPEN;
	if (!it->depth)
		it->arg++;
	return WIRE_VALUE;
}

enum wire_event wire_skip(struct wire_iter *it, struct wire_value *v)
{
	const struct wire_level *l = &it->level[it->depth - 1];
	enum wire_status status;
	uint8_t elem;

	*v = (struct wire_value){ 0 };
	if (it->over || !it->depth)
		return bad(it, v, WIRE_E_BODY_SHORT);
	if (l->type == 'a') {
		elem = *sig_at(it, l->a);
		if (fixed_size(elem)) {
			status = pass_fixed(it, elem, it->end, WIRE_ANY_FD);
			if (status)
				return bad(it, v, status);
		}
	}
	status = wire_walk_check(it, it->depth, WIRE_ANY_FD);
	if (status)
		return bad(it, v, status);
	return closed(it, v);
}

enum wire_event wire_leave_array(struct wire_iter *it, struct wire_value *v)
{
	*v = (struct wire_value){ 0 };
	if (it->over || !it->depth || it->level[it->depth - 1].type != 'a')
		return bad(it, v, WIRE_E_ARRAY_BOUNDS);
	if (it->end > it->have)
		return bad(it, v, WIRE_E_SHORT);
	it->pos = it->end;
	step_out(it);
	return closed(it, v);
}

enum wire_status wire_validate_body(struct wire_msg *m)
{
	struct wire_iter it;
	enum wire_status status;

	wire_iter_init(&it, m);
	status = it.status;
	if (!status)
		status = wire_walk_check(&it, 0, m->unix_fds);
	if (!status && it.pos != it.end)
		status = WIRE_E_BODY_LONG;
	if (status)
		m->bad_at = it.pos;
	return status;
}
