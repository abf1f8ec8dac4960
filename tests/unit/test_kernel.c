// Tests of runtime/model/kernel: compiled terms against a recursive evaluator, faults, depth.
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
#include "runtime/base/num.h"
#include "runtime/base/rng.h"
#include "runtime/model/dist.h"
#include "runtime/model/kernel.h"
#include "runtime/model/math.h"

enum { B0, B1, L0, L1, N0, R0, R1, O0, O1, Z0, X0, NVARS };

static Interner *names;
static Model *model;

static Sym sym(const char *text) {
    return intern_z(names, text);
}

// --- a model with variables of every kind, without mechanisms ---

static Domain *levels(DomainKind kind, const char *const *texts) {
    Level v[8];
    uint32_t n = 0;
    for (; texts[n]; n++) {
        char *end;
        double x = strtod(texts[n], &end);
        v[n] = (Level){.name = sym(texts[n]), .number = x, .numeric = *end == 0};
    }
    return domain_levels(kind, v, n);
}

static void declare(ModelBuilder *b, const char *name, Domain *d) {
    Faults faults = {0};
    VarSpec spec = {.name = sym(name), .domain = d};
    assert_int_equal(model_declare(b, &spec, &faults), OK);
    domain_drop(d);
    fault_free(&faults);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static int begin(void **state) {
    (void)state;
    names = intern_new();
    Faults faults = {0};
    uint32_t normalised = 0;
    ModelBuilder *b = model_builder(names, NULL);
    declare(b, "B0", domain_new(DOMAIN_BOOL));
    declare(b, "B1", domain_new(DOMAIN_BOOL));
    declare(b, "L0", levels(DOMAIN_LEVELS, TEXTS("a", "b", "c")));
    declare(b, "L1", levels(DOMAIN_LEVELS, TEXTS("d", "c", "b")));
    declare(b, "N0", levels(DOMAIN_LEVELS, TEXTS("0.5", "2", "-1")));
    declare(b, "R0", domain_range(0, 3));
    declare(b, "R1", domain_range(-2, 1));
    declare(b, "O0", levels(DOMAIN_ORDERED, TEXTS("low", "mid", "high")));
    declare(b, "O1", levels(DOMAIN_ORDERED, TEXTS("low", "mid", "high")));
    declare(b, "Z0", levels(DOMAIN_ORDERED, TEXTS("3", "1", "2")));
    declare(b, "X0", domain_new(DOMAIN_REAL));
    Status status = model_finish(b, NULL, &model, &normalised, &faults);
    model_builder_free(b);
    fault_free(&faults);
    return status != OK;
}

static int end(void **state) {
    (void)state;
    model_drop(model);
    intern_free(names);
    return 0;
}

// --- building ---

static Term *var(uint32_t v) {
    return term_var(model->vars[v]->name, NULL, 0);
}

static Term *level(const char *name) {
    return term_level(sym(name), 0);
}

static Term *num(double x) {
    return term_number(x, 0);
}

static Term *two(TermOp op, Term *a, Term *b) {
    return term_binary(op, a, b, 0);
}

// --- the evaluator: one combination, recursively ---

typedef struct Val {
    double x;
    Sym name; // of a named level, else NULL
} Val;

static Val eval(const Term *t, const uint32_t *at);

static double number_of(const Term *t, const uint32_t *at) {
    return eval(t, at).x;
}

static Val eval_var(const Term *t, const uint32_t *at) {
    uint32_t v = 0;
    while (model->vars[v]->name != t->sym) v++;
    const Domain *d = model->vars[v]->domain;
    if (d->kind == DOMAIN_RANGE) return (Val){(double)d->low + at[v], NULL};
    if (d->kind == DOMAIN_BOOL) return (Val){at[v], NULL};
    const Level *l = &d->levels[at[v]];
    return l->numeric ? (Val){l->number, NULL} : (Val){NAN, l->name};
}

static double equal(Val a, Val b) {
    if ((!a.name && isnan(a.x)) || (!b.name && isnan(b.x))) return NAN;
    if (a.name && b.name) return a.name == b.name;
    if (a.name) a.x = strtod(a.name->text, NULL); // "2" against numbers
    if (b.name) b.x = strtod(b.name->text, NULL);
    return num_same(a.x, b.x);
}

// The place of a value in the ordered domain of whichever side is a variable of one.
static double place(const Term *t, const Domain *d, const uint32_t *at) {
    Val v = eval(t, at);
    for (uint32_t i = 0; i < d->count; i++)
        if (v.name ? d->levels[i].name == v.name : d->levels[i].number == v.x) return i;
    return NAN;
}

static const Domain *ordered(const Term *t) {
    for (uint32_t v = O0; v <= Z0; v++)
        if (t->op == TERM_VAR && model->vars[v]->name == t->sym) return model->vars[v]->domain;
    return NULL;
}

static double less(const Term *t, const uint32_t *at) {
    const Domain *d = ordered(t->kid[0]) ? ordered(t->kid[0]) : ordered(t->kid[1]);
    double a = d ? place(t->kid[0], d, at) : number_of(t->kid[0], at);
    double b = d ? place(t->kid[1], d, at) : number_of(t->kid[1], at);
    if (isnan(a) || isnan(b)) return NAN;
    if (num_same(a, b)) a = b;
    switch (t->op) {
    case TERM_LT:
        return a < b;
    case TERM_LE:
        return a <= b;
    case TERM_GT:
        return a > b;
    default:
        return a >= b;
    }
}

static double arithmetic(TermOp op, double a, double b) {
    switch (op) {
    case TERM_ADD:
        return a + b;
    case TERM_SUB:
        return a - b;
    case TERM_MUL:
        return a * b;
    case TERM_DIV:
        return b == 0 ? NAN : a / b;
    case TERM_POW:
        return isnan(a) || isnan(b) || (a == 0 && b < 0) ? NAN : pow(a, b);
    default:
        if ((a != floor(a) || b != floor(b)) && isfinite(a) && isfinite(b) &&
            b != 0 && (isinf(a / b) || fabs(a - b * round(a / b)) <= 1e-12 * fabs(a)))
            return 0;
        a = fmod(a, b);
        return a * b < 0 ? a + b : a;
    }
}

static double logic(TermOp op, double a, double b) {
    double stop = op == TERM_OR;
    if (a == stop || b == stop) return stop;
    return isnan(a) || isnan(b) ? NAN : !stop;
}

static Val eval_case(const Term *t, const uint32_t *at) {
    for (uint32_t i = t->nselect; i + 1 < t->n; i += 2) {
        double c = number_of(t->kid[i], at);
        if (isnan(c)) return (Val){NAN, NULL};
        if (c != 0) return eval(t->kid[i + 1], at);
    }
    return (Val){NAN, NULL};
}

static Val eval(const Term *t, const uint32_t *at) {
    double args[4], c;
    switch ((TermOp)t->op) {
    case TERM_NUMBER:
        return (Val){t->number, NULL};
    case TERM_LEVEL:
        return (Val){NAN, t->sym};
    case TERM_VAR:
        return eval_var(t, at);
    case TERM_NEG:
        return (Val){-number_of(t->kid[0], at), NULL};
    case TERM_NOT:
        c = number_of(t->kid[0], at);
        return (Val){isnan(c) ? c : c == 0, NULL};
    case TERM_EQ:
        return (Val){equal(eval(t->kid[0], at), eval(t->kid[1], at)), NULL};
    case TERM_NE:
        c = equal(eval(t->kid[0], at), eval(t->kid[1], at));
        return (Val){isnan(c) ? c : c == 0, NULL};
    case TERM_LT:
    case TERM_LE:
    case TERM_GT:
    case TERM_GE:
        return (Val){less(t, at), NULL};
    case TERM_AND:
    case TERM_OR:
        return (Val){logic((TermOp)t->op, number_of(t->kid[0], at), number_of(t->kid[1], at)),
                     NULL};
    case TERM_IF:
        c = number_of(t->kid[0], at);
        return isnan(c) ? (Val){NAN, NULL} : eval(t->kid[c != 0 ? 1 : 2], at);
    case TERM_CASE:
        return eval_case(t, at);
    case TERM_CALL:
        for (uint32_t i = 0; i < t->n; i++) args[i] = number_of(t->kid[i], at);
        return (Val){t->function->one(args), NULL};
    default:
        return (Val){
            arithmetic((TermOp)t->op, number_of(t->kid[0], at), number_of(t->kid[1], at)),
            NULL};
    }
}

// --- random terms ---

typedef struct Gen {
    Rng rng;
    Term *pool[8]; // earlier numbers, to be shared
} Gen;

static uint32_t pick(Gen *g, uint32_t n) {
    return (uint32_t)rng_below(&g->rng, n);
}

static Term *gen_number(Gen *g, int depth);
static Term *gen_truth(Gen *g, int depth);
static Term *gen_level(Gen *g, int depth);

static Term *gen_number_leaf(Gen *g) {
    static const double some[] = {0, 1, -1, 2, 0.5, 0.1, 3, -2.5};
    static const uint32_t some_vars[] = {B0, B1, N0, R0, R1, Z0};
    return pick(g, 2) ? num(some[pick(g, 8)]) : var(some_vars[pick(g, 6)]);
}

typedef Term *(*Generator)(Gen *g, int depth);

static Term *gen_choice(Gen *g, int depth, Generator branch) {
    if (pick(g, 2)) return term_if(gen_truth(g, depth), branch(g, depth), branch(g, depth), 0);
    Term *kids[12];
    uint32_t n = 0, rows = 1 + pick(g, 4);
    kids[n++] = var(L0);
    for (uint32_t r = 0; r < rows; r++) {
        kids[n++] = gen_truth(g, depth);
        kids[n++] = branch(g, depth);
    }
    return term_case(kids, 1, n, 0);
}

static Term *known_level(Gen *g, uint32_t v) {
    const Domain *d = model->vars[v]->domain;
    if (d->kind == DOMAIN_RANGE) return num((double)d->low + pick(g, d->count));
    const Level *l = &d->levels[pick(g, d->count)];
    return l->numeric && pick(g, 2) ? num(l->number) : term_level(l->name, 0);
}

// A pattern that `v` may match; NULL for one that matches everything.
static Term *gen_pattern(Gen *g, uint32_t v) {
    Term *t = NULL;
    if (pick(g, 3) == 0) return NULL;
    if (v == B0) return pick(g, 2) ? var(v) : term_unary(TERM_NOT, var(v), 0);
    if (v == R1 && pick(g, 2)) {
        int low = (int)pick(g, 4) - 2;
        return two(TERM_AND, two(TERM_GE, var(v), num(low)),
                   two(TERM_LE, var(v), num(low + 1)));
    }
    for (uint32_t n = 1 + pick(g, 2); n > 0; n--) {
        Term *one = two(TERM_EQ, var(v), known_level(g, v));
        t = t ? two(TERM_OR, t, one) : one;
    }
    return t;
}

// Rows of patterns over four variables, with constant results.
static Term *gen_rows(Gen *g, Term *(*result)(Gen *g)) {
    static const uint32_t selectors[] = {L0, B0, R1, N0};
    Term *kids[4 + 2 * 40];
    uint32_t n = 0, rows = 4 + pick(g, 36);
    for (uint32_t i = 0; i < 4; i++) kids[n++] = var(selectors[i]);
    for (uint32_t r = 0; r < rows; r++) {
        Term *all = NULL;
        for (uint32_t i = 0; i < 4; i++) {
            Term *one = gen_pattern(g, selectors[i]);
            all = all && one ? two(TERM_AND, all, one) : all ? all : one;
        }
        kids[n++] = all ? all : term_bool(true, 0);
        kids[n++] = result(g);
    }
    return term_case(kids, 4, n, 0);
}

static Term *constant(Gen *g) {
    return num(pick(g, 1000));
}

static Term *constant_level(Gen *g) {
    return level(pick(g, 2) ? "a" : "d");
}

static Term *gen_call(Gen *g, int depth) {
    static const char *const some[] = {"exp", "log", "max", "min", "abs", "logistic", "choose"};
    const MathFunction *f = math_find(some[pick(g, 7)]);
    Term *args[2];
    for (uint32_t i = 0; i < f->arity; i++) args[i] = gen_number(g, depth);
    return term_call(f, args, f->arity, 0);
}

static Term *gen_number(Gen *g, int depth) {
    static const TermOp ops[] = {TERM_ADD, TERM_SUB, TERM_MUL, TERM_DIV, TERM_MOD, TERM_POW};
    Term *t;
    if (depth <= 0) return gen_number_leaf(g);
    switch (pick(g, 8)) {
    case 0:
        return pick(g, 2) ? gen_rows(g, constant) : gen_number_leaf(g);
    case 1:
        return term_unary(TERM_NEG, gen_number(g, depth - 1), 0);
    case 2:
        return gen_choice(g, depth - 1, gen_number);
    case 3:
        return gen_call(g, depth - 1);
    case 4:
        t = g->pool[pick(g, 8)];
        return t ? term_keep(t) : gen_truth(g, depth - 1);
    default:
        t = two(ops[pick(g, 6)], gen_number(g, depth - 1), gen_number(g, depth - 1));
    }
    uint32_t slot = pick(g, 8);
    term_drop(g->pool[slot]);
    g->pool[slot] = term_keep(t);
    return t;
}

static Term *gen_truth_leaf(Gen *g) {
    static const uint32_t some_vars[] = {L0, L1, O0, N0};
    static const TermOp ops[] = {TERM_LT, TERM_LE, TERM_GT, TERM_GE};
    uint32_t v = some_vars[pick(g, 4)];
    switch (pick(g, 7)) {
    case 0:
        return term_bool(pick(g, 2), 0);
    case 1:
        return var(pick(g, 2));
    case 2:
        return pick(g, 2) ? two(TERM_EQ, known_level(g, v), var(v))
                          : two(TERM_NE, var(v), known_level(g, v));
    case 3:
        return two(TERM_EQ, var(L0), var(L1));
    case 4:
        return two(ops[pick(g, 4)], var(O0), var(O1));
    case 5:
        return two(ops[pick(g, 4)], known_level(g, O1), var(O1));
    default:
        return two(TERM_EQ, var(R0), num(pick(g, 6)));
    }
}

static Term *gen_truth(Gen *g, int depth) {
    static const TermOp compare[] = {TERM_EQ, TERM_NE};
    if (depth <= 0) return gen_truth_leaf(g);
    switch (pick(g, 7)) {
    case 0:
        return gen_truth_leaf(g);
    case 1:
        return term_unary(TERM_NOT, gen_truth(g, depth - 1), 0);
    case 2:
        return two(TERM_AND, gen_truth(g, depth - 1), gen_truth(g, depth - 1));
    case 3:
        return two(TERM_OR, gen_truth(g, depth - 1), gen_truth(g, depth - 1));
    case 4:
        return gen_choice(g, depth - 1, gen_truth);
    case 5:
        return two(compare[pick(g, 2)], two(TERM_ADD, gen_number(g, depth - 1), var(R0)),
                   gen_number(g, depth - 1));
    default:
        return two(compare[pick(g, 2)], term_if(gen_truth(g, depth - 1), var(L1), var(L0), 0),
                   gen_level(g, depth - 1));
    }
}

static Term *gen_level(Gen *g, int depth) {
    static const char *const some[] = {"a", "b", "c", "d"};
    if (depth > 0 && pick(g, 4) == 0) return gen_rows(g, constant_level);
    if (depth > 0 && pick(g, 2)) return gen_choice(g, depth - 1, gen_level);
    return pick(g, 2) ? level(some[pick(g, 4)]) : var(pick(g, 2) ? L0 : L1);
}

// --- comparison ---

static void complain(uint64_t seed, const Term *t, double got, Val want) {
    Str s = {0};
    term_add(t, &s);
    fail_msg("seed %llu: gives %.17g, not %.17g: %s (%s)", (unsigned long long)seed, got, want.x,
             str_text(&s), want.name ? want.name->text : "");
}

static bool agrees(ValueKind kind, double got, Val want) {
    if (want.name) return kind == VALUE_LEVEL_KIND && got == want.name->id;
    return (isnan(got) && isnan(want.x)) || got == want.x;
}

enum { LANES = 300 };

static void check_lanes(uint64_t seed, const Term *t, const Kernel *k, Gen *g) {
    static uint32_t at[LANES][NVARS], in[NVARS][LANES];
    const void *rows[NVARS];
    double out[LANES], *work = MEM_NEW(double, kernel_work(k, LANES));
    for (int l = 0; l < LANES; l++)
        for (uint32_t v = 0; v < X0; v++) at[l][v] = pick(g, model->vars[v]->domain->count);
    for (uint32_t i = 0; i < kernel_ninputs(k); i++) {
        for (int l = 0; l < LANES; l++) in[i][l] = at[l][kernel_input(k, i)];
        rows[i] = in[i];
    }
    kernel_run(k, LANES, rows, out, work);
    for (int l = 0; l < LANES; l++) {
        Val want = eval(t, at[l]);
        if (!agrees(kernel_kind(k), out[l], want)) complain(seed, t, out[l], want);
    }
    mem_free(work);
}

static void check_table(uint64_t seed, const Term *t, const Kernel *k) {
    uint32_t order[NVARS], at[NVARS] = {0}, n = 0;
    size_t total = 1;
    order[n++] = R1; // one that may not be an input, first
    for (uint32_t i = kernel_ninputs(k); i-- > 0;)
        if (kernel_input(k, i) != R1) order[n++] = kernel_input(k, i);
    for (uint32_t i = 0; i < n; i++) total *= model->vars[order[i]]->domain->count;
    if (total > 2000) return;
    double *out = MEM_NEW(double, total);
    assert_int_equal(kernel_tabulate(k, model, order, n, NULL, out), OK);
    for (size_t cell = 0; cell < total; cell++) {
        size_t rest = cell;
        for (uint32_t i = n; i-- > 0;) {
            at[order[i]] = (uint32_t)(rest % model->vars[order[i]]->domain->count);
            rest /= model->vars[order[i]]->domain->count;
        }
        Val want = eval(t, at);
        if (!agrees(kernel_kind(k), out[cell], want)) complain(seed, t, out[cell], want);
    }
    mem_free(out);
}

static void check_seed(uint64_t seed) {
    Gen g = {0};
    Faults faults = {0};
    Kernel *k = NULL;
    rng_seed(&g.rng, seed, 0);
    int depth = 1 + (int)pick(&g, 5);
    Generator root[] = {gen_number, gen_truth, gen_level};
    Term *t = root[pick(&g, 3)](&g, depth);
    Status status = kernel_new(model, t, &k, &faults);
    if (status != OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, faults.items[0].message);
    check_lanes(seed, t, k, &g);
    check_table(seed, t, k);
    kernel_free(k);
    term_drop(t);
    for (int i = 0; i < 8; i++) term_drop(g.pool[i]);
    fault_free(&faults);
}

static void agrees_with_evaluator(void **state) {
    (void)state;
    const char *text = getenv("RUNG_SEEDS");
    uint64_t n = text ? strtoull(text, NULL, 10) : 300;
    for (uint64_t seed = 1; seed <= n; seed++) check_seed(seed);
}

// --- faults ---

static void refuses(Term *t, FaultCode code, const char *message, const char *hint) {
    Faults faults = {0};
    Kernel *k = NULL;
    assert_int_equal(kernel_new(model, t, &k, &faults), FAULT);
    assert_null(k);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].message, message);
    assert_int_equal(faults.items[0].code, code);
    if (hint) assert_string_equal(faults.items[0].hint, hint);
    fault_free(&faults);
    term_drop(t);
}

