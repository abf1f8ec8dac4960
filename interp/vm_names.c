// Vm_names: what names, members and indices mean, in the one order of resolution (language
// design, section 13).
#include <math.h>
#include <stdlib.h>

#include "interp/render.h"
#include "interp/table.h"
#include "runtime/base/unicode.h"
#include "interp/vm_inner.h"

void vm_describe(Vm *vm, Value v, Str *out) {
    (void)vm;
    render_value(v, &(RenderStyle){.digits = 6}, out);
}

// --- variables of the innermost context ------------------------------------------------------

bool vm_has_variable(Vm *vm, Sym name) {
    Entry *e = vm_entry(vm);
    if (e->build) return build_has(e->build, name);
    return e->context.model && model_find(e->context.model, name) != MODEL_NONE;
}

const Domain *vm_domain(Vm *vm, Sym name, bool *known) {
    Entry *e = vm_entry(vm);
    *known = true;
    if (e->build) {
        *known = build_has(e->build, name);
        return build_domain(e->build, name);
    }
    uint32_t at = e->context.model ? model_find(e->context.model, name) : MODEL_NONE;
    *known = at != MODEL_NONE;
    return *known ? e->context.model->vars[at]->domain : NULL;
}

static void note_member(void *user, uint32_t var) {
    (void)var;
    *(bool *)user = true;
}

static bool has_family(Vm *vm, Sym name) {
    Entry *e = vm_entry(vm);
    bool found = false;
    if (e->build) return build_has_family(e->build, name);
    if (e->context.model) model_family(e->context.model, name, note_member, &found);
    return found;
}

static bool level_somewhere(Vm *vm, Sym word) {
    Entry *e = vm_entry(vm);
    if (e->build) return build_has_level(e->build, word) != NULL;
    const Model *m = e->context.model;
    for (uint32_t i = 0; m && i < m->nvars; i++) {
        const Domain *d = m->vars[i]->domain;
        if (domain_finite(d) && domain_find_name(d, word) != UINT32_MAX) return true;
    }
    return false;
}

static bool variable(Vm *vm, Sym name, Span span, Value *out) {
    Term *term = term_var(name, NULL, source_place(vm->sources, span));
    return value_term(term, out) || vm_memory(vm);
}

// --- names -----------------------------------------------------------------------------------

static const Expectation *expectation(const Vm *vm) {
    return vm->expects.count ? &vm->expects.items[vm->expects.count - 1] : NULL;
}

static bool expected_level(const Expectation *e, Sym name) {
    return e && e->domain && domain_finite(e->domain) &&
           domain_find_name(e->domain, name) != UINT32_MAX;
}

static bool of_global(Vm *vm, const Global *g, Value *out) {
    if (g->kind == GLOBAL_QUESTION) {
        Chunk *chunk = chunk_keep(g->chunk);
        bool ok = vm_run(vm, chunk, NULL, 0, out);
        chunk_drop(chunk);
        return ok;
    }
    bool built = g->kind == GLOBAL_FAMILY && g->built.tag != VALUE_NOTHING;
    *out = value_keep(built ? g->built : g->value);
    return true;
}

static bool native_value(Vm *vm, const Native *n, Sym name, Value *out) {
    return value_function(name, NULL, n, out) || vm_memory(vm);
}

// A definition of the standard library, which is read when it is first wanted.
static const Global *standard(Vm *vm, Sym name) {
    const Global *g = globals_find(&vm->standard, name);
    bool read = !g && vm->host.library && vm->host.library(vm->host.user, name);
    return read ? globals_find(&vm->standard, name) : g;
}

// What the user gave the name; the standard library means its own names and the built-ins.
static const Global *own(const Vm *vm, Sym name) {
    bool library = vm->library || (vm->frame && vm->frame->chunk->library);
    return library ? NULL : globals_find(&vm->globals, name);
}

// A let, a def or a built-in, not of the standard library. *found says whether there is one.
static bool outside(Vm *vm, Sym name, bool functions, bool *found, Value *out) {
    const Global *g = own(vm, name);
    *found = true;
    if (g && (functions || g->kind == GLOBAL_LET || g->kind == GLOBAL_QUESTION))
        return of_global(vm, g, out);
    const Native *n = functions ? native_find(name->text) : NULL;
    if (n) return native_value(vm, n, name, out);
    *found = false;
    return true;
}

static bool from_library(Vm *vm, Sym name, bool *found, Value *out) {
    const Global *g = standard(vm, name);
    *found = g != NULL;
    return !g || of_global(vm, g, out);
}

static bool callable(Vm *vm, Sym name, bool *found, Value *out) {
    return outside(vm, name, true, found, out) && (*found || from_library(vm, name, found, out));
}

