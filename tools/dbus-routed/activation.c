// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/activation.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/dbus.h>

#include "tools/dbus-routed/channel.h"
#include "tools/dbus-routed/config.h"
#include "tools/dbus-routed/credentials.h"
#include "tools/dbus-routed/environment.h"
#include "tools/dbus-routed/kernel.h"
#include "tools/dbus-routed/log.h"
#include "tools/dbus-routed/spawn.h"
#include "tools/dbus-routed/words.h"

#define SYSTEMD		"org.freedesktop.systemd1"
#define ACTIVATOR	SYSTEMD ".Activator"

#define CHANGES	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | \
		 IN_CREATE | IN_ONLYDIR)

/**
 * struct start - a service that is being started
 * @next: the next one
 * @name: its name
 * @exec: the command that starts it, or NULL
 * @unit: the unit that systemd is to start, or NULL
 * @pid: the process that is to be it, 0 if there is none, or none any more
 * @pidfd: that process, if an earlier daemon began it, or -1
 * @deadline: when to give up, ms
 */
struct start {
	struct start *next;
	char *name;
	char *exec;
	char *unit;
	pid_t pid;
	int pidfd;
	int64_t deadline;
};

/* --- Those that are being started ------------------------------------------- */

static struct start **find(struct activation *a, const char *name)
{
	struct start **at;

	for (at = &a->starts; *at; at = &(*at)->next)
		if (!strcmp((*at)->name, name))
			break;
	return at;
}

static void free_start(struct start *s)
{
	if (s->pidfd >= 0)
		close(s->pidfd);
	free(s->name);
	free(s->exec);
	free(s->unit);
	free(s);
}

static void forget(struct activation *a, const char *name)
{
	struct start **at = find(a, name), *s = *at;

	if (!s)
		return;
	*at = s->next;
	free_start(s);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* @service may be NULL; NULL if there is no memory. */
static struct start *add(struct activation *a, const char *name,
			 const struct service *service)
{
	struct start *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->pidfd = -1;
	s->name = strdup(name);
	if (service) {
		s->exec = copy(service->exec);
		s->unit = copy(service->unit);
	}
	if (!s->name || (service && (!s->exec || (service->unit && !s->unit)))) {
		free_start(s);
		return NULL;
	}
	s->deadline = loop_now() + a->config->start_timeout;
	s->next = a->starts;
	a->starts = s;
	return s;
}

/*
 * Answer what waits for @name. True unless it turns out that the name has an
 * owner.
 */
static bool __attribute__((format(printf, 4, 5)))
fail(struct activation *a, const char *name, const char *error,
     const char *format, ...)
{
	char text[512];
	va_list args;
	size_t len;
	int ret;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	while (len && !dbus_validate_utf8(text, NULL))
		text[--len] = '\0';
	ret = kernel_service_fail(a->kernel, a->bus, name, error, text);
	if (ret && ret != -EALREADY && ret != -ENOENT)
		log_error("%s: %s", name, a->kernel->why);
	return ret != -EALREADY;
}

/* --- Who asked --------------------------------------------------------------- */

/* "':1.7' (uid=1000 pid=4711 comm="...")", into @text. */
static void describe(struct activation *a, const char *unique, char *text,
		     size_t room)
{
	struct credentials c;

	if (strncmp(unique, ":1.", 3) != 0 ||
	    kernel_peer_get(a->kernel, a->bus, strtoull(unique + 3, NULL, 10),
			    &c)) {
		snprintf(text, room, "'%s'", unique);
		return;
	}
	snprintf(text, room, "'%s' (uid=%u pid=%u comm=\"%s\")", unique, c.uid,
		 c.pid, c.comm);
	credentials_deinit(&c);
}

/* --- Starting by systemd ------------------------------------------------------ */

static bool send_request(struct activation *a, const char *unit)
{
	DBusMessage *m = dbus_message_new_signal(DBUS_PATH_DBUS, ACTIVATOR,
						 "ActivationRequest");
	bool ok;

	ok = m && dbus_message_set_destination(m, SYSTEMD) &&
	     dbus_message_append_args(m, DBUS_TYPE_STRING, &unit,
				      DBUS_TYPE_INVALID) &&
	     channel_send(a->channel, m);
	if (m)
		dbus_message_unref(m);
	return ok;
}

/* If systemd isn't there yet, its name is waited for: the signal, too. */
static void start_unit(struct activation *a, const struct start *s,
		       const char *who)
{
	log_info("Activating via systemd: service name='%s' unit='%s' "
		 "requested by %s", s->name, s->unit, who);
	if (send_request(a, s->unit))
		return;
	fail(a, s->name, DBUS_ERROR_NO_MEMORY, "No memory to ask systemd");
	forget(a, s->name);
}

static void unit_failed(struct activation *a, DBusMessage *m)
{
	const char *unit, *error, *text;
	struct start *s, *next;

	if (!a->systemd) {
		log_warning("Ignoring unexpected ActivationFailure message "
			    "while not using systemd activation");
		return;
	}
	if (!dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &unit,
				   DBUS_TYPE_STRING, &error, DBUS_TYPE_STRING,
				   &text, DBUS_TYPE_INVALID) ||
	    !dbus_validate_error_name(error, NULL)) {
		log_warning("Ignoring an ActivationFailure message that does "
			    "not name unit, error and text");
		return;
	}
	log_info("Activation via systemd failed for unit '%s': %s", unit, text);
	for (s = a->starts; s; s = next) {
		next = s->next;
		if (!s->unit || strcmp(s->unit, unit) != 0)
			continue;
		fail(a, s->name, error, "%s", text);
		forget(a, s->name);
	}
}

