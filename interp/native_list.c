// Native_list: sums, means, extremes and the like, of lists, tables and comprehensions.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interp/diag.h"
#include "interp/native.h"
#include "interp/native_math.h"
#include "interp/table.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/base/sort.h"

// --- folds ----------------------------------------------------------------------------------

typedef bool (*Combine)(Value a, Value b, uint32_t origin, Value *out, Trouble *t);

typedef struct Fold {
    const char *name;
    Combine combine;
    const Value *empty; // NULL: there must be an item
    const Ctl *ctl;
    uint32_t origin;
} Fold;

// Ranges may have as many items as there are numbers.
static bool check_time(const Ctl *ctl, size_t at, Trouble *t) {
    if (at % 1024 || !ctl_cancelled(ctl)) return true;
    return trouble(t, DIAG_INTERRUPTED, "interrupted");
}

// Combines items lo..hi-1 (hi > lo) in a balanced tree, so that a sum of many variables is a
// shallow term and a sum of many numbers rounds little.
static bool fold(const Fold *f, Value list, size_t lo, size_t hi, Value *out, Trouble *t) {
    if (hi - lo == 1) return check_time(f->ctl, lo, t) && value_at(list, lo, out);
    Value left, right;
    size_t mid = lo + (hi - lo) / 2;
    if (!fold(f, list, lo, mid, &left, t)) return false;
    bool ok = fold(f, list, mid, hi, &right, t);
    if (ok) {
        ok = f->combine(left, right, f->origin, out, t);
        value_drop(right);
    }
    value_drop(left);
    return ok;
}

static bool add(Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    return value_binary(OP_ADD, a, b, origin, out, t);
}

static bool multiply(Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    return value_binary(OP_MUL, a, b, origin, out, t);
}

static bool larger(Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    Value pair[2] = {a, b};
    return native_math_apply(math_find("max"), pair, origin, out, t);
}

static bool smaller(Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    Value pair[2] = {a, b};
    return native_math_apply(math_find("min"), pair, origin, out, t);
}

static bool both(Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    return value_binary(OP_AND, a, b, origin, out, t);
}

static bool either(Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    return value_binary(OP_OR, a, b, origin, out, t);
}

// The cells of a table as a list of numbers, undefined ones left out.
static bool cells_list(Value table, Value *out, Trouble *t) {
    const Answer *a = value_answer_of(table);
    Value *items = MEM_NEW(Value, a->ncells);
    if (!items) return trouble_memory(t);
    size_t n = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < a->ncells; i++)
        if (!isnan(a->cells[i])) ok = table_cell(table, i, &items[n]), n += ok;
    ok = ok && value_list(VALUE_LIST, items, n, out);
    for (size_t i = 0; i < n; i++) value_drop(items[i]);
    mem_free(items);
    return ok || trouble_memory(t);
}

static bool no_list(const char *name, Value v, Trouble *t) {
    trouble(t, DIAG_KIND, "%s takes a list or a table, not %s", name, value_kind(v));
    if (v.tag == VALUE_FAMILY)
        trouble_hint(t, "all its members are %s[_]", v.sym->text);
    return false;
}

// The arguments as one list: a single list, set, range or table, or the arguments themselves.
static bool as_list(const char *name, const Value *args, size_t n, Value *out, Trouble *t) {
    size_t count;
    if (n != 1) return value_list(VALUE_LIST, args, n, out) || trouble_memory(t);
    if (table_is(args[0])) return cells_list(args[0], out, t);
    if (value_count(args[0], &count)) {
        *out = value_keep(args[0]);
        return true;
    }
    return no_list(name, args[0], t);
}

static bool fold_all(const Fold *f, const Value *args, size_t n, Value *out, Trouble *t) {
    Value list;
    size_t count = 0;
    if (n == 1 && args[0].tag == VALUE_UNKNOWN) {
        *out = args[0];
        return true;
    }
    if (!as_list(f->name, args, n, &list, t)) return false;
    value_count(list, &count);
    bool ok = true;
    if (count) ok = fold(f, list, 0, count, out, t);
    else if (f->empty) *out = *f->empty;
    else ok = trouble(t, DIAG_UNDEFINED_NUMBER, "%s of nothing", f->name);
    value_drop(list);
    return ok;
}

