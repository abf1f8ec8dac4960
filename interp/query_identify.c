// Query_identify: questions put to a graph without mechanisms.
#include "interp/query_identify.h"

#include <math.h>
#include <string.h>

#include "interp/graph_value.h"
#include "interp/lexer.h"
#include "interp/query_bounds.h"
#include "interp/query_recover.h"
#include "interp/query_remedies.h"
#include "interp/query_sources.h"
#include "interp/render.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/estimate/identified.h"
#include "runtime/estimate/trial.h"
#include "runtime/model/causal.h"
#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/identify.h"

bool query_is_graph(const Model *m) {
    if (m->nfactors) return false;
    for (uint32_t i = 0; i < m->nvars; i++)
        if (m->vars[i]->mech != MECH_NONE) return false;
    return m->nvars > 0;
}

// One question on its way; everything is freed by asked_free.
typedef struct Asked {
    Vm *vm;
    const Model *model;
    const Question *q;
    Span span;
    Graph *graph, *small; // of the model; without the variables that name populations, or NULL
    IdentifiedSets sets;
    QuerySources known; // what is described after `from`
    Identification id;
    bool open; // id was filled
    bool recovering; // a source shows selected rows: not identification, but recovery
} Asked;

static void asked_free(Asked *a) {
    if (a->open) identify_free(&a->id);
    query_sources_free(&a->known);
    identified_sets_free(&a->sets);
    graph_free(a->small);
    graph_free(a->graph);
}

static bool report(Asked *a, Status status, Faults *faults) {
    if (status == OK) return true;
    if (status == FAULT) return vm_faults(a->vm, faults, a->span);
    fault_free(faults);
    if (status == CANCELLED) return vm_error(a->vm, DIAG_INTERRUPTED, a->span, "interrupted");
    return vm_memory(a->vm);
}

static bool find(Asked *a) {
    Faults faults = {0};
    Status status = causal_graph(a->model, &a->graph);
    if (status == OK) status = identified_sets(a->model, a->graph, a->q, &a->sets, &faults);
    return report(a, status, &faults);
}

// Takes the variables that name populations out of the graph, and what is described into the
// sets of what remains.
static bool describe(Asked *a) {
    const SourceGroup *described = vm_context(a->vm)->described;
    Faults faults = {0};
    if (!described) return true;
    a->recovering = query_recover_wanted(described, a->model, a->graph);
    if (a->recovering) return true;
    Status status = query_sources_find(described, a->model, a->q, a->graph, &a->small, &a->sets,
                                       &a->known, &faults);
    return report(a, status, &faults);
}

// --- the estimand as a value ----------------------------------------------------------------

// A variable whose value stands in the names of laws: a population, which is not in the graph that
// was reasoned about, or a selection.
static bool is_named(const Asked *a, const Term *t) {
    if (t->op != TERM_VAR || (!a->small && !a->recovering)) return false;
    uint32_t v = graph_find(a->small ? a->small : a->id.graph, t->sym->text);
    return v == GRAPH_NONE || (a->recovering && !bits_has(a->id.estimand->free, v));
}

// What the estimand mentions though the question does not: it holds at any of its values.
static size_t add_any(const Asked *a, Str *out) {
    const Identification *id = &a->id;
    size_t n = 0;
    SET_EACH(id->estimand->free, id->graph->words, v) {
        if (bits_has(id->y, v) || bits_has(id->x, v) || bits_has(id->given, v)) continue;
        str_printf(out, n++ ? ", any %s" : ", at any %s", id->graph->names[v]);
    }
    return n;
}

// What the estimand says of variables and the question of some of their values: `, at X = 1`, and
// what leaves several.
typedef struct Values {
    Str at, rest;
    size_t n;
} Values;

static bool is_bare(const Term *t) {
    return t->op == TERM_VAR || t->op == TERM_FREE;
}

static void add_event(const Asked *a, const Term *t, const char *several, Values *v) {
    if (is_bare(t) || (t->op == TERM_EQ && is_named(a, t->kid[0]))) return;
    if (!identified_pins(t)) str_add(&v->rest, several);
    else str_add(&v->at, v->n++ ? ", " : ", at ");
    term_add(t, identified_pins(t) ? &v->at : &v->rest);
}

static void add_values(const Asked *a, Str *out) {
    Values v = {0};
    const Question *q = a->q;
    v.n = add_any(a, &v.at);
    for (uint32_t i = 0; q->head == ASK_P && i < q->nargs; i++)
        add_event(a, q->args[i], ", summed where ", &v);
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        for (uint32_t k = 0; k < c->n; k++) {
            if (c->items[k].kind != ASSIGN_VALUE) continue;
            str_printf(&v.at, v.n++ ? ", %s = " : ", at %s = ", c->items[k].target->text);
            term_add(c->items[k].value, &v.at);
        }
        if (c->kind == COND_EVENT) add_event(a, c->term, ", given ", &v);
    }
    out->failed |= v.at.failed || v.rest.failed;
    str_add(out, str_text(&v.rest));
    str_add(out, str_text(&v.at));
    str_free(&v.at);
    str_free(&v.rest);
}

