# SPDX-License-Identifier: GPL-2.0-or-later
DBUSCTL_SRC := $(wildcard tools/dbusctl/*.c)
DBUSCTL := $(O)/bin/dbusctl
ALL += $(DBUSCTL)

tools_dbusctl_CPPFLAGS := -DDBUSTAP_VERSION='"$(VERSION)"' \
	$(call pkg_cflags,libmnl json-c)

# How the daemon reads a policy and gives it to the kernel.
DBUSCTL_ROUTED := config credentials dict kernel log policy rule

$(DBUSCTL): $(DBUSCTL_SRC:%.c=$(O)/obj/%.o) \
	$(DBUSCTL_ROUTED:%=$(O)/obj/tools/dbus-routed/%.o)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ \
		$(shell pkg-config --libs libmnl json-c expat dbus-1 libsystemd)

PREFIX ?= /usr/local
INSTALL += install-dbusctl
UNINSTALL += uninstall-dbusctl
.PHONY: install-dbusctl uninstall-dbusctl

install-dbusctl: $(DBUSCTL)
	install -D -m 755 $(DBUSCTL) $(DESTDIR)$(PREFIX)/sbin/dbusctl
	install -D -m 644 tools/dbusctl/dbusctl.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/dbusctl.8
	sed 's|@SBINDIR@|$(PREFIX)/sbin|' tools/dbusctl/observe.conf | \
		install -D -m 644 /dev/stdin \
		$(DESTDIR)$(PREFIX)/share/dbusctl/observe.conf
	install -D -m 644 kernel/dbusmon.4 \
		$(DESTDIR)$(PREFIX)/share/man/man4/dbusmon.4

uninstall-dbusctl:
	rm -f $(DESTDIR)$(PREFIX)/sbin/dbusctl \
		$(DESTDIR)$(PREFIX)/share/dbusctl/observe.conf \
		$(DESTDIR)$(PREFIX)/share/man/man8/dbusctl.8 \
		$(DESTDIR)$(PREFIX)/share/man/man4/dbusmon.4
