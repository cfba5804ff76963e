// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/dbus.h>

#include "tools/dbus-routed/credentials.h"
#include "tools/dbus-routed/log.h"
#include "tools/dbus-routed/policy.h"

/* An answer of the kernel's fits: a dump's parts have up to 32 KiB. */
#define ANSWER_MAX	65536
/* How often to ask again if what is looked for may have been overlooked. */
#define TORN_MAX	10

static int __attribute__((format(printf, 3, 4)))
failure(struct kernel *k, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(k->why, sizeof(k->why), format, args);
	va_end(args);
	return error;
}

/* Attributes of one message, by their number. */
struct attrs {
	const struct nlattr *a[DBUS_A_MAX + 1];
};

static int collect(const struct nlattr *attr, void *data)
{
	struct attrs *attrs = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type <= DBUS_A_MAX)
		attrs->a[type] = attr;
	return MNL_CB_OK;
}

static bool has_u32(const struct attrs *t, enum dbus_attr type)
{
	return t->a[type] &&
	       mnl_attr_get_payload_len(t->a[type]) == sizeof(uint32_t);
}

static bool has_u64(const struct attrs *t, enum dbus_attr type)
{
	return t->a[type] &&
	       mnl_attr_get_payload_len(t->a[type]) == sizeof(uint64_t);
}

static bool is_string(const struct attrs *t, enum dbus_attr type,
		      const char *text)
{
	size_t len = strlen(text);
	const struct nlattr *a = t->a[type];

	return a && mnl_attr_get_payload_len(a) == len + 1 &&
	       !memcmp(mnl_attr_get_payload(a), text, len + 1);
}

/* A string attribute, copied; it may lack its NUL. */
static char *copy_string(const struct nlattr *a)
{
	return strndup(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
}

/**
 * struct exchange - a request under way
 * @each: called for each message of the answer; 0 or a negative error
 * @ctx: for @each
 * @error: what came of it
 * @torn: the table changed during the dump: something may be missing
 * @text: the kernel's words about it, if any
 */
struct exchange {
	int (*each)(const struct attrs *t, void *ctx);
	void *ctx;
	int error;
	bool torn;
	char text[128];
};

/* A line for the log, which may come at any time. */
static void log_denial(const struct attrs *t)
{
	const struct nlattr *a = t->a[DBUS_A_TEXT];

	if (a)
		log_warning("%.*s", (int)mnl_attr_get_payload_len(a),
			    (const char *)mnl_attr_get_payload(a));
}

static bool is_denial(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*genl) &&
	       genl->cmd == DBUS_CMD_POLICY_LOG;
}

static int on_data(const struct nlmsghdr *nlh, void *data)
{
	struct exchange *x = data;
	struct attrs t = {};
	int ret;

	if (mnl_attr_parse(nlh, GENL_HDRLEN, collect, &t) < 0)
		return MNL_CB_OK;
	if (is_denial(nlh)) {
		log_denial(&t);
		return MNL_CB_OK;
	}
	ret = x->each ? x->each(&t, x->ctx) : 0;
	if (ret && !x->error)
		x->error = ret;
	return MNL_CB_OK;	/* read on, to the end of the answer */
}

static int ext_text(const struct nlattr *attr, void *data)
{
	struct exchange *x = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_STRING) >= 0)
		snprintf(x->text, sizeof(x->text), "%.*s",
			 (int)mnl_attr_get_payload_len(attr),
			 (const char *)mnl_attr_get_payload(attr));
	return MNL_CB_OK;
}

/* The end of an answer: an acknowledgement, or an error with its text. */
static int on_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	struct exchange *x = data;
	size_t skip = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return MNL_CB_STOP;
	if (err->error)
		x->error = err->error;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			skip += MNL_ALIGN(err->msg.nlmsg_len) -
				sizeof(err->msg);
		mnl_attr_parse(nlh, skip, ext_text, x);
	}
	return MNL_CB_STOP;
}

/* The end of a dump. */
static int on_done(const struct nlmsghdr *nlh, void *data)
{
	const int *error = mnl_nlmsg_get_payload(nlh);
	struct exchange *x = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*error))
		return MNL_CB_STOP;
	if (*error < 0)
		x->error = *error;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(nlh, sizeof(*error), ext_text, x);
	return MNL_CB_STOP;
}

