// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <dbus/dbus.h>

#include "tools/dbus-routed/inherit.h"

#define LISTEN_FDS_START	3
#define RANDOM_LETTERS		10
#define RANDOM_TRIES		20

static bool __attribute__((format(printf, 2, 3)))
fail(char **why, const char *format, ...)
{
	va_list args;

	free(*why);
	va_start(args, format);
	if (vasprintf(why, format, args) < 0)
		*why = NULL;
	va_end(args);
	return false;
}

/* Takes @fd and @path over, whatever happens. */
static bool append(struct endpoints *e, int fd, bool kept, const char *key,
		   const char *value, char *path, char **why)
{
	char *escaped = dbus_address_escape_value(value);
	struct endpoint *bigger = NULL;
	char *address = NULL;

	if (escaped && asprintf(&address, "unix:%s=%s", key, escaped) < 0)
		address = NULL;
	dbus_free(escaped);
	if (address)
		bigger = reallocarray(e->list, e->n + 1, sizeof(*bigger));
	if (!bigger) {
		close(fd);
		free(path);
		free(address);
		return fail(why, "No memory");
	}
	e->list = bigger;
	e->list[e->n++] = (struct endpoint){ fd, address, path, kept };
	return true;
}

/* Does somebody listen there? A socket nobody listens on is left over. */
static bool is_alive(const struct sockaddr_un *sun, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool alive;

	if (fd < 0)
		return true;
	alive = !connect(fd, (const struct sockaddr *)sun, len) ||
		errno == EAGAIN;
	close(fd);
	return alive;
}

static void remove_left_over(const struct sockaddr_un *sun, socklen_t len)
{
	struct stat st;

	if (!lstat(sun->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    !is_alive(sun, len))
		unlink(sun->sun_path);
}

/* Return: the socket; -1 with errno set if it can't be bound or listen. */
static int bind_socket(const char *name, bool abstract)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	socklen_t len;
	int fd, error;

	if (n + 1 > sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun.sun_path + abstract, name, n);
	/* an abstract name has no NUL at its end, but counts its first one */
	len = offsetof(struct sockaddr_un, sun_path) + n + 1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (!abstract)
		remove_left_over(&sun, len);
	if (bind(fd, (struct sockaddr *)&sun, len) < 0 ||
	    listen(fd, SOMAXCONN) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	/* who may connect is the configuration's business, not the file's */
	if (!abstract)
		chmod(name, 0777);
	return fd;
}

/* A bus has the socket, but we can't have it: put in front what was meant. */
static bool fail_inherited(char **why, const char *what, const char *name)
{
	char *reason = *why;

	*why = NULL;
	fail(why, "Failed to bind %s \"%s\": %s", what, name,
	     reason ? reason : "No memory");
	free(reason);
	errno = EBUSY;
	return false;
}

/*
 * The socket of that name: @kept by a bus that has it, or bound now. -1 if there is
 * none, the reason in @why.
 */
static int get_socket(struct endpoints *e, const char *name, bool abstract,
		      bool *kept, char **why)
{
	const char *what = abstract ? "abstract socket" : "socket";
	int fd = -ENOENT;

	if (e->inheritance)
		fd = (abstract ? inherit_abstract : inherit_path)
			(e->inheritance, name, why);
	if (fd == -EADDRINUSE) {
		fail_inherited(why, what, name);
		return -1;
	}
	*kept = fd >= 0;
	if (!*kept)
		fd = bind_socket(name, abstract);
	if (fd < 0)
		fail(why, "Failed to bind %s \"%s\": %m", what, name);
	return fd;
}

static bool add_path(struct endpoints *e, const char *path, char **why)
{
	bool kept;
	int fd = get_socket(e, path, false, &kept, why);
	char *copy;

	if (fd < 0)
		return false;
	/* it is to be found again from another working directory */
	copy = realpath(path, NULL);
	if (!copy) {
		close(fd);
		if (!kept)
			unlink(path);
		return fail(why, "No memory");
	}
	return append(e, fd, kept, "path", path, copy, why);
}

static bool add_abstract(struct endpoints *e, const char *name, char **why)
{
	bool kept;
	int fd = get_socket(e, name, true, &kept, why);

	return fd >= 0 && append(e, fd, kept, "abstract", name, NULL, why);
}

static void random_letters(char *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char raw[RANDOM_LETTERS] = {};
	size_t i;

	/* it is to be unused, not unguessable */
	if (getrandom(raw, sizeof(raw), 0) < 0)
		memset(raw, getpid(), sizeof(raw));
	for (i = 0; i < sizeof(raw); i++)
		out[i] = letters[raw[i] % (sizeof(letters) - 1)];
	out[i] = '\0';
}

static bool add_in_dir(struct endpoints *e, const char *dir, char **why)
{
	char letters[RANDOM_LETTERS + 1];
	char *path;
	bool ok;
	int i;

	for (i = 0; i < RANDOM_TRIES; i++) {
		random_letters(letters);
		if (asprintf(&path, "%s/dbus-%s", dir, letters) < 0)
			return fail(why, "No memory");
		ok = add_path(e, path, why);
		free(path);
		if (ok || errno != EADDRINUSE)
			return ok;
	}
	return false;
}

static bool add_runtime(struct endpoints *e, const char *value, char **why)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	char *path;
	bool ok;

	if (strcmp(value, "yes") != 0)
		return fail(why, "Could not parse server address: if given, the "
			    "only value allowed for \"runtime\" is \"yes\"");
	if (!dir)
		return fail(why, "\"XDG_RUNTIME_DIR\" is not set");
	if (asprintf(&path, "%s/bus", dir) < 0)
		return fail(why, "No memory");
	ok = add_path(e, path, why);
	free(path);
	return ok;
}

