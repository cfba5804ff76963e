# SPDX-License-Identifier: GPL-2.0-or-later
#
# wire/ on its own: tests/wire has the programs, tests/fuzz the fuzzers. A seed
# is drawn for every run and printed; give one by WIRE_SEED to have a run again.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/tests/wire/{unit,differential,rules,corpus,filters}
	export WIRE_SEED=${WIRE_SEED:-$RANDOM$RANDOM}
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	wire=build/tests/wire
}

# The lines of a run's report, in the output of the test suite.
show() {
	sed 's/^/# /' <<<"$output" >&3
}

# Is there a line of the report about $2, with a count of $1 or more?
counted() {
	awk -v least="$1" -v what="$2" '
		index($0, what) && $1 >= least { found = 1 }
		END { exit !found }' <<<"$output"
}

unit() {
	run -0 --separate-stderr "$wire/unit" "$@"
	[ "${lines[-1]##*, }" = "0 failed" ]
}

@test "a message's length is known from its first 16 octets, however the stream is cut" {
	unit frame
}

@test "each header field is held to its type, its grammar and its place" {
	unit header
}

@test "bodies are valid octet by octet, in either byte order, up to the limits" {
	unit body
}

@test "the walk over a body reports every value, opening and closing" {
	unit iter
}

@test "names are valid as the specification says, octet by octet" {
	unit names
}

@test "UTF-8 is judged rightly for every code point" {
	unit utf8
}

@test "signatures are valid up to 32 arrays and 32 structs" {
	unit signature
}

@test "SENDER is replaced in place, other fields and the body untouched" {
	unit sender
}

@test "a message is built octet by octet, and a small buffer is noticed" {
	unit build
}

@test "a wrong match rule is refused with its key and position" {
	unit rule-text
}

@test "a match rule matches what it says and nothing else" {
	unit rule-match
}

@test "a filter's own keys are parsed, refused and held against the record" {
	unit filter
}

@test "the valid messages of dbus-tests are accepted" {
	mapfile -t files < <(dpkg -L dbus-tests | grep '/valid-messages/.*-raw$')
	((${#files[@]} >= 2))
	run -0 --separate-stderr "$wire/corpus" "${files[@]}"
	for line in "${lines[@]}"; do
		case $line in
		*/byteswap-fd-index.*)
			# its descriptors are missing: libdbus can't know
			[[ $line == *": index of a file descriptor that is not there "* ]]
			;;
		*)
			[[ $line == *": valid (libdbus: accepted)" ]]
			;;
		esac
	done
}

@test "the invalid messages of dbus-tests are refused" {
	mapfile -t files < <(dpkg -L dbus-tests | grep '/invalid-messages/.*-raw$')
	((${#files[@]} >= 6))
	run -0 --separate-stderr "$wire/corpus" "${files[@]}"
	[ "${#lines[@]}" = "${#files[@]}" ]
	for line in "${lines[@]}"; do
		[[ $line != *": valid "* && $line == *"(libdbus: refused)" ]]
	done
}

@test "300,000 messages: what libdbus accepts is accepted, and read the same" {
	run -0 --separate-stderr "$wire/differential" -s "$WIRE_SEED" -n 300000
	show
	# Both sides of every difference, and every fault, have been there.
	counted 1 "UNIX_FDS above 0, which libdbus can't be given here"
	counted 1 "UNIX_FD index not below UNIX_FDS, refused here only"
	counted 1 "more than 32 arrays open in a signature, refused here only"
	counted 1 "65th level is an array without containers, refused here only"
	for fault in "cut short" "byte order" "type is 0" "version" "serial is 0" \
		"longer than 128" "longer than 64" "ends inside" "padding" \
		"code is 0" "wrong type" "twice" "missing" "object path" \
		"interface name" "member name" "error name" "bus name" \
		"reserved" "valid signature" "too deeply" "one complete type" \
		"boolean" "UTF-8" "NUL" "ends before" "goes on after"; do
		counted 10 "$fault" || { echo "too few: $fault" >&2; false; }
	done
}

@test "20,000 match rules: dbus-daemon takes and matches the same" {
	run -0 --separate-stderr "$wire/rules" -s "$WIRE_SEED" -n 20000
	show
	read -r _ _ accepted _ _ refused _ _ matched _ unmatched _ <<<"${lines[0]}"
	((accepted > 5000 && refused > 2000 && matched > 5000 && unmatched > 5000))
	counted 1 "'=' without a key, refused here only"
	counted 1 "octal, hexadecimal or signed argument, refused here only"
	counted 1 "eavesdrop twice, refused here only"
	counted 1 "more than 16 keys, all heeded here only"
}

@test "30,000 sets of filters in BPF: no message lost, and none too many where that is exact" {
	run -0 --separate-stderr "$wire/filters" -s "$WIRE_SEED" -n 30000
	show
	read -r _ _ _ _ packets _ matched _ rejected _ exact _ <<<"${lines[0]}"
	((packets == 480000 && matched > 100000 && rejected > 100000 && exact > 80000))
	counted 150000 "big-endian"
	counted 10000 "replies to calls that matched"
	counted 400000 "in the kernel, too"
	for link in LINKTYPE_DBUS LINKTYPE_USER13 "LINKTYPE_LINUX_SLL" \
		LINKTYPE_LINUX_SLL2 "a cooked socket"; do
		counted 40000 "$link"
	done
	counted 50 "programs with strings cut"
	counted 50 "programs without fields"
	counted 50 "programs without rules"
}

@test "no stack frame of wire/ is over 1 KiB, and nothing but memory functions is called" {
	for file in wire/*.c; do
		gcc -std=gnu11 -O2 -I. -Iinclude/uapi -ffreestanding -Wframe-larger-than=1024 -Wvla \
			-Wdeclaration-after-statement -Werror -Wall -Wextra \
			-fno-stack-protector -c -o "$BATS_TEST_TMPDIR/$(basename "$file").o" "$file"
	done
	run -0 nm -u "$BATS_TEST_TMPDIR"/*.o
	for symbol in $(awk '$1 == "U" { print $2 }' <<<"$output"); do
		case $symbol in
		memcpy | memcmp | memchr | memmove | memset | strlen | wire_* | _GLOBAL_OFFSET_TABLE_) ;;
		*)
			echo "wire/ calls $symbol" >&2
			false
			;;
		esac
	done
}

@test "wire/ compiles for 32 bits without a warning, and without a 64-bit division" {
	[ "$(uname -m)" = x86_64 ] || skip "-m32 is for x86"
	# the 64-bit headers do, but for a list of stubs that is empty then
	mkdir "$BATS_TEST_TMPDIR/gnu"
	touch "$BATS_TEST_TMPDIR/gnu/stubs-32.h"
	for file in wire/*.c; do
		gcc -m32 -std=gnu11 -O2 -Wall -Wextra -Werror -Wframe-larger-than=1024 \
			-I. -Iinclude/uapi -I"$BATS_TEST_TMPDIR" -fno-pic \
			-isystem "/usr/include/$(gcc -print-multiarch)" -c \
			-o "$BATS_TEST_TMPDIR/$(basename "$file").o" "$file"
	done
	run -0 nm -u "$BATS_TEST_TMPDIR"/*.o
	run ! awk '$1 == "U" && /div|mod/ { found = 1 } END { exit !found }' <<<"$output"
}
