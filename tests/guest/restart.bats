#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The bus outlives its daemon: the next one finds it, and goes on.

load bus.bash

bats_require_minimum_version 1.5.0

conf() {
	cat <<-END
		<busconfig>
		  <type>session</type>
		  <listen>unix:path=$dir/bus</listen>
		  <pidfile>$dir/pid</pidfile>
		  <servicedir>$dir/services</servicedir>
		  <limit name="service_start_timeout">$((patience * 2000))</limit>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		    $1
		  </policy>
		</busconfig>
	END
}

# service NAME EXEC
service() {
	printf '[D-BUS Service]\nName=%s\nExec=%s\n' "$1" "$2" \
		>"$dir/services/$1.service"
}

setup() {
	modprobe dbus
	drop_buses
	dir=$(mktemp -d /tmp/restart.XXXXXX)
	mkdir "$dir/services"
	service org.test.Restart.Started "$bin_test/bustest restart-service"
	conf "" >"$dir/bus.conf"
	chown -R user: "$dir"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$dir/bus
	bus=session-1000
	pid=
	old=
}

teardown() {
	local daemon

	for daemon in $pid $old; do
		kill -9 "$daemon" 2>/dev/null || :
	done
	drop_buses
	rm -rf "$dir"
}

teardown_file() {
	unload_module
}

# run_daemon [ARG...]: as the user, on the address of the test
run_daemon() {
	mkfifo -m 666 "$dir/address"
	setpriv --reuid user --regid user --init-groups -- \
		dbus-routed --config-file="$dir/bus.conf" --nofork \
		--print-address=4 "$@" 4>"$dir/address" 2>>"$dir/log" 3>&- &
	pid=$!
	if ! read -r -t "$patience" address <"$dir/address"; then
		cat "$dir/log" >&2
		return 1
	fi
	rm "$dir/address"
}

kill_daemon() {
	local status=0

	kill -9 "$pid"
	wait "$pid" || status=$?
	pid=
	[[ $status == 137 ]]
}

n_buses() {
	[[ $(dbusctl -j bus show | jq length) == "$1" ]]
}

# listens N: so many sockets do at the address of the test
listens() {
	[[ $(grep -c " 00010000 .* $dir/bus\$" /proc/net/unix) == "$1" ]]
}

connecting() {
	grep -q " 00000000 .* $dir/bus\$" /proc/net/unix
}

starting() {
	dbusctl -j service show bus "$bus" |
		jq -e '.[] | select(.name == "org.test.Slow" and .state == "starting")' >/dev/null
}

not_starting() {
	! starting
}

has_kept_none() {
	[[ $(counter kept_calls) == 0 ]]
}

no_names() {
	[[ $(dbusctl -j name show bus "$bus") == "[]" ]]
}

start_echo() {
	as_user dbus-test-tool echo --name=org.test.Echo 3>&- &
	as_user gdbus wait --session --timeout "$patience" org.test.Echo
}

call() {
	as_user gdbus call --session --timeout "$patience" \
		-d org.freedesktop.DBus -o /org/freedesktop/DBus -m "$@"
}

# A service that two daemons have started comes twice, the second time late.
clean_without_services() {
	pkill -f "bustest restart-service" || :
	bus_is_clean
}

@test "daemons killed, replaced and ended under load cost nobody a message" {
	as_user "$bin_test/bustest" restart "$((${BUS_TEST_SCALE:-100} > 10 ? 12 : 3))" 1 \
		dbus-routed --config-file="$dir/bus.conf" --nofork --keep-bus \
		2>"$dir/log" || { cat "$dir/log" >&2; false; }
	n_buses 1
	run_daemon
	until_true clean_without_services
	kill "$pid"
	wait "$pid"
	pid=
	n_buses 0
	[[ ! -e $dir/bus && ! -e $dir/pid ]]
}

@test "the next daemon finds the bus by its address, with id, peers and names" {
	run_daemon
	first=$address
	start_echo
	as_user gdbus wait --session --timeout "$patience" org.test.Echo
	before=$(dbusctl -j peer show bus "$bus" | jq -c '.[] | select(.state != "driver") | [.peer, .pid, .uid, .comm]')
	kill_daemon
	run_daemon
	[[ $address == "$first" ]]
	n_buses 1
	after=$(dbusctl -j peer show bus "$bus" | jq -c '.[] | select(.state != "driver") | [.peer, .pid, .uid, .comm]')
	[[ -n $before && $after == "$before" ]]
	as_user gdbus call --session -d org.test.Echo -o / -m org.test.Any
	[[ $(<"$dir/pid") == "$pid" ]]
}

# the_listener EXPRESSION: holds for the only one of the bus
the_listener() {
	dbusctl -j listener show bus "$bus" | jq -e "length == 1 and (.[0] |
		.bus == \"$bus\" and .address == \"$dir/bus\" and
		.file_inode == $(stat -c %i "$dir/bus") and $1)" >/dev/null
}

