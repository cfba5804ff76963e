// SPDX-License-Identifier: GPL-2.0
/*
 * Where a message goes: to its addressee, to whom match rules say, or back as
 * an error. Runs in the context of the client that sent it.
 */
#include "activation.h"
#include "bus.h"
#include "bus_message.h"
#include "driver.h"
#include "kept.h"
#include "limit.h"
#include "match.h"
#include "message.h"
#include "monitor.h"
#include "name.h"
#include "peer.h"
#include "policy.h"
#include "quota.h"
#include "reply.h"
#include "route.h"
#include "tap.h"
#include "txn.h"

#define SYSTEMD_NAME	"org.freedesktop.systemd1"

/**
 * struct routing - one message on its way
 * @from: its sender
 * @msg: the message
 * @to: its addressee
 * @answered: the slot that waits for it, if it is a reply
 * @kept: the kept call that it answers, if it is the driver's reply
 * @done: calls that need not be kept any more
 */
struct routing {
	struct dbus_peer *from;
	struct dbus_msg *msg;
	struct dbus_peer *to;
	struct dbus_reply *answered;
	struct dbus_kept *kept;
	struct list_head done;
};

static bool is_reply(const struct wire_msg *m)
{
	return m->type == WIRE_METHOD_RETURN || m->type == WIRE_ERROR;
}

static bool wants_reply(const struct wire_msg *m)
{
	return m->type == WIRE_METHOD_CALL &&
	       !(m->flags & WIRE_NO_REPLY_EXPECTED);
}

/**
 * dbus_route_done() - link what was planned, and note what became of a message
 * @txn: the transaction, planned and not short, its bus locked
 * @from: the message's sender
 * @msg: the message
 * @verdict: what became of it
 * @reason: why
 */
void dbus_route_done(struct dbus_txn *txn, struct dbus_peer *from,
		     struct dbus_msg *msg, enum dbusmon_verdict verdict,
		     enum dbusmon_reason reason)
{
	dbus_txn_commit(txn);
	dbus_tap_note(txn->bus, msg, from, verdict, reason);
	dbus_bus_message_note(txn);
}

/* Refuse a message: the error is planned already. */
static int refused(struct dbus_txn *txn, struct routing *r,
		   enum dbusmon_verdict verdict, enum dbusmon_reason reason)
{
	if (!dbus_monitor_planned(txn, r->msg, r->from))
		return -EAGAIN;
	dbus_route_done(txn, r->from, r->msg, verdict, reason);
	return 0;
}

static int refuse_unknown(struct dbus_txn *txn, struct routing *r)
{
	const struct wire_msg *m = &r->msg->wire;
	int len = m->destination.len;
	const char *s = m->destination.s;

	if (m->flags & WIRE_NO_AUTO_START)
		dbus_answer_error(txn, r->from, r->msg,
				  DBUS_ERROR("NameHasNoOwner"),
				  "Nobody owns the name \"%.*s\"", len, s);
	else
		dbus_answer_error(txn, r->from, r->msg,
				  DBUS_ERROR("ServiceUnknown"),
				  "Nobody owns the name \"%.*s\", and no service file says how to start it",
				  len, s);
	return refused(txn, r, DBUSMON_UNDELIVERED,
		       DBUSMON_REASON_NO_SUCH_NAME);
}

static int refuse_limit(struct dbus_txn *txn, struct routing *r,
			const char *what)
{
	dbus_answer_error(txn, r->from, r->msg, DBUS_ERROR("LimitsExceeded"),
			  "%s", what);
	return refused(txn, r, DBUSMON_DENIED, DBUSMON_REASON_QUOTA);
}

