// Value: what an expression of the language evaluates to.
//
// Values are immutable. A Value is 16 bytes; objects behind it are reference counted and never
// form cycles. Ownership rule, without exception: a function that returns a Value returns a
// reference that the caller drops with value_drop; a function that is given a Value borrows it.
#ifndef RUNG_INTERP_VALUE_H
#define RUNG_INTERP_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interp/ast.h"
#include "interp/source.h"
#include "runtime/base/str.h"
#include "runtime/base/sym.h"
#include "runtime/data/frame.h"
#include "runtime/infer/ask.h"
#include "runtime/model/model.h"
#include "runtime/model/term.h"

typedef enum ValueTag {
    VALUE_NOTHING,  // no value: what a statement leaves; a placeholder
    VALUE_NUMBER,   // number
    VALUE_BOOL,     // truth
    VALUE_LEVEL,    // sym: a level, equal to others by name
    VALUE_WILDCARD, // _ as an index
    VALUE_STRING,   // sym: the text, interned; as a level, the level of that name
    VALUE_REGEX,    // sym: the pattern
    VALUE_TERM,     // term: a variable, a quantity or an event over variables, a distribution
    VALUE_FAMILY,   // sym: a family X of which only members X[i] are variables
    VALUE_QUERY,    // object List of VAR terms: `?` (empty) or `?(R1, R2)`
    VALUE_LIST,     // object: list
    VALUE_SET,      // object: list of distinct items, in order of first mention
    VALUE_SETS,     // object: list of sets that answer a graph question; empty: there is none
    VALUE_MAP,      // object: list of key, item, key, item ...
    VALUE_RANGE,    // object: low, high (integers); iterates without being unrolled
    VALUE_ARROW,    // object: list of the endpoints of X -> M -> Y
    VALUE_ANSWER,   // object: an answer that is not a single number or truth: a table, marginals,
                    // an assignment, undefined
    VALUE_ESTIMATE, // object: an answer that is one number, sampled: it carries its error
    VALUE_BOUNDS,   // object: the range that a number is known to lie in
    VALUE_UNDETERMINED, // object: a comparison that what is known does not decide
    VALUE_ESTIMAND, // object: what an effect is in terms of what is observed, or why it is not known
    VALUE_LADDER,   // object: seeing, doing and imagining side by side (ladder_value.h)
    VALUE_FUNCTION, // object: a def with parameters, or a native
    VALUE_MODEL,    // model
    VALUE_DO,       // object: the assignments of a do(...), for `with`
    VALUE_DATA,     // data: a data set
    VALUE_UNKNOWN,  // check mode only: the value of a question that was checked and not asked
} ValueTag;

typedef struct Object {
    uint32_t refs;
    uint32_t tag; // ValueTag
} Object;

typedef struct Value {
    ValueTag tag;
    union {
        double number;
        bool truth;
        Sym sym;
        Term *term;
        Model *model;
        DataFrame *data;
        Object *object;
    };
} Value;

typedef struct ListObject {
    Object head;
    size_t count;
    Value items[];
} ListObject;

typedef struct RangeObject {
    Object head;
    double low, high; // whole numbers; empty when high < low
} RangeObject;

typedef struct AnswerObject {
    Object head;
    Answer answer; // owned
    bool mixed;    // a function of answers that were sampled with different seeds
} AnswerObject;

// What a question can come to over all models that agree with what is known.
typedef struct BoundsObject {
    Object head;
    double low, high;
    const char *loose; // why it is not sharp, a clause in static storage; NULL: sharp
    Model *model;      // what is known: the model with its assumptions (kept),
    Value source;      // and the model that is the source, or NOTHING (kept)
    Term *objective;   // over questions, to be joined with others of that context (kept); or NULL
    const struct Ctl *ctl; // borrowed from the session
} BoundsObject;

typedef struct TextObject {
    Object head;
    char *text; // owned: why it is undetermined
} TextObject;

// Texts are owned. Not identified: `text` says why, `witness` is a JSON object and `remedies` a JSON
// array (or NULL), the others NULL.
typedef struct EstimandObject {
    Object head;
    char *text, *latex, *source; // as people read it; as LaTeX; as Rung that can be asked again
    char *witness, *remedies;
} EstimandObject;

typedef struct DoObject {
    Object head;
    World *world; // its assignments
} DoObject;

struct Chunk;  // chunk.h: compiled code
struct Native; // native.h

typedef struct FunctionObject {
    Object head;
    Sym name;
    struct Chunk *chunk;         // a def's code (kept), or NULL
    const struct Native *native; // a built-in, or NULL
} FunctionObject;

// --- references -----------------------------------------------------------------------------

Value value_keep(Value v); // one more reference; returns v
void value_drop(Value v);

// --- making values: tag NOTHING with `*ok` false never happens; out of memory is reported by the
// bool result, and then *out is untouched. Those that take references drop them on failure. -----

static inline Value value_nothing(void) { return (Value){.tag = VALUE_NOTHING}; }
static inline Value value_number(double x) { return (Value){.tag = VALUE_NUMBER, .number = x}; }
static inline Value value_bool(bool b) { return (Value){.tag = VALUE_BOOL, .truth = b}; }
static inline Value value_level(Sym s) { return (Value){.tag = VALUE_LEVEL, .sym = s}; }
static inline Value value_family(Sym s) { return (Value){.tag = VALUE_FAMILY, .sym = s}; }
static inline Value value_string(Sym s) { return (Value){.tag = VALUE_STRING, .sym = s}; }
static inline Value value_regex(Sym s) { return (Value){.tag = VALUE_REGEX, .sym = s}; }
static inline Value value_unknown(void) { return (Value){.tag = VALUE_UNKNOWN}; }
static inline Value value_wildcard(void) { return (Value){.tag = VALUE_WILDCARD}; }

