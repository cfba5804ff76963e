/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads for a bus, and for a bare socketpair as the limit of what a bus could do.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bus/busraw.h"

/**
 * struct stream - messages read from a socket, as many a read as there are
 * @fd: blocking
 */
struct stream {
	int fd;
	uint8_t *buf;
	size_t cap;
	size_t start;
	size_t end;
};

/* Room for messages of up to @max octets. */
void stream_init(struct stream *s, int fd, size_t max);
/* The next message, there until the next call; NULL at the stream's end. */
uint8_t *stream_next(struct stream *s, size_t *len);
void send_all(int fd, const void *p, size_t len);
/* In one go, with the descriptor @passed. */
void send_fd(int fd, const void *p, size_t len, int passed);

/**
 * struct pair - a caller and a service in a process of its own that answers each
 *	call by a reply of the same size
 * @call: the call, whose serial the caller counts on
 */
struct pair {
	struct stream caller;
	struct draft call;
	bool with_fd;
	struct conn *conn;
	pid_t service;
};

/**
 * pair_open() - start a service and connect a caller to it
 * @bare: by a socketpair, without a bus
 * @size: octets of the argument, an array of bytes; 0: no argument
 * @with_fd: each call carries a descriptor
 */
void pair_open(struct pair *p, bool bare, size_t size, bool with_fd);
void pair_call(struct pair *p, uint32_t serial);
void pair_reply(struct pair *p);
void pair_close(struct pair *p);

/**
 * struct audience - receivers of signals, in one process, and their emitter
 * @signal: the signal to emit
 */
struct audience {
	unsigned int n;
	int *ends;		/* of socketpairs, without a bus; else the emitter's */
	unsigned int n_ends;
	struct draft signal;
	struct conn *conn;
	pid_t receivers;
	int heard;		/* says when a burst was heard by all */
};

void audience_open(struct audience *a, bool bare, unsigned int n,
		   unsigned int burst);
/* Emit a burst, and wait until all have heard it. */
void audience_burst(struct audience *a, unsigned int burst);
void audience_close(struct audience *a);

/* Connections that hold @n match rules which match nothing here. */
void hold_rules(unsigned int n);

#endif /* BENCH_H */
