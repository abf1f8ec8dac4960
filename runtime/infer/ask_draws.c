// AskDraws: from joints to draws, and from batches to errors.
#include "runtime/infer/ask_draws.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "runtime/infer/minidraw.h"

// Cells of all tables at first, and at most; and by how much they grow while the draws are
// worth less than a share of their number.
static const double FIRST_CELLS = 0x1p22, MOST_CELLS = 0x1p25, GROWTH = 4, POOR = 0.1;

enum {
    PILOT_DRAWS = 1024,
    RARE_DRAWS = 4096,
    FEW_DRAWS = 400, // effective ones tell too little
    FEW_HITS = 20,
};

// One joint that the head asked for, over variables of the model: exact, or from draws.
struct AskDrawn {
    uint32_t nvars;
    uint32_t *vars;
    bool events; // times the scene's events
    size_t cells;
    double log_scale;
    double *values, *noise; // by cell: the mean, and what no draw has met may be
    const MiniDraws *from;  // NULL: exact
    size_t first;           // its first cell there; SIZE_MAX: the weight
};

// --- opening -------------------------------------------------------------------------------

bool ask_draws_allowed(const AskCall *call, const Question *q) {
    if (call->engine || (call->method && call->method->exact)) return false;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_SOFT) return false;
    return q->head != ASK_QUANTILE && q->head != ASK_ARGMAX && q->head != ASK_H &&
           q->head != ASK_I;
}

bool ask_draws_wanted(const AskCall *call) {
    return call->method && call->method->minibuckets;
}

void ask_draws_open(const AskCall *call, const Question *q, AskDraws *out) {
    static const RealBudget defaults = {0};
    *out = (AskDraws){.budget = call->method ? &call->method->budget : &defaults,
                      .size = call->method ? call->method->size : 0,
                      .without = ASK_DRAWS_ALL,
                      .smooth =
                          q->head == ASK_P || q->head == ASK_LOGP || q->head == ASK_MARGINALS};
}

static void drawn_free(AskDrawn *t) {
    if (!t) return;
    mem_free(t->vars);
    mem_free(t->values);
    mem_free(t->noise);
    mem_free(t);
}

void ask_draws_clear(AskDraws *d) {
    for (size_t i = 0; i < d->drawn.count; i++) drawn_free(d->drawn.items[i]);
    for (size_t i = 0; i < d->from.count; i++) {
        minidraw_free(d->from.items[i]);
        mem_free(d->from.items[i]);
    }
    d->drawn.count = d->from.count = d->next = 0;
    d->without = ASK_DRAWS_ALL;
    d->listing = true;
}

void ask_draws_close(AskDraws *d) {
    ask_draws_clear(d);
    VEC_FREE(&d->drawn);
    VEC_FREE(&d->from);
}

void ask_draws_replay(AskDraws *d, size_t without) {
    d->next = 0;
    d->without = without;
}

// --- tables --------------------------------------------------------------------------------

// Lists a joint that is asked for.
static Status list_joint(AskScene *s, const uint32_t *query, uint32_t nquery, bool events) {
    AskDraws *d = s->call->draws;
    double cells = ask_cells(s->model, query, nquery);
    TRY(ask_room(s->call, cells * REAL_BATCHES, NULL, s->q->origin));
    AskDrawn *t = MEM_NEW(AskDrawn, 1);
    if (!t) return NOMEM;
    *t = (AskDrawn){.nvars = nquery, .events = events, .cells = (size_t)cells};
    t->vars = MEM_NEW(uint32_t, nquery);
    t->values = MEM_NEW(double, t->cells);
    t->noise = MEM_NEW(double, t->cells);
    bool ok = t->vars && t->values && t->noise;
    for (uint32_t i = 0; ok && i < nquery; i++) t->vars[i] = query[i];
    // What the head computes before anything is drawn does not matter.
    for (size_t i = 0; ok && i < t->cells; i++) t->values[i] = 1;
    if (ok && VEC_PUSH(&d->drawn, t)) return OK;
    drawn_free(t);
    return NOMEM;
}

// One of two signs for a batch, so that those of different cells have nothing in common (rows
// of a Hadamard matrix).
static bool up(size_t cell, size_t batch) {
    size_t x = batch & (1 + cell % (REAL_BATCHES - 1)), odd = 0;
    for (; x; x &= x - 1) odd ^= 1;
    return odd;
}