static mnl_cb_t control[NLMSG_MIN_TYPE] = {
	[NLMSG_ERROR] = on_error,
	[NLMSG_DONE] = on_done,
};

/*
 * libmnl stops at a message of a torn dump; but the rest has to be read, or the
 * socket could not begin another one.
 */
static void take_torn(struct exchange *x, void *answer, int n)
{
	struct nlmsghdr *nlh;

	for (nlh = answer; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			x->torn = true;
		nlh->nlmsg_flags &= ~NLM_F_DUMP_INTR;
	}
}

/* Send the request, and read its answer to the end. */
static int exchange(struct kernel *k, struct nlmsghdr *nlh, struct exchange *x)
{
	unsigned int port = mnl_socket_get_portid(k->nl);
	static char answer[ANSWER_MAX] __attribute__((aligned(8)));
	ssize_t n;
	int ret;

	nlh->nlmsg_seq = ++k->seq;
	if (mnl_socket_sendto(k->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(k->nl, answer, sizeof(answer));
		if (n < 0 && errno == EINTR) {
			ret = MNL_CB_OK;
			continue;
		}
		if (n < 0)
			return -errno;
		take_torn(x, answer, (int)n);
		ret = mnl_cb_run2(answer, n, k->seq, port, on_data, x, control,
				  NLMSG_MIN_TYPE);
		/* the rest of an answer given up before: none of ours */
		if (ret < 0 && (errno == ESRCH || errno == EPROTO))
			ret = MNL_CB_OK;
		else if (ret < 0)
			return -errno;
	} while (ret > MNL_CB_STOP);
	return x->error;
}

static struct nlmsghdr *request(struct kernel *k, void *buf, uint16_t type,
				uint8_t cmd, uint8_t version, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static struct nlmsghdr *dbus_request(struct kernel *k, void *buf, uint8_t cmd,
				     uint16_t flags)
{
	return request(k, buf, k->family, cmd, DBUS_GENL_VERSION, flags);
}

/* The same in words, for the administrator. */
static int explain(struct kernel *k, int error, const struct exchange *x,
		   const char *what)
{
	const char *more = "";

	if (!error)
		return 0;
	if (x->text[0])
		return failure(k, error, "%s: %s (%s)", what, x->text,
			       strerror(-error));
	if (error == -EPERM || error == -EACCES)
		more = " (needs CAP_NET_ADMIN, or the module parameter "
		       "user_buses and a bus of one's own)";
	return failure(k, error, "%s: %s%s", what, strerror(-error), more);
}

struct family {
	uint16_t id;
};

static int family_attr(const struct nlattr *attr, void *data)
{
	struct family *f = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		f->id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int family_data(const struct nlmsghdr *nlh, void *data)
{
	mnl_attr_parse(nlh, GENL_HDRLEN, family_attr, data);
	return MNL_CB_OK;
}

static int find_family(struct kernel *k)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct family f = {};
	struct nlmsghdr *nlh;
	ssize_t n;

	nlh = request(k, buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, DBUS_GENL_NAME);
	nlh->nlmsg_seq = ++k->seq;
	if (mnl_socket_sendto(k->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(k->nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, n, k->seq, mnl_socket_get_portid(k->nl),
				family_data, &f) < 0)
		return -errno;
	if (!f.id)
		return -ENOENT;
	k->family = f.id;
	return 0;
}

int kernel_open(struct kernel *k)
{
	int ret, on = 1;

	*k = (struct kernel){};
	k->nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!k->nl)
		return failure(k, -errno, "generic netlink socket: %m");
	if (mnl_socket_bind(k->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		ret = failure(k, -errno, "generic netlink socket: %m");
		goto close;
	}
	mnl_socket_setsockopt(k->nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(k->nl, NETLINK_CAP_ACK, &on, sizeof(on));

	ret = find_family(k);
	if (ret == -ENOENT)
		failure(k, ret, "the kernel has no D-Bus routing (module "
			"dbus): run modprobe dbus");
	else if (ret)
		failure(k, ret, "asking for the netlink family "
			DBUS_GENL_NAME ": %s", strerror(-ret));
	if (!ret)
		return 0;
close:
	kernel_close(k);
	return ret;
}

void kernel_close(struct kernel *k)
{
	if (k->nl)
		mnl_socket_close(k->nl);
	k->nl = NULL;
}

static int take_bus(const struct attrs *t, void *ctx)
{
	if (!has_u32(t, DBUS_A_BUS))
		return -EPROTO;
	*(uint32_t *)ctx = mnl_attr_get_u32(t->a[DBUS_A_BUS]);
	return 0;
}

int kernel_bus_new(struct kernel *k, const char *name, const char *guid,
		   uint32_t *bus)
{
	struct exchange x = { .each = take_bus, .ctx = bus };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;

	nlh = dbus_request(k, buf, DBUS_CMD_BUS_NEW, NLM_F_ACK);
	mnl_attr_put_strz(nlh, DBUS_A_BUS_NAME, name);
	mnl_attr_put_strz(nlh, DBUS_A_GUID, guid);
	mnl_attr_put(nlh, DBUS_A_DRIVER, 0, NULL);
	return explain(k, exchange(k, nlh, &x), &x, "making the bus");
}

int kernel_bus_del(struct kernel *k, uint32_t bus)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x = {};
	struct nlmsghdr *nlh;

	nlh = dbus_request(k, buf, DBUS_CMD_BUS_DEL, NLM_F_ACK);
	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	return explain(k, exchange(k, nlh, &x), &x, "removing the bus");
}

struct bus_query {
	char *name;
	char *guid;
	bool found;
};

/* A string attribute into @out; false if it does not fit. */
static bool take_string(const struct nlattr *a, char *out, size_t room)
{
	size_t n = a ? strnlen(mnl_attr_get_payload(a),
			       mnl_attr_get_payload_len(a)) : room;

	if (n >= room)
		return false;
	memcpy(out, mnl_attr_get_payload(a), n);
	out[n] = '\0';
	return true;
}

static int take_bus_get(const struct attrs *t, void *ctx)
{
	struct bus_query *q = ctx;

	q->found = take_string(t->a[DBUS_A_BUS_NAME], q->name, DBUS_NAME_MAX) &&
		   take_string(t->a[DBUS_A_GUID], q->guid, DBUS_GUID_LEN + 1);
	return q->found ? 0 : -EPROTO;
}

int kernel_bus_get(struct kernel *k, uint32_t bus, char name[DBUS_NAME_MAX],
		   char guid[DBUS_GUID_LEN + 1])
{
	struct bus_query q = { .name = name, .guid = guid };
	struct exchange x = { .each = take_bus_get, .ctx = &q };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	int ret;

	nlh = dbus_request(k, buf, DBUS_CMD_BUS_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	ret = exchange(k, nlh, &x);
	return explain(k, ret || q.found ? ret : -ENODEV, &x,
		       "asking for the bus");
}

/* --- Peers ----------------------------------------------------------------- */

static int take_peer_id(const struct attrs *t, void *ctx)
{
	if (!has_u64(t, DBUS_A_PEER_ID))
		return -EPROTO;
	*(uint64_t *)ctx = mnl_attr_get_u64(t->a[DBUS_A_PEER_ID]);
	return 0;
}

static struct nlmsghdr *peer_request(struct kernel *k, void *buf, uint32_t bus,
				     int fd)
{
	struct nlmsghdr *nlh;

	nlh = dbus_request(k, buf, DBUS_CMD_PEER_NEW, NLM_F_ACK);
	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	mnl_attr_put_u32(nlh, DBUS_A_FD, fd);
	return nlh;
}

int kernel_peer_new(struct kernel *k, uint32_t bus, int fd, bool unix_fds,
		    bool at_console, const char *label, uint64_t *id)
{
	struct exchange x = { .each = take_peer_id, .ctx = id };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = peer_request(k, buf, bus, fd);

	if (unix_fds)
		mnl_attr_put(nlh, DBUS_A_UNIX_FDS, 0, NULL);
	if (at_console)
		mnl_attr_put(nlh, DBUS_A_AT_CONSOLE, 0, NULL);
	if (label)
		mnl_attr_put_strz(nlh, DBUS_A_LABEL, label);
	return explain(k, exchange(k, nlh, &x), &x,
		       "handing a connection to the kernel");
}

static int take_turn(const struct attrs *t, void *ctx)
{
	if (!has_u32(t, DBUS_A_TURN))
		return -EPROTO;
	*(uint32_t *)ctx = mnl_attr_get_u32(t->a[DBUS_A_TURN]);
	return 0;
}

int kernel_driver_new(struct kernel *k, uint32_t bus, int fd, bool replace,
		      uint32_t *turn)
{
	struct exchange x = { .each = take_turn, .ctx = turn };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = peer_request(k, buf, bus, fd);

	mnl_attr_put(nlh, DBUS_A_DRIVER, 0, NULL);
	/* it hands out descriptors of processes */
	mnl_attr_put(nlh, DBUS_A_UNIX_FDS, 0, NULL);
	if (!replace)
		mnl_attr_put(nlh, DBUS_A_VACANT, 0, NULL);
	return explain(k, exchange(k, nlh, &x), &x,
		       "becoming the driver of the bus");
}

struct peer_query {
	uint64_t id;
	struct credentials *c;
	bool found;
};

/* "Complete or absent": no list of groups, if it can't be made whole. */
static void take_groups(const struct attrs *t, struct credentials *c)
{
	size_t n;

	if (!t->a[DBUS_A_GROUPS] || !has_u32(t, DBUS_A_GID))
		return;
	n = mnl_attr_get_payload_len(t->a[DBUS_A_GROUPS]) / sizeof(uint32_t);
	c->groups = malloc((n + 1) * sizeof(uint32_t));
	if (!c->groups)
		return;
	memcpy(c->groups, mnl_attr_get_payload(t->a[DBUS_A_GROUPS]),
	       n * sizeof(uint32_t));
	c->groups[n] = mnl_attr_get_u32(t->a[DBUS_A_GID]);
	c->n_groups = n + 1;
	c->has_groups = true;
	credentials_sort_groups(c);
}

static int take_peer(const struct attrs *t, void *ctx)
{
	struct peer_query *q = ctx;
	const struct nlattr *a;

	if (q->found || !has_u64(t, DBUS_A_PEER_ID) ||
	    mnl_attr_get_u64(t->a[DBUS_A_PEER_ID]) != q->id)
		return 0;
	if (!has_u32(t, DBUS_A_UID))
		return -EPROTO;
	q->found = true;
	q->c->uid = mnl_attr_get_u32(t->a[DBUS_A_UID]);
	q->c->running = t->a[DBUS_A_RUNNING];
	q->c->unix_fds = t->a[DBUS_A_UNIX_FDS];
	if (has_u32(t, DBUS_A_PID))
		q->c->pid = mnl_attr_get_u32(t->a[DBUS_A_PID]);
	a = t->a[DBUS_A_COMM];
	if (a)
		snprintf(q->c->comm, sizeof(q->c->comm), "%.*s",
			 (int)mnl_attr_get_payload_len(a),
			 (const char *)mnl_attr_get_payload(a));
	take_groups(t, q->c);
	if (t->a[DBUS_A_LABEL])
		q->c->label = copy_string(t->a[DBUS_A_LABEL]);
	return 0;
}

int kernel_peer_get(struct kernel *k, uint32_t bus, uint64_t id,
		    struct credentials *c)
{
	struct peer_query q = { .id = id, .c = c };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x;
	struct nlmsghdr *nlh;
	int ret, tries = 0;

	*c = (struct credentials){};
	do {
		x = (struct exchange){ .each = take_peer, .ctx = &q };
		nlh = dbus_request(k, buf, DBUS_CMD_PEER_GET, NLM_F_DUMP);
		mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
		mnl_attr_put_u64(nlh, DBUS_A_PEER_ID, id);
		ret = exchange(k, nlh, &x);
	} while (!ret && !q.found && x.torn && ++tries < TORN_MAX);

	if (!ret && q.found)
		return 0;
	credentials_deinit(c);
	return explain(k, ret ? ret : -ENXIO, &x, "asking for a peer");
}

struct name_query {
	const char *name;
	uint64_t owner;
	bool found;
};

static int take_owner(const struct attrs *t, void *ctx)
{
	struct name_query *q = ctx;

	if (!is_string(t, DBUS_A_NAME, q->name) ||
	    !has_u64(t, DBUS_A_PEER_ID) ||
	    (has_u32(t, DBUS_A_QUEUE_POS) &&
	     mnl_attr_get_u32(t->a[DBUS_A_QUEUE_POS]) != 0))
		return 0;
	q->found = true;
	q->owner = mnl_attr_get_u64(t->a[DBUS_A_PEER_ID]);
	return 0;
}

int kernel_name_owner(struct kernel *k, uint32_t bus, const char *name,
		      uint64_t *owner)
{
	struct name_query q = { .name = name };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x;
	struct nlmsghdr *nlh;
	int ret, tries = 0;

	do {
		x = (struct exchange){ .each = take_owner, .ctx = &q };
		nlh = dbus_request(k, buf, DBUS_CMD_NAME_GET, NLM_F_DUMP);
		mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
		ret = exchange(k, nlh, &x);
	} while (!ret && !q.found && x.torn && ++tries < TORN_MAX);

	if (!ret && q.found)
		*owner = q.owner;
	return explain(k, ret || q.found ? ret : -ENXIO, &x,
		       "asking for a name");
}

/* --- Policy ---------------------------------------------------------------- */

/* A request is sent once it has this many octets: a rule has a few thousand. */
#define PART_OCTETS	24576

static void put_text(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	if (text)
		mnl_attr_put_strz(nlh, type, text);
}

static void put_rule(struct nlmsghdr *nlh, uint32_t number,
		     const struct rule *r)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, DBUS_A_RULE);

	mnl_attr_put_u32(nlh, DBUS_RULE_NUMBER, number);
	mnl_attr_put_u32(nlh, DBUS_RULE_SUBJECT, r->subject);
	mnl_attr_put_u32(nlh, DBUS_RULE_ID, r->id);
	mnl_attr_put_u32(nlh, DBUS_RULE_KIND, r->kind);
	mnl_attr_put_u32(nlh, DBUS_RULE_FLAGS, r->flags);
	if (r->type)
		mnl_attr_put_u32(nlh, DBUS_RULE_TYPE, r->type);
	put_text(nlh, DBUS_RULE_NAME, r->name);
	put_text(nlh, DBUS_RULE_INTERFACE, r->interface);
	put_text(nlh, DBUS_RULE_MEMBER, r->member);
	put_text(nlh, DBUS_RULE_ERROR, r->error);
	put_text(nlh, DBUS_RULE_PATH, r->path);
	mnl_attr_put_u32(nlh, DBUS_RULE_MIN_FDS, r->min_fds);
	mnl_attr_put_u32(nlh, DBUS_RULE_MAX_FDS, r->max_fds);
	put_text(nlh, DBUS_RULE_LABEL, r->label);
	mnl_attr_nest_end(nlh, nest);
}

static size_t text_len(const char *text)
{
	return text ? strlen(text) : 0;
}

/* Does the rule fit into a request? The kernel says what it thinks of it. */
static bool fits(const struct rule *r)
{
	return text_len(r->name) + text_len(r->interface) +
	       text_len(r->member) + text_len(r->error) + text_len(r->path) +
	       text_len(r->label) < ANSWER_MAX - 2 * PART_OCTETS;
}

static void put_limits(struct nlmsghdr *nlh, const uint32_t *limits)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, DBUS_A_LIMITS);
	uint16_t i;

	for (i = 1; i <= DBUS_LIMIT_MAX; i++)
		mnl_attr_put_u32(nlh, i, limits[i]);
	mnl_attr_nest_end(nlh, nest);
}

