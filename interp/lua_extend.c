// Lua extend: what Lua registers besides plain functions: graph questions, renderers, commands
// of the conversation and readers of files.
#include <string.h>

#include "interp/lua_function.h"
#include "interp/module.h"
#include "runtime/model/name.h"

// --- finding ---------------------------------------------------------------------------------

// The one that was registered last.
static LuaFunction *find(const Interp *in, LuaRole role, const char *name) {
    const LuaBridge *b = in->lua;
    for (size_t i = b ? b->functions.count : 0; i-- > 0;) {
        LuaFunction *f = b->functions.items[i];
        if (f->role == role && f->ref != LUA_NOREF && strcmp(f->name->text, name) == 0)
            return f;
    }
    return NULL;
}

void lua_bridge_commands(const Interp *in,
                         void (*visit)(void *user, const char *name, const char *doc),
                         void *user) {
    const LuaBridge *b = in->lua;
    for (size_t i = 0; b && i < b->functions.count; i++) {
        const LuaFunction *f = b->functions.items[i];
        if (f->role == LUA_ROLE_COMMAND && find(in, LUA_ROLE_COMMAND, f->name->text) == f)
            visit(user, f->name->text, f->native.doc);
    }
}

bool lua_bridge_help(Interp *in, const char *name, Str *out) {
    Sym sym = intern_z(in->names, name);
    const Global *g = sym ? globals_find(&in->vm->globals, sym) : NULL;
    bool function = g && g->kind == GLOBAL_FUNCTION && g->value.tag == VALUE_FUNCTION;
    const Native *native = function ? ((const FunctionObject *)g->value.object)->native : NULL;
    if (native) str_printf(out, "%s(%s)\n%s\n", native->name, native->params, native->doc);
    const LuaFunction *f = find(in, LUA_ROLE_COMMAND, name);
    if (f) str_printf(out, ":%s\n%s\n", f->name->text, f->native.doc);
    return native || f;
}

// --- calling ---------------------------------------------------------------------------------

static bool call(Interp *in, LuaFunction *f, const Value *args, Span span, Value *out) {
    Trouble t = {0};
    bool ok = lua_function_call(f, args, source_place(&in->sources, span), out, &t);
    if (!ok && (t.message || t.code == DIAG_MEMORY)) vm_trouble(in->vm, &t, span);
    trouble_free(&t);
    return ok;
}

static bool text_value(Interp *in, const char *text, size_t len, Value *out) {
    Sym s = intern(in->names, text, len);
    *out = value_string(s);
    return s || vm_memory(in->vm);
}

bool lua_bridge_command(Interp *in, const char *name, const char *arg, bool *found, Str *out) {
    LuaFunction *f = find(in, LUA_ROLE_COMMAND, name);
    Value text, result;
    Span nowhere = {0};
    *found = f != NULL;
    if (!f) return false;
    lua_bridge_fresh(in->lua);
    if (!text_value(in, arg, strlen(arg), &text)) return false;
    if (!call(in, f, &text, nowhere, &result)) return false;
    if (result.tag == VALUE_STRING) str_add_n(out, result.sym->text, result.sym->len);
    value_drop(result);
    return true;
}

bool lua_bridge_export(Interp *in, const char *format, bool *found, Str *out) {
    LuaFunction *f = find(in, LUA_ROLE_EXPORTER, format);
    Model *m = interp_model(in);
    Value result;
    Span nowhere = {0};
    *found = f != NULL;
    if (!f) return false;
    lua_bridge_fresh(in->lua);
    if (!m) return vm_error(in->vm, DIAG_NO_MODEL, nowhere, "there is no model to write");
    if (!call(in, f, &(Value){.tag = VALUE_MODEL, .model = m}, nowhere, &result)) return false;
    str_add_n(out, result.sym->text, result.sym->len);
    value_drop(result);
    return true;
}

// --- reading files ---------------------------------------------------------------------------

static const char *extension(const char *path) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    return dot && (!slash || dot > slash) ? dot + 1 : "";
}

bool lua_bridge_imports(const Interp *in, const char *path) {
    return find(in, LUA_ROLE_IMPORTER, extension(path)) != NULL;
}

// What a reader returned as items of a model.
static bool from_items(Interp *in, const char *name, Value items, Span span, Value *out) {
    Str s = {0};
    str_add(&s, "model ");
    name_add_quoted(name, &s);
    str_add(&s, " {\n");
    str_add_n(&s, items.sym->text, items.sym->len);
    str_add(&s, "\n}");
    bool ok = !s.failed ? interp_make_model(in, str_text(&s), s.len, out) : vm_memory(in->vm);
    if (!ok && in->diags.count) diag_also(&in->diags, span);
    str_free(&s);
    return ok;
}

bool lua_bridge_import(Interp *in, const char *path, const char *text, size_t len,
                       const char *name, Span span, Value *out) {
    LuaFunction *f = find(in, LUA_ROLE_IMPORTER, extension(path));
    Value args[2], result;
    if (!text_value(in, text, len, &args[0]) || !text_value(in, name, strlen(name), &args[1]))
        return false;
    if (!call(in, f, args, span, &result)) return false;
    if (result.tag == VALUE_MODEL || result.tag == VALUE_UNKNOWN) {
        *out = result;
        return true;
    }
    if (result.tag == VALUE_STRING) return from_items(in, name, result, span, out);
    vm_error(in->vm, DIAG_LUA_VALUE, span,
             "the reader of .%s files is to return a model, not %s", f->name->text,
             value_kind(result));
    value_drop(result);
    return false;
}

// --- models, as Lua asks them ----------------------------------------------------------------

static const char methods[] =
    "local ask, concat = rung.ask, table.concat\n"
    "local m = {}\n"
    "local function quoted(x)\n"
    "  if type(x) ~= 'table' then x = {x} end\n"
    "  local t = {}\n"
    "  for i, v in ipairs(x) do\n"
    "    local name = (type(v) == 'string' and v or v.name):gsub('[\\\\`]', '\\\\%0')\n"
    "    t[i] = '`' .. name:gsub('\\n', '\\\\n') .. '`'\n"
    "  end\n"
    "  return concat(t, ', ')\n"
    "end\n"
    "local function names(set)\n"
    "  local t = {}\n"
    "  for i = 1, #set do t[i] = set[i].name end\n"
    "  return t\n"
    "end\n"
    "function m.ask(model, text) return ask(text, model) end\n"
    "for _, f in ipairs{'parents', 'children', 'ancestors', 'descendants', 'markov_blanket'} "
    "do\n"
    "  m[f] = function(model, x) return names(ask(f .. '(' .. quoted(x) .. ')', model)) end\n"
    "end\n"
    "function m.separated(model, a, b, given)\n"
    "  local text = quoted(a) .. ' _||_ ' .. quoted(b)\n"
    "  if given and (type(given) ~= 'table' or #given > 0) then\n"
    "    text = text .. ' | ' .. quoted(given)\n"
    "  end\n"
    "  return ask(text, model)\n"
    "end\n"
    "function m.adjustment(model, x, y)\n"
    "  local sets = ask('adjustment(' .. quoted(x) .. ' -> ' .. quoted(y) .. ')', model)\n"
    "  return #sets > 0 and names(sets[1]) or nil\n"
    "end\n"
    "return m\n";

void lua_extend_open(lua_State *L) {
    if (luaL_loadbufferx(L, methods, strlen(methods), "=rung", "t") != LUA_OK) lua_error(L);
    lua_call(L, 0, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, methods);
}

bool lua_extend_method(lua_State *L, const char *name) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, methods);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1)) return true;
    lua_pop(L, 1);
    return false;
}
