/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls to org.freedesktop.DBus. Those that read or change the routing table are
 * executed by the kernel where they are routed; this is about all others.
 */
#ifndef ROUTED_DRIVER_H
#define ROUTED_DRIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <dbus/dbus.h>

#include "tools/dbus-routed/environment.h"

struct environment_file;
struct kernel;
struct services;

/**
 * struct driver - what the calls are answered from
 * @kernel: the routing table
 * @bus: number of the bus
 * @services: those that can be started, or NULL
 * @systemd: systemd starts services: it is to know their environment
 * @helper: services are started by a program of its own
 * @environment: for services to be started
 * @environment_file: where its changes are kept for the next daemon; may be NULL
 * @stats_serial: answers given about statistics
 * @reload: reads the configuration again; on failure returns false and a text
 *	to be freed
 * @reload_ctx: for @reload
 * @signal: takes signals that are for the bus; may be NULL
 * @send: sends a message of the bus; may be NULL
 * @incomplete: how many handshakes there are; may be NULL
 * @ctx: for @signal, @send and @incomplete
 */
struct driver {
	struct kernel *kernel;
	uint32_t bus;
	const struct services *services;
	bool systemd;
	bool helper;
	struct environment environment;
	struct environment_file *environment_file;
	uint32_t stats_serial;
	bool (*reload)(void *ctx, char **why);
	void *reload_ctx;
	void (*signal)(void *ctx, DBusMessage *m);
	bool (*send)(void *ctx, DBusMessage *m);
	unsigned int (*incomplete)(void *ctx);
	void *ctx;
};

/**
 * driver_answer() - answer a call that was routed to the driver
 * @d: the driver
 * @call: a method call, with its SENDER
 *
 * Return: the reply, the caller's to unref, also if none is wanted; NULL if there
 *	is no memory for it
 */
DBusMessage *driver_answer(struct driver *d, DBusMessage *call);

/* A signal that was routed to the driver. */
void driver_signal(struct driver *d, DBusMessage *m);

/* --- The interfaces, as introspection shows them ------------------------- */

enum driver_method_flag {
	DRIVER_ANY_PATH = 1 << 0,	/* wherever its interface is, else at the
					 * canonical path only */
	DRIVER_PRIVILEGED = 1 << 1,	/* for root and the owner of the bus */
};

/**
 * struct driver_method - a method
 * @name: member
 * @in: signature of its arguments
 * @out: signature of its results
 * @flags: enum driver_method_flag
 * @answer: makes the reply; NULL: executed in the kernel
 */
struct driver_method {
	const char *name;
	const char *in;
	const char *out;
	unsigned int flags;
	DBusMessage *(*answer)(struct driver *d, DBusMessage *call);
};

/**
 * struct driver_interface - an interface
 * @name: its name
 * @any_path: answers at every path
 * @methods: ended by a method without a name
 * @extra: introspection data of its properties and signals
 */
struct driver_interface {
	const char *name;
	bool any_path;
	const struct driver_method *methods;
	const char *extra;
};

extern const struct driver_interface driver_interfaces[];	/* name NULL ends */

#endif /* ROUTED_DRIVER_H */
