// Build: model blocks, item by item.
#include "interp/build.h"

#include <math.h>
#include <string.h>

#include "interp/table.h"
#include "interp/vm.h"
#include "runtime/base/num.h"
#include "runtime/model/model.h"
#include "runtime/model/model_joint.h"
#include "runtime/model/term_order.h"

// What the block knows of a name while it is being run: enough to resolve names and levels
// before the library has seen the whole model.
typedef struct Declared {
    Sym name, family; // family NULL for a plain variable
    Domain *domain;   // NULL while unknown
} Declared;

struct Build {
    Vm *vm;
    ModelBuilder *builder;
    Declared *items;
    size_t count, room;
    uint32_t *slot; // by Sym id: index + 1 of a variable, 0 for none; and FAMILY if it is one
    size_t slotroom;
    Term *joint;    // the joint distribution of the item at hand, or NULL
    uint32_t names; // of the item at hand
    bool unknown; // something in the block is UNKNOWN
    bool full;    // it has more variables than the memory allowed
    size_t edges; // that were written
};

#define FAMILY (1u << 31)

enum { VARIABLE = 1000, EDGE = 80 }; // bytes that one takes, about

static uint32_t slot_of(const Build *b, Sym name) {
    return name->id < b->slotroom ? b->slot[name->id] & ~FAMILY : 0;
}

static bool set_slot(Build *b, Sym name, uint32_t value) {
    if (name->id >= b->slotroom) {
        size_t room = (size_t)name->id * 2 + 64;
        uint32_t *slot = mem_resize(b->slot, room, sizeof *slot);
        if (!slot) return vm_memory(b->vm);
        memset(slot + b->slotroom, 0, (room - b->slotroom) * sizeof *slot);
        b->slot = slot;
        b->slotroom = room;
    }
    b->slot[name->id] |= value;
    return true;
}

static size_t most_variables(const Build *b) {
    return ctl_memory(vm_ctl(b->vm)) / VARIABLE;
}

static bool refuse_many(Build *b, Span span) {
    b->full = true;
    return vm_error(b->vm, DIAG_LIMIT, span,
                    "a model of more than %zu variables takes more than the memory allowed",
                    most_variables(b));
}

bool build_room(Build *b, double members, Span span) {
    return members <= (double)most_variables(b) || refuse_many(b, span);
}

// Notes a name; one that is known already gets the domain if it had none.
static bool note_name(Build *b, Sym name, Sym family, const Domain *domain,
                      Span span) {
    uint32_t at = slot_of(b, name);
    if (at) {
        Declared *have = &b->items[at - 1];
        if (domain) {
            domain_drop(have->domain);
            have->domain = domain_keep(domain);
        }
        if (family) have->family = family;
        return true;
    }
    if (b->count >= most_variables(b)) return refuse_many(b, span);
    Declared d = {name, family, domain ? domain_keep(domain) : NULL};
    if (!VEC_PUSH(b, d)) {
        domain_drop(d.domain);
        return vm_memory(b->vm);
    }
    return set_slot(b, name, (uint32_t)b->count) && (!family || set_slot(b, family, FAMILY));
}

static bool note_model(Build *b, const Model *m) {
    for (uint32_t i = 0; i < m->nvars; i++) {
        const ModelVar *v = m->vars[i];
        if (!v->anonymous && !note_name(b, v->name, v->family, v->domain, (Span){0})) return false;
    }
    return true;
}

Build *build_new(Vm *vm, Value from) {
    Build *b = MEM_NEW(Build, 1);
    if (!b) return vm_memory(vm), NULL;
    b->vm = vm;
    b->unknown = from.tag == VALUE_UNKNOWN;
    const Model *base = from.tag == VALUE_MODEL ? from.model : NULL;
    b->builder = model_builder(vm_names(vm), base);
    if (!b->builder) vm_memory(vm);
    if (!b->builder || (base && !note_model(b, base))) {
        build_abandon(b);
        return NULL;
    }
    return b;
}

