# SPDX-License-Identifier: GPL-2.0-or-later
#
# dbusdump on files: every form of capture, every option, every kind of damage,
# held against what tshark and libdbus read from the same octets.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	export LC_ALL=C.UTF-8 TZ=UTC TOP=$PWD
	export DBUSDUMP=$PWD/build/bin/dbusdump
	export ASAN=$PWD/build/asan/bin/dbusdump
	export MAKE_CAPTURE=$PWD/build/tests/dbusdump/make-capture
	export LIBDBUS=$PWD/build/tests/dbusdump/libdbus-read
	make -s build/libpcap/lib/libpcap.so.0.8 build/tests/pcap/tap-rig
	cd "$BATS_FILE_TMPDIR"
	"$MAKE_CAPTURE" pcap-ns:dbus talk >talk.pcap
	"$MAKE_CAPTURE" pcap-ns:user13 talk >tap.pcap
	"$MAKE_CAPTURE" ng:dbus talk >tap.pcapng
	"$MAKE_CAPTURE" pcap-ns:dbus types >types.pcap
	"$MAKE_CAPTURE" pcap-ns:user13 nasty >nasty.pcap
	record_real real.pcap
}

# Real traffic of a private bus, taken by dbus-monitor.
record_real() {
	local address monitor echo pid

	exec 7< <(exec dbus-daemon --session --nofork --print-address=1 --print-pid=1 3>&-)
	read -r -t 10 address <&7
	read -r -t 10 pid <&7
	export DBUS_SESSION_BUS_ADDRESS=$address
	dbus-monitor --pcap 3>&- 7<&- >"$1" &
	monitor=$!
	until [ -s "$1" ]; do
		dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
			org.freedesktop.DBus.Peer.Ping >/dev/null
	done
	dbus-test-tool echo --name=org.foo.Echo 3>&- 7<&- &
	echo=$!
	gdbus wait --session --timeout 10 org.foo.Echo
	dbus-send --session --print-reply --dest=org.foo.Echo /org/foo org.foo.Bar.Do \
		string:hello int32:5 array:string:a,b dict:string:int32:x,1,y,2 \
		variant:double:3.5 >/dev/null
	dbus-send --session --print-reply --dest=org.nobody /org/foo org.foo.Bar.Do \
		2>/dev/null || true
	dbus-send --session --type=signal /org/foo org.foo.Bar.Changed string:tada
	gdbus emit --session -o /org/foo \
		-s org.freedesktop.DBus.Properties.PropertiesChanged \
		"'org.foo.Iface'" "{'State': <uint32 3>}" "['Other']"
	# What comes back last: all before it is in the file then.
	dbus-send --session --type=signal /org/foo org.foo.Bar.End
	timeout 10 bash -c "until grep -qa End '$1'; do :; done"
	kill "$echo" "$monitor" "$pid"
	wait "$echo" "$monitor" || true
	exec 7<&-
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

lines_of() {
	"$DBUSDUMP" -t -r "$@"
}

# What remains of the lines when only the message is looked at.
bare() {
	"$DBUSDUMP" -n -t -r "$1" | sed -E 's/^(bus1|session-100) //; s/ \[(undelivered|denied|queued|invalid)[^]]*\]$//' |
		grep -v '^lost '
}

@test "a message is one line: kind, ends, path, interface.member, arguments" {
	run -0 lines_of talk.pcap
	[ "${lines[1]}" = 'call   :1.5 → org.foo.Service /org/foo org.foo.Bar.Ask("hello", 42)' ]
	[ "${#lines[@]}" -eq 12 ]
}

@test "a reply has its call's member, the service's name and the time it took" {
	run -0 lines_of talk.pcap
	[ "${lines[2]}" = 'reply  org.foo.Service → :1.5 /org/foo org.foo.Bar.Ask = "world" [1.50 ms]' ]
}

@test "an error has its name, its text and the time it took" {
	run -0 lines_of talk.pcap
	[ "${lines[4]}" = 'error  org.freedesktop.DBus → :1.5 /org/foo org.foo.Bar.Ask org.freedesktop.DBus.Error.ServiceUnknown "The name is not activatable" [1.50 ms]' ]
}

@test "PropertiesChanged is shown as assignments" {
	run -0 lines_of talk.pcap
	[ "${lines[5]}" = 'signal org.foo.Service → * /org/foo org.freedesktop.DBus.Properties.PropertiesChanged(org.foo.Bar: State=3, Name="x", !Old)' ]
}

@test "a tap record says bus, process, loss, and why a message was not delivered" {
	run -0 lines_of tap.pcap
	[ "${lines[3]}" = 'session-100 call   :1.5(client) → org.nobody /org/foo org.foo.Bar.Ask("hello", 42) [undelivered: no such name]' ]
	[ "${lines[7]}" = 'session-100 lost   3 messages' ]
	[[ ${lines[8]} = *' [denied: policy, rule 12]' ]]
	[[ ${lines[10]} = *" [queued: no driver]" ]]
	[[ ${lines[11]} = *'[malformed: boolean is neither 0 nor 1'*'[invalid: malformed]' ]]
}

@test "every file form and link type shows the same messages" {
	local format link

	bare talk.pcap >expected
	[ "$(wc -l <expected)" -eq 12 ]
	for format in pcap pcap-ns pcap-be pcap-ns-be ng ng-be; do
		for link in dbus user13 sll sll2 null; do
			"$MAKE_CAPTURE" "$format:$link" talk >form
			bare form >got
			diff expected got || { echo "$format:$link"; return 1; }
		done
	done
}

@test "microseconds and nanoseconds are read as what they are" {
	"$MAKE_CAPTURE" pcap:dbus talk >us.pcap
	"$MAKE_CAPTURE" pcap-ns-be:dbus talk >ns.pcap
	[ "$("$DBUSDUMP" -tt --nano -c 1 -r us.pcap | cut -d' ' -f1)" = 1700000000.123456000 ]
	[ "$("$DBUSDUMP" -tt --nano -c 1 -r ns.pcap | cut -d' ' -f1)" = 1700000000.123456789 ]
}

@test "a file is read from the standard input and from a pipe" {
	lines_of talk.pcap >expected
	"$DBUSDUMP" -t -r - <talk.pcap | diff expected -
	cat tap.pcapng | "$DBUSDUMP" -t -r - | diff <(lines_of tap.pcapng) -
}

# A pcap file without the packets numbered so, from 1.
without() {
	python3 - "$@" <<-'END'
		import struct, sys
		data = open(sys.argv[1], 'rb').read()
		out, at, n = data[:24], 24, 0
		while at < len(data):
		    end = at + 16 + struct.unpack('<I', data[at + 8:at + 12])[0]
		    n += 1
		    if str(n) not in sys.argv[2:]:
		        out += data[at:end]
		    at = end
		sys.stdout.buffer.write(out)
	END
}

@test "a gap in the sequence numbers is a loss: shown in its place, and counted" {
	without tap.pcap 3 4 5 >gap.pcap
	run -0 --separate-stderr lines_of gap.pcap
	[ "${lines[2]}" = 'session-100 lost   3 messages' ]
	[ "$stderr" = 'dbusdump: gap.pcap: 6 messages of session-100 missing: sequence numbers have gaps' ]
	[ "$("$DBUSDUMP" --json -r gap.pcap | jq -c 'select(.missing) | [.seq, .missing]' | tr -d '\n')" = '[6,3][11,3]' ]
	# What a filter left out of a file is not lost.
	"$DBUSDUMP" -r tap.pcap -w out.pcapng --no-replies member=Ask
	run -0 --separate-stderr lines_of out.pcapng
	[[ $stderr = 'dbusdump: out.pcapng: 3 messages of session-100 missing'* ]]
	[[ $output != *'lost   6'* ]]
}

@test "a packet cut inside the record header is said to be cut" {
	local n

	for n in 0 3 4 40 95 100; do
		"$MAKE_CAPTURE" pcap-ns:user13 talk | snap $n >snap.pcap
		run -0 --separate-stderr lines_of snap.pcap
		[ "${#lines[@]}" -ge 12 ]
		[[ ${lines[0]} = *"cut    [cut inside the record header: $n of "*" octets]" ]]
		"$DBUSDUMP" -t -r snap.pcap -w snap.pcapng
		[ "$("$DBUSDUMP" --count -r snap.pcapng)" = '12 packets' ]
		[ "$("$DBUSDUMP" --json -r snap.pcap | jq -s 'map(.record_header_octets) | unique | .[0]')" = $n ]
	done
	# The number and the bus are there before it is cut.
	[[ ${lines[0]} = 'bus1 cut '* ]]
}

# The standard input's packets, as a snap length of $1 leaves them.
snap() {
	python3 -c '
import struct, sys
data, n = sys.stdin.buffer.read(), int(sys.argv[1])
out, at = data[:24], 24
while at < len(data):
    s, f, c, l = struct.unpack("<IIII", data[at:at + 16])
    k = min(c, n)
    out += struct.pack("<IIII", s, f, k, l) + data[at + 16:at + 16 + k]
    at += 16 + c
sys.stdout.buffer.write(out)' "$1"
}

@test "two buses in one file keep their calls apart" {
	"$MAKE_CAPTURE" pcap-ns:user13 buses >buses.pcap
	run -0 lines_of buses.pcap
	[[ ${lines[0]} = 'session-100 call   :1.5(client) → '* ]]
	[[ ${lines[1]} = 'system call   :1.5(other) → '* ]]
	[[ ${lines[2]} = 'session-100 reply '*'[3.00 ms]' ]]
	[[ ${lines[3]} = 'system reply '*'[3.00 ms]' ]]
	run -0 lines_of buses.pcap bus=system
	[ "${#lines[@]}" -eq 2 ]
}

# --- options -----------------------------------------------------------------

@test "-t to -ttttt choose the form of the time" {
	run -0 "$DBUSDUMP" -c 2 -r talk.pcap
	[[ ${lines[0]} = '22:13:20.123456 signal '* ]]
	run -0 "$DBUSDUMP" -t -c 2 -r talk.pcap
	[[ ${lines[0]} = 'signal '* ]]
	run -0 "$DBUSDUMP" -tt -c 2 -r talk.pcap
	[[ ${lines[1]} = '1700000000.124956 call '* ]]
	run -0 "$DBUSDUMP" -ttt -c 3 -r talk.pcap
	[[ ${lines[2]} = '+00:00:00.001500 reply '* ]]
	run -0 "$DBUSDUMP" -tttt -c 2 -r talk.pcap
	[[ ${lines[1]} = '2023-11-14 22:13:20.124956 call '* ]]
	run -0 "$DBUSDUMP" -ttttt -c 3 -r talk.pcap
	[[ ${lines[2]} = '+00:00:00.003000 reply '* ]]
}

@test "-c ends after so many, -# numbers, -n leaves names alone, -q says less" {
	run -0 lines_of tap.pcap -c 3
	[ "${#lines[@]}" -eq 3 ]
	run -0 lines_of tap.pcap -# -c 2
	[[ ${lines[1]} = '2  session-100 call '* ]]
	run -0 lines_of tap.pcap -n -c 3
	[[ ${lines[2]} = 'session-100 reply  :1.7 → :1.5 '* ]]
	run -0 lines_of tap.pcap -q -c 2
	[ "${lines[1]}" = 'call   :1.5(client) → org.foo.Service org.foo.Bar.Ask' ]
}

@test "--count counts, with a rule too" {
	[ "$("$DBUSDUMP" --count -r talk.pcap)" = '12 packets' ]
	[ "$("$DBUSDUMP" --count -r talk.pcap type=error)" = '2 packets' ]
}

@test "-v shows serials, process, fate and every argument with its type" {
	run -0 lines_of tap.pcap -v -c 4
	[ "${lines[5]}" = 'session-100 call   :1.5(client) → org.foo.Service(:1.7) /org/foo org.foo.Bar.Ask' ]
	[ "${lines[6]}" = '  serial 10, 144 octets, seq 2; from pid 501 (client) uid 1000; delivered' ]
	[ "${lines[7]}" = '  from :1.5 [client 501]' ]
	[ "${lines[8]}" = '  to :1.7 org.foo.Service' ]
	[ "${lines[9]}" = '  s "hello"' ]
	[ "${lines[10]}" = '  u 42' ]
	run -0 lines_of types.pcap -v
	[ "${lines[2]}" = '  y 255' ]
	[[ $output = *$'\n  x -9223372036854775808\n  t 18446744073709551615\n  d 0.1\n'* ]]
	[[ $output = *$'\n  a{sv} {"key": v as ["deep"]}\n'* ]]
}

@test "-x and -X show the message's octets, doubled the header's too" {
	run -0 lines_of talk.pcap -X -c 1
	[[ ${lines[1]} = '        0x0000:  6c04 0101 2500 0000 '*' l...%...'* ]]
	local hex
	hex=$(lines_of talk.pcap -x -c 1 | sed -n 's/^ *0x[0-9a-f]*: //p' | tr -d ' \n')
	[ "$hex" = "$(tail -c +41 talk.pcap | head -c 197 | od -An -v -tx1 | tr -d ' \n')" ]
	run -0 lines_of tap.pcap -xx -c 1
	[[ ${lines[2]} = '        0x0000:  4442 4dd5 '* ]]
}

@test "colour comes with --color=always, not into a pipe, not into JSON" {
	[[ $("$DBUSDUMP" --color=always -c 1 -r talk.pcap) = *$'\033['* ]]
	[[ $("$DBUSDUMP" -c 1 -r talk.pcap) != *$'\033['* ]]
	[[ $("$DBUSDUMP" --color=always --json -c 1 -r talk.pcap) != *$'\033['* ]]
	run -2 "$DBUSDUMP" --color=pink -r talk.pcap
}

@test "-l and -U write out each message before the next one comes" {
	mkfifo slow
	"$DBUSDUMP" -l -t -r slow >now &
	pid=$!
	exec 4>slow
	head -c 237 talk.pcap >&4
	timeout 10 bash -c 'until [ -s now ]; do :; done'
	[ "$(wc -l <now)" -eq 1 ]
	exec 4>&-
	wait "$pid"
}

@test "options that can't be had together are refused" {
	run -2 "$DBUSDUMP" -i dbus0 -r talk.pcap
	run -2 "$DBUSDUMP" -w - --json -r talk.pcap
	run -2 "$DBUSDUMP" -c 0 -r talk.pcap
	run -2 "$DBUSDUMP" --nonsense
}

# --- safety ------------------------------------------------------------------

@test "nothing in a message reaches the terminal as a control character" {
	local form

	for form in -t -v -X --json; do
		run -0 "$DBUSDUMP" "$form" -r nasty.pcap
		[ "${#lines[@]}" -ge 2 ]
		# Nor do C1 characters, direction marks and line separators.
		! grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xef\xbb\xbf|\xff' <<<"$output"
	done
	[[ $("$DBUSDUMP" -t -r nasty.pcap) = *'"\x1b[31mred\x1b]0;title\x07\r\n\t\x08"'* ]]
	[[ $("$DBUSDUMP" --json -r nasty.pcap | jq -r 'select(.serial == 10).args[0].value') = *$'\033[31mred'* ]]
}

# --- match rules -------------------------------------------------------------

matches() {
	"$DBUSDUMP" -n -t --count -r talk.pcap "$@" | sed 's/ .*//'
}

@test "rules: every key, quotes or not, several are ORed" {
	[ "$(matches type=signal)" = 2 ]
	[ "$(matches "type='signal'")" = 2 ]
	[ "$(matches member=Ask --no-replies)" = 4 ]
	[ "$(matches path=/org/foo,type=signal)" = 1 ]
	[ "$(matches path_namespace=/org,type=signal)" = 2 ]
	[ "$(matches destination=org.nobody --no-replies)" = 1 ]
	[ "$(matches interface=org.foo.Bar,member=Take)" = 1 ]
	[ "$(matches --match type=signal --match member=Take)" = 3 ]
	[ "$(matches type=signal member=Take)" = 3 ]
	[ "$(matches error=org.freedesktop.DBus.Error.AccessDenied)" = 1 ]
}

@test "rules: arguments are compared exactly" {
	[ "$(matches arg0=hello --no-replies)" = 4 ]
	[ "$(matches arg0=hell)" = 0 ]
	[ "$(matches arg0=org.foo.Service,arg2=:1.7)" = 1 ]
	[ "$(matches arg1=42)" = 0 ]
	[ "$(matches arg0namespace=org.foo)" = 2 ]
	[ "$(matches arg0namespace=org.fo)" = 0 ]
}

@test "rules: a call that matches brings its reply, without --no-replies" {
	run -0 lines_of talk.pcap destination=org.foo.Service,member=Ask
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[1]} = 'reply '* && ${lines[3]} = 'error '* ]]
	run -0 lines_of talk.pcap --no-replies destination=org.foo.Service,member=Ask
	[ "${#lines[@]}" -eq 2 ]
}

