// Lua function: functions that Lua registers, and their calls.
#include "interp/lua_function.h"

#include <math.h>
#include <stddef.h>

// --- calls with values -----------------------------------------------------------------------

typedef struct Request {
    LuaFunction *f;
    const Value *args;
    Value out;
    Trouble trouble;
    bool ok;
} Request;

// A list may have come as a range or a set.
static void push_items(lua_State *L, Value v) {
    size_t n = 0;
    value_count(v, &n);
    lua_limit_charge(L, n);
    lua_newtable(L);
    for (size_t i = 0; i < n; i++) {
        LuaBox *box = lua_value_box(L);
        if (!value_at(v, i, &box->value)) trouble_memory(&box->trouble);
        lua_value_settle(L, box, !box->trouble.code);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_argument(lua_State *L, const LuaParam *p, Value v) {
    if (p->kind == LUA_KIND_LIST)
        push_items(L, v);
    else if (p->kind == LUA_KIND_NUMBER && v.tag == VALUE_BOOL)
        lua_pushnumber(L, v.truth);
    else if (p->kind == LUA_KIND_BOOLEAN && v.tag == VALUE_NUMBER)
        lua_pushboolean(L, v.number != 0);
    else if (p->kind == LUA_KIND_LEVEL)
        lua_value_plain(L, v);
    else
        lua_value_push(L, v);
}

// A list of names becomes a set of variables.
static bool name_variables(Request *r) {
    size_t n = 0, done = 0;
    value_count(r->out, &n);
    Value *items = MEM_NEW(Value, n), set;
    bool ok = items || trouble_memory(&r->trouble);
    for (; ok && done < n; done += ok) {
        Value item = value_items(r->out)->items[done];
        if (item.tag != VALUE_STRING) {
            items[done] = value_keep(item);
            continue;
        }
        const Model *m = vm_context(r->f->bridge->in->vm)->model;
        if (!m || model_find(m, item.sym) == MODEL_NONE)
            ok = trouble(&r->trouble, DIAG_LUA_VALUE, "%s returns %s, which is no variable",
                         r->f->name->text, item.sym->text);
        else
            ok = value_term(term_var(item.sym, NULL, 0), &items[done]) ||
                 trouble_memory(&r->trouble);
    }
    ok = ok && (value_list(VALUE_SET, items, n, &set) || trouble_memory(&r->trouble));
    while (items && done-- > 0) value_drop(items[done]);
    mem_free(items);
    if (!ok) return false;
    value_drop(r->out);
    r->out = set;
    return true;
}

static bool check_result(Request *r) {
    LuaKind wanted = r->f->returns;
    const char *name = r->f->name->text;
    if (wanted == LUA_KIND_NONE) return true;
    if (r->out.tag == VALUE_NOTHING)
        return trouble(&r->trouble, DIAG_LUA_VALUE, "%s returns nothing", name);
    if (wanted == LUA_KIND_LEVEL && r->out.tag == VALUE_STRING) r->out.tag = VALUE_LEVEL;
    if (wanted == LUA_KIND_VARIABLES && r->out.tag == VALUE_LIST) return name_variables(r);
    if (lua_kind_fits(wanted, r->out)) return true;
    return trouble(&r->trouble, DIAG_LUA_VALUE, "%s is to return %s, and returns %s", name,
                   lua_kind_text(wanted), value_kind(r->out));
}

static void push_model(lua_State *L) {
    Model *m = vm_context(lua_state_of(L)->in->vm)->model;
    if (!m) luaL_error(L, "there is no model to ask");
    lua_value_push(L, (Value){.tag = VALUE_MODEL, .model = m});
}

static int run_request(lua_State *L) {
    Request *r = lua_touserdata(L, 1);
    LuaFunction *f = r->f;
    luaL_checkstack(L, (int)f->nparams + 4, "arguments");
    lua_rawgeti(L, LUA_REGISTRYINDEX, f->ref);
    if (f->role == LUA_ROLE_QUERY) push_model(L);
    for (uint32_t i = 0; i < f->nparams; i++) push_argument(L, &f->params[i], r->args[i]);
    lua_call(L, (int)f->nparams + (f->role == LUA_ROLE_QUERY), 1);
    r->ok = lua_value_read(L, -1, &r->out, &r->trouble) && check_result(r);
    return 0;
}

// While the VM checks, a question that Lua asks leaves the result open.
static bool later(LuaBridge *b, Value *out) {
    if (b->stop != LUA_STOP_LATER || b->depth) return false;
    lua_bridge_fresh(b);
    *out = value_unknown();
    return true;
}

bool lua_function_call(LuaFunction *f, const Value *args, uint32_t origin, Value *out,
                       Trouble *t) {
    LuaBridge *b = f->bridge;
    Request r = {.f = f, .args = args};
    Span outer = b->span, span = source_span(&b->in->sources, origin);
    b->span = span.source ? span : outer;
    bool ran = lua_state_call(b, run_request, &r);
    b->span = outer;
    if (ran && r.ok) return *out = r.out, true;
    value_drop(r.out);
    if (ran) return *t = r.trouble, false;
    trouble_free(&r.trouble);
    return later(b, out) || lua_state_report(b, span);
}

// --- calls lane by lane ----------------------------------------------------------------------

double lua_function_lane(LuaBridge *b, int n, const char *name) {
    lua_State *L = b->L;
    double x = NAN;
    bool outer = b->in_lane;
    b->in_lane = true;
    if (!lua_state_enter(b, n, 1)) {
        b->raised = true;
    } else if (lua_isboolean(L, -1) || lua_type(L, -1) == LUA_TNUMBER) {
        x = lua_isboolean(L, -1) ? lua_toboolean(L, -1) : lua_tonumber(L, -1);
        lua_pop(L, 1);
    } else {
        b->raised = true;
        str_clear(&b->failure.message);
        str_printf(&b->failure.message,
                   "in a mechanism %s is to return a number, and returns a %s", name,
                   luaL_typename(L, -1));
        lua_pop(L, 1);
    }
    b->in_lane = outer;
    return x;
}

static double run_lane(LuaBridge *b, const LuaFunction *f, const double *args) {
    lua_State *L = b->L;
    if (b->raised || !lua_checkstack(L, (int)f->math.arity + 8)) return NAN;
    lua_rawgeti(L, LUA_REGISTRYINDEX, f->ref);
    for (uint32_t i = 0; i < f->math.arity; i++) {
        bool truth = f->role == LUA_ROLE_FUNCTION && f->params[i].kind == LUA_KIND_BOOLEAN;
        if (truth)
            lua_pushboolean(L, args[i] != 0);
        else
            lua_pushnumber(L, args[i]);
    }
    return lua_function_lane(b, (int)f->math.arity, f->name->text);
}

double lua_function_host(const MathFunction *m, const double *args) {
    const LuaFunction *f = (const LuaFunction *)((const char *)m - offsetof(LuaFunction, math));
    LuaBridge *b = f->bridge;
    for (uint32_t i = 0; i < m->arity; i++)
        if (isnan(args[i])) return NAN;
    pthread_mutex_lock(&b->lanes);
    double x = run_lane(b, f, args);
    pthread_mutex_unlock(&b->lanes);
    return f->role == LUA_ROLE_DENSITY ? exp(x) : x;
}

static bool can_be_lane(const LuaFunction *f, const Value *args, Trouble *t) {
    if (f->nparams > MATH_MAX_ARITY) {
        trouble(t, DIAG_KIND, "%s has %u arguments; of variables it can have %d", f->name->text,
                f->nparams, MATH_MAX_ARITY);
        return false;
    }
    for (uint32_t i = 0; i < f->nparams; i++) {
        LuaKind kind = f->params[i].kind;
        bool plain =
            kind == LUA_KIND_NUMBER || kind == LUA_KIND_BOOLEAN || kind == LUA_KIND_ANY;
        bool scalar = args[i].tag == VALUE_NUMBER || args[i].tag == VALUE_BOOL ||
                      (args[i].tag == VALUE_TERM && !term_is_dist(args[i].term));
        if (plain && scalar) continue;
        trouble(t, DIAG_KIND,
                "with variables among its arguments, %s takes numbers alone; %s is %s",
                f->name->text, f->params[i].name->text, value_kind(args[i]));
        return false;
    }
    return true;
}

// A call on variables becomes part of the term that it stands in.
static bool lift(LuaFunction *f, const Value *args, uint32_t origin, Value *out, Trouble *t) {
    Term *kids[MATH_MAX_ARITY];
    uint32_t done = 0;
    bool ok = can_be_lane(f, args, t);
    for (; ok && done < f->nparams; done += ok)
        ok = value_to_term(args[done], origin, &kids[done], t);
    if (!ok) {
        while (done-- > 0) term_drop(kids[done]);
        return false;
    }
    Term *term = term_call(&f->math, kids, done, origin);
    if (f->returns == LUA_KIND_BOOLEAN)
        term = term_binary(TERM_NE, term, term_number(0, origin), origin);
    return value_term(term, out) || trouble_memory(t);
}

// --- arguments -------------------------------------------------------------------------------

static bool complain(const LuaFunction *f, Trouble *t) {
    return trouble_hint(t, "%s(%s): %s", f->name->text, f->native.params, f->native.doc);
}

static bool place(const LuaFunction *f, const Value *args, size_t npos, Value *slots,
                  Trouble *t) {
    for (uint32_t i = 0; i < f->nparams; i++) {
        const LuaParam *p = &f->params[i];
        Value named = args[npos + i];
        bool given = i < npos, twice = given && named.tag != VALUE_NOTHING;
        slots[i] = given ? args[i] : named.tag != VALUE_NOTHING ? named : p->missing;
        if (twice)
            trouble(t, DIAG_ARGUMENTS, "given twice: the argument %s", p->name->text);
        else if (slots[i].tag == VALUE_NOTHING && !p->optional)
            trouble(t, DIAG_ARGUMENTS, "an argument is missing: %s", p->name->text);
        else
            continue;
        return complain(f, t);
    }
    return true;
}

// Whether a call on these stands for one on each world, as an argument depends on variables;
// and whether one of those is a level.
static bool symbolic(const LuaFunction *f, const Value *args, bool *levels) {
    bool found = false;
    *levels = false;
    for (uint32_t i = 0; i < f->nparams; i++) {
        LuaKind kind = f->params[i].kind;
        bool level = kind == LUA_KIND_LEVEL || kind == LUA_KIND_STRING;
        bool plain = kind == LUA_KIND_NUMBER || kind == LUA_KIND_BOOLEAN;
        if (args[i].tag != VALUE_TERM || term_is_dist(args[i].term)) continue;
        found = found || plain || level;
        *levels = *levels || level;
    }
    return found;
}

static bool check_kinds(const LuaFunction *f, const Value *args, Trouble *t) {
    for (uint32_t i = 0; i < f->nparams; i++) {
        const LuaParam *p = &f->params[i];
        if (args[i].tag == VALUE_NOTHING || lua_kind_fits(p->kind, args[i])) continue;
        trouble(t, DIAG_KIND, "%s of %s is %s, not %s", p->name->text, f->name->text,
                lua_kind_text(p->kind), value_kind(args[i]));
        return complain(f, t);
    }
    return true;
}

bool lua_bridge_call(const Native *native, const Value *args, size_t n, uint32_t origin,
                     Value *out, Trouble *t) {
    LuaFunction *f = (LuaFunction *)native;
    Value *slots = MEM_NEW(Value, f->nparams);
    if (!slots) return trouble_memory(t);
    bool ok = place(f, args, n - f->nparams, slots, t), levels;
    if (ok && f->law)
        ok = lua_law_make(f, slots, origin, out, t);
    else if (ok && symbolic(f, slots, &levels))
        ok = levels ? lua_case_make(f, slots, origin, out, t) : lift(f, slots, origin, out, t);
    else
        ok = ok && check_kinds(f, slots, t) && lua_function_call(f, slots, origin, out, t);
    mem_free(slots);
    return ok;
}

// --- life ---------------------------------------------------------------------------------

void lua_function_free(LuaFunction *f) {
    for (uint32_t i = 0; i < f->nparams; i++) value_drop(f->params[i].missing);
    mem_free(f->params);
    lua_law_free(f->law);
    mem_free(f);
}
