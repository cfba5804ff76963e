// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Before it becomes a monitor the connection asks who is there: a monitor can't
 * ask. It listens for changes from before its first question on, so that what
 * it knows in the end is how things are. What it asks, and what it is told,
 * teaches it the way that captured traffic does, and is not shown.
 */
#include "monitor.h"

#include <dbus/dbus.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC	1000000000ull
#define WAIT_MS		100	/* as for a device */
#define ANSWER_S	10	/* a bus that does not answer for so long is not used */
#define ASK_AT_ONCE	64	/* unanswered calls: the system bus allows 128 */
#define SYSTEM_BUS	"unix:path=/run/dbus/system_bus_socket"
#define CHANGES		"type='signal',sender='" DBUS_SERVICE_DBUS "'," \
			"interface='" DBUS_INTERFACE_DBUS "',"		\
			"member='NameOwnerChanged'"

/**
 * struct monitor - a connection that watches
 * @name: as it was asked for
 * @address: of the bus
 * @conn: private to us
 * @wake: eventfd: somebody wants monitor_read() to return
 * @snaplen: octets to keep of a message; 0: all
 * @received: messages
 * @done: enough
 * @buses: to learn from what it asks; NULL once it is a monitor
 * @waiting: questions without their answer
 */
struct monitor {
	const char *name;
	char *address;
	DBusConnection *conn;
	int wake;
	uint32_t snaplen;
	uint64_t received;
	bool done;
	struct buses *buses;
	unsigned int waiting;
};

bool monitor_is_bus(const char *device)
{
	return !strcmp(device, "system") || !strcmp(device, "session") ||
	       strchr(device, ':');
}

static void complain(const struct monitor *m, const char *what)
{
	fprintf(stderr, "dbusdump: %s: %s\n", m->name, what);
}

/* --- its address ---------------------------------------------------------- */

static char *session_address(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *run = getenv("XDG_RUNTIME_DIR");
	char *text;

	if (address && *address)
		return strdup(address);
	/* libdbus would go on to start a bus: nobody has asked for that */
	if (!run || asprintf(&text, "unix:path=%s/bus", run) < 0)
		return NULL;
	if (!access(text + strlen("unix:path="), F_OK))
		return text;
	free(text);
	return NULL;
}

static char *find_address(const char *name)
{
	const char *address;

	if (!strcmp(name, "session"))
		return session_address();
	if (strcmp(name, "system"))
		return strdup(name);
	address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	return strdup(address && *address ? address : SYSTEM_BUS);
}

/* --- messages ------------------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The octets of a message as the bus sent it, to be freed by dbus_free(). */
static bool as_packet(const struct monitor *m, DBusMessage *msg,
		      struct packet *p, char **octets)
{
	int len;

	if (!dbus_message_marshal(msg, octets, &len)) {
		complain(m, strerror(ENOMEM));
		return false;
	}
	*p = (struct packet){
		.time = now(),
		.data = (const uint8_t *)*octets,
		.len = (uint32_t)len,
		.caplen = (uint32_t)len,
		.linktype = LINKTYPE_DBUS,
	};
	if (m->snaplen && p->caplen > m->snaplen)
		p->caplen = m->snaplen;
	/* an address tells nobody more than that it is a bus */
	if (!strchr(m->name, ':')) {
		p->iface_name.s = m->name;
		p->iface_name.len = (uint32_t)strlen(m->name);
	}
	return true;
}

static bool learn(struct monitor *m, DBusMessage *msg)
{
	struct call *made, *answered;
	struct record rec;
	struct packet p;
	char *octets;

	if (!m->buses)
		return true;
	if (!as_packet(m, msg, &p, &octets))
		return false;
	record_decode(&rec, &p);
	answered = bus_learn(buses_get(m->buses, &rec), &rec, &made);
	free(answered);
	dbus_free(octets);
	return true;
}

/*
 * Wait until the connection has something, or the time is over.
 * Return: 1: look; 0: not now; -1: the bus closed it
 */
