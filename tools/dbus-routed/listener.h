/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listening sockets, and the connections accepted on them until the kernel
 * takes them over.
 */
#ifndef ROUTED_LISTENER_H
#define ROUTED_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/dbus-routed/address.h"
#include "tools/dbus-routed/loop.h"

struct config;
struct handshake;
struct kernel;

/**
 * struct listener - where peers come in
 * @loop: to wait with
 * @kernel: takes the peers
 * @bus: number of the bus
 * @guid: of the bus
 * @config: who may connect, and the limits
 * @endpoints: the listening sockets
 * @sources: one for each
 * @first: the oldest handshake
 * @last: the youngest
 * @n_handshakes: how many there are
 * @stepped: when one of them went on last, ms
 * @accepting: new connections are accepted
 * @stopped: and never will be
 * @retry: there were no descriptors or no memory: ms when to try again, or 0
 */
struct listener {
	int loop;
	struct kernel *kernel;
	uint32_t bus;
	const char *guid;
	const struct config *config;
	struct endpoints endpoints;
	struct listening *sources;
	struct handshake *first;
	struct handshake *last;
	size_t n_handshakes;
	int64_t stepped;
	bool accepting;
	bool stopped;
	int64_t retry;
};

/* Begin to accept; everything but the handshakes is filled in. */
int listener_start(struct listener *l);
/* Accept no more; handshakes go on. */
void listener_stop(struct listener *l);
void listener_deinit(struct listener *l, bool unlink_files);

/* Milliseconds until listener_tick() has something to do; -1: never. */
int listener_timeout(const struct listener *l);
/* Give up the handshakes that took too long, and accept again. */
void listener_tick(struct listener *l);

#endif /* ROUTED_LISTENER_H */
