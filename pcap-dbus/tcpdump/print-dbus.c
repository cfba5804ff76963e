/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */

/* \summary: D-Bus printer */

/*
 * Messages:
 * https://dbus.freedesktop.org/doc/dbus-specification.html
 *
 * LINKTYPE_DBUS packets are messages:
 *
 *	octet	byte order: 'l' or 'B'
 *	octet	message type
 *	octet	flags
 *	octet	protocol version
 *	uint32	length of the body
 *	uint32	serial number
 *	array of struct (octet, variant): header fields
 *	padding to a multiple of 8 octets
 *	body
 *
 * Every value is aligned to a multiple of its size, counted from the start of
 * the message; structs to a multiple of 8.
 */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "netdissect-stdinc.h"

#include <string.h>

#define ND_LONGJMP_FROM_TCHECK
#include "netdissect.h"
#include "extract.h"

#define DBUS_MAX_MESSAGE	134217728	/* 128 MiB */
#define DBUS_MAX_ARRAY		67108864	/* 64 MiB */
#define DBUS_MAX_DEPTH		64		/* of values in values */
#define DBUS_FIXED_HEADER	16		/* up to the header fields */

/* How much is shown of a value with -v; all is with -vv. */
#define DBUS_SHOW_OCTETS	128
#define DBUS_SHOW_ELEMENTS	16

#define DBUS_CALL		1
#define DBUS_RETURN		2
#define DBUS_ERROR		3
#define DBUS_SIGNAL		4
static const struct tok dbus_type[] = {
	{ DBUS_CALL,	"call" },
	{ DBUS_RETURN,	"return" },
	{ DBUS_ERROR,	"error" },
	{ DBUS_SIGNAL,	"signal" },
	{ 0, NULL }
};

static const struct tok dbus_flag[] = {
	{ 0x01, "no reply expected" },
	{ 0x02, "no auto start" },
	{ 0x04, "allow interactive authorization" },
	{ 0, NULL }
};

#define DBUS_FIELD_PATH		1
#define DBUS_FIELD_INTERFACE	2
#define DBUS_FIELD_MEMBER	3
#define DBUS_FIELD_ERROR_NAME	4
#define DBUS_FIELD_REPLY_SERIAL	5
#define DBUS_FIELD_DESTINATION	6
#define DBUS_FIELD_SENDER	7
#define DBUS_FIELD_SIGNATURE	8
#define DBUS_FIELD_UNIX_FDS	9
#define DBUS_FIELDS		10
static const struct tok dbus_field[] = {
	{ DBUS_FIELD_PATH,		"path" },
	{ DBUS_FIELD_INTERFACE,		"interface" },
	{ DBUS_FIELD_MEMBER,		"member" },
	{ DBUS_FIELD_ERROR_NAME,	"error name" },
	{ DBUS_FIELD_REPLY_SERIAL,	"reply serial" },
	{ DBUS_FIELD_DESTINATION,	"destination" },
	{ DBUS_FIELD_SENDER,		"sender" },
	{ DBUS_FIELD_SIGNATURE,		"signature" },
	{ DBUS_FIELD_UNIX_FDS,		"fds" },
	{ 0, NULL }
};

/* The type that the value of each must have. */
static const char dbus_field_type[DBUS_FIELDS] = {
	0, 'o', 's', 's', 's', 'u', 's', 's', 'g', 'u'
};

/* What became of reading something. */
enum dbus_status {
	DBUS_OK,
	DBUS_CUT,	/* it was not captured */
	DBUS_BAD	/* it breaks the specification */
};

/* A place in a message. */
struct dbus_cursor {
	const u_char *msg;	/* what alignment is counted from */
	u_int	off;		/* of what is next, from msg */
	u_int	end;		/* of what it is in, from msg */
	int	big_endian;
	int	quiet;		/* don't print what is read */
};

/* A string of a message, captured as a whole; not there if p is NULL. */
struct dbus_str {
	const u_char *p;
	u_int	len;
};