bool vm_function(Vm *vm, Sym name, bool *found, Value *out) {
    if (!callable(vm, name, found, out)) return false;
    if (*found && out->tag != VALUE_FUNCTION) {
        value_drop(*out);
        *found = false;
    }
    return true;
}

static void note_hidden(Vm *vm, Sym name, bool level, Span span) {
    const Global *g = globals_find(&vm->globals, name);
    const char *taken = level ? "the level" : "the variable";
    if (level && vm_has_variable(vm, name))
        vm_note(vm, DIAG_HIDES, span, "%s is the level here, not the variable of that name",
                name->text);
    else if (g)
        vm_note(vm, DIAG_HIDES, span, "%s is %s here, not the %s of that name", name->text,
                taken, g->kind == GLOBAL_LET ? "let" : "definition");
}

static bool in_model(Vm *vm, Sym name, Span span, bool *found, Value *out) {
    *found = true;
    if (vm_has_variable(vm, name)) {
        note_hidden(vm, name, false, span);
        return variable(vm, name, span, out);
    }
    *found = has_family(vm, name);
    if (*found) *out = value_family(name);
    return true;
}

bool vm_resolve(Vm *vm, Sym name, bool expected, Span span, Value *out) {
    const Expectation *e = expected ? expectation(vm) : NULL;
    bool found, open = e && e->open;
    if (expected_level(e, name)) {
        note_hidden(vm, name, true, span);
        *out = value_level(name);
        return true;
    }
    if (!in_model(vm, name, span, &found, out)) return false;
    if (found) return true;
    if (!outside(vm, name, !open, &found, out)) return false;
    if (found && open)
        vm_note(vm, DIAG_HIDES, span, "%s is the let here; for a level declare the values of %s",
                name->text, e->name->text);
    if (found) return true;
    if (open || level_somewhere(vm, name)) return *out = value_level(name), true;
    if (!from_library(vm, name, &found, out)) return false;
    if (found) return true;
    if (vm_context(vm)->unknown || vm->partial) *out = value_unknown();
    else if (e && e->domain && domain_finite(e->domain))
        return vm_unknown_level(vm, name, e, span);
    else return vm_unknown_name(vm, name, false, span);
    return true;
}

bool vm_NAME(Vm *vm, Frame *f, const Instr *i) {
    Value v;
    return vm_resolve(vm, f->chunk->syms.items[i->a], false, vm_span(vm, f), &v) &&
           vm_push(f, v);
}

bool vm_NAME_LEVEL(Vm *vm, Frame *f, const Instr *i) {
    Value v;
    return vm_resolve(vm, f->chunk->syms.items[i->a], true, vm_span(vm, f), &v) &&
           vm_push(f, v);
}

bool vm_NAME_FUNCTION(Vm *vm, Frame *f, const Instr *i) {
    Sym name = f->chunk->syms.items[i->a];
    const Global *g = own(vm, name);
    Value v;
    bool found = true;
    if (g && g->kind == GLOBAL_FAMILY) return vm_push(f, value_keep(g->value));
    if (!callable(vm, name, &found, &v)) return false;
    if (found) return vm_push(f, v);
    if (vm_has_variable(vm, name)) {
        vm_error(vm, DIAG_NOT_FUNCTION, vm_span(vm, f), "%s is a variable; it cannot be called",
                 name->text);
        diag_hint(vm->diags, "for a world write an assignment in brackets: %s[X = 1]", name->text);
        return false;
    }
    if (vm->partial) return vm_push(f, value_unknown());
    return vm_unknown_name(vm, name, true, vm_span(vm, f));
}

// The variable, in whatever world, that a value is or whose members it lists.
static Sym subject(Value v) {
    if (v.tag == VALUE_TERM && v.term->op == TERM_VAR) return v.term->sym;
    bool many = v.tag == VALUE_LIST || v.tag == VALUE_SET;
    if (many && value_items(v)->count) return subject(value_items(v)->items[0]);
    return NULL;
}

bool vm_FACE(Vm *vm, Frame *f, const Instr *i) {
    Sym word = f->chunk->syms.items[i->a], name = subject(*vm_top(f, 0));
    bool known = false;
    const Domain *d = name ? vm_domain(vm, name, &known) : NULL;
    if (!d || !domain_finite(d) || domain_find_name(d, word) == UINT32_MAX) return true;
    value_drop(*vm_top(f, 1));
    *vm_top(f, 1) = value_level(word);
    return true;
}

// --- expectations ----------------------------------------------------------------------------

