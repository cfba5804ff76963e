/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_ARGUMENTS_H
#define DISSECTOR_ARGUMENTS_H

#include "dissector/text.h"

struct message;

/* @proto: the protocol "dbus" */
void arguments_register(int proto);

/**
 * arguments_show() - the body in the tree, each value with its type
 * @msg: a message whose header is whole
 * @tree: where to
 */
void arguments_show(struct message *msg, proto_tree *tree);

/**
 * arguments_line() - the arguments in short: "hello", 42
 * @msg: a message whose header is whole
 * @t: written to
 */
void arguments_line(const struct message *msg, struct text *t);

#endif /* DISSECTOR_ARGUMENTS_H */
