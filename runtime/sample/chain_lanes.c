// Chain lanes: the state of a block of chains, and the target evaluated there.
#include <math.h>
#include <string.h>

#include "runtime/sample/chain_target.h"

static size_t most(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t work_room(const ChainTarget *t, size_t lanes) {
    size_t room = 0;
    for (uint32_t i = 0; i < t->norder; i++) {
        uint32_t v = t->order[i];
        room = most(room, mechanism_work(t->mechs[v], lanes));
        if (t->solutions[v]) room = most(room, kernel_work(t->solutions[v], lanes));
    }
    for (size_t i = 0; i < t->factors.count; i++) {
        const ChainFactor *f = &t->factors.items[i];
        if (f->kernel) room = most(room, kernel_work(f->kernel, lanes));
        if (f->distance) room = most(room, kernel_work(f->distance, lanes));
    }
    for (uint32_t i = 0; t->args && i < t->q->nargs; i++)
        room = most(room, kernel_work(t->args[i], lanes));
    return room;
}

static void fill_known(const RealEvidence *e, ChainLanes *l) {
    if (e->var == MODEL_NONE) return;
    for (size_t i = 0; i < l->lanes; i++) {
        if (e->kind == REAL_LEVEL)
            chain_levels(l, e->var)[i] = e->level;
        else
            chain_reals(l, e->var)[i] = e->value;
    }
}

Status chain_lanes_open(const ChainTarget *t, size_t lanes, Arena *arena, ChainLanes *out) {
    const uint32_t nvars = t->q->model->nvars;
    *out = (ChainLanes){.lanes = lanes,
                        .values = ARENA_ARRAY(arena, void *, nvars),
                        .inputs = ARENA_ARRAY(arena, const void *, nvars),
                        .work = ARENA_ARRAY(arena, double, work_room(t, lanes)),
                        .term = ARENA_ARRAY(arena, double, lanes),
                        .gate = {[CHAIN_ASKED] = INFINITY}};
    if (!out->values || !out->inputs || !out->work || !out->term) return NOMEM;
    for (uint32_t v = 0; v < nvars; v++) {
        if (t->roles[v] == CHAIN_OUT) continue;
        out->values[v] = ARENA_ARRAY(arena, double, lanes);
        if (!out->values[v]) return NOMEM;
    }
    for (size_t i = 0; i < t->scope.evidence.count; i++)
        fill_known(&t->scope.evidence.items[i], out);
    return OK;
}

void chain_copy_lane(const ChainTarget *t, const ChainLanes *from, size_t i, ChainLanes *to,
                     size_t j) {
    for (uint32_t k = 0; k < t->nfree; k++) {
        uint32_t v = t->free[k];
        if (chain_finite(t, v))
            chain_levels(to, v)[j] = chain_levels(from, v)[i];
        else
            chain_reals(to, v)[j] = chain_reals(from, v)[i];
    }
}

static void run(const Kernel *k, ChainLanes *l, double *out) {
    for (uint32_t i = 0; i < kernel_ninputs(k); i++)
        l->inputs[i] = l->values[kernel_input(k, i)];
    kernel_run(k, l->lanes, l->inputs, out, l->work);
}

static const void *const *values_of(const ChainLanes *l) {
    return (const void *const *)l->values;
}

// The value of a function, or a draw.
static void give_value(const ChainTarget *t, uint32_t var, Stream *s, ChainLanes *l) {
    if (t->roles[var] == CHAIN_SOLVED)
        run(t->solutions[var], l, l->values[var]);
    else
        mechanism_draw(t->mechs[var], s, l->lanes, values_of(l), l->values[var], NULL,
                       l->work);
}

void chain_follow(const ChainTarget *t, const ChainPart *part, ChainLanes *l) {
    for (uint32_t i = 0; i < part->nsteps; i++) give_value(t, part->steps[i], NULL, l);
}

static void add_mass(const ChainTarget *t, uint32_t var, ChainLanes *l, double *out) {
    mechanism_log_mass(t->mechs[var], l->lanes, values_of(l), l->values[var], out, l->work);
}

static void add_event(const ChainTarget *t, uint32_t i, ChainLanes *l, double *out) {
    const ChainFactor *f = &t->factors.items[i];
    double gate = l->gate[f->gate] * (l->scales ? l->scales[i] : 1);
    if (gate == INFINITY) return;
    run(gate > 0 ? f->distance : f->kernel, l, l->term);
    for (size_t k = 0; k < l->lanes; k++) {
        bool met = gate > 0 ? l->term[k] <= gate : l->term[k] == 1;
        if (!met) out[k] = -INFINITY;
    }
}

static void add_factor(const ChainTarget *t, uint32_t i, ChainLanes *l, double *out) {
    const ChainFactor *f = &t->factors.items[i];
    if (f->kind == CHAIN_MASS) return add_mass(t, f->var, l, out);
    if (f->kind == CHAIN_EVENT) return add_event(t, i, l, out);
    run(f->kernel, l, l->term);
    for (size_t k = 0; k < l->lanes; k++) {
        double x = l->term[k];
        out[k] += f->kind == CHAIN_SLOPE ? x : x >= 0 ? log(x) : -INFINITY;
    }
}

void chain_event_distance(const ChainTarget *t, uint32_t factor, ChainLanes *l, double *out) {
    run(t->factors.items[factor].distance, l, out);
}

// A strict inequality that is just missed, as whole numbers can, is at a distance all the same.
#define JUST_MISSED 0x1p-1000

static void add_distance(const ChainTarget *t, uint32_t i, ChainLanes *l, double *out) {
    const ChainFactor *f = &t->factors.items[i];
    const double scale = l->scales ? l->scales[i] : 1;
    run(f->distance, l, l->term);
    for (size_t k = 0; k < l->lanes; k++)
        out[k] = l->term[k] >= 0 ? fmax(out[k], l->term[k] / scale) : INFINITY;
    run(f->kernel, l, l->term);
    for (size_t k = 0; k < l->lanes; k++)
        if (l->term[k] != 1 && out[k] == 0) out[k] = JUST_MISSED;
}

void chain_distance(const ChainTarget *t, ChainGate gate, ChainLanes *l, double *out) {
    memset(out, 0, l->lanes * sizeof *out);
    for (uint32_t i = 0; i < t->factors.count; i++) {
        const ChainFactor *f = &t->factors.items[i];
        if (f->kind == CHAIN_EVENT && f->gate == gate) add_distance(t, i, l, out);
    }
}

void chain_evaluate(const ChainTarget *t, const ChainPart *part, ChainLanes *l, double *out) {
    chain_follow(t, part, l);
    memset(out, 0, l->lanes * sizeof *out);
    for (uint32_t i = 0; i < part->nfactors; i++) add_factor(t, part->factors[i], l, out);
    for (size_t i = 0; i < l->lanes; i++)
        if (isnan(out[i])) out[i] = -INFINITY;
}

void chain_draw(const ChainTarget *t, Stream *s, ChainLanes *l) {
    for (uint32_t i = 0; i < t->norder; i++)
        if (t->roles[t->order[i]] != CHAIN_KNOWN) give_value(t, t->order[i], s, l);
}

// What the chains do not move is computed again, and what they move is drawn again.
static bool lacks_value(const ChainTarget *t, uint32_t var, Stream *s, ChainLanes *l,
                        uint32_t *room) {
    bool made = t->roles[var] == CHAIN_FREE || t->roles[var] == CHAIN_SURE;
    if (!made || !chain_finite(t, var) || mechanism_total(t->mechs[var])) return false;
    return mechanism_draw(t->mechs[var], s, l->lanes, values_of(l), room, NULL, l->work) > 0;
}

uint32_t chain_missing(const ChainTarget *t, Stream *s, ChainLanes *l, void *room) {
    for (uint32_t i = 0; i < t->norder; i++)
        if (lacks_value(t, t->order[i], s, l, room)) return t->order[i];
    return MODEL_NONE;
}

void chain_argument(const ChainTarget *t, uint32_t i, ChainLanes *l, double *out) {
    if (t->law != MODEL_NONE) {
        memcpy(out, l->values[t->law], l->lanes * sizeof *out);
        return;
    }
    run(t->args[i], l, out);
}
