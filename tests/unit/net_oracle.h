// Oracles for the engines: exact sums and maxima over forests and over bands, in logarithms of
// long doubles, where nothing underflows. Forests by messages along their edges (Pearl 1982),
// bands by going forward and back over windows of consecutive variables (Rabiner 1989).
#ifndef RUNG_TESTS_NET_ORACLE_H
#define RUNG_TESTS_NET_ORACLE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/rng.h"
#include "runtime/infer/net.h"

typedef long double Log;

#define LOG_ZERO (-(Log)INFINITY)

// ln(e^a + e^b) to the last digits, or the greater of the two.
static inline Log log_add(Log a, Log b, bool max) {
    Log high = a > b ? a : b, low = a > b ? b : a;
    if (max || low == LOG_ZERO || low < high - 60) return high;
    return high + log1pl(expl(low - high));
}

// What is known of a network: ln of its weight or of its best assignment, and, of sums, ln of
// the weight with each variable at each level, at law[first[v] + level].
typedef struct Oracle {
    uint32_t n;
    size_t *first, cells;
    Log *law, total;
    uint32_t *some; // a possible assignment, drawn by `rng`, however improbable
    Rng *rng;       // NULL: none is drawn
} Oracle;

// One of the places whose log is not that of zero.
static inline size_t oracle_draw(const Oracle *o, const Log *logs, size_t n) {
    size_t found = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (logs[i] > LOG_ZERO && rng_below(o->rng, ++count) == 0) found = i;
    return found;
}

static inline void oracle_new(Oracle *o, const Net *net, Rng *rng) {
    *o = (Oracle){.n = net->nvars, .rng = rng};
    o->first = calloc(net->nvars + 1, sizeof(size_t));
    o->some = calloc(net->nvars + 1, sizeof(uint32_t));
    for (uint32_t v = 0; v < o->n; v++) o->first[v + 1] = o->first[v] + net->cards[v];
    o->cells = o->first[o->n];
    o->law = calloc(o->cells + 1, sizeof(Log));
}

static inline void oracle_free(Oracle *o) {
    free(o->first);
    free(o->law);
    free(o->some);
}

// --- forests --------------------------------------------------------------------------------

// In a forest each variable has at most one factor with an earlier one, its parent; the other
// factors have one variable or none.
typedef struct Forest {
    const Net *net;
    const Oracle *o;
    const NetFactor **edge; // of each variable, to its parent; or NULL
    uint32_t *parent, *root;
    Log *part; // of each root: ln of the weight of its tree
    Log *up, *message, *before,
        *down;  // per variable and level (of the parent, in the middle two)
    size_t *at; // where the messages of each variable begin
    bool max;
} Forest;

static inline Log edge_log(const Forest *f, uint32_t v, uint32_t above, uint32_t level) {
    const NetFactor *e = f->edge[v];
    bool last = e->vars[1] == v;
    uint32_t row = last ? above : level, column = last ? level : above;
    return logl((Log)e->values[row * f->net->cards[e->vars[1]] + column]);
}

static inline void forest_begin(Forest *f, NetEvidence evidence, Log *constant) {
    const Net *net = f->net;
    for (uint32_t v = 0; v < net->nvars; v++)
        for (uint32_t k = 0; evidence && evidence[v] != NET_NONE && k < net->cards[v]; k++)
            if (k != evidence[v]) f->up[f->o->first[v] + k] = LOG_ZERO;
    for (uint32_t i = 0; i < net->nfactors; i++) {
        const NetFactor *g = &net->factors[i];
        if (g->nvars == 0) *constant += logl((Log)g->values[0]);
        for (uint32_t k = 0; g->nvars == 1 && k < net->cards[g->vars[0]]; k++)
            f->up[f->o->first[g->vars[0]] + k] += logl((Log)g->values[k]);
        if (g->nvars != 2) continue;
        uint32_t v = g->vars[0] > g->vars[1] ? g->vars[0] : g->vars[1];
        f->edge[v] = g;
        f->parent[v] = g->vars[0] + g->vars[1] - v;
    }
    for (uint32_t v = 0; v < net->nvars; v++) {
        f->root[v] = f->edge[v] ? f->root[f->parent[v]] : v;
        f->at[v + 1] = f->at[v] + (f->edge[v] ? net->cards[f->parent[v]] : 0);
    }
}

