/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Having a bus observed for as long as it is captured. */
#ifndef DBUSDUMP_OBSERVE_H
#define DBUSDUMP_OBSERVE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct observed - a bus that is observed for us
 * @pid: the dbusctl that does it, and undoes it; 0: there is none
 * @name: of the bus
 * @tap: the device that shows it alone
 */
struct observed {
	pid_t pid;
	char name[64];
	char tap[16];
};

/* Have a bus observed; false after a message to the standard error, or when a
 * signal came. */
bool observe_begin(struct observed *o, const char *bus);
void observe_end(struct observed *o);

#endif /* DBUSDUMP_OBSERVE_H */
