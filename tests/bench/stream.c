// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/bench/bench.h"

void stream_init(struct stream *s, int fd, size_t max)
{
	*s = (struct stream){ .fd = fd, .cap = max < 65536 ? 65536 : 2 * max };
	s->buf = malloc(s->cap);
	check(s->buf, "no memory");
}

/* Octets of the message at @p of which @have are there; 0: not known yet. */
static size_t message_len(const uint8_t *p, size_t have)
{
	uint32_t body, fields;

	if (have < 16)
		return 0;
	memcpy(&body, p + 4, 4);
	memcpy(&fields, p + 12, 4);
	return 16 + ((fields + 7) & ~7UL) + body;
}

/* Like recv(), with room for a descriptor, which is closed as soon as it comes. */
static ssize_t recv_with_fd(int fd, void *p, size_t len)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = p, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	int came;

	if (c && c->cmsg_type == SCM_RIGHTS) {
		memcpy(&came, CMSG_DATA(c), sizeof(came));
		close(came);
	}
	return n;
}

uint8_t *stream_next(struct stream *s, size_t *len)
{
	for (;;) {
		size_t have = s->end - s->start;
		size_t need = message_len(s->buf + s->start, have);
		ssize_t n;

		if (need && have >= need) {
			uint8_t *p = s->buf + s->start;

			s->start += need;
			if (len)
				*len = need;
			return p;
		}
		check(need <= s->cap, "a message of %zu octets", need);
		if (s->start) {
			memmove(s->buf, s->buf + s->start, have);
			s->start = 0;
			s->end = have;
		}
		n = recv_with_fd(s->fd, s->buf + s->end, s->cap - s->end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		s->end += (size_t)n;
	}
}

void send_fd(int fd, const void *p, size_t len, int passed)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (void *)p, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &passed, sizeof(int));
	check(sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)len, "sendmsg: %m");
}

void send_all(int fd, const void *p, size_t len)
{
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		check(n > 0, "send: %m");
		p = (const uint8_t *)p + n;
		len -= (size_t)n;
	}
}
