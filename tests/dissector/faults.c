// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * faults FILE - write a capture of messages that break the specification, one
 * rule each, and of some that look as if they did
 *
 * Each is written in both byte orders. Printed is, for each packet, its number,
 * what the test calls it, and what wire/ says of it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/bytes.h"
#include "wire/message.h"

#define LINKTYPE_DBUS 231

/* A message that is being written: the fixed part, fields, body */
struct draft {
	struct bytes b;
	struct bytes body;
	uint8_t type;
	uint8_t flags;
	uint8_t version;
	uint32_t serial;
	int32_t body_more;	/* added to the body length that the header says */
};

static void field_begin(struct draft *d, uint8_t code, const char *sig)
{
	bytes_align(&d->b, 8);
	bytes_u8(&d->b, code);
	bytes_signature(&d->b, sig, strlen(sig));
}

static void field_str(struct draft *d, uint8_t code, const char *sig,
		      const char *s)
{
	field_begin(d, code, sig);
	if (*sig == 'g')
		bytes_signature(&d->b, s, strlen(s));
	else
		bytes_string(&d->b, s, strlen(s));
}

static void field_u32(struct draft *d, uint8_t code, uint32_t v)
{
	field_begin(d, code, "u");
	bytes_number(&d->b, v, 4);
}

static void path(struct draft *d)
{
	field_str(d, WIRE_F_PATH, "o", "/org/foo");
}

static void member(struct draft *d)
{
	field_str(d, WIRE_F_MEMBER, "s", "Frob");
}

static void signature(struct draft *d, const char *sig)
{
	field_str(d, WIRE_F_SIGNATURE, "g", sig);
}

/* A good call with this signature, whose body comes then */
static void call(struct draft *d, const char *sig)
{
	path(d);
	field_str(d, WIRE_F_INTERFACE, "s", "org.foo.Bar");
	member(d);
	field_str(d, WIRE_F_DESTINATION, "s", "org.foo.Bar");
	field_str(d, WIRE_F_SENDER, "s", ":1.5");
	if (sig)
		signature(d, sig);
}

static void u32(struct draft *d, uint32_t v)
{
	bytes_number(&d->body, v, 4);
}

static void string(struct draft *d, const char *s)
{
	bytes_string(&d->body, s, strlen(s));
}

/* --- the messages --------------------------------------------------------- */

static void good(struct draft *d)
{
	call(d, "su");
	string(d, "hello");
	u32(d, 42);
}

static void boolean_2(struct draft *d)
{
	call(d, "bs");
	u32(d, 2);
	string(d, "behind");
}

static void boolean_256(struct draft *d)
{
	call(d, "bs");
	u32(d, 0x100);
	string(d, "behind");
}

static void body_goes_on(struct draft *d)
{
	call(d, "u");
	u32(d, 42);
	u32(d, 43);
}

static void no_signature(struct draft *d)
{
	call(d, NULL);
	u32(d, 42);
}

static void body_length_small(struct draft *d)
{
	call(d, "us");
	u32(d, 42);
	string(d, "hello");
	d->body_more = -4;
}

static void field_twice(struct draft *d)
{
	call(d, NULL);
	field_str(d, WIRE_F_MEMBER, "s", "Other");
}

static void unknown_flags(struct draft *d)
{
	d->flags = 0x88;
	good(d);
}

static void local_interface(struct draft *d)
{
	path(d);
	field_str(d, WIRE_F_INTERFACE, "s", "org.freedesktop.DBus.Local");
	member(d);
}

static void local_path(struct draft *d)
{
	field_str(d, WIRE_F_PATH, "o", "/org/freedesktop/DBus/Local");
	member(d);
}

/* 33 arrays, and nothing in them */
static void deep_signature(struct draft *d)
{
	char sig[40];

	memset(sig, 'a', 33);
	strcpy(sig + 33, "u");
	call(d, sig);
	u32(d, 0);
}

static void deepest_signature(struct draft *d)
{
	char sig[40];

	memset(sig, 'a', 32);
	strcpy(sig + 32, "u");
	call(d, sig);
	u32(d, 0);
}

static void longest_signature(struct draft *d)
{
	char sig[256];
	int i;

	memset(sig, 'y', 255);
	sig[255] = '\0';
	call(d, sig);
	for (i = 0; i < 255; i++)
		bytes_u8(&d->body, (uint8_t)i);
}

static void empty_body(struct draft *d)
{
	call(d, "su");
}

static void array_too_far(struct draft *d)
{
	call(d, "as");
	u32(d, 64);
	string(d, "one");
}

static void array_into_element(struct draft *d)
{
	call(d, "auu");
	u32(d, 6);
	u32(d, 1);
	u32(d, 2);
	u32(d, 3);
}

