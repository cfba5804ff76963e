// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's generic netlink requests, right ones and wrong ones. */
#include "tests/bus/tests.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/dbus.h>
#include <linux/genetlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define NO_FD (-2)

static struct mnl_socket *nl;
static uint16_t family;
static uint32_t seq;
static char error_text[256];		/* of the last request */
static char buf[4096];

/* --- requests ---------------------------------------------------------------- */

static struct nlmsghdr *request(uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *n = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g;

	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | flags;
	n->nlmsg_seq = ++seq;
	g = mnl_nlmsg_put_extra_header(n, sizeof(*g));
	g->cmd = cmd;
	g->version = DBUS_GENL_VERSION;
	return n;
}

static int error_attr(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG)
		snprintf(error_text, sizeof(error_text), "%s",
			 mnl_attr_get_str(a));
	return MNL_CB_OK;
}

static int on_error(const struct nlmsghdr *n)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(n);
	size_t off = sizeof(*e);

	if (!(n->nlmsg_flags & NLM_F_CAPPED))
		off += e->msg.nlmsg_len - sizeof(struct nlmsghdr);
	if (n->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(n, off, error_attr, NULL);
	return e->error;
}

/* 0 or -errno, with error_text; @cb gets what comes before. */
static int run(struct nlmsghdr *req, mnl_cb_t cb, void *data)
{
	static char in[65536];
	const struct nlmsghdr *n;
	ssize_t len;
	int left;

	error_text[0] = 0;
	check(mnl_socket_sendto(nl, req, req->nlmsg_len) > 0, "netlink: %m");
	for (;;) {
		len = mnl_socket_recvfrom(nl, in, sizeof(in));
		check(len > 0, "netlink: %m");
		left = len;
		for (n = (void *)in; mnl_nlmsg_ok(n, left);
		     n = mnl_nlmsg_next(n, &left)) {
			if (n->nlmsg_type == NLMSG_ERROR)
				return on_error(n);
			if (n->nlmsg_type == NLMSG_DONE)
				return 0;
			if (cb)
				cb(n, data);
		}
	}
}

static int family_attr(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
		family = mnl_attr_get_u16(a);
	return MNL_CB_OK;
}

static int family_cb(const struct nlmsghdr *n, void *data)
{
	return mnl_attr_parse(n, sizeof(struct genlmsghdr), family_attr, NULL);
}

static void genl_open(void)
{
	int one = 1;
	struct nlmsghdr *n;

	nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	check(nl && !mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID),
	      "netlink: %m");
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	n = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(n, CTRL_ATTR_FAMILY_NAME, DBUS_GENL_NAME);
	check(!run(n, family_cb, NULL) && family,
	      "no generic netlink family %s: is the module loaded?",
	      DBUS_GENL_NAME);
}

static int u32_attr(const struct nlattr *a, void *data)
{
	uint32_t *v = data;

	if (mnl_attr_get_type(a) == DBUS_A_BUS)
		*v = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static int bus_cb(const struct nlmsghdr *n, void *data)
{
	return mnl_attr_parse(n, sizeof(struct genlmsghdr), u32_attr, data);
}

static int bus_new(const char *name, uint32_t *bus)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_BUS_NEW, NLM_F_ACK);

	if (name)
		mnl_attr_put_strz(n, DBUS_A_BUS_NAME, name);
	return run(n, bus_cb, bus);
}

/* One's own buses have one's user id in their names. */
static int own_bus_new(const char *name, uint32_t *bus)
{
	char full[64];

	snprintf(full, sizeof(full), "%s-%u", name, getuid());
	return bus_new(full, bus);
}

static int bus_del(uint32_t bus)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_BUS_DEL, NLM_F_ACK);

	if (bus != ~0u)
		mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	return run(n, NULL, NULL);
}

/* @bus ~0 and @fd NO_FD leave the attribute out */
static int peer_new(uint32_t bus, int fd)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_PEER_NEW, NLM_F_ACK);

	if (bus != ~0u)
		mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	if (fd != NO_FD)
		mnl_attr_put_u32(n, DBUS_A_FD, fd);
	mnl_attr_put(n, DBUS_A_UNIX_FDS, 0, NULL);
	return run(n, NULL, NULL);
}

static int peer_del(uint32_t bus, uint64_t peer)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_PEER_DEL, NLM_F_ACK);

	mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	mnl_attr_put_u64(n, DBUS_A_PEER_ID, peer);
	return run(n, NULL, NULL);
}

