// SPDX-License-Identifier: GPL-2.0-or-later
/* A connection to the kernel's generic netlink family "dbus". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "tools/dbusctl/genl.h"

#define RECEIVE_BUFFER	65536u
#define EVENT_BACKLOG	(4 * 1024 * 1024)
#define DUMP_ATTEMPTS	8

/* What each attribute must hold; attributes of newer kernels are skipped. */
static const enum mnl_attr_data_type attr_type[DBUS_A_MAX + 1] = {
	[DBUS_A_BUS] = MNL_TYPE_U32,
	[DBUS_A_BUS_NAME] = MNL_TYPE_NUL_STRING,
	[DBUS_A_GUID] = MNL_TYPE_NUL_STRING,
	[DBUS_A_UID] = MNL_TYPE_U32,
	[DBUS_A_UNIX_FDS] = MNL_TYPE_FLAG,
	[DBUS_A_DRIVER] = MNL_TYPE_FLAG,
	[DBUS_A_PEER_ID] = MNL_TYPE_U64,
	[DBUS_A_PID] = MNL_TYPE_U32,
	[DBUS_A_GID] = MNL_TYPE_U32,
	[DBUS_A_GROUPS] = MNL_TYPE_BINARY,
	[DBUS_A_COMM] = MNL_TYPE_NUL_STRING,
	[DBUS_A_LABEL] = MNL_TYPE_NUL_STRING,
	[DBUS_A_HELLO] = MNL_TYPE_FLAG,
	[DBUS_A_NAME] = MNL_TYPE_NUL_STRING,
	[DBUS_A_NAME_FLAGS] = MNL_TYPE_U32,
	[DBUS_A_QUEUE_POS] = MNL_TYPE_U32,
	[DBUS_A_OLD_OWNER] = MNL_TYPE_U64,
	[DBUS_A_NEW_OWNER] = MNL_TYPE_U64,
	[DBUS_A_MATCH] = MNL_TYPE_NUL_STRING,
	[DBUS_A_COUNT] = MNL_TYPE_U32,
	[DBUS_A_STATS] = MNL_TYPE_NESTED,
	[DBUS_A_QUEUED_BYTES] = MNL_TYPE_U64,
	[DBUS_A_QUEUED_MESSAGES] = MNL_TYPE_U64,
	[DBUS_A_RX_MESSAGES] = MNL_TYPE_U64,
	[DBUS_A_TX_MESSAGES] = MNL_TYPE_U64,
	[DBUS_A_RX_BYTES] = MNL_TYPE_U64,
	[DBUS_A_TX_BYTES] = MNL_TYPE_U64,
	[DBUS_A_N_MATCHES] = MNL_TYPE_U32,
	[DBUS_A_N_NAMES] = MNL_TYPE_U32,
	[DBUS_A_N_REPLIES] = MNL_TYPE_U32,
	[DBUS_A_MONITOR] = MNL_TYPE_FLAG,
	[DBUS_A_OBSERVED] = MNL_TYPE_FLAG,
	[DBUS_A_RULE] = MNL_TYPE_NESTED,
	[DBUS_A_GENERATION] = MNL_TYPE_U32,
	[DBUS_A_WAITING] = MNL_TYPE_U32,
	[DBUS_A_N_PEERS] = MNL_TYPE_U32,
	[DBUS_A_QUEUED_FDS] = MNL_TYPE_U32,
	[DBUS_A_SHARES] = MNL_TYPE_NESTED,
	[DBUS_A_INODE] = MNL_TYPE_U64,
	[DBUS_A_ADDRESS] = MNL_TYPE_BINARY,
	[DBUS_A_FILE_DEV] = MNL_TYPE_U32,
	[DBUS_A_FILE_INO] = MNL_TYPE_U64,
	[DBUS_A_STARTABLE] = MNL_TYPE_FLAG,
	[DBUS_A_STARTING] = MNL_TYPE_FLAG,
};

static int parse_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **tb = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type > DBUS_A_MAX || attr_type[type] == MNL_TYPE_UNSPEC)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, attr_type[type]) < 0)
		return MNL_CB_ERROR;
	tb[type] = attr;
	return MNL_CB_OK;
}

static int handle(const struct nlmsghdr *nlh, genl_handler *handler, void *data)
{
	const struct genlmsghdr *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[DBUS_A_MAX + 1] = { NULL };

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*head) ||
	    mnl_attr_parse(nlh, sizeof(*head), parse_attr, tb) < 0)
		return -EPROTO;
	return handler ? handler(head->cmd, tb, data) : 0;
}

/*
 * The text of an extended acknowledgement stands in an attribute behind the
 * error code and, if the kernel did not leave it out, the request.
 */
