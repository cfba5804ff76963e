#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Filters where they run: dbusdump's part of a rule in the kernel and its own
# part behind it, on taps made of TUN devices; and the programs that it prints.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/libpcap/lib/libpcap.so.0.8 build/bin/dbusdump \
		build/tests/pcap/tap-rig
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export TOP=$PWD LC_ALL=C.UTF-8
	T=$BATS_TEST_TMPDIR
}

# The last count of such packets that dbusdump gave
counted() {
	[ "$(sed -n "s/^\([0-9]*\) packets\? $2\$/\1/p" "$T/$1" | tail -1)" = "$3" ]
}

# In a namespace: dbusdump with a rule, 500 messages that don't match around two
# that do, and two more for the names. usage: live LIBRARIES message|record RULE...
live() {
	local rig=$TOP/build/tests/pcap/tap-rig kind=$2 n pid

	export LD_LIBRARY_PATH=$1
	shift 2
	"$rig" make dbus0
	ip link set dbus0 up
	: >lines >messages
	"$TOP/build/bin/dbusdump" -t -n -B 64 -c 2 "$@" >lines 2>messages &
	pid=$!
	trap 'kill -KILL $pid 2>/dev/null || :' EXIT
	for ((n = 0; n < 2000; n++)); do
		! grep -q listening messages || break
		kill -0 $pid
		read -r -t 0.01 <> <(:) || :
	done
	kill -STOP $pid
	"$rig" "$kind" dbus0 250 20
	TAP_MEMBER=Hit "$rig" "$kind" dbus0 1 20 4711
	"$rig" "$kind" dbus0 250 20
	TAP_MEMBER=Hit "$rig" "$kind" dbus0 1 20 4712
	kill -CONT $pid
	wait $pid
}

enter_and_live() {
	[ -w /dev/net/tun ] || skip "/dev/net/tun is not there or not writable"
	export -f live
	cd "$T"
	run timeout 60 unshare -rn bash -ec 'live "$@"' - "$@"
	cat messages
	cd "$TOP"
	[ "$status" = 0 ] || { [ "$status" = 77 ] && skip "no memory for TUN"; }
}

@test "a rule is attached in the kernel: what it rejects is not copied" {
	for rule in member=Hit "member=Hit,path=/org/foo,sender=:1.7,type=signal" \
		"bus=1,comm=tap,member=Hit,interface=org.foo.Test"; do
		enter_and_live "$TOP/build/libpcap/lib" record "$rule"
		grep -q USER13 "$T/messages"
		[ "$(grep -c 'org.foo.Test.Hit' "$T/lines")" = 2 ]
		counted messages "received by filter" 2
		counted messages "dropped by kernel" 0
	done
}

@test "with Debian's libpcap, too" {
	enter_and_live "" message member=Hit,type=signal
	grep -q LINUX_SLL "$T/messages"
	[ "$(grep -c 'org.foo.Test.Hit' "$T/lines")" = 2 ]
	counted messages "received by filter" 2
	enter_and_live "$TOP/build/libpcap/lib" message -y DBUS member=Hit,type=signal
	[ "$(grep -c 'org.foo.Test.Hit' "$T/lines")" = 2 ]
	counted messages "received by filter" 2
}

@test "what BPF can't decide is decided behind it" {
	# all pass the kernel, none its argument; then two match
	enter_and_live "$TOP/build/libpcap/lib" record -B 4096 arg0=x member=Hit
	[ "$(grep -c 'org.foo.Test.Hit' "$T/lines")" = 2 ]
	! counted messages "received by filter" 2
	# the kernel decides the member, dbusdump the owner
	enter_and_live "$TOP/build/libpcap/lib" record \
		destination=org.foo.Nobody,member=Changed member=Hit
	counted messages "received by filter" 2
}

# Ten rules, each with strings of 255 octets that differ in their last ones
ten_rules() {
	local long i
	printf -v long '%0241d' 0
	for i in 0 1 2 3 4 5 6 7 8; do
		printf '%s\n' "interface=org.x${long//0/i}.aaaaa$i,member=m${long//0/m}aaaaaaaaaaaa$i,path=/p${long//0/p}aaaaaaaaaaaa$i"
	done
	printf '%s\n' "interface=org.foo.Test,member=Hit,path=/org/foo"
}

