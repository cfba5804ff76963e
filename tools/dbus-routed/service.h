/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services that can be started: what their .service files say. */
#ifndef ROUTED_SERVICE_H
#define ROUTED_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

struct service_dir;

/**
 * struct service - a service that can be started
 * @name: its bus name
 * @exec: the command that starts it
 * @user: as whom, or NULL
 * @unit: the systemd unit that is it, or NULL
 * @file: where that stands
 */
struct service {
	char *name;
	char *exec;
	char *user;
	char *unit;
	char *file;
};

/**
 * struct services - all of them, ordered by name
 */
struct services {
	struct service *list;
	size_t n;
};

/*
 * Read one file. False: *why says what is wrong with it, allocated; NULL if
 * there is no memory.
 */
bool service_read(struct service *s, const char *file, char **why);
void service_deinit(struct service *s);

/*
 * Read what the directories hold; of two files for one name the first counts.
 * A file that is wrong is reported and left out. False: no memory, and @s is
 * empty.
 */
bool services_read(struct services *s, const struct service_dir *dirs,
		   size_t n_dirs, bool system);
void services_deinit(struct services *s);

/* NULL if there is none of that name. */
const struct service *services_find(const struct services *s,
				    const char *name);

#endif /* ROUTED_SERVICE_H */
