// What must be known: whether the model's mechanisms suffice for a question, and which of its
// variables the conditions separate from it.
#include "runtime/infer/ask_net.h"

static bool push_all(AskVars *to, const uint32_t *vars, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!VEC_PUSH(to, vars[i])) return false;
    return true;
}

// What the answer is about: everything mentioned but the conditions that merely hold.
static Status gather_targets(const AskScene *s, AskVars *out) {
    bool ok = push_all(out, s->free.items, s->free.count) &&
              push_all(out, s->averaged.items, s->averaged.count);
    for (size_t i = 0; ok && i < s->events.count; i++)
        ok = push_all(out, s->events.items[i].vars, s->events.items[i].nvars);
    for (size_t i = 0; ok && i < s->quantities.count; i++)
        ok = push_all(out, s->quantities.items[i].vars, s->quantities.items[i].nvars);
    for (size_t i = 0; ok && i < s->softs.count; i++) ok = VEC_PUSH(out, s->softs.items[i].var);
    return ok ? OK : NOMEM;
}

static Status report_open(const AskScene *s, uint32_t var) {
    const ModelVar *v = s->model->vars[var];
    const char *name = v->name->text, *shared = "";
    bool root = true;
    for (uint32_t e = 0; e < s->model->nedges; e++) {
        const ModelEdge *edge = &s->model->edges[e];
        if (edge->both && (edge->from == var || edge->to == var))
            shared = ", and shares an unmeasured cause with others";
        if (edge->to == var || *shared) root = false;
    }
    uint32_t asked = s->q->origin;
    Status st = fault_add(s->call->faults, FAULT_ASK_OPEN, asked ? asked : v->origin,
                          "%s has no mechanism%s, and the answer depends on its distribution",
                          name, shared);
    if (st != FAULT) return st;
    if (asked) fault_also(s->call->faults, v->origin);
    return fault_hint(s->call->faults, "give %s a mechanism, set it with do(%s = ...)%s", name,
                      name, root ? ", or condition on it" : "");
}

// A table that was not made: for a cause with infinitely many values, or because it is too
// large.
static Status report_untabled(const AskScene *s, uint32_t var) {
    const ModelVar *v = s->model->vars[var];
    for (uint32_t i = 0; i < v->nparents; i++) {
        uint32_t parent;
        Sym name = s->model->vars[v->parents[i]]->name;
        TRY(ask_scene_find(s->model, name, NULL, s->call->faults, &parent));
    }
    double cells = ask_cells(s->model, v->parents, v->nparents) * ask_card(s->model, var);
    if (v->nparents == 0)
        return fault_add(s->call->faults, FAULT_ASK_TOO_LARGE, v->origin,
                         "%s has %.3g values, too many for a table", v->name->text, cells);
    Status st = fault_add(s->call->faults, FAULT_ASK_TOO_LARGE, v->origin,
                          "the table of %s given its causes (%u) has %.3g cells", v->name->text,
                          v->nparents, cells);
    if (st != FAULT) return st;
    return fault_hint(s->call->faults, "build it from steps with fewer causes each");
}

Status ask_known_tables(const AskScene *s, const uint32_t *vars, uint32_t nvars) {
    for (uint32_t i = 0; i < nvars; i++) {
        const ModelVar *v = s->model->vars[vars[i]];
        if (v->mech != MECH_NONE && !v->cpt) return report_untabled(s, vars[i]);
    }
    return OK;
}

static Status check_known(AskScene *s, const AskVars *found, bool *open) {
    const Model *m = s->model;
    for (size_t i = 0; i < found->count; i++) {
        const ModelVar *v = m->vars[found->items[i]];
        uint32_t var;
        TRY(ask_scene_find(m, v->name, NULL, s->call->faults, &var));
        if (v->mech == MECH_NONE)
            *open = *open || !m->nfactors;
        else if (!v->cpt)
            return report_untabled(s, var);
    }
    return OK;
}

// With factors, a variable's law may come from them alone.
static Status check_factors(AskScene *s) {
    const Model *m = s->model;
    for (uint32_t f = 0; f < m->nfactors; f++)
        if (!m->factors[f].table)
            return fault_add(s->call->faults, FAULT_ASK_TOO_LARGE, m->factors[f].origin,
                             "the factor over %u variables has %.3g cells", m->factors[f].nvars,
                             ask_cells(m, m->factors[f].vars, m->factors[f].nvars));
    return OK;
}

// Open variables whose law reaches the question.
static Status check_open(AskScene *s, const AskVars *found, const AskBall *ball) {
    for (size_t i = 0; i < found->count; i++) {
        uint32_t var = found->items[i];
        if (s->model->vars[var]->mech != MECH_NONE) continue;
        if (bits_has(ball->top, var)) return report_open(s, var);
        TRY(derivation_add(s->call->d, "open",
                           "%s has no mechanism, and needs none: its distribution cancels",
                           s->model->vars[var]->name->text));
    }
    return OK;
}

static bool is_observed(const AskScene *s, uint32_t var) {
    for (size_t i = 0; i < s->conds.count; i++)
        for (uint32_t j = 0; j < s->conds.items[i].nvars; j++)
            if (s->conds.items[i].vars[j] == var) return true;
    return false;
}

static Status describe_separated(const AskScene *s, const AskVars *found, const AskBall *ball) {
    Str text = {0};
    size_t n = 0;
    for (size_t i = 0; i < found->count; i++) {
        uint32_t var = found->items[i];
        if (bits_has(ball->seen, var) || bits_has(ball->top, var) || is_observed(s, var))
            continue;
        if (n < 3) str_printf(&text, "%s%s", n ? ", " : "", s->model->vars[var]->name->text);
        n++;
    }
    if (n > 3) str_printf(&text, " and %zu more", n - 3);
    Status st = text.failed ? NOMEM : OK;
    if (st == OK && n)
        st = derivation_add(
            s->call->d, "separated",
            "%s: the conditions separate what is asked from %s; the weight cancels",
            str_text(&text), n == 1 ? "it" : "them");
    str_free(&text);
    return st;
}

static Status throw_ball(AskScene *s, const AskVars *targets, const AskVars *found, bool open) {
    Arena arena = {0};
    AskBall ball;
    Status st = ask_ball_throw(s, targets->items, (uint32_t)targets->count, &arena, &ball);
    if (st == OK && open) st = check_open(s, found, &ball);
    if (st == OK && s->call->d) st = describe_separated(s, found, &ball);
    arena_free(&arena);
    return st;
}

Status ask_known_check(AskScene *s) {
    AskVars targets = {0}, found = {0};
    bool open = false, all = s->q->head == ASK_MARGINALS;
    Status st = gather_targets(s, &targets);
    // Free conditions matter too, but their own law does not.
    size_t ntargets = targets.count;
    if (st == OK && !push_all(&targets, s->given.items, s->given.count)) st = NOMEM;
    if (st == OK)
        st = ask_net_relevant(s, NULL, targets.items, (uint32_t)targets.count, all, &found);
    if (st == OK) st = check_factors(s);
    if (st == OK) st = check_known(s, &found, &open);
    targets.count = ntargets;
    bool separates = s->call->d && !all && s->conds.count && !s->model->nfactors;
    if (st == OK && (open || separates))
        st = throw_ball(s, all ? &found : &targets, &found, open);
    VEC_FREE(&targets);
    VEC_FREE(&found);
    return st;
}