struct dbus_message {
	u_int	type;
	u_int	flags;
	u_int	version;
	u_int	length;		/* of all of it, or 0 if not known */
	u_int	body;		/* where it begins */
	uint32_t serial;
	struct dbus_str	str[DBUS_FIELDS];
	uint32_t num[DBUS_FIELDS];
	int	big_endian;
	enum dbus_status status;	/* of the header */
};

/*
 * Step over len octets, aligned, and say where they are.
 */
static enum dbus_status
dbus_take(netdissect_options *ndo, struct dbus_cursor *c, u_int align,
	  u_int len, const u_char **pp)
{
	u_int at = roundup2(c->off, align);

	if (at > c->end || len > c->end - at)
		return DBUS_BAD;
	if (!ND_TTEST_LEN(c->msg + at, len))
		return DBUS_CUT;
	*pp = c->msg + at;
	c->off = at + len;
	return DBUS_OK;
}

static enum dbus_status
dbus_take_u16(netdissect_options *ndo, struct dbus_cursor *c, uint16_t *v)
{
	enum dbus_status st;
	const u_char *p;

	st = dbus_take(ndo, c, 2, 2, &p);
	if (st == DBUS_OK)
		*v = c->big_endian ? GET_BE_U_2(p) : GET_LE_U_2(p);
	return st;
}

static enum dbus_status
dbus_take_u32(netdissect_options *ndo, struct dbus_cursor *c, uint32_t *v)
{
	enum dbus_status st;
	const u_char *p;

	st = dbus_take(ndo, c, 4, 4, &p);
	if (st == DBUS_OK)
		*v = c->big_endian ? GET_BE_U_4(p) : GET_LE_U_4(p);
	return st;
}

static enum dbus_status
dbus_take_u64(netdissect_options *ndo, struct dbus_cursor *c, uint64_t *v)
{
	enum dbus_status st;
	const u_char *p;

	st = dbus_take(ndo, c, 8, 8, &p);
	if (st == DBUS_OK)
		*v = c->big_endian ? GET_BE_U_8(p) : GET_LE_U_8(p);
	return st;
}

/*
 * A string, an object path or, with a length of one octet, a signature. If it's
 * cut, s is what there is of it.
 */
static enum dbus_status
dbus_take_str(netdissect_options *ndo, struct dbus_cursor *c, u_int type,
	      struct dbus_str *s)
{
	enum dbus_status st;
	const u_char *p;
	uint32_t len;

	s->p = NULL;
	s->len = 0;
	if (type == 'g') {
		st = dbus_take(ndo, c, 1, 1, &p);
		if (st == DBUS_OK)
			len = GET_U_1(p);
	} else
		st = dbus_take_u32(ndo, c, &len);
	if (st != DBUS_OK)
		return st;
	/* There's a NUL behind it that isn't counted. */
	if (len >= c->end - c->off)
		return DBUS_BAD;
	s->p = c->msg + c->off;
	s->len = len;
	st = dbus_take(ndo, c, 1, len + 1, &p);
	if (st == DBUS_CUT)
		s->len = ND_MIN(len, ND_BYTES_AVAILABLE_AFTER(s->p));
	else if (st == DBUS_OK && GET_U_1(p + len) != '\0')
		return DBUS_BAD;
	return st;
}

/*
 * Print octets as text, no more than show of them, or all if that is 0.
 */
static void
dbus_text_print(netdissect_options *ndo, const u_char *p, u_int len, u_int show)
{
	u_int n = show != 0 ? ND_MIN(len, show) : len;
	u_int i;

	for (i = 0; i < n; i++)
		fn_print_char(ndo, GET_U_1(p + i));
	if (n < len)
		ND_PRINT("...");
}

static void
dbus_str_print(netdissect_options *ndo, const struct dbus_str *s)
{
	dbus_text_print(ndo, s->p, s->len, DBUS_SHOW_OCTETS * 2);
}

/* How much is to be shown of a value; 0 is all of it. */
static u_int
dbus_show(netdissect_options *ndo, u_int n)
{
	return ndo->ndo_vflag > 1 ? 0 : n;
}