/* --- Starting a process -------------------------------------------------------- */

static bool start_process(struct activation *a, struct start *s, char **argv,
			  const char *who)
{
	const char *helper = a->config->service_helper;
	int ret;

	log_info("Activating service name='%s' requested by %s%s", s->name, who,
		 helper ? " (using servicehelper)" : "");
	ret = spawn(argv, a->environment->vars, a->to_journal ? s->name : NULL,
		    &s->pid);
	if (!ret) {
		kernel_service_begun(a->kernel, a->bus, s->name, s->pid);
		return true;
	}
	s->pid = 0;
	log_info("Failed to activate service %s: %s", s->name, strerror(ret));
	fail(a, s->name, DBUS_ERROR_SPAWN_EXEC_FAILED,
	     "Failed to execute program %s: %s", s->name, strerror(ret));
	return false;
}

static bool run_helper(struct activation *a, struct start *s,
		       const struct service *service, const char *who)
{
	char *argv[] = { a->config->service_helper, s->name, NULL };

	if (service->user)
		return start_process(a, s, argv, who);
	fail(a, s->name, DBUS_ERROR_SPAWN_FILE_INVALID,
	     "Cannot do system-bus activation with no user");
	return false;
}

static bool run_command(struct activation *a, struct start *s, const char *who)
{
	const char *why;
	char **argv;
	bool ok;

	argv = words_split(s->exec, &why);
	if (!argv) {
		fail(a, s->name, DBUS_ERROR_INVALID_ARGS, "%s", why);
		return false;
	}
	ok = start_process(a, s, argv, who);
	words_free(argv);
	return ok;
}

/* What the exit status of the program that starts services means. */
static const struct {
	const char *error;
	const char *text;
} helper_errors[] = {
	[2] = { DBUS_ERROR_NO_MEMORY,
		"Launcher could not run (out of memory)" },
	[3] = { DBUS_ERROR_SPAWN_CONFIG_INVALID,
		"Invalid configuration (missing or empty <user>?)" },
	[4] = { DBUS_ERROR_SPAWN_SETUP_FAILED,
		"Failed to setup environment correctly" },
	[5] = { DBUS_ERROR_SPAWN_SERVICE_INVALID,
		"Bus name is not valid or missing" },
	[6] = { DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND,
		"Bus name not found in system service directory" },
	[7] = { DBUS_ERROR_SPAWN_PERMISSIONS_INVALID,
		"The permission of the setuid helper is not correct" },
	[8] = { DBUS_ERROR_SPAWN_PERMISSIONS_INVALID,
		"The service file is incorrect or does not have all required "
		"attributes" },
	[9] = { DBUS_ERROR_SPAWN_EXEC_FAILED,
		"Cannot launch daemon, file not found or permissions invalid" },
	[10] = { DBUS_ERROR_INVALID_ARGS, "Invalid arguments to command line" },
	[11] = { DBUS_ERROR_SPAWN_CHILD_SIGNALED,
		 "Launched child was signaled, it probably crashed" },
};

