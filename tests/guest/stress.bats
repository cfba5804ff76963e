#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Hundreds of clients at once, and some that are killed.

load bus.bash

setup() {
	start_bus
}

teardown() {
	stop_bus
}

no_bus() {
	[[ $(dbusctl -j bus show | jq length) == 0 ]]
}

teardown_file() {
	unload_module
}

# On the debug kernel so many that never rest leave hardly anything for the others.
clients=200
[[ ${VM_KERNEL-} != debug ]] || clients=50

@test "hundreds of clients with mixed traffic are all served" {
	bustest stress-clients $clients
}

@test "clients killed at random moments leave nothing behind" {
	bustest stress-kill $clients
}

@test "connections come and go by the thousand" {
	bustest stress-churn
}

@test "a daemon that is killed is missed by nobody who is connected" {
	echo 1 >/sys/module/dbus/parameters/grace
	mkfifo -m 666 "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/said"
	bustest survivors "$daemon_pid" <"$BATS_TEST_TMPDIR/go" \
		>"$BATS_TEST_TMPDIR/said" 3>&- &
	client=$!
	exec 7>"$BATS_TEST_TMPDIR/go" 8<"$BATS_TEST_TMPDIR/said"
	read -r -t "$patience" word <&8
	[[ $word == killed ]]
	# the bus is there without it
	[[ $(dbusctl -j bus show "$bus" | jq length) == 1 ]]
	echo >&7
	wait $client
	wait "$daemon_pid" || :
	# without daemon and clients it is nobody's
	until_true no_bus
	echo 30 >/sys/module/dbus/parameters/grace
	start_bus
}
