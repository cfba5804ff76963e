/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture as a sequence diagram in SVG. */
#ifndef DBUSDUMP_DIAGRAM_H
#define DBUSDUMP_DIAGRAM_H

#include "sight.h"

struct diagram;

/**
 * diagram_create() - begin a diagram
 * @file: where diagram_finish() writes it; opened now, so that a wrong name is
 *	noticed before the capture
 * @source: what is shown: name of a file or device
 * @limit: messages to draw; how many more there were is said below them
 * @numeric: names as in the messages only
 * Return: the diagram, or NULL with errno set
 */
struct diagram *diagram_create(const char *file, const char *source,
			       unsigned int limit, bool numeric);
void diagram_add(struct diagram *d, const struct sight *s);
/* Draw it, and free it; false with errno set if it can't be written. */
bool diagram_finish(struct diagram *d);

#endif /* DBUSDUMP_DIAGRAM_H */