// The quantity whose mean is asked, in brackets when it is more than a variable.
static void add_quantity(const Term *t, ExprStyle style, Str *out) {
    bool bare = t->op == TERM_VAR;
    if (!bare) str_add(out, style == EXPR_LATEX ? "\\left(" : "(");
    if (bare && style == EXPR_LATEX) expr_print_name(t->sym->text, style, out);
    else term_add(t, out);
    if (!bare) str_add(out, style == EXPR_LATEX ? "\\right)" : ")");
}

static char *printed(const Asked *a, ExprStyle style) {
    Str s = {0};
    Str names = {0};
    bool latex = style == EXPR_LATEX;
    graph_view_names(a->id.graph, a->id.y, &names);
    if (a->q->head == ASK_E) {
        str_add(&s, latex ? "\\sum_{" : "sum over ");
        if (latex) expr_print_name(str_text(&names), EXPR_LATEX, &s);
        else str_add(&s, str_text(&names));
        str_add(&s, latex ? "} " : " of ");
        add_quantity(a->q->args[0], style, &s);
        str_add(&s, latex ? " \\cdot " : " * ");
    }
    expr_print(&a->id.pool, a->id.estimand, a->id.graph->names, style, &s);
    if (style == EXPR_TEXT) add_values(a, &s);
    str_free(&names);
    return str_take(&s);
}

// --- the estimand as source -----------------------------------------------------------------

// What is said of each vertex of the identification's graph: nothing, or " = " and its value.
typedef struct Said {
    const Asked *a;
    Str *said;
    bool fits; // the question is of a form that source can say
} Said;

static void say(Said *s, Sym name, const Term *value) {
    uint32_t v = graph_find(s->a->id.graph, name->text);
    if (v == GRAPH_NONE) return;
    str_clear(&s->said[v]);
    str_add(&s->said[v], " = ");
    if (value) term_add(value, &s->said[v]);
    else str_add_char(&s->said[v], '?');
}

// A bare bool means that it is true, so that one which is free needs its `?`.
static void say_free(Said *s, Sym name) {
    uint32_t v = model_find(s->a->model, name);
    if (v != MODEL_NONE && s->a->model->vars[v]->domain->kind == DOMAIN_BOOL) say(s, name, NULL);
}

static void say_event(Said *s, const Term *t) {
    if (!identified_pins(t)) s->fits = false;
    else if (t->op == TERM_FREE) say_free(s, t->kid[0]->sym);
    else if (t->op == TERM_EQ && !is_named(s->a, t->kid[0])) say(s, t->kid[0]->sym, t->kid[1]);
    else if (t->op == TERM_NOT) {
        Term *no = term_bool(false, t->origin);
        if (no) say(s, t->kid[0]->sym, no);
        else s->fits = false;
        term_drop(no);
    }
}

static void say_all(Said *s) {
    const Question *q = s->a->q;
    if (q->head == ASK_E) s->fits = q->args[0]->op == TERM_VAR;
    for (uint32_t i = 0; q->head == ASK_P && i < q->nargs; i++) say_event(s, q->args[i]);
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        for (uint32_t k = 0; k < c->n; k++) {
            const Assign *set = &c->items[k];
            if (set->kind == ASSIGN_VALUE) say(s, set->target, set->value);
            else say_free(s, set->target);
        }
        if (c->kind == COND_EVENT) say_event(s, c->term);
    }
}

// The estimand as Rung that can be asked of a model; an empty text where the question asks for
// more than values of variables and the mean of one.
static char *source_text(const Asked *a) {
    const Graph *g = a->id.graph;
    Str out = {0};
    Said s = {.a = a, .said = MEM_NEW(Str, g->n), .fits = true};
    const char **values = MEM_NEW(const char *, g->n);
    const char **names = graph_view_source_names(a->vm, g);
    size_t mean = g->n;
    bool ok = s.said && values && names;
    if (ok) say_all(&s);
    for (size_t v = 0; ok && v < g->n; v++) {
        values[v] = s.said[v].len ? str_text(&s.said[v]) : NULL;
        ok = !s.said[v].failed;
    }
    if (ok && s.fits && a->q->head == ASK_E) mean = graph_find(g, a->q->args[0]->sym->text);
    if (ok && s.fits)
        expr_print_source(&a->id.pool, a->id.estimand, names, values, mean, lexer_needs_quotes, &out);
    else str_add(&out, "");
    out.failed |= !ok;
    for (size_t v = 0; s.said && v < g->n; v++) str_free(&s.said[v]);
    mem_free(s.said);
    mem_free(names);
    mem_free(values);
    return str_take(&out);
}

