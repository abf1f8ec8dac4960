// Scenes: the arguments and conditions of a question sorted against one model.
#include "runtime/infer/ask_scene.h"

#include "runtime/infer/ask_net.h"

// From this many cells on, an event is worth a second look before its table is made.
#define SCENE_LARGE_EVENT 0x1p16

// What of a term a message shows, in bytes.
#define SCENE_TEXT 60

double ask_cells(const Model *m, const uint32_t *vars, uint32_t nvars) {
    double cells = 1;
    for (uint32_t i = 0; i < nvars; i++) cells *= ask_card(m, vars[i]);
    return cells;
}

// The beginning of a term that may be long.
static void add_clipped(const Term *t, Str *out) {
    Str text = {0};
    term_add(t, &text);
    if (text.len > SCENE_TEXT + 3) {
        size_t end = SCENE_TEXT;
        while (((unsigned char)text.text[end] & 0xC0) == 0x80) end--; // within a character
        str_add_n(out, str_text(&text), end);
        str_add(out, "...");
    } else {
        str_add(out, str_text(&text));
    }
    str_free(&text);
}

Status ask_room(const AskCall *call, double cells, const Term *what, uint32_t origin) {
    // An engine will want a table of the same size beside it.
    double bytes = cells * (double)sizeof(double);
    if (2 * bytes <= (double)ctl_memory(call->ctl)) return OK;
    Str text = {0};
    if (what) add_clipped(what, &text);
    Status st = fault_add(call->faults, FAULT_ASK_TOO_LARGE, origin,
                          "%s%sneeds a table of %.3g cells (%.3g GB)", str_text(&text),
                          what ? " " : "the answer ", cells, bytes / 1e9);
    str_free(&text);
    if (st != FAULT) return st;
    return fault_hint(call->faults,
                      "ask about fewer variables at once, or split the condition");
}

// The compiler of terms knows how to report a name that the model does not have.
static Status report_unknown(const Model *m, Sym name, const Term *at, Faults *faults) {
    Term *var = term_var(name, NULL, at ? at->origin : 0);
    if (!var) return NOMEM;
    Kernel *kernel = NULL;
    Status st = kernel_new(m, var, &kernel, faults);
    kernel_free(kernel);
    term_drop(var);
    if (st != OK) return st;
    return fault_add(faults, FAULT_ASK_GRAPH, at ? at->origin : 0, "no variable `%s` is known",
                     name->text);
}

static Status report_symbolic(const Model *m, uint32_t var, uint32_t origin, Faults *faults) {
    uint32_t known = 0;
    for (uint32_t v = 0; v < m->nvars && !known; v++)
        known = m->vars[v]->domain->kind != DOMAIN_SYMBOLIC || m->vars[v]->mech != MECH_NONE;
    const char *name = m->vars[var]->name->text;
    Status st = known
                    ? fault_add(faults, FAULT_ASK_GRAPH, origin,
                                "of %s only its place in the graph is known; numbers need a "
                                "mechanism or data",
                                name)
                    : fault_add(faults, FAULT_ASK_GRAPH, origin,
                                "this model is a graph alone; numbers need mechanisms or data");
    if (st != FAULT) return st;
    return fault_hint(faults, "give %s a domain and a mechanism, as in `%s : bool ~ 0.3`", name,
                      name);
}

static Status check_finite(const Model *m, uint32_t var, uint32_t origin, Faults *faults) {
    const Domain *d = m->vars[var]->domain;
    if (d->kind == DOMAIN_SYMBOLIC) return report_symbolic(m, var, origin, faults);
    if (domain_finite(d)) return OK;
    Str text = {0};
    domain_add(d, &text);
    Status st = fault_add(faults, FAULT_ASK_CONTINUOUS, origin,
                          "%s is %s: it has no list of levels to go through here",
                          m->vars[var]->name->text, str_text(&text));
    str_free(&text);
    if (st != FAULT) return st;
    return fault_hint(faults, "give it a value, as in `%s = 1`", m->vars[var]->name->text);
}

Status ask_scene_find_any(const Model *m, Sym name, const Term *at, Faults *faults,
                          uint32_t *var) {
    *var = model_find(m, name);
    if (*var == MODEL_NONE) return report_unknown(m, name, at, faults);
    if (m->vars[*var]->domain->kind == DOMAIN_SYMBOLIC)
        return report_symbolic(m, *var, at ? at->origin : 0, faults);
    return OK;
}

