// Axes: which variables a question leaves free, and what each of their values means.
#include "runtime/infer/ask_axis.h"

#include "runtime/infer/ask_scene.h"

// More interventions than this are not tried one by one.
#define AXIS_MOST_CHOICES 65536

Term *ask_axis_level(const Domain *d, uint32_t level) {
    switch (d->kind) {
    case DOMAIN_BOOL:
        return term_bool(level == 1, 0);
    case DOMAIN_LEVELS:
    case DOMAIN_ORDERED:
        return term_level(d->levels[level].name, 0);
    default:
        return term_number(domain_number(d, level), 0);
    }
}

static Status report_twice(const AskAxis *axis, uint32_t origin, Faults *faults) {
    Status st = fault_add(faults, FAULT_ASK_FREE, origin, "%s is free twice in this question",
                          axis->name->text);
    if (st != FAULT) return st;
    return fault_hint(faults, "give it a value in one of the places, as in `%s = ...`",
                      axis->name->text);
}

static Status report_place(const Question *q, const AskAxis *axis, uint32_t origin,
                           Faults *faults) {
    const char *head = q->head == ASK_ARGMAX ? "argmax" : "marginals";
    Status st = fault_add(faults, FAULT_ASK_FREE, origin,
                          "%s cannot be free in the conditions of %s", axis->name->text, head);
    if (st != FAULT) return st;
    return fault_hint(faults, "give it a value, as in `%s = ...`", axis->name->text);
}

static Status add_axis(const Question *q, AskAxis axis, uint32_t origin, Faults *faults,
                       AskAxes *out) {
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i].name == axis.name) return report_twice(&axis, origin, faults);
    if (q->head == ASK_ARGMAX || q->head == ASK_MARGINALS)
        return report_place(q, &axis, origin, faults);
    return VEC_PUSH(out, axis) ? OK : NOMEM;
}

static Status add_term(const Model *m, const Question *q, bool cond, const Term *t,
                       Faults *faults, AskAxes *out) {
    AskPlace place;
    uint32_t var;
    TRY(ask_scene_place(m, q->head, cond, t, faults, &place, &var));
    if (place != PLACE_FREE) return OK;
    const ModelVar *v = m->vars[var];
    AskAxis axis = {.kind = cond ? AXIS_GIVEN : AXIS_EVENT,
                    .name = v->name,
                    .domain = v->domain,
                    .count = v->domain->count};
    return add_axis(q, axis, t->origin, faults, out);
}

Status ask_axis_frees(const Model *m, const Assign *a, Faults *faults, bool *frees) {
    *frees = a->kind == ASSIGN_FREE || a->kind == ASSIGN_POLICY;
    if (a->kind != ASSIGN_VALUE || a->value) return OK;
    uint32_t var;
    TRY(ask_scene_find(m, a->target, NULL, faults, &var));
    *frees = m->vars[var]->domain->kind != DOMAIN_BOOL;
    return OK;
}

static Status find_inputs(const Model *m, const Assign *a, Faults *faults, uint32_t **out) {
    *out = MEM_NEW(uint32_t, a->ninputs);
    if (!*out) return NOMEM;
    Status st = OK;
    for (uint32_t i = 0; st == OK && i < a->ninputs; i++)
        st = ask_scene_find(m, a->inputs[i], NULL, faults, &(*out)[i]);
    if (st != OK) mem_free(*out);
    return st;
}

static Status report_policies(const Assign *a, double count, Faults *faults) {
    Status st = fault_add(faults, FAULT_ASK_POLICIES, a->origin,
                          "there are %.6g ways to choose %s, and at most %d are tried", count,
                          a->target->text, AXIS_MOST_CHOICES);
    if (st != FAULT) return st;
    return fault_hint(faults, "let the choice depend on fewer variables");
}

