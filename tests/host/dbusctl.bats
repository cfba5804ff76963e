# SPDX-License-Identifier: GPL-2.0-or-later
#
# dbusctl against a kernel of our own making (tests/dbusctl/fake-kernel.c),
# whose routing table is fixed. The real one is in tests/guest/dbusctl.bats.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/bin/dbusctl build/tests/dbusctl/fake-kernel.so
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export LC_ALL=C.UTF-8 TZ=UTC
	export FAKE_LOG=$BATS_TEST_TMPDIR/requests
	unset FAKE_KERNEL
}

dbusctl() {
	LD_PRELOAD=$PWD/build/tests/dbusctl/fake-kernel.so \
		timeout 20 build/bin/dbusctl "$@"
}

@test "buses are shown by number, with their tap, owner and counters" {
	run -0 --separate-stderr dbusctl bus show
	[ "$stderr" = "" ]
	[ "${#lines[@]}" = 3 ]
	read -ra title <<<"${lines[0]}"
	[ "${title[*]}" = "BUS ID TAP USER PEERS NAMES MATCHES ROUTED" ]
	read -ra first <<<"${lines[1]}"
	[ "${first[*]}" = "session-0 1 dbus1 root 4 2 5 18446744073709551615" ]
	read -ra second <<<"${lines[2]}"
	[ "${second[*]}" = "lab 2 dbus2 4294967294 4 2 5 3" ]
}

@test "columns are aligned, numbers to the right" {
	run -0 dbusctl bus show
	[ "${#lines[0]}" = "${#lines[1]}" ]
	[ "${#lines[0]}" = "${#lines[2]}" ]
}

@test "peers are shown with their state, process, user and names" {
	run -0 dbusctl peer show
	read -ra driver <<<"${lines[1]}"
	[ "${driver[*]}" = "session-0 :1.1 driver 800 root dbus-routed 0 -" ]
	read -ra client <<<"${lines[2]}"
	[ "${client[2]} ${client[3]}" = "active 820" ]
	[ "${client[6]}" = 5000000000 ]
	[ "${client[7]}" = org.bar,org.foo ]
	read -ra handshake <<<"${lines[3]}"
	[ "${handshake[1]} ${handshake[2]}" = ":1.12345678901234567890 new" ]
}

@test "users are shown with what they hold, and what others let wait for them" {
	run -0 --separate-stderr dbusctl user show
	[ "$stderr" = "" ]
	[ "${#lines[@]}" = 3 ]
	read -ra row <<<"${lines[0]}"
	[ "${row[*]}" = "BUS USER PEERS NAMES MATCHES REPLIES WAITING QUEUED FDS FROM" ]
	read -ra row <<<"${lines[1]}"
	[ "${row[*]}" = "session-0 root 1 0 0 1 4 0 0 -" ]
	read -ra row <<<"${lines[2]}"
	[ "${row[*]}" = "session-0 4000000 3 2 5 1 0 5000000000 6 root 5000000000" ]
	run -0 dbusctl -j user show 4000000
	[ "$(jq -c '[.[] | .queued_bytes, .from[0].user, .from[0].queued_fds]' \
		<<<"$output")" = '[5000000000,"root",6]' ]
	run -0 dbusctl -j user show user root bus lab
	[ "$output" = "[]" ]
	run -1 dbusctl user del root
}

@test "listening sockets are shown with their bus, its daemon and their address" {
	run -0 --separate-stderr dbusctl listener show
	[ "$stderr" = "" ]
	[ "${#lines[@]}" = 4 ]
	read -ra row <<<"${lines[0]}"
	[ "${row[*]}" = "BUS STATE PID INODE ADDRESS" ]
	read -ra row <<<"${lines[1]}"
	[ "${row[*]}" = 'session-0 served 800 12345678901234567890 /run/b\x1bus' ]
	read -ra row <<<"${lines[2]}"
	[ "${row[*]}" = "lab kept - 12345678901234567891 @a@b" ]
	read -ra row <<<"${lines[3]}"
	[ "${row[*]}" = "session-0 served - 12345678901234567892 -" ]
	run -0 dbusctl -d listener show bus session-0
	[ "${#lines[@]}" = 4 ]
	[ "${lines[2]}" = "    file 77 on device 130:259" ]
	run -0 dbusctl -j listener show lab
	[[ $output = *'12345678901234567891'* ]]
	[ "$(jq -c '.[] | [.bus, .bus_id, .address, .served, .pid, .file_inode]' <<<"$output")" = \
		'["lab",2,"@a@b",false,null,null]' ]
	run -0 dbusctl -j listener show session-0
	[ "$(jq -c '[.[] | [.served, .pid, .address, .file_major, .file_minor, .file_inode]]' <<<"$output")" = \
		'[[true,800,"/run/b\u001bus",130,259,77],[true,null,null,null,null,null]]' ]
}

