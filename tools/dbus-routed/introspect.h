/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What org.freedesktop.DBus says of itself. */
#ifndef ROUTED_INTROSPECT_H
#define ROUTED_INTROSPECT_H

#define INTROSPECT_PATH	"/org/freedesktop/DBus"

/*
 * The introspection data of the object @path: the interfaces that answer there
 * and, above the object of the bus, the way down to it. Allocated; NULL if
 * there is no memory.
 */
char *introspect_xml(const char *path);

#endif /* ROUTED_INTROSPECT_H */
