// SPDX-License-Identifier: GPL-2.0-or-later
/* Policy: show the rules by their numbers; load others. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/filter.h"
#include "tools/dbusctl/output.h"
#include "tools/dbusctl/policy_load.h"

/**
 * struct rule - a rule of a bus's policy
 * @bus: number of the bus
 * @number: of the rule, and its priority
 * @subject: enum dbus_rule_subject
 * @id: user or group that is the subject
 * @flags: DBUS_RULE_F_*
 * @text: the rule as it would stand in a configuration
 * @where: where it does stand
 */
struct rule {
	uint32_t bus;
	uint32_t number;
	uint32_t subject;
	uint32_t id;
	uint32_t flags;
	char *text;
	char *where;
};

struct rule_list {
	struct rule *v;
	size_t n;
};

/* --- a rule as text ------------------------------------------------------------ */

struct rule_attrs {
	const struct nlattr *a[DBUS_RULE_MAX + 1];
};

static int collect(const struct nlattr *attr, void *data)
{
	struct rule_attrs *attrs = data;
	unsigned int type = mnl_attr_get_type(attr);
	bool text = type == DBUS_RULE_LABEL || (type >= DBUS_RULE_NAME &&
						type <= DBUS_RULE_PATH);

	if (type <= DBUS_RULE_MAX &&
	    mnl_attr_validate(attr, text ? MNL_TYPE_NUL_STRING : MNL_TYPE_U32) >= 0)
		attrs->a[type] = attr;
	return MNL_CB_OK;
}

static uint32_t number(const struct rule_attrs *t, enum dbus_rule_attr type)
{
	return t->a[type] ? mnl_attr_get_u32(t->a[type]) : 0;
}

