// Questions brought to one network of worlds.
#include "runtime/bounds/asked.h"

#include <math.h>

#include "runtime/infer/ask_rename.h"
#include "runtime/model/kernel.h"

// The most cells that the table of a term has.
#define ASKED_CELLS 0x1p22

// One question on its way.
typedef struct Renaming {
    Asked *a;
    const Question *q;
} Renaming;

Status asked_open(const Frame *f, Faults *faults, Asked *out) {
    *out = (Asked){.frame = f, .faults = faults};
    return worlds_net_open(f->model, faults, &out->net);
}

void asked_free(Asked *a) {
    worlds_net_free(&a->net);
    model_drop(a->model);
    for (size_t i = 0; i < a->owned.count; i++) term_drop(a->owned.items[i]);
    VEC_FREE(&a->owned);
    VEC_FREE(&a->questions);
    arena_free(&a->arena);
}

static Status own(Asked *a, Term *t) {
    if (!t) return NOMEM;
    if (VEC_PUSH(&a->owned, t)) return OK;
    term_drop(t);
    return NOMEM;
}

// --- worlds ---------------------------------------------------------------------------------

static Status widen(void *user, const Term *var, Term **out);

static bool assigns(const World *w, const Assign *item) {
    for (uint32_t i = 0; w && i < w->n; i++)
        if (w->items[i].target == item->target && w->items[i].source == item->source)
            return true;
    return false;
}

static Status report_free(Faults *faults, Sym name, uint32_t origin) {
    Status st = fault_add(faults, FAULT_ASK_FREE, origin,
                          "bounds are found for one value at a time, and %s is free",
                          name->text);
    if (st != FAULT) return st;
    return fault_hint(faults,
                      "give it a value, or each in turn: `[... %s = v ... for v in [0, 1]]`",
                      name->text);
}

// An item with the variables of other worlds in its value widened, too.
static Status copy_item(const Renaming *r, const Assign *from, bool inner, Assign *to) {
    if (from->kind == ASSIGN_FREE || from->kind == ASSIGN_POLICY)
        return report_free(r->a->faults, from->target, from->origin);
    *to = *from;
    if (!from->value) return OK;
    if (!inner) {
        to->value = term_keep(from->value);
        return OK;
    }
    return ask_rename(from->value, widen, (void *)r, &to->value);
}

// The question's do and a variable's own world, which wins.
static Status join_world(const Renaming *r, const World *own_world, World **out) {
    uint32_t n = own_world ? own_world->n : 0, done = 0;
    for (uint32_t i = 0; i < r->q->nconds; i++)
        if (r->q->conds[i].kind == COND_DO) n += r->q->conds[i].n;
    Assign *items = MEM_NEW(Assign, n);
    if (!items) return NOMEM;
    Status st = OK;
    for (uint32_t i = 0; i < r->q->nconds; i++) {
        const Cond *c = &r->q->conds[i];
        for (uint32_t k = 0; st == OK && c->kind == COND_DO && k < c->n; k++)
            if (!assigns(own_world, &c->items[k])) {
                st = copy_item(r, &c->items[k], false, &items[done]);
                done += st == OK;
            }
    }
    for (uint32_t k = 0; st == OK && own_world && k < own_world->n; k++) {
        st = copy_item(r, &own_world->items[k], true, &items[done]);
        done += st == OK;
    }
    if (st == OK) {
        *out = world_new(items, done);
        if (!*out) st = NOMEM;
    } else {
        for (uint32_t i = 0; i < done; i++) term_drop(items[i].value);
    }
    mem_free(items);
    return st;
}

// Inside a world's values a plain name is that world's own; M[..] and M[] are of other worlds.
static Status widen(void *user, const Term *var, Term **out) {
    const Renaming *r = user;
    World *w;
    if (!var->world) {
        *out = term_keep(var);
        return OK;
    }
    TRY(join_world(r, var->world, &w));
    *out = term_var(var->sym, w, var->origin);
    return *out ? OK : NOMEM;
}

// --- names ----------------------------------------------------------------------------------

static Status check_variable(const Asked *a, Sym name, uint32_t origin) {
    uint32_t v = model_find(a->frame->model, name);
    if (v == MODEL_NONE || !a->frame->vars[v].gone) return OK;
    return fault_add(a->faults, FAULT_BOUNDS_FORM, origin,
                     "%s is latent: nothing is known of its values", name->text);
}

