#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Requests take effect where they stand in the stream.

# A kernel that checks everything takes a third of a second for each of these.
[[ ${VM_KERNEL-} != debug ]] || export BUS_TEST_SCALE=${BUS_TEST_SCALE:-1}

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

# The debug kernel takes ten times as long.
times=10000
[[ ${VM_KERNEL-} != debug ]] || times=1000

@test "AddMatch is in force for the call right behind it, every time of thousands" {
	bustest order-addmatch $times
}

@test "RequestName is in force for the call right behind it, every time of thousands" {
	bustest order-requestname $times
}

@test "Hello, AddMatch, RequestName and a call go in one write with the handshake" {
	bustest order-hello $((times / 10))
}

@test "all receivers see the messages of all senders in one order" {
	bustest order-total
}

@test "what was caused by a message does not overtake it" {
	bustest order-causal
}

@test "a sender that hardly gets to run does not hold up others" {
	bustest order-idle-sender
}

@test "calls, signals, names, rules and a departure need no daemon: it is stopped" {
	bustest stopped "$daemon_pid" 1000
}

@test "many calls for the daemon keep nobody out who comes" {
	bustest stopped-fair "$daemon_pid"
}
