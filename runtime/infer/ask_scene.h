// Scene: one model after surgery, with what was observed in it and what is asked of it sorted
// into the few forms that the heads compute with. Internal to the planner.
#ifndef RUNG_INFER_ASK_SCENE_H
#define RUNG_INFER_ASK_SCENE_H

#include "runtime/base/arena.h"
#include "runtime/base/vec.h"
#include "runtime/infer/ask.h"
#include "runtime/model/kernel.h"

// What all steps of one question share. Everything is borrowed.
typedef struct AskCall {
    const Engine *engine;
    const AskMethod *method; // or NULL
    const Ctl *ctl;
    Derivation *d; // NULL when nobody listens, and once the steps of one scene have been told
    Faults *faults;
    bool dry; // check, do not compute
    bool inner; // asked to explain another answer, and not explained itself
    struct AskDraws *draws; // where joints are drawn (ask_draws.h), else NULL
} AskCall;

// A non-negative function of some variables: an event (0 or 1), soft evidence, a weight.
typedef struct AskFactor {
    uint32_t nvars;
    uint32_t *vars;   // distinct variables of the scene's model
    double *values;   // last variable fastest; NULL in a dry call when nvars > 1
    const Term *term; // as written, for messages; NULL for a row of a table
    uint32_t origin;
    bool weighs; // a weight (`factor e`), not an event
    bool off; // left out for the moment (search for the impossible part)
} AskFactor;

typedef VEC(AskFactor) AskFactors;
typedef VEC(uint32_t) AskVars;

// A number (or a level) for every joint value of some variables.
typedef struct AskQuantity {
    const Term *term;
    Kernel *kernel; // NULL for a variable alone
    uint32_t nvars;
    uint32_t *vars;
    double *values; // NULL until ask_quantity_table
    size_t size;    // its cells, or 0 when that number overflows
} AskQuantity;

// A soft condition: the posterior of `var` becomes `target`.
typedef struct AskSoft {
    uint32_t var;
    double *target;
    const Term *term;
    uint32_t origin;
} AskSoft;

// A free condition held at one level, when rows must be asked one by one.
typedef struct AskPin {
    Sym name;
    uint32_t level;
} AskPin;

typedef struct AskScene {
    AskCall *call;
    const Question *q;
    const Model *model;
    const AskPin *pins;
    uint32_t npins;
    Arena arena;                 // all arrays below
    AskFactors conds;            // what holds
    AskFactors events;           // what is asked about
    AskVars free;                // event axes; the variables that argmax assigns
    AskVars given;               // free conditions
    AskVars averaged;            // bare conditions of H and I
    VEC(AskQuantity) quantities; // the arguments of moments, H and I
    VEC(AskSoft) softs;
    uint32_t *stamp;  // per variable: equal to `now` when it was visited in this walk
    uint32_t *number; // per variable: what this walk numbered it
    uint32_t now;
    VEC(Term *) owned; // terms made on the way
    bool complement;   // `events` is the negation of what is asked
    bool impossible;   // a head found that the conditions have weight zero
    bool faint;        // a joint lost what is too little beside the rest (NetTable.faint)
    bool faint_rows;   // which may be whole rows
    const AskSoft *refused;     // NULL, or the soft condition whose level cannot become
    uint32_t refused_level;     //   possible: that makes them impossible, too
} AskScene;

// Where a condition or argument belongs.
typedef enum AskPlace {
    PLACE_EVENT,    // 0 or 1
    PLACE_FREE,     // a variable, one row per level
    PLACE_AVERAGED, // a bare condition of H or I
    PLACE_ASSIGNED, // a variable that argmax assigns
    PLACE_QUANTITY,
    PLACE_LAW,      // a bare variable of infinitely many values
} AskPlace;

// Sorts one argument or condition by the rule for bare variables (section 6.1 of the language
// design). *var receives the variable of every place but EVENT and QUANTITY. Faults: an unknown
// name, a variable without levels, a `?` within a larger term.
Status ask_scene_place(const Model *m, AskHead head, bool cond, const Term *t, Faults *faults,
                       AskPlace *place, uint32_t *var);

