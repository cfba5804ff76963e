# SPDX-License-Identifier: GPL-2.0-or-later
# The results as a table of Markdown.
def words: split(":") as [$what, $n] |
	{
		call: "call and reply, \($n) B",
		pipe: "64 calls at a time, \($n) B",
		fd: "call with a descriptor",
		signal: "signal to \($n)",
		rules: "signal beside \($n) rule\(if $n == "1" then " that doesn" else "s that don" end)'t match",
		clients: "call beside \($n) idle clients",
		connect: "connect and Hello",
	}[$what] // .;
def round1: . * 10 | round / 10;
def digits: if . >= 100 then round else round1 end | tostring;
def times: if . then "\(digits) ×" else "–" end;
. as $all |
def of($load; $bus): $all | map(select(.load == $load and .bus == $bus)) | first;
def distinct: reduce .[] as $x ([]; if index($x) then . else . + [$x] end);

"| load | bare socketpair | dbus.ko | dbus-broker | dbus-daemon |",
"|---|--:|--:|--:|--:|",
(map(select(.bus == "socketpair").load) | distinct[] | . as $load |
	"| \(words) | \(of($load; "socketpair").median_us | digits) µs | " +
	"\(of($load; "kernel").ratio | times) | \(of($load; "broker").ratio | times) | " +
	"\(of($load; "daemon").ratio | times) |"),
"",
"| dbus.ko with its tap | off | up, unread | read by tcpdump | read through a filter |",
"|---|--:|--:|--:|--:|",
(map(select(.bus == "kernel-off").load) | distinct[] | . as $load |
	of($load; "kernel-off").median_us as $off |
	"| \(words) | \($off | digits) µs | " + ([
		of($load; ("kernel-unread", "kernel-read", "kernel-filtered")).median_us /
		$off * 100 | round / 100 | "\(.) ×"] | join(" | ")) + " |"),
"",
"| stock bus | alone | observed, unread | captured by tcpdump | by dbus-monitor | by busctl |",
"|---|--:|--:|--:|--:|--:|",
(("daemon", "broker") as $bus |
	map(select(.bus == "\($bus)-alone").load) | distinct[] | . as $load |
	of($load; "\($bus)-alone").median_us as $alone |
	"| dbus-\($bus), \($load | words) | \($alone | digits) µs | " + ([
		of($load; "\($bus)-" + ("observed", "captured", "monitor", "busctl")).median_us /
		$alone * 100 | round / 100 | "\(.) ×"] | join(" | ")) + " |")
