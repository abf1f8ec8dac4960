# Rung: build, test and install. No configure step.
# May be set: BUILD, CC, AR, CFLAGS, LDFLAGS, PREFIX, DESTDIR.
BUILD   ?= build
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
VERSION := 0.1.0

WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
# Numbers are named by enums, and may be factors and bounds of doubles.
ifneq ($(findstring clang,$(CC)),)
WARN    += -Wno-enum-float-conversion
endif
PKGS    := libpcre2-8 zlib readline
# Lua, GSL, cmark and jansson are linked statically and GLPK has no .pc file: together they cost 0.3 ms at start.
LIBS     = $(PKG_LIBS) -l:liblua5.4.a -l:libgsl.a -l:libgslcblas.a -l:libcmark.a -l:libjansson.a -lglpk -lm
DEBS    := gcc libc6-dev make pkg-config libpcre2-dev zlib1g-dev libreadline-dev libcmocka-dev libgsl-dev libglpk-dev \
           liblapacke-dev liblua5.4-dev libcmark-dev libjansson-dev
# Asked only when something is compiled, so that `make deps` works on a machine without pkg-config.
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) lua5.4)
PKG_LIBS   = $(shell pkg-config --libs $(PKGS))
# Make again, with a job for each processor unless the user has said how many.
AGAIN      = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
CPPFLAGS   += -I. -DRUNG_VERSION='"$(VERSION)"'
ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -pthread $(WARN) $(CFLAGS)

