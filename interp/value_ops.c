// Value_ops: the operators of the language on values.
#include <math.h>

#include "interp/bounds_value.h"
#include "interp/diag.h"
#include "interp/table.h"
#include "interp/value.h"
#include "interp/value_index.h"
#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/model/scalar.h"

static const char *op_text(NodeOp op) {
    switch (op) {
    case OP_OR: return "or";
    case OP_AND: return "and";
    case OP_NOT: return "not";
    case OP_EQ: return "=";
    case OP_NE: return "!=";
    case OP_LT: return "<";
    case OP_LE: return "<=";
    case OP_GT: return ">";
    case OP_GE: return ">=";
    case OP_IN: return "in";
    case OP_NOT_IN: return "not in";
    case OP_UNION: return "union";
    case OP_INTERSECT: return "intersect";
    case OP_ADD: return "+";
    case OP_SUB: case OP_NEG: return "-";
    case OP_MUL: return "*";
    case OP_DIV: return "/";
    case OP_MOD: return "mod";
    case OP_POW: return "^";
    default: return "?";
    }
}

static TermOp term_op(NodeOp op) {
    switch (op) {
    case OP_OR: return TERM_OR;
    case OP_AND: return TERM_AND;
    case OP_EQ: return TERM_EQ;
    case OP_NE: return TERM_NE;
    case OP_LT: return TERM_LT;
    case OP_LE: return TERM_LE;
    case OP_GT: return TERM_GT;
    case OP_GE: return TERM_GE;
    case OP_ADD: return TERM_ADD;
    case OP_SUB: return TERM_SUB;
    case OP_MUL: return TERM_MUL;
    case OP_DIV: return TERM_DIV;
    case OP_MOD: return TERM_MOD;
    default: return TERM_POW;
    }
}

static bool is_comparison(NodeOp op) {
    return op >= OP_EQ && op <= OP_GE;
}

static bool wrong_kinds(NodeOp op, Value a, Value b, Trouble *t) {
    trouble(t, DIAG_KIND, "%s %s %s has no meaning", value_kind(a), op_text(op), value_kind(b));
    if (a.tag == VALUE_FAMILY || b.tag == VALUE_FAMILY) {
        Sym family = a.tag == VALUE_FAMILY ? a.sym : b.sym;
        trouble_hint(t, "%s is a family: write %s[_] for all members, %s[1] for one", family->text,
                     family->text, family->text);
    }
    return false;
}

// --- numbers --------------------------------------------------------------------------------

static double compute(NodeOp op, double x, double y) {
    switch (op) {
    case OP_ADD: return x + y;
    case OP_SUB: return x - y;
    case OP_MUL: return x * y;
    case OP_DIV: return y == 0 ? NAN : x / y;
    case OP_MOD: return scalar_apply(TERM_MOD, x, y);
    case OP_POW: return scalar_apply(TERM_POW, x, y);
    case OP_EQ: return num_same(x, y);
    case OP_NE: return !num_same(x, y);
    case OP_LT: return x < y && !num_same(x, y);
    case OP_LE: return x < y || num_same(x, y);
    case OP_GT: return x > y && !num_same(x, y);
    case OP_GE: return x > y || num_same(x, y);
    case OP_AND: return x != 0 && y != 0;
    case OP_OR: return x != 0 || y != 0;
    default: return NAN;
    }
}

static bool is_number(Value v) {
    return v.tag == VALUE_NUMBER || v.tag == VALUE_BOOL;
}

static double number_of(Value v) {
    return v.tag == VALUE_BOOL ? (v.truth ? 1 : 0) : v.number;
}

static bool is_truth(Value v) {
    return v.tag == VALUE_BOOL || (v.tag == VALUE_NUMBER && (v.number == 0 || v.number == 1));
}

static bool numbers(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    double x = number_of(a), y = number_of(b);
    bool logic = op == OP_AND || op == OP_OR;
    if (logic && !(is_truth(a) && is_truth(b))) return wrong_kinds(op, a, b, t);
    if (((op == OP_DIV || op == OP_MOD) && y == 0) || (op == OP_POW && x == 0 && y < 0))
        return trouble(t, DIAG_UNDEFINED_NUMBER, "division by zero");
    double z = compute(op, x, y);
    if (isinf(z) && isfinite(x) && isfinite(y))
        return trouble(t, DIAG_UNDEFINED_NUMBER, "%g %s %g is too large for a number", x,
                       op_text(op), y);
    if (isnan(z) && !isnan(x) && !isnan(y)) {
        return trouble(t, DIAG_UNDEFINED_NUMBER, "%g %s %g is not a number", x, op_text(op), y);
    }
    *out = logic || is_comparison(op) ? value_bool(z != 0) : value_number(z);
    return true;
}

