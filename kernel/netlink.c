// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "dbus": what user space may ask and change. The
 * contract is in <linux/dbus.h>.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "activation.h"
#include "bus.h"
#include "compat.h"
#include "dump.h"
#include "listener.h"
#include "netlink.h"
#include "observe.h"
#include "peer.h"
#include "policy_load.h"

#define LABEL_MAX	1024
#define TEXT_MAX	1024

static const struct nla_policy policy[DBUS_A_MAX + 1] = {
	[DBUS_A_BUS] = NLA_POLICY_MIN(NLA_U32, 1),
	[DBUS_A_BUS_NAME] = { .type = NLA_NUL_STRING,
			      .len = DBUS_NAME_MAX - 1 },
	[DBUS_A_GUID] = { .type = NLA_NUL_STRING, .len = DBUS_GUID_LEN },
	[DBUS_A_FD] = { .type = NLA_U32 },
	[DBUS_A_UNIX_FDS] = { .type = NLA_FLAG },
	[DBUS_A_DRIVER] = { .type = NLA_FLAG },
	[DBUS_A_PEER_ID] = { .type = NLA_U64 },
	[DBUS_A_NAME] = { .type = NLA_NUL_STRING, .len = WIRE_NAME_MAX },
	[DBUS_A_MAX_WAITING] = { .type = NLA_U32 },
	[DBUS_A_ERROR] = { .type = NLA_NUL_STRING, .len = WIRE_NAME_MAX },
	[DBUS_A_TEXT] = { .type = NLA_NUL_STRING, .len = TEXT_MAX },
	[DBUS_A_LABEL] = { .type = NLA_NUL_STRING, .len = LABEL_MAX },
	[DBUS_A_FIRST] = { .type = NLA_FLAG },
	[DBUS_A_LAST] = { .type = NLA_FLAG },
	[DBUS_A_RULE] = { .type = NLA_NESTED },
	[DBUS_A_LIMITS] = { .type = NLA_NESTED },
	[DBUS_A_AT_CONSOLE] = { .type = NLA_FLAG },
	[DBUS_A_PID] = { .type = NLA_U32 },
	[DBUS_A_VACANT] = { .type = NLA_FLAG },
	[DBUS_A_INODE] = { .type = NLA_U64 },
};

static int missing(struct genl_info *info, const char *what)
{
	return dbus_refuse(info->extack, -EINVAL, what);
}

/* --- answers --------------------------------------------------------------------- */

static struct sk_buff *new_answer(struct genl_info *info, void **head, u8 cmd)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (skb)
		*head = genlmsg_put_reply(skb, info, &dbus_genl_family, 0,
					  cmd);
	return skb;
}

static int send_answer(struct genl_info *info, struct sk_buff *skb, void *head,
		       int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/* --- rights ---------------------------------------------------------------------- */

/**
 * dbus_may_configure() - may the current process see and change a bus?
 * @skb: its request
 * @bus: the bus
 */
bool dbus_may_configure(struct sk_buff *skb, struct dbus_bus *bus)
{
	return netlink_capable(skb, CAP_NET_ADMIN) ||
	       uid_eq(bus->owner, current_euid());
}

/* The bus that a request is about, with a reference; or an ERR_PTR. */
static struct dbus_bus *get_bus(struct sk_buff *skb, struct genl_info *info)
{
	struct dbus_bus *bus;

	if (!info->attrs[DBUS_A_BUS])
		return ERR_PTR(missing(info, "no bus is named (DBUS_A_BUS)"));
	bus = dbus_bus_find(genl_info_net(info),
			    nla_get_u32(info->attrs[DBUS_A_BUS]));
	if (!bus) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[DBUS_A_BUS],
				    "there is no bus of that number");
		return ERR_PTR(-ENODEV);
	}
	if (!dbus_may_configure(skb, bus)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[DBUS_A_BUS],
				    "the bus is another user's");
		dbus_bus_put(bus);
		return ERR_PTR(-EPERM);
	}
	return bus;
}

