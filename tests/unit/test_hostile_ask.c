// Tests of the planner on hostile networks, read as files of the UAI format: ln of the weight
// of the evidence and of everything, one distribution, all marginals.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/format/uai.h"
#include "runtime/infer/ask.h"
#include "runtime/model/model_import.h"
#include "tests/unit/hostile.h"

// --- a network as a model -------------------------------------------------------------------

static void write_table(const Hostile *h, const NetFactor *f, Str *s) {
    size_t cells = 1;
    for (uint32_t k = 0; k < f->nvars; k++) cells *= h->cards[f->vars[k]];
    str_printf(s, "%zu\n", cells);
    for (size_t i = 0; i < cells; i++) str_printf(s, " %.17g", f->values[i]);
    str_add(s, "\n");
}

static void write_network(const Hostile *h, Str *s) {
    bool markov = false;
    for (uint32_t i = 0; i < h->net.nfactors; i++)
        markov = markov || h->factors[i].child == NET_NONE;
    str_printf(s, "%s\n%u\n", markov ? "MARKOV" : "BAYES", h->net.nvars);
    for (uint32_t v = 0; v < h->net.nvars; v++) str_printf(s, "%u ", h->cards[v]);
    str_printf(s, "\n%u\n", h->net.nfactors);
    for (uint32_t i = 0; i < h->net.nfactors; i++) {
        str_printf(s, "%u", h->factors[i].nvars);
        for (uint32_t k = 0; k < h->factors[i].nvars; k++)
            str_printf(s, " %u", h->factors[i].vars[k]);
        str_add(s, "\n");
    }
    for (uint32_t i = 0; i < h->net.nfactors; i++) write_table(h, &h->factors[i], s);
}

static Model *model_of(const Hostile *h, Interner *names) {
    Str s = {0};
    NetFile net = {0};
    Faults faults = {0};
    Model *m = NULL;
    write_network(h, &s);
    assert_int_equal(uai_read(str_text(&s), s.len, "t", NULL, &net, &faults), OK);
    assert_int_equal(model_import(names, &net, intern_z(names, "m"), NULL, &m, NULL, &faults), OK);
    netfile_free(&net);
    str_free(&s);
    return m;
}

static Term *variable(Interner *names, uint32_t v) {
    char name[16];
    snprintf(name, sizeof name, "x%u", v);
    return term_var(intern_z(names, name), NULL, 0);
}

// --- questions ------------------------------------------------------------------------------

typedef struct Case {
    uint64_t seed;
    Hostile h;
    Interner *names;
    Model *model;
    Oracle known, all; // with the evidence, and without
    Cond *conds;
    uint32_t nconds;
} Case;

static void open_case(Case *c, uint64_t seed) {
    *c = (Case){.seed = seed, .names = intern_new()};
    forest(&c->h, seed, 1 + (uint32_t)(seed * 7 % 30), seed % 5 ? 5 : 60);
    c->model = model_of(&c->h, c->names);
    oracle_forest(&c->h.net, c->h.evidence, false, NULL, &c->known);
    oracle_forest(&c->h.net, NULL, false, NULL, &c->all);
    c->conds = calloc(c->h.net.nvars, sizeof *c->conds);
    for (uint32_t v = 0; v < c->h.net.nvars; v++) {
        if (c->h.evidence[v] == NET_NONE) continue;
        Term *level = term_number(c->h.evidence[v], 0);
        c->conds[c->nconds++].term = term_binary(TERM_EQ, variable(c->names, v), level, 0);
    }
}

static void close_case(Case *c) {
    for (uint32_t i = 0; i < c->nconds; i++) term_drop(c->conds[i].term);
    free(c->conds);
    oracle_free(&c->known);
    oracle_free(&c->all);
    model_drop(c->model);
    hostile_free(&c->h);
    intern_free(c->names);
}

// The answer, or false where the evidence is impossible.
static bool answer(const Case *c, Question q, Answer *out) {
    Faults faults = {0};
    Status status = ask(c->model, &q, NULL, NULL, NULL, out, &faults);
    bool impossible = status == FAULT && faults.items[0].code == FAULT_ASK_IMPOSSIBLE;
    if (status != OK && !impossible)
        fail_msg("seed %llu: %s", (unsigned long long)c->seed,
                 status == FAULT ? faults.items[0].message : "no memory");
    fault_free(&faults);
    return status == OK;
}

static void check_weights(const Case *c) {
    Answer a;
    Question q = {.head = ASK_LOGP, .conds = c->conds, .nconds = c->nconds};
    assert_true(answer(c, q, &a));
    check_log(c->seed, "logP(| evidence)", a.value, c->known.total);
    answer_free(&a);
    q.nconds = 0;
    assert_true(answer(c, q, &a));
    check_log(c->seed, "logP()", a.value, c->all.total);
    answer_free(&a);
}

static double law(const Case *c, uint32_t v, size_t level) {
    return (double)expl(c->known.law[c->known.first[v] + level] - c->known.total);
}

static void check_marginals(const Case *c) {
    Answer a;
    Question q = {.head = ASK_MARGINALS, .conds = c->conds, .nconds = c->nconds};
    bool possible = answer(c, q, &a);
    assert_int_equal(possible, c->known.total > LOG_ZERO);
    const double *cell = a.cells;
    for (uint32_t i = 0; possible && i < a.naxes; i++) {
        uint32_t v = (uint32_t)strtoul(a.axes[i].name->text + 1, NULL, 10);
        for (uint32_t k = 0; k < a.axes[i].count; k++)
            check_p(c->seed, "marginals", v, k, *cell++, law(c, v, k), 1e-290);
    }
    if (possible) answer_free(&a);
}

static void check_one(Case *c) {
    Answer a;
    uint32_t v = below(&c->h, c->h.net.nvars);
    Term *free_one = term_unary(TERM_FREE, variable(c->names, v), 0);
    Question q = {
        .head = ASK_P, .args = &free_one, .nargs = 1, .conds = c->conds, .nconds = c->nconds};
    bool possible = answer(c, q, &a);
    assert_int_equal(possible, c->known.total > LOG_ZERO);
    for (uint32_t k = 0; possible && k < c->h.cards[v]; k++)
        check_p(c->seed, "P", v, k, a.cells[k], law(c, v, k), 1e-290);
    if (possible) answer_free(&a);
    term_drop(free_one);
}

static void the_planner_agrees(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        Case c;
        open_case(&c, seed);
        check_weights(&c);
        check_marginals(&c);
        check_one(&c);
        close_case(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_planner_agrees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