#define TRIAL_SEED 1

// In an explanation the estimand is tried on a random model. One that fails is a defect of Rung,
// and is not given.
static bool try_estimand(Asked *a) {
    Derivation *d = vm_derivation(a->vm);
    Faults faults = {0};
    Trial trial;
    if (!d || a->id.sourced) return true;
    Status status = trial_run(a->model, &a->id, TRIAL_SEED, vm_ctl(a->vm), &trial, &faults);
    if (status == OK && trial.done && fabs(trial.surgery - trial.estimand) > 1e-9)
        return vm_error(a->vm, DIAG_INTERNAL, a->span,
                        "the estimand gives %.12g on a random model, surgery %.12g",
                        trial.estimand, trial.surgery);
    if (status == OK && trial.done)
        status = derivation_add(d, "checked",
                                "on a random model of this graph (seed %d) surgery gives %.6g, and "
                                "so does the estimand on the law of what is observed",
                                TRIAL_SEED, trial.surgery);
    return report(a, status, &faults);
}

static bool give_estimand(Asked *a, Value *out) {
    if (!try_estimand(a)) return false;
    EstimandObject e = {.text = printed(a, EXPR_TEXT), .latex = printed(a, EXPR_LATEX),
                        .source = source_text(a)};
    return value_estimand(&e, out) || vm_memory(a->vm);
}

static void json_set(const Graph *g, const Word *set, Str *out) {
    size_t n = 0;
    str_add_char(out, '[');
    SET_EACH(set, g->words, v) {
        if (n++) str_add_char(out, ',');
        render_json_string(g->names[v], strlen(g->names[v]), out);
    }
    str_add_char(out, ']');
}

static IdentifyQuery query_of(const Asked *a) {
    return (IdentifyQuery){.y = a->sets.y, .x = a->sets.x, .given = a->sets.given,
                           .sources = a->known.items, .nsources = a->known.n};
}

static const Graph *graph_of(const Asked *a) {
    return a->small ? a->small : a->graph;
}

// The answer that there is none, with what would help; both texts are taken.
static bool give_none(Asked *a, Str *text, Str *witness, Value *out) {
    IdentifyQuery q = query_of(a);
    Faults faults = {0};
    EstimandObject e = {0};
    Status status = query_remedies(graph_of(a), &q, &a->id, vm_ctl(a->vm), vm_derivation(a->vm),
                                   &faults, &e.remedies);
    e.text = str_take(text);
    e.witness = str_take(witness);
    if (status == OK) return value_estimand(&e, out) || vm_memory(a->vm);
    mem_free(e.text);
    mem_free(e.witness);
    return report(a, status, &faults);
}

// From described sources: the district whose law none of them gives; that it cannot be had is
// certain only of sources that show everything.
static bool give_gap(Asked *a, Value *out) {
    Str text = {0}, witness = {0};
    bool certain = source_complete(a->small, a->known.items, a->known.n);
    str_printf(&text, "not identified: no %s the law of {",
               certain ? "source gives" : "way was found from these sources to");
    graph_view_names(a->id.graph, a->id.hedge.inner, &text);
    str_add(&text, "} when all else is set");
    str_add(&witness, "{\"district\":");
    json_set(a->id.graph, a->id.hedge.inner, &witness);
    str_add_char(&witness, '}');
    return give_none(a, &text, &witness, out);
}

// What no source can be made to tell.
static bool give_lost(Asked *a, bool exhausted, Value *out) {
    Str text = {0}, witness = {0};
    str_add(&text, exhausted ? "not identified: no way was found from these sources to it by the "
                               "rules of probability and of do-calculus"
                             : "not identified: no way was found from these sources to it within "
                               "the limit of the search");
    str_printf(&witness, "{\"exhausted\":%s}", exhausted ? "true" : "false");
    EstimandObject e = {.text = str_take(&text), .witness = str_take(&witness)};
    return value_estimand(&e, out) || vm_memory(a->vm);
}

static Status recover_into(Asked *a, Identification *id, bool *exhausted, Faults *faults) {
    return query_recover(vm_context(a->vm)->described, a->model, a->q, a->graph, &a->sets,
                         vm_ctl(a->vm), vm_derivation(a->vm), faults, id, exhausted);
}

static bool give_recovered(Asked *a, Value *out) {
    Faults faults = {0};
    bool exhausted = false;
    Status status = recover_into(a, &a->id, &exhausted, &faults);
    a->open = status == OK;
    if (!report(a, status, &faults)) return false;
    return a->id.estimand ? give_estimand(a, out) : give_lost(a, exhausted, out);
}