bool value_term(Term *taken, Value *out);          // a constant term becomes number, bool or level
bool value_model(Model *taken, Value *out);        // NULL: false
bool value_data(DataFrame *taken, Value *out);     // NULL: false
bool value_list(ValueTag tag, const Value *items, size_t n, Value *out); // keeps the items;
                    // LIST, SET (removes repetitions), SETS, MAP, ARROW, QUERY
// The same of a SET, of many items: no memory also when `ctl` (may be NULL) is cancelled.
bool value_set(const Value *items, size_t n, const struct Ctl *ctl, Value *out);
bool value_range(double low, double high, Value *out);
bool value_answer(Answer *moved, Value *out);      // a NUMBER answer becomes a number, or, when it
                    // was sampled, an ESTIMATE; a LAW a term; on success the answer now belongs to
                    // the value
bool value_bounds(const BoundsObject *from, Value *out); // copies; keeps what it refers to
bool value_undetermined(char *taken, Value *out);  // takes the text, also on failure; NULL: false
bool value_do(World *taken, Value *out);
bool value_estimand(EstimandObject *moved, Value *out); // takes the texts, also on failure
bool value_function(Sym name, struct Chunk *chunk, const struct Native *native, Value *out);

// --- looking at values ----------------------------------------------------------------------

static inline ListObject *value_items(Value v) { return (ListObject *)v.object; }
static inline const char *value_text(Value v) { return v.sym->text; }
static inline BoundsObject *value_bounds_of(Value v) { return (BoundsObject *)v.object; }
static inline const char *value_why(Value v) { return ((TextObject *)v.object)->text; }
static inline EstimandObject *value_estimand_of(Value v) { return (EstimandObject *)v.object; }
static inline Answer *value_answer_of(Value v) { return &((AnswerObject *)v.object)->answer; }

// "a number", "a list", "a variable", "a distribution", ...: for messages.
const char *value_kind(Value v);

// A variable of the factual world, alone: its name; else NULL.
Sym value_variable(Value v);

// Symbolic: a term that mentions variables (or UNKNOWN); such values cannot decide a branch.
bool value_symbolic(Value v);

// The plain number that a NUMBER, BOOL or ESTIMATE stands for, in *x. False: another kind.
bool value_as_number(Value v, double *x);

// Items of what can be iterated over (list, set, range, arrow): false when it cannot.
bool value_count(Value v, size_t *count);
bool value_at(Value v, size_t i, Value *out); // i < count; false: no memory

// The same of what a comprehension goes through: also the rows of a data set, each a data set of
// one row.
bool value_many(Value v, size_t *count);

// Equality of concrete values, as `=` sees it: numbers to 1e-12 relative, false = 0 and true = 1,
// levels by name (a string equals the level of that name, a number the level so written), lists
// item by item, sets without order, tables cell by cell, models by model_equal, data by frame_equal.
bool value_equal(Value a, Value b);

// How many standard errors a 95% interval reaches to each side.
#define ESTIMATE_REACH 1.959963984540054

// --- operations -----------------------------------------------------------------------------

// What went wrong in an operation, for the VM to report at the place of the instruction.
// `message` is owned; a zeroed Trouble is none. `ctl` is there from the start: operations on many
// items poll it, and keep to its memory (trouble_items, trouble_time); NULL: no limits.
typedef struct Trouble {
    int code; // DiagCode
    char *message, *hint;
    const Ctl *ctl;
} Trouble;

// Room for so many items. False, the trouble set: they take more than the memory allowed.
bool trouble_items(Trouble *t, size_t n, Value **items);

// Whether an operation on many items, now at number `at`, may go on. False, the trouble set: it was
// cancelled.
bool trouble_time(Trouble *t, size_t at);

// Sets a trouble with a printf-style message (and hint) and returns false.
bool trouble(Trouble *t, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool trouble_hint(Trouble *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool trouble_memory(Trouble *t);
void trouble_free(Trouble *t);

// a op b and op a, for every operator of NodeOp (value_ops.c). Numbers compute; anything that
// mentions variables builds a term; tables go pointwise by variable name (axes of both, in order
// of first mention); a table meeting a term becomes a LOOKUP; lists go item by item against a
// list of equal length or a single value; sets have union intersect - in; UNKNOWN gives UNKNOWN.
// An estimate carries its error along (table_combine); a comparison that lies within its 95%
// interval is UNDETERMINED. Bounds: bounds_value.h. `VAR = ?` gives FREE; `VAR in {a, b}` gives an OR of equalities; `LIST of VARs = e` (from
// V[_] = e) gives a list of events.
bool value_binary(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t);
bool value_unary(NodeOp op, Value a, uint32_t origin, Value *out, Trouble *t);

// The value as a term (new reference in *out): numbers, bools, levels, strings (as levels),
// terms; a table as a LOOKUP over its axes, a distribution over one variable as a MAP; a map as a
// MAP, or a MIX when its keys are distributions. Trouble for anything else, and for what was sampled.
bool value_to_term(Value v, uint32_t origin, Term **out, Trouble *t);

// Whether the value is a distribution that was sampled.
static inline bool value_drawn(Value v) {
    return v.tag == VALUE_TERM && v.term->op == TERM_EMPIRICAL && v.term->numbers->drawn;
}

#endif