@test "rules: a well-known name stands for its owner" {
	[ "$(matches sender=org.foo.Service)" = 2 ]
	[ "$(matches sender=:1.7)" = 2 ]
	[ "$(matches sender=org.foo.Other)" = 0 ]
	[ "$("$DBUSDUMP" -t -r real.pcap sender=org.foo.Echo,type=method_return | wc -l)" -ge 1 ]
}

@test "rules: pid, uid, comm, bus and verdict ask the tap's record" {
	local rule

	[ "$("$DBUSDUMP" --count -r tap.pcap pid=701)" = '2 packets' ]
	[ "$("$DBUSDUMP" --count -r tap.pcap comm=service,type=signal)" = '1 packet' ]
	[ "$("$DBUSDUMP" --count -r tap.pcap verdict=denied --no-replies)" = '1 packet' ]
	[ "$("$DBUSDUMP" --count -r tap.pcap uid=0)" = '0 packets' ]
	[ "$("$DBUSDUMP" --count -r tap.pcap bus=session-100)" = '12 packets' ]
	[ "$("$DBUSDUMP" --count -r tap.pcap bus=1)" = '12 packets' ]
	for rule in pid=1 uid=1000 verdict=delivered comm=client; do
		[ "$("$DBUSDUMP" --count -r talk.pcap "$rule")" = '0 packets' ]
	done
}

