// Models and questions made by hand: a notation for tests.
#ifndef RUNG_TESTS_ASK_MAKE_H
#define RUNG_TESTS_ASK_MAKE_H

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/infer/ask.h"
#include "runtime/model/dist.h"

#define MOST 16

// --- a notation for tests -------------------------------------------------------------------

static Interner *names;
static Term *pool[4096];
static size_t npool;
static Assign assigns[64];
static size_t nassigns;

static inline Sym sym(const char *name) {
    return intern_z(names, name);
}

static inline Term *own(Term *t) {
    assert_non_null(t);
    return pool[npool++] = t;
}

static inline Term *V(const char *name) {
    return term_var(sym(name), NULL, 0);
}

static inline Term *L(const char *name) {
    return term_level(sym(name), 0);
}

static inline Term *N(double x) {
    return term_number(x, 0);
}

static inline Term *op(TermOp o, Term *a, Term *b) {
    return term_binary(o, a, b, 0);
}

static inline Term *eq(const char *name, Term *value) {
    return op(TERM_EQ, V(name), value);
}

static inline Term *cond_if(Term *c, double yes, double no) {
    return term_if(c, N(yes), N(no), 0);
}

// A categorical distribution over two or three named levels.
static Term *map2(const char *a, double p, const char *b, double q) {
    Term *kids[] = {L(a), N(p), L(b), N(q)};
    return term_many(TERM_MAP, kids, 4, 0);
}

// Y in the world where one variable is set.
static inline Term *W(const char *name, const char *target, Term *value) {
    Assign a = {.kind = ASSIGN_VALUE, .target = sym(target), .value = value};
    return term_var(sym(name), world_new(&a, 1), 0);
}

static inline Cond is(Term *event) {
    return (Cond){.kind = COND_EVENT, .term = own(event)};
}

static inline Cond act(AssignKind kind, const char *target, Term *value) {
    Assign *a = &assigns[nassigns++];
    *a = (Assign){.kind = kind, .target = sym(target), .value = value ? own(value) : NULL};
    return (Cond){.kind = COND_DO, .items = a, .n = 1};
}

static inline Cond set(const char *target, Term *value) {
    return act(ASSIGN_VALUE, target, value);
}

typedef struct Asked {
    Status status;
    Answer answer;
    Faults faults;
    Derivation d;
} Asked;

static inline Asked put(const Model *m, AskHead head, Term *const *args, uint32_t nargs,
                 uint32_t nfirst, const Cond *conds, uint32_t nconds) {
    Question q = {.head = head,
                  .args = args,
                  .nargs = nargs,
                  .nfirst = nfirst,
                  .conds = conds,
                  .nconds = nconds};
    Asked a = {0};
    a.status = ask(m, &q, NULL, NULL, &a.d, &a.answer, &a.faults);
    Faults checked = {0};
    Status check = ask_check(m, &q, &checked);
    // What the check refuses, asking refuses too; and it lets through all that can be answered.
    if (a.status == OK && check != OK) fail_msg("check: %s", checked.items[0].message);
    fault_free(&checked);
    return a;
}

static inline void done(Asked *a) {
    answer_free(&a->answer);
    fault_free(&a->faults);
    derivation_free(&a->d);
}

#define CONDS(...)                                                                             \
    ((const Cond[]){__VA_ARGS__}), (sizeof((const Cond[]){__VA_ARGS__}) / sizeof(Cond))
#define NO_CONDS NULL, 0

static inline double number(const Model *m, AskHead head, Term *arg, const Cond *conds,
                     size_t nconds) {
    own(arg);
    Asked a = put(m, head, &arg, 1, 1, conds, (uint32_t)nconds);
    if (a.status != OK)
        fail_msg("%s", a.faults.count ? a.faults.items[0].message : "no memory");
    assert_int_equal(a.answer.kind, ANSWER_NUMBER);
    double value = a.answer.value;
    done(&a);
    return value;
}

static double number2(const Model *m, AskHead head, Term *x, Term *y, const Cond *conds,
                      size_t nconds) {
    Term *args[] = {own(x), own(y)};
    Asked a = put(m, head, args, 2, 1, conds, (uint32_t)nconds);
    if (a.status != OK)
        fail_msg("%s", a.faults.count ? a.faults.items[0].message : "no memory");
    double value = a.answer.kind == ANSWER_UNDEFINED ? NAN : a.answer.value;
    done(&a);
    return value;
}

static inline void near_(double got, double want, double tolerance, int line) {
    if (!(fabs(got - want) <= tolerance))
        fail_msg("line %d: got %.15g, want %.15g", line, got, want);
}
#define NEAR(got, want) near_((got), (want), 5e-5, __LINE__)
#define SAME(got, want) near_((got), (want), 1e-12, __LINE__)

