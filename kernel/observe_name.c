// SPDX-License-Identifier: GPL-2.0
/*
 * Which unique name an observed connection has. The bus tells it in the reply to
 * Hello; of a connection from before, it shows in what the bus delivers to it or
 * of it. That comes right after the message which caused it: so the record of a
 * message that has no name yet waits for it, and those behind it wait with it.
 */
#include <linux/jhash.h>
#include <linux/ktime.h>

#include "bus.h"
#include "message.h"
#include "observe.h"

#define WAIT_NS		NSEC_PER_SEC	/* that a record waits at most */
#define WAIT_OCTETS	(4u << 20)	/* that wait with it at most */
#define WAITS_MAX	4		/* records of a connection, in vain */

static const char driver_name[] = "org.freedesktop.DBus";

/* N of ":1.N". */
static u64 unique_id(struct wire_str name)
{
	u64 id = 0;
	u32 i;

	if (!name.s || name.len < 4 || name.len > 21 || memcmp(name.s, ":1.", 3))
		return DBUSMON_ID_NONE;
	for (i = 3; i < name.len; i++) {
		if (name.s[i] < '0' || name.s[i] > '9')
			return DBUSMON_ID_NONE;
		id = id * 10 + name.s[i] - '0';
	}
	return id;
}

/**
 * dbus_name_id() - what a record shows of a name
 * @name: unique or well-known
 */
u64 dbus_name_id(struct wire_str name)
{
	if (wire_str_is(name, driver_name))
		return DBUSMON_ID_BUS;
	return unique_id(name);
}

/**
 * dbus_name_is_unique() - is this a unique name?
 * @name: a name, or none
 */
bool dbus_name_is_unique(struct wire_str name)
{
	return name.s && name.len > 1 && name.s[0] == ':';
}

/**
 * dbus_name_is_of() - is this the name of a connection?
 * @conn: the connection
 * @name: a name, or none
 */
bool dbus_name_is_of(const struct dbus_conn *conn, struct wire_str name)
{
	return name.s && conn->name_len == name.len &&
	       !memcmp(conn->name, name.s, name.len);
}

/**
 * dbus_name_holder() - who has a unique name?
 * @bus: the bus, locked
 * @name: the name
 * Return: the connection, or NULL if that is not known
 */
struct dbus_conn *dbus_name_holder(struct dbus_bus *bus, struct wire_str name)
{
	lockdep_assert_held(&bus->lock);
	return xa_load(&bus->observer->names, unique_id(name));
}

static void set_name(struct dbus_bus *bus, struct dbus_conn *conn,
		     struct wire_str name)
{
	lockdep_assert_held(&bus->lock);
	/* nobody but the broker has judged it */
	if (conn->name_len || !dbus_name_is_unique(name) ||
	    name.len > OBSERVE_UNIQUE_MAX || !wire_is_bus_name(name.s, name.len))
		return;
	conn->id = unique_id(name);
	/* without memory for it, its messages are recorded all the same */
	if (conn->id != DBUSMON_ID_NONE)
		xa_store(&bus->observer->names, conn->id, conn, GFP_ATOMIC);
	memcpy(conn->name, name.s, name.len);
	conn->name_len = name.len;
	dbus_bus_changed(bus);
}

/* --- learning ------------------------------------------------------------------- */

static u32 hash_str(struct wire_str s, u32 seed)
{
	return s.s ? jhash(s.s, s.len, seed) : seed;
}

/* What the broker leaves as it is when it delivers a message. */
static u64 submission_key(const struct wire_msg *m)
{
	u32 a = jhash_3words(m->serial, m->reply_serial, m->body_len, m->type);
	u32 b = hash_str(m->destination, hash_str(m->path, a));

	return (u64)a << 32 | hash_str(m->member, hash_str(m->interface, b));
}

static bool is_hello(const struct wire_msg *m)
{
	return m->type == WIRE_METHOD_CALL &&
	       wire_str_is(m->destination, driver_name) &&
	       wire_str_is(m->member, "Hello");
}

/* Will the broker show its name, as far as can be said? */
static bool may_be_learnt(const struct dbus_conn *conn)
{
	return conn->waits < WAITS_MAX && (conn->old || conn->hello);
}

/**
 * dbus_name_submitted() - a connection has submitted a message
 * @bus: its bus, locked
 * @conn: the connection
 * @msg: the message, valid; its record may have to wait for a name
 */
void dbus_name_submitted(struct dbus_bus *bus, struct dbus_conn *conn,
			 struct dbus_msg *msg)
{
	struct dbus_observer *o = bus->observer;
	const struct wire_msg *m = &msg->wire;
	struct dbus_submission *s;