@test "a bad rule is refused, its key named and its place pointed at" {
	run -2 "$DBUSDUMP" -r talk.pcap --match type=signal,foo=bar
	[[ ${lines[0]} = *"'foo'"* ]]
	[ "${lines[1]}" = '  type=signal,foo=bar' ]
	[ "${lines[2]}" = '              ^~~' ]
	run -2 "$DBUSDUMP" -r talk.pcap pid=7,type=nonsense
	[[ ${lines[0]} = *"'type'"* ]]
	[ "${lines[1]}" = '  pid=7,type=nonsense' ]
	[[ ${lines[2]} =~ ^\ {8,13}\^ ]]
	run -2 "$DBUSDUMP" -r talk.pcap pid=seven
	[[ ${lines[0]} = *"not a process id: 'pid'" ]]
	run -2 "$DBUSDUMP" -r talk.pcap verdict=maybe
	[[ ${lines[0]} = *"no verdict (delivered, "* ]]
}

# --- JSON --------------------------------------------------------------------

@test "JSON: one valid object a line, typed and lossless" {
	"$DBUSDUMP" --json -r tap.pcap >j
	[ "$(jq -s length j)" -eq 12 ]
	[ "$(jq -c 'select(.serial == 10) | [.type, .sender, .destination, .path, .interface, .member, .signature, .bus, .verdict, .pid, .uid, .comm]' j)" = \
		'["method_call",":1.5","org.foo.Service","/org/foo","org.foo.Bar","Ask","su","session-100","delivered",501,1000,"client"]' ]
	[ "$(jq -c 'select(.reply_serial == 10) | [.call.member, .elapsed, .sender_names[0]]' j)" = '["Ask",0.0015,"org.foo.Service"]' ]
	[ "$(jq -r 'select(.verdict == "denied") | .reason' j)" = policy ]
	[[ $(jq -r 'select(.member == "Wrong") | .malformed' j) = *boolean* ]]
	"$DBUSDUMP" --json -r types.pcap >j
	grep -qF '{"type":"t","value":"18446744073709551615"}' j
	grep -qF '{"type":"x","value":"-9223372036854775808"}' j
	grep -qF '{"type":"a{ts}","value":{"18446744073709551615":"largest"}}' j
	grep -qF '[0.1,-0,1e+300,"Infinity","-Infinity","NaN"]' j
	[ "$(jq -c '.args[] | select(.type == "(i(bs))").value' j)" = '[7,[false,"in"]]' ]
}

@test "JSON says what libdbus reads from the same octets" {
	local file keys='{type, serial, reply_serial, sender, destination, path, interface, member, error_name, signature: (.signature // ""), args}'

	for file in types real; do
		"$LIBDBUS" $file.pcap | jq -cS "$keys" >expected
		"$DBUSDUMP" --json -r $file.pcap | jq -cS "$keys" >got
		[ -s got ]
		diff expected got
	done
}

@test "JSON says what tshark reads from the same octets" {
	tshark -r real.pcap -T fields -E separator=/t -E occurrence=f -e dbus.message_type \
		-e dbus.serial -e dbus.sender -e dbus.destination -e dbus.path \
		-e dbus.interface -e dbus.member -e dbus.reply_serial -e dbus.error_name \
		2>/dev/null >expected
	"$DBUSDUMP" --json -r real.pcap | jq -r '[
		({method_call: 1, method_return: 2, error: 3, signal: 4}[.type]),
		.serial, .sender, .destination, .path, .interface, .member,
		.reply_serial, .error_name] | @tsv' >got
	[ "$(wc -l <got)" -gt 20 ]
	diff expected got
}

