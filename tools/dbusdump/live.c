// SPDX-License-Identifier: GPL-2.0-or-later
#include "live.h"

#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/dbus.h>

#include "kernel.h"
#include "monitor.h"
#include "program.h"

#define TIMEOUT_MS	100
#define NSEC_PER_SEC	1000000000ull

/* what our libpcap offers beside DBUS: the record header, then the message */
#define DLT_TAP		LINKTYPE_USER13

/* @monitor: takes the place of @pcap */
struct live {
	pcap_t *pcap;
	struct monitor *monitor;
	const char *device;
	uint32_t linktype;
	bool nano;
	bool done;
	live_packet_fn *fn;
	void *ctx;
};

__attribute__((format(printf, 1, 2)))
static void complain(const char *fmt, ...)
{
	va_list ap;

	fputs("dbusdump: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* --- why it does not work, and what to do --------------------------------- */

static int hardware_type(const char *device)
{
	struct ifreq ifr = { 0 };
	int fd, type = -1;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (strlen(device) < sizeof(ifr.ifr_name)) {
		strcpy(ifr.ifr_name, device);
		if (!ioctl(fd, SIOCGIFHWADDR, &ifr))
			type = ifr.ifr_hwaddr.sa_family;
	}
	close(fd);
	return type;
}

static bool module_is_loaded(void)
{
	return !access("/sys/module/dbus/parameters", F_OK) ||
	       !access("/sys/module/dbus", F_OK);
}

static void advise_no_device(const char *device)
{
	complain("there is no device %s", device);
	if (!module_is_loaded())
		fputs("  Load the module that routes D-Bus and brings the "
		      "taps:\n    sudo modprobe dbus\n", stderr);
	else
		fprintf(stderr, "  The module dbus is loaded; add the tap:\n"
			"    sudo ip link add %s type dbusmon\n"
			"    sudo ip link set %s up\n", device, device);
	fputs("  Without a tap, a bus can be monitored:\n"
	      "    dbusdump -i session    or: system, or its address\n"
	      "  dbusdump -D lists the taps; dbusdump -r FILE reads a "
	      "capture.\n", stderr);
}

static void advise_no_rights(const char *device)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	complain("you may not capture on %s: that needs CAP_NET_RAW", device);
	fprintf(stderr, "  Run it with sudo, or let this program capture for "
		"whoever may run it:\n    sudo setcap cap_net_raw+ep %s\n",
		n > 0 ? path : "$(command -v dbusdump)");
}

static void advise_down(const char *device)
{
	complain("%s is down", device);
	fprintf(stderr, "  Bring it up:\n    sudo ip link set %s up\n", device);
}

static void advise(const struct live *l, int status)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		advise_no_device(l->device);
		break;
	case PCAP_ERROR_PERM_DENIED:
#ifdef PCAP_ERROR_PROMISC_PERM_DENIED
	case PCAP_ERROR_PROMISC_PERM_DENIED:
#endif
		advise_no_rights(l->device);
		break;
	case PCAP_ERROR_IFACE_NOT_UP:
		advise_down(l->device);
		break;
	default:
		complain("%s: %s", l->device,
			 status == PCAP_ERROR ? pcap_geterr(l->pcap) :
						pcap_statustostr(status));
	}
}

/* --- opening -------------------------------------------------------------- */

static bool offers(struct live *l, int dlt)
{
	int *list, n, i;
	bool found = false;

	n = pcap_list_datalinks(l->pcap, &list);
	if (n < 0)
		return false;
	for (i = 0; i < n; i++)
		if (list[i] == dlt)
			found = true;
	pcap_free_datalinks(list);
	return found;
}

/*
 * The link type with the record header tells the bus, the process and the
 * verdict, but holds no long messages; without being asked for long ones,
 * prefer it.
 */