/* In XML the characters that mean something else; others are the output's. */
static void put_value(FILE *f, const char *key, const char *value)
{
	fprintf(f, " %s=\"", key);
	for (; *value; value++) {
		switch (*value) {
		case '"':
			fputs("&quot;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		default:
			putc(*value, f);
		}
	}
	putc('"', f);
}

static void put_directed(FILE *f, const char *direction, const char *name,
			 const char *value)
{
	char key[64];

	snprintf(key, sizeof(key), "%s_%s", direction, name);
	put_value(f, key, value);
}

static void put_text(FILE *f, const struct rule_attrs *t, const char *direction,
		     const char *name, enum dbus_rule_attr type)
{
	if (t->a[type])
		put_directed(f, direction, name, mnl_attr_get_str(t->a[type]));
}

static void put_own(FILE *f, const struct rule_attrs *t, uint32_t flags)
{
	const struct nlattr *name = t->a[DBUS_RULE_NAME];

	put_value(f, flags & DBUS_RULE_F_PREFIX ? "own_prefix" : "own",
		  name ? mnl_attr_get_str(name) : "*");
}

static void put_fds(FILE *f, const struct rule_attrs *t)
{
	if (number(t, DBUS_RULE_MIN_FDS))
		fprintf(f, " min_fds=\"%u\"", number(t, DBUS_RULE_MIN_FDS));
	if (t->a[DBUS_RULE_MAX_FDS])
		fprintf(f, " max_fds=\"%u\"", number(t, DBUS_RULE_MAX_FDS));
}

/* What a rule has that says nothing about it is not shown. */
static void put_flags(FILE *f, const char *direction, uint32_t flags)
{
	bool allow = flags & DBUS_RULE_F_ALLOW;
	bool requested = flags & DBUS_RULE_F_REQUESTED;

	if (flags & DBUS_RULE_F_BROADCAST)
		put_value(f, "send_broadcast", "true");
	if (flags & DBUS_RULE_F_UNICAST)
		put_value(f, "send_broadcast", "false");
	if (requested != allow)
		put_directed(f, direction, "requested_reply",
			     requested ? "true" : "false");
	if (flags & DBUS_RULE_F_EAVESDROP)
		put_value(f, "eavesdrop", "true");
	if (flags & DBUS_RULE_F_LOG)
		put_value(f, "log", "true");
}

static void put_message(FILE *f, const struct rule_attrs *t, bool send,
			uint32_t flags)
{
	static const char *const types[] = {
		NULL, "method_call", "method_return", "error", "signal"
	};
	const char *direction = send ? "send" : "receive";
	const struct nlattr *name = t->a[DBUS_RULE_NAME];
	uint32_t type = number(t, DBUS_RULE_TYPE);

	if (flags & DBUS_RULE_F_PREFIX)
		put_text(f, t, direction, "destination_prefix", DBUS_RULE_NAME);
	else if (name)
		put_text(f, t, direction, send ? "destination" : "sender",
			 DBUS_RULE_NAME);
	if (type && type < sizeof(types) / sizeof(*types))
		put_directed(f, direction, "type", types[type]);
	put_text(f, t, direction, "interface", DBUS_RULE_INTERFACE);
	put_text(f, t, direction, "member", DBUS_RULE_MEMBER);
	put_text(f, t, direction, "error", DBUS_RULE_ERROR);
	put_text(f, t, direction, "path", DBUS_RULE_PATH);
	put_fds(f, t);
	put_flags(f, direction, flags);
	if (!name && !type && !t->a[DBUS_RULE_INTERFACE] &&
	    !t->a[DBUS_RULE_MEMBER] && !t->a[DBUS_RULE_ERROR] &&
	    !t->a[DBUS_RULE_PATH])
		put_directed(f, direction, send ? "destination" : "sender",
			     "*");
}

static char *rule_text(const struct rule_attrs *t)
{
	uint32_t flags = number(t, DBUS_RULE_FLAGS);
	uint32_t kind = number(t, DBUS_RULE_KIND);
	char *text = NULL, *printable;
	size_t len;
	FILE *f = must_alloc(open_memstream(&text, &len));

	fputs(flags & DBUS_RULE_F_ALLOW ? "<allow" : "<deny", f);
	if (kind == DBUS_RULE_OWN)
		put_own(f, t, flags);
	else
		put_message(f, t, kind == DBUS_RULE_SEND, flags);
	fputs("/>", f);
	fclose(f);
	printable = text_printable(must_alloc(text));
	free(text);
	return printable;
}

/* --- the table ------------------------------------------------------------------ */

static int on_rule(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct rule_list *list = data;
	struct rule_attrs t = { 0 };
	const struct nlattr *label;
	struct rule *rule;

	if (!tb[DBUS_A_RULE] || !tb[DBUS_A_BUS])
		return -EPROTO;
	mnl_attr_parse_nested(tb[DBUS_A_RULE], collect, &t);
	label = t.a[DBUS_RULE_LABEL];
	list->v = must_alloc(reallocarray(list->v, list->n + 1,
					  sizeof(*list->v)));
	rule = &list->v[list->n++];
	*rule = (struct rule){
		.bus = mnl_attr_get_u32(tb[DBUS_A_BUS]),
		.number = number(&t, DBUS_RULE_NUMBER),
		.subject = number(&t, DBUS_RULE_SUBJECT),
		.id = number(&t, DBUS_RULE_ID),
		.flags = number(&t, DBUS_RULE_FLAGS),
		.text = rule_text(&t),
		.where = text_printable(label ? mnl_attr_get_str(label) : ""),
	};
	return 0;
}

static int rule_list_read(struct ctl *ctl, struct rule_list *list, uint32_t bus)
{
	return ctl_dump(ctl, DBUS_CMD_POLICY_GET, bus, on_rule, list,
			"the policy");
}

static void rule_list_free(struct rule_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->v[i].text);
		free(list->v[i].where);
	}
	free(list->v);
}

