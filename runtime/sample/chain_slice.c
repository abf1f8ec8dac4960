// Chain slice: slice sampling of all lanes of a block at once.
//
// Lanes step in and out on their own, and all are evaluated as long as one of them is not done;
// a lane that is done stays where it is.
#include <math.h>

#include "runtime/sample/chain_move.h"
#include "runtime/sample/draw.h"

// A line through the states, and what moves along it.
typedef struct Line {
    ChainBlock *b;
    const ChainPart *part;
    uint32_t var;            // a variable, or MODEL_NONE: a direction
    bool whole;              // at the floor of its place
    const ChainCrowd *crowd; // of a direction
} Line;

enum { MOST_STEPS = 60, MOST_SHRINKS = 200 };

// --- states along a line --------------------------------------------------------------------

static void place_direction(const Line *line, const double *z) {
    ChainBlock *b = line->b;
    size_t lanes = b->lanes.lanes;
    for (uint32_t k = 0; k < line->crowd->nvars; k++) {
        double *x = chain_reals(&b->lanes, line->crowd->vars[k]);
        const double *base = b->base + k * lanes, *d = b->direction + k * lanes;
        for (size_t l = 0; l < lanes; l++) x[l] = base[l] + z[l] * d[l];
    }
}

// A place beyond the levels is none; the lane stays at its first level meanwhile.
static void place_level(const Line *line, const double *z) {
    ChainBlock *b = line->b;
    double count = b->t->q->model->vars[line->var]->domain->count;
    uint32_t *x = chain_levels(&b->lanes, line->var);
    for (size_t l = 0; l < b->lanes.lanes; l++) {
        double k = floor(z[l]);
        x[l] = k >= 0 && k < count ? (uint32_t)k : 0;
    }
}

static void place(const Line *line, const double *z) {
    ChainBlock *b = line->b;
    if (line->var == MODEL_NONE) {
        place_direction(line, z);
    } else if (chain_finite(b->t, line->var)) {
        place_level(line, z);
    } else {
        double *x = chain_reals(&b->lanes, line->var);
        for (size_t l = 0; l < b->lanes.lanes; l++) x[l] = line->whole ? floor(z[l]) : z[l];
    }
}

static void evaluate(const Line *line, const double *z) {
    ChainBlock *b = line->b;
    place(line, z);
    chain_evaluate(b->t, line->part, &b->lanes, b->value);
    b->evaluations += line->part->nfactors + line->part->nsteps;
    if (line->var == MODEL_NONE || !chain_finite(b->t, line->var)) return;
    double count = b->t->q->model->vars[line->var]->domain->count;
    for (size_t l = 0; l < b->lanes.lanes; l++)
        if (!(z[l] >= 0 && z[l] < count)) b->value[l] = -INFINITY;
}

// --- stepping out and shrinking -------------------------------------------------------------

static void open_interval(const Line *line, double width) {
    ChainBlock *b = line->b;
    size_t lanes = b->lanes.lanes;
    evaluate(line, b->origin);
    draw_exponentials(&b->stream, lanes, b->level);
    draw_uniforms(&b->stream, lanes, b->uniform);
    for (size_t l = 0; l < lanes; l++) {
        b->level[l] = b->value[l] - b->level[l];
        b->low[l] = b->origin[l] - width * b->uniform[l];
        b->high[l] = b->low[l] + width;
    }
    draw_uniforms(&b->stream, lanes, b->uniform);
}

// Moves one end outward while it lies inside the slice, by at most `steps_left` steps.
static void step_out(const Line *line, double *end, double step) {
    ChainBlock *b = line->b;
    size_t lanes = b->lanes.lanes, count = 0;
    for (size_t l = 0; l < lanes; l++) count += b->open[l] = b->steps_left[l] > 0;
    while (count) {
        for (size_t l = 0; l < lanes; l++) b->at[l] = b->open[l] ? end[l] : b->origin[l];
        evaluate(line, b->at);
        count = 0;
        for (size_t l = 0; l < lanes; l++) {
            if (!b->open[l]) continue;
            bool inside = b->value[l] > b->level[l];
            if (inside) end[l] += step;
            b->open[l] = inside && --b->steps_left[l] > 0;
            count += b->open[l];
        }
    }
}

