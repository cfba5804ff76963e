/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An <allow> or <deny> of the configuration's policy. */
#ifndef ROUTED_RULE_H
#define ROUTED_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum connect_subject { CONNECT_ANYBODY, CONNECT_USER, CONNECT_GROUP };

/**
 * struct connect_rule - who may connect
 * @allow: or else may not
 * @subject: whom it is about
 * @id: uid or gid
 */
struct connect_rule {
	bool allow;
	enum connect_subject subject;
	uint32_t id;
};

/**
 * struct rule - who may own, send or receive what; NULL and 0: anything
 * @subject: enum dbus_rule_subject; likewise the next fields are those of
 *	enum dbus_rule_attr
 * @id: user or group
 * @label: where it stands
 */
struct rule {
	uint32_t subject;
	uint32_t id;
	uint32_t kind;
	uint32_t flags;
	uint32_t type;
	char *name;
	char *interface;
	char *member;
	char *error;
	char *path;
	uint32_t min_fds;
	uint32_t max_fds;
	char *label;
};

void rule_deinit(struct rule *rule);

enum rule_kind {
	RULE_BAD,		/* the text says why */
	RULE_CONNECT,		/* who may connect */
	RULE_UNKNOWN_ID,	/* the same, for a user or group not there */
	RULE_OTHER,		/* messages and names */
};

/* Number of a user or group by its name, which may be a number. */
bool rule_user(const char *name, uint32_t *uid);
bool rule_group(const char *name, uint32_t *gid);

/**
 * rule_read() - read a rule
 * @r: filled in if it is one of who may connect
 * @other: filled in if it is RULE_OTHER, but for subject and label
 * @element: "allow" or "deny"
 * @attributes: names and values in turn, NULL at the end
 * @why: RULE_BAD: what is wrong with it, allocated (NULL: no memory)
 */
enum rule_kind rule_read(struct connect_rule *r, struct rule *other,
			 const char *element, const char **attributes,
			 char **why);

#endif /* ROUTED_RULE_H */
