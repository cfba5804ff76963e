// SPDX-License-Identifier: GPL-2.0
/*
 * What was seen on an observed bus becomes records: each message once, with the
 * name of its sender. A message that a client submits is recorded when the broker
 * reads it, and not again when that delivers it; the broker's own messages when
 * they are written, a broadcast when that is done first.
 */
#include <linux/cred.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/user_namespace.h>

#include "bus.h"
#include "message.h"
#include "observe.h"
#include "tap.h"

#define BROADCAST_TIME	(10 * NSEC_PER_SEC)

static const char driver_name[] = "org.freedesktop.DBus";

/* --- records -------------------------------------------------------------------- */

static void from_client(struct dbus_verdict *v, const struct dbus_conn *conn)
{
	v->sender = conn->id;
	v->pid = conn->pid ? pid_nr(conn->pid) : 0;
	v->uid = conn->uid;
	memcpy(v->comm, conn->comm, sizeof(v->comm));
}

/* The broker, or whoever has the other end, is the one that writes. */
static void from_broker(struct dbus_verdict *v, struct wire_str sender)
{
	v->sender = wire_str_is(sender, driver_name) ? DBUSMON_ID_BUS
						     : DBUSMON_ID_NONE;
	v->pid = task_tgid_nr(current);
	v->uid = from_kuid_munged(&init_user_ns, current_euid());
	get_task_comm(v->comm, current->group_leader);
}

/*
 * Take the message apart. Whatever it is, octets and length of it stay.
 */
static bool parse(struct dbus_msg *msg)
{
	const u8 *data = dbus_msg_data(msg);
	u32 len = msg->wire.len;

	if (!wire_parse(&msg->wire, data, len) && !wire_validate_body(&msg->wire))
		return true;
	msg->wire.data = data;
	msg->wire.len = len;
	return false;
}

/* The broker takes it, if it is valid; what it does with it, it alone knows. */
static void judge(struct dbus_verdict *v, bool valid)
{
	v->verdict = valid ? DBUSMON_DELIVERED : DBUSMON_INVALID;
	v->reason = valid ? DBUSMON_REASON_NONE : DBUSMON_REASON_MALFORMED;
}

/**
 * dbus_record_submitted() - the broker has read a whole message
 * @bus: its bus
 * @conn: whose
 * @msg: the message, not taken apart
 */
void dbus_record_submitted(struct dbus_bus *bus, struct dbus_conn *conn,
			   struct dbus_msg *msg)
{
	struct dbus_verdict *v = &msg->verdict;
	char name[OBSERVE_UNIQUE_MAX];
	bool valid = parse(msg);
	u32 name_len;

	judge(v, valid);
	v->receiver = DBUSMON_ID_NONE;
	spin_lock(&bus->lock);
	if (valid) {
		dbus_name_submitted(bus, conn, msg);
		v->receiver = dbus_name_id(msg->wire.destination);
		v->n_fds = dbus_stream_claim_fds(&conn->in, msg->wire.unix_fds);
	}
	name_len = conn->name_len;
	memcpy(name, conn->name, name_len);
	spin_unlock(&bus->lock);
	/* one that has no room for it stays as it was sent */
	if (valid && name_len)
		wire_set_sender(&msg->wire, msg->room, name, name_len);

	spin_lock(&bus->lock);
	from_client(v, conn);
	conn->rx_messages++;
	bus->observer->spoken = true;
	dbus_tap_note_observed(bus, msg);
	spin_unlock(&bus->lock);
	dbus_tap_flush(bus);
}

/**
 * dbus_record_wanted() - is what the broker writes a message of its own?
 * @bus: its bus
 * @conn: to whom
 * @data: the message
 * @have: octets that are there: its header at least
 * Return: false if it was submitted by somebody, or is a monitor's copy
 */
bool dbus_record_wanted(struct dbus_bus *bus, struct dbus_conn *conn,
			const u8 *data, u32 have)
{
	struct dbus_conn *other;
	enum wire_status st;
	struct wire_msg m;
	bool wanted = true;

	/* the broker has judged what it writes */
	st = wire_skim(&m, data, have);
	if (st != WIRE_OK && !(st == WIRE_E_SHORT && m.body))
		return true;
	spin_lock(&bus->lock);
	dbus_name_delivered(bus, conn, &m);
	if (dbus_name_is_unique(m.sender)) {
		wanted = false;
	} else if (dbus_name_is_unique(m.destination) && conn->name_len) {
		wanted = dbus_name_is_of(conn, m.destination);
	} else if (dbus_name_is_unique(m.destination)) {
		other = dbus_name_holder(bus, m.destination);
		wanted = !other || other == conn;
	}
	spin_unlock(&bus->lock);
	if (!wanted) {
		dbus_stream_claim_fds(&conn->out, m.unix_fds);
		/* a record may have waited for a name that this has */
		dbus_tap_flush(bus);
	}
	return wanted;
}