int kernel_policy_load(struct kernel *k, uint32_t bus, const struct policy *p,
		       const uint32_t *limits)
{
	static char buf[ANSWER_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *nlh;
	struct exchange x;
	size_t i = 0;
	int ret;

	/* nothing must be in the way of an answer */
	kernel_log_denials(k);
	do {
		x = (struct exchange){};
		nlh = dbus_request(k, buf, DBUS_CMD_POLICY_NEW, NLM_F_ACK);
		mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
		if (!i)
			mnl_attr_put(nlh, DBUS_A_FIRST, 0, NULL);
		for (; i < p->n && nlh->nlmsg_len < PART_OCTETS; i++) {
			if (!fits(&p->rules[i]))
				return failure(k, -E2BIG, "%s: rule too long",
					       p->rules[i].label);
			put_rule(nlh, i + 1, &p->rules[i]);
		}
		if (i == p->n) {
			put_limits(nlh, limits);
			mnl_attr_put(nlh, DBUS_A_LAST, 0, NULL);
		}
		ret = exchange(k, nlh, &x);
	} while (!ret && i < p->n);
	return explain(k, ret, &x, "loading the policy");
}

void kernel_log_denials(struct kernel *k)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	const struct nlmsghdr *nlh;
	struct attrs t;
	ssize_t n;
	int left;

	while ((n = recv(mnl_socket_get_fd(k->nl), buf, sizeof(buf),
			 MSG_DONTWAIT)) > 0) {
		left = (int)n;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			t = (struct attrs){};
			if (nlh->nlmsg_type == k->family && is_denial(nlh) &&
			    mnl_attr_parse(nlh, GENL_HDRLEN, collect, &t) >= 0)
				log_denial(&t);
		}
	}
}

