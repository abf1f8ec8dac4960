// argmax P: the most probable assignment of some variables.
#include <math.h>

#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"

static Status shape(AskScene *s, Answer *out) {
    out->kind = ANSWER_ASSIGNMENT;
    out->axes = MEM_NEW(AnswerAxis, s->free.count);
    out->levels = MEM_NEW(uint32_t, s->free.count);
    if (!out->axes || !out->levels) return NOMEM;
    for (size_t i = 0; i < s->free.count; i++) {
        const ModelVar *v = s->model->vars[s->free.items[i]];
        out->axes[out->naxes++] = (AnswerAxis){
            .name = v->name, .count = v->domain->count, .domain = domain_keep(v->domain)};
    }
    return OK;
}

// The conditions are possible, what is asked along with the variables is not.
static Status report_events(const AskScene *s) {
    return fault_add(s->call->faults, FAULT_ASK_IMPOSSIBLE, s->q->origin,
                     "no assignment has a probability above 0: an event among the arguments "
                     "cannot happen");
}

// Reads the largest cell of a table over the variables.
static void read_largest(const AskScene *s, const NetTable *table, uint32_t *levels,
                         double *log_value) {
    size_t best = 0;
    for (size_t i = 1; i < table->size; i++)
        if (table->values[i] > table->values[best]) best = i;
    *log_value = log(table->values[best]) + table->log_scale;
    for (size_t i = s->free.count; i-- > 0;) {
        uint32_t card = ask_card(s->model, s->free.items[i]);
        levels[i] = (uint32_t)(best % card);
        best /= card;
    }
}

// From the joint of all variables: when an engine was chosen that knows nothing else, and when
// the evidence leaves nothing to choose.
static Status by_joint(AskScene *s, uint32_t *levels, double *log_value) {
    NetTable table;
    TRY(ask_net_joint(s, &s->events, s->free.items, (uint32_t)s->free.count, &table));
    read_largest(s, &table, levels, log_value);
    net_table_free(&table);
    return OK;
}

// Variables that the evidence fixes are answered by it; the engine gets the others.
static Status maximise(AskScene *s, const AskNet *net, const uint32_t *open, uint32_t nopen,
                       uint32_t *levels, double *log_value) {
    uint32_t *found = ARENA_ARRAY(&s->arena, uint32_t, nopen);
    if (!found) return NOMEM;
    TRY(derivation_add(s->call->d, "method", "exact, by maximising over %u variables", nopen));
    TRY(net_argmax(&net->net, net->evidence, open, nopen, s->call->ctl, s->call->d, found,
                   log_value, s->call->faults));
    s->call->d = NULL;
    for (size_t i = 0, k = 0; i < s->free.count; i++)
        if (levels[i] == NET_NONE) levels[i] = found[k++];
    return OK;
}

static Status by_engine(AskScene *s, uint32_t *levels, double *log_value) {
    AskNet net;
    uint32_t *open = ARENA_ARRAY(&s->arena, uint32_t, s->free.count), nopen = 0;
    if (!open) return NOMEM;
    TRY(ask_net_build(s, &s->events, s->free.items, (uint32_t)s->free.count, false, &net));
    for (size_t i = 0; i < s->free.count; i++) {
        uint32_t number = s->number[s->free.items[i]];
        levels[i] = net.evidence[number];
        if (levels[i] == NET_NONE) open[nopen++] = number;
    }
    Status st = OK;
    if (!net.zero && nopen) st = maximise(s, &net, open, nopen, levels, log_value);
    ask_net_free(&net);
    return st == OK && !nopen ? by_joint(s, levels, log_value) : st;
}

static Status solve(AskScene *s, Answer *out) {
    double best = -INFINITY, log_z;
    const Engine *engine = s->call->engine;
    if (engine && engine != &engine_eliminate)
        TRY(by_joint(s, out->levels, &best));
    else
        TRY(by_engine(s, out->levels, &best));
    TRY(ask_net_log_weight(s, &log_z));
    s->impossible = isinf(log_z);
    if (!s->impossible && isinf(best)) return report_events(s);
    out->log_value = fmin(best - log_z, 0);
    return OK;
}

Status ask_argmax(AskScene *s, Answer *out) {
    TRY(shape(s, out));
    return solve(s, out);
}
