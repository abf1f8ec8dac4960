// Vm_hint: an unknown name, and what may have been meant.
#include <string.h>

#include "interp/library.h"
#include "interp/vm_inner.h"
#include "runtime/base/closest.h"
#include "runtime/model/name.h"

// Names of the design whose time has not come.
static const struct {
    const char *name;
    DiagCode code;
} later[] = {
    {"summary", DIAG_LATER_DATA},   {"counts", DIAG_LATER_DATA},
    {"fit", DIAG_LATER_DATA},       {"rows", DIAG_LATER_DATA},
    {"score", DIAG_LATER_EVALUATE}, {"shapley", DIAG_LATER_EVALUATE},
};

static void offer_natives(Closest *c) {
    for (const Native *const *table = native_tables; *table; table++)
        for (const Native *n = *table; n->name; n++) closest_offer(c, n->name);
}

static void offer_model(Closest *c, const Model *m) {
    for (uint32_t i = 0; m && i < m->nvars; i++) {
        const ModelVar *v = m->vars[i];
        if (v->anonymous) continue;
        closest_offer(c, v->family ? v->family->text : v->name->text);
        for (uint32_t k = 0; (v->domain->kind == DOMAIN_LEVELS ||
                              v->domain->kind == DOMAIN_ORDERED) && k < v->domain->count; k++)
            closest_offer(c, v->domain->levels[k].name->text);
    }
}

// Every interned name that the block knows: blocks cannot be listed, but asked.
static void offer_block(Vm *vm, Closest *c, const Build *b) {
    for (uint32_t id = 0; id < intern_count(vm->names); id++) {
        Sym s = intern_at(vm->names, id);
        if (build_has(b, s) || build_has_level(b, s)) closest_offer(c, s->text);
    }
}

static bool has(const Global *g, Sym name) {
    Value v = g->kind == GLOBAL_FAMILY ? g->built : g->value;
    return v.tag == VALUE_MODEL && model_find(v.model, name) != MODEL_NONE;
}

// The one model of the user that has the variable, or NULL.
static const Global *only_model(const Vm *vm, Sym name) {
    const Global *found = NULL;
    for (size_t i = 0; i < vm->globals.items.count; i++) {
        const Global *g = &vm->globals.items.items[i];
        bool model = g->kind == GLOBAL_MODEL || g->kind == GLOBAL_FAMILY;
        if (!model || !has(g, name)) continue;
        if (found) return NULL;
        found = g;
    }
    return found;
}

// All names that may have been meant.
static void offer_all(Vm *vm, Closest *c, bool function) {
    Entry *e = vm_entry(vm);
    if (!function && e->build) offer_block(vm, c, e->build);
    if (!function && !e->build) offer_model(c, e->context.model);
    for (size_t i = 0; i < vm->globals.items.count; i++)
        closest_offer(c, vm->globals.items.items[i].name->text);
    offer_natives(c);
    for (const LibraryName *l = library_names; l->name; l++)
        if (l->model != function) closest_offer(c, l->name);
}

// For small models: what there is.
static void hint_variables(Vm *vm, const Model *m) {
    enum { MOST = 12 };
    Str s = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->nvars && n <= MOST; i++) {
        if (m->vars[i]->anonymous) continue;
        if (n++) str_add(&s, ", ");
        name_add(m->vars[i]->name, &s);
    }
    if (n && n <= MOST) diag_hint(vm->diags, "its variables are %s", str_text(&s));
    str_free(&s);
}

static bool hint_head(Vm *vm, Sym name) {
    static const char *const heads[] = {"P",        "E", "Var", "Sd",   "Cov",      "Cor",
                                        "Quantile", "H", "I",   "logP", "marginals"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (strcmp(name->text, heads[i]) != 0) continue;
        diag_hint(vm->diags, "in a question the bracket follows its name directly: %s(...)",
                  name->text);
        return true;
    }
    return false;
}

// `x = 5` at the start of a line.
static bool hint_let(Vm *vm, Sym name, Span span) {
    const SourceText *source = source_get(vm->sources, span.source);
    if (!source) return false;
    const char *text = source->text, *p = text + span.end;
    if (span.start > 0 && text[span.start - 1] != '\n') return false;
    while (*p == ' ' || *p == '\t') p++;
    if (p[0] != '=' || p[1] == '=' || vm_entry(vm)->build) return false;
    diag_hint(vm->diags, "to name a value, write `let %s = ...`", name->text);
    return true;
}

