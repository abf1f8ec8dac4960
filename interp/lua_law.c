// Lua law: distributions that Lua registers.
//
// One over real numbers is a family (runtime/model/dist.h) whose functions call Lua; one over
// the whole numbers of a range is the map of its values, each with its density as its weight.
#include <math.h>
#include <string.h>

#include "interp/lua_function.h"
#include "runtime/model/dist.h"

// Values of one over whole numbers.
#define MOST_VALUES 100000

typedef struct LuaLaw {
    DistFamily family; // first
    LuaFunction *f;
    int density, sample, support; // references; support: or two numbers
    bool fixed;
    double low, high;
    LuaFunction *mass; // of whole numbers: the density as a function of terms
    DistParam params[DIST_MOST_PARAMS];
} LuaLaw;

// --- the family's functions, in lanes --------------------------------------------------------

static void push_numbers(lua_State *L, const LuaLaw *law, const double *params) {
    for (uint32_t i = 0; i < law->f->nparams; i++) lua_pushnumber(L, params[i]);
}

static bool wrong(const LuaLaw *law, const double *params) {
    for (uint32_t i = 0; i < law->f->nparams; i++)
        if (isnan(params[i])) return true;
    return law->f->bridge->raised || !lua_checkstack(law->f->bridge->L, 12);
}

static double log_mass(const DistFamily *family, const double *params, double x) {
    const LuaLaw *law = (const LuaLaw *)family;
    LuaBridge *b = law->f->bridge;
    double p = NAN;
    pthread_mutex_lock(&b->lanes);
    if (!wrong(law, params)) {
        lua_rawgeti(b->L, LUA_REGISTRYINDEX, law->density);
        lua_pushnumber(b->L, x);
        push_numbers(b->L, law, params);
        p = lua_function_lane(b, 1 + (int)law->f->nparams, law->f->name->text);
    }
    pthread_mutex_unlock(&b->lanes);
    return p;
}

// u() inside a sampler.
static int give_unit(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    if (!b->unit_of) return luaL_error(L, "uniform numbers are for samplers alone");
    lua_pushnumber(L, b->unit_of(b->stream));
    return 1;
}

static double draw(const DistFamily *family, const double *params, double (*unit)(void *stream),
                   void *stream) {
    const LuaLaw *law = (const LuaLaw *)family;
    LuaBridge *b = law->f->bridge;
    double x = NAN;
    pthread_mutex_lock(&b->lanes);
    if (!wrong(law, params)) {
        b->unit_of = unit;
        b->stream = stream;
        lua_rawgeti(b->L, LUA_REGISTRYINDEX, law->sample);
        lua_pushcfunction(b->L, give_unit);
        push_numbers(b->L, law, params);
        x = lua_function_lane(b, 1 + (int)law->f->nparams, law->f->name->text);
        b->unit_of = NULL;
    }
    pthread_mutex_unlock(&b->lanes);
    return x;
}

// Two results are wanted: the second is left in the bridge by a function around the first.
static int both_ends(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    int n = lua_gettop(L) - 1;
    lua_call(L, n, 2);
    if (lua_type(L, -1) != LUA_TNUMBER) return luaL_error(L, "a support has two ends");
    b->second = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return 1;
}

static void bounds(const DistFamily *family, const double *params, double *low, double *high) {
    const LuaLaw *law = (const LuaLaw *)family;
    LuaBridge *b = law->f->bridge;
    *low = law->fixed ? law->low : NAN;
    *high = law->fixed ? law->high : NAN;
    if (law->fixed) return;
    pthread_mutex_lock(&b->lanes);
    if (!wrong(law, params)) {
        lua_pushcfunction(b->L, both_ends);
        lua_rawgeti(b->L, LUA_REGISTRYINDEX, law->support);
        push_numbers(b->L, law, params);
        *low = lua_function_lane(b, 1 + (int)law->f->nparams, law->f->name->text);
        *high = isnan(*low) ? NAN : b->second;
    }
    pthread_mutex_unlock(&b->lanes);
}

static const DistHost host = {log_mass, draw, bounds};

// --- making a distribution -------------------------------------------------------------------

