/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of the configuration about messages and names, for the kernel. */
#ifndef ROUTED_POLICY_H
#define ROUTED_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/dbus-routed/rule.h"

/**
 * struct policy - rules
 * @rules: in order of the file, until policy_sort()
 * @n: how many
 */
struct policy {
	struct rule *rules;
	size_t n;
};

/* Takes over what @rule holds. False: no memory. */
bool policy_add(struct policy *p, const struct rule *rule);

/*
 * Into the order in which they override each other: the default context, groups
 * by number, users, the console, the mandatory context; in each as in the file.
 * The number of a rule is its place from then on, counting from 1.
 */
bool policy_sort(struct policy *p);

void policy_deinit(struct policy *p);

#endif /* ROUTED_POLICY_H */
