/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routing table in the kernel, over generic netlink. */
#ifndef ROUTED_KERNEL_H
#define ROUTED_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

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

/* Make the bus @name with GetId @guid; -EEXIST if there is one of that name. */
int kernel_bus_new(struct kernel *k, const char *name, const char *guid,
		   uint32_t *bus);
int kernel_bus_del(struct kernel *k, uint32_t bus);

/*
 * Give the connection @fd to the kernel, which takes a reference of its own:
 * the caller closes @fd. @unix_fds: the peer takes file descriptors. @driver:
 * it answers the driver's calls. @at_console: for rules about that. @label: its
 * security label, or NULL.
 */
int kernel_peer_new(struct kernel *k, uint32_t bus, int fd, bool unix_fds,
		    bool driver, bool at_console, const char *label,
		    uint64_t *id);

/* Who is the peer? -ENXIO if there is none. @c is the caller's to deinit. */
int kernel_peer_get(struct kernel *k, uint32_t bus, uint64_t id,
		    struct credentials *c);

/* Has the bus a peer that answers the driver's calls? 1, 0, or an error. */
int kernel_has_driver(struct kernel *k, uint32_t bus);

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

/*
 * Call @each for every name that is to be started, or is being. It must not ask
 * the kernel for anything.
 */
int kernel_services_starting(struct kernel *k, uint32_t bus,
			     void (*each)(void *ctx, const char *name),
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