static const char *const subjects[] = {
	[DBUS_SUBJECT_ANYBODY] = "default",
	[DBUS_SUBJECT_USER] = "user",
	[DBUS_SUBJECT_GROUP] = "group",
	[DBUS_SUBJECT_CONSOLE] = "at_console",
	[DBUS_SUBJECT_NO_CONSOLE] = "not at_console",
	[DBUS_SUBJECT_MANDATORY] = "mandatory",
};

static const char *subject_name(const struct rule *rule)
{
	if (rule->subject >= sizeof(subjects) / sizeof(*subjects))
		return "?";
	return subjects[rule->subject];
}

static bool has_id(const struct rule *rule)
{
	return rule->subject == DBUS_SUBJECT_USER ||
	       rule->subject == DBUS_SUBJECT_GROUP;
}

static struct json_object *rule_json(const struct rule *rule,
				     const struct bus_list *buses)
{
	struct json_object *object = must_alloc(json_object_new_object());

	json_put_string(object, "bus", bus_name(buses, rule->bus));
	json_put_u64(object, "bus_id", rule->bus);
	json_put_u64(object, "rule", rule->number);
	json_put_string(object, "subject", subject_name(rule));
	if (has_id(rule))
		json_put_u64(object, "id", rule->id);
	json_put_bool(object, "allow", rule->flags & DBUS_RULE_F_ALLOW);
	json_put_string(object, "text", rule->text);
	json_put_string(object, "where", rule->where);
	return object;
}

static void rule_row(struct ctl *ctl, struct table *table,
		     const struct rule *rule, const struct bus_list *buses)
{
	char *user;

	table_row(table);
	table_cell(table, "%s", bus_name(buses, rule->bus));
	table_cell(table, "%u", rule->number);
	if (rule->subject == DBUS_SUBJECT_USER) {
		user = text_user(rule->id, ctl->numeric);
		table_cell(table, "user %s", user);
		free(user);
	} else if (has_id(rule)) {
		table_cell(table, "%s %u", subject_name(rule), rule->id);
	} else {
		table_cell(table, "%s", subject_name(rule));
	}
	table_cell(table, "%s", rule->where);
	table_cell(table, "%s", rule->text);
}

static void rule_list_print(struct ctl *ctl, const struct rule_list *rules,
			    const struct filter *filter,
			    const struct bus_list *buses)
{
	static const char *const titles[] = { "BUS", ">RULE", "FOR", "WHERE",
					      "TEXT", NULL };
	struct listing shown;
	size_t i;

	listing_begin(&shown, ctl->json, titles);
	for (i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->v[i];

		if ((filter->keys & FILTER_BUS && filter->bus != rule->bus) ||
		    (filter->keys & FILTER_RULE && filter->rule != rule->number))
			continue;
		if (shown.array)
			json_object_array_add(shown.array, rule_json(rule, buses));
		else
			rule_row(ctl, &shown.table, rule, buses);
	}
	listing_print(&shown, ctl->pretty);
}

/**
 * cmd_policy() - dbusctl policy
 * @ctl: the run
 * @args: what follows
 *
 * Return: exit status.
 */
int cmd_policy(struct ctl *ctl, struct args *args)
{
	const char *command = args_next(args);
	struct rule_list rules = { .v = NULL };
	struct bus_list buses;
	struct filter filter;
	int ret;

	if (args_is(command, "load"))
		return policy_load(ctl, args);
	ret = ctl_only_shows("policy", command);
	if (ret)
		return ret;
	ret = bus_list_read(ctl, &buses);
	if (!ret)
		ret = filter_parse(ctl, &filter, args, FILTER_BUS | FILTER_RULE,
				   FILTER_RULE, &buses);
	if (!ret)
		ret = rule_list_read(ctl, &rules, filter.bus);
	if (!ret)
		rule_list_print(ctl, &rules, &filter, &buses);
	rule_list_free(&rules);
	bus_list_free(&buses);
	return ret;
}
