// Tests of runtime/model/term*: building, dropping, walking, replacing and printing
// expressions.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/model/dist.h"
#include "runtime/model/math.h"
#include "runtime/model/name.h"
#include "runtime/model/term.h"

static Interner *names;

static int begin(void **state) {
    (void)state;
    names = intern_new();
    return !names;
}

static int end(void **state) {
    (void)state;
    intern_free(names);
    return 0;
}

static Term *var(const char *name) {
    return term_var(intern_z(names, name), NULL, 0);
}

static Term *level(const char *name) {
    return term_level(intern_z(names, name), 0);
}

static Term *num(double x) {
    return term_number(x, 0);
}

static Term *two(TermOp op, Term *a, Term *b) {
    return term_binary(op, a, b, 0);
}

static World *set(const char *target, Term *value) {
    Assign a = {.kind = ASSIGN_VALUE, .target = intern_z(names, target), .value = value};
    return world_new(&a, 1);
}

// Checks the text and drops the term.
static void prints(Term *t, const char *want) {
    Str s = {0};
    assert_non_null(t);
    term_add(t, &s);
    assert_string_equal(str_text(&s), want);
    str_free(&s);
    term_drop(t);
}

static void prints_operators(void **state) {
    (void)state;
    prints(two(TERM_SUB, var("a"), two(TERM_SUB, var("b"), var("c"))), "a - (b - c)");
    prints(two(TERM_SUB, two(TERM_SUB, var("a"), var("b")), var("c")), "a - b - c");
    prints(two(TERM_MUL, two(TERM_ADD, var("a"), num(1)), num(-2)), "(a + 1)*-2");
    prints(two(TERM_ADD, two(TERM_MUL, num(2), var("x")), num(1)), "2*x + 1");
    prints(two(TERM_POW, num(-2), num(2)), "(-2)^2");
    prints(two(TERM_POW, two(TERM_POW, var("a"), var("b")), var("c")), "(a^b)^c");
    prints(two(TERM_POW, var("a"), two(TERM_POW, var("b"), var("c"))), "a^b^c");
    prints(term_unary(TERM_NEG, two(TERM_POW, var("a"), num(2)), 0), "-a^2");
    prints(two(TERM_POW, term_unary(TERM_NEG, var("a"), 0), num(2)), "(-a)^2");
    prints(term_unary(TERM_NOT, two(TERM_EQ, var("a"), level("b")), 0), "not a = b");
    prints(two(TERM_EQ, term_unary(TERM_NOT, var("a"), 0), term_bool(true, 0)),
           "(not a) = true");
    prints(two(TERM_AND, two(TERM_OR, var("a"), var("b")), var("c")), "(a or b) and c");
    prints(two(TERM_OR, two(TERM_AND, var("a"), var("b")), var("c")), "a and b or c");
    prints(two(TERM_MOD, var("a"), two(TERM_MUL, num(2), var("b"))), "a mod (2*b)");
    prints(two(TERM_EQ, two(TERM_LT, var("a"), num(1)), var("b")), "(a < 1) = b");
    prints(two(TERM_ADD, num(1), term_if(var("a"), num(2), num(3), 0)),
           "1 + (if a then 2 else 3)");
}

static void prints_names(void **state) {
    (void)state;
    prints(var("Blood pressure"), "`Blood pressure`");
    prints(var("X[2,-1]"), "X[2,-1]");
    prints(var("if"), "`if`");
    prints(two(TERM_EQ, var("X"), level("very small")), "X = \"very small\"");
    prints(two(TERM_EQ, var("X"), level("true")), "X = \"true\"");
    prints(var("größe"), "größe");
    prints(var("2nd"), "`2nd`");
}

