# Rung: build, test and install. No configure step; BUILD, CC, CFLAGS, PREFIX and DESTDIR may be set.
BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= gcc
AR      ?= ar
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
PKGS    := lua5.4 libpcre2-8 zlib readline
DEPS_CFLAGS = $(shell pkg-config --cflags $(PKGS))
DEPS_LIBS   = $(shell pkg-config --libs $(PKGS))
CPPFLAGS += -I. -I$(BUILD)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -pthread $(WARN) $(CFLAGS)

RUNTIME_SRC := $(wildcard runtime/*.c runtime/*/*.c)
INTERP_SRC  := $(filter-out interp/main.c,$(wildcard interp/*.c interp/*/*.c))
UNIT_SRC    := $(wildcard tests/unit/test_*.c)
RUNTIME_OBJ := $(RUNTIME_SRC:%.c=$(BUILD)/%.o)
INTERP_OBJ  := $(INTERP_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN    := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)

all: $(BUILD)/rung $(BUILD)/librung.a

$(BUILD)/librung.a: $(RUNTIME_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libinterp.a: $(INTERP_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/rung: $(BUILD)/interp/main.o $(BUILD)/libinterp.a $(BUILD)/librung.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(DEPS_LIBS) -lm

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(DEPS_CFLAGS) -MMD -MP -c -o $@ $<

# The inner loops of inference want the vectoriser.
$(BUILD)/runtime/infer/kernel.o: ALL_CFLAGS += -O3

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libinterp.a $(BUILD)/librung.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(DEPS_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< \
	    $(BUILD)/libinterp.a $(BUILD)/librung.a -lcmocka $(DEPS_LIBS) -lm

unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do $$t; done

clean:
	rm -rf $(BUILD)

.PHONY: all unit clean
-include $(RUNTIME_OBJ:.o=.d) $(INTERP_OBJ:.o=.d) $(BUILD)/interp/main.d
