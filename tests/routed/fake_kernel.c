// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/routed/fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/dbus-routed/credentials.h"
#include "tools/dbus-routed/kernel.h"
#include "tools/dbus-routed/policy.h"

int kernel_open(struct kernel *k)
{
	*k = (struct kernel){};
	return 0;
}

void kernel_close(struct kernel *k)
{
}

/* The name session-N is taken, and so the next one is to be tried. */
int kernel_bus_new(struct kernel *k, const char *name, const char *guid,
		   uint32_t *bus)
{
	const char *taken = getenv("FAKE_TAKEN");

	if (taken && !strcmp(taken, name))
		return -EEXIST;
	fprintf(stderr, "fake: bus %s %s\n", name, guid);
	*bus = 1;
	return 0;
}

int kernel_bus_del(struct kernel *k, uint32_t bus)
{
	fprintf(stderr, "fake: bus removed\n");
	return 0;
}

/*
 * Everything that the socket holds, and will hold, goes back. As the kernel's,
 * this reference takes none of the daemon's descriptors.
 */
static void echo(int fd)
{
	char buf[4096];
	ssize_t n;

	if (fd > 3)
		close_range(3, fd - 1, 0);
	close_range(fd + 1, ~0U, 0);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(fd, buf, n) != n)
			break;
	_exit(0);
}

int kernel_driver_new(struct kernel *k, uint32_t bus, int fd, bool replace,
		      uint32_t *turn)
{
	*turn = 1;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);	/* open, and silent */
	return fd < 0 ? -errno : 0;
}

int kernel_peer_new(struct kernel *k, uint32_t bus, int fd, bool unix_fds,
		    bool at_console, const char *label, uint64_t *id)
{
	static uint64_t last;
	pid_t pid;

	*id = ++last;
	pid = fork();
	if (!pid)
		echo(fd);
	if (pid < 0) {
		snprintf(k->why, sizeof(k->why), "fork: %m");
		return -errno;
	}
	return 0;
}

unsigned int fake_peer_asks;

int kernel_peer_get(struct kernel *k, uint32_t bus, uint64_t id,
		    struct credentials *c)
{
	static const uint32_t groups[] = { 27, 4, 1000, 27 };

	fake_peer_asks++;
	*c = (struct credentials){};
	if (id == 9) {
		snprintf(k->why, sizeof(k->why), "asking for a peer: broken");
		return -EIO;
	}
	if (id != 7 && id != 8)
		return -ENXIO;
	c->pid = FAKE_PID;
	c->uid = id == 7 ? geteuid() : FAKE_OTHER_UID;
	strcpy(c->comm, "tester");
	if (id == 8)
		return 0;
	c->running = true;
	c->groups = malloc(sizeof(groups));
	memcpy(c->groups, groups, sizeof(groups));
	c->n_groups = 4;
	c->has_groups = true;
	credentials_sort_groups(c);
	c->label = strdup(FAKE_LABEL);
	return 0;
}

/* No daemon was there before. */
int kernel_bus_get(struct kernel *k, uint32_t bus, char name[DBUS_NAME_MAX],
		   char guid[DBUS_GUID_LEN + 1])
{
	return -ENODEV;
}

int kernel_listeners(struct kernel *k,
		     int (*each)(void *ctx, const struct kept_socket *s),
		     void *ctx)
{
	return 0;
}

int kernel_listener_new(struct kernel *k, uint32_t bus, int fd)
{
	return 0;
}

int kernel_listener_del(struct kernel *k, uint32_t bus, uint64_t inode)
{
	return -ENOENT;
}

int kernel_listener_open(struct kernel *k, uint32_t bus, uint64_t inode)
{
	return -ENOENT;
}

int kernel_name_owner(struct kernel *k, uint32_t bus, const char *name,
		      uint64_t *owner)
{
	if (strcmp(name, "com.example.Owned") != 0)
		return -ENXIO;
	*owner = 7;
	return 0;
}

static void show(const char *key, const char *value)
{
	if (value)
		fprintf(stderr, " %s=%s", key, value);
}

/* FAKE_POLICY: show the rules; a name that this kernel refuses ends in Refuse. */
int kernel_policy_load(struct kernel *k, uint32_t bus, const struct policy *p,
		       const uint32_t *limits)
{
	const struct rule *r;
	const char *label;
	size_t i;

	if (!getenv("FAKE_POLICY"))
		return 0;
	for (i = 0; i < p->n; i++) {
		r = &p->rules[i];
		if (r->name && !strcmp(r->name, "com.example.Refuse")) {
			snprintf(k->why, sizeof(k->why), "loading: refused");
			return -EINVAL;
		}
		fprintf(stderr, "rule %zu: subject %u %u kind %u flags 0x%x",
			i + 1, r->subject, r->id, r->kind, r->flags);
		if (r->type)
			fprintf(stderr, " type=%u", r->type);
		show("name", r->name);
		show("interface", r->interface);
		show("member", r->member);
		show("error", r->error);
		show("path", r->path);
		if (r->min_fds || r->max_fds != UINT32_MAX)
			fprintf(stderr, " fds=%u-%u", r->min_fds, r->max_fds);
		label = strrchr(r->label, '/');
		fprintf(stderr, " at %s\n", label ? label + 1 : r->label);
	}
	return 0;
}

void kernel_log_denials(struct kernel *k)
{
}

int kernel_fd(const struct kernel *k)
{
	return -1;
}

int kernel_service_new(struct kernel *k, uint32_t bus, const char *name,
		       uint32_t max)
{
	fprintf(stderr, "fake: service %s, %u may wait\n", name, max);
	return 0;
}

int kernel_service_del(struct kernel *k, uint32_t bus, const char *name)
{
	fprintf(stderr, "fake: no service %s\n", name);
	return 0;
}

int kernel_service_fail(struct kernel *k, uint32_t bus, const char *name,
			const char *error, const char *text)
{
	fprintf(stderr, "fake: %s failed: %s: %s\n", name, error, text);
	return 0;
}

int kernel_service_begun(struct kernel *k, uint32_t bus, const char *name,
			 pid_t pid)
{
	return 0;
}

/* Waiting since an earlier daemon: what FAKE_STARTING names. */
int kernel_services(struct kernel *k, uint32_t bus,
		    void (*each)(void *ctx, const struct startable *s),
		    void *ctx)
{
	struct startable s = {
		.name = getenv("FAKE_STARTING"),
		.startable = true,
		.starting = true,
	};

	if (s.name)
		each(ctx, &s);
	return 0;
}

int kernel_bus_stats(struct kernel *k, uint32_t bus, struct bus_stats *s)
{
	*s = (struct bus_stats){ .peers = 3, .names = 1, .matches = 4 };
	return 0;
}

int kernel_peer_stats(struct kernel *k, uint32_t bus, uint64_t id,
		      struct peer_stats *s)
{
	*s = (struct peer_stats){ .names = 1, .queued_bytes = id };
	return 0;
}

int kernel_match_rules(struct kernel *k, uint32_t bus,
		       void (*each)(void *ctx, uint64_t peer, const char *rule,
				    uint32_t count), void *ctx)
{
	each(ctx, 7, "type='signal'", 2);
	each(ctx, 7, "", 1);
	each(ctx, 8, "member='M'", 1);
	return 0;
}
