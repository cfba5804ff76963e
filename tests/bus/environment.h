/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "tests/bus/busraw.h"

/* Call UpdateActivationEnvironment with one variable; its serial. */
uint32_t environment_set(struct conn *c, uint8_t flags, const char *name,
			 const char *value);

#endif /* ENVIRONMENT_H */
