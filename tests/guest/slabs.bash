# SPDX-License-Identifier: GPL-2.0-or-later
#
# How much memory the kernel has given out, of the kinds that the module takes.

# Of caches in objects, and how many a slab has; of the rest in KiB. Others come and
# go with the files that are looked at.
slab_counts() {
	local shrink

	echo 3 >/proc/sys/vm/drop_caches
	for shrink in /sys/kernel/slab/*/shrink; do
		echo 1 >"$shrink"
	done
	awk '$1 ~ /^(kmalloc-|skbuff_|UNIX|sock_inode_cache|filp|pid|cred_jar)/ {
		print $1, $2, $5
	}' /proc/slabinfo
	awk '/^(Percpu|VmallocUsed):/ { print $1, $2 }' /proc/meminfo
}

# slabs_grown BEFORE AFTER: lines of slab_counts that have grown by more than is found
# by chance. A slab that a processor has taken counts as full.
slabs_grown() {
	awk '
		NR == FNR { before[$1] = $2; next }
		$2 > before[$1] + 200 + 2 * $3 { print $1, before[$1] + 0, $2 }
	' "$1" "$2"
}
