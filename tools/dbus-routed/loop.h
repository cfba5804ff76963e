/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for descriptors: a thin layer over epoll. */
#ifndef ROUTED_LOOP_H
#define ROUTED_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

/**
 * struct source - a descriptor that is waited for
 * @fd: the descriptor
 * @ready: called with EPOLL* bits; may remove and free its own source, no other
 */
struct source {
	int fd;
	void (*ready)(struct source *s, uint32_t events);
};

/* Each 0, or a negative error number. */
int loop_init(int *loop);
int loop_add(int loop, struct source *s, uint32_t events);
int loop_change(int loop, struct source *s, uint32_t events);
void loop_remove(int loop, struct source *s);

/* Wait for at most @timeout ms (-1: forever), and call what is ready. */
int loop_run_once(int loop, int timeout);

/* Milliseconds of the monotonic clock. */
int64_t loop_now(void);

#endif /* ROUTED_LOOP_H */