// A cell of the mean over the draws, without one batch where that is wanted.
static double cell_without(const AskDrawn *t, size_t cell, size_t batch) {
    const MiniDraws *from = t->from;
    if (batch == ASK_DRAWS_ALL || !from) return t->values[cell];
    double own = t->first == SIZE_MAX ? from->weight[batch]
                                      : from->sums[batch * from->cells + t->first + cell];
    double rest = (double)from->n - from->draws[batch];
    double x = rest > 0 ? fmax(t->values[cell] * (double)from->n - own, 0) / rest : 0;
    return x + (up(t->first + cell, batch) ? 2 * t->noise[cell] : 0);
}

static Status next_table(AskDraws *d, NetTable *out) {
    const AskDrawn *t = d->drawn.items[d->next++];
    *out = (NetTable){.nvars = t->nvars, .size = t->cells, .log_scale = t->log_scale};
    out->vars = MEM_NEW(uint32_t, t->nvars);
    out->values = MEM_NEW(double, t->cells);
    if (!out->vars || !out->values) {
        net_table_free(out);
        return NOMEM;
    }
    for (uint32_t i = 0; i < t->nvars; i++) out->vars[i] = t->vars[i];
    for (size_t i = 0; i < t->cells; i++) out->values[i] = cell_without(t, i, d->without);
    return OK;
}

// Fills a table from the draws' cells from `first` on; SIZE_MAX: their weight.
static void fill_drawn(const AskDraws *d, AskDrawn *t, const MiniDraws *draws, size_t first) {
    double all = minidraw_weight(draws), n = (double)draws->n;
    t->from = draws;
    t->first = first;
    t->log_scale = draws->log_scale;
    for (size_t i = 0; i < t->cells; i++) {
        double sum = first == SIZE_MAX ? all : minidraw_sum(draws, first + i);
        double least = first == SIZE_MAX ? 1 / draws->ess : minidraw_least(draws, sum / all);
        if (!d->smooth) least = 1 / draws->ess / sqrt((double)t->cells);
        t->values[i] = sum / n;
        t->noise[i] = least * all / n / sqrt(REAL_BATCHES - 1.0);
    }
}

static void fill_zeros(AskDrawn *t) {
    for (size_t i = 0; i < t->cells; i++) t->values[i] = 0;
}

static void fill_number(AskDrawn *t, double log_value) {
    t->values[0] = 1;
    t->log_scale = log_value;
}

// --- drawing -------------------------------------------------------------------------------

static Status refuse(AskScene *s, const MiniBuckets *m, const MiniDraws *draws) {
    Faults *faults = s->call->faults;
    Status st =
        draws->ess > 0
            ? fault_add(faults, FAULT_ASK_UNEVEN, s->q->origin,
                        "%" PRIu64
                        " draws from mini-buckets differ so much in weight that they "
                        "are worth %.3g, and no error can be trusted",
                        draws->n, draws->ess)
            : fault_add(faults, FAULT_ASK_UNEVEN, s->q->origin,
                        "none of %" PRIu64 " draws from mini-buckets met the conditions, whose "
                        "weight is at most e^%.4g",
                        draws->n, m->log_upper);
    if (st != FAULT) return st;
    return fault_hint(faults,
                      "more memory (:set memory), or a larger size, splits fewer tables; "
                      "more conditions may make an exact answer possible");
}

// The bounds that are certain are found when somebody listens.
static Status describe(AskScene *s, MiniBuckets *m) {
    Derivation *d = s->call->d;
    if (!d) return OK;
    TRY(minibucket_lower(m, s->call->ctl));
    TRY(derivation_add(d, "mini-buckets",
                       "%u of %u buckets are split, so that all tables have %.3g cells",
                       (unsigned)m->split, (unsigned)m->order.count, m->cells));
    if (m->log_lower > -INFINITY)
        return derivation_result(d, "ln of the weight is in %.6g to %.6g", m->log_lower,
                                 m->log_upper);
    return derivation_result(d, "ln of the weight is at most %.6g", m->log_upper);
}