static int refuse_reply(struct dbus_txn *txn, struct routing *r)
{
	dbus_answer_error(txn, r->from, r->msg, DBUS_ERROR("AccessDenied"),
			  "No call of \"%.*s\" with serial %u waits for a reply from you",
			  (int)r->msg->wire.destination.len,
			  r->msg->wire.destination.s,
			  r->msg->wire.reply_serial);
	return refused(txn, r, DBUSMON_DENIED,
		       DBUSMON_REASON_UNEXPECTED_REPLY);
}

static int refuse_fds(struct dbus_txn *txn, struct routing *r)
{
	dbus_answer_error(txn, r->from, r->msg, DBUS_ERROR("NotSupported"),
			  "\"%.*s\" does not take file descriptors",
			  (int)r->msg->wire.destination.len,
			  r->msg->wire.destination.s);
	return refused(txn, r, DBUSMON_DENIED, DBUSMON_REASON_NO_FDS);
}

static int route_broadcast(struct dbus_txn *txn, struct routing *r)
{
	bool taken, denied;

	dbus_match_plan(txn, r->msg, r->from);
	taken = txn->n_plan;
	denied = r->msg->verdict.denied;
	if (!dbus_monitor_planned(txn, r->msg, r->from))
		return -EAGAIN;
	if (!taken && denied)
		dbus_route_done(txn, r->from, r->msg, DBUSMON_DENIED,
				DBUSMON_REASON_POLICY);
	else if (taken)
		dbus_route_done(txn, r->from, r->msg, DBUSMON_DELIVERED,
				DBUSMON_REASON_NONE);
	else
		dbus_route_done(txn, r->from, r->msg, DBUSMON_UNDELIVERED,
				DBUSMON_REASON_NO_TAKER);
	return 0;
}

static struct dbus_peer *find_addressee(struct dbus_bus *bus,
					struct wire_str name)
{
	if (name.s[0] == ':')
		return dbus_peer_by_unique(bus, name);
	if (dbus_is_bus_name(name))
		return bus->driver;
	return dbus_name_owner(bus, name);
}

/* Does the addressee wait for this reply? */
static bool find_call(struct routing *r)
{
	u32 serial = r->msg->wire.reply_serial;

	r->answered = NULL;
	r->kept = NULL;
	if (dbus_peer_is(r->from, PEER_DRIVER))
		r->kept = dbus_kept_find(r->to, serial);
	if (!r->kept)
		r->answered = dbus_reply_find(r->to, r->from, serial);
	return r->kept || r->answered;
}

/* The message goes to its addressee: keep the books on calls and replies. */
static void carry_out(struct dbus_txn *txn, struct routing *r)
{
	if (r->kept)
		dbus_kept_del(r->kept, &r->done);
	if (r->answered) {
		dbus_reply_del(r->answered);
		if (!dbus_reply_keep(txn->bus, r->answered))
			txn->reply = r->answered;
	} else if (wants_reply(&r->msg->wire)) {
		dbus_reply_add(txn->reply, r->from, r->to,
			       r->msg->wire.serial);
		txn->reply = NULL;
		txn->want_reply = false;
	}
	r->msg->verdict.receiver = r->to->id;
	dbus_txn_commit(txn);
	if (r->msg->verdict.n_recipients)
		dbus_tap_note(txn->bus, r->msg, r->from, DBUSMON_DELIVERED,
			      DBUSMON_REASON_NONE);
	else
		dbus_tap_note(txn->bus, r->msg, r->from, DBUSMON_UNDELIVERED,
			      DBUSMON_REASON_GONE);
	dbus_bus_message_note(txn);
}

static int refuse_policy(struct dbus_txn *txn, struct routing *r,
			 struct dbus_pass *pass)
{
	enum dbusmon_reason reason = DBUSMON_REASON_POLICY;

