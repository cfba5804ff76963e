/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: a bus in the kernel, and what it takes to serve it. */
#ifndef ROUTED_DAEMON_H
#define ROUTED_DAEMON_H

struct options;

/* Runs until it is told to end. Return: exit status. */
int daemon_run(const struct options *o);

#endif /* ROUTED_DAEMON_H */
