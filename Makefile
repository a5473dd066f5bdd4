# Lunapse. `make` builds build/lunapse, `make help` lists everything else.
# Every .c file of src/*/ is picked up by name; objects, dependencies and programs go to $(BUILD).

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc

VERSION := $(shell sed -n 's/.*LUNAPSE_VERSION "\(.*\)".*/\1/p' src/base/version.h)

# ---- flags ------------------------------------------------------------------------------------------------------
MACHINE := $(shell $(CC) -dumpmachine)
ARCH    := $(if $(filter x86_64%,$(MACHINE)),-march=x86-64-v2)
OPT     ?= -O2
# Same bits from every compiler: no fused multiply-add that nobody asked for.
NUMERIC := -ffp-contract=off -fno-math-errno
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
LIBS    := lua5.4 cairo libpng sndfile libedit $(if $(wildcard src/store/*.c),hdf5)

CPPFLAGS += -Isrc $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
CFLAGS   += -std=gnu11 $(OPT) -g $(NUMERIC) -fopenmp $(WARN) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
LDFLAGS  += -rdynamic -fopenmp $(if $(SANITIZE),-fsanitize=$(SANITIZE))
LDLIBS   += $(shell pkg-config --libs $(LIBS) 2>/dev/null) -ldl -lm

# ---- files ------------------------------------------------------------------------------------------------------
SOURCES := $(sort $(wildcard src/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
HOST    := $(BUILD)/lunapse

# Files that want flags of their own (the interpreter is compiled once for each instruction set):
ifneq ($(filter x86_64%,$(MACHINE)),)
$(BUILD)/obj/kernel/vm_v3.o: ARCH := -march=x86-64-v3
$(BUILD)/obj/kernel/vm_v4.o: ARCH := -march=x86-64-v4
endif

.DEFAULT_GOAL := all
.PHONY: all help clean
all: $(HOST)

# TEMPORARY while rooms are being built: a file that does not compile is left out, a symbol that is missing is looked for at run time.
$(HOST): $(OBJECTS) Makefile
	$(CC) $(LDFLAGS) -Wl,--unresolved-symbols=ignore-in-object-files -o $@ $$(ls $(OBJECTS) 2>/dev/null) $(LDLIBS)

$(BUILD)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(ARCH) -MMD -MP -c -o $@ $< || { rm -f $@; echo "LEFT OUT: $<"; }

-include $(OBJECTS:.o=.d)

help:
	@echo "make [all]        build $(HOST)"
	@echo "make clean        remove $(BUILD)"

clean:
	rm -rf $(BUILD)
