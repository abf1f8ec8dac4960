// Kernel: variables and tables as inputs.
#include <math.h>

#include "runtime/base/closest.h"
#include "runtime/model/kernel_compile.h"
#include "runtime/model/name.h"

static Status add_quoted_fault(KernelCompiler *c, FaultCode code, const Term *t,
                               const char *before, const char *after) {
    Str s = {0};
    name_add(t->sym, &s);
    Status status =
        s.failed ? NOMEM
                 : fault_add(c->faults, code, t->origin, "%s%s%s", before, str_text(&s), after);
    str_free(&s);
    return status;
}

static Status fault_unknown(KernelCompiler *c, const Term *t) {
    Closest closest;
    Status status =
        add_quoted_fault(c, FAULT_TERM_UNKNOWN, t, "the model has no variable ", "");
    if (status != FAULT) return status;
    closest_start(&closest, t->sym->text);
    for (uint32_t i = 0; i < c->model->nvars; i++)
        closest_offer(&closest, c->model->vars[i]->name->text);
    const char *best = closest_end(&closest);
    if (best && fault_hint(c->faults, "did you mean %s?", best) == NOMEM) return NOMEM;
    return FAULT;
}

uint32_t kernel_compile_input(const KernelCompiler *c, uint32_t var) {
    return pairmap_get(&c->inputs, c->model->vars[var], NULL);
}

static Status load(KernelCompiler *c, KernelCode code, uint32_t *value) {
    return kernel_compile_code(c, code, NULL, 0, value);
}

Status kernel_compile_position(KernelCompiler *c, uint32_t var, uint32_t *value) {
    uint32_t input = kernel_compile_input(c, var);
    return load(c, (KernelCode){.op = KERNEL_POSITION, .input = input}, value);
}

// A table of `count` doubles that the kernel owns; NULL without memory.
static double *new_table(KernelCompiler *c, size_t count) {
    double *cells = MEM_NEW(double, count);
    if (cells && VEC_PUSH(&c->kernel->tables, cells)) return cells;
    mem_free(cells);
    return NULL;
}

// What each level is worth: its number, or the id of its name.
static double worth(const Domain *d, uint32_t i) {
    return d->numeric ? domain_number(d, i) : d->levels[i].name->id;
}

static bool counts_from_zero(const Domain *d) {
    for (uint32_t i = 0; i < d->count; i++)
        if (worth(d, i) != i) return false;
    return true;
}

static Status load_levels(KernelCompiler *c, const Domain *d, uint32_t input, uint32_t *value) {
    if (d->kind == DOMAIN_BOOL || (d->kind != DOMAIN_RANGE && counts_from_zero(d)))
        return load(c, (KernelCode){.op = KERNEL_POSITION, .input = input}, value);
    if (d->kind == DOMAIN_RANGE)
        return load(c,
                    (KernelCode){.op = KERNEL_OFFSET, .input = input, .number = (double)d->low},
                    value);
    double *cells = new_table(c, d->count);
    if (!cells) return NOMEM;
    for (uint32_t i = 0; i < d->count; i++) cells[i] = worth(d, i);
    return load(c, (KernelCode){.op = KERNEL_TABLE, .input = input, .cells = cells}, value);
}

// The input of a variable, made when it is the first mention.
static Status find_input(KernelCompiler *c, uint32_t var, uint32_t *value) {
    const ModelVar *v = c->model->vars[var];
    bool fresh = false;
    uint32_t input = (uint32_t)c->kernel->inputs.count;
    TRY(pairmap_add(&c->inputs, v, NULL, input, &fresh));
    if (!fresh) {
        *value = c->loads.items[kernel_compile_input(c, var)];
        return OK;
    }
    bool real = !domain_finite(v->domain);
    if (!VEC_PUSH(&c->kernel->inputs, var) || !VEC_PUSH(&c->kernel->reals, real)) return NOMEM;
    if (real)
        TRY(load(c, (KernelCode){.op = KERNEL_REAL, .input = input}, value));
    else
        TRY(load_levels(c, v->domain, input, value));
    return VEC_PUSH(&c->loads, *value) ? OK : NOMEM;
}

