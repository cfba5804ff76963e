/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --json wrote, read back: the same octets. A parser of our own, since one
 * that keeps objects in a table loses keys that a dictionary has twice.
 */
#ifndef DBUSDUMP_JSONREAD_H
#define DBUSDUMP_JSONREAD_H

#include "packet.h"

struct jsonread;

/* Ends the program without memory, as jsonread_line() does. */
struct jsonread *jsonread_create(void);

/**
 * jsonread_line() - one line
 * @j: the reader
 * @line: one JSON object
 * @len: octets of it
 * @p: filled in; what it points to stays until the next call
 * @at: where in the line the fault is
 * Return: NULL, or what is wrong
 */
const char *jsonread_line(struct jsonread *j, const char *line, size_t len,
			  struct packet *p, size_t *at);
void jsonread_free(struct jsonread *j);

#endif /* DBUSDUMP_JSONREAD_H */
