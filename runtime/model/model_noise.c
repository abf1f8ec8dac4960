// Model noise: a rewriting of the mechanism, bottom up, with a stack of its own.
//
// Distributions are counted as they are written, so a shared subterm that holds one is visited
// once for every place where it stands.
#include "runtime/model/model_noise.h"

#include <string.h>

#include "runtime/model/dist.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/model_joint.h"
#include "runtime/model/model_scale.h"
#include "runtime/model/model_var.h"
#include "runtime/model/term_order.h"

// What is known of a subterm.
enum {
    HAS_VARIABLE = 1, // it mentions one
    HAS_DIST = 2,     // it contains a distribution
};

typedef struct Frame {
    const Term *term;
    uint32_t next; // the child to look at next
    bool whole;    // it stands for the value of the variable
} Frame;

typedef struct Splitter {
    ModelBuilder *b;
    uint32_t v;
    Faults *faults;
    TermOrder order;
    uint8_t *facts; // of each item of the order
    VEC(Frame) stack;
    VEC(Term *) done; // owned: the rewritten children of what is on the stack
    unsigned count;   // noise terms so far
    bool faulty;
} Splitter;

static bool makes_dist(const Term *t) {
    return t->op == TERM_DIST || t->op == TERM_MAP || t->op == TERM_MIX ||
           t->op == TERM_TRUNCATE || t->op == TERM_EMPIRICAL;
}

static Status find_facts(Splitter *s, const Term *root) {
    TRY(term_order(root, &s->order));
    s->facts = MEM_NEW(uint8_t, s->order.count);
    if (!s->facts) return NOMEM;
    for (size_t i = 0; i < s->order.count; i++) {
        const Term *t = s->order.items[i];
        uint8_t facts = t->op == TERM_VAR ? HAS_VARIABLE : 0;
        if (makes_dist(t)) facts |= HAS_DIST;
        for (uint32_t k = 0; k < t->n; k++)
            facts |= s->facts[term_order_find(&s->order, t->kid[k])];
        s->facts[i] = facts;
    }
    return OK;
}

static unsigned facts_of(const Splitter *s, const Term *t) {
    return s->facts[term_order_find(&s->order, t)];
}

// Whether parameter i of a distribution varies: with variables, or with a noise of its own.
static bool is_open(const Splitter *s, const Term *t, uint32_t i) {
    return facts_of(s, t->kid[i]) & (HAS_VARIABLE | HAS_DIST);
}

// --- distributions that say too little ---

static void add_term(Str *out, const Term *t) {
    Str text = {0};
    term_add(t, &text);
    if (text.failed) out->failed = true;
    bool is_long = text.len > 60;
    str_add_n(out, str_text(&text), is_long ? 0 : text.len);
    if (is_long) str_add(out, "...");
    str_free(&text);
}

static Status add_remedies(Splitter *s, const Term *t) {
    const char *name = s->b->vars.items[s->v].var->name->text;
    Str h = {0};
    str_add(&h, "write what is meant: ");
    if (t->op == TERM_DIST && strcmp(t->family->name, "bernoulli") == 0) {
        str_printf(&h, "noise U ~ uniform(0, 1) and %s = U < ", name);
        add_term(&h, t->kid[0]);
    } else {
        str_printf(&h, "noise U ~ uniform(0, 1) and %s = a function of U", name);
    }
    str_add(&h, " (monotone); ");
    if (t->op != TERM_DIST || t->family->finite)
        str_printf(&h, "%s = gumbel_max {...} (each level its own noise); ", name);
    str_printf(&h, "or %s ~ ", name);
    add_term(&h, t);
    bool finite = t->op != TERM_DIST || t->family->finite;
    str_printf(&h, " (nothing is said about it: counterfactuals %s)",
               finite ? "get bounds" : "are not determined");
    Status status = h.failed ? NOMEM : fault_hint(s->faults, "%s", str_text(&h));
    str_free(&h);
    return status;
}

