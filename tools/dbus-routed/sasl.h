/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's side of the handshake: D-Bus Specification, "Authentication
 * Protocol". A state machine without I/O: octets in, octets out.
 */
#ifndef ROUTED_SASL_H
#define ROUTED_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SASL_LINE_MAX	16384	/* octets of a line, its CR LF included */
#define SASL_FAILURES	6	/* rejections after which the peer is given up */
#define SASL_OUT_MAX	256	/* octets of the longest answer */

enum sasl_state {
	SASL_NUL,		/* waits for the octet 0 that opens the stream */
	SASL_AUTH,		/* WaitingForAuth */
	SASL_DATA,		/* WaitingForData */
	SASL_BEGIN,		/* WaitingForBegin */
	SASL_DONE,		/* BEGIN came: the stream is the kernel's now */
	SASL_FAILED,		/* close the connection: see @why */
};

/**
 * struct sasl - a handshake
 * @state: where it is
 * @unix_fds: passing of file descriptors was agreed
 * @asked: the empty challenge was sent
 * @failures: rejections so far
 * @uid: whom the socket's credentials name
 * @guid: of the bus
 * @why: SASL_FAILED: what the peer did wrong, a static text
 * @out: what is to be sent to the peer, @out_len octets; the caller takes it
 *	out, and calls sasl_feed() only while it is empty
 * @line: the line as far as it has come, @line_len octets
 */
struct sasl {
	enum sasl_state state;
	bool unix_fds;
	bool asked;
	unsigned int failures;
	uid_t uid;
	const char *guid;
	const char *why;
	char out[SASL_OUT_MAX];
	size_t out_len;
	char *line;
	size_t line_len;
	size_t line_room;
};

void sasl_init(struct sasl *s, uid_t uid, const char *guid);
void sasl_deinit(struct sasl *s);

/**
 * sasl_feed() - take octets from the peer
 * @s: the handshake
 * @data: octets that the peer sent
 * @n: how many
 *
 * Takes octets up to the end of a line at most, so that there is never more
 * than one answer, and none behind BEGIN.
 *
 * Return: how many were taken; 0 if @n is 0, if an answer waits in @s->out, or
 *	if the handshake is over
 */
size_t sasl_feed(struct sasl *s, const char *data, size_t n);

#endif /* ROUTED_SASL_H */
