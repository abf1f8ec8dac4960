// Vm_flow: values, operators, choice and repetition.
#include <math.h>

#include "interp/table.h"
#include "interp/data_value.h"
#include "interp/vm_inner.h"
#include "runtime/base/num.h"

// --- the stack ------------------------------------------------------------------------------

bool vm_CONST(Vm *vm, Frame *f, const Instr *i) {
    (void)vm;
    return vm_push(f, value_keep(f->chunk->constants.items[i->a]));
}

bool vm_NOTHING(Vm *vm, Frame *f, const Instr *i) {
    (void)vm, (void)i;
    return vm_push(f, value_nothing());
}

bool vm_LOAD(Vm *vm, Frame *f, const Instr *i) {
    (void)vm;
    return vm_push(f, value_keep(f->slots[i->a]));
}

bool vm_STORE(Vm *vm, Frame *f, const Instr *i) {
    (void)vm;
    value_drop(f->slots[i->a]);
    f->slots[i->a] = vm_pop(f);
    return true;
}

bool vm_POP(Vm *vm, Frame *f, const Instr *i) {
    (void)vm, (void)i;
    value_drop(vm_pop(f));
    return true;
}

bool vm_COPY2(Vm *vm, Frame *f, const Instr *i) {
    (void)vm, (void)i;
    vm_push(f, value_keep(*vm_top(f, 1)));
    return vm_push(f, value_keep(*vm_top(f, 1)));
}

// --- making values --------------------------------------------------------------------------

static bool gather(Vm *vm, Frame *f, ValueTag tag, uint32_t n) {
    Value v;
    if (!value_list(tag, f->stack + f->top - n, n, &v)) return vm_memory(vm);
    return vm_replace(f, n, v);
}

bool vm_LIST(Vm *vm, Frame *f, const Instr *i) {
    return gather(vm, f, VALUE_LIST, i->a);
}

bool vm_DATA(Vm *vm, Frame *f, const Instr *i) {
    uint32_t n = i->a + i->b * (i->a + 1);
    const Value *names = f->stack + f->top - n;
    Trouble t = {0};
    Value out = value_unknown();
    bool known = !vm_any_unknown(vm, names, n);
    if (known && !data_value_make(vm->names, names, i->a, names + i->a, i->b, &out, &t))
        return vm_trouble(vm, &t, vm_span(vm, f));
    return vm_replace(f, n, out);
}

bool vm_SELECT(Vm *vm, Frame *f, const Instr *i) {
    const Value *base = f->stack + f->top - i->a - 1;
    Trouble t = {0};
    Value out = value_unknown();
    if (!vm_unknown(vm, *base) && !data_value_select(*base, base + 1, i->a, &out, &t))
        return vm_trouble(vm, &t, vm_span(vm, f));
    return vm_replace(f, i->a + 1, out);
}

bool vm_SET(Vm *vm, Frame *f, const Instr *i) {
    return gather(vm, f, VALUE_SET, i->a);
}

bool vm_MAP(Vm *vm, Frame *f, const Instr *i) {
    return gather(vm, f, VALUE_MAP, i->a);
}

bool vm_ARROW(Vm *vm, Frame *f, const Instr *i) {
    return gather(vm, f, VALUE_ARROW, i->a);
}

typedef VEC(Value) ValueVec;

// What a choice looks at: a variable, or each of a set or list of them.
static bool looked_at(Vm *vm, const Frame *f, Value v, ValueVec *out) {
    bool many = v.tag == VALUE_SET || v.tag == VALUE_LIST;
    for (uint32_t k = 0; many && k < value_items(v)->count; k++)
        if (!looked_at(vm, f, value_items(v)->items[k], out)) return false;
    if (many) return true;
    if (value_variable(v) || vm_unknown(vm, v)) return VEC_PUSH(out, v) || vm_memory(vm);
    return vm_error(vm, DIAG_QUERY_PLACE, vm_span(vm, f),
                    "?(...) takes variables that the choice may depend on, not %s",
                    value_kind(v));
}

