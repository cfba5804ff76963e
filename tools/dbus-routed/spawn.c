// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "tools/dbus-routed/process.h"

#define JOURNAL	"/run/systemd/journal/stdout"

/*
 * A stream into the journal, as systemd-journald takes it: identifier, unit,
 * priority, whether lines begin with their own, and whether they go to syslog,
 * the kernel's log and the console. -1 if there is no journal.
 */
static int journal_stream(const char *name, int priority)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = JOURNAL };
	char head[512];
	int fd, len;

	len = snprintf(head, sizeof(head), "%s\n\n%d\n0\n0\n0\n0\n", name,
		       priority);
	if (len < 0 || (size_t)len >= sizeof(head))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    send(fd, head, len, MSG_NOSIGNAL) != len) {
		close(fd);
		return -1;
	}
	shutdown(fd, SHUT_RD);
	return fd;
}

static int spawn_with(char **argv, char **envp, int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t set;
	int ret;

	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &set);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	if (err >= 0)
		posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
	/* a process has the limits of the one that starts it */
	process_restore_limits();
	ret = posix_spawn(pid, argv[0], &files, &attr, argv, envp);
	process_raise_limits();
	if (!ret)
		process_limit_child(*pid);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return ret;
}

int spawn(char **argv, char **envp, const char *name, pid_t *pid)
{
	int out = name ? journal_stream(name, LOG_INFO) : -1;
	int err = name ? journal_stream(name, LOG_WARNING) : -1;
	int ret = spawn_with(argv, envp, out, err, pid);

	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	return ret;
}