static int wait_for(struct monitor *m, int ms)
{
	struct pollfd fds[] = {
		{ .fd = m->wake, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	uint64_t n;

	if (dbus_connection_get_dispatch_status(m->conn) ==
	    DBUS_DISPATCH_DATA_REMAINS)
		return 1;
	if (!dbus_connection_get_is_connected(m->conn) ||
	    !dbus_connection_get_socket(m->conn, &fds[1].fd))
		return -1;
	if (dbus_connection_has_messages_to_send(m->conn))
		fds[1].events |= POLLOUT;
	if (poll(fds, 2, ms) < 0)
		return 0;
	if (fds[0].revents && read(m->wake, &n, sizeof(n)) < 0)
		return 0;
	if (!fds[1].revents)
		return 0;
	dbus_connection_read_write(m->conn, 0);
	return 1;
}

/* --- asking --------------------------------------------------------------- */

static DBusMessage *driver_call(struct monitor *m, const char *interface,
				const char *member)
{
	DBusMessage *msg = dbus_message_new_method_call(DBUS_SERVICE_DBUS,
							DBUS_PATH_DBUS,
							interface, member);

	/* the bus would put it in: what is learnt needs it now */
	if (msg && !dbus_message_set_sender(msg,
				dbus_bus_get_unique_name(m->conn))) {
		dbus_message_unref(msg);
		msg = NULL;
	}
	if (!msg)
		complain(m, strerror(ENOMEM));
	return msg;
}

/* Send a call, and drop our reference. Return: its serial, 0 without memory */
static dbus_uint32_t ask(struct monitor *m, DBusMessage *msg)
{
	dbus_uint32_t serial;

	if (!dbus_connection_send(m->conn, msg, &serial) || !learn(m, msg))
		serial = 0;
	else
		m->waiting++;
	dbus_message_unref(msg);
	return serial;
}

static bool ask_about(struct monitor *m, const char *member, const char *name)
{
	DBusMessage *msg = driver_call(m, DBUS_INTERFACE_DBUS, member);

	if (msg && !dbus_message_append_args(msg, DBUS_TYPE_STRING, &name,
					     DBUS_TYPE_INVALID)) {
		dbus_message_unref(msg);
		msg = NULL;
	}
	return msg && ask(m, msg);
}

/*
 * Take messages until the reply to @serial is there, or if that is 0 until no
 * more than @left questions wait for theirs.
 * Return: the reply if there is a serial, or else the last message, with a
 *	reference; NULL after a message
 */
static DBusMessage *await(struct monitor *m, dbus_uint32_t serial,
			  unsigned int left)
{
	uint64_t until = now() + ANSWER_S * NSEC_PER_SEC;
	DBusMessage *msg = NULL;
	dbus_uint32_t answers;

	while (now() < until) {
		if (wait_for(m, WAIT_MS) < 0) {
			complain(m, "the bus closed the connection");
			return NULL;
		}
		while ((msg = dbus_connection_pop_message(m->conn))) {
			answers = dbus_message_get_reply_serial(msg);
			if (!learn(m, msg))
				return NULL;
			if (answers && m->waiting)
				m->waiting--;
			if (serial ? answers == serial : m->waiting <= left)
				return msg;
			dbus_message_unref(msg);
		}
	}
	complain(m, "the bus does not answer");
	return NULL;
}

static bool let_answer(struct monitor *m, unsigned int left)
{
	DBusMessage *msg;

	if (m->waiting <= left)
		return true;
	msg = await(m, 0, left);
	if (msg)
		dbus_message_unref(msg);
	return msg;
}

/* The bus tells numbers; what they are called, the machine knows. */
static void name_process(struct monitor *m, const char *unique)
{
	struct wire_str id = { unique, (uint32_t)strlen(unique) };
	struct names *names = &m->buses->first->names;
	char path[32], comm[DBUSMON_COMM_LEN + 1] = "";
	const struct peer *peer = names_peer(names, id);
	FILE *f;

	if (!peer || !peer->pid || strncmp(m->address, "unix", 4))
		return;
	snprintf(path, sizeof(path), "/proc/%u/comm", peer->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(comm, sizeof(comm), f)) {
		comm[strcspn(comm, "\n")] = '\0';
		names_add_peer(names, id, peer->pid, peer->uid, comm);
	}
	fclose(f);
}

static bool ask_who(struct monitor *m, char **names, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		bool unique = names[i][0] == ':';

		if (!let_answer(m, ASK_AT_ONCE - 1) ||
		    !ask_about(m, unique ? "GetConnectionCredentials" :
					   "GetNameOwner", names[i]))
			return false;
	}
	if (!let_answer(m, 0))
		return false;
	for (i = 0; i < n; i++)
		if (names[i][0] == ':')
			name_process(m, names[i]);
	return true;
}

static bool learn_who(struct monitor *m)
{
	DBusMessage *msg, *reply = NULL;
	dbus_uint32_t serial = 0;
	char **names;
	bool ok;
	int n;

	if (ask_about(m, "AddMatch", CHANGES)) {
		msg = driver_call(m, DBUS_INTERFACE_DBUS, "ListNames");
		serial = msg ? ask(m, msg) : 0;
	}
	if (serial)
		reply = await(m, serial, 0);
	if (!reply)
		return false;
	ok = dbus_message_get_args(reply, NULL, DBUS_TYPE_ARRAY,
				   DBUS_TYPE_STRING, &names, &n,
				   DBUS_TYPE_INVALID);
	dbus_message_unref(reply);
	if (!ok) {
		complain(m, "the bus does not list its names");
		return false;
	}
	ok = ask_who(m, names, n);
	dbus_free_string_array(names);
	return ok;
}

/* --- becoming a monitor --------------------------------------------------- */

static bool connect_to(struct monitor *m)
{
	DBusError e = DBUS_ERROR_INIT;

	m->address = find_address(m->name);
	if (!m->address) {
		complain(m, "DBUS_SESSION_BUS_ADDRESS says no address");
		return false;
	}
	m->conn = dbus_connection_open_private(m->address, &e);
	if (m->conn) {
		dbus_connection_set_exit_on_disconnect(m->conn, FALSE);
		dbus_bus_register(m->conn, &e);
	}
	if (!dbus_error_is_set(&e))
		return true;
	complain(m, e.message);
	dbus_error_free(&e);
	return false;
}

static bool is_refused(struct monitor *m, DBusMessage *reply)
{
	DBusError e = DBUS_ERROR_INIT;

	if (!dbus_set_error_from_message(&e, reply))
		return false;
	fprintf(stderr, "dbusdump: %s: the bus allows no monitor: %s: %s\n",
		m->name, e.name, e.message);
	if (dbus_error_has_name(&e, DBUS_ERROR_ACCESS_DENIED))
		fputs("  Run it as root, or as the user whose bus it is.\n",
		      stderr);
	dbus_error_free(&e);
	return true;
}

static bool become(struct monitor *m)
{
	DBusMessage *msg = driver_call(m, DBUS_INTERFACE_MONITORING,
				       "BecomeMonitor");
	const char *none[] = { "" }, **rules = none;
	dbus_uint32_t flags = 0, serial = 0;
	bool ok;

	if (!msg)
		return false;
	if (dbus_message_append_args(msg, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING,
				     &rules, 0, DBUS_TYPE_UINT32, &flags,
				     DBUS_TYPE_INVALID))
		serial = ask(m, msg);
	else
		dbus_message_unref(msg);
	msg = serial ? await(m, serial, 0) : NULL;
	if (!msg)
		return false;
	ok = !is_refused(m, msg);
	dbus_message_unref(msg);
	return ok;
}

struct monitor *monitor_open(const struct live_config *config,
			     struct buses *buses)
{
	struct monitor *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->name = config->device;
	m->snaplen = config->snaplen;
	m->buses = buses;
	m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (config->linktype && strcasecmp(config->linktype, "DBUS")) {
		complain(m, "a monitor has link type DBUS alone");
	} else if (m->wake < 0) {
		complain(m, strerror(errno));
	} else if (connect_to(m) && (!buses || learn_who(m)) && become(m)) {
		m->buses = NULL;
		return m;
	}
	monitor_close(m);
	return NULL;
}

void monitor_close(struct monitor *m)
{
	if (m->conn) {
		dbus_connection_close(m->conn);
		dbus_connection_unref(m->conn);
	}
	if (m->wake >= 0)
		close(m->wake);
	free(m->address);
	free(m);
}

/* --- watching ------------------------------------------------------------- */

static bool deliver(struct monitor *m, DBusMessage *msg, live_packet_fn *fn,
		    void *ctx)
{
	struct packet p;
	char *octets;
	bool go_on;

	if (!as_packet(m, msg, &p, &octets))
		return false;
	m->received++;
	go_on = fn(ctx, &p);
	dbus_free(octets);
	return go_on;
}

int monitor_read(struct monitor *m, live_packet_fn *fn, void *ctx)
{
	DBusMessage *msg;
	bool ended = false;

	if (wait_for(m, WAIT_MS) < 0)
		ended = true;
	while (!m->done && (msg = dbus_connection_pop_message(m->conn))) {
		/* libdbus's own, at the end */
		if (dbus_message_is_signal(msg, DBUS_INTERFACE_LOCAL,
					   "Disconnected"))
			ended = true;
		else if (!deliver(m, msg, fn, ctx))
			m->done = true;
		dbus_message_unref(msg);
	}
	if (m->done)
		return 0;
	if (!ended)
		return 1;
	complain(m, "the bus closed the connection");
	return -1;
}

void monitor_break(struct monitor *m)
{
	uint64_t one = 1;
	int saved = errno;

	/* it could fail only if that had been done 2^64 times */
	if (write(m->wake, &one, sizeof(one)) < 0)
		errno = saved;
}

void monitor_stats(const struct monitor *m, struct live_stats *stats)
{
	*stats = (struct live_stats){ .received = m->received };
}

void monitor_announce(const struct monitor *m)
{
	fprintf(stderr, "dbusdump: listening on %s, link-type DBUS (D-Bus): as "
		"a monitor of the bus, not at a tap: no verdicts, no losses, "
		"and only those processes that were there before\n", m->name);
}
