#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian that systemd has booted, with dbus-routed for its system's and its users'
# buses, and Debian's own configuration and services.

bats_require_minimum_version 1.5.0

user=(setpriv --reuid user --regid user --init-groups -- env HOME=/home/user
      XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus)
services=/usr/share/dbus-1/system-services
driver=(org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus)

patience=120

until_true() {
	local end=$((SECONDS + patience))

	until "$@"; do
		((SECONDS < end)) || { echo "never became true: $*" >&2; return 1; }
	done
}

# What the system's bus knows when a file has been read.
startable() {
	busctl --system call "${driver[@]}" ListActivatableNames | grep -qF "\"$1\""
}

teardown() {
	rm -f $services/org.test.* /etc/dbus-1/system.d/org.test.*
}

@test "dbus-routed serves the system's and the user's bus, as their own users" {
	pid=$(systemctl show -P MainPID dbus.service)
	[[ $(readlink "/proc/$pid/exe") == */dbus-routed ]]
	[[ $(ps -o user= -p "$pid") == messagebus ]]
	systemctl is-active dbus.service dbus.socket
	# the user's bus comes with its first client
	[[ $("${user[@]}" busctl --user list) == *org.freedesktop.systemd1* ]]
	[[ $(dbusctl -j bus show | jq -r '.[].bus' | sort | tr '\n' ' ') == "session-1000 system " ]]
}

@test "systemd's services answer, started on demand" {
	run -0 busctl --system list
	for name in org.freedesktop.{systemd1,login1,hostname1,timedate1,DBus}; do
		[[ $output == *"$name "* ]]
	done
	[[ $(hostnamectl) == *"Operating System: Debian"* ]]
	[[ $(timedatectl) == *"Time zone: "* ]]
	[[ $(loginctl list-users) == *1000*user* ]]
	systemctl is-active systemd-hostnamed systemd-timedated systemd-logind
	journalctl -u dbus.service -b -o cat | grep -q "Activating via systemd: service name='org.freedesktop.hostname1' unit='dbus-org.freedesktop.hostname1.service'"
	journalctl -u dbus.service -b -o cat | grep -q "Successfully activated service 'org.freedesktop.hostname1'"
}

@test "an ordinary user is refused what Debian's policy refuses" {
	run "${user[@]}" busctl --system call "${driver[@]}" RequestName su org.freedesktop.login1 0
	((status))
	[[ $output == *"not allowed to own"* || $output == *"denied"* ]]
	run "${user[@]}" busctl --system call org.freedesktop.login1 \
		/org/freedesktop/login1 org.freedesktop.DBus.Properties Set ssv \
		org.freedesktop.login1.Manager EnableWallMessages b true
	((status))
	[[ $("${user[@]}" hostnamectl hostname) == "$(hostname)" ]]
	[[ $("${user[@]}" busctl --system call "${driver[@]}" NameHasOwner s org.freedesktop.login1) == "b true" ]]
}

@test "what keeps systemd from starting a unit is told to whoever wanted it" {
	cat >/etc/dbus-1/system.d/org.test.None.conf <<-'END'
		<busconfig>
		  <policy context="default"><allow send_destination="org.test.None"/></policy>
		</busconfig>
	END
	printf '[D-BUS Service]\nName=org.test.None\nExec=/x\nUser=root\nSystemdService=test-none.service\n' \
		>$services/org.test.None.service
	busctl --system call "${driver[@]}" ReloadConfig
	startable org.test.None
	run -1 busctl --system call "${driver[@]}" StartServiceByName su org.test.None 0
	[[ $output == *"Unit test-none.service not found."* ]]
	run -1 busctl --system call org.test.None / org.test.None Method
	[[ $output == *"Unit test-none.service not found."* ]]
}

@test "what is no unit is started by Debian's helper, as its own user" {
	cat >/etc/dbus-1/system.d/org.test.Echo.conf <<-'END'
		<busconfig>
		  <policy user="user"><allow own="org.test.Echo"/></policy>
		  <policy context="default"><allow send_destination="org.test.Echo"/></policy>
		</busconfig>
	END
	printf '[D-BUS Service]\nName=org.test.Echo\nExec=/usr/bin/dbus-test-tool echo --system --name=org.test.Echo\nUser=user\n' \
		>$services/org.test.Echo.service
	busctl --system call "${driver[@]}" ReloadConfig
	startable org.test.Echo
	busctl --system call org.test.Echo / org.test.Echo Method
	[[ $(busctl --system call "${driver[@]}" GetConnectionUnixUser s org.test.Echo) == "u 1000" ]]
	pkill -x dbus-test-tool
}