static u_int
dbus_alignment(u_int type)
{
	switch (type) {

	case 'n':
	case 'q':
		return 2;

	case 'b':
	case 'i':
	case 'u':
	case 'h':
	case 's':
	case 'o':
	case 'a':
		return 4;

	case 'x':
	case 't':
	case 'd':
	case '(':
	case '{':
		return 8;

	default:	/* octet, signature, variant */
		return 1;
	}
}

static int
dbus_is_basic(u_int type)
{
	return type != '\0' && strchr("ybnqiuxtdhsog", (int)type) != NULL;
}

/*
 * Find the end of the first complete type of a signature that was captured.
 * Returns NULL if it has none.
 */
static const u_char *
dbus_type_end(netdissect_options *ndo, const u_char *sig, const u_char *end,
	      u_int depth)
{
	u_int type;

	if (sig == end || depth > DBUS_MAX_DEPTH)
		return NULL;
	type = GET_U_1(sig);
	sig++;
	if (dbus_is_basic(type) || type == 'v')
		return sig;
	if (type == 'a') {
		if (sig == end || GET_U_1(sig) != '{')
			return dbus_type_end(ndo, sig, end, depth + 1);
		/* Dictionary entries are found in arrays only. */
		sig++;
		if (sig == end || !dbus_is_basic(GET_U_1(sig)))
			return NULL;
		sig = dbus_type_end(ndo, sig + 1, end, depth + 2);
		if (sig == NULL || sig == end || GET_U_1(sig) != '}')
			return NULL;
		return sig + 1;
	}
	if (type != '(' || sig == end || GET_U_1(sig) == ')')
		return NULL;
	while (sig != end && GET_U_1(sig) != ')') {
		sig = dbus_type_end(ndo, sig, end, depth + 1);
		if (sig == NULL)
			return NULL;
	}
	return sig != end ? sig + 1 : NULL;
}

static enum dbus_status dbus_value_print(netdissect_options *,
    struct dbus_cursor *, const u_char *, const u_char *, u_int);

static enum dbus_status
dbus_number_print(netdissect_options *ndo, struct dbus_cursor *c, u_int type)
{
	enum dbus_status st;
	const u_char *p;
	uint16_t u16 = 0;
	uint32_t u32 = 0;
	uint64_t u64 = 0;
	double d;

	switch (dbus_alignment(type)) {

	case 1:
		st = dbus_take(ndo, c, 1, 1, &p);
		if (st == DBUS_OK)
			u32 = GET_U_1(p);
		break;

	case 2:
		st = dbus_take_u16(ndo, c, &u16);
		u32 = u16;
		break;

	case 4:
		st = dbus_take_u32(ndo, c, &u32);
		break;

	default:
		st = dbus_take_u64(ndo, c, &u64);
		break;
	}
	if (st != DBUS_OK)
		return st;
	if (type == 'b' && u32 > 1)
		return DBUS_BAD;
	if (c->quiet)
		return DBUS_OK;

	switch (type) {

	case 'b':
		ND_PRINT("%s", u32 ? "true" : "false");
		break;

	case 'n':
		ND_PRINT("%d", (int16_t)u16);
		break;

	case 'i':
		ND_PRINT("%d", (int32_t)u32);
		break;

	case 'x':
		ND_PRINT("%" PRId64, (int64_t)u64);
		break;

	case 't':
		ND_PRINT("%" PRIu64, u64);
		break;

	case 'd':
		memcpy(&d, &u64, sizeof(d));
		ND_PRINT("%.15g", d);
		break;

	case 'h':
		ND_PRINT("fd %u", u32);
		break;

	default:	/* 'y', 'q', 'u' */
		ND_PRINT("%u", u32);
		break;
	}
	return DBUS_OK;
}

