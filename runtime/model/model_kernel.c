// Model kernel: compiled for its faults alone.
#include "runtime/model/model_kernel.h"

#include "runtime/model/dist.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/kernel.h"
#include "runtime/model/term_order.h"

static Status check_scalar(const Model *m, const Term *t, Faults *faults) {
    Kernel *k = NULL;
    if (t->op == TERM_NUMBER || t->op == TERM_LEVEL) return OK;
    Status status = kernel_new_real(m, t, &k, faults);
    kernel_free(k);
    return status;
}

// What decides at one place of the spine; a leaf that is no distribution is a value.
static Status check_place(const Model *m, const Term *t, Faults *faults) {
    if (!term_is_dist(t)) return check_scalar(m, t, faults);
    uint32_t first = t->op == TERM_CASE ? t->nselect : 0;
    for (uint32_t i = first; i < t->n; i++)
        if (!dist_spine_whole(t, i)) TRY(check_scalar(m, t->kid[i], faults));
    return OK;
}

static Status check_spine(const Model *m, const Term *term, Faults *faults) {
    TermOrder order = {0};
    Status status = term_order_some(term, dist_spine_whole, &order);
    for (size_t i = 0; status == OK && i < order.count; i++)
        status = check_place(m, order.items[i], faults);
    term_order_free(&order);
    return status;
}

// Whether the law is one over the values of the variable shows at any of them.
static Status check_values(const ModelVar *var, Faults *faults) {
    Term *mass = NULL;
    if (!domain_finite(var->domain)) return OK;
    Status status = dist_level_term(var->term, var->domain, 0, &mass, faults);
    term_drop(mass);
    return status;
}

Status model_kernel_check(const Model *m, const ModelVar *var, Faults *faults) {
    for (uint32_t i = 0; i < var->nparents; i++)
        if (m->vars[var->parents[i]]->domain->kind == DOMAIN_SYMBOLIC) return OK;
    if (!term_is_dist(var->term)) return check_scalar(m, var->term, faults);
    TRY(check_values(var, faults));
    return check_spine(m, var->term, faults);
}
