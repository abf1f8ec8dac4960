// Impossible evidence: which part of the conditions cannot happen.
#include <math.h>

#include "runtime/infer/ask_draws.h"
#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"

static void switch_range(AskScene *s, size_t from, size_t to, bool off) {
    for (size_t i = from; i < to; i++) s->conds.items[i].off = off;
}

// A deletion filter: whatever can be left out while the rest stays impossible is left out, and
// what remains is impossible and has no smaller impossible part. Whole ranges are tried first,
// so that k conditions are found among n with some k log n questions.
static Status filter(AskScene *s, size_t from, size_t to) {
    double log_z;
    if (from == to) return OK;
    switch_range(s, from, to, true);
    TRY(ask_net_log_weight(s, &log_z));
    if (log_z == -INFINITY) return OK;
    switch_range(s, from, to, false);
    if (to - from == 1) return OK;
    size_t mid = from + (to - from) / 2;
    TRY(filter(s, from, mid));
    return filter(s, mid, to);
}

static size_t first_on(const AskScene *s, size_t from) {
    while (from < s->conds.count && s->conds.items[from].off) from++;
    return from;
}

static void add_condition(const AskScene *s, const AskFactor *f, Str *out) {
    if (f->term) {
        term_add(f->term, out);
        return;
    }
    const ModelVar *v = s->model->vars[f->vars[0]];
    uint32_t level = ask_factor_point(s, f);
    if (level == NET_NONE) {
        str_printf(out, "what is stated of %s", v->name->text);
        return;
    }
    str_printf(out, "%s = ", v->name->text);
    domain_add_level(v->domain, level, out);
}

static size_t count_on(const AskScene *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->conds.count; i++) n += !s->conds.items[i].off;
    return n;
}

static void describe(const AskScene *s, size_t n, Str *out) {
    size_t told = 0;
    for (size_t i = first_on(s, 0); i < s->conds.count; i = first_on(s, i + 1), told++) {
        if (told)
            str_add(out, n == 2          ? " cannot happen together with "
                         : told + 1 == n ? " and "
                                         : ", ");
        add_condition(s, &s->conds.items[i], out);
    }
    if (n == 1) str_add(out, " cannot happen");
    if (n > 2) str_add(out, " cannot happen together");
}

static Status report(AskScene *s) {
    size_t n = count_on(s), first = first_on(s, 0);
    Faults *faults = s->call->faults;
    if (n == 0)
        return fault_add(faults, FAULT_ASK_IMPOSSIBLE, s->q->origin,
                         "the factors of the model give every combination of values weight 0");
    Str text = {0};
    describe(s, n, &text);
    Status st = text.failed ? NOMEM
                            : fault_add(faults, FAULT_ASK_IMPOSSIBLE,
                                        s->conds.items[first].origin, "%s", str_text(&text));
    str_free(&text);
    if (st == FAULT && n > 1) fault_also(faults, s->conds.items[first_on(s, first + 1)].origin);
    if (st == FAULT && n == 1)
        st = fault_hint(faults, "its probability is 0 under the model; check the level");
    return st;
}

Status ask_impossible(AskScene *s) {
    if (s->refused) return ask_soft_refused(s);
    if (s->call->draws) s->call->draws->quick = true;
    TRY(filter(s, 0, s->conds.count));
    return report(s);
}
