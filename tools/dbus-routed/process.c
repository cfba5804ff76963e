// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/dbus-routed/log.h"

static int ready_fd = -1;
#define ENOUGH_FDS	65536

/* of descriptors, as we were started; no maximum: not known */
static struct rlimit first_limit;

/* In the process that was started: wait for the word of the one that works. */
static void await(pid_t child, int fd)
{
	int status;
	ssize_t n;
	char word;

	do {
		n = read(fd, &word, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(EXIT_SUCCESS);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(EXIT_FAILURE);
}

void process_fork(void)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		log_fatal("Failed to create a pipe: %m");
	child = fork();
	if (child < 0)
		log_fatal("Failed to fork daemon: %m");
	if (child) {
		close(fds[1]);
		await(child, fds[0]);
	}
	close(fds[0]);
	ready_fd = fds[1];
	if (setsid() < 0)
		log_warning("setsid: %m");
}

void process_ready(bool keep_umask)
{
	int null;

	if (ready_fd < 0)
		return;
	if (chdir("/") < 0)
		log_warning("chdir to the root directory: %m");
	if (!keep_umask)
		umask(022);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (write(ready_fd, "r", 1) != 1)
		log_warning("nobody waits for us: %m");
	close(ready_fd);
	ready_fd = -1;
}

bool process_print(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_startup("Writing to pipe: %m");
		text += n;
		len -= n;
	}
	if (fd > STDERR_FILENO)
		close(fd);
	return true;
}

bool process_open_pidfile(const char *path, bool replace, int *fd)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC |
		   (replace ? O_NOFOLLOW : O_EXCL), 0644);
	if (*fd < 0 && errno == EEXIST)
		return log_startup("The pid file \"%s\" exists, if the message bus is "
			  "not running, remove this file", path);
	return *fd >= 0 || log_startup("Failed to open \"%s\": %m", path);
}

bool process_write_pidfile(const char *path, int fd)
{
	bool ok = !ftruncate(fd, 0) && dprintf(fd, "%d\n", (int)getpid()) > 0;

	if (close(fd) < 0)
		ok = false;
	return ok || log_startup("Failed to write to \"%s\": %m", path);
}

static int set_capability(unsigned int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	data[CAP_TO_INDEX(cap)].effective = CAP_TO_MASK(cap);
	data[CAP_TO_INDEX(cap)].permitted = CAP_TO_MASK(cap);
	return syscall(SYS_capset, &header, data);
}

bool process_become(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw)
		return log_startup("Could not get UID and GID for username \"%s\"",
			  user);
	if (pw->pw_uid == geteuid())
		return true;
	if (prctl(PR_SET_KEEPCAPS, 1) < 0)
		return log_startup("prctl(PR_SET_KEEPCAPS): %m");
	if (initgroups(user, pw->pw_gid) < 0)
		return log_startup("Failed to initialize groups: %m");
	if (setgid(pw->pw_gid) < 0)
		return log_startup("Failed to set GID to %u: %m", pw->pw_gid);
	if (setuid(pw->pw_uid) < 0)
		return log_startup("Failed to set UID to %u: %m", pw->pw_uid);
	if (set_capability(CAP_NET_ADMIN) < 0)
		return log_startup("Failed to keep CAP_NET_ADMIN as user \"%s\": %m",
			  user);
	return true;
}

void process_raise_limits(void)
{
	struct rlimit limit;

	if (!first_limit.rlim_max && getrlimit(RLIMIT_NOFILE, &first_limit) < 0)
		return;
	/* only root can raise the hard limit, which is infinite if at its most */
	limit = first_limit;
	if (limit.rlim_max < ENOUGH_FDS)
		limit.rlim_max = ENOUGH_FDS;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 ||
	    getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void process_restore_limits(void)
{
	struct rlimit limit;

	if (!first_limit.rlim_max || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = first_limit.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void process_limit_child(pid_t pid)
{
	if (first_limit.rlim_max)
		prlimit(pid, RLIMIT_NOFILE, &first_limit, NULL);
}

void process_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(sun.sun_path) ||
	    (*path != '/' && *path != '@'))
		return;
	memcpy(sun.sun_path, path, len);
	if (*path == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
			     (struct sockaddr *)&sun,
			     offsetof(struct sockaddr_un, sun_path) + len) < 0)
		log_warning("telling the service manager \"%s\": %m", state);
	if (fd >= 0)
		close(fd);
}