@test "control characters and broken UTF-8 of a process's name do not reach the terminal" {
	run -0 dbusctl peer show
	[[ $output = *'evil\x1b[31m\xff'* ]]
	[[ $output != *$'\x1b'* ]]
	run -0 dbusctl match show
	[[ $output = *"arg0='\\x1b[2J'"* ]]
	run -0 dbusctl monitor
	[[ $output != *$'\x1b'* ]]
}

@test "details and counters stand below the peer that they are of" {
	run -0 dbusctl -d -s peer show :1.2
	[ "${#lines[@]}" = 4 ]
	[ "${lines[2]}" = "    gid 100 groups 4,27,1000 label unconfined unix-fds yes matches 3 open-calls 1" ]
	[ "${lines[3]}" = "    received 11 messages 12 bytes, sent 13 messages 14 bytes, queued 17 messages" ]
}

@test "who floods the bus and who does not read stands first" {
	run -0 dbusctl peer show sort received
	[[ ${lines[0]} = *" RECEIVED "*"QUEUED "* ]]
	read -ra first <<<"${lines[1]}"
	[ "${first[1]} ${first[6]} ${first[7]}" = ":1.2 11 5000000000" ]
	run -0 dbusctl -j peer show sort queued
	[ "$(jq -c 'map(.queued_bytes) | . == (sort | reverse)' <<<"$output")" = true ]
	[ "$(jq -r '.[0].peer' <<<"$output")" = :1.2 ]
	run -1 dbusctl peer show sort weight
	[[ $output = *'"weight" is nothing to sort by'* ]]
}

@test "peers are selected by id, name, user, process, command and bus" {
	run -0 dbusctl -j peer show peer :1.2
	[ "$(jq -c 'map(.peer)' <<<"$output")" = '[":1.2"]' ]
	run -0 dbusctl -j peer show name org.bar
	[ "$(jq -c 'map(.peer)' <<<"$output")" = '[":1.2"]' ]
	run -0 dbusctl -j peer show user root
	[ "$(jq -c 'map(.peer)' <<<"$output")" = '[":1.1"]' ]
	run -0 dbusctl -j peer show uid 4000000 pid 820
	[ "$(jq -c 'map(.peer)' <<<"$output")" = '[":1.2"]' ]
	run -0 dbusctl -j peer show comm dbus-routed
	[ "$(jq -c 'map(.peer)' <<<"$output")" = '[":1.1"]' ]
	run -0 dbusctl -j peer show bus lab
	[ "$output" = "[]" ]
	run -0 dbusctl -j peer show dev dbus0
	[ "$(jq length <<<"$output")" = 3 ]
	run -0 dbusctl -j peer show dev dbus2
	[ "$output" = "[]" ]
}

@test "the kernel is asked for the one bus that is wanted" {
	run -0 dbusctl peer show bus session-0
	grep -qx 'cmd 6 2=1' "$FAKE_LOG"
}

@test "names are shown with their owner, queue and flags" {
	run -0 dbusctl name show
	read -ra bar <<<"${lines[1]}"
	[ "${bar[1]} ${bar[2]} ${bar[3]} ${bar[7]}" = "org.bar :1.2 owner -" ]
	read -ra owner <<<"${lines[2]}"
	[ "${owner[1]} ${owner[2]} ${owner[3]} ${owner[7]}" = \
		"org.foo :1.2 owner allow_replacement,replace_existing" ]
	read -ra waits <<<"${lines[3]}"
	[ "${waits[*]}" = "session-0 org.foo :1.1 queue:1 800 root dbus-routed do_not_queue" ]
	run -0 dbusctl name show org.bar
	[ "${#lines[@]}" = 2 ]
}

@test "match rules are shown as they were added, the empty one too" {
	run -0 dbusctl -j match show
	[ "$(jq -r '.[0].rule + .[1].rule' <<<"$output")" = "" ]
	[ "$(jq -r '.[2].rule' <<<"$output")" = "type='signal',arg0='"$'\x1b'"[2J'" ]
	[ "$(jq -c '[.[].count]' <<<"$output")" = '[1,1,2]' ]
	run -0 dbusctl match show :1.1
	[[ ${lines[1]} = *' ""' ]]
}

@test "counters that the kernel does not give are left out" {
	run -0 dbusctl stats show lab
	[ "${#lines[@]}" = 6 ]
	run -0 dbusctl -j stats show
	[ "$(jq '.[0].routed == 18446744073709551615' <<<"$output")" = true ]
	[ "$(jq '.[0] | has("denied")' <<<"$output")" = false ]
}

