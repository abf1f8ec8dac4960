// argmax P: the most probable assignment of some variables.
#include <math.h>

#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"

static Status add_axis(Answer *out, const ModelVar *v) {
    AnswerAxis *axis = &out->axes[out->naxes++];
    *axis = (AnswerAxis){.name = v->name, .domain = domain_keep(v->domain),
                         .count = v->domain->count};
    return OK;
}

static Status shape(AskScene *s, Answer *out) {
    out->kind = ANSWER_ASSIGNMENT;
    out->axes = MEM_NEW(AnswerAxis, s->free.count);
    out->levels = MEM_NEW(uint32_t, s->free.count);
    if (!out->axes || !out->levels) return NOMEM;
    for (size_t i = 0; i < s->free.count; i++)
        TRY(add_axis(out, s->model->vars[s->free.items[i]]));
    return OK;
}

// Variables that the evidence fixes are answered by it; the engine gets the others.
static Status maximise(AskScene *s, const AskNet *net, uint32_t *levels, double *log_value) {
    size_t n = s->free.count;
    uint32_t *open = ARENA_ARRAY(&s->arena, uint32_t, n);
    uint32_t *at = ARENA_ARRAY(&s->arena, uint32_t, n), nopen = 0;
    uint32_t *found = ARENA_ARRAY(&s->arena, uint32_t, n);
    if (!open || !at || !found) return NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = s->number[s->free.items[i]];
        levels[i] = net->evidence[number];
        if (levels[i] != NET_NONE) continue;
        at[nopen] = i;
        open[nopen++] = number;
    }
    TRY(derivation_add(s->call->d, "method", "exact, by maximising over %u variables", nopen));
    TRY(net_argmax(&net->net, net->evidence, open, nopen, s->call->ctl, s->call->d, found,
                   log_value, s->call->faults));
    s->call->d = NULL;
    for (uint32_t i = 0; i < nopen; i++) levels[at[i]] = found[i];
    return OK;
}

static Status solve(AskScene *s, Answer *out) {
    AskNet net;
    double best = -INFINITY, log_z;
    TRY(ask_net_build(s, &s->events, s->free.items, (uint32_t)s->free.count, false, &net));
    Status st = net.zero ? OK : maximise(s, &net, out->levels, &best);
    ask_net_free(&net);
    if (st == OK) st = ask_net_log_weight(s, &log_z);
    if (st != OK) return st;
    s->impossible = isinf(log_z) || isinf(best);
    out->log_value = fmin(best - log_z, 0);
    return OK;
}

Status ask_argmax(AskScene *s, Answer *out) {
    TRY(shape(s, out));
    return solve(s, out);
}
