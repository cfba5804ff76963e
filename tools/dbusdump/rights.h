/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -Z: what is needed to capture is not needed to write and print. */
#ifndef DBUSDUMP_RIGHTS_H
#define DBUSDUMP_RIGHTS_H

#include <stdbool.h>

/* Go on as this user; false after a message to the standard error. */
bool rights_drop(const char *user);

#endif /* DBUSDUMP_RIGHTS_H */