#define N_HELPER_ERRORS (sizeof(helper_errors) / sizeof(helper_errors[0]))

/* Why the process of @name ended; returns the name of the error. */
static const char *why_ended(struct activation *a, const char *name, int status,
			     char *text, size_t room)
{
	unsigned int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	if (WIFSIGNALED(status)) {
		snprintf(text, room, "Process %s received signal %d", name,
			 WTERMSIG(status));
		return DBUS_ERROR_SPAWN_CHILD_SIGNALED;
	}
	if (!a->config->service_helper) {
		snprintf(text, room, "Process %s exited with status %u", name,
			 code);
		return DBUS_ERROR_SPAWN_CHILD_EXITED;
	}
	if (code < N_HELPER_ERRORS && helper_errors[code].error) {
		snprintf(text, room, "%s", helper_errors[code].text);
		return helper_errors[code].error;
	}
	snprintf(text, room, "Launch helper exited with unknown return code %u",
		 code);
	return DBUS_ERROR_SPAWN_CHILD_EXITED;
}

void activation_process_ended(struct activation *a, pid_t pid, int status)
{
	struct start *s, *next;
	const char *error;
	char text[512];
	char *exec;

	for (s = a->starts; s && s->pid != pid; s = s->next)
		;
	if (!s)
		return;
	s->pid = 0;
	/* it may have gone into the background */
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	error = why_ended(a, s->name, status, text, sizeof(text));
	log_info("Activated service '%s' failed: %s", s->name, text);
	exec = s->exec;
	s->exec = NULL;
	fail(a, s->name, error, "%s", text);
	forget(a, s->name);
	/* other names of the same program won't come either */
	for (s = a->starts; s && exec; s = next) {
		next = s->next;
		if (!s->exec || strcmp(s->exec, exec) != 0)
			continue;
		fail(a, s->name, error, "%s", text);
		forget(a, s->name);
	}
	free(exec);
}

/* --- Which services there are ---------------------------------------------------- */

static bool is_system(const struct activation *a)
{
	return a->config->service_helper;
}

static void tell_new(struct activation *a, const char *name)
{
	if (kernel_service_new(a->kernel, a->bus, name, a->config->max_starts))
		log_error("%s: %s", name, a->kernel->why);
}

/* A name that the kernel was told of; the daemon that did is gone. */
static void forget_unknown(struct activation *a, const char *name)
{
	if (services_find(&a->services, name) ||
	    (a->systemd && !strcmp(name, SYSTEMD)))
		return;
	if (kernel_service_del(a->kernel, a->bus, name))
		log_error("%s: %s", name, a->kernel->why);
}

/* Tell the kernel what has changed. Returns whether anything has. */
static bool tell_changes(struct activation *a, const struct services *old)
{
	const struct services *new = &a->services;
	bool changed = false;
	size_t i;

	for (i = 0; i < old->n; i++) {
		if (services_find(new, old->list[i].name) ||
		    (a->systemd && !strcmp(old->list[i].name, SYSTEMD)))
			continue;
		changed = true;
		if (kernel_service_del(a->kernel, a->bus, old->list[i].name))
			log_error("%s: %s", old->list[i].name, a->kernel->why);
	}
	for (i = 0; i < new->n; i++) {
		if (services_find(old, new->list[i].name))
			continue;
		changed = true;
		tell_new(a, new->list[i].name);
	}
	return changed;
}