static void names_what_is_wrong(void **state) {
    (void)state;
    refuses(two(TERM_ADD, term_var(sym("B00"), NULL, 0), num(1)), FAULT_TERM_UNKNOWN,
            "the model has no variable B00", "did you mean B0?");
    refuses(two(TERM_EQ, var(O0), level("hgih")), FAULT_TERM_LEVEL,
            "O0 is never hgih: its values are ordered {low, mid, high}", "did you mean high?");
    refuses(two(TERM_EQ, num(0.3), var(N0)), FAULT_TERM_LEVEL,
            "N0 is never 0.3: its values are {0.5, 2, -1}", NULL);
    refuses(two(TERM_EQ, var(B0), num(2)), FAULT_TERM_LEVEL,
            "B0 is never 2: its values are {false, true}", NULL);
    refuses(two(TERM_EQ, var(L0), var(R0)), FAULT_TERM_KIND,
            "L0 = R0 compares values of different kinds", NULL);
    refuses(two(TERM_LT, var(L0), level("b")), FAULT_TERM_ORDER,
            "L0 < b compares by order what is not of one ordered domain", NULL);
    refuses(two(TERM_MUL, var(L0), num(2)), FAULT_TERM_KIND, "L0 is not a number", NULL);
    refuses(term_if(var(R0), num(2), num(3), 0), FAULT_TERM_KIND, "R0 must be true or false",
            NULL);
    refuses(two(TERM_GT, var(X0), num(2)), FAULT_TERM_INFINITE, "X0 has infinitely many values",
            NULL);
    refuses(term_if(var(B0), num(2), level("a"), 0), FAULT_TERM_KIND,
            "if B0 then 2 else a chooses between a named value and a number", NULL);
    Term *world = term_var(sym("B0"), NULL, 0);
    Assign a = {.target = sym("B1"), .value = world};
    refuses(term_var(sym("B0"), world_new(&a, 1), 0), FAULT_TERM_PLACE,
            "B0[B1 = B0] belongs to another world", NULL);
}

