// Domain: the values a variable can take.
#include "runtime/model/domain.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/model/name.h"

// Up to this many levels a scan is as fast as a search.
enum { SCAN = 12 };

static Domain *allocate(DomainKind kind, size_t bytes) {
    Domain *d = mem_new(1, sizeof *d + bytes);
    if (!d) return NULL;
    d->refs = 1;
    d->kind = kind;
    return d;
}

Domain *domain_new(DomainKind kind) {
    Domain *d = allocate(kind, 0);
    if (!d) return NULL;
    d->count = kind == DOMAIN_BOOL ? 2 : 0;
    d->numeric = kind != DOMAIN_SYMBOLIC;
    return d;
}

Domain *domain_range(int64_t low, int64_t high) {
    Domain *d = allocate(DOMAIN_RANGE, 0);
    if (!d) return NULL;
    d->count = (uint32_t)((uint64_t)high - (uint64_t)low + 1);
    d->numeric = true;
    d->low = low;
    return d;
}

// --- order and search ---

static int order_names(Sym a, Sym b) {
    return (a > b) - (a < b);
}

static int order_numbers(double a, double b) {
    return (a > b) - (a < b);
}

// For qsort_r: indices into `levels`, by name; levels that are equal keep their order.
static int compare_names(const void *a, const void *b, void *levels) {
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    const Level *v = levels;
    int c = order_names(v[i].name, v[j].name);
    return c ? c : (i > j) - (i < j);
}

// The same by number, what is not a number last.
static int compare_numbers(const void *a, const void *b, void *levels) {
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    const Level *v = levels;
    if (v[i].numeric != v[j].numeric) return v[i].numeric ? -1 : 1;
    int c = v[i].numeric ? order_numbers(v[i].number, v[j].number) : 0;
    return c ? c : (i > j) - (i < j);
}

typedef int (*Compare)(const void *a, const void *b, void *levels);

static void sort_levels(const Level *levels, uint32_t count, uint32_t *order, Compare compare) {
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    qsort_r(order, count, sizeof *order, compare, (void *)(uintptr_t)levels);
}

Domain *domain_levels(DomainKind kind, const Level *levels, uint32_t count) {
    bool sorted = count > SCAN;
    size_t bytes = count * sizeof *levels;
    Domain *d = allocate(kind, bytes + (sorted ? 2 * (size_t)count * sizeof(uint32_t) : 0));
    if (!d) return NULL;
    d->count = count;
    d->numeric = true;
    if (count) memcpy(d->levels, levels, bytes);
    for (uint32_t i = 0; i < count; i++) d->numeric = d->numeric && levels[i].numeric;
    if (!sorted) return d;
    d->by_name = (uint32_t *)(void *)(d->levels + count);
    d->by_number = d->by_name + count;
    sort_levels(d->levels, count, d->by_name, compare_names);
    sort_levels(d->levels, count, d->by_number, compare_numbers);
    return d;
}

Domain *domain_keep(const Domain *d) {
    Domain *kept = (Domain *)(uintptr_t)d;
    kept->refs++;
    return kept;
}

void domain_drop(Domain *d) {
    if (d && --d->refs == 0) mem_free(d);
}

bool domain_finite(const Domain *d) {
    return d->kind >= DOMAIN_BOOL && d->kind <= DOMAIN_RANGE;
}

static uint32_t search_name(const Domain *d, Sym name) {
    uint32_t low = 0, high = d->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int c = order_names(d->levels[d->by_name[mid]].name, name);
        if (c == 0) return d->by_name[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return UINT32_MAX;
}

static uint32_t find_level(const Domain *d, Sym name) {
    if (d->by_name) return search_name(d, name);
    for (uint32_t i = 0; i < d->count; i++)
        if (d->levels[i].name == name) return i;
    return UINT32_MAX;
}

uint32_t domain_find_name(const Domain *d, Sym name) {
    double number;
    if (d->kind == DOMAIN_BOOL && strcmp(name->text, "false") == 0) return 0;
    if (d->kind == DOMAIN_BOOL && strcmp(name->text, "true") == 0) return 1;
    if (d->kind == DOMAIN_LEVELS || d->kind == DOMAIN_ORDERED) {
        uint32_t i = find_level(d, name);
        if (i != UINT32_MAX) return i;
    }
    return name_number(name, &number) ? domain_find_number(d, number) : UINT32_MAX;
}

static uint32_t search_number(const Domain *d, double number) {
    uint32_t low = 0, high = d->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const Level *v = &d->levels[d->by_number[mid]];
        if (v->numeric && num_same(v->number, number)) return d->by_number[mid];
        if (v->numeric && v->number < number)
            low = mid + 1;
        else
            high = mid;
    }
    return UINT32_MAX;
}