static Status describe_draws(AskScene *s, const MiniBuckets *m, const MiniDraws *draws) {
    Derivation *d = s->call->d;
    double low, high;
    TRY(derivation_add(d, "importance sampling", "%" PRIu64 " draws, worth %.4g", draws->n,
                       draws->ess));
    minidraw_interval(draws, m, 0.95, &low, &high);
    if (low == -INFINITY)
        return derivation_result(
            d,
            "ln of the weight is below %.6g with 95%% confidence, whatever "
            "the weights",
            high);
    return derivation_result(d,
                             "ln of the weight is in %.6g to %.6g with 95%% confidence, "
                             "whatever the weights",
                             low, high);
}

// What is to be drawn: a net, the scene's events in it, and the variables asked about.
typedef struct Draft {
    AskNet net;
    AskVars vars; // of the model
    uint32_t *query;
    NetFactor *events;
    uint32_t nquery, nevents;
} Draft;

static Status numbers_of(AskScene *s, const uint32_t *vars, uint32_t n, Arena *arena,
                         uint32_t **out) {
    *out = ARENA_ARRAY(arena, uint32_t, n);
    if (!*out) return NOMEM;
    for (uint32_t i = 0; i < n; i++) (*out)[i] = s->number[vars[i]];
    return OK;
}

static bool add_var(Draft *f, bool *seen, uint32_t v) {
    if (seen[v]) return true;
    seen[v] = true;
    return VEC_PUSH(&f->vars, v);
}

static Status list_vars(AskScene *s, Draft *f) {
    const AskDraws *d = s->call->draws;
    bool *seen = MEM_NEW(bool, s->model->nvars), ok = seen;
    for (size_t k = 0; ok && k < d->drawn.count; k++) {
        const AskDrawn *t = d->drawn.items[k];
        for (uint32_t i = 0; ok && i < t->nvars; i++) ok = add_var(f, seen, t->vars[i]);
        for (size_t j = 0; ok && t->events && j < s->events.count; j++)
            for (uint32_t i = 0; ok && i < s->events.items[j].nvars; i++)
                ok = add_var(f, seen, s->events.items[j].vars[i]);
    }
    mem_free(seen);
    return ok ? OK : NOMEM;
}

static Status list_events(AskScene *s, Draft *f) {
    f->events = ARENA_ARRAY(&f->net.arena, NetFactor, s->events.count);
    if (!f->events) return NOMEM;
    for (size_t k = 0; k < s->events.count; k++) {
        const AskFactor *e = &s->events.items[k];
        uint32_t *vars;
        TRY(numbers_of(s, e->vars, e->nvars, &f->net.arena, &vars));
        f->events[f->nevents++] = net_factor(e->nvars, vars, e->values, NET_NONE);
    }
    return OK;
}

static void draft_free(Draft *f) {
    ask_net_free(&f->net);
    VEC_FREE(&f->vars);
}

static bool asks_events(const AskDraws *d) {
    for (size_t k = 0; k < d->drawn.count; k++)
        if (d->drawn.items[k]->events) return true;
    return false;
}

// The net for all that was listed; its events apart.
static Status draft_all(AskScene *s, Draft *f) {
    *f = (Draft){0};
    Status st = list_vars(s, f);
    uint32_t n = (uint32_t)f->vars.count;
    if (st == OK) st = ask_net_build(s, NULL, f->vars.items, n, false, &f->net);
    if (st == OK) st = numbers_of(s, f->vars.items, n, &f->net.arena, &f->query);
    f->nquery = n;
    if (st == OK && asks_events(s->call->draws)) st = list_events(s, f);
    return st;
}

// The net for one table, its events among the conditions.
static Status draft_one(AskScene *s, const AskDrawn *t, Draft *f) {
    *f = (Draft){.nquery = t->nvars};
    TRY(ask_net_build(s, t->events ? &s->events : NULL, t->vars, t->nvars, false, &f->net));
    return numbers_of(s, t->vars, t->nvars, &f->net.arena, &f->query);
}

