/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything in which the supported kernels differ. Chosen by what the headers
 * of the build have (Kbuild looks), not by version: stable updates change
 * interfaces inside one version.
 */
#ifndef _DBUS_COMPAT_H
#define _DBUS_COMPAT_H

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>

#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#ifdef HAVE_FILE_CLOSE_FD
#define dbus_take_back_fd(fd)	file_close_fd(fd)
#else
#define dbus_take_back_fd(fd)	close_fd_get_file(fd)
#endif

#ifdef HAVE_RECEIVE_FD_UFD
#define dbus_receive_fd(file, flags)	receive_fd(file, NULL, flags)
#else
#define dbus_receive_fd(file, flags)	receive_fd(file, flags)
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

/* What proto_ops.accept has behind the two sockets. */
#ifdef HAVE_PROTO_ACCEPT_ARG
#define DBUS_ACCEPT_PARAMS	struct proto_accept_arg *arg
#define DBUS_ACCEPT_ARGS	arg
#else
#define DBUS_ACCEPT_PARAMS	int flags, bool kern
#define DBUS_ACCEPT_ARGS	flags, kern
#endif

/* Does a buffer in a socket's queue stand there, and is it counted nowhere else? */
#ifdef HAVE_UNIX_INQ_LEN
#define DBUS_UNIX_QUEUE_IS_PLAIN	false
#else
#define DBUS_UNIX_QUEUE_IS_PLAIN	true
#endif

/* <net/compat.h> has it only where 32-bit processes can run. */
struct dbus_compat_cmsghdr {
	u32 cmsg_len;
	s32 cmsg_level;
	s32 cmsg_type;
};

/* Give back what is left of the page of which parts were taken. */
static inline void dbus_drain_page_frag(struct page_frag_cache *part)
{
#ifdef HAVE_PAGE_FRAG_CACHE_DRAIN
	page_frag_cache_drain(part);
#else
	if (part->va)
		__page_frag_cache_drain(virt_to_head_page(part->va),
					part->pagecnt_bias);
	part->va = NULL;
#endif
}

/* A reference on a socket's file, unless that is being released; no sleep. */
static inline struct file *dbus_get_socket_file(struct socket *sock)
{
	struct file *file;

#ifdef HAVE_GET_FILE_ACTIVE
	file = get_file_active(&sock->file);
#else
	rcu_read_lock();
	file = READ_ONCE(sock->file);
	if (file && !get_file_rcu(file))
		file = NULL;
	rcu_read_unlock();
#endif
	return file;
}

#endif /* _DBUS_COMPAT_H */
