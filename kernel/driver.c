// SPDX-License-Identifier: GPL-2.0
/*
 * Calls to org.freedesktop.DBus. Those that read or change the routing table
 * are executed here, in the order in which they arrive with their caller's other
 * messages; all others go to the daemon.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

#include "activation.h"
#include "bus.h"
#include "bus_message.h"
#include "driver.h"
#include "event.h"
#include "kept.h"
#include "limit.h"
#include "match.h"
#include "message.h"
#include "monitor.h"
#include "name.h"
#include "peer.h"
#include "policy.h"
#include "quota.h"
#include "route.h"
#include "tap.h"
#include "txn.h"
#include "wire/iter.h"

/* A key of a match rule that is quoted in an error. */
#define QUOTE_MAX	32

struct call;

/**
 * struct method - a call that the kernel executes
 * @interface: its interface; one that is called without is the first found
 * @member: its name
 * @signature: of its arguments
 * @prepare: allocate what it needs, no lock held; 0, or -EINVAL with an error
 *	in @bad, or -ENOMEM
 * @plan: decide, and plan answer and signals, bus locked
 * @commit: carry out what was decided, bus locked
 * @canonical: only at the path of the bus: others don't have the interface
 */
struct method {
	const char *interface;
	const char *member;
	const char *signature;
	int (*prepare)(struct call *call);
	void (*plan)(struct dbus_txn *txn, struct call *call);
	void (*commit)(struct dbus_txn *txn, struct call *call);
	bool canonical;
};

/**
 * struct call - a call that is being executed
 * @method: what is called; NULL if it is for the daemon
 * @from: the caller
 * @msg: the call
 * @name: first argument, if it is a string
 * @number: second argument, if it is a number
 * @refused: an error is the answer: nothing is changed
 * @denied: ... because policy says so
 * @change: what it does to a name
 * @reserve: what that may need
 * @match: the rule given
 * @found: the rule that equals it
 * @bad: why the rule is wrong
 * @rules: &dbus_match.of_peer: what a monitor wants to see
 * @wrong: one of these is wrong
 * @kept: the call, to be kept for the daemon
 * @service: the name can be started
 * @waiting: the call, to wait until it is
 * @done: &dbus_waiting.node: what has waited for the name
 */
struct call {
	const struct method *method;
	struct dbus_peer *from;
	struct dbus_msg *msg;
	struct wire_str name;
	u32 number;
	bool refused;
	bool denied;
	struct dbus_name_change change;
	struct dbus_name_reserve reserve;
	struct dbus_match *match;
	struct dbus_match *found;
	struct wire_match_error bad;
	struct list_head rules;
	bool wrong;
	struct dbus_kept *kept;
	struct dbus_service *service;
	struct dbus_waiting *waiting;
	struct list_head done;
};

static bool wants_reply(const struct call *call)
{
	return !(call->msg->wire.flags & WIRE_NO_REPLY_EXPECTED);
}

