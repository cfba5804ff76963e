// SPDX-License-Identifier: GPL-2.0
/*
 * One side of an observed connection: from the octets that were moved to lines of
 * the handshake and to messages. Nothing that goes wrong here is noticed outside;
 * what can't be shown is told by a record of its own.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "bus.h"
#include "compat.h"
#include "message.h"
#include "observe.h"

/*
 * It is the broker's time and memory: better to lose a record than to have the
 * broker wait for memory, or be killed for ours.
 */
#define GFP_OBSERVE	(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
#define HELD_MAX	(192ll << 20)	/* octets of all incomplete messages of a bus */

#define LINE_MAX	1024		/* octets of a line that are recorded */
#define CHUNK		128		/* octets looked at at once for a line's end */
#define AHEAD		512		/* octets copied at once, at least */
#define WINDOW		4096		/* octets searched at once for a message */

/**
 * struct moved - the octets that one call has moved
 * @iter: where those are that are not in @ahead
 * @n: how many are left, with those in @ahead
 * @at: the next one in @ahead
 * @ahead_len: octets in @ahead from @at on
 * @ahead: the next ones: each copy from a process costs more than its octets, and
 *	a message is looked at in parts
 */
struct moved {
	struct iov_iter *iter;
	u32 n;
	u16 at;
	u16 ahead_len;
	u8 ahead[AHEAD];
};

/* Have the next @n octets, as many as there are, and at most AHEAD, side by side. */
static const u8 *look_ahead(struct moved *o, u32 *n)
{
	u32 more;

	*n = min3(*n, o->n, (u32)AHEAD);
	if (o->ahead_len < *n) {
		memmove(o->ahead, o->ahead + o->at, o->ahead_len);
		o->at = 0;
		more = min(o->n, (u32)AHEAD) - o->ahead_len;
		o->ahead_len += copy_from_iter(o->ahead + o->ahead_len, more,
					       o->iter);
	}
	*n = min_t(u32, *n, o->ahead_len);
	return o->ahead + o->at;
}

/* Look at octets without taking them. Return: how many could be had. */
static u32 peek(struct moved *o, u8 *to, u32 n)
{
	struct iov_iter iter = *o->iter;
	u32 first = min_t(u32, n, o->ahead_len);

	memcpy(to, o->ahead + o->at, first);
	return first + copy_from_iter(to + first, n - first, &iter);
}

static void pass(struct moved *o, u32 n)
{
	u32 first = min_t(u32, n, o->ahead_len);

	o->n -= n;
	o->at += first;
	o->ahead_len -= first;
	if (n > first)
		iov_iter_advance(o->iter, n - first);
}

/* At most as many as there are. */
static bool take(struct moved *o, u8 *to, u32 n)
{
	u32 first = n, rest;
	const u8 *p = look_ahead(o, &first);

	memcpy(to, p, first);
	pass(o, first);
	rest = n - first;
	o->n -= rest;
	return !rest || copy_from_iter(to + first, rest, o->iter) == rest;
}

static void drop_msg(struct dbus_bus *bus, struct dbus_stream *s)
{
	dbus_msg_put(s->msg);
	s->msg = NULL;
	s->got = 0;
	s->head_len = 0;
	s->skip = 0;
	s->header = false;
	if (bus)
		atomic64_sub(s->charged, &bus->observer->held);
	s->charged = 0;
}

/**
 * dbus_stream_free() - let go of what is not complete
 * @bus: its bus; NULL if that is gone
 * @s: the stream, nobody's any more
 */
void dbus_stream_free(struct dbus_bus *bus, struct dbus_stream *s)
{
	drop_msg(bus, s);
}

/* Something is missing, or makes no sense: go on at the next message. */
static void lose(struct dbus_bus *bus, struct dbus_conn *conn,
		 struct dbus_stream *s, enum dbusmon_reason reason)
{
	drop_msg(bus, s);
	s->state = STREAM_LOST;
	dbus_record_loss(bus, conn, s, reason);
}

/**
 * dbus_stream_claim_fds() - a message says that descriptors came with it
 * @s: its stream
 * @claim: how many, by its header
 * Return: how many of them did come
 */
u16 dbus_stream_claim_fds(struct dbus_stream *s, u32 claim)
{
	u32 n = min3(claim, s->fds, (u32)U16_MAX);

	s->fds -= n;
	return n;
}

/**
 * dbus_stream_unseen() - octets were moved that can't be looked at
 * @conn: whose
 * @s: by which side
 * @bus: its bus, to which somebody listens
 */
void dbus_stream_unseen(struct dbus_conn *conn, struct dbus_stream *s,
			struct dbus_bus *bus)
{
	if (test_and_set_bit_lock(0, &s->busy)) {
		WRITE_ONCE(s->missed, MISSED_UNSEEN);
		return;
	}
	if (s->state != STREAM_OTHER)
		lose(bus, conn, s, DBUSMON_REASON_NONE);
	clear_bit_unlock(0, &s->busy);
}

