#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Wireshark plugin, on captures that tests/dissector/mkcap writes. The
# number of each record is said in tests/dissector/story.c.

bats_require_minimum_version 1.5.0

top=$BATS_TEST_DIRNAME/../..
build=$top/build

setup_file() {
	make -s -C "$top" dissector-plugin build/tests/dissector/{mkcap,faults,talk}
	# Wireshark ignores WIRESHARK_PLUGIN_DIR as root, and whoever it is run
	# as instead may not be able to look into our folders.
	export T=$(mktemp -d /tmp/dissector.XXXXXX)
	chmod 755 "$T"
	mkdir "$T/home" "$T/none"
	chmod 777 "$T/home"
	cp -r "$build/plugins" "$T/plugins"
	for form in user13 sll sll2 dbus null pcapng foreign foreign-pcapng \
		long; do
		"$build/tests/dissector/mkcap" $form "$T/$form"
	done
	cp "$top"/captures/*.pcap "$T"
	"$build/tests/dissector/faults" "$T/faults" >"$T/faults.list"
	chmod -R a+rX "$T"
}

teardown_file() {
	rm -rf "$T"
}

# unprivileged COMMAND...
unprivileged() {
	local as=()

	[ "$(id -u)" != 0 ] ||
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${as[@]}" env HOME="$T/home" XDG_CONFIG_HOME="$T/home" LC_ALL=C.UTF-8 \
		TZ=UTC WIRESHARK_PLUGIN_DIR="${plugins:-$T/plugins}" \
		${preload:+LD_PRELOAD=$preload} "$@"
}

# shark FORM OPTION...: what it prints; anything on stderr is a failure
shark() {
	local form=$1 rc=0

	shift
	unprivileged tshark -r "$T/$form" "$@" 2>"$BATS_TEST_TMPDIR/stderr" ||
		rc=$?
	cat "$BATS_TEST_TMPDIR/stderr" >&2
	[ ! -s "$BATS_TEST_TMPDIR/stderr" ] && [ $rc = 0 ]
}

# the same without our plugin
stock() {
	plugins=$T/none shark "$@"
}

# fields FORM FRAME FIELD...: their values, separated by |
fields() {
	local form=$1 frame=$2 e=()

	shift 2
	for f in "$@"; do
		e+=(-e "$f")
	done
	shark "$form" -Y "frame.number == $frame" -T fields -E 'separator=|' \
		"${e[@]}"
}

# is EXPECTED COMMAND...: the command prints exactly that
is() {
	local expected=$1 got

	shift
	got=$("$@")
	if [ "$got" != "$expected" ]; then
		printf 'expected: %s\n     got: %s\n' "$expected" "$got"
		return 1
	fi
}

# frames FORM FILTER: numbers of the frames that it matches, in one line
frames() {
	shark "$1" -Y "$2" -T fields -e frame.number | xargs
}

info() {
	fields "$1" "$2" _ws.col.Info
}

experts() {
	fields "$1" "$2" _ws.expert.message
}

@test "Wireshark loads the plugin" {
	unprivileged tshark -G plugins >"$BATS_TEST_TMPDIR/plugins"
	grep -q '^dbusmon\.so.*dissector' "$BATS_TEST_TMPDIR/plugins"
	[ "$(unprivileged tshark -G plugins 2>&1 >/dev/null)" = "" ]
}

@test "only what Wireshark looks for leaves the plugin" {
	is "plugin_describe plugin_register plugin_version plugin_want_major plugin_want_minor" \
		eval "nm -D --defined-only $build/plugins/*/epan/dbusmon.so |
		      cut -d' ' -f3 | sort | xargs"
}

@test "every field of the header is there" {
	is '0xd54d4244|2|1|112|7|1|0x00000000|3|4|0|0|:1.5|:1.3|144|17|1234|1000|0|dbus-send|session-1000' \
		fields user13 7 dbusmon.{magic,version,kind,hdr_len,seq,bus,flags} \
		dbusmon.{verdict,reason,fds,recipients,sender,receiver,length} \
		dbusmon.{rule,pid,uid,lost,comm,bus_name}
	is '2|1' fields user13 12 dbusmon.fds dbusmon.recipients
	is '3|none' fields user13 6 dbusmon.recipients dbusmon.receiver
	is '0x00000002|0|1|0|4294967295' fields user13 4 dbusmon.flags \
		dbusmon.flags.{observed,driver} dbusmon.{pid,uid}
	is '0x00000001|1|0|2|system' fields user13 16 dbusmon.flags \
		dbusmon.flags.{observed,driver} dbusmon.{bus,bus_name}
}

@test "the time of routing is kept to the nanosecond" {
	is 'Nov 14, 2023 22:13:20.129456789 UTC' fields user13 7 dbusmon.time
}

@test "numbers are put in words" {
	shark user13 -Y 'frame.number == 7' -O dbusmon >"$BATS_TEST_TMPDIR/out"
	cd "$BATS_TEST_TMPDIR"
	grep -q '^    Kind: message (1)$' out
	grep -q '^    Verdict: denied (3)$' out
	grep -q '^    Reason: policy (4)$' out
	shark user13 -Y 'frame.number == 4' -O dbusmon >out
	grep -q '^    Process: not known (0)$' out
	grep -q '^    User: not known (4294967295)$' out
	grep -q '^    Policy rule: none (0)$' out
}

@test "every number of the header file has its word" {
	local number word

	cd "$BATS_TEST_TMPDIR"
	unprivileged tshark -G values >values 2>/dev/null
	for word in kind verdict reason tlv_type; do
		number=$(sed -n "/^enum dbusmon_$word/,/^}/p" \
			"$top/include/uapi/linux/dbus.h" | grep -c ' = [0-9]')
		case $word in
		verdict) number=$((number + 1)) ;;	# none
		esac
		is "$number" grep -c "^V	dbusmon.${word/_/.}	" values
	done
}

@test "filters know the words" {
	is '7 8' frames user13 'dbusmon.verdict == "denied"'
	is '8' frames user13 'dbusmon.verdict == 3 && dbusmon.reason == "quota"'
	is '5' frames user13 'dbusmon.reason == "no taker"'
	is '10 11' frames user13 'dbusmon.verdict == "invalid"'
	is '4' frames user13 'dbusmon.sender == "org.freedesktop.DBus"'
	is '2 5 6' frames user13 'dbusmon.comm == "foo-service"'
	is '2 5 6' frames user13 'dbusmon.pid == 77'
	is '4' frames user13 'dbusmon.flags.driver == 1'
	is '16 19' frames user13 'dbusmon.bus == 2'
	is '16' frames user13 'dbusmon.bus_name == "system"'
	is '12' frames user13 'dbusmon.fds > 0'
}

