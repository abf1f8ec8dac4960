// Value_index: finding a value among many, by the equality of the language.
//
// Numbers are equal to 1e-12, so that a number is filed under the leading bits of its double, and
// looked for under the two neighbours too: these bits ascend with its magnitude, by one for every
// 1.5e-11 of it. A word that reads as a number equals that number and is filed with it.
#include "interp/value_index.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/num.h"

bool value_index_new(size_t n, ValueIndex *out) {
    *out = (ValueIndex){.nslots = 16, .key = hash_key()};
    if (n > (size_t)1 << 31) return false;
    while (out->nslots < 2 * n) out->nslots *= 2;
    out->slots = MEM_NEW(uint32_t, out->nslots);
    return out->slots != NULL;
}

void value_index_free(ValueIndex *x) {
    mem_free(x->slots);
    *x = (ValueIndex){0};
}

static bool word_number(const char *word, double *x) {
    bool negative = word[0] == '-';
    size_t len = strlen(word) - negative;
    if (strcmp(word, "true") == 0) *x = 1;
    else if (strcmp(word, "false") == 0) *x = 0;
    else if (len == 0 || num_read(word + negative, len, x) != len) return false;
    if (negative) *x = -*x;
    return true;
}

// Names of different models are different Syms, so that it is their text that counts.
static uint64_t hash_name(const ValueIndex *x, Sym name) {
    return hash_text(x->key, name->text, name->len);
}

static bool is_sequence(Value v) {
    return v.tag == VALUE_LIST || v.tag == VALUE_RANGE;
}

// A value as a number, and the name of a word or variable that is none; false: neither.
static bool read_value(Value v, double *x, Sym *name) {
    bool number = v.tag != VALUE_ESTIMATE && value_as_number(v, x);
    bool word = v.tag == VALUE_LEVEL || v.tag == VALUE_STRING;
    if (word) number = word_number(v.sym->text, x);
    *name = number ? NULL : word ? v.sym : value_variable(v);
    return number || *name;
}

// A number above 0 for a list, the same to 1e-12 for equal ones: a weighted sum of the magnitudes
// of its items, in which nothing cancels. Long lists are told apart by their beginnings.
static double weigh(const ValueIndex *index, Value v, unsigned depth) {
    enum { MOST_ITEMS = 1000, MOST_DEPTH = 4 };
    double x, sum = 1;
    Sym name;
    size_t n = 0;
    if (!is_sequence(v)) {
        if (!read_value(v, &x, &name)) return 1;
        return name ? 1 + (double)(hash_name(index, name) & 0xFFFF) : fabs(x);
    }
    value_count(v, &n);
    for (size_t i = 0; i < n && i < MOST_ITEMS && depth < MOST_DEPTH; i++) {
        Value item;
        if (!value_at(v, i, &item)) break;
        sum += (1 + (double)(i * 2654435761u % 1021) / 512) * weigh(index, item, depth + 1);
        value_drop(item);
    }
    return sum;
}

// What equal values have in common, or for numbers and lists nearly so.
static uint64_t key_of(const ValueIndex *index, Value v, bool *near) {
    double x = 0;
    Sym name = NULL;
    bool read = read_value(v, &x, &name);
    if (is_sequence(v)) x = weigh(index, v, 0);
    *near = is_sequence(v) || (read && !name);
    if (!*near) return name ? hash_name(index, name) : 0;
    uint64_t bits;
    x += 0.0; // -0 becomes 0
    memcpy(&bits, &x, sizeof bits);
    return bits >> 16;
}

static size_t first_slot(const ValueIndex *x, uint64_t key) {
    uint64_t hash = key * 0x9E3779B97F4A7C15u;
    return (size_t)(hash ^ hash >> 32) & (x->nslots - 1);
}

void value_index_add(ValueIndex *x, const Value *items, size_t at) {
    bool near;
    size_t i = first_slot(x, key_of(x, items[at], &near));
    while (x->slots[i]) i = (i + 1) & (x->nslots - 1);
    x->slots[i] = (uint32_t)at + 1;
}

static bool holds_under(const ValueIndex *x, const Value *items, uint64_t key, Value v) {
    for (size_t i = first_slot(x, key); x->slots[i]; i = (i + 1) & (x->nslots - 1))
        if (value_equal(items[x->slots[i] - 1], v)) return true;
    return false;
}

bool value_index_holds(const ValueIndex *x, const Value *items, Value v) {
    if (!x->nslots) return false;
    bool near;
    uint64_t key = key_of(x, v, &near);
    if (holds_under(x, items, key, v)) return true;
    return near &&
           (holds_under(x, items, key - 1, v) || holds_under(x, items, key + 1, v));
}
