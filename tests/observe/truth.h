/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What observe-load sent, in a file for observe-check. */
#ifndef OBSERVE_TRUTH_H
#define OBSERVE_TRUTH_H

#include <stdint.h>

/**
 * struct truth - one message; its octets follow
 * @name: unique name of its sender
 * @n_fds: descriptors sent with it
 * @len: octets of it, without SENDER
 */
struct truth {
	char name[32];
	uint32_t n_fds;
	uint32_t len;
};

#endif
