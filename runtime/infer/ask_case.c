// Cases: the loop over interventions, and the assembly of the answer.
#include "runtime/infer/ask_case.h"

#include <math.h>

#include "runtime/infer/ask_axis.h"
#include "runtime/infer/ask_cut.h"
#include "runtime/infer/ask_draws.h"
#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_real.h"
#include "runtime/infer/ask_sum.h"

// What is set at one stage: by the question's do, or by its world.
typedef struct Stage {
    Assign *items; // with values of their own where an axis chooses
    bool *owned;
    uint32_t n;
} Stage;

typedef struct Case {
    AskCall *call;
    const Model *m;
    const Question *q;
    const World *world;
    Answer *out;
    AskAxes axes;
    Stage stages[2];
    uint32_t *choice; // per axis: the choice in force
    bool *outer;      // per axis: looped over, not answered by a head
    AskPin *pins;     // the given axes that are looped over
    uint32_t npins;
    Domain **widened; // per axis: its values after surgery, kept; NULL where those are the model's
    size_t first; // where in the cells the current model's block starts
    size_t models, impossible;
    bool faint; // rows of a table are too improbable beside others to be answered in one go
} Case;

// --- surgery -------------------------------------------------------------------------------

static uint32_t count_do(const Question *q) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_DO) n += q->conds[i].n;
    return n;
}

static Status open_stage(Stage *stage, uint32_t n) {
    stage->items = MEM_NEW(Assign, n);
    stage->owned = MEM_NEW(bool, n);
    return stage->items && stage->owned ? OK : NOMEM;
}

static const AskAxis *axis_of(const Case *c, const Assign *a, uint32_t *choice) {
    for (size_t i = 0; i < c->axes.count; i++)
        if (c->axes.items[i].assign == a) {
            *choice = c->choice[i];
            return &c->axes.items[i];
        }
    return NULL;
}

// The assignment with the choice in force; a bare bool is set to true.
static Status fill_item(Case *c, Stage *stage, const Assign *a) {
    uint32_t choice = 0;
    const AskAxis *axis = axis_of(c, a, &choice);
    Assign *item = &stage->items[stage->n];
    *item = *a;
    if (axis || (a->kind == ASSIGN_VALUE && !a->value)) {
        item->kind = ASSIGN_VALUE;
        item->value = axis ? ask_axis_value(c->m, axis, choice) : term_bool(true, a->origin);
        item->inputs = NULL;
        item->ninputs = 0;
        if (!item->value) return NOMEM;
        stage->owned[stage->n] = true;
    }
    stage->n++;
    return OK;
}

static void clear_stage(Stage *stage) {
    for (uint32_t i = 0; i < stage->n; i++)
        if (stage->owned[i]) term_drop(stage->items[i].value);
    for (uint32_t i = 0; i < stage->n; i++) stage->owned[i] = false;
    stage->n = 0;
}

static Status fill_stages(Case *c) {
    for (uint32_t i = 0; i < c->q->nconds; i++) {
        const Cond *cond = &c->q->conds[i];
        for (uint32_t j = 0; cond->kind == COND_DO && j < cond->n; j++)
            TRY(fill_item(c, &c->stages[0], &cond->items[j]));
    }
    for (uint32_t j = 0; c->world && j < c->world->n; j++)
        TRY(fill_item(c, &c->stages[1], &c->world->items[j]));
    return OK;
}

static Status operate(Case *c, Model **out) {
    Model *model = model_keep(c->m);
    Status st = fill_stages(c);
    for (int i = 0; st == OK && i < 2; i++) {
        if (!c->stages[i].n) continue;
        Model *next = NULL;
        st = model_do(model, c->stages[i].items, c->stages[i].n, &next, c->call->faults);
        model_drop(model);
        model = next;
    }
    *out = model;
    return st;
}

static void add_item(const Assign *a, Str *out) {
    if (a->source) str_printf(out, "%s -> ", a->source->text);
    str_printf(out, "%s %s ", a->target->text, a->kind == ASSIGN_DRAW ? "~" : "=");
    if (a->value) term_add(a->value, out);
}