static enum dbus_status
dbus_string_print(netdissect_options *ndo, struct dbus_cursor *c, u_int type)
{
	enum dbus_status st;
	struct dbus_str s;

	st = dbus_take_str(ndo, c, type, &s);
	if (s.p != NULL && st != DBUS_BAD && !c->quiet) {
		ND_PRINT("\"");
		dbus_text_print(ndo, s.p, s.len,
		    dbus_show(ndo, DBUS_SHOW_OCTETS));
		if (st == DBUS_OK)
			ND_PRINT("\"");
	}
	return st;
}

static enum dbus_status
dbus_variant_print(netdissect_options *ndo, struct dbus_cursor *c, u_int depth)
{
	enum dbus_status st;
	struct dbus_str sig;

	st = dbus_take_str(ndo, c, 'g', &sig);
	if (st != DBUS_OK)
		return st;
	/* It has one complete type and no more. */
	if (dbus_type_end(ndo, sig.p, sig.p + sig.len, depth) !=
	    sig.p + sig.len)
		return DBUS_BAD;
	if (!c->quiet) {
		ND_PRINT("<");
		dbus_text_print(ndo, sig.p, sig.len, 0);
		ND_PRINT(" ");
	}
	st = dbus_value_print(ndo, c, sig.p, sig.p + sig.len, depth + 1);
	if (st == DBUS_OK && !c->quiet)
		ND_PRINT(">");
	return st;
}

/*
 * An array of octets is printed as text if it looks like that; often it is a
 * file name, with a NUL.
 */
static void
dbus_octets_print(netdissect_options *ndo, const u_char *p, u_int len)
{
	u_int n = dbus_show(ndo, DBUS_SHOW_OCTETS);
	u_int i, text = len;

	if (n == 0 || n > len)
		n = len;
	if (text > 0 && GET_U_1(p + text - 1) == '\0')
		text--;
	for (i = 0; i < text; i++)
		if (GET_U_1(p + i) < ' ' || GET_U_1(p + i) > '~')
			break;
	if (i == text && text > 0) {
		ND_PRINT("\"");
		dbus_text_print(ndo, p, text, n);
		ND_PRINT("\"");
		return;
	}
	ND_PRINT("[");
	for (i = 0; i < n; i++)
		ND_PRINT("%s%02x", i > 0 ? " " : "", GET_U_1(p + i));
	ND_PRINT("%s]", n < len ? " ..." : "");
}

/*
 * The elements between c->off and c->end; the type of them is at sig.
 */
static enum dbus_status
dbus_elements_print(netdissect_options *ndo, struct dbus_cursor *c,
		    const u_char *sig, const u_char *sig_end, u_int depth)
{
	u_int show = dbus_show(ndo, DBUS_SHOW_ELEMENTS);
	enum dbus_status st;
	u_int n;

	for (n = 0; c->off < c->end; n++) {
		if (n > 0)
			ND_PRINT(", ");
		if (n == show && show != 0) {
			ND_PRINT("...");
			break;
		}
		st = dbus_value_print(ndo, c, sig, sig_end, depth);
		if (st != DBUS_OK)
			return st;
	}
	return DBUS_OK;
}

static enum dbus_status
dbus_array_print(netdissect_options *ndo, struct dbus_cursor *c,
		 const u_char *sig, const u_char *sig_end, u_int depth)
{
	u_int type = GET_U_1(sig);
	u_int end = c->end;
	enum dbus_status st;
	const u_char *p;
	uint32_t len;
	u_int at;

	st = dbus_take_u32(ndo, c, &len);
	if (st != DBUS_OK)
		return st;
	/* Padding before the first element isn't part of the length. */
	at = roundup2(c->off, dbus_alignment(type));
	if (len > DBUS_MAX_ARRAY || at > end || len > end - at)
		return DBUS_BAD;
	c->off = at;
	if (!c->quiet && type == 'y') {
		p = c->msg + at;
		if (!ND_TTEST_LEN(p, len)) {
			if (ND_TTEST_LEN(p, 0))
				dbus_octets_print(ndo, p,
				    ND_BYTES_AVAILABLE_AFTER(p));
			return DBUS_CUT;
		}
		dbus_octets_print(ndo, p, len);
	} else if (!c->quiet) {
		ND_PRINT("[");
		c->end = at + len;
		st = dbus_elements_print(ndo, c, sig, sig_end, depth);
		c->end = end;
		if (st != DBUS_OK)
			return st;
		ND_PRINT("]");
	}
	c->off = at + len;
	return DBUS_OK;
}