void build_abandon(Build *b) {
    if (!b) return;
    model_builder_free(b->builder);
    term_drop(b->joint);
    for (size_t i = 0; i < b->count; i++) domain_drop(b->items[i].domain);
    mem_free(b->items);
    mem_free(b->slot);
    mem_free(b);
}

// --- what names mean ------------------------------------------------------------------------

bool build_has(const Build *b, Sym name) {
    return slot_of(b, name) != 0;
}

bool build_full(const Build *b) {
    return b->full;
}

bool build_has_family(const Build *b, Sym family) {
    return family->id < b->slotroom && b->slot[family->id] & FAMILY;
}

const Domain *build_domain(const Build *b, Sym name) {
    uint32_t at = slot_of(b, name);
    return at ? b->items[at - 1].domain : NULL;
}

void build_members(const Build *b, Sym family, void (*visit)(void *user, Sym member), void *user) {
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].family == family) visit(user, b->items[i].name);
}

Sym build_has_level(const Build *b, Sym word) {
    for (size_t i = 0; i < b->count; i++) {
        const Domain *d = b->items[i].domain;
        if (d && domain_finite(d) && domain_find_name(d, word) != UINT32_MAX) return word;
    }
    return NULL;
}

// --- names of family members ----------------------------------------------------------------

Sym build_member(Vm *vm, Sym family, const Value *indices, uint32_t n, Span span) {
    Str s = {0};
    str_add(&s, family->text);
    for (uint32_t i = 0; i < n; i++) {
        Value v = indices[i];
        if (v.tag != VALUE_NUMBER || v.number != floor(v.number) || fabs(v.number) > 1e15) {
            str_free(&s);
            vm_error(vm, DIAG_INDEX, span, "an index of %s must be a whole number, not %s",
                     family->text, v.tag == VALUE_NUMBER ? "a fraction" : value_kind(v));
            return NULL;
        }
        str_add_char(&s, i ? ',' : '[');
        num_add(&s, v.number == 0 ? 0 : v.number);
    }
    str_add_char(&s, ']');
    Sym name = s.failed ? NULL : intern(vm_names(vm), str_text(&s), s.len);
    str_free(&s);
    if (!name) vm_memory(vm);
    return name;
}

// --- domains --------------------------------------------------------------------------------

static bool level_of(Build *b, Value v, Level *level, Span span) {
    Str s = {0};
    *level = (Level){0};
    if (v.tag == VALUE_NUMBER) {
        num_add(&s, v.number);
        *level = (Level){.number = v.number, .numeric = true};
    } else if (v.tag == VALUE_BOOL) {
        str_add(&s, v.truth ? "true" : "false");
    } else if (v.tag == VALUE_LEVEL || v.tag == VALUE_STRING) {
        level->name = v.sym;
        return true;
    } else {
        return vm_error(b->vm, DIAG_DOMAIN, span,
                        "a level is a name, a number or a string, not %s", value_kind(v));
    }
    level->name = s.failed ? NULL : intern(vm_names(b->vm), str_text(&s), s.len);
    str_free(&s);
    return level->name || vm_memory(b->vm);
}

static bool domain_of_set(Build *b, const BuildVar *var, Domain **out) {
    const ListObject *set = value_items(var->domain);
    Level *levels = MEM_NEW(Level, set->count);
    bool ok = levels || vm_memory(b->vm);
    for (size_t i = 0; ok && i < set->count; i++)
        ok = level_of(b, set->items[i], &levels[i], var->span);
    uint32_t n = (uint32_t)set->count;
    if (ok && n == 0)
        ok = vm_error(b->vm, DIAG_DOMAIN, var->span, "the domain of %s has no levels",
                      var->name->text);
    uint32_t again = ok ? domain_repeated(levels, n) : UINT32_MAX;
    if (ok && again != UINT32_MAX)
        ok = vm_error(b->vm, DIAG_DOMAIN, var->span, "the domain of %s has the level %s twice",
                      var->name->text, levels[again].name->text);
    if (ok) {
        *out = domain_levels(var->ordered ? DOMAIN_ORDERED : DOMAIN_LEVELS, levels, n);
        ok = *out || vm_memory(b->vm);
    }
    mem_free(levels);
    return ok;
}

