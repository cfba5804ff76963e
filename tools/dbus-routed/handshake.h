/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection whose peer has yet to say who it is. */
#ifndef ROUTED_HANDSHAKE_H
#define ROUTED_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "tools/dbus-routed/loop.h"
#include "tools/dbus-routed/sasl.h"

struct listener;

/**
 * struct handshake - a connection not yet the kernel's
 * @source: its socket
 * @listener: whose it is
 * @prev: the one accepted before
 * @next: the one accepted after
 * @started: when it was accepted, ms
 * @cred: who connected
 * @sasl: the conversation
 * @blocked: an answer waits to be sent
 */
struct handshake {
	struct source source;
	struct listener *listener;
	struct handshake *prev;
	struct handshake *next;
	int64_t started;
	struct ucred cred;
	struct sasl sasl;
	bool blocked;
};

enum handshake_result {
	HANDSHAKE_GOES_ON,
	HANDSHAKE_DONE,		/* what is in the socket now is the kernel's */
	HANDSHAKE_CLOSED,	/* the peer went away */
	HANDSHAKE_FAILED,	/* h->sasl.why says why */
};

/*
 * Take over an accepted socket: who is at the other end? Negative error if the
 * socket doesn't say, then it is still the caller's.
 */
int handshake_init(struct handshake *h, int fd, const char *guid);
void handshake_deinit(struct handshake *h);

/*
 * The security label of the process that connected, as the security module
 * gives it to sockets. Return: @label, or NULL if there is none.
 */
const char *handshake_label(const struct handshake *h, char *label,
			    size_t room);

/* Go on as far as possible without waiting, or for one turn. */
enum handshake_result handshake_step(struct handshake *h);

#endif /* ROUTED_HANDSHAKE_H */
