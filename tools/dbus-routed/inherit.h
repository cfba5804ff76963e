/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus that an earlier daemon has left in the kernel, or that is to be taken
 * from one. It is found by the sockets that it is reached by: the kernel keeps
 * those with it.
 */
#ifndef ROUTED_INHERIT_H
#define ROUTED_INHERIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel;
struct kept_socket;

/**
 * struct inheritance - what there may be to inherit
 * @kernel: the routing table
 * @replace: take it from a daemon that is there
 * @list: the sockets of all buses that we may configure
 * @n: how many
 * @bus: the bus that is taken over, 0 if none is
 */
struct inheritance {
	struct kernel *kernel;
	bool replace;
	struct kept_socket *list;
	size_t n;
	uint32_t bus;
};

/* Ask the kernel. 0, or a negative error number. */
int inherit_look(struct inheritance *in, struct kernel *k, bool replace);
void inherit_deinit(struct inheritance *in);

/*
 * The socket that listens at the file @path, or at the abstract name @name; or
 * that is @fd, which is returned then. -ENOENT: no bus has it. -EADDRINUSE: it
 * is not to be had: *why says why, allocated, if there is memory for that.
 */
int inherit_path(struct inheritance *in, const char *path, char **why);
int inherit_abstract(struct inheritance *in, const char *name, char **why);
int inherit_socket(struct inheritance *in, int fd, char **why);

/* Sockets of the bus that nobody asked for: let them go, and their files. */
void inherit_drop_rest(struct inheritance *in);

#endif /* ROUTED_INHERIT_H */
