// SPDX-License-Identifier: GPL-2.0
/*
 * A policy comes in by generic netlink, in parts: DBUS_CMD_POLICY_NEW.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "bus.h"
#include "limit.h"
#include "netlink.h"
#include "policy.h"
#include "policy_load.h"

#define TEXT_MAX	1024	/* octets of a path, or of where a rule stands */

#define TEXT(max)	{ .type = NLA_NUL_STRING, .len = (max) }

static const struct nla_policy rule_policy[DBUS_RULE_MAX + 1] = {
	[DBUS_RULE_NUMBER] = NLA_POLICY_MIN(NLA_U32, 1),
	[DBUS_RULE_SUBJECT] = NLA_POLICY_MAX(NLA_U32, DBUS_SUBJECT_MANDATORY),
	[DBUS_RULE_ID] = { .type = NLA_U32 },
	[DBUS_RULE_KIND] = NLA_POLICY_MAX(NLA_U32, DBUS_RULE_RECEIVE),
	[DBUS_RULE_FLAGS] = NLA_POLICY_MAX(NLA_U32, 2 * DBUS_RULE_F_LOG - 1),
	[DBUS_RULE_TYPE] = NLA_POLICY_RANGE(NLA_U32, WIRE_METHOD_CALL,
					    WIRE_SIGNAL),
	[DBUS_RULE_NAME] = TEXT(TEXT_MAX),
	[DBUS_RULE_INTERFACE] = TEXT(TEXT_MAX),
	[DBUS_RULE_MEMBER] = TEXT(TEXT_MAX),
	[DBUS_RULE_ERROR] = TEXT(TEXT_MAX),
	[DBUS_RULE_PATH] = TEXT(TEXT_MAX),
	[DBUS_RULE_MIN_FDS] = { .type = NLA_U32 },
	[DBUS_RULE_MAX_FDS] = { .type = NLA_U32 },
	[DBUS_RULE_LABEL] = TEXT(TEXT_MAX),
};

static int refuse(struct netlink_ext_ack *extack, struct nlattr *attr, int err,
		  const char *why)
{
	NL_SET_BAD_ATTR(extack, attr);
	return dbus_refuse(extack, err, why);
}

static u32 number(struct nlattr *attr, u32 standard)
{
	return attr ? nla_get_u32(attr) : standard;
}

static size_t text_len(struct nlattr *attr)
{
	return attr ? nla_len(attr) : 0;
}

/* Copy a string behind the others; its NUL comes with it. */
static struct wire_str take(char **to, struct nlattr *attr)
{
	struct wire_str s = {};

	if (attr) {
		s.s = *to;
		s.len = strnlen(nla_data(attr), nla_len(attr));
		memcpy(*to, nla_data(attr), s.len);
		(*to)[s.len] = '\0';
		*to += s.len + 1;
	}
	return s;
}