	r->msg->verdict.rule = dbus_policy_number(pass->rule);
	if (pass->from)
		dbus_policy_refuse(txn, pass);
	else
		dbus_policy_tell_monitors(txn, pass);
	if (!dbus_monitor_planned(txn, r->msg, r->from))
		return -EAGAIN;
	dbus_policy_log(pass);
	if (r->kept)
		dbus_kept_del(r->kept, &r->done);
	/* no rule is about it: it is refused for being a reply to nothing */
	if (is_reply(&r->msg->wire) && !pass->requested && !pass->rule)
		reason = DBUSMON_REASON_UNEXPECTED_REPLY;
	dbus_route_done(txn, r->from, r->msg, DBUSMON_DENIED, reason);
	return 0;
}

/* The bus itself is at one end if its driver is. */
static struct dbus_peer *unless_driver(struct dbus_peer *peer)
{
	return peer && !dbus_peer_is(peer, PEER_DRIVER) ? peer : NULL;
}

/*
 * The addressee is not there, but can be started: wait for it.
 *
 * D-Bus Specification, "Message Bus Starting Services": "the message bus will
 * hold the message until the service has been started".
 */
static int wait_for(struct dbus_txn *txn, struct routing *r,
		    struct dbus_service *service)
{
	struct dbus_pass pass = {
		.bus = txn->bus, .msg = r->msg, .from = unless_driver(r->from),
	};

	/* as far as can be said: whoever comes may have other names, too */
	if (!dbus_policy_passes(&pass))
		return refuse_policy(txn, r, &pass);
	if (dbus_waiting_full(r->from, r->msg))
		return refuse_limit(txn, r,
				    "Too many messages wait for services that are being started");
	txn->want_waiting = true;
	dbus_waiting_plan(txn, service, r->from);
	if (!dbus_monitor_planned(txn, r->msg, r->from))
		return -EAGAIN;
	txn->waiting->reply = txn->reply;
	txn->reply = NULL;
	txn->want_reply = false;
	dbus_waiting_add(service, txn->waiting, r->from, r->msg);
	txn->waiting = NULL;
	dbus_route_done(txn, r->from, r->msg, DBUSMON_QUEUED,
			DBUSMON_REASON_STARTING);
	return 0;
}

/* There is no addressee. */
static int route_to_nobody(struct dbus_txn *txn, struct routing *r)
{
	const struct wire_msg *m = &r->msg->wire;
	struct dbus_service *service;

	if (is_reply(m) || (m->flags & WIRE_NO_AUTO_START))
		return refuse_unknown(txn, r);
	service = dbus_service_find(txn->bus, m->destination);
	if (!service)
		return refuse_unknown(txn, r);
	return wait_for(txn, r, service);
}

/*
 * systemd tells the daemon that a unit could not be started: the only signal to
 * the bus itself that means anything.
 */
static bool is_failure_of_systemd(const struct routing *r)
{
	static const struct wire_str systemd = {
		SYSTEMD_NAME, sizeof(SYSTEMD_NAME) - 1
	};
	const struct wire_msg *m = &r->msg->wire;

	return m->type == WIRE_SIGNAL && r->to &&
	       wire_str_is(m->interface, SYSTEMD_NAME ".Activator") &&
	       wire_str_is(m->member, "ActivationFailure") &&
	       dbus_name_is_owner(r->from, systemd);
}

/* What the sender's user lets wait for the addressee's; NULL: room is wanted. */
static struct dbus_share *find_share(struct dbus_txn *txn, struct routing *r)
{
	kuid_t actor = r->from->user->uid;
	struct dbus_share *share = dbus_share_find(r->to->user, actor);

	if (share)
		return share;
	txn->want_share = true;
	share = txn->share;
	if (share) {
		dbus_share_add(share, r->to->user, actor);
		txn->share = NULL;
		txn->want_share = false;
	}
	return share;
}

/* Nobody asked for what waits there already: who goes on sending pays. */
static int refuse_flood(struct dbus_txn *txn, struct routing *r)
{
	if (r->msg->wire.type == WIRE_METHOD_CALL)
		return refuse_limit(txn, r,
				    "The receiver lets too many messages of your user wait");
	if (!dbus_monitor_planned(txn, r->msg, r->from))
		return -EAGAIN;
	dbus_route_done(txn, r->from, r->msg, DBUSMON_DENIED,
			DBUSMON_REASON_QUOTA);
	dbus_peer_kill(r->from);
	return 0;
}