bool vm_FREE(Vm *vm, Frame *f, const Instr *i) {
    ValueVec items = {0};
    Value v;
    bool ok = true;
    for (uint32_t k = i->a; ok && k-- > 0;) ok = looked_at(vm, f, *vm_top(f, k), &items);
    if (ok) ok = value_list(VALUE_QUERY, items.items, items.count, &v) || vm_memory(vm);
    VEC_FREE(&items);
    return ok && vm_replace(f, i->a, v);
}

static bool whole(Value v) {
    return v.tag == VALUE_NUMBER && v.number == floor(v.number) && fabs(v.number) <= 1e15;
}

bool vm_RANGE(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value low = *vm_top(f, 1), high = *vm_top(f, 0), v;
    if (vm_unknown(vm, low) || vm_unknown(vm, high)) return vm_replace(f, 2, value_unknown());
    if (!whole(low) || !whole(high))
        return vm_error(vm, DIAG_KIND, vm_span(vm, f),
                        "a range runs between whole numbers, not %s",
                        value_kind(whole(low) ? high : low));
    if (!value_range(low.number, high.number, &v)) return vm_memory(vm);
    return vm_replace(f, 2, v);
}

// --- operators ------------------------------------------------------------------------------

bool vm_UNARY(Vm *vm, Frame *f, const Instr *i) {
    Value v;
    Trouble t = {.ctl = vm->ctl};
    if (vm_unknown(vm, *vm_top(f, 0))) return vm_replace(f, 1, value_unknown());
    if (!value_unary((NodeOp)i->a, *vm_top(f, 0), vm_origin(f), &v, &t))
        return vm_trouble(vm, &t, vm_span(vm, f));
    return vm_replace(f, 1, v);
}

bool vm_BINARY(Vm *vm, Frame *f, const Instr *i) {
    Value v;
    Trouble t = {.ctl = vm->ctl};
    if (vm_unknown(vm, *vm_top(f, 1)) || vm_unknown(vm, *vm_top(f, 0)))
        return vm_replace(f, 2, value_unknown());
    if (!value_binary((NodeOp)i->a, *vm_top(f, 1), *vm_top(f, 0), vm_origin(f), &v, &t))
        return vm_trouble(vm, &t, vm_span(vm, f));
    return vm_replace(f, 2, v);
}

// Numbers, and tables and lists of them, within a tolerance. False: `t` is set.
static bool near(Value a, Value b, double tol, uint32_t origin, Value *out, Trouble *t);

static bool near_lists(Value a, Value b, double tol, uint32_t origin, Value *out, Trouble *t) {
    const ListObject *x = value_items(a), *y = value_items(b);
    *out = value_bool(x->count == y->count);
    for (size_t k = 0; k < x->count && out->truth; k++) {
        Value one;
        if (!near(x->items[k], y->items[k], tol, origin, &one, t)) return false;
        bool same = one.tag == VALUE_BOOL && one.truth;
        value_drop(one);
        *out = value_bool(same);
    }
    return true;
}

static bool near_tables(Value difference, double tol) {
    const Answer *answer = value_answer_of(difference);
    for (size_t k = 0; k < answer->ncells; k++)
        if (!(fabs(answer->cells[k]) <= tol)) return false;
    return true;
}

// -tol <= difference and difference <= tol, as a term.
static bool near_terms(Value difference, double tol, uint32_t origin, Value *out, Trouble *t) {
    Value low, high;
    if (!value_binary(OP_GE, difference, value_number(-tol), origin, &low, t)) return false;
    bool ok = value_binary(OP_LE, difference, value_number(tol), origin, &high, t);
    if (ok) {
        ok = value_binary(OP_AND, low, high, origin, out, t);
        value_drop(high);
    }
    value_drop(low);
    return ok;
}

static bool near(Value a, Value b, double tol, uint32_t origin, Value *out, Trouble *t) {
    Value d;
    if (a.tag == VALUE_LIST && b.tag == VALUE_LIST)
        return near_lists(a, b, tol, origin, out, t);
    if (!value_binary(OP_SUB, a, b, origin, &d, t)) return false;
    bool ok = true;
    double by;
    if (value_as_number(d, &by)) *out = value_bool(fabs(by) <= tol);
    else if (d.tag == VALUE_UNDETERMINED) *out = value_keep(d);
    else if (table_is(d)) *out = value_bool(near_tables(d, tol));
    else ok = near_terms(d, tol, origin, out, t);
    value_drop(d);
    return ok;
}

