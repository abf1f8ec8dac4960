// Model noise: a rewriting of the mechanism, bottom up, with a stack of its own.
//
// Distributions are counted as they are written, so a shared subterm that holds one is visited
// once for every place where it stands.
#include "runtime/model/model_noise.h"

#include <string.h>

#include "runtime/model/dist.h"
#include "runtime/model/model_var.h"
#include "runtime/model/term_order.h"

// What is known of a subterm.
enum {
    HAS_VARIABLE = 1,   // it mentions one
    HAS_DIST = 2,       // it contains a distribution
    HAS_CONTINUOUS = 4, // and one that is continuous
};

typedef struct Frame {
    const Term *term;
    uint32_t next; // the child to look at next
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
    bool whole;       // the distribution is the whole mechanism
    bool faulty;
} Splitter;

static bool makes_dist(const Term *t) {
    return t->op == TERM_DIST || t->op == TERM_MAP || t->op == TERM_MIX;
}

static Status find_facts(Splitter *s, const Term *root) {
    TRY(term_order(root, &s->order));
    s->facts = MEM_NEW(uint8_t, s->order.count);
    if (!s->facts) return NOMEM;
    for (size_t i = 0; i < s->order.count; i++) {
        const Term *t = s->order.items[i];
        uint8_t facts = t->op == TERM_VAR ? HAS_VARIABLE : 0;
        if (makes_dist(t)) facts |= HAS_DIST;
        if (t->op == TERM_DIST && !t->family->support) facts |= HAS_CONTINUOUS;
        for (uint32_t k = 0; k < t->n; k++)
            facts |= s->facts[term_order_find(&s->order, t->kid[k])];
        s->facts[i] = facts;
    }
    return OK;
}

static unsigned facts_of(const Splitter *s, const Term *t) {
    return s->facts[term_order_find(&s->order, t)];
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
    str_printf(&h, " (monotone); %s = gumbel_max {...} (each level its own noise); or %s ~ ",
               name, name);
    add_term(&h, t);
    str_add(&h, " (nothing is said about it: counterfactuals get bounds)");
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

// Families in which a variable may be a parameter, as its location or scale.
static bool is_location_scale(const DistFamily *f) {
    static const char *const names[] = {"normal", "uniform",     "logistic", "laplace",
                                        "cauchy", "exponential", "gumbel"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(f->name, names[i]) == 0) return true;
    return false;
}

// --- new noise ---

static Status add_noise(Splitter *s, const Term *dist, Sym *out) {
    Str name = {0};
    const ModelVar *owner = s->b->vars.items[s->v].var;
    str_printf(&name, "%s.noise%u", owner->name->text, ++s->count);
    *out = name.failed ? NULL : model_build_fresh(s->b, str_text(&name));
    str_free(&name);
    ModelVar *var = *out ? model_var_new(*out) : NULL;
    if (!var) return NOMEM;
    var->role = ROLE_VAR_NOISE;
    var->anonymous = true;
    var->mech = MECH_KERNEL;
    var->term = term_keep(dist);
    var->origin = owner->origin;
    var->mech_origin = dist->origin ? dist->origin : owner->mech_origin;
    // A map that leaves the rest to one level needs to know the levels.
    if (s->whole && owner->domain) var->domain = domain_keep(owner->domain);
    uint32_t number;
    TRY(model_build_add(s->b, var, &number));
    s->b->vars.items[number].given = s->b->vars.items[number].declared = true;
    return OK;
}

// The term that stands for a distribution, and whether there is any more to do below it.
static Status replace_dist(Splitter *s, const Term *t, Term **out) {
    unsigned facts = facts_of(s, t);
    bool open = facts & HAS_VARIABLE;
    bool stays = facts & HAS_CONTINUOUS;
    bool sound = !open || (stays && (t->op != TERM_DIST || is_location_scale(t->family)));
    *out = NULL;
    if (!sound) {
        Status status = refuse_coupling(s, t);
        if (status != FAULT) return status;
    }
    if (stays || !sound) {
        *out = term_keep(t);
        return OK;
    }
    Sym name;
    TRY(add_noise(s, t, &name));
    *out = term_var(name, NULL, t->origin);
    return *out ? OK : NOMEM;
}

// --- the walk ---

static Status push_done(Splitter *s, Term *t) {
    if (t && VEC_PUSH(&s->done, t)) return OK;
    term_drop(t);
    return NOMEM;
}

static Status enter(Splitter *s, const Term *t) {
    if (!(facts_of(s, t) & HAS_DIST)) return push_done(s, term_keep(t));
    if (makes_dist(t)) {
        Term *with;
        TRY(replace_dist(s, t, &with));
        return push_done(s, with);
    }
    Frame frame = {.term = t};
    return VEC_PUSH(&s->stack, frame) ? OK : NOMEM;
}

static Status leave(Splitter *s, const Term *t) {
    Term **kids = s->done.items + s->done.count - t->n;
    Term *with = term_with_kids(t, kids);
    for (uint32_t i = 0; i < t->n; i++) term_drop(kids[i]);
    s->done.count -= t->n;
    s->stack.count--;
    return push_done(s, with);
}

static Status rewrite(Splitter *s, const Term *root) {
    TRY(find_facts(s, root));
    s->whole = makes_dist(root);
    TRY(enter(s, root));
    while (s->stack.count) {
        Frame *top = &s->stack.items[s->stack.count - 1];
        if (top->next < top->term->n)
            TRY(enter(s, top->term->kid[top->next++]));
        else
            TRY(leave(s, top->term));
    }
    return OK;
}

Status model_noise_split(ModelBuilder *b, uint32_t v, Faults *faults) {
    Splitter s = {.b = b, .v = v, .faults = faults};
    Status status = rewrite(&s, b->vars.items[v].var->term);
    if (status == OK) {
        ModelVar *var = b->vars.items[v].var;
        term_drop(var->term);
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
