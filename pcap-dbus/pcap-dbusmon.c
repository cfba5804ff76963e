/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */

/*
 * D-Bus messages routed or observed by the kernel, from its tap devices: dbus0
 * shows all buses of the network namespace, dbusN bus N alone.
 *
 * A tap is a network device of a hardware type of its own, so any libpcap can
 * capture from it, as LINUX_SLL and up to what a slot of the ring holds. This
 * module adds what that lacks: a description, DLT_DBUS, messages of any
 * length, and an immediate mode that doesn't pay for the snapshot length.
 *
 * On the device, the record header is the link-layer header, so that
 *
 *	DLT_DBUS	is a SOCK_DGRAM socket: the kernel strips the header and
 *			leaves the message. Records that hold no valid message
 *			(handshakes, losses, ...) are left out.
 *	DLT_USER13	is a SOCK_RAW socket: all records, with their header.
 *
 * Both see packets that the device transmits, and these are shown to sockets
 * bound to ETH_P_ALL only; a filter in front of the user's picks the protocols.
 *
 * Memory: D-Bus messages have some hundred octets, rarely many, and sometimes
 * up to 128 MiB. No slot size suits them all. This is a TPACKET_V2 ring of
 * small slots with PACKET_COPY_THRESH set: what fits a slot costs neither a
 * system call nor a wake-up of its own; what doesn't is put whole into the
 * socket's receive queue as well, its slot marked TP_STATUS_COPY, and is read
 * from there when its turn in the ring comes. Order is the ring's.
 */

#define _GNU_SOURCE	/* dup3() */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <net/if.h>

#include <linux/types.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "pcap-int.h"
#include "pcap-dbusmon.h"

#define DEVICE_PREFIX	"dbus"
#define ALIAS_ALL	"all buses"

/* The longest message that the D-Bus specification allows. */
#define MAXIMUM_MESSAGE	(128 * 1024 * 1024)

/*
 * A slot holds its header, a record header and nearly every message; with the
 * default size of the ring there are 16384 of them.
 */
#define SLOT_SIZE_MIN	256
#define SLOT_SIZE_MAX	2048
#define RING_SIZE	(32 * 1024 * 1024)

/*
 * Messages that don't fit their slots may take this many times the size of the
 * ring until they are read. Unlike the ring, that is memory that they have
 * anyway, and only while they wait.
 */
#define QUEUE_RATIO	4

/* A buffer longer than this is not kept until the next long message. */
#define BUFFER_KEEP	(1024 * 1024)

/*
 * While messages keep coming, a reader that isn't in immediate mode looks into
 * the ring at intervals instead of being woken by each of them: waking it would
 * cost the sender of the message more than all the rest of capturing does. The
 * interval is cut if the ring has less than this number of slots for each of
 * its milliseconds.
 */
#define NAP_MS		5
#define SLOTS_PER_MS	400

/* How often to look whether a device that went down is gone. */
#define NETDOWN_MS	10

static const struct timeval netdown_timeout = { 0, NETDOWN_MS * 1000L };

/* See fill_prelude(). */
#define PRELUDE_LEN	5

struct pcap_dbusmon {
	int	ifindex;
	int	snaplen;	/* as asked for; DLT_USER13 may have less */
	int	nonblock;
	int	netdown;	/* got ENETDOWN, and not resolved yet */
	int	busy;		/* the last read found something */
	int	nap;		/* ms to leave the socket alone when busy */
	int	breakloop_fd;	/* ends a poll() */
	int	link_fd;	/* asks for the device, where that is */
	u_char	*ring;
	size_t	ring_size;
	u_int	slot_size;
	u_int	slot_count;
	u_int	slot;		/* the next one to look at */
	int	filter_in_userland;
	struct timespec	filter_since;	/* older packets passed another one */
	u_int	recv;		/* passed the filter or dropped */
	u_int	drop;		/* found no room in the ring */
	u_int	rejected;	/* counted in recv, but rejected in user land */
	uint64_t	not_built;	/* the device's count at the start */
};

/* What rtnetlink says about a network device. */
struct dbusmon_link {
	char	name[IF_NAMESIZE];
	char	alias[256];
	int	index;
	u_int	type;
	u_int	flags;
	uint64_t	rx_dropped;
};

typedef void (*link_func)(const struct dbusmon_link *, void *);

