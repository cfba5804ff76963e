// SPDX-License-Identifier: GPL-2.0
/*
 * Names that can be started, and the messages that wait for their owners. D-Bus
 * Specification, "Message Bus Starting Services". Which names these are, and how
 * they are started, is for the daemon to know; it is asked by a signal.
 */
#include <linux/jhash.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "activation.h"
#include "bus.h"
#include "bus_message.h"
#include "limit.h"
#include "match.h"
#include "message.h"
#include "monitor.h"
#include "peer.h"
#include "policy.h"
#include "queue.h"
#include "quota.h"
#include "reply.h"
#include "tap.h"
#include "txn.h"

#define SERVICES_MAX	10000	/* of a bus */

/* --- the table ------------------------------------------------------------------ */

static u32 service_hash(struct wire_str name)
{
	return jhash(name.s, name.len, 0);
}

static struct wire_str service_name(const struct dbus_service *service)
{
	return (struct wire_str){ service->name, service->len };
}

/**
 * dbus_service_find() - can a name be started?
 * @bus: the bus, locked
 * @name: a bus name
 * Return: its entry, which may be there only for what still waits; or NULL
 */
struct dbus_service *dbus_service_find(struct dbus_bus *bus,
				       struct wire_str name)
{
	struct dbus_service *s;

	lockdep_assert_held(&bus->lock);
	hash_for_each_possible(bus->services, s, node, service_hash(name)) {
		if (wire_str_eq(service_name(s), name))
			return s;
	}
	return NULL;
}

static struct wire_str str(const char *s)
{
	return (struct wire_str){ s, strlen(s) };
}

/**
 * dbus_service_add() - a name can be started from now on
 * @bus: the bus
 * @name: a well-known name
 * Return: 0, also if that was so before; -EINVAL, -ENOSPC or -ENOMEM
 */
int dbus_service_add(struct dbus_bus *bus, const char *name)
{
	struct wire_str n = str(name);
	struct dbus_service *new, *s;
	int err = 0;

	if (!wire_is_bus_name(n.s, n.len) || n.s[0] == ':' ||
	    dbus_is_bus_name(n))
		return -EINVAL;
	new = kzalloc(struct_size(new, name, n.len), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	INIT_LIST_HEAD(&new->waiting);
	new->startable = true;
	new->len = n.len;
	memcpy(new->name, n.s, n.len);

	spin_lock(&bus->lock);
	s = dbus_service_find(bus, n);
	if (s) {
		s->startable = true;
	} else if (bus->n_services >= SERVICES_MAX) {
		err = -ENOSPC;
	} else {
		hash_add(bus->services, &new->node, service_hash(n));
		bus->n_services++;
		new = NULL;
	}
	dbus_bus_changed(bus);
	spin_unlock(&bus->lock);
	kfree(new);
	return err;
}

/* It is not being started any more. */
static void end_start(struct dbus_service *s)
{
	s->starting = false;
	put_pid(s->begun);
	s->begun = NULL;
}

/* Nothing waits any more: is there a reason to keep the entry? */
static void maybe_free(struct dbus_bus *bus, struct dbus_service *s)
{
	dbus_bus_changed(bus);
	if (s->startable || s->n_waiting)
		return;
	hash_del(&s->node);
	bus->n_services--;
	put_pid(s->begun);
	kfree(s);
}

/**
 * dbus_service_del() - a name can't be started any more
 * @bus: the bus
 * @name: the name
 * Return: 0 or -ENOENT
 *
 * What waits for it goes on waiting.
 */
int dbus_service_del(struct dbus_bus *bus, const char *name)
{
	struct dbus_service *s;

	spin_lock(&bus->lock);
	s = dbus_service_find(bus, str(name));
	if (s) {
		s->startable = false;
		maybe_free(bus, s);
	}
	spin_unlock(&bus->lock);
	return s ? 0 : -ENOENT;
}

/**
 * dbus_service_begun() - a process is to own a name that is being started
 * @bus: the bus
 * @name: the name
 * @pid: the process; may be NULL
 * Return: 0, or -ENOENT if the name is not being started
 */
int dbus_service_begun(struct dbus_bus *bus, const char *name, struct pid *pid)
{
	struct dbus_service *s;
	int err = -ENOENT;

	spin_lock(&bus->lock);
	s = dbus_service_find(bus, str(name));
	if (s && s->starting) {
		put_pid(s->begun);
		s->begun = get_pid(pid);
		dbus_bus_changed(bus);
		err = 0;
	}
	spin_unlock(&bus->lock);
	return err;
}

/**
 * dbus_service_free_all() - the bus goes
 * @bus: the bus, without peers
 */
void dbus_service_free_all(struct dbus_bus *bus)
{
	struct dbus_service *s;
	struct hlist_node *next;
	int i;

	hash_for_each_safe(bus->services, i, next, s, node) {
		hash_del(&s->node);
		put_pid(s->begun);
		kfree(s);
	}
}

/* --- what waits ------------------------------------------------------------------ */

/**
 * dbus_waiting_new() - allocate an entry for a message that will wait
 * Return: the entry, the caller's, or NULL
 */
struct dbus_waiting *dbus_waiting_new(void)
{
	struct dbus_waiting *w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);

	if (w) {
		INIT_LIST_HEAD(&w->node);
		INIT_LIST_HEAD(&w->of_peer);
	}
	return w;
}

