/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting services. What waits for them is in the kernel, which says when one
 * is to be started, and is told when that fails.
 */
#ifndef ROUTED_ACTIVATION_H
#define ROUTED_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <dbus/dbus.h>

#include "tools/dbus-routed/loop.h"
#include "tools/dbus-routed/service.h"

struct channel;
struct config;
struct environment;
struct kernel;
struct start;

/**
 * struct activation - services, and those that are being started
 * @kernel: the routing table
 * @bus: number of the bus
 * @config: where services are, and limits
 * @channel: the daemon's own connection, to send signals on
 * @loop: to wait with
 * @systemd: leave services that are units to systemd
 * @to_journal: what services print goes to the journal
 * @environment: for services
 * @services: which there are
 * @watch: changes of their directories
 * @starts: those that are being started
 * @begun: processes that an earlier daemon began: an epoll of their pidfds
 */
struct activation {
	struct kernel *kernel;
	uint32_t bus;
	const struct config *config;
	struct channel *channel;
	int loop;
	bool systemd;
	bool to_journal;
	struct environment *environment;
	struct services services;
	struct source watch;
	struct start *starts;
	struct source begun;
};

/*
 * Read the services, tell the kernel of them, and watch for changes. If the bus
 * had a daemon before, the kernel knows what that told it.
 */
bool activation_init(struct activation *a, const char *address,
		     const char *type);
void activation_deinit(struct activation *a);

/*
 * The driver peer was attached: start what has been waiting for that, unless an
 * earlier daemon's process is about to be it.
 */
void activation_attached(struct activation *a);

/* Another daemon starts services from now on. */
void activation_leave(struct activation *a);

/* The configuration was read again; @a->config is the new one. */
void activation_reload(struct activation *a);

/* A signal on the daemon's own connection. */
void activation_signal(struct activation *a, DBusMessage *m);

/* A process has ended; @status as from waitpid(). */
void activation_process_ended(struct activation *a, pid_t pid, int status);

/* Milliseconds until activation_tick() has something to do; -1: never. */
int activation_timeout(const struct activation *a);
void activation_tick(struct activation *a);


#endif /* ROUTED_ACTIVATION_H */
