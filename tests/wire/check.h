/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks that go on after a failure and say which case it was.
 */
#ifndef TESTS_WIRE_CHECK_H
#define TESTS_WIRE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct wire_match;
struct wire_match_arg;
struct wire_match_error;

/* A rule that is refused, with the place and the key that the error names */
struct refused_rule {
	const char *text;
	uint32_t at;
	const char *key;
	const char *why;
};

/* What the next checks are about; printed when one fails */
__attribute__((format(printf, 1, 2)))
void check_case(const char *fmt, ...);
void check_true(bool ok, const char *what, const char *file, int line);
void check_equal(uint64_t have, uint64_t want, const char *what,
		 const char *file, int line);
void check_text(const char *have, size_t len, const char *want,
		const char *what, const char *file, int line);

/* Is the error of a refused rule the one that it should be? */
void check_refused_rule(const struct wire_match_error *err,
			const struct refused_rule *rule);

#define CHECK(expr) check_true((expr), #expr, __FILE__, __LINE__)
#define CHECK_EQ(have, want) \
	check_equal((uint64_t)(have), (uint64_t)(want), #have, __FILE__, __LINE__)
#define CHECK_STATUS(have, want) \
	check_equal((have), (want), wire_strerror(have), __FILE__, __LINE__)
/* a struct wire_str; @want may be NULL */
#define CHECK_STR(have, want) \
	check_text((have).s, (have).len, (want), #have, __FILE__, __LINE__)

/* The groups of tests, one in each file */
void test_frame(void);
void test_header(void);
void test_body(void);
void test_iter(void);
void test_names(void);
void test_utf8(void);
void test_signature(void);
void test_sender(void);
void test_build(void);
void test_rule_text(void);
void test_rule_match(void);
void test_filter(void);

#endif /* TESTS_WIRE_CHECK_H */
