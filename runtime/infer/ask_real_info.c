// Ask real info: entropy and mutual information where something has infinitely many values.
//
// Between finite variables and events from their joint distribution, cell by cell, each exact.
// Of jointly normal quantities I(V; W | Z) is half the sum of log2 Var(w | Z) / Var(w | Z, V)
// over the quantities w of W, earlier ones given (Cover & Thomas 2006, theorem 8.4.1 and the
// chain rule).
#include <math.h>

#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_real.h"
#include "runtime/real/clg.h"

// An argument, or a variable that is averaged over.
typedef struct InfoPart {
    Term *term;
    const Domain *domain; // of a finite variable
    bool event;           // else of neither: a quantity of infinitely many values
} InfoPart;

typedef struct Info {
    const RealCase *c;
    Arena arena;
    VEC(InfoPart) finite, real; // what is averaged over, the first arguments, the others
    uint32_t nfinite[3], nreal[3];
    RealGiven given;
    uint32_t *row, *choice; // per axis, and per finite part
    VEC(Term *) owned;      // the event of each finite part, at its choice
} Info;

// --- what is asked --------------------------------------------------------------------------

static Status classify(const Info *x, Term *t, InfoPart *out) {
    const Model *m = x->c->model;
    Faults *faults = x->c->call->faults;
    uint32_t var;
    *out = (InfoPart){.term = t};
    if (t->op == TERM_VAR) {
        TRY(ask_scene_find_any(m, t->sym, t, faults, &var));
        if (domain_finite(m->vars[var]->domain)) out->domain = m->vars[var]->domain;
        return OK;
    }
    Kernel *k = NULL;
    TRY(kernel_new_real(m, t, &k, faults));
    out->event = kernel_kind(k) == VALUE_BOOL_KIND;
    kernel_free(k);
    return OK;
}

static Status add_part(Info *x, Term *t, int group) {
    InfoPart part;
    TRY(classify(x, t, &part));
    bool finite = part.event || part.domain;
    (finite ? x->nfinite : x->nreal)[group]++;
    return (finite ? VEC_PUSH(&x->finite, part) : VEC_PUSH(&x->real, part)) ? OK : NOMEM;
}

static Status read_parts(Info *x) {
    const Question *q = x->c->q;
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *cond = &q->conds[i];
        AskPlace place;
        uint32_t var;
        if (cond->kind != COND_EVENT) continue;
        TRY(ask_scene_place(x->c->model, q->head, true, cond->term, x->c->call->faults, &place,
                            &var));
        if (place == PLACE_AVERAGED || place == PLACE_LAW) TRY(add_part(x, cond->term, 0));
    }
    uint32_t first = q->head == ASK_I ? q->nfirst : q->nargs;
    for (uint32_t i = 0; i < q->nargs; i++) TRY(add_part(x, q->args[i], i < first ? 1 : 2));
    return OK;
}

static Status refuse(const Info *x, const char *hint, const char *message) {
    Faults *faults = x->c->call->faults;
    Status st = fault_add(faults, FAULT_ASK_REAL_HEAD, x->c->q->origin, "%s", message);
    return st == FAULT ? fault_hint(faults, "%s", hint) : st;
}

static Status check_parts(const Info *x) {
    if (x->c->q->head == ASK_H && x->real.count)
        return refuse(x, "ask for that of an event, as in H(X > 0)",
                      "what has infinitely many values has no entropy in bits");
    if (x->real.count && (x->nfinite[1] || x->nfinite[2] || !x->nreal[1] || !x->nreal[2]))
        return refuse(x, "ask about an event, such as X > 0, in the place of a variable X",
                      "mutual information is found between variables of finitely many values "
                      "and events, and between quantities that are jointly normal");
    return OK;
}

// --- cells ----------------------------------------------------------------------------------

static uint32_t card(const InfoPart *p) {
    return p->event ? 2 : p->domain->count;
}

static size_t size_of(const Info *x, int group) {
    size_t from = 0, size = 1;
    for (int g = 0; g < group; g++) from += x->nfinite[g];
    for (size_t i = 0; i < x->nfinite[group]; i++) size *= card(&x->finite.items[from + i]);
    return size;
}

static double all_cells(const Info *x) {
    double cells = 1;
    for (size_t i = 0; i < x->finite.count; i++) cells *= card(&x->finite.items[i]);
    return cells;
}

static void drop_events(Info *x) {
    for (size_t i = 0; i < x->owned.count; i++) term_drop(x->owned.items[i]);
    x->owned.count = 0;
}

// That every finite part has the value of its choice.
static Status make_events(Info *x) {
    drop_events(x);
    for (size_t i = 0; i < x->finite.count; i++) {
        const InfoPart *p = &x->finite.items[i];
        uint32_t k = x->choice[i];
        Term *t = !p->event ? ask_real_level(p->term->sym, p->domain, k)
                  : k       ? term_keep(p->term)
                            : term_unary(TERM_NOT, term_keep(p->term), p->term->origin);
        if (!t || !VEC_PUSH(&x->owned, t)) {
            term_drop(t);
            return NOMEM;
        }
    }
    return OK;
}

