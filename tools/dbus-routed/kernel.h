/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routing table in the kernel, over generic netlink. */
#ifndef ROUTED_KERNEL_H
#define ROUTED_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/dbus.h>

struct credentials;
struct mnl_socket;
struct policy;

/**
 * struct kernel - a way to the routing table
 * @nl: socket
 * @family: number of the family "dbus"
 * @seq: number of the last request
 * @why: what the last failure was, in words
 */
struct kernel {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t seq;
	char why[256];
};

/*
 * All return 0, or a negative error number with @k->why filled in. They never
 * wait for another process.
 */
int kernel_open(struct kernel *k);
void kernel_close(struct kernel *k);

/*
 * Make the bus @name with GetId @guid; -EEXIST if there is one of that name. It
 * goes again if no driver comes.
 */
int kernel_bus_new(struct kernel *k, const char *name, const char *guid,
		   uint32_t *bus);
int kernel_bus_del(struct kernel *k, uint32_t bus);
/* The other way round. */
int kernel_bus_get(struct kernel *k, uint32_t bus, char name[DBUS_NAME_MAX],
		   char guid[DBUS_GUID_LEN + 1]);

/*
 * Give the connection @fd to the kernel, which takes a reference of its own:
 * the caller closes @fd. @unix_fds: the peer takes file descriptors.
 * @at_console: for rules about that. @label: its security label, or NULL.
 */
int kernel_peer_new(struct kernel *k, uint32_t bus, int fd, bool unix_fds,
		    bool at_console, const char *label, uint64_t *id);

/*
 * Likewise, as the peer that answers the driver's calls; those that wait come at
 * once. -EBUSY if there is one, unless @replace. @turn: counts the drivers that the
 * bus has had, from 1: who has a lower number is driver no longer.
 */
int kernel_driver_new(struct kernel *k, uint32_t bus, int fd, bool replace,
		      uint32_t *turn);

/**
 * struct kept_socket - a listening socket that the kernel keeps with a bus
 * @bus: number of the bus
 * @bus_name: its name
 * @server: process that serves it, 0 if none does
 * @inode: number of the socket
 * @has_file: it is bound to a file
 * @dev: where that is
 * @ino: number of the file
 * @len: octets of @name
 * @name: what it is bound to, as sun_path
 * @claimed: we listen there
 */
struct kept_socket {
	uint32_t bus;
	char bus_name[DBUS_NAME_MAX];
	uint32_t server;
	uint64_t inode;
	bool has_file;
	dev_t dev;
	ino_t ino;
	size_t len;
	char name[108];
	bool claimed;
};

/* Call @each for those of all buses; it returns 0 or a negative error number. */
int kernel_listeners(struct kernel *k,
		     int (*each)(void *ctx, const struct kept_socket *s),
		     void *ctx);
/* Keep @fd; keep it no longer; a descriptor of it. */
int kernel_listener_new(struct kernel *k, uint32_t bus, int fd);
int kernel_listener_del(struct kernel *k, uint32_t bus, uint64_t inode);
int kernel_listener_open(struct kernel *k, uint32_t bus, uint64_t inode);

/* Who is the peer? -ENXIO if there is none. @c is the caller's to deinit. */
int kernel_peer_get(struct kernel *k, uint32_t bus, uint64_t id,
		    struct credentials *c);

/* Which peer owns this well-known name? -ENXIO if none does. */
int kernel_name_owner(struct kernel *k, uint32_t bus, const char *name,
		      uint64_t *owner);

/*
 * Put a policy and limits (by enum dbus_limit) into force, for the peers there
 * are and those to come; if it fails the old ones stay. The kernel tells @k's socket from then on what is
 * refused: kernel_log_denials() logs that, and returns when there is no more.
 */
int kernel_policy_load(struct kernel *k, uint32_t bus, const struct policy *p,
		       const uint32_t *limits);
void kernel_log_denials(struct kernel *k);
/* To wait for that. */
int kernel_fd(const struct kernel *k);

/*
 * The name can be started; @max: how many messages may wait for such names.
 * And no more.
 */
int kernel_service_new(struct kernel *k, uint32_t bus, const char *name,
		       uint32_t max);
int kernel_service_del(struct kernel *k, uint32_t bus, const char *name);

/*
 * The name could not be started: answer what waits for it. -EALREADY: it has an
 * owner by now, and nothing waits.
 */
int kernel_service_fail(struct kernel *k, uint32_t bus, const char *name,
			const char *error, const char *text);

/* Process @pid is to own the name that is being started. */
int kernel_service_begun(struct kernel *k, uint32_t bus, const char *name,
			 pid_t pid);

/**
 * struct startable - a name that can be started
 * @name: the name
 * @startable: we have said so
 * @starting: it is to be started, or is being
 * @pid: by that process, if it still is there; or 0
 */
struct startable {
	const char *name;
	bool startable;
	bool starting;
	pid_t pid;
};

/* Call @each for all of them. It must not ask the kernel for anything. */
int kernel_services(struct kernel *k, uint32_t bus,
		    void (*each)(void *ctx, const struct startable *s),
		    void *ctx);

/**
 * struct bus_stats - counts of a bus, as they are now
 */
struct bus_stats {
	uint64_t peers;
	uint64_t names;
	uint64_t matches;
	uint64_t replies;
	uint64_t queued_bytes;
};

/**
 * struct peer_stats - counts of a peer
 */
struct peer_stats {
	uint64_t names;
	uint64_t matches;
	uint64_t replies;
	uint64_t queued_messages;
	uint64_t queued_bytes;
};

int kernel_bus_stats(struct kernel *k, uint32_t bus, struct bus_stats *s);
int kernel_peer_stats(struct kernel *k, uint32_t bus, uint64_t id,
		      struct peer_stats *s);
/* Call @each for every rule, peer by peer; it was added @count times. */
int kernel_match_rules(struct kernel *k, uint32_t bus,
		       void (*each)(void *ctx, uint64_t peer, const char *rule,
				    uint32_t count), void *ctx);

#endif /* ROUTED_KERNEL_H */