// Opens a scene: compiles events and quantities against `model`, sorts them, and checks that
// the model knows enough for the question. A scene that failed to open must still be closed.
Status ask_scene_open(AskScene *s, AskCall *call, const Model *model, const Question *q,
                      const AskPin *pins, uint32_t npins);
void ask_scene_close(AskScene *s);

// The variable of a name; a fault with the closest name when there is none, or when it has no
// values. With ask_scene_find also when it does not have finitely many.
Status ask_scene_find_any(const Model *m, Sym name, const Term *at, Faults *faults,
                          uint32_t *var);
Status ask_scene_find(const Model *m, Sym name, const Term *at, Faults *faults, uint32_t *var);

// Compiles a term of the scene's model, whose variables must all have finitely many levels.
Status ask_scene_compile(const AskScene *s, const Term *t, Kernel **out);

// The levels of a variable, and the product over several (as a double: it may be huge).
static inline uint32_t ask_card(const Model *m, uint32_t var) {
    return m->vars[var]->domain->count;
}
double ask_cells(const Model *m, const uint32_t *vars, uint32_t nvars);

// OK when a table of that many cells fits the memory limit; else FAULT_ASK_TOO_LARGE, saying
// what would have needed it.
Status ask_room(const AskCall *call, double cells, const Term *what, uint32_t origin);

// --- ask_factor.c ---------------------------------------------------------------------------

// Appends an event's factors to `list`: one per part of the conjunction that it is.
Status ask_factor_event(AskScene *s, const Term *event, uint32_t origin, AskFactors *list);
// Appends a weight (`factor e`).
Status ask_factor_weight(AskScene *s, const Term *weight, uint32_t origin, AskFactors *list);
// Appends the event that a variable has a level.
Status ask_factor_level(AskScene *s, uint32_t var, uint32_t level, AskFactors *list);
// Appends a given function of one variable (values borrowed).
Status ask_factor_values(AskScene *s, uint32_t var, double *values, AskFactors *list);
// Reports the first factor that is undefined somewhere. Where a condition (or, for a part of what
// is asked, a condition or another part) makes that impossible it does not matter, and becomes 0.
Status ask_factor_settle(AskScene *s);
// The level on which a factor of one variable has all its weight, or NET_NONE.
uint32_t ask_factor_point(const AskScene *s, const AskFactor *f);

// Reports that a term is no event.
Status ask_factor_refuse(const Term *t, uint32_t origin, Faults *faults);

// --- ask_quantity.c -------------------------------------------------------------------------

// Compiles a quantity. With `named` its value may be a named level, else that is a fault.
Status ask_quantity_new(AskScene *s, const Term *t, bool named, AskQuantity *out);
// Computes its values.
Status ask_quantity_table(AskScene *s, AskQuantity *quantity);
void ask_quantity_free(AskQuantity *quantity);
// Reports that a term is no number.
Status ask_quantity_refuse(const Term *t, Faults *faults);
// The value of a term without variables; a fault when it has any, or is no number.
Status ask_quantity_constant(const Model *m, const Term *t, Faults *faults, double *value);

// --- ask_soft.c -----------------------------------------------------------------------------

// Reads a soft condition into s->softs.
Status ask_soft_read(AskScene *s, const Cond *cond);
// Turns all soft conditions into factors of s->conds: Jeffrey's rule for one; iterative
// proportional fitting for several. Faults: no distribution that meets all of them. Sets
// s->impossible when the other conditions are, or when a level should become possible and cannot
// (s->refused).
Status ask_soft_apply(AskScene *s);
// The distribution that a soft condition states for `var`, one number per level.
Status ask_soft_target(const Model *m, const Cond *cond, uint32_t var, Faults *faults,
                       double *target);
// Reports that a level cannot become as probable as stated.
Status ask_soft_stuck(const Model *m, uint32_t var, uint32_t level, double target,
                      uint32_t origin, Faults *faults);
// Reports s->refused.
Status ask_soft_refused(const AskScene *s);

#endif