static bool next_cell(Info *x) {
    for (size_t i = x->finite.count; i-- > 0;) {
        if (++x->choice[i] < card(&x->finite.items[i])) return true;
        x->choice[i] = 0;
    }
    return false;
}

static const char biased[] = "entropies of sampled frequencies are biased; ask for "
                             "probabilities, as in P(V, W), which say their error";

// The probability of the cell at hand; with none but what is averaged over, 1 where that is
// nothing.
static Status cell(Info *x, double *out) {
    bool sampled;
    Str why = {0};
    *out = 1;
    TRY(make_events(x));
    if (!x->finite.count) return OK;
    Status st = ask_real_exact(x->c, x->owned.items, (uint32_t)x->owned.count, &x->given,
                               &sampled, &why, out);
    *out = *out > 0 ? *out : 0;
    if (st == OK && sampled) {
        st = fault_add(x->c->call->faults, FAULT_ASK_REAL_HEAD, x->c->q->origin,
                       "information is found from exact probabilities, and %s", str_text(&why));
        if (st == FAULT) st = fault_hint(x->c->call->faults, "%s", biased);
    }
    str_free(&why);
    return st;
}

static Status from_table(Info *x, double *out) {
    size_t nz = size_of(x, 0), nv = size_of(x, 1), nw = size_of(x, 2), at = 0;
    double *p = MEM_NEW(double, nz * nv * nw), *room = MEM_NEW(double, nv + nw);
    Status st = p && room ? OK : NOMEM;
    do {
        if (st == OK) st = cell(x, &p[at++]);
    } while (st == OK && next_cell(x));
    if (st == OK) *out = ask_info_bits(p, nz, nv, nw, room, x->c->q->head == ASK_I);
    mem_free(p);
    mem_free(room);
    return st;
}

// --- normal ---------------------------------------------------------------------------------

// Sum of log2 of the variances of the quantities `from` to `to` of `order`, each given those
// before it. The lower triangle of `cov` is made a Cholesky factor, in that order. What is a
// function of those before it counts as `fixed`, not in the sum.
static double log_variances(const double *cov, const uint32_t *order, uint32_t from,
                            uint32_t to, double *factor, bool *fixed) {
    double sum = 0;
    for (uint32_t i = 0; i < to; i++) {
        double whole = 0;
        for (uint32_t j = 0; j <= i; j++) {
            uint32_t a = order[i] > order[j] ? order[i] : order[j];
            uint32_t b = order[i] > order[j] ? order[j] : order[i];
            double s = cov[(size_t)a * (a + 1) / 2 + b];
            if (i == j) whole = s;
            for (uint32_t k = 0; k < j; k++)
                s -= factor[(size_t)i * to + k] * factor[(size_t)j * to + k];
            double pivot = factor[(size_t)j * to + j];
            if (i > j) factor[(size_t)i * to + j] = pivot > 0 ? s / pivot : 0;
            else factor[(size_t)i * to + i] = s > 1e-12 * whole ? sqrt(s) : 0;
        }
        double sd = factor[(size_t)i * to + i];
        if (i < from) continue;
        fixed[i - from] = sd == 0;
        if (sd > 0) sum += 2 * log2(sd);
    }
    return sum;
}

// I(V; W | Z) from the covariances of (Z, V, W).
static Status normal_bits(const Info *x, const double *cov, double *out) {
    uint32_t nz = x->nreal[0], nv = x->nreal[1], nw = x->nreal[2], n = nz + nv + nw;
    uint32_t *order = MEM_NEW(uint32_t, n);
    double *factor = MEM_NEW(double, (size_t)n * n);
    bool *before = MEM_NEW(bool, nw), *after = MEM_NEW(bool, nw);
    Status st = order && factor && before && after ? OK : NOMEM;
    if (st == OK) {
        for (uint32_t i = 0; i < n; i++) order[i] = i;
        double with = log_variances(cov, order, nz + nv, n, factor, after);
        for (uint32_t i = 0; i < nw; i++) order[nz + i] = nz + nv + i;
        double without = log_variances(cov, order, nz, nz + nw, factor, before);
        *out = fmax((without - with) / 2, 0);
        for (uint32_t i = 0; i < nw; i++)
            if (after[i] && !before[i]) *out = INFINITY;
    }
    mem_free(order);
    mem_free(factor);
    mem_free(before);
    mem_free(after);
    return st;
}

static Status not_normal(const Info *x, const Str *why) {
    Status st = fault_add(x->c->call->faults, FAULT_ASK_REAL_HEAD, x->c->q->origin,
                          "mutual information between variables of infinitely many values is "
                          "found where they are jointly normal%s%s",
                          why->len ? ": " : "", str_text((Str *)(uintptr_t)why));
    if (st != FAULT) return st;
    return fault_hint(x->c->call->faults,
                      "ask about events, as in I(X > 0; Y > 0), or for Cor[X, Y]");
}