static void add_cut(const Model *m, const Assign *a, uint32_t *cut, Str *out) {
    uint32_t var = model_find(m, a->target);
    for (uint32_t e = 0; var != MODEL_NONE && e < m->nedges; e++) {
        const ModelEdge *edge = &m->edges[e];
        bool into = edge->to == var || (edge->both && edge->from == var);
        if (!into || (a->source && m->vars[edge->from]->name != a->source)) continue;
        str_printf(out, "%s%s %s %s", (*cut)++ ? ", " : "", m->vars[edge->from]->name->text,
                   edge->both ? "<->" : "->", m->vars[edge->to]->name->text);
    }
}

static Status describe_stage(const Case *c, const Stage *stage) {
    Derivation *d = c->call->d;
    if (!d || !stage->n) return OK;
    Str done = {0}, edges = {0};
    uint32_t cut = 0;
    for (uint32_t i = 0; i < stage->n; i++) {
        if (i) str_add(&done, ", ");
        add_item(&stage->items[i], &done);
        add_cut(c->m, &stage->items[i], &cut, &edges);
    }
    Status st = done.failed || edges.failed
                    ? NOMEM
                    : derivation_add(d, "surgery", "do(%s) %s%s", str_text(&done),
                                     cut ? "cuts " : "cuts nothing: what it sets has no causes",
                                     str_text(&edges));
    str_free(&done);
    str_free(&edges);
    return st;
}

static Status describe_evidence(const Case *c) {
    Derivation *d = c->call->d;
    if (!d) return OK;
    Str text = {0};
    for (uint32_t i = 0; i < c->q->nconds; i++) {
        const Cond *cond = &c->q->conds[i];
        if (cond->kind == COND_DO) continue;
        if (text.len) str_add(&text, ", ");
        if (cond->kind == COND_FACTOR) str_add(&text, "factor ");
        term_add(cond->term, &text);
        if (cond->kind == COND_SOFT) str_add(&text, " ~ ");
        if (cond->kind == COND_SOFT) term_add(cond->value, &text);
    }
    Status st = text.failed ? NOMEM : OK;
    if (st == OK && text.len) st = derivation_add(d, "conditions", "%s", str_text(&text));
    str_free(&text);
    return st;
}

static Status describe(const Case *c) {
    double more = 1;
    for (size_t i = 0; i < c->axes.count; i++)
        if (c->axes.items[i].assign) more *= c->axes.items[i].count;
    TRY(describe_stage(c, &c->stages[0]));
    TRY(describe_stage(c, &c->stages[1]));
    if (more > 1)
        TRY(derivation_add(c->call->d, "surgery", "the same for each of %.0f interventions",
                           more));
    return describe_evidence(c);
}

// --- one model -----------------------------------------------------------------------------

static Status list_set(const Case *c, Sym **out) {
    *out = MEM_NEW(Sym, c->stages[0].n + c->stages[1].n);
    if (!*out) return NOMEM;
    uint32_t n = 0;
    for (int i = 0; i < 2; i++)
        for (uint32_t j = 0; j < c->stages[i].n; j++)
            // What an edge alone is told stays a variable like others.
            if (!c->stages[i].items[j].source) (*out)[n++] = c->stages[i].items[j].target;
    for (; n < c->stages[0].n + c->stages[1].n; n++) (*out)[n] = NULL;
    return OK;
}

static Status run_marginals(Case *c, AskScene *s) {
    Sym *set;
    TRY(list_set(c, &set));
    Status st = ask_marginals(s, c->m, set, c->stages[0].n + c->stages[1].n, c->out);
    mem_free(set);
    return st;
}

static Status run_head(AskScene *s, double *block) {
    switch (s->q->head) {
    case ASK_P:
    case ASK_LOGP:
        return ask_p(s, block);
    case ASK_QUANTILE:
        return ask_quantile(s, block);
    case ASK_SLOPE:
        return ask_slope(s, block);
    case ASK_H:
    case ASK_I:
        return ask_info(s, block);
    default:
        return ask_moment(s, block);
    }
}

