#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What one user lets wait for another is that user's share.

load bus.bash

bats_require_minimum_version 1.5.0

setup() {
	modprobe dbus
	conf=$(mktemp /tmp/quota.XXXXXX)
	"$bin_test/bustest" quota-conf "$conf"
	chmod 644 "$conf"
	mkdir "$conf.services"
	printf '[D-BUS Service]\nName=org.test.Never\nExec=/bin/sleep 1000\n' \
		>"$conf.services/org.test.Never.service"
	start_daemon dbus-routed --config-file="$conf"
	chmod 755 "$daemon_dir"
	bus=$(dbusctl -j bus show | jq -r '.[].bus')
}

teardown() {
	[[ -z ${echo-} ]] || kill -9 "$echo"
	until_true bus_is_clean
	stop_daemon
	pkill -f "^/bin/sleep 1000" || :
	rm -r "$conf" "$conf.services"
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

@test "all connections of a user have a limit of names, rules and replies together" {
	"$bin_test/bustest" quota-held
	# nothing is counted that is not there
	held() {
		dbusctl -j user show bus "$bus" |
			jq -e 'map(.names + .matches + .replies) | add == 0' >/dev/null
	}
	until_true held
}

@test "one user leaves room for what others want to have started" {
	"$bin_test/bustest" quota-starts
}

@test "users are shown with what they hold, and whose messages wait" {
	as_user dbus-test-tool echo --name=org.test.Held 3>&- &
	as_user gdbus wait --session --timeout "$patience" org.test.Held
	echo=$(pidof dbus-test-tool)
	run -0 dbusctl -j user show 1000 bus "$bus"
	[ "$(jq -c '.[] | [.uid, .peers, .names, .queued_bytes, .from]' <<<"$output")" = \
		'[1000,2,1,0,[]]' ]
	# a service that doesn't read, and somebody who does not care
	kill -STOP $echo
	waits() {
		"$bin_test/bustest" quota-burst org.test.Held
		run -0 dbusctl -j user show 1000 bus "$bus"
		jq -e '.[0].queued_bytes > 0' <<<"$output" >/dev/null
	}
	until_true waits
	jq -e '.[0] | .queued_bytes > 0 and .queued_bytes == (.from | map(.queued_bytes) | add)' \
		<<<"$output"
	[ "$(jq -r '.[0].from[0].uid' <<<"$output")" = 4711 ]
}
