// Query_cf: counterfactual questions put to a graph.
#include "interp/query_cf.h"

#include <ctype.h>
#include <string.h>

#include "interp/graph_value.h"
#include "interp/lexer.h"
#include "interp/query_sources.h"
#include "interp/render.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/model/causal.h"
#include "runtime/model/name.h"
#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/identify_cf.h"

// A value that the question names; its number is its place in the list. `text` NULL: any value.
typedef struct Named {
    uint32_t vertex;
    char *text, *source; // as people read it, and as Rung; NULL: the same
    bool bare;           // any value that the variable alone stands for in source, and not `?`
    bool summed;
} Named;

typedef VEC(CfEvent) Events;

// One part of a question: an event's probability, times a coefficient.
typedef struct Asked {
    Vm *vm;
    Span span;
    const Model *model;
    Graph *graph;
    Arena arena; // of worlds
    VEC(Named) values;
    Events events, given;
    VEC(CfSetting) sums;
    Graph *small; // the graph that the sources are about, or NULL
    QuerySources known;
    uint32_t mean; // the value whose mean is asked, or GRAPH_NONE
} Asked;

static void asked_free(Asked *a) {
    for (size_t i = 0; i < a->values.count; i++) {
        mem_free(a->values.items[i].text);
        mem_free(a->values.items[i].source);
    }
    VEC_FREE(&a->values);
    VEC_FREE(&a->events);
    VEC_FREE(&a->given);
    VEC_FREE(&a->sums);
    arena_free(&a->arena);
    query_sources_free(&a->known);
    graph_free(a->small);
    graph_free(a->graph);
}

static bool visit_world(void *user, Sym name, const Term *at) {
    (void)name;
    *(bool *)user = at->op == TERM_VAR && at->world;
    return !*(bool *)user;
}

static Status look_for_world(const Term *t, bool *found) {
    if (!t || *found) return OK;
    return term_variables(t, true, visit_world, found) || *found ? OK : NOMEM;
}

Status query_cf_asks(const Question *q, bool *asks) {
    *asks = false;
    for (uint32_t i = 0; i < q->nargs; i++) TRY(look_for_world(q->args[i], asks));
    for (uint32_t i = 0; i < q->nconds; i++) TRY(look_for_world(q->conds[i].term, asks));
    return OK;
}

// --- values ---------------------------------------------------------------------------------

static bool vertex_of(Asked *a, Sym name, uint32_t *out) {
    *out = model_find(a->model, name);
    return *out != MODEL_NONE ||
           vm_error(a->vm, DIAG_UNKNOWN_NAME, a->span, "%s is not a variable of this model",
                    name->text);
}

static bool new_value(Asked *a, Named named, uint32_t *out) {
    *out = (uint32_t)a->values.count;
    if (VEC_PUSH(&a->values, named)) return true;
    mem_free(named.text);
    mem_free(named.source);
    return vm_memory(a->vm);
}

// A new value that may be any.
static bool any_value(Asked *a, uint32_t vertex, bool bare, uint32_t *out) {
    return new_value(a, (Named){.vertex = vertex, .bare = bare}, out);
}

// The number of a named value. Takes the texts.
static bool value_number_of(Asked *a, uint32_t vertex, char *text, char *source, uint32_t *out) {
    for (size_t i = 0; i < a->values.count; i++) {
        const Named *v = &a->values.items[i];
        if (v->vertex != vertex || !v->text || strcmp(v->text, text) != 0) continue;
        mem_free(text);
        mem_free(source);
        *out = (uint32_t)i;
        return true;
    }
    return new_value(a, (Named){.vertex = vertex, .text = text, .source = source}, out);
}

static bool truth_number(Asked *a, uint32_t vertex, bool truth, uint32_t *out) {
    Str s = {0};
    str_add(&s, truth ? "true" : "false");
    char *text = str_take(&s);
    return text ? value_number_of(a, vertex, text, NULL, out) : vm_memory(a->vm);
}

static bool is_constant(const Term *t) {
    return t->op == TERM_NUMBER || t->op == TERM_LEVEL;
}

