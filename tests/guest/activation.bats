#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Services that the bus starts: what the same clients and services are sent on
# dbus-daemon and on our bus.

load bus.bash

# service NAME FILE EXEC [LINE...]
service() {
	{
		printf '[D-BUS Service]\nName=%s\nExec=%s\n' "$1" "$3"
		shift 3
		((!$#)) || printf '%s\n' "$@"
	} >"$dir/services/$2"
}

conf() {
	cat <<-END
		<busconfig>
		  <type>session</type>
		  <listen>unix:tmpdir=/tmp</listen>
		  <servicedir>$dir/services</servicedir>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		  </policy>
		  <limit name="service_start_timeout">$1</limit>
		  <limit name="max_pending_service_starts">$2</limit>
		</busconfig>
	END
}

services() {
	local s="$bin_test/bustest service"

	service org.test.Service org.test.Service.service "$s org.test.Service -"
	service org.test.Slow another-name.service "$s 'org.test.Slow' $dir/gate"
	service org.test.Blind org.test.Blind.service \
		"$s \"org.test.Blind\" - no-fds" "SystemdService=blind.service"
	service org.test.NoProgram x1.service "/nowhere/at-all -v"
	service org.test.Status3 x2.service "/bin/sh -c 'exit 3'"
	service org.test.Killed x3.service "/bin/sh -c 'kill -KILL \$\$'"
	service org.test.Quotes x4.service "/bin/sh -c 'exit 3"
	service org.test.Never x5.service "/bin/sleep 1000"
	# two files for one name, of which the first counts, and wrong ones
	printf '[D-BUS Service]\nName=org.test.NoExec\n' >"$dir/services/w1.service"
	printf '[D-BUS Service]\nExec=/bin/true\n' >"$dir/services/w2.service"
	printf '[D-BUS Service]\nName=1bad\nExec=/x\n' >"$dir/services/w3.service"
	printf '\377\n' >"$dir/services/w4.service"
	printf 'nonsense\n' >"$dir/services/w5.service"
	printf '[D-BUS Service]\nName=org.test.Txt\nExec=/x\n' >"$dir/services/x.txt"
}

start_stock() {
	start_daemon "$@"
	export stock_address=$DBUS_SESSION_BUS_ADDRESS
	export stock_pid=$daemon_pid stock_dir=$daemon_dir
}

stop_stock() {
	kill "$stock_pid"
	rm -rf "$stock_dir"
}

setup_file() {
	dir=$(mktemp -d /tmp/activation.XXXXXX)
	mkdir "$dir/services"
	mkfifo "$dir/gate"
	chown -R user: "$dir"
	services
	conf 120000 512 >"$dir/bus.conf"
	conf 300 2 >"$dir/hasty.conf"
	export dir CHANGED=before INHERITED=yes
	start_stock dbus-daemon --config-file="$dir/bus.conf"
	modprobe dbus
	drop_buses
	start_daemon dbus-routed --config-file="$dir/bus.conf"
	bus=$(dbusctl -j bus show | jq -r '.[].bus')
	tap=$(dbusctl -j bus show "$bus" | jq -r '.[0].tap')
	export bus tap daemon_pid daemon_dir
}

teardown() {
	bus_stays_clean
}

teardown_file() {
	stop_stock
	end_suite
	rm -rf "$dir"
}

# both ARG...: bustest prints the same on both buses; $story is what it prints
both() {
	local ours

	ours=$(bustest "$@")
	story=$(DBUS_SESSION_BUS_ADDRESS=$stock_address bustest "$@")
	[[ $ours == "$story" ]] && return
	diff -U 8 <(echo "$story") <(echo "$ours") >&2
}

@test "what waits for a service is delivered in order, before the answer to its RequestName" {
	both activation-order "$dir/gate"
	[[ $story == *"return signal NameAcquired"*"org.test.Slow, call One 1, signal Two 2, call Three 3, call Four 4, call Five 5, return  "* ]]
}

@test "a service is started when it is wanted, and again if it has gone" {
	both activation-again
	[[ $story == *"return 1"*"return 2"*"return x"* ]]
}

@test "whoever wants a service that can't be started is told why" {
	both activation-failures
	[[ $story == *Spawn.ExecFailed*Spawn.ChildExited*Spawn.ChildSignaled* ]]
}

@test "a service that does not come in time is given up, and its process killed" {
	ours() {
		start_daemon "$@" --config-file="$dir/hasty.conf"
		bustest activation-timeout
		pid=$(pgrep -P "$daemon_pid" sleep || :)
		stop_daemon
	}
	ours dbus-routed >"$BATS_TEST_TMPDIR/ours"
	[[ ! $pid ]]
	DBUS_SESSION_BUS_ADDRESS='' ours dbus-daemon >"$BATS_TEST_TMPDIR/stock"
	diff "$BATS_TEST_TMPDIR/stock" "$BATS_TEST_TMPDIR/ours"
	[[ $(grep -c TimedOut "$BATS_TEST_TMPDIR/ours") == 4 ]]
	grep -q LimitsExceeded "$BATS_TEST_TMPDIR/ours"
}

@test "descriptors wait for a service too, and are refused if it takes none" {
	both activation-fds
	[[ $story == *NotSupported* ]]
}

@test "ListActivatableNames has the names of all files that are right" {
	both activation-list
	[[ $story == *org.test.Service* && $story != *NoExec* ]]
	grep -q 'w1.service" is left out: there is no "Exec"' "$daemon_dir/log"
	grep -q 'w5.service" is left out: line 1: ' "$daemon_dir/log"
}

@test "services find the environment that UpdateActivationEnvironment has set" {
	export NOTIFY_SOCKET=/nowhere
	both activation-environment
	[[ $story == *"return before"*"return session"*"return after"*"return yes"*"return yes"*"(unset)"* ]]
}

@test "hundreds of messages may wait for one service" {
	both activation-many "$dir/gate"
}

@test "files that come and go are noticed, and announced" {
	names() {
		bustest activation-list
	}
	setpriv --reuid user --regid user --init-groups -- \
		dbus-monitor --address "$DBUS_SESSION_BUS_ADDRESS" "member=ActivatableServicesChanged" >"$BATS_TEST_TMPDIR/log" &
	monitor=$!
	until_true grep -q NameAcquired "$BATS_TEST_TMPDIR/log"
	service org.test.Later later.service /nowhere
	until_true eval 'names | grep -q org.test.Later'
	until_true grep -q ActivatableServicesChanged "$BATS_TEST_TMPDIR/log"
	rm "$dir/services/later.service"
	until_true eval '! names | grep -q org.test.Later'
	kill "$monitor"
}

@test "a daemon that was away starts what has been waiting for it" {
	bustest activation-away "$dir/gate" >"$BATS_TEST_TMPDIR/out" 3>&- &
	client=$!
	cat "$dir/gate"
	kill -STOP "$daemon_pid"
	: >"$dir/gate"
	cat "$dir/gate"
	[[ $(dbusctl -j service show org.test.Service bus "$bus" |
		jq -c ".[0] | [.state, .waiting]") == '["starting",1]' ]]
	# the call waits; its connection to the bus is what a daemon lacks then
	dbusctl peer del "$bus" "$(dbusctl -j peer show bus "$bus" |
		jq -r ".[] | select(.state == \"driver\").peer")"
	kill -CONT "$daemon_pid"
	wait "$client"
	grep -q "return x" "$BATS_TEST_TMPDIR/out"
}
