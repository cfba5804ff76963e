/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_ACTIVATION_H
#define _DBUS_ACTIVATION_H

#include <linux/list.h>
#include <linux/types.h>

#include <linux/dbus.h>
#include "wire/message.h"

struct dbus_bus;
struct dbus_msg;
struct dbus_peer;
struct dbus_reply;
struct dbus_txn;
struct pid;

/* Messages that wait for services at a time, if user space sets no limit. */
#define DBUS_WAITING_MAX	10000

/* Octets of one peer's messages that may wait: the longest message at least. */
#define DBUS_WAITING_BYTES	(128u << 20)

/**
 * struct dbus_service - a name that can be started
 * @node: in &dbus_bus.services
 * @waiting: &dbus_waiting.node: what waits for the name to have an owner
 * @n_waiting: how many
 * @startable: the daemon knows how to start it; if not, the entry goes as soon
 *	as nothing waits any more
 * @starting: the daemon has been asked to, or will find it in a dump
 * @begun: process that is to own the name, as the daemon says; or NULL
 * @len: octets of @name
 * @name: not NUL-terminated
 *
 * All under the lock of the bus.
 */
struct dbus_service {
	struct hlist_node node;
	struct list_head waiting;
	u32 n_waiting;
	bool startable;
	bool starting;
	struct pid *begun;
	u32 len;
	char name[];
};

/**
 * struct dbus_waiting - a message that waits for a service
 * @node: in &dbus_service.waiting, in order of arrival
 * @of_peer: in &dbus_peer.waiting
 * @service: what it waits for
 * @from: its sender; holds a reference
 * @msg: the message; holds a reference
 * @started: the answer to a StartServiceByName, once the name has an owner;
 *	NULL: @msg is for that owner
 * @reply: the slot for the reply to @msg, or NULL
 * @reason: why it can't be delivered after all
 * @rule: number of the rule of policy that is the reason, or 0
 * @owner: id of who should have got it then
 */
struct dbus_waiting {
	struct list_head node;
	struct list_head of_peer;
	struct dbus_service *service;
	struct dbus_peer *from;
	struct dbus_msg *msg;
	struct dbus_msg *started;
	struct dbus_reply *reply;
	enum dbusmon_reason reason;
	u32 rule;
	u64 owner;
};

struct dbus_service *dbus_service_find(struct dbus_bus *bus,
				       struct wire_str name);
int dbus_service_add(struct dbus_bus *bus, const char *name);
int dbus_service_del(struct dbus_bus *bus, const char *name);
int dbus_service_fail(struct dbus_bus *bus, const char *name,
		      const char *error, const char *text);
int dbus_service_begun(struct dbus_bus *bus, const char *name,
		       struct pid *pid);
void dbus_service_free_all(struct dbus_bus *bus);

struct dbus_waiting *dbus_waiting_new(void);
void dbus_waiting_free(struct dbus_waiting *waiting);
void dbus_waiting_free_list(struct list_head *list);
void dbus_waiting_forget(struct dbus_peer *peer, struct list_head *to);

bool dbus_waiting_full(const struct dbus_peer *from,
		       const struct dbus_msg *msg);
void dbus_waiting_plan(struct dbus_txn *txn, struct dbus_service *service,
		       struct dbus_peer *from);
void dbus_waiting_add(struct dbus_service *service,
		      struct dbus_waiting *waiting, struct dbus_peer *from,
		      struct dbus_msg *msg);

void dbus_started_answer(struct dbus_txn *txn, struct dbus_service *service);
void dbus_started_plan(struct dbus_txn *txn, struct dbus_service *service,
		       struct dbus_peer *owner);
void dbus_started_commit(struct dbus_txn *txn, struct dbus_service *service,
			 struct dbus_peer *owner, struct list_head *done);
void dbus_started_refuse(struct list_head *done);

#endif /* _DBUS_ACTIVATION_H */
