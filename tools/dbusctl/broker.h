/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets of a bus that another program serves. */
#ifndef DBUSCTL_BROKER_H
#define DBUSCTL_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BROKER_PATHS	8	/* places where a bus may listen */

/**
 * struct broker - where a bus listens, as the user names it
 * @name: what to call it
 * @named: that is the user's own word for it
 * @path: socket files; one that begins with '@' is in the abstract namespace
 * @n_paths: how many
 * @pid: whose listening sockets instead, or 0
 */
struct broker {
	char name[32];
	bool named;
	char *path[BROKER_PATHS];
	size_t n_paths;
	pid_t pid;
};

/**
 * typedef for a receiver of sockets: @fd is the caller's to close. A negative
 * errno ends the search with it.
 */
typedef int broker_handler(int fd, void *data);

bool broker_parse(struct broker *broker, const char *word, const char *user);
void broker_free(struct broker *broker);
int broker_listeners(const struct broker *broker, broker_handler *handler,
		     void *data);
int broker_accepted(const struct broker *broker, int listener,
		    broker_handler *handler, void *data);

#endif