// --- cells ---------------------------------------------------------------------------------

// One axis of a head's block: where the block has each level of the axis (UINT32_MAX: nowhere).
typedef struct BlockAxis {
    const AskAxis *axis;
    uint32_t *at;
    uint32_t count; // levels in the block
} BlockAxis;

// Surgery may have changed the values of what depends on what is set.
static Status match_axis(Case *c, AskScene *s, const AskAxis *axis, BlockAxis *out) {
    uint32_t var = model_find(s->model, axis->name);
    const Domain *d = s->model->vars[var]->domain;
    *out = (BlockAxis){axis, ARENA_ARRAY(&s->arena, uint32_t, axis->count), d->count};
    if (!out->at) return NOMEM;
    if (!domain_contains(axis->domain, d))
        return fault_add(c->call->faults, FAULT_ASK_FREE, c->q->origin,
                         "the interventions give %s different values; ask for each on its own",
                         axis->name->text);
    for (uint32_t i = 0; i < axis->count; i++) out->at[i] = domain_translate(d, axis->domain, i);
    return OK;
}

// The block's value for cell `cell` of the grid over the axes; what an axis names and the block
// lacks cannot happen.
static double block_value(const BlockAxis *axes, size_t n, const double *block, size_t cell) {
    size_t at = 0, stride = 1;
    double missing = 1;
    for (size_t a = n; a-- > 0;) {
        uint32_t level = axes[a].at[cell % axes[a].axis->count];
        cell /= axes[a].axis->count;
        if (level == UINT32_MAX) missing = axes[a].axis->kind == AXIS_GIVEN ? NAN : missing * 0;
        else at += level * stride;
        stride *= axes[a].count;
    }
    return missing == 1 ? block[at] : missing;
}

// Copies a head's block, which runs over the axes that are not looped over, to its cells, which
// are `step` numbers apart.
static Status scatter(Case *c, AskScene *s, const double *block, size_t step, double *to) {
    BlockAxis *axes = ARENA_ARRAY(&s->arena, BlockAxis, c->axes.count);
    size_t n = 0, size = 1;
    if (!axes) return NOMEM;
    for (size_t a = 0; a < c->axes.count; a++) {
        if (c->outer[a]) continue;
        TRY(match_axis(c, s, &c->axes.items[a], &axes[n]));
        size *= axes[n++].axis->count;
    }
    for (size_t i = 0; i < size; i++) {
        size_t at = c->first, rest = i;
        for (size_t a = n; a-- > 0; rest /= axes[a].axis->count)
            at += rest % axes[a].axis->count * axes[a].axis->stride;
        to[at * step] = block_value(axes, n, block, i);
    }
    return OK;
}

// The errors of a drawn block; what cannot happen has none.
static Status scatter_errors(Case *c, AskScene *s, const double *influence, size_t size) {
    Answer *out = c->out;
    double *block = ARENA_ARRAY(&s->arena, double, size);
    if (!out->influence) out->influence = MEM_NEW(double, out->ncells * REAL_BATCHES);
    if (!out->se) out->se = MEM_NEW(double, out->ncells);
    if (!block || !out->influence || !out->se) return NOMEM;
    for (size_t b = 0; b < REAL_BATCHES; b++) {
        for (size_t i = 0; i < size; i++) block[i] = influence[i * REAL_BATCHES + b];
        TRY(scatter(c, s, block, REAL_BATCHES, out->influence + b));
    }
    for (size_t i = 0; i < out->ncells; i++) {
        double squares = 0, *x = out->influence + i * REAL_BATCHES;
        for (size_t b = 0; b < REAL_BATCHES; b++) {
            if (isnan(x[b])) x[b] = 0;
            squares += x[b] * x[b];
        }
        out->se[i] = sqrt(squares / (REAL_BATCHES * (REAL_BATCHES - 1.0)));
    }
    return OK;
}

static Status run_drawn(Case *c, AskScene *s, size_t size, double *block) {
    double *influence = ARENA_ARRAY(&s->arena, double, size * REAL_BATCHES);
    if (!influence) return NOMEM;
    TRY(ask_draws_run(s, run_head, size, block, influence));
    return c->call->draws->sampled ? scatter_errors(c, s, influence, size) : OK;
}