static void prints_worlds(void **state) {
    (void)state;
    World *inner = set("X", num(0));
    Assign items[] = {
        {.kind = ASSIGN_VALUE, .target = intern_z(names, "X"), .value = num(1)},
        {.kind = ASSIGN_VALUE,
         .target = intern_z(names, "M"),
         .value = term_var(intern_z(names, "M"), inner, 0)},
        {.kind = ASSIGN_FREE, .target = intern_z(names, "Z")},
        {.kind = ASSIGN_VALUE,
         .source = intern_z(names, "A"),
         .target = intern_z(names, "B"),
         .value = term_bool(false, 0)},
    };
    prints(term_var(intern_z(names, "Y"), world_new(items, 4), 0),
           "Y[X = 1, M = M[X = 0], Z = ?, A -> B = false]");
    prints(term_var(intern_z(names, "M"), world_new(NULL, 0), 0), "M[]");
    prints(term_unary(TERM_FREE, var("V"), 0), "V = ?");
}

static void prints_maps_and_rows(void **state) {
    (void)state;
    Term *map[] = {level("small"), num(0.51), level("not big"), num(0.49)};
    prints(term_many(TERM_MAP, map, 4, 0), "{small: 0.51, \"not big\": 0.49}");
    Term *v = var("V"), *w = var("W");
    Term *kids[] = {
        v,
        w,
        two(TERM_AND, two(TERM_EQ, term_keep(v), level("a")),
            two(TERM_EQ, term_keep(w), level("b"))),
        num(1),
        two(TERM_OR, two(TERM_EQ, term_keep(v), level("a")),
            two(TERM_EQ, term_keep(v), level("c"))),
        num(2),
        two(TERM_AND, two(TERM_GE, term_keep(w), num(1)), two(TERM_LE, term_keep(w), num(3))),
        num(3),
        two(TERM_LT, term_keep(w), num(0)),
        num(4),
        term_bool(true, 0),
        num(5),
    };
    prints(term_case(kids, 2, 12, 0),
           "case V, W { a, b => 1; {a, c}, _ => 2; _, 1..3 => 3; _, < 0 => 4; _ => 5 }");
    Term *odd[] = {var("V"), two(TERM_NE, var("V"), level("a")), num(1), term_bool(true, 0),
                   num(2)};
    prints(term_case(odd, 1, 5, 0), "if V != a then 1 else 2");
    Term *x = var("x");
    prints(term_call(math_find("exp"), &x, 1, 0), "exp(x)");
}

typedef struct Seen {
    Str text;
    size_t stop_after, count;
} Seen;

static bool see(void *user, Sym name, const Term *at) {
    Seen *seen = user;
    assert_int_equal(at->op, TERM_VAR);
    str_printf(&seen->text, "%s ", name->text);
    return ++seen->count != seen->stop_after;
}

static Term *family(const char *name, Term *a, Term *b, Term *c) {
    uint32_t n = c ? 3 : b ? 2 : 1;
    return term_dist(dist_find(name), (Term *[]){a, b, c}, n, 0);
}

static void prints_distributions(void **state) {
    (void)state;
    prints(family("normal", var("m"), num(1), NULL), "normal(m, 1)");
    prints(family("gamma", num(2), num(3), NULL), "gamma(2, rate: 3)");
    prints(family("student_t", num(4), num(0), num(1)), "student_t(4)");
    prints(family("student_t", num(4), num(0), num(2)), "student_t(4, 0, 2)");
    prints(family("student_t", num(4), num(1), num(1)), "student_t(4, 1)");
    Term *parts[] = {family("point", num(1), NULL, NULL), var("w")};
    prints(term_many(TERM_MIX, parts, 2, 0), "mix {point(1): w}");
}

