/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything in which the supported kernels differ. Chosen by what the headers
 * of the build have (Kbuild looks), not by version: stable updates change
 * interfaces inside one version.
 */
#ifndef _DBUS_COMPAT_H
#define _DBUS_COMPAT_H

#include <linux/fdtable.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>

#ifdef HAVE_FILE_CLOSE_FD
#define dbus_take_back_fd(fd)	file_close_fd(fd)
#else
#define dbus_take_back_fd(fd)	close_fd_get_file(fd)
#endif

#ifdef HAVE_GENL_INFO_DUMP
#define dbus_dump_attrs(cb)	(genl_info_dump(cb)->attrs)
#else
#define dbus_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#endif

/*
 * header_ops.parse has the device as its second parameter, in later
 * stable updates of 6.12 too.
 */
#define DBUS_HEADER_PARSE(two, three)					\
	_Generic(((struct header_ops *)NULL)->parse,			\
		 int (*)(const struct sk_buff *, unsigned char *): two,	\
		 default: three)

#endif /* _DBUS_COMPAT_H */
