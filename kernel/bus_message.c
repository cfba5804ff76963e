// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that the bus itself sends: answers, errors, and the signals that
 * tell of names. D-Bus Specification, "Message Bus Messages".
 *
 * They are built under the lock of the bus, in the buffers that a transaction
 * has in reserve; one that has no buffer left builds nothing, and the
 * transaction begins anew.
 */
#include <linux/stdarg.h>
#include <linux/slab.h>

#include "bus.h"
#include "bus_message.h"
#include "match.h"
#include "peer.h"
#include "policy.h"
#include "tap.h"
#include "txn.h"

#define ERROR_MAX	1024	/* octets of an error's text */
#define ANSWER_LEN	256	/* of an answer with one number */

/**
 * dbus_is_bus_name() - is this the name of the bus itself?
 * @name: a bus name
 */
bool dbus_is_bus_name(struct wire_str name)
{
	return wire_str_is(name, DBUS_NAME);
}

/**
 * dbus_put_field() - put a header field into a message of the bus itself
 * @b: the builder
 * @field: which
 * @s: its value
 */
void dbus_put_field(struct wire_builder *b, enum wire_field field,
		    const char *s)
{
	wire_build_field(b, field, s, strlen(s));
}

static void put_destination(struct wire_builder *b, struct dbus_peer *to)
{
	struct wire_str name;

	if (!to) {
		dbus_put_field(b, WIRE_F_DESTINATION, DBUS_NAME);
		return;
	}
	name = dbus_peer_name(to);
	/* before Hello there is no name to address */
	if (dbus_peer_is(to, PEER_HELLO) || dbus_peer_is(to, PEER_DRIVER))
		wire_build_field(b, WIRE_F_DESTINATION, name.s, name.len);
}

static void begin_msg(struct dbus_bus *bus, struct dbus_msg *msg,
		      struct wire_builder *b, enum wire_type type)
{
	lockdep_assert_held(&bus->lock);
	bus->serial++;
	if (!bus->serial)
		bus->serial = 1;
	dbus_msg_build(msg, b, type, bus->serial);
	msg->verdict.receiver = DBUSMON_ID_NONE;
}

static struct dbus_msg *begin(struct dbus_txn *txn, struct wire_builder *b,
			      enum wire_type type)
{
	struct dbus_msg *msg = dbus_txn_spare(txn);

	if (msg)
		begin_msg(txn->bus, msg, b, type);
	return msg;
}

static void put_reply_fields(struct wire_builder *b, struct dbus_peer *to,
			     u32 serial, const char *error,
			     const char *signature)
{
	put_destination(b, to);
	if (error)
		dbus_put_field(b, WIRE_F_ERROR_NAME, error);
	wire_build_field_u32(b, WIRE_F_REPLY_SERIAL, serial);
	dbus_put_field(b, WIRE_F_SENDER, DBUS_NAME);
	if (*signature)
		dbus_put_field(b, WIRE_F_SIGNATURE, signature);
	wire_build_body(b);
}

static struct dbus_msg *begin_reply(struct dbus_txn *txn,
				    struct wire_builder *b,
				    struct dbus_peer *to, u32 serial,
				    const char *error, const char *signature)
{
	struct dbus_msg *msg;

	msg = begin(txn, b, error ? WIRE_ERROR : WIRE_METHOD_RETURN);
	if (msg)
		put_reply_fields(b, to, serial, error, signature);
	return msg;
}

/**
 * dbus_answer_begin() - begin an answer; its values are to be put into @b
 * @txn: the transaction, its bus locked
 * @b: a builder
 * @to: who called
 * @call: its call
 * @signature: of the values
 * Return: the message for dbus_answer_end(), or NULL if there is no buffer
 */
struct dbus_msg *dbus_answer_begin(struct dbus_txn *txn,
				   struct wire_builder *b,
				   struct dbus_peer *to,
				   const struct dbus_msg *call,
				   const char *signature)
{
	return begin_reply(txn, b, to, call->wire.serial, NULL, signature);
}

/**
 * dbus_answer_end() - an answer is complete: plan its delivery
 * @txn: as for dbus_answer_begin()
 * @b: the builder
 * @to: who called
 * @msg: the answer
 */
void dbus_answer_end(struct dbus_txn *txn, struct wire_builder *b,
		     struct dbus_peer *to, struct dbus_msg *msg)
{
	struct dbus_pass pass = { .bus = txn->bus, .msg = msg, .to = to };

