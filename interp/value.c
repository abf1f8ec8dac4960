// Value: making, keeping, dropping, looking at and comparing values.
#include "interp/value.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "interp/chunk.h"
#include "interp/diag.h"
#include "interp/ladder_value.h"
#include "interp/value_index.h"
#include "runtime/base/ctl.h"
#include "runtime/base/mem.h"
#include "runtime/base/num.h"

enum { FEW = 16 }; // items that are compared one by one

// --- references -----------------------------------------------------------------------------

static bool is_list(ValueTag tag) {
    return tag == VALUE_LIST || tag == VALUE_SET || tag == VALUE_SETS || tag == VALUE_MAP || tag == VALUE_ARROW ||
           tag == VALUE_QUERY;
}

static bool has_object(ValueTag tag) {
    return is_list(tag) || tag == VALUE_RANGE || tag == VALUE_ANSWER || tag == VALUE_FUNCTION ||
           tag == VALUE_DO || tag == VALUE_ESTIMAND || tag == VALUE_ESTIMATE ||
           tag == VALUE_UNDETERMINED || tag == VALUE_BOUNDS || tag == VALUE_LADDER;
}

Value value_keep(Value v) {
    if (v.tag == VALUE_TERM) term_keep(v.term);
    else if (v.tag == VALUE_MODEL) model_keep(v.model);
    else if (v.tag == VALUE_DATA) frame_keep(v.data);
    else if (has_object(v.tag)) v.object->refs++;
    return v;
}

static void free_texts(EstimandObject *e) {
    mem_free(e->text);
    mem_free(e->latex);
    mem_free(e->source);
    mem_free(e->witness);
    mem_free(e->remedies);
}

static void free_object(ValueTag tag, Object *object) {
    if (is_list(tag)) {
        ListObject *list = (ListObject *)object;
        for (size_t i = 0; i < list->count; i++) value_drop(list->items[i]);
    } else if (tag == VALUE_ANSWER || tag == VALUE_ESTIMATE) {
        answer_free(&((AnswerObject *)object)->answer);
    } else if (tag == VALUE_ESTIMAND) {
        free_texts((EstimandObject *)object);
    } else if (tag == VALUE_BOUNDS) {
        BoundsObject *b = (BoundsObject *)object;
        model_drop(b->model);
        value_drop(b->source);
        term_drop(b->objective);
    } else if (tag == VALUE_LADDER) {
        ladder_value_clear((LadderObject *)object);
    } else if (tag == VALUE_UNDETERMINED) {
        mem_free(((TextObject *)object)->text);
    } else if (tag == VALUE_DO) {
        world_drop(((DoObject *)object)->world);
    } else if (tag == VALUE_FUNCTION) {
        chunk_drop(((FunctionObject *)object)->chunk);
    }
    mem_free(object);
}

void value_drop(Value v) {
    if (v.tag == VALUE_TERM) term_drop(v.term);
    else if (v.tag == VALUE_MODEL) model_drop(v.model);
    else if (v.tag == VALUE_DATA) frame_drop(v.data);
    else if (has_object(v.tag) && --v.object->refs == 0) free_object(v.tag, v.object);
}

// --- making values --------------------------------------------------------------------------

static void *new_object(ValueTag tag, size_t size) {
    Object *object = mem_new(1, size);
    if (!object) return NULL;
    object->refs = 1;
    object->tag = tag;
    return object;
}

static Value of_object(ValueTag tag, void *object) {
    return (Value){.tag = tag, .object = object};
}

bool value_term(Term *taken, Value *out) {
    if (!taken) return false;
    if (taken->op == TERM_NUMBER) {
        *out = taken->is_bool ? value_bool(taken->number != 0) : value_number(taken->number);
        term_drop(taken);
    } else if (taken->op == TERM_LEVEL) {
        *out = value_level(taken->sym);
        term_drop(taken);
    } else {
        *out = (Value){.tag = VALUE_TERM, .term = taken};
    }
    return true;
}

