// Query sample: rows of the library as a data set.
#include "interp/query_sample.h"

#include <math.h>
#include <string.h>

#include "runtime/data/frame.h"
#include "runtime/infer/ask_sample.h"

// The columns are copied; NULL: no memory.
static DataFrame *to_frame(const SampleRows *rows) {
    DataFrame *f = frame_new(rows->n, rows->nvars, false);
    for (uint32_t i = 0; f && i < rows->nvars; i++) {
        const ModelVar *v = rows->model->vars[rows->vars[i]];
        f->columns[i].name = v->name;
        f->columns[i].domain = domain_keep(v->domain);
        memcpy(f->columns[i].values, rows->values + i * rows->n, rows->n * sizeof(double));
    }
    return f;
}

bool query_sample(Vm *vm, const Question *q, Value count, Span span, Value *out) {
    bool whole = count.tag == VALUE_NUMBER && count.number >= 1 && count.number <= 0x1p40 &&
                 count.number == floor(count.number);
    if (!whole)
        return vm_error(vm, DIAG_HEAD_FORM, span,
                        "this is asked as sample(n | conditions), n a whole number of rows");
    SampleRows rows;
    Faults faults = {0};
    AskMethod how = vm_method(vm);
    Status st = ask_sample(vm_context(vm)->model, q, (size_t)count.number, &how,
                           vm_checking(vm), vm_ctl(vm), &rows, &faults);
    if (st == CANCELLED) return vm_error(vm, DIAG_INTERRUPTED, span, "interrupted");
    if (st == NOMEM) return fault_free(&faults), vm_memory(vm);
    if (st == FAULT) return vm_faults(vm, &faults, span);
    *out = value_unknown();
    if (vm_checking(vm)) return true;
    DataFrame *f = to_frame(&rows);
    ask_sample_free(&rows);
    return (f && value_data(f, out)) || vm_memory(vm);
}