static void refuses_what_has_no_place(void **state) {
    (void)state;
    refuses(two(TERM_ADD, var(L0), var(L1)), FAULT_TERM_KIND, "L0 is not a number", NULL);
    refuses(two(TERM_LT, var(Z0), var(O0)), FAULT_TERM_ORDER,
            "Z0 < O0 compares by order what is not of one ordered domain", NULL);
    refuses(two(TERM_LT, var(O0), two(TERM_ADD, var(R0), num(1))), FAULT_TERM_ORDER,
            "O0 < R0 + 1 compares by order what is not of one ordered domain", NULL);
    refuses(two(TERM_LE, level("middle"), var(O0)), FAULT_TERM_LEVEL,
            "O0 is never middle: its values are ordered {low, mid, high}", NULL);
    refuses(two(TERM_EQ, two(TERM_ADD, var(R0), num(1)), level("a")), FAULT_TERM_KIND,
            "R0 + 1 = a compares values of different kinds", NULL);
    refuses(term_unary(TERM_FREE, var(B0), 0), FAULT_TERM_PLACE, "B0 = ? is free", NULL);
    Term *map[] = {level("a"), num(1)};
    refuses(term_many(TERM_MAP, map, 2, 0), FAULT_TERM_PLACE, "{a: 1} is a distribution", NULL);
    Term *args[] = {num(1), num(2)};
    refuses(term_call(math_find("exp"), args, 2, 0), FAULT_TERM_KIND,
            "exp(1, 2) has the wrong number of arguments for its function", NULL);
    Domain *d = domain_new(DOMAIN_BOOL);
    Term *one = num(1);
    refuses(term_lookup(term_table_new(&d, 1, (double[]){1, 2}), &one, 1, 0), FAULT_TERM_PLACE,
            "1 is not a variable", NULL);
    domain_drop(d);
}