static void
parse_link(const struct nlmsghdr *nlh, struct dbusmon_link *link)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(nlh);
	const struct rtattr *rta = IFLA_RTA(ifi);
	int left = (int)IFLA_PAYLOAD(nlh);
	struct rtnl_link_stats64 stats;

	memset(link, 0, sizeof(*link));
	link->index = ifi->ifi_index;
	link->type = ifi->ifi_type;
	link->flags = ifi->ifi_flags;
	for (; RTA_OK(rta, left); rta = RTA_NEXT(rta, left)) {
		switch (rta->rta_type) {

		case IFLA_IFNAME:
			pcap_strlcpy(link->name, RTA_DATA(rta),
			    min(sizeof(link->name), (size_t)RTA_PAYLOAD(rta)));
			break;

		case IFLA_IFALIAS:
			pcap_strlcpy(link->alias, RTA_DATA(rta),
			    min(sizeof(link->alias), (size_t)RTA_PAYLOAD(rta)));
			break;

		case IFLA_STATS64:
			memset(&stats, 0, sizeof(stats));
			memcpy(&stats, RTA_DATA(rta),
			    min(sizeof(stats), (size_t)RTA_PAYLOAD(rta)));
			link->rx_dropped = stats.rx_dropped;
			break;
		}
	}
}

/*
 * A socket to ask for devices of this thread's network namespace, and no other,
 * wherever the thread goes. Returns -1 and sets errno on an error.
 */
static int
open_links(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/*
 * Call func for the device of that name or, if name is NULL, for all devices
 * of the network namespace of the socket. Returns 0 or an errno value: ENODEV
 * if there is no device of that name.
 */
static int
query_links(int fd, const char *name, link_func func, void *arg)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
		struct rtattr rta;
		char name[IF_NAMESIZE];
	} req;
	union {
		struct nlmsghdr nlh;
		char buf[32768];
	} reply;
	struct nlmsghdr *nlh;
	struct dbusmon_link link;
	size_t name_len;
	ssize_t ret;
	int err = -1;
	u_int left;

	memset(&req, 0, sizeof(req));
	req.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req.ifi));
	req.nlh.nlmsg_type = RTM_GETLINK;
	req.nlh.nlmsg_flags = NLM_F_REQUEST;
	if (name != NULL) {
		name_len = strlen(name) + 1;
		if (name_len > sizeof(req.name))
			return ENODEV;
		req.rta.rta_type = IFLA_IFNAME;
		req.rta.rta_len = (u_short)RTA_LENGTH(name_len);
		memcpy(req.name, name, name_len);
		req.nlh.nlmsg_len += (u_int)RTA_SPACE(name_len);
	} else
		req.nlh.nlmsg_flags |= NLM_F_DUMP;

	/* what an earlier query has left there, if it failed */
	while (recv(fd, &reply, sizeof(reply), MSG_DONTWAIT) > 0)
		;
	if (send(fd, &req, req.nlh.nlmsg_len, 0) == -1)
		err = errno;
	while (err == -1) {
		do {
			ret = recv(fd, &reply, sizeof(reply), 0);
		} while (ret == -1 && errno == EINTR);
		if (ret <= 0) {
			err = ret == 0 ? EIO : errno;
			break;
		}
		left = (u_int)ret;
		for (nlh = &reply.nlh; err == -1 && NLMSG_OK(nlh, left);
		    nlh = NLMSG_NEXT(nlh, left)) {
			if (nlh->nlmsg_type == NLMSG_ERROR)
				err = -((struct nlmsgerr *)NLMSG_DATA(nlh))->error;
			else if (nlh->nlmsg_type == NLMSG_DONE)
				err = 0;
			else if (nlh->nlmsg_type == RTM_NEWLINK) {
				parse_link(nlh, &link);
				func(&link, arg);
				if (name != NULL)
					err = 0;
			}
		}
	}
	return err;
}

static void
copy_link(const struct dbusmon_link *link, void *arg)
{
	*(struct dbusmon_link *)arg = *link;
}

static int
get_link(int fd, const char *name, struct dbusmon_link *link)
{
	int err;

	memset(link, 0, sizeof(*link));
	err = query_links(fd, name, copy_link, link);
	return err == 0 && link->index == 0 ? ENODEV : err;
}

/* "dbus" and a number: what only a tap should be called */
static int
is_tap_name(const char *name)
{
	if (strncmp(name, DEVICE_PREFIX, sizeof(DEVICE_PREFIX) - 1) != 0)
		return 0;
	name += sizeof(DEVICE_PREFIX) - 1;
	return *name != '\0' && name[strspn(name, "0123456789")] == '\0';
}

static void
describe_link(const struct dbusmon_link *link, void *arg)
{
	char text[sizeof(link->alias) + 16];
	pcap_if_t *dev;

	if (link->type != DBUSMON_LINK_TYPE)
		return;
	dev = find_dev(arg, link->name);
	if (dev == NULL || dev->description != NULL)
		return;
	/* A tap of one bus has that bus's name for its alias. */
	if (link->alias[0] == '\0' || strcmp(link->alias, ALIAS_ALL) == 0)
		snprintf(text, sizeof(text), "D-Bus, %s", ALIAS_ALL);
	else
		snprintf(text, sizeof(text), "D-Bus, bus %s", link->alias);
	dev->description = strdup(text);
}

