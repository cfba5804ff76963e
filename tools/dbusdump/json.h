/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as one line of JSON, with nothing lost. */
#ifndef DBUSDUMP_JSON_H
#define DBUSDUMP_JSON_H

#include "out.h"
#include "sight.h"

/* @numeric: without the names that were learnt */
void json_print(struct out *o, const struct sight *s, bool numeric);

#endif /* DBUSDUMP_JSON_H */