bool value_model(Model *taken, Value *out) {
    if (!taken) return false;
    *out = (Value){.tag = VALUE_MODEL, .model = taken};
    return true;
}

bool value_data(DataFrame *taken, Value *out) {
    if (!taken) return false;
    *out = (Value){.tag = VALUE_DATA, .data = taken};
    return true;
}

static bool holds(const ListObject *list, Value v) {
    for (size_t i = 0; i < list->count; i++)
        if (value_equal(list->items[i], v)) return true;
    return false;
}

// Fills a set; of equal items the first is kept.
static bool fill_set(ListObject *set, const Value *items, size_t n, const struct Ctl *ctl) {
    ValueIndex index = {0};
    bool many = n > FEW, ok = !many || value_index_new(n, &index);
    for (size_t i = 0; ok && i < n; i++) {
        ok = !ctl_cancelled(ctl);
        bool there = many ? value_index_holds(&index, set->items, items[i]) : holds(set, items[i]);
        if (there) continue;
        set->items[set->count] = value_keep(items[i]);
        if (many) value_index_add(&index, set->items, set->count);
        set->count++;
    }
    value_index_free(&index);
    return ok;
}

bool value_set(const Value *items, size_t n, const struct Ctl *ctl, Value *out) {
    if (n > (SIZE_MAX - sizeof(ListObject)) / sizeof(Value)) return false;
    ListObject *list = new_object(VALUE_SET, sizeof *list + n * sizeof(Value));
    if (!list) return false;
    Value set = of_object(VALUE_SET, list);
    if (fill_set(list, items, n, ctl)) return *out = set, true;
    value_drop(set);
    return false;
}

bool value_list(ValueTag tag, const Value *items, size_t n, Value *out) {
    if (tag == VALUE_SET) return value_set(items, n, NULL, out);
    if (n > (SIZE_MAX - sizeof(ListObject)) / sizeof(Value)) return false;
    ListObject *list = new_object(tag, sizeof *list + n * sizeof(Value));
    if (!list) return false;
    for (size_t i = 0; i < n; i++) list->items[list->count++] = value_keep(items[i]);
    *out = of_object(tag, list);
    return true;
}

bool value_range(double low, double high, Value *out) {
    RangeObject *range = new_object(VALUE_RANGE, sizeof *range);
    if (!range) return false;
    range->low = low;
    range->high = high;
    *out = of_object(VALUE_RANGE, range);
    return true;
}

bool value_answer(Answer *moved, Value *out) {
    if (moved->kind == ANSWER_LAW) {
        bool made = value_term(term_keep(moved->law), out);
        if (made) answer_free(moved);
        return made;
    }
    if (moved->kind == ANSWER_NUMBER && !moved->sampled) {
        *out = value_number(moved->value);
        answer_free(moved);
        return true;
    }
    ValueTag tag = moved->kind == ANSWER_NUMBER ? VALUE_ESTIMATE : VALUE_ANSWER;
    AnswerObject *answer = new_object(tag, sizeof *answer);
    if (!answer) return false;
    answer->answer = *moved;
    *moved = (Answer){0};
    *out = of_object(tag, answer);
    return true;
}

bool value_bounds(const BoundsObject *from, Value *out) {
    BoundsObject *b = new_object(VALUE_BOUNDS, sizeof *b);
    if (!b) return false;
    Object head = b->head;
    *b = *from;
    b->head = head;
    if (b->model) model_keep(b->model);
    value_keep(b->source);
    if (b->objective) term_keep(b->objective);
    *out = of_object(VALUE_BOUNDS, b);
    return true;
}

bool value_undetermined(char *taken, Value *out) {
    TextObject *object = taken ? new_object(VALUE_UNDETERMINED, sizeof *object) : NULL;
    if (!object) {
        mem_free(taken);
        return false;
    }
    object->text = taken;
    *out = of_object(VALUE_UNDETERMINED, object);
    return true;
}

bool value_do(World *taken, Value *out) {
    DoObject *object = taken ? new_object(VALUE_DO, sizeof *object) : NULL;
    if (!object) {
        world_drop(taken);
        return false;
    }
    object->world = taken;
    *out = of_object(VALUE_DO, object);
    return true;
}