/* --- requests -------------------------------------------------------------------- */

static bool is_guid(const char *s)
{
	int i;

	for (i = 0; i < DBUS_GUID_LEN; i++) {
		if (!isxdigit(s[i]) || isupper(s[i]))
			return false;
	}
	return !s[i];
}

static int bus_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *guid = info->attrs[DBUS_A_GUID];
	struct dbus_bus *bus;
	struct sk_buff *answer;
	void *head;
	int err;

	if (!info->attrs[DBUS_A_BUS_NAME])
		return missing(info, "no name is given (DBUS_A_BUS_NAME)");
	if (guid && !is_guid(nla_data(guid))) {
		NL_SET_ERR_MSG_ATTR(info->extack, guid,
				    "GUID is not 32 lower-case hexadecimal digits");
		return -EINVAL;
	}
	answer = new_answer(info, &head, DBUS_CMD_BUS_NEW);
	if (!answer)
		return -ENOMEM;
	bus = dbus_bus_new(genl_info_net(info),
			   nla_data(info->attrs[DBUS_A_BUS_NAME]),
			   guid ? nla_data(guid) : NULL,
			   info->attrs[DBUS_A_DRIVER],
			   netlink_capable(skb, CAP_NET_ADMIN), info->extack);
	if (IS_ERR(bus)) {
		nlmsg_free(answer);
		return PTR_ERR(bus);
	}
	err = dbus_fill_bus(answer, bus);
	dbus_bus_put(bus);
	return send_answer(info, answer, head, err);
}

static int bus_del(struct sk_buff *skb, struct genl_info *info)
{
	struct dbus_bus *bus = get_bus(skb, info);

	if (IS_ERR(bus))
		return PTR_ERR(bus);
	dbus_bus_del(bus);
	return 0;
}

static int peer_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	unsigned long flags = 0;
	struct sk_buff *answer;
	struct dbus_peer *peer;
	struct dbus_bus *bus;
	struct socket *sock;
	void *head;
	int err;

	if (!attrs[DBUS_A_FD])
		return missing(info, "no descriptor is given (DBUS_A_FD)");
	if (attrs[DBUS_A_UNIX_FDS])
		flags |= BIT(PEER_UNIX_FDS);
	if (attrs[DBUS_A_DRIVER])
		flags |= BIT(PEER_DRIVER);
	if (attrs[DBUS_A_AT_CONSOLE])
		flags |= BIT(PEER_CONSOLE);
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	answer = new_answer(info, &head, DBUS_CMD_PEER_NEW);
	if (!answer) {
		err = -ENOMEM;
		goto put_bus;
	}
	sock = sockfd_lookup(nla_get_u32(attrs[DBUS_A_FD]), &err);
	if (!sock) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[DBUS_A_FD],
				    "descriptor is not an open socket");
		goto free_answer;
	}
	peer = dbus_peer_new(bus, sock, flags,
			     attrs[DBUS_A_LABEL] ?
			     nla_data(attrs[DBUS_A_LABEL]) : NULL,
			     attrs[DBUS_A_VACANT], info->extack);
	if (IS_ERR(peer)) {
		err = PTR_ERR(peer);
		sockfd_put(sock);
		goto free_answer;
	}
	spin_lock(&bus->lock);
	err = dbus_fill_peer(answer, peer);
	spin_unlock(&bus->lock);
	dbus_peer_put(peer);
	dbus_bus_put(bus);
	return send_answer(info, answer, head, err);

free_answer:
	nlmsg_free(answer);
put_bus:
	dbus_bus_put(bus);
	return err;
}

static int peer_del(struct sk_buff *skb, struct genl_info *info)
{
	struct dbus_peer *peer;
	struct dbus_bus *bus;

	if (!info->attrs[DBUS_A_PEER_ID])
		return missing(info, "no peer is named (DBUS_A_PEER_ID)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	peer = dbus_peer_find(bus, nla_get_u64(info->attrs[DBUS_A_PEER_ID]));
	dbus_bus_put(bus);
	if (!peer) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[DBUS_A_PEER_ID],
				    "there is no peer of that id");
		return -ESRCH;
	}
	dbus_peer_kill(peer);
	dbus_peer_put(peer);
	return 0;
}

