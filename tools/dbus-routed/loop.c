// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/loop.h"

#include <errno.h>
#include <time.h>

#define BATCH	64

int loop_init(int *loop)
{
	*loop = epoll_create1(EPOLL_CLOEXEC);
	return *loop < 0 ? -errno : 0;
}

static int control(int loop, int op, struct source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	return epoll_ctl(loop, op, s->fd, &ev) < 0 ? -errno : 0;
}

int loop_add(int loop, struct source *s, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, s, events);
}

int loop_change(int loop, struct source *s, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, s, events);
}

void loop_remove(int loop, struct source *s)
{
	control(loop, EPOLL_CTL_DEL, s, 0);
}

int loop_run_once(int loop, int timeout)
{
	struct epoll_event events[BATCH];
	struct source *s;
	int i, n;

	n = epoll_wait(loop, events, BATCH, timeout);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (i = 0; i < n; i++) {
		s = events[i].data.ptr;
		s->ready(s, events[i].events);
	}
	return 0;
}

int64_t loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
