/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What wire/ needs of its surroundings, in the kernel and outside of it: fixed
 * size integers, bool, and the memory functions. Nothing else is used: no
 * allocation, no recursion, no global state, no floating point.
 */
#ifndef WIRE_PORT_H
#define WIRE_PORT_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/types.h>
#include <linux/string.h>
#include <linux/limits.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#ifndef noinline
#define noinline __attribute__((__noinline__))
#endif
#ifndef likely
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#endif

#endif /* WIRE_PORT_H */