uint32_t domain_find_number(const Domain *d, double number) {
    if (d->kind == DOMAIN_BOOL)
        return num_same(number, 0) ? 0 : num_same(number, 1) ? 1 : UINT32_MAX;
    if (d->kind == DOMAIN_RANGE) {
        double at = number - (double)d->low + 0.5;
        if (!(at > 0 && at < (double)d->count + 0.5)) return UINT32_MAX;
        uint32_t i = (uint32_t)at;
        return i < d->count && num_same((double)(d->low + i), number) ? i : UINT32_MAX;
    }
    if (d->by_number) return search_number(d, number);
    for (uint32_t i = 0; domain_finite(d) && i < d->count; i++)
        if (d->levels[i].numeric && num_same(d->levels[i].number, number)) return i;
    return UINT32_MAX;
}

static bool same_level(const Level *a, const Level *b) {
    if (a->name && a->name == b->name) return true;
    return a->numeric && b->numeric && num_same(a->number, b->number);
}

// The least index that equals an earlier one, given an order in which equals are neighbours: of
// each run of equals the second smallest counts.
static uint32_t repeated_in(const Level *levels, uint32_t count, const uint32_t *order) {
    uint32_t found = UINT32_MAX, least = UINT32_MAX;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = order[k];
        bool run = k > 0 && same_level(&levels[order[k - 1]], &levels[i]);
        if (!run) {
            least = i;
            continue;
        }
        uint32_t later = i > least ? i : least;
        if (later < found) found = later;
        if (i < least) least = i;
    }
    return found;
}

static uint32_t repeated_by_scan(const Level *levels, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (same_level(&levels[i], &levels[j])) return i;
    return UINT32_MAX;
}

uint32_t domain_repeated(const Level *levels, uint32_t count) {
    uint32_t *order = count > SCAN ? MEM_NEW(uint32_t, count) : NULL;
    // Without memory the slow way still tells the truth.
    if (!order) return repeated_by_scan(levels, count);
    sort_levels(levels, count, order, compare_names);
    uint32_t by_name = repeated_in(levels, count, order);
    sort_levels(levels, count, order, compare_numbers);
    uint32_t by_number = repeated_in(levels, count, order);
    mem_free(order);
    return by_name < by_number ? by_name : by_number;
}

// --- reading out ---

double domain_number(const Domain *d, uint32_t i) {
    if (d->kind == DOMAIN_RANGE) return (double)(d->low + (int64_t)i);
    if (d->kind == DOMAIN_BOOL || !d->levels[i].numeric) return i;
    return d->levels[i].number;
}

void domain_add_level(const Domain *d, uint32_t i, Str *out) {
    if (d->kind == DOMAIN_BOOL)
        str_add(out, i ? "true" : "false");
    else if (d->kind == DOMAIN_RANGE)
        num_add(out, (double)(d->low + (int64_t)i));
    else if (d->levels[i].name)
        str_add_n(out, d->levels[i].name->text, d->levels[i].name->len);
    else
        num_add(out, d->levels[i].number);
}

void domain_add_literal(const Domain *d, uint32_t i, Str *out) {
    bool named = d->kind == DOMAIN_LEVELS || d->kind == DOMAIN_ORDERED;
    if (named && !d->levels[i].numeric)
        name_add_level(d->levels[i].name, out);
    else
        domain_add_level(d, i, out);
}

static void add_set(const Domain *d, Str *out) {
    str_add(out, d->kind == DOMAIN_ORDERED ? "ordered {" : "{");
    for (uint32_t i = 0; i < d->count; i++) {
        if (i) str_add(out, ", ");
        domain_add_literal(d, i, out);
    }
    str_add_char(out, '}');
}

void domain_add(const Domain *d, Str *out) {
    static const char *const words[] = {
        [DOMAIN_SYMBOLIC] = "symbolic", [DOMAIN_BOOL] = "bool", [DOMAIN_INT] = "int",
        [DOMAIN_REAL] = "real", [DOMAIN_POSITIVE] = "positive", [DOMAIN_UNIT] = "unit",
    };
    if (d->kind == DOMAIN_LEVELS || d->kind == DOMAIN_ORDERED) {
        add_set(d, out);
    } else if (d->kind == DOMAIN_RANGE) {
        domain_add_level(d, 0, out);
        str_add(out, "..");
        domain_add_level(d, d->count - 1, out);
    } else {
        str_add(out, words[d->kind]);
    }
}

void domain_add_values(const Domain *d, Str *out) {
    if (d->kind == DOMAIN_BOOL)
        str_add(out, "{false, true}");
    else
        domain_add(d, out);
}

bool domain_equal(const Domain *a, const Domain *b) {
    if (a == b) return true;
    if (a->kind != b->kind || a->count != b->count || a->low != b->low) return false;
    if (a->kind != DOMAIN_LEVELS && a->kind != DOMAIN_ORDERED) return true;
    for (uint32_t i = 0; i < a->count; i++)
        if (!same_level(&a->levels[i], &b->levels[i])) return false;
    return true;
}

uint32_t domain_translate(const Domain *to, const Domain *from, uint32_t i) {
    if (to == from) return i;
    if (from->numeric) return domain_find_number(to, domain_number(from, i));
    return domain_find_name(to, from->levels[i].name);
}

bool domain_contains(const Domain *big, const Domain *small) {
    for (uint32_t i = 0; i < small->count; i++)
        if (domain_translate(big, small, i) == UINT32_MAX) return false;
    return true;
}