/**
 * dbus_waiting_free() - let a message go
 * @waiting: in no table; may be NULL
 *
 * Context: no lock held
 */
void dbus_waiting_free(struct dbus_waiting *waiting)
{
	if (!waiting)
		return;
	dbus_msg_put(waiting->msg);
	dbus_msg_put(waiting->started);
	dbus_reply_free(waiting->reply);
	if (waiting->from)
		dbus_peer_put(waiting->from);
	kfree(waiting);
}

/**
 * dbus_waiting_free_list() - let messages go
 * @list: &dbus_waiting.node, taken off the bus
 */
void dbus_waiting_free_list(struct list_head *list)
{
	struct dbus_waiting *w, *next;

	list_for_each_entry_safe(w, next, list, node)
		dbus_waiting_free(w);
	INIT_LIST_HEAD(list);
}

/**
 * dbus_waiting_full() - is a message one too many to wait?
 * @from: its sender, the bus locked
 * @msg: the message
 */
bool dbus_waiting_full(const struct dbus_peer *from,
		       const struct dbus_msg *msg)
{
	return from->bus->n_waiting >= from->bus->max_waiting ||
	       dbus_quota_held(from, DBUS_HELD_WAITING) ||
	       (from->waiting_bytes &&
		from->waiting_bytes + msg->wire.len > DBUS_WAITING_BYTES);
}

/* The daemon's signals: see DBUS_ACTIVATION_INTERFACE. */
static void tell_driver(struct dbus_txn *txn, const struct dbus_service *s,
			const char *member, struct dbus_peer *peer)
{
	struct dbus_peer *driver = txn->bus->driver;
	struct wire_str name = dbus_peer_name(peer);
	struct wire_builder b;

	if (!driver)
		return;		/* the next one will find it in a dump */
	txn->want_note = true;
	if (!txn->note)
		return;
	dbus_msg_build(txn->note, &b, WIRE_SIGNAL, 1);
	dbus_put_field(&b, WIRE_F_PATH, DBUS_PATH);
	dbus_put_field(&b, WIRE_F_INTERFACE, DBUS_ACTIVATION_INTERFACE);
	dbus_put_field(&b, WIRE_F_MEMBER, member);
	dbus_put_field(&b, WIRE_F_SENDER, DBUS_NAME);
	dbus_put_field(&b, WIRE_F_SIGNATURE, "ss");
	wire_build_body(&b);
	wire_put_str(&b, s->name, s->len);
	wire_put_str(&b, name.s, name.len);
	if (!dbus_msg_built(txn->note, &b))
		dbus_txn_plan_copy(txn, driver, txn->note);
}

/**
 * dbus_waiting_plan() - a message is to wait: plan what that takes
 * @txn: the transaction, its bus locked
 * @service: what it will wait for
 * @from: its sender
 */
void dbus_waiting_plan(struct dbus_txn *txn, struct dbus_service *service,
		       struct dbus_peer *from)
{
	if (!service->starting)
		tell_driver(txn, service, DBUS_ACTIVATION_START, from);
}

/**
 * dbus_waiting_add() - let a message wait
 * @service: what for, the bus locked
 * @waiting: its entry, with @reply and @started filled in
 * @from: its sender
 * @msg: the message
 */
void dbus_waiting_add(struct dbus_service *service,
		      struct dbus_waiting *waiting, struct dbus_peer *from,
		      struct dbus_msg *msg)
{
	struct dbus_bus *bus = from->bus;

	lockdep_assert_held(&bus->lock);
	waiting->service = service;
	waiting->from = dbus_peer_get(from);
	waiting->msg = dbus_msg_get(msg);
	list_add_tail(&waiting->node, &service->waiting);
	list_add_tail(&waiting->of_peer, &from->waiting);
	service->starting = true;
	service->n_waiting++;
	bus->n_waiting++;
	from->user->n[DBUS_HELD_WAITING]++;
	from->waiting_bytes += msg->wire.len;
	dbus_bus_changed(bus);
}

/* Take an entry out of the tables. */
static void take(struct dbus_waiting *w, struct list_head *to)
{
	lockdep_assert_held(&w->from->bus->lock);
	list_move_tail(&w->node, to);
	list_del_init(&w->of_peer);
	w->service->n_waiting--;
	w->from->bus->n_waiting--;
	w->from->user->n[DBUS_HELD_WAITING]--;
	w->from->waiting_bytes -= w->msg->wire.len;
}

