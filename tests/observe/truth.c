// SPDX-License-Identifier: GPL-2.0-or-later
/* Noting what is sent. */
#include "tests/observe/truth.h"

#include <stdlib.h>
#include <string.h>

#include "wire/message.h"

/* By words: there may be gigabytes. */
uint64_t truth_digest(const void *p, size_t len)
{
	const unsigned char *at = p;
	uint64_t h = 0xcbf29ce484222325 ^ len, word;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15;
		h ^= h >> 29;
	}
	for (; len; at++, len--)
		h = (h ^ *at) * 0x100000001b3;
	return h;
}

void truth_write(FILE *f, struct truth *t, const void *p, size_t len)
{
	struct wire_msg m;

	if (wire_parse(&m, p, len)) {
		fprintf(stderr, "what is to be sent is not valid\n");
		exit(1);
	}
	t->header_len = m.body;
	t->body_len = m.body_len;
	t->digest = truth_digest((const char *)p + m.body, m.body_len);
	if (fwrite(t, sizeof(*t), 1, f) != 1 ||
	    fwrite(p, m.body, 1, f) != 1 || fflush(f)) {
		perror("the truth");
		exit(1);
	}
}
