#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the configuration's policy lets pass, and who is told what it refuses.

bats_require_minimum_version 1.5.0

load bus.bash
load capture.bash

cases=$(realpath "$BATS_TEST_DIRNAME/../bus/policy.cases")

setup() {
	modprobe dbus
	drop_buses
	conf=$BATS_TEST_TMPDIR/conf
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.."
	daemon_pid=
	touch "$conf"
	chown user: "$conf"
}

teardown() {
	end_captures
	[[ -z $daemon_pid ]] || kill -9 "$daemon_pid" 2>/dev/null || :
	drop_buses
}

teardown_file() {
	unload_module
}

# config RULES: a configuration with these alone
config() {
	cat >"$conf" <<-END
		<busconfig><type>session</type>
		<listen>unix:tmpdir=/tmp</listen>
		$1
		</busconfig>
	END
}

open='<policy context="default"><allow user="*"/><allow send_destination="*"/>
<allow receive_sender="*"/><allow own="*"/></policy>'

start() {
	start_daemon dbus-routed --config-file="$conf"
	bus=$(dbusctl -j bus show | jq -r '.[].bus')
	tap=$(dbusctl -j bus show "$bus" | jq -r '.[0].tap')
}

# call MEMBER ARGUMENT...: of the bus, as the user
call() {
	as_user dbus-send --bus="$DBUS_SESSION_BUS_ADDRESS" \
		--print-reply=literal --dest=org.freedesktop.DBus \
		/org/freedesktop/DBus "org.freedesktop.DBus.$1" "${@:2}" 2>&1
}

logged() {
	grep -qF "$1" "$daemon_dir/log"
}

# transcript FILE COMMAND...: of all cases, on the bus that COMMAND is
transcript() {
	bustest policy-conf "$conf"
	(
		start_daemon "${@:2}" --config-file="$conf"
		status=0
		bustest policy-cases "$conf" "$cases" >"$1" || status=$?
		stop_daemon
		exit $status
	)
}

@test "every attribute lets pass what it lets pass on dbus-daemon, live peers included" {
	BUS_TEST_STOCK=1 transcript "$BATS_TEST_TMPDIR/stock" dbus-daemon
	transcript "$BATS_TEST_TMPDIR/ours" dbus-routed
	[[ $(grep -c '^[^ ]' "$BATS_TEST_TMPDIR/stock") -eq $(grep -c ^= "$cases") ]]
	diff -U 3 "$BATS_TEST_TMPDIR/stock" "$BATS_TEST_TMPDIR/ours" >&2
}

@test "a denial names the rule, its file and line to the sender, the log and the tap" {
	config "$open
<policy user=\"user\">
<deny own=\"org.test.No\"/>
<deny send_interface=\"org.freedesktop.DBus\" send_member=\"GetId\"/></policy>"
	start
	capture all "$tap" -y USER13
	live=$BATS_TEST_TMPDIR/live
	dbusdump -l -i "$tap" --no-replies verdict=denied >"$live" 2>"$live.err" 3>&- &
	watcher=$!
	until_true grep -q listening "$live.err"
	run call GetId
	((status))
	[[ $output == *"AccessDenied: Rejected send message, rule 5 ($conf:7); "* ]]
	[[ $output == *'type="method_call", sender=":1.'*' (uid=1000 pid='* ]]
	[[ $output == *'comm="dbus-send") interface="org.freedesktop.DBus" member="GetId"'* ]]
	until_true logged "Rejected send message, rule 5 ($conf:7); "
	run call RequestName string:org.test.No uint32:0
	[[ $output == *'not allowed to own the service "org.test.No" due to rule 4 of the policy'*"($conf:6)"* ]]
	until_true logged 'due to rule 4 of the policy'
	until_true grep -qF "RequestName" "$live"
	kill -INT "$watcher"
	wait "$watcher"
	grep -qF "GetId" "$live"
	grep -qF "[denied: policy, rule 5 ($conf:7)]" "$live"
	grep -qF "[denied: policy, rule 4 ($conf:6)]" "$live"
	[[ $(call NameHasOwner string:org.test.No) == *false ]]
	capture_end all "$(counter routed)"
	dbusdump -r "$(capture_file all)" --no-replies --match verdict=denied >"$BATS_TEST_TMPDIR/denied"
	grep -q 'GetId.*rule 5' "$BATS_TEST_TMPDIR/denied"
	grep -q 'RequestName.*rule 4' "$BATS_TEST_TMPDIR/denied"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/denied") == 2 ]]
	[[ $(dbusctl -j policy show 5 | jq -r '.[] | .text + " " + .where') == \
		'<deny send_interface="org.freedesktop.DBus" send_member="GetId"/>'" $conf:7" ]]
	[[ $(dbusctl policy show rule 4 bus "$bus") == *"user user "*"$conf:6"*'<deny own="org.test.No"/>'* ]]
	stop_daemon
}

