// Bounds_value: ranges in which a number is known to lie, and arithmetic on them.
#include "interp/bounds_value.h"

#include <math.h>
#include <string.h>

#include "interp/diag.h"
#include "runtime/base/num.h"
#include "runtime/bounds/bounds_term.h"

// Ends this close are one number; what is this near to 0 is 0.
#define SAME_ENDS 1e-9
#define NO_VALUE 1e-12

static const char across[] = "interval arithmetic across contexts";
static const char apart[] = "interval arithmetic of what depends on each other";

// --- finding --------------------------------------------------------------------------------

static double cleaned(double x) {
    return fabs(x) < NO_VALUE ? 0 : x;
}

static bool give(const BoundsObject *b, Value *out) {
    if (b->low == b->high || fabs(b->high - b->low) <= SAME_ENDS * fmax(1, fabs(b->low)))
        return *out = value_number((b->low + b->high) / 2), true;
    return value_bounds(b, out);
}

static bool give_undefined(Value *out) {
    Answer a = {.kind = ANSWER_UNDEFINED, .method = "bounds", .rung = 3};
    Str why = {0};
    str_add(&why, "what is given cannot happen");
    a.why = str_take(&why);
    if (a.why && value_answer(&a, out)) return true;
    answer_free(&a);
    return false;
}

static Status refuted(const BoundsObject *b, const BoundsAnswer *answer, Faults *faults) {
    if (answer->culprit == BOUNDS_NONE)
        return fault_add(faults, FAULT_BOUNDS_REFUTED, b->objective->origin,
                         "no model of this graph agrees with what is known");
    const Term *culprit = b->model->assumes[answer->culprit];
    Str s = {0};
    term_add_brief(culprit, &s);
    Status status = fault_add(faults, FAULT_BOUNDS_REFUTED, culprit->origin,
                              "the numbers refute what is assumed here: %s", str_text(&s));
    str_free(&s);
    if (status == FAULT && b->objective->origin) fault_also(faults, b->objective->origin);
    return status;
}

static Status result(const BoundsObject *context, const BoundsAnswer *answer, Value *out,
                     Faults *faults) {
    BoundsObject b = *context;
    switch (answer->kind) {
    case BOUNDS_FOUND: break;
    case BOUNDS_UNDEFINED: return give_undefined(out) ? OK : NOMEM;
    case BOUNDS_REFUTED: return refuted(context, answer, faults);
    case BOUNDS_TOO_LARGE:
        return fault_add(faults, FAULT_BOUNDS_SIZE, context->objective->origin,
                         "the bounds need %.3g response types, more than can be listed",
                         answer->size);
    }
    b.low = cleaned(answer->low);
    b.high = cleaned(answer->high);
    b.loose = answer->low_sharp && answer->high_sharp ? NULL
              : answer->why                           ? answer->why
                                                      : "a relaxation";
    return give(&b, out) ? OK : NOMEM;
}

Status bounds_value_find(const BoundsObject *context, Derivation *d, Value *out,
                         Faults *faults) {
    BoundsSource source = {0};
    BoundsKnown known = {.model = context->model, .sources = &source};
    BoundsAnswer answer = {0};
    if (context->source.tag == VALUE_MODEL) {
        source.law = context->source.model;
        known.nsources = 1;
    }
    Status status = bounds_term_solve(&known, context->objective, context->ctl, d, &answer,
                                      faults);
    if (status == OK) status = result(context, &answer, out, faults);
    bounds_free(&answer);
    return status;
}

// --- joining objectives ---------------------------------------------------------------------

static bool same_context(const BoundsObject *a, const BoundsObject *b) {
    if (!a->objective || !b->objective) return false;
    if (a->model != b->model && !model_equal(a->model, b->model)) return false;
    return value_equal(a->source, b->source);
}

static TermOp term_op(NodeOp op) {
    switch (op) {
    case OP_ADD: return TERM_ADD;
    case OP_SUB: return TERM_SUB;
    case OP_MUL: return TERM_MUL;
    default: return TERM_DIV;
    }
}

// NULL: it has none. *ok: there was memory.
static Term *side(Value v, uint32_t origin, bool *ok) {
    double x;
    if (!value_as_number(v, &x)) {
        Term *objective = value_bounds_of(v)->objective;
        return objective ? term_keep(objective) : NULL;
    }
    Term *t = term_number(x, origin);
    *ok = *ok && t;
    return t;
}