	if (dbus_msg_built(msg, b) || txn->aside)
		return;
	msg->verdict.receiver = to->id;
	pass.requested = msg->wire.reply_serial;
	if (!dbus_policy_passes(&pass)) {
		msg->verdict.denied = true;
		msg->verdict.rule = dbus_policy_number(pass.rule);
		dbus_policy_tell_monitors(txn, &pass);
		return;
	}
	dbus_txn_plan(txn, to, msg);
	dbus_match_plan_eavesdrop(txn, msg, NULL, to);
}

/**
 * dbus_answer() - an answer without values
 * @txn: the transaction, its bus locked
 * @to: who called
 * @call: its call
 */
void dbus_answer(struct dbus_txn *txn, struct dbus_peer *to,
		 const struct dbus_msg *call)
{
	struct wire_builder b;
	struct dbus_msg *msg;

	msg = dbus_answer_begin(txn, &b, to, call, "");
	if (msg)
		dbus_answer_end(txn, &b, to, msg);
}

/**
 * dbus_answer_u32() - an answer with one number
 * @txn: the transaction, its bus locked
 * @to: who called
 * @call: its call
 * @type: 'u' or 'b'
 * @value: the number
 */
void dbus_answer_u32(struct dbus_txn *txn, struct dbus_peer *to,
		     const struct dbus_msg *call, char type, u32 value)
{
	char signature[2] = { type };
	struct wire_builder b;
	struct dbus_msg *msg;

	msg = dbus_answer_begin(txn, &b, to, call, signature);
	if (!msg)
		return;
	wire_put_u32(&b, value);
	dbus_answer_end(txn, &b, to, msg);
}

/**
 * dbus_answer_new_u32() - build an answer that is to be sent later
 * @to: who called
 * @call: its call
 * @value: the number that is the answer
 * Return: the answer, the caller's, or NULL
 *
 * Context: may sleep
 */
struct dbus_msg *dbus_answer_new_u32(struct dbus_peer *to,
				     const struct dbus_msg *call, u32 value)
{
	struct dbus_msg *msg = dbus_msg_new(ANSWER_LEN, GFP_KERNEL_ACCOUNT);
	struct dbus_bus *bus = to->bus;
	struct wire_builder b;

	if (!msg)
		return NULL;
	spin_lock(&bus->lock);
	begin_msg(bus, msg, &b, WIRE_METHOD_RETURN);
	spin_unlock(&bus->lock);
	put_reply_fields(&b, to, call->wire.serial, NULL, "u");
	wire_put_u32(&b, value);
	if (!dbus_msg_built(msg, &b))
		return msg;
	dbus_msg_put(msg);
	return NULL;
}

/**
 * dbus_answer_str() - an answer with one string
 * @txn: the transaction, its bus locked
 * @to: who called
 * @call: its call
 * @value: the string
 */
void dbus_answer_str(struct dbus_txn *txn, struct dbus_peer *to,
		     const struct dbus_msg *call, struct wire_str value)
{
	struct wire_builder b;
	struct dbus_msg *msg;

	msg = dbus_answer_begin(txn, &b, to, call, "s");
	if (!msg)
		return;
	wire_put_str(&b, value.s, value.len);
	dbus_answer_end(txn, &b, to, msg);
}

static void error_text(struct dbus_txn *txn, struct dbus_peer *to, u32 serial,
		       const char *error, struct va_format *vaf)
{
	struct wire_builder b;
	struct dbus_msg *msg;
	char *text;
	size_t at, n;

	msg = begin_reply(txn, &b, to, serial, error, "s");
	if (!msg)
		return;
	/* print it where it belongs: wire_put_str() puts its length before it */
	at = ALIGN(b.len, 4) + 4;
	if (at + ERROR_MAX > b.cap)
		return;
	text = (char *)b.buf + at;
	n = scnprintf(text, ERROR_MAX, "%pV", vaf);
	wire_put_str(&b, text, n);
	dbus_answer_end(txn, &b, to, msg);
}

/**
 * dbus_answer_error() - an error for an answer, or for any message refused
 * @txn: the transaction, its bus locked
 * @to: who sent the message; if @txn->aside is set, it does not hear of this,
 *	and may be NULL, for the bus itself
 * @call: the message
 * @error: name of the error
 * @fmt: its text, for a person; must come out as valid UTF-8
 */
void dbus_answer_error(struct dbus_txn *txn, struct dbus_peer *to,
		       const struct dbus_msg *call, const char *error,
		       const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	error_text(txn, to, call->wire.serial, error, &vaf);
	va_end(args);
}

static __printf(4, 5)
void error_for(struct dbus_txn *txn, struct dbus_peer *to, u32 serial,
	       const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	error_text(txn, to, serial, DBUS_ERROR("NoReply"), &vaf);
	va_end(args);
}

/**
 * dbus_no_reply() - tell a caller that the reply it waits for won't come
 * @txn: the transaction, its bus locked
 * @to: who called
 * @serial: of its call
 * @why: for a person
 */