static Status run_numbers(Case *c, AskScene *s) {
    double size = ask_cells(s->model, s->free.items, (uint32_t)s->free.count) *
                  ask_cells(s->model, s->given.items, (uint32_t)s->given.count);
    double *block = ARENA_ARRAY(&s->arena, double, (size_t)size);
    if (!block) return NOMEM;
    if (!s->impossible && c->call->draws) TRY(run_drawn(c, s, (size_t)size, block));
    else if (!s->impossible) TRY(run_head(s, block));
    for (size_t i = 0; s->impossible && i < (size_t)size; i++) block[i] = NAN;
    return scatter(c, s, block, 1, c->out->cells);
}

static Status run_scene(Case *c, AskScene *s) {
    Status st = OK;
    if (c->call->dry) return OK;
    if (c->q->head == ASK_MARGINALS)
        st = s->impossible ? OK : run_marginals(c, s);
    else if (c->q->head == ASK_ARGMAX)
        st = s->impossible ? OK : ask_argmax(s, c->out);
    else
        st = run_numbers(c, s);
    c->impossible += s->impossible;
    c->faint |= s->faint_rows;
    // The last of models that are all impossible explains why; a row among others is undefined.
    return st == OK && c->impossible == c->models ? ask_impossible(s) : st;
}

static Status run_finite(Case *c, const Model *model) {
    AskSums sums;
    AskScene s;
    Status st = ask_sum_rewrite(c->call, model, c->q, &sums);
    if (st == OK) {
        const Model *extended = sums.model ? sums.model : model;
        st = ask_scene_open(&s, c->call, extended, sums.model ? &sums.q : c->q, c->pins,
                            c->npins);
        if (st == OK) st = run_scene(c, &s);
        ask_scene_close(&s);
    }
    ask_sum_free(&sums);
    return st;
}

static bool has_soft(const Question *q) {
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_SOFT) return true;
    return false;
}

// The weight of values that lie densely would be a density, and that of a sample no weight.
static Status refuse_weight(const Case *c) {
    Status st = fault_add(c->call->faults, FAULT_ASK_REAL_HEAD, c->q->origin,
                          "the weight of conditions is summed up where they depend on finitely "
                          "many values");
    if (st != FAULT) return st;
    return fault_hint(c->call->faults, "the probability of events is logP(events)");
}

static Status run_real(Case *c, const Model *model) {
    if (c->q->head == ASK_LOGP && c->q->nargs == 0) return refuse_weight(c);
    const RealCase real = {.call = c->call, .model = model, .q = c->q, .axes = &c->axes,
                           .outer = c->outer, .pins = c->pins, .npins = c->npins,
                           .first = c->first, .out = c->out};
    if (c->q->head == ASK_H || c->q->head == ASK_I) return ask_real_info(&real);
    if (has_soft(c->q)) return ask_real_soft(&real);
    return ask_real(c->call, model, c->q, &c->axes, c->outer, c->first, c->out);
}

static bool has_log_of_zero(const Case *c) {
    const Answer *a = c->out;
    if (c->q->head != ASK_LOGP || c->call->dry) return false;
    for (size_t i = 0; i < a->ncells; i++)
        if (a->cells[i] == -INFINITY) return true;
    return false;
}

// By the exact engines alone: draws do not meet what is so improbable.
static Status run_exact(Case *c, const Model *model, const Question *q, Faults *faults) {
    const AskMethod *method = c->call->method;
    AskMethod exact = method ? *method : (AskMethod){0};
    exact.exact = true;
    c->q = q;
    c->call->method = &exact;
    c->call->faults = faults;
    Status st = run_real(c, model);
    c->call->method = method;
    return st;
}

