# SPDX-License-Identifier: GPL-2.0-or-later
#
# dbusctl and the real kernel, with real clients on a bus of dbus-routed.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	modprobe dbus
	mkfifo address
	dbus-routed --session --nofork --print-address=3 3>address \
		>routed.log 2>&1 &
	echo $! >routed.pid
	read -r -t 20 DBUS_SESSION_BUS_ADDRESS <address
	export DBUS_SESSION_BUS_ADDRESS
	BUS=$(dbusctl -j bus show | jq -r '.[0].bus')
	export BUS
}

teardown_file() {
	kill "$(cat "$BATS_FILE_TMPDIR/routed.pid")"
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	pids=()
}

teardown() {
	# without a pid, wait would wait for bats' own clock
	((${#pids[@]})) || return 0
	kill "${pids[@]}" 2>/dev/null || :
	wait "${pids[@]}" 2>/dev/null || :
}

# A service that owns $1; $! is its process.
serve() {
	dbus-test-tool echo --name="$1" 3>&- &
	pids+=($!)
	timeout 20 gdbus wait --session "$1"
}

# Run COMMAND until it succeeds, for 20 seconds at most, on the debug kernel 90.
eventually() {
	local end=$((SECONDS + 20))

	[[ ${VM_KERNEL-} != debug ]] || end=$((SECONDS + 90))
	until "$@"; do
		((SECONDS < end)) || { echo "never: $*"; return 1; }
		read -r -t 0.05 <> <(:) || :
	done
}

peer_of() {
	dbusctl -j peer show pid "$1" | jq -r '.[0].peer'
}

gone() {
	[ "$(dbusctl -j peer show pid "$1")" = "[]" ]
}

@test "the bus of dbus-routed is shown with its owner, guid and tap" {
	run -0 dbusctl -j bus show "$BUS"
	[ "$(jq length <<<"$output")" = 1 ]
	[ "$(jq .[0].uid <<<"$output")" = 0 ]
	guid=$(dbus-send --print-reply=literal --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.GetId | tr -d ' ')
	[ "$(jq -r .[0].guid <<<"$output")" = "$guid" ]
	ip link show "$(jq -r .[0].tap <<<"$output")"
}

@test "a peer is shown with its process, user, groups and name" {
	serve org.foo
	run -0 dbusctl -j peer show name org.foo
	[ "$(jq -c '.[0] | [.pid, .comm, .uid, .state, .names]' <<<"$output")" = \
		"[$!,\"dbus-test-tool\",0,\"active\",[\"org.foo\"]]" ]
	[ "$(jq '.[0].rx_messages >= 2' <<<"$output")" = true ]
	[ "$(jq '.[0].tx_messages >= 2' <<<"$output")" = true ]
}

@test "the daemon is shown as the driver" {
	run -0 dbusctl -j peer show bus "$BUS"
	[ "$(jq '[.[] | select(.state == "driver") | .pid] == ['"$(cat "$BATS_FILE_TMPDIR/routed.pid")"']' \
		<<<"$output")" = true ]
}

@test "nobody is shown who was not let in" {
	# A session bus of root's takes no other user.
	run runuser -u user -- env \
		DBUS_SESSION_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" timeout 20 \
		gdbus call --session -d org.freedesktop.DBus -o / \
		-m org.freedesktop.DBus.GetId
	[ "$status" != 0 ]
	run -0 dbusctl -j peer show user user
	[ "$output" = "[]" ]
}

@test "names and their owners are those that the bus tells its clients" {
	serve org.foo.One
	serve org.foo.Two
	run -0 dbusctl -j name show
	names=$(jq -r '.[].name' <<<"$output" | sort)
	told=$(dbus-send --print-reply --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.ListNames | sed -n 's/.*string "\(.*\)"/\1/p' |
		grep -v -e '^:' -e '^org.freedesktop.DBus$' | sort)
	[ "$(grep org.foo <<<"$names")" = "$(grep org.foo <<<"$told")" ]
	owner=$(dbus-send --print-reply=literal --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.GetNameOwner string:org.foo.Two | tr -d ' ')
	[ "$(jq -r '.[] | select(.name == "org.foo.Two") | .peer' <<<"$output")" = "$owner" ]
	[ "$owner" = "$(peer_of $!)" ]
}

@test "match rules are shown while they are held" {
	gdbus monitor --session --dest org.foo.Nobody 3>&- >gdbus.log &
	monitor=$!
	pids+=($monitor)
	held() { dbusctl -j match show | grep -q org.foo.Nobody; }
	eventually held
	run -0 dbusctl -j match show
	[ "$(jq 'map(select(.rule | contains("org.foo.Nobody"))) | .[0].pid' <<<"$output")" = $monitor ]
	kill $monitor
	released() { ! held; }
	eventually released
}

@test "the kernel counts every message that it routes" {
	serve org.foo
	before=$(dbusctl -j stats show "$BUS" | jq .[0].routed)
	dbus-test-tool spam --dest=org.foo --count=100 --queue=10
	after=$(dbusctl -j stats show "$BUS" | jq .[0].routed)
	# 100 calls, 100 replies, and what connecting takes.
	((after - before >= 200 && after - before <= 220))
}

@test "a deleted peer is disconnected, and all that it had is gone" {
	serve org.foo
	service=$!
	unique=$(peer_of $service)
	run -0 dbusctl peer del "$BUS" "$unique"
	[ "$output" = "" ]
	eventually gone $service
	[ "$(dbusctl -j name show org.foo)" = "[]" ]
	# libdbus ends a program that lost its bus.
	wait $service || :
	run -2 dbusctl peer del "$BUS" "$unique"
	[[ $output = "Error: cannot disconnect $unique from bus \"$BUS\": "* ]]
}

@test "the monitor tells of peers and names in the order of what happened" {
	dbusctl monitor 3>&- >events &
	monitor=$!
	pids+=($monitor)
	# It tells of the first that comes after it listens.
	listening() {
		timeout 20 gdbus call --session -d org.freedesktop.DBus -o / \
			-m org.freedesktop.DBus.GetId >/dev/null
		[ -s events ]
	}
	eventually listening
	serve org.foo
	service=$!
	unique=$(peer_of $service)
	kill $service
	told() { grep -q "^peer del $unique " events; }
	eventually told
	kill $monitor
	wait $monitor
	grep -nE " ($unique|org\.foo) " events | sed 's/^[0-9]*://' >ours
	[[ $(sed -n 1p ours) = "peer add $unique bus $BUS pid $service "*" user root" ]]
	[ "$(sed -n 2p ours)" = "name add org.foo bus $BUS owner $unique" ]
	[ "$(sed -n 3p ours)" = "name del org.foo bus $BUS was $unique" ] ||
		[ "$(sed -n 4p ours)" = "name del org.foo bus $BUS was $unique" ]
	[ "$(wc -l <ours)" = 4 ]
}

@test "a bus is added and deleted, and its tap device with it" {
	run -0 dbusctl -j bus add lab
	tap=$(jq -r .[0].tap <<<"$output")
	ip link show "$tap"
	run -0 dbusctl bus show lab
	[ "${#lines[@]}" = 2 ]
	run -2 dbusctl bus add lab
	[[ $output = 'Error: cannot add bus "lab": '* ]]
	[[ $output != *": File exists."* ]]
	run -0 dbusctl bus del lab
	run -1 dbusctl bus show lab
	run -1 ip link show "$tap"
}

@test "a guid that is given is the bus's" {
	run -0 dbusctl -j bus add lab guid 00112233445566778899aabbccddeeff
	[ "$(jq -r .[0].guid <<<"$output")" = 00112233445566778899aabbccddeeff ]
	dbusctl bus del lab
}

@test "an ordinary user sees and deletes the buses of their own only" {
	run -2 runuser -u user -- dbusctl bus add lab
	[[ $output = *"must have -UID in its name"* ]]
	lab=lab-$(id -u user)
	run -0 runuser -u user -- dbusctl -j bus add "$lab"
	[ "$(jq .[0].uid <<<"$output")" = "$(id -u user)" ]
	run -0 runuser -u user -- dbusctl -j bus show
	[ "$(jq -c 'map(.bus)' <<<"$output")" = "[\"$lab\"]" ]
	run -0 runuser -u user -- dbusctl -j peer show
	[ "$output" = "[]" ]
	run -2 runuser -u user -- dbusctl bus del "$BUS"
	[[ $output = "Error: there is no bus \"$BUS\", or it is not yours to see." ]]
	run -0 runuser -u user -- dbusctl bus del "$lab"
	[ "$(dbusctl -j bus show | jq 'map(select(.bus == "'"$lab"'")) | length')" = 0 ]
}

@test "two hundred peers are all shown, once each" {
	before=$(dbusctl -j peer show bus "$BUS" | jq length)
	mkfifo stay
	"$BATS_TEST_DIRNAME/../../build/bin-test/bustest" stress-crowd 200 <stay 3>&- &
	pids+=($!)
	exec 7>stay
	all() {
		[ "$(dbusctl -j peer show bus "$BUS" |
			jq 'map(select(.state == "active")) | length')" -ge $((before + 199)) ]
	}
	eventually all
	run -0 dbusctl -j peer show bus "$BUS"
	[ "$(jq 'length == (map(.peer) | unique | length)' <<<"$output")" = true ]
	[ "$(jq 'map(select(.state != "driver").peer | ltrimstr(":1.") | tonumber) |
		. == sort' <<<"$output")" = true ]
	[ "$(jq -r '.[0].peer' <<<"$output")" = org.freedesktop.DBus ]
	exec 7>&-
}

@test "another network namespace has none of these buses" {
	run -0 unshare -n dbusctl -j bus show
	[ "$output" = "[]" ]
}
