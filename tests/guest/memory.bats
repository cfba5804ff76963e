#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make soak SOAK=memory` does at length, for two rounds; and that it would tell.

load bus.bash
load slabs.bash

teardown_file() {
	unload_module
}

@test "mixed load leaves nothing in the kernel's tables and slabs" {
	SOAK_TIME=1 "$BATS_TEST_DIRNAME/../soak/memory"
}

@test "memory that stays is noticed, and gone when it is let go" {
	[[ ${VM_KERNEL-} != debug ]] || skip "freed memory is in use for a while there"
	start_bus
	cd "$BATS_TEST_TMPDIR"
	slab_counts >before
	mkfifo -m 666 end
	bustest stress-crowd 500 <end >/dev/null 3>&- &
	crowd=$!
	exec 7>end
	until_true crowded
	slab_counts >during
	[[ $(slabs_grown before during) == *kmalloc* ]]
	exec 7>&-
	wait "$crowd"
	bus_stays_clean
	slab_counts >after
	slabs_grown before after
	[[ ! $(slabs_grown before after) ]]
	stop_bus
}

crowded() {
	(($(counter peers) > 500))
}
