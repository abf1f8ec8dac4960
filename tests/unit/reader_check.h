// Checks that every reader of network files has to pass; included by test_uai.c and its likes.
#ifndef RUNG_TESTS_READER_CHECK_H
#define RUNG_TESTS_READER_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/format/format.h"
#include "runtime/format/gzfile.h"

typedef struct FaultyText {
    const char *text;
    FaultCode code;
    const char *message; // NULL: any
} FaultyText;

static inline NetFile check_reads(const Format *format, const char *text, size_t len) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = format->read(text, len, "t", NULL, &net, &faults);
    if (faults.count) print_error("%s\n", faults.items[0].message);
    assert_int_equal(status, OK);
    assert_int_equal(faults.count, 0);
    fault_free(&faults);
    return net;
}

static inline void check_refused(const Format *format, const FaultyText *faulty, size_t count) {
    for (size_t i = 0; i < count; i++) {
        NetFile net = {0};
        Faults faults = {0};
        const char *text = faulty[i].text;
        assert_int_equal(format->read(text, strlen(text), "t", NULL, &net, &faults), FAULT);
        assert_int_equal(faults.count, 1);
        if (faulty[i].message) assert_string_equal(faults.items[0].message, faulty[i].message);
        assert_string_equal(fault_code(faults.items[0].code), fault_code(faulty[i].code));
        assert_null(net.arena.chunks);
        fault_free(&faults);
    }
}

// Reads from a block of exactly the size, so that a sanitizer sees any step beyond.
static inline Status check_exactly(const Format *format, const char *text, size_t len) {
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    NetFile net = {0};
    Faults faults = {0};
    Status status = format->read(copy, len, "t", NULL, &net, &faults);
    assert_true(status == OK ? faults.count == 0 : net.arena.chunks == NULL);
    assert_true(status != FAULT || faults.count == 1);
    netfile_free(&net);
    fault_free(&faults);
    free(copy);
    return status;
}

// Every cut, many single-byte changes, every failing allocation: never a crash or a leak.
static inline void check_robust(const Format *format, const char *text) {
    static const char bytes[] = "{}()[],;|\"/* \n09.x<>&=%#-\x80";
    size_t len = strlen(text);
    char *changed = malloc(len + 1);
    for (size_t i = 0; i < len; i++) {
        check_exactly(format, text, i);
        memcpy(changed, text, len + 1);
        for (const char *c = bytes; *c; c++) {
            changed[i] = *c;
            check_exactly(format, changed, len);
        }
        memmove(changed + i, text + i + 1, len - i);
        check_exactly(format, changed, len - 1);
    }
    free(changed);
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        mem_fail_after(n, 1);
        status = check_exactly(format, text, len);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        assert_true(n < 2000);
    }
}

// Writes, reads, compares, and writes again: the second text is the first.
static inline void check_round_trip(const Format *format, const NetFile *net) {
    Str first = {0}, second = {0};
    Faults faults = {0};
    Status status = format->write(net, &first, &faults);
    if (faults.count) print_error("%s\n", faults.items[0].message);
    assert_int_equal(status, OK);
    NetFile again = check_reads(format, first.text, first.len);
    assert_int_equal(format->write(&again, &second, &faults), OK);
    assert_string_equal(first.text, second.text);
    assert_int_equal(net->nvars, again.nvars);
    for (uint32_t v = 0; v < net->nvars && !net->markov; v++)
        assert_memory_equal(net->vars[v].table, again.vars[v].table,
                            net->vars[v].cells * sizeof(double));
    str_free(&first);
    str_free(&second);
    netfile_free(&again);
}

static inline NetFile check_file(const char *path) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = format_read(path, NULL, &net, &faults);
    if (faults.count) print_error("%s\n", faults.items[0].message);
    assert_int_equal(status, OK);
    return net;
}

#endif