static void refused(int ret, const char *what)
{
	printf("%-40s %s: %s\n", what, strerror(-ret), error_text);
	check(ret < 0, "%s: accepted", what);
	check(error_text[0], "%s: error %d without a text", what, ret);
}

/* --- a bus without a daemon ---------------------------------------------------- */

static void genl_bus(char **arg)
{
	uint32_t bus = 0;
	struct conn *a, *b;
	uint32_t serial;
	int p[2], q[2];
	struct got *g;

	genl_open();
	check(!own_bus_new("genl-test", &bus) && bus, "BUS_NEW: %s", error_text);
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) &&
	      !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, q),
	      "pair: %m");
	check(!peer_new(bus, p[0]), "PEER_NEW: %s", error_text);
	check(!peer_new(bus, q[0]), "PEER_NEW: %s", error_text);
	close(p[0]);
	close(q[0]);
	a = conn_adopt(p[1]);
	b = conn_adopt(q[1]);
	serial = conn_call(a, b->name, "Call", "s", "no daemon");
	g = want_call(b, "Call");
	conn_return(b, g, "");
	conn_ok(a, serial);
	got_free(g);

	/* disconnected by request */
	check(!peer_del(bus, strtoull(b->name + 3, NULL, 10)),
	      "PEER_DEL: %s", error_text);
	conn_hung_up(b, "PEER_DEL");
	check(!bus_u32(a, "NameHasOwner", "s", b->name), "%s is still there",
	      b->name);
	check(!bus_del(bus), "BUS_DEL: %s", error_text);
	conn_hung_up(a, "BUS_DEL");
	conn_close(a);
	conn_close(b);
}

/* What was sent before the adoption is not lost, nor a hang-up before it. */
static void genl_early(char **arg)
{
	struct draft d = { 0 };
	struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
			  .path = BUS_PATH, .iface = BUS_NAME,
			  .member = "Hello", .serial = 1 };
	uint32_t bus = 0;
	struct conn *a;
	struct got *g;
	int p[2];

	genl_open();
	check(!own_bus_new("genl-early", &bus), "BUS_NEW: %s", error_text);
	draft_message(&d, &h, "");
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p),
	      "pair: %m");
	check(write(p[1], d.p, d.len) == (ssize_t)d.len, "write: %m");
	check(!peer_new(bus, p[0]), "PEER_NEW: %s", error_text);
	close(p[0]);
	a = calloc(1, sizeof(*a));
	a->fd = p[1];
	a->serial = 1;
	g = conn_next(a);
	check(g->m.type == WIRE_METHOD_RETURN && g->m.reply_serial == 1, "%s",
	      got_text(g));
	strcpy(a->name, got_str(g, 0));
	got_free(g);
	want_bus_signal(a, "NameAcquired", a->name, NULL, NULL);
	bus_ok(a, "AddMatch", "s", "member='NameOwnerChanged'");

	/* said Hello, and gone before it was adopted */
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p),
	      "pair: %m");
	check(write(p[1], d.p, d.len) == (ssize_t)d.len, "write: %m");
	close(p[1]);
	if (!peer_new(bus, p[0])) {
		want_bus_signal(a, "NameOwnerChanged", NULL, "", NULL);
		want_bus_signal(a, "NameOwnerChanged", NULL, NULL, "");
	}
	close(p[0]);
	conn_quiet(a, "nothing more");
	check(!bus_del(bus), "BUS_DEL: %s", error_text);
	conn_close(a);
	draft_free(&d);
}

/* --- what a connection takes ------------------------------------------------------ */

/* Octets of the kernel's own objects that it can't give back. */
static long kernel_memory(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = -1;

	check(f, "/proc/meminfo: %m");
	while (fgets(line, sizeof(line), f))
		sscanf(line, "SUnreclaim: %ld kB", &kib);
	fclose(f);
	check(kib >= 0, "/proc/meminfo: no SUnreclaim");
	return kib * 1024;
}