int kernel_fd(const struct kernel *k)
{
	return mnl_socket_get_fd(k->nl);
}

/* --- Services ------------------------------------------------------------- */

static struct nlmsghdr *service_request(struct kernel *k, void *buf, uint8_t cmd,
					uint32_t bus, const char *name)
{
	struct nlmsghdr *nlh = dbus_request(k, buf, cmd, NLM_F_ACK);

	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	mnl_attr_put_strz(nlh, DBUS_A_NAME, name);
	return nlh;
}

int kernel_service_new(struct kernel *k, uint32_t bus, const char *name,
		       uint32_t max)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x = {};
	struct nlmsghdr *nlh;

	nlh = service_request(k, buf, DBUS_CMD_SERVICE_NEW, bus, name);
	mnl_attr_put_u32(nlh, DBUS_A_MAX_WAITING, max);
	return explain(k, exchange(k, nlh, &x), &x, "naming a service");
}

int kernel_service_del(struct kernel *k, uint32_t bus, const char *name)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x = {};
	struct nlmsghdr *nlh;

	nlh = service_request(k, buf, DBUS_CMD_SERVICE_DEL, bus, name);
	return explain(k, exchange(k, nlh, &x), &x, "taking a service back");
}

int kernel_service_fail(struct kernel *k, uint32_t bus, const char *name,
			const char *error, const char *text)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x = {};
	struct nlmsghdr *nlh;

	nlh = service_request(k, buf, DBUS_CMD_SERVICE_FAIL, bus, name);
	mnl_attr_put_strz(nlh, DBUS_A_ERROR, error);
	mnl_attr_put_strz(nlh, DBUS_A_TEXT, text);
	return explain(k, exchange(k, nlh, &x), &x,
		       "telling that a service did not start");
}