static void array_too_long(struct draft *d)
{
	call(d, "ay");
	u32(d, WIRE_ARRAY_MAX + 1);
	u32(d, 0);
}

static void variant_without_type(struct draft *d)
{
	call(d, "vu");
	bytes_signature(&d->body, "", 0);
	u32(d, 42);
}

static void variant_of_two(struct draft *d)
{
	call(d, "v");
	bytes_signature(&d->body, "uu", 2);
	u32(d, 42);
	u32(d, 43);
}

/* Each variant holds the next: 65 containers */
static void deep_variants(struct draft *d)
{
	int i;

	call(d, "v");
	for (i = 0; i < 64; i++)
		bytes_signature(&d->body, "v", 1);
	bytes_signature(&d->body, "y", 1);
	bytes_u8(&d->body, 1);
}

static void header_variant_empty(struct draft *d)
{
	path(d);
	member(d);
	field_begin(d, 42, "");
	field_str(d, WIRE_F_DESTINATION, "s", "org.foo.Bar");
}

static void fd_out_of_range(struct draft *d)
{
	call(d, "hs");
	field_u32(d, WIRE_F_UNIX_FDS, 2);
	u32(d, 2);
	string(d, "behind");
}

static void fd_without_count(struct draft *d)
{
	call(d, "h");
	u32(d, 0);
}

static void fd_good(struct draft *d)
{
	call(d, "ah");
	field_u32(d, WIRE_F_UNIX_FDS, 2);
	u32(d, 8);
	u32(d, 1);
	u32(d, 0);
}

static void bad_names(struct draft *d)
{
	path(d);
	field_str(d, WIRE_F_DESTINATION, "s", "org..foo");
	member(d);
	signature(d, "s");
	string(d, "still read");
}

static void bad_interface(struct draft *d)
{
	path(d);
	field_str(d, WIRE_F_INTERFACE, "s", "foo");
	member(d);
}

static void bad_member(struct draft *d)
{
	path(d);
	field_str(d, WIRE_F_MEMBER, "s", "Frob.ble");
}

static void bad_path(struct draft *d)
{
	field_str(d, WIRE_F_PATH, "o", "/org/");
	member(d);
}

static void bad_error_name(struct draft *d)
{
	d->type = WIRE_ERROR;
	field_str(d, WIRE_F_ERROR_NAME, "s", "Failed");
	field_u32(d, WIRE_F_REPLY_SERIAL, 7);
}

static void bad_signature(struct draft *d)
{
	call(d, "a");
}

static void reply_to_0(struct draft *d)
{
	d->type = WIRE_METHOD_RETURN;
	field_u32(d, WIRE_F_REPLY_SERIAL, 0);
}

static void missing_member(struct draft *d)
{
	path(d);
	field_str(d, WIRE_F_INTERFACE, "s", "org.foo.Bar");
}

static void missing_reply_serial(struct draft *d)
{
	d->type = WIRE_METHOD_RETURN;
	field_str(d, WIRE_F_SENDER, "s", ":1.5");
}

static void field_0(struct draft *d)
{
	field_str(d, WIRE_F_INVALID, "s", "what");
	call(d, NULL);
}

static void field_of_wrong_type(struct draft *d)
{
	path(d);
	field_str(d, WIRE_F_SENDER, "o", "/org/foo");
	member(d);
}

static void unknown_field(struct draft *d)
{
	field_str(d, 200, "s", "of a later version");
	good(d);
}

static void padding_in_header(struct draft *d)
{
	path(d);
	bytes_align(&d->b, 8);
	d->b.p[d->b.len - 1] = 'x';
	member(d);
}

static void padding_in_body(struct draft *d)
{
	call(d, "yus");
	u32(d, 0x01010101);
	u32(d, 42);
	string(d, "behind");
}

static void not_utf8(struct draft *d)
{
	call(d, "su");
	string(d, "\303\50 no");
	bytes_align(&d->body, 4);
	u32(d, 42);
}

static void nul_in_string(struct draft *d)
{
	call(d, "su");
	bytes_string(&d->body, "a\0b", 3);
	u32(d, 42);
}

static void string_without_nul(struct draft *d)
{
	call(d, "su");
	string(d, "abc");
	d->body.p[d->body.len - 1] = 'x';
	u32(d, 42);
}

static void path_in_body(struct draft *d)
{
	call(d, "ou");
	string(d, "no/path");
	u32(d, 42);
}

static void signature_in_body(struct draft *d)
{
	call(d, "gu");
	bytes_signature(&d->body, "(((", 3);
	u32(d, 42);
}

static void serial_0(struct draft *d)
{
	d->serial = 0;
	good(d);
}

static void version_2(struct draft *d)
{
	d->version = 2;
	good(d);
}

static void type_0(struct draft *d)
{
	d->type = 0;
	good(d);
}

