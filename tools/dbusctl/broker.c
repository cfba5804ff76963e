// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets of a bus that another program serves: the listening one by its
 * address, whoever holds it by /proc, and what they accepted by that address,
 * which accepted sockets have too. (sock_diag does not show those whose client is
 * in another network namespace.)
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/dbusctl/broker.h"
#include "tools/dbusctl/output.h"

#define SYSTEM_BUS	"/run/dbus/system_bus_socket"
#define LISTENS		(1u << 16)	/* flag in /proc/net/unix */

/* --- what the user names ------------------------------------------------------ */

static void add_path(struct broker *broker, const char *path, size_t len)
{
	if (broker->n_paths < BROKER_PATHS)
		broker->path[broker->n_paths++] =
			must_alloc(strndup(path, len));
}

/* "%2f" and the like, in place. */
static void unescape(char *s)
{
	char *to = s, digits[3] = "";

	for (; *s; s++) {
		if (*s == '%' && isxdigit((unsigned char)s[1]) &&
		    isxdigit((unsigned char)s[2])) {
			digits[0] = s[1];
			digits[1] = s[2];
			*to++ = (char)strtol(digits, NULL, 16);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* One address: "unix:path=/run/x,guid=...". */
static void add_address(struct broker *broker, const char *address, size_t len)
{
	char *copy = must_alloc(strndup(address, len));
	char *at = copy + strcspn(copy, ":"), *key, *path;

	if (strncmp(copy, "unix:", 5)) {
		free(copy);
		return;
	}
	for (at++; (key = strsep(&at, ",")); ) {
		if (!strncmp(key, "path=", 5)) {
			unescape(key + 5);
			add_path(broker, key + 5, strlen(key + 5));
		} else if (!strncmp(key, "abstract=", 9)) {
			unescape(key + 9);
			if (asprintf(&path, "@%s", key + 9) < 0)
				abort();
			add_path(broker, path, strlen(path));
			free(path);
		}
	}
	free(copy);
}

static void add_addresses(struct broker *broker, const char *addresses)
{
	size_t len;

	for (; *addresses; addresses += len + (addresses[len] == ';')) {
		len = strcspn(addresses, ";");
		add_address(broker, addresses, len);
	}
}

/* Who uses the session: not root, who was asked to do this. */
static bool session_user(const char *user, uid_t *uid)
{
	const char *sudo = getenv("SUDO_UID");
	const struct passwd *pw;
	char *end;

	if (!user)
		user = sudo && geteuid() == 0 ? sudo : NULL;
	if (!user) {
		*uid = getuid();
		return true;
	}
	*uid = (uid_t)strtoul(user, &end, 10);
	if (*user && !*end)
		return true;
	pw = getpwnam(user);
	if (pw)
		*uid = pw->pw_uid;
	return pw;
}

static bool parse_session(struct broker *broker, const char *user)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	char path[64];
	uid_t uid;

	if (!session_user(user, &uid))
		return false;
	if (!user && address)
		add_addresses(broker, address);
	snprintf(path, sizeof(path), "/run/user/%u/bus", uid);
	if (!broker->n_paths)
		add_path(broker, path, strlen(path));
	snprintf(broker->name, sizeof(broker->name), "session-%u", uid);
	return true;
}

/* A bus's name has letters, digits and few other characters. */
static void set_name(struct broker *broker, const char *text)
{
	char *c;

	snprintf(broker->name, sizeof(broker->name), "%s", text);
	for (c = broker->name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.:@+", *c))
			*c = '_';
}

/**
 * broker_parse() - understand which bus the user means
 * @broker: filled in; @broker->pid and a name given by the user are left. To be
 *	freed by broker_free()
 * @word: "system", "session", an address or a path; NULL with @broker->pid
 * @user: whose session; may be NULL
 *
 * Return: false if it can't be understood.
 */
bool broker_parse(struct broker *broker, const char *word, const char *user)
{
	struct broker parsed = { .pid = broker->pid };
	const char *base;
	char text[64];

	if (parsed.pid) {
		snprintf(text, sizeof(text), "pid-%d", parsed.pid);
		set_name(&parsed, text);
	} else if (!strcmp(word, "system")) {
		const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");

		add_addresses(&parsed, address ? address : "");
		if (!parsed.n_paths)
			add_path(&parsed, SYSTEM_BUS, strlen(SYSTEM_BUS));
		set_name(&parsed, "system");
	} else if (!strcmp(word, "session")) {
		if (!parse_session(&parsed, user))
			return false;
	} else if (strchr("/.@", *word) && *word) {
		add_path(&parsed, word, strlen(word));
	} else {
		add_addresses(&parsed, word);
	}
	if (!parsed.pid && !parsed.n_paths)
		return false;
	if (!*parsed.name) {
		base = strrchr(parsed.path[0], '/');
		set_name(&parsed, base && base[1] ? base + 1 : parsed.path[0]);
	}
	if (broker->named)
		snprintf(parsed.name, sizeof(parsed.name), "%s", broker->name);
	parsed.named = broker->named;
	*broker = parsed;
	return true;
}

/**
 * broker_free() - free what broker_parse() made
 * @broker: where a bus listens
 */
void broker_free(struct broker *broker)
{
	while (broker->n_paths)
		free(broker->path[--broker->n_paths]);
}

/* --- processes and their sockets ------------------------------------------------ */

/* The inode of a socket, if this is one; else errno says if that can't be seen. */
static bool socket_inode(int dir, const char *name, unsigned long *inode)
{
	char text[64];
	ssize_t n;

	errno = 0;
	n = readlinkat(dir, name, text, sizeof(text) - 1);
	if (n < 0)
		return false;
	text[n] = '\0';
	return sscanf(text, "socket:[%lu]", inode) == 1;
}

/**
 * typedef for a receiver of a process's sockets: returns a negative errno to end
 * the search; the descriptor is its own to close.
 */
typedef int socket_handler(int fd, void *data);

/*
 * Take a process's sockets: all, or that with an inode. Who may not, is told so;
 * a process that is gone has none.
 */
static int process_sockets(pid_t pid, unsigned long only, socket_handler *handler,
			   void *data)
{
	int pidfd, fd, ret = 0;
	const struct dirent *e;
	unsigned long inode;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		ret = errno == ESRCH ? 0 : -errno;
		goto close_dir;
	}
	while (!ret && (e = readdir(dir))) {
		if (!socket_inode(dirfd(dir), e->d_name, &inode) ||
		    (only && inode != only))
			continue;
		fd = pidfd_getfd(pidfd, atoi(e->d_name), 0);
		if (fd >= 0)
			ret = handler(fd, data);
		else if (errno != EBADF && errno != ESRCH)
			ret = -errno;
	}
	close(pidfd);
close_dir:
	closedir(dir);
	return ret;
}

static bool is_denial(int err)
{
	return err == EACCES || err == EPERM;
}

/* Is one of the process's descriptors that socket? @denied: set if not to be seen */
static bool holds(pid_t pid, unsigned long want, bool *denied)
{
	const struct dirent *e;
	unsigned long inode;
	bool found = false;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	*denied |= !dir && is_denial(errno);
	while (dir && !found && (e = readdir(dir))) {
		if (socket_inode(dirfd(dir), e->d_name, &inode))
			found = inode == want;
		else
			*denied |= is_denial(errno);
	}
	if (dir)
		closedir(dir);
	return found;
}

/*
 * Call @handler for the sockets of all that hold @inode: -EACCES if no holder is
 * seen, and not every process may be looked at.
 */
static int holders(unsigned long inode, unsigned long only,
		   socket_handler *handler, void *data)
{
	const struct dirent *e;
	DIR *proc = opendir("/proc");
	bool denied = false, found = false;
	int ret = 0;
	pid_t pid;

	if (!proc)
		return -errno;
	while (!ret && (e = readdir(proc))) {
		pid = atoi(e->d_name);
		if (pid > 0 && holds(pid, inode, &denied)) {
			found = true;
			ret = process_sockets(pid, only, handler, data);
		}
	}
	closedir(proc);
	return !ret && !found && denied ? -EACCES : ret;
}

/* --- listening sockets ------------------------------------------------------------ */

static bool same_place(const char *a, const char *b)
{
	struct stat sa, sb;

	if (!strcmp(a, b))
		return true;
	return *a == '/' && *b == '/' && !stat(a, &sa) && !stat(b, &sb) &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* Inode of the socket that listens there; 0 if none does. */
static unsigned long find_listener(const char *where)
{
	FILE *f = fopen("/proc/net/unix", "re");
	unsigned long inode, found = 0;
	char *absolute = NULL;
	char line[512], path[256];
	unsigned int flags, type;

	if (!f)
		return 0;
	if (*where != '@')
		absolute = realpath(where, NULL);
	while (!found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %*s %x %x %*s %lu %255[^\n]", &flags,
			   &type, &inode, path) == 4 &&
		    flags & LISTENS && type == SOCK_STREAM &&
		    same_place(path, absolute ? absolute : where))
			found = inode;
	}
	free(absolute);
	fclose(f);
	return found;
}

static bool option_is(int fd, int option, int want)
{
	socklen_t len = sizeof(int);
	int value;

	return !getsockopt(fd, SOL_SOCKET, option, &value, &len) &&
	       value == want;
}

static bool is_unix_stream(int fd)
{
	return option_is(fd, SO_DOMAIN, AF_UNIX) &&
	       option_is(fd, SO_TYPE, SOCK_STREAM);
}

struct search {
	broker_handler *handler;
	void *data;
	size_t found;
	bool first_only;
	struct sockaddr_un address;
	socklen_t len;
};

static int on_listener(int fd, void *data)
{
	struct search *search = data;

	if (!is_unix_stream(fd) || !option_is(fd, SO_ACCEPTCONN, 1) ||
	    (search->first_only && search->found)) {
		close(fd);
		return 0;
	}
	search->found++;
	return search->handler(fd, search->data);
}

/**
 * broker_listeners() - find the sockets that a bus listens on
 * @broker: where
 * @handler: gets each
 * @data: for @handler
 *
 * Return: 0; -ENOENT if there is none; or another negative errno.
 */
int broker_listeners(const struct broker *broker, broker_handler *handler,
		     void *data)
{
	struct search search = { .handler = handler, .data = data };
	unsigned long inode;
	size_t i;
	int ret;

	if (broker->pid) {
		ret = process_sockets(broker->pid, 0, on_listener, &search);
		return ret ? ret : search.found ? 0 : -ENOENT;
	}
	for (i = 0; i < broker->n_paths; i++) {
		inode = find_listener(broker->path[i]);
		if (!inode)
			continue;
		/* several may hold it: once is enough */
		search.found = 0;
		search.first_only = true;
		ret = holders(inode, inode, on_listener, &search);
		if (ret || search.found)
			return ret;
	}
	return -ENOENT;
}

/* --- accepted sockets --------------------------------------------------------------- */

static int on_accepted(int fd, void *data)
{
	struct search *search = data;
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof(address);

	if (!is_unix_stream(fd) || option_is(fd, SO_ACCEPTCONN, 1) ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
	    len != search->len || memcmp(&address, &search->address, len)) {
		close(fd);
		return 0;
	}
	return search->handler(fd, search->data);
}

/**
 * broker_accepted() - find what a listening socket has accepted
 * @broker: where it listens
 * @listener: the socket
 * @handler: gets each
 * @data: for @handler
 *
 * Return: 0 or a negative errno.
 */
int broker_accepted(const struct broker *broker, int listener,
		    broker_handler *handler, void *data)
{
	struct search search = { .handler = handler, .data = data,
				 .len = sizeof(search.address) };
	struct stat st;

	if (getsockname(listener, (struct sockaddr *)&search.address,
			&search.len) < 0 ||
	    fstat(listener, &st) < 0)
		return -errno;
	if (broker->pid)
		return process_sockets(broker->pid, 0, on_accepted, &search);
	return holders(st.st_ino, 0, on_accepted, &search);
}
