#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Messages of all sizes, in pieces of all sizes, in both byte orders.

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

@test "small messages, cut at each octet, arrive octet for octet" {
	bustest sizes-split
}

@test "messages octet by octet, and two in one write, arrive" {
	bustest sizes-octets
}

@test "messages of 32 octets to 64 MiB arrive octet for octet" {
	bustest sizes-bodies
}

@test "who sends more than is allowed is disconnected" {
	bustest sizes-too-long
}

@test "a forged SENDER is replaced" {
	bustest sizes-forged
}

@test "values of every type, cut anywhere, arrive octet for octet" {
	bustest sizes-types
}