/* genl-idle [N]: N connections that have said Hello, and say nothing more */
static void genl_idle(char **arg)
{
	unsigned long i, n = arg_number(&arg, 400);
	int (*p)[2] = calloc(n, sizeof(*p));
	long before, after, each;
	struct conn **c = calloc(n, sizeof(*c));
	uint32_t bus = 0;

	genl_open();
	check(!own_bus_new("genl-idle", &bus), "BUS_NEW: %s", error_text);
	for (i = 0; i < n; i++)
		check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				  p[i]), "pair %lu: %m", i);
	before = kernel_memory();
	for (i = 0; i < n; i++) {
		check(!peer_new(bus, p[i][0]), "PEER_NEW: %s", error_text);
		c[i] = conn_adopt(p[i][1]);
	}
	after = kernel_memory();
	each = (after - before) / (long)n;
	printf("%ld octets an idle connection, beyond its socket\n", each);
	check(each > 0 && each <= 4096, "%ld octets", each);
	for (i = 0; i < n; i++) {
		conn_close(c[i]);
		close(p[i][0]);
	}
	check(!bus_del(bus), "BUS_DEL: %s", error_text);
	free(c);
	free(p);
}

/* --- wrong requests ------------------------------------------------------------ */

static int unix_listener(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(fd >= 0 && !bind(fd, (void *)&un, sizeof(un.sun_family)) &&
	      !listen(fd, 1), "listen: %m");
	return fd;
}

static void genl_wrong(char **arg)
{
	char long_name[DBUS_NAME_MAX + 2];
	int pair[2], dgram[2], seqpacket[2], fresh[2], pipes[2];
	uint32_t bus = 0, other = 0;
	struct conn *a;

	genl_open();
	check(!own_bus_new("genl-wrong", &bus), "BUS_NEW: %s", error_text);
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) &&
	      !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fresh) &&
	      !socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, dgram) &&
	      !socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			  seqpacket) && !pipe2(pipes, O_CLOEXEC),
	      "sockets: %m");

	refused(own_bus_new("genl-wrong", &other), "a bus that there is");
	refused(bus_new(NULL, &other), "a bus without a name");
	refused(bus_new("", &other), "a bus with an empty name");
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = 0;
	refused(bus_new(long_name, &other), "a bus with too long a name");
	refused(bus_new("bad/name\n", &other), "a bus with an odd name");
	refused(bus_del(~0u), "no bus given");
	refused(bus_del(4000000000u), "a bus that there is not");
	refused(peer_new(~0u, fresh[0]), "a peer without a bus");
	refused(peer_new(bus, NO_FD), "a peer without a socket");
	refused(peer_new(4000000000u, fresh[0]), "a peer of an unknown bus");
	refused(peer_new(bus, -1), "a descriptor of -1");
	refused(peer_new(bus, 1000000), "a descriptor that is not open");
	refused(peer_new(bus, open("/dev/null", O_RDWR | O_CLOEXEC)),
		"a device");
	refused(peer_new(bus, pipes[0]), "a pipe");
	refused(peer_new(bus, open("/", O_PATH | O_CLOEXEC)), "an O_PATH");
	refused(peer_new(bus, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
		"an AF_INET socket");
	refused(peer_new(bus, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0)),
		"an AF_NETLINK socket");
	refused(peer_new(bus, dgram[0]), "a datagram socket");
	refused(peer_new(bus, seqpacket[0]), "a seqpacket socket");
	refused(peer_new(bus, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
		"a socket that is not connected");
	refused(peer_new(bus, unix_listener()), "a listening socket");
	check(!peer_new(bus, pair[0]), "PEER_NEW: %s", error_text);
	refused(peer_new(bus, pair[0]), "a socket adopted before");
	refused(peer_new(bus, pair[1]), "the other end of one adopted");
	refused(peer_del(bus, 4000000000u), "a peer that there is not");
	refused(peer_del(4000000000u, 1), "a peer of an unknown bus");

	/* none of this has hurt the one that is there */
	a = conn_adopt(pair[1]);
	conn_alive(a, "after all those requests");
	conn_close(a);
	check(!bus_del(bus), "BUS_DEL: %s", error_text);
	refused(bus_del(bus), "a bus that there was");
}

/* --- other users --------------------------------------------------------------- */

static void become(uid_t uid)
{
	check(!setresgid(uid, uid, uid) && !setresuid(uid, uid, uid),
	      "setuid %u: %m", uid);
}

/* Runs @fn(@arg) as @uid; must be root. */
static void as_user(uid_t uid, void (*fn)(uint32_t), uint32_t arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		become(uid);
		genl_open();
		fn(arg);
		fflush(NULL);
		_exit(0);
	}
	check(waitpid(pid, &status, 0) == pid && !status, "user %u: %#x", uid,
	      status);
}

static uint32_t found;

