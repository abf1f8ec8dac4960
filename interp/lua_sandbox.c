// Lua sandbox: which libraries of Lua there are, and what some of their functions may not do.
//
// Besides files and processes, what is closed is whatever could run for long without a step
// being counted (patterns, moves within tables that are not there), catch what must stop
// (protected calls, coroutines), or run where no limit holds (finalizers).
#include <string.h>

#include "interp/lua_inner.h"
#include "interp/render.h"

// --- printing --------------------------------------------------------------------------------

// False: no memory.
static bool say(LuaBridge *b, const char *text, size_t len) {
    Interp *in = b->in;
    Str s = {0};
    if (vm_checking(in->vm)) return true;
    if (in->options.tests) {
        if (in->printed.len) str_add_char(&in->printed, '\n');
        str_add_n(&in->printed, text, len);
    }
    if (in->options.json) str_add(&s, "{\"kind\":\"text\",\"text\":");
    if (in->options.json)
        render_json_string(text, len, &s);
    else
        str_add_n(&s, text, len);
    str_add(&s, in->options.json ? "}\n" : "\n");
    bool ok = !s.failed;
    if (ok && !in->options.quiet) interp_say(in, str_text(&s), s.len);
    str_free(&s);
    return ok;
}

static int print(lua_State *L) {
    int n = lua_gettop(L);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= n; i++) {
        if (i > 1) luaL_addchar(&line, '\t');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    if (lua_state_of(L)->in_lane) return 0;
    if (say(lua_state_of(L), text, len)) return 0;
    lua_state_of(L)->exhausted = true;
    return luaL_error(L, "memory is exhausted");
}

// --- protected calls and coroutines ----------------------------------------------------------

// Behind a protected call: the status, then what was returned, or the error alone.
static int protected_end(lua_State *L, int status, lua_KContext below) {
    lua_limit_check(L);
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)below;
    // Whatever is done about it, it has to be told.
    if (lua_state_of(L)->exhausted) lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int protected_call(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, protected_end);
    return protected_end(L, status, 0);
}

// The handler of a program, in an upvalue. What stops Lua is raised where nothing is counted,
// and is not handed to it.
static int handle(lua_State *L) {
    if (lua_state_of(L)->stop != LUA_STOP_NONE) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int protected_call_handled(lua_State *L) {
    int n = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handle, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, protected_end);
    return protected_end(L, status, 2);
}

// Calls the function of the library that it stands for.
static int and_check(lua_State *L) {
    int n = lua_gettop(L);
    lua_limit_check(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, LUA_MULTRET);
    lua_limit_check(L);
    return lua_gettop(L);
}

// --- loading ---------------------------------------------------------------------------------

// load(text or function, name, mode, environment): text alone, whatever the mode.
static int load_text(lua_State *L) {
    int n = lua_gettop(L);
    if (n < 3) lua_settop(L, 3);
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    if (name && *name == '@') {
        lua_pushfstring(L, "=%s", name + 1);
        lua_replace(L, 2);
    }
    return and_check(L);
}

// --- memory ----------------------------------------------------------------------------------

static int collect(lua_State *L) {
    static const char *const names[] = {"collect", "count", NULL};
    if (luaL_checkoption(L, 1, "collect", names) == 1) {
        lua_pushnumber(L, (double)lua_state_of(L)->used / 1024);
        return 1;
    }
    lua_limit_charge(L, 1000 + lua_state_of(L)->used / 64);
    lua_gc(L, LUA_GCCOLLECT);
    lua_pushinteger(L, 0);
    return 1;
}

// A finalizer would run where nothing is counted.
static int set_metatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_type(L, 2) == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "a metatable with __gc is not allowed here");
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    return and_check(L);
}

// The library repeats an empty text one by one.
static int repeat(lua_State *L) {
    size_t len, between = 0;
    luaL_checklstring(L, 1, &len);
    luaL_optlstring(L, 3, "", &between);
    if (len + between > 0) return and_check(L);
    lua_pushliteral(L, "");
    return 1;
}

// --- coroutines and tables
// ----------------------------------------------------------------------------------