@test "a filter may look at record and message at once" {
	is '7 8' frames user13 'dbusmon.verdict == "denied" && dbus.member == "Frob"'
	is '2' frames user13 'dbusmon.uid == 1000 && dbus.reply_serial == 7 && !dbus.error_name'
}

@test "a record is told in one line" {
	shark user13 -O none >"$BATS_TEST_TMPDIR/out"
	cd "$BATS_TEST_TMPDIR"
	grep -qxF 'D-Bus tap record: bus session-1000 #1, delivered, dbus-send[1234] uid 1000 → :1.3' out
	grep -qxF 'D-Bus tap record: bus session-1000 #3, undelivered: no such name, dbus-send[1234] uid 1000 → nobody' out
	grep -qxF 'D-Bus tap record: bus session-1000 #4, delivered, org.freedesktop.DBus → :1.5' out
	grep -qxF 'D-Bus tap record: bus session-1000 #6, delivered, foo-service[77] uid 1000 → 3 recipients' out
	grep -qxF 'D-Bus tap record: bus session-1000 #13, handshake, dbus-send[1234] uid 1000' out
	grep -qxF 'D-Bus tap record: bus 2 #101, delivered, dbus-send[1234] uid 1000 → :1.3' out
	grep -qxF 'D-Bus tap record: bus session-1000 #24, 12 records lost' out
	grep -qxF 'D-Bus tap record: bus session-1000 #32, 77: 99, sixteen-letters![1234] uid 1000 → :1.3' out
}

@test "the columns show the message, and the verdict unless it was delivered" {
	is 'D-Bus|:1.5|org.foo.Bar|org.foo.Bar.Frob("hello", 42) @ /org/foo' fields user13 1 \
		_ws.col.{Protocol,Source,Destination,Info}
	is '[denied: policy] org.foo.Bar.Frob("hello", 42) @ /org/foo' info user13 7
	is '[undelivered: no taker] * org.foo.Bar.Changed() @ /org/foo' info user13 5
	is '[queued: no driver] org.foo.Bar.Frob("hello", 42) @ /org/foo' info user13 9
	is '[77: 99] org.foo.Bar.Frob("hello", 42) @ /org/foo' info user13 29
	is '* org.foo.Bar.Changed() @ /org/foo' info user13 6
}

@test "addresses come from the record where the message has none" {
	is ':1.5|org.foo.Bar' fields user13 23 _ws.col.Source _ws.col.Destination
	is ':1.5|org.foo.Bar' fields user13 10 _ws.col.Source _ws.col.Destination
	is 'org.freedesktop.DBus|:1.5' fields user13 4 \
		_ws.col.Source _ws.col.Destination
	is 'org.foo.Bar|(broadcast)' fields user13 6 \
		_ws.col.Source _ws.col.Destination
}

@test "records without a message say what they are" {
	is 'Handshake: AUTH EXTERNAL 31303030' info user13 13
	is 'AUTH EXTERNAL 31303030' fields user13 13 dbusmon.handshake
	is 'Peer: :1.5' info user13 14
	is 'Name: :1.5' info user13 15
	is '12 records lost' info user13 21
	is 'Record of kind 55' info user13 30
}

@test "what was not delivered is an expert item" {
	is 'Message denied: policy, rule 17' experts user13 7
	is 'Message denied: quota' experts user13 8
	is 'Message not delivered: no such name' experts user13 3
	is 'Signal without a taker' experts user13 5
	is 'Message kept until the addressee is there' experts user13 9
	is '7 8' frames user13 dbusmon.denied
	is '3 22' frames user13 dbusmon.undelivered
	is '10 11' frames user13 dbusmon.invalid
	is '' experts user13 1
}

@test "an invalid message is shown as octets, or as far as it can be read" {
	is '[invalid: malformed] 18 octets' info user13 10
	is 'Not a valid message: malformed; its sender was disconnected' \
		experts user13 10
	is '780102038081828367617262616765fffefd' fields user13 10 data.data
	is '[invalid: malformed] org.foo.Bar.Frob("hello", 42) @ /org/foo [not a valid bus name]' \
		info user13 11
	is 'Not a valid message: malformed; its sender was disconnected,Not a valid bus name' \
		experts user13 11
	is 'Frob' fields user13 11 dbus.member
}

@test "gaps are seen on each bus by itself" {
	is '17 18' frames user13 dbusmon.missing
	is '4|15' fields user13 17 dbusmon.missing dbusmon.previous
	is '2|17' fields user13 18 dbusmon.missing dbusmon.previous
	is '|16' fields user13 19 dbusmon.missing dbusmon.previous
	is '|' fields user13 16 dbusmon.missing dbusmon.previous
	is '|' fields user13 1 dbusmon.missing dbusmon.previous
}

@test "a gap that the tap accounts for is not told twice" {
	is '4 records of this bus could not be built before this one' \
		experts user13 17
	is '2 records of this bus missing before this one: not captured, or filtered out' \
		experts user13 18
	is 'Sequence number of the record before' experts user13 20
}

@test "a preference turns the gaps off" {
	is '18' frames user13 'dbusmon.gap'
	[ "$(shark user13 -o dbusmon.check_sequence:FALSE -Y 'dbusmon.gap || dbusmon.again' -T fields -e frame.number)" = "" ]
	is '17 21' eval "shark user13 -o dbusmon.check_sequence:FALSE \
		-Y dbusmon.lost_records -T fields -e frame.number | xargs"
}