static int find_cb(const struct nlmsghdr *n, void *data)
{
	uint32_t bus = 0;

	mnl_attr_parse(n, sizeof(struct genlmsghdr), u32_attr, &bus);
	if (bus == *(uint32_t *)data)
		found++;
	return MNL_CB_OK;
}

static bool sees(uint32_t bus, uint8_t cmd)
{
	found = 0;
	run(request(family, cmd, NLM_F_DUMP | NLM_F_ACK), find_cb, &bus);
	return found;
}

static void owner_makes(uint32_t unused)
{
	uint32_t bus = 0;
	int fd;

	check(!own_bus_new("genl-owner", &bus) && bus, "an ordinary user: %s",
	      error_text);
	check(sees(bus, DBUS_CMD_BUS_GET), "does not see its own bus");
	fd = creat("genl-owner.bus", 0600);
	if (fd >= 0)
		dprintf(fd, "%u\n", bus);
	close(fd);
}

static void owner_unmakes(uint32_t bus)
{
	check(!bus_del(bus), "its owner can't remove a bus: %s", error_text);
}

static void stranger_tries(uint32_t bus)
{
	int p[2];

	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p),
	      "pair: %m");
	refused(peer_new(bus, p[0]), "another user attaches");
	refused(peer_del(bus, 1), "another user disconnects");
	refused(bus_del(bus), "another user removes the bus");
	refused(bus_new("session-1001", &bus), "another user's name");
	check(!sees(bus, DBUS_CMD_BUS_GET) && !sees(bus, DBUS_CMD_PEER_GET) &&
	      !sees(bus, DBUS_CMD_NAME_GET) && !sees(bus, DBUS_CMD_MATCH_GET),
	      "another user sees the bus's tables");
}

static void user_goes_on(uint32_t unused)
{
	uint32_t bus[4096];
	unsigned int n;
	char name[32];
	int ret;

	for (n = 0; n < 4096; n++) {
		snprintf(name, sizeof(name), "many-%u-%u", getuid(), n);
		ret = bus_new(name, &bus[n]);
		if (ret)
			break;
	}
	refused(n < 4096 ? ret : 0, "a user's many buses");
	printf("a user may have %u buses\n", n);
	check(n >= 2, "a user may have no more than %u", n);
	while (n--)
		check(!bus_del(bus[n]), "BUS_DEL: %s", error_text);
}

/* In an empty directory that anyone may write to. */
static void genl_users(char **arg)
{
	unsigned int bus;
	FILE *f;

	check(!getuid(), "genl-users has to be started as root");
	as_user(1001, owner_makes, 0);
	f = fopen("genl-owner.bus", "re");
	check(f && fscanf(f, "%u", &bus) == 1, "genl-owner.bus: %m");
	fclose(f);
	unlink("genl-owner.bus");
	as_user(1002, stranger_tries, bus);
	genl_open();
	check(sees(bus, DBUS_CMD_BUS_GET), "root does not see a user's bus");
	as_user(1001, owner_unmakes, bus);
	check(!sees(bus, DBUS_CMD_BUS_GET), "the bus is still there");
	as_user(1001, user_goes_on, 0);
	/* somebody else's are not counted */
	as_user(1002, user_goes_on, 0);
}

/* --- wrong requests to observe ---------------------------------------------------- */

/* @name NULL: more of @bus; @fd NO_FD: left out */
static int observe(const char *name, uint32_t *bus, int fd)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_OBSERVE, NLM_F_ACK);

	if (name)
		mnl_attr_put_strz(n, DBUS_A_BUS_NAME, name);
	else
		mnl_attr_put_u32(n, DBUS_A_BUS, *bus);
	if (fd != NO_FD)
		mnl_attr_put_u32(n, DBUS_A_FD, fd);
	return run(n, bus_cb, bus);
}

static int unobserve(uint32_t bus)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_UNOBSERVE, NLM_F_ACK);

	mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	return run(n, NULL, NULL);
}

static void user_observes(uint32_t bus)
{
	uint32_t other = 0;

	refused(observe("genl-user", &other, unix_listener()),
		"an ordinary user observes a socket of their own");
	refused(observe(NULL, &bus, unix_listener()),
		"an ordinary user adds a socket");
	refused(unobserve(bus), "an ordinary user ends it");
}

