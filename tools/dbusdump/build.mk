# SPDX-License-Identifier: GPL-2.0-or-later
PREFIX ?= /usr/local
DBUSDUMP := $(O)/bin/dbusdump
# and dbusctl's way to the kernel's tables
DBUSDUMP_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(wildcard tools/dbusdump/*.c)) \
	$(O)/obj/tools/dbusctl/genl.o
ALL += $(DBUSDUMP)

tools_dbusdump_CPPFLAGS := -DVERSION='"$(VERSION)"' $(call pkg_cflags,dbus-1)

# Decoding is bound by the processor, and half of it is wire/: that is compiled
# once more, as one with the rest. Measured: a quarter faster than by -O2 alone.
DBUSDUMP_FAST := -O3 -flto=auto
# gcc leaves calls on the way of every message: another fifteenth.
ifeq ($(findstring clang,$(CC)),)
DBUSDUMP_FAST += --param max-inline-insns-auto=60 --param inline-unit-growth=80
endif
# Two numbers just written one by one are slow to be read as one.
DBUSDUMP_SCALAR := -fno-tree-slp-vectorize
tools_dbusdump_CFLAGS := $(DBUSDUMP_FAST)
DBUSDUMP_WIRE := $(WIRE_SRC:wire/%.c=$(O)/obj/tools/dbusdump/wire/%.o)

$(O)/obj/tools/dbusdump/wire/%.o: wire/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(DBUSDUMP_FAST) $(DBUSDUMP_SCALAR) \
		-MMD -MP -c -o $@ $<

$(DBUSDUMP): $(DBUSDUMP_OBJ) $(DBUSDUMP_WIRE)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(DBUSDUMP_FAST) $(LDFLAGS) -o $@ $^ -lpcap -lmnl -ldbus-1 -lncursesw -ltinfo

# Wireshark runs what it finds in this folder, to be told of interfaces.
PKG_CONFIG ?= pkg-config
WIRESHARK_PLUGINS := $(shell $(PKG_CONFIG) --variable=plugindir wireshark 2>/dev/null)
EXTCAP_DIR ?= $(or $(shell tshark -G folders 2>/dev/null | \
	sed -n 's/^Extcap path: *[[:blank:]]//p' | head -n 1),$(abspath \
	$(or $(WIRESHARK_PLUGINS),/usr/lib/wireshark/plugins/4.0)/../../extcap))

# Debian's zsh looks into one folder of /usr/local, and another of /usr.
ZSH_DIR = $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)

.PHONY: install-dbusdump uninstall-dbusdump
INSTALL += install-dbusdump
UNINSTALL += uninstall-dbusdump

install-dbusdump: $(DBUSDUMP)
	install -D -m 755 $(DBUSDUMP) $(DESTDIR)$(PREFIX)/bin/dbusdump
	install -D -m 644 tools/dbusdump/dbusdump.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/dbusdump.1
	install -D -m 644 tools/dbusdump/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/dbusdump
	install -D -m 644 tools/dbusdump/completion.zsh \
		$(DESTDIR)$(ZSH_DIR)/_dbusdump
	install -d $(DESTDIR)$(EXTCAP_DIR)
	ln -sf $(PREFIX)/bin/dbusdump $(DESTDIR)$(EXTCAP_DIR)/dbusdump

uninstall-dbusdump:
	rm -f $(DESTDIR)$(PREFIX)/bin/dbusdump \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/dbusdump \
		$(DESTDIR)$(ZSH_DIR)/_dbusdump \
		$(DESTDIR)$(EXTCAP_DIR)/dbusdump \
		$(DESTDIR)$(PREFIX)/share/man/man1/dbusdump.1
