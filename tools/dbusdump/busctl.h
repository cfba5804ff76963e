/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --as-busctl: a call or signal as a command that does the same again. */
#ifndef DBUSDUMP_BUSCTL_H
#define DBUSDUMP_BUSCTL_H

#include "out.h"
#include "sight.h"

void busctl_print(struct out *o, const struct sight *s);

#endif /* DBUSDUMP_BUSCTL_H */
