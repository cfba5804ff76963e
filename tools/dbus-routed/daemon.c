// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/daemon.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/dbus.h>

#include "tools/dbus-routed/activation.h"
#include "tools/dbus-routed/channel.h"
#include "tools/dbus-routed/config.h"
#include "tools/dbus-routed/driver.h"
#include "tools/dbus-routed/environment_file.h"
#include "tools/dbus-routed/inherit.h"
#include "tools/dbus-routed/kernel.h"
#include "tools/dbus-routed/listener.h"
#include "tools/dbus-routed/log.h"
#include "tools/dbus-routed/options.h"
#include "tools/dbus-routed/process.h"

#define NAMES_MAX	1000	/* buses of one name: session-0 to session-0-1000 */
#define REATTACH_MAX	5	/* in */
#define REATTACH_MS	10000
#define LEAVE_MS	1000	/* for handshakes that are under way to go on */

/**
 * struct daemon - all of it
 * @options: the command line
 * @config: the configuration
 * @config_file: its file, absolute
 * @kernel: the routing table
 * @denials: the same, on a socket of its own: it loads the policy, and is told
 *	what that refuses
 * @denied: what comes in there
 * @inheritance: a bus that is there already, and what it is reached by
 * @listener: where peers come in
 * @driver: what calls are answered from
 * @activation: services that are started
 * @environment_file: what the next daemon is to know of their environment
 * @channel: where those calls come in
 * @signals: SIGTERM, SIGINT, SIGHUP, SIGCHLD
 * @loop: what is waited for
 * @bus: number of the bus
 * @was_root: started by root
 * @has_bus: it is there, and ours to remove
 * @keep_files: the listening sockets' files are not ours to remove
 * @name: of the bus
 * @guid: of the bus
 * @pidfile: file to remove in the end, or NULL
 * @pid_fd: the same, still to be written
 * @turn: the how-manieth driver of the bus we are
 * @attached: when the driver was attached last, ms
 * @reattached: how often since REATTACH_MS
 * @leaving: the bus stays behind: since when, ms; or 0
 * @end: time to go
 * @status: exit status
 */
struct daemon {
	const struct options *options;
	struct config config;
	char *config_file;
	struct kernel kernel;
	struct kernel denials;
	struct source denied;
	struct inheritance inheritance;
	struct listener listener;
	struct driver driver;
	struct activation activation;
	struct environment_file environment_file;
	struct channel channel;
	struct source signals;
	int loop;
	uint32_t bus;
	bool was_root;
	bool has_bus;
	bool keep_files;
	char name[DBUS_NAME_MAX];
	char guid[DBUS_GUID_LEN + 1];
	char *pidfile;
	int pid_fd;
	uint32_t turn;
	int64_t attached;
	unsigned int reattached;
	int64_t leaving;
	bool end;
	int status;
};

/* --- Configuration -------------------------------------------------------- */

static bool is_type(const struct daemon *d, const char *type)
{
	return d->config.type && !strcmp(d->config.type, type);
}

static void log_where(const struct daemon *d)
{
	switch (d->options->syslog) {
	case SYSLOG_ONLY:
		log_to(false, true);
		break;
	case SYSLOG_NO:
		log_to(true, false);
		break;
	case SYSLOG_YES:
		log_to(true, true);
		break;
	case SYSLOG_CONFIG:
		log_to(true, d->config.syslog);
		break;
	}
}

static void read_config(struct daemon *d)
{
	char *why = NULL;

	/*
	 * For reading it again from another working directory, and for others
	 * to know which file is meant
	 */
	d->config_file = realpath(d->options->config_file, NULL);
	if (!config_read(&d->config, d->config_file ? d->config_file :
			 d->options->config_file, &why))
		log_fatal("%s", why ? why : "No memory");
	if (!d->config_file)
		log_fatal("\"%s\": %m", d->options->config_file);
}

/*
 * What takes effect: the limits of handshakes, who may connect, services, and the
 * policy, for those who are connected, too.
 */
