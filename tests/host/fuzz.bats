# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fuzzers of wire/, dbusdump and tcpdump's printer for a stated number of
# inputs; `make fuzz` is for more.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s fuzzers
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

# A target on $2 inputs, with its own statistics in the suite's output.
fuzz() {
	run -0 tests/fuzz/run "$1" -runs="$2"
	# one more if the last was run again to look for a leak
	[[ $output =~ "Done "([0-9]+)" runs" ]]
	((BASH_REMATCH[1] >= $2))
	echo "# $1: $2 inputs, ${output##*DONE }" | head -n 1 >&3
}

# Each bug planted for a target is found, by what its name says.
finds() {
	local bug

	for bug in "${@:2}"; do
		tests/fuzz/plant "$1-$bug" "$BATS_TEST_TMPDIR/$1-$bug"
		FUZZER="$BATS_TEST_TMPDIR/$1-$bug" CORPUS="$BATS_TEST_TMPDIR/corpus" \
			run ! tests/fuzz/run "$1" -runs=300000 -seed=1 \
			"-artifact_prefix=$BATS_TEST_TMPDIR/"
		[[ $output == *"does not hold: "* ||
			$output == *"ERROR: AddressSanitizer: "* ||
			$output == *"SUMMARY: UndefinedBehaviorSanitizer: "* ]]
	done
}

@test "whatever is said of any octets as a message agrees, for 200,000 inputs" {
	fuzz message 200000
}

@test "what is accepted as a match rule matches as written, for 200,000 inputs" {
	fuzz rule 200000
}

@test "any file and any packet is decoded and printed safely, JSON without loss" {
	fuzz pcap 2000
	fuzz pcapng 2000
	fuzz record 6000
	fuzz json 5000
}

@test "the fuzzers of dbusdump find each bug planted there" {
	finds pcap paste
	finds pcapng option
	finds record length
	finds json infinity
}

@test "tcpdump prints text of any octets, for 200,000 inputs" {
	fuzz printer 200000
}

@test "the fuzzers reach 90 % of the lines of wire/" {
	run -0 --separate-stderr tests/fuzz/coverage
	sed 's/^/# /' <<<"$output" >&3
	[ "${#lines[@]}" -ge 13 ]
	awk '$1 == "TOTAL" { exit !($4 + 0 >= 90) }' <<<"$output"
}

@test "the message fuzzer finds each bug planted in wire/" {
	finds message string cut sender
}

@test "the rule fuzzer finds each bug planted in wire/" {
	finds rule space order prefix
}

@test "the printer's fuzzer finds each bug planted in it" {
	finds printer text cut
}
