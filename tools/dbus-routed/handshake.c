// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/handshake.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PEEK	512	/* octets looked at in one go */
#define TURN	16	/* goes in a turn: then it is others' turn */

int handshake_init(struct handshake *h, int fd, const char *guid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	if (len != sizeof(cred) || cred.uid == (uid_t)-1)
		return -ENODATA;
	*h = (struct handshake){
		.source.fd = fd,
		.started = loop_now(),
		.cred = cred,
	};
	sasl_init(&h->sasl, cred.uid, guid);
	return 0;
}

void handshake_deinit(struct handshake *h)
{
	sasl_deinit(&h->sasl);
	close(h->source.fd);
}

const char *handshake_label(const struct handshake *h, char *label, size_t room)
{
	socklen_t len = room - 1;

	if (getsockopt(h->source.fd, SOL_SOCKET, SO_PEERSEC, label, &len) < 0)
		return NULL;
	/* some modules count a NUL, some end it with a line break */
	label[len] = '\0';
	label[strcspn(label, "\n")] = '\0';
	return *label ? label : NULL;
}

/* Send the answer that waits. False: the socket is full, or broken. */
static bool flush(struct handshake *h)
{
	struct sasl *s = &h->sasl;
	ssize_t n;

	while (s->out_len) {
		n = send(h->source.fd, s->out, s->out_len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		s->out_len -= n;
		memmove(s->out, s->out + n, s->out_len);
	}
	return true;
}

/*
 * Peek, and consume what the conversation takes and not an octet more: what
 * follows BEGIN belongs to the kernel, with the descriptors that come with it.
 *
 * Return: octets consumed, 0 at the end of the stream, -1 with errno
 */
static ssize_t take(struct handshake *h)
{
	char buf[PEEK];
	ssize_t n;

	n = recv(h->source.fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return n;
	n = sasl_feed(&h->sasl, buf, n);
	/* they are there: this neither waits nor returns fewer */
	return recv(h->source.fd, buf, n, MSG_DONTWAIT);
}

enum handshake_result handshake_step(struct handshake *h)
{
	ssize_t n;
	int i;

	for (i = 0; i < TURN; i++) {
		if (!flush(h)) {
			h->blocked = errno == EAGAIN;
			return h->blocked ? HANDSHAKE_GOES_ON :
					    HANDSHAKE_CLOSED;
		}
		h->blocked = false;
		if (h->sasl.state == SASL_DONE)
			return HANDSHAKE_DONE;
		if (h->sasl.state == SASL_FAILED)
			return HANDSHAKE_FAILED;
		n = take(h);
		if (n < 0 && errno == EAGAIN)
			return HANDSHAKE_GOES_ON;
		if (!n || (n < 0 && errno != EINTR))
			return HANDSHAKE_CLOSED;
	}
	return HANDSHAKE_GOES_ON;
}