bool value_estimand(EstimandObject *moved, Value *out) {
    bool complete = moved->text && (moved->witness || (moved->latex && moved->source));
    EstimandObject *e = complete ? new_object(VALUE_ESTIMAND, sizeof *e) : NULL;
    if (!e) {
        free_texts(moved);
        return false;
    }
    moved->head = e->head;
    *e = *moved;
    *out = of_object(VALUE_ESTIMAND, e);
    return true;
}

bool value_function(Sym name, struct Chunk *chunk, const struct Native *native, Value *out) {
    FunctionObject *f = new_object(VALUE_FUNCTION, sizeof *f);
    if (!f) return false;
    f->name = name;
    f->chunk = chunk ? chunk_keep(chunk) : NULL;
    f->native = native;
    *out = of_object(VALUE_FUNCTION, f);
    return true;
}

// --- looking at values ----------------------------------------------------------------------

const char *value_kind(Value v) {
    switch (v.tag) {
    case VALUE_NOTHING: return "nothing";
    case VALUE_NUMBER: return "a number";
    case VALUE_BOOL: return "a truth value";
    case VALUE_LEVEL: return "a level";
    case VALUE_WILDCARD: return "_";
    case VALUE_STRING: return "a string";
    case VALUE_REGEX: return "a regular expression";
    case VALUE_TERM:
        if (v.term->op == TERM_VAR) return "a variable";
        return term_is_dist(v.term) ? "a distribution" : "a quantity";
    case VALUE_FAMILY: return "a family of variables";
    case VALUE_QUERY: return "?";
    case VALUE_LIST: return "a list";
    case VALUE_SET: return "a set";
    case VALUE_SETS: return "a list of sets";
    case VALUE_MAP: return "a map";
    case VALUE_RANGE: return "a range";
    case VALUE_ARROW: return "an arrow";
    case VALUE_ANSWER: return value_answer_of(v)->kind == ANSWER_TABLE ? "a table" : "an answer";
    case VALUE_ESTIMATE: return "a sampled number";
    case VALUE_BOUNDS: return "bounds";
    case VALUE_UNDETERMINED: return "undetermined";
    case VALUE_ESTIMAND: return value_estimand_of(v)->witness ? "an effect that is not identified"
                                                              : "an estimand";
    case VALUE_LADDER: return "a ladder";
    case VALUE_FUNCTION: return "a function";
    case VALUE_MODEL: return "a model";
    case VALUE_DATA: return "a data set";
    case VALUE_DO: return "an intervention";
    case VALUE_UNKNOWN: return "an answer";
    }
    return "a value";
}

Sym value_variable(Value v) {
    return v.tag == VALUE_TERM && v.term->op == TERM_VAR && !v.term->world ? v.term->sym : NULL;
}

static bool any_mention(void *user, Sym name, const Term *at) {
    (void)name;
    (void)at;
    *(bool *)user = true;
    return false;
}

bool value_symbolic(Value v) {
    if (v.tag == VALUE_UNKNOWN || v.tag == VALUE_FAMILY) return true;
    if (v.tag != VALUE_TERM) return false;
    bool found = false;
    // Without memory for the search it is not said to be a constant.
    return !term_variables(v.term, true, any_mention, &found) || found;
}

bool value_as_number(Value v, double *x) {
    if (v.tag == VALUE_NUMBER) *x = v.number;
    else if (v.tag == VALUE_BOOL) *x = v.truth ? 1 : 0;
    else if (v.tag == VALUE_ESTIMATE) *x = value_answer_of(v)->value;
    else return false;
    return true;
}

bool value_count(Value v, size_t *count) {
    if (is_list(v.tag) && v.tag != VALUE_QUERY) {
        *count = value_items(v)->count / (v.tag == VALUE_MAP ? 2 : 1);
        return true;
    }
    if (v.tag != VALUE_RANGE) return false;
    const RangeObject *r = (const RangeObject *)v.object;
    *count = r->high < r->low ? 0 : (size_t)(r->high - r->low) + 1;
    return true;
}