static int policy_new(struct sk_buff *skb, struct genl_info *info)
{
	struct dbus_bus *bus = get_bus(skb, info);
	int err;

	if (IS_ERR(bus))
		return PTR_ERR(bus);
	err = dbus_policy_load(bus, info);
	dbus_bus_put(bus);
	return err;
}

static int service_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct dbus_bus *bus;
	int err;

	if (!attrs[DBUS_A_NAME])
		return missing(info, "no name is given (DBUS_A_NAME)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	if (attrs[DBUS_A_MAX_WAITING])
		WRITE_ONCE(bus->max_waiting,
			   nla_get_u32(attrs[DBUS_A_MAX_WAITING]));
	err = dbus_service_add(bus, nla_data(attrs[DBUS_A_NAME]));
	if (err == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[DBUS_A_NAME],
				    "not a well-known bus name");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[DBUS_A_NAME],
				    "as many names as may be can be started");
	dbus_bus_put(bus);
	return err;
}

static int service_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[DBUS_A_NAME];
	struct dbus_bus *bus;
	int err;

	if (!name)
		return missing(info, "no name is given (DBUS_A_NAME)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	err = dbus_service_del(bus, nla_data(name));
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "the name can't be started");
	dbus_bus_put(bus);
	return err;
}

static int service_fail(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct dbus_bus *bus;
	int err;

	if (!attrs[DBUS_A_NAME])
		return missing(info, "no name is given (DBUS_A_NAME)");
	if (!attrs[DBUS_A_ERROR] || !attrs[DBUS_A_TEXT])
		return missing(info, "no error is given (DBUS_A_ERROR, DBUS_A_TEXT)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	err = dbus_service_fail(bus, nla_data(attrs[DBUS_A_NAME]),
				nla_data(attrs[DBUS_A_ERROR]),
				nla_data(attrs[DBUS_A_TEXT]));
	if (err == -EINVAL)
		NL_SET_ERR_MSG(info->extack,
			       "not the name of an error, or a text that is not UTF-8");
	else if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[DBUS_A_NAME],
				    "the name is not being started");
	dbus_bus_put(bus);
	return err;
}

static int service_begun(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct dbus_bus *bus;
	struct pid *pid;
	int err;

	if (!attrs[DBUS_A_NAME] || !attrs[DBUS_A_PID])
		return missing(info, "no name or no process is given (DBUS_A_NAME, DBUS_A_PID)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	pid = find_get_pid(nla_get_u32(attrs[DBUS_A_PID]));
	err = dbus_service_begun(bus, nla_data(attrs[DBUS_A_NAME]), pid);
	put_pid(pid);
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[DBUS_A_NAME],
				    "the name is not being started");
	dbus_bus_put(bus);
	return err;
}

/* --- listening sockets ----------------------------------------------------------- */

static int listener_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *fd = info->attrs[DBUS_A_FD];
	struct dbus_bus *bus;
	struct socket *sock;
	int err;

	if (!fd)
		return missing(info, "no descriptor is given (DBUS_A_FD)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	sock = sockfd_lookup(nla_get_u32(fd), &err);
	if (!sock) {
		NL_SET_ERR_MSG_ATTR(info->extack, fd,
				    "descriptor is not an open socket");
	} else {
		err = dbus_listener_add(bus, sock, info->extack);
		if (err)
			sockfd_put(sock);
	}
	dbus_bus_put(bus);
	return err;
}

static int no_listener(struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[DBUS_A_INODE],
			    "the bus has no such listening socket");
	return -ENOENT;
}