// The number of a constant's value: 1 and true are one for a bool.
static bool constant_number(Asked *a, uint32_t vertex, const Term *t, uint32_t *out) {
    bool truth = a->model->vars[vertex]->domain->kind == DOMAIN_BOOL || t->is_bool;
    if (t->op == TERM_NUMBER && truth && (t->number == 0 || t->number == 1))
        return truth_number(a, vertex, t->number == 1, out);
    Str s = {0}, level = {0};
    if (t->op == TERM_NUMBER) num_add(&s, t->number);
    else str_add(&s, t->sym->text);
    if (t->op == TERM_LEVEL) name_add_level(t->sym, &level);
    char *text = str_take(&s), *source = t->op == TERM_LEVEL ? str_take(&level) : NULL;
    if (text && (source || t->op == TERM_NUMBER)) return value_number_of(a, vertex, text, source, out);
    mem_free(text);
    mem_free(source);
    return vm_memory(a->vm);
}

// --- events ---------------------------------------------------------------------------------

static bool refuse(Asked *a, const Term *t) {
    Str s = {0};
    term_add_brief(t, &s);
    vm_error(a->vm, DIAG_CF_FORM, a->span, "%s is not of the form Y[X = 1] = y", str_text(&s));
    diag_hint(vm_diags(a->vm), "under a graph counterfactual events are equalities, several of "
                               "them separated by commas");
    str_free(&s);
    return false;
}

static bool add_event(Asked *a, const Term *var, uint32_t value, Events *to);

// What a world sets a variable to: a constant, or the value it has in another world, which is
// summed over.
static bool add_setting(Asked *a, const Assign *item, CfSetting *out) {
    if (item->source || (item->kind != ASSIGN_VALUE && item->kind != ASSIGN_FREE))
        return vm_error(a->vm, DIAG_CF_FORM, a->span,
                        "under a graph a world sets variables to values or to what they are in "
                        "another world");
    if (!vertex_of(a, item->target, &out->vertex)) return false;
    if (!item->value) return any_value(a, out->vertex, false, &out->value);
    if (is_constant(item->value)) return constant_number(a, out->vertex, item->value, &out->value);
    if (item->value->op != TERM_VAR || item->value->sym != item->target)
        return refuse(a, item->value);
    if (!any_value(a, out->vertex, false, &out->value)) return false;
    a->values.items[out->value].summed = true;
    if (!VEC_PUSH(&a->sums, *out)) return vm_memory(a->vm);
    return add_event(a, item->value, out->value, &a->events);
}

static bool add_event(Asked *a, const Term *var, uint32_t value, Events *to) {
    uint32_t n = var->world ? var->world->n : 0;
    CfSetting *world = ARENA_ARRAY(&a->arena, CfSetting, n);
    CfEvent event = {.value = value, .world = world, .nworld = n};
    if (!world) return vm_memory(a->vm);
    if (!vertex_of(a, var->sym, &event.vertex)) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!add_setting(a, &var->world->items[i], &world[i])) return false;
    return VEC_PUSH(to, event) || vm_memory(a->vm);
}

static bool is_bool(const Asked *a, uint32_t vertex) {
    return a->model->vars[vertex]->domain->kind == DOMAIN_BOOL;
}

static bool add_truth(Asked *a, const Term *var, bool truth, Events *to) {
    uint32_t vertex, value;
    if (!vertex_of(a, var->sym, &vertex)) return false;
    bool ok = truth && !is_bool(a, vertex) ? any_value(a, vertex, true, &value)
                                           : truth_number(a, vertex, truth, &value);
    return ok && add_event(a, var, value, to);
}

// A variable whose mean is asked: of a bool it is the probability of true.
static bool add_mean(Asked *a, const Term *var) {
    uint32_t vertex;
    if (!vertex_of(a, var->sym, &vertex) || !add_truth(a, var, true, &a->events)) return false;
    if (!is_bool(a, vertex)) a->mean = a->events.items[a->events.count - 1].value;
    return true;
}

static bool add_equation(Asked *a, const Term *t, Events *to) {
    const Term *var = t->kid[0], *constant = t->kid[1];
    if (is_constant(var)) var = t->kid[1], constant = t->kid[0];
    uint32_t vertex, value;
    if (var->op != TERM_VAR || !is_constant(constant)) return refuse(a, t);
    return vertex_of(a, var->sym, &vertex) && constant_number(a, vertex, constant, &value) &&
           add_event(a, var, value, to);
}

