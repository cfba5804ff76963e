// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbus-routed/dict.h"
#include "tools/dbus-routed/driver.h"
#include "tools/dbus-routed/kernel.h"

static DBusMessage *complete(DBusMessage *reply, bool ok)
{
	if (ok || !reply)
		return reply;
	dbus_message_unref(reply);
	return NULL;
}

static DBusMessage *failed(struct driver *d, DBusMessage *call)
{
	return dbus_message_new_error(call, DBUS_ERROR_FAILED, d->kernel->why);
}

DBusMessage *stats_of_bus(struct driver *d, DBusMessage *call)
{
	DBusMessageIter iter, dict;
	struct bus_stats s;
	DBusMessage *reply;

	if (kernel_bus_stats(d->kernel, d->bus, &s))
		return failed(d, call);
	reply = dbus_message_new_method_return(call);
	return complete(reply, reply && dict_open(reply, &iter, &dict) &&
			dict_u32(&dict, "Serial", d->stats_serial++) &&
			dict_u32(&dict, "ActiveConnections", s.peers) &&
			dict_u32(&dict, "IncompleteConnections",
				 d->incomplete ? d->incomplete(d->ctx) : 0) &&
			dict_u32(&dict, "MatchRules", s.matches) &&
			dict_u32(&dict, "BusNames", s.names) &&
			dict_u32(&dict, "PendingReplies", s.replies) &&
			dict_u32(&dict, "OutgoingBytes", s.queued_bytes) &&
			dict_close(&iter, &dict));
}

DBusMessage *stats_of_peer(struct driver *d, DBusMessage *call, uint64_t id)
{
	DBusMessageIter iter, dict;
	struct peer_stats s;
	DBusMessage *reply;
	char name[32];

	if (kernel_peer_stats(d->kernel, d->bus, id, &s))
		return failed(d, call);
	snprintf(name, sizeof(name), ":1.%" PRIu64, id);
	reply = dbus_message_new_method_return(call);
	return complete(reply, reply && dict_open(reply, &iter, &dict) &&
			dict_u32(&dict, "Serial", d->stats_serial++) &&
			dict_u32(&dict, "MatchRules", s.matches) &&
			dict_u32(&dict, "BusNames", s.names) &&
			dict_string(&dict, "UniqueName", name) &&
			dict_u32(&dict, "PendingReplies", s.replies) &&
			/* what has come is routed at once */
			dict_u32(&dict, "IncomingMessages", 0) &&
			dict_u32(&dict, "IncomingBytes", 0) &&
			dict_u32(&dict, "OutgoingMessages",
				 s.queued_messages) &&
			dict_u32(&dict, "OutgoingBytes", s.queued_bytes) &&
			dict_close(&iter, &dict));
}

/* --- Match rules -------------------------------------------------------------- */

/**
 * struct rules - an a{sas} in the making
 * @dict: of it
 * @entry: of the peer whose rules are being added
 * @array: its rules
 * @peer: that peer
 * @open: there is one
 * @ok: there has been memory
 */
struct rules {
	DBusMessageIter dict;
	DBusMessageIter entry;
	DBusMessageIter array;
	uint64_t peer;
	bool open;
	bool ok;
};

static void close_peer(struct rules *r)
{
	if (r->ok && r->open)
		r->ok = dbus_message_iter_close_container(&r->entry,
							  &r->array) &&
			dbus_message_iter_close_container(&r->dict, &r->entry);
	r->open = false;
}

static void open_peer(struct rules *r, uint64_t peer)
{
	char name[32];
	const char *text = name;

	close_peer(r);
	snprintf(name, sizeof(name), ":1.%" PRIu64, peer);
	r->ok = r->ok &&
		dbus_message_iter_open_container(&r->dict, DBUS_TYPE_DICT_ENTRY,
						 NULL, &r->entry) &&
		dbus_message_iter_append_basic(&r->entry, DBUS_TYPE_STRING,
					       &text) &&
		dbus_message_iter_open_container(&r->entry, DBUS_TYPE_ARRAY,
						 "s", &r->array);
	r->peer = peer;
	r->open = true;
}

/* The kernel tells them peer by peer. */
static void take_rule(void *ctx, uint64_t peer, const char *rule,
		      uint32_t count)
{
	struct rules *r = ctx;

	if (!r->open || r->peer != peer)
		open_peer(r, peer);
	while (r->ok && count--)
		r->ok = dbus_message_iter_append_basic(&r->array,
						       DBUS_TYPE_STRING, &rule);
}

DBusMessage *stats_match_rules(struct driver *d, DBusMessage *call)
{
	DBusMessage *reply = dbus_message_new_method_return(call);
	struct rules r = { .ok = reply };
	DBusMessageIter iter;

	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &iter);
	r.ok = dbus_message_iter_open_container(&iter, DBUS_TYPE_ARRAY,
						"{sas}", &r.dict);
	if (kernel_match_rules(d->kernel, d->bus, take_rule, &r)) {
		dbus_message_unref(reply);
		return failed(d, call);
	}
	close_peer(&r);
	return complete(reply, r.ok &&
			dbus_message_iter_close_container(&iter, &r.dict));
}
