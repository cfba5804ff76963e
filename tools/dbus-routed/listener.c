// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/listener.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/dbus-routed/config.h"
#include "tools/dbus-routed/handshake.h"
#include "tools/dbus-routed/kernel.h"
#include "tools/dbus-routed/log.h"

#define LABEL_ROOM	1024
#define ACCEPTS		32	/* in a turn */
#define RETRY_MS	250
#define PATIENCE_MS	1000	/* with one who takes all the handshakes */

struct listening {
	struct source source;
	struct listener *listener;
};

static bool is_full(const struct listener *l)
{
	return l->n_handshakes >= l->config->max_incomplete;
}

/* With too many handshakes, or without resources, others wait in the backlog. */
static void update_accepting(struct listener *l)
{
	bool want = !l->retry && !is_full(l);
	size_t i;

	if (want == l->accepting || l->stopped)
		return;
	l->accepting = want;
	for (i = 0; i < l->endpoints.n; i++)
		loop_change(l->loop, &l->sources[i].source,
			    want ? EPOLLIN : 0);
}

static void forget(struct handshake *h)
{
	struct listener *l = h->listener;

	loop_remove(l->loop, &h->source);
	*(h->prev ? &h->prev->next : &l->first) = h->next;
	*(h->next ? &h->next->prev : &l->last) = h->prev;
	l->n_handshakes--;
	handshake_deinit(h);
	free(h);
	l->retry = 0;	/* a descriptor is free again */
	update_accepting(l);
}

static bool may_connect(const struct listener *l, const struct handshake *h)
{
	gid_t *groups = NULL, *bigger;
	socklen_t len = 0;
	bool may = false;
	int ret;

	/* asked with no room, it says how much it needs */
	ret = getsockopt(h->source.fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len);
	if (ret < 0 && errno != ERANGE)
		len = 0;
	bigger = malloc(len + sizeof(*groups));
	if (!bigger)
		return false;
	groups = bigger;
	if (len && getsockopt(h->source.fd, SOL_SOCKET, SO_PEERGROUPS, groups,
			      &len) < 0)
		len = 0;
	groups[len / sizeof(*groups)] = h->cred.gid;
	may = config_may_connect(l->config, h->cred.uid, groups,
				 len / sizeof(*groups) + 1);
	free(groups);
	return may;
}

static void hand_over(struct listener *l, struct handshake *h)
{
	char label[LABEL_ROOM];
	uint64_t id;

	if (!may_connect(l, h))
		log_stranger("refused: user %u (process %d) may not connect",
			     h->cred.uid, h->cred.pid);
	else if (kernel_peer_new(l->kernel, l->bus, h->source.fd,
				 h->sasl.unix_fds,
				 config_at_console(l->config, h->cred.uid),
				 handshake_label(h, label, sizeof(label)), &id))
		log_stranger("user %u (process %d): %s", h->cred.uid,
			     h->cred.pid, l->kernel->why);
}

static void handshake_ready(struct source *s, uint32_t events)
{
	struct handshake *h = (struct handshake *)s;
	struct listener *l = h->listener;

	l->stepped = loop_now();
	switch (handshake_step(h)) {
	case HANDSHAKE_GOES_ON:
		loop_change(l->loop, s, h->blocked ? EPOLLOUT : EPOLLIN);
		return;
	case HANDSHAKE_DONE:
		hand_over(l, h);
		break;
	case HANDSHAKE_FAILED:
		log_stranger("handshake of user %u (process %d): %s",
			     h->cred.uid, h->cred.pid, h->sasl.why);
		break;
	case HANDSHAKE_CLOSED:
		break;
	}
	forget(h);
}

/* Takes @fd over, whatever happens. */
static void add_handshake(struct listener *l, int fd)
{
	struct handshake *h = malloc(sizeof(*h));
	int ret;

	ret = h ? handshake_init(h, fd, l->guid) : -ENOMEM;
	if (ret) {
		log_stranger("a connection: %s", strerror(-ret));
		close(fd);
		free(h);
		return;
	}
	h->source.ready = handshake_ready;
	h->listener = l;
	h->prev = l->last;
	h->next = NULL;
	*(l->last ? &l->last->next : &l->first) = h;
	l->last = h;
	l->n_handshakes++;
	ret = loop_add(l->loop, &h->source, EPOLLIN);
	if (ret) {
		log_stranger("a connection: %s", strerror(-ret));
		forget(h);
	}
}