@test "two passes show what one pass shows" {
	local form

	for form in user13 sll sll2 dbus pcapng; do
		shark $form -V >"$BATS_TEST_TMPDIR/once"
		# but for what only the second can know
		shark $form -V -2 | sed '/: This capture holds no reply/,/Group:/d
			/^    \[Response in: /d' >"$BATS_TEST_TMPDIR/twice"
		cmp "$BATS_TEST_TMPDIR/once" "$BATS_TEST_TMPDIR/twice"
		[ -s "$BATS_TEST_TMPDIR/once" ]
	done
}

@test "gaps stay right when the second pass shows a few frames only" {
	is '4 2' eval "shark user13 -2 -R dbusmon.missing \
		-T fields -e dbusmon.missing | xargs"
	is '18' eval "shark user13 -2 -Y dbusmon.gap \
		-T fields -e frame.number"
}

@test "attributes are shown, known or not" {
	is '1,0,999|12,4,5|00000000,0102030405' fields user13 25 \
		dbusmon.tlv.{type,len,value}
}

@test "a later version is read as far as it is known" {
	is '3|1234|73657373696f6e2d31303030' eval "fields user13 24 \
		dbusmon.version dbusmon.pid dbusmon.more |
		sed 's/|[0-9a-f]\{8\}\([0-9a-f]*\)$/|\1/'"
	is 'org.foo.Bar.Frob("hello", 42) @ /org/foo' info user13 24
	[[ $(experts user13 24) == Version\ 3\ * ]]
}

@test "a damaged header is an expert item, never a failure" {
	is 'Attribute goes on behind the header' experts user13 26
	is 'Header length is impossible' experts user13 27
	is 'Octets behind the message|737572706c7573' fields user13 28 \
		_ws.expert.message dbusmon.trailer
	is 'org.foo.Bar.Frob("hello", 42) @ /org/foo' info user13 26
	is 'org.foo.Bar.Frob("hello", 42) @ /org/foo' info user13 27
	is 'org.foo.Bar.Frob("hello", 42) @ /org/foo' info user13 28
}

@test "numbers and names that nobody knows are shown as they are" {
	is '77|99|sixteen-letters!' fields user13 29 \
		dbusmon.{verdict,reason,comm}
	is '55' fields user13 30 dbusmon.kind
}

@test "both byte orders of the message are read" {
	is 'Ping|11' fields user13 23 dbus.member dbus.serial
	is 'Frob|7' fields user13 1 dbus.member dbus.serial
}

@test "a record that was cut is shown as far as it goes" {
	is '34|:1.5|1234' fields user13 31 dbusmon.{seq,sender,pid}
	is 'org.foo.Bar.…() @ /org/foo [cut]' info user13 31
	is 'The record holds 64 of the 144 octets of its message,64 of the 144 octets of this message were captured' \
		experts user13 31
	is '35|1|' fields user13 32 dbusmon.{seq,verdict,pid}
	is 'Tap record[Packet size limited during capture]' info user13 32
	is '36|1234|dbus-send' fields user13 33 dbusmon.{seq,pid,comm}
	is 'org.foo.Bar.Frob() @ /org/foo [cut]' info user13 34
	is 'Frob' fields user13 34 dbus.member
}

@test "cooked captures are decoded, SLL and SLL2" {
	local form

	for form in sll sll2; do
		is 'D-Bus|:1.5|org.foo.Bar|org.foo.Bar.Frob("hello", 42) @ /org/foo' fields $form 1 \
			_ws.col.{Protocol,Source,Destination,Info}
		is '28' eval "shark $form -Y dbus.member | wc -l"
		is 'sll:dbus' eval "fields $form 1 frame.protocols"
		is 'Handshake: AUTH EXTERNAL 31303030' info $form 13
		is '[invalid] org.foo.Bar.Frob("hello", 42) @ /org/foo [not a valid bus name]' info $form 11
		is '10 11 13 14 15 21 30 34 35' frames $form dbusmon.event
	done
}

@test "the record beside a pcapng packet is shown as the others are" {
	is '1|1|session-1000|:1.5|1234|dbus-send|Frob' fields pcapng 1 \
		dbusmon.{verdict,seq,bus_name,sender,pid,comm} dbus.member
	is '[denied: policy] org.foo.Bar.Frob("hello", 42) @ /org/foo' info pcapng 7
	is 'a comment,Message denied: policy, rule 17' experts pcapng 7
	is '7 8' frames pcapng 'dbusmon.verdict == "denied"'
	is 'dbusmon:dbus' fields pcapng 1 frame.protocols
	is '16 19' frames pcapng 'frame.interface_name == "system"'
}

@test "events of a pcapng file are told by the record alone" {
	is 'Handshake: AUTH EXTERNAL 31303030|0' fields pcapng 13 \
		_ws.col.Info frame.len
	is '12 records lost' info pcapng 21
	is '[invalid: malformed] 18 octets' info pcapng 10
}

@test "the record beside a pcapng packet survives being saved again" {
	unprivileged tshark -r "$T/pcapng" -w - -F pcapng 2>/dev/null \
		>"$T/again"
	is '3|4|17' fields again 7 dbusmon.{verdict,reason,rule}
}

@test "options of others are left alone" {
	is '' frames foreign-pcapng dbusmon
	is '1 2 3' frames foreign-pcapng 'dbus.member == "Frob"'
}

@test "files of others with link type USER13 are left alone" {
	shark foreign -V >"$BATS_TEST_TMPDIR/ours"
	stock foreign -V >"$BATS_TEST_TMPDIR/stock"
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/stock"
	[ "$(grep -c '^Frame' "$BATS_TEST_TMPDIR/ours")" = 4 ]
}

@test "a user's own use of USER13 goes on" {
	local dlt='uat:user_dlts:"User 13 (DLT=160)","http","0","","0",""'

	shark foreign -V -o "$dlt" >"$BATS_TEST_TMPDIR/ours"
	stock foreign -V -o "$dlt" >"$BATS_TEST_TMPDIR/stock"
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/stock"
	grep -q 'DLT: 160, Payload: http' "$BATS_TEST_TMPDIR/ours"
}

@test "a preference turns the mapping of USER13 off" {
	shark user13 -V -o dbusmon.user13:FALSE >"$BATS_TEST_TMPDIR/ours"
	stock user13 -V >"$BATS_TEST_TMPDIR/stock"
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/stock"
}

@test "the protocol can be switched off" {
	shark user13 -V --disable-protocol dbusmon >"$BATS_TEST_TMPDIR/ours"
	stock user13 -V >"$BATS_TEST_TMPDIR/stock"
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/stock"
	shark pcapng -V --disable-protocol dbusmon >"$BATS_TEST_TMPDIR/ours"
	stock pcapng -V >"$BATS_TEST_TMPDIR/stock"
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/stock"
}

@test "bare messages of link type 0 are read, other packets left alone" {
	is 'org.foo.Bar.Frob("hello", 42) @ /org/foo' info null 2
	is 'null:ip' eval "fields null 1 frame.protocols | cut -d: -f1,2"
	shark null -c 1 -V >"$BATS_TEST_TMPDIR/ours"
	stock null -c 1 -V >"$BATS_TEST_TMPDIR/stock"
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/stock"
}

# talk FILE: the capture that standard input tells, see tests/dissector/talk.c
talk() {
	"$build/tests/dissector/talk" "$T/$1"
	chmod a+r "$T/$1"
}

# --- messages ---------------------------------------------------------------

# message FORM FRAME: the lines of its tree
message() {
	shark "$1" -Y "frame.number == $2" -O dbus | sed -n '/^D-Bus /,$p'
}

@test "what breaks a rule of the specification is told as wire/ tells it" {
	local frame name verdict got

	shark faults -T fields -e frame.number -e _ws.expert.message \
		>"$BATS_TEST_TMPDIR/got"
	[ "$(wc -l <"$T/faults.list")" -gt 90 ]
	while read -r frame name verdict; do
		got=$(sed -n "${frame}p" "$BATS_TEST_TMPDIR/got" | cut -f2)
		case $verdict in
		valid) [[ $name == @(good|deepest-signature|longest-signature|fd-good|unknown-*|type-9): ]] ;;
		*) [[ ${got,,} == *"${verdict,,}"* ]] ;;
		esac || { echo "$frame $name $verdict, but: $got"; return 1; }
	done <"$T/faults.list"
}

