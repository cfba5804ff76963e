/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef WIRE_NAMES_H
#define WIRE_NAMES_H

#include "wire/port.h"

/* As arg0namespace takes them: a bus name, or the first elements of one */
bool wire_is_bus_namespace(const char *s, size_t len);

#endif /* WIRE_NAMES_H */
