#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Match rules: which signals reach whom.

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

@test "each key of a match rule means what the specification says" {
	bustest match-table
}

@test "rules that are wrong are refused with MatchRuleInvalid" {
	bustest match-invalid
}

@test "a rule has to be removed as often as it was added" {
	bustest match-remove
}

@test "a well-known name in a rule means its owner of the moment" {
	bustest match-sender
}

@test "the bus's own signals are matched, too" {
	bustest match-bus
}

@test "thousands of rules of one connection are no trouble" {
	bustest match-many
}

@test "random rules and random signals give the same messages as on dbus-daemon" {
	same_as_stock transcript-match
}

@test "rules that are more or less wrong are taken or refused as by dbus-daemon" {
	same_as_stock transcript-rules
}