static int listener_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *inode = info->attrs[DBUS_A_INODE];
	struct dbus_bus *bus;
	int err;

	if (!inode)
		return missing(info, "no socket is named (DBUS_A_INODE)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	err = dbus_listener_del(bus, nla_get_u64(inode));
	dbus_bus_put(bus);
	return err ? no_listener(info) : 0;
}

/* A descriptor for who asks; it is taken back if that can't be told. */
static int give(struct genl_info *info, struct file *file)
{
	struct sk_buff *answer;
	void *head;
	int err, fd;

	answer = new_answer(info, &head, DBUS_CMD_LISTENER_OPEN);
	if (!answer)
		return -ENOMEM;
	fd = dbus_receive_fd(file, O_CLOEXEC);
	if (fd < 0) {
		nlmsg_free(answer);
		return fd;
	}
	err = send_answer(info, answer, head,
			  nla_put_u32(answer, DBUS_A_FD, fd));
	if (err) {
		file = dbus_take_back_fd(fd);
		if (file)
			fput(file);
	}
	return err;
}

static int listener_open(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *inode = info->attrs[DBUS_A_INODE];
	struct dbus_bus *bus;
	struct file *file;
	int err;

	if (!inode)
		return missing(info, "no socket is named (DBUS_A_INODE)");
	bus = get_bus(skb, info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	file = dbus_listener_file(bus, nla_get_u64(inode));
	dbus_bus_put(bus);
	if (!file)
		return no_listener(info);
	err = give(info, file);
	fput(file);
	return err;
}

static const struct genl_ops ops[] = {
	{ .cmd = DBUS_CMD_BUS_NEW, .doit = bus_new },
	{ .cmd = DBUS_CMD_BUS_DEL, .doit = bus_del },
	{ .cmd = DBUS_CMD_PEER_NEW, .doit = peer_new },
	{ .cmd = DBUS_CMD_PEER_DEL, .doit = peer_del },
	{ .cmd = DBUS_CMD_OBSERVE, .doit = dbus_observe },
	{ .cmd = DBUS_CMD_UNOBSERVE, .doit = dbus_unobserve },
	{ .cmd = DBUS_CMD_POLICY_NEW, .doit = policy_new },
	{ .cmd = DBUS_CMD_SERVICE_NEW, .doit = service_new },
	{ .cmd = DBUS_CMD_SERVICE_DEL, .doit = service_del },
	{ .cmd = DBUS_CMD_SERVICE_FAIL, .doit = service_fail },
	{ .cmd = DBUS_CMD_SERVICE_BEGUN, .doit = service_begun },
	{ .cmd = DBUS_CMD_LISTENER_NEW, .doit = listener_new },
	{ .cmd = DBUS_CMD_LISTENER_DEL, .doit = listener_del },
	{ .cmd = DBUS_CMD_LISTENER_OPEN, .doit = listener_open },
	{ .cmd = DBUS_CMD_LISTENER_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_listeners, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_SERVICE_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_services, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_BUS_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_buses, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_PEER_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_peers, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_NAME_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_names, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_MATCH_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_matches, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_STATS_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_stats, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_USER_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_users, .done = dbus_dump_done },
	{ .cmd = DBUS_CMD_POLICY_GET, .start = dbus_dump_start,
	  .dumpit = dbus_dump_policy, .done = dbus_dump_done },
};

/* Events tell of all users' buses: for the administrator. */
static const struct genl_multicast_group groups[] = {
	{ .name = DBUS_GENL_MCGRP, .flags = GENL_UNS_ADMIN_PERM },
};

struct genl_family dbus_genl_family __ro_after_init = {
	.name = DBUS_GENL_NAME,
	.version = DBUS_GENL_VERSION,
	.maxattr = DBUS_A_MAX,
	.policy = policy,
	.netnsok = true,
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = __DBUS_CMD_MAX,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.module = THIS_MODULE,
};

int dbus_netlink_init(void)
{
	return genl_register_family(&dbus_genl_family);
}

void dbus_netlink_exit(void)
{
	genl_unregister_family(&dbus_genl_family);
}