	lockdep_assert_held(&bus->lock);
	if (m->type == WIRE_METHOD_CALL)
		conn->calls[conn->n_calls++ % OBSERVE_CALLS] = m->serial;
	if (conn->name_len)
		return;
	s = &o->submissions[o->n_submissions++ % OBSERVE_SUBMISSIONS];
	s->conn = conn;
	s->key = submission_key(m);
	conn->hello |= is_hello(m);
	if (may_be_learnt(conn)) {
		refcount_inc(&conn->ref);
		msg->verdict.unnamed = conn;
	}
}

static bool has_called(const struct dbus_conn *conn, u32 serial)
{
	u32 i;

	for (i = 0; i < min_t(u32, conn->n_calls, OBSERVE_CALLS); i++) {
		if (conn->calls[i] == serial)
			return true;
	}
	return false;
}

/*
 * A reply to a call that the connection made carries its name as DESTINATION. Not
 * so all messages to it: it may eavesdrop.
 */
static void learn_receiver(struct dbus_bus *bus, struct dbus_conn *conn,
			   const struct wire_msg *m)
{
	if (conn->name_len || !dbus_name_is_unique(m->destination))
		return;
	if (m->type != WIRE_METHOD_RETURN && m->type != WIRE_ERROR)
		return;
	if (has_called(conn, m->reply_serial))
		set_name(bus, conn, m->destination);
}

/* Who only ever replies shows its name in what is delivered of it. */
static void learn_sender(struct dbus_bus *bus, const struct wire_msg *m)
{
	struct dbus_observer *o = bus->observer;
	u64 key, id = unique_id(m->sender);
	struct dbus_conn *found = NULL;
	u32 i;

	if (!o->n_submissions || id == DBUSMON_ID_NONE ||
	    xa_load(&o->names, id))
		return;
	key = submission_key(m);
	for (i = 0; i < OBSERVE_SUBMISSIONS; i++) {
		struct dbus_submission *s = &o->submissions[i];

		if (!s->conn || s->key != key || s->conn->name_len)
			continue;
		if (found && found != s->conn)
			return;		/* could be either */
		found = s->conn;
	}
	if (found)
		set_name(bus, found, m->sender);
}

/**
 * dbus_name_delivered() - the broker writes a message: learn names of it
 * @bus: its bus, locked
 * @conn: to whom
 * @m: the message
 */
void dbus_name_delivered(struct dbus_bus *bus, struct dbus_conn *conn,
			 const struct wire_msg *m)
{
	lockdep_assert_held(&bus->lock);
	learn_receiver(bus, conn, m);
	if (dbus_name_is_unique(m->sender))
		learn_sender(bus, m);
}

/* --- waiting -------------------------------------------------------------------- */

/**
 * dbus_name_is_awaited() - must a record wait, since its sender has no name yet?
 * @bus: its bus, locked
 * @msg: the message
 * @ns: how long, if so
 */
bool dbus_name_is_awaited(struct dbus_bus *bus, const struct dbus_msg *msg,
			  u64 *ns)
{
	const struct dbus_verdict *v = &msg->verdict;
	struct dbus_conn *conn = v->unnamed;
	u64 waited;

	lockdep_assert_held(&bus->lock);
	if (!conn || conn->name_len || !conn->listed ||
	    conn->waits >= WAITS_MAX || bus->tap_octets > WAIT_OCTETS)
		return false;
	/* the clock may be set: then it has waited for long, or not at all */
	waited = ktime_get_real_ns() - v->time;
	if (waited >= WAIT_NS) {
		conn->waits++;
		return false;
	}
	*ns = WAIT_NS - waited;
	return true;
}

/**
 * dbus_name_fill_in() - put the name that was waited for into a record
 * @bus: its bus, not locked
 * @msg: the message, of which the caller is the only user
 */
void dbus_name_fill_in(struct dbus_bus *bus, struct dbus_msg *msg)
{
	struct dbus_verdict *v = &msg->verdict;
	struct dbus_conn *conn = v->unnamed;
	char name[OBSERVE_UNIQUE_MAX];
	u32 len;

	if (!conn)
		return;
	v->unnamed = NULL;
	spin_lock(&bus->lock);
	len = conn->name_len;
	memcpy(name, conn->name, len);
	v->sender = conn->id;
	spin_unlock(&bus->lock);
	/* one that has no room for it stays as it was sent */
	if (len)
		wire_set_sender(&msg->wire, msg->room, name, len);
	dbus_conn_put(conn);
}