static bool term_of(const LuaFunction *f, uint32_t i, Value v, uint32_t origin, Term **out,
                    Trouble *t) {
    bool fits = v.tag == VALUE_NUMBER || v.tag == VALUE_BOOL ||
                (v.tag == VALUE_TERM && !term_is_dist(v.term));
    if (fits) return value_to_term(v, origin, out, t);
    return trouble(t, DIAG_KIND, "%s of %s is a number, not %s", f->params[i].name->text,
                   f->name->text, value_kind(v));
}

static void drop_terms(Term **terms, uint32_t n) {
    while (n-- > 0) term_drop(terms[n]);
}

// The parameters, when they are all numbers.
static bool constants(Term *const *kids, uint32_t n, double *params) {
    for (uint32_t i = 0; i < n; i++) {
        if (kids[i]->op != TERM_NUMBER) return false;
        params[i] = kids[i]->number;
    }
    return true;
}

static bool check_total(const LuaFunction *f, const double *params, Trouble *t) {
    const DistFamily *family = &f->law->family;
    const char *why = dist_wrong(family, params);
    if (f->bridge->raised) return true;
    if (why) return trouble(t, DIAG_DIST, "in %s, %s", f->name->text, why);
    double total = dist_host_total(family, params);
    if (f->bridge->raised || fabs(total - 1) <= 1e-6) return true;
    if (isnan(total))
        return trouble(t, DIAG_DIST, "the density of %s cannot be integrated", f->name->text);
    return trouble(t, DIAG_DIST, "the density of %s integrates to %.6g, not 1", f->name->text,
                   total);
}

static bool make_real(LuaFunction *f, Term **kids, uint32_t origin, Value *out, Trouble *t) {
    double params[DIST_MOST_PARAMS];
    if (constants(kids, f->nparams, params) && !check_total(f, params, t)) {
        drop_terms(kids, f->nparams);
        return false;
    }
    return value_term(term_dist(&f->law->family, kids, f->nparams, origin), out) ||
           trouble_memory(t);
}

// exp(log_density(k, ...)), computed at once where the parameters are known.
static Term *weight_of(const LuaFunction *f, double k, Term *const *kids, uint32_t origin) {
    Term *args[1 + DIST_MOST_PARAMS] = {term_number(k, origin)};
    double known[1 + DIST_MOST_PARAMS] = {k};
    const MathFunction *math = &f->law->mass->math;
    for (uint32_t i = 0; i < f->nparams; i++) args[1 + i] = term_keep(kids[i]);
    if (!constants(kids, f->nparams, known + 1))
        return term_call(math, args, 1 + f->nparams, origin);
    drop_terms(args, 1 + f->nparams);
    return term_number(math_apply(math, known), origin);
}

static bool make_whole(LuaFunction *f, Term **kids, uint32_t origin, Value *out, Trouble *t) {
    double params[DIST_MOST_PARAMS] = {0}, low, high;
    bool known = constants(kids, f->nparams, params);
    if (!known && !f->law->fixed) {
        drop_terms(kids, f->nparams);
        return trouble(t, DIAG_DIST, "the support of %s depends on variables", f->name->text);
    }
    dist_bounds(&f->law->family, params, &low, &high);
    bool fits =
        low == floor(low) && high == floor(high) && high >= low && high - low < MOST_VALUES;
    uint32_t n = fits ? (uint32_t)(high - low) + 1 : 0;
    Term **items = fits ? MEM_NEW(Term *, 2 * (size_t)n) : NULL;
    for (uint32_t i = 0; items && i < n; i++) {
        items[2 * (size_t)i] = term_number(low + i, origin);
        items[2 * (size_t)i + 1] = weight_of(f, low + i, kids, origin);
    }
    drop_terms(kids, f->nparams);
    Term *map = items ? term_many(TERM_MAP, items, 2 * n, origin) : NULL;
    mem_free(items);
    if (fits) return value_term(map, out) || trouble_memory(t);
    if (f->bridge->raised) return *out = value_nothing(), true;
    return trouble(t, DIAG_DIST,
                   "the support of %s must be two whole numbers, at most %d apart",
                   f->name->text, MOST_VALUES);
}

