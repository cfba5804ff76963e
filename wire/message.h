/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * D-Bus messages as they stand on the wire: framing, the header, validation,
 * and the octets of SENDER. Section numbers are those of the D-Bus
 * Specification, "Message Protocol".
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "wire/port.h"

#define WIRE_FIXED_LEN		16		/* enough to know the length */
#define WIRE_MESSAGE_MAX	(1u << 27)	/* octets, header and body */
#define WIRE_ARRAY_MAX		(1u << 26)	/* octets of an array's content */
#define WIRE_SIGNATURE_MAX	255
#define WIRE_NAME_MAX		255
#define WIRE_DEPTH_MAX		32		/* arrays; and structs likewise */
#define WIRE_DEPTH_TOTAL	64
#define WIRE_SENDER_ROOM	280		/* most that SENDER adds */

enum wire_type {
	WIRE_METHOD_CALL = 1,
	WIRE_METHOD_RETURN = 2,
	WIRE_ERROR = 3,
	WIRE_SIGNAL = 4,
};

enum wire_flag {
	WIRE_NO_REPLY_EXPECTED = 1,
	WIRE_NO_AUTO_START = 2,
	WIRE_ALLOW_INTERACTIVE_AUTHORIZATION = 4,
};

enum wire_field {
	WIRE_F_INVALID = 0,
	WIRE_F_PATH = 1,
	WIRE_F_INTERFACE = 2,
	WIRE_F_MEMBER = 3,
	WIRE_F_ERROR_NAME = 4,
	WIRE_F_REPLY_SERIAL = 5,
	WIRE_F_DESTINATION = 6,
	WIRE_F_SENDER = 7,
	WIRE_F_SIGNATURE = 8,
	WIRE_F_UNIX_FDS = 9,
	WIRE_F_CONTAINER_INSTANCE = 10,	/* of dbus 1.13, never specified */
	WIRE_F_COUNT,
};

/* Among the bits of fields that are there: one that is not known. No field is 0. */
#define WIRE_F_UNKNOWN	(1 << WIRE_F_INVALID)

/**
 * struct wire_str - a string inside somebody else's buffer
 * @s: first octet; NULL if there is no such string. Inside a valid message a
 *	NUL stands behind the last octet
 * @len: octets, without a NUL
 */
struct wire_str {
	const char *s;
	uint32_t len;
};

/**
 * enum wire_status - what is wrong with a message, 0 if nothing
 *
 * WIRE_E_SHORT is no fault of the message: the buffer ends before it does.
 */
enum wire_status {
	WIRE_OK = 0,
	WIRE_E_SHORT,		/* buffer ends inside the message */
	WIRE_E_ENDIAN,		/* first octet neither 'l' nor 'B' */
	WIRE_E_TYPE,		/* type 0 */
	WIRE_E_VERSION,		/* protocol version not 1 */
	WIRE_E_SERIAL,		/* serial, or REPLY_SERIAL, is 0 */
	WIRE_E_LENGTH,		/* message longer than WIRE_MESSAGE_MAX */
	WIRE_E_ARRAY_LENGTH,	/* array longer than WIRE_ARRAY_MAX */
	WIRE_E_ARRAY_BOUNDS,	/* array's end inside one of its elements */
	WIRE_E_PADDING,		/* padding octet not 0 */
	WIRE_E_FIELD_CODE,	/* header field code 0 */
	WIRE_E_FIELD_TYPE,	/* header field with the wrong signature */
	WIRE_E_FIELD_TWICE,	/* header field given twice */
	WIRE_E_FIELD_MISSING,	/* header field that the type requires */
	WIRE_E_PATH,		/* not an object path */
	WIRE_E_INTERFACE,	/* not an interface name */
	WIRE_E_MEMBER,		/* not a member name */
	WIRE_E_ERROR_NAME,	/* not an error name */
	WIRE_E_BUS_NAME,	/* not a bus name */
	WIRE_E_LOCAL,		/* path or interface begins as a reserved one */
	WIRE_E_SIGNATURE,	/* not a valid signature */
	WIRE_E_DEPTH,		/* nested too deeply */
	WIRE_E_VARIANT,		/* variant's signature not one complete type */
	WIRE_E_BOOLEAN,		/* neither 0 nor 1 */
	WIRE_E_UTF8,		/* string not valid UTF-8, or with a NUL in it */
	WIRE_E_STRING,		/* string not ended by a NUL */
	WIRE_E_BODY_SHORT,	/* body ends before its signature does */
	WIRE_E_BODY_LONG,	/* body goes on behind its signature's end */
	WIRE_E_FD_INDEX,	/* UNIX_FD index not below UNIX_FDS */
	WIRE_E_NO_ROOM,		/* builder: buffer too small */
	WIRE_STATUS_COUNT,
};

/**
 * wire_strerror() - a status in words
 * @status: what a function of wire/ returned
 * Return: a static string, lower case, no full stop, never NULL
 */
const char *wire_strerror(enum wire_status status);

