// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/rule.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/dbus.h>

#define FDS_MAX		33554432	/* a quarter of the largest message */
#define FDS_DIGITS	8

/* What a rule is about. Several of those can't stand in one rule. */
enum topic {
	TOPIC_SEND = 1 << 0,
	TOPIC_RECEIVE = 1 << 1,
	TOPIC_OWN = 1 << 2,
	TOPIC_OWN_PREFIX = 1 << 3,
	TOPIC_USER = 1 << 4,
	TOPIC_GROUP = 1 << 5,
	TOPIC_MESSAGE = 1 << 6,		/* sent or received */
	TOPIC_NONE = 0,
};

enum value { VALUE_ANY, VALUE_BOOLEAN, VALUE_TYPE, VALUE_FDS };

static const struct attribute {
	const char *name;
	enum topic topic;
	enum value value;
} known[] = {
	{ "send_interface", TOPIC_SEND, VALUE_ANY },
	{ "send_member", TOPIC_SEND, VALUE_ANY },
	{ "send_error", TOPIC_SEND, VALUE_ANY },
	{ "send_broadcast", TOPIC_SEND, VALUE_BOOLEAN },
	{ "send_destination", TOPIC_SEND, VALUE_ANY },
	{ "send_destination_prefix", TOPIC_SEND, VALUE_ANY },
	{ "send_path", TOPIC_SEND, VALUE_ANY },
	{ "send_type", TOPIC_SEND, VALUE_TYPE },
	{ "send_requested_reply", TOPIC_SEND, VALUE_BOOLEAN },
	{ "receive_interface", TOPIC_RECEIVE, VALUE_ANY },
	{ "receive_member", TOPIC_RECEIVE, VALUE_ANY },
	{ "receive_error", TOPIC_RECEIVE, VALUE_ANY },
	{ "receive_sender", TOPIC_RECEIVE, VALUE_ANY },
	{ "receive_path", TOPIC_RECEIVE, VALUE_ANY },
	{ "receive_type", TOPIC_RECEIVE, VALUE_TYPE },
	{ "receive_requested_reply", TOPIC_RECEIVE, VALUE_BOOLEAN },
	{ "eavesdrop", TOPIC_MESSAGE, VALUE_BOOLEAN },
	{ "min_fds", TOPIC_MESSAGE, VALUE_FDS },
	{ "max_fds", TOPIC_MESSAGE, VALUE_FDS },
	{ "own", TOPIC_OWN, VALUE_ANY },
	{ "own_prefix", TOPIC_OWN_PREFIX, VALUE_ANY },
	{ "user", TOPIC_USER, VALUE_ANY },
	{ "group", TOPIC_GROUP, VALUE_ANY },
	{ "log", TOPIC_NONE, VALUE_ANY },
};

static enum rule_kind __attribute__((format(printf, 2, 3)))
bad(char **why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(why, format, args) < 0)
		*why = NULL;
	va_end(args);
	return RULE_BAD;
}

static const char *get(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(*attributes, name))
			return attributes[1];
	return NULL;
}

static const struct attribute *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name))
			return &known[i];
	return NULL;
}

static bool one_of(const char *value, const char *const *values)
{
	for (; *values; values++)
		if (!strcmp(value, *values))
			return true;
	return false;
}

static bool is_number(const char *value)
{
	return *value && strspn(value, "0123456789") == strlen(value);
}

static bool is_fds(const char *value)
{
	return is_number(value) && strlen(value) <= FDS_DIGITS &&
	       strtoul(value, NULL, 10) <= FDS_MAX;
}

static bool value_fits(const struct attribute *a, const char *value)
{
	static const char *const booleans[] = { "true", "false", NULL };
	static const char *const types[] = {
		"method_call", "method_return", "signal", "error", "*", NULL
	};

	switch (a->value) {
	case VALUE_BOOLEAN:
		return one_of(value, booleans);
	case VALUE_TYPE:
		return one_of(value, types);
	case VALUE_FDS:
		return is_fds(value);
	default:
		return true;
	}
}

/* Is there more than one bit? */
static bool several(unsigned int topics)
{
	return topics & (topics - 1);
}

static bool member_alone(const char **attributes, const char *direction)
{
	char member[32], interface[32], path[32];

	snprintf(member, sizeof(member), "%s_member", direction);
	snprintf(interface, sizeof(interface), "%s_interface", direction);
	snprintf(path, sizeof(path), "%s_path", direction);
	return get(attributes, member) && !get(attributes, interface) &&
	       !get(attributes, path);
}