static void type_9(struct draft *d)
{
	d->type = 9;
	good(d);
}

static void body_too_long(struct draft *d)
{
	good(d);
	d->body_more = WIRE_MESSAGE_MAX;
}

static const struct {
	const char *name;
	void (*write)(struct draft *d);
} all[] = {
	{ "good", good },
	{ "boolean-2", boolean_2 },
	{ "boolean-256", boolean_256 },
	{ "body-goes-on", body_goes_on },
	{ "no-signature", no_signature },
	{ "body-length-small", body_length_small },
	{ "field-twice", field_twice },
	{ "unknown-flags", unknown_flags },
	{ "local-interface", local_interface },
	{ "local-path", local_path },
	{ "deep-signature", deep_signature },
	{ "deepest-signature", deepest_signature },
	{ "longest-signature", longest_signature },
	{ "empty-body", empty_body },
	{ "array-too-far", array_too_far },
	{ "array-into-element", array_into_element },
	{ "array-too-long", array_too_long },
	{ "variant-without-type", variant_without_type },
	{ "variant-of-two", variant_of_two },
	{ "deep-variants", deep_variants },
	{ "header-variant-empty", header_variant_empty },
	{ "fd-out-of-range", fd_out_of_range },
	{ "fd-without-count", fd_without_count },
	{ "fd-good", fd_good },
	{ "bad-names", bad_names },
	{ "bad-interface", bad_interface },
	{ "bad-member", bad_member },
	{ "bad-path", bad_path },
	{ "bad-error-name", bad_error_name },
	{ "bad-signature", bad_signature },
	{ "reply-to-0", reply_to_0 },
	{ "missing-member", missing_member },
	{ "missing-reply-serial", missing_reply_serial },
	{ "field-0", field_0 },
	{ "field-of-wrong-type", field_of_wrong_type },
	{ "unknown-field", unknown_field },
	{ "padding-in-header", padding_in_header },
	{ "padding-in-body", padding_in_body },
	{ "not-utf8", not_utf8 },
	{ "nul-in-string", nul_in_string },
	{ "string-without-nul", string_without_nul },
	{ "path-in-body", path_in_body },
	{ "signature-in-body", signature_in_body },
	{ "serial-0", serial_0 },
	{ "version-2", version_2 },
	{ "type-0", type_0 },
	{ "type-9", type_9 },
	{ "body-too-long", body_too_long },
};

/* -------------------------------------------------------------------------- */

static void put(FILE *out, const void *p, size_t n)
{
	if (fwrite(p, n, 1, out) != 1)
		err(1, "write");
}

static void build(struct draft *d, void (*write)(struct draft *d), bool big)
{
	size_t fields_end;

	*d = (struct draft){ .type = WIRE_METHOD_CALL, .version = 1,
			     .serial = 7 };
	bytes_reset(&d->b, big);
	bytes_reset(&d->body, big);
	bytes_number(&d->b, 0, 8);
	bytes_number(&d->b, 0, 8);
	write(d);
	fields_end = d->b.len;
	bytes_align(&d->b, 8);
	d->b.p[0] = big ? 'B' : 'l';
	d->b.p[1] = d->type;
	d->b.p[2] = d->flags;
	d->b.p[3] = d->version;
	bytes_set_u32(&d->b, 4, (uint32_t)d->body.len + d->body_more);
	bytes_set_u32(&d->b, 8, d->serial);
	bytes_set_u32(&d->b, 12, (uint32_t)fields_end - WIRE_FIXED_LEN);
	if (d->body.len)
		bytes_add(&d->b, d->body.p, d->body.len);
}

static const char *verdict(const struct bytes *b)
{
	enum wire_status status;
	struct wire_msg m;

	status = wire_parse(&m, b->p, b->len);
	if (!status)
		status = wire_validate_body(&m);
	return wire_strerror(status);
}

int main(int argc, char **argv)
{
	uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144,
			     LINKTYPE_DBUS };
	struct draft d;
	unsigned int i;
	FILE *out;

	if (argc != 2)
		errx(2, "usage: faults FILE");
	out = fopen(argv[1], "w");
	if (!out)
		err(1, "%s", argv[1]);
	put(out, head, sizeof(head));
	for (i = 0; i < 2 * sizeof(all) / sizeof(*all); i++) {
		uint32_t packet[4] = { 1700000000 + i, 0 };

		build(&d, all[i / 2].write, i & 1);
		packet[2] = packet[3] = (uint32_t)d.b.len;
		put(out, packet, sizeof(packet));
		put(out, d.b.p, d.b.len);
		printf("%u %s: %s\n", i + 1, all[i / 2].name, verdict(&d.b));
		bytes_free(&d.b);
		bytes_free(&d.body);
	}
	if (fclose(out))
		err(1, "%s", argv[1]);
	return 0;
}