/*
 * The taps are in the list already, as network devices, with flags that say
 * what is true of them. Only the description is missing; if there's no way to
 * find it out, that's no reason for not listing the others.
 */
int
dbusmon_findalldevs(pcap_if_list_t *devlistp, char *errbuf _U_)
{
	int fd = open_links();

	if (fd != -1) {
		(void)query_links(fd, NULL, describe_link, devlistp);
		close(fd);
	}
	return 0;
}

static struct tpacket2_hdr *
slot_header(const struct pcap_dbusmon *priv)
{
	return (void *)(priv->ring + (size_t)priv->slot * priv->slot_size);
}

/* Has the kernel handed over the next slot? */
static u_int
slot_status(const struct pcap_dbusmon *priv)
{
	return __atomic_load_n(&slot_header(priv)->tp_status, __ATOMIC_ACQUIRE);
}

static void
release_slot(struct pcap_dbusmon *priv)
{
	__atomic_store_n(&slot_header(priv)->tp_status, TP_STATUS_KERNEL,
	    __ATOMIC_RELEASE);
	if (++priv->slot == priv->slot_count)
		priv->slot = 0;
}

/* Make room in the buffer. Its contents are lost. */
static int
resize_buffer(pcap_t *handle, u_int size)
{
	void *buffer;

	buffer = malloc(size);
	if (buffer == NULL) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE,
		    errno, "%s: Can't allocate %u octets for a message",
		    handle->opt.device, size);
		return PCAP_ERROR;
	}
	free(handle->buffer);
	handle->buffer = buffer;
	handle->bufsize = size;
	return 0;
}

/* Read a message that is longer than its slot from the receive queue. */
static int
read_long(pcap_t *handle, const struct tpacket2_hdr *hdr,
    struct pcap_pkthdr *pkth, const u_char **pkt)
{
	struct pcap_dbusmon *priv = handle->priv;
	u_int want = min(hdr->tp_len, (u_int)handle->snapshot);
	ssize_t ret;

	if (want > handle->bufsize && resize_buffer(handle, want) < 0)
		return PCAP_ERROR;
	do {
		ret = recv(handle->fd, handle->buffer, want,
		    MSG_DONTWAIT | MSG_TRUNC);
		/*
		 * The error of a device that went away comes first, then the
		 * rest of the queue.
		 */
		if (ret == -1 && errno == ENETDOWN) {
			priv->netdown = 1;
			handle->required_select_timeout = &netdown_timeout;
			errno = EINTR;
		}
	} while (ret == -1 && errno == EINTR);
	if (ret == -1) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE,
		    errno, "%s: Can't receive a long message",
		    handle->opt.device);
		return PCAP_ERROR;
	}
	pkth->len = (bpf_u_int32)ret;
	pkth->caplen = min((bpf_u_int32)ret, want);
	*pkt = handle->buffer;
	return 0;
}

static int
is_newer(const struct tpacket2_hdr *hdr, const struct timespec *ts)
{
	if ((time_t)hdr->tp_sec != ts->tv_sec)
		return (time_t)hdr->tp_sec > ts->tv_sec;
	return (long)hdr->tp_nsec > ts->tv_nsec;
}

/* A filter in the kernel knows nothing of packets that came before it. */
static int
passes_filter(pcap_t *handle, const struct tpacket2_hdr *hdr,
    const struct pcap_pkthdr *pkth, const u_char *pkt)
{
	struct pcap_dbusmon *priv = handle->priv;

	if (handle->fcode.bf_insns == NULL)
		return 1;
	if (!priv->filter_in_userland && is_newer(hdr, &priv->filter_since))
		return 1;
	if (pcap_filter(handle->fcode.bf_insns, pkt, pkth->len, pkth->caplen))
		return 1;
	priv->rejected++;
	return 0;
}

/*
 * Deliver what is in the next slot. Returns the number of packets delivered,
 * or PCAP_ERROR. The slot is the kernel's again afterwards.
 */
static int
read_slot(pcap_t *handle, u_int status, pcap_handler callback, u_char *user)
{
	struct pcap_dbusmon *priv = handle->priv;
	const struct tpacket2_hdr *hdr = slot_header(priv);
	const u_char *pkt = (const u_char *)hdr + hdr->tp_mac;
	struct pcap_pkthdr pkth;
	int ret = 0;

	pkth.ts.tv_sec = hdr->tp_sec;
	pkth.ts.tv_usec = hdr->tp_nsec;
	if (handle->opt.tstamp_precision == PCAP_TSTAMP_PRECISION_MICRO)
		pkth.ts.tv_usec /= 1000;
	pkth.len = hdr->tp_len;
	pkth.caplen = min(hdr->tp_snaplen, (u_int)handle->snapshot);

	if (status & TP_STATUS_COPY)
		ret = read_long(handle, hdr, &pkth, &pkt);
	if (ret == 0 && passes_filter(handle, hdr, &pkth, pkt)) {
		callback(user, &pkth, pkt);
		ret = 1;
	}
	release_slot(priv);
	return ret;
}

