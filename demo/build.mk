# SPDX-License-Identifier: GPL-2.0-or-later
FOO := $(O)/obj/demo/foo
ALL += $(FOO)

demo_CPPFLAGS := $(call pkg_cflags,dbus-1)

$(FOO): $(O)/obj/demo/foo.o
	$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs dbus-1)

.PHONY: demo
demo:
	@demo/run
