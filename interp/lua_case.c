// Lua case: a function of Lua on variables that have named levels, as a case over all of them.
//
// Lanes are numbers, and the levels of such variables are none: the function is called once for
// each combination of levels, when the term is made. So its results may be of any kind that a
// case allows, levels and distributions included.
#include "interp/lua_function.h"
#include "interp/table.h"

#define MOST_ROWS 100000

typedef struct Case {
    LuaFunction *f;
    Value *args;            // one for each parameter: of the row at hand
    const Domain **domains; // of parameters that are variables, else NULL
    Term **vars;            // borrowed, likewise
    uint32_t nvars;
    size_t rows;
    uint32_t origin;
    VEC(Term *) kids;
    bool unknown; // while the VM checks: a result is not known yet
} Case;

static bool find_domain(Case *c, uint32_t i, Value v, Trouble *t) {
    Vm *vm = c->f->bridge->in->vm;
    Sym name = value_variable(v);
    bool known = false;
    if (!name)
        return trouble(t, DIAG_KIND, "%s of %s is %s, not %s", c->f->params[i].name->text,
                       c->f->name->text, lua_kind_text(c->f->params[i].kind), value_kind(v));
    const Domain *d = vm_domain(vm, name, &known);
    if (!d || !domain_finite(d)) {
        trouble(t, DIAG_KIND, "%s calls for the levels of %s, which has no list of them here",
                c->f->name->text, name->text);
        return trouble_hint(t, "declare %s with its levels before", name->text);
    }
    c->domains[i] = d;
    c->vars[i] = v.term;
    c->nvars++;
    c->rows = c->rows > MOST_ROWS ? c->rows : c->rows * d->count;
    return true;
}

static bool find_domains(Case *c, const Value *args, Trouble *t) {
    c->rows = 1;
    for (uint32_t i = 0; i < c->f->nparams; i++) {
        bool variable = args[i].tag == VALUE_TERM && !term_is_dist(args[i].term);
        if (variable && !find_domain(c, i, args[i], t)) return false;
        if (!variable) c->args[i] = value_keep(args[i]);
    }
    if (c->rows <= MOST_ROWS) return true;
    return trouble(t, DIAG_KIND, "%s would be called for more than %d combinations of levels",
                   c->f->name->text, MOST_ROWS);
}

static bool push(Case *c, Term *taken, Trouble *t) {
    if (taken && VEC_PUSH(&c->kids, taken)) return true;
    term_drop(taken);
    return trouble_memory(t);
}

// Whether the variables have the levels of a row; the arguments get them.
static bool add_condition(Case *c, size_t row, Trouble *t) {
    Term *all = NULL;
    for (uint32_t i = c->f->nparams; i-- > 0;) {
        const Domain *d = c->domains[i];
        if (!d) continue;
        uint32_t level = (uint32_t)(row % d->count);
        row /= d->count;
        value_drop(c->args[i]);
        c->args[i] = value_nothing();
        if (!table_level_value(d, level, &c->args[i])) return trouble_memory(t);
        Term *is = term_binary(TERM_EQ, term_keep(c->vars[i]),
                               table_level_term(d, level, c->origin), c->origin);
        all = all ? term_binary(TERM_AND, is, all, c->origin) : is;
        if (!all) return trouble_memory(t);
    }
    return push(c, all, t);
}

static bool add_row(Case *c, size_t row, Trouble *t) {
    Value result;
    Term *term = NULL;
    if (!add_condition(c, row, t)) return false;
    if (!lua_function_call(c->f, c->args, c->origin, &result, t)) return false;
    if (result.tag == VALUE_UNKNOWN) return c->unknown = true;
    bool ok = value_to_term(result, c->origin, &term, t);
    value_drop(result);
    return ok && push(c, term, t);
}

static bool fill(Case *c, Trouble *t) {
    for (uint32_t i = 0; i < c->f->nparams; i++)
        if (c->vars[i] && !push(c, term_keep(c->vars[i]), t)) return false;
    for (size_t row = 0; row < c->rows && !c->unknown; row++)
        if (!add_row(c, row, t)) return false;
    return true;
}

static bool make(Case *c, Value *out, Trouble *t) {
    if (!fill(c, t)) return false;
    if (c->unknown) return *out = value_unknown(), true;
    uint32_t n = (uint32_t)c->kids.count;
    c->kids.count = 0;
    return value_term(term_case(c->kids.items, c->nvars, n, c->origin), out) ||
           trouble_memory(t);
}

bool lua_case_make(LuaFunction *f, const Value *args, uint32_t origin, Value *out, Trouble *t) {
    Case c = {.f = f, .origin = origin};
    c.args = MEM_NEW(Value, f->nparams);
    c.domains = MEM_NEW(const Domain *, f->nparams);
    c.vars = MEM_NEW(Term *, f->nparams);
    bool ok = (c.args && c.domains && c.vars) || trouble_memory(t);
    ok = ok && find_domains(&c, args, t) && make(&c, out, t);
    for (uint32_t i = 0; c.args && i < f->nparams; i++) value_drop(c.args[i]);
    for (size_t i = 0; i < c.kids.count; i++) term_drop(c.kids.items[i]);
    VEC_FREE(&c.kids);
    mem_free(c.args);
    mem_free(c.domains);
    mem_free(c.vars);
    return ok;
}
