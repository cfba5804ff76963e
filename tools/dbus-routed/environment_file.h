/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What UpdateActivationEnvironment has set, in a file: it is for all services of the
 * bus, which outlives the daemon. Each driver of the bus writes one of its own, called
 * by its turn: one that was replaced may not know that yet.
 */
#ifndef ROUTED_ENVIRONMENT_FILE_H
#define ROUTED_ENVIRONMENT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/dbus-routed/environment.h"

/**
 * struct environment_file - the file, and what is in it
 * @dir: its directory, or NULL: nothing is kept
 * @guid: of the bus
 * @turn: ours, as driver of the bus; 0: not read yet
 * @changes: what was set
 * @changed: since the file was written
 * @told: that it can't be written
 */
struct environment_file {
	char *dir;
	char *guid;
	uint32_t turn;
	struct environment changes;
	bool changed;
	bool told;
};

/* Where such files of this user are; allocated. NULL if there is no such place. */
char *environment_file_dir(void);

/*
 * The files of the bus @guid in @dir, a string that is @f's from now on, or NULL.
 * False if there is no memory. Nothing is made yet.
 */
bool environment_file_init(struct environment_file *f, char *dir,
			   const char *guid);
void environment_file_deinit(struct environment_file *f);

/*
 * We are the driver of the bus in its @turn, and write that file from now on. Read
 * what another has written before, after our own last turn, and set it in @e, too.
 * What can't be read is logged. False if there is no memory.
 */
bool environment_file_read(struct environment_file *f, uint32_t turn,
			   struct environment *e);

/* To be written; false if there is no memory. */
bool environment_file_set(struct environment_file *f, const char *name,
			  const char *value);
/* Write what was set. Who can't is told why by the log, once. */
void environment_file_write(struct environment_file *f);
/* All of the bus: it is gone. */
void environment_file_remove(struct environment_file *f);

#endif /* ROUTED_ENVIRONMENT_FILE_H */