bool vm_APPROX(Vm *vm, Frame *f, const Instr *i) {
    Value tol = i->a ? *vm_top(f, 0) : value_number(1e-9), v;
    Value a = *vm_top(f, 1 + i->a), b = *vm_top(f, i->a);
    Trouble t = {0};
    if (vm_any_unknown(vm, vm_top(f, 1 + i->a), 2 + i->a))
        return vm_replace(f, 2 + i->a, value_unknown());
    if (tol.tag != VALUE_NUMBER)
        return vm_error(vm, DIAG_KIND, vm_span(vm, f), "a tolerance is a number, not %s",
                        value_kind(tol));
    if (!near(a, b, tol.number, vm_origin(f), &v, &t))
        return vm_trouble(vm, &t, vm_span(vm, f));
    return vm_replace(f, 2 + i->a, v);
}

static bool skip(Vm *vm, Frame *f, const Instr *i, Truth when) {
    Value *top = vm_top(f, 0);
    if (vm_truth(*top) == when) {
        *top = value_bool(when == TRUTH_TRUE);
        vm_entry(vm)->skipped = true;
        f->pc = i->a;
        return true;
    }
    vm_opened(vm, *top, 1);
    return true;
}

bool vm_SKIP_FALSE(Vm *vm, Frame *f, const Instr *i) {
    return skip(vm, f, i, TRUTH_FALSE);
}

bool vm_SKIP_TRUE(Vm *vm, Frame *f, const Instr *i) {
    return skip(vm, f, i, TRUTH_TRUE);
}

bool vm_JOIN(Vm *vm, Frame *f, const Instr *i) {
    vm_opened(vm, *vm_top(f, 1), -1);
    return vm_BINARY(vm, f, i);
}

// --- if -------------------------------------------------------------------------------------

static bool not_a_condition(Vm *vm, Frame *f, Value v) {
    return vm_error(vm, DIAG_CONDITION, vm_span(vm, f),
                    "a condition is true or false; this is %s",
                    v.tag == VALUE_UNDETERMINED ? value_why(v) : value_kind(v));
}

bool vm_JUMP(Vm *vm, Frame *f, const Instr *i) {
    bool back = i->a < f->pc;
    f->pc = i->a;
    return !back || !vm_cancelled(vm, f);
}

bool vm_BRANCH(Vm *vm, Frame *f, const Instr *i) {
    Value cond = *vm_top(f, 0);
    Truth truth = vm_truth(cond);
    if (truth == TRUTH_NONE) return not_a_condition(vm, f, cond);
    vm_opened(vm, cond, 1);
    if (truth != TRUTH_FALSE) return true;
    vm_entry(vm)->skipped = true;
    f->pc = i->a;
    return vm_push(f, value_nothing());
}

bool vm_THEN(Vm *vm, Frame *f, const Instr *i) {
    if (vm_truth(*vm_top(f, 1)) != TRUTH_TRUE) return true;
    vm_entry(vm)->skipped = true;
    f->pc = i->a;
    return vm_push(f, value_nothing());
}

static bool merge_terms(Vm *vm, Frame *f, const Value *v, Value *out) {
    Term *kid[3] = {NULL, NULL, NULL};
    Trouble t = {0};
    for (int k = 0; k < 3; k++)
        if (!value_to_term(v[k], vm_origin(f), &kid[k], &t)) {
            while (k > 0) term_drop(kid[--k]);
            return vm_trouble(vm, &t, vm_span(vm, f));
        }
    return value_term(term_if(kid[0], kid[1], kid[2], vm_origin(f)), out) || vm_memory(vm);
}

bool vm_MERGE(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value *v = vm_top(f, 2), out;
    Truth truth = vm_truth(v[0]);
    vm_opened(vm, v[0], -1);
    if (truth != TRUTH_OPEN) out = value_keep(truth == TRUTH_TRUE ? v[1] : v[2]);
    else if (vm_any_unknown(vm, v, 3)) out = value_unknown();
    else if (!merge_terms(vm, f, v, &out)) return false;
    return vm_replace(f, 3, out);
}