/**
 * dbus_stream_missed() - octets went by that nobody was to see
 * @bus: its bus
 * @s: the stream
 */
void dbus_stream_missed(struct dbus_bus *bus, struct dbus_stream *s)
{
	if (!READ_ONCE(s->missed))
		WRITE_ONCE(s->missed, MISSED_UNHEARD);
	if (!READ_ONCE(s->msg) || test_and_set_bit_lock(0, &s->busy))
		return;
	drop_msg(bus, s);
	clear_bit_unlock(0, &s->busy);
}

/* --- messages ---------------------------------------------------------------- */

/* Octets up to the body of the message that begins so. */
static u32 header_len(const u8 *head)
{
	u32 fields = head[0] == 'B' ? get_unaligned_be32(head + 12)
				    : get_unaligned_le32(head + 12);

	return ALIGN(WIRE_FIXED_LEN + fields, 8);
}

/* May the bus's messages hold so many octets more? Then they are charged. */
static bool charge(struct dbus_bus *bus, struct dbus_stream *s, u32 n)
{
	atomic64_t *held = &bus->observer->held;

	if (atomic64_add_return(n, held) > HELD_MAX) {
		atomic64_sub(n, held);
		return false;
	}
	s->charged += n;
	return true;
}

/* Only what comes is paid for, not what a header promises. */
static bool new_msg(struct dbus_bus *bus, struct dbus_stream *s, u32 len)
{
	s->msg = dbus_msg_new(len, GFP_OBSERVE);
	if (s->msg && !charge(bus, s, s->msg->size)) {
		dbus_msg_put(s->msg);
		s->msg = NULL;
	}
	return s->msg;
}

static bool grow(struct dbus_bus *bus, struct dbus_stream *s)
{
	struct dbus_msg *msg = s->msg;
	u32 more = dbus_msg_next_size(msg, msg->wire.len) - msg->size;

	return charge(bus, s, more) &&
	       !dbus_msg_grow(msg, s->got, msg->wire.len, GFP_OBSERVE);
}

/* The first octets of a message are there; @wanted: its header was judged, too. */
static void begin(struct dbus_bus *bus, struct dbus_conn *conn,
		  struct dbus_stream *s, bool wanted)
{
	u32 len;

	if (wire_frame(s->head, WIRE_FIXED_LEN, &len)) {
		lose(bus, conn, s, DBUSMON_REASON_MALFORMED);
		return;
	}
	if (!new_msg(bus, s, len)) {
		dbus_record_loss(bus, conn, s, DBUSMON_REASON_NO_MEMORY);
		s->head_len = 0;
		s->skip = len - WIRE_FIXED_LEN;
		return;
	}
	memcpy(dbus_msg_data(s->msg), s->head, WIRE_FIXED_LEN);
	s->got = WIRE_FIXED_LEN;
	s->head_len = 0;
	/* of the broker's, the header tells whether it is shown already */
	s->header = s == &conn->out && !wanted;
	s->want = s->header ? header_len(s->head) : len;
}

/* No more of the message is wanted than what is there. */
static void skip_rest(struct dbus_bus *bus, struct dbus_stream *s)
{
	u32 rest = s->msg->wire.len - s->got;

	drop_msg(bus, s);
	s->skip = rest;
}

static void complete_msg(struct dbus_bus *bus, struct dbus_conn *conn,
			 struct dbus_stream *s)
{
	struct dbus_msg *msg = s->msg;

	if (s == &conn->in)
		dbus_record_submitted(bus, conn, msg);
	else
		dbus_record_written(bus, conn, msg);
	drop_msg(bus, s);
}

/* The header of one of the broker's messages is there. */
static void complete_header(struct dbus_bus *bus, struct dbus_conn *conn,
			    struct dbus_stream *s)
{
	s->header = false;
	s->want = s->msg->wire.len;
	if (!dbus_record_wanted(bus, conn, dbus_msg_data(s->msg), s->got))
		skip_rest(bus, s);
	else if (s->got == s->want)
		complete_msg(bus, conn, s);
}

static void take_msg(struct dbus_bus *bus, struct dbus_conn *conn,
		     struct dbus_stream *s, struct moved *o)
{
	struct dbus_msg *msg = s->msg;
	u32 room = min(s->want, msg->size) - s->got;
	u32 n = min(o->n, room);

	if (!room) {
		if (!grow(bus, s)) {
			dbus_record_loss(bus, conn, s, DBUSMON_REASON_NO_MEMORY);
			skip_rest(bus, s);
		}
		return;
	}
	if (!take(o, dbus_msg_data(msg) + s->got, n)) {
		lose(bus, conn, s, DBUSMON_REASON_NO_MEMORY);
		return;
	}
	s->got += n;
	if (s->got == s->want && s->header)
		complete_header(bus, conn, s);
	else if (s->got == s->want)
		complete_msg(bus, conn, s);
}

