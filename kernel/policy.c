// SPDX-License-Identifier: GPL-2.0
/*
 * Policy: who may own which name, and who may send what to whom.
 *
 * A peer has the rules of all sets whose subject it is. Peers that have the
 * same sets share a view of the policy: these rules, indexed by the name and the
 * interface that they are about, so that a message costs a few searches however
 * many rules there are.
 */
#include <linux/cred.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "bus.h"
#include "bus_message.h"
#include "event.h"
#include "limit.h"
#include "message.h"
#include "name.h"
#include "peer.h"
#include "policy.h"
#include "txn.h"

#define OCTETS_MAX	(8u << 20)	/* of all rules of a policy */
#define SETS_MAX	1024		/* users and groups, mostly */

/**
 * struct index_entry - a rule in an index
 * @hash: of the name and the interface that it is filed under
 * @rule: the rule
 */
struct index_entry {
	u32 hash;
	const struct dbus_policy_rule *rule;
};

/**
 * struct index - the rules of one kind that a peer has
 * @entries: by hash, and among equals the highest number first
 * @n: how many
 * @named: some are about a name; likewise the next two
 * @prefixed: ... and all names below it
 * @unique: ... that is a unique one
 * @interfaced: some are filed under an interface
 * @done: has a rule that makes all with lower numbers void
 * @first: the rule with the highest number, if it is about every message
 */
struct index {
	struct index_entry *entries;
	u32 n;
	const struct dbus_policy_rule *first;
	bool named;
	bool prefixed;
	bool unique;
	bool interfaced;
	bool done;
};

/**
 * struct dbus_policy_view - what a policy means for peers that have the same sets
 * @node: in &dbus_policy.views
 * @of: rules by enum dbus_rule_kind
 * @sets: bit for each set of the policy
 */
struct dbus_policy_view {
	struct list_head node;
	struct index of[3];
	unsigned long sets[];
};

/* --- the index ------------------------------------------------------------------ */

static u32 key(struct wire_str name, struct wire_str interface, bool prefix)
{
	u32 hash = prefix;

	if (name.s)
		hash = jhash(name.s, name.len, hash + 2);
	if (interface.s)
		hash = jhash(interface.s, interface.len, hash);
	return hash;
}

/*
 * An allow needs the message to have its interface; a deny is about messages
 * without any, too, and so can't be filed under it.
 */
static struct wire_str filed_interface(const struct dbus_policy_rule *rule)
{
	if (rule->flags & DBUS_RULE_F_ALLOW)
		return rule->interface;
	return (struct wire_str){};
}

static int by_key(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->rule->number > y->rule->number ? -1 : 1;
}

/*
 * dbus-daemon drops whatever stands before a rule of this kind, as it looks only
 * at these attributes: what else such a rule says does not bring the others back.
 */
static bool is_about_all(const struct dbus_policy_rule *rule)
{
	return !rule->type && !rule->name.s && !rule->interface.s &&
	       !rule->member.s && !rule->error.s && !rule->path.s;
}

/* Does it allow whatever may come, by fits()? So do the rules of most sessions. */
static bool is_for_all(const struct dbus_policy_rule *rule)
{
	const u32 free = DBUS_RULE_F_ALLOW | DBUS_RULE_F_EAVESDROP;
	const u32 bound = DBUS_RULE_F_UNICAST | DBUS_RULE_F_BROADCAST;

	return is_about_all(rule) && (rule->flags & free) == free &&
	       !(rule->flags & bound) && !rule->min_fds &&
	       rule->max_fds == U32_MAX;
}

/* Of a peer's rules, by falling number. */
static void file(struct index *index, const struct dbus_policy_rule *rule)
{
	bool prefix = rule->flags & DBUS_RULE_F_PREFIX;
	struct wire_str interface = filed_interface(rule);

	if (index->done)
		return;
	if (!index->n && is_for_all(rule))
		index->first = rule;
	index->entries[index->n++] = (struct index_entry){
		key(rule->name, interface, prefix), rule
	};
	index->named |= !!rule->name.s;
	index->prefixed |= prefix;
	index->unique |= rule->name.s && rule->name.s[0] == ':';
	index->interfaced |= !!interface.s;
	index->done = is_about_all(rule);
}