@test "dbusdump finds the same faults" {
	local number name verdict line

	make -s -C "$top" build/bin/dbusdump
	"$build/bin/dbusdump" -r "$T/faults" >"$BATS_TEST_TMPDIR/dump"
	"$build/bin/dbusdump" -r "$T/faults" --json >"$BATS_TEST_TMPDIR/json"
	is "$(wc -l <"$T/faults.list")" eval "wc -l <$BATS_TEST_TMPDIR/dump"
	while read -r number name verdict; do
		line=$(sed -n "${number}p" "$BATS_TEST_TMPDIR/dump")
		[[ $verdict == valid && $line != *'[malformed: '* ||
			$line == *"[malformed: $verdict at octet "* ]] ||
			{ echo "$number $name $verdict, but: $line"; return 1; }
		line=$(sed -n "${number}p" "$BATS_TEST_TMPDIR/json")
		[[ $(jq -r '.malformed // "valid"' <<<"$line") == "$verdict" ]] ||
			{ echo "$number $name $verdict, but: $line"; return 1; }
	done <"$T/faults.list"
}

# frame NAME: the number of the little-endian one
frame() {
	sed -n "s/ $1:.*//p" "$T/faults.list" | head -n 1
}

@test "what is valid gets no complaint" {
	local name

	for name in good deepest-signature longest-signature fd-good \
		unknown-field; do
		is '' experts faults "$(frame $name)"
	done
	is 'Flags that nobody knows' experts faults "$(frame unknown-flags)"
	is 'Message type that nobody knows' experts faults "$(frame type-9)"
}

@test "both byte orders look the same" {
	shark faults -T fields -e _ws.col.Info -e _ws.expert.message |
		sed 's/Second reply to this call, the first is in frame [0-9]*,//' \
		>"$BATS_TEST_TMPDIR/all"
	cd "$BATS_TEST_TMPDIR"
	sed -n 1~2p all | grep -v '^Frob\|octets in' >little
	sed -n 2~2p all | grep -v '^Frob\|octets in' >big
	cmp little big
	[ "$(wc -l <little)" -gt 30 ]
	is '0x6c|0x42' eval "shark faults -c 2 -T fields -e dbus.endianness |
		xargs | tr ' ' '|'"
}

@test "behind a fault the message is still read" {
	is 'org..foo|Frob|still read' \
		fields faults "$(frame bad-names)" dbus.{destination,member,arg0}
	is 'behind' fields faults "$(frame boolean-256)" dbus.arg1
	is '42' fields faults "$(frame not-utf8)" dbus.arg1
	is '42' fields faults "$(frame signature-in-body)" dbus.arg1
	is 'hello|42' fields faults "$(frame version-2)" dbus.arg0 dbus.arg1
	is 'Frob,Other' fields faults "$(frame field-twice)" dbus.member
	is '1' fields faults "$(frame padding-in-body)" dbus.arg0
}

@test "no fault makes a malformed packet" {
	is '' frames faults '_ws.malformed || _ws.short'
}

@test "arguments are fields by their number and by their type" {
	is 'hello|42' fields user13 1 dbus.arg0 dbus.arg1
	is 'hello|42' fields user13 1 dbus.type.string dbus.type.uint32
	is '12' frames user13 'dbus.type.unix_fd == 1'
	is '12' frames user13 'dbus.arg2 == "fd 1"'
	message user13 1 >"$BATS_TEST_TMPDIR/out"
	grep -qx '        arg0 (s): "hello"' "$BATS_TEST_TMPDIR/out"
	grep -qx '        arg1 (u): 42' "$BATS_TEST_TMPDIR/out"
	is '255' eval "shark faults -Y 'frame.number == $(
		frame longest-signature)' -T fields -e dbus.type.byte |
		tr , '\n' | wc -l"
}

@test "header fields stand one on a line" {
	message user13 1 >"$BATS_TEST_TMPDIR/out"
	grep -qx '        Member: Frob' "$BATS_TEST_TMPDIR/out"
	grep -qx '        Destination: org.foo.Bar (:1.3)' "$BATS_TEST_TMPDIR/out"
	grep -qx '        Message type: Method call (1)' \
		"$BATS_TEST_TMPDIR/out"
}

@test "the text of an error is told" {
	is '! org.foo.Bar.Frob: org.freedesktop.DBus.Error.ServiceUnknown: "no"|no' \
		fields user13 4 _ws.col.Info dbus.error_text
	is 'Answered by error org.freedesktop.DBus.Error.ServiceUnknown: no' \
		experts user13 4
	is '4' frames user13 dbus.error
}

@test "an array of bytes is one item, and as long as it likes" {
	is '1|1100000' eval "fields long 1 dbusmon.seq dbus.type.array |
		awk -F'|' '{ print \$1 \"|\" length(\$2) / 2 }'"
	is '* org.foo.Bar.Blob([000102030405060708090a0b0c0d0e0f1011121314151617… 1100000 octets]) @ /org/foo' \
		info long 1
	is 'a comment' experts long 1
}

@test "the preferences for the Info column and for long arrays are kept" {
	is 'org.foo.Bar.Frob() @ /org/foo' eval "shark user13 -c 1 \
		-o dbus.info_arguments:FALSE -T fields -e _ws.col.Info"
	is 'org.foo.Bar.Frob("hel…) @ /org/foo' eval "shark user13 -c 1 \
		-o dbus.info_max:4 -T fields -e _ws.col.Info"
	is '35' eval "shark clients-stock-bus.pcap -o dbus.elements_max:1 \
		-Y 'dbus.elements_not_shown && dbus.member == Do' \
		-T fields -e frame.number"
	is 'a,x' eval "shark clients-stock-bus.pcap -o dbus.elements_max:1 \
		-Y frame.number==35 -T fields -e dbus.type.string |
		sed 's/hello,//'"
}

