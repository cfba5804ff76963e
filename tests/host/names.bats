# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who has a name, as dbusdump learns it from messages that a test makes up.

bats_require_minimum_version 1.5.0

setup() {
	export LC_ALL=C.UTF-8 TZ=UTC
	DBUSDUMP=$BATS_TEST_DIRNAME/../../build/bin/dbusdump
	cd "$BATS_TEST_TMPDIR"
}

lines_of() {
	"$DBUSDUMP" -t -r "$@"
}

# One message as JSON: TYPE, SENDER, DESTINATION, SERIAL, MEMBER, strings of the body; a
# reply, to the serial behind "reply", has the number 1
message() {
	local interface=org.freedesktop.DBus fields='"sender"' what arg args= signature=

	[[ $5 != Now* ]] || interface=org.foo.Bar
	for arg in "${@:6}"; do
		args+="{\"type\":\"s\",\"value\":\"$arg\"},"
		signature+=s
	done
	if [[ $5 == reply* ]]; then
		args='{"type":"u","value":1},' signature=u
		what="\"reply_serial\":${5#reply}" fields+=,\"reply_serial\"
	else
		what="\"path\":\"/foo\",\"interface\":\"$interface\",\"member\":\"$5\""
		fields+=',"path","interface","member"'
	fi
	[ -z "$3" ] || fields+=',"destination"'
	[ -z "$signature" ] || fields+=',"signature"'
	printf '{"time":%s,"type":"%s","flags":[],"serial":%s,"sender":"%s",%s%s%s,' "$4" "$1" \
		"$4" "$2" "${3:+\"destination\":\"$3\",}" \
		"${signature:+\"signature\":\"$signature\",}" "$what"
	printf '"endian":"little","fields":[%s],"args":[%s]}\n' "$fields" "${args%,}"
}

@test "a name that is given up is the next one's, one waited for its owner's" {
	local bus=org.freedesktop.DBus name=org.foo.Name
	{
		message signal $bus '' 1 NameOwnerChanged $name '' :1.2
		message method_call :1.3 $bus 2 ReleaseName $name	# it waits in the queue
		message method_return $bus :1.3 3 reply2
		message signal :1.2 '' 4 NowFirst
		message method_call :1.2 $bus 5 ReleaseName $name
		message signal $bus '' 6 NameOwnerChanged $name :1.2 :1.4
		message signal $bus :1.4 7 NameAcquired $name
		message signal $bus :1.2 8 NameLost $name
		message method_return $bus :1.2 9 reply5
		message signal :1.4 '' 10 NowSecond
		message signal :1.2 '' 11 NowNobody
		message method_call :1.4 $bus 12 ReleaseName $name
		message method_return $bus :1.4 13 reply12
		message signal :1.4 '' 14 NowNone
	} >names.json
	run -0 lines_of names.json interface=org.foo.Bar
	[ "${lines[0]}" = 'signal org.foo.Name → * /foo org.foo.Bar.NowFirst()' ]
	[ "${lines[1]}" = 'signal org.foo.Name → * /foo org.foo.Bar.NowSecond()' ]
	[ "${lines[2]}" = 'signal :1.2 → * /foo org.foo.Bar.NowNobody()' ]
	[ "${lines[3]}" = 'signal :1.4 → * /foo org.foo.Bar.NowNone()' ]
	# A rule must not lose them either.
	run -0 lines_of names.json "sender=$name,type=signal"
	[[ ${#lines[@]} = 2 && ${lines[1]} = *NowSecond* ]]
}
