/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tap device without a kernel module: a TUN device of the taps' hardware
 * type. What is sent to it arrives as on a tap, but for the link-layer header,
 * which TUN has not: readers of bare messages get what was sent.
 */
#ifndef TESTS_PCAP_TAP_H
#define TESTS_PCAP_TAP_H

#include <stddef.h>
#include <stdint.h>

/* Make a device of that hardware type, up if @up; return its descriptor. */
int tap_make(const char *name, int type, int up);
/* Get at a device that was made and kept. */
int tap_open(const char *name);
/* Let a device outlive its descriptor. */
void tap_keep(int fd);
/*
 * A device that has a link-layer header, of TAP_HEADER octets, and to be sent
 * on by tap_transmit(): that way packets take on a tap of the kernel's, too.
 */
#define TAP_HEADER 14
int tap_make_with_header(const char *name, int type);
void tap_transmit(const char *name, uint16_t proto, const void *data,
		  size_t len);
void tap_set_up(const char *name, int up);
/*
 * Let a packet arrive there: in the reader's buffer when this returns. Ends the
 * program with status 77 if the machine has no memory for it.
 */
void tap_send(int fd, uint16_t proto, const void *data, size_t len);

/*
 * A signal with that serial number whose body is an array of @len octets, from
 * malloc(). Its length is put into @size. With a record header before if
 * @record. Its member is Changed, or what the environment says by TAP_MEMBER.
 */
uint8_t *tap_message(uint32_t serial, size_t len, int record, size_t *size);
/* Such a message's serial number. */
uint32_t tap_serial(const uint8_t *message);

#endif /* TESTS_PCAP_TAP_H */
