/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What wire/ needs of its surroundings, in the kernel and outside of it: fixed
 * size integers, bool, and the memory functions. Nothing else is used: no
 * allocation, no recursion, no global state, no floating point.
 */
#ifndef WIRE_PORT_H
#define WIRE_PORT_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/string.h>
#include <linux/limits.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#endif

#endif /* WIRE_PORT_H */
