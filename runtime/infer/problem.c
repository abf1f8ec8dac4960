// Problem: a question cut down to what has to be computed.
#include "runtime/infer/problem.h"

#include <math.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/base/mem.h"
#include "runtime/infer/prune.h"

enum { NAMED = 20 }; // variables named before "and N more"

// The level at which a variable is fixed, or NET_NONE when it is open.
static uint32_t fixed_level(const Net *net, NetEvidence evidence, uint32_t v) {
    if (evidence && evidence[v] != NET_NONE) return evidence[v];
    return net->cards[v] == 1 ? 0 : NET_NONE;
}

void problem_name(const Net *net, uint32_t v, Str *out) {
    if (net->names)
        str_add(out, net->names[v]);
    else
        str_printf(out, "#%u", (unsigned)v);
}

// --- building ---

// The entry of a factor whose variables are all fixed.
static double constant_entry(const Net *net, NetEvidence evidence, const NetFactor *f) {
    size_t at = 0;
    for (uint32_t i = 0; i < f->nvars; i++)
        at = at * net->cards[f->vars[i]] + fixed_level(net, evidence, f->vars[i]);
    return f->values[at];
}

static void multiply_constant(Problem *p, double value) {
    int first, second;
    double mantissa = frexp(value, &first);
    p->constant = frexp(p->constant * mantissa, &second);
    p->exponent += first + second;
}

static Status add_factor(Problem *p, uint32_t source) {
    const NetFactor *f = &p->net->factors[source];
    ProblemFactor *to = &p->factors[p->nfactors];
    *to = (ProblemFactor){.source = source, .child = NET_NONE};
    if (f->nvars > p->longest) p->longest = f->nvars;
    for (uint32_t i = 0; i < f->nvars; i++)
        if (p->local[f->vars[i]] != NET_NONE) to->nvars++;
    if (to->nvars == 0) {
        p->constants[p->nconstants++] = source;
        return OK;
    }
    to->vars = ARENA_ARRAY(&p->arena, uint32_t, to->nvars);
    if (!to->vars) return NOMEM;
    for (uint32_t i = 0, n = 0; i < f->nvars; i++)
        if (p->local[f->vars[i]] != NET_NONE) to->vars[n++] = p->local[f->vars[i]];
    p->nfactors++;
    return OK;
}

// Which factors sum to 1 over their open children.
static void find_children(Problem *p) {
    for (uint32_t i = 0; i < p->nfactors; i++) {
        uint32_t child = p->net->factors[p->factors[i].source].child;
        if (child != NET_NONE) p->factors[i].child = p->local[child];
    }
}

static Status number_variables(Problem *p) {
    const Net *net = p->net;
    const bool *barren = p->barren;
    p->global = ARENA_ARRAY(&p->arena, uint32_t, net->nvars);
    p->local = ARENA_ARRAY(&p->arena, uint32_t, net->nvars);
    p->cards = ARENA_ARRAY(&p->arena, uint32_t, net->nvars);
    p->place = ARENA_ARRAY(&p->arena, uint32_t, net->nvars);
    p->factors = ARENA_ARRAY(&p->arena, ProblemFactor, (size_t)net->nfactors + 1);
    p->constants = ARENA_ARRAY(&p->arena, uint32_t, net->nfactors);
    if (!p->global || !p->local || !p->cards || !p->place || !p->factors || !p->constants)
        return NOMEM;
    for (uint32_t v = 0; v < net->nvars; v++) {
        bool open = fixed_level(net, p->evidence, v) == NET_NONE && !(barren && barren[v]);
        p->local[v] = open ? p->nvars : NET_NONE;
        if (!open) continue;
        p->global[p->nvars] = v;
        p->cards[p->nvars++] = net->cards[v];
    }
    return OK;
}

static Status find_barren(Problem *p, const uint8_t *stage, bool *dropped) {
    const Net *net = p->net;
    bool *needed = ARENA_ARRAY(&p->arena, bool, net->nvars);
    if (!needed) return NOMEM;
    for (uint32_t v = 0; v < net->nvars; v++)
        needed[v] = stage[v] != 0 || (p->evidence && p->evidence[v] != NET_NONE);
    return prune_barren(net, needed, p->barren, dropped);
}