@test "JSON read back gives the same octets" {
	local file kind

	for kind in types nasty bulk\ 200 talk words buses; do
		"$MAKE_CAPTURE" pcap-ns:dbus $kind >a.pcap
		"$MAKE_CAPTURE" pcap-ns-be:user13 $kind >b.pcap
		for file in a.pcap b.pcap; do
			"$DBUSDUMP" --json -r $file >j 2>/dev/null
			"$DBUSDUMP" --json -r j 2>/dev/null | cmp - j
			packets $file >expected
			"$DBUSDUMP" -r j -w back.pcap -y $(same_type $file) --nano 2>/dev/null
			packets back.pcap >got
			[ -s got ]
			diff expected got || { echo "$kind $file"; return 1; }
		done
	done
	for file in real.pcap "$TOP"/captures/*.pcap; do
		"$DBUSDUMP" --json -r "$file" >j
		"$DBUSDUMP" -r j -w back.pcap -y $(same_type "$file") --nano
		"$DBUSDUMP" --json -r back.pcap | cmp - j
		diff <(packets "$file") <(packets back.pcap)
	done
}

@test "what the JSON has no key for in a record's header is kept as it stands" {
	local header
	"$DBUSDUMP" --json -c 1 -r tap.pcap >j
	! grep -q record_header j
	"$DBUSDUMP" -r tap.pcap -c 1 -w one.pcap -y USER13
	# an attribute of later times behind the header: type 9, 4 octets
	header=$(od -An -tx1 -v -j40 -N112 one.pcap | tr -d ' \n')09000400deadbeef
	header=${header:0:12}7800${header:16}
	sed "s/\"observed\"/\"record_header\":\"$header\",&/" j >later
	"$DBUSDUMP" -r later -w back.pcap -y USER13
	[ "$(od -An -tx1 -v -j40 -N120 back.pcap | tr -d ' \n')" = "$header" ]
	"$DBUSDUMP" --json -r back.pcap | grep -q "\"record_header\":\"$header\""
	# and one that is none
	sed "s/\"observed\"/\"record_header\":\"${header:0:40}\",&/" j >none
	run -1 "$DBUSDUMP" -r none
	[[ $output = *"packet 1, offset 0: column "*"not the header of a tap's record" ]]
}

same_type() {
	case $(od -An -tu4 -j20 -N4 --endian=little "$1" | tr -d ' ') in
	160) echo USER13 ;;
	2684354560) echo USER13 ;;
	*) echo DBUS ;;
	esac
}

# Every packet of a pcap file, its octets in hexadecimal, a line each.
packets() {
	python3 -c '
import struct, sys
d = open(sys.argv[1], "rb").read()
e = "<" if d[0] in (0xd4, 0x4d) else ">"
at = 24
while at < len(d):
    n = struct.unpack(e + "I", d[at + 8:at + 12])[0]
    print(d[at + 16:at + 16 + n].hex())
    at += 16 + n' "$1"
}

@test "JSON keeps fields that no specification knows, byte order, odd numbers" {
	python3 - >odd.pcap <<-'END'
		import struct, sys
		def pad(b, n): return b + b'\0' * (-len(b) % n)
		f = b''
		for code, sig, val in ((3, 's', b'M'), (200, 'x', -5), (1, 'o', b'/'), (8, 'g', b'ad'), (77, 'as', None)):
		    f = pad(f, 8) + bytes([code, len(sig)]) + sig.encode() + b'\0'
		    if sig in 'so': f = pad(f, 4) + struct.pack('>I', len(val)) + val + b'\0'
		    elif sig == 'g': f += bytes([len(val)]) + val + b'\0'
		    elif sig == 'x': f = pad(f, 8) + struct.pack('>q', val)
		    else: f = pad(f, 4) + struct.pack('>I', 6) + struct.pack('>I', 1) + b'q\0'
		body = struct.pack('>II', 24, 0) + bytes.fromhex('7ff0000000000001fff800000000abcd8000000000000000')
		m = pad(b'B\x01\x87\x01' + struct.pack('>III', len(body), 9, len(f)) + f, 8) + body
		sys.stdout.buffer.write(struct.pack('<IHHIIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, 231))
		sys.stdout.buffer.write(struct.pack('<IIII', 1, 2, len(m), len(m)) + m)
	END
	"$DBUSDUMP" --json -r odd.pcap >j
	[ "$(jq -c '[.malformed, .endian, .fields[1], .args[0].value[0]]' j)" = '[null,"big",{"code":200,"field":{"type":"x","value":"-5"}},"NaN:7ff0000000000001"]' ]
	! grep -q octets j
	"$DBUSDUMP" -r j -w back.pcap
	diff <(packets odd.pcap) <(packets back.pcap)
}

@test "bad JSON is told with line and column, what was before it is shown" {
	"$DBUSDUMP" --json -r talk.pcap | head -n 2 >j
	echo '{"type":"signal","fields":["path"],"path":7}' >>j
	run -1 --separate-stderr lines_of j
	[ "${#lines[@]}" -eq 2 ]
	[[ $stderr = 'dbusdump: j: packet 3, offset '*': column '*': '* ]]
	local bad
	for bad in '{' '{"a"}' '{"type":"call","fields":[]}' '{"fields":[],"args":[{"type":"u","value":-1}]}' \
		'{"fields":[],"args":[{"type":"y","value":256}]}' '{"octets":"abc"}' '{"fields":["\\ud800"]}' \
		'{"fields":[],"args":[{"type":"(ii)","value":[1]}]}' '{"fields":[]} x'; do
		echo "$bad" >j
		run -1 "$ASAN" -t -r j
		[[ $output = 'dbusdump: j: packet 1, offset 0: column '* ]]
	done
}

# --- other views -------------------------------------------------------------

@test "--profile has dbus-monitor's columns" {
	local address pid monitors

	exec 7< <(exec dbus-daemon --session --nofork --print-address=1 --print-pid=1 3>&-)
	read -r -t 10 address <&7
	read -r -t 10 pid <&7
	export DBUS_SESSION_BUS_ADDRESS=$address
	dbus-monitor --profile 3>&- 7<&- >profile &
	monitors=$!
	dbus-monitor --pcap 3>&- 7<&- >profile.pcap &
	monitors+=" $!"
	timeout 20 bash -c 'until grep -q Ready profile && grep -qa Ready profile.pcap; do
		dbus-send --session --type=signal /org/foo org.foo.Bar.Ready; done'
	dbus-send --session --type=signal /org/foo org.foo.Bar.Begin
	dbus-send --session --print-reply --dest=org.nobody / org.foo.Bar.Do || :
	dbus-send --session --type=signal /org/foo org.foo.Bar.End
	timeout 20 bash -c 'until grep -q End profile && grep -qa End profile.pcap; do :; done'
	kill $monitors "$pid"
	wait $monitors || :
	exec 7<&-
	# Both saw everything from there on, at their own times.
	diff <(sed -n '/Begin/,/End/p' profile | cut -f1,3-) \
		<("$DBUSDUMP" --profile -r profile.pcap | sed -n '/Begin/,/End/p' | cut -f1,3-)
	diff <(head -n 2 profile) <("$DBUSDUMP" --profile -r profile.pcap | head -n 2)
}

@test "--fields prints what is asked for, between tabs" {
	run -0 "$DBUSDUMP" -r tap.pcap --fields number,type,sender_names,member,args,elapsed,verdict,pid
	[ "${lines[1]}" = $'2\tmethod_call\t\tAsk\t"hello", 42\t\tdelivered\t501' ]
	[ "${lines[2]}" = $'3\tmethod_return\torg.foo.Service\tAsk\t"world"\t0.001500000\tdelivered\t701' ]
	run -2 "$DBUSDUMP" -r tap.pcap --fields time,nonsense
	[[ $output = *"no field: 'nonsense'"* ]]
}

@test "--verdict and --slow choose, and unanswered calls are told in the end" {
	run -0 --separate-stderr lines_of tap.pcap --verdict denied,queued
	[ "${#lines[@]}" -eq 3 ]
	run -2 "$DBUSDUMP" -r tap.pcap --verdict maybe
	"$MAKE_CAPTURE" pcap-ns:user13 buses >buses.pcap
	run -0 lines_of buses.pcap --slow 2
	[ "${#lines[@]}" -eq 2 ]
	run -0 lines_of buses.pcap --slow 3.1
	[ "${#lines[@]}" -eq 0 ]
	run -0 --separate-stderr lines_of tap.pcap --slow 1 member=Take
	[ "${lines[0]}" = 'session-100 silent :1.5(client) → org.foo.Service /org/foo org.foo.Bar.Take [no reply in 7.50 ms]' ]
}

@test "--latency: count, errors, unanswered, quantiles, as computed elsewhere" {
	python3 - >lat.pcap <<-'END'
		import struct, sys
		def msg(kind, serial, fields):
		    head, body = b'l' + bytes([kind, 0, 1]) + struct.pack('<II', 0, serial), b''
		    for code, sig, value in fields:
		        body += b'\0' * (-len(body) % 8) + bytes([code, 1, ord(sig), 0])
		        body += struct.pack('<I', value) if sig == 'u' else struct.pack('<I', len(value)) + value + b'\0'
		    n = len(body)
		    return head + struct.pack('<I', n) + body + b'\0' * (-n % 8)
		out = sys.stdout.buffer
		out.write(struct.pack('<IHHIIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, 231))
		def put(t, m):
		    out.write(struct.pack('<IIII', t // 10**9, t % 10**9, len(m), len(m)) + m)
		t = 10**18
		for i in range(1, 1001):	# the i-th takes i microseconds
		    put(t, msg(1, i, [(1, 'o', b'/o'), (2, 's', b'org.x'), (3, 's', b'Y'), (6, 's', b':1.2'), (7, 's', b':1.1')]))
		    put(t + i * 1000, msg(3 if i % 10 == 0 else 2, i, [(5, 'u', i), (6, 's', b':1.1'), (7, 's', b':1.2')] + ([(4, 's', b'org.x.E')] if i % 10 == 0 else [])))
		    t += 10**7
		put(t, msg(1, 5000, [(1, 'o', b'/o'), (2, 's', b'org.x'), (3, 's', b'Y'), (6, 's', b':1.2'), (7, 's', b':1.1')]))
	END
	run -0 "$DBUSDUMP" -r lat.pcap --latency
	read -r calls errors silent min _ median _ p95 _ p99 _ max _ member <<<"${lines[1]}"
	[ "$calls $errors $silent $min $member" = '1001 100 1 1 org.x.Y' ]
	# Quantiles are right to 1 in 32.
	awk -v a="$median" -v b="$p95" -v c="$p99" -v m="$max" 'BEGIN {
		exit !(a > 484 && a < 516 && b > 920 && b < 980 && c > 959 && c <= 1000 && m == 1.00) }'
	[ "$(grep -c '█' <<<"$output")" -ge 5 ]
}

@test "--stats counts by peer, interface, member, path, type, verdict and size" {
	local kind

	run -0 --separate-stderr "$DBUSDUMP" -r tap.pcap --stats
	[[ ${lines[0]} = '12 messages, '*'; 3 lost' ]]
	for kind in SENDER RECEIVER INTERFACE MEMBER PATH TYPE VERDICT SIZE; do
		[[ $output = *" $kind"$'\n'* ]]
	done
	[[ $output = *' session-100 :1.5 [client 501]'* ]]
	[[ $output = *' session-100 :1.7 org.foo.Service [service 701]'* ]]
	# The numbers are those of JSON.
	[ "$(sed -n '/MEMBER/,/^$/p' <<<"$output" | awk '$NF == "Ask" { print $1 }')" = \
		"$("$DBUSDUMP" --json -r tap.pcap 2>/dev/null | jq -s 'map(select(.member == "Ask" or .call.member == "Ask")) | length')" ]
}

@test "--as-busctl: pasted, the command sends the same message" {
	local address monitor pid busctl=$BATS_TEST_TMPDIR/bin

	[ -n "$(command -v busctl)" ] || skip "there is no busctl"
	"$MAKE_CAPTURE" pcap-ns:dbus words >words.pcap
	"$DBUSDUMP" -r words.pcap --as-busctl >commands
	[ "$(grep -c '^busctl' commands)" -ge 2 ]
	exec 7< <(exec dbus-daemon --session --nofork --print-address=1 --print-pid=1 3>&-)
	read -r -t 10 address <&7
	read -r -t 10 pid <&7
	DBUS_SESSION_BUS_ADDRESS=$address dbus-monitor --pcap 3>&- 7<&- >again.pcap &
	monitor=$!
	DBUS_SESSION_BUS_ADDRESS=$address timeout 20 bash -c 'until grep -qa Ready again.pcap; do
		dbus-send --session --type=signal /org/foo org.foo.Bar.Ready; done'
	sed "s|^busctl --user|busctl|; s|^busctl|busctl --address=$address|" commands >run-them
	bash run-them || :		# nobody is there to answer
	timeout 10 bash -c 'until grep -qa LastOne again.pcap; do :; done'
	kill $monitor "$pid"
	wait "$monitor" || :
	exec 7<&-
	of() { "$DBUSDUMP" --json -r "$1" | jq -c 'select(.interface == "org.foo.Words") | [.type, .destination, .path, .member, .args]'; }
	[ "$(of words.pcap | wc -l)" -ge 2 ]
	diff <(of words.pcap) <(of again.pcap)
}

@test "--suggest-policy: what was denied is allowed by what it prints" {
	"$DBUSDUMP" -r tap.pcap --suggest-policy >policy.xml
	xmllint --noout --nonet policy.xml
	[ "$(xmllint --nonet --xpath 'string(//allow/@send_member)' policy.xml)" = Ask ]
	[ "$(xmllint --nonet --xpath 'count(//allow)' policy.xml)" = 1 ]
	[ "$(xmllint --nonet --xpath 'string(//allow/@send_destination)' policy.xml)" = org.foo.Service ]
	# A daemon that denies, and the same one with the policy that is suggested.
	local allow='' step
	for step in before after; do
		cat >bus.conf <<-END
			<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
			<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
			<allow send_type="signal"/><allow send_requested_reply="true"/><allow receive_type="method_call"/>
			<allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
			<allow eavesdrop="true"/><deny own="org.foo.Mine"/><deny send_interface="org.foo.Bar"/></policy>
			$allow</busconfig>
		END
		exec 7< <(exec dbus-daemon --config-file=bus.conf --nofork --print-address=1 --print-pid=1)
		read -r -t 10 address <&7
		read -r -t 10 pid <&7
		DBUS_SESSION_BUS_ADDRESS=$address dbus-monitor --pcap 7<&- >denied.pcap &
		monitor=$!
		timeout 10 bash -c 'until [ -s denied.pcap ]; do :; done'
		export DBUS_SESSION_BUS_ADDRESS=$address
		gdbus call --session -d org.freedesktop.DBus -o / -m org.freedesktop.DBus.RequestName org.foo.Mine 0 >owned 2>&1 7<&- || :
		gdbus call --session -d org.freedesktop.DBus -o /org/foo -m org.foo.Bar.Do >called 2>&1 7<&- || :
		gdbus emit --session -o / -s org.foo.Other.End 7<&-
		timeout 10 bash -c 'until grep -qa End denied.pcap; do :; done'
		kill $monitor "$pid"
		wait $monitor || :
		exec 7<&-
		if [ $step = before ]; then
			grep -q AccessDenied owned && grep -q AccessDenied called
			allow=$("$DBUSDUMP" -r denied.pcap --suggest-policy | sed '/^<!DOCTYPE/,/^<busconfig>/d; /^<.busconfig>/d')
			[ "$(grep -c '^    <allow' <<<"$allow")" -eq 2 ]
		fi
	done
	! grep AccessDenied owned called
}

# Is nothing of what is said in talk and in the real capture in this file, neither as
# text nor in hexadecimal, with or without offsets and blanks?
says_nothing() {
	local words='hello world activatable tada provided' word

	for word in $words; do
		! grep -aq "$word" "$1" || return 1
		word=$(printf %s "$word" | od -An -tx1 | tr -d " \n")
		! sed 's/^\t0x[0-9a-f]*: *//; s/  .*//' "$1" | tr -d ' \n' | grep -aq "$word" || return 1
	done
}

