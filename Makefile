# Lunapse. `make` builds build/lunapse, `make help` lists everything else.
# Every .c file of src/*/ is picked up by name; objects, dependencies and programs go to $(BUILD).

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc

# ---- flags ----------------------------------------------------------------------------------------------------------
MACHINE := $(shell $(CC) -dumpmachine)
IS_X86  := $(filter x86_64%,$(MACHINE))
ARCH    := $(if $(IS_X86),-march=x86-64-v2)
OPT     ?= -O2
# The same bits from every compiler: no fused multiply-add that nobody asked for.
NUMERIC := -ffp-contract=off -fno-math-errno
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror=implicit-function-declaration
ifdef DEBUG
CPPFLAGS += -DLUNAPSE_DEBUG
endif
ifdef SANITIZE
SANITIZER := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# Lua and HDF5 go by several names among systems (of HDF5 the plain one: not what is built for clusters), the rest by one.
first    = $(firstword $(foreach name,$(1),$(shell pkg-config --exists $(name) 2>/dev/null && echo $(name))))
LUA     := $(or $(call first,lua5.4 lua-5.4 lua54 lua),lua5.4)
HDF5    := $(or $(call first,hdf5-serial hdf5),hdf5)
LIBS    := $(LUA) $(HDF5) libzip cairo libpng sndfile libedit
HAS_LIBS := $(shell pkg-config --exists $(LIBS) 2>/dev/null && echo yes)

# What some need and many do not: where one of them is missing its files are left out, and who wants them is told the package.
NOTEBOOK_LIBS := libzmq libcjson libcrypto
NOTEBOOK := $(shell pkg-config --exists $(NOTEBOOK_LIBS) 2>/dev/null && echo yes)
package_of_libzmq := libzmq3-dev
package_of_libcjson := libcjson-dev
package_of_libcrypto := libssl-dev
MISSING := $(foreach name,$(NOTEBOOK_LIBS),$(if $(call first,$(name)),,$(package_of_$(name))))
WEB := $(shell pkg-config --exists libmicrohttpd 2>/dev/null && echo yes)
# Many processes: a library of its own, opened by who was started by mpirun (src/base/ranks.h). MPICH's does as well: MPI=mpich.
MPI     ?= $(call first,ompi-c ompi mpich)
HAS_MPI := $(if $(MPI),$(shell pkg-config --exists $(MPI) 2>/dev/null && echo yes))
LEFT_OUT := src/ranks/mpi.c $(if $(NOTEBOOK),,src/binding/json.c src/binding/socket.c src/host/notebook.c) $(if $(WEB),,src/binding/web.c src/web/server.c)
OPTIONAL := $(if $(NOTEBOOK),$(NOTEBOOK_LIBS)) $(if $(WEB),libmicrohttpd)

# Libraries that are opened when something of them is first wanted: what is asked here is whether their headers are there.
HAS_BLAS := $(shell pkg-config --exists lapacke blas 2>/dev/null && echo yes)
HAS_FFTW := $(shell pkg-config --exists fftw3 2>/dev/null && echo yes)
HAS_NLOPT := $(shell pkg-config --exists nlopt 2>/dev/null && echo yes)
# GIFs: a small library without a .pc file; without its header animations are for ffmpeg alone.
HASH := \#
HAS_GIF := $(shell echo '$(HASH)include <gif_lib.h>' | $(CC) -E -x c - >/dev/null 2>&1 && echo yes)
OPENED := $(if $(HAS_BLAS),-DHAS_BLAS $(shell pkg-config --cflags lapacke blas)) $(if $(HAS_FFTW),-DHAS_FFTW $(shell pkg-config --cflags fftw3)) \
  $(if $(HAS_NLOPT),-DHAS_NLOPT $(shell pkg-config --cflags nlopt))

FOUND    := $(shell pkg-config --cflags $(LIBS) $(OPTIONAL) 2>/dev/null)
LINKED   := $(shell pkg-config --libs $(LIBS) $(OPTIONAL) 2>/dev/null)
CPPFLAGS += -Isrc $(OPENED) $(if $(NOTEBOOK),-DLUNAPSE_NOTEBOOK) $(if $(WEB),-DLUNAPSE_WEB) $(if $(HAS_GIF),-DHAS_GIF) $(FOUND)
CFLAGS   += -std=gnu11 $(OPT) $(NUMERIC) -fopenmp-simd -pthread $(WARN) $(WERROR) $(SANITIZER)
LDFLAGS  += -rdynamic -pthread -Wl,--as-needed $(SANITIZER)
LDLIBS   += $(LINKED) $(if $(HAS_GIF),-lgif) -ldl -lm