// In Lua itself, so that steps are counted. The library's own go through as many places as a
// table claims to have; and its coroutines close what a stopped one has open where no step
// counts.
static const char prelude[] =
    "local type, error, select = type, error, select\n"
    "local create, resume = coroutine.create, coroutine.resume\n"
    "local function pass(good, ...)\n"
    "  if good then return ... end\n"
    "  error(..., 0)\n"
    "end\n"
    "function coroutine.wrap(f)\n"
    "  local thread = create(f)\n"
    "  return function(...) return pass(resume(thread, ...)) end\n"
    "end\n"
    "local function whole(x, what)\n"
    "  if type(x) ~= 'number' or x % 1 ~= 0 then error(what .. ' must be a whole number', 3) "
    "end\n"
    "  return x\n"
    "end\n"
    "function table.insert(t, ...)\n"
    "  local n, given = #t + 1, select('#', ...)\n"
    "  if given == 1 then t[n] = ... return end\n"
    "  if given ~= 2 then error('table.insert takes 2 or 3 arguments', 2) end\n"
    "  local at, v = ...\n"
    "  if whole(at, 'the position') < 1 or at > n then error('position out of bounds', 2) end\n"
    "  for i = n, at + 1, -1 do t[i] = t[i - 1] end\n"
    "  t[at] = v\n"
    "end\n"
    "function table.remove(t, at)\n"
    "  local n = #t\n"
    "  at = at == nil and n or whole(at, 'the position')\n"
    "  if n + 1 ~= at and (at < 1 or at > n + 1) and not (n == 0 and at == 0) then\n"
    "    error('position out of bounds', 2)\n"
    "  end\n"
    "  local v = t[at]\n"
    "  for i = at, n - 1 do t[i] = t[i + 1] end\n"
    "  if at <= n or n == 0 then t[at < n and n or at] = nil end\n"
    "  return v\n"
    "end\n"
    "function table.move(a, from, to, at, b)\n"
    "  b = b or a\n"
    "  if at > from and at <= to and a == b then\n"
    "    for i = to - from, 0, -1 do b[at + i] = a[from + i] end\n"
    "  else\n"
    "    for i = 0, to - from do b[at + i] = a[from + i] end\n"
    "  end\n"
    "  return b\n"
    "end\n"
    // Merging; equal items keep their order.
    "function table.sort(t, less)\n"
    "  less = less or function(x, y) return x < y end\n"
    "  local n, from, to, width = #t, t, {}, 1\n"
    "  while width < n do\n"
    "    for low = 1, n, 2 * width do\n"
    "      local i, middle, high = low, low + width, low + 2 * width\n"
    "      if middle > n + 1 then middle = n + 1 end\n"
    "      if high > n + 1 then high = n + 1 end\n"
    "      local j = middle\n"
    "      for k = low, high - 1 do\n"
    "        if i < middle and (j >= high or not less(from[j], from[i])) then\n"
    "          to[k], i = from[i], i + 1\n"
    "        else\n"
    "          to[k], j = from[j], j + 1\n"
    "        end\n"
    "      end\n"
    "    end\n"
    "    if from == t then from = {} end\n"
    "    from, to, width = to, from, 2 * width\n"
    "  end\n"
    "  if from ~= t then for i = 1, n do t[i] = from[i] end end\n"
    "end\n";

// --- opening ---------------------------------------------------------------------------------

// Puts a function in the place of one of the library, which it may call.
static void replace(lua_State *L, const char *name, lua_CFunction f) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, f, 1);
    lua_setfield(L, -2, name);
}

static void erase(lua_State *L, const char *name) {
    lua_pushnil(L);
    lua_setfield(L, -2, name);
}

static void library(lua_State *L, const char *name, lua_CFunction open) {
    luaL_requiref(L, name, open, 1);
}

static void close_base(lua_State *L) {
    erase(L, "dofile");
    erase(L, "loadfile");
    erase(L, "warn");
    replace(L, "load", load_text);
    replace(L, "collectgarbage", collect);
    replace(L, "setmetatable", set_metatable);
}

// The random numbers of each session are the same.
static void seed(lua_State *L) {
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, 1);
    lua_call(L, 1, 0);
}

static void close_strings(lua_State *L) {
    erase(L, "dump");
    replace(L, "rep", repeat);
    lua_pattern_open(L);
}

// What reaches outside, of a session that is trusted. A check runs nothing of it, and ends there
// as at a question.
static int reach_out(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    int n = lua_gettop(L);
    if (vm_checking(b->in->vm)) lua_limit_stop(b, L, LUA_STOP_LATER);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, LUA_MULTRET);
    return lua_gettop(L);
}

// All functions of the table on top, which is popped.
static void guard_all(lua_State *L) {
    for (lua_pushnil(L); lua_next(L, -2);) {
        if (lua_type(L, -1) == LUA_TFUNCTION) {
            lua_pushcclosure(L, reach_out, 1);
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, -4);
        } else {
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

static void open_trusted(lua_State *L) {
    static const char *const tables[] = {LUA_IOLIBNAME, LUA_OSLIBNAME, LUA_LOADLIBNAME, NULL};
    static const char *const loaders[] = {"dofile", "loadfile", "require", NULL};
    luaL_openlibs(L);
    for (const char *const *name = tables; *name; name++) {
        lua_getglobal(L, *name);
        guard_all(L);
    }
    luaL_getmetatable(L, LUA_FILEHANDLE);
    lua_getfield(L, -1, "__index");
    guard_all(L);
    lua_pop(L, 1);
    lua_pushglobaltable(L);
    for (const char *const *name = loaders; *name; name++) replace(L, *name, reach_out);
    lua_getfield(L, -1, LUA_DBLIBNAME);
    replace(L, "debug", reach_out);
    lua_settop(L, 1);
}

void lua_sandbox_open(lua_State *L, bool trusted) {
    if (trusted) open_trusted(L);
    library(L, LUA_GNAME, luaopen_base);
    replace(L, "print", print);
    replace(L, "pcall", protected_call);
    replace(L, "xpcall", protected_call_handled);
    if (!trusted) close_base(L);
    library(L, LUA_COLIBNAME, luaopen_coroutine);
    replace(L, "resume", and_check);
    replace(L, "close", and_check);
    library(L, LUA_MATHLIBNAME, luaopen_math);
    seed(L);
    library(L, LUA_STRLIBNAME, luaopen_string);
    if (!trusted) close_strings(L);
    library(L, LUA_TABLIBNAME, luaopen_table);
    library(L, LUA_UTF8LIBNAME, luaopen_utf8);
    if (!trusted) {
        if (luaL_loadbufferx(L, prelude, strlen(prelude), "=prelude", "t") != LUA_OK)
            lua_error(L);
        lua_call(L, 0, 0);
    }
    lua_settop(L, 1);
}
