// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * corpus FILE... - says of each file, which holds a message, "valid" or what is
 * wrong with it, as wire/ and libdbus see it
 */
#include <dbus/dbus.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/message.h"

static const char *judge(const uint8_t *p, size_t n)
{
	enum wire_status status;
	struct wire_msg m;

	status = wire_parse(&m, p, n);
	if (!status && m.len != n)
		return "more than one message";
	if (!status)
		status = wire_validate_body(&m);
	return wire_strerror(status);
}

static const char *libdbus_judges(const uint8_t *p, size_t n)
{
	DBusMessage *m = dbus_message_demarshal((const char *)p, (int)n, NULL);

	if (!m)
		return "refused";
	dbus_message_unref(m);
	return "accepted";
}

int main(int argc, char **argv)
{
	static uint8_t buf[1 << 20];
	int i;

	for (i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		if (!f) {
			perror(argv[i]);
			return 2;
		}
		n = fread(buf, 1, sizeof(buf), f);
		fclose(f);
		printf("%s: %s (libdbus: %s)\n", argv[i], judge(buf, n),
		       libdbus_judges(buf, n));
	}
	return 0;
}