int kernel_service_begun(struct kernel *k, uint32_t bus, const char *name,
			 pid_t pid)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x = {};
	struct nlmsghdr *nlh;

	nlh = service_request(k, buf, DBUS_CMD_SERVICE_BEGUN, bus, name);
	mnl_attr_put_u32(nlh, DBUS_A_PID, pid);
	return explain(k, exchange(k, nlh, &x), &x,
		       "telling which process is a service");
}

struct service_query {
	void (*each)(void *ctx, const struct startable *s);
	void *ctx;
};

static int take_service(const struct attrs *t, void *ctx)
{
	struct service_query *q = ctx;
	struct startable s = {
		.startable = t->a[DBUS_A_STARTABLE],
		.starting = t->a[DBUS_A_STARTING],
	};
	char *name;

	if (!t->a[DBUS_A_NAME])
		return 0;
	if (has_u32(t, DBUS_A_PID))
		s.pid = mnl_attr_get_u32(t->a[DBUS_A_PID]);
	s.name = name = copy_string(t->a[DBUS_A_NAME]);
	if (!name)
		return -ENOMEM;
	q->each(q->ctx, &s);
	free(name);
	return 0;
}

int kernel_services(struct kernel *k, uint32_t bus,
		    void (*each)(void *ctx, const struct startable *s),
		    void *ctx)
{
	struct service_query q = { .each = each, .ctx = ctx };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x;
	struct nlmsghdr *nlh;
	int ret, tries = 0;

	do {
		x = (struct exchange){ .each = take_service, .ctx = &q };
		nlh = dbus_request(k, buf, DBUS_CMD_SERVICE_GET, NLM_F_DUMP);
		mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
		ret = exchange(k, nlh, &x);
	} while (!ret && x.torn && ++tries < TORN_MAX);
	return explain(k, ret, &x, "asking for services");
}

