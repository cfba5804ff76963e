// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * "Type System", section "Valid Signatures".
 */
#include "wire/message.h"

/* What stands around the type that is being read, from outside inwards */
struct bracket {
	char kind;		/* '(' or '{'; 0 for the whole signature */
	uint8_t count;		/* complete types in it so far */
	uint8_t arrays;		/* array codes right before the bracket */
};

/*
 * Dict entries stand only in arrays, so no more than WIRE_DEPTH_MAX of them are
 * open at a time.
 */
struct signature {
	struct bracket open[2 * WIRE_DEPTH_MAX + 1];
	uint8_t depth;
	uint8_t structs;	/* open ones */
	uint8_t arrays;		/* open ones, all around */
	uint8_t pending;	/* of which right before this octet */
};

static bool is_basic(char c)
{
	switch (c) {
	case 'y':
	case 'b':
	case 'n':
	case 'q':
	case 'i':
	case 'u':
	case 'x':
	case 't':
	case 'd':
	case 's':
	case 'o':
	case 'g':
	case 'h':
		return true;
	default:
		return false;
	}
}

static enum wire_status open_bracket(struct signature *sig, char c)
{
	/* "Dict entries can only appear as array element types" */
	if (c == '{' && !sig->pending)
		return WIRE_E_SIGNATURE;
	if (c == '(' && ++sig->structs > WIRE_DEPTH_MAX)
		return WIRE_E_DEPTH;
	sig->open[++sig->depth] = (struct bracket){
		.kind = c,
		.arrays = sig->pending,
	};
	sig->pending = 0;
	return WIRE_OK;
}

static enum wire_status close_bracket(struct signature *sig, char c)
{
	struct bracket *b = &sig->open[sig->depth];

	if (b->kind != (c == ')' ? '(' : '{') || sig->pending)
		return WIRE_E_SIGNATURE;
	/* "Empty structures are not allowed"; a dict entry has key and value */
	if (c == ')' ? !b->count : b->count != 2)
		return WIRE_E_SIGNATURE;
	if (c == ')')
		sig->structs--;
	sig->pending = b->arrays;
	sig->depth--;
	return WIRE_OK;
}

enum wire_status wire_check_signature(const char *s, size_t len)
{
	struct signature sig;
	enum wire_status status;
	size_t i, array;

	if (len > WIRE_SIGNATURE_MAX)
		return WIRE_E_SIGNATURE;
	/* most are basic types, and arrays of them */
	for (i = 0; i < len; i += array + 1) {
		array = s[i] == 'a' && i + 1 < len;
		if (!is_basic(s[i + array]))
			break;
	}
	if (i == len)
		return WIRE_OK;

	sig.open[0] = (struct bracket){ 0 };
	sig.depth = sig.structs = sig.arrays = sig.pending = 0;
	for (; i < len; i++) {
		struct bracket *b = &sig.open[sig.depth];
		char c = s[i];

		/* "the first ... (the "key") must be a basic type" */
		if (b->kind == '{' && !b->count && !is_basic(c))
			return WIRE_E_SIGNATURE;
		switch (c) {
		case 'a':
			if (++sig.arrays > WIRE_DEPTH_MAX)
				return WIRE_E_DEPTH;
			sig.pending++;
			continue;
		case '(':
		case '{':
			status = open_bracket(&sig, c);
			if (status)
				return status;
			continue;
		case ')':
		case '}':
			status = close_bracket(&sig, c);
			if (status)
				return status;
			break;
		default:
			if (c != 'v' && !is_basic(c))
				return WIRE_E_SIGNATURE;
		}
		/* a complete type ends here, and the arrays of it */
		sig.arrays -= sig.pending;
		sig.pending = 0;
		sig.open[sig.depth].count++;
	}
	return sig.depth || sig.pending ? WIRE_E_SIGNATURE : WIRE_OK;
}

size_t wire_type_len(const char *sig)
{
	size_t i = 0, depth = 0;

	while (sig[i] == 'a')
		i++;
	do {
		if (sig[i] == '(' || sig[i] == '{')
			depth++;
		else if (sig[i] == ')' || sig[i] == '}')
			depth--;
		i++;
	} while (depth);
	return i;
}