static Status covariances(Info *x, RealQuestion *q, double *cov) {
    Str why = {0};
    bool applies = false;
    const RealCall call = {.budget = &(RealBudget){0}, .ctl = x->c->call->ctl,
                           .faults = x->c->call->faults, .why = &why};
    Status st = clg_normal(&call, q, &applies, cov);
    if (st == OK && !applies) st = not_normal(x, &why);
    str_free(&why);
    return st;
}

// In the case that the variables of finitely many values have the levels at hand.
static Status normal_case(Info *x, double *out) {
    const size_t n = x->real.count;
    Question with = {.conds = x->given.conds, .nconds = x->given.n};
    RealQuestion q = {.model = x->c->model, .head = REAL_COV, .origin = x->c->q->origin};
    TRY(ask_real_conditions(&with, &x->arena, x->c->call->faults, &q));
    const Term **given = ARENA_ARRAY(&x->arena, const Term *, q.ngiven + x->owned.count);
    const Term **args = ARENA_ARRAY(&x->arena, const Term *, n);
    double *cov = ARENA_ARRAY(&x->arena, double, n * (n + 1) / 2);
    if (!given || !args || !cov) return NOMEM;
    for (uint32_t i = 0; i < q.ngiven; i++) given[i] = q.given[i];
    for (size_t i = 0; i < x->owned.count; i++) given[q.ngiven++] = x->owned.items[i];
    for (size_t i = 0; i < n; i++) args[i] = x->real.items[i].term;
    q.given = given;
    q.args = args;
    q.nargs = (uint32_t)n;
    TRY(ask_real_check(&q, x->c->call->faults));
    TRY(covariances(x, &q, cov));
    return normal_bits(x, cov, out);
}

static Status from_covariances(Info *x, double *out) {
    double total = 0, sum = 0;
    do {
        double p, bits = 0;
        TRY(cell(x, &p));
        if (p > 0) TRY(normal_case(x, &bits));
        total += p;
        if (p > 0) sum += p * bits;
    } while (next_cell(x));
    *out = total > 0 ? sum / total : NAN;
    return OK;
}

// --- rows -----------------------------------------------------------------------------------

static Status pin_row(Info *x, size_t *at) {
    const AskAxes *axes = x->c->axes;
    *at = x->c->first;
    for (size_t i = 0; i < axes->count; i++) {
        const AskAxis *axis = &axes->items[i];
        if (x->c->outer[i]) continue;
        *at += x->row[i] * axis->stride;
        TRY(real_given_pin(&x->given, axis->name, axis->domain, x->row[i]));
    }
    return OK;
}

static bool next_row(Info *x) {
    const AskAxes *axes = x->c->axes;
    for (size_t i = axes->count; i-- > 0;) {
        if (x->c->outer[i]) continue;
        if (++x->row[i] < axes->items[i].count) return true;
        x->row[i] = 0;
    }
    return false;
}

// A row that cannot happen is undefined among others.
static Status one_row(Info *x, double *out) {
    AskCall *call = x->c->call;
    Faults *faults = call->faults, own = {0};
    call->faults = &own;
    Status st = x->real.count ? from_covariances(x, out) : from_table(x, out);
    call->faults = faults;
    if (st == FAULT && x->c->axes->count && own.items[0].code == FAULT_ASK_IMPOSSIBLE) {
        *out = NAN;
        st = OK;
    } else if (st == FAULT && fault_move(&own, faults) != OK) {
        st = NOMEM;
    }
    fault_free(&own);
    return st;
}

static Status all_rows(Info *x) {
    TRY(derivation_add(x->c->call->d, "method", x->real.count
                           ? "exact, from the covariances of quantities that are jointly normal"
                           : "exact, from the joint distribution"));
    do {
        size_t at;
        uint32_t n = x->given.n;
        for (size_t i = 0; i < x->finite.count; i++) x->choice[i] = 0;
        TRY(pin_row(x, &at));
        TRY(one_row(x, &x->c->out->cells[at]));
        real_given_cut(&x->given, n);
    } while (next_row(x));
    return OK;
}

static Status run(Info *x) {
    const RealCase *c = x->c;
    TRY(read_parts(x));
    TRY(check_parts(x));
    TRY(ask_room(c->call, all_cells(x), NULL, c->q->origin));
    TRY(real_given_open(c, false, c->axes->count, &x->arena, &x->given));
    x->row = ARENA_ARRAY(&x->arena, uint32_t, c->axes->count);
    x->choice = ARENA_ARRAY(&x->arena, uint32_t, x->finite.count);
    if (!x->row || !x->choice) return NOMEM;
    if (c->call->method && c->call->method->sample)
        return refuse(x, biased, "information is found from exact probabilities");
    return c->call->dry ? OK : all_rows(x);
}

Status ask_real_info(const RealCase *c) {
    Info x = {.c = c};
    Status st = run(&x);
    drop_events(&x);
    VEC_FREE(&x.owned);
    VEC_FREE(&x.finite);
    VEC_FREE(&x.real);
    real_given_free(&x.given);
    arena_free(&x.arena);
    return st;
}