static int route_unicast(struct dbus_txn *txn, struct routing *r)
{
	const struct wire_msg *m = &r->msg->wire;
	bool to_bus = dbus_is_bus_name(m->destination);
	struct dbus_pass pass = { .bus = txn->bus, .msg = r->msg };
	struct dbus_share *share = NULL;

	r->answered = NULL;
	r->kept = NULL;
	if (wants_reply(m) && !txn->reply) {
		txn->reply = dbus_reply_reuse(txn->bus);
		txn->want_reply = true;
	}
	r->to = find_addressee(txn->bus, m->destination);
	if (!r->to && !(to_bus && m->type == WIRE_SIGNAL))
		return route_to_nobody(txn, r);
	if (r->to)
		r->msg->verdict.receiver = to_bus ? DBUSMON_ID_BUS : r->to->id;
	pass.requested = r->to && is_reply(m) && find_call(r);
	if (r->kept && dbus_kept_is_oneway(r->kept)) {
		dbus_kept_del(r->kept, &r->done);
		return 0;
	}
	pass.from = unless_driver(r->from);
	pass.to = unless_driver(r->to);
	/* only a policy may let a reply pass that nobody waits for */
	if (is_reply(m) && !pass.requested && (!txn->bus->policy || !pass.from))
		return refuse_reply(txn, r);
	if (!dbus_policy_passes(&pass))
		return refuse_policy(txn, r, &pass);
	if (to_bus && !pass.requested && !is_failure_of_systemd(r)) {
		dbus_match_plan_eavesdrop(txn, r->msg, r->from, NULL);
		return refused(txn, r, DBUSMON_UNDELIVERED,
			       DBUSMON_REASON_NO_TAKER);
	}
	if (dbus_msg_n_fds(r->msg) && !dbus_peer_is(r->to, PEER_UNIX_FDS))
		return refuse_fds(txn, r);
	if (wants_reply(m)) {
		if (dbus_reply_full(r->from))
			return refuse_limit(txn, r,
					    "You wait for too many replies");
		if (dbus_reply_find(r->from, r->to, m->serial))
			return refuse_limit(txn, r,
					    "A call of yours with the same serial waits for its reply");
	}
	if (!pass.requested && dbus_quota_is_foreign(r->from, r->to)) {
		share = find_share(txn, r);
		if (share && (dbus_quota_full(share, r->to->user, txn->bus,
					      r->msg) ||
			      dbus_queue_full(r->to, r->msg)))
			return refuse_flood(txn, r);
	} else if (dbus_queue_full(r->to, r->msg)) {
		if (m->type == WIRE_METHOD_CALL)
			return refuse_limit(txn, r,
					    "The receiver lets too many messages wait");
		dbus_peer_kill(r->to);
	}
	dbus_txn_plan_charged(txn, r->to, r->msg, share);
	dbus_match_plan_eavesdrop(txn, r->msg, r->from, r->to);
	if (!dbus_monitor_planned(txn, r->msg, r->from))
		return -EAGAIN;
	carry_out(txn, r);
	return 0;
}

static int route(struct dbus_txn *txn, void *ctx)
{
	struct routing *r = ctx;
	const struct wire_msg *m = &r->msg->wire;

	if (dbus_peer_is(r->from, PEER_GONE))
		return 0;
	r->msg->verdict.receiver = DBUSMON_ID_NONE;
	if (m->type > WIRE_SIGNAL) {
		dbus_answer_error(txn, r->from, r->msg,
				  DBUS_ERROR("AccessDenied"),
				  "Messages of type %u are not relayed",
				  m->type);
		return refused(txn, r, DBUSMON_DENIED,
			       DBUSMON_REASON_BAD_TYPE);
	}
	if (m->destination.s)
		return route_unicast(txn, r);
	if (m->type == WIRE_SIGNAL)
		return route_broadcast(txn, r);
	/* a reply to nobody */
	return refused(txn, r, DBUSMON_UNDELIVERED,
		       DBUSMON_REASON_NO_SUCH_NAME);
}

