// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nanoseconds that wire/ takes for a typical call, and libdbus for the same.
 */
#include <dbus/dbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/build.h"
#include "wire/match.h"

static uint8_t buf[2048] __attribute__((aligned(8)));
static uint8_t *const start = buf + 512;

static void field(struct wire_builder *b, enum wire_field code, const char *s)
{
	wire_build_field(b, code, s, strlen(s));
}

static uint32_t put_call(void)
{
	struct wire_builder b;

	wire_build(&b, start, 1024, WIRE_METHOD_CALL, 0, 1);
	field(&b, WIRE_F_PATH, "/org/foo/Object");
	field(&b, WIRE_F_INTERFACE, "org.foo.Interface");
	field(&b, WIRE_F_MEMBER, "Method");
	field(&b, WIRE_F_DESTINATION, "org.foo.Service");
	field(&b, WIRE_F_SIGNATURE, "su");
	wire_build_body(&b);
	wire_put_str(&b, "argument", 8);
	wire_put_u32(&b, 7);
	if (wire_build_end(&b))
		abort();
	return (uint32_t)b.len;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Of seven runs the fastest: the others were disturbed */
#define MEASURE(what, n, statement) do {				\
	double best = 1e18;						\
	int turn, i;							\
									\
	for (turn = 0; turn < 7; turn++) {				\
		double t = now();					\
									\
		for (i = 0; i < (n); i++)				\
			statement;					\
		t = (now() - t) / (n);					\
		best = t < best ? t : best;				\
	}								\
	printf("%8.1f ns  %s\n", best, what);				\
} while (0)

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void demarshal(uint32_t len)
{
	DBusMessage *d;

	d = dbus_message_demarshal((const char *)start, (int)len, NULL);
	must(d);
	dbus_message_unref(d);
}

int main(void)
{
	static const char text[] = "type='method_call',path='/org/foo/Object',"
				   "interface='org.foo.Interface',arg0='argument'";
	struct wire_match_arg match_args[WIRE_MATCH_ARGS + 1];
	char strings[WIRE_MATCH_MAX];
	struct wire_match_error err;
	struct wire_args args;
	struct wire_match r;
	struct wire_msg m;
	uint32_t len = put_call();

	printf("a call of %u octets:\n", len);
	MEASURE("parse", 1000000, must(!wire_parse(&m, start, len)));
	MEASURE("parse and validate", 1000000,
		must(!wire_parse(&m, start, len) && !wire_validate_body(&m)));
	MEASURE("arguments for match rules", 1000000, wire_args_get(&args, &m));
	MEASURE("rule parsed", 1000000,
		must(wire_match_parse(&r, match_args, strings, text,
				      sizeof(text) - 1, &err)));
	MEASURE("rule held against it", 1000000,
		must(wire_match_eval(&r, &m, &args, NULL, NULL)));
	MEASURE("libdbus: demarshal", 100000, demarshal(len));
	MEASURE("SENDER replaced", 1000000,
		must(!wire_set_sender(&m, 512, ":1.42", 5)));
	return 0;
}