Status problem_new(const Net *net, NetEvidence evidence, const uint8_t *stage, Problem *out) {
    *out = (Problem){.net = net, .evidence = evidence, .constant = 1};
    bool *dropped = NULL;
    if (stage) {
        out->barren = ARENA_ARRAY(&out->arena, bool, net->nvars);
        dropped = ARENA_ARRAY(&out->arena, bool, net->nfactors);
        if (!out->barren || !dropped) return NOMEM;
        TRY(find_barren(out, stage, dropped));
    }
    TRY(number_variables(out));
    for (uint32_t f = 0; f < net->nfactors; f++)
        if (!dropped || !dropped[f]) TRY(add_factor(out, f));
    if (!stage) find_children(out);
    return OK;
}

Status problem_bind(const Problem *p, const Net *net, NetEvidence evidence, Problem *out) {
    *out = *p;
    out->arena = (Arena){0};
    out->net = net;
    out->evidence = evidence;
    for (uint32_t i = 0; i < p->nconstants; i++)
        multiply_constant(out, constant_entry(net, evidence, &net->factors[p->constants[i]]));
    out->strides = ARENA_ARRAY(&out->arena, size_t, 2 * (size_t)p->longest);
    return out->strides ? OK : NOMEM;
}

void problem_free(Problem *p) {
    arena_free(&p->arena);
    *p = (Problem){0};
}

// --- ordering ---

// Adds u to the neighbours of v unless seen.
static void add_neighbour(uint32_t u, uint32_t v, uint32_t *seen, uint32_t *adj,
                          size_t *count) {
    if (u == v || seen[u] == v + 1) return;
    seen[u] = v + 1;
    adj[(*count)++] = u;
}

// Neighbours are variables that share a factor. `of` lists the factors of each variable.
static Status neighbours(Problem *p, TriangulateGraph *g, size_t *start) {
    size_t most = 0, total = 0;
    size_t *from = ARENA_ARRAY(&p->arena, size_t, (size_t)p->nvars + 2);
    uint32_t *seen = ARENA_ARRAY(&p->arena, uint32_t, p->nvars);
    if (!from || !seen) return NOMEM;
    for (uint32_t f = 0; f < p->nfactors; f++) {
        total += p->factors[f].nvars;
        most += (size_t)p->factors[f].nvars * (p->factors[f].nvars - 1);
        for (uint32_t i = 0; i < p->factors[f].nvars; i++) from[p->factors[f].vars[i] + 2]++;
    }
    uint32_t *of = ARENA_ARRAY(&p->arena, uint32_t, total);
    uint32_t *adj = ARENA_ARRAY(&p->arena, uint32_t, most);
    if (!of || !adj) return NOMEM;
    for (uint32_t v = 1; v < p->nvars; v++) from[v + 1] += from[v];
    for (uint32_t f = 0; f < p->nfactors; f++)
        for (uint32_t i = 0; i < p->factors[f].nvars; i++)
            of[from[p->factors[f].vars[i] + 1]++] = f;
    size_t count = 0;
    for (uint32_t v = 0; v < p->nvars; v++) {
        start[v] = count;
        for (size_t k = from[v]; k < from[v + 1]; k++) {
            const ProblemFactor *f = &p->factors[of[k]];
            for (uint32_t i = 0; i < f->nvars; i++)
                add_neighbour(f->vars[i], v, seen, adj, &count);
        }
    }
    start[p->nvars] = count;
    g->adj = adj;
    return OK;
}

Status problem_triangulate(Problem *p, const uint8_t *stage, double effort, const Ctl *ctl,
                           Triangulation *out) {
    size_t *start = ARENA_ARRAY(&p->arena, size_t, (size_t)p->nvars + 1);
    uint8_t *stages = stage ? ARENA_ARRAY(&p->arena, uint8_t, p->nvars) : NULL;
    if (!start || (stage && !stages)) return NOMEM;
    for (uint32_t v = 0; stage && v < p->nvars; v++) stages[v] = stage[p->global[v]];
    TriangulateGraph g = {
        .n = p->nvars, .start = start, .cards = p->cards, .stage = stages, .ctl = ctl};
    TRY(neighbours(p, &g, start));
    TRY(triangulate(&g, effort, out));
    for (uint32_t v = 0; v < p->nvars; v++) p->place[v] = NET_NONE;
    for (uint32_t i = 0; i < out->count; i++) p->place[out->order[i]] = i;
    uint32_t next = out->count;
    for (uint32_t v = 0; v < p->nvars; v++)
        if (p->place[v] == NET_NONE) p->place[v] = next++;
    return OK;
}

void problem_sort(const Problem *p, uint32_t *vars, uint32_t n) {
    const uint32_t *place = p->place;
    for (uint32_t i = 1; i < n; i++) {
        uint32_t v = vars[i], k = i;
        for (; k > 0 && place[vars[k - 1]] > place[v]; k--) vars[k] = vars[k - 1];
        vars[k] = v;
    }
}