static bool domain_named(Build *b, const BuildVar *var, Domain **out) {
    static const struct {
        const char *name;
        DomainKind kind;
    } names[] = {{"bool", DOMAIN_BOOL},         {"int", DOMAIN_INT},   {"real", DOMAIN_REAL},
                 {"positive", DOMAIN_POSITIVE}, {"unit", DOMAIN_UNIT}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, value_text(var->domain)) != 0) continue;
        *out = domain_new(names[i].kind);
        return *out || vm_memory(b->vm);
    }
    vm_error(b->vm, DIAG_DOMAIN, var->span, "%s is not a domain", value_text(var->domain));
    diag_hint(vm_diags(b->vm), "a domain is bool, int, real, positive, unit, a set of levels such "
                               "as {low, high}, or a range such as 0..10");
    return false;
}

static bool domain_of(Build *b, const BuildVar *var, Domain **out) {
    const RangeObject *range;
    switch (var->domain.tag) {
    case VALUE_NOTHING: return true;
    case VALUE_UNKNOWN: b->unknown = true; return true;
    case VALUE_SET: case VALUE_LIST: return domain_of_set(b, var, out);
    case VALUE_LEVEL: case VALUE_STRING: return domain_named(b, var, out);
    case VALUE_RANGE:
        range = (const RangeObject *)var->domain.object;
        if (range->high < range->low)
            return vm_error(b->vm, DIAG_DOMAIN, var->span, "the domain of %s is empty",
                            var->name->text);
        *out = domain_range((int64_t)range->low, (int64_t)range->high);
        return *out || vm_memory(b->vm);
    default:
        return vm_error(b->vm, DIAG_DOMAIN, var->span, "%s is not a domain",
                        value_kind(var->domain));
    }
}

// --- items ----------------------------------------------------------------------------------

static bool report(Build *b, Status status, Faults *faults, Span span) {
    if (status == OK && faults->count == 0) return true;
    if (status == NOMEM) {
        fault_free(faults);
        return vm_memory(b->vm);
    }
    return vm_faults(b->vm, faults, span);
}

static VarRole role_of(NodeOp op) {
    switch (op) {
    case ROLE_LATENT: return ROLE_VAR_LATENT;
    case ROLE_NOISE: return ROLE_VAR_NOISE;
    case ROLE_OBSERVED: return ROLE_VAR_OBSERVED;
    case ROLE_SELECTED: return ROLE_VAR_SELECTED;
    default: return ROLE_VAR_PLAIN;
    }
}

static bool index_numbers(const BuildVar *var, int64_t *indices) {
    for (uint32_t i = 0; i < var->nindices; i++) indices[i] = (int64_t)var->indices[i].number;
    return true;
}

bool build_declare(Build *b, const BuildVar *var) {
    Domain *domain = NULL;
    int64_t *indices = MEM_NEW(int64_t, var->nindices);
    bool ok = indices ? domain_of(b, var, &domain) : vm_memory(b->vm);
    Sym name = var->name;
    if (ok && var->nindices) {
        name = build_member(b->vm, var->name, var->indices, var->nindices, var->span);
        ok = name && index_numbers(var, indices);
    }
    if (ok) {
        Faults faults = {0};
        VarSpec spec = {.name = name, .family = var->nindices ? var->name : NULL,
                        .indices = indices, .nindices = var->nindices, .label = var->label,
                        .role = role_of(var->role), .domain = domain,
                        .origin = source_place(vm_sources(b->vm), var->span)};
        ok = report(b, model_declare(b->builder, &spec, &faults), &faults, var->span) &&
             note_name(b, name, spec.family, domain, var->span);
    }
    domain_drop(domain);
    mem_free(indices);
    return ok;
}