// Mini-buckets, as large as a few draws ask for and the memory allows.
static Status find_buckets(AskScene *s, const Draft *f, MiniBuckets *m) {
    AskDraws *d = s->call->draws;
    const Ctl *ctl = s->call->ctl;
    double room = (double)ctl_memory(ctl) / sizeof(double) / 2;
    MiniLimit limit = {fmin(d->size ? room : FIRST_CELLS, room), d->size};
    const RealBudget pilot = {PILOT_DRAWS, d->budget->seed, 0, d->budget->threads};
    for (;;) {
        TRY(minibucket_new(&f->net.net, f->net.evidence, f->query, f->nquery, false, &limit,
                           ctl, m));
        double grown = limit.cells * GROWTH;
        if (!m->split || m->log_upper == -INFINITY || d->quick) return OK;
        if (d->size || grown > fmin(room, MOST_CELLS)) return OK;
        MiniDraws draws;
        TRY(minidraw(m, NULL, 0, &pilot, ctl, &draws));
        bool poor = draws.ess < POOR * PILOT_DRAWS;
        minidraw_free(&draws);
        if (!poor) return OK;
        minibucket_free(m);
        limit.cells = grown;
    }
}

// Draws, and checks that they can be trusted. *out is owned by the AskDraws.
static Status draw(AskScene *s, MiniBuckets *m, const MiniTarget *targets, uint32_t n,
                   const MiniDraws **out) {
    AskDraws *d = s->call->draws;
    double few = d->budget->draws ? fmin(FEW_DRAWS, (double)d->budget->draws / 4) : FEW_DRAWS;
    MiniDraws *draws = MEM_NEW(MiniDraws, 1);
    if (!draws) return NOMEM;
    if (!VEC_PUSH(&d->from, draws)) {
        mem_free(draws);
        return NOMEM;
    }
    *out = draws;
    TRY(describe(s, m));
    TRY(minidraw(m, targets, n, d->budget, s->call->ctl, draws));
    TRY(describe_draws(s, m, draws));
    if (!d->sampled || draws->ess < d->ess) d->ess = draws->ess;
    if (draws->n > d->draws) d->draws = draws->n;
    d->sampled = true;
    d->unmet |= draws->unmet;
    s->call->d = NULL;
    bool trusted = draws->ess >= few && draws->shape <= 0.5;
    return trusted ? OK : refuse(s, m, draws);
}

// --- one table -----------------------------------------------------------------------------

// An exact engine's table, where one can give it.
static Status try_exact(AskScene *s, const Draft *f, AskDrawn *t, bool *done) {
    NetTable table;
    Faults ignored = {0};
    Status st = engine_eliminate.joint(&f->net.net, f->net.evidence, f->query, f->nquery,
                                       s->call->ctl, NULL, &table, &ignored);
    fault_free(&ignored);
    *done = st == OK;
    if (st != OK) return st == FAULT ? OK : st;
    t->log_scale = table.log_scale;
    for (size_t i = 0; i < t->cells; i++) t->values[i] = table.values[i];
    net_table_free(&table);
    return OK;
}

static Status fill_by(AskScene *s, const Draft *f, MiniBuckets *m, AskDrawn *t) {
    MiniTarget target = {
        .nvars = f->nquery, .vars = f->query, .relative = s->q->head == ASK_LOGP};
    const MiniDraws *draws;
    bool done = false;
    if (m->log_upper == -INFINITY) {
        fill_zeros(t);
        return OK;
    }
    if (f->nquery == 0 && (s->call->draws->quick || !m->split)) {
        fill_number(t, m->log_upper);
        return OK;
    }
    if (!m->split) TRY(try_exact(s, f, t, &done));
    if (done) return OK;
    TRY(draw(s, m, &target, f->nquery > 0, &draws));
    fill_drawn(s->call->draws, t, draws, f->nquery ? 0 : SIZE_MAX);
    return OK;
}

// One table on its own.
static Status fill_alone(AskScene *s, AskDrawn *t) {
    Draft f;
    MiniBuckets m = {0};
    Status st = draft_one(s, t, &f);
    if (st == OK && f.net.zero)
        fill_zeros(t);
    else if (st == OK)
        st = find_buckets(s, &f, &m);
    if (st == OK && !f.net.zero) st = fill_by(s, &f, &m, t);
    minibucket_free(&m);
    draft_free(&f);
    return st;
}

static Status fill_each(AskScene *s) {
    AskDraws *d = s->call->draws;
    for (size_t k = 0; k < d->drawn.count; k++) {
        if (ctl_cancelled(s->call->ctl)) return CANCELLED;
        TRY(fill_alone(s, d->drawn.items[k]));
    }
    return OK;
}

