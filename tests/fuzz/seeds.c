// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seeds FOLDER COUNT - writes messages for the fuzzer to begin with
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/wire/generate.h"

int main(int argc, char **argv)
{
	static struct gen_message g;
	uint64_t i, n;

	if (argc != 3) {
		fprintf(stderr, "usage: %s FOLDER COUNT\n", argv[0]);
		return 2;
	}
	n = strtoull(argv[2], NULL, 0);
	for (i = 0; i < n; i++) {
		struct rng r = rng_case(1, i);
		char path[4096];
		FILE *f;

		gen_message(&g, &r);
		if (g.whole.len > 2048)
			continue;
		snprintf(path, sizeof(path), "%s/message-%llu", argv[1],
			 (unsigned long long)i);
		f = fopen(path, "wb");
		if (!f || fwrite(g.whole.p, 1, g.whole.len, f) != g.whole.len ||
		    fclose(f)) {
			perror(path);
			return 1;
		}
	}
	gen_free(&g);
	return 0;
}