#define FOLD(name, combine, empty)                                                             \
    static bool call_##name(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,  \
                            Trouble *t) {                                                      \
        Fold f = {#name, combine, empty, vm_ctl(vm), origin};                                  \
        return fold_all(&f, args, n, out, t);                                                  \
    }

static const Value zero = {.tag = VALUE_NUMBER, .number = 0};
static const Value one = {.tag = VALUE_NUMBER, .number = 1};
static const Value yes = {.tag = VALUE_BOOL, .truth = true};
static const Value no = {.tag = VALUE_BOOL, .truth = false};

FOLD(sum, add, &zero)
FOLD(product, multiply, &one)
FOLD(max, larger, NULL)
FOLD(min, smaller, NULL)
FOLD(all, both, &yes)
FOLD(any, either, &no)

// --- where the extreme is -------------------------------------------------------------------

static bool best_cell(const Answer *a, int sign, size_t *best) {
    bool found = false;
    for (size_t i = 0; i < a->ncells; i++) {
        if (isnan(a->cells[i])) continue;
        if (found && sign * a->cells[i] <= sign * a->cells[*best]) continue;
        found = true;
        *best = i;
    }
    return found;
}

// Whether the extreme is so beside another number, whatever the error of sampling. When that is
// open, *out says so.
static bool beyond(Value best, Value other, int sign, bool *decided, Value *out, Trouble *t) {
    Value holds;
    if (!value_binary(sign > 0 ? OP_GE : OP_LE, best, other, 0, &holds, t)) return false;
    *decided = holds.tag != VALUE_UNDETERMINED;
    if (*decided) value_drop(holds);
    else *out = holds;
    return true;
}

static bool cell_beyond(Value table, size_t best, int sign, bool *decided, Value *out,
                        Trouble *t) {
    const Answer *a = value_answer_of(table);
    Value most, other;
    *decided = true;
    if (!a->sampled) return true;
    if (!table_cell(table, best, &most)) return trouble_memory(t);
    bool ok = true;
    for (size_t i = 0; ok && *decided && i < a->ncells; i++) {
        if (i == best || isnan(a->cells[i])) continue;
        ok = table_cell(table, i, &other) || trouble_memory(t);
        if (!ok) break;
        ok = beyond(most, other, sign, decided, out, t);
        value_drop(other);
    }
    value_drop(most);
    return ok;
}

// The levels (and policies) of the extreme cell, as an assignment without a probability.
static bool table_best(Value table, int sign, Value *out, Trouble *t) {
    const Answer *a = value_answer_of(table);
    size_t best = 0;
    bool decided;
    if (!best_cell(a, sign, &best))
        return trouble(t, DIAG_UNDEFINED_NUMBER, "the table has no defined cell");
    if (!cell_beyond(table, best, sign, &decided, out, t)) return false;
    if (!decided) return true;
    Answer pick = {.kind = ANSWER_ASSIGNMENT, .method = a->method, .rung = a->rung,
                   .log_value = NAN};
    pick.axes = MEM_NEW(AnswerAxis, a->naxes);
    pick.levels = MEM_NEW(uint32_t, a->naxes);
    bool ok = pick.axes && pick.levels;
    for (; ok && pick.naxes < a->naxes; pick.naxes++)
        ok = table_copy_axis(&a->axes[pick.naxes], &pick.axes[pick.naxes]);
    for (uint32_t i = a->naxes; ok && i-- > 0; best /= a->axes[i].count)
        pick.levels[i] = (uint32_t)(best % a->axes[i].count);
    if (ok && value_answer(&pick, out)) return true;
    answer_free(&pick);
    return trouble_memory(t);
}

static bool item_beyond(const Ctl *ctl, Value list, size_t n, size_t best, int sign,
                        bool *decided, Value *out, Trouble *t) {
    Value most, other;
    bool ok = true;
    *decided = true;
    value_at(list, best, &most);
    for (size_t i = 0; ok && *decided && i < n; i++) {
        ok = check_time(ctl, i, t);
        if (!ok || i == best) continue;
        value_at(list, i, &other);
        ok = beyond(most, other, sign, decided, out, t);
        value_drop(other);
    }
    value_drop(most);
    return ok;
}

static bool list_best(const Ctl *ctl, Value list, int sign, Value *out, Trouble *t) {
    size_t n = 0, best = 0;
    double most = 0;
    bool sampled = false, decided = true;
    value_count(list, &n);
    if (n == 0) return trouble(t, DIAG_UNDEFINED_NUMBER, "the list is empty");
    for (size_t i = 0; i < n; i++) {
        Value item;
        if (!check_time(ctl, i, t)) return false;
        value_at(list, i, &item);
        double x = 0;
        bool number = item.tag != VALUE_BOOL && value_as_number(item, &x);
        sampled = sampled || item.tag == VALUE_ESTIMATE;
        value_drop(item);
        if (!number)
            return trouble(t, DIAG_KIND, "the extreme of a list is found among numbers only");
        if (i == 0 || sign * x > sign * most) most = x, best = i;
    }
    if (sampled && !item_beyond(ctl, list, n, best, sign, &decided, out, t)) return false;
    if (decided) *out = value_number((double)best + 1);
    return true;
}

static bool where(const Ctl *ctl, int sign, const char *name, const Value *args, Value *out,
                  Trouble *t) {
    size_t n;
    if (args[0].tag == VALUE_UNKNOWN) {
        *out = args[0];
        return true;
    }
    if (table_is(args[0])) return table_best(args[0], sign, out, t);
    if (value_count(args[0], &n)) return list_best(ctl, args[0], sign, out, t);
    return no_list(name, args[0], t);
}

static bool call_argmax(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                        Trouble *t) {
    (void)n, (void)origin;
    return where(vm_ctl(vm), 1, "argmax", args, out, t);
}

static bool call_argmin(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                        Trouble *t) {
    (void)n, (void)origin;
    return where(vm_ctl(vm), -1, "argmin", args, out, t);
}

// --- counting and arranging -----------------------------------------------------------------

static bool call_size(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    (void)vm, (void)n, (void)origin;
    size_t count;
    if (args[0].tag == VALUE_UNKNOWN) *out = args[0];
    else if (table_is(args[0])) *out = value_number((double)value_answer_of(args[0])->ncells);
    else if (args[0].tag == VALUE_DATA) *out = value_number(frame_size(args[0].data));
    else if (value_count(args[0], &count)) *out = value_number((double)count);
    else return trouble(t, DIAG_KIND, "%s has no size", value_kind(args[0]));
    return true;
}

static bool items_of(Vm *vm, const char *name, Value v, Value **items, size_t *n, Trouble *t) {
    if (!value_many(v, n)) return trouble(t, DIAG_KIND, "%s takes a list, not %s", name, value_kind(v));
    if (!trouble_items(t, *n, items)) return false;
    size_t done = 0;
    while (done < *n && (done % 1024 || !ctl_cancelled(vm_ctl(vm))) &&
           value_at(v, done, &(*items)[done]))
        done++;
    if (done == *n) return true;
    while (done > 0) value_drop((*items)[--done]);
    mem_free(*items);
    return trouble_memory(t);
}

static bool give_list(ValueTag tag, Value *items, size_t n, Value *out, Trouble *t) {
    bool ok = value_list(tag, items, n, out) || trouble_memory(t);
    for (size_t i = 0; i < n; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

static int by_value(const void *a, const void *b) {
    const Value *x = a, *y = b;
    double u, v;
    if (value_as_number(*x, &u) && value_as_number(*y, &v)) return (u > v) - (u < v);
    return strcmp(x->sym->text, y->sym->text);
}

static bool sortable(const Value *items, size_t n) {
    bool numbers = true, words = true;
    for (size_t i = 0; i < n; i++) {
        numbers = numbers && (items[i].tag == VALUE_NUMBER || items[i].tag == VALUE_ESTIMATE);
        words = words && (items[i].tag == VALUE_LEVEL || items[i].tag == VALUE_STRING);
    }
    return numbers || words;
}

static bool call_sort(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    (void)vm, (void)n, (void)origin;
    Value *items;
    size_t count;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!items_of(vm, "sort", args[0], &items, &count, t)) return false;
    bool ok = sortable(items, count);
    if (ok && sort_items(items, count, sizeof *items, by_value, vm_ctl(vm)) != OK) {
        for (size_t i = 0; i < count; i++) value_drop(items[i]);
        mem_free(items);
        return trouble_memory(t);
    }
    if (ok) return give_list(VALUE_LIST, items, count, out, t);
    for (size_t i = 0; i < count; i++) value_drop(items[i]);
    mem_free(items);
    return trouble(t, DIAG_KIND, "sort takes numbers, or words; not a mixture");
}

typedef struct Place {
    double x;
    size_t at; // in the list
} Place;

static int by_number(const void *a, const void *b) {
    const Place *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

static bool numbers_of(const Value *items, size_t n, Place *places, Trouble *t) {
    for (size_t i = 0; i < n; i++) {
        if (items[i].tag != VALUE_NUMBER)
            return trouble(t, DIAG_KIND, "ranks takes numbers, not %s", value_kind(items[i]));
        places[i] = (Place){items[i].number, i};
    }
    return true;
}

// Those that are equal share the mean of their ranks.
static void give_ranks(const Place *places, size_t n, Value *items) {
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && places[end].x == places[i].x;) end++;
        for (size_t k = i; k < end; k++)
            items[places[k].at] = value_number((double)(i + 1 + end) / 2);
    }
}

static bool call_ranks(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                       Trouble *t) {
    (void)vm, (void)n, (void)origin;
    Value *items;
    size_t count;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!items_of(vm, "ranks", args[0], &items, &count, t)) return false;
    Place *places = MEM_NEW(Place, count);
    bool ok = (places || trouble_memory(t)) && numbers_of(items, count, places, t);
    if (ok && sort_items(places, count, sizeof *places, by_number, vm_ctl(vm)) != OK)
        ok = trouble_memory(t);
    if (ok) give_ranks(places, count, items);
    mem_free(places);
    if (ok) return give_list(VALUE_LIST, items, count, out, t);
    for (size_t i = 0; i < count; i++) value_drop(items[i]);
    mem_free(items);
    return false;
}