@test "JSON is typed and valid UTF-8, one array on one line" {
	run -0 dbusctl -j peer show
	[ "${#lines[@]}" = 1 ]
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	[ "$(jq -c '.[1] | [.pid, .groups, .names, .unix_fds, .label, .queued_bytes]' <<<"$output")" = \
		'[820,[4,27,1000],["org.bar","org.foo"],true,"unconfined",5000000000]' ]
	[ "$(jq '.[2] | has("pid")' <<<"$output")" = false ]
	run -0 dbusctl -j -p peer show
	[ "${#lines[@]}" -gt 20 ]
	jq . <<<"$output" >/dev/null
}

@test "with no bus there is nothing to show, and JSON is an empty array" {
	export FAKE_KERNEL=empty
	run -0 dbusctl bus show
	[ "$output" = "" ]
	run -0 dbusctl -j bus show
	[ "$output" = "[]" ]
}

@test "users are shown by number if asked" {
	run -0 dbusctl -n peer show :1.1
	read -ra driver <<<"${lines[1]}"
	[ "${driver[4]}" = 0 ]
}

@test "a table that changed while it was read is read again" {
	run -0 --separate-stderr dbusctl -j name show
	undisturbed=$output
	rm "$FAKE_LOG"
	FAKE_KERNEL=interrupted run -0 --separate-stderr dbusctl -j name show
	[ "$output" = "$undisturbed" ]
	[ "$stderr" = "" ]
	[ "$(grep -c '^cmd 7' "$FAKE_LOG")" = 2 ]
}

@test "a table that never holds still is shown with a warning, in the end" {
	FAKE_KERNEL=restless run -0 --separate-stderr dbusctl bus show
	[ "${#lines[@]}" = 3 ]
	[[ $stderr = "Warning: "*"kept changing"* ]]
}

@test "adding a bus sends its name and guid, and shows what was made" {
	run -0 dbusctl bus add lab guid 0123456789abcdef0123456789abcdef
	[ "$(cat "$FAKE_LOG")" = "cmd 1 3=lab 4=0123456789abcdef0123456789abcdef" ]
	[[ ${lines[1]} = "lab "* ]]
}

@test "a bus is deleted by name or number" {
	run -0 dbusctl bus del lab
	[ "$(tail -n1 "$FAKE_LOG")" = "cmd 2 2=2" ]
	run -0 dbusctl bus del 1
	[ "$(tail -n1 "$FAKE_LOG")" = "cmd 2 2=1" ]
	run -2 dbusctl bus del nobody
	[[ $output = 'Error: there is no bus "nobody"'* ]]
}

@test "a peer is disconnected by bus and unique name" {
	run -0 dbusctl peer del session-0 :1.2
	[ "$(tail -n1 "$FAKE_LOG")" = "cmd 5 2=1 9=2" ]
	run -0 dbusctl peer del bus lab :1.18446744073709551614
	[ "$(tail -n1 "$FAKE_LOG")" = "cmd 5 2=2 9=18446744073709551614" ]
}

@test "events are told as they come, other families' are not" {
	run -0 dbusctl monitor
	[ "${lines[0]}" = "bus add new tap dbus3 user root" ]
	[[ ${lines[1]} = "peer add :1.2 bus session-0 pid 820 comm evil"* ]]
	[ "${lines[2]}" = "name add org.foo bus session-0 owner :1.2" ]
	[ "${lines[3]}" = "name change org.foo bus session-0 owner :1.1 was :1.2" ]
	[[ ${lines[4]} = "peer del :1.2 bus session-0"* ]]
	[ "${lines[5]}" = "bus del new tap dbus3 user root" ]
	[ "${#lines[@]}" = 6 ]
}

@test "details show unique names' events too" {
	run -0 dbusctl -d monitor name
	[ "${lines[2]}" = "name del :1.2 bus session-0 was :1.2" ]
}

@test "events are selected by object and bus" {
	run -0 dbusctl monitor bus
	[ "${#lines[@]}" = 2 ]
	run -0 dbusctl monitor peer bus session-0
	[ "${#lines[@]}" = 2 ]
	run -0 dbusctl monitor peer bus lab
	[ "$output" = "" ]
}

@test "lost events are owned up to, and buses are read again" {
	FAKE_KERNEL=lossy run -0 dbusctl monitor
	[[ ${lines[1]} = "events lost "* ]]
	[ "${lines[6]}" = "bus del - tap dbus3" ]
}