@test "properties are fields, in signals, calls and replies" {
	talk properties <<-END
	signal 0 0 :1.2 - 1 /a org.freedesktop.DBus.Properties.PropertiesChanged sa{sv}as org.foo.A 2 One u 1 Two s two 1 Three
	call 0 1 :1.5 org.foo 8 /a org.freedesktop.DBus.Properties.Get ss org.foo.A One
	reply 0 2 :1.2 :1.5 2 8 v u 7
	call 0 3 :1.5 org.foo 9 /a org.freedesktop.DBus.Properties.GetAll s org.foo.A
	reply 0 4 :1.2 :1.5 3 9 a{sv} 2 One u 1 Two as 2 a b
	call 0 5 :1.5 org.foo 10 /a org.freedesktop.DBus.Properties.Set ssv org.foo.A Two s three
	signal 0 6 :1.2 - 4 / org.freedesktop.DBus.ObjectManager.InterfacesAdded oa{sa{sv}} /a 1 org.foo.A 1 One u 9
	call 0 7 :1.5 org.foo 11 / org.freedesktop.DBus.ObjectManager.GetManagedObjects
	reply 0 8 :1.2 :1.5 5 11 a{oa{sa{sv}}} 1 /a 1 org.foo.A 1 Two s deep
	call 0 9 :1.5 org.foo 12 /a org.other.Get ss org.foo.A One
	END
	is '* org.freedesktop.DBus.Properties.PropertiesChanged(org.foo.A: One=1, Two="two", !Three) @ /a' \
		info properties 1
	is 'One,Two,Three|1,two|Three' fields properties 1 \
		dbus.property.{name,value,invalidated}
	is 'One|' fields properties 2 dbus.property.{name,value}
	is 'One|7' fields properties 3 dbus.property.{name,value}
	is 'One,Two|1,["a", "b"]' fields properties 5 \
		dbus.property.{name,value}
	is 'Two|three' fields properties 6 dbus.property.{name,value}
	is 'One|9' fields properties 7 dbus.property.{name,value}
	is 'Two|deep' fields properties 9 dbus.property.{name,value}
	is '|' fields properties 10 dbus.property.{name,value}
	is '3 5' frames properties \
		'dbus.property.name == "One" && dbus.reply_serial'
}

@test "a message that was cut anywhere shows all that is there" {
	local n cut

	talk whole <<-END
	call 0 0 :1.5 org.foo 7 /a org.foo.A.One sasa{sv}ay hello 2 a b 1 k u 9 3 1 2 3
	big
	call 0 0 :1.5 org.foo 8 /a org.foo.A.One sasa{sv}ay hello 2 a b 1 k u 9 3 1 2 3
	END
	cut=$BATS_TEST_TMPDIR
	n=$(fields whole 1 frame.len)
	for i in $(seq 1 $((n - 1))); do
		editcap -s "$i" "$T/whole" "$cut/cut.$(printf %04d "$i")"
	done
	mergecap -a -w "$T/cut" "$cut"/cut.*
	chmod a+r "$T/cut"
	shark cut -V >"$cut/out"
	is $((2 * n - 2)) grep -c '^Frame ' "$cut/out"
	run ! grep -iE 'malformed|dissector bug|exception' "$cut/out"
	is '' frames cut '!dbus.cut'
	# once the member is there, it is shown, and so are the arguments
	shark cut -T fields -e dbus.member -e dbus.arg0 -e dbus.type.string |
		sort -u >"$cut/seen"
	grep -qx 'One		' "$cut/seen"
	grep -qx 'One	hello	hello,a,b,k' "$cut/seen"
	for field in dbus.member dbus.arg0 dbus.type.byte; do
		is "$(shark cut -Y "$field && dbus.endianness == 0x6c" | wc -l)" \
			eval "shark cut -Y '$field && dbus.endianness == 0x42' |
				wc -l"
	done
}

# --- calls and names --------------------------------------------------------

@test "calls and replies are linked and timed, each bus by itself" {
	talk two <<-END
	call 0 0 :1.5 org.foo 7 /a org.foo.A.One s hello
	call 1 1 :1.5 org.foo 7 /b org.foo.B.Two s hello
	reply 1 5 :1.3 :1.5 3 7 u 42
	reply 0 20 :1.2 :1.5 3 7
	END
	is '-> org.foo.B.Two: 42|2|0.004000000|/b|org.foo.B|Two' fields two 3 \
		_ws.col.Info dbus.response_{to,time} dbus.{path,interface,member}
	is '-> org.foo.A.One: OK|1|0.020000000' fields two 4 \
		_ws.col.Info dbus.response_{to,time}
	is '4 3' eval "shark two -2 -T fields -e dbus.response_in | xargs"
	is '' eval "shark two -T fields -e dbus.response_in | xargs"
	is '1|:1.2' fields two 4 dbus.response_to dbus.sender
	is '4' frames two 'dbus.src == "org.foo" && frame.interface_id == 0'
	is '1 4' frames two 'dbus.member == "One"'
	is '' frames two dbus.call_not_seen
}

@test "calls are right when only some are shown again" {
	talk again <<-END
	call 0 0 :1.5 org.foo 7 /a org.foo.A.One
	reply 0 1 :1.2 :1.5 3 7
	call 0 2 :1.5 org.foo 7 /a org.foo.A.Again
	reply 0 3 :1.2 :1.5 4 7
	END
	is '1 3' eval "shark again -T fields -e dbus.response_to | xargs"
	is '1 3' eval "shark again -2 -T fields -e dbus.response_to | xargs"
	is '2 4' eval "shark again -2 -T fields -e dbus.response_in | xargs"
	is '3' eval "shark again -2 -Y 'frame.number == 4' \
		-T fields -e dbus.response_to"
}

