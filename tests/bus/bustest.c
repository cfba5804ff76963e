// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bustest TEST [ARG...] runs one test on the bus that DBUS_SESSION_BUS_ADDRESS
 * names, whatever serves it; without a TEST it lists them.
 */
#include "tests/bus/tests.h"

#include <signal.h>

static const struct test *const tables[] = {
	activation_tests, order_tests, routing_tests, name_tests, match_tests, fd_tests,
	size_tests, stress_tests, hostile_tests, oob_tests, stopped_tests,
	restart_tests, transcript_tests, genl_tests, story_tests, policy_tests, limit_tests,
	attack_tests, blocked_tests, fuzz_tests, fuzz_genl_tests, memory_tests,
	quota_tests, environment_tests, splice_tests,
};

#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

unsigned long arg_number(char ***arg, unsigned long standard)
{
	char *end;
	unsigned long n;

	if (!**arg)
		return standard;
	n = strtoul(**arg, &end, 0);
	check(!*end && end != **arg, "not a number: %s", **arg);
	(*arg)++;
	return n;
}

const char *arg_word(char ***arg, const char *what)
{
	check(**arg, "missing argument: %s", what);
	return *(*arg)++;
}

static int list(void)
{
	const struct test *t;
	size_t i;

	for (i = 0; i < N_TABLES; i++)
		for (t = tables[i]; t->name; t++)
			printf("%-22s %s\n", t->name, t->what);
	return 0;
}

int main(int argc, char **argv)
{
	const struct test *t;
	size_t i;

	if (argc < 2)
		return list();
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < N_TABLES; i++) {
		for (t = tables[i]; t->name; t++) {
			if (strcmp(t->name, argv[1]))
				continue;
			t->run(argv + 2);
			return 0;
		}
	}
	fprintf(stderr, "bustest: no such test: %s\n", argv[1]);
	return 2;
}
