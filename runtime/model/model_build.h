// Model build: a model in the making, as the parts of the builder share it.
//
// model_build.c records what is declared; model_finish.c runs the parts that check and complete
// it: model_noise, model_link, model_case, model_table.
#ifndef RUNG_MODEL_MODEL_BUILD_H
#define RUNG_MODEL_MODEL_BUILD_H

#include "runtime/base/vec.h"
#include "runtime/model/model.h"
#include "runtime/model/model_index.h"

// Runs a check whose violations (FAULT) are noted in `all` while the others go on; every other
// failure ends the function.
#define MODEL_COLLECT(all, expr)                                                               \
    do {                                                                                       \
        Status collect_status_ = (expr);                                                       \
        if (collect_status_ == FAULT)                                                          \
            (all) = FAULT;                                                                     \
        else if (collect_status_ != OK)                                                        \
            return collect_status_;                                                            \
    } while (0)

// A variable in the making.
typedef struct DraftVar {
    ModelVar *var;  // owned; its domain is NULL while nothing was written
    bool declared;  // by model_declare; else only mentioned so far
    bool inherited; // came with `from`
    bool given;     // its mechanism was given here
    bool extend;    // surgery: values outside its range of integers extend the range
    bool bad;       // something about its mechanism was reported
    bool changed;   // inherited, and its domain is another than it was
} DraftVar;

typedef struct DraftEdge {
    ModelEdge edge;
    bool inherited;
    size_t seq; // its place among those written
} DraftEdge;

typedef VEC(uint32_t) NumberVec;

struct ModelBuilder {
    Interner *names;
    Sym name;
    char *doc;
    VEC(DraftVar) vars;
    VEC(DraftEdge) edges;
    VEC(ModelEdge) removed;
    VEC(ModelFactor) factors;
    VEC(Term *) assumes;
    ModelIndex index;
    ModelMemo *memo;
    bool failed; // something was reported before model_finish
};

ModelMemo *model_memo_new(void); // NULL when memory is exhausted
ModelMemo *model_memo_keep(ModelMemo *memo);
void model_memo_drop(ModelMemo *memo); // NULL allowed

// The draft of a name, or NULL.
DraftVar *model_build_find(const ModelBuilder *b, Sym name);

// Adds a variable, whose name is new; takes `var`. NOMEM frees it.
Status model_build_add(ModelBuilder *b, ModelVar *var, uint32_t *number);

// Forgets what was assumed.
void model_build_unassume(ModelBuilder *b);

// Reports a name that is not a variable, with the closest that is. `what` is where it stands
// ("the mechanism of Y").
Status model_build_unknown(const ModelBuilder *b, Sym name, const char *what, uint32_t origin,
                           Faults *faults);

// A name that is not taken: `base` itself, or with " 2", " 3" ... before its last character
// when that is a ')', else behind it. NULL: no memory.
Sym model_build_fresh(const ModelBuilder *b, const char *base);

#endif