/*
 * Forget that somebody wrote to the descriptor that ends a poll(), and tell
 * whether they meant it.
 */
static int
check_breakloop(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;
	eventfd_t value;

	(void)eventfd_read(priv->breakloop_fd, &value);
	if (!handle->break_loop)
		return 0;
	handle->break_loop = 0;
	return PCAP_ERROR_BREAK;
}

static int
check_socket_error(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;
	socklen_t len = sizeof(int);
	int err;

	if (getsockopt(handle->fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		err = errno;
	if (err == ENETDOWN) {
		priv->netdown = 1;
		handle->required_select_timeout = &netdown_timeout;
		return 0;
	}
	if (err == 0)	/* somebody else has fetched it */
		return 0;
	pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE, err,
	    "%s: Error condition on packet socket", handle->opt.device);
	return PCAP_ERROR;
}

/*
 * The device went down. That's how its end begins, but it may come up again.
 */
static int
check_netdown(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;
	struct dbusmon_link link;
	int err;

	err = get_link(priv->link_fd, handle->opt.device, &link);
	if (err == ENODEV || (err == 0 && link.index != priv->ifindex)) {
		snprintf(handle->errbuf, PCAP_ERRBUF_SIZE,
		    "The interface disappeared");
		return PCAP_ERROR;
	}
	if (err != 0) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE, err,
		    "%s: Can't get flags", handle->opt.device);
		return PCAP_ERROR;
	}
	if (link.flags & IFF_UP) {
		priv->netdown = 0;
		handle->required_select_timeout = NULL;
	}
	return 0;
}

/*
 * Wait for at most timeout ms, for ever if that is negative, until a packet
 * arrives (not if only_break is set) or somebody breaks the loop. Returns 1 if
 * the socket is readable, 0 if not, PCAP_ERROR_BREAK or PCAP_ERROR.
 */
static int
poll_socket(pcap_t *handle, int timeout, int only_break)
{
	struct pcap_dbusmon *priv = handle->priv;
	struct pollfd fds[2];
	int ret;

	fds[0].fd = priv->breakloop_fd;
	fds[0].events = POLLIN;
	fds[1].fd = handle->fd;
	fds[1].events = POLLIN;
	fds[1].revents = 0;
	ret = poll(fds, only_break ? 1 : 2, timeout);
	if (ret == -1 && errno != EINTR) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE,
		    errno, "%s: Can't poll on packet socket",
		    handle->opt.device);
		return PCAP_ERROR;
	}
	if (ret == -1 || (fds[0].revents & POLLIN)) {
		ret = check_breakloop(handle);
		if (ret < 0)
			return ret;
	}
	if (fds[1].revents & POLLERR) {
		ret = check_socket_error(handle);
		if (ret < 0)
			return ret;
	}
	return (fds[1].revents & POLLIN) != 0;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Wait until there's something in the ring or the packet buffer timeout is
 * over. Returns 0, PCAP_ERROR_BREAK or PCAP_ERROR.
 */
static int
wait_for_packets(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;
	int64_t deadline = 0;
	int timeout = -1;
	int ret;

	if (priv->nonblock) {
		/* The way to hear of errors, nothing else. */
		ret = poll_socket(handle, 0, 0);
		if (ret == 0 && priv->netdown)
			ret = check_netdown(handle);
		return min(ret, 0);
	}
	if (handle->opt.timeout > 0)
		deadline = now_ms() + handle->opt.timeout;
	if (priv->busy && priv->nap > 0) {
		ret = poll_socket(handle, priv->nap, 1);
		if (ret < 0)
			return ret;
	}
	while (!(slot_status(priv) & TP_STATUS_USER)) {
		if (deadline != 0) {
			timeout = (int)(deadline - now_ms());
			if (timeout <= 0)
				break;
		}
		if (priv->netdown &&
		    (timeout == -1 || timeout > NETDOWN_MS))
			timeout = NETDOWN_MS;
		ret = poll_socket(handle, timeout, 0);
		if (ret == 0 && priv->netdown)
			ret = check_netdown(handle);
		if (ret != 0)
			return min(ret, 0);
		timeout = -1;
	}
	return 0;
}