bool value_many(Value v, size_t *count) {
    if (v.tag != VALUE_DATA) return value_count(v, count);
    *count = v.data->nrows;
    return true;
}

bool value_at(Value v, size_t i, Value *out) {
    if (v.tag == VALUE_DATA) return value_data(frame_row(v.data, i), out);
    if (v.tag == VALUE_RANGE) {
        *out = value_number(((const RangeObject *)v.object)->low + (double)i);
    } else {
        *out = value_keep(value_items(v)->items[v.tag == VALUE_MAP ? 2 * i : i]);
    }
    return true;
}

// --- equality -------------------------------------------------------------------------------

// The number that a value stands for when it is compared: a bool, a number, a level so written.
static bool as_number(Value v, double *x) {
    if (v.tag == VALUE_NUMBER) *x = v.number;
    else if (v.tag == VALUE_BOOL) *x = v.truth ? 1 : 0;
    else return false;
    return true;
}

static const char *as_word(Value v) {
    if (v.tag == VALUE_LEVEL) return v.sym->text;
    return v.tag == VALUE_STRING ? value_text(v) : NULL;
}

static bool word_is_number(const char *word, double x) {
    if (strcmp(word, "true") == 0) return x == 1;
    if (strcmp(word, "false") == 0) return x == 0;
    bool negative = word[0] == '-';
    double y;
    size_t len = strlen(word) - negative;
    if (len == 0 || num_read(word + negative, len, &y) != len) return false;
    return num_same(negative ? -y : y, x);
}

static bool equal_items(Value a, Value b) {
    const ListObject *x = value_items(a), *y = value_items(b);
    if (x->count != y->count) return false;
    for (size_t i = 0; i < x->count; i++)
        if (!value_equal(x->items[i], y->items[i])) return false;
    return true;
}

static bool equal_sets(Value a, Value b) {
    const ListObject *x = value_items(a), *y = value_items(b);
    if (x->count != y->count) return false;
    ValueIndex index = {0};
    bool many = y->count > FEW && value_index_new(y->count, &index), same = true;
    for (size_t i = 0; many && i < y->count; i++) value_index_add(&index, y->items, i);
    for (size_t i = 0; same && i < x->count; i++)
        same = many ? value_index_holds(&index, y->items, x->items[i]) : holds(y, x->items[i]);
    value_index_free(&index);
    return same;
}

// A list and a range are equal when their items are.
static bool equal_sequences(Value a, Value b) {
    size_t n, m;
    if (!value_count(a, &n) || !value_count(b, &m) || n != m) return false;
    bool same = true;
    for (size_t i = 0; i < n && same; i++) {
        Value x, y;
        value_at(a, i, &x);
        value_at(b, i, &y);
        same = value_equal(x, y);
        value_drop(x);
        value_drop(y);
    }
    return same;
}

static bool same_axes(const Answer *a, const Answer *b) {
    if (a->kind != b->kind || a->naxes != b->naxes || a->ncells != b->ncells) return false;
    for (uint32_t i = 0; i < a->naxes; i++)
        if (a->axes[i].name != b->axes[i].name || a->axes[i].count != b->axes[i].count)
            return false;
    return true;
}

static bool equal_answers(const Answer *a, const Answer *b) {
    if (!same_axes(a, b)) return false;
    for (size_t i = 0; i < a->ncells; i++) {
        double x = a->cells[i], y = b->cells[i];
        if (isnan(x) != isnan(y) || (!isnan(x) && !num_same(x, y))) return false;
    }
    if (a->kind != ANSWER_ASSIGNMENT) return true;
    return memcmp(a->levels, b->levels, a->naxes * sizeof *a->levels) == 0;
}

