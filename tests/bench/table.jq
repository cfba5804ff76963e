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
def hundredths: . * 100 | round / 100 | "\(.) ×";
def program: if . == "kernel" then "dbus.ko" else "dbus-\(.)" end;
def with_and_without($alone):
	(.median_us / $alone | hundredths),
	((.median_us - .listener_us) / $alone | hundredths);
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
"<details><summary>Operations a second, 99th percentiles, processor time</summary>",
"",
"| load | operations a second: bare | dbus.ko | dbus-broker | dbus-daemon | 99th percentile: dbus.ko | dbus-broker | dbus-daemon | processors' time: dbus.ko | dbus-broker | dbus-daemon |",
"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
(map(select(.bus == "socketpair").load) | distinct[] | . as $load |
	[of($load; ("socketpair", "kernel", "broker", "daemon"))] as $of |
	"| \(words) | " + ([
		($of[].per_second | if . then round | tostring else "–" end),
		($of[1:][].ratio_p99 | times), ($of[1:][].ratio_cpu | times)
	] | join(" | ")) + " |"),
"",
"</details>",
"",
"| Debian's system policy | off | on |",
"|---|--:|--:|",
(("kernel", "daemon") as $bus |
	map(select(.bus == "\($bus)-free").load) | distinct[] | . as $load |
	of($load; "\($bus)-free").median_us as $free |
	"| \($bus | program), \($load | words) | \($free | digits) µs | " +
	"\(of($load; "\($bus)-policy").median_us / $free | hundredths) |"),
"",
"| dbus.ko with its tap | off | up, unread | read by tcpdump | its own time apart | read through a filter | its own time apart |",
"|---|--:|--:|--:|--:|--:|--:|",
(map(select(.bus == "kernel-off").load) | distinct[] | . as $load |
	of($load; "kernel-off").median_us as $off |
	"| \(words) | \($off | digits) µs | " + ([
		of($load; "kernel-unread").median_us / $off | hundredths,
		(of($load; ("kernel-read", "kernel-filtered")) | with_and_without($off))
	] | join(" | ")) + " |"),
"",
"| stock bus | alone | observed, unread | captured by tcpdump | its own time apart | by dbus-monitor | its own time apart | by busctl | its own time apart |",
"|---|--:|--:|--:|--:|--:|--:|--:|--:|",
(("daemon", "broker") as $bus |
	map(select(.bus == "\($bus)-alone").load) | distinct[] | . as $load |
	of($load; "\($bus)-alone").median_us as $alone |
	"| \($bus | program), \($load | words) | \($alone | digits) µs | " + ([
		of($load; "\($bus)-observed").median_us / $alone | hundredths,
		(of($load; "\($bus)-" + ("captured", "monitor", "busctl")) |
			with_and_without($alone))
	] | join(" | ")) + " |")