static double constant_value(Term *t) {
    Faults faults = {0};
    Kernel *k = NULL;
    double x = -99;
    assert_int_equal(kernel_new(model, t, &k, &faults), OK);
    assert_int_equal(kernel_ninputs(k), 0);
    assert_int_equal(kernel_tabulate(k, model, NULL, 0, NULL, &x), OK);
    kernel_free(k);
    term_drop(t);
    return x;
}

static void knows_constants(void **state) {
    (void)state;
    assert_true(constant_value(two(TERM_MOD, num(-7), num(3))) == 2);
    assert_true(constant_value(two(TERM_MOD, num(7), num(-3))) == -2);
    assert_true(constant_value(two(TERM_EQ, two(TERM_ADD, num(0.1), num(0.2)), num(0.3))) == 1);
    assert_true(isnan(constant_value(two(TERM_LT, two(TERM_DIV, num(0), num(0)), num(0.3)))));
    assert_true(isnan(constant_value(two(TERM_POW, num(NAN), num(0)))));
    assert_true(constant_value(two(TERM_EQ, level("true"), two(TERM_LT, num(1), num(2)))) == 1);
    assert_true(constant_value(two(TERM_EQ, level("0.5"), two(TERM_DIV, num(1), num(2)))) == 1);
    assert_true(constant_value(two(TERM_EQ, level("x"), level("x"))) == 1);
    assert_true(constant_value(
                    two(TERM_AND, term_bool(false, 0), two(TERM_LT, num(NAN), num(1)))) == 0);
}