Status ask_scene_find(const Model *m, Sym name, const Term *at, Faults *faults, uint32_t *var) {
    *var = model_find(m, name);
    if (*var == MODEL_NONE) return report_unknown(m, name, at, faults);
    return check_finite(m, *var, at ? at->origin : 0, faults);
}

typedef struct Check {
    const Model *m;
    Faults *faults;
    Status status;
} Check;

// Unknown names are left to the compiler.
static bool check_mention(void *user, Sym name, const Term *at) {
    Check *c = user;
    uint32_t var = model_find(c->m, name);
    if (var != MODEL_NONE) c->status = check_finite(c->m, var, at->origin, c->faults);
    return c->status == OK;
}

Status ask_scene_compile(const AskScene *s, const Term *t, Kernel **out) {
    Check c = {s->model, s->call->faults, OK};
    *out = NULL;
    if (!term_variables(t, false, check_mention, &c)) return c.status == OK ? NOMEM : c.status;
    return kernel_new(s->model, t, out, s->call->faults);
}

static Status place_variable(const Model *m, AskHead head, bool cond, const Term *t, bool freed,
                             Faults *faults, AskPlace *place, uint32_t *var) {
    TRY(ask_scene_find_any(m, t->sym, t, faults, var));
    bool info = head == ASK_H || head == ASK_I;
    bool infinite = !domain_finite(m->vars[*var]->domain);
    bool is_bool = m->vars[*var]->domain->kind == DOMAIN_BOOL;
    if (infinite && (cond || head == ASK_P || head == ASK_LOGP || head == ASK_ARGMAX))
        *place = PLACE_LAW;
    else if (cond && info && !freed)
        *place = PLACE_AVERAGED;
    else if (!cond && head == ASK_ARGMAX)
        *place = PLACE_ASSIGNED;
    else if (!cond && head != ASK_P && head != ASK_LOGP)
        *place = PLACE_QUANTITY;
    else
        *place = is_bool && !freed ? PLACE_EVENT : PLACE_FREE;
    return OK;
}

static Status report_free(const Term *t, Faults *faults) {
    Str text = {0};
    term_add(t, &text);
    Status st = fault_add(faults, FAULT_ASK_FREE, t->origin,
                          "`?` frees a variable only where it stands alone, not in %s",
                          str_text(&text));
    str_free(&text);
    return st;
}

static bool is_free(const Term *t) {
    return t->op == TERM_FREE;
}

static Status check_no_free(const Term *t, Faults *faults) {
    bool free;
    TRY(term_any(t, is_free, &free));
    return free ? report_free(t, faults) : OK;
}

Status ask_scene_place(const Model *m, AskHead head, bool cond, const Term *t, Faults *faults,
                       AskPlace *place, uint32_t *var) {
    bool freed = t->op == TERM_FREE;
    const Term *bare = freed ? t->kid[0] : t;
    bool events = cond || head == ASK_P || head == ASK_LOGP || head == ASK_ARGMAX;
    if (bare->op == TERM_VAR && !(freed && !events))
        return place_variable(m, head, cond, bare, freed, faults, place, var);
    TRY(check_no_free(t, faults));
    *place = events ? PLACE_EVENT : PLACE_QUANTITY;
    return OK;
}

static const AskPin *find_pin(const AskScene *s, uint32_t var) {
    for (uint32_t i = 0; i < s->npins; i++)
        if (s->pins[i].name == s->model->vars[var]->name) return &s->pins[i];
    return NULL;
}

static Status add_condition(AskScene *s, const Cond *c) {
    AskPlace place;
    uint32_t var = 0;
    TRY(ask_scene_place(s->model, s->q->head, true, c->term, s->call->faults, &place, &var));
    if (place == PLACE_EVENT) return ask_factor_event(s, c->term, c->origin, &s->conds);
    if (place == PLACE_AVERAGED) return VEC_PUSH(&s->averaged, var) ? OK : NOMEM;
    const AskPin *pin = find_pin(s, var);
    if (pin) return ask_factor_level(s, var, pin->level, &s->conds);
    return VEC_PUSH(&s->given, var) ? OK : NOMEM;
}