bool lua_law_make(LuaFunction *f, const Value *args, uint32_t origin, Value *out, Trouble *t) {
    Term *kids[DIST_MOST_PARAMS];
    uint32_t done = 0;
    bool ok = true;
    for (; ok && done < f->nparams; done += ok)
        ok = term_of(f, done, args[done], origin, &kids[done], t);
    if (!ok) {
        drop_terms(kids, done);
        return false;
    }
    return f->role == LUA_ROLE_MASSES ? make_whole(f, kids, origin, out, t)
                                      : make_real(f, kids, origin, out, t);
}

// --- registration ----------------------------------------------------------------------------

static void read_support(lua_State *L, LuaLaw *law) {
    lua_pushliteral(L, "support");
    lua_rawget(L, 1);
    law->fixed = lua_type(L, -1) == LUA_TTABLE;
    if (!law->fixed) {
        lua_register_take(L, &law->support, "support");
        lua_pop(L, 1);
        return;
    }
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    if (lua_type(L, -1) != LUA_TNUMBER || lua_type(L, -2) != LUA_TNUMBER)
        luaL_error(L, "the field support must be two numbers, or a function that returns two");
    law->low = lua_tonumber(L, -2);
    law->high = lua_tonumber(L, -1);
    if (!(law->low < law->high)) luaL_error(L, "the field support must be {lower, higher}");
    lua_pop(L, 3);
}

static void read_functions(lua_State *L, LuaFunction *f) {
    LuaLaw *law = f->law;
    lua_register_take(L, &law->density, "log_density");
    if (f->role == LUA_ROLE_LAW) lua_register_take(L, &law->sample, "sample");
    read_support(L, law);
    f->ref = law->density;
    if (law->mass) law->mass->ref = law->density;
}

static DomainKind domain_of(const LuaLaw *law) {
    if (law->fixed && law->low >= 0) return law->high <= 1 ? DOMAIN_UNIT : DOMAIN_POSITIVE;
    return DOMAIN_REAL;
}

// The density as a function of its value and the parameters.
static void make_mass(lua_State *L, LuaFunction *f) {
    f->law->mass = lua_register_new(L, f->name, LUA_ROLE_DENSITY);
    MathFunction *math = &f->law->mass->math;
    lua_pushfstring(L, "%s_probability", f->name->text);
    Sym name = intern_z(lua_state_of(L)->in->names, lua_tostring(L, -1));
    if (!name) luaL_error(L, "not enough memory");
    lua_pop(L, 1);
    math->name = name->text;
    math->arity = f->nparams + 1;
}

static void make_law(lua_State *L, LuaFunction *f) {
    LuaLaw *law = f->law = MEM_NEW(LuaLaw, 1);
    if (!law) luaL_error(L, "not enough memory");
    law->f = f;
    law->density = law->sample = law->support = LUA_NOREF;
    if (f->nparams > DIST_MOST_PARAMS)
        luaL_error(L, "a distribution has at most %d parameters", DIST_MOST_PARAMS);
    for (uint32_t i = 0; i < f->nparams; i++) {
        const LuaParam *p = &f->params[i];
        law->params[i] = (DistParam){.name = p->name->text, .optional = p->optional};
    }
    law->family = (DistFamily){.name = f->name->text,
                               .doc = f->native.doc,
                               .params = law->params,
                               .nparams = f->nparams,
                               .host = &host};
    f->native.topic = "distributions";
}

static LuaFunction *new_law(lua_State *L, Sym name) {
    lua_pushliteral(L, "discrete");
    lua_rawget(L, 1);
    LuaRole role = lua_toboolean(L, -1) ? LUA_ROLE_MASSES : LUA_ROLE_LAW;
    lua_pop(L, 1);
    LuaFunction *f = lua_register_new(L, name, role);
    make_law(L, f);
    if (role == LUA_ROLE_MASSES) make_mass(L, f);
    return f;
}

static int add_law(lua_State *L) {
    lua_register_begin(L);
    Sym name = lua_register_own_name(L);
    LuaFunction *f = lua_register_again(lua_state_of(L), name);
    bool again = f != NULL;
    if (!again) f = new_law(L, name);
    read_functions(L, f);
    f->law->family.domain = domain_of(f->law);
    if (!again) lua_register_finish(L, f);
    lua_register_define(L, f);
    return 1;
}

void lua_law_open(lua_State *L) {
    static const luaL_Reg functions[] = {{"distribution", add_law}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}

void lua_law_free(LuaLaw *law) {
    mem_free(law);
}