static Status count_policies(const Model *m, const Assign *a, const Domain *target,
                             Faults *faults, uint32_t *count) {
    uint32_t *inputs;
    TRY(find_inputs(m, a, faults, &inputs));
    double policies = ask_policy_count(m, target, inputs, a->ninputs);
    mem_free(inputs);
    if (policies > AXIS_MOST_CHOICES) return report_policies(a, policies, faults);
    *count = (uint32_t)policies;
    return OK;
}

static Status add_assign(const Model *m, const Question *q, const Assign *a, Faults *faults,
                         AskAxes *out) {
    bool frees;
    uint32_t var;
    TRY(ask_axis_frees(m, a, faults, &frees));
    if (!frees) return OK;
    TRY(ask_scene_find(m, a->target, NULL, faults, &var));
    const ModelVar *v = m->vars[var];
    AskAxis axis = {.kind = a->kind == ASSIGN_POLICY ? AXIS_POLICY : AXIS_DO,
                    .name = v->name,
                    .domain = v->domain,
                    .count = v->domain->count,
                    .assign = a};
    if (axis.kind == AXIS_POLICY) TRY(count_policies(m, a, v->domain, faults, &axis.count));
    return add_axis(q, axis, a->origin, faults, out);
}

static Status add_assigns(const Model *m, const Question *q, const Assign *items, uint32_t n,
                          Faults *faults, AskAxes *out) {
    for (uint32_t i = 0; i < n; i++) TRY(add_assign(m, q, &items[i], faults, out));
    return OK;
}

double ask_axis_strides(AskAxes *axes) {
    double cells = 1;
    for (size_t i = axes->count; i-- > 0;) {
        axes->items[i].stride = cells < 0x1p53 ? (size_t)cells : 0;
        cells *= axes->items[i].count;
    }
    return cells;
}

Status ask_axis_collect(const Model *m, const Question *q, const World *world, Faults *faults,
                        AskAxes *out, double *cells) {
    for (uint32_t i = 0; i < q->nargs; i++) TRY(add_term(m, q, false, q->args[i], faults, out));
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        if (c->kind == COND_EVENT) TRY(add_term(m, q, true, c->term, faults, out));
        if (c->kind == COND_DO) TRY(add_assigns(m, q, c->items, c->n, faults, out));
    }
    if (world) TRY(add_assigns(m, q, world->items, world->n, faults, out));
    *cells = ask_axis_strides(out);
    return OK;
}

static Term *policy_value(const Model *m, const AskAxis *axis, uint32_t k) {
    Faults none = {0};
    uint32_t *inputs;
    if (find_inputs(m, axis->assign, &none, &inputs) != OK) {
        fault_free(&none);
        return NULL;
    }
    Term *t = ask_policy_term(m, axis->domain, inputs, axis->assign->ninputs, k);
    mem_free(inputs);
    return t;
}

Term *ask_axis_value(const Model *m, const AskAxis *axis, uint32_t k) {
    return axis->kind == AXIS_POLICY ? policy_value(m, axis, k)
                                     : ask_axis_level(axis->domain, k);
}

static char *policy_label(const Model *m, const AskAxis *axis, uint32_t k) {
    Str text = {0};
    Term *t = policy_value(m, axis, k);
    if (!t) return NULL;
    term_add(t, &text);
    term_drop(t);
    return str_take(&text);
}

Status ask_axis_answer(const Model *m, const AskAxis *axis, AnswerAxis *out) {
    *out = (AnswerAxis){.name = axis->name,
                        .domain = domain_keep(axis->domain),
                        .in_do = axis->kind == AXIS_DO || axis->kind == AXIS_POLICY,
                        .given = axis->kind == AXIS_GIVEN,
                        .count = axis->count};
    if (axis->kind != AXIS_POLICY) return OK;
    out->labels = MEM_NEW(char *, axis->count);
    if (!out->labels) return NOMEM;
    for (uint32_t k = 0; k < axis->count; k++) {
        out->labels[k] = policy_label(m, axis, k);
        if (!out->labels[k]) return NOMEM;
    }
    return OK;
}
