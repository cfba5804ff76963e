/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy for a bus, without a daemon. */
#ifndef DBUSCTL_POLICY_LOAD_H
#define DBUSCTL_POLICY_LOAD_H

#include "tools/dbusctl/ctl.h"

int policy_load(struct ctl *ctl, struct args *args);

#endif
