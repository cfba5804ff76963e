# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test machine keeps what tests/vm/run promises. Every run costs seconds, so
# each looks at more than one thing.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export OUT=$BATS_TEST_TMPDIR/out
}

@test "output, exit status and \$OUT of a command come back from the machine" {
	run -7 --separate-stderr tests/vm/run -t 120 -- bash -c '
		echo "to stdout: $1"; echo to stderr >&2
		echo brought >$OUT/file; id -u; id -un 1000
		exec 2>/dev/null; sleep infinity & exit 7' - 'a  b"$'
	[ "$output" = 'to stdout: a  b"$'$'\n0\nuser' ]
	[ "$stderr" = "to stderr" ]
	[ "$(<"$OUT/file")" = brought ]
}

@test "the work tree and the current directory are seen where they are, and only read" {
	mkdir "$BATS_TEST_TMPDIR/here"
	echo mine >"$BATS_TEST_TMPDIR/here/file"
	top=$PWD
	cd "$BATS_TEST_TMPDIR/here"
	run -0 --separate-stderr "$top/tests/vm/run" -t 120 -- bash -c '
		pwd; cat file; cmp "$1/Makefile" "$1/Makefile" &&
		! touch file "$1/Makefile" 2>/dev/null' - "$top"
	[ "${lines[0]}" = "$PWD" ]
	[ "${lines[1]}" = mine ]
}

@test "a kernel's complaint fails a run whose command succeeds, and is printed" {
	run -123 --separate-stderr tests/vm/run -t 120 -- bash -c '
		echo "<4>WARNING: CPU: 0 PID: 1 at a/test.c:1" >/dev/kmsg; echo done'
	[ "$output" = "done" ]
	[[ $stderr == *"complained"*"WARNING: CPU: 0 PID: 1 at a/test.c:1"* ]]
}

@test "a crash ends the run at once" {
	run -123 --separate-stderr tests/vm/run -t 120 -- bash -c '
		echo c >/proc/sysrq-trigger; sleep 100'
	[[ $stderr == *"Kernel panic"* ]]
}

@test "a command that does not end is ended at the time limit" {
	run -124 --separate-stderr tests/vm/run -t 20 -- sleep infinity
	[[ $stderr == *"not finished after 20 s"* ]]
}

@test "every kind of kernel report is one, and ordinary messages are none" {
	log=$BATS_TEST_TMPDIR/console
	while IFS= read -r line; do
		echo "[    1.000000] $line" >"$log"
		run -0 tests/vm/kernel-reports "$log"
		[[ $output == *"$line"* ]]
	done <<-'END'
	BUG: KASAN: slab-use-after-free in dbus_route+0x10/0x20 [dbus]
	BUG: unable to handle page fault for address: 0000000000000010
	BUG: sleeping function called from invalid context at mm/slab.h:274
	BUG: spinlock bad magic on CPU#1, bash/100
	WARNING: possible circular locking dependency detected
	WARNING: inconsistent lock state
	WARNING: suspicious RCU usage
	UBSAN: shift-out-of-bounds in a.c:1:2
	ODEBUG: free active (active state 0) object type: timer_list
	unreferenced object 0xffff888003e0a100 (size 64):
	Kernel panic - not syncing: Fatal exception
	general protection fault, probably for non-canonical address: 0000 [#1]
	refcount_t: underflow; use-after-free.
	INFO: task kworker/0:1:10 blocked for more than 120 seconds.
	unregister_netdevice: waiting for dbus1 to become free. Usage count = 1
	END
	printf '%s\n' 'WARNING: of a program, not of the kernel' \
		'[    1.0] dbus: loading out-of-tree module taints kernel.' \
		'[    2.0] random: crng init done' >"$log"
	run -1 tests/vm/kernel-reports "$log"
}

@test "a job without a machine, and a wrong option, are told apart from the command's failure" {
	run -125 tests/vm/run -k 9.9 -- true
	[[ $output == *"no 9.9 test machine"* ]]
	run -125 tests/vm/run --no-such-option
	[[ $output == *"--no-such-option is no option"* ]]
}