// About cells of which some are possible and have probability 0 in their table. Where all hangs on
// those, `q` is asked about the variables themselves, of which some engines know logarithms.
static Status run_faint(Case *c, const Model *model, const Question *q, const Model *rewritten) {
    Faults *faults = c->call->faults, own = {0}, other = {0};
    c->call->faults = &own;
    Status st = run_finite(c, rewritten);
    const Fault *first = own.count ? own.items : NULL;
    bool impossible = st == FAULT && first->code == FAULT_ASK_IMPOSSIBLE;
    bool retry = impossible || (st == OK && has_log_of_zero(c));
    if (retry) st = run_exact(c, model, q, &other);
    c->call->faults = faults;
    if (retry && impossible && st == FAULT)
        st = fault_add(faults, FAULT_ASK_IMPOSSIBLE, first->origin,
                       "%s, or has a probability below 1e-323", first->message);
    else if (retry && (st == FAULT || (st == OK && has_log_of_zero(c))))
        st = fault_add(faults, FAULT_ASK_FAINT, q->origin,
                       "this has a probability of 0 or below 1e-323, and which of them is not known");
    else if (st == FAULT && fault_move(&own, faults) != OK)
        st = NOMEM;
    fault_free(&own);
    fault_free(&other);
    return st;
}

// Where infinitely many values come down to finitely many cells, the rest of the question is
// asked about those.
static Status run_cells(Case *c, const Model *model) {
    const Question *q = c->q;
    AskCut cut;
    bool real = true;
    Status st = ask_cut(c->call, model, q, &cut);
    const Model *rewritten = cut.cells.model;
    if (st == OK && rewritten) {
        c->q = &cut.q;
        st = ask_real_needed(rewritten, c->q, &real);
    }
    if (st == OK && real) st = run_real(c, rewritten ? rewritten : model);
    else if (st == OK && cut.cells.faint) st = run_faint(c, model, q, rewritten);
    else if (st == OK) st = run_finite(c, rewritten);
    c->q = q;
    ask_cut_free(&cut);
    return st;
}

static Status run_parts(Case *c, const Model *model) {
    RealParts parts = {.call = c->call, .model = model, .q = c->q};
    Sym *set;
    if (c->call->dry) return OK;
    if (c->q->head == ASK_ARGMAX) return ask_real_argmax(&parts, c->out);
    TRY(list_set(c, &set));
    parts.set = set;
    parts.nset = c->stages[0].n + c->stages[1].n;
    Status st = ask_real_marginals(&parts, c->m, c->out);
    mem_free(set);
    return st;
}

static Status run_on(Case *c, const Model *model) {
    bool wanted = c->call->method && c->call->method->sample;
    bool sampled = wanted && !c->call->draws, real = sampled;
    if (!real) TRY(ask_real_needed(model, c->q, &real));
    if (real) sampled = wanted;
    if (real && (c->q->head == ASK_MARGINALS || c->q->head == ASK_ARGMAX))
        return run_parts(c, model);
    if (sampled) return run_real(c, model);
    return real ? run_cells(c, model) : run_finite(c, model);
}

static Status run_model(Case *c) {
    Model *model;
    Status st = operate(c, &model);
    if (st == OK) st = describe(c);
    if (st == OK) st = run_on(c, model);
    model_drop(model);
    clear_stage(&c->stages[0]);
    clear_stage(&c->stages[1]);
    return st;
}

// --- all models ----------------------------------------------------------------------------

static Status open_loops(Case *c) {
    size_t n = c->axes.count;
    c->choice = MEM_NEW(uint32_t, n);
    c->outer = MEM_NEW(bool, n);
    c->pins = MEM_NEW(AskPin, n);
    c->widened = MEM_NEW(Domain *, n);
    return c->choice && c->outer && c->pins && c->widened ? OK : NOMEM;
}

// A shift such as do(X = X + 1), or a policy, can give values that the model's domain lacks.
static bool computes(const Assign *items, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (items[i].kind == ASSIGN_VALUE && items[i].value &&
            (items[i].value->n || items[i].value->op == TERM_VAR))
            return true;
    return false;
}

static bool may_widen(const Case *c) {
    for (uint32_t i = 0; i < c->q->nconds; i++)
        if (c->q->conds[i].kind == COND_DO && computes(c->q->conds[i].items, c->q->conds[i].n))
            return true;
    return c->world && computes(c->world->items, c->world->n);
}

