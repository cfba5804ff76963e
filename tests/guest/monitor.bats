#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Monitors: connections that see everything and say nothing.

load bus.bash

setup_file() {
	start_suite
}

teardown() {
	stop_monitor
	bus_stays_clean
}

teardown_file() {
	end_suite
}

# start_monitor COMMAND...: returns once it is a monitor
start_monitor() {
	seen=$BATS_TEST_TMPDIR/seen
	setpriv --reuid user --regid user --init-groups -- \
		stdbuf -oL "$@" >"$seen" 2>&1 3>&- &
	monitor_pid=$!
	until_true is_monitor
}

# It has given up its unique name, and is still there.
is_monitor() {
	[[ $(counter peers) == 2 && $(dbusctl -j peer show bus "$bus" |
		jq '[.[] | select(.state == "monitor")] | length') == 1 ]]
}

stop_monitor() {
	[[ ${monitor_pid-} ]] || return 0
	kill "$monitor_pid" 2>/dev/null || :
	wait "$monitor_pid" || :
	monitor_pid=
}

has_seen() {
	grep -q "$1" "$seen"
}

@test "dbus-monitor sees calls to others, to nobody and to the bus, and their answers" {
	start_monitor dbus-monitor --session
	as_user dbus-send --session --print-reply --dest=org.nobody / org.test.Call || :
	until_true has_seen 'destination=org.nobody.*member=Call'
	until_true has_seen 'error_name=org.freedesktop.DBus.Error.ServiceUnknown'
	until_true has_seen 'member=Hello'
	until_true has_seen 'member=NameAcquired'
	grep -q 'member=NameLost' "$seen"
	run grep -i 'unable to enable' "$seen"
	[[ -z $output ]]
}

@test "a monitor sees what its rules say, and no more" {
	start_monitor dbus-monitor --session "type='signal',member='Wanted',arg0='yes'"
	as_user dbus-send --session /x org.test.Unwanted string:yes
	as_user dbus-send --session /x org.test.Wanted string:no
	as_user dbus-send --session /x org.test.Wanted string:yes
	until_true has_seen 'string "yes"'
	[[ $(grep -c 'interface=org.test' "$seen") == 1 ]]
}

@test "busctl monitor works as on any bus" {
	start_monitor busctl --address="$DBUS_SESSION_BUS_ADDRESS" monitor
	as_user dbus-send --session /x org.test.Signal string:hello
	until_true has_seen 'Member=Signal'
}

@test "the tests of libdbus about monitors pass, but for those that need a policy" {
	run as_user env DBUS_TEST_DAEMON_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" \
		/usr/lib/dbus-1.0/installed-tests/dbus/test-monitor --tap
	echo "$output"
	((!status))
	[[ $(grep -c '^ok' <<<"$output") -ge 18 ]]
}
