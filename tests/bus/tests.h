/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named tests of bustest: a table in each file, ended by an empty entry. */
#ifndef TESTS_H
#define TESTS_H

#include "tests/bus/busraw.h"

/**
 * struct test - one test
 * @name: the word on the command line
 * @run: returns if it has passed; @arg: the words behind the name, ended by NULL
 * @what: what the bus does if it passes
 */
struct test {
	const char *name;
	void (*run)(char **arg);
	const char *what;
};

extern const struct test activation_tests[];
extern const struct test attack_tests[];
extern const struct test blocked_tests[];
extern const struct test environment_tests[];
extern const struct test fuzz_tests[];
extern const struct test fuzz_genl_tests[];
extern const struct test memory_tests[];
extern const struct test order_tests[];
extern const struct test routing_tests[];
extern const struct test name_tests[];
extern const struct test match_tests[];
extern const struct test fd_tests[];
extern const struct test size_tests[];
extern const struct test stress_tests[];
extern const struct test hostile_tests[];
extern const struct test oob_tests[];
extern const struct test splice_tests[];
extern const struct test stopped_tests[];
extern const struct test restart_tests[];
extern const struct test transcript_tests[];
extern const struct test genl_tests[];
extern const struct test story_tests[];
extern const struct test policy_tests[];
extern const struct test limit_tests[];
extern const struct test quota_tests[];

/* A number on the command line, or @standard. */
unsigned long arg_number(char ***arg, unsigned long standard);
/* A word on the command line, which must be there. */
const char *arg_word(char ***arg, const char *what);

#endif /* TESTS_H */
