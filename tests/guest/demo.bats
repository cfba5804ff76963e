# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `make demo` promises is in its captures.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	export DEMO=$BATS_FILE_TMPDIR
	OUT=$DEMO timeout 200 demo/guest >"$DEMO/output" 2>&1 3>&- || {
		cat "$DEMO/output" >&2
		return 1
	}
	dbusdump -r "$DEMO/bus-tap.pcap" --json >"$DEMO/tap.json"
	dbusdump -r "$DEMO/bus.pcap" --json >"$DEMO/plain.json"
}

# Does a message with this condition stand in the capture with records?
captured() {
	jq -es "map(select($1)) | length > 0" "$DEMO/tap.json" >/dev/null ||
		{ echo "none with $1"; return 1; }
}

@test "every routed message is in both captures, without a gap" {
	routed=$(awk '$2 == "routed" { print $3 }' "$DEMO/output")
	((routed >= 60))
	[ "$(jq -s length "$DEMO/plain.json")" = "$routed" ]
	[ "$(jq -s length "$DEMO/tap.json")" = "$routed" ]
	run -0 grep -c "^bus.*: $routed packets captured; $routed packets received by filter; 0 packets dropped by kernel" \
		"$DEMO/output"
	[ "$output" = 2 ]
}

@test "tcpdump lists the tap with its description" {
	grep -qE '^[0-9]+\.dbus0 \(D-Bus, all buses\)' "$DEMO/output"
}

@test "clients of three libraries called and were answered" {
	for comm in dbus-send gdbus busctl; do
		captured ".comm == \"$comm\" and .member == \"Greet\" and .verdict == \"delivered\""
	done
	grep -q 'Hello, libdbus!' "$DEMO/clients.log"
	grep -q 'Hello, GDBus!' "$DEMO/clients.log"
	grep -q 'Hello, sd-bus!' "$DEMO/clients.log"
}

@test "signals with and without takers, and a property change" {
	captured '.member == "Greeted" and .verdict == "delivered"'
	captured '.member == "Cried" and .verdict == "undelivered"'
	captured '.member == "PropertiesChanged" and .verdict == "delivered"'
}

@test "an error, a name nobody owns and a call nobody answers" {
	captured '.error_name == "org.foo.Error.Refused"'
	captured '.destination == "org.nobody" and .verdict == "undelivered"'
	captured '.error_name == "org.freedesktop.DBus.Error.ServiceUnknown"'
	serial=$(jq -s 'map(select(.member == "Ask")) | .[0] | [.sender, .serial]' \
		"$DEMO/tap.json")
	[ "$(jq -s --argjson call "$serial" \
		'map(select(.destination == $call[0] and .reply_serial == $call[1])) | length' \
		"$DEMO/tap.json")" = 0 ]
}

@test "file descriptors passed in both directions" {
	captured '.member == "Read" and .type == "method_call" and .unix_fds == 1'
	captured '.type == "method_return" and .signature == "h" and .unix_fds == 1'
	grep -q "^('$(cat /etc/debian_version)',)" "$DEMO/clients.log"
}

@test "dbusdump printed org.foo's messages while they passed" {
	grep -qE '^    .* call .*org\.foo\.Greet\("GDBus"\)' "$DEMO/output"
	grep -qE '^    .* reply .*"Hello, GDBus!"' "$DEMO/output"
	run -1 grep -E '^    .*org\.freedesktop\.DBus\.Hello' "$DEMO/output"
}
