// Kernel: comparisons, whose meaning depends on what is compared.
#include <string.h>

#include "runtime/base/closest.h"
#include "runtime/base/num.h"
#include "runtime/model/kernel_compile.h"
#include "runtime/model/name.h"

static const Domain *domain_of(const KernelCompiler *c, uint32_t var) {
    return c->model->vars[var]->domain;
}

bool kernel_compile_level_number(Sym level, double *number) {
    if (strcmp(level->text, "true") == 0) return *number = 1, true;
    if (strcmp(level->text, "false") == 0) return *number = 0, true;
    return name_number(level, number);
}

// --- faults ---

// The level whose name that is, as it is written.
static Status hint_level(KernelCompiler *c, const Domain *d, const char *name) {
    Str s = {0};
    Status status = FAULT;
    for (uint32_t i = 0; name && i < d->count; i++)
        if (d->levels[i].name && d->levels[i].name->text == name) domain_add_literal(d, i, &s);
    if (s.failed || (s.len && fault_hint(c->faults, "did you mean %s?", str_text(&s)) == NOMEM))
        status = NOMEM;
    str_free(&s);
    return status;
}

// "Size has no value huge; it has {small, large}."
static Status fault_level(KernelCompiler *c, const Term *t, uint32_t var, const char *value) {
    const Domain *d = domain_of(c, var);
    Closest closest;
    Str name = {0}, values = {0};
    name_add(c->model->vars[var]->name, &name);
    domain_add_values(d, &values);
    Status status = name.failed || values.failed
                        ? NOMEM
                        : fault_add(c->faults, FAULT_TERM_LEVEL, t->origin,
                                    "%s is never %s: its values are %s", str_text(&name), value,
                                    str_text(&values));
    str_free(&name);
    str_free(&values);
    if (status != FAULT) return status;
    closest_start(&closest, value);
    for (uint32_t i = 0; d->kind >= DOMAIN_LEVELS && d->kind <= DOMAIN_ORDERED && i < d->count;
         i++)
        if (d->levels[i].name) closest_offer(&closest, d->levels[i].name->text);
    return hint_level(c, d, closest_end(&closest));
}

static Status fault_number(KernelCompiler *c, const Term *t, uint32_t var, double number) {
    Str s = {0};
    num_add(&s, number);
    Status status = s.failed ? NOMEM : fault_level(c, t, var, str_text(&s));
    str_free(&s);
    return status;
}

static Status fault_kinds(KernelCompiler *c, const Term *t) {
    return kernel_compile_fault(c, FAULT_TERM_KIND, t, "compares values of different kinds");
}

static Status fault_order(KernelCompiler *c, const Term *t) {
    Status status = kernel_compile_fault(c, FAULT_TERM_ORDER, t,
                                         "compares by order what is not of one ordered domain");
    if (status != FAULT) return status;
    return fault_hint(c->faults, "levels that have an order are declared so: ordered {low, high}");
}

// --- equality ---

static Status is_level(KernelCompiler *c, uint32_t var, uint32_t level, KernelMeaning *m) {
    KernelCode code = {.op = KERNEL_IS, .input = kernel_compile_input(c, var), .level = level};
    return kernel_compile_code(c, code, NULL, 0, &m->value);
}

static Status equals_level(KernelCompiler *c, const Term *t, uint32_t var, Sym level,
                           KernelMeaning *m) {
    uint32_t at = domain_find_name(domain_of(c, var), level);
    if (at == UINT32_MAX) return fault_level(c, t, var, level->text);
    return is_level(c, var, at, m);
}

// Counting past the end of a range is common (P(Heads = k) for k in 0..20) and harmless; a
// number that is missing from a list of numbers is a slip.
static Status equals_number(KernelCompiler *c, const Term *t, uint32_t var, double number,
                            KernelMeaning *m) {
    const Domain *d = domain_of(c, var);
    uint32_t at = domain_find_number(d, number);
    if (at != UINT32_MAX) return is_level(c, var, at, m);
    if (d->kind == DOMAIN_RANGE)
        return kernel_value_number(c->graph, number == number ? 0 : number, &m->value);
    return fault_number(c, t, var, number);
}

static Status same(KernelCompiler *c, uint32_t a, uint32_t b, KernelMeaning *m) {
    return kernel_compile_code(c, (KernelCode){.op = KERNEL_SAME}, (uint32_t[]){a, b}, 2,
                               &m->value);
}

