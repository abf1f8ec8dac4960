// Quantities: what moments, H and I are taken of, as tables of numbers.
#include <math.h>

#include "runtime/infer/ask_scene.h"

Status ask_quantity_refuse(const Term *t, Faults *faults) {
    Str text = {0};
    term_add(t, &text);
    Status st = fault_add(faults, FAULT_ASK_QUANTITY, t->origin,
                          "%s has named levels, not numbers", str_text(&text));
    if (st == FAULT)
        st = fault_hint(faults,
                        "ask for a probability, `P(%s = ?)`, or turn levels into numbers with "
                        "`case`",
                        str_text(&text));
    str_free(&text);
    return st;
}

static Status new_variable(AskScene *s, const Term *t, bool named, AskQuantity *out) {
    uint32_t var;
    TRY(ask_scene_find(s->model, t->sym, t, s->call->faults, &var));
    if (!named && !s->model->vars[var]->domain->numeric) return ask_quantity_refuse(t, s->call->faults);
    out->vars = ARENA_NEW(&s->arena, uint32_t);
    if (!out->vars) return NOMEM;
    out->vars[0] = var;
    out->nvars = 1;
    out->size = ask_card(s->model, var);
    return OK;
}

static Status take_inputs(AskScene *s, AskQuantity *out) {
    out->nvars = kernel_ninputs(out->kernel);
    out->vars = ARENA_ARRAY(&s->arena, uint32_t, out->nvars);
    if (!out->vars) return NOMEM;
    for (uint32_t i = 0; i < out->nvars; i++) out->vars[i] = kernel_input(out->kernel, i);
    double cells = ask_cells(s->model, out->vars, out->nvars);
    out->size = cells < 0x1p53 ? (size_t)cells : 0;
    return OK;
}

Status ask_quantity_new(AskScene *s, const Term *t, bool named, AskQuantity *out) {
    *out = (AskQuantity){.term = t};
    if (t->op == TERM_VAR) return new_variable(s, t, named, out);
    Status st = ask_scene_compile(s, t, &out->kernel);
    if (st == OK && !named && kernel_kind(out->kernel) == VALUE_LEVEL_KIND)
        st = ask_quantity_refuse(t, s->call->faults);
    if (st == OK) st = take_inputs(s, out);
    if (st != OK) ask_quantity_free(out);
    return st;
}

Status ask_quantity_table(AskScene *s, AskQuantity *quantity) {
    if (quantity->values) return OK;
    double cells = ask_cells(s->model, quantity->vars, quantity->nvars);
    TRY(ask_room(s->call, cells, quantity->term, quantity->term->origin));
    double *values = ARENA_ARRAY(&s->arena, double, quantity->size);
    if (!values) return NOMEM;
    if (quantity->kernel) {
        TRY(kernel_tabulate(quantity->kernel, s->model, quantity->vars, quantity->nvars,
                            s->call->ctl, values));
    } else {
        const Domain *d = s->model->vars[quantity->vars[0]]->domain;
        for (uint32_t l = 0; l < d->count; l++)
            values[l] = d->numeric ? domain_number(d, l) : l;
    }
    quantity->values = values;
    return OK;
}

void ask_quantity_free(AskQuantity *quantity) {
    kernel_free(quantity->kernel);
    quantity->kernel = NULL;
}

static Status report_constant(const Term *t, Faults *faults) {
    Str text = {0};
    term_add(t, &text);
    Status st =
        fault_add(faults, FAULT_ASK_QUANTITY, t->origin,
                  "%s is not a constant number, and one is needed here", str_text(&text));
    str_free(&text);
    return st;
}

Status ask_quantity_constant(const Model *m, const Term *t, Faults *faults, double *value) {
    if (t->op == TERM_NUMBER) {
        *value = t->number;
        return OK;
    }
    Kernel *kernel = NULL;
    Status st = kernel_new(m, t, &kernel, faults);
    if (st == OK && (kernel_ninputs(kernel) || kernel_kind(kernel) == VALUE_LEVEL_KIND))
        st = report_constant(t, faults);
    if (st == OK) st = kernel_tabulate(kernel, m, NULL, 0, NULL, value);
    kernel_free(kernel);
    return st;
}