static Status check_world(const Asked *a, const World *w) {
    for (uint32_t i = 0; w && i < w->n; i++) {
        TRY(check_variable(a, w->items[i].target, w->items[i].origin));
        if (w->items[i].source) TRY(check_variable(a, w->items[i].source, w->items[i].origin));
    }
    return OK;
}

static Status rename_variable(void *user, const Term *var, Term **out) {
    Renaming *r = user;
    Asked *a = r->a;
    World *w;
    uint32_t node;
    TRY(check_variable(a, var->sym, var->origin));
    TRY(join_world(r, var->world, &w));
    Term *wide = term_var(var->sym, w, var->origin);
    if (!wide) return NOMEM;
    Status st = check_world(a, wide->world);
    if (st == OK) st = worlds_net_find(&a->net, wide, &node);
    term_drop(wide);
    if (st == OK && node != MODEL_NONE) st = worlds_net_need(&a->net, node);
    if (st != OK) return st;
    Sym name = node == MODEL_NONE ? var->sym : a->net.nodes.items[node].name;
    *out = term_var(name, NULL, var->origin);
    return *out ? OK : NOMEM;
}

static bool is_free(const Asked *a, const Term *t) {
    if (t->op == TERM_FREE) return true;
    uint32_t v = t->op == TERM_VAR ? model_find(a->frame->model, t->sym) : MODEL_NONE;
    return v != MODEL_NONE && a->frame->model->vars[v]->domain->kind != DOMAIN_BOOL;
}

static Status add_term(Renaming *r, const Term *t, bool event, Term **out) {
    if (event ? is_free(r->a, t) : t->op == TERM_FREE)
        return report_free(r->a->faults, (t->op == TERM_FREE ? t->kid[0] : t)->sym, t->origin);
    TRY(ask_rename(t, rename_variable, r, out));
    return own(r->a, *out);
}

static Status refuse(const Asked *a, const Question *q) {
    static const char what[] = "bounds are found of P(...) and E[...] given events and do(...)";
    if (q->head != ASK_P && q->head != ASK_E)
        return fault_add(a->faults, FAULT_BOUNDS_FORM, q->origin, "%s", what);
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_SOFT || q->conds[i].kind == COND_FACTOR)
            return fault_add(a->faults, FAULT_BOUNDS_FORM, q->conds[i].origin, "%s", what);
    return OK;
}

Status asked_add(Asked *a, const Question *q, uint32_t *number) {
    TRY(refuse(a, q));
    AskedQuestion out = {.nargs = q->nargs, .is_mean = q->head == ASK_E, .origin = q->origin};
    Renaming r = {a, q};
    out.terms = ARENA_ARRAY(&a->arena, Term *, q->nconds + q->nargs);
    if (!out.terms) return NOMEM;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_EVENT)
            TRY(add_term(&r, q->conds[i].term, true, &out.terms[out.nconds++]));
    for (uint32_t i = 0; i < q->nargs; i++)
        TRY(add_term(&r, q->args[i], !out.is_mean, &out.terms[out.nconds + i]));
    *number = (uint32_t)a->questions.count;
    return VEC_PUSH(&a->questions, out) ? OK : NOMEM;
}

Status asked_add_not(Asked *a, const Term *event, uint32_t *number) {
    Term *negation = term_unary(TERM_NOT, term_keep(event), event->origin);
    TRY(own(a, negation));
    Question q = {.head = ASK_P, .args = &negation, .nargs = 1, .origin = event->origin};
    return asked_add(a, &q, number);
}

// --- tables ---------------------------------------------------------------------------------

static Status report_value(const Asked *a, const Term *t, bool event) {
    Str text = {0};
    term_add_brief(t, &text);
    Status st = fault_add(a->faults, FAULT_BOUNDS_FORM, t->origin, "%s %s", str_text(&text),
                          event ? "is neither true nor false" : "is not always a number");
    str_free(&text);
    return st;
}

static Status check_infinite(const Asked *a, uint32_t var, const Term *t) {
    const ModelVar *v = a->model->vars[var];
    if (v->domain->count) return OK;
    return fault_add(a->faults, FAULT_BOUNDS_FORM, t->origin,
                     "bounds need finitely many values, and those of %s are not given",
                     v->name->text);
}