// The objective of a op b when both have one, else NULL. OK or NOMEM.
static Status joined(NodeOp op, Value a, Value b, uint32_t origin, Term **out) {
    bool treats = false, ok = true, one = a.tag == VALUE_BOUNDS && b.tag == VALUE_BOUNDS;
    *out = NULL;
    if (op < OP_ADD || op > OP_DIV || op == OP_MOD) return OK;
    if (one && !same_context(value_bounds_of(a), value_bounds_of(b))) return OK;
    Term *x = side(a, origin, &ok), *y = side(b, origin, &ok);
    if (!x || !y) {
        term_drop(x);
        term_drop(y);
        return ok ? OK : NOMEM;
    }
    Term *t = term_binary(term_op(op), x, y, origin);
    Status status = t ? bounds_term_treats(t, &treats) : NOMEM;
    if (treats) *out = t;
    else term_drop(t);
    return status;
}

static bool report(Status status, Faults *faults, Trouble *t) {
    if (status == OK) return true;
    bool told = status == FAULT && faults->count;
    if (told) trouble(t, (int)faults->items[0].code, "%s", faults->items[0].message);
    if (told && faults->items[0].hint) trouble_hint(t, "%s", faults->items[0].hint);
    fault_free(faults);
    if (told) return false;
    if (status == CANCELLED) return trouble(t, DIAG_INTERRUPTED, "interrupted");
    return trouble_memory(t);
}

// --- intervals ------------------------------------------------------------------------------

typedef struct Interval {
    double low, high;
    const char *loose;
} Interval;

static Interval interval_of(Value v) {
    double x;
    if (value_as_number(v, &x)) return (Interval){x, x, NULL};
    const BoundsObject *b = value_bounds_of(v);
    return (Interval){b->low, b->high, b->loose};
}

static Interval hull(const double *ends, int n, const char *loose) {
    Interval r = {ends[0], ends[0], loose};
    for (int i = 1; i < n; i++) {
        r.low = fmin(r.low, ends[i]);
        r.high = fmax(r.high, ends[i]);
    }
    return r;
}

static bool spans_zero(Interval x) {
    return x.low <= 0 && x.high >= 0;
}

static bool power(Interval x, Interval y, Interval *out, Trouble *t) {
    bool square = y.low == y.high && y.low == 2;
    if (x.low <= 0 && !(y.low == y.high && y.low > 0 && (x.low >= 0 || square)))
        return trouble(t, DIAG_UNDEFINED_NUMBER, "a power of bounds that reach below 0");
    double ends[4] = {pow(x.low, y.low), pow(x.low, y.high), pow(x.high, y.low),
                      pow(x.high, y.high)};
    *out = hull(ends, 4, NULL);
    if (square && spans_zero(x)) out->low = 0;
    return true;
}

static bool arithmetic(NodeOp op, Interval x, Interval y, Interval *out, Trouble *t) {
    double ends[4] = {x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high};
    switch (op) {
    case OP_ADD: *out = (Interval){x.low + y.low, x.high + y.high, NULL}; return true;
    case OP_SUB: *out = (Interval){x.low - y.high, x.high - y.low, NULL}; return true;
    case OP_MUL: *out = hull(ends, 4, NULL); return true;
    case OP_DIV:
        if (spans_zero(y))
            return trouble(t, DIAG_UNDEFINED_NUMBER, "division by bounds that contain 0");
        for (int i = 0; i < 4; i++) ends[i] = (i < 2 ? x.low : x.high) / (i % 2 ? y.high : y.low);
        *out = hull(ends, 4, NULL);
        return true;
    case OP_POW: return power(x, y, out, t);
    default: return trouble(t, DIAG_KIND, "bounds take part in + - * / ^ and comparisons");
    }
}

// --- comparisons ----------------------------------------------------------------------------

// Whether d op 0 holds everywhere in the interval, nowhere, or neither.
static bool decide(NodeOp op, Interval d, bool *truth) {
    bool below = d.high < -NO_VALUE, above = d.low > NO_VALUE;
    bool at_most = d.high <= NO_VALUE, at_least = d.low >= -NO_VALUE;
    switch (op) {
    case OP_LT: *truth = below; return below || at_least;
    case OP_LE: *truth = at_most; return at_most || above;
    case OP_GT: *truth = above; return above || at_most;
    case OP_GE: *truth = at_least; return at_least || below;
    default: // = and !=
        *truth = (op == OP_NE) == (below || above);
        return below || above || (at_most && at_least);
    }
}

static bool compare(NodeOp op, Value difference, Value *out, Trouble *t) {
    Interval d = interval_of(difference);
    bool truth;
    if (decide(op, d, &truth)) return *out = value_bool(truth), true;
    Str s = {0};
    str_printf(&s, "undetermined: the difference lies between %.4g and %.4g", d.low, d.high);
    return value_undetermined(str_take(&s), out) || trouble_memory(t);
}

