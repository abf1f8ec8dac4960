// Vm: runs chunks. What natives, queries and builds may ask of it.
#ifndef RUNG_INTERP_VM_H
#define RUNG_INTERP_VM_H

#include "interp/build.h"
#include "interp/diag.h"
#include "interp/interp.h"
#include "interp/native.h"
#include "interp/query.h"
#include "interp/value.h"
#include "runtime/base/derivation.h"
#include "runtime/infer/net.h"

// The context of a question: dynamic, innermost first.
typedef struct Context {
    Model *model;         // NULL: no model in context
    Value sources;        // after `from`: a LIST, or NOTHING
    Value data;           // after `from`: DATA, or NOTHING
    bool observed;        // the model has families with a member for each row of the data
    const SourceGroup *described; // after `from`, when it describes distributions; or NULL
    AskMethod how;        // `using enumerate`; without, the planner's choice
    bool assuming;        // of a block: questions become part of an assumption
    bool asked;           // a question was put in this context
    bool unknown;         // check mode: the model is UNKNOWN
} Context;

const Context *vm_context(const Vm *vm);
// The variable of that name in the model in context or, where that knows no values for it, in
// the source; NULL when there is none.
const ModelVar *vm_variable(const Vm *vm, Sym name);

// The domain of a variable of the model that is being made; NULL when it is not known (yet).
const Domain *vm_assumed_domain(const Vm *vm, Sym name);

void vm_asked(Vm *vm); // marks the context and those around it as asked
void vm_note_rung(Vm *vm, uint32_t rung); // of a question that was answered

Interner *vm_names(const Vm *vm);
Sources *vm_sources(const Vm *vm);
Diags *vm_diags(const Vm *vm);
const Ctl *vm_ctl(const Vm *vm);
// How the question in context is to be answered: what `using` says, else what is set.
AskMethod vm_method(const Vm *vm);
Derivation *vm_derivation(const Vm *vm); // NULL unless explaining
bool vm_checking(const Vm *vm);

// Whether files are closed to what runs, as Lua has called it.
bool vm_closed(const Vm *vm);
// Whether a file may be read: where files alone are, no pipe and no device.
bool vm_may_read(const Vm *vm, const char *path);

// Reports: an error (returns false), a trouble (emptied; returns false), the library's faults,
// or no memory. vm_note reports a note once per session and text.
bool vm_error(Vm *vm, DiagCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool vm_trouble(Vm *vm, Trouble *t, Span span);
bool vm_faults(Vm *vm, Faults *faults, Span span);
bool vm_memory(Vm *vm);
void vm_note(Vm *vm, DiagCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