/* --- Listening sockets ---------------------------------------------------- */

struct listener_query {
	int (*each)(void *ctx, const struct kept_socket *s);
	void *ctx;
};

static int take_listener(const struct attrs *t, void *ctx)
{
	const struct nlattr *name = t->a[DBUS_A_ADDRESS];
	struct listener_query *q = ctx;
	struct kept_socket s = {};

	if (!has_u32(t, DBUS_A_BUS) || !has_u64(t, DBUS_A_INODE) ||
	    !take_string(t->a[DBUS_A_BUS_NAME], s.bus_name,
			 sizeof(s.bus_name)))
		return -EPROTO;
	s.bus = mnl_attr_get_u32(t->a[DBUS_A_BUS]);
	s.inode = mnl_attr_get_u64(t->a[DBUS_A_INODE]);
	if (t->a[DBUS_A_DRIVER] && has_u32(t, DBUS_A_PID))
		s.server = mnl_attr_get_u32(t->a[DBUS_A_PID]);
	if (name && mnl_attr_get_payload_len(name) <= sizeof(s.name)) {
		s.len = mnl_attr_get_payload_len(name);
		memcpy(s.name, mnl_attr_get_payload(name), s.len);
	}
	s.has_file = has_u32(t, DBUS_A_FILE_DEV) && has_u64(t, DBUS_A_FILE_INO);
	if (s.has_file) {
		s.dev = mnl_attr_get_u32(t->a[DBUS_A_FILE_DEV]);
		s.ino = mnl_attr_get_u64(t->a[DBUS_A_FILE_INO]);
	}
	return q->each(q->ctx, &s);
}