static void announce_changes(struct activation *a)
{
	DBusMessage *m = dbus_message_new_signal(DBUS_PATH_DBUS,
						 DBUS_INTERFACE_DBUS,
						 "ActivatableServicesChanged");

	if (!m || !channel_send(a->channel, m))
		log_warning("No memory to announce changed services");
	if (m)
		dbus_message_unref(m);
}

/* Read the directories again. */
static bool read_again(struct activation *a)
{
	struct services old = a->services;
	bool changed;

	if (!services_read(&a->services, a->config->service_dirs,
			   a->config->n_service_dirs, is_system(a))) {
		a->services = old;
		log_warning("No memory to read the service files");
		return false;
	}
	changed = tell_changes(a, &old);
	services_deinit(&old);
	return changed;
}

/* Directories that aren't there can't be watched, and needn't be. */
static void watch_dirs(struct activation *a)
{
	size_t i;

	for (i = 0; i < a->config->n_service_dirs; i++)
		inotify_add_watch(a->watch.fd, a->config->service_dirs[i].path,
				  CHANGES);
}

/* A file that is there as soon as its name is: others are still to be written. */
static bool is_link(struct activation *a, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	size_t i;

	for (i = 0; i < a->config->n_service_dirs; i++) {
		snprintf(path, sizeof(path), "%s/%s",
			 a->config->service_dirs[i].path, name);
		if (!lstat(path, &st) &&
		    (S_ISLNK(st.st_mode) || st.st_nlink > 1))
			return true;
	}
	return false;
}

/* Take in all that the watch has to say. Returns whether anything has changed. */
static bool take_changes(struct activation *a)
{
	char buf[4096] __attribute__((aligned(8)));
	const struct inotify_event *e;
	bool any = false;
	ssize_t n;
	char *at;

	while ((n = read(a->watch.fd, buf, sizeof(buf))) > 0) {
		for (at = buf; at < buf + n; at += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)at;
			any = any || !(e->mask & IN_CREATE) ||
			      is_link(a, e->name);
		}
	}
	return any;
}

static void watch_ready(struct source *s, uint32_t events)
{
	struct activation *a = (struct activation *)
			       ((char *)s - offsetof(struct activation, watch));

	if (take_changes(a) && read_again(a))
		announce_changes(a);
}

static bool watch(struct activation *a)
{
	int ret;

	a->watch.ready = watch_ready;
	a->watch.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (a->watch.fd < 0)
		return log_startup("inotify: %m");
	ret = loop_add(a->loop, &a->watch, EPOLLIN);
	if (ret)
		return log_startup("epoll: %s", strerror(-ret));
	watch_dirs(a);
	return true;
}

/* --- Start ------------------------------------------------------------------------ */

static void begin(struct activation *a, const char *name, const char *requester)
{
	bool is_systemd = a->systemd && !strcmp(name, SYSTEMD);
	const struct service *service;
	struct start *s;
	char who[256];

	if (*find(a, name))
		return;
	/* the file may have been changed a moment ago */
	if (take_changes(a) && read_again(a))
		announce_changes(a);
	service = is_systemd ? NULL : services_find(&a->services, name);
	if (!service && !is_systemd) {
		fail(a, name, DBUS_ERROR_SERVICE_UNKNOWN,
		     "The name %s was not provided by any .service files",
		     name);
		return;
	}
	s = add(a, name, service);
	if (!s) {
		fail(a, name, DBUS_ERROR_NO_MEMORY, "No memory to start %s",
		     name);
		return;
	}
	if (is_systemd)
		return;		/* it comes by itself */
	describe(a, requester, who, sizeof(who));
	if (a->systemd && s->unit)
		start_unit(a, s, who);
	else if (!(is_system(a) ? run_helper(a, s, service, who) :
				  run_command(a, s, who)))
		forget(a, name);
}

static void started(struct activation *a, const char *name)
{
	if (*find(a, name))
		log_info("Successfully activated service '%s'", name);
	forget(a, name);
}