static inline void forest_up(Forest *f, Log *total) {
    for (uint32_t v = f->net->nvars; v-- > 0;) {
        const Log *own = f->up + f->o->first[v];
        Log sum = LOG_ZERO;
        for (uint32_t k = 0; k < f->net->cards[v]; k++) sum = log_add(sum, own[k], f->max);
        f->part[v] = sum;
        if (!f->edge[v]) *total += sum;
        for (uint32_t j = 0; f->edge[v] && j < f->net->cards[f->parent[v]]; j++) {
            Log *to = &f->up[f->o->first[f->parent[v]] + j], m = LOG_ZERO;
            for (uint32_t k = 0; k < f->net->cards[v]; k++)
                m = log_add(m, edge_log(f, v, j, k) + own[k], f->max);
            f->before[f->at[v] + j] = *to;
            f->message[f->at[v] + j] = m;
            *to += m;
        }
    }
}

// What comes to a variable from its parent is the parent's own, what came to that from above,
// and the messages of its other children: `before` has those of later ones, `earlier` of
// earlier ones.
static inline void forest_down(Forest *f, Log *earlier) {
    for (uint32_t v = 0; v < f->net->nvars; v++) {
        if (!f->edge[v]) continue;
        size_t above = f->o->first[f->parent[v]], at = f->at[v];
        uint32_t rows = f->net->cards[f->parent[v]];
        for (uint32_t k = 0; k < f->net->cards[v]; k++) {
            Log sum = LOG_ZERO;
            for (uint32_t j = 0; j < rows; j++)
                sum = log_add(sum,
                              edge_log(f, v, j, k) + f->before[at + j] + f->down[above + j] +
                                  earlier[above + j],
                              false);
            f->down[f->o->first[v] + k] = sum;
        }
        for (uint32_t j = 0; j < rows; j++) earlier[above + j] += f->message[at + j];
    }
}

static inline void forest_laws(Forest *f, Oracle *o) {
    Log *earlier = calloc(o->cells + 1, sizeof(Log));
    forest_down(f, earlier);
    for (uint32_t v = 0; v < f->net->nvars; v++) {
        Log others = o->total == LOG_ZERO ? LOG_ZERO : o->total - f->part[f->root[v]];
        for (size_t i = o->first[v]; i < o->first[v + 1]; i++)
            o->law[i] = f->up[i] + f->down[i] + others;
    }
    free(earlier);
}

static inline void forest_draw(const Forest *f, Oracle *o) {
    Log *logs = calloc(o->cells + 1, sizeof(Log));
    for (uint32_t v = 0; v < f->net->nvars; v++) {
        for (uint32_t k = 0; k < f->net->cards[v]; k++) {
            logs[k] = f->up[o->first[v] + k];
            if (f->edge[v]) logs[k] += edge_log(f, v, o->some[f->parent[v]], k);
        }
        o->some[v] = (uint32_t)oracle_draw(o, logs, f->net->cards[v]);
    }
    free(logs);
}