int kernel_listeners(struct kernel *k,
		     int (*each)(void *ctx, const struct kept_socket *s),
		     void *ctx)
{
	struct listener_query q = { .each = each, .ctx = ctx };
	struct exchange x = { .each = take_listener, .ctx = &q };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;

	nlh = dbus_request(k, buf, DBUS_CMD_LISTENER_GET, NLM_F_DUMP);
	return explain(k, exchange(k, nlh, &x), &x,
		       "asking for listening sockets");
}

int kernel_listener_new(struct kernel *k, uint32_t bus, int fd)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x = {};
	struct nlmsghdr *nlh;

	nlh = dbus_request(k, buf, DBUS_CMD_LISTENER_NEW, NLM_F_ACK);
	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	mnl_attr_put_u32(nlh, DBUS_A_FD, fd);
	return explain(k, exchange(k, nlh, &x), &x,
		       "giving the kernel a listening socket to keep");
}

static struct nlmsghdr *listener_request(struct kernel *k, void *buf,
					 uint8_t cmd, uint32_t bus,
					 uint64_t inode)
{
	struct nlmsghdr *nlh = dbus_request(k, buf, cmd, NLM_F_ACK);

	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	mnl_attr_put_u64(nlh, DBUS_A_INODE, inode);
	return nlh;
}

int kernel_listener_del(struct kernel *k, uint32_t bus, uint64_t inode)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct exchange x = {};
	struct nlmsghdr *nlh;

	nlh = listener_request(k, buf, DBUS_CMD_LISTENER_DEL, bus, inode);
	return explain(k, exchange(k, nlh, &x), &x,
		       "letting a listening socket go");
}

static int take_fd(const struct attrs *t, void *ctx)
{
	if (!has_u32(t, DBUS_A_FD))
		return -EPROTO;
	*(int *)ctx = mnl_attr_get_u32(t->a[DBUS_A_FD]);
	return 0;
}

int kernel_listener_open(struct kernel *k, uint32_t bus, uint64_t inode)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	int fd = -1, ret;
	struct exchange x = { .each = take_fd, .ctx = &fd };
	struct nlmsghdr *nlh;

	nlh = listener_request(k, buf, DBUS_CMD_LISTENER_OPEN, bus, inode);
	ret = exchange(k, nlh, &x);
	return explain(k, !ret && fd < 0 ? -EPROTO : ret, &x,
		       "asking for a listening socket") ? : fd;
}

/* --- Counts --------------------------------------------------------------- */

struct count {
	unsigned int attr;
	size_t offset;
};

/* Numbers of 32 or 64 bits, each to its place in @out. */
static void take_counts(const struct nlattr *const *a, const struct count *counts,
			size_t n, void *out)
{
	const struct nlattr *at;
	uint64_t *to;
	size_t i;

	for (i = 0; i < n; i++) {
		at = a[counts[i].attr];
		to = (uint64_t *)((char *)out + counts[i].offset);
		if (at && mnl_attr_get_payload_len(at) == sizeof(uint64_t))
			*to = mnl_attr_get_u64(at);
		else if (at && mnl_attr_get_payload_len(at) == sizeof(uint32_t))
			*to = mnl_attr_get_u32(at);
	}
}

