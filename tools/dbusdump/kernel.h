/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is who when a capture begins: from the routing table in the kernel. */
#ifndef DBUSDUMP_KERNEL_H
#define DBUSDUMP_KERNEL_H

#include "bus.h"

/* Learn all peers and names of all buses; without the module, or the right to
 * see them, nothing. */
void kernel_learn(struct buses *buses);

#endif /* DBUSDUMP_KERNEL_H */