/* No more descriptors or memory: leave them in the backlog for a while. */
static void pause_accepting(struct listener *l)
{
	log_stranger("no new connections for now: %m");
	l->retry = loop_now() + RETRY_MS;
}

static void listening_ready(struct source *s, uint32_t events)
{
	struct listener *l = ((struct listening *)s)->listener;
	int fd, i;

	for (i = 0; i < ACCEPTS && !l->retry && !is_full(l) &&
		    !l->stopped; i++) {
		fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_handshake(l, fd);
		else if (errno == EMFILE || errno == ENFILE ||
			 errno == ENOBUFS || errno == ENOMEM)
			pause_accepting(l);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR && errno != ECONNABORTED)
			log_stranger("accepting a connection: %m");
	}
	update_accepting(l);
}

int listener_start(struct listener *l)
{
	size_t i;
	int ret;

	l->sources = calloc(l->endpoints.n, sizeof(*l->sources));
	if (!l->sources)
		return -ENOMEM;
	for (i = 0; i < l->endpoints.n; i++) {
		l->sources[i].listener = l;
		l->sources[i].source = (struct source){
			l->endpoints.list[i].fd, listening_ready
		};
		ret = loop_add(l->loop, &l->sources[i].source, EPOLLIN);
		if (ret)
			return ret;
	}
	l->accepting = true;
	return 0;
}

void listener_stop(struct listener *l)
{
	size_t i;

	if (l->sources && !l->stopped)
		for (i = 0; i < l->endpoints.n; i++)
			loop_remove(l->loop, &l->sources[i].source);
	l->stopped = true;
}

void listener_deinit(struct listener *l, bool unlink_files)
{
	listener_stop(l);
	endpoints_deinit(&l->endpoints, unlink_files);
	free(l->sources);
	l->sources = NULL;
	while (l->first)
		forget(l->first);
}

static int64_t deadline(const struct listener *l)
{
	unsigned int ms = l->config->auth_timeout;

	if (is_full(l) && ms > PATIENCE_MS)
		ms = PATIENCE_MS;
	return l->first ? l->first->started + ms : INT64_MAX;
}

/* The user with more than half of the handshakes, if there is one. */
static uid_t greediest(const struct listener *l)
{
	const struct handshake *h;
	uid_t uid = -1;
	size_t n = 0;

	for (h = l->first; h; h = h->next) {
		if (!n)
			uid = h->cred.uid;
		n += h->cred.uid == uid ? 1 : -1;
	}
	return uid;
}

/*
 * One user's idle handshakes must not keep all others out: with no place free,
 * the patience with that user is short.
 */
static void make_room(struct listener *l, int64_t now)
{
	uid_t uid = greediest(l);
	struct handshake *h, *next;

	for (h = l->first; h && h->started + PATIENCE_MS <= now; h = next) {
		next = h->next;
		if (h->cred.uid != uid)
			continue;
		log_stranger("handshake of user %u (process %d): too many at "
			     "once", h->cred.uid, h->cred.pid);
		forget(h);
	}
}

int listener_timeout(const struct listener *l)
{
	int64_t when = deadline(l), now;

	if (l->retry && l->retry < when)
		when = l->retry;
	if (when == INT64_MAX)
		return -1;
	now = loop_now();
	if (when - now > INT_MAX)
		return INT_MAX;
	/* one that has to be borne with for longer must not keep us busy */
	return when > now ? when - now : is_full(l) ? RETRY_MS : 0;
}

void listener_tick(struct listener *l)
{
	int64_t now = loop_now();

	if (is_full(l))
		make_room(l, now);
	while (l->first &&
	       l->first->started + l->config->auth_timeout <= now) {
		log_stranger("handshake of user %u (process %d): not done in "
			     "%u ms", l->first->cred.uid, l->first->cred.pid,
			     l->config->auth_timeout);
		forget(l->first);
	}
	if (l->retry && l->retry <= now)
		l->retry = 0;
	update_accepting(l);
}