/*
 * The fields of a struct or a dictionary entry, whose types are from sig to
 * sig_end.
 */
static enum dbus_status
dbus_struct_print(netdissect_options *ndo, struct dbus_cursor *c,
		  const u_char *sig, const u_char *sig_end, const char *between,
		  u_int depth)
{
	const u_char *next, *p;
	enum dbus_status st;

	st = dbus_take(ndo, c, 8, 0, &p);
	while (st == DBUS_OK && sig < sig_end) {
		next = dbus_type_end(ndo, sig, sig_end, depth);
		if (next == NULL)
			return DBUS_BAD;
		st = dbus_value_print(ndo, c, sig, next, depth);
		sig = next;
		if (st == DBUS_OK && sig < sig_end && !c->quiet)
			ND_PRINT("%s", between);
	}
	return st;
}

/*
 * A value of the complete type from sig to sig_end.
 */
static enum dbus_status
dbus_value_print(netdissect_options *ndo, struct dbus_cursor *c,
		 const u_char *sig, const u_char *sig_end, u_int depth)
{
	u_int type = GET_U_1(sig);
	enum dbus_status st;

	if (depth > DBUS_MAX_DEPTH)
		return DBUS_BAD;
	switch (type) {

	case 's':
	case 'o':
	case 'g':
		return dbus_string_print(ndo, c, type);

	case 'v':
		return dbus_variant_print(ndo, c, depth);

	case 'a':
		return dbus_array_print(ndo, c, sig + 1, sig_end, depth + 1);

	case '{':
		return dbus_struct_print(ndo, c, sig + 1, sig_end - 1, ": ",
		    depth + 1);

	case '(':
		if (!c->quiet)
			ND_PRINT("(");
		st = dbus_struct_print(ndo, c, sig + 1, sig_end - 1, ", ",
		    depth + 1);
		if (st == DBUS_OK && !c->quiet)
			ND_PRINT(")");
		return st;

	default:
		return dbus_number_print(ndo, c, type);
	}
}

/*
 * One header field. With -vv, all of them are printed when the line is done;
 * then c isn't quiet.
 */
static enum dbus_status
dbus_field_read(netdissect_options *ndo, struct dbus_cursor *c,
		struct dbus_message *m)
{
	enum dbus_status st;
	struct dbus_str sig;
	const u_char *p;
	u_int code, type;

	st = dbus_take(ndo, c, 8, 1, &p);
	if (st != DBUS_OK)
		return st;
	code = GET_U_1(p);
	if (!c->quiet) {
		ND_PRINT("\n\t%s ", tok2str(dbus_field, "field %u", code));
		return dbus_variant_print(ndo, c, 1);
	}
	if (code == 0)
		return DBUS_BAD;
	if (code >= DBUS_FIELDS)
		return dbus_variant_print(ndo, c, 1);
	type = (u_int)dbus_field_type[code];
	st = dbus_take_str(ndo, c, 'g', &sig);
	if (st != DBUS_OK)
		return st;
	if (sig.len != 1 || GET_U_1(sig.p) != type)
		return DBUS_BAD;
	if (type == 'u')
		return dbus_take_u32(ndo, c, &m->num[code]);
	st = dbus_take_str(ndo, c, type, &m->str[code]);
	if (st == DBUS_BAD)
		m->str[code].p = NULL;
	return st;
}

/*
 * The array of header fields begins behind the fixed header and its own length.
 */
static enum dbus_status
dbus_fields_read(netdissect_options *ndo, struct dbus_message *m,
		 struct dbus_cursor *c)
{
	enum dbus_status st = DBUS_OK;

	c->off = DBUS_FIXED_HEADER;
	while (st == DBUS_OK && c->off < c->end)
		st = dbus_field_read(ndo, c, m);
	return st;
}