/* Root, in a user and network namespace of its own. */
static void root_of_its_own(uint32_t unused)
{
	uint32_t other = 0;

	check(!unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare: %m");
	mnl_socket_close(nl);
	genl_open();
	refused(observe("genl-root", &other, unix_listener()),
		"root of another user namespace observes");
}

/* An adopted socket, and a listening one, are what they were after all this. */
static void genl_observe(char **arg)
{
	int pair[2], plain[2], dgram[2], fd = unix_listener(), again;
	uint32_t own = 0, bus = 0, other = 0;
	struct conn *a;

	check(!getuid(), "genl-observe has to be started as root");
	genl_open();
	check(!own_bus_new("genl-observe", &own), "BUS_NEW: %s", error_text);
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) &&
	      !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, plain) &&
	      !socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, dgram),
	      "sockets: %m");
	check(!peer_new(own, pair[0]), "PEER_NEW: %s", error_text);

	refused(observe("genl", &bus, NO_FD), "no socket");
	refused(observe("genl", &bus, -1), "a descriptor of -1");
	refused(observe("genl", &bus, dgram[0]), "a datagram socket");
	refused(observe("genl", &bus,
			socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
		"an AF_INET socket");
	refused(observe("genl", &bus, plain[0]), "one that does not listen");
	refused(observe("genl", &bus, pair[0]), "one that is adopted");
	refused(observe("genl-observe-0", &bus, fd), "a name that is taken");
	refused(observe(NULL, &own, fd), "for a bus of the kernel's own");
	refused(observe(NULL, &(uint32_t){ 4000000000u }, fd),
		"for a bus that there is not");
	check(!observe("genl", &bus, fd) && bus, "OBSERVE: %s", error_text);
	refused(observe("genl-2", &other, fd), "one that is observed");
	refused(observe(NULL, &bus, fd), "one that is observed, likewise");
	again = dup(fd);
	refused(observe(NULL, &bus, again), "a copy of its descriptor");
	refused(observe(NULL, &bus, pair[0]), "one more, that is adopted");
	refused(observe(NULL, &bus,
			socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
		"one more, that is not connected");
	/* what is adopted later is not observed any more */
	check(!observe(NULL, &bus, plain[0]), "OBSERVE: %s", error_text);
	check(!peer_new(own, plain[0]), "PEER_NEW: %s", error_text);
	refused(observe(NULL, &bus, plain[0]), "one that was adopted then");
	as_user(1001, user_observes, bus);
	as_user(1001, root_of_its_own, 0);
	refused(unobserve(own), "to end it for a bus of the kernel's own");
	check(!unobserve(bus), "UNOBSERVE: %s", error_text);
	refused(unobserve(bus), "to end it twice");

	a = conn_adopt(pair[1]);
	conn_alive(a, "after all those requests");
	conn_close(a);
	a = conn_adopt(plain[1]);
	conn_alive(a, "after it was observed");
	conn_close(a);
	check(!bus_del(own), "BUS_DEL: %s", error_text);
}

/* --- listening sockets -------------------------------------------------------- */

static int listener_new(uint32_t bus, int fd)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_LISTENER_NEW, NLM_F_ACK);

	mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	if (fd != NO_FD)
		mnl_attr_put_u32(n, DBUS_A_FD, fd);
	return run(n, NULL, NULL);
}

static int fd_attr(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == DBUS_A_FD)
		*(int *)data = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static int fd_cb(const struct nlmsghdr *n, void *data)
{
	return mnl_attr_parse(n, sizeof(struct genlmsghdr), fd_attr, data);
}

/* DBUS_CMD_LISTENER_OPEN, filling in @fd, or DBUS_CMD_LISTENER_DEL */
static int listener(uint8_t cmd, uint32_t bus, uint64_t inode, int *fd)
{
	struct nlmsghdr *n = request(family, cmd, NLM_F_ACK);

	mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	if (inode)
		mnl_attr_put_u64(n, DBUS_A_INODE, inode);
	return run(n, fd ? fd_cb : NULL, fd);
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	check(!fstat(fd, &st), "fstat: %m");
	return st.st_ino;
}

/* Connect to where @fd listens: an errno, or 0. */
static int knock(const struct sockaddr_un *un, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = connect(fd, (const void *)un, len) ? errno : 0;

	close(fd);
	return err;
}

static int driver_new(uint32_t bus, int fd, bool vacant)
{
	struct nlmsghdr *n = request(family, DBUS_CMD_PEER_NEW, NLM_F_ACK);

	mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	mnl_attr_put_u32(n, DBUS_A_FD, fd);
	mnl_attr_put(n, DBUS_A_DRIVER, 0, NULL);
	if (vacant)
		mnl_attr_put(n, DBUS_A_VACANT, 0, NULL);
	return run(n, NULL, NULL);
}

