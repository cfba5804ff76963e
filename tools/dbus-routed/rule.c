// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/rule.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum value { VALUE_ANY, VALUE_BOOLEAN, VALUE_TYPE, VALUE_NUMBER };

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
	{ "min_fds", TOPIC_MESSAGE, VALUE_NUMBER },
	{ "max_fds", TOPIC_MESSAGE, VALUE_NUMBER },
	{ "own", TOPIC_OWN, VALUE_ANY },
	{ "own_prefix", TOPIC_OWN_PREFIX, VALUE_ANY },
	{ "user", TOPIC_USER, VALUE_ANY },
	{ "group", TOPIC_GROUP, VALUE_ANY },
	{ "log", TOPIC_NONE, VALUE_BOOLEAN },
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
	case VALUE_NUMBER:
		return is_number(value);
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

static enum rule_kind read_user(struct connect_rule *r, const char *name)
{
	const struct passwd *pw;

	r->subject = CONNECT_USER;
	if (!strcmp(name, "*")) {
		r->subject = CONNECT_ANYBODY;
		return RULE_CONNECT;
	}
	pw = getpwnam(name);
	if (pw)
		r->id = pw->pw_uid;
	else if (is_number(name))
		r->id = strtoul(name, NULL, 10);
	else
		return RULE_UNKNOWN_ID;
	return RULE_CONNECT;
}

static enum rule_kind read_group(struct connect_rule *r, const char *name)
{
	const struct group *gr;

	r->subject = CONNECT_GROUP;
	if (!strcmp(name, "*")) {
		r->subject = CONNECT_ANYBODY;
		return RULE_CONNECT;
	}
	gr = getgrnam(name);
	if (gr)
		r->id = gr->gr_gid;
	else if (is_number(name))
		r->id = strtoul(name, NULL, 10);
	else
		return RULE_UNKNOWN_ID;
	return RULE_CONNECT;
}

enum rule_kind rule_read(struct connect_rule *r, const char *element,
			 const char **attributes, char **why)
{
	const struct attribute *a;
	unsigned int topics = 0;
	const char **p;

	if (!*attributes)
		return bad(why, "Element <%s> must have one or more attributes",
			   element);
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
	if (check_topics(element, attributes, topics, why) == RULE_BAD)
		return RULE_BAD;

	*r = (struct connect_rule){ .allow = !strcmp(element, "allow") };
	if (topics & TOPIC_USER)
		return read_user(r, get(attributes, "user"));
	if (topics & TOPIC_GROUP)
		return read_group(r, get(attributes, "group"));
	return RULE_OTHER;
}