static bool expect(Vm *vm, Sym name) {
    Expectation e = {.name = name};
    if (name) {
        bool known = false;
        const Domain *d = vm_domain(vm, name, &known);
        e.open = known && (!d || d->kind == DOMAIN_SYMBOLIC);
        e.domain = d ? domain_keep(d) : NULL;
    }
    if (VEC_PUSH(&vm->expects, e)) return true;
    domain_drop(e.domain);
    return vm_memory(vm);
}

bool vm_EXPECT(Vm *vm, Frame *f, const Instr *i) {
    return expect(vm, subject(*vm_top(f, i->a)));
}

bool vm_EXPECT_NAMED(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value v = *vm_top(f, 0);
    return expect(vm, v.tag == VALUE_LEVEL ? v.sym : NULL);
}

bool vm_UNEXPECT(Vm *vm, Frame *f, const Instr *i) {
    (void)f, (void)i;
    domain_drop(vm->expects.items[--vm->expects.count].domain);
    return true;
}

// --- members of families ---------------------------------------------------------------------

typedef struct Members {
    Vm *vm;
    Sym family;
    const Value *indices;
    uint32_t n;
    bool names; // names as levels, not variables
    bool failed;
    Span span;
    Sym first, last; // of all, for messages
    VEC(Value) found;
} Members;

static bool index_matches(Value index, double x) {
    if (index.tag == VALUE_WILDCARD) return true;
    if (index.tag == VALUE_NUMBER) return index.number == x;
    const RangeObject *range = (const RangeObject *)index.object;
    return x >= range->low && x <= range->high;
}

// A member's name is its family's and then "[2,1]".
static bool matches(const Members *m, Sym name) {
    const char *p = name->text + m->family->len;
    for (uint32_t i = 0; i < m->n; i++) {
        char *end;
        if (*p != (i ? ',' : '[')) return false;
        double x = strtod(p + 1, &end);
        if (!index_matches(m->indices[i], x)) return false;
        p = end;
    }
    return *p == ']';
}

static void visit_member(void *user, Sym name) {
    Members *m = user;
    Value v = value_level(name);
    if (!m->first) m->first = name;
    m->last = name;
    if (m->failed || !matches(m, name)) return;
    if (!m->names && !variable(m->vm, name, m->span, &v)) {
        m->failed = true;
    } else if (!VEC_PUSH(&m->found, v)) {
        m->failed = true;
        value_drop(v);
        vm_memory(m->vm);
    }
}

static void visit_number(void *user, uint32_t var) {
    Members *m = user;
    visit_member(m, vm_entry(m->vm)->context.model->vars[var]->name);
}

static void visit_all(Members *m) {
    Entry *e = vm_entry(m->vm);
    if (e->build) build_members(e->build, m->family, visit_member, m);
    else if (e->context.model) model_family(e->context.model, m->family, visit_number, m);
}

static bool no_member(const Members *m, const char *name) {
    vm_error(m->vm, DIAG_UNKNOWN_MEMBER, m->span, "there is no %s", name);
    if (m->first == m->last && m->first)
        diag_hint(m->vm->diags, "the only member is %s", m->first->text);
    else if (m->first)
        diag_hint(m->vm->diags, "the members run from %s to %s", m->first->text, m->last->text);
    return false;
}

static bool plain_indices(const Value *indices, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (indices[i].tag == VALUE_WILDCARD || indices[i].tag == VALUE_RANGE) return false;
    return true;
}

static bool check_indices(Vm *vm, Sym family, const Value *indices, uint32_t n, Span span) {
    for (uint32_t i = 0; i < n; i++) {
        ValueTag tag = indices[i].tag;
        if (tag == VALUE_NUMBER || tag == VALUE_WILDCARD || tag == VALUE_RANGE) continue;
        vm_error(vm, DIAG_INDEX, span, "an index of %s is a whole number, a range or _, not %s",
                 family->text, value_kind(indices[i]));
        if (tag == VALUE_TERM)
            diag_hint(vm->diags,
                      "which member is meant must be known before anything is drawn; "
                      "use case to choose among members");
        return false;
    }
    return true;
}

// One member by its name.
static bool one_member(Members *m, Value *out) {
    Sym name = build_member(m->vm, m->family, m->indices, m->n, m->span);
    if (!name) return false;
    if (m->names) {
        *out = value_level(name);
        return true;
    }
    if (vm_has_variable(m->vm, name)) return variable(m->vm, name, m->span, out);
    visit_all(m);
    for (size_t i = 0; i < m->found.count; i++) value_drop(m->found.items[i]);
    VEC_FREE(&m->found);
    return no_member(m, name->text);
}

