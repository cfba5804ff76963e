/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon as a process: background, pid file, user. */
#ifndef ROUTED_PROCESS_H
#define ROUTED_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Go into the background. The caller of the program gets its status when
 * process_ready() is called, or when we end before. Exits on failure.
 */
void process_fork(void);
/* The work has begun: let the caller of the program go, and his terminal. */
void process_ready(bool keep_umask);

/* The following say themselves what went wrong, and return false. */

/* Text to a descriptor that the command line named, which is closed then. */
bool process_print(int fd, const char *text);

/*
 * The file is to be ours: open it, and write our number into it later. Unless
 * @replace it must not be there yet.
 */
bool process_open_pidfile(const char *path, bool replace, int *fd);
bool process_write_pidfile(const char *path, int fd);

/* Become @user; what the kernel asks for, CAP_NET_ADMIN, is kept. */
bool process_become(const char *user);

/* As many descriptors as may be had, for root 65,536: each handshake takes one. */
void process_raise_limits(void);
/* As many as there were before, for a process to be started... */
void process_restore_limits(void);
/* ... and as many as it may ask for: lowered here, we could not raise it again */
void process_limit_child(pid_t pid);

/* Tell the service manager, if there is one: sd_notify(3). */
void process_notify(const char *state);

#endif /* ROUTED_PROCESS_H */
