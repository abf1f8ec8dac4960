// Lua weight: how much memory the values take that Lua holds.
#include "interp/lua_inner.h"

// Parts are repeated as often as they stand in the whole: printing and asking go through them
// all.
typedef struct Scale {
    VEC(const Term *) terms;
    VEC(Value) values;
    size_t weight;
} Scale;

static bool weigh_term(Scale *s, const Term *t) {
    bool ok = true;
    s->weight += sizeof *t + t->n * sizeof *t->kid;
    for (uint32_t i = 0; ok && i < t->n; i++) ok = VEC_PUSH(&s->terms, t->kid[i]);
    return ok;
}

static bool weigh_items(Scale *s, Value v) {
    const ListObject *list = value_items(v);
    bool ok = true;
    s->weight += sizeof *list + list->count * sizeof(Value);
    for (size_t i = 0; ok && i < list->count; i++) {
        ValueTag tag = list->items[i].tag;
        if (tag != VALUE_NUMBER && tag != VALUE_STRING && tag != VALUE_LEVEL)
            ok = VEC_PUSH(&s->values, list->items[i]);
    }
    return ok;
}

static size_t answer_weight(const Answer *a) {
    size_t errors = a->influence ? (a->ncells + 1) * REAL_BATCHES : 0;
    return (a->ncells + errors) * sizeof(double);
}

static bool weigh(Scale *s, Value v) {
    if (v.tag == VALUE_TERM) return VEC_PUSH(&s->terms, v.term);
    if (v.tag == VALUE_LIST || v.tag == VALUE_SET || v.tag == VALUE_MAP)
        return weigh_items(s, v);
    if (v.tag == VALUE_DATA) s->weight += v.data->nrows * v.data->ncolumns * sizeof(double);
    if (v.tag == VALUE_ANSWER || v.tag == VALUE_ESTIMATE)
        s->weight += answer_weight(value_answer_of(v));
    return true;
}

size_t lua_weight_of(Value v, size_t most) {
    Scale s = {0};
    bool ok = weigh(&s, v);
    while (ok && s.weight <= most && (s.values.count || s.terms.count))
        ok = s.terms.count ? weigh_term(&s, s.terms.items[--s.terms.count])
                           : weigh(&s, s.values.items[--s.values.count]);
    VEC_FREE(&s.terms);
    VEC_FREE(&s.values);
    return s.weight;
}