static bool has_populations(const SourceGroup *described) {
    for (uint32_t i = 0; i < described->n; i++)
        if (described->items[i].nconds) return true;
    return false;
}

// The districts gave no answer from described sources. That settles it when each shows all
// variables; of margins more is known by the rules of do-calculus, where they are few enough.
static bool give_searched(Asked *a, Value *out) {
    Identification found;
    Faults faults = {0};
    bool exhausted = false;
    if (has_populations(vm_context(a->vm)->described) ||
        source_complete(a->small, a->known.items, a->known.n))
        return give_gap(a, out);
    Status status = recover_into(a, &found, &exhausted, &faults);
    if (status == FAULT) {
        fault_free(&faults);
        return give_gap(a, out);
    }
    if (!report(a, status, &faults)) return false;
    identify_free(&a->id);
    a->id = found;
    return found.estimand ? give_estimand(a, out) : give_lost(a, exhausted, out);
}

static bool give_witness(Asked *a, Value *out) {
    if (a->id.sourced) return give_searched(a, out);
    const Graph *g = a->id.graph;
    const Hedge *h = &a->id.hedge;
    Str text = {0}, witness = {0};
    str_add(&text, "not identified: a hedge, {");
    graph_view_names(g, h->outer, &text);
    str_add(&text, "} around {");
    graph_view_names(g, h->inner, &text);
    str_add(&text, "}");
    str_add(&witness, "{\"hedge\":{\"outer\":");
    json_set(g, h->outer, &witness);
    str_add(&witness, ",\"inner\":");
    json_set(g, h->inner, &witness);
    str_add(&witness, ",\"roots\":");
    json_set(g, h->roots, &witness);
    str_add(&witness, "}}");
    return give_none(a, &text, &witness, out);
}

// --- asking ---------------------------------------------------------------------------------

static bool refuse_seeing(Asked *a) {
    vm_error(a->vm, DIAG_GRAPH_ALONE, a->span,
             "this model is a graph alone: what is seen needs mechanisms or a source");
    diag_hint(vm_diags(a->vm), "ask what the graph can tell: P(Y | do(X)), A _||_ B | C, "
                               "adjustment(X -> Y); or add `from` a model");
    return false;
}

static bool supported(Asked *a, const Model *source) {
    AskHead head = a->q->head;
    if (head == ASK_P || (head == ASK_E && a->q->nargs == 1)) return true;
    if (head == ASK_LOGP && a->q->nargs == 0)
        return vm_error(a->vm, DIAG_GRAPH_ALONE, a->span,
                        "the weight of conditions is asked of a model with mechanisms or factors, "
                        "and not `from` a source");
    if (source && head != ASK_MARGINALS && head != ASK_ARGMAX) return true;
    return vm_error(a->vm, DIAG_GRAPH_ALONE, a->span,
                    "under a graph alone P(...) and E[...] are asked");
}

static bool from_law(Asked *a, const Model *source, Value *out) {
    Answer answer = {0};
    Faults faults = {0};
    Status status = identified_answer(a->model, &a->id, source, a->q, vm_ctl(a->vm), &answer, &faults);
    if (!report(a, status, &faults)) return false;
    vm_note_rung(a->vm, answer.rung);
    if (value_answer(&answer, out)) return true;
    answer_free(&answer);
    return vm_memory(a->vm);
}

static bool identify_effect(Asked *a) {
    Faults faults = {0};
    IdentifyQuery query = query_of(a);
    Status status = identify(graph_of(a), &query, vm_derivation(a->vm), &faults, &a->id);
    a->open = status == OK;
    return report(a, status, &faults);
}

bool query_identify(Vm *vm, const Question *q, const Model *source, Span span, Value *out) {
    Asked a = {.vm = vm, .model = vm_context(vm)->model, .q = q, .span = span};
    bool ok = supported(&a, source) && find(&a) && describe(&a);
    if (ok && !source && !a.known.n && !a.recovering && bits_empty(a.sets.x, a.graph->words))
        ok = refuse_seeing(&a);
    if (ok && vm_checking(vm)) {
        *out = value_unknown();
    } else if (ok && a.recovering) {
        vm_note_rung(vm, bits_empty(a.sets.x, a.graph->words) ? 1 : 2);
        ok = give_recovered(&a, out);
    } else if (ok && identify_effect(&a)) {
        vm_note_rung(vm, 2);
        ok = !a.id.estimand ? (source ? query_bounds(vm, q, source, span, NULL, out)
                                      : give_witness(&a, out))
             : source       ? from_law(&a, source, out)
                            : give_estimand(&a, out);
    } else {
        ok = false;
    }
    asked_free(&a);
    return ok;
}
