/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as columns between tabs: --profile and --fields. */
#ifndef DBUSDUMP_COLUMNS_H
#define DBUSDUMP_COLUMNS_H

#include "out.h"
#include "sight.h"

#define COLUMNS_MAX 32

/**
 * struct columns - which columns
 * @n: how many
 * @field: number of each, for columns.c
 */
struct columns {
	unsigned int n;
	uint8_t field[COLUMNS_MAX];
};

/* Take "type,sender,member" apart; false after a message. */
bool columns_parse(struct columns *c, const char *list);
void columns_print(struct out *o, const struct columns *c,
		   const struct sight *s);

/* dbus-monitor --profile: its head, and a line */
void profile_head(struct out *o);
void profile_print(struct out *o, const struct record *rec);

#endif /* DBUSDUMP_COLUMNS_H */
