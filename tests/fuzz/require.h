/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_REQUIRE_H
#define TESTS_FUZZ_REQUIRE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for any input; the fuzzer stops where it doesn't */
#define REQUIRE(expr) do {						\
	if (!(expr)) {							\
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,	\
			__LINE__, #expr);				\
		abort();						\
	}								\
} while (0)

#endif /* TESTS_FUZZ_REQUIRE_H */