// --- case -----------------------------------------------------------------------------------

bool vm_CASE_TEST(Vm *vm, Frame *f, const Instr *i) {
    Value cond = *vm_top(f, 0);
    Truth truth = vm_truth(cond);
    if (truth == TRUTH_NONE) return not_a_condition(vm, f, cond);
    vm_opened(vm, cond, 1);
    if (truth != TRUTH_FALSE) return true;
    vm_entry(vm)->skipped = true;
    f->pc = i->a;
    return vm_push(f, value_nothing());
}

bool vm_CASE_TAKEN(Vm *vm, Frame *f, const Instr *i) {
    (void)vm;
    if (vm_truth(*vm_top(f, 1)) != TRUTH_TRUE) return true;
    for (uint32_t k = 0; k < i->b; k++) vm_push(f, value_nothing());
    f->pc = i->a;
    return true;
}

// A row that was reached and can match.
static bool live(const Value *row) {
    Truth truth = vm_truth(row[0]);
    return truth == TRUTH_TRUE || truth == TRUTH_OPEN;
}

static bool no_row(Vm *vm, Frame *f, const Value *selectors, uint32_t n) {
    Str s = {0};
    for (uint32_t k = 0; k < n; k++) {
        if (k) str_add(&s, ", ");
        vm_describe(vm, selectors[k], &s);
    }
    vm_error(vm, DIAG_NO_ROW, vm_span(vm, f), "no row of this case matches %s", str_text(&s));
    diag_hint(vm->diags, "add a row for it, or `_ => ...` as the last row");
    str_free(&s);
    return false;
}

typedef VEC(Term *) TermVec;

static bool add_term(Vm *vm, Frame *f, TermVec *kids, Value v) {
    Trouble t = {0};
    Term *term;
    if (!value_to_term(v, vm_origin(f), &term, &t)) return vm_trouble(vm, &t, vm_span(vm, f));
    if (VEC_PUSH(kids, term)) return true;
    term_drop(term);
    return vm_memory(vm);
}

static bool case_term(Vm *vm, Frame *f, const Instr *i, const Value *rows, Value *out) {
    TermVec kids = {0};
    bool ok = true;
    for (uint32_t k = 0; ok && k < i->b; k++) ok = add_term(vm, f, &kids, f->slots[i->a + k]);
    for (size_t k = 0; ok && k < i->c; k++)
        if (live(rows + 2 * k))
            ok = add_term(vm, f, &kids, rows[2 * k]) && add_term(vm, f, &kids, rows[2 * k + 1]);
    if (ok) {
        Term *term = term_case(kids.items, i->b, (uint32_t)kids.count, vm_origin(f));
        ok = value_term(term, out) || vm_memory(vm);
    } else {
        for (size_t k = 0; k < kids.count; k++) term_drop(kids.items[k]);
    }
    VEC_FREE(&kids);
    return ok;
}

static bool case_value(Vm *vm, Frame *f, const Instr *i, const Value *rows, Value *out) {
    size_t first = 0;
    bool symbolic = false, unknown = vm_any_unknown(vm, f->slots + i->a, i->b);
    while (first < i->c && !live(rows + 2 * first)) first++;
    for (size_t k = first; k < i->c; k++) {
        if (!live(rows + 2 * k)) continue;
        symbolic = symbolic || vm_truth(rows[2 * k]) == TRUTH_OPEN;
        unknown = unknown || vm_any_unknown(vm, rows + 2 * k, 2);
    }
    if (first == i->c && unknown) *out = value_unknown();
    else if (first == i->c) return no_row(vm, f, f->slots + i->a, i->b);
    else if (!symbolic) *out = value_keep(rows[2 * first + 1]);
    else if (unknown) *out = value_unknown();
    else return case_term(vm, f, i, rows, out);
    return true;
}

bool vm_CASE_MERGE(Vm *vm, Frame *f, const Instr *i) {
    Value out;
    const Value *rows = f->stack + f->top - 2 * (size_t)i->c;
    for (size_t k = 0; k < i->c; k++) vm_opened(vm, rows[2 * k], -1);
    return case_value(vm, f, i, rows, &out) && vm_replace(f, 2 * i->c, out);
}