@test "--redact: no output has a word of a body, sizes and headers stay" {
	local how file

	for file in tap.pcap real.pcap; do
		for how in '' -v -vv -x -X -vvXX -q --json --profile --fields=args,member \
			--as-busctl --latency --stats --slow=0 --suggest-policy; do
			"$DBUSDUMP" -r $file --redact $how >r.out
			[ -s r.out ]
			says_nothing r.out || { echo "$file $how"; return 1; }
		done
		"$DBUSDUMP" -r $file --redact --diagram r.svg
		"$DBUSDUMP" -r $file --redact -w r.pcapng
		"$DBUSDUMP" -r $file --redact -w r.pcap
		for how in r.svg r.pcapng r.pcap; do
			says_nothing $how || { echo "$file $how"; return 1; }
		done
	done
	"$DBUSDUMP" -r tap.pcap --redact -y USER13 -w r.pcap
	says_nothing r.pcap
	# The test sees words where there are any.
	for how in '' -x --json --profile '-w -'; do
		"$DBUSDUMP" -r real.pcap $how >r.out
		[ "$how" = --profile ] || ! says_nothing r.out
	done
	[[ $("$DBUSDUMP" -t -r tap.pcap --redact) = *'org.foo.Bar.Ask([redacted: 16 octets])'* ]]
	for how in r.pcapng r.pcap; do
		"$DBUSDUMP" -r tap.pcap --redact -w $how --verdict delivered
		[ "$("$DBUSDUMP" --json -r $how | jq -c 'select(.serial == 10) | [.member, .length]')" = '["Ask",144]' ]
	done
}

@test "processes are learnt from what the bus is asked about them" {
	"$MAKE_CAPTURE" pcap-ns:dbus asks >asks.pcap
	run -0 "$DBUSDUMP" -t -v -r asks.pcap member=Last
	[[ $output = *$'\n  from :1.7 org.foo.Service [pid 4711]' ]]
}

@test "a reply that comes after its name went to another says nothing of the name" {
	"$MAKE_CAPTURE" pcap-ns:dbus handover >handover.pcap
	run -0 "$DBUSDUMP" -t -r handover.pcap
	[[ ${lines[2]} = 'reply  :1.7 → :1.5 '* ]]
	[[ ${lines[3]} = 'signal org.foo.Service → * '* ]]
}

# --- files written -----------------------------------------------------------

