/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_POLICY_H
#define _DBUS_POLICY_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include <linux/dbus.h>
#include "wire/message.h"

struct dbus_bus;
struct dbus_msg;
struct dbus_peer;
struct dbus_txn;

/**
 * struct dbus_policy_rule - one rule, as it was loaded
 * @number: number and priority
 * @set: index of its set in &dbus_policy.sets
 * @flags: DBUS_RULE_F_*
 * @kind: enum dbus_rule_kind
 * @type: message type that it is about; 0: any
 * @min_fds: descriptors that a message has at least
 * @max_fds: and at most
 * @name: name owned, destination or sender; .s is NULL if it is about any,
 *	and likewise in the following; NUL-terminated
 * @interface: of the message
 * @member: of the message
 * @error: name of an error
 * @path: of the message
 * @label: where it stands
 * @text: what these point into
 */
struct dbus_policy_rule {
	u32 number;
	u32 set;
	u32 flags;
	u8 kind;
	u8 type;
	u32 min_fds;
	u32 max_fds;
	struct wire_str name;
	struct wire_str interface;
	struct wire_str member;
	struct wire_str error;
	struct wire_str path;
	struct wire_str label;
	char text[];
};

/**
 * struct dbus_policy_set - whom rules are about
 * @subject: enum dbus_rule_subject
 * @id: the user or group as it was loaded
 * @uid: the user, if it is one
 * @gid: the group, if it is one
 */
struct dbus_policy_set {
	u32 subject;
	u32 id;
	kuid_t uid;
	kgid_t gid;
};

/**
 * struct dbus_policy - all rules of one generation
 * @generation: its number; 0 until it is in force
 * @rules: by number
 * @n_rules: how many
 * @max_rules: room for so many
 * @sets: whom they are about
 * @n_sets: how many
 * @max_sets: room for so many
 * @octets: that the rules take
 * @limits: that come with it, by enum dbus_limit
 * @views: &dbus_policy_view.node; under the lock of the bus once in force
 */
struct dbus_policy {
	u32 generation;
	struct dbus_policy_rule **rules;
	u32 n_rules;
	u32 max_rules;
	struct dbus_policy_set *sets;
	u32 n_sets;
	u32 max_sets;
	size_t octets;
	u32 limits[DBUS_LIMIT_MAX + 1];
	struct list_head views;
};

/**
 * struct dbus_pass - a message that is about to pass from one peer to another
 * @bus: their bus, locked
 * @msg: the message
 * @from: its sender; NULL for the bus itself
 * @to: who is to get it; NULL for the bus itself
 * @coming: a name that @to is about to own, besides those that it has
 * @requested: it is a reply that is waited for
 * @eavesdrops: it is addressed, but not to @to
 * @receive: the receiver's policy has decided, not the sender's
 * @rule: the rule that has decided; NULL if there is none, which means no
 */
struct dbus_pass {
	struct dbus_bus *bus;
	const struct dbus_msg *msg;
	struct dbus_peer *from;
	struct dbus_peer *to;
	struct wire_str coming;
	bool requested;
	bool eavesdrops;
	bool receive;
	const struct dbus_policy_rule *rule;
};

bool dbus_policy_passes(struct dbus_pass *pass);
void dbus_policy_refuse(struct dbus_txn *txn, struct dbus_pass *pass);
void dbus_policy_tell_monitors(struct dbus_txn *txn, struct dbus_pass *pass);
void dbus_policy_log(const struct dbus_pass *pass);
bool dbus_policy_may_own(struct dbus_peer *peer, struct wire_str name,
			 const struct dbus_policy_rule **rule);

void dbus_policy_refuse_own(struct dbus_txn *txn, struct dbus_peer *peer,
			    const struct dbus_msg *call, struct wire_str name,
			    const struct dbus_policy_rule *rule);

static inline u32 dbus_policy_number(const struct dbus_policy_rule *rule)
{
	return rule ? rule->number : 0;
}

struct dbus_policy *dbus_policy_new(void);
void dbus_policy_free(struct dbus_policy *policy);
int dbus_policy_add(struct dbus_policy *policy, struct dbus_policy_rule *rule,
		    size_t octets, u32 subject, u32 id);
int dbus_policy_enforce(struct dbus_bus *bus, struct dbus_policy *policy);
struct dbus_policy_view *dbus_policy_view(struct dbus_peer *peer);
int dbus_policy_view_new(struct dbus_peer *peer);

#endif /* _DBUS_POLICY_H */