bool vm_members(Vm *vm, Sym family, const Value *indices, uint32_t n, bool names, Span span,
                Value *out) {
    Members m = {.vm = vm, .family = family, .indices = indices, .n = n, .names = names,
                 .span = span};
    if (!check_indices(vm, family, indices, n, span)) return false;
    if (plain_indices(indices, n)) return one_member(&m, out);
    visit_all(&m);
    bool ok = !m.failed;
    if (ok && !m.found.count) ok = no_member(&m, "such member");
    ok = ok && (value_list(VALUE_LIST, m.found.items, m.found.count, out) || vm_memory(vm));
    for (size_t i = 0; i < m.found.count; i++) value_drop(m.found.items[i]);
    VEC_FREE(&m.found);
    return ok;
}

// --- indices ---------------------------------------------------------------------------------

static bool outside_range(Vm *vm, double x, size_t n, Span span) {
    vm_error(vm, DIAG_INDEX, span, "there is no item %g", x);
    if (n) diag_hint(vm->diags, "there are %zu items; the first is number 1", n);
    else diag_hint(vm->diags, "there are no items");
    return false;
}

static bool part_of_list(Vm *vm, const ListObject *list, const RangeObject *range, Span span,
                         Value *out) {
    double n = (double)list->count;
    if (range->high < range->low) return value_list(VALUE_LIST, NULL, 0, out) || vm_memory(vm);
    if (range->low < 1 || range->low > n)
        return outside_range(vm, range->low, list->count, span);
    if (range->high > n) return outside_range(vm, range->high, list->count, span);
    return value_list(VALUE_LIST, list->items + (size_t)range->low - 1,
                      (size_t)(range->high - range->low) + 1, out) ||
           vm_memory(vm);
}

static bool character(Vm *vm, Sym text, double at, Span span, Value *out) {
    size_t n = 0;
    for (size_t i = 0; i < text->len; n++) {
        uint32_t point;
        size_t len = unicode_decode(text->text + i, text->len - i, &point);
        len = len ? len : 1;
        if ((double)n + 1 == at) {
            Sym one = intern(vm->names, text->text + i, len);
            *out = value_string(one);
            return one || vm_memory(vm);
        }
        i += len;
    }
    return outside_range(vm, at, n, span);
}

static bool item(Vm *vm, Value base, Value index, Span span, Value *out) {
    size_t n;
    if (index.tag == VALUE_RANGE && base.tag == VALUE_LIST)
        return part_of_list(vm, value_items(base), (const RangeObject *)index.object, span,
                            out);
    if (index.tag == VALUE_WILDCARD && base.tag == VALUE_LIST) {
        *out = value_keep(base);
        return true;
    }
    if (table_is(base)) {
        vm_error(vm, DIAG_INDEX, span, "a table has no items");
        diag_hint(vm->diags, "ask for a cell by an event: P(V = v)");
        return false;
    }
    if (index.tag != VALUE_NUMBER || index.number != floor(index.number))
        return vm_error(vm, DIAG_INDEX, span, "an index is a whole number, not %s",
                        index.tag == VALUE_NUMBER ? "a fraction" : value_kind(index));
    if (base.tag == VALUE_STRING) return character(vm, base.sym, index.number, span, out);
    if (!value_many(base, &n))
        return vm_error(vm, DIAG_INDEX, span, "%s has no items", value_kind(base));
    if (index.number < 1 || index.number > (double)n)
        return outside_range(vm, index.number, n, span);
    return value_at(base, (size_t)index.number - 1, out) || vm_memory(vm);
}

static bool refuse_base(Vm *vm, Value base, Span span) {
    Sym name = value_variable(base);
    if (!name) return vm_error(vm, DIAG_INDEX, span, "%s has no items", value_kind(base));
    vm_error(vm, DIAG_INDEX, span, "%s is one variable, not a family with members", name->text);
    diag_hint(vm->diags, "for a world write an assignment in the brackets: %s[X = 1]",
              name->text);
    return false;
}

bool vm_index(Vm *vm, Value base, const Value *indices, uint32_t n, Span span, Value *out) {
    if (vm_unknown(vm, base) || vm_any_unknown(vm, indices, n)) {
        *out = value_unknown();
        return true;
    }
    if (base.tag == VALUE_FAMILY) return vm_members(vm, base.sym, indices, n, false, span, out);
    if (base.tag == VALUE_TERM) return refuse_base(vm, base, span);
    if (n != 1) return vm_error(vm, DIAG_INDEX, span, "%s takes one index", value_kind(base));
    return item(vm, base, indices[0], span, out);
}

bool vm_INDEX(Vm *vm, Frame *f, const Instr *i) {
    Value out;
    const Value *indices = f->stack + f->top - i->a;
    if (!vm_index(vm, indices[-1], indices, i->a, vm_span(vm, f), &out)) return false;
    return vm_replace(f, i->a + 1, out);
}
