// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/dbus-routed/driver.h"
#include "wire/fields.h"

#define CHUNK		65536
#define KEEP		(4 * CHUNK)	/* room kept when it isn't needed */
#define OUT_MAX		(1 << 20)	/* more to send: stop reading */

/*
 * Octets read in a turn, some six calls, unless one message has more: whoever
 * calls without end must not keep those out who are in their handshake.
 */
#define TURN		1024

static bool reserve(char **buf, size_t *room, size_t want)
{
	char *bigger;

	if (want <= *room)
		return true;
	if (want < *room * 2)
		want = *room * 2;
	bigger = realloc(*buf, want);
	if (!bigger)
		return false;
	*buf = bigger;
	*room = want;
	return true;
}

/* After a large message, back to a small buffer. */
static void shrink(char **buf, size_t *room, size_t used)
{
	char *smaller;

	if (*room <= KEEP || used > CHUNK)
		return;
	smaller = realloc(*buf, CHUNK);
	if (!smaller)
		return;
	*buf = smaller;
	*room = CHUNK;
}

/* --- Sending -------------------------------------------------------------- */

static void forget_fd(struct channel *c)
{
	close(c->fds[0].fd);
	c->n_fds--;
	memmove(c->fds, c->fds + 1, c->n_fds * sizeof(*c->fds));
}

/* A descriptor goes with the first octet of its message, and no other. */
static ssize_t send_some(struct channel *c)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	bool with_fd = c->n_fds && c->fds[0].at == c->out_pos;
	size_t end = c->n_fds > with_fd ? c->fds[with_fd].at : c->out_len;
	struct iovec part = { c->out + c->out_pos, end - c->out_pos };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (with_fd) {
		memcpy(CMSG_DATA(&control.head), &c->fds[0].fd, sizeof(int));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	n = sendmsg(c->source.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0 && with_fd)
		forget_fd(c);
	return n;
}

/* False: broken. What can't be sent now waits. */
static bool flush(struct channel *c)
{
	ssize_t n;

	while (c->out_pos < c->out_len) {
		n = send_some(c);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0) {
			c->lost = "the kernel takes no more";
			return false;
		}
		c->out_pos += n;
	}
	c->out_pos = c->out_len = 0;
	shrink(&c->out, &c->out_room, 0);
	return true;
}

/* The first descriptor among these values, the caller's; -1 if there is none. */
static int find_fd(DBusMessageIter *at)
{
	DBusMessageIter in;
	int fd = -1;

	do {
		switch (dbus_message_iter_get_arg_type(at)) {
		case DBUS_TYPE_UNIX_FD:
			dbus_message_iter_get_basic(at, &fd);
			break;
		case DBUS_TYPE_ARRAY:
		case DBUS_TYPE_DICT_ENTRY:
		case DBUS_TYPE_VARIANT:
		case DBUS_TYPE_STRUCT:
			dbus_message_iter_recurse(at, &in);
			fd = find_fd(&in);
			break;
		}
	} while (fd < 0 && dbus_message_iter_next(at));
	return fd;
}

/* No message of ours has more than one descriptor. */
static bool append_fd(struct channel *c, DBusMessage *m)
{
	struct channel_fd *fds;
	DBusMessageIter at;
	int fd;

	if (!dbus_message_contains_unix_fds(m))
		return true;
	fds = realloc(c->fds, (c->n_fds + 1) * sizeof(*fds));
	if (!fds)
		return false;
	c->fds = fds;
	dbus_message_iter_init(m, &at);
	fd = find_fd(&at);
	if (fd < 0)
		return false;
	c->fds[c->n_fds++] = (struct channel_fd){ c->out_len, fd };
	return true;
}

static bool send_message(struct channel *c, DBusMessage *m)
{
	char *data;
	int len;

	if (!++c->serial)
		c->serial = 1;
	dbus_message_set_serial(m, c->serial);
	if (!dbus_message_marshal(m, &data, &len))
		return false;
	if (!reserve(&c->out, &c->out_room, c->out_len + len) ||
	    !append_fd(c, m)) {
		dbus_free(data);
		return false;
	}
	memcpy(c->out + c->out_len, data, len);
	c->out_len += len;
	dbus_free(data);
	return true;
}

/* --- Receiving ------------------------------------------------------------ */

/*
 * A caller without an answer would wait for ever: if there is no memory for it,
 * an error of a few octets says so. Who wants none is answered as well: the kernel
 * keeps that to itself, and the call for another daemon no longer.
 */
static void answer(struct channel *c, DBusMessage *call)
{
	DBusMessage *reply = driver_answer(c->driver, call);

	if (!reply)
		reply = dbus_message_new_error(call, DBUS_ERROR_NO_MEMORY,
					       "No memory for an answer");
	if (!reply || !send_message(c, reply))
		c->lost = "no memory for an answer";
	if (reply)
		dbus_message_unref(reply);
}

/*
 * Descriptors that come with a call mean nothing to the bus, and recv() has closed
 * them; but libdbus reads no message that says it has some.
 */
static void say_without_fds(const struct wire_msg *wire, char *data)
{
	struct wire_field_at f = { 0 };

	while (wire_field_next(wire, &f))
		if (f.code == WIRE_F_UNIX_FDS)
			memset(data + f.next - 4, 0, 4);
}