@test "what is wrong with a reply, or with none, is an expert item" {
	talk replies <<-END
	call 0 0 :1.5 org.foo 7 /a org.foo.A.One
	reply 0 1 :1.2 :1.5 3 7
	reply 0 2 :1.2 :1.5 4 7
	reply 0 3 :1.2 :1.5 5 9
	reply 0 4 :1.2 :1.9 5 9
	call 0 5 :1.5 org.foo 10 /a org.foo.A.Slow
	reply 0 2000 :1.2 :1.5 6 10
	noreply
	call 0 2001 :1.5 org.foo 11 /a org.foo.A.Quiet
	reply 0 2002 :1.2 :1.5 8 11
	noreply
	call 0 2003 :1.5 org.foo 12 /a org.foo.A.Quiet
	call 0 2004 :1.5 org.foo 13 /a org.foo.A.Never
	call 0 2005 :1.5 org.foo 14 /a org.foo.A.Late
	error 0 2006 org.freedesktop.DBus :1.5 71 14 org.freedesktop.DBus.Error.NoReply s late
	reply 0 2007 :1.2 :1.5 9 14
	END
	is 'Second reply to this call, the first is in frame 2' \
		experts replies 3
	is 'A reply that nobody asked for' experts replies 4
	is 'The call is not in this capture' experts replies 5
	is 'Answered after 1.995 s' experts replies 7
	is '' frames replies 'dbus.slow && frame.number != 7'
	is 'The caller had asked for no reply' experts replies 9
	is '' experts replies 10
	is 'Late: the bus answered this call in frame 13 already' \
		experts replies 14
	is '' frames replies dbus.unanswered
	is '11' eval "shark replies -2 -Y dbus.unanswered \
		-T fields -e frame.number"
	is '' eval "shark replies -o dbus.slow_ms:0 -Y dbus.slow"
	is '' eval "shark replies -o dbus.slow_ms:1996 -Y dbus.slow"
}

@test "names are learnt from all messages that tell of them" {
	talk names <<-END
	call 0 0 :1.1 org.freedesktop.DBus 2 / org.freedesktop.DBus.RequestName su org.one 4
	reply 0 1 org.freedesktop.DBus :1.1 1 2 u 1
	signal 0 2 org.freedesktop.DBus :1.2 2 / org.freedesktop.DBus.NameAcquired s org.two
	signal 0 3 org.freedesktop.DBus - 3 / org.freedesktop.DBus.NameOwnerChanged sss org.three '' :1.3
	call 0 4 :1.9 org.freedesktop.DBus 2 / org.freedesktop.DBus.GetNameOwner s org.four
	reply 0 5 org.freedesktop.DBus :1.9 4 2 s :1.4
	call 0 6 :1.9 org.freedesktop.DBus 3 / org.freedesktop.DBus.ListQueuedOwners s org.five
	reply 0 7 org.freedesktop.DBus :1.9 5 3 as 2 :1.5 :1.9
	call 0 8 :1.9 org.six 4 / org.x.Y.Z
	reply 0 9 :1.6 :1.9 9 4
	call 0 10 :1.9 org.freedesktop.DBus 5 / org.freedesktop.DBus.RequestName su org.two 0
	reply 0 11 org.freedesktop.DBus :1.9 6 5 u 2
	signal 0 12 :1.1 - 1 / org.x.Y.Z
	signal 0 12 :1.2 - 1 / org.x.Y.Z
	signal 0 12 :1.3 - 1 / org.x.Y.Z
	signal 0 12 :1.4 - 1 / org.x.Y.Z
	signal 0 12 :1.5 - 1 / org.x.Y.Z
	signal 0 12 :1.6 - 1 / org.x.Y.Z
	signal 0 12 :1.9 - 1 / org.x.Y.Z
	signal 1 12 :1.1 - 1 / org.x.Y.Z
	END
	is 'org.one org.two org.three org.four org.five org.six :1.9 :1.1' \
		eval "shark names -Y 'dbus.member == Z && dbus.message_type == 4' \
			-T fields -e _ws.col.Source | xargs"
	is ':1.1 :1.2 :1.3 :1.4 :1.5 :1.6 :1.9 :1.1' \
		eval "shark names -n -Y 'dbus.member == Z && dbus.message_type == 4' \
			-T fields -e _ws.col.Source | xargs"
}

@test "names change hands, and are right at each packet" {
	talk hands <<-END
	signal 0 0 :1.1 - 1 / org.x.Y.Z
	signal 0 1 org.freedesktop.DBus - 3 / org.freedesktop.DBus.NameOwnerChanged sss org.one '' :1.1
	signal 0 2 :1.1 - 1 / org.x.Y.Z
	call 0 3 :1.9 org.one 7 / org.x.Y.First
	signal 0 4 org.freedesktop.DBus - 3 / org.freedesktop.DBus.NameOwnerChanged sss org.one :1.1 :1.2
	signal 0 5 :1.1 - 1 / org.x.Y.Z
	signal 0 6 :1.2 - 1 / org.x.Y.Z
	call 0 7 :1.9 org.one 8 / org.x.Y.Second
	reply 0 8 :1.1 :1.9 9 7
	signal 0 9 org.freedesktop.DBus :1.2 3 / org.freedesktop.DBus.NameLost s org.one
	signal 0 10 :1.2 - 1 / org.x.Y.Z
	END
	for pass in -n '' -2; do
		shark hands $pass -T fields -e _ws.col.Source \
			>"$BATS_TEST_TMPDIR/sources$pass"
	done
	cd "$BATS_TEST_TMPDIR"
	is ':1.1 org.freedesktop.DBus org.one :1.9 org.freedesktop.DBus :1.1 org.one :1.9 :1.1 org.freedesktop.DBus :1.2' \
		eval "xargs <sources"
	cmp sources sources-2
	is 'org.one org.one' eval "shark hands -Y dbus.member -Y 'dbus.message_type == 1' \
		-T fields -e _ws.col.Destination | xargs"
	is '4' frames hands 'dbus.dst == ":1.1" && dbus.message_type == 1'
	is '7 8' frames hands 'dbus.addr == "org.one" && frame.number in {5..8}'
}

@test "a name that is given up is the next one's, one waited for its owner's" {
	local bus=org.freedesktop.DBus
	talk released <<-END
	signal 0 0 $bus - 3 / $bus.NameOwnerChanged sss org.one '' :1.2
	call 0 1 :1.3 $bus 4 / $bus.ReleaseName s org.one
	reply 0 2 $bus :1.3 5 4 u 1
	signal 0 3 :1.2 - 1 / org.x.Y.Z
	call 0 4 :1.2 $bus 6 / $bus.ReleaseName s org.one
	signal 0 5 $bus - 7 / $bus.NameOwnerChanged sss org.one :1.2 :1.4
	reply 0 6 $bus :1.2 8 6 u 1
	signal 0 7 :1.4 - 1 / org.x.Y.Z
	signal 0 8 :1.2 - 1 / org.x.Y.Z
	call 0 9 :1.4 $bus 9 / $bus.ReleaseName s org.one
	reply 0 10 $bus :1.4 10 9 u 1
	signal 0 11 :1.4 - 1 / org.x.Y.Z
	END
	is 'org.one org.one :1.2 :1.4' eval "shark released -Y 'dbus.member == Z' \
		-T fields -e _ws.col.Source | xargs"
}

