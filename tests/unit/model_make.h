// Models in a few words, for tests. Each test starts with make_start and ends with make_end.
#ifndef RUNG_TESTS_MODEL_MAKE_H
#define RUNG_TESTS_MODEL_MAKE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/model/dist.h"
#include "runtime/model/model.h"

typedef struct Make {
    Interner *names;
    ModelBuilder *b;
    Faults faults;
    uint32_t normalised;
} Make;

static Make make;

static inline void make_start(void) {
    make = (Make){.names = intern_new()};
    make.b = model_builder(make.names, NULL);
}

static inline void make_end(void) {
    model_builder_free(make.b);
    fault_free(&make.faults);
    intern_free(make.names);
}

static inline Sym sym(const char *text) {
    return intern_z(make.names, text);
}

// --- terms ---

static inline Term *V(const char *name) {
    return term_var(sym(name), NULL, 0);
}

static inline Term *N(double value) {
    return term_number(value, 0);
}

static inline Term *B(bool value) {
    return term_bool(value, 0);
}

static inline Term *L(const char *level) {
    return term_level(sym(level), 0);
}

static inline Term *op(TermOp o, Term *a, Term *b) {
    return term_binary(o, a, b, 0);
}

static inline Term *is(const char *name, const char *level) {
    return op(TERM_EQ, V(name), L(level));
}

static inline Term *iff(Term *a, Term *b, Term *c) {
    return term_if(a, b, c, 0);
}

static inline Term *bernoulli(Term *p) {
    return term_dist(dist_find("bernoulli"), &p, 1, 0);
}

static inline Term *binomial(double n, Term *p) {
    Term *kids[] = {N(n), p};
    return term_dist(dist_find("binomial"), kids, 2, 0);
}

#define KIDS(...) ((Term *[]){__VA_ARGS__}), (sizeof((Term *[]){__VA_ARGS__}) / sizeof(Term *))
#define MAP(...) many(TERM_MAP, KIDS(__VA_ARGS__))
#define CASE(nselect, ...) rows(nselect, KIDS(__VA_ARGS__))

// The children are evaluated twice by KIDS, but once only in a sizeof.
static inline Term *many(TermOp o, Term *const *kids, size_t n) {
    return term_many(o, kids, (uint32_t)n, 0);
}

static inline Term *rows(uint32_t nselect, Term *const *kids, size_t n) {
    return term_case(kids, nselect, (uint32_t)n, 0);
}

// --- items ---

// "bool", "0..3", "a b c", "ordered a b c", or "" for none. New reference.
static inline Domain *domain_of(const char *text) {
    long low, high;
    if (!*text) return NULL;
    if (strcmp(text, "bool") == 0) return domain_new(DOMAIN_BOOL);
    if (strcmp(text, "real") == 0) return domain_new(DOMAIN_REAL);
    if (strcmp(text, "unit") == 0) return domain_new(DOMAIN_UNIT);
    if (sscanf(text, "%ld..%ld", &low, &high) == 2) return domain_range(low, high);
    DomainKind kind = strncmp(text, "ordered ", 8) == 0 ? DOMAIN_ORDERED : DOMAIN_LEVELS;
    if (kind == DOMAIN_ORDERED) text += 8;
    Level levels[16];
    uint32_t n = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        levels[n++] = (Level){.name = intern(make.names, text, len)};
        text += len + (text[len] == ' ');
    }
    return domain_levels(kind, levels, n);
}

static inline Status declare_as(VarRole role, const char *name, const char *domain) {
    VarSpec spec = {.name = sym(name), .role = role, .domain = domain_of(domain)};
    Status status = model_declare(make.b, &spec, &make.faults);
    domain_drop(spec.domain);
    return status;
}

static inline Status declare(const char *name, const char *domain) {
    return declare_as(ROLE_VAR_PLAIN, name, domain);
}

// kind: '~' or '='. Takes the term.
static inline Status give(const char *name, char kind, Term *t) {
    Status status =
        model_mechanism(make.b, sym(name), kind == '=' ? MECH_STRUCTURAL : MECH_KERNEL, t,
                        false, 0, &make.faults);
    term_drop(t);
    return status;
}

// Declares and gives.
static inline void var(const char *name, const char *domain, char kind, Term *t) {
    assert_int_equal(declare(name, domain), OK);
    assert_int_equal(give(name, kind, t), OK);
}

// "A -> B", "A <-> B"
static inline void edge(const char *text) {
    char a[40], arrow[4], b[40];
    assert_int_equal(sscanf(text, "%39s %3s %39s", a, arrow, b), 3);
    bool both = strcmp(arrow, "<->") == 0;
    assert_int_equal(model_edge(make.b, sym(a), sym(b), both, 0, &make.faults), OK);
}

static inline Status unedge(const char *text) {
    char a[40], arrow[4], b[40];
    assert_int_equal(sscanf(text, "%39s %3s %39s", a, arrow, b), 3);
    bool both = strcmp(arrow, "<->") == 0;
    return model_unedge(make.b, sym(a), sym(b), both, 0, &make.faults);
}

// --- finishing ---

static inline Status end(Model **out) {
    *out = NULL;
    return model_finish(make.b, NULL, out, &make.normalised, &make.faults);
}

static inline Model *finish(void) {
    Model *m;
    Status status = end(&m);
    for (size_t i = 0; i < make.faults.count; i++)
        print_error("%s: %s\n", fault_code(make.faults.items[i].code),
                    make.faults.items[i].message);
    assert_int_equal(status, OK);
    return m;
}

// Makes a new builder, from a model or (NULL) empty.
static inline void again(const Model *from) {
    model_builder_free(make.b);
    fault_free(&make.faults);
    make.b = model_builder(make.names, from);
}

// The builder must refuse, with exactly one fault: this one, which says `part`.
static inline void expect(FaultCode code, const char *part) {
    Model *m;
    assert_int_equal(end(&m), FAULT);
    assert_null(m);
    bool right = make.faults.count == 1 && make.faults.items[0].code == code &&
                 strstr(make.faults.items[0].message, part);
    for (size_t i = 0; !right && i < make.faults.count; i++)
        print_error("%s: %s\n", fault_code(make.faults.items[i].code),
                    make.faults.items[i].message);
    if (!right) fail_msg("expected %s: ...%s...", fault_code(code), part);
    again(NULL);
}

static inline const ModelVar *var_of(const Model *m, const char *name) {
    uint32_t v = model_find(m, sym(name));
    if (v == MODEL_NONE) fail_msg("no variable %s", name);
    return m->vars[v];
}

static inline void check_domain(const Model *m, const char *name, const char *text) {
    Str s = {0};
    domain_add(var_of(m, name)->domain, &s);
    assert_string_equal(str_text(&s), text);
    str_free(&s);
}

#define CHECK_TABLE(m, name, ...)                                                              \
    check_table(m, name, (const double[]){__VA_ARGS__},                                        \
                sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static inline void check_table(const Model *m, const char *name, const double *want, size_t n) {
    const Cpt *cpt = var_of(m, name)->cpt;
    if (!cpt) fail_msg("%s has no table", name);
    assert_int_equal(cpt->size, n);
    for (size_t i = 0; i < n; i++)
        if (fabs(cpt->values[i] - want[i]) > 1e-15)
            fail_msg("cell %zu of %s is %.17g, not %.17g", i, name, cpt->values[i], want[i]);
}

#endif