static Status add_conditions(AskScene *s) {
    for (uint32_t i = 0; i < s->q->nconds; i++) {
        const Cond *c = &s->q->conds[i];
        if (c->kind == COND_EVENT) TRY(add_condition(s, c));
        if (c->kind == COND_FACTOR) TRY(ask_factor_weight(s, c->term, c->origin, &s->conds));
        if (c->kind == COND_SOFT) TRY(ask_soft_read(s, c));
    }
    return OK;
}

static Status add_quantity(AskScene *s, const Term *t) {
    bool named = s->q->head == ASK_H || s->q->head == ASK_I;
    AskQuantity quantity;
    TRY(ask_quantity_new(s, t, named, &quantity));
    if (VEC_PUSH(&s->quantities, quantity)) return OK;
    ask_quantity_free(&quantity);
    return NOMEM;
}

typedef struct Size {
    const Model *m;
    double cells;
} Size;

static bool add_mention(void *user, Sym name, const Term *at) {
    (void)at;
    Size *size = user;
    uint32_t var = model_find(size->m, name);
    if (var != MODEL_NONE) size->cells *= ask_card(size->m, var);
    return true;
}

// One disjunction of very many variables is asked through its negation, which is a conjunction.
static Status add_event(AskScene *s, const Term *t) {
    Size size = {s->model, 1};
    if (s->q->head != ASK_P || s->q->nargs > 1 || t->op != TERM_OR)
        return ask_factor_event(s, t, t->origin, &s->events);
    if (!term_variables(t, false, add_mention, &size)) return NOMEM;
    if (size.cells <= SCENE_LARGE_EVENT) return ask_factor_event(s, t, t->origin, &s->events);
    s->complement = true;
    Term *negation = term_unary(TERM_NOT, term_keep(t), t->origin);
    if (!negation || !VEC_PUSH(&s->owned, negation)) {
        term_drop(negation);
        return NOMEM;
    }
    return ask_factor_event(s, negation, t->origin, &s->events);
}

static Status add_argument(AskScene *s, const Term *t) {
    AskPlace place;
    uint32_t var = 0;
    TRY(ask_scene_place(s->model, s->q->head, false, t, s->call->faults, &place, &var));
    switch (place) {
    case PLACE_EVENT:
        return add_event(s, t);
    case PLACE_QUANTITY:
        return add_quantity(s, t);
    case PLACE_FREE:
    case PLACE_ASSIGNED:
        return VEC_PUSH(&s->free, var) ? OK : NOMEM;
    case PLACE_AVERAGED:
    case PLACE_LAW: // ask_real answers where there is one
        break;
    }
    return OK;
}

static Status add_arguments(AskScene *s) {
    // The second argument of Quantile is a number, read by the head.
    uint32_t n = s->q->head == ASK_QUANTILE ? 1 : s->q->nargs;
    for (uint32_t i = 0; i < n; i++) TRY(add_argument(s, s->q->args[i]));
    return OK;
}

Status ask_scene_open(AskScene *s, AskCall *call, const Model *model, const Question *q,
                      const AskPin *pins, uint32_t npins) {
    *s = (AskScene){.call = call, .q = q, .model = model, .pins = pins, .npins = npins};
    s->stamp = ARENA_ARRAY(&s->arena, uint32_t, model->nvars);
    s->number = ARENA_ARRAY(&s->arena, uint32_t, model->nvars);
    if (!s->stamp || !s->number) return NOMEM;
    TRY(add_conditions(s));
    TRY(add_arguments(s));
    TRY(ask_factor_settle(s));
    TRY(ask_known_check(s));
    return s->softs.count && !call->dry ? ask_soft_apply(s) : OK;
}

void ask_scene_close(AskScene *s) {
    for (size_t i = 0; i < s->quantities.count; i++) ask_quantity_free(&s->quantities.items[i]);
    for (size_t i = 0; i < s->owned.count; i++) term_drop(s->owned.items[i]);
    VEC_FREE(&s->owned);
    VEC_FREE(&s->conds);
    VEC_FREE(&s->events);
    VEC_FREE(&s->free);
    VEC_FREE(&s->given);
    VEC_FREE(&s->averaged);
    VEC_FREE(&s->quantities);
    VEC_FREE(&s->softs);
    arena_free(&s->arena);
}
