// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the module's generic netlink family, with attributes of all kinds,
 * right and wrong, in any number and order. A bus that none of them names must
 * not notice anything.
 */
#include "tests/bus/tests.h"
#include "tests/bus/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/dbus.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#define N_FDS	8
#define MOST_BUSES 256		/* that the numbers of requests may name */

struct fuzz {
	uint64_t seed;
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t seq;
	uint32_t witness;	/* the bus that is left alone */
	uint32_t mine;		/* the one that most requests are for */
	int fd[N_FDS];
	unsigned long sent;
	unsigned long accepted;
	char buf[8192];
};

static uint32_t below(struct fuzz *f, uint32_t n)
{
	return random_below(&f->seed, n);
}

static struct nlmsghdr *request(struct fuzz *f, uint16_t type, uint8_t cmd,
				uint16_t flags)
{
	struct nlmsghdr *n = mnl_nlmsg_put_header(f->buf);
	struct genlmsghdr *g;

	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | flags;
	n->nlmsg_seq = ++f->seq;
	g = mnl_nlmsg_put_extra_header(n, sizeof(*g));
	g->cmd = cmd;
	g->version = DBUS_GENL_VERSION;
	return n;
}

static int number_attr(const struct nlattr *a, void *data)
{
	struct fuzz *f = data;

	if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID && !f->family)
		f->family = mnl_attr_get_u16(a);
	return MNL_CB_OK;
}

static int bus_attr(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == DBUS_A_BUS)
		*(uint32_t *)data = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

/* What the kernel answers is there once the request is sent; a dump goes on as it
 * is read. Returns the error of the last acknowledgement. */
static int take_answers(struct fuzz *f, uint32_t *bus)
{
	static char in[65536];
	const struct nlmsghdr *n;
	int left, err = 0;
	ssize_t len;

	while ((len = recv(mnl_socket_get_fd(f->nl), in, sizeof(in),
			   MSG_DONTWAIT)) > 0 || errno == ENOBUFS) {
		left = len > 0 ? len : 0;
		for (n = (void *)in; left && mnl_nlmsg_ok(n, left);
		     n = mnl_nlmsg_next(n, &left)) {
			if (n->nlmsg_type == NLMSG_ERROR)
				err = ((struct nlmsgerr *)
				       mnl_nlmsg_get_payload(n))->error;
			else if (n->nlmsg_type == GENL_ID_CTRL)
				mnl_attr_parse(n, sizeof(struct genlmsghdr),
					       number_attr, f);
			else if (n->nlmsg_type == f->family && bus)
				mnl_attr_parse(n, sizeof(struct genlmsghdr),
					       bus_attr, bus);
		}
	}
	return err;
}

static int send_request(struct fuzz *f, const struct nlmsghdr *n, size_t len,
			uint32_t *bus)
{
	if (mnl_socket_sendto(f->nl, n, len) < 0)
		return -errno;
	return take_answers(f, bus);
}

static void start(struct fuzz *f)
{
	struct nlmsghdr *n;

	f->nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	check(f->nl && !mnl_socket_bind(f->nl, 0, MNL_SOCKET_AUTOPID),
	      "netlink: %m");
	n = request(f, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(n, CTRL_ATTR_FAMILY_NAME, DBUS_GENL_NAME);
	send_request(f, n, n->nlmsg_len, NULL);
	check(f->family, "no generic netlink family %s", DBUS_GENL_NAME);
}

/* 0 if there is one called so, or no more are allowed */
static uint32_t bus_new(struct fuzz *f, const char *what)
{
	struct nlmsghdr *n = request(f, f->family, DBUS_CMD_BUS_NEW, NLM_F_ACK);
	uint32_t bus = 0;
	char name[64];

	snprintf(name, sizeof(name), "%s-%u", what, getuid());
	mnl_attr_put_strz(n, DBUS_A_BUS_NAME, name);
	send_request(f, n, n->nlmsg_len, &bus);
	return bus;
}

static void bus_del(struct fuzz *f, uint32_t bus)
{
	struct nlmsghdr *n = request(f, f->family, DBUS_CMD_BUS_DEL, NLM_F_ACK);

	mnl_attr_put_u32(n, DBUS_A_BUS, bus);
	send_request(f, n, n->nlmsg_len, NULL);
}

static struct conn *adopt(struct fuzz *f)
{
	struct nlmsghdr *n = request(f, f->family, DBUS_CMD_PEER_NEW,
				     NLM_F_ACK);
	struct conn *c;
	int p[2], err;

	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p),
	      "pair: %m");
	mnl_attr_put_u32(n, DBUS_A_BUS, f->witness);
	mnl_attr_put_u32(n, DBUS_A_FD, p[0]);
	err = send_request(f, n, n->nlmsg_len, NULL);
	check(!err, "PEER_NEW: %s", strerror(-err));
	close(p[0]);
	c = conn_adopt(p[1]);
	return c;
}