@test "a connection may gain and lose many names" {
	local changed="org.freedesktop.DBus - 3 / org.freedesktop.DBus.NameOwnerChanged sss"
	local z="signal 0 9 :1.1 - 1 / org.x.Y.Z" i pass

	{
		for i in {1..100}; do
			echo "signal 0 0 $changed org.n$i '' :1.1"
		done
		echo "$z"
		for i in {1..50}; do
			echo "signal 0 0 $changed org.n$i :1.1 ''"
		done
		echo "$z"
		for i in {51..100}; do
			echo "signal 0 0 $changed org.n$i :1.1 :1.2"
		done
		echo "$z"
	} | talk many
	for pass in -n -2; do
		is '101 152' eval "shark many $pass -T fields -e frame.number \
			-Y 'dbus.src == \"org.n70\" && dbus.member == Z' | xargs"
		is '101' eval "shark many $pass -T fields -e frame.number \
			-Y 'dbus.src == \"org.n20\" && dbus.member == Z' | xargs"
	done
	for pass in '' -2; do
		is 'org.n1 org.n51 :1.1' eval "shark many $pass \
			-Y 'dbus.member == Z' -T fields -e _ws.col.Source |
			xargs"
	done
}

@test "a capture of the real bus has a link at every reply" {
	is '' eval "shark clients-stock-bus.pcap -Y \
		'dbus.reply_serial && !dbus.response_to' -T fields -e frame.number"
	is 'Never' eval "shark clients-stock-bus.pcap -2 -Y dbus.unanswered \
		-T fields -e dbus.member"
	[ "$(shark clients-stock-bus.pcap -Y dbus.response_time | wc -l)" -gt 20 ]
}

# --- connections ------------------------------------------------------------

@test "a TCP connection is known by its handshake, all messages after it shown" {
	talk tcp <"$top/tests/dissector/tcp.talk"
	is 'Handshake: AUTH EXTERNAL 31303030|EXTERNAL|1000' fields tcp 4 \
		_ws.col.Info dbus.sasl.{mechanism,identity}
	is 'Refused in the handshake' experts tcp 5
	is 'OK|1234deadbeef' fields tcp 7 dbus.sasl.{command,guid}
	is 'Handshake: BEGIN, org.freedesktop.DBus.Hello() @ /, org.foo.A.One("hello") @ /a' \
		info tcp 10
	is 'Hello,One Hello One Back Back Sig' eval "shark tcp -Y dbus \
		-T fields -e dbus.member | xargs"
	is '11,16 24' eval "shark tcp -2 -Y dbus.response_in \
		-T fields -e dbus.response_in | xargs"
	is '10 10 22' eval "shark tcp -2 -Y dbus.response_to \
		-T fields -e dbus.response_to | xargs"
	is '' frames tcp '_ws.malformed || dbus.call_not_seen'
	is '127.0.0.1' fields tcp 29 _ws.col.Source
}

@test "a TCP connection that was found in the middle is known by a message" {
	talk middle <<-END
	tcp
	mss 30
	call c 8 - org.foo 2 /a org.foo.A.One s hello
	mss 1000
	reply s 9 :1.2 :1.5 3 2
	END
	is 'One One' eval "shark middle -Y dbus -T fields -e dbus.member | xargs"
}

@test "a connection from a port that was used before is another one" {
	talk port <<-'END'
	tcp
	text c 0 \0AUTH ANONYMOUS\r\n
	text s 0 OK 1234deadbeef\r\n
	text c 0 BEGIN\r\n
	call c 1 - - 7 /a org.foo.A.First
	again
	text c 2 \0AUTH ANONYMOUS\r\n
	text s 2 OK 1234deadbeef\r\n
	text c 2 BEGIN\r\n
	reply s 3 - - 1 7
	call c 4 - - 7 /a org.foo.A.Second
	reply s 5 - - 2 7
	END
	is '4 5 6 11 12 13' frames port dbus.sasl
	is '4 5 6 11 12 13' frames port 'dbus_stream && !dbus'
	is '14' frames port dbus.call_not_seen
	is '7' eval "shark port -2 -Y dbus.unanswered -T fields -e frame.number"
	is 'Second 15' eval "shark port -Y 'dbus.response_to' \
		-T fields -e dbus.member -e dbus.response_to | xargs"
}

@test "connections of a port can be decoded as D-Bus" {
	talk tcp <"$top/tests/dissector/tcp.talk"
	for name in dbus dbus_stream; do
		is 'Hello,One Hello One Back Back Sig' eval "shark tcp -Y dbus \
			--disable-heuristic dbus_tcp -T fields -e dbus.member \
			-d tcp.port==12434,$name | xargs"
	done
	shark tcp -d tcp.port==12434,dbus --disable-protocol dbus_stream -V |
		grep -v 'Protocols in frame' >"$BATS_TEST_TMPDIR/ours"
	stock tcp -d tcp.port==12434,dbus -V |
		grep -v 'Protocols in frame' >"$BATS_TEST_TMPDIR/stock"
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/stock"
	is '' eval "shark tcp --disable-heuristic dbus_tcp -Y dbus"
	is '' eval "shark tcp --disable-protocol dbus_stream -Y dbus"
}

# --- statistics -------------------------------------------------------------

# statistic FILE NAME: without the blanks that make columns
statistic() {
	shark "$1" -q -z "$2" | sed 's/  */ /g'
}

@test "response times are told by method and by service" {
	talk srt <<-END
	call 0 0 :1.5 org.foo 7 /a org.foo.A.One
	reply 0 4 :1.2 :1.5 3 7
	call 0 10 :1.5 org.foo 8 /a org.foo.A.One
	error 0 12 :1.2 :1.5 4 8 org.foo.Error
	call 0 20 :1.5 org.bar 9 /a org.foo.A.Two
	reply 0 21 :1.3 :1.5 5 9
	reply 0 29 :1.3 :1.5 6 9
	END
	statistic srt dbus,srt >"$BATS_TEST_TMPDIR/out"
	cd "$BATS_TEST_TMPDIR"
	grep -qx ' 0 org.foo.A.One 2 0.002000 0.004000 0.003000 0.006000' out
	grep -qx ' 1 org.foo.A.Two 1 0.001000 0.001000 0.001000 0.001000' out
	grep -qx ' 0 org.foo 2 0.002000 0.004000 0.003000 0.006000' out
	grep -qx ' 1 org.bar 1 0.001000 0.001000 0.001000 0.001000' out
	is 1 eval "statistic srt 'dbus,srt,dbus.member == Two' |
		grep -c org.foo.A"
}