@test "events have a time stamp if asked, and JSON is one object a line" {
	run -0 dbusctl -t monitor bus
	[[ ${lines[0]} =~ ^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}\ bus\ add ]]
	run -0 dbusctl -t -j monitor
	[ "$(jq -c '[.object, .event]' <<<"${lines[2]}")" = '["name","add"]' ]
	[[ $(jq -r .timestamp <<<"${lines[2]}") =~ ^20..-..-..T.*Z$ ]]
	[ "${#lines[@]}" = 6 ]
}

@test "the kernel's own words are shown with an error" {
	FAKE_KERNEL=refuse run -2 dbusctl bus add lab
	[ "$output" = 'Error: cannot add bus "lab": a bus has this name already.' ]
	FAKE_KERNEL="refuse silent" run -2 dbusctl bus add lab
	[ "$output" = 'Error: cannot add bus "lab": File exists.' ]
}

@test "a missing module is named, with what to do" {
	FAKE_KERNEL=absent run -2 dbusctl bus show
	[[ ${lines[0]} = *'module "dbus" is not loaded'* ]]
	[ "${lines[1]}" = "Load it with: sudo modprobe dbus" ]
}

@test "missing rights are named" {
	FAKE_KERNEL=denied run -2 dbusctl bus show
	[[ ${lines[0]} = *"Operation not permitted"* ]]
	[[ ${lines[1]} = *CAP_NET_ADMIN* ]]
}

@test "an attribute of the wrong size is an error, not a guess" {
	FAKE_KERNEL=broken run -2 dbusctl peer show
	[[ $output = "Error: cannot read the peers: Protocol error." ]]
}

@test "objects and commands can be shortened as those of ip" {
	run -0 dbusctl p s
	[[ ${lines[0]} = *STATE* ]]
	run -0 dbusctl m l
	[[ ${lines[0]} = *RULE* ]]
	run -0 dbusctl mo b
	[[ ${lines[0]} = "bus add "* ]]
	run -0 dbusctl b h
	[[ ${lines[0]} = "Usage: dbusctl bus "* ]]
}

@test "a wrong command line names the word and exits with 1" {
	run -1 dbusctl frobnicate
	[[ $output = *'"frobnicate"'* ]]
	run -1 dbusctl peer frobnicate
	[[ $output = *'"peer frobnicate"'* ]]
	run -1 dbusctl peer show :1.2 frobnicate
	[[ $output = *'"frobnicate"'* ]]
	run -1 dbusctl peer show pid
	[[ $output = *'"pid" needs a value'* ]]
	run -1 dbusctl peer show pid -- -3
	[[ $output = *'"-3" is not a process number'* ]]
	run -1 dbusctl peer show :1.x
	[[ $output = *'":1.x" is not a peer'* ]]
	run -1 dbusctl peer show :1.99999999999999999999
	[[ $output = *'is not a peer'* ]]
	run -1 dbusctl peer show user nobody-of-this-name
	[[ $output = *'no user "nobody-of-this-name"'* ]]
	run -1 dbusctl bus show nobody
	[[ $output = *'no bus "nobody"'* ]]
	run -1 dbusctl peer show dev eth0
	[[ $output = *'"eth0" is not a tap device'* ]]
	run -1 dbusctl bus add
	[[ $output = *'needs a name'* ]]
	run -1 dbusctl bus add "$(printf 'x%.0s' {1..32})"
	[[ $output = *'1 to 31 octets'* ]]
	run -1 dbusctl bus add lab guid 0123
	[[ $output = *'32 hexadecimal digits'* ]]
	run -1 dbusctl peer del session-0
	[[ $output = *'needs a bus and a peer'* ]]
	run -1 dbusctl --frobnicate
	run -1 dbusctl
	[[ ${lines[0]} = Usage:* ]]
}

@test "a full disk is an error" {
	run -2 bash -c "LD_PRELOAD=$PWD/build/tests/dbusctl/fake-kernel.so build/bin/dbusctl bus show >/dev/full"
	[[ $output = "Error: cannot write: No space left on device." ]]
}

@test "no run leaks or reads what it should not" {
	command -v valgrind >/dev/null || skip "valgrind is not installed"
	for words in "-d -s bus show" "-j -d peer show" "-d -s peer" "name" \
		"-j match" "stats" "user" "-j user" "monitor" "-j monitor" "bus add lab"; do
		FAKE_KERNEL=interrupted \
		LD_PRELOAD=$PWD/build/tests/dbusctl/fake-kernel.so \
			valgrind -q --leak-check=full --error-exitcode=99 \
			build/bin/dbusctl $words >/dev/null
	done
}
