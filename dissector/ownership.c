// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who owned which well-known name at which frame, and which names a connection
 * owned. Both are kept as changes in their order, and looked up by bisection:
 * on a long capture a name may change hands, and a connection gain and lose
 * names, ever so often.
 */
#include <string.h>

#include <epan/packet.h>
#include <epan/wmem_scopes.h>

#include "dissector/bus.h"
#include "dissector/compat.h"
#include "dissector/ownership.h"

#define SNAPSHOT 64	/* changes of a connection from one snapshot to another */

/* From @frame on, of a name: who; of a connection: see struct peer */
struct change {
	uint32_t frame;
	const char *name;
};

struct history {
	struct change *of;
	uint32_t n;
	uint32_t room;
};

/* Names, in the order in which they came */
struct names {
	const char **name;
	uint32_t n;
	uint32_t room;
};

/**
 * struct peer - a connection
 * @number: in the order of first sight
 * @changes: names that it gained, or lost, if it had them
 * @first: for each change, the first name that was its own afterwards
 * @held: its names now
 * @snapshots: its names before the change 0, 64, 128 and so on
 */
struct peer {
	uint32_t number;
	struct history changes;
	struct names first;
	struct names held;
	struct names *snapshots;
};

static uint32_t n_peers;

/* Room for one more of @size octets each; doubled, so that it is seldom moved */
static void *grow(void *array, uint32_t n, uint32_t *room, size_t size)
{
	if (n < *room)
		return array;
	*room = n ? 2 * n : 1;
	return wmem_realloc(wmem_file_scope(), array, *room * size);
}

static void history_add(struct history *h, const char *name, uint32_t frame)
{
	h->of = grow(h->of, h->n, &h->room, sizeof(*h->of));
	h->of[h->n++] = (struct change){ frame, name };
}

/* How many of the changes there were up to and with @frame */
static uint32_t history_at(const struct history *h, uint32_t frame)
{
	uint32_t lo = 0, hi = h->n, mid;

	/* mostly it is the last that is asked for */
	if (hi && h->of[hi - 1].frame <= frame)
		return hi;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (h->of[mid].frame <= frame)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void names_add(struct names *names, const char *name)
{
	names->name = grow(names->name, names->n, &names->room,
			   sizeof(*names->name));
	names->name[names->n++] = name;
}

/* Gained if it was not there, lost if it was */
static void toggle(const char **name, uint32_t *n, const char *which)
{
	uint32_t i;

	for (i = 0; i < *n; i++) {
		if (name[i] != which)
			continue;
		memmove(name + i, name + i + 1, (--*n - i) * sizeof(*name));
		return;
	}
	name[(*n)++] = which;
}

static struct peer *peer_of(struct bus *bus, const char *unique)
{
	struct peer *peer = wmem_map_lookup(bus->peers, unique);

	if (peer)
		return peer;
	peer = wmem_new0(wmem_file_scope(), struct peer);
	peer->number = n_peers++;
	wmem_map_insert(bus->peers, unique, peer);
	return peer;
}

static void take_snapshot(struct peer *peer)
{
	uint32_t i = peer->changes.n / SNAPSHOT;
	struct names *copy;

	/* as many as there are: it is rare, and moves little */
	peer->snapshots = wmem_realloc(wmem_file_scope(), peer->snapshots,
				       (i + 1) * sizeof(*peer->snapshots));
	copy = &peer->snapshots[i];
	*copy = (struct names){ .n = peer->held.n, .room = peer->held.n };
	if (copy->n)
		copy->name = wmem_memdup(wmem_file_scope(), peer->held.name,
					 copy->n * sizeof(*copy->name));
}

static void peer_change(struct bus *bus, const char *unique, const char *name,
			uint32_t frame)
{
	struct peer *peer = peer_of(bus, unique);
	struct names *held = &peer->held;

	if (peer->changes.n % SNAPSHOT == 0)
		take_snapshot(peer);
	history_add(&peer->changes, name, frame);
	held->name = grow(held->name, held->n, &held->room,
			  sizeof(*held->name));
	toggle(held->name, &held->n, name);
	names_add(&peer->first, held->n ? held->name[0] : NULL);
}

void owner_set(struct bus *bus, const char *name, const char *owner,
	       uint32_t frame)
{
	struct history *h = wmem_map_lookup(bus->names, name);
	const char *before = h && h->n ? h->of[h->n - 1].name : NULL;

	if (*name == ':' || before == owner)
		return;
	if (!h) {
		h = wmem_new0(wmem_file_scope(), struct history);
		wmem_map_insert(bus->names, name, h);
	}
	history_add(h, owner, frame);
	if (before)
		peer_change(bus, before, name, frame);
	if (owner)
		peer_change(bus, owner, name, frame);
}

const char *owner_of(const struct bus *bus, const char *name, uint32_t frame)
{
	const struct history *h = wmem_map_lookup(bus->names, name);
	uint32_t n = h ? history_at(h, frame) : 0;

	return n ? h->of[n - 1].name : NULL;
}

uint32_t owner_told(const struct bus *bus, const char *name)
{
	const struct history *h = wmem_map_lookup(bus->names, name);

	return h ? h->of[h->n - 1].frame : 0;
}

const char *owned_first(const struct bus *bus, const char *unique,
			uint32_t frame)
{
	const struct peer *peer = wmem_map_lookup(bus->peers, unique);
	uint32_t n = peer ? history_at(&peer->changes, frame) : 0;

	return n ? peer->first.name[n - 1] : NULL;
}

const char **owned_all(wmem_allocator_t *scope, const struct bus *bus,
		       const char *unique, uint32_t frame)
{
	const struct peer *peer = wmem_map_lookup(bus->peers, unique);
	uint32_t to = peer ? history_at(&peer->changes, frame) : 0, i, n = 0;
	const struct names *from;
	const char **all;

	if (!to)
		return wmem_new0(scope, const char *);
	/* the changes since the snapshot before, one after the other */
	i = (to - 1) / SNAPSHOT;
	from = &peer->snapshots[i];
	all = wmem_alloc_array(scope, const char *, from->n + SNAPSHOT + 1);
	n = from->n;
	if (n)
		memcpy(all, from->name, n * sizeof(*all));
	for (i *= SNAPSHOT; i < to; i++)
		toggle(all, &n, peer->changes.of[i].name);
	all[n] = NULL;
	return all;
}

uint32_t peer_number(struct bus *bus, const char *unique)
{
	return peer_of(bus, unique)->number;
}

uint32_t peer_count(void)
{
	return n_peers;
}

static void forget_file(void)
{
	n_peers = 0;
}

void ownership_register(void)
{
	register_cleanup_routine(forget_file);
}
