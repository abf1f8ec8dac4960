// Model done: surgery that was done before.
#include "runtime/model/model_done.h"

#include "runtime/base/mem.h"

// At most so many models are kept, and so many variables in them.
enum { MODELS = 64, VARIABLES = 1 << 14 };

// One operation; the latest comes first.
typedef struct ModelDone {
    struct ModelDone *next;
    Model *made;
    uint32_t n;
    Assign items[]; // whose values are kept
} ModelDone;

static bool same_constant(const Term *a, const Term *b) {
    if (a->op != b->op || a->origin != b->origin) return false;
    if (a->op == TERM_LEVEL) return a->sym == b->sym;
    return a->number == b->number && a->is_bool == b->is_bool;
}

// Places count: messages about the model point at them.
static bool same_item(const Assign *a, const Assign *b) {
    return b->kind == ASSIGN_VALUE && a->target == b->target && a->source == b->source &&
           a->origin == b->origin && same_constant(a->value, b->value);
}

static bool same(const ModelDone *d, const Assign *items, uint32_t n) {
    if (d->n != n) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!same_item(&d->items[i], &items[i])) return false;
    return true;
}

static bool constants(const Assign *items, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (items[i].kind != ASSIGN_VALUE ||
            (items[i].value->op != TERM_LEVEL && items[i].value->op != TERM_NUMBER))
            return false;
    return true;
}

static void done_free(ModelDone *d) {
    for (uint32_t i = 0; i < d->n; i++) term_drop(d->items[i].value);
    model_drop(d->made);
    mem_free(d);
}

void model_done_free(Model *m) {
    for (ModelDone *d = m->done, *next; d; d = next) {
        next = d->next;
        done_free(d);
    }
    m->done = NULL;
}

Model *model_done_find(const Model *m, const Assign *items, uint32_t n) {
    Model *keeper = (Model *)m;
    for (ModelDone **at = &keeper->done; *at; at = &(*at)->next) {
        ModelDone *d = *at;
        if (!same(d, items, n)) continue;
        *at = d->next;
        d->next = keeper->done;
        keeper->done = d;
        return model_keep(d->made);
    }
    return NULL;
}

// Lets go of the oldest.
static void trim(Model *m) {
    size_t models = 0, variables = 0;
    ModelDone **at = &m->done;
    while (*at && ++models <= MODELS && (variables += (*at)->made->nvars) <= VARIABLES)
        at = &(*at)->next;
    ModelDone *rest = *at;
    *at = NULL;
    while (rest) {
        ModelDone *next = rest->next;
        done_free(rest);
        rest = next;
    }
}

void model_done_keep(const Model *m, const Assign *items, uint32_t n, const Model *made) {
    Model *keeper = (Model *)m;
    if (!constants(items, n)) return;
    ModelDone *d = mem_new(1, sizeof *d + n * sizeof *items);
    if (!d) return;
    *d = (ModelDone){.next = keeper->done, .made = model_keep(made), .n = n};
    for (uint32_t i = 0; i < n; i++) {
        d->items[i] = items[i];
        d->items[i].value = term_keep(items[i].value);
    }
    keeper->done = d;
    trim(keeper);
}
