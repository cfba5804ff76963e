/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other processes that take part in a test. */
#ifndef PROCESS_H
#define PROCESS_H

#include "tests/bus/busraw.h"

/* Run @fn in a child, which has to call ready(); it dies with its parent. */
pid_t start(void (*fn)(void *arg), void *arg);
void ready(void);
/* All of these must end with 0. */
void finish(const pid_t *pid, unsigned int n);

/*
 * For start(): owns the name @name and answers Emit(member, text) by a signal of
 * that name and a return, CallBack(name) by a call Called() to that name and a
 * return, Echo(text) by the text, and Quit() by ending.
 */
void serve(void *name);
void quit(struct conn *c, const char *name);

#endif /* PROCESS_H */