/**
 * dbus_waiting_forget() - let no message of a peer wait
 * @peer: leaves, or is a monitor from now on; the bus locked
 * @to: list that they go to, to be freed without the lock
 */
void dbus_waiting_forget(struct dbus_peer *peer, struct list_head *to)
{
	struct dbus_waiting *w, *next;

	list_for_each_entry_safe(w, next, &peer->waiting, of_peer) {
		take(w, to);
		if (!w->service->n_waiting)
			maybe_free(peer->bus, w->service);
	}
}

/* --- the name has an owner ---------------------------------------------------------- */

/**
 * dbus_started_answer() - a name has an owner: answer who wanted it started
 * @txn: the transaction, its bus locked
 * @service: the name
 */
void dbus_started_answer(struct dbus_txn *txn, struct dbus_service *service)
{
	struct dbus_waiting *w;

	list_for_each_entry(w, &service->waiting, node) {
		if (!w->started)
			continue;
		w->started->verdict.receiver = w->from->id;
		dbus_txn_plan_copy(txn, w->from, w->started);
		dbus_match_plan_eavesdrop(txn, w->started, NULL, w->from);
		dbus_monitor_plan(txn, w->started, NULL);
	}
}

/* @owner may not own the name yet: this is planned before. */
static struct dbus_pass pass_of(const struct dbus_waiting *w,
				struct dbus_peer *owner)
{
	return (struct dbus_pass){
		.bus = owner->bus, .msg = w->msg, .to = owner,
		.from = dbus_peer_is(w->from, PEER_DRIVER) ? NULL : w->from,
		.coming = { w->service->name, w->service->len },
	};
}

/* May the message be delivered, now that it is known to whom? */
static enum dbusmon_reason check(struct dbus_waiting *w, struct dbus_peer *owner)
{
	struct dbus_pass pass = pass_of(w, owner);

	if (!dbus_policy_passes(&pass)) {
		w->rule = dbus_policy_number(pass.rule);
		return DBUSMON_REASON_POLICY;
	}
	if (dbus_msg_n_fds(w->msg) && !dbus_peer_is(owner, PEER_UNIX_FDS))
		return DBUSMON_REASON_NO_FDS;
	if (w->reply && (dbus_reply_full(w->from) ||
			 dbus_reply_find(w->from, owner, w->msg->wire.serial)))
		return DBUSMON_REASON_QUOTA;
	if (!dbus_queue_full(owner, w->msg))
		return DBUSMON_REASON_NONE;
	if (w->msg->wire.type == WIRE_METHOD_CALL)
		return DBUSMON_REASON_QUOTA;
	dbus_peer_kill(owner);
	return DBUSMON_REASON_GONE;
}

/**
 * dbus_started_plan() - a name has an owner: plan the delivery of what waits
 * @txn: the transaction, its bus locked
 * @service: the name
 * @owner: its owner to be
 */
void dbus_started_plan(struct dbus_txn *txn, struct dbus_service *service,
		       struct dbus_peer *owner)
{
	struct dbus_waiting *w;

	list_for_each_entry(w, &service->waiting, node) {
		if (w->started)
			continue;
		w->reason = check(w, owner);
		w->owner = owner->id;
		if (w->reason)
			continue;
		dbus_txn_plan_copy(txn, owner, w->msg);
		dbus_match_plan_eavesdrop(txn, w->msg, w->from, owner);
	}
	if (service->starting)
		tell_driver(txn, service, DBUS_ACTIVATION_STARTED, owner);
}

static void log_denial(const struct dbus_waiting *w, struct dbus_peer *owner)
{
	struct dbus_pass pass = pass_of(w, owner);

	if (!dbus_policy_passes(&pass))
		dbus_policy_log(&pass);
}

/**
 * dbus_started_commit() - nothing waits any more: keep the books
 * @txn: the transaction, its bus locked
 * @service: the name
 * @owner: its owner
 * @done: list for what waited, for dbus_started_refuse()
 */
void dbus_started_commit(struct dbus_txn *txn, struct dbus_service *service,
			 struct dbus_peer *owner, struct list_head *done)
{
	struct dbus_waiting *w, *next;

	list_for_each_entry_safe(w, next, &service->waiting, node) {
		if (w->reason == DBUSMON_REASON_POLICY)
			log_denial(w, owner);
		take(w, done);
		if (w->reason)
			continue;
		txn->bus->count.delivered++;
		if (w->started) {
			w->started->verdict.n_recipients = 1;
			dbus_tap_note(txn->bus, w->started, NULL,
				      DBUSMON_DELIVERED, DBUSMON_REASON_NONE);
		}
		/* two of its calls with one serial: the first gets the reply */
		if (w->reply && !dbus_reply_find(w->from, owner,
						 w->msg->wire.serial)) {
			dbus_reply_add(w->reply, w->from, owner,
				       w->msg->wire.serial);
			w->reply = NULL;
		}
	}
	end_start(service);
	maybe_free(txn->bus, service);
}

