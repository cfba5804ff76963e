/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was sent on an observed bus, in a file for observe-check, which may read
 * along: each message is there before it is sent. Of the body there is only a
 * digest, since all of them together are larger than memory.
 */
#ifndef OBSERVE_TRUTH_H
#define OBSERVE_TRUTH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct truth - one message; the octets of its header follow
 * @name: unique name of its sender
 * @n_fds: descriptors sent with it
 * @header_len: octets up to its body, without SENDER
 * @body_len: octets of its body
 * @digest: of its body
 */
struct truth {
	char name[32];
	uint32_t n_fds;
	uint32_t header_len;
	uint32_t body_len;
	uint32_t pad;
	uint64_t digest;
};

uint64_t truth_digest(const void *p, size_t len);

/**
 * truth_write() - note a message that is going to be sent
 * @f: the file
 * @t: with @name and @n_fds
 * @p: the message, valid
 * @len: its octets
 */
void truth_write(FILE *f, struct truth *t, const void *p, size_t len);

#endif
