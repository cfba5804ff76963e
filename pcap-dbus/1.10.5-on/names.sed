# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# What libpcap's own functions are called since 1.10.5.
s/\b\(find_dev\|install_bpf_program\)(/pcapint_\1(/g
s/\bpcap_\(strlcpy\|fmt_errmsg_for_errno\|filter\|breakloop_common\|cleanup_live_common\)(/pcapint_\1(/g
