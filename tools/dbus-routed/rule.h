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

enum rule_kind {
	RULE_BAD,		/* the text says why */
	RULE_CONNECT,		/* who may connect */
	RULE_UNKNOWN_ID,	/* the same, for a user or group not there */
	RULE_OTHER,		/* messages and names */
};

/**
 * rule_read() - read a rule
 * @r: filled in if it is one of who may connect
 * @element: "allow" or "deny"
 * @attributes: names and values in turn, NULL at the end
 * @why: RULE_BAD: what is wrong with it, allocated (NULL: no memory)
 */
enum rule_kind rule_read(struct connect_rule *r, const char *element,
			 const char **attributes, char **why);

#endif /* ROUTED_RULE_H */