// --- all tables ----------------------------------------------------------------------------

// The tables that have cells among those of the draws, in their order.
static Status list_targets(AskScene *s, Draft *f, MiniTarget **targets, uint32_t *n) {
    const AskDraws *d = s->call->draws;
    *n = 0;
    *targets = ARENA_ARRAY(&f->net.arena, MiniTarget, d->drawn.count);
    if (!*targets) return NOMEM;
    for (size_t k = 0; k < d->drawn.count; k++) {
        const AskDrawn *t = d->drawn.items[k];
        uint32_t *vars;
        if (!t->nvars && !t->events) continue;
        TRY(numbers_of(s, t->vars, t->nvars, &f->net.arena, &vars));
        (*targets)[(*n)++] = (MiniTarget){.nvars = t->nvars,
                                          .vars = vars,
                                          .nevents = t->events ? f->nevents : 0,
                                          .events = f->events,
                                          .relative = s->q->head == ASK_LOGP};
    }
    return OK;
}

// Whether a first few draws hardly meet the events, which then are better met on their own.
static Status find_rare(AskScene *s, const MiniBuckets *m, const MiniTarget *targets,
                        uint32_t n, bool *rare) {
    const RealBudget *given = s->call->draws->budget;
    const RealBudget pilot = {RARE_DRAWS, given->seed, 0, given->threads};
    MiniDraws draws;
    *rare = false;
    if (!asks_events(s->call->draws)) return OK;
    TRY(minidraw(m, targets, n, &pilot, s->call->ctl, &draws));
    double sum = 0;
    for (size_t i = 0; i < draws.cells; i++) sum += minidraw_sum(&draws, i);
    *rare = sum / minidraw_weight(&draws) * draws.ess < FEW_HITS;
    minidraw_free(&draws);
    return OK;
}

static Status fill_together(AskScene *s, Draft *f, MiniBuckets *m) {
    AskDraws *d = s->call->draws;
    MiniTarget *targets;
    const MiniDraws *draws;
    uint32_t n;
    bool rare;
    TRY(list_targets(s, f, &targets, &n));
    TRY(find_rare(s, m, targets, n, &rare));
    if (rare) return fill_each(s);
    TRY(draw(s, m, targets, n, &draws));
    size_t first = 0;
    for (size_t k = 0; k < d->drawn.count; k++) {
        AskDrawn *t = d->drawn.items[k];
        bool weight = !t->nvars && !t->events;
        fill_drawn(d, t, draws, weight ? SIZE_MAX : first);
        if (!weight) first += t->cells;
    }
    return OK;
}

// Marginals by one pass over a tree, where all tables are of one variable.
static Status try_marginals(AskScene *s, const Draft *f, bool *done) {
    AskDraws *d = s->call->draws;
    Faults ignored = {0};
    double log_z;
    double **out = ARENA_ARRAY(&s->arena, double *, f->net.net.nvars);
    if (!out) return NOMEM;
    for (size_t k = 0; k < d->drawn.count; k++) {
        const AskDrawn *t = d->drawn.items[k];
        if (t->nvars > 1 || t->events || (t->nvars && out[s->number[t->vars[0]]])) return OK;
        if (t->nvars) out[s->number[t->vars[0]]] = t->values;
    }
    Status st =
        net_marginals(&f->net.net, f->net.evidence, s->call->ctl, NULL, out, &log_z, &ignored);
    fault_free(&ignored);
    *done = st == OK;
    for (size_t k = 0; *done && k < d->drawn.count; k++) {
        AskDrawn *t = d->drawn.items[k];
        t->log_scale = log_z;
        if (log_z == -INFINITY) fill_zeros(t);
    }
    return st == FAULT ? OK : st;
}

static Status fill_all(AskScene *s, Draft *f, MiniBuckets *m) {
    AskDraws *d = s->call->draws;
    bool done = false;
    if (m->log_upper == -INFINITY) {
        for (size_t k = 0; k < d->drawn.count; k++) fill_zeros(d->drawn.items[k]);
        return OK;
    }
    if (m->split) return fill_together(s, f, m);
    TRY(try_marginals(s, f, &done));
    return done ? OK : fill_each(s);
}