/**
 * struct wire_msg - a message and its header, taken apart
 * @data: first octet of the message, in the caller's buffer
 * @have: octets of it in the buffer; less than @len if it was cut
 * @len: octets of the whole message
 * @body: offset of the body from @data: a multiple of 8
 * @body_len: octets of the body, as the header says
 * @fields_len: octets of the header field array, without its padding
 * @serial: serial
 * @big: true if big-endian ('B')
 * @type: enum wire_type, or a greater one of a later specification
 * @flags: enum wire_flag bits
 * @present: bit N is set if field number N was there, WIRE_F_UNKNOWN if one was
 *	that no specification knows
 * @path: and so on: value of the field; .s is NULL if it wasn't there
 * @reply_serial: 0 if it wasn't there
 * @unix_fds: 0 if it wasn't there
 * @container_instance: likewise a path; nobody sets it, but libdbus from 1.13
 *	on takes it only as such, and a bus must hand on nothing that its
 *	clients refuse
 * @bad_at: where the parser stopped, octets from @data, when it failed
 */
struct wire_msg {
	const uint8_t *data;
	uint32_t have;
	uint32_t len;
	uint32_t body;
	uint32_t body_len;
	uint32_t fields_len;
	uint32_t serial;
	bool big;
	uint8_t type;
	uint8_t flags;
	uint16_t present;
	struct wire_str path;
	struct wire_str interface;
	struct wire_str member;
	struct wire_str error_name;
	struct wire_str destination;
	struct wire_str sender;
	struct wire_str signature;
	uint32_t reply_serial;
	uint32_t unix_fds;
	struct wire_str container_instance;
	uint32_t bad_at;
};

/**
 * wire_frame() - how long is the message that starts here?
 * @p: first octets of the message
 * @n: how many there are
 * @len: octets of the whole message; 0 if fewer than WIRE_FIXED_LEN are there
 * Return: WIRE_OK, or why no valid message starts so (as early as it is seen)
 */
enum wire_status wire_frame(const void *p, size_t n, uint32_t *len);

/**
 * wire_parse() - take the header apart and validate it
 * @m: filled in, as far as the parser came, even when it fails
 * @p: the message; must stay as long as @m is used
 * @n: octets in the buffer; may be less or more than the message has
 * Return: WIRE_OK; WIRE_E_SHORT if the buffer ends inside the message, with all
 *	fields that are wholly there filled in and valid; or what is wrong
 *
 * WIRE_E_SHORT with @m->body != 0 and @n >= @m->body means that the header is
 * whole and only the body is cut.
 */
enum wire_status wire_parse(struct wire_msg *m, const void *p, size_t n);

/**
 * wire_skim() - take the header apart of a message that somebody else has judged
 * @m: filled in as by wire_parse()
 * @p: the message; must stay as long as @m is used
 * @n: octets in the buffer
 * Return: as wire_parse(); but strings are taken for what they are said to be, so
 *	that a name or a path in @m may be none
 */
enum wire_status wire_skim(struct wire_msg *m, const void *p, size_t n);

/**
 * wire_validate_body() - validate the body by its signature
 * @m: a message whose wire_parse() returned WIRE_OK
 * Return: WIRE_OK, or what is wrong, with @m->bad_at set
 *
 * Some hundred MB/s where values are small and many, so up to half a second for
 * the longest message; arrays of numbers cost nothing. 'h' values must be below
 * @m->unix_fds.
 */
enum wire_status wire_validate_body(struct wire_msg *m);

/**
 * wire_set_sender() - replace or add the SENDER field, in place
 * @m: a parsed, valid message; is parsed anew, since its header moves
 * @room: octets that may be written before @m->data
 *	(WIRE_SENDER_ROOM always suffices)
 * @name: the sender's unique name, not checked; not inside the message
 * @len: octets of it, at most WIRE_NAME_MAX
 * Return: WIRE_OK with @m->data moved to the new start; the body stays where it
 *	is. WIRE_E_NO_ROOM if @room is too small, WIRE_E_LENGTH if the message
 *	would become too long; then nothing is changed
 *
 * The field is written in the message's own byte order, as the last of the
 * array; the others keep their order and their octets.
 */
enum wire_status wire_set_sender(struct wire_msg *m, size_t room,
				 const char *name, size_t len);

/**
 * wire_set_sender_behind() - the same, where there is room behind the message
 * @m: as for wire_set_sender(), and whole
 * @room: octets that may be written behind it
 * @name: as for wire_set_sender()
 * @len: likewise
 * Return: as wire_set_sender(); if more room is needed, it is the body that has
 *	moved
 */
enum wire_status wire_set_sender_behind(struct wire_msg *m, size_t room,
					const char *name, size_t len);

/* --- names: each true if the string is valid by "Valid Names" ------------- */
bool wire_is_path(const char *s, size_t len);
bool wire_is_interface(const char *s, size_t len);	/* error names too */
bool wire_is_member(const char *s, size_t len);
bool wire_is_bus_name(const char *s, size_t len);	/* unique or well-known */
bool wire_is_unique_name(const char *s, size_t len);
bool wire_is_utf8(const char *s, size_t len);		/* and without a NUL */
/*
 * Any number of complete types, within the limits. Of nested arrays all count,
 * also those with structs in between, as the specification has it; libdbus
 * counts only those in a row.
 */
enum wire_status wire_check_signature(const char *s, size_t len);
/* octets of the first complete type of a valid signature */
size_t wire_type_len(const char *sig);

/* Is @a the string literal or C string @b? False if @a is absent. */
static inline bool wire_str_is(struct wire_str a, const char *b)
{
	size_t n = strlen(b);

	return a.s && a.len == n && !memcmp(a.s, b, n);
}

static inline bool wire_str_eq(struct wire_str a, struct wire_str b)
{
	return a.s && b.s && a.len == b.len && !memcmp(a.s, b.s, a.len);
}

#endif /* WIRE_MESSAGE_H */
