/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --suggest-policy: the policy that would have allowed what was denied. */
#ifndef DBUSDUMP_POLICY_H
#define DBUSDUMP_POLICY_H

#include "out.h"
#include "sight.h"

struct policy;

struct policy *policy_create(void);
void policy_add(struct policy *p, const struct sight *s);
void policy_print(struct policy *p, struct out *o);
void policy_free(struct policy *p);

#endif /* DBUSDUMP_POLICY_H */