Status ask_draws_make(AskScene *s) {
    AskDraws *d = s->call->draws;
    Draft f;
    MiniBuckets m = {0};
    d->listing = false;
    ask_draws_replay(d, ASK_DRAWS_ALL);
    s->impossible = false;
    if (!d->drawn.count) return OK;
    Status st = draft_all(s, &f);
    for (size_t k = 0; st == OK && f.net.zero && k < d->drawn.count; k++)
        fill_zeros(d->drawn.items[k]);
    if (st == OK && !f.net.zero) {
        st = find_buckets(s, &f, &m);
        if (st == OK) st = fill_all(s, &f, &m);
    }
    s->call->d = NULL;
    minibucket_free(&m);
    draft_free(&f);
    return st;
}

// --- what heads call -----------------------------------------------------------------------

Status ask_draws_joint(AskScene *s, const uint32_t *query, uint32_t nquery, NetTable *out) {
    AskDraws *d = s->call->draws;
    if (d->quick) {
        ask_draws_clear(d);
        TRY(list_joint(s, query, nquery, false));
        TRY(fill_alone(s, d->drawn.items[0]));
    } else if (d->listing) {
        TRY(list_joint(s, query, nquery, false));
    }
    return next_table(d, out);
}

Status ask_draws_pair(AskScene *s, const uint32_t *query, uint32_t nquery, NetTable *top,
                      NetTable *bottom) {
    AskDraws *d = s->call->draws;
    if (d->listing) TRY(list_joint(s, NULL, 0, false));
    if (d->listing) TRY(list_joint(s, query, nquery, true));
    TRY(next_table(d, bottom));
    Status st = next_table(d, top);
    if (st != OK) net_table_free(bottom);
    return st;
}

Status ask_draws_marginals(AskScene *s, const AskNet *net, double *const *out, double *log_z) {
    AskDraws *d = s->call->draws;
    if (d->listing) TRY(list_joint(s, NULL, 0, false));
    const AskDrawn *weight = d->drawn.items[d->next++];
    *log_z = log(cell_without(weight, 0, d->without)) + weight->log_scale;
    for (uint32_t v = 0; v < net->net.nvars; v++) {
        if (!out[v]) continue;
        if (d->listing) TRY(list_joint(s, &net->vars[v], 1, false));
        const AskDrawn *t = d->drawn.items[d->next++];
        double total = 0;
        for (size_t l = 0; l < t->cells; l++)
            total += out[v][l] = cell_without(t, l, d->without);
        for (size_t l = 0; total > 0 && l < t->cells; l++) out[v][l] /= total;
    }
    return OK;
}

// --- errors --------------------------------------------------------------------------------

Status ask_draws_run(AskScene *s, Status (*head)(AskScene *s, double *out), size_t n,
                     double *out, double *influence) {
    AskDraws *d = s->call->draws;
    double *one = ARENA_ARRAY(&s->arena, double, n);
    if (!one) return NOMEM;
    ask_draws_clear(d);
    TRY(head(s, one));
    TRY(ask_draws_make(s));
    for (size_t i = 0; i < n; i++) out[i] = 0;
    TRY(head(s, out));
    bool impossible = s->impossible, drawn = d->from.count > 0;
    for (size_t i = 0; i < n * REAL_BATCHES; i++) influence[i] = 0;
    for (size_t b = 0; drawn && b < REAL_BATCHES; b++) {
        if (ctl_cancelled(s->call->ctl)) return CANCELLED;
        ask_draws_replay(d, b);
        for (size_t i = 0; i < n; i++) one[i] = 0;
        TRY(head(s, one));
        for (size_t i = 0; i < n; i++)
            influence[i * REAL_BATCHES + b] = (REAL_BATCHES - 1) * (out[i] - one[i]);
    }
    s->impossible = impossible;
    for (size_t i = 0; drawn && i < n; i++) {
        double mean = 0, *x = influence + i * REAL_BATCHES;
        for (size_t b = 0; b < REAL_BATCHES; b++) mean += x[b] / REAL_BATCHES;
        // What is undefined, or -infinity, is known to be so.
        for (size_t b = 0; b < REAL_BATCHES; b++) x[b] = isfinite(out[i]) ? x[b] - mean : 0;
    }
    return OK;
}