static bool choose_linktype(struct live *l, const struct live_config *config)
{
	int dlt = -1;

	if (config->linktype) {
		dlt = pcap_datalink_name_to_val(config->linktype);
		if (dlt < 0) {
			complain("there is no link type %s", config->linktype);
			return false;
		}
	} else if (config->snaplen <= LIVE_SNAPLEN && offers(l, DLT_TAP)) {
		dlt = DLT_TAP;
	} else if (offers(l, DLT_DBUS)) {
		dlt = DLT_DBUS;
	}
	if (dlt >= 0 && pcap_datalink(l->pcap) != dlt &&
	    pcap_set_datalink(l->pcap, dlt) < 0) {
		complain("%s: %s", l->device, pcap_geterr(l->pcap));
		return false;
	}
	dlt = pcap_datalink(l->pcap);
	switch (dlt) {
	case DLT_DBUS:
		l->linktype = LINKTYPE_DBUS;
		return true;
	case DLT_TAP:
		l->linktype = LINKTYPE_USER13;
		return true;
	case DLT_LINUX_SLL:
		l->linktype = LINKTYPE_LINUX_SLL;
		break;
	case DLT_LINUX_SLL2:
		l->linktype = LINKTYPE_LINUX_SLL2;
		break;
	default:
		complain("%s is no D-Bus tap: its link type is %s", l->device,
			 pcap_datalink_val_to_name(dlt) ?: "not known");
		return false;
	}
	if (!strcmp(l->device, "any") ||
	    hardware_type(l->device) == DBUSMON_ARPHRD)
		return true;
	complain("%s is no D-Bus tap; dbusdump -D lists them", l->device);
	return false;
}

static bool activate(struct live *l, const struct live_config *config)
{
	pcap_t *p = l->pcap;
	int status;

	pcap_set_snaplen(p, config->snaplen ? (int)config->snaplen :
					      LIVE_SNAPLEN);
	pcap_set_timeout(p, TIMEOUT_MS);
	if (config->buffer)
		pcap_set_buffer_size(p, (int)config->buffer * 1024);
	if (config->immediate)
		pcap_set_immediate_mode(p, 1);
	pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(p);
	if (status < 0) {
		advise(l, status);
		return false;
	}
	l->nano = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO;
	return true;
}

static struct live *open_monitor(const struct live_config *config,
				 struct buses *buses)
{
	struct live *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->monitor = monitor_open(config, buses);
	if (l->monitor)
		return l;
	free(l);
	return NULL;
}

struct live *live_open(const struct live_config *config, struct buses *buses)
{
	char err[PCAP_ERRBUF_SIZE];
	struct live *l;

	if (monitor_is_bus(config->device))
		return open_monitor(config, buses);
	/* without rights libpcap wouldn't say that the device is missing */
	if (!if_nametoindex(config->device) && strcmp(config->device, "any")) {
		advise_no_device(config->device);
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		complain("%s", strerror(errno));
		return NULL;
	}
	l->device = config->device;
	l->pcap = pcap_create(config->device, err);
	if (!l->pcap) {
		complain("%s: %s", config->device, err);
		free(l);
		return NULL;
	}
	if (!activate(l, config) || !choose_linktype(l, config)) {
		live_close(l);
		return NULL;
	}
	if (config->filter)
		program_attach(l->pcap, config->filter, config->names,
			       strcmp(l->device, "any") != 0);
	if (buses)
		kernel_learn(buses);
	return l;
}

bool live_is_monitor(const struct live *l)
{
	return l->monitor;
}

void live_close(struct live *l)
{
	if (l->monitor)
		monitor_close(l->monitor);
	else
		pcap_close(l->pcap);
	free(l);
}

/* --- capturing ------------------------------------------------------------ */

static void deliver(u_char *user, const struct pcap_pkthdr *h,
		    const u_char *data)
{
	struct live *l = (struct live *)(void *)user;
	struct packet p = { 0 };

	if (l->done)
		return;
	p.time = (uint64_t)h->ts.tv_sec * NSEC_PER_SEC +
		 (uint64_t)h->ts.tv_usec * (l->nano ? 1 : 1000);
	p.data = data;
	p.caplen = h->caplen;
	p.len = h->len > h->caplen ? h->len : h->caplen;
	p.linktype = l->linktype;
	if (strcmp(l->device, LIVE_DEVICE)) {
		p.iface_name.s = l->device;
		p.iface_name.len = (uint32_t)strlen(l->device);
	}
	if (!l->fn(l->ctx, &p)) {
		l->done = true;
		pcap_breakloop(l->pcap);
	}
}

