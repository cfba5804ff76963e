/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the routing table in the kernel: who is who when a capture begins, and who
 * does not read. */
#ifndef DBUSDUMP_KERNEL_H
#define DBUSDUMP_KERNEL_H

#include "bus.h"

/* @octets: that wait to be sent to the connection @unique */
typedef void kernel_queue_fn(void *ctx, const struct bus *bus,
			     struct wire_str unique, uint64_t octets);

/* Learn all peers and names of all buses; without the module, or the right to
 * see them, nothing. */
void kernel_learn(struct buses *buses);
/* Call @fn for each connection. */
void kernel_queues(struct buses *buses, kernel_queue_fn *fn, void *ctx);

#endif /* DBUSDUMP_KERNEL_H */
