/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What UpdateActivationEnvironment has set, in a file: it is for all services of the
 * bus, which outlives the daemon.
 */
#ifndef ROUTED_ENVIRONMENT_FILE_H
#define ROUTED_ENVIRONMENT_FILE_H

#include <stdbool.h>

#include "tools/dbus-routed/environment.h"

/**
 * struct environment_file - the file, and what is in it
 * @dir: its directory, or NULL: nothing is kept
 * @name: of the file
 * @new_name: the same, while it is written
 * @changes: what was set
 * @changed: since the file was written
 * @told: that it can't be written
 */
struct environment_file {
	char *dir;
	char *name;
	char *new_name;
	struct environment changes;
	bool changed;
	bool told;
};

/* Where such files of this user are; allocated. NULL if there is no such place. */
char *environment_file_dir(void);

/*
 * The file of the bus @guid in @dir, a string that is @f's from now on, or NULL.
 * False if there is no memory. Nothing is made yet.
 */
bool environment_file_init(struct environment_file *f, char *dir,
			   const char *guid);
void environment_file_deinit(struct environment_file *f);

/*
 * Read what an earlier daemon has written, if it did, and set it in @e, too. What
 * can't be read is logged. False if there is no memory.
 */
bool environment_file_read(struct environment_file *f, struct environment *e);

/* To be written; false if there is no memory. */
bool environment_file_set(struct environment_file *f, const char *name,
			  const char *value);
/* Write what was set. Who can't is told why by the log, once. */
void environment_file_write(struct environment_file *f);
void environment_file_remove(struct environment_file *f);

#endif /* ROUTED_ENVIRONMENT_FILE_H */