#define refuse(txn, call, error, fmt, ...)				\
	do {								\
		(call)->refused = true;					\
		dbus_answer_error(txn, (call)->from, (call)->msg,	\
				  DBUS_ERROR(error), fmt, ##__VA_ARGS__); \
	} while (0)

/* --- who is meant by a name -------------------------------------------------- */

/* Owner of a unique or well-known name, or NULL. Not for the bus's own. */
static struct dbus_peer *owner_of(struct dbus_bus *bus, struct wire_str name)
{
	if (name.len && name.s[0] == ':')
		return dbus_peer_by_unique(bus, name);
	return dbus_name_owner(bus, name);
}

static void refuse_no_owner(struct dbus_txn *txn, struct call *call)
{
	refuse(txn, call, "NameHasNoOwner", "Nobody owns the name \"%.*s\"",
	       (int)call->name.len, call->name.s);
}

/* --- Hello ------------------------------------------------------------------- */

/* Peers of a user that have said Hello. */
static u32 n_of_user(struct dbus_bus *bus, kuid_t uid)
{
	struct dbus_peer *peer;
	unsigned long id;
	u32 n = 0;

	xa_for_each(&bus->peers, id, peer)
		n += dbus_peer_is(peer, PEER_HELLO) &&
		     uid_eq(peer->cred->euid, uid);
	return n;
}

/* Is there room for one more? */
static bool check_peers(struct dbus_txn *txn, struct call *call)
{
	u32 user_peers = dbus_limit(txn->bus, DBUS_LIMIT_USER_PEERS);
	struct dbus_bus *bus = txn->bus;
	kuid_t uid = call->from->cred->euid;

	if (bus->n_hello >= dbus_limit(bus, DBUS_LIMIT_PEERS))
		refuse(txn, call, "LimitsExceeded",
		       "The maximum number of active connections has been reached (max_completed_connections)");
	else if (bus->n_hello >= user_peers && n_of_user(bus, uid) >= user_peers)
		refuse(txn, call, "LimitsExceeded",
		       "The maximum number of active connections for UID %u has been reached (max_connections_per_user)",
		       from_kuid_munged(bus->user_ns, uid));
	return !call->refused;
}

static void plan_hello(struct dbus_txn *txn, struct call *call)
{
	struct dbus_peer *peer = call->from;

	if (dbus_peer_is(peer, PEER_HELLO) || dbus_peer_is(peer, PEER_DRIVER)) {
		refuse(txn, call, "Failed", "Hello was said already");
		return;
	}
	if (!check_peers(txn, call))
		return;
	/* from here on it has a name to be addressed by */
	set_bit(PEER_HELLO, &peer->flags);
	dbus_answer_str(txn, peer, call->msg, dbus_peer_name(peer));
	dbus_announce_change(txn, dbus_peer_name(peer), NULL, peer, false);
	clear_bit(PEER_HELLO, &peer->flags);
}

static void commit_hello(struct dbus_txn *txn, struct call *call)
{
	set_bit(PEER_HELLO, &call->from->flags);
	txn->bus->n_hello++;
	dbus_bus_changed(txn->bus);
}

/* --- names ------------------------------------------------------------------- */

/* May this name be requested or released? */
static bool check_name(struct dbus_txn *txn, struct call *call)
{
	struct wire_str name = call->name;

	if (!wire_is_bus_name(name.s, name.len))
		refuse(txn, call, "InvalidArgs",
		       "The name is not a valid bus name");
	else if (name.s[0] == ':')
		refuse(txn, call, "InvalidArgs",
		       "\"%.*s\" is a unique name: these are the bus's to give",
		       (int)name.len, name.s);
	else if (dbus_is_bus_name(name))
		refuse(txn, call, "InvalidArgs",
		       "\"" DBUS_NAME "\" is the bus's own name");
	return !call->refused;
}

static void deny(struct call *call, const struct dbus_policy_rule *rule)
{
	call->denied = true;
	call->refused = true;
	call->msg->verdict.rule = dbus_policy_number(rule);
}

/* Does policy let the caller own the name? */
static bool check_own(struct dbus_txn *txn, struct call *call)
{
	const struct dbus_policy_rule *rule;

	if (dbus_policy_may_own(call->from, call->name, &rule))
		return true;
	dbus_policy_refuse_own(txn, call->from, call->msg, call->name, rule);
	deny(call, rule);
	return false;
}

static int prepare_request(struct call *call)
{
	if (call->name.len > WIRE_NAME_MAX)
		return 0;	/* will be refused */
	return dbus_name_reserve(&call->reserve, call->name);
}

/* A name that can be started gets an owner: what waits for it goes there. */
static void announce_started(struct dbus_txn *txn, struct call *call)
{
	dbus_announce_owner(txn, call->name, NULL, call->from, true);
	dbus_started_answer(txn, call->service);
	dbus_announce_acquired(txn, call->name, call->from);
	dbus_started_plan(txn, call->service, call->from);
}

static void plan_request(struct dbus_txn *txn, struct call *call)
{
	struct dbus_name_change *change = &call->change;

	if (!check_name(txn, call) || !check_own(txn, call))
		return;
	/* the unique name is one of them */
	if (call->from->n_names + 1 >= dbus_limit(txn->bus, DBUS_LIMIT_NAMES)) {
		refuse(txn, call, "LimitsExceeded",
		       "You own or wait for %u names: that is the limit (max_names_per_connection)",
		       call->from->n_names + 1);
		return;
	}
	if (dbus_quota_held(call->from, DBUS_HELD_NAMES)) {
		refuse(txn, call, "LimitsExceeded",
		       "Your user's connections own or wait for %u names: that is the limit",
		       call->from->user->n[DBUS_HELD_NAMES]);
		return;
	}
	dbus_name_request(call->from, call->name, call->number, change);
	call->service = NULL;
	if (change->changed && !change->old_owner)
		call->service = dbus_service_find(txn->bus, call->name);
	if (call->service)
		announce_started(txn, call);
	else if (change->changed)
		dbus_announce_change(txn, call->name, change->old_owner,
				     change->new_owner, true);
	dbus_answer_u32(txn, call->from, call->msg, 'u', change->result);
}

static void commit_request(struct dbus_txn *txn, struct call *call)
{
	dbus_name_request_commit(call->from, call->name, call->number,
				 &call->change, &call->reserve);
	if (call->service)
		dbus_started_commit(txn, call->service, call->from,
				    &call->done);
	if (call->change.changed)
		dbus_event_name(txn->bus, call->name, call->change.old_owner,
				call->change.new_owner);
}

static void plan_release(struct dbus_txn *txn, struct call *call)
{
	struct dbus_name_change *change = &call->change;

	if (!check_name(txn, call))
		return;
	dbus_name_release(call->from, call->name, change);
	if (change->changed)
		dbus_announce_change(txn, call->name, change->old_owner,
				     change->new_owner, true);
	dbus_answer_u32(txn, call->from, call->msg, 'u', change->result);
}

static void commit_release(struct dbus_txn *txn, struct call *call)
{
	if (call->change.result != DBUS_NAME_RELEASED)
		return;
	dbus_name_release_commit(call->from, call->name);
	if (call->change.changed)
		dbus_event_name(txn->bus, call->name, call->change.old_owner,
				call->change.new_owner);
}

static void put_str(struct wire_builder *b, struct wire_str s)
{
	wire_put_str(b, s.s, s.len);
}

/* Octets that a string takes in an array, at most. */
#define STR_OCTETS(len)	((len) + 8)
#define LIST_OCTETS	1024	/* of an answer around its array */

static void put_all_names(struct wire_builder *b, struct dbus_bus *bus)
{
	struct dbus_peer *peer;
	struct dbus_name *n;
	unsigned long id;
	int i;

	wire_put_str(b, DBUS_NAME, strlen(DBUS_NAME));
	xa_for_each(&bus->peers, id, peer) {
		if (dbus_peer_is(peer, PEER_HELLO))
			put_str(b, dbus_peer_name(peer));
	}
	hash_for_each(bus->names, i, n, node)
		wire_put_str(b, n->name, n->len);
}

static void plan_list_names(struct dbus_txn *txn, struct call *call)
{
	struct dbus_bus *bus = txn->bus;
	struct wire_builder b;
	struct dbus_msg *msg;
	size_t mark;

	dbus_txn_spare_len(txn, LIST_OCTETS +
			   bus->n_peers * STR_OCTETS(DBUS_UNIQUE_MAX) +
			   bus->n_names * STR_OCTETS(WIRE_NAME_MAX));
	msg = dbus_answer_begin(txn, &b, call->from, call->msg, "as");
	if (!msg)
		return;
	mark = wire_put_array(&b, 4);
	put_all_names(&b, bus);
	wire_put_array_end(&b, mark, 4);
	dbus_answer_end(txn, &b, call->from, msg);
}

static u32 n_owners(const struct dbus_name *name)
{
	struct dbus_owner *o;
	u32 n = 0;

	list_for_each_entry(o, &name->owners, of_name)
		n++;
	return n;
}

static void plan_list_queued(struct dbus_txn *txn, struct call *call)
{
	struct dbus_name *n = NULL;
	struct wire_str one = {};
	struct dbus_owner *o;
	struct wire_builder b;
	struct dbus_msg *msg;
	u32 count = 1;
	size_t mark;

	if (dbus_is_bus_name(call->name)) {
		one = call->name;
	} else if (call->name.len && call->name.s[0] == ':') {
		if (owner_of(txn->bus, call->name))
			one = call->name;
	} else {
		n = dbus_name_find(txn->bus, call->name);
		if (n)
			count = n_owners(n);
	}
	if (!n && !one.s) {
		refuse_no_owner(txn, call);
		return;
	}
	dbus_txn_spare_len(txn, LIST_OCTETS +
			   count * STR_OCTETS(DBUS_UNIQUE_MAX));
	msg = dbus_answer_begin(txn, &b, call->from, call->msg, "as");
	if (!msg)
		return;
	mark = wire_put_array(&b, 4);
	if (n) {
		list_for_each_entry(o, &n->owners, of_name)
			put_str(&b, dbus_peer_name(o->peer));
	} else {
		put_str(&b, one);
	}
	wire_put_array_end(&b, mark, 4);
	dbus_answer_end(txn, &b, call->from, msg);
}

static void plan_has_owner(struct dbus_txn *txn, struct call *call)
{
	bool has = dbus_is_bus_name(call->name) ||
		   owner_of(txn->bus, call->name);

	dbus_answer_u32(txn, call->from, call->msg, 'b', has);
}

static void plan_get_owner(struct dbus_txn *txn, struct call *call)
{
	struct dbus_peer *owner;

	if (dbus_is_bus_name(call->name)) {
		dbus_answer_str(txn, call->from, call->msg, call->name);
		return;
	}
	owner = owner_of(txn->bus, call->name);
	if (owner)
		dbus_answer_str(txn, call->from, call->msg,
				dbus_peer_name(owner));
	else
		refuse_no_owner(txn, call);
}

/* --- match rules ------------------------------------------------------------- */

static int prepare_match(struct call *call)
{
	struct dbus_match *match = dbus_match_new(call->name, &call->bad);

	if (!IS_ERR(match)) {
		call->match = match;
		return 0;
	}
	return PTR_ERR(match) == -EINVAL ? 0 : -ENOMEM;
}

static void refuse_rule(struct dbus_txn *txn, struct call *call)
{
	const struct wire_match_error *bad = &call->bad;

	if (bad->key.s && bad->key.len <= QUOTE_MAX)
		refuse(txn, call, "MatchRuleInvalid",
		       "Match rule, octet %zu, key \"%.*s\": %s", bad->at + 1,
		       (int)bad->key.len, bad->key.s, bad->why);
	else
		refuse(txn, call, "MatchRuleInvalid",
		       "Match rule, octet %zu: %s", bad->at + 1, bad->why);
}

static bool check_rule(struct dbus_txn *txn, struct call *call)
{
	if (!call->match)
		refuse_rule(txn, call);
	return call->match;
}

static void plan_add_match(struct dbus_txn *txn, struct call *call)
{
	if (!check_rule(txn, call))
		return;
	call->found = dbus_match_find(call->from, call->match);
	if (!call->found && call->from->n_matches >=
			    dbus_limit(txn->bus, DBUS_LIMIT_MATCHES)) {
		refuse(txn, call, "LimitsExceeded",
		       "You have %u match rules: that is the limit (max_match_rules_per_connection)",
		       call->from->n_matches);
		return;
	}
	if (!call->found && dbus_quota_held(call->from, DBUS_HELD_MATCHES)) {
		refuse(txn, call, "LimitsExceeded",
		       "Your user's connections have %u match rules: that is the limit",
		       call->from->user->n[DBUS_HELD_MATCHES]);
		return;
	}
	if (wants_reply(call))
		dbus_answer(txn, call->from, call->msg);
}

static void commit_add_match(struct dbus_txn *txn, struct call *call)
{
	if (call->found) {
		call->found->count++;
	} else {
		dbus_match_add(call->from, call->match);
		call->match = NULL;
	}
	dbus_bus_changed(txn->bus);
}

static void plan_remove_match(struct dbus_txn *txn, struct call *call)
{
	if (!check_rule(txn, call))
		return;
	call->found = dbus_match_find(call->from, call->match);
	if (!call->found)
		refuse(txn, call, "MatchRuleNotFound",
		       "You have no such match rule");
	else if (wants_reply(call))
		dbus_answer(txn, call->from, call->msg);
}

static void commit_remove_match(struct dbus_txn *txn, struct call *call)
{
	if (--call->found->count)
		return;
	dbus_match_del(call->found);
	txn->match = call->found;	/* to be freed */
	dbus_bus_changed(txn->bus);
}

/* --- credentials --------------------------------------------------------------- */

static void plan_get_uid(struct dbus_txn *txn, struct call *call)
{
	struct dbus_bus *bus = txn->bus;
	struct dbus_peer *peer;
	kuid_t uid = bus->owner;
	uid_t n;

	if (!dbus_is_bus_name(call->name)) {
		peer = owner_of(bus, call->name);
		if (!peer) {
			refuse_no_owner(txn, call);
			return;
		}
		uid = peer->cred->euid;
	}
	n = from_kuid(bus->user_ns, uid);
	if (n == (uid_t)-1)
		refuse(txn, call, "Failed", "The user of \"%.*s\" is not known",
		       (int)call->name.len, call->name.s);
	else
		dbus_answer_u32(txn, call->from, call->msg, 'u', n);
}

static void plan_get_pid(struct dbus_txn *txn, struct call *call)
{
	struct dbus_bus *bus = txn->bus;
	struct dbus_peer *peer = bus->driver;
	pid_t pid;

	if (!dbus_is_bus_name(call->name)) {
		peer = owner_of(bus, call->name);
		if (!peer) {
			refuse_no_owner(txn, call);
			return;
		}
	}
	pid = peer ? pid_nr_ns(peer->pid, bus->pid_ns) : 0;
	if (!pid)
		refuse(txn, call, "UnixProcessIdUnknown",
		       "The process of \"%.*s\" is not known",
		       (int)call->name.len, call->name.s);
	else
		dbus_answer_u32(txn, call->from, call->msg, 'u', pid);
}

/* --- starting services ----------------------------------------------------------- */

#define START_SUCCESS		1
#define START_ALREADY_RUNNING	2

/* The answer is built now, as there may be many when the name has an owner. */
static int prepare_start(struct call *call)
{
	struct dbus_waiting *w = dbus_waiting_new();

	call->waiting = w;
	if (!w)
		return -ENOMEM;
	w->started = dbus_answer_new_u32(call->from, call->msg, START_SUCCESS);
	return w->started ? 0 : -ENOMEM;
}

static void plan_start(struct dbus_txn *txn, struct call *call)
{
	call->service = dbus_service_find(txn->bus, call->name);
	if (!call->service) {
		refuse(txn, call, "ServiceUnknown",
		       "The name %.*s was not provided by any .service files",
		       (int)call->name.len, call->name.s);
	} else if (dbus_name_owner(txn->bus, call->name)) {
		call->service = NULL;
		dbus_answer_u32(txn, call->from, call->msg, 'u',
				START_ALREADY_RUNNING);
	} else if (dbus_waiting_full(call->from, call->msg)) {
		refuse(txn, call, "LimitsExceeded",
		       "Too many messages wait for services that are being started");
	} else {
		dbus_waiting_plan(txn, call->service, call->from);
	}
}

static void commit_start(struct dbus_txn *txn, struct call *call)
{
	if (!call->service)
		return;
	dbus_waiting_add(call->service, call->waiting, call->from, call->msg);
	call->waiting = NULL;
}

/* --- others -------------------------------------------------------------------- */

static void plan_get_id(struct dbus_txn *txn, struct call *call)
{
	dbus_answer_str(txn, call->from, call->msg,
			(struct wire_str){ txn->bus->guid, DBUS_GUID_LEN });
}

static void plan_ping(struct dbus_txn *txn, struct call *call)
{
	dbus_answer(txn, call->from, call->msg);
}

/* --- monitors ------------------------------------------------------------------ */

/* The walk takes some stack: see get_args(). */
static noinline_for_stack int prepare_monitor(struct call *call)
{
	struct dbus_match *match;
	struct wire_value v;
	struct wire_iter it;

	wire_iter_init(&it, &call->msg->wire);
	wire_next(&it, &v);		/* the array opens */
	while (wire_next(&it, &v) == WIRE_VALUE) {
		match = dbus_match_new(v.str, &call->bad);
		if (IS_ERR(match)) {
			call->wrong = true;
			return PTR_ERR(match) == -EINVAL ? 0 : -ENOMEM;
		}
		match->peer = call->from;
		list_add_tail(&match->of_peer, &call->rules);
	}
	if (wire_next(&it, &v) == WIRE_VALUE)
		call->number = v.u;
	return 0;
}

static void plan_monitor(struct dbus_txn *txn, struct call *call)
{
	kuid_t uid = call->from->cred->euid;

	/* besides what policy says */
	if (!uid_eq(uid, txn->bus->owner) && !uid_eq(uid, GLOBAL_ROOT_UID))
		refuse(txn, call, "AccessDenied",
		       "Only root and the user whose bus it is may monitor it");
	else if (call->number)
		refuse(txn, call, "InvalidArgs",
		       "There are no flags of BecomeMonitor: 0x%x", call->number);
	else if (call->wrong)
		refuse_rule(txn, call);
	else
		dbus_answer(txn, call->from, call->msg);
}

static void commit_monitor(struct dbus_txn *txn, struct call *call)
{
	dbus_monitor_start(call->from, &call->rules);
	dbus_bus_changed(txn->bus);
}

#define MONITORING_INTERFACE	"org.freedesktop.DBus.Monitoring"
#define PEER_INTERFACE	"org.freedesktop.DBus.Peer"

static const struct method methods[] = {
	{ DBUS_NAME, "Hello", "", NULL, plan_hello, commit_hello },
	{ DBUS_NAME, "RequestName", "su", prepare_request, plan_request,
	  commit_request },
	{ DBUS_NAME, "ReleaseName", "s", NULL, plan_release, commit_release },
	{ DBUS_NAME, "ListNames", "", NULL, plan_list_names },
	{ DBUS_NAME, "ListQueuedOwners", "s", NULL, plan_list_queued },
	{ DBUS_NAME, "NameHasOwner", "s", NULL, plan_has_owner },
	{ DBUS_NAME, "GetNameOwner", "s", NULL, plan_get_owner },
	{ DBUS_NAME, "AddMatch", "s", prepare_match, plan_add_match,
	  commit_add_match },
	{ DBUS_NAME, "RemoveMatch", "s", prepare_match, plan_remove_match,
	  commit_remove_match },
	{ DBUS_NAME, "GetConnectionUnixUser", "s", NULL, plan_get_uid },
	{ DBUS_NAME, "GetConnectionUnixProcessID", "s", NULL, plan_get_pid },
	{ DBUS_NAME, "StartServiceByName", "su", prepare_start, plan_start,
	  commit_start },
	{ DBUS_NAME, "GetId", "", NULL, plan_get_id },
	{ PEER_INTERFACE, "Ping", "", NULL, plan_ping },
	{ MONITORING_INTERFACE, "BecomeMonitor", "asu", prepare_monitor,
	  plan_monitor, commit_monitor, true },
};

static const struct method *find_method(const struct wire_msg *m)
{
	const struct method *method;
	int i;

	for (i = 0; i < ARRAY_SIZE(methods); i++) {
		method = &methods[i];
		if (wire_str_is(m->member, method->member) &&
		    (!m->interface.s ||
		     wire_str_is(m->interface, method->interface)) &&
		    (!method->canonical || wire_str_is(m->path, DBUS_PATH)))
			return method;
	}
	return NULL;
}

/* --- carrying out ---------------------------------------------------------------- */

static void plan_wrong_args(struct dbus_txn *txn, struct call *call)
{
	const struct wire_msg *m = &call->msg->wire;

	refuse(txn, call, "InvalidArgs",
	       "Call to %s has wrong args (%.*s, expected %s)",
	       call->method->member, (int)m->signature.len,
	       m->signature.s ?: "", call->method->signature);
}

static bool args_fit(const struct call *call)
{
	const struct wire_str have = call->msg->wire.signature;

	if (!have.s)
		return !call->method->signature[0];
	return wire_str_is(have, call->method->signature);
}

static bool is_stranger(const struct call *call)
{
	return !dbus_peer_is(call->from, PEER_HELLO) &&
	       !dbus_peer_is(call->from, PEER_DRIVER) &&
	       !(call->method && call->method->plan == plan_hello);
}

/* Does policy let the caller send this to the bus? If not, it is refused. */
static bool check_send(struct dbus_txn *txn, struct call *call)
{
	struct dbus_pass pass = {
		.bus = txn->bus, .msg = call->msg, .from = call->from,
	};

	/* a call to nobody is no message of the bus's */
	if (!call->msg->wire.destination.s || dbus_policy_passes(&pass))
		return true;
	dbus_policy_refuse(txn, &pass);
	if (!dbus_txn_short(txn))
		dbus_policy_log(&pass);
	deny(call, pass.rule);
	return false;
}

static int execute(struct dbus_txn *txn, void *ctx)
{
	enum dbusmon_verdict verdict = DBUSMON_DELIVERED;
	enum dbusmon_reason reason = DBUSMON_REASON_NONE;
	struct call *call = ctx;

	if (dbus_peer_is(call->from, PEER_GONE))
		return 0;
	call->refused = false;
	call->denied = false;
	call->msg->verdict.receiver = DBUSMON_ID_BUS;
	if (is_stranger(call)) {
		refuse(txn, call, "AccessDenied", "Say Hello first");
		verdict = DBUSMON_DENIED;
		reason = DBUSMON_REASON_NOT_REGISTERED;
	} else if (check_send(txn, call)) {
		if (args_fit(call))
			call->method->plan(txn, call);
		else
			plan_wrong_args(txn, call);
	}
	if (call->denied) {
		verdict = DBUSMON_DENIED;
		reason = DBUSMON_REASON_POLICY;
	}
	if (!call->refused)
		dbus_match_plan_eavesdrop(txn, call->msg, call->from, NULL);
	if (!dbus_monitor_planned(txn, call->msg, call->from))
		return -EAGAIN;
	if (!call->refused && call->method->commit)
		call->method->commit(txn, call);
	txn->bus->count.driver_calls++;
	dbus_route_done(txn, call->from, call->msg, verdict, reason);
	return 0;
}

static bool can_keep(const struct call *call)
{
	return !dbus_kept_full(call->from, call->msg);
}

/* Is a call that the kernel does not execute none of the daemon's either? */
static bool refuse_forward(struct dbus_txn *txn, struct call *call,
			   enum dbusmon_verdict *verdict,
			   enum dbusmon_reason *reason)
{
	const struct wire_msg *m = &call->msg->wire;

	*verdict = DBUSMON_DENIED;
	if (is_stranger(call)) {
		*reason = DBUSMON_REASON_NOT_REGISTERED;
		refuse(txn, call, "AccessDenied", "Say Hello first");
	} else if (!check_send(txn, call)) {
		*reason = DBUSMON_REASON_POLICY;
	} else if (dbus_peer_is(call->from, PEER_DRIVER) ||
		   (!m->destination.s &&
		    !wire_str_is(m->interface, PEER_INTERFACE))) {
		*verdict = DBUSMON_DELIVERED;
		*reason = DBUSMON_REASON_NONE;
		refuse(txn, call, "UnknownMethod",
		       "The bus has no method \"%.*s\"", (int)m->member.len,
		       m->member.s);
	} else if (!can_keep(call) && (wants_reply(call) || !txn->bus->driver)) {
		*reason = DBUSMON_REASON_QUOTA;
		refuse(txn, call, "LimitsExceeded",
		       "Too many calls of yours wait for the bus's daemon");
	}
	return call->refused;
}

/* A call that the kernel does not execute: to the daemon, or kept for it. */
static int forward(struct dbus_txn *txn, void *ctx)
{
	struct call *call = ctx;
	struct dbus_bus *bus = txn->bus;
	enum dbusmon_verdict verdict;
	enum dbusmon_reason reason;

	if (dbus_peer_is(call->from, PEER_GONE))
		return 0;
	call->refused = false;
	call->msg->verdict.receiver = DBUSMON_ID_BUS;
	if (!refuse_forward(txn, call, &verdict, &reason)) {
		verdict = bus->driver ? DBUSMON_DELIVERED : DBUSMON_QUEUED;
		reason = bus->driver ? DBUSMON_REASON_NONE :
				       DBUSMON_REASON_NO_DRIVER;
		if (bus->driver)
			dbus_txn_plan(txn, bus->driver, call->msg);
		dbus_match_plan_eavesdrop(txn, call->msg, call->from, NULL);
	}
	if (!dbus_monitor_planned(txn, call->msg, call->from))
		return -EAGAIN;
	if (!call->refused && can_keep(call)) {
		dbus_kept_add(call->kept);
		call->kept = NULL;
	}
	dbus_route_done(txn, call->from, call->msg, verdict, reason);
	return 0;
}

/*
 * The first arguments of all methods above are a string and a number. The walk
 * takes some stack, which is given back before the call is executed.
 */
static noinline_for_stack void get_args(struct call *call)
{
	struct wire_value v;
	struct wire_iter it;

	wire_iter_init(&it, &call->msg->wire);
	if (wire_next(&it, &v) != WIRE_VALUE || v.type != 's')
		return;
	call->name = v.str;
	if (wire_next(&it, &v) == WIRE_VALUE && v.type == 'u')
		call->number = v.u;
}

static int prepare(struct call *call)
{
	if (!call->method) {
		call->kept = dbus_kept_new(call->from, call->msg);
		return call->kept ? 0 : -ENOMEM;
	}
	if (!args_fit(call))
		return 0;
	get_args(call);
	return call->method->prepare ? call->method->prepare(call) : 0;
}

/**
 * dbus_driver_call() - a call to the bus itself
 * @from: who calls
 * @msg: a method call
 */
void dbus_driver_call(struct dbus_peer *from, struct dbus_msg *msg)
{
	struct call call = {
		.method = find_method(&msg->wire),
		.from = from,
		.msg = msg,
		.rules = LIST_HEAD_INIT(call.rules),
		.done = LIST_HEAD_INIT(call.done),
	};
	struct dbus_txn txn;
	int err;

	dbus_txn_init(&txn, from->bus);
	err = prepare(&call);
	if (!err)
		err = dbus_txn_expect(&txn, 1, call.method ? 1 : 0);
	if (!err)
		err = dbus_txn_run(&txn, call.method ? execute : forward,
				   &call);
	if (err == -ENOMEM)
		dbus_peer_kill(from);	/* its call would be lost */
	dbus_txn_free(&txn);
	dbus_name_reserve_free(&call.reserve);
	dbus_match_free(call.match);
	dbus_kept_free(call.kept);
	dbus_waiting_free(call.waiting);
	dbus_started_refuse(&call.done);
	dbus_waiting_free_list(&call.done);
	dbus_monitor_free_rules(&call.rules);
	/* a monitor has no names, and nobody waits for its answers */
	if (dbus_peer_is(from, PEER_MONITOR))
		dbus_peer_give_up(from);
}