static bool error_and_name(const char **attributes, const char *direction)
{
	char error[32], member[32], interface[32];

	snprintf(error, sizeof(error), "%s_error", direction);
	snprintf(member, sizeof(member), "%s_member", direction);
	snprintf(interface, sizeof(interface), "%s_interface", direction);
	return get(attributes, error) &&
	       (get(attributes, member) || get(attributes, interface));
}

static enum rule_kind check_topics(const char *element, const char **attributes,
				   unsigned int topics, char **why)
{
	const char *destination = get(attributes, "send_destination");
	const char *broadcast = get(attributes, "send_broadcast");
	unsigned int message = TOPIC_SEND | TOPIC_RECEIVE | TOPIC_MESSAGE;

	if ((topics & TOPIC_SEND) && (topics & TOPIC_RECEIVE))
		return bad(why, "Invalid combination of attributes on element "
			   "<%s>: send and receive attributes cannot be "
			   "combined", element);
	if (several(topics & ~message) ||
	    ((topics & message) && (topics & ~message)))
		return bad(why, "Invalid combination of attributes on element "
			   "<%s>: own, own_prefix, user, group and the "
			   "message-related attributes cannot be combined",
			   element);
	if (error_and_name(attributes, "send") ||
	    error_and_name(attributes, "receive"))
		return bad(why, "Invalid combination of attributes on element "
			   "<%s>: the name of an error cannot be combined with "
			   "interface or member", element);
	if (get(attributes, "send_destination_prefix") && destination)
		return bad(why, "Invalid combination of attributes on element "
			   "<%s>: send_destination and send_destination_prefix "
			   "cannot be combined", element);
	if (member_alone(attributes, "send") ||
	    member_alone(attributes, "receive"))
		return bad(why, "On element <%s>, if you specify a member you "
			   "must specify an interface or a path. Keep in mind "
			   "that not all messages have an interface field.",
			   element);
	if (broadcast && destination && !strcmp(broadcast, "true") &&
	    strcmp(destination, "*") != 0)
		return bad(why, "Rule with send_broadcast=\"true\" and "
			   "send_destination=\"%s\" cannot match anything",
			   destination);
	return RULE_OTHER;
}

/* --- Who may connect ------------------------------------------------------ */

bool rule_user(const char *name, uint32_t *uid)
{
	const struct passwd *pw = getpwnam(name);

	if (!pw && !is_number(name))
		return false;
	*uid = pw ? pw->pw_uid : strtoul(name, NULL, 10);
	return true;
}

bool rule_group(const char *name, uint32_t *gid)
{
	const struct group *gr = getgrnam(name);

	if (!gr && !is_number(name))
		return false;
	*gid = gr ? gr->gr_gid : strtoul(name, NULL, 10);
	return true;
}

static enum rule_kind read_connect(struct connect_rule *r, const char *name,
				   enum connect_subject subject,
				   bool (*find_id)(const char *name,
						   uint32_t *id))
{
	r->subject = subject;
	if (!strcmp(name, "*"))
		r->subject = CONNECT_ANYBODY;
	else if (!find_id(name, &r->id))
		return RULE_UNKNOWN_ID;
	return RULE_CONNECT;
}

/* --- Messages and names --------------------------------------------------- */

static bool is_true(const char *value, bool standard)
{
	return value ? !strcmp(value, "true") : standard;
}

/* Value of an attribute whose name begins with @direction, NULL for any. */
static const char *get_directed(const char **attributes, const char *direction,
				const char *name)
{
	const char *value;
	char full[32];

	snprintf(full, sizeof(full), "%s_%s", direction, name);
	value = get(attributes, full);
	return value && strcmp(value, "*") != 0 ? value : NULL;
}

static bool copy(char **to, const char *text)
{
	*to = text ? strdup(text) : NULL;
	return !text || *to;
}

static uint32_t read_type(const char *type)
{
	static const char *const types[] = {
		"", "method_call", "method_return", "error", "signal"
	};
	uint32_t i;

	for (i = 1; type && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(type, types[i]))
			return i;
	return 0;
}

static uint32_t broadcast_flag(const char *broadcast)
{
	if (!broadcast)
		return 0;
	return is_true(broadcast, false) ? DBUS_RULE_F_BROADCAST :
					   DBUS_RULE_F_UNICAST;
}