@test "without a rule that allows it nothing may be owned, sent or received" {
	config '<policy context="default"><allow user="*"/></policy>'
	start
	# not even Hello is answered
	run timeout 2 dbus-send --bus="$DBUS_SESSION_BUS_ADDRESS" \
		--print-reply --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.ListNames
	((status))
	stop_daemon
}

# limits FILE COMMAND...: what happens at each, on the bus that COMMAND is
limits() {
	bustest limits-conf "$conf"
	(
		start_daemon "${@:2}" --config-file="$conf"
		status=0
		bustest limits >"$1" || status=$?
		stop_daemon
		exit $status
	)
}

@test "at each limit happens what happens on dbus-daemon" {
	BUS_TEST_STOCK=1 limits "$BATS_TEST_TMPDIR/stock" dbus-daemon
	limits "$BATS_TEST_TMPDIR/ours" dbus-routed
	[[ $(wc -l <"$BATS_TEST_TMPDIR/stock") -ge 20 ]]
	diff -U 3 "$BATS_TEST_TMPDIR/stock" "$BATS_TEST_TMPDIR/ours" >&2
}

@test "a call that is not answered in time is answered with NoReply" {
	bustest limits-conf "$conf"
	start
	bustest limits-late "$conf"
	stop_daemon
}

@test "SIGHUP puts another policy into force for those who are there; a wrong one changes nothing" {
	config "$open"
	start
	run -0 call GetId
	config "${open/<\/policy>/<deny send_member=\"GetId\" send_interface=\"*\" send_path=\"*\"/></policy>}"
	kill -HUP "$daemon_pid"
	until_true logged 'Reloaded configuration'
	run call GetId
	[[ $output == *AccessDenied* ]]
	config '<policy context="default"><allow bees="*"/></policy>'
	kill -HUP "$daemon_pid"
	until_true logged "Unable to reload configuration: $conf:3: <allow>: Attribute \"bees\" is invalid"
	run call GetId
	[[ $output == *AccessDenied* ]]
	[[ $(dbusctl -j policy | jq length) == 4 ]]
	stop_daemon
}

survivor_is_there() {
	[[ $(dbusctl -j name show org.test.Survivor | jq length) == 1 ]]
}

@test "the kernel has the policy, and applies it, while there is no daemon" {
	config "$open<policy user=\"user\"><deny send_path=\"*\" send_member=\"GetId\"/></policy>"
	start
	mkfifo "$BATS_TEST_TMPDIR/hold" "$BATS_TEST_TMPDIR/told"
	bustest policy-survives <"$BATS_TEST_TMPDIR/hold" >"$BATS_TEST_TMPDIR/told" 3>&- &
	client=$!
	exec 5>"$BATS_TEST_TMPDIR/hold" 6<"$BATS_TEST_TMPDIR/told"
	until_true survivor_is_there
	kill -KILL "$daemon_pid"
	until_true daemon_is_gone
	daemon_pid=
	read -r -t "$patience" <&6
	[[ $REPLY == survived ]]
	[[ $(dbusctl policy show 4) == *"$conf:"*'<deny send_member="GetId"/>'* ]]
	exec 5>&- 6<&-
	wait "$client"
}