void activation_signal(struct activation *a, DBusMessage *m)
{
	const char *name, *peer;

	if (dbus_message_is_signal(m, ACTIVATOR, "ActivationFailure")) {
		unit_failed(a, m);
		return;
	}
	if (!dbus_message_has_sender(m, DBUS_SERVICE_DBUS) ||
	    !dbus_message_has_interface(m, DBUS_ACTIVATION_INTERFACE) ||
	    !dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name,
				   DBUS_TYPE_STRING, &peer, DBUS_TYPE_INVALID))
		return;
	if (dbus_message_has_member(m, DBUS_ACTIVATION_START))
		begin(a, name, peer);
	else if (dbus_message_has_member(m, DBUS_ACTIVATION_STARTED))
		started(a, name);
}

/* --- Time ------------------------------------------------------------------------- */

int activation_timeout(const struct activation *a)
{
	int64_t now, first = INT64_MAX;
	const struct start *s;

	for (s = a->starts; s; s = s->next)
		if (s->deadline < first)
			first = s->deadline;
	if (first == INT64_MAX)
		return -1;
	now = loop_now();
	if (first <= now)
		return 0;
	return first - now > INT_MAX ? INT_MAX : (int)(first - now);
}

static void kill_process(const struct start *s)
{
	if (s->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
	else if (s->pid)
		kill(s->pid, SIGKILL);
}

static void time_is_up(struct activation *a, struct start *s)
{
	log_warning("Failed to activate service '%s': timed out "
		    "(service_start_timeout=%ums)", s->name,
		    a->config->start_timeout);
	if (fail(a, s->name, DBUS_ERROR_TIMED_OUT,
		 "Failed to activate service '%s': timed out "
		 "(service_start_timeout=%ums)", s->name,
		 a->config->start_timeout))
		kill_process(s);
	forget(a, s->name);
}

void activation_tick(struct activation *a)
{
	struct start *s, *next;
	int64_t now;

	if (!a->starts)
		return;
	now = loop_now();
	for (s = a->starts; s; s = next) {
		next = s->next;
		if (s->deadline <= now)
			time_is_up(a, s);
	}
}

/* --- The environment of services ---------------------------------------------------- */

/* What the service manager has told us is not for services. */
static bool is_ours(const char *var)
{
	static const char *const ours[] = {
		"JOURNAL_STREAM=", "LISTEN_FDNAMES=", "LISTEN_FDS=",
		"LISTEN_PID=", "NOTIFY_SOCKET=", "INVOCATION_ID=", NULL
	};
	int i;

	for (i = 0; ours[i]; i++)
		if (!strncmp(var, ours[i], strlen(ours[i])))
			return true;
	return false;
}

static bool copy_environment(struct environment *e)
{
	char **var, *name;
	size_t len;
	bool ok = true;

	for (var = environ; ok && *var; var++) {
		len = strcspn(*var, "=");
		if (!(*var)[len] || is_ours(*var))
			continue;
		name = strndup(*var, len);
		ok = name && environment_set(e, name, *var + len + 1);
		free(name);
	}
	return ok;
}

static bool make_environment(struct environment *e, const char *address,
			     const char *type)
{
	bool ok = copy_environment(e) &&
		  environment_set(e, "DBUS_STARTER_ADDRESS", address);

	if (!ok || !type)
		return ok;
	ok = environment_set(e, "DBUS_STARTER_BUS_TYPE", type);
	if (ok && !strcmp(type, "session"))
		ok = environment_set(e, "DBUS_SESSION_BUS_ADDRESS", address);
	if (ok && !strcmp(type, "system"))
		ok = environment_set(e, "DBUS_SYSTEM_BUS_ADDRESS", address);
	return ok;
}

struct startables {
	struct startable *list;
	size_t n;
};

static void collect(void *ctx, const struct startable *s)
{
	struct startables *all = ctx;
	struct startable *bigger = reallocarray(all->list, all->n + 1,
						sizeof(*bigger));

	if (!bigger)
		return;
	all->list = bigger;
	bigger[all->n] = *s;
	bigger[all->n].name = strdup(s->name);
	if (bigger[all->n].name)
		all->n++;
}

/* What the kernel knows; to be freed. */
static void get_startables(struct activation *a, struct startables *all)
{
	*all = (struct startables){};
	if (kernel_services(a->kernel, a->bus, collect, all))
		log_error("%s", a->kernel->why);
}

static void free_startables(struct startables *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		free((char *)all->list[i].name);
	free(all->list);
}

static void forget_all_unknown(struct activation *a)
{
	struct startables all;
	size_t i;

	get_startables(a, &all);
	for (i = 0; i < all.n; i++)
		if (all.list[i].startable)
			forget_unknown(a, all.list[i].name);
	free_startables(&all);
}

/* --- What an earlier daemon began -------------------------------------------------- */

/* Its process is there, and may yet own the name: wait for that. */
static bool wait_for(struct activation *a, const char *name, pid_t pid)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	struct start *s;

	if (pidfd < 0)
		return false;
	ev.data.u64 = pidfd;
	s = a->begun.fd < 0 ? NULL :
	    add(a, name, services_find(&a->services, name));
	if (!s || epoll_ctl(a->begun.fd, EPOLL_CTL_ADD, pidfd, &ev) < 0) {
		close(pidfd);
		if (s)
			forget(a, name);
		return false;
	}
	s->pidfd = pidfd;
	log_info("Waiting for service name='%s', process %d, begun by an "
		 "earlier daemon", name, (int)pid);
	return true;
}