static Status shape(Asked *a, const Kernel *k, const uint32_t *node_of, const Term *t,
                    AskedTable *out, double *cells) {
    out->n = kernel_ninputs(k);
    out->nodes = ARENA_ARRAY(&a->arena, uint32_t, out->n);
    out->cards = ARENA_ARRAY(&a->arena, uint32_t, out->n);
    if (!out->nodes || !out->cards) return NOMEM;
    *cells = 1;
    for (uint32_t i = 0; i < out->n; i++) {
        uint32_t var = kernel_input(k, i);
        TRY(check_infinite(a, var, t));
        out->nodes[i] = node_of[var];
        out->cards[i] = a->model->vars[var]->domain->count;
        *cells *= out->cards[i];
    }
    return OK;
}

static Status fill(Asked *a, const Kernel *k, const Term *t, bool event, double cells,
                   const Ctl *ctl, AskedTable *out) {
    if (cells > ASKED_CELLS) {
        a->too_large = true;
        a->size = cells;
        return OK;
    }
    ValueKind kind = kernel_kind(k);
    if (event ? kind != VALUE_BOOL_KIND : kind == VALUE_LEVEL_KIND)
        return report_value(a, t, event);
    uint32_t *vars = ARENA_ARRAY(&a->arena, uint32_t, out->n);
    out->values = ARENA_ARRAY(&a->arena, double, (size_t)cells);
    if (!vars || !out->values) return NOMEM;
    for (uint32_t i = 0; i < out->n; i++) vars[i] = kernel_input(k, i);
    TRY(kernel_tabulate(k, a->model, vars, out->n, ctl, out->values));
    for (size_t i = 0; i < (size_t)cells; i++)
        if (!isfinite(out->values[i])) return report_value(a, t, event);
    return OK;
}

static Status tabulate(Asked *a, const Term *t, bool event, const uint32_t *node_of,
                       const Ctl *ctl, AskedTable *out) {
    Kernel *k;
    double cells;
    TRY(kernel_new(a->model, t, &k, a->faults));
    Status st = shape(a, k, node_of, t, out, &cells);
    if (st == OK) st = fill(a, k, t, event, cells, ctl, out);
    kernel_free(k);
    return st;
}

static Status tabulate_all(Asked *a, const uint32_t *node_of, const Ctl *ctl) {
    for (size_t i = 0; i < a->questions.count; i++) {
        AskedQuestion *q = &a->questions.items[i];
        uint32_t n = q->nconds + q->nargs;
        q->tables = ARENA_ARRAY(&a->arena, AskedTable, n);
        if (!q->tables) return NOMEM;
        for (uint32_t k = 0; k < n && !a->too_large; k++)
            TRY(tabulate(a, q->terms[k], k < q->nconds || !q->is_mean, node_of, ctl,
                         &q->tables[k]));
    }
    return OK;
}

Status asked_finish(Asked *a, const Ctl *ctl) {
    TRY(worlds_net_model(&a->net, &a->model));
    uint32_t *node_of = ARENA_ARRAY(&a->arena, uint32_t, a->model->nvars);
    if (!node_of) return NOMEM;
    for (uint32_t i = 0; i < a->net.nodes.count; i++) {
        const WorldNode *n = &a->net.nodes.items[i];
        uint32_t v = i < a->frame->model->nvars || n->needed ? model_find(a->model, n->name)
                                                             : MODEL_NONE;
        if (v != MODEL_NONE) node_of[v] = i;
    }
    return tabulate_all(a, node_of, ctl);
}

static void table_range(const AskedTable *t, double *low, double *high) {
    size_t cells = 1;
    for (uint32_t i = 0; i < t->n; i++) cells *= t->cards[i];
    *low = *high = t->values[0];
    for (size_t i = 1; i < cells; i++) {
        *low = fmin(*low, t->values[i]);
        *high = fmax(*high, t->values[i]);
    }
}

void asked_range(const AskedQuestion *q, double *low, double *high) {
    *low = *high = 1;
    for (uint32_t i = q->nconds; i < q->nconds + q->nargs; i++) {
        double l, h;
        table_range(&q->tables[i], &l, &h);
        double ends[] = {*low * l, *low * h, *high * l, *high * h};
        *low = fmin(fmin(ends[0], ends[1]), fmin(ends[2], ends[3]));
        *high = fmax(fmax(ends[0], ends[1]), fmax(ends[2], ends[3]));
    }
}