RUNTIME_SRC := $(wildcard runtime/*.c runtime/*/*.c)
INTERP_SRC  := $(filter-out interp/main.c,$(wildcard interp/*.c interp/*/*.c))
UNIT_SRC    := $(wildcard tests/unit/test_*.c)
RUNTIME_OBJ := $(RUNTIME_SRC:%.c=$(BUILD)/%.o)
INTERP_OBJ  := $(INTERP_SRC:%.c=$(BUILD)/%.o) $(BUILD)/library_texts.o $(BUILD)/lessons.o
STDLIB      := $(sort $(wildcard stdlib/*.rung))
LESSONS     := $(sort $(wildcard stdlib/lessons/*.rung))
UNIT_BIN    := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)

all: $(BUILD)/rung $(BUILD)/librung.a

$(BUILD)/librung.a: $(RUNTIME_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libinterp.a: $(INTERP_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/rung: $(BUILD)/interp/main.o $(BUILD)/libinterp.a $(BUILD)/librung.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# The standard library: every file as one string, and every name with its file.
$(BUILD)/library_texts.c: $(STDLIB) stdlib/embed.sh
	@mkdir -p $(@D)
	@sh stdlib/embed.sh $(STDLIB) > $@

# The lessons likewise; their names are those of the files.
$(BUILD)/lessons.c: $(LESSONS) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "interp/lesson.h"'; \
	   echo 'const LessonFile lesson_files[] = {'; \
	   for f in $(LESSONS); do echo "{\"$$(basename $$f .rung)\","; \
	     sed -e 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $$f; echo '},'; done; \
	   echo '{0, 0}};'; } > $@

$(BUILD)/library_texts.o $(BUILD)/lessons.o: $(BUILD)/%.o: $(BUILD)/%.c
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

# Its malloc and memset are neither to be made one calloc nor to be inlined.
$(BUILD)/runtime/base/mem.o: ALL_CFLAGS += -fno-builtin

# The loops over lanes are written to be vectorised, which -O2 alone does only in part. Nobody
# looks at errno or at the flags of floating-point exceptions; results do not change.
HOT   := -O3
LANES := $(HOT) -fno-math-errno -fno-trapping-math
$(BUILD)/runtime/model/kernel_run.o: ALL_CFLAGS += $(LANES)
$(BUILD)/runtime/model/math_block.o: ALL_CFLAGS += $(LANES)
$(BUILD)/runtime/infer/kernel.o $(BUILD)/runtime/infer/rows.o: ALL_CFLAGS += $(HOT)
$(BUILD)/runtime/sample/%.o: ALL_CFLAGS += -ftree-vectorize \
    $(if $(findstring clang,$(CC)),,-fvect-cost-model=dynamic)

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libinterp.a $(BUILD)/librung.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(PKG_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< \
	    $(BUILD)/libinterp.a $(BUILD)/librung.a -lcmocka $(LIBS)

$(BUILD)/tests/bench_%: tests/bench/bench_%.c $(BUILD)/librung.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(PKG_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< \
	    $(BUILD)/librung.a -lcmocka $(LIBS)

# Their oracle is LAPACK.
$(BUILD)/tests/test_gauss: LIBS += -llapacke

# Counts what is allocated.
$(BUILD)/tests/test_pass: LDFLAGS += -Wl,--wrap=mem_new,--wrap=mem_resize,--wrap=mem_free

# Run the program itself.
$(BUILD)/tests/test_main $(BUILD)/tests/test_repl $(BUILD)/tests/test_lsp: CPPFLAGS += -DRUNG_PROGRAM='"$(BUILD)/rung"'
$(BUILD)/tests/test_main $(BUILD)/tests/test_repl $(BUILD)/tests/test_lsp: | $(BUILD)/rung

# --- what a newcomer types --------------------------------------------------------------------

# The main example, from a bare machine on.
demo: ready
	@$(BUILD)/rung --echo examples/simpson.rung

# Everything that is fast; the last line is the sum. `make long` adds the oracles with many seeds.
test: ready
	@$(AGAIN) $(UNIT_BIN) $(BUILD)/replay
	@sh tests/run.sh $(BUILD)/rung $(BUILD)/replay $(UNIT_BIN)

# Installs what is missing, then builds. With everything in place it costs a few milliseconds.
ready:
	@if ! sh tests/style/deps.sh $(DEBS); then $(MAKE) --no-print-directory deps; fi
	@$(AGAIN) all

deps:
	sh tests/style/deps.sh --install $(DEBS)

# --- tests ------------------------------------------------------------------------------------

unit: $(UNIT_BIN)
	@sh tests/unit/run.sh $(UNIT_BIN)

# Scripts whose #=> expectations must hold: the language tests, the examples, the manual.
lang: $(BUILD)/rung
	@sh tests/lang/run.sh $(BUILD)/rung

# Whole runs against their recorded output.
golden: $(BUILD)/rung
	@sh tests/golden/run.sh $(BUILD)/rung

long: ready
	@$(AGAIN) $(UNIT_BIN)
	RUNG_SEEDS=$${RUNG_SEEDS:-10000} sh tests/unit/run.sh $(UNIT_BIN)
	@$(AGAIN) cross oom
	@python3 tests/fuzz/programs.py $(BUILD)/rung 1 1000 $(BUILD)
	@$(AGAIN) interrupt
	@$(AGAIN) $(BUILD)/measure
	@python3 tests/limits/limits.py $(BUILD)/rung $(BUILD)/measure --long --table

# Random questions against references in another language, RUNG_CROSS_SEEDS of each kind.
cross: ready
	@command -v python3 >/dev/null || sh tests/style/deps.sh --install python3
	@sh tests/cross/run.sh $(BUILD)/rung

# What is very large, deep, wide or endless: time and memory at two sizes, or a refusal.
limits: ready
	@command -v python3 >/dev/null || sh tests/style/deps.sh --install python3
	@$(AGAIN) $(BUILD)/measure
	@python3 tests/limits/limits.py $(BUILD)/rung $(BUILD)/measure

$(BUILD)/measure: tests/limits/measure.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $<

check: ready
	@sh tests/style/run.sh $(BUILD)/rung
	@$(AGAIN) BUILD=$(BUILD)-check CFLAGS='-O1 -Werror' all
	@echo "warnings: none"

asan:
	@$(AGAIN) BUILD=$(BUILD)-asan \
	    CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined' \
	    unit lang golden replay

# Static analysis; it prints findings alone, and any fails.
CLANG_TIDY ?= clang-tidy-19
analyse:
	@sh tests/style/deps.sh $(CLANG_TIDY) cppcheck
	@sh tests/style/analyse.sh $(CLANG_TIDY) \
	    -std=c11 -D_GNU_SOURCE -pthread -I. '-DRUNG_VERSION="0"' $(PKG_CFLAGS)

THREADED := ask_draws chain crew minibucket pass sample
# Races: every program with four threads, and the unit tests of what is threaded, under TSan.
tsan:
	@$(AGAIN) BUILD=$(BUILD)-tsan CFLAGS='-O1 -g -fsanitize=thread' $(BUILD)-tsan/rung \
	    $(THREADED:%=$(BUILD)-tsan/tests/test_%)
	@sh tests/style/tsan.sh $(BUILD)-tsan/rung $(THREADED:%=$(BUILD)-tsan/tests/test_%)

# The same answers to the last digit from gcc and clang, -O0 and -O2, one thread and two.
CLANG ?= clang-14
reproduce: ready $(BUILD)/sort.so
	@sh tests/style/deps.sh clang-14
	@$(AGAIN) BUILD=$(BUILD)-O0 CFLAGS='-O0 -g' $(BUILD)-O0/rung
	@$(AGAIN) BUILD=$(BUILD)-clang CC='$(CLANG)' CFLAGS='-O2 -g -Werror' $(BUILD)-clang/rung
	@$(AGAIN) BUILD=$(BUILD)-clang-O0 CC='$(CLANG)' CFLAGS='-O0 -g' $(BUILD)-clang-O0/rung
	@sh tests/reproduce/run.sh $(BUILD)/sort.so $(BUILD)/rung $(BUILD)-O0/rung \
	    $(BUILD)-clang/rung $(BUILD)-clang-O0/rung

$(BUILD)/sort.so: tests/reproduce/sort.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -shared -fPIC -o $@ $<

valgrind: $(UNIT_BIN) $(BUILD)/rung
	@sh tests/style/deps.sh valgrind
	@sh tests/style/valgrind.sh $(BUILD)/rung $(UNIT_BIN)

# What `make test` and `make oom` reach, room by room. Nothing is optimised, so that every line keeps
# its own count; all is built anew, since old counts of what has changed cannot be read.
COUNTED = BUILD=$(BUILD)-coverage CFLAGS='-O0 -g --coverage -fprofile-update=atomic' HOT=
coverage:
	@sh tests/style/deps.sh --install gcovr
	@rm -rf $(BUILD)-coverage
	@$(AGAIN) $(COUNTED) test
	@$(AGAIN) $(COUNTED) oom
	@gcovr --root . --filter runtime/ --filter interp/ -j $$(nproc) \
	    --json $(BUILD)-coverage/report.json $(BUILD)-coverage
	@python3 tests/style/coverage.py $(BUILD)-coverage/report.json

bench: $(BUILD)/rung $(BUILD)/timing $(BUILD)/tests/bench_graphs $(BUILD)/tests/bench_sample \
    $(BUILD)/tests/bench_networks
	@sh tests/bench/run.sh $(BUILD)/rung $(BUILD)/timing
	@sh tests/bench/graphs.sh $(BUILD)/tests/bench_graphs
	@sh tests/bench/evidence.sh $(BUILD)/rung $(BUILD)/timing
	@sh tests/bench/sample.sh $(BUILD)/tests/bench_sample
	@sh tests/bench/networks.sh $(BUILD)/tests/bench_networks "$${RUNG_SHARED:-.}/networks/bif"

$(BUILD)/timing: tests/bench/timing.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $<

# --- memory that runs out ---------------------------------------------------------------------

# Each allocation of each scenario fails in turn. `make oom BUILD=build-asan CFLAGS=...` looks for
# leaks too.
OOM_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/oom/*.c)) $(BUILD)/tests/oom/main.o

oom: $(BUILD)/oom
	@$(BUILD)/oom tests/oom/*.*[!ch]

$(BUILD)/oom: $(OOM_OBJ) $(BUILD)/libinterp.a $(BUILD)/librung.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -Wl,--wrap=json_set_alloc_funcs -o $@ $^ $(LIBS)

# The command line, called by another main.
$(BUILD)/tests/oom/main.o: interp/main.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Dmain=rung_main $(ALL_CFLAGS) -Wno-missing-prototypes $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

# --- Ctrl-C -----------------------------------------------------------------------------------

# At random moments of everything that takes long. RUNG_INTERRUPTS of each (3), from RUNG_SEED.
interrupt: $(BUILD)/rung
	@python3 -B tests/interrupt/interrupt.py $(BUILD)/rung $${RUNG_SEED:-1} $${RUNG_INTERRUPTS:-3}

# --- fuzzing ----------------------------------------------------------------------------------

FUZZ_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %/replay.c %/mutate.c,$(wildcard tests/fuzz/*.c)))
FUZZ_CLANG ?= clang-19

# The seeds and the regressions of every target, without a fuzzer.
replay: $(BUILD)/replay
	@sh tests/fuzz/replay.sh $(BUILD)/replay

# A minute of each target, or RUNG_FUZZ_SECONDS.
fuzz:
	@$(AGAIN) BUILD=$(BUILD)-fuzz CC=$(FUZZ_CLANG) \
	    CFLAGS='-O2 -g1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined \
	    -fno-sanitize-coverage=trace-cmp' $(BUILD)-fuzz/fuzz $(BUILD)-fuzz/rung
	@sh tests/fuzz/run.sh $(BUILD)-fuzz/fuzz

$(BUILD)/replay: $(BUILD)/tests/fuzz/replay.o $(FUZZ_OBJ) $(BUILD)/libinterp.a $(BUILD)/librung.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/fuzz: $(BUILD)/tests/fuzz/mutate.o $(FUZZ_OBJ) $(BUILD)/libinterp.a $(BUILD)/librung.a
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)

# --- mutants ----------------------------------------------------------------------------------

# Changes runtime/ at random, and counts the changes that the fast suite notices.
mutate:
	@python3 tests/mutate/mutate.py $(BUILD) $(RUNG_MUTATE_FILES)

# --- manual and installation ------------------------------------------------------------------

man/rung-stdlib.7: $(STDLIB) stdlib/manual.awk
	@awk -f stdlib/manual.awk $(STDLIB) > $@.new && mv $@.new $@

# Renders the pages; a warning fails.
man: man/rung-stdlib.7
	@sh tests/style/deps.sh man-db
	@for page in man/*.[1-9]; do \
	    man --warnings -E UTF-8 -l $$page 2>&1 >/dev/null | (! grep .) || exit 1; done

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib \
	    $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
	    $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 755 $(BUILD)/rung $(DESTDIR)$(PREFIX)/bin/rung
	install -m 644 $(BUILD)/librung.a $(DESTDIR)$(PREFIX)/lib/librung.a
	for h in $$(find runtime -name '*.h' -o -path 'runtime/*' -name '*.def'); do \
	    install -D -m 644 $$h $(DESTDIR)$(PREFIX)/include/rung/$$h || exit 1; done
	install -m 644 man/rung.1 $(DESTDIR)$(PREFIX)/share/man/man1/rung.1
	install -m 644 man/rung.5 $(DESTDIR)$(PREFIX)/share/man/man5/rung.5
	install -m 644 man/rung-lua.7 $(DESTDIR)$(PREFIX)/share/man/man7/rung-lua.7
	install -m 644 man/rung-stdlib.7 $(DESTDIR)$(PREFIX)/share/man/man7/rung-stdlib.7

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/rung $(DESTDIR)$(PREFIX)/lib/librung.a \
	    $(DESTDIR)$(PREFIX)/share/man/man1/rung.1 $(DESTDIR)$(PREFIX)/share/man/man5/rung.5 \
	    $(DESTDIR)$(PREFIX)/share/man/man7/rung-lua.7 \
	    $(DESTDIR)$(PREFIX)/share/man/man7/rung-stdlib.7
	rm -rf $(DESTDIR)$(PREFIX)/include/rung

clean:
	rm -rf $(BUILD) $(BUILD)-*

.PHONY: all demo test ready deps unit lang golden replay cross limits long check asan fuzz mutate oom interrupt analyse reproduce valgrind \
    tsan coverage bench man install uninstall clean
-include $(RUNTIME_OBJ:.o=.d) $(INTERP_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) $(BUILD)/interp/main.d