static int
dbusmon_read(pcap_t *handle, int max_packets, pcap_handler callback,
    u_char *user)
{
	struct pcap_dbusmon *priv = handle->priv;
	u_int seen;
	int n = 0;
	u_int status;
	int ret;

	if (handle->break_loop)
		return check_breakloop(handle);
	if (handle->bufsize > BUFFER_KEEP &&
	    resize_buffer(handle, SLOT_SIZE_MAX) < 0)
		return PCAP_ERROR;
	if (!(slot_status(priv) & TP_STATUS_USER)) {
		ret = wait_for_packets(handle);
		if (ret < 0)
			return ret;
	}
	/* Once around at most, so that a busy bus can't keep us for ever. */
	for (seen = 0; seen < priv->slot_count &&
	    (PACKET_COUNT_IS_UNLIMITED(max_packets) || n < max_packets); seen++) {
		status = slot_status(priv);
		if (!(status & TP_STATUS_USER))
			break;
		ret = read_slot(handle, status, callback, user);
		if (ret < 0)
			return ret;
		n += ret;
		/* With packets delivered, it's the next call that tells. */
		if (handle->break_loop)
			return n > 0 ? n : check_breakloop(handle);
	}
	priv->busy = seen > 0;
	return n;
}

/* A packet must outlive its slot here: it stays until the next read. */
static void
dbusmon_oneshot(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct oneshot_userdata *sp = (struct oneshot_userdata *)user;
	pcap_t *handle = sp->pd;

	if (bytes != handle->buffer)
		memcpy(handle->buffer, bytes, h->caplen);
	*sp->hdr = *h;
	*sp->pkt = handle->buffer;
}

static int
dbusmon_inject(pcap_t *handle, const void *buf _U_, int size _U_)
{
	snprintf(handle->errbuf, PCAP_ERRBUF_SIZE,
	    "Packet injection is not supported on D-Bus taps");
	return PCAP_ERROR;
}

static int
dbusmon_setdirection(pcap_t *handle, pcap_direction_t d)
{
	if (d == PCAP_D_INOUT)
		return 0;
	snprintf(handle->errbuf, PCAP_ERRBUF_SIZE,
	    "Setting direction is not supported on D-Bus taps: "
	    "a message is shown once, as it is routed");
	return PCAP_ERROR;
}

static void
dbusmon_breakloop(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;

	pcap_breakloop_common(handle);
	if (priv->breakloop_fd != -1)
		(void)eventfd_write(priv->breakloop_fd, 1);
}

static int
dbusmon_getnonblock(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;

	return priv->nonblock;
}

static int
dbusmon_setnonblock(pcap_t *handle, int nonblock)
{
	struct pcap_dbusmon *priv = handle->priv;

	priv->nonblock = nonblock != 0;
	return 0;
}

/*
 * ps_recv	what passed the filter, be it read, still in the ring or dropped
 * ps_drop	what found no room in the ring
 * ps_ifdrop	records that the kernel couldn't build, for want of memory: they
 *		never got as far as the filter
 */
static int
dbusmon_stats(pcap_t *handle, struct pcap_stat *stats)
{
	struct pcap_dbusmon *priv = handle->priv;
	struct tpacket_stats kstats;
	socklen_t len = sizeof(kstats);
	struct dbusmon_link link;

	/* The kernel counts from the last time that it was asked. */
	if (getsockopt(handle->fd, SOL_PACKET, PACKET_STATISTICS, &kstats,
	    &len) == -1) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE,
		    errno, "%s: Can't get statistics", handle->opt.device);
		return PCAP_ERROR;
	}
	priv->recv += kstats.tp_packets;
	priv->drop += kstats.tp_drops;
	stats->ps_recv = priv->recv - priv->rejected;
	stats->ps_drop = priv->drop;
	stats->ps_ifdrop = 0;
	if (get_link(priv->link_fd, handle->opt.device, &link) == 0 &&
	    link.index == priv->ifindex)
		stats->ps_ifdrop = (u_int)(link.rx_dropped - priv->not_built);
	return 0;
}

/*
 * What goes in front of every filter: no protocol but those that the link type
 * has. Programs begin with an A of 0.
 */
static void
fill_prelude(struct sock_filter *f, int dlt)
{
	static const struct sock_filter prelude[PRELUDE_LEN] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
		    (u_int)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DBUSMON_PROTO_MESSAGE, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DBUSMON_PROTO_EVENT, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
	};

	memcpy(f, prelude, sizeof(prelude));
	if (dlt == DLT_DBUS)	/* no events */
		f[2].k = DBUSMON_PROTO_MESSAGE;
}

/*
 * Have the kernel apply the filter, or none if fp is NULL, and cut packets to
 * the snapshot length. Returns 0 or an errno value.
 */