static Status refuse_coupling(Splitter *s, const Term *t) {
    Str m = {0};
    str_printf(&m, "%s = ", s->b->vars.items[s->v].var->name->text);
    add_term(&m, t);
    Status status = m.failed
                        ? NOMEM
                        : fault_add(s->faults, FAULT_MODEL_COUPLING, t->origin,
                                    "%s does not say what stays the same when the parameters "
                                    "of the distribution change",
                                    str_text(&m));
    str_free(&m);
    s->faulty = true;
    return status == FAULT ? add_remedies(s, t) : status;
}

// --- new noise ---

Status model_noise_add(ModelBuilder *b, uint32_t owner_number, unsigned number, const Term *law,
                       const Domain *domain, Term **out) {
    Str name = {0};
    const ModelVar *owner = b->vars.items[owner_number].var;
    str_printf(&name, "%s.noise%u", owner->name->text, number);
    Sym fresh = name.failed ? NULL : model_build_fresh(b, str_text(&name));
    str_free(&name);
    ModelVar *var = fresh ? model_var_new(fresh) : NULL;
    if (!var) return NOMEM;
    var->role = ROLE_VAR_NOISE;
    var->anonymous = true;
    var->mech = MECH_KERNEL;
    var->term = term_keep(law);
    var->origin = owner->origin;
    var->mech_origin = law->origin ? law->origin : owner->mech_origin;
    if (domain) var->domain = domain_keep(domain);
    uint32_t v;
    TRY(model_build_add(b, var, &v));
    b->vars.items[v].given = b->vars.items[v].declared = true;
    *out = term_var(fresh, NULL, law->origin);
    return *out ? OK : NOMEM;
}

// A new noise variable with that law; `whole` as in Frame.
static Status add_noise(Splitter *s, const Term *law, bool whole, Term **out) {
    const Domain *domain = s->b->vars.items[s->v].var->domain;
    // A map that leaves the rest to one level needs to know the levels.
    if (!whole || !domain || !domain_finite(domain)) domain = NULL;
    return model_noise_add(s->b, s->v, ++s->count, law, domain, out);
}

// --- location and scale ---

static Status find_open(const Splitter *s, const Term *t, bool **out) {
    *out = MEM_NEW(bool, t->n);
    for (uint32_t i = 0; *out && i < t->n; i++) (*out)[i] = is_open(s, t, i);
    return *out ? OK : NOMEM;
}

// Whether the distribution is location and scale, open, beside a noise.
static Status check_scale(const Splitter *s, const Term *t, bool *fits) {
    bool *open;
    *fits = false;
    if (t->op != TERM_DIST) return OK;
    TRY(find_open(s, t, &open));
    *fits = model_scale_fits(t, open);
    mem_free(open);
    return OK;
}

// The value of such a distribution, its parameters rewritten.
static Status scale_value(Splitter *s, const Term *t, Term *const *params, Term **out) {
    bool *open;
    Term *law = NULL, *noise = NULL;
    TRY(find_open(s, t, &open));
    Status status = model_scale_law(t, open, &law);
    if (status == OK && law) status = add_noise(s, law, false, &noise);
    *out = status == OK ? model_scale_value(t, open, params, noise) : NULL;
    if (status == OK && !*out) status = NOMEM;
    term_drop(law);
    mem_free(open);
    return status;
}

// --- the walk ---

static Status push_done(Splitter *s, Term *t) {
    if (t && VEC_PUSH(&s->done, t)) return OK;
    term_drop(t);
    return NOMEM;
}

static Status descend(Splitter *s, const Term *t, bool whole) {
    Frame frame = {.term = t, .whole = whole};
    return VEC_PUSH(&s->stack, frame) ? OK : NOMEM;
}

static bool any_open(const Splitter *s, const Term *t) {
    if (t->op != TERM_DIST) return facts_of(s, t) & HAS_VARIABLE;
    for (uint32_t i = 0; i < t->n; i++)
        if (is_open(s, t, i)) return true;
    return false;
}

static Status enter_dist(Splitter *s, const Term *t, bool whole) {
    bool fits = false;
    Term *noise;
    if (!any_open(s, t)) {
        TRY(add_noise(s, t, whole, &noise));
        return push_done(s, noise);
    }
    TRY(check_scale(s, t, &fits));
    if (fits) return descend(s, t, false);
    Status status = refuse_coupling(s, t);
    return status == FAULT ? push_done(s, term_keep(t)) : status;
}

