/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "wire/message.h"

/* wire_frame(), which also says where the fault is. Inside of wire/ only. */
enum wire_status wire_frame_check(const uint8_t *p, size_t n, uint32_t *len,
				  uint32_t *bad_at);

#endif /* WIRE_FRAME_H */
