// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libdbus-read - what libdbus makes of the messages in a capture
 *
 * usage: libdbus-read FILE
 *
 * FILE is pcap of link type DBUS in this machine's byte order. Writes for each
 * message one line of JSON with the keys that dbusdump --json gives them, its
 * arguments in the same form; to be compared with jq. Messages that came with file
 * descriptors are left out: libdbus takes them only with these.
 */
#include <dbus/dbus.h>
#include <err.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void put_double(double d)
{
	if (isnan(d))
		printf("\"NaN\"");
	else if (isinf(d))
		printf(d < 0 ? "\"-Infinity\"" : "\"Infinity\"");
	else
		printf("%.17g", d);
}

static void put_basic(DBusMessageIter *it, int type)
{
	DBusBasicValue v;
	int fd;

	if (type == DBUS_TYPE_UNIX_FD) {
		/* libdbus gives only duplicates of descriptors it has */
		dbus_message_iter_get_basic(it, &fd);
		printf("null");
		return;
	}
	dbus_message_iter_get_basic(it, &v);
	switch (type) {
	case DBUS_TYPE_BYTE:
		printf("%u", v.byt);
		break;
	case DBUS_TYPE_BOOLEAN:
		printf(v.bool_val ? "true" : "false");
		break;
	case DBUS_TYPE_INT16:
		printf("%d", v.i16);
		break;
	case DBUS_TYPE_UINT16:
		printf("%u", v.u16);
		break;
	case DBUS_TYPE_INT32:
		printf("%" PRId32, v.i32);
		break;
	case DBUS_TYPE_UINT32:
		printf("%" PRIu32, v.u32);
		break;
	case DBUS_TYPE_INT64:
		printf("\"%" PRId64 "\"", (int64_t)v.i64);
		break;
	case DBUS_TYPE_UINT64:
		printf("\"%" PRIu64 "\"", (uint64_t)v.u64);
		break;
	case DBUS_TYPE_DOUBLE:
		put_double(v.dbl);
		break;
	default:
		put_string(v.str);
		break;
	}
}

static void put_value(DBusMessageIter *it);

static void put_typed(DBusMessageIter *it)
{
	char *sig = dbus_message_iter_get_signature(it);

	printf("{\"type\":\"%s\",\"value\":", sig);
	dbus_free(sig);
	put_value(it);
	putchar('}');
}

static void put_key(DBusMessageIter *it)
{
	int type = dbus_message_iter_get_arg_type(it);
	bool text = type == DBUS_TYPE_STRING || type == DBUS_TYPE_OBJECT_PATH ||
		    type == DBUS_TYPE_SIGNATURE || type == DBUS_TYPE_INT64 ||
		    type == DBUS_TYPE_UINT64;

	if (!text)
		putchar('"');
	put_basic(it, type);
	if (!text)
		putchar('"');
}

static void put_container(DBusMessageIter *it, int type)
{
	bool dict = type == DBUS_TYPE_ARRAY &&
		    dbus_message_iter_get_element_type(it) ==
			    DBUS_TYPE_DICT_ENTRY;
	DBusMessageIter sub, entry;

	putchar(dict ? '{' : '[');
	dbus_message_iter_recurse(it, &sub);
	while (dbus_message_iter_get_arg_type(&sub) != DBUS_TYPE_INVALID) {
		if (dict) {
			dbus_message_iter_recurse(&sub, &entry);
			put_key(&entry);
			putchar(':');
			dbus_message_iter_next(&entry);
			put_value(&entry);
		} else {
			put_value(&sub);
		}
		if (dbus_message_iter_next(&sub))
			putchar(',');
	}
	putchar(dict ? '}' : ']');
}

static void put_value(DBusMessageIter *it)
{
	int type = dbus_message_iter_get_arg_type(it);
	DBusMessageIter sub;

	switch (type) {
	case DBUS_TYPE_ARRAY:
	case DBUS_TYPE_STRUCT:
		put_container(it, type);
		break;
	case DBUS_TYPE_VARIANT:
		dbus_message_iter_recurse(it, &sub);
		put_typed(&sub);
		break;
	default:
		put_basic(it, type);
	}
}

static void put_field(const char *key, const char *value)
{
	if (!value)
		return;
	printf(",\"%s\":", key);
	put_string(value);
}

static void put_message(DBusMessage *m)
{
	DBusMessageIter it;
	bool more;

	printf("{\"type\":\"%s\"", dbus_message_type_to_string(
					   dbus_message_get_type(m)));
	printf(",\"serial\":%u", dbus_message_get_serial(m));
	if (dbus_message_get_reply_serial(m))
		printf(",\"reply_serial\":%u", dbus_message_get_reply_serial(m));
	put_field("sender", dbus_message_get_sender(m));
	put_field("destination", dbus_message_get_destination(m));
	put_field("path", dbus_message_get_path(m));
	put_field("interface", dbus_message_get_interface(m));
	put_field("member", dbus_message_get_member(m));
	put_field("error_name", dbus_message_get_error_name(m));
	put_field("signature", dbus_message_get_signature(m));
	printf(",\"args\":[");
	more = dbus_message_iter_init(m, &it);
	while (more) {
		put_typed(&it);
		more = dbus_message_iter_next(&it);
		if (more)
			putchar(',');
	}
	puts("]}");
}

int main(int argc, char **argv)
{
	uint32_t h[6], p[4];
	FILE *in;

	if (argc != 2 || !(in = fopen(argv[1], "r")))
		errx(2, "usage: libdbus-read FILE");
	if (fread(h, sizeof(h), 1, in) != 1 || h[5] != 231)
		errx(1, "%s: not what I read", argv[1]);
	while (fread(p, sizeof(p), 1, in) == 1) {
		char *data = malloc(p[2] + 1);
		DBusError e = DBUS_ERROR_INIT;
		DBusMessage *m;

		if (!data || fread(data, p[2], 1, in) != 1)
			errx(1, "%s: cut", argv[1]);
		m = dbus_message_demarshal(data, (int)p[2], &e);
		if (m) {
			put_message(m);
			dbus_message_unref(m);
		} else if (strstr(e.message, "file descriptor missing")) {
			dbus_error_free(&e);
		} else {
			errx(1, "%s", e.message);
		}
		free(data);
	}
	return 0;
}