@test "what monitors see of a denial is the message and the error" {
	config "$open<policy user=\"user\"><deny send_member=\"GetId\" send_path=\"*\"/></policy>"
	start
	setpriv --reuid user --regid user --init-groups -- stdbuf -oL \
		dbus-monitor --address "$DBUS_SESSION_BUS_ADDRESS" \
		>"$BATS_TEST_TMPDIR/seen" 2>&1 3>&- &
	monitor=$!
	until_true grep -q 'member=NameLost' "$BATS_TEST_TMPDIR/seen"
	run call GetId
	until_true grep -q 'error_name=org.freedesktop.DBus.Error.AccessDenied' "$BATS_TEST_TMPDIR/seen"
	grep -q 'member=GetId' "$BATS_TEST_TMPDIR/seen"
	kill "$monitor"
	wait "$monitor" || :
	stop_daemon
}

@test "monitors see an error for each who does not get a broadcast" {
	config "$open<policy user=\"user\"><deny receive_interface=\"org.freedesktop.DBus\" receive_member=\"NameOwnerChanged\"/></policy>"
	start
	for who in 1 2 3 4 5 6 7 8 9 10; do
		setpriv --reuid user --regid user --init-groups -- stdbuf -oL \
			gdbus monitor --address "$DBUS_SESSION_BUS_ADDRESS" \
			--dest org.test.Nobody >/dev/null 2>&1 3>&- &
		clients+=($!)
	done
	listening() {
		[[ $(dbusctl -j match show bus "$bus" |
			jq 'map(select(.rule | test("org.test.Nobody"))) | map(.peer) | unique | length') == 10 ]]
	}
	until_true listening
	setpriv --reuid user --regid user --init-groups -- stdbuf -oL \
		dbus-monitor --address "$DBUS_SESSION_BUS_ADDRESS" \
		>"$BATS_TEST_TMPDIR/seen" 2>&1 3>&- &
	clients+=($!)
	until_true grep -q 'member=NameLost' "$BATS_TEST_TMPDIR/seen"
	# it has a new owner, and soon none
	call RequestName string:org.test.Nobody uint32:0
	errors() {
		[[ $(grep -c '^error .*AccessDenied' "$BATS_TEST_TMPDIR/seen") -ge 20 ]]
	}
	until_true errors
	call GetId
	until_true grep -q 'member=GetId' "$BATS_TEST_TMPDIR/seen"
	kill "${clients[@]}"
	wait "${clients[@]}" || :
	stop_daemon
	[[ $(grep -c '^error .*AccessDenied' "$BATS_TEST_TMPDIR/seen") == 20 ]]
	grep -q 'Rejected receive message, rule 4' "$BATS_TEST_TMPDIR/seen"
}

@test "what waited for a service and may not reach it is in a record of its own" {
	mkdir "$BATS_TEST_TMPDIR/services"
	printf '[D-BUS Service]\nName=org.test.Service\nExec=%s service org.test.Service -\n' \
		"$bin_test/bustest" >"$BATS_TEST_TMPDIR/services/a.service"
	config "<servicedir>$BATS_TEST_TMPDIR/services</servicedir>$open
<policy context=\"default\"><deny receive_interface=\"org.test.Denied\"/></policy>"
	start
	capture all "$tap" -y USER13
	run as_user dbus-send --bus="$DBUS_SESSION_BUS_ADDRESS" --print-reply \
		--dest=org.test.Service / org.test.Denied.Frob
	((status))
	[[ $output == *AccessDenied*"rule 4"* ]]
	capture_end all "$(counter routed)"
	dbusdump -r "$(capture_file all)" --json member=Frob >"$BATS_TEST_TMPDIR/frob"
	jq -se 'map(select(.type == "method_call")) | length == 2 and
		.[0].verdict == "queued" and .[1].verdict == "denied" and
		.[1].reason == "policy" and .[1].rule == 4 and .[1].to != null' \
		"$BATS_TEST_TMPDIR/frob" || { cat "$BATS_TEST_TMPDIR/frob" >&2; false; }
	grep -q "Rejected receive message, rule 4 ($conf:5)" "$daemon_dir/log"
	stop_daemon
}

@test "policy says who may monitor, besides root and the user whose bus it is" {
	config "$open<policy user=\"user\"><deny send_interface=\"org.freedesktop.DBus.Monitoring\"/></policy>"
	start
	run call Monitoring.BecomeMonitor array:string: uint32:0
	((status))
	[[ $output == *"Rejected send message, rule 4 ("* ]]
	stop_daemon
}