// --- size ---

// B0 + (B0 + ...) and (... + B0) + B0, a hundred thousand deep: few registers, no recursion.
static void survives_depth(void **state) {
    (void)state;
    enum { DEPTH = 100000 };
    Term *left = var(B0), *right = var(B0);
    for (int i = 1; i < DEPTH; i++) {
        left = two(TERM_ADD, left, two(TERM_MUL, var(B0), num(i % 7)));
        right = two(TERM_ADD, two(TERM_MUL, var(B0), num(i % 7)), right);
    }
    Term *t = two(TERM_SUB, left, right);
    Faults faults = {0};
    Kernel *k = NULL;
    uint32_t b0 = B0;
    double out[2];
    assert_int_equal(kernel_new(model, t, &k, &faults), OK);
    assert_true(kernel_work(k, 1) < 40);
    assert_int_equal(kernel_tabulate(k, model, &b0, 1, NULL, out), OK);
    assert_true(out[0] == 0 && out[1] == 0);
    kernel_free(k);
    term_drop(t);
}

// 2^60 paths: a value is computed once.
static void computes_shared_terms_once(void **state) {
    (void)state;
    Term *t = var(B0);
    for (int i = 0; i < 60; i++) t = two(TERM_ADD, term_keep(t), t);
    Faults faults = {0};
    Kernel *k = NULL;
    uint32_t b0 = B0;
    double out[2];
    assert_int_equal(kernel_new(model, t, &k, &faults), OK);
    assert_int_equal(kernel_tabulate(k, model, &b0, 1, NULL, out), OK);
    assert_true(out[0] == 0 && out[1] == 0x1p60);
    kernel_free(k);
    term_drop(t);
}