/* Is it the bus itself that is called? A call to nobody is one, too. */
static bool calls_bus(const struct dbus_peer *from, const struct wire_msg *m)
{
	if (m->type != WIRE_METHOD_CALL)
		return false;
	return !m->destination.s || dbus_is_bus_name(m->destination);
}

/* Not a message that its sender may send: disconnect. */
static void disconnect_for(struct dbus_peer *from, struct dbus_msg *msg,
			   enum dbusmon_reason reason)
{
	struct dbus_bus *bus = from->bus;

	spin_lock(&bus->lock);
	msg->verdict.receiver = DBUSMON_ID_NONE;
	dbus_tap_note(bus, msg, from, DBUSMON_DENIED, reason);
	spin_unlock(&bus->lock);
	dbus_tap_flush(bus);
	dbus_peer_kill(from);
}

/**
 * dbus_route() - route a message
 * @from: who sent it; the caller holds a reference
 * @msg: valid, and SENDER is right; the caller keeps its reference, but has its
 *	octets no more: who sends it last may have its buffer
 *
 * Context: process, may sleep to allocate
 */
void dbus_route(struct dbus_peer *from, struct dbus_msg *msg)
{
	struct routing r = { .from = from, .msg = msg };
	struct dbus_txn txn;
	int err;

	if (dbus_peer_is(from, PEER_MONITOR)) {
		disconnect_for(from, msg, DBUSMON_REASON_POLICY);
		return;
	}
	if (calls_bus(from, &msg->wire)) {
		dbus_driver_call(from, msg);
		return;
	}
	if (!dbus_peer_is(from, PEER_HELLO) &&
	    !dbus_peer_is(from, PEER_DRIVER)) {
		disconnect_for(from, msg, DBUSMON_REASON_NOT_REGISTERED);
		return;
	}
	INIT_LIST_HEAD(&r.done);
	dbus_txn_init(&txn, from->bus);
	dbus_txn_lend(&txn, dbus_entry_of(msg));
	err = dbus_txn_run(&txn, route, &r);
	if (err == -ENOMEM)
		dbus_peer_kill(from);	/* a message of its would be lost */
	/* pairs with is_last() of queue.c, as what comes after */
	smp_store_release(&msg->yielded, true);
	dbus_txn_free(&txn);
	WRITE_ONCE(msg->yielded, false);
	dbus_kept_free_list(&r.done);
}

/**
 * dbus_route_invalid() - tell the tap of octets that are no message
 * @from: who sent them; is to be disconnected by the caller
 * @data: the octets
 * @len: how many
 * @reason: what is wrong with them
 */
void dbus_route_invalid(struct dbus_peer *from, const void *data, u32 len,
			enum dbusmon_reason reason)
{
	struct dbus_bus *bus = from->bus;
	struct dbus_msg *msg;

	/* what made it invalid is near the beginning */
	len = min(len, 4096u);
	msg = dbus_msg_new(len, GFP_KERNEL_ACCOUNT);
	if (!msg)
		return;
	memcpy(dbus_msg_data(msg), data, len);
	msg->wire.data = dbus_msg_data(msg);
	msg->wire.len = len;
	msg->verdict.receiver = DBUSMON_ID_NONE;
	spin_lock(&bus->lock);
	dbus_tap_note(bus, msg, from, DBUSMON_INVALID, reason);
	spin_unlock(&bus->lock);
	dbus_msg_put(msg);
	dbus_tap_flush(bus);
}