static Status enter(Splitter *s, const Term *t, bool whole) {
    if (!(facts_of(s, t) & HAS_DIST)) return push_done(s, term_keep(t));
    return makes_dist(t) ? enter_dist(s, t, whole) : descend(s, t, whole);
}

static Status leave(Splitter *s, const Term *t) {
    Term **kids = s->done.items + s->done.count - t->n;
    Term *with = NULL;
    Status status = OK;
    if (t->op == TERM_DIST)
        status = scale_value(s, t, kids, &with);
    else
        with = term_with_kids(t, kids);
    for (uint32_t i = 0; i < t->n; i++) term_drop(kids[i]);
    s->done.count -= t->n;
    s->stack.count--;
    return status == OK ? push_done(s, with) : status;
}

static Status step(Splitter *s) {
    Frame *top = &s->stack.items[s->stack.count - 1];
    const Term *t = top->term;
    uint32_t i = top->next++;
    return i < t->n ? enter(s, t->kid[i], top->whole && dist_spine(t, i)) : leave(s, t);
}

static Status rewrite(Splitter *s, const Term *root) {
    TRY(find_facts(s, root));
    TRY(enter(s, root, true));
    while (s->stack.count) TRY(step(s));
    return OK;
}

static Status report_gumbel(const ModelVar *var, const Term *t, Faults *faults) {
    const char *name = var->name->text;
    Status status = var->mech == MECH_KERNEL
                        ? fault_add(faults, FAULT_MODEL_GUMBEL, t->origin,
                                    "after `%s ~` stands a distribution, and gumbel_max gives a "
                                    "value",
                                    name)
                        : fault_add(faults, FAULT_MODEL_GUMBEL, t->origin,
                                    "gumbel_max is not all of what stands after `%s =`", name);
    if (status != FAULT) return status;
    return var->mech == MECH_KERNEL
               ? fault_hint(faults, "write `%s = gumbel_max ...`, or `%s ~` and the distribution",
                            name, name)
               : fault_hint(faults, "give it a variable of its own, or put the whole choice "
                                    "inside: gumbel_max(if X then {a: 0.2} else {a: 0.5})");
}

Status model_noise_single(const ModelBuilder *b, uint32_t v, Faults *faults) {
    const ModelVar *var = b->vars.items[v].var;
    TermOrder order = {0};
    const Term *joint = NULL, *gumbel = NULL;
    Status status = term_order(var->term, &order);
    for (size_t i = 0; status == OK && i < order.count; i++) {
        const Term *t = order.items[i];
        bool fine = t == var->term && var->mech == MECH_STRUCTURAL;
        if (t->op == TERM_JOINT) joint = t;
        if (t->op == TERM_GUMBEL && !fine) gumbel = t;
    }
    term_order_free(&order);
    if (status == OK && gumbel) return report_gumbel(var, gumbel, faults);
    if (status != OK || !joint) return status;
    status = fault_add(faults, FAULT_MODEL_JOINT, joint->origin,
                       "the mechanism of %s holds mvnormal, which is the law of %u variables",
                       var->name->text, model_joint_size(joint));
    if (status != FAULT) return status;
    return fault_hint(faults, "declare them, as in `noise U, V ~ mvnormal(...)`, and mention "
                              "them here");
}

Status model_noise_split(ModelBuilder *b, uint32_t v, Faults *faults) {
    Splitter s = {.b = b, .v = v, .faults = faults};
    Status status = rewrite(&s, b->vars.items[v].var->term);
    if (status == OK) {
        ModelVar *var = b->vars.items[v].var;
        if (var->term == s.done.items[0])
            term_drop(var->term);
        else
            var->written = var->term;
        var->term = s.done.items[0];
        s.done.count = 0;
        if (s.faulty) status = FAULT;
    }
    for (size_t i = 0; i < s.done.count; i++) term_drop(s.done.items[i]);
    VEC_FREE(&s.done);
    VEC_FREE(&s.stack);
    mem_free(s.facts);
    term_order_free(&s.order);
    return status;
}