static void looks_up_tables(void **state) {
    (void)state;
    Domain *axes[] = {levels(DOMAIN_LEVELS, TEXTS("c", "a")), domain_new(DOMAIN_BOOL)};
    double cells[] = {10, 11, 20, 21};
    TermTable *table = term_table_new(axes, 2, cells);
    Term *at[] = {var(L0), var(B1)};
    Term *t = two(TERM_ADD, term_lookup(table, at, 2, 0), num(1));
    uint32_t order[] = {L0, B1};
    double out[6];
    Faults faults = {0};
    Kernel *k = NULL;
    assert_int_equal(kernel_new(model, t, &k, &faults), OK);
    term_drop(t); // the kernel keeps the table
    assert_int_equal(kernel_tabulate(k, model, order, 2, NULL, out), OK);
    assert_true(out[0] == 21 && out[1] == 22);   // a
    assert_true(isnan(out[2]) && isnan(out[3])); // b is not on the axis
    assert_true(out[4] == 11 && out[5] == 12);   // c
    kernel_free(k);
    domain_drop(axes[0]);
    domain_drop(axes[1]);
}

// The levels of binomial(3, (R0 + 1)/5) against the formula, and of uniform_int(0, R0).
static void computes_levels_of_families(void **state) {
    (void)state;
    static const double ways[] = {1, 3, 3, 1};
    Term *p = two(TERM_DIV, two(TERM_ADD, var(R0), num(1)), num(5));
    Term *binomial = term_dist(dist_find("binomial"), (Term *[]){num(3), p}, 2, 0);
    Term *uniform = term_dist(dist_find("uniform_int"), (Term *[]){num(0), var(R0)}, 2, 0);
    Domain *d = domain_range(0, 3);
    uint32_t r0 = R0;
    for (uint32_t level_at = 0; level_at < 4; level_at++) {
        Faults faults = {0};
        Term *t[2];
        double out[2][4];
        assert_int_equal(dist_level_term(binomial, d, level_at, &t[0], &faults), OK);
        assert_int_equal(dist_level_term(uniform, d, level_at, &t[1], &faults), OK);
        for (int i = 0; i < 2; i++) {
            Kernel *k = NULL;
            assert_int_equal(kernel_new(model, t[i], &k, &faults), OK);
            assert_int_equal(kernel_tabulate(k, model, &r0, 1, NULL, out[i]), OK);
            kernel_free(k);
            term_drop(t[i]);
        }
        for (uint32_t r = 0; r < 4; r++) {
            double q = (r + 1) / 5.;
            double want = ways[level_at] * pow(q, level_at) * pow(1 - q, 3 - level_at);
            assert_true(fabs(out[0][r] - want) < 1e-15);
            assert_true(out[1][r] == (level_at <= r ? 1. / (r + 1) : 0));
        }
    }
    term_drop(binomial);
    term_drop(uniform);
    domain_drop(d);
}