@test "ten rules with strings of 255 octets are attached, and exact" {
	mapfile -t rules < <(ten_rules)
	[ "${#rules[@]}" = 10 ]
	run -0 --separate-stderr build/bin/dbusdump -d "${rules[@]}"
	echo "$stderr"
	[[ $stderr == *"of strings, only the last "*" octets are compared"* ]]
	run -0 --separate-stderr build/bin/dbusdump -d "${rules[0]%%,*}"
	[[ $stderr != *"too large"* ]]
	enter_and_live "$TOP/build/libpcap/lib" record "${rules[@]}"
	[ "$(grep -c 'org.foo.Test.Hit' "$T/lines")" = 2 ]
	counted messages "received by filter" 2
}

@test "a hundred rules, more than the kernel takes, are exact all the same" {
	mapfile -t rules < <(for i in {1..99}; do
		echo "interface=org.foo.Bar$i,path=/org/bar$i,member=M$i"
	done)
	run -0 --separate-stderr build/bin/dbusdump -d "${rules[@]}"
	[[ $stderr == *"header fields are compared afterwards"* ]]
	enter_and_live "$TOP/build/libpcap/lib" record -B 4096 "${rules[@]}" member=Hit
	[ "$(grep -c 'org.foo.Test.Hit' "$T/lines")" = 2 ]
}

@test "-d prints what tcpdump -d prints, where the rule is exact" {
	for rule in type=signal "interface='org.foo.Bar',member=Baz" \
		"path_namespace=/org/foo or sender=:1.7" error=org.foo.Failed; do
		run -0 --separate-stderr build/bin/dbusdump -d -n --no-replies \
			-y DBUS "$rule"
		program=$output
		LD_LIBRARY_PATH=build/libpcap/lib run -0 --separate-stderr \
			tcpdump -d -r captures/clients-kernel-bus.pcap "$rule"
		[ "${program/262144/N}" = "$(sed 's/ret      #[1-9][0-9]*$/ret      #N/' <<<"$output")" ]
	done
	for rule in pid=7 "verdict=denied,bus=session-1000" comm=gimp,type=signal; do
		run -0 --separate-stderr build/bin/dbusdump -d -n --no-replies "$rule"
		program=$output
		LD_LIBRARY_PATH=build/libpcap/lib run -0 --separate-stderr \
			tcpdump -d -r captures/clients-kernel-tap.pcap "$rule"
		[ "$program" = "$output" ]
	done
}

@test "-d says what is decided afterwards; -dd is C, -ddd numbers" {
	run -0 --separate-stderr build/bin/dbusdump -d sender=org.foo.Bar,arg0=x
	[[ $stderr == *"afterwards: sender"* && $stderr == *"afterwards: argN"* ]]
	[[ $stderr == *"replies pass"* && $stderr == *"to learn names"* ]]
	run -0 --separate-stderr build/bin/dbusdump -d -n --no-replies type=signal
	[[ $stderr != *afterwards* && $stderr != *pass* ]]
	run -0 build/bin/dbusdump -dd -y DBUS -n --no-replies type=signal
	[[ ${lines[0]} == "{ 0x30, 0, 0, 0x00000001 }," ]]
	run -0 build/bin/dbusdump -ddd -y DBUS -n --no-replies type=signal
	[[ ${lines[0]} == "$((${#lines[@]} - 1))" ]]
	run -1 build/bin/dbusdump -d -y EN10MB type=signal
	run -1 build/bin/dbusdump -d
}

@test "several rules can be one argument, with or between them" {
	file=captures/clients-kernel-tap.pcap
	two=$(build/bin/dbusdump --count -r $file type=signal type=error)
	[ "$two" != "0 packets" ]
	[ "$(build/bin/dbusdump --count -r $file "type=signal or type=error")" = "$two" ]
	[ "$(build/bin/dbusdump --count -r $file "type='signal' || type='error'")" = "$two" ]
	run -2 build/bin/dbusdump -r $file "type=signal or member=a.b"
	[ "${lines[2]}" = "$(printf '%24s^' '')" ]
	run -2 build/bin/dbusdump -r $file "type=signal or "
	[[ $output == *"no rule beside 'or'"* ]]
}
