// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/environment.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void environment_deinit(struct environment *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		free(e->vars[i]);
	free(e->vars);
	*e = (struct environment){};
}

static size_t find(const struct environment *e, const char *name)
{
	size_t len = strlen(name), i;

	for (i = 0; i < e->n; i++)
		if (!strncmp(e->vars[i], name, len) && e->vars[i][len] == '=')
			return i;
	return SIZE_MAX;
}

bool environment_set(struct environment *e, const char *name, const char *value)
{
	size_t i = find(e, name);
	char **bigger;
	char *var;

	if (asprintf(&var, "%s=%s", name, value) < 0)
		return false;
	if (i != SIZE_MAX) {
		free(e->vars[i]);
		e->vars[i] = var;
		return true;
	}
	bigger = reallocarray(e->vars, e->n + 2, sizeof(*bigger));
	if (!bigger) {
		free(var);
		return false;
	}
	e->vars = bigger;
	e->vars[e->n++] = var;
	e->vars[e->n] = NULL;
	return true;
}

const char *environment_get(const struct environment *e, const char *name)
{
	size_t i = find(e, name);

	return i == SIZE_MAX ? NULL : e->vars[i] + strlen(name) + 1;
}