/*
 * Read the header of the message, of which len octets were on the wire. c is
 * left there with its end at the end of the header fields.
 */
static void
dbus_header_read(netdissect_options *ndo, const u_char *msg, u_int len,
		 struct dbus_message *m, struct dbus_cursor *c)
{
	uint32_t fields_len = 0, body_len = 0;
	enum dbus_status st;
	const u_char *p;

	memset(m, 0, sizeof(*m));
	memset(c, 0, sizeof(*c));
	c->msg = msg;
	c->end = len;
	c->quiet = 1;
	m->status = dbus_take(ndo, c, 1, 4, &p);
	if (m->status != DBUS_OK)
		return;
	m->type = GET_U_1(p + 1);
	m->flags = GET_U_1(p + 2);
	m->version = GET_U_1(p + 3);
	m->big_endian = c->big_endian = GET_U_1(p) == 'B';
	m->status = DBUS_BAD;
	if (!m->big_endian && GET_U_1(p) != 'l') {
		m->type = 0;	/* whatever it is, it's no message */
		return;
	}
	st = dbus_take_u32(ndo, c, &body_len);
	if (st == DBUS_OK)
		st = dbus_take_u32(ndo, c, &m->serial);
	if (st == DBUS_OK)
		st = dbus_take_u32(ndo, c, &fields_len);
	m->status = st;
	if (st != DBUS_OK)
		return;
	m->status = DBUS_BAD;
	if (m->type == 0 || m->version != 1 || m->serial == 0)
		return;
	if (fields_len > DBUS_MAX_ARRAY || body_len > DBUS_MAX_MESSAGE)
		return;
	m->body = roundup2(DBUS_FIXED_HEADER + fields_len, 8);
	m->length = m->body + body_len;
	if (m->length > DBUS_MAX_MESSAGE || m->length > len)
		return;
	c->end = DBUS_FIXED_HEADER + fields_len;
	m->status = dbus_fields_read(ndo, m, c);
}

/*
 * Who sends to whom: in a connection without a bus, there's nothing to tell.
 */
static void
dbus_peers_print(netdissect_options *ndo, const struct dbus_message *m)
{
	const struct dbus_str *from = &m->str[DBUS_FIELD_SENDER];
	const struct dbus_str *to = &m->str[DBUS_FIELD_DESTINATION];

	if (from->p == NULL && to->p == NULL)
		return;
	ND_PRINT(" ");
	if (from->p != NULL)
		dbus_str_print(ndo, from);
	else
		ND_PRINT("?");
	ND_PRINT(" > ");
	if (to->p != NULL)
		dbus_str_print(ndo, to);
	else
		ND_PRINT("*");
}

/*
 * What it's about: the object, the method or signal or error, and the types of
 * its arguments.
 */
static void
dbus_subject_print(netdissect_options *ndo, const struct dbus_message *m)
{
	const struct dbus_str *path = &m->str[DBUS_FIELD_PATH];
	const struct dbus_str *interface = &m->str[DBUS_FIELD_INTERFACE];
	const struct dbus_str *member = &m->str[DBUS_FIELD_MEMBER];
	const struct dbus_str *error = &m->str[DBUS_FIELD_ERROR_NAME];
	const struct dbus_str *sig = &m->str[DBUS_FIELD_SIGNATURE];

	if (path->p != NULL) {
		ND_PRINT(" ");
		dbus_str_print(ndo, path);
	}
	if (interface->p != NULL || member->p != NULL || error->p != NULL)
		ND_PRINT(" ");
	if (interface->p != NULL) {
		dbus_str_print(ndo, interface);
		if (member->p != NULL)
			ND_PRINT(".");
	}
	if (member->p != NULL)
		dbus_str_print(ndo, member);
	if (error->p != NULL)
		dbus_str_print(ndo, error);
	if (ndo->ndo_qflag || m->status != DBUS_OK)
		return;
	if (sig->len > 0) {
		ND_PRINT("%s(", member->p != NULL || error->p != NULL ? "" : " ");
		dbus_str_print(ndo, sig);
		ND_PRINT(")");
	} else if (member->p != NULL)
		ND_PRINT("()");
}