static bool add_events(Asked *a, const Term *t, Events *to) {
    if (t->op == TERM_AND) return add_events(a, t->kid[0], to) && add_events(a, t->kid[1], to);
    if (t->op == TERM_EQ) return add_equation(a, t, to);
    if (t->op == TERM_VAR) return add_truth(a, t, true, to);
    if (t->op == TERM_FREE) return add_truth(a, t->kid[0], true, to);
    if (t->op == TERM_NOT && t->kid[0]->op == TERM_VAR) return add_truth(a, t->kid[0], false, to);
    return refuse(a, t);
}

static bool add_conditions(Asked *a, const Question *q) {
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        if (c->kind != COND_EVENT)
            return vm_error(a->vm, DIAG_CF_FORM, a->span,
                            "under a graph counterfactual questions are conditioned on events; "
                            "write an intervention into the brackets of a world");
        if (!add_events(a, c->term, &a->given)) return false;
    }
    return true;
}

// --- the answer -----------------------------------------------------------------------------

// How a value is written: as the question names it; a value that may be any, as the variable's
// name in small letters, with a prime for each such value before it.
static void write_value(void *user, uint32_t vertex, uint32_t value, Str *out) {
    const Asked *a = user;
    if (value < a->values.count && a->values.items[value].text) {
        str_add(out, a->values.items[value].text);
        return;
    }
    for (const char *p = a->graph->names[vertex]; *p; p++)
        str_add_char(out, (char)tolower((unsigned char)*p));
    for (size_t i = 0; i < value && i < a->values.count; i++)
        if (a->values.items[i].vertex == vertex && !a->values.items[i].text)
            str_add_char(out, '\'');
}

// A symbol of a value that may be any, and is not summed.
static bool is_any(const Asked *a, const CfSymbol *s) {
    return s->value != GRAPH_NONE && !s->summed && !a->values.items[s->value].text;
}

// What source says of a symbol that is not summed.
static void say(const Asked *a, const CfSymbol *s, Str *out) {
    if (s->value == GRAPH_NONE || s->summed) return;
    const Named *v = &a->values.items[s->value];
    if (v->text) str_printf(out, " = %s", v->source ? v->source : v->text);
    else if (!v->bare) str_add(out, " = ?");
}

// The symbol of the value whose mean is asked, or the number of symbols.
static size_t mean_symbol(const Asked *a, const CfIdentification *id) {
    size_t i = 0;
    while (i < id->pool.n && (a->mean == GRAPH_NONE || id->symbols[i].value != a->mean)) i++;
    return i;
}

static char *printed(const Asked *a, const CfIdentification *id, ExprStyle style) {
    const char **names = identify_cf_names(a->graph, id);
    Str s = {0}, y = {0};
    if (a->mean != GRAPH_NONE) {
        write_value((void *)(uintptr_t)a, a->values.items[a->mean].vertex, a->mean, &y);
        str_printf(&s, style == EXPR_LATEX ? "\\sum_{%s} %s \\cdot " : "sum over %s of %s * ",
                   str_text(&y), str_text(&y));
    }
    if (names) expr_print(&id->pool, id->estimand, names, style, &s);
    s.failed |= !names || y.failed;
    str_free(&y);
    mem_free(names);
    return str_take(&s);
}

// Whether source can tell the symbols apart: it has one `?` for each variable.
static bool source_can(const Asked *a, const CfIdentification *id) {
    for (size_t i = 0; i < id->pool.n; i++)
        for (size_t k = 0; k < i; k++) {
            const CfSymbol *x = &id->symbols[i], *y = &id->symbols[k];
            if (x->vertex == y->vertex && is_any(a, x) && is_any(a, y)) return false;
        }
    return true;
}