static bool reload(void *ctx, char **why)
{
	struct daemon *d = ctx;
	struct config config;
	bool ok;

	ok = config_read(&config, d->config_file, why);
	if (ok && kernel_policy_load(&d->denials, d->bus, &config.policy,
				     config.limits)) {
		*why = strdup(d->denials.why);
		config_deinit(&config);
		ok = false;
	}
	if (!ok) {
		log_error("Unable to reload configuration: %s",
			  *why ? *why : "No memory");
		return false;
	}
	config_deinit(&d->config);
	d->config = config;
	d->driver.helper = config.service_helper;
	activation_reload(&d->activation);
	log_info("Reloaded configuration");
	return true;
}

/* --- The bus -------------------------------------------------------------- */

static bool make_guid(struct daemon *d)
{
	unsigned char raw[DBUS_GUID_LEN / 2];
	size_t i;

	if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		return log_startup("getrandom: %m");
	for (i = 0; i < sizeof(raw); i++)
		snprintf(d->guid + 2 * i, 3, "%02x", raw[i]);
	return true;
}

/* Only the system bus that root started is simply called so. */
static void base_name(const struct daemon *d, char *name, size_t room)
{
	if (is_type(d, "system") && d->was_root)
		snprintf(name, room, "system");
	else
		snprintf(name, room, "%s-%u",
			 is_type(d, "system") ? "system" :
			 is_type(d, "session") ? "session" : "bus", getuid());
}

static void set_bus(struct daemon *d, uint32_t bus)
{
	d->bus = d->listener.bus = d->driver.bus = d->activation.bus = bus;
}

static bool make_bus(struct daemon *d)
{
	char base[sizeof("session-4294967295")];
	int i, ret = -EEXIST;

	base_name(d, base, sizeof(base));
	for (i = 1; i <= NAMES_MAX && ret == -EEXIST; i++) {
		if (i == 1)
			snprintf(d->name, sizeof(d->name), "%s", base);
		else
			snprintf(d->name, sizeof(d->name), "%.18s-%d", base,
				 i);
		ret = kernel_bus_new(&d->kernel, d->name, d->guid, &d->bus);
	}
	if (ret)
		return log_startup("%s", d->kernel.why);
	d->has_bus = true;
	set_bus(d, d->bus);
	return true;
}

/* The bus whose sockets these are: it is ours once we are its driver. */
static bool inherit_bus(struct daemon *d)
{
	set_bus(d, d->inheritance.bus);
	return !kernel_bus_get(&d->kernel, d->bus, d->name, d->guid) ||
	       log_startup("%s", d->kernel.why);
}

/* For the next daemon, and for those who connect before there is one. */
static bool keep_listeners(struct daemon *d)
{
	const struct endpoints *e = &d->listener.endpoints;
	size_t i;

	for (i = 0; i < e->n; i++)
		if (!e->list[i].kept &&
		    kernel_listener_new(&d->kernel, d->bus, e->list[i].fd))
			return log_startup("%s", d->kernel.why);
	if (d->inheritance.bus)
		inherit_drop_rest(&d->inheritance);
	return true;
}

static void denied_ready(struct source *s, uint32_t events)
{
	struct daemon *d = (struct daemon *)((char *)s -
					     offsetof(struct daemon, denied));

	kernel_log_denials(&d->denials);
}

/* From the first peer on there is a policy. */
static bool load_policy(struct daemon *d)
{
	int ret;

	if (kernel_open(&d->denials) ||
	    kernel_policy_load(&d->denials, d->bus, &d->config.policy,
			       d->config.limits))
		return log_startup("%s", d->denials.why);
	d->denied = (struct source){ kernel_fd(&d->denials), denied_ready };
	ret = d->denied.fd < 0 ? 0 : loop_add(d->loop, &d->denied, EPOLLIN);
	return !ret || log_startup("epoll: %s", strerror(-ret));
}

/* Become the peer that answers the driver's calls. */
static int attach(struct daemon *d, bool replace)
{
	int fds[2];
	int ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       fds) < 0) {
		ret = -errno;
		snprintf(d->kernel.why, sizeof(d->kernel.why), "socketpair: %m");
		return ret;
	}
	ret = kernel_driver_new(&d->kernel, d->bus, fds[0], replace, &d->turn);
	close(fds[0]);
	if (ret) {
		close(fds[1]);
		return ret;
	}
	ret = channel_init(&d->channel, d->loop, fds[1], &d->driver);
	if (ret)
		snprintf(d->kernel.why, sizeof(d->kernel.why), "epoll: %s",
			 strerror(-ret));
	d->attached = loop_now();
	return ret;
}