Status kernel_compile_var(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    if (!term_is_factual(t))
        return kernel_compile_fault(c, FAULT_TERM_PLACE, t, "belongs to another world");
    uint32_t var = model_find(c->model, t->sym);
    if (var == MODEL_NONE) return fault_unknown(c, t);
    const Domain *d = c->model->vars[var]->domain;
    bool finite = domain_finite(d);
    if (!finite && (d->kind == DOMAIN_SYMBOLIC || !c->kernel->real))
        return add_quoted_fault(c, FAULT_TERM_INFINITE, t, "",
                                d->kind == DOMAIN_SYMBOLIC ? " has no known values"
                                                           : " has infinitely many values");
    TRY(find_input(c, var, &m->value));
    m->var = finite ? var : MODEL_NONE;
    m->kind = d->kind == DOMAIN_BOOL  ? VALUE_BOOL_KIND
              : d->numeric || !finite ? VALUE_NUMBER_KIND
                                      : VALUE_LEVEL_KIND;
    return OK;
}

// --- tables ---

static uint32_t find_level(const Domain *d, const Domain *from, uint32_t i) {
    bool named = (from->kind == DOMAIN_LEVELS || from->kind == DOMAIN_ORDERED) &&
                 !from->levels[i].numeric;
    if (named) return domain_find_name(d, from->levels[i].name);
    return domain_find_number(d, domain_number(from, i));
}

// The position on an axis for each level of the variable; NaN for levels that the axis lacks.
static Status axis_position(KernelCompiler *c, uint32_t var, const Domain *axis,
                            uint32_t *value) {
    const Domain *d = c->model->vars[var]->domain;
    if (domain_equal(d, axis)) return kernel_compile_position(c, var, value);
    double *cells = new_table(c, d->count);
    if (!cells) return NOMEM;
    for (uint32_t i = 0; i < d->count; i++) {
        uint32_t at = find_level(axis, d, i);
        cells[i] = at == UINT32_MAX ? (double)NAN : at;
    }
    uint32_t input = kernel_compile_input(c, var);
    return load(c, (KernelCode){.op = KERNEL_TABLE, .input = input, .cells = cells}, value);
}

static Status apply(KernelCompiler *c, TermOp op, uint32_t a, uint32_t b, uint32_t *value) {
    KernelCode code = {.op = KERNEL_TERM, .term = op};
    return kernel_compile_code(c, code, (uint32_t[]){a, b}, 2, value);
}

Status kernel_compile_step(KernelCompiler *c, uint32_t at, uint32_t count, uint32_t position,
                           uint32_t *value) {
    uint32_t size, scaled;
    TRY(kernel_value_number(c->graph, count, &size));
    TRY(apply(c, TERM_MUL, at, size, &scaled));
    return apply(c, TERM_ADD, scaled, position, value);
}

Status kernel_compile_lookup(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    uint32_t at, position;
    TRY(kernel_value_number(c->graph, 0, &at));
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t var = c->meanings[term_order_find(&c->order, t->kid[i])].var;
        if (var == MODEL_NONE)
            return kernel_compile_fault(c, FAULT_TERM_PLACE, t->kid[i], "is not a variable");
        TRY(axis_position(c, var, t->table->domains[i], &position));
        TRY(kernel_compile_step(c, at, t->table->domains[i]->count, position, &at));
    }
    if (!VEC_RESERVE(&c->kernel->kept, c->kernel->kept.count + 1)) return NOMEM;
    c->kernel->kept.items[c->kernel->kept.count++] = term_table_keep(t->table);
    m->kind = VALUE_NUMBER_KIND;
    KernelCode code = {.op = KERNEL_GATHER, .cells = t->table->cells};
    return kernel_compile_code(c, code, &at, 1, &m->value);
}