// --- the operators --------------------------------------------------------------------------

static bool is_plain(Value v) {
    return v.tag == VALUE_NUMBER || v.tag == VALUE_BOOL;
}

bool bounds_value_meets(Value a, Value b) {
    return (a.tag == VALUE_BOUNDS && (b.tag == VALUE_BOUNDS || is_plain(b))) ||
           (b.tag == VALUE_BOUNDS && is_plain(a));
}

// Interval arithmetic, and the objective of the result where it has one.
static bool by_intervals(NodeOp op, Value a, Value b, Term *objective, Value *out, Trouble *t) {
    Interval x = interval_of(a), y = interval_of(b), r = {0};
    if (!arithmetic(op, x, y, &r, t)) return false;
    bool both = a.tag == VALUE_BOUNDS && b.tag == VALUE_BOUNDS;
    BoundsObject made = *value_bounds_of(a.tag == VALUE_BOUNDS ? a : b);
    made.low = r.low;
    made.high = r.high;
    made.objective = objective;
    made.loose = x.loose ? x.loose : y.loose;
    if (both)
        made.loose = same_context(value_bounds_of(a), value_bounds_of(b)) ? apart : across;
    return give(&made, out) || trouble_memory(t);
}

static bool combine(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    bool both = a.tag == VALUE_BOUNDS && b.tag == VALUE_BOUNDS;
    Term *objective;
    if (joined(op, a, b, origin, &objective) != OK) return trouble_memory(t);
    // A number over bounds is an interval's business, and so is a shift or a scale of one.
    if (!both || !objective) {
        bool ok = by_intervals(op, a, b, objective, out, t);
        term_drop(objective);
        return ok;
    }
    BoundsObject context = *value_bounds_of(a);
    Faults faults = {0};
    context.objective = objective;
    Status status = bounds_value_find(&context, NULL, out, &faults);
    term_drop(objective);
    return report(status, &faults, t);
}

bool bounds_value_binary(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t) {
    if (op < OP_EQ || op > OP_GE) return combine(op, a, b, origin, out, t);
    Value difference;
    if (!combine(OP_SUB, a, b, origin, &difference, t)) return false;
    bool ok = compare(op, difference, out, t);
    value_drop(difference);
    return ok;
}

// --- functions ------------------------------------------------------------------------------

// Functions that rise wherever they are defined.
static bool rises(const char *name) {
    static const char *const names[] = {"exp",   "expm1", "log",  "log10", "log1p", "log2",
                                        "sqrt",  "cbrt",  "erf",  "logit", "logistic", "atan",
                                        "sinh",  "tanh",  "normal_cdf", "floor", "ceil",
                                        "round", "trunc", "sign"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static bool extreme(const MathFunction *f, const Value *args, Value *out, Trouble *t) {
    Interval x = interval_of(args[0]), y = interval_of(args[1]);
    bool both = args[0].tag == VALUE_BOUNDS && args[1].tag == VALUE_BOUNDS;
    BoundsObject made = *value_bounds_of(args[0].tag == VALUE_BOUNDS ? args[0] : args[1]);
    made.low = f->one((double[]){x.low, y.low});
    made.high = f->one((double[]){x.high, y.high});
    made.objective = NULL;
    made.loose = both ? apart : x.loose ? x.loose : y.loose;
    return give(&made, out) || trouble_memory(t);
}

static bool monotone(const MathFunction *f, Value arg, Value *out, Trouble *t) {
    BoundsObject made = *value_bounds_of(arg);
    bool size = strcmp(f->name, "abs") == 0;
    double low = f->one(&made.low), high = f->one(&made.high);
    if (isnan(low) || isnan(high))
        return trouble(t, DIAG_UNDEFINED_NUMBER, "%s of bounds from %.4g to %.4g is not a number",
                       f->name, made.low, made.high);
    bool turned = size && made.low < 0;
    bool around = turned && made.high > 0;
    made.low = around ? 0 : turned ? high : low;
    made.high = around ? fmax(low, high) : turned ? low : high;
    made.objective = NULL;
    return give(&made, out) || trouble_memory(t);
}

bool bounds_value_function(const MathFunction *f, const Value *args, Value *out, Trouble *t) {
    bool two = f->arity == 2 && (strcmp(f->name, "max") == 0 || strcmp(f->name, "min") == 0);
    if (two && bounds_value_meets(args[0], args[1])) return extreme(f, args, out, t);
    if (f->arity == 1 && (rises(f->name) || strcmp(f->name, "abs") == 0))
        return monotone(f, args[0], out, t);
    return trouble(t, DIAG_KIND, "%s of bounds is not known", f->name);
}