static bool add_edge(Build *b, Sym from, Sym to, NodeOp link, bool removed, Span span) {
    if (link == LINK_LEFT) {
        Sym swap = from;
        from = to;
        to = swap;
    }
    Faults faults = {0};
    const Ctl *ctl = vm_ctl(b->vm);
    size_t most = ctl_memory(ctl) / EDGE;
    if (b->edges++ >= most)
        return vm_error(b->vm, DIAG_LIMIT, span,
                        "a model of more than %zu edges takes more than the memory allowed", most);
    if (ctl_cancelled(ctl)) return vm_error(b->vm, DIAG_INTERRUPTED, span, "interrupted");
    uint32_t origin = source_place(vm_sources(b->vm), span);
    bool both = link == LINK_BOTH;
    Status status = removed ? model_unedge(b->builder, from, to, both, origin, &faults)
                            : model_edge(b->builder, from, to, both, origin, &faults);
    return report(b, status, &faults, span) && (removed || (note_name(b, from, NULL, NULL, span) &&
                                                            note_name(b, to, NULL, NULL, span)));
}

// The names of one endpoint, one after the other.
static Sym endpoint(Build *b, Value v, size_t i, Span span) {
    Value item = v.tag == VALUE_LIST || v.tag == VALUE_SET ? value_items(v)->items[i] : v;
    Sym name = item.tag == VALUE_LEVEL || item.tag == VALUE_STRING ? item.sym
                                                                   : value_variable(item);
    if (!name)
        vm_error(b->vm, DIAG_KIND, span, "an edge runs between variables, not %s",
                 value_kind(item));
    return name;
}

static size_t endpoints(Value v) {
    return v.tag == VALUE_LIST || v.tag == VALUE_SET ? value_items(v)->count : 1;
}

bool build_edge(Build *b, Value from, Value to, NodeOp link, bool removed, Span span) {
    for (size_t i = 0; i < endpoints(from); i++)
        for (size_t j = 0; j < endpoints(to); j++) {
            Sym x = endpoint(b, from, i, span), y = x ? endpoint(b, to, j, span) : NULL;
            if (!y || !add_edge(b, x, y, link, removed, span)) return false;
        }
    return true;
}

// What stands after ~ : a distribution, or the probability of true.
static bool distribution_term(Build *b, Value v, uint32_t origin, Term **out, Trouble *t) {
    (void)b;
    if (table_is(v)) return table_distribution(v, origin, out, t);
    return value_to_term(v, origin, out, t) ||
           (v.tag == VALUE_LIST && trouble_hint(t, "a distribution names its values: "
                                                   "{a: 0.3, b: 0.7}"));
}

void build_block(Build *b, uint32_t count) {
    term_drop(b->joint);
    b->joint = NULL;
    b->names = count;
}

static bool report_names(Build *b, const Term *joint, Span span) {
    uint32_t n = model_joint_size(joint);
    vm_error(b->vm, DIAG_DIST, span, "mvnormal is the law of %u variable%s here, behind %u name%s",
             n, n == 1 ? "" : "s", b->names, b->names == 1 ? "" : "s");
    diag_hint(vm_diags(b->vm), "write as many names as there are means, as in "
                               "`U, V ~ mvnormal([0, 0], ...)`");
    return false;
}

// The law of one name of the block; `*term` is the law of the whole block as evaluated for it.
static bool block_part(Build *b, uint32_t place, Span span, Term **term) {
    if (model_joint_size(*term) != b->names) return report_names(b, *term, span);
    uint32_t origin = (*term)->origin;
    if (!b->joint) b->joint = term_keep(*term);
    term_drop(*term);
    *term = term_binary(TERM_PART, term_keep(b->joint), term_number(place, origin), origin);
    return *term || vm_memory(b->vm);
}