static void prints_policies_and_tables(void **state) {
    (void)state;
    Sym *inputs = MEM_NEW(Sym, 2);
    inputs[0] = intern_z(names, "R1");
    inputs[1] = intern_z(names, "R2");
    Assign a[] = {
        {.kind = ASSIGN_POLICY, .target = intern_z(names, "B"), .inputs = inputs, .ninputs = 2},
        {.kind = ASSIGN_DRAW,
         .target = intern_z(names, "A"),
         .value = family("bernoulli", num(0.5), NULL, NULL)}};
    World *w = world_new(a, 2);
    Term *y = term_var(intern_z(names, "Y"), world_keep(w), 0);
    Seen seen = {0};
    assert_true(term_variables(y, true, see, &seen));
    assert_string_equal(str_text(&seen.text), "Y B R1 R2 A ");
    str_free(&seen.text);
    prints(y, "Y[B = ?(R1, R2), A ~ bernoulli(0.5)]");
    world_drop(w);
    Domain *d = domain_new(DOMAIN_BOOL);
    Term *x = var("X");
    Term *t = term_lookup(term_table_new(&d, 1, (double[]){1, 2}), &x, 1, 0);
    prints(t, "table(X)");
    x = var("X");
    assert_null(term_lookup(NULL, &x, 1, 0));
    domain_drop(d);
    Term *v = var("V");
    Term *rows[] = {v, term_unary(TERM_NOT, term_keep(v), 0), num(1), term_keep(v), num(2)};
    prints(term_case(rows, 1, 5, 0), "case V { false => 1; true => 2 }");
    Term *odd[] = {var("V"), two(TERM_NE, var("V"), level("a")), num(1)};
    prints(term_case(odd, 1, 3, 0), "if V != a then 1 else nan");
}

static void prints_briefly(void **state) {
    (void)state;
    Term *t = var("x");
    for (int i = 0; i < 60; i++) t = two(TERM_ADD, term_keep(t), t); // 2^60 mentions
    Str s = {0};
    term_add_brief(t, &s);
    assert_true(s.len > 100 && s.len < 200);
    assert_string_equal(s.text + s.len - 3, "...");
    str_free(&s);
    term_drop(t);
}

static void compares(void **state) {
    (void)state;
    Term *a = two(TERM_ADD, var("x"), num(1)), *b = two(TERM_ADD, var("x"), num(1));
    Term *c = two(TERM_ADD, var("x"), num(2)), *d = two(TERM_SUB, var("x"), num(1));
    assert_true(term_equal(a, b));
    assert_false(term_equal(a, c));
    assert_false(term_equal(a, d));
    assert_false(term_equal(a, NULL));
    assert_true(term_equal(NULL, NULL));
    term_drop(a);
    term_drop(b);
    term_drop(c);
    term_drop(d);
}

static void compares_worlds(void **state) {
    (void)state;
    Sym x = intern_z(names, "X"), z = intern_z(names, "Z");
    Assign xz[] = {{.target = x, .value = num(1)}, {.target = z, .value = num(2)}};
    Assign zx[] = {{.target = z, .value = num(2)}, {.target = x, .value = num(1)}};
    Assign other[] = {{.target = z, .value = num(1)}, {.target = x, .value = num(2)}};
    World *a = world_new(xz, 2), *b = world_new(zx, 2), *c = world_new(other, 2);
    World *none = world_new(NULL, 0);
    assert_true(world_equal(a, b));
    assert_false(world_equal(a, c));
    assert_false(world_equal(b, c));
    assert_true(world_equal(none, NULL));
    assert_false(world_equal(a, NULL));
    world_drop(a);
    world_drop(b);
    world_drop(c);
    world_drop(none);
}

static void lists_variables(void **state) {
    (void)state;
    Assign set_x = {.source = intern_z(names, "S"),
                    .target = intern_z(names, "X"),
                    .value = two(TERM_ADD, var("b"), var("Q"))};
    Term *y = term_var(intern_z(names, "Y"), world_new(&set_x, 1), 0);
    Term *t = two(TERM_ADD, two(TERM_MUL, var("b"), y), two(TERM_SUB, var("a"), var("b")));
    Seen seen = {0};
    assert_true(term_variables(t, false, see, &seen));
    assert_string_equal(str_text(&seen.text), "b a ");
    str_clear(&seen.text);
    assert_true(term_variables(t, true, see, &seen));
    assert_string_equal(str_text(&seen.text), "b Y S X Q a ");
    str_clear(&seen.text);
    seen = (Seen){.text = seen.text, .stop_after = 1};
    assert_false(term_variables(t, false, see, &seen));
    assert_string_equal(str_text(&seen.text), "b ");
    str_free(&seen.text);
    term_drop(t);
}

