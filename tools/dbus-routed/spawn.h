/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting the process of a service. */
#ifndef ROUTED_SPAWN_H
#define ROUTED_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * spawn() - start a process
 * @argv: its arguments, the first of them its file
 * @envp: its environment
 * @name: what its output is called in the journal; NULL: it has ours
 * @pid: the process
 *
 * It gets none of our descriptors but the standard ones, the signals as they
 * are by default, and the limit of descriptors that we were started with.
 *
 * Return: 0, or the number of the error, of execve() too
 */
int spawn(char **argv, char **envp, const char *name, pid_t *pid);

#endif /* ROUTED_SPAWN_H */
