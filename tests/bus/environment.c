// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UpdateActivationEnvironment, of one variable a call.
 */
#include "tests/bus/environment.h"
#include "tests/bus/tests.h"

#include <poll.h>

#define WINDOW	16	/* calls on their way at a time */

uint32_t environment_set(struct conn *c, uint8_t flags, const char *name,
			 const char *value)
{
	const struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
				.path = BUS_PATH, .iface = BUS_NAME,
				.member = "UpdateActivationEnvironment",
				.flags = flags, .serial = ++c->serial };
	struct draft d = { 0 };
	size_t at, from;

	draft_head(&d, &h, "a{ss}");
	at = d.len;
	draft_u32(&d, 0);
	draft_align(&d, 8);
	from = d.len;
	draft_str(&d, name);
	draft_str(&d, value);
	draft_set_u32(&d, at, d.len - from);
	draft_end(&d);
	conn_write(c, d.p, d.len);
	draft_free(&d);
	return h.serial;
}

static bool is_to_end(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/*
 * environment: sets VARIABLE_0=0, VARIABLE_1=1 and so on, as fast as it is answered,
 * until a line comes or the input ends. Says, in this form, what was acknowledged.
 */
static void environment(char **arg)
{
	struct conn *c = conn_open(0);
	uint32_t serials[WINDOW];
	char name[32], value[16];
	unsigned int n, i, from;

	for (n = 0; !is_to_end(); ) {
		from = n;
		for (; n < from + WINDOW; n++) {
			snprintf(name, sizeof(name), "VARIABLE_%u", n);
			snprintf(value, sizeof(value), "%u", n);
			serials[n - from] = environment_set(c, 0, name, value);
		}
		for (i = 0; i < WINDOW; i++)
			conn_ok(c, serials[i]);
	}
	for (i = 0; i < n; i++)
		printf("VARIABLE_%u=%u\n", i, i);
	conn_close(c);
}

const struct test environment_tests[] = {
	{ "environment", environment,
	  "what is set is acknowledged, as long as it is let" },
	{ 0 }
};