bool build_mechanism(Build *b, Sym name, bool structural, Value value, uint32_t place, Span span) {
    if (value.tag == VALUE_UNKNOWN) {
        b->unknown = true;
        return true;
    }
    Trouble t = {0};
    Term *term = NULL;
    uint32_t origin = source_place(vm_sources(b->vm), span);
    bool ok = structural ? value_to_term(value, origin, &term, &t)
                         : distribution_term(b, value, origin, &term, &t);
    if (!ok) return vm_trouble(b->vm, &t, span);
    bool block = !structural && term->op == TERM_JOINT;
    if (block && !block_part(b, place, span, &term)) {
        term_drop(term);
        return false;
    }
    Faults faults = {0};
    Status status = model_mechanism(b->builder, name, structural ? MECH_STRUCTURAL : MECH_KERNEL,
                                    term, false, origin, &faults);
    term_drop(term);
    return report(b, status, &faults, span);
}

bool build_factor(Build *b, Value weight, Span span) {
    if (weight.tag == VALUE_UNKNOWN) {
        b->unknown = true;
        return true;
    }
    Trouble t = {0};
    Term *term = NULL;
    uint32_t origin = source_place(vm_sources(b->vm), span);
    if (!value_to_term(weight, origin, &term, &t)) return vm_trouble(b->vm, &t, span);
    Faults faults = {0};
    Status status = model_factor(b->builder, term, origin, &faults);
    term_drop(term);
    return report(b, status, &faults, span);
}

static bool is_and(const Term *parent, uint32_t child) {
    (void)child;
    return parent->op == TERM_AND;
}

// The parts of a conjunction are assumptions of their own, each once.
static bool assume_term(Build *b, const Term *t, Span span) {
    TermOrder parts = {0};
    Faults faults = {0};
    Status status = term_order_some(t, is_and, &parts);
    for (size_t i = 0; status == OK && i < parts.count; i++)
        if (parts.items[i]->op != TERM_AND)
            status = model_assume(b->builder, parts.items[i], &faults);
    term_order_free(&parts);
    return report(b, status, &faults, span);
}

bool build_assume(Build *b, Value sentence, Span span) {
    if (sentence.tag == VALUE_LIST) {
        const ListObject *list = value_items(sentence);
        for (size_t i = 0; i < list->count; i++)
            if (!build_assume(b, list->items[i], span)) return false;
        return true;
    }
    if (sentence.tag == VALUE_BOOL && sentence.truth) return true;
    if (sentence.tag == VALUE_BOOL)
        return vm_error(b->vm, DIAG_ASSUMPTION, span, "this is false, whatever the model");
    if (sentence.tag != VALUE_TERM || term_is_dist(sentence.term)) {
        vm_error(b->vm, DIAG_ASSUMPTION, span, "an assumption is true or false; this is %s",
                 value_kind(sentence));
        diag_hint(vm_diags(b->vm), "for example: assume Y[X = 1] >= Y[X = 0]");
        return false;
    }
    return assume_term(b, sentence.term, span);
}

bool build_end(Build *b, Sym name, const char *doc, Value *out) {
    bool ok = true;
    if (b->unknown) {
        *out = value_unknown();
    } else {
        Faults faults = {0};
        Model *model = NULL;
        uint32_t normalised = 0;
        Status status = model_builder_name(b->builder, name, doc);
        if (status == OK)
            status = model_finish(b->builder, vm_ctl(b->vm), &model, &normalised, &faults);
        Span nowhere = {0};
        ok = report(b, status, &faults, nowhere) && value_model(model, out);
        if (ok && normalised)
            vm_note(b->vm, DIAG_NORMALISED, nowhere,
                    "in %s %u %s to 1 only within 0.001 and %s normalised",
                    name ? name->text : "the model", normalised,
                    normalised == 1 ? "row sums" : "rows sum", normalised == 1 ? "was" : "were");
    }
    build_abandon(b);
    return ok;
}
