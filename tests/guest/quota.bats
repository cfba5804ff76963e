#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What one user lets wait for another is that user's share.

load bus.bash

setup() {
	modprobe dbus
	conf=$(mktemp /tmp/quota.XXXXXX)
	"$bin_test/bustest" quota-conf "$conf"
	chmod 644 "$conf"
	start_daemon dbus-routed --config-file="$conf"
	chmod 755 "$daemon_dir"
	bus=$(dbusctl -j bus show | jq -r '.[].bus')
}

teardown() {
	until_true bus_is_clean
	stop_daemon
	rm "$conf"
}

teardown_file() {
	unload_module
}

@test "calls beyond a user's share are refused, and another user's are not" {
	"$bin_test/bustest" quota-calls
}

@test "who floods another user with signals is hung up upon, and nobody else" {
	"$bin_test/bustest" quota-signals
}