/* Without a word about them, allow is about replies waited for, deny not. */
static void read_flags(struct rule *r, const char **attributes,
		       const char *direction, bool allow)
{
	const char *requested = get_directed(attributes, direction,
					     "requested_reply");

	if (is_true(requested, allow))
		r->flags |= DBUS_RULE_F_REQUESTED;
	if (is_true(get(attributes, "eavesdrop"), false))
		r->flags |= DBUS_RULE_F_EAVESDROP;
	if (r->kind == DBUS_RULE_SEND && is_true(get(attributes, "log"), false))
		r->flags |= DBUS_RULE_F_LOG;
	r->flags |= broadcast_flag(get(attributes, "send_broadcast"));
}

static bool read_message(struct rule *r, const char **attributes,
			 const char *direction, bool allow)
{
	const char *min = get(attributes, "min_fds");
	const char *max = get(attributes, "max_fds");
	const char *prefix = get(attributes, "send_destination_prefix");
	const char *name;

	r->kind = !strcmp(direction, "send") ? DBUS_RULE_SEND
					     : DBUS_RULE_RECEIVE;
	read_flags(r, attributes, direction, allow);
	name = get_directed(attributes, direction, r->kind == DBUS_RULE_SEND ?
			    "destination" : "sender");
	if (prefix) {
		r->flags |= DBUS_RULE_F_PREFIX;
		name = prefix;
	}
	r->type = read_type(get_directed(attributes, direction, "type"));
	r->min_fds = min ? strtoul(min, NULL, 10) : 0;
	r->max_fds = max ? strtoul(max, NULL, 10) : UINT32_MAX;
	return copy(&r->name, name) &&
	       copy(&r->interface,
		    get_directed(attributes, direction, "interface")) &&
	       copy(&r->member,
		    get_directed(attributes, direction, "member")) &&
	       copy(&r->error, get_directed(attributes, direction, "error")) &&
	       copy(&r->path, get_directed(attributes, direction, "path"));
}

static bool read_own(struct rule *r, const char **attributes)
{
	const char *prefix = get(attributes, "own_prefix");
	const char *own = get(attributes, "own");

	r->kind = DBUS_RULE_OWN;
	r->max_fds = UINT32_MAX;
	if (prefix)
		r->flags |= DBUS_RULE_F_PREFIX;
	if (own && !strcmp(own, "*"))
		own = NULL;
	return copy(&r->name, prefix ? prefix : own);
}

void rule_deinit(struct rule *rule)
{
	free(rule->name);
	free(rule->interface);
	free(rule->member);
	free(rule->error);
	free(rule->path);
	free(rule->label);
	*rule = (struct rule){};
}

static enum rule_kind read_other(struct rule *r, const char **attributes,
				 unsigned int topics, bool allow, char **why)
{
	bool ok;

	*r = (struct rule){ .flags = allow ? DBUS_RULE_F_ALLOW : 0 };
	if (topics & (TOPIC_OWN | TOPIC_OWN_PREFIX))
		ok = read_own(r, attributes);
	else
		ok = read_message(r, attributes,
				  topics & TOPIC_SEND ? "send" : "receive",
				  allow);
	if (ok)
		return RULE_OTHER;
	rule_deinit(r);
	*why = NULL;
	return RULE_BAD;
}

enum rule_kind rule_read(struct connect_rule *r, struct rule *other,
			 const char *element, const char **attributes,
			 char **why)
{
	bool allow = !strcmp(element, "allow");
	const struct attribute *a;
	unsigned int topics = 0;
	const char **p;

	for (p = attributes; *p; p += 2) {
		a = find(p[0]);
		if (!a)
			return bad(why, "Attribute \"%s\" is invalid on <%s> "
				   "element in this context", p[0], element);
		if (!value_fits(a, p[1]))
			return bad(why, "Bad value \"%s\" for %s attribute",
				   p[1], p[0]);
		topics |= a->topic;
	}
	/* alone, it is about receiving */
	if (!(topics & TOPIC_SEND) && get(attributes, "eavesdrop"))
		topics |= TOPIC_RECEIVE;
	if (!(topics & ~TOPIC_MESSAGE))
		return bad(why, "Element <%s> must have one or more attributes",
			   element);
	if (check_topics(element, attributes, topics, why) == RULE_BAD)
		return RULE_BAD;

	*r = (struct connect_rule){ .allow = allow };
	if (topics & TOPIC_USER)
		return read_connect(r, get(attributes, "user"), CONNECT_USER,
				    rule_user);
	if (topics & TOPIC_GROUP)
		return read_connect(r, get(attributes, "group"), CONNECT_GROUP,
				    rule_group);
	return read_other(other, attributes, topics, allow, why);
}