/**
 * struct search - a message is held against one index
 * @index: the index
 * @pass: the message
 * @receive: the index is the receiver's
 * @best: the best rule so far
 */
struct search {
	const struct index *index;
	const struct dbus_pass *pass;
	bool receive;
	const struct dbus_policy_rule *best;
};

/* A rule's value against a message's, which may be absent: that fits. */
static bool differs(struct wire_str rule, struct wire_str msg)
{
	return rule.s && msg.s && !wire_str_eq(rule, msg);
}

static bool fits_reply(const struct search *s,
		       const struct dbus_policy_rule *rule)
{
	bool always = rule->flags & DBUS_RULE_F_REQUESTED;

	if (!s->pass->msg->wire.reply_serial)
		return true;
	if (!(rule->flags & DBUS_RULE_F_ALLOW))
		return always || !s->pass->requested;
	return s->pass->requested || !always ||
	       (rule->flags & DBUS_RULE_F_EAVESDROP);
}

static bool fits_eavesdropping(const struct search *s,
			       const struct dbus_policy_rule *rule)
{
	bool allow = rule->flags & DBUS_RULE_F_ALLOW;
	bool eavesdrop = rule->flags & DBUS_RULE_F_EAVESDROP;

	if (!s->receive)
		return true;
	return s->pass->eavesdrops ? !allow || eavesdrop : allow || !eavesdrop;
}

static bool fits_broadcast(const struct wire_msg *m, u32 flags)
{
	bool broadcast = m->type == WIRE_SIGNAL && !m->destination.s;

	return !(flags & (broadcast ? DBUS_RULE_F_UNICAST :
				      DBUS_RULE_F_BROADCAST));
}

/* Does all fit but the name? */
static bool fits(const struct search *s, const struct dbus_policy_rule *rule)
{
	const struct wire_msg *m = &s->pass->msg->wire;
	unsigned int n_fds = dbus_msg_n_fds(s->pass->msg);

	if (rule->type && rule->type != m->type)
		return false;
	if (rule->interface.s && !m->interface.s &&
	    (rule->flags & DBUS_RULE_F_ALLOW))
		return false;
	return !differs(rule->interface, m->interface) &&
	       !differs(rule->member, m->member) &&
	       !differs(rule->path, m->path) &&
	       !differs(rule->error, m->error_name) &&
	       fits_broadcast(m, rule->flags) &&
	       n_fds >= rule->min_fds && n_fds <= rule->max_fds &&
	       fits_eavesdropping(s, rule) && fits_reply(s, rule);
}

