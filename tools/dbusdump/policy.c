// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/match.h"

#include "tally.h"

/*
 * A denial is kept as the rule that would allow it, under the name of the user
 * who needs it: denials that one rule allows are one. @data of an item says
 * which messages they were.
 */
struct policy {
	struct tally rules;
	struct out rule;
};

struct policy *policy_create(void)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	out_init(&p->rule, -1);
	p->rule.hold = true;
	return p;
}

static void put_xml(struct out *o, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		/* two hyphens would end a comment */
		if (strchr("<>&\"'", s[i]) || (unsigned char)s[i] < ' ' ||
		    (s[i] == '-' && i && s[i - 1] == '-'))
			out_printf(o, "&#%u;", (unsigned char)s[i]);
		else
			out_char(o, s[i]);
	}
}

static void put_attr(struct out *o, const char *name, struct wire_str s)
{
	if (!s.s)
		return;
	out_printf(o, " %s=\"", name);
	put_xml(o, s.s, s.len);
	out_char(o, '"');
}

/* the name that a policy would call the addressee by */
static struct wire_str lasting_name(const struct bus *bus, struct wire_str who)
{
	const struct peer *p = who.s && is_unique(who) ?
				       names_peer(&bus->names, who) : NULL;
	struct wire_str none = { NULL, 0 };

	if (!who.s || !is_unique(who))
		return who;
	if (!p || !p->names)
		return none;
	return (struct wire_str){ p->names->text, p->names->len };
}

static void put_user(struct out *o, uint32_t uid)
{
	const struct passwd *pw = uid == ~0u ? NULL : getpwuid(uid);

	if (uid == ~0u)
		out_str(o, "  <policy context=\"default\">\n");
	else if (pw)
		out_printf(o, "  <policy user=\"%s\">\n", pw->pw_name);
	else
		out_printf(o, "  <policy user=\"%u\">\n", uid);
}

static bool is_own(const struct wire_msg *m)
{
	return m->type == WIRE_METHOD_CALL &&
	       wire_str_is(m->member, "RequestName") &&
	       wire_str_is(m->destination, DRIVER_NAME);
}

/* The narrowest rule, then in comments wider ones. */
static void put_send(struct out *o, const struct bus *bus,
		     const struct wire_msg *m)
{
	struct wire_str to = lasting_name(bus, m->destination);
	const char *type = record_type_name(m->type);

	out_str(o, "    <allow");
	put_attr(o, "send_destination", to);
	put_attr(o, "send_path", m->path);
	put_attr(o, "send_interface", m->interface);
	put_attr(o, "send_member", m->member);
	put_attr(o, "send_error", m->error_name);
	if (type)
		out_printf(o, " send_type=\"%s\"", type);
	out_str(o, "/>\n");
	if (!to.s)
		return;
	if (m->interface.s) {
		out_str(o, "    <!-- wider: <allow");
		put_attr(o, "send_destination", to);
		put_attr(o, "send_interface", m->interface);
		out_str(o, "/> -->\n");
	}
	out_str(o, "    <!-- widest: <allow");
	put_attr(o, "send_destination", to);
	out_str(o, "/> -->\n");
}

static void put_own(struct out *o, struct wire_str name)
{
	out_str(o, "    <allow");
	put_attr(o, "own", name);
	out_str(o, "/>\n");
}

static void keep(struct policy *p, const struct sight *s, const char *who,
		 size_t who_len)
{
	const struct tap_header *t = &s->rec->tap;
	struct tally_item *i = tally_get(&p->rules, p->rule.buf, p->rule.len);
	struct out why;

	i->count++;
	if (i->data)
		return;
	out_init(&why, -1);
	why.hold = true;
	put_xml(&why, who, who_len);
	if (s->rec->has_tap && t->comm.len) {
		out_str(&why, " [");
		out_text(&why, t->comm.s, t->comm.len, '-', 0);
		out_printf(&why, " %u]", t->pid);
	}
	if (s->rec->has_tap && t->rule)
		out_printf(&why, ", denied by rule %u", t->rule);
	out_char(&why, '\0');
	i->data = strdup(why.buf);
	out_free(&why);
}

/* the tap's own word for it */
static void add_denied(struct policy *p, const struct sight *s)
{
	const struct record *rec = s->rec;
	struct wire_args args;

	p->rule.len = 0;
	put_user(&p->rule, rec->tap.pid ? rec->tap.uid : ~0u);
	if (is_own(&rec->m)) {
		wire_args_get(&args, &rec->m);
		if (!args.n || args.arg[0].type != 's')
			return;
		put_own(&p->rule, args.arg[0].str);
	} else {
		put_send(&p->rule, s->bus, &rec->m);
	}
	keep(p, s, rec->m.sender.s ?: "-", rec->m.sender.len ?: 1);
}

/* without a tap: the bus answered so */
static void add_answer(struct policy *p, const struct sight *s)
{
	const struct call *call = s->call;
	const struct peer *caller = names_peer(&s->bus->names, call->caller);
	struct wire_msg m = {
		.type = WIRE_METHOD_CALL,
		.destination = call->destination,
		.path = call->path,
		.interface = call->interface,
		.member = call->member,
	};

	p->rule.len = 0;
	put_user(&p->rule, caller ? caller->uid : ~0u);
	if (call->ask == CALL_ASK_REQUEST)
		put_own(&p->rule, call->asked);
	else
		put_send(&p->rule, s->bus, &m);
	keep(p, s, call->caller.s, call->caller.len);
}

void policy_add(struct policy *p, const struct sight *s)
{
	const struct record *rec = s->rec;

	if (rec->what != RECORD_MESSAGE || !record_has_header(rec))
		return;
	if (rec->has_tap && rec->tap.verdict == DBUSMON_DENIED &&
	    rec->tap.reason == DBUSMON_REASON_POLICY)
		add_denied(p, s);
	else if (s->call && rec->m.type == WIRE_ERROR &&
		 (!rec->has_tap || s->call->ask == CALL_ASK_REQUEST) &&
		 wire_str_is(rec->m.error_name, DRIVER_NAME
			     ".Error.AccessDenied") &&
		 wire_str_is(rec->m.sender, DRIVER_NAME))
		add_answer(p, s);
}

void policy_print(struct policy *p, struct out *o)
{
	struct tally_item **list;
	size_t n, i;

	list = tally_sorted(&p->rules, &n);
	out_str(o, "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus "
		"Configuration 1.0//EN\"\n \"http://www.freedesktop.org/"
		"standards/dbus/1.0/busconfig.dtd\">\n<busconfig>\n");
	if (!n)
		out_str(o, "  <!-- nothing was denied -->\n");
	for (i = 0; i < n; i++) {
		out_printf(o, "  <!-- %llu time%s: %s -->\n",
			   (unsigned long long)list[i]->count,
			   list[i]->count == 1 ? "" : "s",
			   (const char *)list[i]->data);
		out_mem(o, list[i]->name, list[i]->len);
		out_str(o, "  </policy>\n");
	}
	out_str(o, "</busconfig>\n");
	free(list);
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	tally_free(&p->rules);
	out_free(&p->rule);
	free(p);
}