int live_read(struct live *l, live_packet_fn *fn, void *ctx)
{
	int n;

	if (l->monitor)
		return monitor_read(l->monitor, fn, ctx);
	l->fn = fn;
	l->ctx = ctx;
	n = pcap_dispatch(l->pcap, -1, deliver, (u_char *)l);
	if (l->done || n == PCAP_ERROR_BREAK)
		return 0;
	if (n >= 0)
		return 1;
	complain("%s: %s", l->device, pcap_geterr(l->pcap));
	return -1;
}

bool live_tells_bus(const struct live *l)
{
	return l->linktype == LINKTYPE_USER13;
}

void live_break(struct live *l)
{
	if (l->monitor)
		monitor_break(l->monitor);
	else
		pcap_breakloop(l->pcap);
}

bool live_stats(struct live *l, struct live_stats *stats)
{
	struct pcap_stat s;

	if (l->monitor) {
		monitor_stats(l->monitor, stats);
		return true;
	}
	if (pcap_stats(l->pcap, &s) < 0) {
		complain("%s: %s", l->device, pcap_geterr(l->pcap));
		return false;
	}
	stats->received = s.ps_recv;
	stats->dropped = s.ps_drop;
	stats->interface_dropped = s.ps_ifdrop;
	return true;
}

static void announce_device(const struct live *l)
{
	int dlt = pcap_datalink(l->pcap);
	const char *name = pcap_datalink_val_to_name(dlt);
	const char *text = pcap_datalink_val_to_description(dlt);

	if (dlt == DLT_TAP)
		text = "D-Bus tap record";
	fprintf(stderr, "dbusdump: listening on %s, link-type %s (%s), "
		"snapshot length %d bytes\n", l->device, name ? name : "?",
		text ? text : "?", pcap_snapshot(l->pcap));
}

void live_announce(const struct live *l)
{
	if (l->monitor)
		monitor_announce(l->monitor);
	else
		announce_device(l);
}

/* --- lists ---------------------------------------------------------------- */

static const char *describe(const pcap_if_t *dev, char *text, size_t len)
{
	unsigned int bus;

	if (dev->description)
		return dev->description;
	if (!strcmp(dev->name, LIVE_DEVICE))
		return "D-Bus, all buses";
	if (sscanf(dev->name, "dbus%u", &bus) == 1)
		snprintf(text, len, "D-Bus, bus %u", bus);
	else
		snprintf(text, len, "D-Bus");
	return text;
}

bool live_list(void)
{
	char err[PCAP_ERRBUF_SIZE], text[64];
	pcap_if_t *all, *dev;
	unsigned int n = 0;

	if (pcap_findalldevs(&all, err) < 0) {
		complain("%s", err);
		return false;
	}
	for (dev = all; dev; dev = dev->next) {
		if (hardware_type(dev->name) != DBUSMON_ARPHRD)
			continue;
		printf("%u.%s (%s) [%s%s]\n", ++n, dev->name,
		       describe(dev, text, sizeof(text)),
		       dev->flags & PCAP_IF_UP ? "Up" : "Down",
		       dev->flags & PCAP_IF_RUNNING ? ", Running" : "");
	}
	pcap_freealldevs(all);
	if (n)
		return true;
	advise_no_device(LIVE_DEVICE);
	return false;
}

bool live_list_linktypes(const struct live_config *config)
{
	struct live *l;
	int *list, n, i;

	if (monitor_is_bus(config->device)) {
		printf("Data link types for %s (use option -y to set):\n"
		       "  DBUS (D-Bus)\n", config->device);
		return true;
	}
	l = live_open(config, NULL);
	if (!l)
		return false;
	n = pcap_list_datalinks(l->pcap, &list);
	printf("Data link types for %s (use option -y to set):\n", l->device);
	for (i = 0; i < n; i++) {
		const char *name = pcap_datalink_val_to_name(list[i]);
		const char *text = pcap_datalink_val_to_description(list[i]);

		printf("  %s (%s)\n", name ? name : "?",
		       list[i] == DLT_TAP ? "D-Bus tap record" :
		       text ? text : "?");
	}
	if (n >= 0)
		pcap_free_datalinks(list);
	live_close(l);
	return n >= 0;
}