// ln of the weights of a forest (or, with `max`, of its best assignment alone). `evidence` may
// be NULL.
static inline void oracle_forest(const Net *net, NetEvidence evidence, bool max, Rng *rng,
                                 Oracle *o) {
    oracle_new(o, net, rng);
    uint32_t n = net->nvars;
    size_t most = o->cells + 1, messages = 1;
    for (uint32_t i = 0; i < net->nfactors; i++)
        if (net->factors[i].nvars == 2)
            messages +=
                net->cards[net->factors[i].vars[0]] + net->cards[net->factors[i].vars[1]];
    Forest f = {.net = net,
                .o = o,
                .max = max,
                .edge = calloc(n + 1, sizeof *f.edge),
                .parent = calloc(n + 1, sizeof *f.parent),
                .root = calloc(n + 1, sizeof *f.root),
                .part = calloc(n + 1, sizeof(Log)),
                .at = calloc(n + 1, sizeof *f.at),
                .up = calloc(most, sizeof(Log)),
                .down = calloc(most, sizeof(Log)),
                .message = calloc(messages, sizeof(Log)),
                .before = calloc(messages, sizeof(Log))};
    Log constant = 0;
    forest_begin(&f, evidence, &constant);
    forest_up(&f, &o->total);
    o->total += constant;
    if (!max) forest_laws(&f, o);
    if (rng) forest_draw(&f, o);
    free(f.edge);
    free(f.parent);
    free(f.root);
    free(f.part);
    free(f.at);
    free(f.up);
    free(f.down);
    free(f.message);
    free(f.before);
}

// --- bands ----------------------------------------------------------------------------------

// In a band every factor lies within a window of `width` + 1 consecutive variables.
typedef struct Band {
    const Net *net;
    NetEvidence evidence;
    uint32_t width;
    Log **factors, **forward; // per variable: tables over the window that ends with it
    bool max;
} Band;

static inline uint32_t band_card(const Band *b, int64_t v) {
    return v < 0 ? 1 : b->net->cards[v];
}

static inline size_t band_cells(const Band *b, int64_t first, int64_t last) {
    size_t cells = 1;
    for (int64_t v = first; v <= last; v++) cells *= band_card(b, v);
    return cells;
}

// The levels of the window that ends with `last` in cell `cell`, last fastest.
static inline void band_levels(const Band *b, int64_t last, size_t cell, uint32_t *levels) {
    for (uint32_t i = b->width + 1; i-- > 0;) {
        uint32_t card = band_card(b, last - b->width + i);
        levels[i] = (uint32_t)(cell % card);
        cell /= card;
    }
}

static inline Log band_weight(const Band *b, const NetFactor *g, int64_t last,
                              const uint32_t *levels) {
    size_t at = 0;
    for (uint32_t i = 0; i < g->nvars; i++)
        at = at * b->net->cards[g->vars[i]] + levels[(int64_t)g->vars[i] - (last - b->width)];
    return logl((Log)g->values[at]);
}

// Every factor belongs to its last variable.
static inline void band_factors(Band *b, Log *constant) {
    const Net *net = b->net;
    uint32_t levels[16];
    for (uint32_t v = 0; v < net->nvars; v++) {
        size_t cells = band_cells(b, (int64_t)v - b->width, v);
        b->factors[v] = calloc(cells, sizeof(Log));
        for (size_t c = 0; b->evidence && b->evidence[v] != NET_NONE && c < cells; c++)
            if (c % net->cards[v] != b->evidence[v]) b->factors[v][c] = LOG_ZERO;
    }
    for (uint32_t i = 0; i < net->nfactors; i++) {
        const NetFactor *g = &net->factors[i];
        uint32_t last = 0;
        if (g->nvars == 0) *constant += logl((Log)g->values[0]);
        for (uint32_t k = 0; k < g->nvars; k++) last = g->vars[k] > last ? g->vars[k] : last;
        size_t cells = g->nvars ? band_cells(b, (int64_t)last - b->width, last) : 0;
        for (size_t c = 0; c < cells; c++) {
            band_levels(b, last, c, levels);
            b->factors[last][c] += band_weight(b, g, last, levels);
        }
    }
}