// A cell too large for a number is undefined, as one divided by 0 is.
static double cell(void *user, double x, double y) {
    double z = compute(*(NodeOp *)user, x, y);
    return isinf(z) && isfinite(x) && isfinite(y) ? NAN : z;
}

static void slopes(void *user, double x, double y, double out[2]) {
    switch (*(NodeOp *)user) {
    case OP_ADD: out[0] = 1, out[1] = 1; break;
    case OP_SUB: out[0] = 1, out[1] = -1; break;
    case OP_MUL: out[0] = y, out[1] = x; break;
    case OP_DIV: out[0] = 1 / y, out[1] = -x / (y * y); break;
    case OP_MOD: out[0] = 1, out[1] = -round((x - compute(OP_MOD, x, y)) / y); break;
    default: // a power; the exponent of what is not positive is a number
        out[0] = y == 0 ? 0 : y * pow(x, y - 1);
        out[1] = x > 0 ? pow(x, y) * log(x) : 0;
    }
}

static bool combine(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    bool arithmetic = op >= OP_ADD && op <= OP_POW;
    CellFunction f = {cell, arithmetic ? slopes : NULL, &op};
    return table_combine(a, b, &f, out, t);
}

// --- lists and sets -------------------------------------------------------------------------

// Applies the operator item by item; a value that is not a list stands against every item.
static bool pointwise(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    size_t n = 0, m = 0;
    bool la = value_count(a, &n), lb = value_count(b, &m);
    if (la && lb && n != m)
        return trouble(t, DIAG_KIND, "a list of %zu %s a list of %zu: the lengths differ", n,
                       op_text(op), m);
    size_t count = la ? n : m, done = 0;
    Value *items;
    bool ok = trouble_items(t, count, &items);
    for (; ok && done < count; done += ok) {
        if (!(ok = trouble_time(t, done))) break;
        Value x = value_keep(a), y = value_keep(b);
        if (la) value_drop(x), value_at(a, done, &x);
        if (lb) value_drop(y), value_at(b, done, &y);
        ok = value_binary(op, x, y, origin, &items[done], t);
        value_drop(x);
        value_drop(y);
    }
    ok = ok && (value_list(VALUE_LIST, items, count, out) || trouble_memory(t));
    for (size_t i = 0; i < done; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

static bool holds_value(Value list, Value v) {
    size_t n = 0;
    bool found = false;
    if (list.tag == VALUE_RANGE && v.tag == VALUE_NUMBER) {
        const RangeObject *r = (const RangeObject *)list.object;
        return v.number >= r->low && v.number <= r->high && v.number == floor(v.number);
    }
    value_count(list, &n);
    for (size_t i = 0; i < n && !found; i++) {
        Value item;
        value_at(list, i, &item);
        found = value_equal(item, v);
        value_drop(item);
    }
    return found;
}

// An index of the items of a list or set, unless they are few; a range needs none, and a map is
// looked through.
static bool index_items(Value list, ValueIndex *out) {
    enum { FEW = 16 };
    *out = (ValueIndex){0};
    if (list.tag == VALUE_RANGE || list.tag == VALUE_MAP) return true;
    const ListObject *items = value_items(list);
    if (items->count <= FEW) return true;
    if (!value_index_new(items->count, out)) return false;
    for (size_t i = 0; i < items->count; i++) value_index_add(out, items->items, i);
    return true;
}

static bool indexed(const ValueIndex *index, Value list, Value v) {
    if (!index->nslots) return holds_value(list, v);
    return value_index_holds(index, value_items(list)->items, v);
}

static bool combine_sets(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    size_t n, m;
    ValueIndex index = {0};
    if (!value_count(a, &n) || !value_count(b, &m)) return wrong_kinds(op, a, b, t);
    Value *items;
    if (!trouble_items(t, n + m, &items)) return false;
    if (op != OP_UNION && !index_items(b, &index)) {
        mem_free(items);
        return trouble_memory(t);
    }
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        value_at(a, i, &items[count]);
        bool keep = op == OP_UNION || indexed(&index, b, items[count]) == (op == OP_INTERSECT);
        if (keep) count++;
        else value_drop(items[count]);
    }
    for (size_t i = 0; op == OP_UNION && i < m; i++) value_at(b, i, &items[count++]);
    bool ok = value_list(VALUE_SET, items, count, out) || trouble_memory(t);
    for (size_t i = 0; i < count; i++) value_drop(items[i]);
    value_index_free(&index);
    mem_free(items);
    return ok;
}

// --- membership of variables ----------------------------------------------------------------

// v in lo..hi as two comparisons: a range is never unrolled.
static bool in_range(Term *v, const RangeObject *r, uint32_t origin, Term **out) {
    Term *low = term_binary(TERM_GE, term_keep(v), term_number(r->low, origin), origin);
    Term *high = term_binary(TERM_LE, term_keep(v), term_number(r->high, origin), origin);
    *out = term_binary(TERM_AND, low, high, origin);
    return *out != NULL;
}

static bool in_items(Term *v, Value list, uint32_t origin, Term **out, Trouble *t) {
    size_t n = 0;
    value_count(list, &n);
    Term *any = NULL;
    for (size_t i = 0; i < n; i++) {
        Value item;
        Term *constant;
        value_at(list, i, &item);
        bool ok = value_to_term(item, origin, &constant, t);
        value_drop(item);
        if (!ok) {
            term_drop(any);
            return false;
        }
        Term *same = term_binary(TERM_EQ, term_keep(v), constant, origin);
        any = i == 0 ? same : term_binary(TERM_OR, any, same, origin);
        if (!any) return trouble_memory(t);
    }
    *out = n ? any : term_bool(false, origin);
    return *out ? true : trouble_memory(t);
}

static bool symbolic_items(Value v) {
    size_t n;
    if (v.tag == VALUE_RANGE || !value_count(v, &n)) return false;
    for (size_t i = 0; i < n; i++)
        if (value_symbolic(value_items(v)->items[i])) return true;
    return false;
}

// A number that is known only so well equals nothing for certain.
static bool vague(Value v) {
    return v.tag == VALUE_BOUNDS || v.tag == VALUE_ESTIMATE;
}

static bool vague_items(Value v) {
    size_t n;
    if (v.tag == VALUE_RANGE || !value_count(v, &n)) return false;
    for (size_t i = 0; i < n; i++)
        if (vague(value_items(v)->items[i])) return true;
    return false;
}

// `Y in {Y, Z}` compares variables as names; `Y in {1, 2}` is an event.
static bool membership(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    size_t n;
    if (!value_count(b, &n)) return wrong_kinds(op, a, b, t);
    if (vague(a) || vague_items(b)) {
        trouble(t, DIAG_KIND, "whether a number that is not known exactly is among these is open");
        return trouble_hint(t, "compare it by < and >");
    }
    if (!value_symbolic(a) || symbolic_items(b)) {
        *out = value_bool(holds_value(b, a) == (op == OP_IN));
        return true;
    }
    Term *inside = NULL;
    bool ok = b.tag == VALUE_RANGE
                  ? in_range(a.term, (const RangeObject *)b.object, origin, &inside)
                  : in_items(a.term, b, origin, &inside, t);
    if (!ok) return t->code ? false : trouble_memory(t);
    if (op == OP_NOT_IN) inside = term_unary(TERM_NOT, inside, origin);
    return value_term(inside, out) || trouble_memory(t);
}

// --- terms ----------------------------------------------------------------------------------

static bool map_to_term(Value v, uint32_t origin, Term **out, Trouble *t) {
    const ListObject *list = value_items(v);
    Term **kids = MEM_NEW(Term *, list->count);
    if (!kids) return trouble_memory(t);
    size_t done = 0;
    bool ok = true, mixture = false;
    for (; ok && done < list->count; done += ok) {
        ok = value_to_term(list->items[done], origin, &kids[done], t);
        if (ok && done % 2 == 0 && term_is_dist(kids[done])) mixture = true;
    }
    if (ok) {
        *out = term_many(mixture ? TERM_MIX : TERM_MAP, kids, (uint32_t)done, origin);
        ok = *out || trouble_memory(t);
    } else {
        for (size_t i = 0; i < done; i++) term_drop(kids[i]);
    }
    mem_free(kids);
    return ok;
}

bool value_to_term(Value v, uint32_t origin, Term **out, Trouble *t) {
    switch (v.tag) {
    case VALUE_NUMBER: *out = term_number(v.number, origin); break;
    case VALUE_BOOL: *out = term_bool(v.truth, origin); break;
    case VALUE_LEVEL: case VALUE_STRING: *out = term_level(v.sym, origin); break;
    case VALUE_TERM:
        if (value_drawn(v)) {
            trouble(t, DIAG_KIND, "a sampled distribution has an error that would be lost here");
            return trouble_hint(t, "E[...] and Quantile[...] of the variable tell theirs; value(x) "
                                   "is the sample alone");
        }
        *out = term_keep(v.term);
        break;
    case VALUE_MAP: return map_to_term(v, origin, out, t);
    case VALUE_ANSWER:
        if (table_is(v)) return table_lookup(v, origin, out, t);
        return trouble(t, DIAG_KIND, "%s cannot stand inside a quantity", value_kind(v));
    case VALUE_FAMILY:
        trouble(t, DIAG_KIND, "%s is a family of variables", v.sym->text);
        return trouble_hint(t, "write %s[_] for all its members, %s[1] for one", v.sym->text,
                            v.sym->text);
    case VALUE_ESTIMATE:
        trouble(t, DIAG_KIND, "a sampled number cannot stand inside a quantity");
        return trouble_hint(t, "value(x) is the number alone, without its error");
    case VALUE_BOUNDS:
        trouble(t, DIAG_KIND, "bounds cannot stand inside a quantity");
        return trouble_hint(t, "low(x) and high(x) are their ends");
    default: return trouble(t, DIAG_KIND, "%s cannot stand inside a quantity", value_kind(v));
    }
    return *out ? true : trouble_memory(t);
}

static bool binary_term(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    Term *x, *y;
    if (!value_to_term(a, origin, &x, t)) return false;
    if (!value_to_term(b, origin, &y, t)) {
        term_drop(x);
        return false;
    }
    return value_term(term_binary(term_op(op), x, y, origin), out) || trouble_memory(t);
}

static bool freed(Value a, Value query, uint32_t origin, Value *out, Trouble *t) {
    if (!value_variable(a) && !(a.tag == VALUE_TERM && a.term->op == TERM_VAR))
        return trouble(t, DIAG_QUERY_PLACE, "? frees a variable, not %s", value_kind(a));
    if (value_items(query)->count)
        return trouble(t, DIAG_QUERY_PLACE, "?(...) is a policy, and stands in do(...) only");
    return value_term(term_unary(TERM_FREE, term_keep(a.term), origin), out) || trouble_memory(t);
}

// `X = {1, 2}` and `X = [1, 2]`: what holds one value is not equal to several.
static bool one_or_several(NodeOp op, Value a, Value b) {
    bool equality = op == OP_EQ || op == OP_NE;
    Value other = a.tag == VALUE_TERM ? b : a;
    bool several = other.tag == VALUE_LIST || other.tag == VALUE_RANGE || other.tag == VALUE_SET;
    return equality && several && (a.tag == VALUE_TERM || b.tag == VALUE_TERM) &&
           !symbolic_items(other);
}

static bool not_several(NodeOp op, Value a, Value b, Trouble *t) {
    Value other = a.tag == VALUE_TERM ? b : a;
    trouble(t, DIAG_KIND, "%s has one value, and %s several",
            value_kind(a.tag == VALUE_TERM ? a : b), value_kind(other));
    return trouble_hint(t, "whether it is one of them is asked by %s: X %s {1, 2}",
                        op == OP_EQ ? "in" : "not in", op == OP_EQ ? "in" : "not in");
}

// --- estimands ------------------------------------------------------------------------------

// a op b as a text, in each of the three forms; a number stands as itself.
static char *joined(NodeOp op, Value a, Value b, size_t form) {
    Value both[2] = {a, b};
    Str s = {0};
    bool lost = false; // some part has no source
    for (int i = 0; form == 2 && i < 2; i++)
        lost = lost || (both[i].tag == VALUE_ESTIMAND && !*value_estimand_of(both[i])->source);
    str_add(&s, "");
    for (int i = 0; !lost && i < 2; i++) {
        if (i) str_printf(&s, " %s ", op_text(op));
        if (both[i].tag != VALUE_ESTIMAND) {
            num_add(&s, number_of(both[i]));
            continue;
        }
        const EstimandObject *e = value_estimand_of(both[i]);
        str_printf(&s, "(%s)", form == 0 ? e->text : form == 1 ? e->latex : e->source);
    }
    return str_take(&s);
}

// What is not identified absorbs arithmetic.
static bool estimands(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    Value both[2] = {a, b};
    for (int i = 0; i < 2; i++)
        if (both[i].tag == VALUE_ESTIMAND && value_estimand_of(both[i])->witness)
            return *out = value_keep(both[i]), true;
    bool arithmetic = op >= OP_ADD && op <= OP_POW;
    if (!arithmetic || !(is_number(a) || a.tag == VALUE_ESTIMAND) ||
        !(is_number(b) || b.tag == VALUE_ESTIMAND))
        return wrong_kinds(op, a, b, t);
    EstimandObject e = {.text = joined(op, a, b, 0), .latex = joined(op, a, b, 1),
                        .source = joined(op, a, b, 2)};
    return value_estimand(&e, out) || trouble_memory(t);
}

// --- what is known within an error -----------------------------------------------------------

// Falsehood and truth decide `and` and `or` whatever the other side is (Kleene).
static bool undetermined(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    Value open = a.tag == VALUE_UNDETERMINED ? a : b, other = a.tag == VALUE_UNDETERMINED ? b : a;
    bool both = other.tag == VALUE_UNDETERMINED;
    if ((op != OP_AND && op != OP_OR) || !(both || is_truth(other)))
        return wrong_kinds(op, a, b, t);
    bool decides = !both && (number_of(other) != 0) == (op == OP_OR);
    *out = value_keep(decides ? other : open);
    return true;
}

static bool is_estimates(Value a, Value b) {
    return (a.tag == VALUE_ESTIMATE || b.tag == VALUE_ESTIMATE) &&
           (a.tag == VALUE_ESTIMATE || is_number(a)) && (b.tag == VALUE_ESTIMATE || is_number(b));
}

// A comparison holds or not when the difference is further from 0 than its 95% interval reaches,
// or when all that is left of it is rounding, as where draws are shared and the effect is the same
// in each.
static bool compare(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    Value difference;
    double x, y;
    if (!combine(OP_SUB, a, b, &difference, t)) return false;
    double d = value_answer_of(difference)->value, se = value_answer_of(difference)->se[0];
    value_drop(difference);
    value_as_number(a, &x);
    value_as_number(b, &y);
    bool rounding = num_same(x, y) && num_same(x, x + ESTIMATE_REACH * se);
    if (rounding || fabs(d) > ESTIMATE_REACH * se) {
        *out = value_bool(compute(op, x, y) != 0);
        return true;
    }
    Str s = {0};
    str_printf(&s, "undetermined: the difference of %.4g lies within the error of sampling, "
               "%.2g", d, ESTIMATE_REACH * se);
    return value_undetermined(str_take(&s), out) || trouble_memory(t);
}

static bool estimates(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    if (is_comparison(op)) return compare(op, a, b, out, t);
    if (op == OP_AND || op == OP_OR) return wrong_kinds(op, a, b, t);
    if (!combine(op, a, b, out, t)) return false;
    double x, z;
    value_as_number(b, &x);
    if (!value_as_number(*out, &z) || isfinite(z)) return true;
    value_drop(*out);
    if (op == OP_DIV && x == 0) return trouble(t, DIAG_UNDEFINED_NUMBER, "division by zero");
    return trouble(t, DIAG_UNDEFINED_NUMBER, "the result of %s is not a number", op_text(op));
}

// --- the operators --------------------------------------------------------------------------

static bool is_word(Value v) {
    return v.tag == VALUE_LEVEL || v.tag == VALUE_STRING;
}

static bool is_undefined(Value v) {
    return v.tag == VALUE_ANSWER && value_answer_of(v)->kind == ANSWER_UNDEFINED;
}

static bool is_list(Value v) {
    return v.tag == VALUE_LIST || v.tag == VALUE_RANGE;
}

static bool lists(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    bool equality = op == OP_EQ || op == OP_NE;
    bool both = is_list(a) && is_list(b);
    if (equality && both && (vague_items(a) || vague_items(b))) {
        trouble(t, DIAG_KIND, "whether these lists are equal is open: not all numbers are exact");
        return trouble_hint(t, "compare their items by < and >");
    }
    if (equality && both && !symbolic_items(a) && !symbolic_items(b)) {
        *out = value_bool(value_equal(a, b) == (op == OP_EQ));
        return true;
    }
    return pointwise(op, a, b, origin, out, t);
}

static bool tables(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    bool both = table_is(a) && table_is(b);
    if (both && (op == OP_EQ || op == OP_NE)) {
        *out = value_bool(value_equal(a, b) == (op == OP_EQ));
        return true;
    }
    Value other = table_is(a) ? b : a;
    if (table_or_estimate(other) || is_number(other)) return combine(op, a, b, out, t);
    if (is_word(other)) return wrong_kinds(op, a, b, t);
    return binary_term(op, a, b, origin, out, t);
}

static bool words(NodeOp op, Value a, Value b, Value *out, Trouble *t) {
    if (op == OP_EQ || op == OP_NE) {
        *out = value_bool(value_equal(a, b) == (op == OP_EQ));
        return true;
    }
    return wrong_kinds(op, a, b, t);
}

bool value_binary(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    if (a.tag == VALUE_UNKNOWN || b.tag == VALUE_UNKNOWN) {
        *out = value_unknown();
        return true;
    }
    if (op == OP_IN || op == OP_NOT_IN) return membership(op, a, b, origin, out, t);
    if (op == OP_UNION || op == OP_INTERSECT) return combine_sets(op, a, b, out, t);
    if (b.tag == VALUE_QUERY && op == OP_EQ) return freed(a, b, origin, out, t);
    if (a.tag == VALUE_QUERY || b.tag == VALUE_QUERY) {
        trouble(t, DIAG_QUERY_PLACE, "? stands for every value of a variable");
        return trouble_hint(t, "it is written behind the variable: P(V = ?)");
    }
    if (is_number(a) && is_number(b)) return numbers(op, a, b, out, t);
    if (one_or_several(op, a, b)) return not_several(op, a, b, t);
    if (is_list(a) || is_list(b)) return lists(op, a, b, origin, out, t);
    if (op == OP_SUB && a.tag == VALUE_SET) return combine_sets(op, a, b, out, t);
    if (is_undefined(a) || is_undefined(b)) {
        *out = value_keep(is_undefined(a) ? a : b);
        return true;
    }
    if (a.tag == VALUE_ESTIMAND || b.tag == VALUE_ESTIMAND) return estimands(op, a, b, out, t);
    if (a.tag == VALUE_UNDETERMINED || b.tag == VALUE_UNDETERMINED)
        return undetermined(op, a, b, out, t);
    if (bounds_value_meets(a, b)) return bounds_value_binary(op, a, b, origin, out, t);
    if (is_estimates(a, b)) return estimates(op, a, b, out, t);
    if (table_is(a) || table_is(b)) return tables(op, a, b, origin, out, t);
    if (a.tag == VALUE_TERM || b.tag == VALUE_TERM) return binary_term(op, a, b, origin, out, t);
    if (op == OP_EQ || op == OP_NE || is_word(a) || is_word(b)) return words(op, a, b, out, t);
    return wrong_kinds(op, a, b, t);
}

static double negate_cell(void *user, double x, double y) {
    (void)y;
    return *(NodeOp *)user == OP_NOT ? (x == 0) : -x;
}

static void negate_slopes(void *user, double x, double y, double out[2]) {
    (void)user, (void)x, (void)y;
    out[0] = -1;
    out[1] = 0;
}

static bool unary_list(NodeOp op, Value a, uint32_t origin, Value *out, Trouble *t) {
    Value left = op == OP_NEG ? value_number(-1) : value_bool(false);
    return pointwise(op == OP_NEG ? OP_MUL : OP_EQ, left, a, origin, out, t);
}

bool value_unary(NodeOp op, Value a, uint32_t origin, Value *out, Trouble *t) {
    if (a.tag == VALUE_UNKNOWN || is_undefined(a)) {
        *out = value_keep(a);
        return true;
    }
    if (op == OP_NOT && is_truth(a)) {
        *out = value_bool(number_of(a) == 0);
        return true;
    }
    if (op == OP_NEG && is_number(a)) {
        *out = value_number(-number_of(a));
        return true;
    }
    if (is_list(a)) return unary_list(op, a, origin, out, t);
    if (op == OP_NOT && a.tag == VALUE_UNDETERMINED) {
        *out = value_keep(a);
        return true;
    }
    if (table_is(a) || (a.tag == VALUE_ESTIMATE && op == OP_NEG)) {
        CellFunction f = {negate_cell, op == OP_NEG ? negate_slopes : NULL, &op};
        return table_combine(a, value_number(0), &f, out, t);
    }
    if (a.tag == VALUE_BOUNDS && op == OP_NEG)
        return bounds_value_binary(OP_MUL, value_number(-1), a, origin, out, t);
    if (a.tag == VALUE_TERM)
        return value_term(term_unary(op == OP_NOT ? TERM_NOT : TERM_NEG, term_keep(a.term), origin),
                          out) ||
               trouble_memory(t);
    trouble(t, DIAG_KIND, "%s %s has no meaning", op_text(op), value_kind(a));
    return false;
}