static int
attach_filter(int fd, int dlt, int snapshot, const struct bpf_program *fp)
{
	u_int len = fp != NULL ? fp->bf_len : 1;
	struct sock_fprog prog;
	struct sock_filter *f;
	u_int n = PRELUDE_LEN, i;
	int err = 0;

	if (len > USHRT_MAX - PRELUDE_LEN)
		return EINVAL;
	f = calloc(PRELUDE_LEN + len, sizeof(*f));
	if (f == NULL)
		return errno;
	fill_prelude(f, dlt);
	if (fp == NULL) {
		f[n].code = BPF_RET | BPF_K;
		f[n].k = (u_int)snapshot;
	}
	for (i = 0; fp != NULL && i < len; i++) {
		f[n + i].code = fp->bf_insns[i].code;
		f[n + i].jt = fp->bf_insns[i].jt;
		f[n + i].jf = fp->bf_insns[i].jf;
		f[n + i].k = fp->bf_insns[i].k;
		/*
		 * A filter returns the snapshot length that it was compiled
		 * for, which may be another, or not fit DLT_DBUS.
		 */
		if (f[n + i].code == (BPF_RET | BPF_K) && f[n + i].k != 0)
			f[n + i].k = (u_int)snapshot;
	}
	prog.len = (u_short)(n + len);
	prog.filter = f;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog)) == -1)
		err = errno;
	free(f);
	return err;
}

static int
dbusmon_setfilter(pcap_t *handle, struct bpf_program *filter)
{
	struct pcap_dbusmon *priv = handle->priv;
	int err;

	if (filter == NULL) {
		pcap_strlcpy(handle->errbuf, "setfilter: No filter specified",
		    PCAP_ERRBUF_SIZE);
		return PCAP_ERROR;
	}
	/* Kept for packets that the kernel's filter doesn't see. */
	if (install_bpf_program(handle, filter) < 0)
		return PCAP_ERROR;
	err = attach_filter(handle->fd, handle->linktype, handle->snapshot,
	    &handle->fcode);
	priv->filter_in_userland = err != 0;
	if (err != 0)	/* too long, or nothing the kernel knows */
		err = attach_filter(handle->fd, handle->linktype,
		    handle->snapshot, NULL);
	if (err != 0) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE,
		    err, "%s: Can't set filter", handle->opt.device);
		return PCAP_ERROR;
	}
	clock_gettime(CLOCK_REALTIME, &priv->filter_since);
	return 0;
}

static void
set_queue_size(int fd, uint64_t size)
{
	int opt = (int)(min(size, INT_MAX) / 2);	/* the kernel doubles it */

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &opt, sizeof(opt)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &opt, sizeof(opt));
}

/*
 * Set up the ring, of half the size if there's no memory for all of it.
 * Returns its address and fills in req, or returns NULL and sets errno.
 */
static void *
map_ring(int fd, u_int size, int snapshot, struct tpacket_req *req)
{
	u_int page_size = (u_int)getpagesize();
	int version = TPACKET_V2;
	int copy = 1;
	void *ring;

	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
	    sizeof(version)) == -1 ||
	    setsockopt(fd, SOL_PACKET, PACKET_COPY_THRESH, &copy,
	    sizeof(copy)) == -1)
		return NULL;
	req->tp_frame_size = SLOT_SIZE_MIN;
	while (req->tp_frame_size < SLOT_SIZE_MAX &&
	    (int)(req->tp_frame_size - SLOT_SIZE_MIN / 2) < snapshot)
		req->tp_frame_size *= 2;
	req->tp_block_size = page_size;
	req->tp_block_nr = size / page_size > 0 ? size / page_size : 1;
	for (;;) {
		req->tp_frame_nr = req->tp_block_nr *
		    (req->tp_block_size / req->tp_frame_size);
		if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, req,
		    sizeof(*req)) == 0)
			break;
		if (errno != ENOMEM || req->tp_block_nr == 1)
			return NULL;
		req->tp_block_nr /= 2;
	}
	ring = mmap(NULL, (size_t)req->tp_block_nr * page_size,
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return ring == MAP_FAILED ? NULL : ring;
}

/*
 * Are two sockets of one network namespace? An index of another one would be
 * another device's. Kernels before 5.14 don't tell.
 */
static int
same_namespace(int a, int b)
{
	uint64_t of_a = 0, of_b = 0;
#ifdef SO_NETNS_COOKIE
	socklen_t len = sizeof(of_a);

	if (getsockopt(a, SOL_SOCKET, SO_NETNS_COOKIE, &of_a, &len) == -1 ||
	    getsockopt(b, SOL_SOCKET, SO_NETNS_COOKIE, &of_b, &len) == -1)
		return 1;
#endif
	return of_a == of_b;
}

static int
bind_socket(int fd, int ifindex)
{
	struct sockaddr_ll sll;
	socklen_t len = sizeof(int);
	int err;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_ifindex = ifindex;
	sll.sll_protocol = htons(ETH_P_ALL);
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		return errno;
	/* A device that is down can be bound to, but leaves an error. */
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		return errno;
	return err;
}

/*
 * The status that stands for an error of opening, with a text where the status
 * alone doesn't tell.
 */
