# SPDX-License-Identifier: GPL-2.0-or-later
# Samples of busbench to one object for each load and bus: the median of the
# rounds, and of the ratios to the bare socketpair of the same round.
def median: sort | if length == 0 then null
	elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;

(map(select(.bus == "socketpair") | {key: "\(.load) \(.round)", value: .}) |
	from_entries) as $bare |
def limit: $bare["\(.load) \(.round)"];
[.[] | {load, bus}] as $order |
group_by([.load, .bus]) | map({
	load: .[0].load,
	bus: .[0].bus,
	median_us: (map(.median / 1000) | median),
	p99_us: (map(.p99 / 1000) | median),
	per_second: (map(.per_second) | median),
	cpu_us: (map(.cpu / 1000) | median),
	listener_us: (map(.listener / 1000) | median),
	ratio: (map(.median / limit.median) | median),
	ratio_p99: (map(.p99 / limit.p99) | median),
	ratio_rate: (map(limit.per_second / .per_second) | median),
	ratio_cpu: (map(if limit.cpu > 0 then .cpu / limit.cpu else null end) |
		map(values) | median),
}) | sort_by({load, bus} as $x | $order | index($x))