// What other notations call P and E.
static bool hint_notation(Vm *vm, Sym name) {
    static const struct {
        const char *written, *meant;
    } words[] = {{"p", "P"},    {"Pr", "P"},   {"pr", "P"},   {"prob", "P"}, {"Prob", "P"},
                 {"PR", "P"},   {"Probability", "P"}, {"probability", "P"}, {"e", "E"},
                 {"Exp", "E"},  {"expectation", "E"}, {"Mean", "E"}, {"var", "Var"},
                 {"cov", "Cov"}, {"cor", "Cor"},      {"corr", "Cor"}, {"sd", "Sd"},
                 {"Corr", "Cor"}, {"SD", "Sd"},       {"Variance", "Var"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(name->text, words[i].written) != 0) continue;
        bool two = words[i].meant[0] == 'C';
        diag_hint(vm->diags, two ? "it is written %s here: %s[X, Y | Z = 1]"
                                 : "it is written %s here: %s(Y | X = 1)",
                  words[i].meant, words[i].meant);
        return true;
    }
    return false;
}

// What other languages call what Rung has.
static bool hint_foreign(Vm *vm, Sym name) {
    static const char *const words[][2] = {
        {"N", "normal(mean, sd)"}, {"Gaussian", "normal(mean, sd)"},
        {"gaussian", "normal(mean, sd)"}, {"dnorm", "normal(mean, sd)"},
        {"rnorm", "normal(mean, sd)"}, {"norm", "normal(mean, sd)"},
        {"Do", "do(X = 1)"}, {"c", "[1, 2, 3]"},
        {"adjustmentSets", "adjustment(X -> Y, all: true)"},
        {"instrumentalVariables", "instruments(X -> Y)"},
        {"impliedConditionalIndependencies", "implications()"},
        {"dseparated", "X _||_ Y | Z"},
        {"lm", "slope(X -> Y | Z)"}, {"glm", "slope(X -> Y | Z)"},
        {"library", "import \"file.rung\""}, {"require", "import \"file.rung\""},
    };
    bool prints = strcmp(name->text, "print") == 0 || strcmp(name->text, "println") == 0 ||
                  strcmp(name->text, "cat") == 0;
    if (strcmp(name->text, "dagitty") == 0) {
        diag_hint(vm->diags, "what is in another notation stands in a file of its own: "
                             "import \"graph.dag\"");
        return true;
    }
    if (prints) diag_hint(vm->diags, "an expression on a line of its own is printed");
    for (size_t i = 0; !prints && i < sizeof words / sizeof *words; i++) {
        if (strcmp(name->text, words[i][0]) != 0) continue;
        diag_hint(vm->diags, "it is written %s here", words[i][1]);
        return true;
    }
    return prints;
}

// A domain, behind its colon, as other languages call it.
static bool hint_domain(Vm *vm, Sym name, Span span) {
    static const char *const words[][2] = {
        {"boolean", "bool"}, {"Boolean", "bool"}, {"binary", "bool"}, {"logical", "bool"},
        {"integer", "int"}, {"float", "real"}, {"double", "real"}, {"number", "real"},
        {"numeric", "real"}, {"continuous", "real"}, {"probability", "unit"},
    };
    static const char *const domains[] = {"bool", "int", "real", "positive", "unit"};
    const char *text = source_get(vm->sources, span.source)->text;
    uint32_t at = span.start;
    while (at && (text[at - 1] == ' ' || text[at - 1] == '\t')) at--;
    if (!vm_entry(vm)->build || at == 0 || text[at - 1] != ':') return false;
    const char *meant = diag_closest(name->text, domains, sizeof domains / sizeof *domains);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name->text, words[i][0]) == 0) meant = words[i][1];
    if (meant) diag_hint(vm->diags, "did you mean %s?", meant);
    else
        diag_hint(vm->diags, "domains are bool, {low, high}, 0..10, int, real, positive and unit");
    return true;
}

// Whether a bracket follows the name directly, as behind the head of a question.
static bool heads_brackets(Vm *vm, Span span) {
    return source_get(vm->sources, span.source)->text[span.end] == '[';
}

// A command of the conversation, without its colon.
static bool hint_command(Vm *vm, Sym name) {
    static const char *const words[] = {"help", "quit", "exit", "vars", "graph", "lesson", "load"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(name->text, words[i]) != 0) continue;
        diag_hint(vm->diags, "at the prompt commands begin with a colon: :%s",
                  strcmp(words[i], "exit") == 0 ? "quit" : words[i]);
        return true;
    }
    return false;
}

// Constants as other languages write them.
static bool hint_constant(Vm *vm, Sym name) {
    static const char *const words[][2] = {
        {"TRUE", "true"},   {"True", "true"}, {"FALSE", "false"}, {"False", "false"},
        {"None", "_"},      {"NULL", "_"},    {"null", "_"},      {"NA", "_"},
        {"NaN", "_"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(name->text, words[i][0]) != 0) continue;
        diag_hint(vm->diags,
                  *words[i][1] == '_' ? "a missing value in data is written %s" : "it is written %s here",
                  words[i][1]);
        return true;
    }
    return false;
}