static void keep_error_text(struct genl *genl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	size_t offset = sizeof(*err);

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&err->msg);
	if (offset > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, offset) {
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG ||
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
			continue;
		snprintf(genl->error, sizeof(genl->error), "%s",
			 mnl_attr_get_str(attr));
	}
}

/**
 * struct answer - the kernel's answer to one request, while it is read
 * @store: where to put messages until all are there, or NULL
 * @stored: octets in @store
 * @room: octets that @store has
 * @interrupted: a table changed while it was dumped
 */
struct answer {
	char *store;
	size_t stored;
	size_t room;
	bool interrupted;
};

static int store(struct answer *answer, const struct nlmsghdr *nlh)
{
	size_t len = MNL_ALIGN(nlh->nlmsg_len);
	size_t room = answer->room ? answer->room : RECEIVE_BUFFER;
	char *bigger;

	while (room - answer->stored < len)
		room *= 2;
	if (room != answer->room) {
		bigger = realloc(answer->store, room);
		if (!bigger)
			return -ENOMEM;
		answer->store = bigger;
		answer->room = room;
	}
	memset(answer->store + answer->stored, 0, len);
	memcpy(answer->store + answer->stored, nlh, nlh->nlmsg_len);
	answer->stored += len;
	return 0;
}

/* Returns 1 when the answer is complete. */
static int take(struct genl *genl, const struct nlmsghdr *nlh,
		struct answer *answer)
{
	const struct nlmsgerr *err;

	if (nlh->nlmsg_seq != genl->seq)
		return 0;	/* what was left of an earlier answer */
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;

	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	case NLMSG_DONE:
		/* A dump that failed says so in its last message. */
		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int)) {
			int code = *(int *)mnl_nlmsg_get_payload(nlh);

			return code < 0 ? code : 1;
		}
		return 1;
	case NLMSG_ERROR:
		err = mnl_nlmsg_get_payload(nlh);
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
			return -EPROTO;
		keep_error_text(genl, nlh);
		return err->error ? err->error : 1;
	default:
		return store(answer, nlh);
	}
}

static int exchange(struct genl *genl, struct nlmsghdr *nlh,
		    struct answer *answer)
{
	static char buf[RECEIVE_BUFFER] __attribute__((aligned(8)));
	const struct nlmsghdr *in;
	ssize_t n;
	int len, ret;

	nlh->nlmsg_seq = ++genl->seq;
	genl->error[0] = '\0';
	answer->stored = 0;
	answer->interrupted = false;

	if (mnl_socket_sendto(genl->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		n = mnl_socket_recvfrom(genl->nl, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len = n;
		in = (const struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(in, len); in = mnl_nlmsg_next(in, &len)) {
			ret = take(genl, in, answer);
			if (ret)
				return ret < 0 ? ret : 0;
		}
	}
}

static int replay(const struct answer *answer, genl_handler *handler,
		  void *data)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)answer->store;
	int len = answer->stored;
	int ret;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		ret = handle(nlh, handler, data);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/**
 * genl_request() - begin a request
 * @genl: the connection
 * @msg: where to build it; the caller puts attributes behind @msg->nlh
 * @cmd: enum dbus_cmd
 */
void genl_request(struct genl *genl, struct genl_msg *msg, uint8_t cmd)
{
	struct genlmsghdr *head;

	msg->nlh = mnl_nlmsg_put_header(msg->buf);
	msg->nlh->nlmsg_type = genl->family;
	msg->nlh->nlmsg_flags = NLM_F_REQUEST;
	head = mnl_nlmsg_put_extra_header(msg->nlh, sizeof(*head));
	head->cmd = cmd;
	head->version = DBUS_GENL_VERSION;
}

/**
 * genl_do() - have something changed
 * @genl: the connection
 * @msg: the request
 * @handler: gets the messages that it is answered with; may be NULL
 * @data: for @handler
 *
 * Return: 0, or a negative errno with a text in @genl->error if there is one.
 */
int genl_do(struct genl *genl, struct genl_msg *msg, genl_handler *handler,
	    void *data)
{
	struct answer answer = { .store = NULL };
	int ret;

	msg->nlh->nlmsg_flags |= NLM_F_ACK;
	ret = exchange(genl, msg->nlh, &answer);
	if (!ret)
		ret = replay(&answer, handler, data);
	free(answer.store);
	return ret;
}

/**
 * genl_dump() - read a table
 * @genl: the connection
 * @msg: the request
 * @handler: gets each entry, once the whole table is there
 * @data: for @handler
 *
 * A table that changed while it was read is read again. One that never holds
 * still is given as it was read last, with a warning.
 *
 * Return: 0, or a negative errno.
 */
int genl_dump(struct genl *genl, struct genl_msg *msg, genl_handler *handler,
	      void *data)
{
	struct answer answer = { .store = NULL };
	int attempt, ret;

	msg->nlh->nlmsg_flags |= NLM_F_DUMP;
	for (attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
		ret = exchange(genl, msg->nlh, &answer);
		if (ret || !answer.interrupted)
			break;
	}
	if (!ret && answer.interrupted)
		fprintf(stderr, "Warning: the table kept changing while it was read; what is shown may not be consistent.\n");
	if (!ret)
		ret = replay(&answer, handler, data);
	free(answer.store);
	return ret;
}

static int find_group(const struct nlattr *groups, uint32_t *id)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		const char *name = NULL;
		uint32_t number = 0;