// Lanes of doubles beside lanes of levels, past one block.
static void reads_real_inputs(void **state) {
    (void)state;
    static double x[LANES], out[LANES];
    static uint32_t r[LANES];
    Rng rng;
    rng_seed(&rng, 3, 0);
    for (int l = 0; l < LANES; l++) {
        x[l] = 8 * rng_unit(&rng) - 4;
        r[l] = (uint32_t)rng_below(&rng, 4);
    }
    // case X0 { >= 2: exp(X0), = -9: 1, else: if X0 < R0 then X0 * R0 else -X0 ^ 2 }
    Term *e = var(X0);
    Term *minus = term_unary(TERM_NEG, two(TERM_POW, var(X0), num(2)), 0);
    Term *choice = term_if(two(TERM_LT, var(X0), var(R0)), two(TERM_MUL, var(X0), var(R0)),
                           minus, 0);
    Term *kids[] = {var(X0),
                    two(TERM_GE, var(X0), num(2)),
                    term_call(math_find("exp"), &e, 1, 0),
                    two(TERM_EQ, var(X0), num(-9)),
                    num(1),
                    term_number(1, 0),
                    choice};
    Term *t = term_case(kids, 1, 7, 0);
    Faults faults = {0};
    Kernel *k = NULL;
    assert_int_equal(kernel_new_real(model, t, &k, &faults), OK);
    const void *inputs[] = {NULL, NULL};
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(kernel_input_real(k, i) == (kernel_input(k, i) == X0));
        inputs[i] = kernel_input_real(k, i) ? (const void *)x : (const void *)r;
    }
    assert_true(kernel_ninputs(k) == 2 && kernel_reads(k, X0) && !kernel_reads(k, B0));
    assert_true(!kernel_finite(k));
    double *work = MEM_NEW(double, kernel_work(k, LANES));
    kernel_run(k, LANES, inputs, out, work);
    for (int l = 0; l < LANES; l++) {
        double want = x[l] >= 2 ? exp(x[l]) : x[l] < r[l] ? x[l] * r[l] : -(x[l] * x[l]);
        if (!(fabs(out[l] - want) <= 1e-15 * fabs(want)))
            fail_msg("lane %d: %.17g, not %.17g", l, out[l], want);
    }
    mem_free(work);
    kernel_free(k);
    fault_free(&faults);
    term_drop(t);
}

