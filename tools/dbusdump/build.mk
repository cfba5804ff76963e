# SPDX-License-Identifier: GPL-2.0-or-later
PREFIX ?= /usr/local
DBUSDUMP := $(O)/bin/dbusdump
DBUSDUMP_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(wildcard tools/dbusdump/*.c))
ALL += $(DBUSDUMP)

tools_dbusdump_CPPFLAGS := -DVERSION='"$(VERSION)"'

$(DBUSDUMP): $(DBUSDUMP_OBJ) $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lpcap

.PHONY: install-dbusdump uninstall-dbusdump
INSTALL += install-dbusdump
UNINSTALL += uninstall-dbusdump

install-dbusdump: $(DBUSDUMP)
	install -D -m 755 $(DBUSDUMP) $(DESTDIR)$(PREFIX)/bin/dbusdump
	install -D -m 644 tools/dbusdump/dbusdump.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/dbusdump.1

uninstall-dbusdump:
	rm -f $(DESTDIR)$(PREFIX)/bin/dbusdump \
		$(DESTDIR)$(PREFIX)/share/man/man1/dbusdump.1
