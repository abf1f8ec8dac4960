// Models from program text, for tests of what runs on models.
#ifndef RUNG_TESTS_MODEL_TEXT_H
#define RUNG_TESTS_MODEL_TEXT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interp/interp.h"
#include "runtime/base/mem.h"
#include "runtime/model/model.h"

typedef struct TextModel {
    Interp *in;
    const Model *m; // borrowed from the program
} TextModel;

static inline void text_model_report(void *user, const char *text, size_t len) {
    (void)user;
    fwrite(text, 1, len, stderr);
}

// Runs "model test { ... }" written in `body`; the test fails when it is wrong.
static inline TextModel text_model(const char *body) {
    Str s = {0};
    InterpOptions options = {.report = text_model_report};
    TextModel t = {.in = interp_new(&options)};
    assert_non_null(t.in);
    str_printf(&s, "model test {\n%s\n}\n", body);
    assert_int_equal(interp_run(t.in, "test", NULL, str_text(&s), s.len), 0);
    str_free(&s);
    t.m = interp_model(t.in);
    assert_non_null(t.m);
    return t;
}

static inline void text_model_free(TextModel *t) {
    interp_free(t->in);
}

static inline uint32_t text_model_var(const TextModel *t, const char *name) {
    for (uint32_t v = 0; v < t->m->nvars; v++)
        if (strcmp(t->m->vars[v]->name->text, name) == 0) return v;
    fail_msg("no variable %s", name);
    return MODEL_NONE;
}

#endif