/*
 * What was set before we were attached. Earlier drivers have acknowledged it by now,
 * or it comes to us again.
 */
static bool recall_environment(struct daemon *d)
{
	bool ok = environment_file_read(&d->environment_file, d->turn,
					&d->driver.environment);

	if (!ok)
		snprintf(d->kernel.why, sizeof(d->kernel.why),
			 "no memory for the environment of services");
	return ok;
}

static void give_up(struct daemon *d, int status)
{
	d->end = true;
	d->status = status;
}

/*
 * Leave the bus to another daemon, or without one: who is in the middle of its
 * handshake may still come in.
 */
static void leave(struct daemon *d)
{
	d->has_bus = false;
	d->keep_files = true;
	d->leaving = loop_now();
	listener_stop(&d->listener);
}

/* By now it is another daemon's. */
static void forget_pidfile(struct daemon *d)
{
	free(d->pidfile);
	d->pidfile = NULL;
}

static int lost_too_often(struct daemon *d)
{
	snprintf(d->kernel.why, sizeof(d->kernel.why),
		 "the connection to it was lost too often");
	return -EIO;
}

/*
 * The connection to the bus is gone. If that is because another daemon took
 * the bus over, it's time to leave, and to leave the bus alone.
 */
static void reattach(struct daemon *d)
{
	int ret;

	if (loop_now() - d->attached > REATTACH_MS)
		d->reattached = 0;
	log_warning("lost the connection to the bus %s: %s", d->name,
		    d->channel.lost);
	channel_deinit(&d->channel);

	ret = ++d->reattached > REATTACH_MAX ? lost_too_often(d) :
					       attach(d, false);
	/* another daemon may have come and gone */
	if (!ret && !recall_environment(d))
		ret = -ENOMEM;
	if (!ret) {
		activation_attached(&d->activation);
		return;
	}
	activation_leave(&d->activation);
	if (ret == -EBUSY) {
		log_info("another daemon has taken over the bus %s", d->name);
		leave(d);
		forget_pidfile(d);
		return;
	}
	log_error("leaving the bus %s: %s", d->name, d->kernel.why);
	d->has_bus = false;
	/* the next daemon finds it, if it is there */
	d->keep_files = ret != -ENODEV;
	if (ret == -ENODEV)
		environment_file_remove(&d->environment_file);
	give_up(d, EXIT_FAILURE);
}

/* --- Signals -------------------------------------------------------------- */

static void hang_up(struct daemon *d)
{
	struct timespec now;
	char *why = NULL;
	char state[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	process_notify(state);
	reload(d, &why);
	free(why);
	process_notify("READY=1");
}

static void reap(struct daemon *d)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		activation_process_ended(&d->activation, pid, status);
}

static void signal_ready(struct source *s, uint32_t events)
{
	struct daemon *d = (struct daemon *)((char *)s -
					     offsetof(struct daemon, signals));
	struct signalfd_siginfo info;

	while (read(s->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			hang_up(d);
		else if (info.ssi_signo == SIGCHLD)
			reap(d);
		else if (d->options->keep_bus && !d->leaving)
			leave(d);
		else
			give_up(d, EXIT_SUCCESS);
	}
}

static bool catch_signals(struct daemon *d)
{
	sigset_t set;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals.ready = signal_ready;
	d->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signals.fd < 0)
		return log_startup("signalfd: %m");
	ret = loop_add(d->loop, &d->signals, EPOLLIN);
	return !ret || log_startup("epoll: %s", strerror(-ret));
}

/* --- Beginning and end ---------------------------------------------------- */

static bool listen_on(struct daemon *d)
{
	const char *address = d->options->address;
	char *why = NULL;
	size_t i;
	bool ok;

	if (address) {
		ok = endpoints_add(&d->listener.endpoints, address, &why);
	} else {
		ok = true;
		for (i = 0; ok && i < d->config.n_listen; i++)
			ok = endpoints_add(&d->listener.endpoints,
					   d->config.listen[i], &why);
	}
	if (!ok)
		log_startup("%s", why ? why : "No memory");
	free(why);
	return ok;
}

