#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Names: who owns them, who waits for them, who is told when.

load bus.bash

setup_file() {
	start_suite
}

teardown() {
	bus_stays_clean
}

teardown_file() {
	end_suite
}

@test "RequestName answers as specified for all combinations of flags" {
	bustest names-flags
}

@test "who waits for a name gets it in turn" {
	bustest names-queue
}

@test "NameLost, NameOwnerChanged, NameAcquired and the reply come in this order" {
	bustest names-order
}

@test "who leaves gives up its names, the unique one last" {
	bustest names-departure
}

@test "newcomers and their ends are announced, and no unique name comes again" {
	bustest names-unique
}

@test "bad names are refused with InvalidArgs" {
	bustest names-bad
}

@test "ListNames, NameHasOwner, GetNameOwner and GetId tell the truth" {
	bustest names-list
}

@test "hundreds of names, and hundreds of waiters for one, are no trouble" {
	bustest names-many
}

@test "random requests for names give the same messages as on dbus-daemon" {
	same_as_stock transcript-names
}