/*
 * Is this broadcast of the broker recorded already? All who get broadcasts get
 * them in the same order, so it is looked for behind the last one that this
 * connection got. (Serials don't help: dbus-broker gives all the same one, and
 * dbus-daemon those of the first receiver.)
 */
static bool is_repeated(struct dbus_bus *bus, struct dbus_conn *conn,
			const struct dbus_msg *msg)
{
	struct dbus_observer *o = bus->observer;
	const struct wire_msg *m = &msg->wire;
	u64 now = ktime_get_ns();
	struct dbus_broadcast *b;
	u64 key, i;

	if (m->type != WIRE_SIGNAL || m->destination.s ||
	    !wire_str_is(m->sender, driver_name))
		return false;
	key = (u64)jhash(m->data, m->len, 0) << 32 | jhash(m->data, m->len, 1);
	i = conn->seen;
	if (o->n_broadcasts > OBSERVE_BROADCASTS)
		i = max(i, o->n_broadcasts - OBSERVE_BROADCASTS);
	for (; i < o->n_broadcasts; i++) {
		b = &o->broadcasts[i % OBSERVE_BROADCASTS];
		if (b->key == key && now - b->time < BROADCAST_TIME) {
			conn->seen = i + 1;
			return true;
		}
	}
	b = &o->broadcasts[o->n_broadcasts++ % OBSERVE_BROADCASTS];
	b->key = key;
	b->time = now;
	conn->seen = o->n_broadcasts;
	return false;
}

/**
 * dbus_record_written() - the broker has written a message of its own
 * @bus: its bus
 * @conn: to whom
 * @msg: the whole message
 */
void dbus_record_written(struct dbus_bus *bus, struct dbus_conn *conn,
			 struct dbus_msg *msg)
{
	struct dbus_verdict *v = &msg->verdict;
	bool valid = parse(msg);
	bool repeated = false;

	judge(v, valid);
	from_broker(v, msg->wire.sender);
	v->n_recipients = valid;
	v->n_fds = dbus_stream_claim_fds(&conn->out,
					 valid ? msg->wire.unix_fds : 0);
	spin_lock(&bus->lock);
	if (valid)
		repeated = is_repeated(bus, conn, msg);
	if (!repeated) {
		v->receiver = valid && msg->wire.type == WIRE_SIGNAL &&
			      !msg->wire.destination.s ? DBUSMON_ID_NONE
						       : conn->id;
		conn->tx_messages++;
		bus->observer->spoken = true;
		dbus_tap_note_observed(bus, msg);
	}
	spin_unlock(&bus->lock);
	dbus_tap_flush(bus);
}

/**
 * dbus_record_line() - a line of the handshake went by
 * @bus: its bus
 * @conn: whose
 * @s: by which side
 * @msg: holds the line
 * @len: octets of it, without its end
 */
void dbus_record_line(struct dbus_bus *bus, struct dbus_conn *conn,
		      struct dbus_stream *s, struct dbus_msg *msg, u32 len)
{
	struct dbus_verdict *v = &msg->verdict;

	v->kind = DBUSMON_KIND_HANDSHAKE;
	msg->wire.data = dbus_msg_data(msg);
	msg->wire.len = len;
	spin_lock(&bus->lock);
	if (s == &conn->in) {
		from_client(v, conn);
		v->receiver = DBUSMON_ID_BUS;
	} else {
		from_broker(v, (struct wire_str){ driver_name,
						  sizeof(driver_name) - 1 });
		v->receiver = conn->id;
		bus->observer->spoken = true;
	}
	dbus_tap_note_observed(bus, msg);
	spin_unlock(&bus->lock);
	dbus_tap_flush(bus);
}

/**
 * dbus_record_loss() - something of a stream could not be recorded
 * @bus: its bus
 * @conn: whose
 * @s: by which side
 * @reason: why
 */
void dbus_record_loss(struct dbus_bus *bus, struct dbus_conn *conn,
		      struct dbus_stream *s, enum dbusmon_reason reason)
{
	struct dbus_msg *msg = dbus_msg_new(0, GFP_KERNEL | __GFP_NORETRY |
						__GFP_NOWARN);
	struct dbus_verdict *v;

	spin_lock(&bus->lock);
	if (!msg) {
		dbus_tap_lose(bus);
	} else {
		v = &msg->verdict;
		v->kind = DBUSMON_KIND_LOSS;
		v->reason = reason;
		msg->wire.data = dbus_msg_data(msg);
		if (s == &conn->in)
			from_client(v, conn);
		else
			from_broker(v, (struct wire_str){});
		v->receiver = s == &conn->in ? DBUSMON_ID_NONE :
					     conn->id;
		dbus_tap_note_observed(bus, msg);
	}
	spin_unlock(&bus->lock);
	dbus_msg_put(msg);
	dbus_tap_flush(bus);
}