struct stat_attrs {
	const struct nlattr *a[DBUS_STAT_MAX + 1];
};

static int collect_stat(const struct nlattr *attr, void *data)
{
	struct stat_attrs *stats = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type <= DBUS_STAT_MAX)
		stats->a[type] = attr;
	return MNL_CB_OK;
}

static int take_bus_stats(const struct attrs *t, void *ctx)
{
	static const struct count counts[] = {
		{ DBUS_STAT_PEERS, offsetof(struct bus_stats, peers) },
		{ DBUS_STAT_NAMES, offsetof(struct bus_stats, names) },
		{ DBUS_STAT_MATCHES, offsetof(struct bus_stats, matches) },
		{ DBUS_STAT_REPLIES, offsetof(struct bus_stats, replies) },
		{ DBUS_STAT_QUEUED_BYTES,
		  offsetof(struct bus_stats, queued_bytes) },
	};
	struct stat_attrs stats = {};

	if (!t->a[DBUS_A_STATS])
		return 0;
	mnl_attr_parse_nested(t->a[DBUS_A_STATS], collect_stat, &stats);
	take_counts(stats.a, counts, sizeof(counts) / sizeof(counts[0]), ctx);
	return 0;
}

int kernel_bus_stats(struct kernel *k, uint32_t bus, struct bus_stats *s)
{
	struct exchange x = { .each = take_bus_stats, .ctx = s };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;

	*s = (struct bus_stats){};
	nlh = dbus_request(k, buf, DBUS_CMD_STATS_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	return explain(k, exchange(k, nlh, &x), &x, "asking for statistics");
}

static int take_peer_stats(const struct attrs *t, void *ctx)
{
	static const struct count counts[] = {
		{ DBUS_A_N_NAMES, offsetof(struct peer_stats, names) },
		{ DBUS_A_N_MATCHES, offsetof(struct peer_stats, matches) },
		{ DBUS_A_N_REPLIES, offsetof(struct peer_stats, replies) },
		{ DBUS_A_QUEUED_MESSAGES,
		  offsetof(struct peer_stats, queued_messages) },
		{ DBUS_A_QUEUED_BYTES,
		  offsetof(struct peer_stats, queued_bytes) },
	};

	take_counts(t->a, counts, sizeof(counts) / sizeof(counts[0]), ctx);
	return 0;
}

int kernel_peer_stats(struct kernel *k, uint32_t bus, uint64_t id,
		      struct peer_stats *s)
{
	struct exchange x = { .each = take_peer_stats, .ctx = s };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;

	*s = (struct peer_stats){};
	nlh = dbus_request(k, buf, DBUS_CMD_PEER_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	mnl_attr_put_u64(nlh, DBUS_A_PEER_ID, id);
	return explain(k, exchange(k, nlh, &x), &x, "asking for a peer");
}

struct rule_query {
	void (*each)(void *ctx, uint64_t peer, const char *rule,
		     uint32_t count);
	void *ctx;
};

static int take_rule(const struct attrs *t, void *ctx)
{
	struct rule_query *q = ctx;
	char *rule;

	if (!has_u64(t, DBUS_A_PEER_ID) || !has_u32(t, DBUS_A_COUNT) ||
	    !t->a[DBUS_A_MATCH])
		return 0;
	rule = copy_string(t->a[DBUS_A_MATCH]);
	if (!rule)
		return -ENOMEM;
	q->each(q->ctx, mnl_attr_get_u64(t->a[DBUS_A_PEER_ID]), rule,
		mnl_attr_get_u32(t->a[DBUS_A_COUNT]));
	free(rule);
	return 0;
}

int kernel_match_rules(struct kernel *k, uint32_t bus,
		       void (*each)(void *ctx, uint64_t peer, const char *rule,
				    uint32_t count), void *ctx)
{
	struct rule_query q = { .each = each, .ctx = ctx };
	struct exchange x = { .each = take_rule, .ctx = &q };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;

	nlh = dbus_request(k, buf, DBUS_CMD_MATCH_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, DBUS_A_BUS, bus);
	return explain(k, exchange(k, nlh, &x), &x, "asking for match rules");
}