@test "-w keeps everything: read again it shows the same" {
	local file

	for file in talk.pcap tap.pcap tap.pcapng types.pcap real.pcap; do
		"$DBUSDUMP" -r $file -w again.pcapng
		diff <("$DBUSDUMP" --json --nano -r $file | jq -c 'del(.comment)') \
			<("$DBUSDUMP" --json --nano -r again.pcapng | jq -c 'del(.comment)')
		"$DBUSDUMP" -r $file -w - | "$DBUSDUMP" -t -r - | diff <(lines_of $file) -
	done
}

@test "-w: stock tshark reads bus, comment, packet id and message" {
	"$DBUSDUMP" -r tap.pcap -w out.pcapng
	run -0 --separate-stderr tshark -r out.pcapng -T fields -e frame.interface_name \
		-e frame.packet_id -e dbus.member -e frame.comment
	[ "${lines[1]}" = $'session-100\t2\tAsk\t' ]
	[ "${lines[3]}" = $'session-100\t4\tAsk\tundelivered: no such name' ]
	[ "${lines[7]}" = $'session-100\t11\tAsk\tdenied: policy, rule 12' ]
	run -0 capinfos -T -r -c out.pcapng
	[[ $output = *$'\t12' ]]
}

@test "-w with a rule writes what passes, with -s so much of it" {
	"$DBUSDUMP" -r tap.pcap -w out.pcapng member=Ask --no-replies
	[ "$("$DBUSDUMP" --count -r out.pcapng)" = '4 packets' ]
	"$DBUSDUMP" -r tap.pcap -s 130 -w out.pcapng
	[[ $(lines_of out.pcapng) = *'Ask('*'[cut: 130 of 144 octets]'* ]]
}

@test "-w to a full device and to a bad name fails with a line" {
	run -1 "$DBUSDUMP" -r talk.pcap -w /dev/full
	[[ $output = *'No space left'* ]]
	run -1 "$DBUSDUMP" -r talk.pcap -w /nonexistent/x
	[[ $output = *'No such file'* ]]
	for how in '-r talk.pcap' '-r talk.pcap --count' '-r talk.pcap --stats' \
		'-r talk.pcap --diagram -' '-d type=signal' --help; do
		run -1 bash -c "\"\$DBUSDUMP\" $how >/dev/full"
		[[ $output = *'No space left'* ]]
	done
}

@test "-w to a name that ends in .pcap is a plain file, for everybody" {
	"$DBUSDUMP" -r tap.pcap -w out.pcap
	[ "$(tcpdump -r out.pcap --count 2>/dev/null)" = '11 packets' ]	# one is not valid
	diff <("$DBUSDUMP" -n -t -r out.pcap) <("$DBUSDUMP" -n -t -r talk.pcap | grep -v malformed)
	"$DBUSDUMP" -r tap.pcap -w out.pcap --nano -y USER13
	cmp out.pcap tap.pcap || diff <(lines_of out.pcap) <(lines_of tap.pcap)
	[[ $("$DBUSDUMP" --nano -tt -c 1 -r out.pcap) = 1700000000.123456789* ]]
}