// The first word of a network that is pasted in.
static bool hint_network(Vm *vm, Sym name) {
    bool uai = strcmp(name->text, "MARKOV") == 0 || strcmp(name->text, "BAYES") == 0;
    if (uai)
        diag_hint(vm->diags, "what is in another notation stands in a file of its own: "
                             "import \"network.uai\"");
    return uai;
}

static void hint(Vm *vm, Sym name, bool function, Span span) {
    const Global *model = function ? NULL : only_model(vm, name);
    if (model) {
        diag_hint(vm->diags, "did you mean: under %s?", model->name->text);
        return;
    }
    bool called = function || heads_brackets(vm, span);
    if (hint_head(vm, name) || (called && hint_notation(vm, name))) return;
    if (function ? hint_foreign(vm, name) : hint_constant(vm, name) || hint_network(vm, name))
        return;
    Closest c;
    closest_start(&c, name->text);
    offer_all(vm, &c, function);
    const char *best = closest_end(&c);
    if (best) diag_hint(vm->diags, "did you mean %s?", best);
    if (best || function || vm_entry(vm)->build || hint_command(vm, name)) return;
    const Model *context = vm_context(vm)->model;
    if (context) hint_variables(vm, context);
    else diag_hint(vm->diags, "there is no model yet: declare one, as in model weather { Rain : bool ~ 0.3 }");
}

bool vm_unknown_level(Vm *vm, Sym name, const Expectation *e, Span span) {
    Str levels = {0};
    Closest c;
    closest_start(&c, name->text);
    domain_add(e->domain, &levels);
    bool words = e->domain->kind == DOMAIN_LEVELS || e->domain->kind == DOMAIN_ORDERED;
    for (uint32_t i = 0; words && i < e->domain->count; i++)
        closest_offer(&c, e->domain->levels[i].name->text);
    if (e->domain->kind == DOMAIN_BOOL) closest_offer(&c, "true"), closest_offer(&c, "false");
    offer_all(vm, &c, false);
    const char *best = closest_end(&c);
    vm_error(vm, DIAG_UNKNOWN_NAME, span,
             "%s is neither a value of %s, which is %s, nor a name "
             "known here",
             name->text, e->name->text, str_text(&levels));
    if (best) diag_hint(vm->diags, "did you mean %s?", best);
    else if (e->domain->kind == DOMAIN_BOOL)
        diag_hint(vm->diags, "its values are true and false; %s alone means that it is true",
                  e->name->text);
    str_free(&levels);
    return false;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Whether `under` or `use` stands before the place: a model is meant.
static bool wants_model(const Vm *vm, Span span) {
    const char *text = source_get(vm->sources, span.source)->text;
    uint32_t end = span.start;
    while (end && (text[end - 1] == ' ' || text[end - 1] == '\t')) end--;
    uint32_t start = end;
    while (start && is_letter(text[start - 1])) start--;
    uint32_t len = end - start;
    return (len == 5 && memcmp(text + start, "under", 5) == 0) ||
           (len == 3 && memcmp(text + start, "use", 3) == 0);
}

static bool no_model(Vm *vm, Sym name, Span span) {
    Closest c;
    closest_start(&c, name->text);
    for (size_t i = 0; i < vm->globals.items.count; i++) {
        const Global *g = &vm->globals.items.items[i];
        if (g->kind == GLOBAL_MODEL || g->kind == GLOBAL_FAMILY || g->value.tag == VALUE_MODEL)
            closest_offer(&c, g->name->text);
    }
    for (const LibraryName *l = library_names; l->name; l++)
        if (l->model) closest_offer(&c, l->name);
    const char *best = closest_end(&c);
    vm_error(vm, DIAG_UNKNOWN_NAME, span, "there is no model %s", name->text);
    if (best) diag_hint(vm->diags, "did you mean %s?", best);
    return false;
}

bool vm_unknown_name(Vm *vm, Sym name, bool function, Span span) {
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(name->text, later[i].name) == 0)
            return vm_error(vm, later[i].code, span, "%s comes in a later version", name->text);
    if (!function && span.source && wants_model(vm, span)) return no_model(vm, name, span);
    const Context *context = vm_context(vm);
    bool model = context->model && context->model->name && !vm_entry(vm)->build;
    if (function) vm_error(vm, DIAG_UNKNOWN_NAME, span, "there is no function %s", name->text);
    else if (model)
        vm_error(vm, DIAG_UNKNOWN_NAME, span,
                 "the model %s has no variable %s, and "
                 "nothing else has that name",
                 context->model->name->text, name->text);
    else vm_error(vm, DIAG_UNKNOWN_NAME, span, "%s is not known here", name->text);
    if (!hint_let(vm, name, span) && !hint_domain(vm, name, span)) hint(vm, name, function, span);
    return false;
}