@test "dbus0 shows the system's bus to dbusdump and tcpdump, verdicts included" {
	dbusdump -i dbus0 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	dump=$!
	tcpdump -Z root -U -i dbus0 -y USER13 -w "$BATS_TEST_TMPDIR/bus.pcap" \
		2>"$BATS_TEST_TMPDIR/text" 3>&- &
	tcpdump=$!
	until_true grep -q listening "$BATS_TEST_TMPDIR/err"
	until_true grep -q listening "$BATS_TEST_TMPDIR/text"
	"${user[@]}" busctl --system call "${driver[@]}" RequestName su org.freedesktop.login1 0 || :
	hostnamectl >/dev/null
	until_true grep -q "org.freedesktop.hostname1" "$BATS_TEST_TMPDIR/out"
	until_true eval 'dbusdump -r "$BATS_TEST_TMPDIR/bus.pcap" 2>/dev/null |
		grep -q org.freedesktop.hostname1'
	kill "$dump" "$tcpdump"
	wait "$dump" "$tcpdump" || :
	grep -q "org.freedesktop.DBus.Error.AccessDenied" "$BATS_TEST_TMPDIR/out"
	denied='RequestName("org.freedesktop.login1".*\[denied: .*rule [0-9]'
	grep -q "$denied" "$BATS_TEST_TMPDIR/out"
	dbusdump -r "$BATS_TEST_TMPDIR/bus.pcap" verdict=denied |
		grep -q "$denied"
}

# Who owns a name of the system's bus, and with which process.
owner() {
	dbusctl -j name show "$1" bus system | jq -r '.[] | select(.queue_position == 0) | "\(.peer) \(.pid)"'
}

serves() {
	local pid

	pid=$(systemctl show -P MainPID dbus.service)
	[[ $pid != 0 && $pid != "$1" ]] &&
		[[ $(dbusctl -j peer show bus system | jq -r '.[] | select(.state == "driver").pid') == "$pid" ]]
}

@test "restarting, stopping or killing the unit keeps everybody's connection" {
	busctl --system --json=short monitor org.freedesktop.login1 \
		>"$BATS_TEST_TMPDIR/seen" 2>"$BATS_TEST_TMPDIR/monitor" 3>&- &
	monitor=$!
	until_true grep -q "Monitoring bus" "$BATS_TEST_TMPDIR/seen" "$BATS_TEST_TMPDIR/monitor"
	login=$(owner org.freedesktop.login1)
	id=$(busctl --system call "${driver[@]}" GetId)
	[[ $login == :1.*\ * ]]
	for how in "restart dbus.service" "stop dbus.service" "kill --kill-whom=main -s KILL dbus.service"; do
		pid=$(systemctl show -P MainPID dbus.service)
		systemctl $how
		[[ $how != stop* ]] || systemctl start dbus.service
		until_true serves "$pid"
		[[ $(owner org.freedesktop.login1) == "$login" ]]
		[[ $(busctl --system call "${driver[@]}" GetId) == "$id" ]]
		: >"$BATS_TEST_TMPDIR/seen"
		[[ $(loginctl list-users) == *1000*user* ]]
		until_true grep -q ListUsers "$BATS_TEST_TMPDIR/seen"
		kill -0 "$monitor"
		# the service manager itself comes back by itself
		until_true busctl --system status org.freedesktop.systemd1
	done
	kill "$monitor"
	[[ $(dbusctl -j bus show | jq -r '.[].bus' | grep -c '^system') == 1 ]]
}

@test "restarting a user's unit keeps the user's connections" {
	"${user[@]}" dbus-test-tool echo --session --name=org.test.Echo 3>&- &
	echo=$!
	"${user[@]}" gdbus wait --session --timeout "$patience" org.test.Echo
	"${user[@]}" systemctl --user restart dbus.service
	"${user[@]}" gdbus call --session -d org.test.Echo -o / -m org.test.Any.Method
	"${user[@]}" busctl --user call "${driver[@]}" ListActivatableNames | grep -q org.freedesktop
	kill "$echo"
}