// The estimand as Rung that can be asked of a model; an empty text where it names one variable
// at two values that may be any.
static char *source_text(const Asked *a, const CfIdentification *id) {
    size_t n = id->pool.n;
    Str out = {0};
    const char **vertices = graph_view_source_names(a->vm, a->graph);
    const char **names = MEM_NEW(const char *, n), **values = MEM_NEW(const char *, n);
    Str *said = MEM_NEW(Str, n);
    bool ok = vertices && names && values && said;
    for (size_t i = 0; ok && i < n; i++) {
        const CfSymbol *s = &id->symbols[i];
        names[i] = vertices[s->vertex];
        say(a, s, &said[i]);
        values[i] = said[i].len ? str_text(&said[i]) : NULL;
        ok = !said[i].failed;
    }
    if (ok && source_can(a, id))
        expr_print_source(&id->pool, id->estimand, names, values, mean_symbol(a, id),
                          lexer_needs_quotes, &out);
    else str_add(&out, "");
    out.failed |= !ok;
    for (size_t i = 0; said && i < n; i++) str_free(&said[i]);
    mem_free(said);
    mem_free(values);
    mem_free(names);
    mem_free(vertices);
    return str_take(&out);
}

static bool give_estimand(Asked *a, const CfIdentification *id, Value *out) {
    EstimandObject e = {.text = printed(a, id, EXPR_TEXT), .latex = printed(a, id, EXPR_LATEX),
                        .source = source_text(a, id)};
    return value_estimand(&e, out) || vm_memory(a->vm);
}

static bool give_failure(Asked *a, const CfIdentification *id, Value *out) {
    Str text = {0}, names = {0}, witness = {0};
    bool certain = !a->known.n || source_complete(a->small, a->known.items, a->known.n);
    graph_view_names(a->graph, id->district, &names);
    if (id->verdict == CF_CLASH)
        str_printf(&text, "not identified: in the district {%s} %s would have to have two values at "
                          "once", str_text(&names), a->graph->names[id->clash]);
    else
        str_printf(&text, "not identified: %s the law of the district {%s}",
                   certain ? "nothing observed gives" : "no way was found from these sources to",
                   str_text(&names));
    str_add(&witness, "{\"district\":[");
    size_t n = 0;
    SET_EACH(id->district, a->graph->words, v) {
        if (n++) str_add_char(&witness, ',');
        render_json_string(a->graph->names[v], strlen(a->graph->names[v]), &witness);
    }
    str_add(&witness, "]}");
    str_free(&names);
    EstimandObject e = {.text = str_take(&text), .witness = str_take(&witness)};
    return value_estimand(&e, out) || vm_memory(a->vm);
}

// A variable that the question names at a value that may be any, and at another, or NULL.
static const char *open_variable(const Asked *a) {
    for (size_t i = 0; i < a->values.count; i++)
        for (size_t k = 0; k < a->values.count; k++) {
            const Named *x = &a->values.items[i], *y = &a->values.items[k];
            if (i != k && x->vertex == y->vertex && !x->text && !x->summed && !y->summed)
                return a->graph->names[x->vertex];
        }
    return NULL;
}

// Values that differ contradict each other, but one that may be any may be the other.
static bool refuse_open(Asked *a, const char *name) {
    vm_error(a->vm, DIAG_CF_FORM, a->span,
             "the answer depends on which value of %s is meant: the question has several, and one "
             "may be any", name);
    diag_hint(vm_diags(a->vm), "name it, in every world: %s[...] = value", name);
    return false;
}

static bool give(Asked *a, const CfIdentification *id, Value *out) {
    const char *open = open_variable(a);
    if (open && (id->verdict == CF_ZERO || id->verdict == CF_UNDEFINED)) return refuse_open(a, open);
    switch (id->verdict) {
    case CF_IDENTIFIED: return give_estimand(a, id, out);
    case CF_ZERO: return *out = value_number(0), true;
    case CF_UNDEFINED:
        return vm_error(a->vm, (DiagCode)FAULT_ASK_IMPOSSIBLE, a->span,
                        "the conditions contradict each other");
    case CF_CLASH: case CF_UNKNOWN: return give_failure(a, id, out);
    }
    return false;
}

static bool report(Asked *a, Status status, Faults *faults) {
    if (status == OK) return true;
    if (status == FAULT) return vm_faults(a->vm, faults, a->span);
    fault_free(faults);
    return vm_memory(a->vm);
}