/*
 * Most of what the broker writes somebody has submitted: what has come with its
 * header is passed without keeping it. @wanted: that header tells that it is not.
 */
static bool pass_delivered(struct dbus_bus *bus, struct dbus_conn *conn,
			   struct dbus_stream *s, struct moved *o, bool *wanted)
{
	u32 n = AHEAD, len;
	const u8 *p;

	if (s != &conn->out || s->head_len)
		return false;
	p = look_ahead(o, &n);
	if (n < WIRE_FIXED_LEN || wire_frame(p, n, &len) || header_len(p) > n)
		return false;
	*wanted = dbus_record_wanted(bus, conn, p, n);
	if (*wanted)
		return false;
	s->skip = len;
	return true;
}

static void messages(struct dbus_bus *bus, struct dbus_conn *conn,
		     struct dbus_stream *s, struct moved *o)
{
	bool wanted = false;
	u32 n;

	if (s->skip) {
		n = min(o->n, s->skip);
		pass(o, n);
		s->skip -= n;
		return;
	}
	if (s->msg) {
		take_msg(bus, conn, s, o);
		return;
	}
	if (pass_delivered(bus, conn, s, o, &wanted))
		return;
	n = min_t(u32, o->n, WIRE_FIXED_LEN - s->head_len);
	if (!take(o, s->head + s->head_len, n)) {
		lose(bus, conn, s, DBUSMON_REASON_NO_MEMORY);
		return;
	}
	s->head_len += n;
	if (s->head_len == WIRE_FIXED_LEN)
		begin(bus, conn, s, wanted);
}

/* --- the handshake ----------------------------------------------------------- */

static bool line_is(const struct dbus_stream *s, const char *word)
{
	size_t len = strlen(word);

	return s->got >= len && !memcmp(dbus_msg_data(s->msg), word, len);
}

/*
 * What the server says can't be made up by a client: only that tells that
 * something else than D-Bus is served.
 */
static bool server_speaks(const struct dbus_stream *s)
{
	static const char *const words[] = { "REJECTED", "OK", "DATA", "ERROR",
					     "AGREE_UNIX_FD" };
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (line_is(s, words[i]))
			return true;
	}
	return false;
}

static void complete_line(struct dbus_bus *bus, struct dbus_conn *conn,
			  struct dbus_stream *s)
{
	bool in = s == &conn->in;
	bool ends = in && line_is(s, "BEGIN") &&
		    (s->got == 5 || dbus_msg_data(s->msg)[5] == ' ');

	if (!in && !s->spoke && !server_speaks(s)) {
		drop_msg(bus, s);
		s->state = STREAM_OTHER;
		dbus_record_loss(bus, conn, s, DBUSMON_REASON_MALFORMED);
		dbus_observe_not_dbus(bus);
		return;
	}
	s->spoke = true;
	dbus_record_line(bus, conn, s, s->msg, s->got);
	drop_msg(bus, s);
	if (ends)
		s->state = STREAM_MESSAGES;
}

/* Put octets of a line, without its end, to those that are there. */
static void append(struct dbus_stream *s, const u8 *p, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (p[i] == '\r')
			continue;
		if (s->got < LINE_MAX)
			dbus_msg_data(s->msg)[s->got++] = p[i];
	}
}

static bool handshake(struct dbus_bus *bus, struct dbus_conn *conn,
		      struct dbus_stream *s, struct moved *o)
{
	const u8 *chunk, *end;
	u32 n = CHUNK;

	chunk = look_ahead(o, &n);
	if (!n) {
		lose(bus, conn, s, DBUSMON_REASON_NO_MEMORY);
		return false;
	}
	/* "the client sends a single nul byte", and is hung up upon if not */
	if (s == &conn->in && !s->spoke) {
		if (chunk[0]) {
			s->state = STREAM_OTHER;
			dbus_record_loss(bus, conn, s,
					 DBUSMON_REASON_MALFORMED);
			return false;
		}
		s->spoke = true;
		pass(o, 1);
		return true;
	}
	/* no word of a server's begins as a message does */
	if (s == &conn->out && !s->msg && (chunk[0] == 'l' || chunk[0] == 'B')) {
		s->state = STREAM_MESSAGES;
		return true;
	}
	if (!s->msg && !new_msg(bus, s, LINE_MAX)) {
		lose(bus, conn, s, DBUSMON_REASON_NO_MEMORY);
		return false;
	}
	end = memchr(chunk, '\n', n);
	if (end)
		n = end - chunk + 1;
	append(s, chunk, end ? n - 1 : n);
	pass(o, n);
	/* who serves something else may never end a line */
	if (end || (s == &conn->out && !s->spoke && s->got >= CHUNK))
		complete_line(bus, conn, s);
	return true;
}