static bool equal_same_tag(Value a, Value b) {
    switch (a.tag) {
    case VALUE_LIST: case VALUE_SETS: case VALUE_MAP: case VALUE_ARROW: case VALUE_QUERY:
        return equal_items(a, b);
    case VALUE_SET: return equal_sets(a, b);
    case VALUE_RANGE: return equal_sequences(a, b);
    case VALUE_TERM: return term_equal(a.term, b.term);
    case VALUE_FAMILY: return a.sym == b.sym;
    case VALUE_MODEL: return model_equal(a.model, b.model);
    case VALUE_DATA: return frame_equal(a.data, b.data);
    case VALUE_REGEX: return strcmp(value_text(a), value_text(b)) == 0;
    case VALUE_ESTIMATE:
        return value_answer_of(a)->value == value_answer_of(b)->value &&
               value_answer_of(a)->se[0] == value_answer_of(b)->se[0];
    case VALUE_BOUNDS: case VALUE_UNDETERMINED: return a.object == b.object;
    case VALUE_ANSWER: return equal_answers(value_answer_of(a), value_answer_of(b));
    case VALUE_DO: return world_equal(((DoObject *)a.object)->world, ((DoObject *)b.object)->world);
    case VALUE_ESTIMAND:
        return strcmp(value_estimand_of(a)->text, value_estimand_of(b)->text) == 0;
    case VALUE_LADDER: return ladder_value_equal(ladder_value_of(a), ladder_value_of(b));
    case VALUE_FUNCTION: return a.object == b.object;
    default: return a.tag == VALUE_NOTHING || a.tag == VALUE_WILDCARD;
    }
}

// A single set that was found equals that set.
static bool only_set(Value sets, Value set) {
    return value_items(sets)->count == 1 && value_equal(value_items(sets)->items[0], set);
}

bool value_equal(Value a, Value b) {
    double x = 0, y = 0;
    const char *s = as_word(a), *t = as_word(b);
    bool na = as_number(a, &x), nb = as_number(b, &y);
    if (na && nb) return num_same(x, y);
    if (s && t) return strcmp(s, t) == 0;
    if (s && nb) return word_is_number(s, y);
    if (t && na) return word_is_number(t, x);
    if (a.tag == b.tag) return equal_same_tag(a, b);
    if (a.tag == VALUE_SETS && b.tag == VALUE_SET) return only_set(a, b);
    if (b.tag == VALUE_SETS && a.tag == VALUE_SET) return only_set(b, a);
    bool sequences = (a.tag == VALUE_LIST && b.tag == VALUE_RANGE) ||
                     (a.tag == VALUE_RANGE && b.tag == VALUE_LIST);
    return sequences && equal_sequences(a, b);
}

// --- troubles -------------------------------------------------------------------------------

bool trouble(Trouble *t, int code, const char *format, ...) {
    Str s = {0};
    va_list args;
    va_start(args, format);
    str_vprintf(&s, format, args);
    va_end(args);
    trouble_free(t);
    t->code = code;
    t->message = str_take(&s);
    return t->message ? false : trouble_memory(t);
}

bool trouble_hint(Trouble *t, const char *format, ...) {
    Str s = {0};
    va_list args;
    va_start(args, format);
    str_vprintf(&s, format, args);
    va_end(args);
    mem_free(t->hint);
    t->hint = str_take(&s);
    return t->hint ? false : trouble_memory(t);
}

bool trouble_memory(Trouble *t) {
    trouble_free(t);
    t->code = DIAG_MEMORY;
    return false;
}

void trouble_free(Trouble *t) {
    mem_free(t->message);
    mem_free(t->hint);
    *t = (Trouble){.ctl = t->ctl};
}

bool trouble_items(Trouble *t, size_t n, Value **items) {
    size_t most = ctl_memory(t->ctl) / sizeof(Value);
    *items = NULL;
    if (n > most)
        return trouble(t, DIAG_LIMIT,
                       "a list of more than %zu items takes more than the memory allowed", most);
    *items = MEM_NEW(Value, n);
    return *items || trouble_memory(t);
}

bool trouble_time(Trouble *t, size_t at) {
    if (at % 1024 || !ctl_cancelled(t->ctl)) return true;
    return trouble(t, DIAG_INTERRUPTED, "interrupted");
}