# Names of services and calls to them that Debian's policy speaks of.
debian_names() {
	grep -ohE '[^_]own="[^"*]+"' /usr/share/dbus-1/system.d/*.conf \
		/etc/dbus-1/system.d/*.conf 2>/dev/null | cut -d'"' -f2 | sort -u
}

debian_calls() {
	local name

	for name in $(debian_names) org.freedesktop.DBus; do
		echo "$name org.freedesktop.DBus.Properties Frob"
		echo "$name org.freedesktop.DBus.Introspectable Frob"
		echo "$name org.freedesktop.DBus.Debug.Stats Frob"
		echo "$name org.freedesktop.DBus UpdateActivationEnvironment"
		echo "$name org.test.Frob Frob"
		echo "own $name"
	done
	cat /usr/share/dbus-1/system.d/*.conf | tr '\n\t' '  ' |
		grep -oE '<(allow|deny) [^>]*send_destination[^>]*>' | awk '
		function get(key) {
			return match($0, key "=\"[^\"]*") ? substr($0,
				RSTART + length(key) + 2, RLENGTH - length(key) - 2) : ""
		}
		{
			to = get("send_destination"); i = get("send_interface")
			m = get("send_member")
			if (to != "*") print to, i ? i : to ".Frob", m ? m : "Frob"
		}' | sort -u
}

# system FILE COMMAND...: how Debian's policy judges, on the bus that COMMAND is
system() {
	local dir=$BATS_TEST_TMPDIR/system serve

	rm -rf "$dir"
	mkdir -m 777 "$dir"
	mkfifo "$dir/address" "$dir/ready"
	"${@:2}" --config-file=/usr/share/dbus-1/system.conf --nofork --nopidfile \
		--address="unix:path=$dir/bus" --print-address=4 4>"$dir/address" \
		2>"$dir/log" 3>&- &
	daemon_pid=$!
	read -r -t "$patience" DBUS_SESSION_BUS_ADDRESS <"$dir/address" || {
		cat "$dir/log" >&2
		return 1
	}
	export DBUS_SESSION_BUS_ADDRESS
	"$bin_test/bustest" policy-serve $(debian_names) >"$dir/ready" 3>&- &
	serve=$!
	sed '/^ready$/q' <"$dir/ready" >"$1"
	# what has no owner would be started
	awk 'NR == FNR { owned[$1] = $2 == "passed"; next }
		$1 == "own" || $1 == "org.freedesktop.DBus" || owned[$1]
	' "$1" "$BATS_TEST_TMPDIR/calls" >"$dir/calls"
	"$bin_test/bustest" policy-ask <"$dir/calls" >>"$1"
	bustest policy-ask <"$dir/calls" >>"$1"
	kill "$serve" "$daemon_pid"
	wait "$serve" "$daemon_pid" || :
	daemon_pid=
}

@test "Debian's system.conf and its packages' files judge calls as on dbus-daemon" {
	debian_calls >"$BATS_TEST_TMPDIR/calls"
	for bus_daemon in dbus-daemon dbus-routed; do
		system "$BATS_TEST_TMPDIR/$bus_daemon" "$bus_daemon"
	done
	[[ $(wc -l <"$BATS_TEST_TMPDIR/dbus-daemon") -gt 100 ]]
	grep -q ': denied' "$BATS_TEST_TMPDIR/dbus-daemon"
	grep -q ': passed' "$BATS_TEST_TMPDIR/dbus-daemon"
	diff -U 2 "$BATS_TEST_TMPDIR/dbus-daemon" "$BATS_TEST_TMPDIR/dbus-routed" >&2
}

# What GetId is answered with on the bus that @1 is, with the user at the console
# and without.
console() {
	(
		start_daemon "$1" --config-file="$conf"
		mkdir -p /run/systemd/seats /run/systemd/users
		echo ONLINE_SEATS=seat0 >/run/systemd/users/1000
		call GetId | grep -o AccessDenied || echo ok
		rm /run/systemd/users/1000
		call GetId | grep -o AccessDenied || echo ok
		stop_daemon
	)
}

@test "a user at the console has the rules for that" {
	config "$open<policy at_console=\"true\"><deny send_path=\"*\" send_member=\"GetId\"/></policy>"
	[[ $(console dbus-daemon) == $'AccessDenied\nok' ]]
	[[ $(console dbus-routed) == $'AccessDenied\nok' ]]
}