/* Where the bus can be reached; allocated, NULL if there is no memory. */
static char *full_address(const struct daemon *d)
{
	const struct endpoints *e = &d->listener.endpoints;
	char *text = NULL;
	size_t len, i;
	FILE *f;

	f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	for (i = 0; i < e->n; i++)
		fprintf(f, "%s%s,guid=%s", i ? ";" : "", e->list[i].address,
			d->guid);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static bool print_address(struct daemon *d, const char *address)
{
	char *line;
	bool ok;

	if (d->options->print_address < 0)
		return true;
	if (asprintf(&line, "%s\n", address) < 0)
		return log_startup("No memory");
	ok = process_print(d->options->print_address, line);
	free(line);
	return ok;
}

static bool send_message(void *ctx, DBusMessage *m)
{
	struct daemon *d = ctx;

	return channel_send(&d->channel, m);
}

static void take_signal(void *ctx, DBusMessage *m)
{
	struct daemon *d = ctx;

	activation_signal(&d->activation, m);
}

static unsigned int handshakes(void *ctx)
{
	const struct daemon *d = ctx;

	return d->listener.n_handshakes;
}

static bool start_activation(struct daemon *d, const char *address)
{
	struct activation *a = &d->activation;

	a->kernel = &d->kernel;
	a->config = &d->config;
	a->channel = &d->channel;
	a->loop = d->loop;
	a->systemd = d->driver.systemd = d->options->systemd_activation;
	a->to_journal = d->options->syslog == SYSLOG_ONLY;
	a->environment = &d->driver.environment;
	d->driver.services = &a->services;
	d->driver.helper = d->config.service_helper;
	d->driver.signal = take_signal;
	d->driver.send = send_message;
	d->driver.incomplete = handshakes;
	d->driver.ctx = d;
	return activation_init(a, address, d->config.type);
}

/* Over what every daemon sets, as when that came. */
static bool start_environment(struct daemon *d)
{
	struct environment_file *f = &d->environment_file;

	d->driver.environment_file = f;
	if (!environment_file_init(f, environment_file_dir(), d->guid))
		return log_startup("No memory");
	return recall_environment(d) || log_startup("%s", d->kernel.why);
}

static bool print_pid(struct daemon *d)
{
	char text[16];

	if (d->options->print_pid < 0)
		return true;
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	return process_print(d->options->print_pid, text);
}

/* With the rights that we were started with. That of a dead daemon is ours. */
static bool open_pidfile(struct daemon *d)
{
	const char *path = d->config.pidfile;

	if (!path || !d->options->pidfile)
		return true;
	if (!process_open_pidfile(path, d->inheritance.bus, &d->pid_fd))
		return false;
	d->pidfile = realpath(path, NULL);
	return true;
}

static bool write_pidfile(struct daemon *d)
{
	int fd = d->pid_fd;

	d->pid_fd = -1;
	return fd < 0 || process_write_pidfile(d->config.pidfile, fd);
}

/* The bus is there: let clients in. */
static bool open_bus(struct daemon *d)
{
	char *address = full_address(d);
	bool ok;
	int ret;

	ok = address || log_startup("No memory");
	ok = ok && start_activation(d, address) && start_environment(d);
	if (ok)
		activation_attached(&d->activation);
	d->listener.loop = d->loop;
	ret = ok ? listener_start(&d->listener) : 0;
	if (ret)
		ok = log_startup("epoll: %s", strerror(-ret));
	ok = ok && print_address(d, address) && print_pid(d);
	free(address);
	return ok;
}

/* With a bus that is there already, becoming its driver decides whose it is. */
static bool get_bus(struct daemon *d)
{
	bool ok = d->inheritance.bus ? inherit_bus(d) : make_bus(d);

	if (ok && attach(d, d->options->replace))
		ok = log_startup("%s", d->kernel.why);
	if (ok && d->inheritance.bus)
		log_info("Took over the bus %s", d->name);
	return ok && write_pidfile(d) && load_policy(d) && keep_listeners(d);
}

static bool start(struct daemon *d)
{
	int ret, no_kernel;

	ret = loop_init(&d->loop);
	if (ret)
		return log_startup("epoll: %s", strerror(-ret));
	if (!catch_signals(d) || !make_guid(d))
		return false;
	no_kernel = kernel_open(&d->kernel);
	if (!no_kernel)
		no_kernel = inherit_look(&d->inheritance, &d->kernel,
					 d->options->replace);
	/* what is wrong with an address is said first */
	d->listener.endpoints.inheritance = &d->inheritance;
	if (!listen_on(d))
		return false;
	if (no_kernel)
		return log_startup("%s", d->kernel.why);
	d->keep_files = d->inheritance.bus;
	if (!open_pidfile(d))
		return false;
	if (d->config.user && d->was_root && !process_become(d->config.user))
		return false;
	if (!get_bus(d) || !open_bus(d))
		return false;
	d->has_bus = true;
	d->keep_files = false;
	process_ready(d->config.keep_umask);
	process_notify("READY=1");
	return true;
}

static void stop(struct daemon *d)
{
	listener_deinit(&d->listener, !d->keep_files);
	if (d->has_bus) {
		if (kernel_bus_del(&d->kernel, d->bus))
			log_error("%s", d->kernel.why);
		environment_file_remove(&d->environment_file);
	}
	channel_deinit(&d->channel);
	kernel_close(&d->kernel);
	kernel_close(&d->denials);
	close(d->signals.fd);
	close(d->loop);
	if (d->pidfile && (d->pid_fd < 0 || !d->inheritance.bus))
		unlink(d->pidfile);
	inherit_deinit(&d->inheritance);
	activation_deinit(&d->activation);
	environment_deinit(&d->driver.environment);
	environment_file_deinit(&d->environment_file);
	config_deinit(&d->config);
	free(d->pidfile);
	free(d->config_file);
}

/* -1 is for ever. */
static int next_timeout(const struct daemon *d)
{
	int a = listener_timeout(&d->listener);
	int b = activation_timeout(&d->activation);

	if (d->leaving)
		return 100;
	if (a < 0 || b < 0)
		return a > b ? a : b;
	return a < b ? a : b;
}

/* Nobody is in a handshake any more, or who is does nothing about it. */
static bool has_left(const struct daemon *d)
{
	int64_t since = d->leaving;

	if (!d->leaving)
		return false;
	if (!d->listener.n_handshakes)
		return true;
	if (since < d->listener.stepped)
		since = d->listener.stepped;
	return loop_now() >= since + LEAVE_MS;
}

static void run(struct daemon *d)
{
	int ret;

	while (!d->end) {
		ret = loop_run_once(d->loop, next_timeout(d));
		if (ret) {
			log_error("epoll: %s", strerror(-ret));
			give_up(d, EXIT_FAILURE);
		}
		listener_tick(&d->listener);
		activation_tick(&d->activation);
		if (!d->end && d->channel.lost) {
			if (d->leaving)
				forget_pidfile(d);
			else
				reattach(d);
		}
		if (has_left(d))
			give_up(d, EXIT_SUCCESS);
	}
}

int daemon_run(const struct options *o)
{
	struct daemon d = {
		.options = o,
		.was_root = geteuid() == 0,
		.channel.source.fd = -1,
		.signals.fd = -1,
		.pid_fd = -1,
		.activation.watch.fd = -1,
		.activation.begun.fd = -1,
		.loop = -1,
	};

	read_config(&d);
	log_where(&d);
	d.listener.kernel = d.driver.kernel = &d.kernel;
	d.listener.config = &d.config;
	d.listener.guid = d.guid;
	d.driver.reload = reload;
	d.driver.reload_ctx = &d;

	process_raise_limits();
	if (o->fork == CHOICE_YES ||
	    (o->fork == CHOICE_CONFIG && d.config.fork))
		process_fork();
	if (start(&d))
		run(&d);
	else
		d.status = EXIT_FAILURE;
	if (!d.status)
		process_notify("STOPPING=1");
	stop(&d);
	return d.status;
}
