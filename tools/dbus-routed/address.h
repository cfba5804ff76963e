/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses to listen on: D-Bus Specification, "Server Addresses". */
#ifndef ROUTED_ADDRESS_H
#define ROUTED_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct inheritance;

/**
 * struct endpoint - a socket that listens
 * @fd: the socket, non-blocking
 * @address: how clients find it, without guid
 * @path: file to unlink in the end, or NULL
 * @kept: a bus in the kernel has it already
 */
struct endpoint {
	int fd;
	char *address;
	char *path;
	bool kept;
};

/**
 * struct endpoints - the sockets that listen
 * @list: all of them
 * @n: how many
 * @inheritance: where else than from the address they may come from; or NULL
 */
struct endpoints {
	struct endpoint *list;
	size_t n;
	struct inheritance *inheritance;
};

/**
 * endpoints_add() - listen on an address
 * @e: the new sockets are appended here
 * @address: of several, separated by ';', the first that works is taken
 * @why: on failure, why; allocated (NULL: no memory)
 *
 * "systemd:" takes all sockets that the service manager passed.
 */
bool endpoints_add(struct endpoints *e, const char *address, char **why);

/* Closes the sockets, and removes their files if @unlink_files. */
void endpoints_deinit(struct endpoints *e, bool unlink_files);

#endif /* ROUTED_ADDRESS_H */
