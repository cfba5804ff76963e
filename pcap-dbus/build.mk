# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#
# Debian's libpcap with the capture module and Debian's tcpdump with the printer,
# as Debian packages and, for those who only want to try them, as a library and a
# program in the build folder.
LIBPCAP := $(O)/libpcap/lib/libpcap.so.0.8
TCPDUMP := $(O)/tcpdump/bin/tcpdump
ALL += $(LIBPCAP) $(TCPDUMP)
INSTALL += install-pcap-dbus
UNINSTALL += uninstall-pcap-dbus

# what one-file makes of wire/
PCAP_DBUS_WIRE := $(addprefix wire/,port.h message.h octets.h names.h match.h \
	match_text.h filter.h bpf.h names.c utf8.c match.c filter.c bpf.c)

$(LIBPCAP): $(addprefix pcap-dbus/,build-deb whole-patches one-file pcap-dbusmon.c \
		pcap-dbusmon.h gencode-dbus.c gencode-dbus.h) \
		$(wildcard pcap-dbus/1.10/*) $(PCAP_DBUS_WIRE) \
		include/uapi/linux/dbus.h
	@pcap-dbus/build-deb libpcap $(O)/libpcap

$(TCPDUMP): pcap-dbus/build-deb pcap-dbus/whole-patches $(wildcard pcap-dbus/tcpdump/* \
		pcap-dbus/tcpdump/tests/*)
	@pcap-dbus/build-deb tcpdump $(O)/tcpdump

.PHONY: libpcap tcpdump $(addprefix install-,libpcap tcpdump pcap-dbus) \
	$(addprefix uninstall-,libpcap tcpdump pcap-dbus)
libpcap: $(LIBPCAP)
tcpdump: $(TCPDUMP)

install-libpcap install-tcpdump: install-%: %
	@pcap-dbus/install-deb install $* $(O)/$*

uninstall-libpcap uninstall-tcpdump: uninstall-%:
	@pcap-dbus/install-deb uninstall $*

PREFIX ?= /usr/local
install-pcap-dbus:
	install -D -m 644 pcap-dbus/pcap-dbus.7 \
		$(DESTDIR)$(PREFIX)/share/man/man7/pcap-dbus.7

uninstall-pcap-dbus:
	rm -f $(DESTDIR)$(PREFIX)/share/man/man7/pcap-dbus.7