static void knows_what_is_constant(void **state) {
    (void)state;
    Term *t[] = {two(TERM_ADD, num(1), num(2)), two(TERM_ADD, num(1), var(X0)), var(R0)};
    for (int i = 0; i < 3; i++) {
        Faults faults = {0};
        Kernel *k = NULL;
        double value;
        assert_int_equal(kernel_new_real(model, t[i], &k, &faults), OK);
        assert_true(kernel_constant(k, &value) == (i == 0));
        assert_true(i != 0 || value == 3);
        assert_true(kernel_finite(k) == (i != 1));
        kernel_free(k);
        term_drop(t[i]);
    }
    // A level's name has no place beside a number.
    Term *bad = two(TERM_EQ, var(X0), level("a"));
    Faults faults = {0};
    Kernel *k = NULL;
    assert_int_equal(kernel_new_real(model, bad, &k, &faults), FAULT);
    assert_null(k);
    fault_free(&faults);
    term_drop(bad);
}

static void stops_when_cancelled(void **state) {
    (void)state;
    volatile sig_atomic_t flag = 1;
    Ctl ctl = {.cancel = &flag};
    Term *t = var(B0);
    Faults faults = {0};
    Kernel *k = NULL;
    uint32_t b0 = B0;
    double out[2];
    assert_int_equal(kernel_new(model, t, &k, &faults), OK);
    assert_int_equal(kernel_tabulate(k, model, &b0, 1, &ctl, out), CANCELLED);
    kernel_free(k);
    term_drop(t);
}

// Every allocation of making and tabulating fails in turn.
static void survives_exhaustion(void **state) {
    (void)state;
    Gen g = {0};
    rng_seed(&g.rng, 77, 0);
    Term *good = two(TERM_ADD, gen_number(&g, 5), two(TERM_MUL, var(N0), var(R1)));
    Term *bad = two(TERM_ADD, two(TERM_EQ, var(L0), level("z")), term_var(sym("Q"), NULL, 0));
    uint32_t all[X0];
    for (uint32_t v = 0; v < X0; v++) all[v] = v;
    double *out = MEM_NEW(double, 2 * 2 * 3 * 3 * 3 * 4 * 4 * 3 * 3 * 3);
    bool reached = true;
    for (long n = 0; reached; n++) {
        Faults faults = {0};
        Kernel *k = NULL, *none = NULL;
        mem_fail_after(n, 0);
        Status status = kernel_new(model, good, &k, &faults);
        Status tabulated =
            status == OK && n % 16 < 2 ? kernel_tabulate(k, model, all, X0, NULL, out) : OK;
        Status refused = kernel_new(model, bad, &none, &faults);
        reached = mem_count() > n;
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        assert_true(tabulated == OK || tabulated == NOMEM);
        assert_true(refused == FAULT || refused == NOMEM);
        if (!reached) assert_true(status == OK && refused == FAULT);
        assert_true(reached || faults.count == 2);
        kernel_free(k);
        fault_free(&faults);
    }
    mem_free(out);
    term_drop(good);
    term_drop(bad);
    for (int i = 0; i < 8; i++) term_drop(g.pool[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_evaluator), cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(knows_constants),       cmocka_unit_test(refuses_what_has_no_place),
        cmocka_unit_test(survives_depth),        cmocka_unit_test(computes_shared_terms_once),
        cmocka_unit_test(looks_up_tables),       cmocka_unit_test(computes_levels_of_families),
        cmocka_unit_test(reads_real_inputs),     cmocka_unit_test(knows_what_is_constant),
        cmocka_unit_test(stops_when_cancelled),  cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