// Experiments described after `from`; populations are not treated with several worlds.
static bool read_sources(Asked *a, const Question *q) {
    const SourceGroup *described = vm_context(a->vm)->described;
    Faults faults = {0};
    if (!described) return true;
    IdentifiedSets none = {graph_set(a->graph), graph_set(a->graph), graph_set(a->graph)};
    Status status = none.y && none.x && none.given ? OK : NOMEM;
    if (status == OK)
        status = query_sources_find(described, a->model, q, a->graph, &a->small, &none, &a->known,
                                    &faults);
    identified_sets_free(&none);
    if (status != OK) return report(a, status, &faults);
    return a->small->n == a->graph->n ||
           vm_error(a->vm, DIAG_CF_FORM, a->span,
                    "counterfactuals from several populations come in a later version");
}

static bool identify_part(Asked *a, Value *out) {
    CfQuery query = {.events = a->events.items, .nevents = a->events.count,
                     .given = a->given.items, .ngiven = a->given.count,
                     .sums = a->sums.items, .nsums = a->sums.count,
                     .sources = a->known.items, .nsources = a->known.n,
                     .value_text = write_value, .user = a};
    CfIdentification id = {0};
    Faults faults = {0};
    Status status = identify_cf(a->graph, &query, vm_derivation(a->vm), &faults, &id);
    if (!report(a, status, &faults)) return false;
    bool ok = give(a, &id, out);
    identify_cf_free(&id);
    return ok;
}

static bool asked_open(Asked *a, Vm *vm, Span span) {
    *a = (Asked){.vm = vm, .span = span, .model = vm_context(vm)->model, .mean = GRAPH_NONE};
    return causal_graph(a->model, &a->graph) == OK || vm_memory(vm);
}

// P of all arguments together.
static bool probability(Vm *vm, const Question *q, const Term *only, Span span, Value *out) {
    Asked a;
    bool ok = asked_open(&a, vm, span);
    for (uint32_t i = 0; ok && !only && i < q->nargs; i++) ok = add_events(&a, q->args[i], &a.events);
    if (ok && only) ok = add_mean(&a, only);
    ok = ok && add_conditions(&a, q) && read_sources(&a, q) &&
         (vm_checking(vm) || identify_part(&a, out));
    if (vm_checking(vm)) *out = value_unknown();
    asked_free(&a);
    return ok;
}

// --- expectations ---------------------------------------------------------------------------

static bool combine(Vm *vm, NodeOp op, Value x, Value y, Span span, Value *out) {
    Trouble t = {0};
    bool ok = value_binary(op, x, y, 0, out, &t) || vm_trouble(vm, &t, span);
    value_drop(x);
    value_drop(y);
    return ok;
}

// E is linear: E[a - 2*b] is E[a] - 2*E[b]; of a bool it is the probability of true.
static bool expectation(Vm *vm, const Question *q, const Term *t, Span span, Value *out) {
    Value x, y;
    if (t->op == TERM_NUMBER) return *out = value_number(t->number), true;
    if (t->op == TERM_VAR) return probability(vm, q, t, span, out);
    if (t->op == TERM_NEG)
        return expectation(vm, q, t->kid[0], span, &x) &&
               combine(vm, OP_MUL, value_number(-1), x, span, out);
    bool sum = t->op == TERM_ADD || t->op == TERM_SUB;
    bool scaled = t->op == TERM_MUL && (t->kid[0]->op == TERM_NUMBER || t->kid[1]->op == TERM_NUMBER);
    if (!sum && !scaled)
        return vm_error(vm, DIAG_CF_FORM, span,
                        "under a graph E is asked of variables, their sums and differences");
    if (!expectation(vm, q, t->kid[0], span, &x)) return false;
    if (!expectation(vm, q, t->kid[1], span, &y)) {
        value_drop(x);
        return false;
    }
    NodeOp op = t->op == TERM_ADD ? OP_ADD : t->op == TERM_SUB ? OP_SUB : OP_MUL;
    return combine(vm, op, x, y, span, out);
}

bool query_cf_identify(Vm *vm, const Question *q, Span span, Value *out) {
    bool ok;
    if (q->head == ASK_P) ok = probability(vm, q, NULL, span, out);
    else if (q->head == ASK_E) ok = expectation(vm, q, q->args[0], span, out);
    else
        ok = vm_error(vm, DIAG_GRAPH_ALONE, span, "under a graph alone P(...) and E[...] are asked");
    if (ok && !vm_checking(vm)) vm_note_rung(vm, 3);
    return ok;
}