@test "-C begins a new file when one is full, -W takes files in turn" {
	mkdir -p ring && cd ring && rm -f ./*
	"$MAKE_CAPTURE" pcap-ns:user13 bulk 1000 >../bulk.pcap
	"$DBUSDUMP" -r ../bulk.pcap -w b.pcapng -C 64k -z "$PWD/../done.sh"
	[ "$(ls | wc -l)" -ge 4 ]
	[ -s b.pcapng ] && [ -s b.pcapng1 ] && [ -s b.pcapng2 ]
	cat b.pcapng $(ls -v b.pcapng?*) >all
	for file in b.pcapng*; do
		[ "$(stat -c %s "$file")" -le 70000 ]
		capinfos -c "$file" >/dev/null
	done
	"$DBUSDUMP" --count -r all | grep -qx '1000 packets'
	rm -f ./*
	"$DBUSDUMP" -r ../bulk.pcap -w b.pcap -C 20k -W 3
	[ "$(echo *)" = 'b.pcap0 b.pcap1 b.pcap2' ]
	# The oldest gave way: what is left is the end.
	for file in *; do "$DBUSDUMP" -n -r "$file" --fields time,serial; done | sort -n >../kept
	"$DBUSDUMP" -n -r ../bulk.pcap --fields time,serial | sort -n >../all
	[ "$(wc -l <../kept)" -gt 200 ] && [ "$(wc -l <../kept)" -lt 1000 ]
	tail -n "$(wc -l <../kept)" ../all | cut -f2 | diff - <(cut -f2 ../kept)
}

@test "-G begins a file in each time slice, named by its time; -W ends it" {
	mkdir -p slices && cd slices && rm -f ./*
	"$MAKE_CAPTURE" pcap-ns:dbus bulk 3000 >../bulk.pcap
	"$DBUSDUMP" -r ../bulk.pcap -w '%H%M%S.pcap' -G 1
	[ "$(ls | wc -l)" -ge 3 ]
	[ -s 221320.pcap ]
	total=$(for file in *; do "$DBUSDUMP" --count -r "$file"; done | awk '{ n += $1 } END { print n }')
	[ "$total" = 3000 ]
	rm -f ./*
	"$DBUSDUMP" -r ../bulk.pcap -w '%H%M%S.pcap' -G 1 -W 2
	[ "$(echo *)" = '221320.pcap 221321.pcap' ]
}

@test "-z runs a command on each file that is complete" {
	mkdir -p complete && cd complete && rm -f ./*
	"$MAKE_CAPTURE" pcap-ns:dbus bulk 3000 >../bulk.pcap
	printf '#!/bin/sh\necho "$1" >>done\n' >note && chmod +x note
	"$DBUSDUMP" -r ../bulk.pcap -w b.pcap -C 100k -z ./note
	files=$(ls b.pcap* | wc -l)
	timeout 10 bash -c "until [ \"\$(cat done 2>/dev/null | wc -l)\" -ge $((files - 1)) ]; do :; done"
	grep -qx b.pcap done
}

@test "a disk that is full is said at once, and the file ends with a whole packet" {
	local n

	[ -x "$(command -v unshare)" ]
	for n in b.pcapng b.pcap; do
		run -1 unshare -rm bash -c 'mkdir -p small && mount -t tmpfs -o size=128k tmpfs small &&
			{ "$DBUSDUMP" -r bulk.pcap -w small/'"$n"' 2>err; status=$?
			cp small/'"$n"' full-'"$n"'; exit $status; }'
		[ "$(cat err)" = "dbusdump: small/$n: No space left on device" ]
		"$DBUSDUMP" --count -r "full-$n" | awk '{ exit !($1 > 300) }'
		run -0 capinfos -c "full-$n"
	done
}

@test "-F reads rules from a file, -Z gives up rights" {
	printf '# signals and errors\ntype=signal\n\ntype=error\n' >rules
	[ "$(matches -F rules)" = 4 ]
	run -2 "$DBUSDUMP" -r talk.pcap -F missing
	if [ "$(id -u)" = 0 ]; then
		run -0 "$DBUSDUMP" -Z nobody -r talk.pcap -w /dev/null
		rm -f /tmp/nobody.$$; mkdir -m 777 "/tmp/nobody.$$"
		"$DBUSDUMP" -Z nobody -r - -w "/tmp/nobody.$$/x" <talk.pcap
		[ "$(stat -c %U "/tmp/nobody.$$/x")" = nobody ]
		rm -r "/tmp/nobody.$$"
	fi
	run -1 "$DBUSDUMP" -Z nosuchuser -r talk.pcap
}

@test "-vv shows every header field, those of nobody too" {
	run -0 lines_of talk.pcap -vv -c 1
	[[ $output = *$'\n  field PATH o /org/freedesktop/DBus\n'* ]]
	[[ $output = *$'\n  field SIGNATURE g "sss"'* ]]
}

@test "a message of 64 MiB is read, written and cut" {
	"$MAKE_CAPTURE" pcap-ns:dbus big 67000000 >big.pcap
	run -0 lines_of big.pcap
	[[ $output = *'67000000 octets]'* ]]
	"$DBUSDUMP" -r big.pcap -w big.pcapng
	[ "$("$DBUSDUMP" -t -r big.pcapng)" = "$output" ]
	head -c 30000000 big.pcap >cut.pcap
	run -1 lines_of cut.pcap
	rm big.pcap big.pcapng cut.pcap
}

# --- damage ------------------------------------------------------------------

@test "no capture, an empty, a compressed and a missing one: one line, status 1" {
	: >empty
	run -1 "$DBUSDUMP" -r empty
	[ "$output" = 'dbusdump: empty: the file is empty' ]
	run -1 "$DBUSDUMP" -r "$BATS_TEST_FILENAME"
	[[ $output = *'this is no capture file (neither pcap, pcapng nor JSON)' ]]
	gzip -c talk.pcap >talk.gz
	run -1 "$DBUSDUMP" -r talk.gz
	[[ $output = *'compressed: zcat'* ]]
	run -1 "$DBUSDUMP" -r missing
	[[ $output = *'missing: No such file or directory' ]]
	"$MAKE_CAPTURE" pcap:ether talk >ether
	run -1 "$DBUSDUMP" -r ether
	[[ $output = *'link type 1 holds no D-Bus messages' ]]
}

@test "a damaged length is named with its packet, all before it is shown" {
	{ head -c 245 talk.pcap; printf '\377\377\377\377'; tail -c +250 talk.pcap; } >bad
	run -1 --separate-stderr lines_of bad
	[ "${#lines[@]}" -eq 1 ]
	[[ $stderr = 'dbusdump: bad: packet 2, offset 237: a length of 4294967295 octets is impossible: the file is damaged' ]]
}

@test "a capture cut at any octet: what is whole is shown, then one line" {
	local file size i program

	for file in tap.pcap tap.pcapng; do
		lines_of $file >whole
		size=$(stat -c %s $file)
		for ((i = 0; i < size; i += 11)); do
			head -c $i $file >cut
			# The sanitizers take their time: not at each of them.
			program=$DBUSDUMP
			((i % 37)) || program=$ASAN
			if "$program" -t -r cut >got 2>err; then
				# a cut between two records is none, and the loss in
				# the middle of the file is told
				! grep -v 'have gaps$' err
			else
				[ $? -eq 1 ]
				[ "$(wc -l <err)" -eq 1 ]
			fi
			head -n "$(wc -l <got)" whole | cmp - got
		done
	done
}

@test "a capture with any octet wrong is survived" {
	local file size i status
	local forms=('-v' '--json' '-X' '-w/dev/null')

	for file in tap.pcap tap.pcapng; do
		size=$(stat -c %s $file)
		for ((i = 0; i < size; i += 29)); do
			cp $file wrong
			printf '\377' | dd of=wrong bs=1 seek=$i conv=notrunc status=none
			status=0
			"$ASAN" "${forms[i % 4]}" -r wrong >/dev/null 2>err || status=$?
			[ $status -le 1 ] || { echo "octet $i"; cat err; return 1; }
		done
	done
}

# What stock libpcap gets of a handshake: a cooked socket's header, and the text.
cooked_event() {
	printf '\xe8\x03\0\0\x07\0\0\0\x29\0\0\0\x29\0\0\0'
	printf '\0\0\x03\x3b\0\x08\x07\0\0\0\0\0\0\0\0\xfc'
	printf '\0AUTH EXTERNAL 31303030\r\n'
}

@test "an event of a cooked socket is kept by pcapng and JSON, and counted by pcap" {
	{
		"$MAKE_CAPTURE" pcap:sll talk
		cooked_event
	} >cooked.pcap
	"$DBUSDUMP" -r cooked.pcap >text
	grep -qF 'event  - → - "\x00AUTH EXTERNAL 31303030\r\n"' text
	"$DBUSDUMP" -r cooked.pcap -w kept.pcapng
	"$DBUSDUMP" -r kept.pcapng | diff text -
	"$DBUSDUMP" -r kept.pcapng --json | "$DBUSDUMP" -r - | diff text -
	[ "$(tshark -r kept.pcapng -T fields -e frame.interface_id -e frame.protocols \
		-e frame.len 2>err | tail -1)" = "1	sll:data	41" ]
	"$DBUSDUMP" -r cooked.pcap --redact -w - | "$DBUSDUMP" -r - >redacted
	grep -qF '[cut: 0 of 25 octets]' redacted
	! grep -q AUTH redacted

	"$DBUSDUMP" -r cooked.pcap -w plain.pcap 2>err
	grep -q 'plain.pcap: 1 record left out, not valid messages' err
	[ "$("$DBUSDUMP" -r plain.pcap --count)" = "12 packets" ]
	"$DBUSDUMP" -r cooked.pcap type=signal -w plain.pcap 2>err
	[ ! -s err ]
}

# --- diagrams ----------------------------------------------------------------

@test "a diagram is well-formed and has lifelines, arrows, errors and marks" {
	"$DBUSDUMP" -r tap.pcap --diagram d.svg
	xmllint --noout d.svg
	count() { xmllint --xpath "count(//*[local-name()='g'][$1])" d.svg; }
	[ "$(count "@class='lifeline'")" = 4 ]
	[ "$(count "starts-with(@class, 'call')")" = 7 ]
	[ "$(count "@class='reply'")" = 1 ]
	[ "$(count "@class='error'")" = 2 ]
	[ "$(count "@class='signal'")" = 2 ]
	[ "$(count "contains(@class, 'undelivered')")" = 4 ]
	grep -q 'org.foo.Service' d.svg
	grep -q 'client 501' d.svg
	grep -q 'denied: policy' d.svg
}

@test "no two labels of a diagram are on one line, none leaves the picture" {
	"$DBUSDUMP" -r real.pcap --diagram d.svg
	xmllint --noout d.svg
	grep -o '<rect class="back" x="[0-9]*" y="[0-9]*" width="[0-9]*"' d.svg >labels
	[ "$(wc -l <labels)" = "$("$DBUSDUMP" --count -r real.pcap | cut -d' ' -f1)" ]
	[ -z "$(sed 's/.* y="\([0-9]*\)".*/\1/' labels | sort | uniq -d)" ]
	local width
	width=$(sed -n 's/^<svg [^>]* width="\([0-9]*\)".*/\1/p' d.svg)
	awk -F'"' -v w="$width" '$4 + $8 > w { exit 1 }' labels
}

# diagram XPATH
diagram() {
	xmllint --xpath "$1" d.svg
}

