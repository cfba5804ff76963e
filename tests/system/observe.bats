#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The buses that Debian runs under systemd, observed: whoever serves them, started
# by their sockets, and restarted.

load installed.bash

drop_in=/etc/systemd/system/dbus.service.d/observe.conf

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make_it install
	modprobe dbus
}

teardown_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	until_true modprobe -r dbus
	make_it uninstall
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	file=$BATS_TEST_TMPDIR/bus.pcapng
	dump=
}

teardown() {
	[[ ! $dump ]] || { kill "$dump" && wait "$dump" || :; }
	dbusctl unobserve all
}

# until_true COMMAND...: tries it again until it succeeds
until_true() {
	local end=$((SECONDS + 60))

	until "$@"; do
		if ((SECONDS > end)); then
			echo "never became true: $*" >&2
			return 1
		fi
	done
}

# dump OPTION...: captures to $file from here on
dump() {
	dbusdump -U -w "$file" "$@" 2>"$BATS_TEST_TMPDIR/text" 3>&- &
	dump=$!
	until_true grep -q 'listening on' "$BATS_TEST_TMPDIR/text"
}

# dump_tap: likewise, with what only our libpcap gives
dump_tap() {
	local LD_LIBRARY_PATH=$PWD/build/libpcap/lib

	export LD_LIBRARY_PATH
	dump -i dbus0
}

is_dumped() {
	dbusdump -r "$file" 2>/dev/null | grep -q -- "$1"
}

# dump_end TEXT: ends it, once a line of the capture holds TEXT
dump_end() {
	until_true is_dumped "$1"
	kill -INT "$dump"
	wait "$dump"
	dump=
	dbusdump -r "$file" --json >"$BATS_TEST_TMPDIR/json"
}

# seen JQ-CONDITION: how many records are like that
seen() {
	jq -s "map(select($1)) | length" "$BATS_TEST_TMPDIR/json"
}