static bool call_reverse(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                         Trouble *t) {
    (void)vm, (void)n, (void)origin;
    Value *items;
    size_t count;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!items_of(vm, "reverse", args[0], &items, &count, t)) return false;
    for (size_t i = 0; i < count / 2; i++) {
        Value swap = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = swap;
    }
    return give_list(VALUE_LIST, items, count, out, t);
}

static bool call_set(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)vm, (void)n, (void)origin;
    Value *items;
    size_t count;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!items_of(vm, "set", args[0], &items, &count, t)) return false;
    bool ok = value_set(items, count, vm_ctl(vm), out) || trouble_memory(t);
    for (size_t i = 0; i < count; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

static bool call_list(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    (void)vm, (void)n, (void)origin;
    Value *items;
    size_t count;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (table_is(args[0])) return cells_list(args[0], out, t);
    return items_of(vm, "list", args[0], &items, &count, t) &&
           give_list(VALUE_LIST, items, count, out, t);
}

const Native native_list[] = {
    {"all", "xs", 1, NATIVE_ANY, NULL, "lists", "True when every item is true; true of nothing.",
     call_all},
    {"any", "xs", 1, NATIVE_ANY, NULL, "lists", "True when some item is true; false of nothing.",
     call_any},
    {"argmax", "xs", 1, 1, NULL, "lists",
     "Where the largest value is: the levels of a table's variables, the position in a list.",
     call_argmax},
    {"argmin", "xs", 1, 1, NULL, "lists",
     "Where the smallest value is: the levels of a table's variables, the position in a list.",
     call_argmin},
    {"list", "xs", 1, 1, NULL, "lists", "The items of a set, range or table, or the rows of a data set, as a list.", call_list},
    {"max", "xs", 1, NATIVE_ANY, NULL, "lists",
     "The largest item of a list or cell of a table, or of several numbers.", call_max},
    {"min", "xs", 1, NATIVE_ANY, NULL, "lists",
     "The smallest item of a list or cell of a table, or of several numbers.", call_min},
    {"product", "xs", 1, NATIVE_ANY, NULL, "lists", "The product of the items; 1 of nothing.",
     call_product},
    {"ranks", "xs", 1, 1, NULL, "lists",
     "The rank of each number among all, from 1; equal ones share the mean of theirs.", call_ranks},
    {"reverse", "xs", 1, 1, NULL, "lists", "The items from the last to the first.", call_reverse},
    {"set", "xs", 1, 1, NULL, "lists", "The distinct items, in order of first mention.", call_set},
    {"size", "xs", 1, 1, NULL, "lists",
     "The number of items of a list or set, of cells of a table, of rows of a data set.", call_size},
    {"sort", "xs", 1, 1, NULL, "lists", "The items in ascending order.", call_sort},
    {"sum", "xs", 1, NATIVE_ANY, NULL, "lists",
     "The sum of the items of a list, or of the cells of a table; 0 of nothing.", call_sum},
    {0},
};