@test "a signal of a diagram goes to each who asked for it" {
	local capture=$TOP/captures/clients-kernel-tap.pcap rule
	local heard="//*[local-name()='g'][@class='signal'][contains(., 'Greeted')]"

	"$DBUSDUMP" -r "$capture" --diagram d.svg
	[ "$(diagram "count($heard)")" = 3 ]
	[ "$(diagram "count($heard/*[@class='n'][contains(@d, 'H')])")" = 3 ]
	grep -q 'nobody listens' d.svg

	# another two with the same rule; one of them takes it back, and so does one
	# of two rules of the first
	# what a record header says would count more than the keys that are changed here
	"$DBUSDUMP" -r "$capture" --json | sed 's/"record_header":"[0-9a-f]*",//' >all.json
	rule=$(grep -m 1 "AddMatch.*sender=':1.4'" all.json)
	again() {
		sed "s/\"sender\":\":1.8\"/\"sender\":\"$1\"/; s/AddMatch/$2/" <<<"$rule"
	}
	{
		sed '/Greeted/,$d' all.json
		again :1.8 AddMatch
		again :1.70 AddMatch
		again :1.71 AddMatch
		again :1.70 RemoveMatch
		again :1.8 RemoveMatch
		grep -m 1 Greeted all.json | sed 's/"recipients":1/"recipients":2/'
	} >more.json
	"$DBUSDUMP" -r more.json --diagram d.svg
	[ "$(diagram "count($heard/*[@class='n'][contains(@d, 'H')])")" = 2 ]
	[ "$(diagram "count($heard[contains(., 'to 2')])")" = 1 ]
}

@test "of many messages, a reply that comes at once is in its call's row" {
	local capture=$TOP/captures/clients-kernel-tap.pcap
	local replies="//*[local-name()='g'][@class='reply' or @class='error']"

	"$DBUSDUMP" -r "$capture" --diagram d.svg
	[ "$(diagram "count($replies[not(*[local-name()='text'])])")" -gt 30 ]
	# an answer that others come before has a row of its own
	[ "$(diagram "count($replies[*[local-name()='text']])")" -gt 10 ]
	grep -qF '<tspan class="b">Hello</tspan><tspan class="p">()</tspan><tspan class="p"> = ":1.3"' d.svg
	"$DBUSDUMP" -r "$capture" -c 100 --diagram d.svg
	[ "$(diagram "count($replies[not(*[local-name()='text'])])")" = 0 ]
}

@test "an arc of a diagram leads from a call to its reply, with the time between" {
	local capture=$TOP/captures/clients-kernel-tap.pcap name="local-name()="
	local arc="//*[@class='arc']" open="//*[@class='open']"

	"$DBUSDUMP" -r "$capture" --fields type,elapsed | awk '$2' >replies
	"$DBUSDUMP" -r "$capture" --diagram d.svg
	[ "$(diagram "count($arc)")" = "$(wc -l <replies)" ]
	[ "$(diagram "count($arc/*[$name'path'])")" = "$(wc -l <replies)" ]
	[ "$(diagram "count($arc/*[$name'text'])")" = "$(wc -l <replies)" ]
	[ "$(diagram "count($open)")" = 1 ]

	"$DBUSDUMP" -r talk.pcap --diagram d.svg
	[ "$(diagram "string($arc/*[$name'text'])")" = "1.50 ms" ]
	# Neither is a time twice in the picture.
	[ "$(grep -c '1.50 ms</t' d.svg)" = "$("$DBUSDUMP" -r talk.pcap --fields elapsed | grep -c .)" ]
}

@test "a diagram has its limit and says what it leaves out" {
	"$MAKE_CAPTURE" pcap-ns:user13 bulk 1600 >bulk.pcap
	"$DBUSDUMP" -r bulk.pcap --diagram d.svg
	xmllint --noout d.svg
	grep -q 'and 600 more messages, left out' d.svg
	"$DBUSDUMP" -r bulk.pcap --diagram d.svg --diagram-limit 2000
	! grep -q 'left out' d.svg
}

@test "a diagram of nasty strings and of nothing is still XML" {
	"$DBUSDUMP" -r nasty.pcap --diagram d.svg
	xmllint --noout d.svg
	"$DBUSDUMP" -r nasty.pcap --diagram d.svg member=None
	xmllint --noout d.svg
}

# --- devices -----------------------------------------------------------------

@test "without the device it says what to do" {
	run -1 unshare -rn "$DBUSDUMP"
	[[ ${lines[0]} = 'dbusdump: there is no device dbus0' ]]
	[[ $output = *'modprobe dbus'* || $output = *'ip link add dbus0 type dbusmon'* ]]
	run -1 unshare -rn "$DBUSDUMP" -D
	[[ $output = *'there is no device dbus0'* ]]
}

@test "a device that is no tap is refused" {
	run -1 unshare -rn bash -c 'ip link set lo up; exec "$DBUSDUMP" -i lo'
	[[ $output = *'lo is no D-Bus tap'* ]]
}

# Capture on a TUN device in a tap's place, with Debian's libpcap or ours, until
# $3 lines are there; then end it as one does.
live() {
	local rig=$TOP/build/tests/pcap/tap-rig n

	export LD_LIBRARY_PATH=$1
	"$rig" make dbus0
	ip link set dbus0 up
	: >lines >messages
	"$DBUSDUMP" -D >devices
	"$DBUSDUMP" -L >linktypes
	"$DBUSDUMP" -t "${@:3}" >lines 2>messages &
	wait_for "grep -q listening messages"
	"$rig" "$2" dbus0 3 20
	wait_for '[ "$(wc -l <lines)" -ge 3 ]'
	kill -USR1 $!
	wait_for "grep -q captured messages"
	kill -INT $!
	wait $!
}

wait_for() {
	timeout 20 bash -c "until $1; do read -rt 0.02 <> <(:) || :; done"
}

@test "live: cooked by Debian's libpcap, with records by ours; ends as tcpdump does" {
	[ -w /dev/net/tun ] || skip "/dev/net/tun is not there or not writable"
	export -f live wait_for
	run -0 unshare -rn bash -ec 'live "" message'
	[ "$(grep -c '^signal :1.7 → \* /org/foo org.foo.Test.Changed(' lines)" -eq 3 ]
	[[ $(<messages) = *$'link-type LINUX_SLL '*$'\n3 packets captured\n3 packets received by filter\n0 packets dropped by kernel' ]]
	[ "$(grep -c captured messages)" -eq 2 ]
	run -0 unshare -rn bash -ec 'live "$TOP/build/libpcap/lib" record'
	[ "$(grep -c '^bus1 signal :1.7(tap) → \* /org/foo org.foo.Test.Changed(' lines)" -eq 3 ]
	[[ $(<messages) = *'link-type USER13 '* ]]
	grep -q "^  DBUS (D-Bus)$" linktypes
	grep -q "^  USER13 (D-Bus tap record)$" linktypes
	grep -q '^1\.dbus0 (D-Bus, all buses) \[Up' devices

	# letters that only a device heeds
	run -0 unshare -rn bash -ec 'live "" message --immediate-mode -B 8192 -s 100 -n'
	[ "$(grep -c '^cut .*\[cut: 84 of [0-9]* octets\]$' lines)" -eq 3 ]
	[[ $(<messages) = *'snapshot length 100 bytes'* ]]
	grep -q '^  LINUX_SLL (Linux cooked v1)$' linktypes
}

# --- captures kept in the project --------------------------------------------

@test "every kept capture is decoded as expected, and tshark and libdbus agree" {
	local file n=0 keys='{type, serial, reply_serial, sender, destination, path, interface, member, error_name, signature: (.signature // "")}'

	for file in "$TOP"/captures/*.pcap "$TOP"/captures/*.pcapng; do
		[ -e "$file" ] || continue
		n=$((n + 1))
		(cd "$TOP/captures" && "$DBUSDUMP" -r "${file##*/}") | diff "${file%.*}.txt" -
		"$DBUSDUMP" --json -r "$file" | diff "${file%.*}.json" -
		"$DBUSDUMP" -r "$file" -w kept.pcapng
		tshark -r kept.pcapng -T fields -e dbus.serial -e dbus.sender -e dbus.member \
			2>/dev/null >expected
		jq -r '[.serial, .sender, .member] | @tsv' "${file%.*}.json" | diff expected -
		editcap -F pcap kept.pcapng kept.pcap
		"$LIBDBUS" kept.pcap | jq -cS "$keys" >expected
		jq -cS "select(.unix_fds | not) | $keys" "${file%.*}.json" |
			diff expected -
	done
	[ $n -gt 0 ]
}

@test "valgrind finds nothing wrong with any way of output" {
	local form

	for form in -v -X --json '--diagram d.svg' '-w out.pcapng'; do
		# shellcheck disable=SC2086
		run -0 valgrind -q --leak-check=full --error-exitcode=9 \
			"$DBUSDUMP" $form -r tap.pcapng
	done
}

@test "a diagram is light or dark, as the page that shows it" {
	"$DBUSDUMP" -r tap.pcap --diagram d.svg
	# Each colour of the light one has another in the dark one.
	style=$(sed -n 's/.*<style>\(.*\)<\/style>.*/\1/p' d.svg)
	[[ $style = *'@media(prefers-color-scheme:dark){'* ]]
	light=${style%%@media*} dark=${style#*@media}
	for class in page back head life bar axis gap span open nobody late e c r x n; do
		grep -qE "\.$class[,{]" <<<"$light" || { echo "$class"; return 1; }
		grep -qE "\.$class[,{]" <<<"$dark" || { echo "dark $class"; return 1; }
	done
	for marker in $(grep -o 'marker id="[a-z]*"' d.svg | cut -d'"' -f2); do
		[[ $dark = *"#$marker path"* ]]
	done
	xmllint --noout d.svg
}
