// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/dbus.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>

#include "tests/pcap/tap.h"
#include "wire/build.h"

static int open_tun(const char *name, short flags)
{
	struct ifreq ifr = { .ifr_flags = flags };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(2, "/dev/net/tun");
	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		err(2, "TUNSETIFF");
	return fd;
}

int tap_open(const char *name)
{
	return open_tun(name, IFF_TUN);
}

void tap_keep(int fd)
{
	if (ioctl(fd, TUNSETPERSIST, 1) < 0)
		err(2, "TUNSETPERSIST");
}

void tap_set_up(const char *name, int up)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr) < 0)
		err(2, "SIOCGIFFLAGS");
	ifr.ifr_flags = (short)(up ? ifr.ifr_flags | IFF_UP :
				     ifr.ifr_flags & ~IFF_UP);
	if (ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		err(2, "SIOCSIFFLAGS");
	close(fd);
}

int tap_make(const char *name, int type, int up)
{
	int fd = tap_open(name);

	if (ioctl(fd, TUNSETLINK, type) < 0)
		err(2, "TUNSETLINK");
	if (up)
		tap_set_up(name, 1);
	return fd;
}

int tap_make_with_header(const char *name, int type)
{
	struct ifreq ifr = { .ifr_mtu = 65000 };
	int fd = open_tun(name, IFF_TAP);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, TUNSETLINK, type) < 0)
		err(2, "TUNSETLINK");
	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (s < 0 || ioctl(s, SIOCSIFMTU, &ifr) < 0)
		err(2, "SIOCSIFMTU");
	close(s);
	tap_set_up(name, 1);
	return fd;
}

void tap_transmit(const char *name, uint16_t proto, const void *data, size_t len)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(proto),
		.sll_ifindex = (int)if_nametoindex(name),
		.sll_halen = 6,
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || sendto(fd, data, len, 0, (struct sockaddr *)&to,
			     sizeof(to)) < 0)
		err(2, "can't transmit %zu octets", len);
	close(fd);
}

void tap_send(int fd, uint16_t proto, const void *data, size_t len)
{
	struct tun_pi pi = { .proto = htons(proto) };
	struct iovec iov[] = {
		{ &pi, sizeof(pi) },
		{ (void *)data, len },
	};

	int tries = 200;

	/* TUN wants contiguous memory, which a busy machine may have to make */
	while (writev(fd, iov, 2) < 0) {
		if (errno != ENOBUFS)
			err(2, "can't send %zu octets to the tap", len);
		if (!tries--)
			errx(77, "no %zu octets of contiguous memory", len);
		poll(NULL, 0, 10);
	}
}

static void fill_header(struct dbusmon_hdr *hdr, uint32_t serial, size_t len)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	hdr->magic = htole32(DBUSMON_MAGIC);
	hdr->version = DBUSMON_VERSION;
	hdr->kind = DBUSMON_KIND_MESSAGE;
	hdr->hdr_len = htole16(sizeof(*hdr));
	hdr->time = htole64((uint64_t)now.tv_sec * 1000000000 +
			    (uint64_t)now.tv_nsec);
	hdr->seq = htole64(serial);
	hdr->bus = htole32(1);
	hdr->verdict = DBUSMON_DELIVERED;
	hdr->sender = htole64(7);
	hdr->receiver = htole64(DBUSMON_ID_NONE);
	hdr->length = htole32((uint32_t)len);
	hdr->pid = htole32((uint32_t)getpid());
	memcpy(hdr->comm, "tap", 3);
}

static void build(struct wire_builder *b, uint32_t serial, size_t len)
{
	const char *member = getenv("TAP_MEMBER") ?: "Changed";

	size_t mark, i;

	wire_build_field(b, WIRE_F_PATH, "/org/foo", 8);
	wire_build_field(b, WIRE_F_INTERFACE, "org.foo.Test", 12);
	wire_build_field(b, WIRE_F_MEMBER, member, strlen(member));
	wire_build_field(b, WIRE_F_SENDER, ":1.7", 4);
	wire_build_field(b, WIRE_F_SIGNATURE, "ay", 2);
	wire_build_body(b);
	mark = wire_put_array(b, 1);
	for (i = 0; i < len; i++)
		wire_put_u8(b, (uint8_t)(i * 31 + serial));
	wire_put_array_end(b, mark, 1);
}

uint8_t *tap_message(uint32_t serial, size_t len, int record, size_t *size)
{
	size_t head = record ? sizeof(struct dbusmon_hdr) : 0;
	size_t cap = head + len + 256;
	uint8_t *buf = calloc(1, cap);
	struct wire_builder b;

	if (!buf)
		err(2, "malloc");
	wire_build(&b, buf + head, cap - head, WIRE_SIGNAL, 0, serial);
	build(&b, serial, len);
	if (wire_build_end(&b) != WIRE_OK)
		errx(2, "can't build a message with %zu octets", len);
	if (record)
		fill_header((struct dbusmon_hdr *)buf, serial, b.len);
	*size = head + b.len;
	return buf;
}

uint32_t tap_serial(const uint8_t *message)
{
	uint32_t serial;

	memcpy(&serial, message + 8, sizeof(serial));
	return le32toh(serial);
}