static int
open_error(pcap_t *handle, int err, const char *what)
{
	switch (err) {

	case EPERM:
	case EACCES:
		snprintf(handle->errbuf, PCAP_ERRBUF_SIZE,
		    "%s: %s failed - CAP_NET_RAW may be required",
		    handle->opt.device, what);
		return PCAP_ERROR_PERM_DENIED;

	case ENODEV:
	case ENXIO:
		handle->errbuf[0] = '\0';
		return PCAP_ERROR_NO_SUCH_DEVICE;

	case ENETDOWN:
		handle->errbuf[0] = '\0';
		return PCAP_ERROR_IFACE_NOT_UP;

	default:
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE, err,
		    "%s: %s failed", handle->opt.device, what);
		return PCAP_ERROR;
	}
}

static void
unmap_ring(struct pcap_dbusmon *priv)
{
	if (priv->ring != NULL)
		(void)munmap(priv->ring, priv->ring_size);
	priv->ring = NULL;
}

/*
 * Open a socket for that link type, and let it take the place of the handle's
 * if there is one: the descriptor stays the same. Returns 0 or a status, with
 * the handle as it was.
 */
static int
open_tap(pcap_t *handle, int dlt)
{
	struct pcap_dbusmon *priv = handle->priv;
	u_int ring_size = handle->opt.buffer_size != 0 ?
	    handle->opt.buffer_size : RING_SIZE;
	int snapshot = priv->snaplen;
	struct tpacket_req req;
	const char *what;
	void *ring = NULL;
	int fd, err;

	/*
	 * A longer record would make a savefile unreadable, if it isn't of
	 * D-Bus messages.
	 */
	if (dlt != DLT_DBUS && snapshot > MAXIMUM_SNAPLEN)
		snapshot = MAXIMUM_SNAPLEN;

	/* With a protocol of 0, nothing arrives before all is set up. */
	what = "Attempt to create packet socket";
	fd = socket(AF_PACKET, (dlt == DLT_DBUS ? SOCK_DGRAM : SOCK_RAW) |
	    SOCK_CLOEXEC, 0);
	if (fd == -1)
		return open_error(handle, errno, what);
	what = "Attempt to stay in the network namespace";
	if (handle->fd != -1 && !same_namespace(fd, handle->fd)) {
		err = EXDEV;
		goto fail;
	}
	what = "Attempt to filter by protocol";
	err = attach_filter(fd, dlt, snapshot, NULL);
	if (err != 0)
		goto fail;
	what = "Attempt to set up a packet ring";
	set_queue_size(fd, (uint64_t)ring_size * QUEUE_RATIO);
	ring = map_ring(fd, ring_size, snapshot, &req);
	if (ring == NULL) {
		err = errno;
		goto fail;
	}
	what = "Attempt to bind to the device";
	err = bind_socket(fd, priv->ifindex);
	if (err != 0)
		goto fail;

	if (handle->fd != -1) {
		what = "Attempt to change the packet socket";
		if (dup3(fd, handle->fd, O_CLOEXEC) == -1) {
			err = errno;
			goto fail;
		}
		close(fd);
		unmap_ring(priv);
	} else
		handle->fd = fd;
	handle->selectable_fd = handle->fd;
	handle->linktype = dlt;
	handle->snapshot = snapshot;
	priv->ring = ring;
	priv->ring_size = (size_t)req.tp_block_nr * req.tp_block_size;
	priv->slot_size = req.tp_frame_size;
	priv->slot_count = req.tp_frame_nr;
	priv->slot = 0;
	priv->filter_in_userland = 0;
	priv->recv = priv->drop = priv->rejected = 0;
	return 0;

fail:
	if (ring != NULL)
		(void)munmap(ring, (size_t)req.tp_block_nr * req.tp_block_size);
	close(fd);
	return open_error(handle, err, what);
}

static int
dbusmon_set_datalink(pcap_t *handle, int dlt)
{
	if (dlt == handle->linktype)
		return 0;
	if (open_tap(handle, dlt) < 0) {
		if (handle->errbuf[0] == '\0')
			snprintf(handle->errbuf, PCAP_ERRBUF_SIZE,
			    "%s: The tap is gone or down", handle->opt.device);
		return PCAP_ERROR;
	}
	/* It was made for the other link type. */
	pcap_freecode(&handle->fcode);
	return 0;
}

static void
dbusmon_cleanup(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;

	unmap_ring(priv);
	if (priv->breakloop_fd != -1)
		close(priv->breakloop_fd);
	priv->breakloop_fd = -1;
	if (priv->link_fd != -1)
		close(priv->link_fd);
	priv->link_fd = -1;
	pcap_cleanup_live_common(handle);
}