void problem_order(Problem *p) {
    for (uint32_t f = 0; f < p->nfactors; f++)
        problem_sort(p, p->factors[f].vars, p->factors[f].nvars);
}

// --- tables ---

// Where the slice starts in the source, and the source's stride of each open variable, in the
// order of to->vars.
static size_t slice(const Problem *p, const ProblemFactor *f, size_t *strides) {
    const NetFactor *source = &p->net->factors[f->source];
    size_t stride = 1, base = 0;
    for (uint32_t i = source->nvars; i-- > 0;) {
        uint32_t v = source->vars[i];
        if (p->local[v] == NET_NONE) base += stride * fixed_level(p->net, p->evidence, v);
        for (uint32_t k = 0; k < f->nvars; k++)
            if (f->vars[k] == p->local[v]) strides[k] = stride;
        stride *= p->net->cards[v];
    }
    return base;
}

// Copies the slice in the order of its own variables.
static void copy_slice(const Problem *p, const ProblemFactor *f, const double *from,
                       const size_t *strides, size_t *at, double *to) {
    uint32_t last = f->nvars - 1;
    size_t card = p->cards[f->vars[last]], stride = strides[last], offset = 0;
    for (;;) {
        for (size_t i = 0; i < card; i++) *to++ = from[offset + i * stride];
        uint32_t d = last;
        while (d-- > 0) {
            offset += strides[d];
            if (++at[d] < p->cards[f->vars[d]]) break;
            offset -= strides[d] * at[d];
            at[d] = 0;
        }
        if (d == UINT32_MAX) return;
    }
}

void problem_fill(const Problem *p, uint32_t i, Factor *to) {
    const ProblemFactor *f = &p->factors[i];
    size_t *strides = p->strides, *at = strides + f->nvars;
    memset(at, 0, f->nvars * sizeof *at);
    size_t base = slice(p, f, strides);
    copy_slice(p, f, p->net->factors[f->source].values + base, strides, at, to->values);
    if (to->exps) memset(to->exps, 0, to->size * sizeof *to->exps);
    to->exponent = 0;
    factor_normalise(to);
}

Status problem_table(const Problem *p, uint32_t i, bool wide, Factor *out) {
    *out = (Factor){.nvars = p->factors[i].nvars, .vars = p->factors[i].vars};
    TRY(factor_allocate(out, p->cards, wide));
    problem_fill(p, i, out);
    return OK;
}

// --- words ---

Status problem_explain_barren(const Problem *p, Derivation *d) {
    if (!p->barren) return OK;
    return prune_explain(p->net, p->barren,
                         "barren, neither asked about nor causes of anything asked "
                         "about or observed",
                         d);
}

Status problem_explain_evidence(const Net *net, NetEvidence evidence, Derivation *d) {
    uint32_t count = 0;
    Str s = {0};
    if (!d || !evidence) return OK;
    for (uint32_t v = 0; v < net->nvars; v++) {
        if (evidence[v] == NET_NONE || count++ >= NAMED) continue;
        if (count > 1) str_add(&s, ", ");
        problem_name(net, v, &s);
    }
    if (count > NAMED) str_printf(&s, " and %u more", (unsigned)(count - NAMED));
    Status status = s.failed ? NOMEM : OK;
    if (status == OK && count)
        status = derivation_add(d, "evidence",
                                "%s: each table keeps only the rows of the observed level%s",
                                str_text(&s), count > 1 ? "s" : "");
    str_free(&s);
    return status;
}

Status problem_explain_order(const Problem *p, const Triangulation *t, Derivation *d) {
    Str s = {0};
    if (!d) return OK;
    for (uint32_t i = 0; i < t->count && i < NAMED; i++) {
        if (i) str_add(&s, ", ");
        problem_name(p->net, p->global[t->order[i]], &s);
    }
    if (t->count > NAMED) str_printf(&s, " and %u more", (unsigned)(t->count - NAMED));
    if (t->count == 0) str_add(&s, "nothing to eliminate");
    Status status =
        s.failed ? NOMEM : derivation_add(d, "elimination order", "%s", str_text(&s));
    str_clear(&s);
    num_add_digits(&s, t->cells, 6);
    str_add(&s, " cells, the largest table ");
    num_add_digits(&s, t->largest, 6);
    if (status == OK && t->count)
        status = s.failed ? NOMEM : derivation_result(d, "%s", str_text(&s));
    str_free(&s);
    return status;
}