// FAULT_NONE stands for any fault: it is another module's.
static inline void refused(const Model *m, AskHead head, Term *arg, const Cond *conds, size_t nconds,
                    FaultCode code, const char *message) {
    own(arg);
    Asked a = put(m, head, &arg, 1, 1, conds, (uint32_t)nconds);
    assert_int_equal(a.status, FAULT);
    if (code != FAULT_NONE) assert_int_equal(a.faults.items[0].code, code);
    if (message && !strstr(a.faults.items[0].message, message))
        fail_msg("message: %s", a.faults.items[0].message);
    done(&a);
}

static inline void setup(void) {
    names = intern_new();
    npool = nassigns = 0;
}

static inline void finish(Model *m) {
    model_drop(m);
    for (size_t i = 0; i < npool; i++) term_drop(pool[i]);
    npool = nassigns = 0;
    intern_free(names);
    names = NULL;
}

// --- building models ------------------------------------------------------------------------

static inline ModelBuilder *begin(void) {
    setup();
    return model_builder(names, NULL);
}

static inline void declare(ModelBuilder *b, const char *name, Domain *domain) {
    Faults faults = {0};
    VarSpec spec = {.name = sym(name), .domain = domain};
    if (model_declare(b, &spec, &faults) != OK) fail_msg("%s", faults.items[0].message);
    domain_drop(domain);
}

static inline void mechanism(ModelBuilder *b, const char *name, MechKind kind, Term *term) {
    Faults faults = {0};
    own(term);
    if (model_mechanism(b, sym(name), kind, term, false, 0, &faults) != OK)
        fail_msg("%s", faults.items[0].message);
}

static inline void kernel(ModelBuilder *b, const char *name, Domain *domain, Term *term) {
    declare(b, name, domain);
    mechanism(b, name, MECH_KERNEL, term);
}

static inline void edge(ModelBuilder *b, const char *from, const char *to, bool both) {
    Faults faults = {0};
    assert_int_equal(model_edge(b, sym(from), sym(to), both, 0, &faults), OK);
}

static inline Domain *bools(void) {
    return domain_new(DOMAIN_BOOL);
}

static inline Domain *levels(const char *a, const char *b, const char *c) {
    Level list[] = {{sym(a), 0, false}, {sym(b), 0, false}, {c ? sym(c) : NULL, 0, false}};
    return domain_levels(DOMAIN_LEVELS, list, c ? 3 : 2);
}

static inline Domain *numbers(double a, double b) {
    char first[32], second[32];
    snprintf(first, sizeof first, "%g", a);
    snprintf(second, sizeof second, "%g", b);
    Level list[] = {{sym(first), a, true}, {sym(second), b, true}};
    return domain_levels(DOMAIN_LEVELS, list, 2);
}

static inline Model *end(ModelBuilder *b) {
    Faults faults = {0};
    Model *m = NULL;
    uint32_t normalised = 0;
    if (model_finish(b, NULL, &m, &normalised, &faults) != OK)
        fail_msg("%s", faults.items[0].message);
    model_builder_free(b);
    return m;
}

static inline Model *kidney(void) {
    ModelBuilder *b = begin();
    kernel(b, "Size", levels("small", "large", NULL), map2("small", .51, "large", .49));
    kernel(
        b, "Treatment", levels("A", "B", NULL),
        term_if(eq("Size", L("small")), map2("A", .24, "B", .76), map2("A", .77, "B", .23), 0));
    kernel(b, "Recovered", bools(),
           term_if(eq("Treatment", L("A")), cond_if(eq("Size", L("small")), .93, .73),
                   cond_if(eq("Size", L("small")), .87, .69), 0));
    return end(b);
}

static inline Model *clinic(void) {
    ModelBuilder *b = begin();
    kernel(b, "Frail", bools(), N(.5));
    kernel(b, "A0", bools(), N(.5));
    kernel(b, "L", bools(),
           op(TERM_ADD, op(TERM_ADD, N(.2), op(TERM_MUL, N(.3), V("A0"))),
              op(TERM_MUL, N(.4), V("Frail"))));
    kernel(b, "A1", bools(), cond_if(V("L"), .8, .2));
    Term *y = op(TERM_ADD, N(.1), op(TERM_MUL, N(.1), V("A0")));
    y = op(TERM_ADD, y, op(TERM_MUL, N(.2), V("A1")));
    kernel(b, "Y", bools(), op(TERM_ADD, y, op(TERM_MUL, N(.5), V("Frail"))));
    return end(b);
}

#endif