/* Sockets and others, anew now and then: the kernel keeps what it takes. */
static void some_fds(struct fuzz *f)
{
	unsigned int i;
	int p[2];

	for (i = 0; i < N_FDS; i++)
		if (f->fd[i] > 0)
			close(f->fd[i]);
	for (i = 0; i + 2 < N_FDS; i += 2) {
		check(!socketpair(AF_UNIX, i ? SOCK_STREAM : SOCK_DGRAM, 0, p),
		      "pair: %m");
		f->fd[i] = p[0];
		f->fd[i + 1] = p[1];
	}
	f->fd[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	f->fd[i + 1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static uint32_t some_number(struct fuzz *f)
{
	static const uint32_t odd[] = { 0, 1, 0x7fffffff, 0x80000000, ~0u };
	uint32_t v;

	switch (below(f, 4)) {
	case 0:
		v = odd[below(f, 5)];
		break;
	case 1:
		v = f->fd[below(f, N_FDS)];
		break;
	default:
		v = below(f, MOST_BUSES);
	}
	return v == f->witness ? ~0u : v;
}

static void some_attr(struct fuzz *f, struct nlmsghdr *n, unsigned int depth)
{
	static const char *const words[] = {
		"", "fuzz", "fuzz-1000", "fuzz-0", "org.test.Fuzz", ":1.1",
		"type='signal'", "0123456789abcdef0123456789abcdef",
		"\xff\xfe", "/", "org.freedesktop.DBus.Error.Failed",
	};
	unsigned int i, type = below(f, (depth ? 24 : DBUS_A_MAX) + 3);
	static const char zeros[600];
	struct nlattr *nest;
	uint64_t v;

	/* names the bus more often than that */
	if (!depth && !below(f, 4))
		type = DBUS_A_BUS;
	switch (below(f, 7)) {
	case 0:
	case 1:
	case 2:
		mnl_attr_put_u32(n, type, some_number(f));
		break;
	case 3:
		mnl_attr_put_strz(n, type, words[below(f, sizeof(words) /
						       sizeof(words[0]))]);
		break;
	case 4:
		v = some_number(f);
		mnl_attr_put_u64(n, type, v);
		break;
	case 5:
		mnl_attr_put(n, type, below(f, sizeof(zeros)), zeros);
		break;
	default:
		nest = mnl_attr_nest_start(n, type);
		for (i = below(f, 4); i && depth < 4; i--)
			some_attr(f, n, depth + 1);
		mnl_attr_nest_end(n, nest);
	}
}

/* What a request needs to be accepted, and a bit of what it may have. */
static void right_attrs(struct fuzz *f, struct nlmsghdr *n, uint8_t cmd)
{
	struct nlattr *nest;
	char name[32];

	if (cmd == DBUS_CMD_BUS_NEW) {
		snprintf(name, sizeof(name), "fuzz%u-%u", below(f, 4),
			 getuid());
		mnl_attr_put_strz(n, DBUS_A_BUS_NAME, name);
		return;
	}
	mnl_attr_put_u32(n, DBUS_A_BUS, f->mine);
	switch (cmd) {
	case DBUS_CMD_PEER_NEW:
		if (!below(f, 8))
			mnl_attr_put(n, DBUS_A_DRIVER, 0, NULL);
		mnl_attr_put(n, DBUS_A_UNIX_FDS, 0, NULL);
		mnl_attr_put_u32(n, DBUS_A_FD, f->fd[2 + below(f, 4)]);
		break;
	case DBUS_CMD_PEER_DEL:
		mnl_attr_put_u64(n, DBUS_A_PEER_ID, below(f, 8));
		break;
	case DBUS_CMD_SERVICE_NEW:
	case DBUS_CMD_SERVICE_DEL:
	case DBUS_CMD_SERVICE_FAIL:
		mnl_attr_put_strz(n, DBUS_A_NAME, below(f, 2) ?
				  "org.test.Fuzz" : "org.test.Other");
		break;
	case DBUS_CMD_POLICY_NEW:
		if (below(f, 2))
			mnl_attr_put(n, DBUS_A_FIRST, 0, NULL);
		nest = mnl_attr_nest_start(n, DBUS_A_RULE);
		mnl_attr_put_u32(n, 1 + below(f, 4), below(f, 4));
		if (below(f, 2))
			some_attr(f, n, 1);
		mnl_attr_nest_end(n, nest);
		if (below(f, 2)) {
			nest = mnl_attr_nest_start(n, DBUS_A_LIMITS);
			mnl_attr_put_u32(n, 1 + below(f, DBUS_LIMIT_MAX),
					 below(f, 1u << 20));
			mnl_attr_nest_end(n, nest);
			mnl_attr_put(n, DBUS_A_LAST, 0, NULL);
		}
		break;
	}
}

static void fuzz_step(struct fuzz *f)
{
	uint8_t cmd = below(f, 20) ? 1 + below(f, DBUS_CMD_MAX) :
		      below(f, 256);
	uint16_t flags = NLM_F_ACK;
	struct nlmsghdr *n;
	unsigned int i;
	size_t len;

	uint32_t mine;

	if (!below(f, 64)) {
		some_fds(f);
		mine = bus_new(f, "fuzz");
		if (mine)
			f->mine = mine;
	}
	if (!below(f, 4))
		flags |= NLM_F_DUMP;
	n = request(f, f->family, cmd, flags);
	if (below(f, 4))
		right_attrs(f, n, cmd);
	for (i = below(f, 2) ? 0 : below(f, 7); i && n->nlmsg_len < sizeof(f->buf) / 2; i--)
		some_attr(f, n, 0);
	len = n->nlmsg_len;
	if (!below(f, 16) && len > 24) {
		/* a length that is wrong, of an attribute or of the whole */
		if (below(f, 2))
			*(uint16_t *)(f->buf + 20) = below(f, 64);
		else
			n->nlmsg_len = below(f, len + 64);
	}
	if (!send_request(f, n, len, NULL))
		f->accepted++;
	f->sent++;
}

/* fuzz-genl [SECONDS [SEED]] */
static void fuzz_genl(char **arg)
{
	uint64_t end = now_ms() + 1000 * arg_number(&arg, 20);
	static struct fuzz f;
	struct witness w;
	uint32_t i;

	f.seed = arg_number(&arg, now_ms() ^ getpid());
	printf("seed %llu\n", (unsigned long long)f.seed);
	start(&f);
	f.witness = bus_new(&f, "witness");
	check(f.witness, "BUS_NEW");
	w.a = adopt(&f);
	w.b = adopt(&f);
	some_fds(&f);
	f.mine = bus_new(&f, "fuzz");
	while (now_ms() < end) {
		for (i = 0; i < 100; i++)
			fuzz_step(&f);
		witness_check(&w, "requests of all kinds");
	}
	for (i = 0; i < MOST_BUSES; i++)
		bus_del(&f, i);
	conn_close(w.a);
	conn_close(w.b);
	printf("%lu requests, %lu of them accepted\n", f.sent, f.accepted);
	check(f.accepted, "none was accepted");
}

const struct test fuzz_genl_tests[] = {
	{ "fuzz-genl", fuzz_genl,
	  "[SECONDS [SEED]]: requests of all kinds, right and wrong" },
	{ 0 }
};