void dbus_no_reply(struct dbus_txn *txn, struct dbus_peer *to, u32 serial,
		   const char *why)
{
	error_for(txn, to, serial, "%s", why);
}

static struct dbus_msg *begin_signal(struct dbus_txn *txn,
				     struct wire_builder *b,
				     struct dbus_peer *to, const char *member,
				     const char *signature)
{
	struct dbus_msg *msg = begin(txn, b, WIRE_SIGNAL);

	if (!msg)
		return NULL;
	dbus_put_field(b, WIRE_F_PATH, DBUS_PATH);
	dbus_put_field(b, WIRE_F_INTERFACE, DBUS_NAME);
	dbus_put_field(b, WIRE_F_MEMBER, member);
	if (to)
		put_destination(b, to);
	dbus_put_field(b, WIRE_F_SENDER, DBUS_NAME);
	dbus_put_field(b, WIRE_F_SIGNATURE, signature);
	wire_build_body(b);
	return msg;
}

/* NameAcquired or NameLost */
static void tell(struct dbus_txn *txn, struct dbus_peer *to,
		 const char *member, struct wire_str name)
{
	struct wire_builder b;
	struct dbus_msg *msg;

	msg = begin_signal(txn, &b, to, member, "s");
	if (!msg)
		return;
	wire_put_str(&b, name.s, name.len);
	dbus_answer_end(txn, &b, to, msg);
}

static void put_name(struct wire_builder *b, struct dbus_peer *peer)
{
	struct wire_str name = { "", 0 };

	if (peer)
		name = dbus_peer_name(peer);
	wire_put_str(b, name.s, name.len);
}

/**
 * dbus_announce_acquired() - plan the signal to the new owner of a name
 * @txn: the transaction, its bus locked
 * @name: the name
 * @new_owner: who gets it
 */
void dbus_announce_acquired(struct dbus_txn *txn, struct wire_str name,
			    struct dbus_peer *new_owner)
{
	tell(txn, new_owner, "NameAcquired", name);
}

/**
 * dbus_announce_owner() - plan the signals to all others
 * @txn: the transaction, its bus locked
 * @name: the name
 * @old_owner: who had it, or NULL
 * @new_owner: who gets it, or NULL
 * @tell_old: @old_owner is still there to be told
 */
void dbus_announce_owner(struct dbus_txn *txn, struct wire_str name,
			 struct dbus_peer *old_owner,
			 struct dbus_peer *new_owner, bool tell_old)
{
	struct wire_builder b;
	struct dbus_msg *msg;

	if (old_owner && tell_old)
		tell(txn, old_owner, "NameLost", name);
	msg = begin_signal(txn, &b, NULL, "NameOwnerChanged", "sss");
	if (msg) {
		wire_put_str(&b, name.s, name.len);
		put_name(&b, old_owner);
		put_name(&b, new_owner);
		if (!dbus_msg_built(msg, &b))
			dbus_match_plan(txn, msg, NULL);
	}
}

/**
 * dbus_announce_change() - plan the signals of a change of owner
 * @txn: the transaction, its bus locked
 * @name: the name, well-known or unique
 * @old_owner: who had it, or NULL
 * @new_owner: who gets it, or NULL
 * @tell_old: @old_owner is still there to be told
 *
 * NameLost, NameOwnerChanged, NameAcquired, in this order.
 */
void dbus_announce_change(struct dbus_txn *txn, struct wire_str name,
			  struct dbus_peer *old_owner,
			  struct dbus_peer *new_owner, bool tell_old)
{
	dbus_announce_owner(txn, name, old_owner, new_owner, tell_old);
	if (new_owner)
		dbus_announce_acquired(txn, name, new_owner);
}

/**
 * dbus_bus_message_note() - records of the messages that the bus itself sent
 * @txn: the transaction, committed, its bus still locked
 */
void dbus_bus_message_note(struct dbus_txn *txn)
{
	struct dbus_msg *msg;
	u32 i;

	for (i = 0; i < txn->used_spare; i++) {
		msg = txn->spare[i];
		if (msg->verdict.aside)
			continue;
		if (msg->verdict.n_recipients)
			dbus_tap_note(txn->bus, msg, NULL, DBUSMON_DELIVERED,
				      DBUSMON_REASON_NONE);
		else if (msg->verdict.denied)
			dbus_tap_note(txn->bus, msg, NULL, DBUSMON_DENIED,
				      DBUSMON_REASON_POLICY);
		else
			dbus_tap_note(txn->bus, msg, NULL, DBUSMON_UNDELIVERED,
				      DBUSMON_REASON_NO_TAKER);
	}
}