static void replaces(void **state) {
    (void)state;
    Term *other = two(TERM_MUL, var("b"), num(2));
    Term *t = two(TERM_ADD, two(TERM_ADD, var("a"), var("a")), term_keep(other));
    Term *with = two(TERM_SUB, var("c"), num(1));
    Term *r = term_replace(t, intern_z(names, "a"), with);
    assert_ptr_equal(r->kid[1], other);
    prints(r, "c - 1 + (c - 1) + b*2");
    r = term_replace(t, intern_z(names, "z"), with);
    assert_ptr_equal(r, t);
    term_drop(r);
    term_drop(t);
    term_drop(with);
    term_drop(other);
}

static void tells_distributions(void **state) {
    (void)state;
    Term *kids[] = {level("a"), num(1)};
    Term *map = term_many(TERM_MAP, kids, 2, 0);
    Term *t = term_if(var("c"), num(0.5), map, 0);
    assert_true(term_is_dist(t));
    assert_false(term_is_dist(t->kid[0]));
    term_drop(t);
}

// 200,000 levels deep to the left, to the right, and through worlds.
static void survives_depth(void **state) {
    (void)state;
    enum { DEPTH = 200000 };
    Term *t = var("x"), *u = var("x"), *w = var("y");
    for (int i = 0; i < DEPTH; i++) {
        t = two(TERM_ADD, t, num(i));
        u = two(TERM_SUB, num(1), u);
        if (i % 4 == 0) w = term_var(intern_z(names, "y"), set("x", w), 0);
    }
    t = two(TERM_ADD, t, u);
    Seen seen = {0};
    assert_true(term_variables(t, false, see, &seen));
    assert_int_equal(seen.count, 1);
    str_free(&seen.text);
    Term *one = num(1), *r = term_replace(t, intern_z(names, "x"), one);
    assert_non_null(r);
    assert_false(term_equal(r, t));
    Term *again = term_replace(t, intern_z(names, "x"), one);
    assert_true(term_equal(r, again));
    Str s = {0};
    term_add(t, &s);
    assert_true(s.len > DEPTH * 4);
    str_free(&s);
    term_drop(t);
    term_drop(r);
    term_drop(again);
    term_drop(one);
    term_drop(w);
}

// 2^60 paths, 60 distinct nodes.
static void shares(void **state) {
    (void)state;
    Term *t = var("x"), *u = var("x");
    for (int i = 0; i < 60; i++) {
        t = two(TERM_ADD, term_keep(t), t);
        u = two(TERM_ADD, term_keep(u), u);
    }
    Seen seen = {0};
    assert_true(term_variables(t, true, see, &seen));
    assert_int_equal(seen.count, 1);
    str_free(&seen.text);
    assert_true(term_equal(t, u));
    Term *one = num(1), *r = term_replace(t, intern_z(names, "x"), one);
    assert_non_null(r);
    term_drop(r);
    term_drop(one);
    term_drop(t);
    term_drop(u);
}

static Term *normal_cut(double low, double high) {
    Term *normal = term_dist(dist_find("normal"), (Term *[]){var("m"), num(1)}, 2, 0);
    return term_truncate(normal, num(low), num(high), 0);
}

static void truncates_and_counts(void **state) {
    (void)state;
    prints(normal_cut(0, 2), "truncate(normal(m, 1), 0, 2)");
    prints(normal_cut(0, INFINITY), "truncate(normal(m, 1), low: 0)");
    prints(normal_cut(-INFINITY, -1), "truncate(normal(m, 1), high: -1)");
    double values[] = {3, -1, 2.5, 3};
    Term *t = term_empirical(values, 4, 0), *same = term_empirical(values, 4, 0);
    Term *other = term_empirical(values, 3, 0), *copy = term_with_kids(t, NULL);
    assert_true(t->is_dist && term_equal(t, same) && term_equal(t, copy));
    assert_false(term_equal(t, other));
    prints(term_keep(t), "empirical([-1, 2.5, 3, 3])");
    Term *cut = normal_cut(0, 2), *point = num(4);
    assert_true(cut->is_dist);
    prints(term_replace(cut, intern_z(names, "m"), point), "truncate(normal(4, 1), 0, 2)");
    term_drop(cut);
    term_drop(point);
    term_drop(t);
    term_drop(same);
    term_drop(other);
    term_drop(copy);
    double *many = MEM_NEW(double, 1000);
    Term *wide = term_empirical(many, 1000, 0);
    Str s = {0};
    term_add_brief(wide, &s);
    assert_true(s.len < 140 && strcmp(str_text(&s) + s.len - 3, "...") == 0);
    str_free(&s);
    term_drop(wide);
    mem_free(many);
}

