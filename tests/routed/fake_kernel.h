/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for tests: the functions of tools/dbus-routed/kernel.h without one.
 * Peers 7 (the caller's own user, its process running) and 8 (another user, its
 * process gone) are there, take no descriptors, and
 * com.example.Owned belongs to peer 7. A connection that is handed over is
 * served by echoing what it holds.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#define FAKE_PID	4242
#define FAKE_OTHER_UID	4711
#define FAKE_LABEL	"unconfined"

/* How often it was asked for a peer. */
extern unsigned int fake_peer_asks;

#endif /* FAKE_KERNEL_H */