		mnl_attr_for_each_nested(attr, group) {
			switch (mnl_attr_get_type(attr)) {
			case CTRL_ATTR_MCAST_GRP_NAME:
				if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
					name = mnl_attr_get_str(attr);
				break;
			case CTRL_ATTR_MCAST_GRP_ID:
				if (!mnl_attr_validate(attr, MNL_TYPE_U32))
					number = mnl_attr_get_u32(attr);
				break;
			}
		}
		if (name && !strcmp(name, DBUS_GENL_MCGRP))
			*id = number;
	}
	return 0;
}

/* The family's number, and that of its multicast group. */
static int resolve(struct genl *genl)
{
	struct answer answer = { .store = NULL };
	const struct nlmsghdr *nlh;
	const struct nlattr *attr;
	struct genlmsghdr *head;
	struct genl_msg msg;
	int ret;

	msg.nlh = mnl_nlmsg_put_header(msg.buf);
	msg.nlh->nlmsg_type = GENL_ID_CTRL;
	msg.nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(msg.nlh, sizeof(*head));
	head->cmd = CTRL_CMD_GETFAMILY;
	head->version = 1;
	mnl_attr_put_strz(msg.nlh, CTRL_ATTR_FAMILY_NAME, DBUS_GENL_NAME);

	ret = exchange(genl, msg.nlh, &answer);
	if (ret || !answer.stored)
		goto out;
	nlh = (const struct nlmsghdr *)answer.store;
	mnl_attr_for_each(attr, nlh, sizeof(*head)) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			if (!mnl_attr_validate(attr, MNL_TYPE_U16))
				genl->family = mnl_attr_get_u16(attr);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			find_group(attr, &genl->group);
			break;
		}
	}
out:
	free(answer.store);
	if (!ret && !genl->family)
		ret = -ENOENT;
	return ret;
}

/**
 * genl_open() - connect to the family "dbus"
 * @genl: the connection to set up
 *
 * Return: 0; -ENOENT if the kernel has no such family; else a negative errno.
 */
int genl_open(struct genl *genl)
{
	int one = 1;
	int ret;

	memset(genl, 0, sizeof(*genl));
	genl->seq = time(NULL);
	genl->nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!genl->nl)
		return -errno;
	if (mnl_socket_bind(genl->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		ret = -errno;
		genl_close(genl);
		return ret;
	}
	/* Without these there are no texts with errors: no reason to fail. */
	mnl_socket_setsockopt(genl->nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(genl->nl, NETLINK_CAP_ACK, &one, sizeof(one));

	ret = resolve(genl);
	if (ret)
		genl_close(genl);
	return ret;
}

/**
 * genl_close() - end a connection
 * @genl: the connection; need not be open
 */
void genl_close(struct genl *genl)
{
	if (genl->nl)
		mnl_socket_close(genl->nl);
	genl->nl = NULL;
}

/**
 * genl_listen() - have events sent to this connection
 * @genl: the connection; it serves for nothing else from now on
 *
 * Return: 0, or a negative errno.
 */
int genl_listen(struct genl *genl)
{
	int fd = mnl_socket_get_fd(genl->nl);
	int size = EVENT_BACKLOG;

	/* Room for a storm of clients; what root may have, others may not. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_setsockopt(genl->nl, NETLINK_ADD_MEMBERSHIP,
				  &genl->group, sizeof(genl->group)) < 0)
		return -errno;
	return 0;
}

/**
 * genl_events() - wait for events and hand them over
 * @genl: a connection that listens
 * @handler: gets each event
 * @data: for @handler
 *
 * Return: 0; -ENOBUFS if events were lost; -EINTR after a signal; else a
 * negative errno.
 */
int genl_events(struct genl *genl, genl_handler *handler, void *data)
{
	static char buf[RECEIVE_BUFFER] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	ssize_t n;
	int len, ret;

	n = mnl_socket_recvfrom(genl->nl, buf, sizeof(buf));
	if (n < 0)
		return -errno;
	len = n;
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type != genl->family)
			continue;
		ret = handle(nlh, handler, data);
		if (ret < 0)
			return ret;
	}
	return 0;
}
