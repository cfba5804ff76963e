// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names, on each bus and at each packet: they change hands. All messages that
 * tell who owns one are listened to; Wireshark resolves an address to the name
 * that its connection owned at that time.
 */
#include <epan/packet.h>
#include <epan/addr_resolv.h>
#include <epan/address_types.h>
#include <epan/to_str.h>
#include <epan/wmem_scopes.h>

#include <linux/dbus.h>

#include "dissector/calls.h"
#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/names.h"
#include "dissector/ownership.h"
#include "dissector/record.h"
#include "wire/iter.h"

#define DRIVER "org.freedesktop.DBus"

/* What an address points to: compared as octets, so no padding */
struct place {
	uint32_t bus;
	char name[];
};

static int dbus_address;
static uint32_t now;

/* How the peers of the packet that is looked at are called in it */
static struct {
	uint32_t bus;
	const char *name;
	const char *label;
} called[2];
static unsigned int n_called;

void names_at(uint32_t frame)
{
	now = frame;
	n_called = 0;
}

bool names_peer(struct bus *bus, const char *name, uint32_t frame,
		uint32_t *number)
{
	if (*name != ':')
		name = owner_of(bus, name, frame);
	if (!name)
		return false;
	*number = peer_number(bus, name);
	return true;
}

/* Strings that a message begins with; those that are not there are NULL. */
static void first_strings(const struct message *msg, const char *s[3])
{
	struct wire_value v;
	struct wire_iter it;
	int i;

	wire_iter_init(&it, &msg->m);
	for (i = 0; i < 3; i++) {
		s[i] = NULL;
		if (wire_next(&it, &v) != WIRE_VALUE || v.type != 's')
			break;
		s[i] = bus_intern(v.str.s, v.str.len);
	}
	for (; i < 3; i++)
		s[i] = NULL;
}

static const char *unique_or_null(const char *s)
{
	return s && *s == ':' ? s : NULL;
}

static const char *destination(const struct message *msg)
{
	if (!msg->m.destination.s)
		return NULL;
	return bus_intern(msg->m.destination.s, msg->m.destination.len);
}

static void learn_signal(const struct message *msg)
{
	const char *to = unique_or_null(destination(msg)), *s[3];
	uint32_t frame = msg->pinfo->num;

	if (!wire_str_is(msg->m.interface, DRIVER))
		return;
	first_strings(msg, s);
	if (!s[0])
		return;
	if (wire_str_is(msg->m.member, "NameOwnerChanged") && s[2])
		owner_set(msg->bus, s[0], unique_or_null(s[2]), frame);
	else if (wire_str_is(msg->m.member, "NameAcquired") && to)
		owner_set(msg->bus, s[0], to, frame);
	else if (wire_str_is(msg->m.member, "NameLost") && to &&
		 owner_of(msg->bus, s[0], frame) == to)
		owner_set(msg->bus, s[0], NULL, frame);
}

/* Values of the replies to RequestName and ReleaseName */
enum {
	PRIMARY_OWNER = 1,
	ALREADY_OWNER = 4,
	RELEASED = 1,
};

static void learn_number(const struct message *msg, const struct call *call)
{
	struct wire_value v;
	struct wire_iter it;

	wire_iter_init(&it, &msg->m);
	if (wire_next(&it, &v) != WIRE_VALUE || v.type != 'u' ||
	    *call->caller != ':')
		return;
	if (!strcmp(call->member, "RequestName") &&
	    (v.u == PRIMARY_OWNER || v.u == ALREADY_OWNER))
		owner_set(msg->bus, call->argument, call->caller,
			  msg->pinfo->num);
	/* it may have waited in the queue, or the next one has it now */
	else if (!strcmp(call->member, "ReleaseName") && v.u == RELEASED &&
		 owner_of(msg->bus, call->argument, msg->pinfo->num) == call->caller)
		owner_set(msg->bus, call->argument, NULL, msg->pinfo->num);
}

/* The first of an array of strings: of the queue of owners, the owner */
static const char *first_of_array(const struct message *msg)
{
	struct wire_value v;
	struct wire_iter it;

	wire_iter_init(&it, &msg->m);
	if (wire_next(&it, &v) != WIRE_OPEN ||
	    wire_next(&it, &v) != WIRE_VALUE || v.type != 's')
		return NULL;
	return bus_intern(v.str.s, v.str.len);
}

/* What the bus itself answers to questions about names */
static void learn_driver_reply(const struct message *msg)
{
	const struct call *call = msg->call;
	const char *owner, *s[3];

	if (!call->argument || !call->member)
		return;
	if (!strcmp(call->member, "GetNameOwner")) {
		first_strings(msg, s);
		owner = unique_or_null(s[0]);
	} else if (!strcmp(call->member, "ListQueuedOwners")) {
		owner = unique_or_null(first_of_array(msg));
	} else {
		learn_number(msg, call);
		return;
	}
	if (owner)
		owner_set(msg->bus, call->argument, owner, msg->pinfo->num);
}

