/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_PROPERTIES_H
#define DISSECTOR_PROPERTIES_H

#include "dissector/text.h"

struct message;

/**
 * struct properties - where in a message properties stand; -1: nowhere
 * @dict_arg: argument that holds names and values
 * @dict_depth: containers around each such entry
 * @names_arg: argument that is an array of names without values
 * @name_arg: argument that is one name
 * @value_arg: argument that is the value of that one
 * @name: name of the one, if another message told it; NULL if not
 */
struct properties {
	int dict_arg;
	int dict_depth;
	int names_arg;
	int name_arg;
	int value_arg;
	const char *name;
};

/* What a message tells of properties, by its interface and member */
void properties_find(struct properties *p, const struct message *msg);

/**
 * properties_line() - a PropertiesChanged in short: org.foo: State=3, !Name
 * @msg: a message
 * @t: written to
 * Return: false, with nothing written, if it is none, or is not as it must be
 */
bool properties_line(const struct message *msg, struct text *t);

#endif /* DISSECTOR_PROPERTIES_H */
