// Kernel: making, asking and freeing compiled terms.
#include "runtime/model/kernel.h"

#include "runtime/model/kernel_code.h"

static Status make(const Model *model, const Term *term, Kernel *k, Faults *faults) {
    KernelGraph graph = {0};
    uint32_t root = KERNEL_NONE;
    Status status = kernel_compile(k, model, term, &graph, &root, faults);
    if (status == OK) status = kernel_order(k, &graph, root);
    kernel_value_free(&graph);
    return status;
}

static Status new_kernel(const Model *model, const Term *term, bool real, Kernel **out,
                         Faults *faults) {
    *out = NULL;
    Kernel *k = MEM_NEW(Kernel, 1);
    if (!k) return NOMEM;
    k->real = real;
    Status status = make(model, term, k, faults);
    if (status == OK)
        *out = k;
    else
        kernel_free(k);
    return status;
}

Status kernel_new(const Model *model, const Term *term, Kernel **out, Faults *faults) {
    return new_kernel(model, term, false, out, faults);
}

Status kernel_new_real(const Model *model, const Term *term, Kernel **out, Faults *faults) {
    return new_kernel(model, term, true, out, faults);
}

void kernel_free(Kernel *k) {
    if (!k) return;
    for (size_t i = 0; i < k->tables.count; i++) mem_free(k->tables.items[i]);
    for (size_t i = 0; i < k->kept.count; i++) term_table_drop(k->kept.items[i]);
    VEC_FREE(&k->tables);
    VEC_FREE(&k->kept);
    VEC_FREE(&k->code);
    VEC_FREE(&k->inputs);
    VEC_FREE(&k->reals);
    mem_free(k);
}

uint32_t kernel_ninputs(const Kernel *k) {
    return (uint32_t)k->inputs.count;
}

uint32_t kernel_input(const Kernel *k, uint32_t i) {
    return k->inputs.items[i];
}

ValueKind kernel_kind(const Kernel *k) {
    return k->kind;
}

bool kernel_input_real(const Kernel *k, uint32_t i) {
    return k->reals.items[i];
}

bool kernel_finite(const Kernel *k) {
    for (size_t i = 0; i < k->reals.count; i++)
        if (k->reals.items[i]) return false;
    return true;
}

bool kernel_reads(const Kernel *k, uint32_t var) {
    for (size_t i = 0; i < k->inputs.count; i++)
        if (k->inputs.items[i] == var) return true;
    return false;
}

bool kernel_constant(const Kernel *k, double *value) {
    const KernelCode *last = &k->code.items[k->code.count - 1];
    *value = last->number;
    return last->op == KERNEL_CONST;
}