// The axes of what depends on a shift run over its values after the surgery.
static Status widen(Case *c, double *cells) {
    if (!may_widen(c) || !c->axes.count) return OK;
    Model *model = NULL;
    Status st = operate(c, &model);
    clear_stage(&c->stages[0]);
    clear_stage(&c->stages[1]);
    for (size_t i = 0; st == OK && i < c->axes.count; i++) {
        AskAxis *axis = &c->axes.items[i];
        uint32_t var = model_find(model, axis->name);
        if (axis->assign || var == MODEL_NONE) continue;
        const Domain *after = model->vars[var]->domain;
        if (domain_contains(axis->domain, after)) continue;
        c->widened[i] = domain_keep(after);
        axis->domain = after;
        axis->count = after->count;
    }
    model_drop(model);
    *cells = ask_axis_strides(&c->axes);
    return st;
}

// Interventions are looped over; free conditions only when soft evidence must be met, draws made,
// or faint rows answered, row by row.
static Status set_loops(Case *c) {
    size_t n = c->axes.count;
    bool by_rows = has_soft(c->q) || c->call->draws || c->faint;
    double models = 1;
    c->npins = 0;
    c->impossible = 0;
    for (size_t i = 0; i < n; i++) {
        const AskAxis *axis = &c->axes.items[i];
        c->outer[i] = axis->assign || (by_rows && axis->kind == AXIS_GIVEN);
        if (c->outer[i]) models *= axis->count;
        if (c->outer[i] && !axis->assign) c->pins[c->npins++].name = axis->name;
    }
    if (models > 1e7)
        return fault_add(c->call->faults, FAULT_ASK_POLICIES, c->q->origin,
                         "%.6g interventions would have to be tried one by one", models);
    c->models = (size_t)models;
    return OK;
}

static bool next_choice(Case *c) {
    for (size_t i = c->axes.count; i-- > 0;) {
        if (!c->outer[i]) continue;
        if (++c->choice[i] < c->axes.items[i].count) return true;
        c->choice[i] = 0;
    }
    return false;
}

static void settle_choice(Case *c) {
    c->first = 0;
    for (size_t i = 0, pin = 0; i < c->axes.count; i++) {
        if (!c->outer[i]) continue;
        c->first += c->choice[i] * c->axes.items[i].stride;
        if (!c->axes.items[i].assign) c->pins[pin++].level = c->choice[i];
    }
}

static Status loop(Case *c) {
    do {
        if (ctl_cancelled(c->call->ctl)) return CANCELLED;
        settle_choice(c);
        TRY(run_model(c));
    } while (!c->call->dry && next_choice(c));
    return OK;
}

static Status shape(Case *c, double cells) {
    Answer *out = c->out;
    if (c->call->dry || c->q->head == ASK_MARGINALS || c->q->head == ASK_ARGMAX) return OK;
    TRY(ask_room(c->call, cells, NULL, c->q->origin));
    out->kind = c->axes.count ? ANSWER_TABLE : ANSWER_NUMBER;
    out->ncells = (size_t)cells;
    out->cells = MEM_NEW(double, out->ncells);
    out->axes = MEM_NEW(AnswerAxis, c->axes.count);
    if (!out->cells || !out->axes) return NOMEM;
    for (size_t i = 0; i < c->axes.count; i++)
        TRY(ask_axis_answer(c->m, &c->axes.items[i], &out->axes[out->naxes++]));
    return OK;
}

static Status check_factors(const Case *c) {
    bool sets = count_do(c->q) || (c->world && c->world->n);
    if (!sets || !c->m->nfactors) return OK;
    Status st = fault_add(
        c->call->faults, FAULT_ASK_FACTOR_DO, c->q->origin,
        "a model with factors says what goes together, not what causes what, and cannot "
        "answer do(...)");
    if (st != FAULT) return st;
    return fault_hint(c->call->faults, "write mechanisms with ~ instead of factors");
}