/* It becomes part of error texts, which are UTF-8, and of lines. */
static void make_plain(struct wire_str label)
{
	char *c = (char *)label.s;

	for (; c && *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

static size_t rule_octets(struct nlattr **a)
{
	struct dbus_policy_rule *rule;

	/* where there is no label there is an empty one: see take() */
	return struct_size(rule, text, 6 + text_len(a[DBUS_RULE_NAME]) +
			   text_len(a[DBUS_RULE_INTERFACE]) +
			   text_len(a[DBUS_RULE_MEMBER]) +
			   text_len(a[DBUS_RULE_ERROR]) +
			   text_len(a[DBUS_RULE_PATH]) +
			   text_len(a[DBUS_RULE_LABEL]));
}

static struct dbus_policy_rule *make_rule(struct nlattr **a, size_t octets)
{
	struct dbus_policy_rule *r = kvzalloc(octets, GFP_KERNEL_ACCOUNT);
	char *to;

	if (!r)
		return NULL;
	to = r->text;
	r->number = nla_get_u32(a[DBUS_RULE_NUMBER]);
	r->kind = nla_get_u32(a[DBUS_RULE_KIND]);
	r->flags = number(a[DBUS_RULE_FLAGS], 0);
	r->type = number(a[DBUS_RULE_TYPE], 0);
	r->min_fds = number(a[DBUS_RULE_MIN_FDS], 0);
	r->max_fds = number(a[DBUS_RULE_MAX_FDS], U32_MAX);
	r->name = take(&to, a[DBUS_RULE_NAME]);
	r->interface = take(&to, a[DBUS_RULE_INTERFACE]);
	r->member = take(&to, a[DBUS_RULE_MEMBER]);
	r->error = take(&to, a[DBUS_RULE_ERROR]);
	r->path = take(&to, a[DBUS_RULE_PATH]);
	r->label = take(&to, a[DBUS_RULE_LABEL]);
	if (!r->label.s)
		r->label = (struct wire_str){ to, 0 };
	make_plain(r->label);
	return r;
}

static int load_rule(struct dbus_policy *policy, struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *a[DBUS_RULE_MAX + 1];
	struct dbus_policy_rule *rule;
	size_t octets;
	int err;

	err = nla_parse_nested(a, DBUS_RULE_MAX, nest, rule_policy, extack);
	if (err)
		return err;
	if (!a[DBUS_RULE_NUMBER] || !a[DBUS_RULE_KIND])
		return refuse(extack, nest, -EINVAL,
			      "a rule needs a number and a kind");
	if (number(a[DBUS_RULE_FLAGS], 0) & DBUS_RULE_F_PREFIX &&
	    !a[DBUS_RULE_NAME])
		return refuse(extack, nest, -EINVAL,
			      "a prefix rule needs a name");
	octets = rule_octets(a);
	rule = make_rule(a, octets);
	if (!rule)
		return -ENOMEM;
	err = dbus_policy_add(policy, rule, octets,
			      number(a[DBUS_RULE_SUBJECT],
				     DBUS_SUBJECT_ANYBODY),
			      number(a[DBUS_RULE_ID], 0));
	if (err)
		kvfree(rule);
	if (err == -EINVAL)
		refuse(extack, nest, err,
		       "numbers of rules must be unique and ascending");
	else if (err == -E2BIG)
		refuse(extack, nest, err, "too many rules");
	return err;
}

static int begin(struct dbus_bus *bus, struct genl_info *info)
{
	if (!info->attrs[DBUS_A_FIRST]) {
		if (bus->next_policy)
			return 0;
		GENL_SET_ERR_MSG(info, "no policy has been begun");
		return -EINVAL;
	}
	dbus_policy_free(bus->next_policy);
	bus->next_policy = dbus_policy_new();
	return bus->next_policy ? 0 : -ENOMEM;
}

static int load_rules(struct dbus_bus *bus, struct genl_info *info)
{
	struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr,
			    GENL_HDRLEN + dbus_genl_family.hdrsize, rem) {
		if (nla_type(attr) != DBUS_A_RULE)
			continue;
		err = load_rule(bus->next_policy, attr, info->extack);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static const struct nla_policy limit_policy[DBUS_LIMIT_MAX + 1] = {
	[DBUS_LIMIT_MESSAGE_SIZE ... DBUS_LIMIT_MAX] = { .type = NLA_U32 },
};

static int load_limits(struct dbus_policy *policy, struct genl_info *info)
{
	struct nlattr *a[DBUS_LIMIT_MAX + 1];
	int i, err;

	if (!info->attrs[DBUS_A_LIMITS])
		return 0;
	err = nla_parse_nested(a, DBUS_LIMIT_MAX, info->attrs[DBUS_A_LIMITS],
			       limit_policy, info->extack);
	for (i = 1; !err && i <= DBUS_LIMIT_MAX; i++) {
		if (a[i])
			policy->limits[i] = min(nla_get_u32(a[i]),
						dbus_limit_most[i]);
	}
	return err;
}

static int enforce(struct dbus_bus *bus, struct genl_info *info)
{
	int err = dbus_policy_enforce(bus, bus->next_policy);

	if (err)
		return err;
	bus->next_policy = NULL;
	spin_lock(&bus->lock);
	bus->log_port = info->snd_portid;
	spin_unlock(&bus->lock);
	return 0;
}

/**
 * dbus_policy_load() - carry out DBUS_CMD_POLICY_NEW
 * @bus: the bus
 * @info: the request
 * Return: 0, or a negative errno with what was loaded so far forgotten, and the
 *	policy in force untouched
 */
int dbus_policy_load(struct dbus_bus *bus, struct genl_info *info)
{
	int err;

	mutex_lock(&bus->policy_mutex);
	err = begin(bus, info);
	if (!err)
		err = load_rules(bus, info);
	if (!err)
		err = load_limits(bus->next_policy, info);
	if (!err && info->attrs[DBUS_A_LAST])
		err = enforce(bus, info);
	if (err) {
		dbus_policy_free(bus->next_policy);
		bus->next_policy = NULL;
	}
	mutex_unlock(&bus->policy_mutex);
	return err;
}
