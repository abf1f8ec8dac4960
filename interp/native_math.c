// Native_math: the functions of numbers, on numbers, quantities, lists and tables.
#include "interp/native_math.h"

#include <math.h>
#include <string.h>

#include "interp/bounds_value.h"
#include "interp/diag.h"
#include "interp/table.h"
#include "runtime/base/mem.h"

static bool is_number(Value v) {
    return v.tag == VALUE_NUMBER || v.tag == VALUE_BOOL;
}

static double number_of(Value v) {
    return v.tag == VALUE_BOOL ? (v.truth ? 1 : 0) : v.number;
}

static bool on_numbers(const MathFunction *f, const Value *args, Value *out, Trouble *t) {
    double x[MATH_MAX_ARITY];
    bool defined = true, finite = true;
    for (uint32_t i = 0; i < f->arity; i++) {
        x[i] = number_of(args[i]);
        defined = defined && !isnan(x[i]);
        finite = finite && isfinite(x[i]);
    }
    double y = f->one(x);
    if (isnan(y) && defined)
        return trouble(t, DIAG_UNDEFINED_NUMBER, "%s of %g is not a number", f->name, x[0]);
    if (isinf(y) && finite && !math_has_pole(f))
        return trouble(t, DIAG_UNDEFINED_NUMBER, "%s of %g is too large for a number", f->name,
                       x[0]);
    *out = value_number(y);
    return true;
}

static bool on_terms(const MathFunction *f, const Value *args, uint32_t origin, Value *out,
                     Trouble *t) {
    Term *kids[MATH_MAX_ARITY];
    for (uint32_t i = 0; i < f->arity; i++) {
        if (value_to_term(args[i], origin, &kids[i], t)) continue;
        while (i-- > 0) term_drop(kids[i]);
        return false;
    }
    return value_term(term_call(f, kids, f->arity, origin), out) || trouble_memory(t);
}

static bool on_list(const MathFunction *f, const Value *args, uint32_t origin, Value *out,
                    Trouble *t) {
    size_t n = 0, done = 0;
    value_count(args[0], &n);
    Value *items;
    bool ok = trouble_items(t, n, &items);
    for (; ok && done < n; done += ok) {
        if (!(ok = trouble_time(t, done))) break;
        Value each[MATH_MAX_ARITY];
        for (uint32_t i = 1; i < f->arity; i++) each[i] = args[i];
        value_at(args[0], done, &each[0]);
        ok = native_math_apply(f, each, origin, &items[done], t);
        value_drop(each[0]);
    }
    ok = ok && (value_list(VALUE_LIST, items, n, out) || trouble_memory(t));
    for (size_t i = 0; i < done; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

static double at(const MathFunction *f, double x, double y) {
    double args[MATH_MAX_ARITY] = {x, y}, z = f->one(args);
    bool large = isinf(z) && isfinite(x) && (f->arity < 2 || isfinite(y)) && !math_has_pole(f);
    return large ? NAN : z;
}

static double on_cells(void *user, double x, double y) {
    return at(user, x, y);
}

// The derivative by x or y, from both sides, or from the one where the function is defined.
static double slope(const MathFunction *f, double x, double y, int by) {
    double here = by ? y : x, step = 6e-6 * (here == 0 ? 1 : fabs(here)), ends[2];
    double middle = at(f, x, y);
    for (int side = 0; side < 2; side++) {
        double moved = side ? here + step : here - step;
        ends[side] = by ? at(f, x, moved) : at(f, moved, y);
    }
    if (isfinite(ends[0]) && isfinite(ends[1])) return (ends[1] - ends[0]) / (2 * step);
    return isfinite(ends[1]) ? (ends[1] - middle) / step : (middle - ends[0]) / step;
}

static void slopes(void *user, double x, double y, double out[2]) {
    const MathFunction *f = user;
    out[0] = slope(f, x, y, 0);
    out[1] = f->arity > 1 ? slope(f, x, y, 1) : 0;
}

static bool plain(Value v) {
    return table_or_estimate(v) || is_number(v);
}

static bool defined(const MathFunction *f, Value *out, Trouble *t) {
    double z;
    if (!value_as_number(*out, &z) || !isnan(z)) return true;
    value_drop(*out);
    return trouble(t, DIAG_UNDEFINED_NUMBER, "%s of this is not a number", f->name);
}

// Functions that are level but for their jumps: no slope tells their error.
static bool is_step(const MathFunction *f) {
    static const char *const names[] = {"ceil", "floor", "round", "sign", "trunc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(f->name, names[i]) == 0) return true;
    return false;
}

// Of a sampled number: its value where it has the same all over the 95% interval, else open.
static bool on_step(const MathFunction *f, Value x, bool *decided, Value *out, Trouble *t) {
    const Answer *a = value_answer_of(x);
    double reach = ESTIMATE_REACH * a->se[0];
    double low = at(f, a->value - reach, 0), high = at(f, a->value + reach, 0);
    *decided = !(low < high);
    if (*decided) return true;
    Str s = {0};
    str_printf(&s, "undetermined: %s lies from %g to %g within the error of sampling", f->name,
               low, high);
    return value_undetermined(str_take(&s), out) || trouble_memory(t);
}

bool native_math_apply(const MathFunction *f, const Value *args, uint32_t origin, Value *out,
                       Trouble *t) {
    bool numbers = true, table = false;
    for (uint32_t i = 0; i < f->arity; i++) {
        if (args[i].tag == VALUE_UNKNOWN) {
            *out = args[i];
            return true;
        }
        numbers = numbers && is_number(args[i]);
        table = table || table_or_estimate(args[i]);
    }
    if (numbers) return on_numbers(f, args, out, t);
    for (uint32_t i = 0; i < f->arity; i++)
        if (args[i].tag == VALUE_BOUNDS) return bounds_value_function(f, args, out, t);
    if (args[0].tag == VALUE_LIST || args[0].tag == VALUE_RANGE)
        return on_list(f, args, origin, out, t);
    if (args[0].tag == VALUE_ESTIMATE && is_step(f)) {
        bool decided;
        if (!on_step(f, args[0], &decided, out, t)) return false;
        if (!decided) return true;
    }
    if (table && f->arity <= 2) {
        Value second = f->arity == 2 ? args[1] : value_number(0);
        MathFunction copy = *f;
        CellFunction cells = {on_cells, slopes, &copy};
        if (plain(args[0]) && plain(second))
            return table_combine(args[0], second, &cells, out, t) && defined(f, out, t);
    }
    for (uint32_t i = 0; i < f->arity; i++)
        if (args[i].tag != VALUE_TERM && !is_number(args[i]) && !table_is(args[i]))
            return trouble(t, DIAG_KIND, "%s takes numbers, not %s", f->name, value_kind(args[i]));
    return on_terms(f, args, origin, out, t);
}

#define MATH(name, arity, value, doc)                                                          \
    static bool call_##name(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,  \
                            Trouble *t) {                                                      \
        (void)vm;                                                                              \
        (void)n;                                                                               \
        return native_math_apply(math_find(#name), args, origin, out, t);                      \
    }
#define MATH_SHARED(name, arity, value, doc) // a row of another table
#include "runtime/model/math.def"
#undef MATH
#undef MATH_SHARED

const Native native_math[] = {
#define MATH(name, arity, value, doc)                                                          \
    {#name, (arity) == 1 ? "x" : "x, y", arity, arity, NULL, "numbers", doc, call_##name},
#define MATH_SHARED(name, arity, value, doc) // a row of another table
#include "runtime/model/math.def"
#undef MATH
#undef MATH_SHARED
    {0},
};