/* Who answers a call to a name owned it, unless something else was told since */
static void learn_reply(const struct message *msg)
{
	const struct call *call = msg->call;
	const char *from;

	if (!msg->m.sender.s || !call->destination)
		return;
	if (wire_str_is(msg->m.sender, DRIVER)) {
		if (msg->m.type == WIRE_METHOD_RETURN)
			learn_driver_reply(msg);
		return;
	}
	from = bus_intern(msg->m.sender.s, msg->m.sender.len);
	if (*from == ':' &&
	    owner_told(msg->bus, call->destination) < call->frame)
		owner_set(msg->bus, call->destination, from, msg->pinfo->num);
}

/* A record says to whom a message went. */
static void learn_record(const struct message *msg)
{
	const struct record *r = msg->record;
	const char *to = destination(msg), *peer;

	if (!to || *to == ':' || !r || r->verdict != DBUSMON_DELIVERED ||
	    r->receiver == DBUSMON_ID_BUS || r->receiver == DBUSMON_ID_NONE)
		return;
	peer = record_peer_name(r->receiver, msg->pinfo->pool);
	owner_set(msg->bus, to, bus_intern(peer, strlen(peer)),
		  msg->pinfo->num);
}

static void number_peer(const struct message *msg, struct wire_str s)
{
	if (s.s && s.len && *s.s == ':')
		peer_number(msg->bus, bus_intern(s.s, s.len));
}

void names_learn(const struct message *msg)
{
	if (PINFO_FD_VISITED(msg->pinfo))
		return;
	number_peer(msg, msg->m.sender);
	number_peer(msg, msg->m.destination);
	if (msg->m.type == WIRE_SIGNAL)
		learn_signal(msg);
	else if (msg->call && msg->m.reply_serial)
		learn_reply(msg);
	else
		learn_record(msg);
}

/* --- The address type ----------------------------------------------------- */

void names_address(wmem_allocator_t *scope, address *addr,
		   const struct bus *bus, const char *name, const char *label)
{
	size_t n = strlen(name) + 1, len = sizeof(struct place) + n;
	struct place *place = wmem_alloc(scope, len);

	place->bus = bus->index;
	memcpy(place->name, name, n);
	set_address(addr, dbus_address, (int)len, place);
	if (label && label != name && n_called < 2) {
		called[n_called].bus = bus->index;
		called[n_called].name = name;
		called[n_called++].label = label;
	}
}

static const char *raw(const address *addr)
{
	const struct place *place = addr->data;

	return addr->len > (int)sizeof(*place) ? place->name : "";
}

const char *names_raw(const address *addr)
{
	const char *name;

	if (addr->type != dbus_address)
		return NULL;
	name = raw(addr);
	return bus_intern(name, strlen(name));
}

static int to_str(const address *addr, char *buf, int buf_len)
{
	size_t len = g_strlcpy(buf, raw(addr), buf_len);

	return MIN((int)len + 1, buf_len);
}

static int str_len(const address *addr)
{
	return (int)strlen(raw(addr)) + 1;
}

static const char *col_filter(const address *addr, ws_boolean is_src)
{
	return is_src ? "dbus.src" : "dbus.dst";
}

/* "-n" turns all of them off. */
static bool resolves(void)
{
	return gbl_resolv_flags.mac_name || gbl_resolv_flags.network_name ||
	       gbl_resolv_flags.transport_name;
}

static const char *resolved(const address *addr)
{
	const struct place *place = addr->data;
	const char *name = raw(addr), *owned;
	const struct bus *bus;
	unsigned int i;

	if (!*name || !resolves())
		return name;
	for (i = 0; i < n_called; i++)
		if (called[i].bus == place->bus &&
		    !strcmp(called[i].name, name))
			return called[i].label;
	bus = bus_at(place->bus);
	if (!bus)
		return name;
	owned = owned_first(bus, bus_intern(name, strlen(name)), now);
	return owned ? owned : name;
}

void names_text(wmem_allocator_t *scope, address *text, const address *addr)
{
	const struct place *place = addr->data;
	const char *name;
	size_t n;
	char *s;

	if (addr->type != dbus_address) {
		copy_address_shallow(text, addr);
		return;
	}
	name = resolved(addr);
	n = strlen(name) + 1;
	s = wmem_alloc(scope, n + sizeof(place->bus));
	memcpy(s, name, n);
	/* behind its end, where it is compared but not shown */
	memcpy(s + n, &place->bus, sizeof(place->bus));
	set_address(text, AT_STRINGZ, (int)(n + sizeof(place->bus)), s);
}

static int resolved_len(void)
{
	return WIRE_NAME_MAX + 1;
}

/* The strings go with the file. */
static void forget_file(void)
{
	n_called = 0;
}

static bool number_of(const address *addr, uint32_t frame, uint32_t *number)
{
	const struct place *place = addr->data;
	struct bus *bus;

	if (addr->type != dbus_address || !*raw(addr))
		return false;
	bus = bus_at(place->bus);
	return bus && names_peer(bus, bus_intern(raw(addr), strlen(raw(addr))),
				 frame, number);
}

bool names_of_packet(const packet_info *pinfo, uint32_t *number)
{
	return number_of(&pinfo->src, pinfo->num, number) ||
	       number_of(&pinfo->dst, pinfo->num, number);
}

void names_register(void)
{
	ownership_register();
	register_cleanup_routine(forget_file);
	dbus_address = address_type_dissector_register("AT_DBUS", "D-Bus name",
						       to_str, str_len, NULL,
						       col_filter, NULL,
						       resolved, resolved_len);
}