/*
 * What libdbus can't read, valid as the kernel found it, is refused and not seen
 * again: it must not come to each daemon anew, and end them all.
 */
static void refuse(struct channel *c, const struct wire_msg *wire, DBusError *why)
{
	DBusMessage *m;

	if (wire->type != WIRE_METHOD_CALL)
		return;
	m = dbus_message_new(DBUS_MESSAGE_TYPE_ERROR);
	if (!m || !dbus_message_set_error_name(m, DBUS_ERROR_INVALID_ARGS) ||
	    !dbus_message_set_reply_serial(m, wire->serial) ||
	    !dbus_message_set_destination(m, wire->sender.s) ||
	    !dbus_message_append_args(m, DBUS_TYPE_STRING, &why->message,
				      DBUS_TYPE_INVALID) ||
	    !send_message(c, m))
		c->lost = "no memory for an answer";
	if (m)
		dbus_message_unref(m);
}

/* Answer the message of @len octets at @data. */
static void receive(struct channel *c, char *data, int len)
{
	DBusError error = DBUS_ERROR_INIT;
	struct wire_msg wire;
	DBusMessage *m;

	if (wire_parse(&wire, data, len)) {
		c->lost = "what came is no message";
		return;
	}
	if (wire.unix_fds)
		say_without_fds(&wire, data);
	m = dbus_message_demarshal(data, len, &error);
	if (!m && dbus_error_has_name(&error, DBUS_ERROR_NO_MEMORY))
		c->lost = "no memory for a message";
	else if (!m)
		refuse(c, &wire, &error);
	else if (dbus_message_get_type(m) == DBUS_MESSAGE_TYPE_METHOD_CALL)
		answer(c, m);
	else if (dbus_message_get_type(m) == DBUS_MESSAGE_TYPE_SIGNAL)
		driver_signal(c->driver, m);
	if (m)
		dbus_message_unref(m);
	else
		dbus_error_free(&error);
}

/* Answer all whole messages there are; make room for the next. */
static void take_messages(struct channel *c)
{
	size_t pos = 0;
	int need;

	for (;;) {
		need = dbus_message_demarshal_bytes_needed(c->in + pos,
							   c->in_len - pos);
		if (need < 0) {
			c->lost = "what came is no message";
			return;
		}
		if (!need || (size_t)need > c->in_len - pos)
			break;
		receive(c, c->in + pos, need);
		pos += need;
		if (c->lost)
			return;
	}
	c->in_len -= pos;
	c->in_need = need;
	memmove(c->in, c->in + pos, c->in_len);
	shrink(&c->in, &c->in_room, c->in_len);
	if (!reserve(&c->in, &c->in_room,
		     need > CHUNK ? (size_t)need : c->in_len + CHUNK))
		c->lost = "no memory for a message";
}

/* Return: there may be more. */
static bool read_some(struct channel *c)
{
	size_t room = c->in_room - c->in_len, most = TURN;
	ssize_t n;

	if (c->in_need > c->in_len + TURN)
		most = c->in_need - c->in_len;
	n = recv(c->source.fd, c->in + c->in_len, most < room ? most : room,
		 MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR;
	if (!n)
		return false;
	c->in_len += n;
	take_messages(c);
	return !c->lost;
}

static void channel_ready(struct source *s, uint32_t events)
{
	struct channel *c = (struct channel *)s;
	uint32_t want = EPOLLIN;
	bool more = false;

	if (flush(c) && c->out_len < OUT_MAX)
		more = read_some(c);
	if (!c->lost)
		flush(c);
	/* before it hung up, the kernel may have had something to say */
	if (!c->lost && !more && (events & (EPOLLHUP | EPOLLERR)))
		c->lost = "the kernel has closed it";
	if (c->out_len)
		want = c->out_len < OUT_MAX ? EPOLLIN | EPOLLOUT : EPOLLOUT;
	if (c->lost)
		loop_remove(c->loop, s);
	else
		loop_change(c->loop, s, want);
}

bool channel_send(struct channel *c, DBusMessage *m)
{
	if (c->lost)
		return true;	/* those that it would have told are gone */
	if (!send_message(c, m))
		return false;
	if (flush(c) && c->out_len)
		loop_change(c->loop, &c->source, EPOLLIN | EPOLLOUT);
	return true;
}

int channel_init(struct channel *c, int loop, int fd, struct driver *d)
{
	int ret;

	*c = (struct channel){
		.source = { fd, channel_ready },
		.loop = loop,
		.driver = d,
	};
	if (!reserve(&c->in, &c->in_room, CHUNK)) {
		ret = -ENOMEM;
		goto close;
	}
	ret = loop_add(loop, &c->source, EPOLLIN);
	if (!ret)
		return 0;
close:
	channel_deinit(c);
	return ret;
}

void channel_deinit(struct channel *c)
{
	close(c->source.fd);
	while (c->n_fds)
		forget_fd(c);
	free(c->fds);
	free(c->in);
	free(c->out);
	*c = (struct channel){ .source.fd = -1, .lost = "closed" };
}