static Term *ask(const char *head, Term *arg, Term *cond, World *done) {
    Term *kids[] = {arg, cond};
    return term_ask(intern_z(names, head), kids, 1, cond ? 2 : 1, done, 0);
}

static bool count_one(void *user, Sym name, const Term *at) {
    (void)name;
    *(int *)user += at->op == TERM_VAR || at->op == TERM_ASK;
    return true;
}

// Questions inside assumptions are compared, searched and printed like other terms.
static void questions(void **state) {
    (void)state;
    Term *y = term_var(intern_z(names, "Y"), set("X", num(1)), 0);
    Term *a = ask("P", term_keep(y), two(TERM_EQ, var("Z"), num(0)), set("W", num(1)));
    Term *b = ask("P", term_keep(y), two(TERM_EQ, var("Z"), num(0)), set("W", num(1)));
    Term *c = ask("P", term_keep(y), two(TERM_EQ, var("Z"), num(0)), NULL);
    Term *sum = two(TERM_LE, two(TERM_SUB, term_keep(a), num(1)), num(0));
    int seen = 0;
    assert_true(term_equal(a, b));
    assert_false(term_equal(a, c));
    assert_true(term_asks(sum));
    assert_false(term_asks(y));
    assert_true(term_variables(sum, true, count_one, &seen));
    assert_int_equal(seen, 4); // W X Y Z
    prints(sum, "P(Y[X = 1] | Z = 0, do(W = 1)) - 1 <= 0");
    prints(ask("E", var("V"), NULL, set("W", num(1))), "E[V | do(W = 1)]");
    prints(ask("P", var("V"), NULL, NULL), "P(V)");
    term_drop(a);
    term_drop(b);
    term_drop(c);
    term_drop(y);
}

static Term *build_some(void) {
    Term *y = term_var(intern_z(names, "Y"), set("X", num(1)), 0);
    Term *kids[] = {var("V"), two(TERM_EQ, var("V"), level("a")), y, term_bool(true, 0),
                    num(2)};
    Term *cut = term_truncate(term_empirical((double[]){1, 2}, 2, 0), num(1), num(2), 0);
    Term *with = num(7), *t = two(TERM_ADD, term_case(kids, 1, 5, 0), cut);
    Term *r = t && with ? term_replace(t, intern_z(names, "V"), with) : NULL;
    Str s = {0};
    if (r) term_add(r, &s);
    if (s.failed) {
        term_drop(r);
        r = NULL;
    }
    str_free(&s);
    term_drop(t);
    term_drop(with);
    return r;
}

static void survives_exhaustion(void **state) {
    (void)state;
    term_drop(build_some()); // every name is interned from now on
    for (long n = 0;; n++) {
        mem_fail_after(n, 0);
        Term *t = build_some();
        bool reached = mem_count() > n;
        mem_fail_after(-1, 0);
        // Only the printer, which has another way to write rows, may do without a block.
        term_drop(t);
        if (!reached) break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_operators),
        cmocka_unit_test(prints_names),
        cmocka_unit_test(prints_worlds),
        cmocka_unit_test(prints_maps_and_rows),
        cmocka_unit_test(compares),
        cmocka_unit_test(compares_worlds),
        cmocka_unit_test(lists_variables),
        cmocka_unit_test(replaces),
        cmocka_unit_test(tells_distributions),
        cmocka_unit_test(survives_depth),
        cmocka_unit_test(prints_distributions),
        cmocka_unit_test(prints_policies_and_tables),
        cmocka_unit_test(prints_briefly),
        cmocka_unit_test(truncates_and_counts),
        cmocka_unit_test(shares),
        cmocka_unit_test(questions),
        cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