// forward[v]: the weight of the window that ends with v, over all that lies before it.
static inline void band_forward(Band *b) {
    for (uint32_t v = 0; v < b->net->nvars; v++) {
        size_t cells = band_cells(b, (int64_t)v - b->width, v), card = band_card(b, v);
        size_t kept = cells / card; // of the window before, all but its first variable
        size_t dropped = v ? band_cells(b, (int64_t)v - 1 - b->width, v - 1) / kept : 1;
        Log *to = b->forward[v] = calloc(cells, sizeof(Log));
        for (size_t c = 0; c < kept; c++) {
            Log before = v ? LOG_ZERO : 0;
            for (size_t d = 0; v && d < dropped; d++)
                before = log_add(before, b->forward[v - 1][d * kept + c], b->max);
            for (size_t k = 0; k < card; k++)
                to[c * card + k] = before + b->factors[v][c * card + k];
        }
    }
}

// Goes back: `after` is the weight of what follows, over the window that ends with v but for
// its first variable.
static inline void band_back(const Band *b, Oracle *o) {
    uint32_t n = b->net->nvars;
    Log *after = n ? calloc(band_cells(b, (int64_t)n - b->width, n - 1), sizeof(Log)) : NULL;
    for (uint32_t v = n; v-- > 0;) {
        size_t cells = band_cells(b, (int64_t)v - b->width, v), card = band_card(b, v);
        size_t shared = band_cells(b, (int64_t)v + 1 - b->width, v), kept = cells / card;
        Log *law = o->law + o->first[v];
        for (size_t k = 0; k < card; k++) law[k] = LOG_ZERO;
        for (size_t c = 0; c < cells; c++)
            law[c % card] = log_add(law[c % card], b->forward[v][c] + after[c % shared], false);
        Log *next = calloc(kept, sizeof(Log));
        for (size_t c = 0; c < kept; c++) {
            next[c] = LOG_ZERO;
            for (size_t at = c * card; at < (c + 1) * card; at++)
                next[c] = log_add(next[c], b->factors[v][at] + after[at % shared], false);
        }
        free(after);
        after = next;
    }
    free(after);
}

// From the last window back to the first.
static inline void band_draw(const Band *b, Oracle *o) {
    Log *logs = NULL;
    size_t cell = 0; // of the window before, all but its first variable
    for (uint32_t v = b->net->nvars; v-- > 0;) {
        size_t kept = band_cells(b, (int64_t)v + 1 - b->width, v), card = band_card(b, v);
        size_t size = band_cells(b, (int64_t)v - b->width, v), n = size / kept;
        bool last = v + 1 == b->net->nvars;
        if (last) n = size;
        logs = realloc(logs, n * sizeof(Log));
        for (size_t d = 0; d < n; d++) logs[d] = b->forward[v][last ? d : d * kept + cell];
        size_t drawn = oracle_draw(o, logs, n);
        size_t at = last ? drawn : drawn * kept + cell;
        o->some[v] = (uint32_t)(at % card);
        cell = at / card;
    }
    free(logs);
}

// The same of a band.
static inline void oracle_band(const Net *net, NetEvidence evidence, uint32_t width, bool max,
                               Rng *rng, Oracle *o) {
    oracle_new(o, net, rng);
    uint32_t n = net->nvars;
    Band b = {net, evidence, width, calloc(n + 1, sizeof(Log *)), calloc(n + 1, sizeof(Log *)),
              max};
    Log constant = 0;
    band_factors(&b, &constant);
    band_forward(&b);
    Log total = n ? LOG_ZERO : 0;
    for (size_t c = 0; n && c < band_cells(&b, (int64_t)n - 1 - width, n - 1); c++)
        total = log_add(total, b.forward[n - 1][c], max);
    o->total = total + constant;
    if (!max) band_back(&b, o);
    if (rng) band_draw(&b, o);
    for (uint32_t v = 0; v < n; v++) {
        free(b.factors[v]);
        free(b.forward[v]);
    }
    free(b.factors);
    free(b.forward);
}

#endif