void activation_attached(struct activation *a)
{
	struct startables all;
	const struct startable *s;
	size_t i;

	get_startables(a, &all);
	for (i = 0; i < all.n; i++) {
		s = &all.list[i];
		if (!s->starting || *find(a, s->name))
			continue;
		if (!s->pid || !wait_for(a, s->name, s->pid))
			begin(a, s->name, "an earlier daemon");
	}
	free_startables(&all);
}

/*
 * How such a process ended is not known: if its name is still waited for, the
 * service is started anew.
 */
static void begun_ready(struct source *source, uint32_t events)
{
	struct activation *a = (struct activation *)
			       ((char *)source -
				offsetof(struct activation, begun));
	struct epoll_event ev;
	struct start *s, *next;
	bool ended = false;

	while (epoll_wait(source->fd, &ev, 1, 0) == 1) {
		for (s = a->starts; s; s = next) {
			next = s->next;
			if (s->pidfd < 0 || s->pidfd != (int)ev.data.u64)
				continue;
			ended = true;
			forget(a, s->name);
		}
	}
	if (ended)
		activation_attached(a);
}

static bool watch_begun(struct activation *a)
{
	int ret;

	a->begun.ready = begun_ready;
	a->begun.fd = epoll_create1(EPOLL_CLOEXEC);
	if (a->begun.fd < 0)
		return log_startup("epoll: %m");
	ret = loop_add(a->loop, &a->begun, EPOLLIN);
	return !ret || log_startup("epoll: %s", strerror(-ret));
}

/* --- Beginning and end ------------------------------------------------------------- */

bool activation_init(struct activation *a, const char *address,
		     const char *type)
{
	const struct services none = {};

	if (!make_environment(a->environment, address, type) ||
	    !services_read(&a->services, a->config->service_dirs,
			   a->config->n_service_dirs, is_system(a)))
		return log_startup("No memory for services");
	if (!watch(a) || !watch_begun(a))
		return false;
	forget_all_unknown(a);
	tell_changes(a, &none);
	if (a->systemd)
		tell_new(a, SYSTEMD);
	return true;
}

void activation_leave(struct activation *a)
{
	while (a->starts)
		forget(a, a->starts->name);
}

void activation_deinit(struct activation *a)
{
	activation_leave(a);
	services_deinit(&a->services);
	if (a->watch.fd >= 0)
		close(a->watch.fd);
	if (a->begun.fd >= 0)
		close(a->begun.fd);
	a->watch.fd = a->begun.fd = -1;
}

void activation_reload(struct activation *a)
{
	loop_remove(a->loop, &a->watch);
	close(a->watch.fd);
	watch(a);
	read_again(a);
	announce_changes(a);
}