// --- comprehensions -------------------------------------------------------------------------

bool vm_COLLECT(Vm *vm, Frame *f, const Instr *i) {
    (void)f, (void)i;
    Collector c = {0};
    return VEC_PUSH(&vm->collectors, c) || vm_memory(vm);
}

static Collector *collector(Vm *vm) {
    return &vm->collectors.items[vm->collectors.count - 1];
}

bool vm_APPEND(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value v = vm_pop(f);
    size_t count = collector(vm)->items.count, most = ctl_memory(vm->ctl) / sizeof(Value);
    if (vm_unknown(vm, v)) collector(vm)->unknown = true;
    if (count < most && VEC_PUSH(&collector(vm)->items, v)) return true;
    value_drop(v);
    if (count < most) return vm_memory(vm);
    return vm_error(vm, DIAG_LIMIT, vm_span(vm, f),
                    "a list of more than %zu items takes more than the memory allowed", most);
}

bool vm_COLLECTED(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Collector c = *collector(vm);
    Value out = value_unknown();
    bool ok = c.unknown || value_list(VALUE_LIST, c.items.items, c.items.count, &out);
    for (size_t k = 0; k < c.items.count; k++) value_drop(c.items.items[k]);
    VEC_FREE(&c.items);
    vm->collectors.count--;
    return ok ? vm_push(f, out) : vm_memory(vm);
}

bool vm_ITERATE(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    size_t n;
    Value v = *vm_top(f, 0);
    if (v.tag != VALUE_UNKNOWN && !value_many(v, &n)) {
        vm_error(vm, DIAG_NOT_MANY, vm_span(vm, f), "%s cannot be gone through", value_kind(v));
        if (value_variable(v))
            diag_hint(vm->diags, "for the levels of %s write levels(%s)",
                      value_variable(v)->text, value_variable(v)->text);
        return false;
    }
    return vm_push(f, value_number(0));
}

static bool finished(Vm *vm, Frame *f, const Instr *i) {
    vm_replace(f, 1, value_nothing());
    value_drop(vm_pop(f));
    value_drop(vm_pop(f));
    (void)vm;
    f->pc = i->a;
    return true;
}

// While checking: an UNKNOWN list is gone through once (not at all when a block's variables
// hang on it), and questions over a long list are checked for its first items.
static bool check_enough(Vm *vm, const Instr *i, Value over, double at) {
    if (over.tag == VALUE_UNKNOWN) {
        if (i->c && vm_block(vm)) vm_block(vm)->tainted = true;
        else if (!i->c) collector(vm)->unknown = true;
        return i->c || at >= 1;
    }
    return !i->c && at >= 3 && collector(vm)->unknown;
}

bool vm_NEXT(Vm *vm, Frame *f, const Instr *i) {
    Value over = *vm_top(f, 1), item = value_unknown();
    Value *at = vm_top(f, 0);
    size_t n = 0;
    if (at->tag != VALUE_NUMBER || (!i->c && vm->collectors.count <= f->collectors))
        return vm_internal(vm, f, "an iteration without a list");
    if (vm->checking && check_enough(vm, i, over, at->number)) return finished(vm, f, i);
    if (i->c && vm_block(vm) && build_full(vm_block(vm)->build)) return finished(vm, f, i);
    if (over.tag != VALUE_UNKNOWN) {
        if (!value_many(over, &n) || (size_t)at->number >= n) return finished(vm, f, i);
        if (!value_at(over, (size_t)at->number, &item)) return vm_memory(vm);
    }
    at->number++;
    value_drop(f->slots[i->b]);
    f->slots[i->b] = item;
    return true;
}

bool vm_FILTER(Vm *vm, Frame *f, const Instr *i) {
    Value v = *vm_top(f, 0);
    Truth truth = vm_truth(v);
    if (truth == TRUTH_NONE || (truth == TRUTH_OPEN && !vm_unknown(vm, v)))
        return vm_error(vm, DIAG_CONDITION, vm_span(vm, f),
                        "the filter of a comprehension must be true or false; this is %s",
                        value_kind(v));
    value_drop(vm_pop(f));
    if (truth == TRUTH_FALSE) f->pc = i->a;
    return true;
}