static Status run(Case *c) {
    double cells;
    TRY(check_factors(c));
    TRY(ask_axis_collect(c->m, c->q, c->world, c->call->faults, &c->axes, &cells));
    TRY(open_stage(&c->stages[0], count_do(c->q)));
    TRY(open_stage(&c->stages[1], c->world ? c->world->n : 0));
    TRY(open_loops(c));
    TRY(widen(c, &cells));
    TRY(set_loops(c));
    TRY(shape(c, cells));
    TRY(loop(c));
    if (c->faint) TRY(set_loops(c));
    if (c->faint) TRY(loop(c));
    c->out->rung = c->stages[0].items && (count_do(c->q) || c->world) ? 2 : 1;
    return OK;
}

static Status run_case(AskCall *call, const Model *m, const Question *q, const World *world,
                Answer *out) {
    Case c = {.call = call, .m = m, .q = q, .world = world, .out = out};
    Status st = run(&c);
    for (int i = 0; i < 2; i++) {
        mem_free(c.stages[i].items);
        mem_free(c.stages[i].owned);
    }
    for (size_t i = 0; c.widened && i < c.axes.count; i++) domain_drop(c.widened[i]);
    mem_free(c.widened);
    mem_free(c.choice);
    mem_free(c.outer);
    mem_free(c.pins);
    VEC_FREE(&c.axes);
    return st;
}

// --- draws ---------------------------------------------------------------------------------

static Status run_drawing(AskCall *call, const Model *m, const Question *q, const World *world,
                          Answer *out) {
    AskDraws draws;
    ask_draws_open(call, q, &draws);
    call->draws = &draws;
    Status st = run_case(call, m, q, world, out);
    call->draws = NULL;
    if (st == OK && draws.sampled) {
        out->sampled = true;
        out->method = "importance sampling from mini-buckets";
        out->ess = draws.ess;
        out->unmet = draws.unmet;
        out->draws = draws.draws;
        out->seed = draws.budget->seed;
    }
    ask_draws_close(&draws);
    return st;
}

// Whether draws from mini-buckets may give what was refused.
static bool may_draw(const AskCall *call, const Faults *faults) {
    FaultCode code = faults->count ? faults->items[faults->count - 1].code : FAULT_NONE;
    if (code == FAULT_ASK_TOO_LARGE) return true;
    return call->method && call->method->sample && code == FAULT_SAMPLE_IMPROBABLE;
}

// What was refused is approximated, and that is said; where that takes too much, too, the refusal
// stands.
static Status approximate(AskCall *call, const Model *m, const Question *q, const World *world,
                          Faults *refused, Answer *out) {
    const Fault *why = &refused->items[refused->count - 1];
    Faults *faults = call->faults, own = {0};
    answer_free(out);
    TRY(derivation_add(call->d, "approximation", "%s: draws from mini-buckets instead",
                       why->message));
    call->faults = &own;
    Status st = run_drawing(call, m, q, world, out);
    call->faults = faults;
    bool stands = st == FAULT && own.count && own.items[0].code == FAULT_ASK_TOO_LARGE;
    if (fault_move(stands ? refused : &own, faults) != OK) st = NOMEM;
    fault_free(&own);
    return st;
}

Status ask_case(AskCall *call, const Model *m, const Question *q, const World *world,
                Answer *out) {
    if (call->dry || call->draws || !ask_draws_allowed(call, q))
        return run_case(call, m, q, world, out);
    bool markov = call->method && call->method->sample && m->nfactors;
    if (ask_draws_wanted(call) || markov) return run_drawing(call, m, q, world, out);
    Faults *faults = call->faults, own = {0};
    Derivation *d = call->d;
    size_t steps = d ? d->count : 0;
    call->faults = &own;
    Status st = run_case(call, m, q, world, out);
    call->faults = faults;
    if (st == FAULT && may_draw(call, &own)) {
        derivation_cut(d, steps);
        call->d = d;
        st = approximate(call, m, q, world, &own, out);
    } else if (own.count && fault_move(&own, faults) != OK) {
        st = NOMEM;
    }
    fault_free(&own);
    return st;
}