@test "who connects while there is no daemon is served by the next" {
	run_daemon
	the_listener ".served and .pid == $pid"
	kill_daemon
	listens 1
	the_listener "(.served | not) and .pid == null"
	[[ $(dbusctl -d listener show) == *kept*-*"$dir/bus"*file*on*device* ]]
	# as ss has it
	inode=$(dbusctl -j listener show | jq '.[0].inode')
	[[ $(ss -xlH src "unix:$dir/bus") == *" $inode "* ]]
	call org.freedesktop.DBus.ListActivatableNames >"$dir/said" 3>&- &
	client=$!
	until_true connecting
	run_daemon
	wait $client
	grep -q org.test.Restart.Started "$dir/said"
}

@test "a call that wants no answer, and that a dead daemon had, is carried out by the next" {
	service org.test.Told "/bin/sh -c 'echo \"\$TOLD\" >$dir/told; exec dbus-test-tool echo --name=org.test.Told'"
	run_daemon
	mkfifo -m 666 "$dir/go" "$dir/said"
	as_user "$bin_test/bustest" stopped-oneway "$pid" org.test.Told \
		<"$dir/go" >"$dir/said" 3>&- &
	client=$!
	exec 7>"$dir/go" 8<"$dir/said"
	read -r -t "$patience" word <&8
	[[ $word == killed ]]
	run_daemon
	echo >&7
	wait "$client"
	[[ $(<"$dir/told") == "the dead" ]]
	until_true has_kept_none
	pkill -f "dbus-test-tool echo"
}

@test "a bus that has a daemon is not taken by another, unless told to replace it" {
	run_daemon
	old=$pid
	status=0
	as_user dbus-routed --config-file="$dir/bus.conf" --nofork \
		2>"$dir/refused" || status=$?
	[[ $status == 1 ]]
	grep -q "Failed to bind socket \"$dir/bus\": Address already in use: the bus $bus is served by process $old, --replace takes it over" "$dir/refused"
	[[ $(<"$dir/pid") == "$old" ]]
	start_echo
	run_daemon --replace
	wait "$old"
	grep -q "another daemon has taken over the bus $bus" "$dir/log"
	[[ -S $dir/bus && $(<"$dir/pid") == "$pid" ]]
	n_buses 1
	as_user gdbus call --session -d org.test.Echo -o / -m org.test.Any
	call org.freedesktop.DBus.ListActivatableNames
}

@test "a new policy is in force for those who were there as soon as the new daemon is" {
	run_daemon
	start_echo
	as_user gdbus call --session -d org.test.Echo -o / -m org.test.Any
	kill_daemon
	conf '<deny send_destination="org.test.Echo"/>' >"$dir/bus.conf"
	run_daemon
	run -1 as_user gdbus call --session -d org.test.Echo -o / -m org.test.Any
	[[ $output == *AccessDenied* ]]
}

@test "names that can be started, and what waits for one, are the next daemon's" {
	service org.test.Gone /bin/true
	mkfifo "$dir/gate"
	chown user: "$dir/gate"
	service org.test.Slow "$bin_test/bustest service org.test.Slow $dir/gate"
	run_daemon
	as_user gdbus call --session --timeout "$patience" -d org.test.Slow \
		-o / -m org.test.Any.Quit >/dev/null 2>&1 3>&- &
	client=$!
	until_true starting
	kill_daemon
	rm "$dir/services/org.test.Gone.service"
	run_daemon
	[[ $(call org.freedesktop.DBus.ListActivatableNames) != *org.test.Gone* ]]
	[[ $(dbusctl -j service show bus "$bus") != *org.test.Gone* ]]
	# the process that the dead one had begun is it: there is one only
	until_true grep -q "begun by an earlier daemon" "$dir/log"
	[[ $(pgrep -fc "bustest service org.test.Slow") == 1 ]]
	timeout "$patience" bash -c ": >$dir/gate"
	wait $client || :
	until_true not_starting
}

# sees VARIABLE VALUE: a service that is started now does
sees() {
	local said

	said=$(as_user gdbus call --session --timeout "$patience" \
		-d org.test.Env -o / -m org.test.Any.GetEnv "$1")
	as_user gdbus call --session --timeout "$patience" -d org.test.Env \
		-o / -m org.test.Any.Quit >/dev/null 2>&1 || :
	until_true gone
	[[ $said == "('$2',)" ]]
}

gone() {
	[[ $(call org.freedesktop.DBus.NameHasOwner org.test.Env) == "(false,)" ]]
}

# set_environment DICT
set_environment() {
	call org.freedesktop.DBus.UpdateActivationEnvironment "$1"
}

