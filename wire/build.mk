# SPDX-License-Identifier: GPL-2.0-or-later
WIRE_SRC := $(wildcard wire/*.c)
WIRE_LIB := $(O)/lib/libwire.a
ALL += $(WIRE_LIB)

$(WIRE_LIB): $(WIRE_SRC:%.c=$(O)/obj/%.o)
	@mkdir -p $(@D)
	rm -f $@.new
	$(AR) rcs $@.new $^
	mv $@.new $@

wire_CFLAGS := -fPIC -fvisibility=hidden