/* --- it does not, or does not want them ---------------------------------------------- */

/**
 * struct refusal - an error for a message that waited
 * @waiting: the message
 * @record: a copy of it for its second record, or NULL
 * @error: name of the error
 * @text: its text
 */
struct refusal {
	const struct dbus_waiting *waiting;
	struct dbus_msg *record;
	const char *error;
	const char *text;
};

/*
 * The record that said "queued" may not be built yet: this is another message as
 * far as the tap is concerned.
 */
static void note_refusal(const struct refusal *r)
{
	const struct dbus_waiting *w = r->waiting;
	struct dbus_bus *bus = w->from->bus;
	struct dbus_verdict *v;

	if (!w->reason)
		return;
	if (!r->record) {
		dbus_tap_lose(bus);
		return;
	}
	v = &r->record->verdict;
	v->receiver = w->owner;
	v->rule = w->rule;
	v->n_fds = dbus_msg_n_fds(w->msg);
	dbus_tap_note(bus, r->record, w->from, DBUSMON_DENIED, w->reason);
}

static int refuse(struct dbus_txn *txn, void *ctx)
{
	const struct refusal *r = ctx;
	struct dbus_peer *to = r->waiting->from;

	if (dbus_peer_is(to, PEER_GONE))
		return 0;
	dbus_answer_error(txn, to, r->waiting->msg, r->error, "%s", r->text);
	if (!dbus_monitor_planned(txn, NULL, NULL))
		return -EAGAIN;
	dbus_txn_commit(txn);
	note_refusal(r);
	dbus_bus_message_note(txn);
	return 0;
}

static void run_refusal(struct refusal *r)
{
	struct dbus_peer *to = r->waiting->from;
	struct dbus_txn txn;

	dbus_txn_init(&txn, to->bus);
	if (dbus_txn_run(&txn, refuse, r) == -ENOMEM)
		dbus_peer_kill(to);	/* it would wait for ever */
	dbus_txn_free(&txn);
}

/**
 * dbus_started_refuse() - tell the senders of what could not be delivered
 * @done: from dbus_started_commit()
 *
 * Context: process, no lock held
 */
void dbus_started_refuse(struct list_head *done)
{
	struct dbus_waiting *w;
	struct refusal r;
	char denied[128];

	list_for_each_entry(w, done, node) {
		if (!w->reason)
			continue;
		r = (struct refusal){ .waiting = w };
		if (w->reason == DBUSMON_REASON_NO_FDS) {
			r.error = DBUS_ERROR("NotSupported");
			r.text = "The service does not take file descriptors";
		} else if (w->reason == DBUSMON_REASON_POLICY) {
			r.error = DBUS_ERROR("AccessDenied");
			r.text = denied;
			snprintf(denied, sizeof(denied),
				 "The service has been started, but rule %u of the policy does not let the message reach it",
				 w->rule);
		} else {
			r.error = DBUS_ERROR("LimitsExceeded");
			r.text = "The service lets too many messages wait";
		}
		r.record = dbus_msg_copy(w->msg, GFP_KERNEL_ACCOUNT);
		run_refusal(&r);
		dbus_msg_put(r.record);
	}
}

/**
 * dbus_service_fail() - a service could not be started
 * @bus: the bus
 * @name: its name
 * @error: name of the error that what waits for it is answered with
 * @text: text of that error
 * Return: 0; -ENOENT if there is no such name, -EALREADY if it is not being
 *	started, or has been meanwhile; -EINVAL
 *
 * Context: process, may sleep
 */
int dbus_service_fail(struct dbus_bus *bus, const char *name,
		      const char *error, const char *text)
{
	struct refusal r = { .error = error, .text = text };
	struct dbus_waiting *w, *next;
	struct dbus_service *s;
	LIST_HEAD(failed);
	int err = 0;

	if (!wire_is_interface(error, strlen(error)) ||
	    !wire_is_utf8(text, strlen(text)))
		return -EINVAL;
	spin_lock(&bus->lock);
	s = dbus_service_find(bus, str(name));
	if (!s) {
		err = -ENOENT;
	} else if (!s->starting) {
		err = -EALREADY;
	} else {
		list_for_each_entry_safe(w, next, &s->waiting, node)
			take(w, &failed);
		end_start(s);
		maybe_free(bus, s);
	}
	spin_unlock(&bus->lock);
	list_for_each_entry(w, &failed, node) {
		r.waiting = w;
		run_refusal(&r);
	}
	dbus_waiting_free_list(&failed);
	return err;
}