@test "services of the next daemon find the environment that was set before it" {
	export XDG_RUNTIME_DIR=$dir
	service org.test.Env "$bin_test/bustest service org.test.Env -"
	run_daemon
	[[ ! -e $dir/dbus-routed ]]
	set_environment "{'SHOWN_AT': ':7', 'OTHER': 'first'}"
	file=$dir/dbus-routed/${address##*guid=}.1.environment
	[[ $(stat -c '%a %U' "$file" "${file%/*}") == $'600 user\n700 user' ]]
	[[ $(tr '\0' '\n' <"$file") == $'SHOWN_AT=:7\nOTHER=first' ]]
	kill_daemon
	run_daemon
	sees SHOWN_AT :7
	# one that is replaced, and one that leaves the bus
	set_environment "{'OTHER': 'second'}"
	old=$pid
	run_daemon --replace --keep-bus
	wait "$old"
	sees SHOWN_AT :7
	sees OTHER second
	kill "$pid"
	wait "$pid"
	run_daemon
	sees OTHER second
	# it goes with the bus
	kill "$pid"
	wait "$pid"
	pid=
	[[ -d $dir/dbus-routed && ! $(ls -A "$dir/dbus-routed") ]]
	run_daemon
	sees SHOWN_AT "(unset)"
}

@test "a daemon that goes on after it was replaced spoils nothing that the next one keeps" {
	export XDG_RUNTIME_DIR=$dir
	service org.test.Env "$bin_test/bustest service org.test.Env -"
	run_daemon
	set_environment "{'BEFORE': 'first'}"
	old=$pid
	# two daemons get that
	mkfifo -m 666 "$dir/go" "$dir/said"
	as_user "$bin_test/bustest" stopped-replaced "$old" BOTH second \
		<"$dir/go" >"$dir/said" 3>&- &
	client=$!
	exec 7>"$dir/go" 8<"$dir/said"
	read -r -t "$patience" word <&8
	[[ $word == stopped ]]
	run_daemon --replace
	read -r -t "$patience" word <&8
	[[ $word == answered ]]
	set_environment "{'AFTER': 'third'}"
	kill -CONT "$old"
	wait "$old"
	old=
	echo >&7
	wait "$client"
	kill_daemon
	run_daemon
	sees BEFORE first
	sees BOTH second
	sees AFTER third
}

@test "no variable that was acknowledged is lost while daemons replace each other" {
	export XDG_RUNTIME_DIR=$dir
	service org.test.Told "/bin/sh -c 'env >$dir/env; exec dbus-test-tool echo --name=org.test.Told'"
	run_daemon
	mkfifo -m 666 "$dir/go"
	as_user "$bin_test/bustest" environment <"$dir/go" >"$dir/set" 3>&- &
	client=$!
	exec 7>"$dir/go"
	for ((i = 0; i < 6; i++)); do
		old=$pid
		run_daemon --replace
		wait "$old"
	done
	old=
	echo >&7
	wait "$client"
	kill_daemon
	run_daemon
	call org.freedesktop.DBus.StartServiceByName org.test.Told 0
	[[ $(wc -l <"$dir/set") -gt 100 ]]
	diff <(sort "$dir/set") <(grep '^VARIABLE_' "$dir/env" | sort)
	pkill -f "dbus-test-tool echo"
}

@test "a daemon that is told to keep the bus leaves it behind when it ends" {
	run_daemon --keep-bus
	start_echo
	kill "$pid"
	wait "$pid"
	n_buses 1
	listens 1
	run_daemon
	as_user gdbus call --session -d org.test.Echo -o / -m org.test.Any
	# and without being told it removes it
	kill "$pid"
	wait "$pid"
	pid=
	n_buses 0
	[[ ! -e $dir/bus ]]
}

@test "a bus that daemon and clients have left goes after a grace time" {
	echo 1 >/sys/module/dbus/parameters/grace
	run_daemon
	kill_daemon
	until_true n_buses 0
	listens 0
	# its socket's file is in nobody's way
	rm "$dir/pid"
	run_daemon
	n_buses 1
	echo 30 >/sys/module/dbus/parameters/grace
}

@test "sockets that the next daemon does not listen on are closed" {
	conf "" | sed "s|</listen>|&<listen>unix:abstract=$dir/other</listen>|" \
		>"$dir/bus.conf"
	run_daemon
	grep -q " @$dir/other\$" /proc/net/unix
	kill_daemon
	conf "" >"$dir/bus.conf"
	run_daemon
	run -1 grep " @$dir/other\$" /proc/net/unix
	listens 1
	n_buses 1
}

@test "without a daemon a peer can be dropped, and a policy loaded, by hand" {
	run_daemon
	start_echo
	owner=$(dbusctl -j name show org.test.Echo bus "$bus" | jq -r '.[0].peer')
	kill_daemon
	conf '<deny own="org.test.Other"/>' >"$dir/other.conf"
	as_user dbusctl policy load "$dir/other.conf" bus "$bus"
	[[ $(dbusctl policy show bus "$bus") == *"$dir/other.conf:"*'<deny own="org.test.Other"/>'* ]]
	run -2 as_user dbusctl policy load "$dir/log" bus "$bus"
	[[ $output == *"$dir/log"* ]]
	as_user dbusctl peer del "$bus" "$owner"
	until_true no_names
}

@test "listening sockets are kept with a bus, for its owner alone" {
	"$bin_test/bustest" genl-listeners
}