@test "messages are counted by what they are, say, and come to" {
	statistic user13 dbus,tree >"$BATS_TEST_TMPDIR/out"
	cd "$BATS_TEST_TMPDIR"
	grep -q '^ Method calls 19 ' out
	grep -q '^ denied: policy 1 ' out
	grep -q '^ undelivered: no taker 1 ' out
	grep -q '^ org.freedesktop.DBus.Error.ServiceUnknown 1 ' out
	grep -q '^ org.foo.Bar 22 ' out
	grep -q '^ Changed 4 ' out
	shark clients-stock-bus.pcap -2 -q -z dbus,tree | sed 's/  */ /g' >out
	grep -q '^ that want an answer 27 ' out
	grep -q '^ not answered 1 ' out
	grep -q '^ answered by an error 2 ' out
}

@test "conversations and endpoints are counted by the names of the packet list" {
	statistic clients-stock-bus.pcap conv,dbus >"$BATS_TEST_TMPDIR/out"
	cd "$BATS_TEST_TMPDIR"
	grep -q '^:1.4 <-> org.foo.Echo 1 56 bytes 1 216 bytes 2 272 bytes' out
	grep -q '^:1.7 <-> (broadcast) 0 0 bytes 1 226 bytes' out
	statistic clients-stock-bus.pcap endpoints,dbus >out
	grep -q '^org.foo.Echo 6 877 2 112 4 765' out
	is 6 eval "shark clients-stock-bus.pcap -T fields -e _ws.col.Source \
		-e _ws.col.Destination | grep -c org.foo.Echo"
	talk apart <<-END
	signal 0 0 :1.5 - 1 / org.x.Y.Z
	signal 1 0 :1.5 - 1 / org.x.Y.Z
	END
	is 2 eval "statistic apart endpoints,dbus | grep -c ^:1.5"
	talk tcp <"$top/tests/dissector/tcp.talk"
	statistic tcp conv,dbus | grep -q '^127.0.0.1 <-> 127.0.0.2 3 '
}

@test "every source and destination is a filter that finds its packet" {
	local form n

	for form in user13 clients-stock-bus.pcap clients-kernel-tap.pcap; do
		shark $form -T fields -e frame.number -e _ws.col.Source \
			-e _ws.col.Destination |
			awk -F'\t' '$2 && $3 {
				printf "%s(frame.number == %s && dbus.src == \"%s\"",
					n++ ? " || " : "", $1, $2
				printf " && dbus.dst == \"%s\" && dbus.addr == \"%s\")",
					$3, $3
			}' >"$BATS_TEST_TMPDIR/filter"
		n=$(grep -o frame.number "$BATS_TEST_TMPDIR/filter" | wc -l)
		[ "$n" -gt 30 ]
		is "$n" eval 'shark $form -Y "$(<"$BATS_TEST_TMPDIR/filter")" |
			wc -l'
	done
}

@test "a connection can be followed" {
	talk srt <<-END
	call 0 0 :1.5 org.foo 7 /a org.foo.A.One s hello
	reply 0 4 :1.2 :1.5 3 7 u 42
	signal 0 5 :1.3 - 3 /a org.foo.A.Other
	END
	shark srt -q -z follow,dbus,ascii,1 >"$BATS_TEST_TMPDIR/out"
	cd "$BATS_TEST_TMPDIR"
	grep -qx 'Filter: dbus.peer == 1' out
	grep -qxF -- '-> org.foo.A.One: 42' out
	run ! grep -q Other out
	shark srt -q -z follow,dbus,ascii,0 >out
	grep -qxF -- 'org.foo.A.One("hello") @ /a' out
}

@test "introspection and arrays of bytes can be exported" {
	mkdir "$T/objects"
	chmod 777 "$T/objects"
	shark clients-stock-bus.pcap -q --export-objects "dbus,$T/objects"
	shark long -q --export-objects "dbus,$T/objects"
	head -n 1 "$T/objects/8..xml" | grep -q '^<!DOCTYPE node'
	is 1100000 eval "cat $T/objects/1.Blob-arg0-* | wc -c"
	rm -r "$T/objects"
}

@test "what installing puts there, uninstalling takes away" {
	local dir

	dir=$(pkg-config --variable=plugindir wireshark)
	make -s -C "$top" install-dissector "DESTDIR=$BATS_TEST_TMPDIR/root"
	[ -s "$BATS_TEST_TMPDIR/root$dir/epan/dbusmon.so" ]
	is 'colorfilters dfilter_buttons preferences recent' eval \
		"ls $BATS_TEST_TMPDIR/root/usr/share/wireshark/profiles/D-Bus |
		 xargs"
	make -s -C "$top" uninstall-dissector "DESTDIR=$BATS_TEST_TMPDIR/root"
	is '' find "$BATS_TEST_TMPDIR/root" -type f
}

@test "the profile shows bus, command and process in columns" {
	local profiles=$T/home/wireshark/profiles

	mkdir -p "$profiles"
	cp -r "$top/dissector/profile" "$profiles/D-Bus"
	chmod -R a+rwX "$T/home"
	is '1 0.000000000 session-1000 :1.5 dbus-send 1234 org.foo.Bar 7 org.foo.Bar.Frob(hello, 42) @ /org/foo' \
		eval "shark user13 -C D-Bus -c 1 | xargs"
	is 'D-Bus denied' eval "shark user13 -C D-Bus --color \
		-Y 'frame.number == 7' -T fields -e frame.coloring_rule.name"
	is 'D-Bus lost records' eval "shark user13 -C D-Bus --color \
		-Y 'frame.number == 18' -T fields -e frame.coloring_rule.name"
}

@test "the profile's filters are filters" {
	local filter n=0

	cd "$top/dissector/profile"
	while read -r filter; do
		shark user13 -c 1 -Y "$filter" >/dev/null
		n=$((n + 1))
	done < <(sed -n 's/^@[^@]*@\(.*\)@\[.*$/\1/p' colorfilters
		 sed -n 's/^"TRUE","[^"]*","\([^"]*\)".*/\1/p' dfilter_buttons |
			sed 's/\\x22/"/g')
	[ $n = 18 ]
}

@test "the flow graph shows records" {
	shark user13 -q -z flow,any,standard >"$BATS_TEST_TMPDIR/out"
	grep -q 'D-Bus: \[denied: policy\] org.foo.Bar.Frob' "$BATS_TEST_TMPDIR/out"
}

@test "damaged captures never make the dissector fail, or leak" {
	run -0 "$top/tests/dissector/fuzz" 1
	echo "# $output" >&3
	[[ $output == *[0-9][0-9][0-9][0-9]" damaged packets, each read in one pass and in two" ]]
}