# Whoever has a unique name is recorded with it, whatever it sent first.
nobody_is_nameless() {
	[[ $(seen '.kind == "message" and .verdict == "delivered" and
		(.sender | not)') == 0 ]] || {
		dbusdump -r "$file" | grep ' - → ' >&2
		return 1
	}
}

is_observed() {
	dbusctl -j observe | jq -e ".[] | select(.bus == \"$1\")" >/dev/null
}

as_user() {
	setpriv --reuid user --regid user --init-groups -- env \
		XDG_RUNTIME_DIR=/run/user/1000 \
		DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus "$@"
}

system_bus_is_served() {
	busctl call org.freedesktop.DBus / org.freedesktop.DBus GetId >/dev/null 2>&1
}

@test "dbusdump has the system bus observed for as long as it runs" {
	dump -i dbus0 --bus system
	is_observed system
	busctl list >/dev/null
	dump_end 'reply .*ListNames'
	run is_observed system
	[[ $status != 0 ]]
	[[ $(seen '.type == "method_call" and .member == "Hello"') == 1 ]]
	[[ $(seen '.kind != "event" and (.sender | not)') == 0 ]]
}

@test "the system bus's clients from before are named from their first message on" {
	run dbusctl observe system
	[[ $status == 0 && $output =~ "is observed: dbus"[0-9]+", "[2-9] ]]
	dump_tap
	busctl call org.freedesktop.login1 /org/freedesktop/login1 \
		org.freedesktop.login1.Manager ListSessions
	busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 \
		org.freedesktop.DBus.Peer Ping
	dump_end 'reply .*Ping'
	[[ $(seen '.comm == "busctl" and .member == "Ping" and .uid == 0 and
		.bus == "system" and .observed') == 1 ]]
	[[ $(seen '.comm == "systemd-logind" and .type == "method_return"') == 1 ]]
	[[ $(seen '.sender == ":1.0" and .pid == 1 and
		.type == "method_return"') == 1 ]]
	[[ $(seen '.comm == "dbus-daemon" and .member == "NameAcquired"') == 2 ]]
	[[ $(seen '.kind == "handshake"') -ge 4 ]]
	nobody_is_nameless
}

@test "a service with PrivateNetwork=yes is seen, on the tap of the bus's namespace" {
	dbusctl observe system
	dump_tap
	busctl get-property org.freedesktop.hostname1 /org/freedesktop/hostname1 \
		org.freedesktop.hostname1 Hostname
	pid=$(systemctl show -P MainPID systemd-hostnamed.service)
	[[ $(systemctl show -P PrivateNetwork systemd-hostnamed.service) == yes ]]
	[[ $(readlink "/proc/$pid/ns/net") != "$(readlink /proc/self/ns/net)" ]]
	dump_end 'reply .*Properties.Get'
	[[ $(seen ".pid == $pid and .bus == \"system\" and
		.member == \"RequestName\"") == 1 ]]
	[[ $(seen ".pid == $pid and .type == \"method_return\"") == 1 ]]
	nobody_is_nameless
}

@test "a session's bus and that of accessibility, both started by need, are seen" {
	dbusctl observe session user
	dump_tap
	as_user gdbus call --session -d org.freedesktop.systemd1 \
		-o /org/freedesktop/systemd1 -m org.freedesktop.DBus.Peer.Ping
	address=$(as_user busctl --user -j call org.a11y.Bus /org/a11y/bus \
		org.a11y.Bus GetAddress | jq -r '.data[0]')
	dump_end 'reply .*GetAddress'
	[[ $(seen '.comm == "gdbus" and .member == "Ping" and .uid == 1000 and
		.bus == "session-1000"') == 1 ]]
	[[ $(seen '.comm == "at-spi-bus-laun" and .type == "method_return" and
		.uid == 1000') -ge 1 ]]
	# systemd says Hello and more in one breath
	nobody_is_nameless
	dbusctl observe "$address" name a11y
	dump_tap
	as_user busctl --address="$address" list
	dump_end 'reply .*ListNames'
	[[ $(seen '.bus == "a11y" and .comm == "busctl" and
		.member == "ListNames"') == 1 ]]
	nobody_is_nameless
}

@test "systemd's private socket is seen" {
	dbusctl observe /run/systemd/private
	dump_tap
	systemctl show -p Id dbus.service
	dump_end ' reply '
	[[ $(seen '.bus == "private" and .comm == "systemctl" and
		.type == "method_call"') -ge 1 ]]
	[[ $(seen '.bus == "private" and .pid == 1 and
		.type == "method_return"') -ge 1 ]]
}

# The system bus, served anew, is observed still or again.
system_bus_is_captured() {
	until_true system_bus_is_served
	until_true is_observed system
	dump_tap
	busctl call org.freedesktop.DBus / org.freedesktop.DBus GetId
	dump_end 'reply .*GetId'
	[[ $(seen '.bus == "system" and .comm == "busctl" and
		.member == "GetId"') == 1 ]]
	[[ $(seen ".bus == \"system\" and .comm == \"$1\" and
		.type == \"method_return\"") -ge 2 ]]
	nobody_is_nameless
}

@test "a broker that is killed and started again by its socket is still observed" {
	dbusctl observe system
	pkill -KILL -x -u messagebus dbus-daemon
	system_bus_is_captured dbus-daemon
}

@test "with the drop-in, a system bus that is restarted is observed" {
	install -D -m 644 /usr/local/share/dbusctl/observe.conf "$drop_in"
	systemctl daemon-reload
	systemctl restart dbus.service
	system_bus_is_captured dbus-daemon
}

@test "dbus-broker is seen as well, as the system's bus and a session's" {
	systemctl stop dbus.service
	systemctl -q enable dbus-broker.service
	systemctl -q --global enable dbus-broker.service
	systemctl start dbus.socket dbus-broker.service
	# the drop-in is for whatever serves
	system_bus_is_captured dbus-broker
	systemctl restart user@1000.service
	until_true test -S /run/user/1000/bus
	dbusctl observe session user
	dump_tap
	as_user gdbus call --session -d org.freedesktop.systemd1 \
		-o /org/freedesktop/systemd1 -m org.freedesktop.DBus.Peer.Ping
	dump_end 'reply .*Ping'
	[[ $(seen '.comm == "gdbus" and .member == "Ping" and
		.bus == "session-1000"') == 1 ]]
	[[ $(seen '.comm == "dbus-broker" and .bus == "session-1000"') -ge 1 ]]
	nobody_is_nameless
}
