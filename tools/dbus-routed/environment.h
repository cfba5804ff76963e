/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What services are to find in their environment: UpdateActivationEnvironment. */
#ifndef ROUTED_ENVIRONMENT_H
#define ROUTED_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct environment - variables, each "NAME=VALUE", as execve() takes them
 * @vars: NULL-terminated; NULL if there never was one
 * @n: how many
 */
struct environment {
	char **vars;
	size_t n;
};

void environment_deinit(struct environment *e);
/* False if there is no memory; then nothing is changed. */
bool environment_set(struct environment *e, const char *name,
		     const char *value);
/* The value, or NULL. */
const char *environment_get(const struct environment *e, const char *name);

#endif /* ROUTED_ENVIRONMENT_H */
