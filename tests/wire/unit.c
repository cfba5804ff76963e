// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit [GROUP...] - the tests of wire/ whose expectation is written down
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/check.h"
#include "wire/match.h"

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
	{ "frame", test_frame },
	{ "header", test_header },
	{ "body", test_body },
	{ "iter", test_iter },
	{ "names", test_names },
	{ "utf8", test_utf8 },
	{ "signature", test_signature },
	{ "sender", test_sender },
	{ "build", test_build },
	{ "rule-text", test_rule_text },
	{ "rule-match", test_rule_match },
	{ "filter", test_filter },
};

static char current[256];
static unsigned int checks, failures;

void check_case(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(current, sizeof(current), fmt, ap);
	va_end(ap);
}

static void failed(const char *file, int line)
{
	failures++;
	printf("%s:%d: [%s] ", file, line, current);
}

void check_true(bool ok, const char *what, const char *file, int line)
{
	checks++;
	if (ok)
		return;
	failed(file, line);
	printf("not true: %s\n", what);
}

void check_equal(uint64_t have, uint64_t want, const char *what,
		 const char *file, int line)
{
	checks++;
	if (have == want)
		return;
	failed(file, line);
	printf("%s: %" PRIu64 ", expected %" PRIu64 "\n", what, have, want);
}

void check_text(const char *have, size_t len, const char *want,
		const char *what, const char *file, int line)
{
	checks++;
	if (!have && !want)
		return;
	if (have && want && strlen(want) == len && !memcmp(have, want, len))
		return;
	failed(file, line);
	printf("%s: '%.*s', expected '%s'\n", what, (int)len,
	       have ? have : "(none)", want ? want : "(none)");
}

void check_refused_rule(const struct wire_match_error *err,
			const struct refused_rule *rule)
{
	CHECK_EQ(err->at, rule->at);
	CHECK_STR(err->key, rule->key);
	check_text(err->why, err->why ? strlen(err->why) : 0, rule->why,
		   "err.why", __FILE__, __LINE__);
}

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!wanted(groups[i].name, argc, argv))
			continue;
		check_case("%s", groups[i].name);
		groups[i].run();
	}
	printf("%u checks, %u failed\n", checks, failures);
	if (!checks) {
		fprintf(stderr, "%s: no such group of tests\n", argv[0]);
		return 2;
	}
	return failures ? 1 : 0;
}