static int
find_tap(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;
	struct dbusmon_link link;
	int err;

	priv->link_fd = open_links();
	if (priv->link_fd == -1)
		return open_error(handle, errno, "Attempt to open netlink socket");
	err = get_link(priv->link_fd, handle->opt.device, &link);
	if (err == 0 && link.type != DBUSMON_LINK_TYPE)
		err = ENODEV;
	if (err == ENODEV) {
		snprintf(handle->errbuf, PCAP_ERRBUF_SIZE,
		    "There is no D-Bus tap of that name: "
		    "is the kernel module loaded, and the bus there?");
		return PCAP_ERROR_NO_SUCH_DEVICE;
	}
	if (err != 0)
		return open_error(handle, err, "Attempt to find the device");
	if (!(link.flags & IFF_UP))
		return PCAP_ERROR_IFACE_NOT_UP;
	priv->ifindex = link.index;
	priv->not_built = link.rx_dropped;
	return 0;
}

static int
dbusmon_activate(pcap_t *handle)
{
	struct pcap_dbusmon *priv = handle->priv;
	int status;

	if (handle->opt.rfmon)
		return PCAP_ERROR_RFMON_NOTSUP;

	status = find_tap(handle);
	if (status < 0)
		goto fail;

	/* Nobody wants less than the whole message who didn't say so. */
	if (handle->snapshot <= 0 || handle->snapshot > MAXIMUM_MESSAGE)
		handle->snapshot = MAXIMUM_MESSAGE;
	priv->snaplen = handle->snapshot;

	status = PCAP_ERROR;
	handle->dlt_list = malloc(2 * sizeof(*handle->dlt_list));
	if (handle->dlt_list == NULL) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE,
		    errno, "malloc");
		goto fail;
	}
	handle->dlt_list[0] = DLT_DBUS;
	handle->dlt_list[1] = DLT_USER13;
	handle->dlt_count = 2;
	if (resize_buffer(handle, SLOT_SIZE_MAX) < 0)
		goto fail;

	priv->breakloop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (priv->breakloop_fd == -1) {
		pcap_fmt_errmsg_for_errno(handle->errbuf, PCAP_ERRBUF_SIZE,
		    errno, "%s: Can't open eventfd", handle->opt.device);
		goto fail;
	}
	status = open_tap(handle, DLT_DBUS);
	if (status < 0)
		goto fail;

	if (!handle->opt.immediate) {
		priv->nap = min(NAP_MS, (int)(priv->slot_count / SLOTS_PER_MS));
		if (handle->opt.timeout > 0)
			priv->nap = min(priv->nap, handle->opt.timeout);
	}

	handle->read_op = dbusmon_read;
	handle->inject_op = dbusmon_inject;
	handle->setfilter_op = dbusmon_setfilter;
	handle->setdirection_op = dbusmon_setdirection;
	handle->set_datalink_op = dbusmon_set_datalink;
	handle->getnonblock_op = dbusmon_getnonblock;
	handle->setnonblock_op = dbusmon_setnonblock;
	handle->stats_op = dbusmon_stats;
	handle->breakloop_op = dbusmon_breakloop;
	handle->cleanup_op = dbusmon_cleanup;
	handle->oneshot_callback = dbusmon_oneshot;
	return 0;

fail:
	dbusmon_cleanup(handle);
	return status;
}

/*
 * A tap is ours, whatever its name. A device of another type is not, whatever
 * its name; but if there is no device dbusN at all, ours is the better answer.
 */
pcap_t *
dbusmon_create(const char *device, char *ebuf, int *is_ours)
{
	struct dbusmon_link link;
	struct pcap_dbusmon *priv;
	pcap_t *handle;
	int fd = open_links();
	int err = errno;

	if (fd != -1) {
		err = get_link(fd, device, &link);
		close(fd);
	}
	if (err == 0)
		*is_ours = link.type == DBUSMON_LINK_TYPE;
	else
		*is_ours = err == ENODEV && is_tap_name(device);
	if (!*is_ours)
		return NULL;

	handle = PCAP_CREATE_COMMON(ebuf, struct pcap_dbusmon);
	if (handle == NULL)
		return NULL;
	priv = handle->priv;
	priv->breakloop_fd = priv->link_fd = -1;
	handle->activate_op = dbusmon_activate;

	handle->tstamp_precision_list =
	    malloc(2 * sizeof(*handle->tstamp_precision_list));
	if (handle->tstamp_precision_list == NULL) {
		pcap_fmt_errmsg_for_errno(ebuf, PCAP_ERRBUF_SIZE, errno,
		    "malloc");
		pcap_close(handle);
		return NULL;
	}
	handle->tstamp_precision_list[0] = PCAP_TSTAMP_PRECISION_MICRO;
	handle->tstamp_precision_list[1] = PCAP_TSTAMP_PRECISION_NANO;
	handle->tstamp_precision_count = 2;
	return handle;
}