/* First entry with that hash, or the one behind where it would be. */
static u32 lower_bound(const struct index *index, u32 hash)
{
	u32 low = 0, high = index->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (index->entries[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void look(struct search *s, struct wire_str name,
		 struct wire_str interface, bool prefix)
{
	u32 hash = key(name, interface, prefix);
	const struct index *index = s->index;
	const struct dbus_policy_rule *rule;
	u32 i;

	for (i = lower_bound(index, hash);
	     i < index->n && index->entries[i].hash == hash; i++) {
		rule = index->entries[i].rule;
		if (s->best && rule->number < s->best->number)
			return;
		/* not another name with the same hash */
		if (!rule->name.s != !name.s ||
		    (name.s && !wire_str_eq(rule->name, name)) ||
		    !(rule->flags & DBUS_RULE_F_PREFIX) != !prefix)
			continue;
		if (fits(s, rule)) {
			s->best = rule;
			return;
		}
	}
}

static void look_both(struct search *s, struct wire_str name, bool prefix)
{
	struct wire_str interface = s->pass->msg->wire.interface;

	look(s, name, (struct wire_str){}, prefix);
	if (s->index->interfaced && interface.s)
		look(s, name, interface, prefix);
}

/* The other end has this name: look for the rules about it. */
static void look_name(struct search *s, struct wire_str name)
{
	u32 i;

	look_both(s, name, false);
	if (!s->index->prefixed)
		return;
	look_both(s, name, true);
	for (i = name.len; i-- > 1;) {
		if (name.s[i] == '.')
			look_both(s, (struct wire_str){ name.s, i }, true);
	}
}

/* All names of the other end: those that it waits for count, too. */
static void look_peer(struct search *s, const struct dbus_peer *peer)
{
	struct dbus_owner *o;

	list_for_each_entry(o, &peer->names, of_peer)
		look_name(s, (struct wire_str){ o->name->name, o->name->len });
	if (!s->receive && s->pass->coming.s)
		look_name(s, s->pass->coming);
	if (s->index->unique || s->index->prefixed)
		look_name(s, dbus_peer_name(peer));
}

static const struct dbus_policy_rule *find(const struct index *index,
					   const struct dbus_pass *pass,
					   bool receive)
{
	struct search s = { .index = index, .pass = pass, .receive = receive };
	const struct wire_msg *m = &pass->msg->wire;
	struct dbus_peer *other = receive ? pass->from : pass->to;
	struct wire_str name = receive ? m->sender : m->destination;

	look_both(&s, (struct wire_str){}, false);
	if (index->named && other)
		look_peer(&s, other);
	else if (index->named && name.s)
		look_name(&s, name);
	return s.best;
}

/* The rule that decides; NULL: there is none. */
static const struct dbus_policy_rule *decide(const struct index *index,
					     const struct dbus_pass *pass,
					     bool receive)
{
	return index->first ?: find(index, pass, receive);
}

static bool allows(const struct dbus_policy_rule *rule)
{
	return rule && (rule->flags & DBUS_RULE_F_ALLOW);
}

/* --- questions -------------------------------------------------------------------- */

/* Whose policy counts: not the bus's, nor that of who isn't on it yet. */
static struct dbus_policy_view *view_of(const struct dbus_peer *peer)
{
	if (!peer || !dbus_peer_is(peer, PEER_HELLO))
		return NULL;
	return peer->view;
}

/**
 * struct party - who is at one end of a message, for a person to read
 * @uid: user, as the bus sees it
 * @pid: process, as the bus sees it
 * @comm: its name, with nothing that could break a line or UTF-8
 */
struct party {
	u32 uid;
	int pid;
	char comm[DBUSMON_COMM_LEN + 1];
};

static void introduce(struct party *who, struct dbus_bus *bus,
		      const struct dbus_peer *peer)
{
	int i;

	*who = (struct party){};
	if (!peer)
		peer = bus->driver;
	if (!peer)
		return;
	who->uid = from_kuid_munged(bus->user_ns, peer->cred->euid);
	who->pid = pid_nr_ns(peer->pid, bus->pid_ns);
	for (i = 0; i < DBUSMON_COMM_LEN && peer->comm[i]; i++)
		who->comm[i] = peer->comm[i] < ' ' || peer->comm[i] > '~' ?
			       '?' : peer->comm[i];
}

static const char *type_name(u8 type)
{
	static const char *const name[] = {
		"invalid", "method_call", "method_return", "error", "signal"
	};

	return type < ARRAY_SIZE(name) ? name[type] : name[0];
}

#define UNSET	"(unset)"

static int text_len(struct wire_str s)
{
	return s.s ? s.len : strlen(UNSET);
}

static const char *text(struct wire_str s)
{
	return s.s ?: UNSET;
}

static const char *label_of(const struct dbus_policy_rule *rule)
{
	return rule ? rule->label.s : "no rule allows it";
}

/* Tell @to that its message @msg is refused; without @txn, tell the log. */
static __printf(5, 6)
void tell(struct dbus_bus *bus, struct dbus_txn *txn, struct dbus_peer *to,
	  const struct dbus_msg *msg, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	if (txn)
		dbus_answer_error(txn, to, msg, DBUS_ERROR("AccessDenied"),
				  "%pV", &vaf);
	else
		dbus_event_log(bus, "%pV", &vaf);
	va_end(args);
}

/* What dbus-daemon tells, and the rule. */
static noinline_for_stack void tell_pass(struct dbus_txn *txn,
					 const struct dbus_pass *pass,
					 const char *what)
{
	const struct wire_msg *m = &pass->msg->wire;
	struct party from, to;

	introduce(&from, pass->bus, pass->from);
	introduce(&to, pass->bus, pass->to);
	tell(pass->bus, txn, pass->from, pass->msg,
	     "%s %s message, rule %u (%s); type=\"%s\", sender=\"%.*s\" (uid=%u pid=%d comm=\"%s\") interface=\"%.*s\" member=\"%.*s\" error name=\"%.*s\" requested_reply=\"%d\" destination=\"%.*s\" (uid=%u pid=%d comm=\"%s\")",
	     what, pass->receive ? "receive" : "send",
	     dbus_policy_number(pass->rule), label_of(pass->rule),
	     type_name(m->type), text_len(m->sender), text(m->sender), from.uid,
	     from.pid, from.comm, text_len(m->interface), text(m->interface),
	     text_len(m->member), text(m->member), text_len(m->error_name),
	     text(m->error_name), pass->requested, text_len(m->destination),
	     text(m->destination), to.uid, to.pid, to.comm);
}

/**
 * dbus_policy_passes() - may a message pass?
 * @pass: the message; filled in is what has decided
 *
 * Without a policy everything may. What the bus itself sends and gets is the
 * receiver's and the sender's policy alone to allow.
 */
bool dbus_policy_passes(struct dbus_pass *pass)
{
	const struct dbus_policy_view *sender = view_of(pass->from);
	const struct dbus_policy_view *receiver = view_of(pass->to);
	const struct dbus_policy_rule *rule;

	lockdep_assert_held(&pass->bus->lock);
	if (sender) {
		rule = decide(&sender->of[DBUS_RULE_SEND], pass, false);
		pass->receive = false;
		pass->rule = rule;
		if (!allows(rule))
			return false;
		if (rule->flags & DBUS_RULE_F_LOG)
			tell_pass(NULL, pass, "Would reject");
	}
	if (receiver) {
		pass->receive = true;
		pass->rule = decide(&receiver->of[DBUS_RULE_RECEIVE], pass,
				    true);
		if (!allows(pass->rule))
			return false;
	}
	return true;
}

/**
 * dbus_policy_log() - tell the log what the policy has refused
 * @pass: the message, refused by dbus_policy_passes()
 */
void dbus_policy_log(const struct dbus_pass *pass)
{
	tell_pass(NULL, pass, "Rejected");
}

/**
 * dbus_policy_refuse() - tell a sender what the policy has refused
 * @txn: the transaction, its bus locked
 * @pass: the message, refused by dbus_policy_passes()
 */
void dbus_policy_refuse(struct dbus_txn *txn, struct dbus_pass *pass)
{
	tell_pass(txn, pass, "Rejected");
}

/**
 * dbus_policy_tell_monitors() - somebody does not get a message that others may
 * @txn: the transaction, its bus locked
 * @pass: the message, refused by dbus_policy_passes()
 *
 * Its sender, which may be the bus itself, does not hear of it; monitors see the
 * error that it would be.
 */
void dbus_policy_tell_monitors(struct dbus_txn *txn, struct dbus_pass *pass)
{
	if (list_empty(&txn->bus->monitors))
		return;
	txn->aside = true;
	tell_pass(txn, pass, "Rejected");
	txn->aside = false;
}

static void tell_own(struct dbus_txn *txn, struct dbus_peer *peer,
		     const struct dbus_msg *call, struct wire_str name,
		     const struct dbus_policy_rule *rule)
{
	struct wire_str self = dbus_peer_name(peer);

	tell(peer->bus, txn, peer, call,
	     "Connection \"%.*s\" is not allowed to own the service \"%.*s\" due to rule %u of the policy (%s)",
	     (int)self.len, self.s, (int)name.len, name.s,
	     dbus_policy_number(rule), label_of(rule));
}

/**
 * dbus_policy_refuse_own() - tell a peer and the log that a name is not for it
 * @txn: the transaction, its bus locked
 * @peer: who asked
 * @call: by which call
 * @name: for which name
 * @rule: from dbus_policy_may_own()
 */
void dbus_policy_refuse_own(struct dbus_txn *txn, struct dbus_peer *peer,
			    const struct dbus_msg *call, struct wire_str name,
			    const struct dbus_policy_rule *rule)
{
	tell_own(txn, peer, call, name, rule);
	if (!dbus_txn_short(txn))
		tell_own(NULL, peer, call, name, rule);
}

static bool is_below(struct wire_str name, struct wire_str prefix)
{
	return name.len >= prefix.len &&
	       !memcmp(name.s, prefix.s, prefix.len) &&
	       (name.len == prefix.len || name.s[prefix.len] == '.');
}

/**
 * dbus_policy_may_own() - may a peer own a name?
 * @peer: the peer, its bus locked
 * @name: a well-known name
 * @rule: the rule that has decided; NULL if there is none
 */
bool dbus_policy_may_own(struct dbus_peer *peer, struct wire_str name,
			 const struct dbus_policy_rule **rule)
{
	const struct dbus_policy_view *view = view_of(peer);
	struct search s = {};
	u32 i;

	lockdep_assert_held(&peer->bus->lock);
	*rule = NULL;
	if (!view)
		return true;
	s.index = &view->of[DBUS_RULE_OWN];
	for (i = 0; i < s.index->n; i++) {
		const struct dbus_policy_rule *r = s.index->entries[i].rule;
		bool prefix = r->flags & DBUS_RULE_F_PREFIX;

		if (s.best && r->number < s.best->number)
			continue;
		if (!r->name.s || (prefix ? is_below(name, r->name)
					  : wire_str_eq(name, r->name)))
			s.best = r;
	}
	*rule = s.best;
	return allows(s.best);
}

/* --- views -------------------------------------------------------------------------- */

static bool has_group(const struct cred *cred, kgid_t gid)
{
	const struct group_info *groups = cred->group_info;
	int i;

	if (gid_eq(cred->egid, gid))
		return true;
	for (i = 0; i < groups->ngroups; i++) {
		if (gid_eq(groups->gid[i], gid))
			return true;
	}
	return false;
}

static bool has_set(const struct dbus_peer *peer,
		    const struct dbus_policy_set *set)
{
	switch (set->subject) {
	case DBUS_SUBJECT_USER:
		return uid_eq(peer->cred->euid, set->uid);
	case DBUS_SUBJECT_GROUP:
		return has_group(peer->cred, set->gid);
	case DBUS_SUBJECT_CONSOLE:
		return dbus_peer_is(peer, PEER_CONSOLE);
	case DBUS_SUBJECT_NO_CONSOLE:
		return !dbus_peer_is(peer, PEER_CONSOLE);
	default:
		return true;
	}
}

static bool is_view_of(const struct dbus_policy *policy,
		       const struct dbus_policy_view *view,
		       const struct dbus_peer *peer)
{
	u32 i;

	for (i = 0; i < policy->n_sets; i++) {
		if (has_set(peer, &policy->sets[i]) != test_bit(i, view->sets))
			return false;
	}
	return true;
}

static struct dbus_policy_view *find_view(const struct dbus_policy *policy,
					  const struct dbus_peer *peer)
{
	struct dbus_policy_view *view;

	list_for_each_entry(view, &policy->views, node) {
		if (is_view_of(policy, view, peer))
			return view;
	}
	return NULL;
}

static void free_view(struct dbus_policy_view *view)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(view->of); i++)
		kvfree(view->of[i].entries);
	kfree(view);
}

static struct dbus_policy_view *build_view(const struct dbus_policy *policy,
					   const struct dbus_peer *peer)
{
	struct dbus_policy_view *view;
	const struct dbus_policy_rule *rule;
	u32 n[3] = {};
	u32 i;

	view = kzalloc(struct_size(view, sets, BITS_TO_LONGS(policy->n_sets)),
		       GFP_KERNEL_ACCOUNT);
	if (!view)
		return NULL;
	for (i = 0; i < policy->n_sets; i++) {
		if (has_set(peer, &policy->sets[i]))
			__set_bit(i, view->sets);
	}
	for (i = 0; i < policy->n_rules; i++)
		n[policy->rules[i]->kind] +=
			test_bit(policy->rules[i]->set, view->sets);
	for (i = 0; i < ARRAY_SIZE(n); i++) {
		view->of[i].entries = kvmalloc_array(n[i] + 1,
						     sizeof(struct index_entry),
						     GFP_KERNEL_ACCOUNT);
		if (!view->of[i].entries) {
			free_view(view);
			return NULL;
		}
	}
	for (i = policy->n_rules; i--;) {
		rule = policy->rules[i];
		if (test_bit(rule->set, view->sets))
			file(&view->of[rule->kind], rule);
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(n); i++)
		sort(view->of[i].entries, view->of[i].n,
		     sizeof(struct index_entry), by_key, NULL);
	return view;
}

/**
 * dbus_policy_view() - what the policy in force means for a peer
 * @peer: the peer, its bus locked
 * Return: the view; NULL if there is no policy; ERR_PTR(-EAGAIN) if
 *	dbus_policy_view_new() must be called first
 */
struct dbus_policy_view *dbus_policy_view(struct dbus_peer *peer)
{
	struct dbus_bus *bus = peer->bus;
	struct dbus_policy_view *view;

	lockdep_assert_held(&bus->lock);
	if (!bus->policy || dbus_peer_is(peer, PEER_DRIVER))
		return NULL;
	view = find_view(bus->policy, peer);
	return view ?: ERR_PTR(-EAGAIN);
}

/**
 * dbus_policy_view_new() - see to it that there is a view for a peer
 * @peer: the peer, not in any table yet
 * Return: 0 or -ENOMEM
 *
 * Context: may sleep
 */
int dbus_policy_view_new(struct dbus_peer *peer)
{
	struct dbus_bus *bus = peer->bus;
	struct dbus_policy_view *view;
	int err = 0;

	mutex_lock(&bus->policy_mutex);
	/* views are only added, and only with the mutex held */
	if (bus->policy && !find_view(bus->policy, peer)) {
		view = build_view(bus->policy, peer);
		if (view) {
			spin_lock(&bus->lock);
			list_add(&view->node, &bus->policy->views);
			spin_unlock(&bus->lock);
		} else {
			err = -ENOMEM;
		}
	}
	mutex_unlock(&bus->policy_mutex);
	return err;
}

/* --- loading ------------------------------------------------------------------------ */

/**
 * dbus_policy_new() - begin a policy
 * Return: the policy, without rules, or NULL
 */
struct dbus_policy *dbus_policy_new(void)
{
	struct dbus_policy *policy = kzalloc(sizeof(*policy),
					     GFP_KERNEL_ACCOUNT);

	if (policy) {
		INIT_LIST_HEAD(&policy->views);
		memcpy(policy->limits, dbus_limit_standard,
		       sizeof(policy->limits));
	}
	return policy;
}

/**
 * dbus_policy_free() - free a policy
 * @policy: in force nowhere; may be NULL
 */
void dbus_policy_free(struct dbus_policy *policy)
{
	struct dbus_policy_view *view, *next;
	u32 i;

	if (!policy)
		return;
	list_for_each_entry_safe(view, next, &policy->views, node)
		free_view(view);
	for (i = 0; i < policy->n_rules; i++)
		kvfree(policy->rules[i]);
	kvfree(policy->rules);
	kvfree(policy->sets);
	kfree(policy);
}

/* Room for one more element of an array. */
static int grow(void **array, u32 n, u32 *max, size_t size)
{
	u32 room = *max ? *max * 2 : 16;
	void *bigger;

	if (n < *max)
		return 0;
	bigger = kvmalloc_array(room, size, GFP_KERNEL_ACCOUNT);
	if (!bigger)
		return -ENOMEM;
	if (n)
		memcpy(bigger, *array, n * size);
	kvfree(*array);
	*array = bigger;
	*max = room;
	return 0;
}

static int find_set(struct dbus_policy *policy, u32 subject, u32 id)
{
	struct dbus_policy_set *set;
	u32 i;
	int err;

	for (i = 0; i < policy->n_sets; i++) {
		set = &policy->sets[i];
		if (set->subject == subject && set->id == id)
			return i;
	}
	if (policy->n_sets == SETS_MAX)
		return -E2BIG;
	err = grow((void **)&policy->sets, policy->n_sets, &policy->max_sets,
		   sizeof(*set));
	if (err)
		return err;
	set = &policy->sets[policy->n_sets];
	*set = (struct dbus_policy_set){ .subject = subject, .id = id };
	if (subject == DBUS_SUBJECT_USER)
		set->uid = make_kuid(current_user_ns(), id);
	if (subject == DBUS_SUBJECT_GROUP)
		set->gid = make_kgid(current_user_ns(), id);
	return policy->n_sets++;
}

/**
 * dbus_policy_add() - add a rule to a policy
 * @policy: not in force yet
 * @rule: the rule, the policy's if this succeeds
 * @octets: that it takes
 * @subject: enum dbus_rule_subject
 * @id: user or group, as the current process sees it; or 0
 * Return: 0; -EINVAL if the rule's number is not above all others; -E2BIG;
 *	-ENOMEM
 */
int dbus_policy_add(struct dbus_policy *policy, struct dbus_policy_rule *rule,
		    size_t octets, u32 subject, u32 id)
{
	int set, err;

	if (policy->n_rules &&
	    rule->number <= policy->rules[policy->n_rules - 1]->number)
		return -EINVAL;
	if (policy->n_rules >= DBUS_POLICY_RULES_MAX ||
	    policy->octets + octets > OCTETS_MAX)
		return -E2BIG;
	set = find_set(policy, subject, id);
	if (set < 0)
		return set;
	err = grow((void **)&policy->rules, policy->n_rules,
		   &policy->max_rules, sizeof(rule));
	if (err)
		return err;
	rule->set = set;
	policy->octets += octets;
	policy->rules[policy->n_rules++] = rule;
	return 0;
}

/* A peer that there is no view for yet, with a reference; or NULL. */
static struct dbus_peer *next_without(struct dbus_bus *bus,
				      struct dbus_policy *policy)
{
	struct dbus_peer *peer;
	unsigned long id;

	xa_for_each(&bus->peers, id, peer) {
		if (!dbus_peer_is(peer, PEER_DRIVER) &&
		    !find_view(policy, peer))
			return dbus_peer_get(peer);
	}
	return NULL;
}

static void switch_to(struct dbus_bus *bus, struct dbus_policy *policy)
{
	struct dbus_peer *peer;
	unsigned long id;
	int i;

	for (i = 0; i < ARRAY_SIZE(bus->limits); i++)
		WRITE_ONCE(bus->limits[i], policy->limits[i]);
	xa_for_each(&bus->peers, id, peer) {
		if (!dbus_peer_is(peer, PEER_DRIVER))
			peer->view = find_view(policy, peer);
	}
	policy->generation = ++bus->generation;
	bus->policy = policy;
	dbus_bus_changed(bus);
}

/**
 * dbus_policy_enforce() - put a policy into force with its limits, for all at once
 * @bus: the bus, its policy_mutex held
 * @policy: the bus's if this succeeds
 * Return: 0, or -ENOMEM with the old policy in force
 *
 * Views for those who are there are built before. Whoever comes meanwhile is
 * seen to in another turn.
 */
int dbus_policy_enforce(struct dbus_bus *bus, struct dbus_policy *policy)
{
	struct dbus_policy_view *view;
	struct dbus_policy *old;
	struct dbus_peer *peer;

	lockdep_assert_held(&bus->policy_mutex);
	for (;;) {
		spin_lock(&bus->lock);
		peer = next_without(bus, policy);
		if (!peer)
			break;
		spin_unlock(&bus->lock);
		view = build_view(policy, peer);
		dbus_peer_put(peer);
		if (!view)
			return -ENOMEM;
		list_add(&view->node, &policy->views);
	}
	old = bus->policy;
	switch_to(bus, policy);
	spin_unlock(&bus->lock);
	dbus_policy_free(old);
	return 0;
}