/* --- finding the next message ------------------------------------------------- */

/* Does a message begin here, as far as can be seen? */
static bool plausible(const u8 *p, u32 n, u32 *len)
{
	struct wire_msg m;
	enum wire_status st;

	if (n < WIRE_FIXED_LEN || p[1] > WIRE_SIGNAL ||
	    wire_frame(p, WIRE_FIXED_LEN, len))
		return false;
	st = wire_parse(&m, p, n);
	return st == WIRE_OK || (st == WIRE_E_SHORT && m.body);
}

/*
 * A message found inside of what was read may be the content of another one. What
 * ends where another begins, or where the reading ends, is none.
 */
static bool found_at(const u8 *p, u32 n, u32 at, bool first)
{
	u32 len, next;

	if (p[at] != 'l' && p[at] != 'B')
		return false;
	if (!plausible(p + at, n - at, &len))
		return false;
	if (at == 0 && first)
		return true;
	if (len > n - at)
		return false;
	return len == n - at || plausible(p + at + len, n - at - len, &next);
}

static bool is_handshake(const struct dbus_conn *conn,
			 const struct dbus_stream *s, const u8 *p, u32 n)
{
	static const char *const client[] = { "\0AUTH", "AUTH ", "BEGIN\r\n",
					      "NEGOTIATE_UNIX_FD\r\n" };
	static const u8 len[] = { 5, 5, 7, 19 };
	int i;

	for (i = 0; i < ARRAY_SIZE(client) && s == &conn->in; i++) {
		if (n >= len[i] && !memcmp(p, client[i], len[i]))
			return true;
	}
	return false;
}

/* Look through octets for the next message; @first: a read begins with them. */
static bool find(struct dbus_bus *bus, struct dbus_conn *conn,
		 struct dbus_stream *s, struct moved *o, bool first)
{
	u32 at, end;
	u8 *p;

	p = kmalloc(WINDOW, GFP_OBSERVE);
	if (!p)
		return false;
	end = peek(o, p, min_t(u32, o->n, WINDOW));
	if (first && is_handshake(conn, s, p, end)) {
		s->state = STREAM_HANDSHAKE;
		s->spoke = p[0];
		at = 0;
		goto out;
	}
	for (at = 0; at < end; at++) {
		if (!found_at(p, end, at, first))
			continue;
		s->state = STREAM_MESSAGES;
		break;
	}
	/* a message may lie across the window's end */
	if (at == end && end == WINDOW && o->n > WINDOW)
		at = WINDOW / 2;
	pass(o, at);
out:
	kfree(p);
	return at || s->state != STREAM_LOST;
}

/* --- octets ------------------------------------------------------------------ */

static void look(struct dbus_bus *bus, struct dbus_conn *conn,
		 struct dbus_stream *s, struct iov_iter *iter, u32 n)
{
	bool first = true, more = true;
	struct moved o;

	/* @ahead is filled as far as it is used */
	o.iter = iter;
	o.n = n;
	o.at = 0;
	o.ahead_len = 0;
	while (more && o.n && s->state != STREAM_OTHER) {
		if (s->state == STREAM_MESSAGES)
			messages(bus, conn, s, &o);
		else if (s->state == STREAM_HANDSHAKE)
			more = handshake(bus, conn, s, &o);
		else
			more = find(bus, conn, s, &o, first);
		first = false;
		cond_resched();
	}
}

/**
 * dbus_stream_octets() - octets were moved
 * @conn: whose
 * @s: by which side
 * @bus: its bus
 * @iter: where they are; is used up
 * @n: how many
 * @fds: descriptors that went with them
 *
 * Never waits for another thread.
 * Context: process, may sleep
 */
void dbus_stream_octets(struct dbus_conn *conn, struct dbus_stream *s,
			struct dbus_bus *bus, struct iov_iter *iter, u32 n,
			u32 fds)
{
	u32 missed;

	if (test_and_set_bit_lock(0, &s->busy)) {
		/* by two threads at once: nobody can tell their order */
		WRITE_ONCE(s->missed, MISSED_UNSEEN);
		return;
	}
	atomic64_add(n, &bus->observer->octets);
	missed = xchg(&s->missed, MISSED_NOTHING);
	if (missed && s->state != STREAM_OTHER) {
		drop_msg(bus, s);
		s->fds = 0;
		s->state = STREAM_LOST;
		if (missed == MISSED_UNSEEN)
			dbus_record_loss(bus, conn, s, DBUSMON_REASON_NONE);
	}
	s->fds += fds;
	look(bus, conn, s, iter, n);
	clear_bit_unlock(0, &s->busy);
}