static Status by_term(KernelCompiler *c, TermOp op, uint32_t a, uint32_t b, KernelMeaning *m) {
    KernelCode code = {.op = KERNEL_TERM, .term = op};
    return kernel_compile_code(c, code, (uint32_t[]){a, b}, 2, &m->value);
}

// A level's name that is a number, compared with numbers, is that number.
static Status as_number(KernelCompiler *c, KernelMeaning *a, const KernelMeaning *other) {
    double number;
    if (!a->level || other->kind == VALUE_LEVEL_KIND) return OK;
    if (!kernel_compile_level_number(a->level, &number)) return OK;
    a->level = NULL;
    a->kind = VALUE_NUMBER_KIND;
    return kernel_value_number(c->graph, number, &a->value);
}

static Status equal_values(KernelCompiler *c, const Term *t, KernelMeaning a, KernelMeaning b,
                           KernelMeaning *m) {
    TRY(as_number(c, &a, &b));
    TRY(as_number(c, &b, &a));
    bool named = a.kind == VALUE_LEVEL_KIND;
    if (named != (b.kind == VALUE_LEVEL_KIND)) return fault_kinds(c, t);
    bool truth = a.kind == VALUE_BOOL_KIND && b.kind == VALUE_BOOL_KIND;
    return named || truth ? same(c, a.value, b.value, m)
                          : by_term(c, TERM_EQ, a.value, b.value, m);
}

Status kernel_compile_equal(KernelCompiler *c, const Term *t, KernelMeaning a, KernelMeaning b,
                            KernelMeaning *m) {
    double number;
    m->kind = VALUE_BOOL_KIND;
    if (a.var == MODEL_NONE && b.var != MODEL_NONE) {
        KernelMeaning swap = a;
        a = b;
        b = swap;
    }
    if (a.var != MODEL_NONE && b.level)
        TRY(equals_level(c, t, a.var, b.level, m));
    else if (a.var != MODEL_NONE && kernel_compile_constant(c, b.value, &number) &&
             b.kind != VALUE_LEVEL_KIND)
        TRY(equals_number(c, t, a.var, number, m));
    else
        TRY(equal_values(c, t, a, b, m));
    if (t->op != TERM_NE) return OK;
    KernelCode negated = {.op = KERNEL_TERM, .term = TERM_NOT};
    return kernel_compile_code(c, negated, &m->value, 1, &m->value);
}

// --- order ---

// An ordered domain whose numbers do not rise: only positions have an order in it.
static bool rises(const Domain *d) {
    for (uint32_t i = 1; i < d->count; i++)
        if (domain_number(d, i) <= domain_number(d, i - 1)) return false;
    return true;
}

static bool by_position(const KernelCompiler *c, const KernelMeaning *a) {
    if (a->var == MODEL_NONE) return false;
    const Domain *d = domain_of(c, a->var);
    return d->kind == DOMAIN_ORDERED && !(d->numeric && rises(d));
}

// The position of b in the ordered domain `d`.
static Status position_in(KernelCompiler *c, const Term *t, uint32_t var,
                          const KernelMeaning *b, uint32_t *value) {
    const Domain *d = domain_of(c, var);
    double number = 0;
    if (b->var != MODEL_NONE) {
        if (!domain_equal(d, domain_of(c, b->var))) return fault_order(c, t);
        return kernel_compile_position(c, b->var, value);
    }
    if (!b->level &&
        (b->kind == VALUE_LEVEL_KIND || !kernel_compile_constant(c, b->value, &number)))
        return fault_order(c, t);
    uint32_t at = b->level ? domain_find_name(d, b->level) : domain_find_number(d, number);
    if (at != UINT32_MAX) return kernel_value_number(c->graph, at, value);
    return b->level ? fault_level(c, t, var, b->level->text) : fault_number(c, t, var, number);
}

Status kernel_compile_less(KernelCompiler *c, const Term *t, KernelMeaning a, KernelMeaning b,
                           KernelMeaning *m) {
    uint32_t x = a.value, y = b.value;
    m->kind = VALUE_BOOL_KIND;
    bool left = by_position(c, &a);
    if (left || by_position(c, &b)) {
        uint32_t var = left ? a.var : b.var;
        TRY(position_in(c, t, var, &a, &x));
        TRY(position_in(c, t, var, &b, &y));
        return by_term(c, (TermOp)t->op, x, y, m);
    }
    TRY(as_number(c, &a, &b));
    TRY(as_number(c, &b, &a));
    if (a.kind == VALUE_LEVEL_KIND || b.kind == VALUE_LEVEL_KIND) return fault_order(c, t);
    return by_term(c, (TermOp)t->op, a.value, b.value, m);
}