/*
 * The body, with a line for each argument if all is asked for.
 */
static enum dbus_status
dbus_body_print(netdissect_options *ndo, const struct dbus_message *m,
		struct dbus_cursor *c)
{
	const struct dbus_str *sig = &m->str[DBUS_FIELD_SIGNATURE];
	const u_char *type = sig->p, *next, *end;
	enum dbus_status st = DBUS_OK;

	c->off = m->body;
	c->end = m->length;
	c->quiet = 0;
	end = type != NULL ? type + sig->len : NULL;
	for (; type != end && st == DBUS_OK; type = next) {
		next = dbus_type_end(ndo, type, end, 0);
		if (next == NULL)
			return DBUS_BAD;
		if (ndo->ndo_vflag > 1) {
			ND_PRINT("\n\t");
			dbus_text_print(ndo, type, (u_int)(next - type), 0);
			ND_PRINT(" ");
		} else
			ND_PRINT("%s", type == sig->p ? "\n\t" : ", ");
		st = dbus_value_print(ndo, c, type, next, 0);
	}
	if (st == DBUS_OK && c->off != c->end)
		st = DBUS_BAD;
	return st;
}

static void
dbus_status_print(netdissect_options *ndo, enum dbus_status st)
{
	if (st == DBUS_BAD)
		nd_print_invalid(ndo);
	else if (st == DBUS_CUT)
		nd_print_trunc(ndo);
}

/*
 * Print the message's own line.
 */
static void
dbus_line_print(netdissect_options *ndo, const struct dbus_message *m,
		u_int len)
{
	dbus_peers_print(ndo, m);
	if (m->type == 0) {
		ND_PRINT(", length %u", len);
		dbus_status_print(ndo, m->status);
		return;
	}
	ND_PRINT(": %s", tok2str(dbus_type, "type %u", m->type));
	dbus_subject_print(ndo, m);
	if (!ndo->ndo_qflag) {
		if (m->num[DBUS_FIELD_REPLY_SERIAL] != 0)
			ND_PRINT(", reply to %u",
			    m->num[DBUS_FIELD_REPLY_SERIAL]);
		if (m->serial != 0)
			ND_PRINT(", serial %u", m->serial);
		if (m->num[DBUS_FIELD_UNIX_FDS] != 0)
			ND_PRINT(", fds %u", m->num[DBUS_FIELD_UNIX_FDS]);
	}
	ND_PRINT(", length %u", len);
	/* One message is one packet. */
	if (m->length != 0 && m->length < len)
		ND_PRINT(" [message length %u]", m->length);
	dbus_status_print(ndo, m->status);
}

/*
 * Print the message of which there were len octets on the wire, after what was
 * printed on the line.
 */
void
dbus_print(netdissect_options *ndo, const u_char *msg, u_int len)
{
	struct dbus_message m;
	struct dbus_cursor c;

	ndo->ndo_protocol = "dbus";
	dbus_header_read(ndo, msg, len, &m, &c);
	dbus_line_print(ndo, &m, len);
	if (ndo->ndo_vflag == 0 || m.status != DBUS_OK)
		return;
	ND_PRINT("\n\t%s-endian, flags [%s], body length %u",
	    m.big_endian ? "big" : "little",
	    bittok2str(dbus_flag, m.flags != 0 ? "0x%02x" : "none", m.flags),
	    m.length - m.body);
	if (ndo->ndo_vflag > 1) {
		c.quiet = 0;
		(void)dbus_fields_read(ndo, &m, &c);
	}
	dbus_status_print(ndo, dbus_body_print(ndo, &m, &c));
}

void
dbus_if_print(netdissect_options *ndo, const struct pcap_pkthdr *h,
	      const u_char *p)
{
	ndo->ndo_protocol = "dbus";
	ND_PRINT("DBus");
	dbus_print(ndo, p, h->len);
}
