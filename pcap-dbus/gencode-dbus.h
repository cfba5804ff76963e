/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */

/*
 * Compile D-Bus match rules, for link types that hold D-Bus messages.
 *
 * Returns 0 if buf is none, or the link type is another: then it is an
 * expression like any other. Returns 1 with the program filled in, or
 * PCAP_ERROR with a message in p's errbuf.
 */
int dbus_compile(pcap_t *p, const char *buf, struct bpf_program *program);
