#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# For a few seconds each what `make soak` does at length: broken streams and
# requests, and memory that is not there. Only the debug kernel lets it fail.

load bus.bash

setup_file() {
	hasty_conf
	export fuzz_conf=$bus_conf
	start_suite
}

setup() {
	scarce 0
}

teardown() {
	scarce 0
	until_true lost_are_found || {
		grep -v Rejected "$daemon_dir/log" | tail -n 20 >&2
		return 1
	}
}

teardown_file() {
	end_suite
	rm "$fuzz_conf"
}

can_fail() {
	[[ -e /proc/self/fail-nth ]] || skip "this kernel lets no allocation fail"
}

@test "broken streams disconnect their senders, and nobody else notices" {
	bustest fuzz-stream 3 $RANDOM
	[[ $(<"$daemon_dir/log") != *"lost the connection"* ]]
}

@test "netlink requests of all kinds are refused or carried out" {
	unshare -n -- "$bin_test/bustest" fuzz-genl 3 $RANDOM
}

@test "each request for memory fails once, and nobody else notices" {
	can_fail
	bustest memory-fails
}

@test "requests for memory fail under load, and nobody else notices" {
	can_fail
	scarce 3
	"$bin_test/bustest" memory-scarce 5 1000
}