# ---- files ----------------------------------------------------------------------------------------------------------
SOURCES := $(filter-out $(LEFT_OUT),$(sort $(wildcard src/*/*.c)))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
ROOMS   := $(filter-out $(BUILD)/obj/host/%,$(OBJECTS))
HOST    := $(BUILD)/lunapse
MPI_LIBRARY := $(if $(HAS_MPI),$(BUILD)/lunapse_mpi.so)
C_TESTS := $(patsubst tests/c/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/c/*.c)))
LUA_FILES := lua examples tests

# Files that want flags of their own. The loops of the interpreter and of random numbers are compiled once for each instruction set.
ifdef IS_X86
$(BUILD)/obj/kernel/vm_v3.o $(BUILD)/obj/kernel/draws_v3.o: ARCH := -march=x86-64-v3
$(BUILD)/obj/kernel/vm_v4.o $(BUILD)/obj/kernel/draws_v4.o: ARCH := -march=x86-64-v4
endif
$(BUILD)/obj/host/modules.o: CPPFLAGS += -DLUNAPSE_SHARE='"$(PREFIX)/share/lunapse"'
$(BUILD)/obj/host/modules.o: $(BUILD)/prefix
$(BUILD)/obj/host/host.o: CPPFLAGS += -DLUNAPSE_MISSING='"$(strip $(MISSING))"'
$(BUILD)/obj/host/host.o $(BUILD)/obj/host/modules.o: $(BUILD)/missing

# ---- building -------------------------------------------------------------------------------------------------------
.DEFAULT_GOAL := all
.PHONY: all docs gallery site help setup demo test quick debug check fuzz faults tsan format lint lint-c lint-clang lint-format lint-lua lint-floors install uninstall dist deb clean c-tests missing
.DELETE_ON_ERROR:

# As many jobs as there are processors, where nobody says how many.
ifeq ($(MAKELEVEL)$(or $(MAKECMDGOALS),all),0all)
MAKEFLAGS += -j$(shell nproc)
endif
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

all: $(HOST) $(MPI_LIBRARY)           ## build build/lunapse

# Kernels of the model library go to the user's cache, so that most networks are native from their first step.
$(BUILD)/warm: $(HOST) $(wildcard lua/lunapse/*.lua lua/lunapse/language/*/*.lua lua/lunapse/models/*.lua)
	@echo "  WARM model library"
	@$(HOST) -e 'require "lunapse.warm"' && touch $@

$(HOST): $(OBJECTS) Makefile
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@.new $(OBJECTS) $(LDLIBS)
	@mv -f $@.new $@

$(BUILD)/lunapse_mpi.so: src/ranks/mpi.c src/base/ranks_transport.h Makefile
	@mkdir -p $(@D)
	@echo "  LINK $@"
	@$(CC) -Isrc $(shell pkg-config --cflags $(MPI)) $(CFLAGS) -fPIC -shared -o $@ $< $(shell pkg-config --libs $(MPI))

$(BUILD)/obj/%.o: src/%.c Makefile | $(if $(HAS_LIBS),,missing)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(ARCH) -MMD -MP -c -o $@ $<

# They change when PREFIX does, and the packages that there are.
$(BUILD)/prefix: TEXT = $(PREFIX)
$(BUILD)/missing: TEXT = $(MISSING)
$(BUILD)/prefix $(BUILD)/missing: FORCE
	@mkdir -p $(@D)
	@echo '$(TEXT)' | cmp -s - $@ || echo '$(TEXT)' >$@
FORCE:

$(BUILD)/librooms.a: $(ROOMS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/tests/%: tests/c/%.c $(BUILD)/librooms.a
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(ARCH) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(BUILD)/librooms.a $(LDLIBS)

# A library for Lua scripts of tests/faults.
$(BUILD)/tests/%.so: tests/faults/%.c src/base/memory.h
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(ARCH) -fPIC -shared -Wl,-z,nodelete -o $@ $<

c-tests: $(C_TESTS) $(BUILD)/tests/each_request.so

-include $(OBJECTS:.o=.d) $(C_TESTS:%=%.d)

missing:
	@echo "Libraries are missing:"; pkg-config --print-errors --exists $(LIBS) || true
	@echo "'make setup' installs what Lunapse needs, or says its name."; exit 1

# The only place that installs anything. NEEDS: what for.
NEEDS ?= build notebook test
setup:                 ## install the packages that are missing (Debian), or say their names: NEEDS="build notebook ranks test lint site tsan deb"
	@.ci/packages --install $(NEEDS)

# What targets below start with: silent, and without the network or root, where everything is there. Each then starts make anew: what was
# installed, this one could not have seen.
with = .ci/packages --quiet $(1) || $(MAKE) setup NEEDS="$(1)"

demo:                  ## build, run the example of the README, say where its figure is
	@$(call with,build)
	@$(MAKE) --no-print-directory $(JOBS) all $(BUILD)/warm
	@mkdir -p $(BUILD)/demo
	cd $(BUILD)/demo && ../lunapse ../../examples/stdp_song.lua
	@for figure in $(BUILD)/demo/*.png; do echo "The figure: $$figure"; done

# ---- testing --------------------------------------------------------------------------------------------------------
test:                  ## all specs and C tests; the last line is "N passed, N failed"
	@$(call with,build notebook test)
	@$(MAKE) --no-print-directory $(JOBS) all c-tests
	@tests/run $(HOST) $(C_TESTS)

# The inner loop: every C test, and the specs that need neither a compiler nor a terminal and take a second or so.
QUICK := analysis array_math bad_input clocks connect draws errors explain exploration help language_back language_front layers parameters poisson \
  recording running solver spikes structure trains
quick:                 ## the fast part of the tests, in some seconds
	@$(MAKE) --no-print-directory $(JOBS) $(HOST) c-tests
	@tests/run $(HOST) $(C_TESTS) $(QUICK:%=tests/%_spec.lua)

debug:                 ## all tests in the debug build: asserts, tiny blocks, buffers that grow by one element, no caches
	@$(call with,build notebook test)
	@$(MAKE) --no-print-directory $(JOBS) BUILD=$(BUILD)/debug DEBUG=1 OPT="-O1 -g" all c-tests
	@tests/run $(BUILD)/debug/lunapse $(C_TESTS:$(BUILD)/%=$(BUILD)/debug/%)

# Leaks count too, where the system lets the detector look (it needs ptrace), but for what fontconfig keeps.
SAN_ENV = UBSAN_OPTIONS=print_stacktrace=1 LSAN_OPTIONS=suppressions=$(CURDIR)/tests/c/leaks.txt:print_suppressions=0 \
  ASAN_OPTIONS=abort_on_error=1:detect_leaks=$$(ASAN_OPTIONS=detect_leaks=1 $(BUILD)/check/lunapse -e "" >/dev/null 2>&1 && echo 1 || echo 0)
# Specs of texts: documents and what they show, the tree of files, archives. What they run of C has specs of its own, and sanitizers see nothing of texts.
OF_TEXTS := docs editors help house layers packing
check:                 ## the same, but for specs of texts, under the address and undefined-behaviour sanitizers
	@$(call with,build notebook test)
	@$(MAKE) --no-print-directory $(JOBS) BUILD=$(BUILD)/check SANITIZE=address,undefined OPT="-O1 -g" all c-tests
	@$(SAN_ENV) tests/run $(BUILD)/check/lunapse $(C_TESTS:$(BUILD)/%=$(BUILD)/check/%) \
	  $(filter-out $(OF_TEXTS:%=tests/%_spec.lua),$(wildcard tests/*_spec.lua tests/faults/*_spec.lua))

# Not all: Lua's errors jump past the detector's bookkeeping, and a spec that raises ten thousand of them overflows it.
TSAN_SPECS := $(wildcard tests/determinism_spec.lua tests/spikes_spec.lua tests/parameters_spec.lua tests/running_spec.lua tests/reference_spec.lua \
  tests/regions_spec.lua tests/parcels_spec.lua)
tsan:                  ## specs of the threaded parts under the race detector (clang)
	@$(call with,build notebook test tsan)
	@$(MAKE) --no-print-directory $(JOBS) BUILD=$(BUILD)/tsan CC=clang SANITIZE=thread OPT="-O1 -g" all $(BUILD)/tsan/tests/parallel_test
	@TSAN_OPTIONS=ignore_noninstrumented_modules=1:die_after_fork=0 \
	  tests/run $(BUILD)/tsan/lunapse $(BUILD)/tsan/tests/parallel_test $(TSAN_SPECS)

# The prelude is text for generated files, laid out by hand.
FORMATTED := $(filter-out src/kernel/prelude_%,$(wildcard src/*/*.[ch] tests/c/*.[ch] tests/faults/*.c))
format:                ## lay out all C files by .clang-format
	@clang-format -i $(FORMATTED)

lint:                  ## warnings as errors from gcc and clang, luacheck, the floor plan, docstrings
	@$(call with,build notebook test lint)
	@$(MAKE) --no-print-directory $(JOBS) -k lint-c lint-clang lint-format lint-lua lint-floors

# With WERROR=-Werror the program itself has been built so, and nothing is compiled twice.
LINTED := $(BUILD)$(if $(WERROR),,/lint)
lint-c:
	@$(MAKE) --no-print-directory -k BUILD=$(LINTED) WERROR=-Werror $(SOURCES:src/%.c=$(LINTED)/obj/%.o)

lint-clang: $(if $(shell command -v clang),$(SOURCES:src/%.c=$(BUILD)/lint/clang/%.ok))

$(BUILD)/lint/clang/%.ok: src/%.c $(wildcard src/*/*.h src/*/*.def)
	@mkdir -p $(@D)
	clang $(CPPFLAGS) -DLUNAPSE_MISSING='""' $(CFLAGS) $(ARCH) -Werror -fsyntax-only $< && touch $@

lint-format:
	clang-format --dry-run --Werror $(FORMATTED)

lint-lua:
	luacheck --quiet $(wildcard $(LUA_FILES))

.PHONY: examples
examples: $(HOST)      ## run every example as it stands, hold its results against what was published (minutes)
	@$(HOST) tests/examples.lua

.PHONY: resume
resume: $(HOST)        ## stop every example and reference case in the middle, go on in another process, compare bits
	@$(HOST) tests/resume.lua

.PHONY: ranks
ranks: $(HOST) $(MPI_LIBRARY) ## run every example and reference case on 2 and 3 processes that mpirun starts, compare bits with one
	@$(HOST) tests/ranks.lua ranks=2 && $(HOST) tests/ranks.lua ranks=3 tier=interpreter

docs: $(HOST)          ## write docs/api.md from the docstrings of the sources
	@$(HOST) -e 'local file = assert(io.open("docs/api.md", "w")) file:write(require("lunapse.help").markdown()) file:close()'

gallery: $(HOST)       ## draw the pictures of docs/gallery, write docs/gallery.md
	@$(HOST) .site/gallery.lua "$(CURDIR)"

site: $(HOST)          ## pages of docs/, the API and a gallery of the examples, in build/site (mkdocs)
	@$(call with,build site)
	@$(HOST) .site/pages.lua . $(BUILD)/site-pages
	mkdocs build --quiet --strict --clean --config-file .site/mkdocs.yml

lint-floors: $(HOST)
	@tests/run $(HOST) tests/layers_spec.lua tests/help_spec.lua

ifneq ($(wildcard tests/bench/*.lua),)
.PHONY: bench bench-peers
bench: $(HOST)         ## how fast it is: every script of tests/bench
	@for file in tests/bench/*.lua; do $(HOST) $$file || exit 1; done

bench-peers: $(HOST)   ## its part that runs other simulators (Brian 2) in turn with Lunapse; says how to add more
	@$(HOST) tests/bench/peers.lua
endif

# Random inputs; what fails goes to build/fuzz (docs/inside.md). With SANITIZE=address,undefined BUILD=build/check: under the sanitizers.
SECONDS ?= 120
SEED    ?= $(shell date +%s)
FUZZED  := models,sessions,files
FUZZ     = ulimit -c 0; mkdir -p build/fuzz/cache && chmod 700 build/fuzz/cache && LUNAPSE_CACHE=$(CURDIR)/build/fuzz/cache $(if $(SANITIZE),$(SAN_ENV),) \
  $(HOST) tests/fuzz/run.lua
fuzz: $(HOST)          ## random models, scripts and files for SECONDS=120, from SEED
	@$(FUZZ) seconds=$(SECONDS) seed=$(SEED) kinds=$(FUZZED)

faults: $(HOST) c-tests ## every fault that can be injected: memory, disks, compilers, signals (tests/faults; the tests have some of them)
	@LUNAPSE_FAULTS=all LIMIT=36000 tests/run $(HOST) tests/faults/*_spec.lua

# ---- installing -----------------------------------------------------------------------------------------------------
# One word each for the shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'
BIN   = $(call quoted,$(DESTDIR)$(PREFIX)/bin)
LIB   = $(call quoted,$(DESTDIR)$(PREFIX)/lib/lunapse)
SHARE = $(call quoted,$(DESTDIR)$(PREFIX)/share/lunapse)
DOC   = $(call quoted,$(DESTDIR)$(PREFIX)/share/doc/lunapse)
MAN   = $(call quoted,$(DESTDIR)$(PREFIX)/share/man/man1)
BASH  = $(call quoted,$(DESTDIR)$(PREFIX)/share/bash-completion/completions)
ZSH   = $(call quoted,$(DESTDIR)$(PREFIX)/share/zsh/site-functions)

install: $(HOST) $(MPI_LIBRARY)       ## to PREFIX (/usr/local), under DESTDIR
	install -d $(BIN) $(SHARE) $(DOC) $(MAN) $(BASH) $(ZSH)
	install -m 755 $(HOST) $(BIN)/lunapse
	$(if $(MPI_LIBRARY),install -d $(LIB) && install -m 644 $(MPI_LIBRARY) $(LIB)/lunapse_mpi.so)
	rm -rf $(SHARE)/lunapse && cp -R lua/lunapse $(SHARE)/lunapse
	cp -R README.md LICENSE $(wildcard docs examples) $(DOC)
	chmod -R u+rwX,go+rX $(SHARE) $(DOC)
	install -m 644 .dist/lunapse.1 $(MAN)/lunapse.1
	install -m 644 .dist/lunapse.bash $(BASH)/lunapse
	install -m 644 .dist/_lunapse $(ZSH)/_lunapse

uninstall:             ## what install put there
	rm -f $(BIN)/lunapse $(MAN)/lunapse.1 $(BASH)/lunapse $(ZSH)/_lunapse
	rm -rf $(SHARE) $(DOC) $(LIB)

# ---- packing --------------------------------------------------------------------------------------------------------
VERSION := $(shell sed -n 's/.*LUNAPSE_VERSION "\(.*\)".*/\1/p' src/base/version.h)
ARCHIVE  = $(BUILD)/lunapse-$(VERSION).tar.gz

# What git keeps, or, in an archive that was unpacked, all that was not built; the same files make the same bytes.
dist:                  ## release archive build/lunapse-VERSION.tar.gz (what is new: docs/changes.md)
	@mkdir -p $(BUILD)
	@{ git ls-files 2>/dev/null || find * .[!.]* -type f -not -path 'build/*'; } | LC_ALL=C sort | \
	  tar -c --no-recursion --owner=0 --group=0 --numeric-owner --mtime=@$${SOURCE_DATE_EPOCH:-0} --mode=u=rwX,go=rX --transform 's,^,lunapse-$(VERSION)/,' -T - | gzip -9n >$(ARCHIVE)
	@echo $(ARCHIVE)

deb: dist              ## Debian package build/lunapse_VERSION-1_ARCH.deb, made from the archive by the files of .dist/debian
	@$(call with,build notebook ranks deb)
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb
	@tar -xzf $(ARCHIVE) -C $(BUILD)/deb && cp $(ARCHIVE) $(BUILD)/deb/lunapse_$(VERSION).orig.tar.gz
	@cp -R .dist/debian $(BUILD)/deb/lunapse-$(VERSION)/debian
	@cd $(BUILD)/deb/lunapse-$(VERSION) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage --build=full --no-sign --jobs-try=auto >../log 2>&1 || { tail -n 40 ../log; exit 1; }
	@mv $(BUILD)/deb/lunapse_*.* $(BUILD)/deb/lunapse-dbgsym_* $(BUILD)/ && rm -rf $(BUILD)/deb/lunapse-$(VERSION)
	@ls $(BUILD)/lunapse_$(VERSION)-*.deb

clean:                 ## remove build/
	rm -rf $(BUILD)

help:                  ## this list
	@echo "usage: make [target] [PREFIX=/usr/local] [DESTDIR=] [BUILD=build] [CC=cc]"
	@sed -n 's/^\([a-z-]*\)[a-z -]*:[^#]*## \(.*\)/  \1	\2/p' Makefile | \
	  expand -t 14