// The steps are shared out between the ends at random, without which a limit would disturb the
// target.
static void step_out_both(const Line *line, double width) {
    ChainBlock *b = line->b;
    size_t lanes = b->lanes.lanes;
    for (size_t l = 0; l < lanes; l++)
        b->steps_left[l] = (uint32_t)(MOST_STEPS * b->uniform[l]);
    step_out(line, b->low, -width);
    for (size_t l = 0; l < lanes; l++)
        b->steps_left[l] = MOST_STEPS - 1 - (uint32_t)(MOST_STEPS * b->uniform[l]);
    step_out(line, b->high, width);
}

// Returns how many lanes are still open.
static size_t shrink(const Line *line) {
    ChainBlock *b = line->b;
    size_t lanes = b->lanes.lanes, count = 0;
    draw_uniforms(&b->stream, lanes, b->uniform);
    for (size_t l = 0; l < lanes; l++)
        if (b->open[l]) b->at[l] = b->low[l] + b->uniform[l] * (b->high[l] - b->low[l]);
    evaluate(line, b->at);
    for (size_t l = 0; l < lanes; l++) {
        if (!b->open[l]) continue;
        if (b->value[l] > b->level[l])
            b->open[l] = 0;
        else if (b->at[l] < b->origin[l])
            b->low[l] = b->at[l];
        else
            b->high[l] = b->at[l];
        count += b->open[l];
    }
    return count;
}

// An interval that has shrunk to nothing around the origin leaves the lane where it was.
static void shrink_all(const Line *line) {
    ChainBlock *b = line->b;
    size_t lanes = b->lanes.lanes, count = lanes;
    for (size_t l = 0; l < lanes; l++) b->open[l] = 1;
    for (size_t k = 0; count && k < MOST_SHRINKS; k++) count = shrink(line);
    if (!count) return;
    for (size_t l = 0; l < lanes; l++)
        if (b->open[l]) b->at[l] = b->origin[l];
    place(line, b->at);
    chain_follow(b->t, line->part, &b->lanes);
}

static void note_widths(ChainBlock *b, size_t kind) {
    for (size_t l = 0; l < b->lanes.lanes; l++) {
        double width = b->high[l] - b->low[l];
        if (!(width > 0 && width < INFINITY)) continue;
        b->log_width[kind] += log(width);
        b->width_count[kind]++;
    }
}

static void slice(const Line *line, double width, size_t kind) {
    open_interval(line, width);
    step_out_both(line, width);
    shrink_all(line);
    note_widths(line->b, kind);
}

// --- the moves ------------------------------------------------------------------------------

void chain_slice_variable(ChainBlock *b, uint32_t i, double width) {
    const ChainTarget *t = b->t;
    uint32_t var = t->free[i];
    bool finite = chain_finite(t, var);
    bool whole = finite || !mechanism_continuous(t->mechs[var]);
    Line line = {.b = b, .part = &t->parts[i], .var = var, .whole = whole};
    size_t lanes = b->lanes.lanes;
    if (whole) draw_uniforms(&b->stream, lanes, b->uniform);
    for (size_t l = 0; l < lanes; l++) {
        double x = finite ? chain_levels(&b->lanes, var)[l] : chain_reals(&b->lanes, var)[l];
        b->origin[l] = whole ? x + b->uniform[l] : x;
    }
    slice(&line, width, i);
}

static size_t member_of(Stream *s, size_t members) {
    return (size_t)((double)members * stream_unit(s));
}

static void choose_directions(ChainBlock *b, const ChainCrowd *crowd) {
    size_t lanes = b->lanes.lanes;
    for (size_t l = 0; l < lanes; l++) {
        size_t i = member_of(&b->stream, crowd->members);
        size_t j = member_of(&b->stream, crowd->members - 1);
        if (j >= i) j++;
        const double *from = crowd->states + i * crowd->nvars;
        const double *to = crowd->states + j * crowd->nvars;
        for (uint32_t k = 0; k < crowd->nvars; k++) {
            b->base[k * lanes + l] = chain_reals(&b->lanes, crowd->vars[k])[l];
            b->direction[k * lanes + l] = to[k] - from[k];
        }
        b->origin[l] = 0;
    }
}

void chain_slice_crowd(ChainBlock *b, const ChainCrowd *crowd, double width) {
    Line line = {.b = b, .part = &b->t->all, .var = MODEL_NONE, .crowd = crowd};
    choose_directions(b, crowd);
    slice(&line, width, b->t->nfree);
}
