/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the Wireshark releases 4.0 to 4.6, and nothing else: the
 * other sources are written for all of them and never ask for a version.
 */
#ifndef DISSECTOR_COMPAT_H
#define DISSECTOR_COMPAT_H

#include <stdbool.h>
#include <ws_version.h>
#include <epan/tvbuff.h>
#include <wiretap/wtap.h>
#include <wiretap/wtap_opttypes.h>

#define WIRESHARK_SINCE(major, minor) \
	(WIRESHARK_VERSION_MAJOR > (major) || \
	 (WIRESHARK_VERSION_MAJOR == (major) && \
	  WIRESHARK_VERSION_MINOR >= (minor)))

/*
 * The boolean of the interfaces: a preference's variable, a callback's result.
 * Its size matters, since Wireshark writes through pointers to it.
 */
#if WIRESHARK_SINCE(4, 4)
typedef bool ws_boolean;
#else
typedef gboolean ws_boolean;
#endif

#if !WIRESHARK_SINCE(4, 4)
#define tvb_get_uint8 tvb_get_guint8
#define tvb_get_uint32 tvb_get_guint32
#endif

/* Newer releases ask for the number of streams too. */
#if WIRESHARK_SINCE(4, 2)
#define register_follow(proto, tap, conv, index, addresses, port, packet, \
			count) \
	register_follow_stream(proto, tap, conv, index, addresses, port, \
			       packet, count, NULL)
#else
#define register_follow(proto, tap, conv, index, addresses, port, packet, \
			count) \
	register_follow_stream(proto, tap, conv, index, addresses, port, packet)
#endif

/* What callbacks of conversation filters get */
#if WIRESHARK_SINCE(4, 2)
#define CONVERSATION_FILTER_ARGS packet_info *pinfo, void *data
#define register_packet_filter(proto, name, valid, build) \
	register_conversation_filter(proto, name, valid, build, NULL)
#else
#define CONVERSATION_FILTER_ARGS packet_info *pinfo
#define register_packet_filter register_conversation_filter
#endif

/**
 * custom_option_data() - content of a custom option of a pcapng block
 * @value: value of an option with a binary code (2989 or 19373)
 * @pen: set to the private enterprise number that it begins with
 * @len: set to the octets of what follows that number
 * Return: what follows that number; belongs to the block
 */
static inline const void *custom_option_data(const wtap_optval_t *value,
					     uint32_t *pen, size_t *len)
{
#if WIRESHARK_SINCE(4, 6)
	*pen = value->custom_binaryval.pen;
	*len = value->custom_binaryval.data.custom_data_len;
	return value->custom_binaryval.data.custom_data;
#else
	*pen = value->custom_opt.pen;
	*len = value->custom_opt.data.generic_data.custom_data_len;
	return value->custom_opt.data.generic_data.custom_data;
#endif
}

#endif /* DISSECTOR_COMPAT_H */