/* A bus's place is free as soon as its driver's other end is closed. */
static void take_turns(uint32_t bus)
{
	int first[2], second[2];

	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, first) &&
	      !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, second),
	      "sockets: %m");
	check(!driver_new(bus, first[0], true), "PEER_NEW: %s", error_text);
	refused(driver_new(bus, second[0], true), "a second driver");
	close(second[0]);
	close(second[1]);
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, second),
	      "sockets: %m");
	close(first[1]);
	check(!driver_new(bus, second[0], true), "PEER_NEW: %s", error_text);
}

static void stranger_listens(uint32_t bus)
{
	refused(listener_new(bus, unix_listener()), "a stranger's socket");
	refused(listener(DBUS_CMD_LISTENER_OPEN, bus, 1, NULL),
		"a stranger who wants one");
	check(!sees(bus, DBUS_CMD_LISTENER_GET), "a stranger sees them");
}

static void genl_listeners(char **arg)
{
	int fd = unix_listener(), dgram[2], pair[2], again = -1, i;
	socklen_t len = sizeof(struct sockaddr_un);
	struct sockaddr_un un;
	uint64_t inode = inode_of(fd);
	uint32_t bus = 0;

	check(!getuid(), "genl-listeners has to be started as root");
	genl_open();
	check(!own_bus_new("genl-listeners", &bus), "BUS_NEW: %s", error_text);
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) &&
	      !socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, dgram) &&
	      !getsockname(fd, (void *)&un, &len), "sockets: %m");
	refused(listener_new(bus, NO_FD), "no socket");
	refused(listener_new(bus, -1), "a descriptor of -1");
	refused(listener_new(bus, dgram[0]), "a datagram socket");
	refused(listener_new(bus, pair[0]), "one that does not listen");
	refused(listener_new(4000000000u, fd), "for no bus");
	check(!listener_new(bus, fd), "LISTENER_NEW: %s", error_text);
	refused(listener_new(bus, fd), "one that it has");
	refused(listener(DBUS_CMD_LISTENER_OPEN, bus, 0, NULL), "to open none");
	refused(listener(DBUS_CMD_LISTENER_OPEN, bus, inode + 1, NULL),
		"to open one that there is not");
	refused(listener(DBUS_CMD_LISTENER_DEL, bus, inode + 1, NULL),
		"to let go one that there is not");
	check(sees(bus, DBUS_CMD_LISTENER_GET), "it is not shown");
	as_user(1001, stranger_listens, bus);

	close(fd);
	check(!knock(&un, len), "the socket is not kept: %m");
	check(!listener(DBUS_CMD_LISTENER_OPEN, bus, inode, &again) &&
	      again >= 0 && inode_of(again) == inode &&
	      fcntl(again, F_GETFD) == FD_CLOEXEC, "LISTENER_OPEN: %s, %d",
	      error_text, again);
	fd = accept(again, NULL, NULL);
	check(fd >= 0, "accept: %m");
	close(fd);
	close(again);
	check(!listener(DBUS_CMD_LISTENER_DEL, bus, inode, NULL),
	      "LISTENER_DEL: %s", error_text);
	check(knock(&un, len) == ECONNREFUSED, "the socket is still there");

	for (i = 0; i < 16; i++)
		check(!listener_new(bus, unix_listener()), "LISTENER_NEW: %s",
		      error_text);
	refused(listener_new(bus, unix_listener()), "one too many");
	take_turns(bus);
	check(!bus_del(bus), "BUS_DEL: %s", error_text);
}

const struct test genl_tests[] = {
	{ "genl-idle", genl_idle,
	  "[N]: an idle connection takes at most 4 KiB beyond its socket" },
	{ "genl-bus", genl_bus, "a bus works without any daemon" },
	{ "genl-early", genl_early,
	  "octets and a hang-up before the adoption are not lost" },
	{ "genl-wrong", genl_wrong,
	  "each wrong request is refused with a text" },
	{ "genl-observe", genl_observe,
	  "what can't be observed, or not by this one, is refused with a text" },
	{ "genl-listeners", genl_listeners,
	  "listening sockets are kept, for the bus's owner alone" },
	{ "genl-users", genl_users,
	  "a user's buses are theirs alone, and not too many" },
	{ 0 }
};
