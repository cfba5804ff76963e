/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_ENCAP_H
#define DISSECTOR_ENCAP_H

/**
 * encap_register() - preferences and names, before any table is filled
 * @proto: the protocol, from record_register()
 */
void encap_register(int proto);

/* Take the places in Wireshark's tables, remembering who held them. */
void encap_handoff(void);

#endif /* DISSECTOR_ENCAP_H */