static const struct {
	const char *key;
	bool (*add)(struct endpoints *e, const char *value, char **why);
} unix_keys[] = {
	{ "path", add_path },
	{ "dir", add_in_dir },
	{ "tmpdir", add_in_dir },
	{ "abstract", add_abstract },
	{ "runtime", add_runtime },
};

#define N_UNIX_KEYS (sizeof(unix_keys) / sizeof(unix_keys[0]))

static bool add_unix(struct endpoints *e, DBusAddressEntry *entry, char **why)
{
	const char *value = NULL, *v;
	size_t i, key = 0;

	for (i = 0; i < N_UNIX_KEYS; i++) {
		v = dbus_address_entry_get_value(entry, unix_keys[i].key);
		if (v && value)
			return fail(why, "Could not parse server address: "
				    "cannot specify two of \"path\", "
				    "\"tmpdir\", \"abstract\", \"runtime\" and "
				    "\"dir\" at the same time");
		if (v) {
			value = v;
			key = i;
		}
	}
	if (!value)
		return fail(why, "Server address of type unix was missing "
			    "argument path or tmpdir or abstract or runtime or "
			    "dir");
	return unix_keys[key].add(e, value, why);
}

static bool is_listening(int fd)
{
	int domain, type, listening;
	socklen_t len = sizeof(int);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
	       !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
	       !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) &&
	       domain == AF_UNIX && type == SOCK_STREAM && listening;
}

static bool add_inherited(struct endpoints *e, int fd, char **why)
{
	struct sockaddr_un sun = {};
	socklen_t len = sizeof(sun);
	char name[sizeof(sun.sun_path) + 1];
	int inherited = -ENOENT;
	size_t n;

	if (!is_listening(fd))
		return fail(why, "Socket %d, received from the service manager, "
			    "is no listening Unix stream socket", fd);
	if (getsockname(fd, (struct sockaddr *)&sun, &len) < 0)
		return fail(why, "Socket %d: %m", fd);
	n = len - offsetof(struct sockaddr_un, sun_path);
	memcpy(name, sun.sun_path, n);
	name[n] = '\0';
	if (e->inheritance)
		inherited = inherit_socket(e->inheritance, fd, why);
	if (inherited == -EADDRINUSE)
		return fail_inherited(why, "socket",
				      *name ? name : name + 1);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return append(e, fd, inherited >= 0, *name ? "path" : "abstract",
		      *name ? name : name + 1, NULL, why);
}

/* The service manager's protocol: sd_listen_fds(3). */
static bool add_systemd(struct endpoints *e, DBusAddressEntry *entry,
			char **why)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	int i, n;

	n = fds ? atoi(fds) : 0;
	if (!pid || atoi(pid) != getpid() || n <= 0)
		return fail(why, "No socket received.");
	for (i = 0; i < n; i++)
		if (!add_inherited(e, LISTEN_FDS_START + i, why))
			return false;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return true;
}

static bool add_entry(struct endpoints *e, DBusAddressEntry *entry, char **why)
{
	const char *method = dbus_address_entry_get_method(entry);

	if (!strcmp(method, "unix"))
		return add_unix(e, entry, why);
	if (!strcmp(method, "systemd"))
		return add_systemd(e, entry, why);
	if (!strcmp(method, "tcp") || !strcmp(method, "nonce-tcp"))
		return fail(why, "Address type '%s' is not supported: the "
			    "kernel routes between Unix sockets only", method);
	return fail(why, "Unknown address type '%s'", method);
}

bool endpoints_add(struct endpoints *e, const char *address, char **why)
{
	DBusError error = DBUS_ERROR_INIT;
	DBusAddressEntry **entries;
	char *first = NULL;
	bool ok = false;
	int i, n;

	if (!dbus_parse_address(address, &entries, &n, &error)) {
		fail(why, "%s", error.message);
		dbus_error_free(&error);
		return false;
	}
	for (i = 0; i < n && !ok; i++) {
		ok = add_entry(e, entries[i], why);
		if (!i && !ok) {	/* the first is the one that was meant */
			first = *why;
			*why = NULL;
		}
	}
	dbus_address_entries_free(entries);
	if (ok || first) {
		free(*why);
		*why = NULL;
	}
	if (ok)
		free(first);
	else
		*why = first;
	return ok;
}

void endpoints_deinit(struct endpoints *e, bool unlink_files)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		close(e->list[i].fd);
		if (e->list[i].path && unlink_files)
			unlink(e->list[i].path);
		free(e->list[i].path);
		free(e->list[i].address);
	}
	free(e->list);
	*e = (struct endpoints){};
}
