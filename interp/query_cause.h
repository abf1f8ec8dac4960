// Query cause: causes(...), responsibility(...) and blame(...).
#ifndef RUNG_INTERP_QUERY_CAUSE_H
#define RUNG_INTERP_QUERY_CAUSE_H

#include "interp/vm.h"

// `q`: args are the events (of causes), or the event and then what is held responsible; conds the
// context. In check mode only the form is checked. False: a diagnostic was reported to the VM.
bool query_cause(Vm *vm, NodeOp head, const Question *q, Span span, Value *out);

#endif
