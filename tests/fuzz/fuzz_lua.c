// Fuzz_lua: a text of Lua and a program that uses it; a pattern of Lua, beside Lua's own.
#include <stdio.h>
#include <string.h>

#include "interp/lua_inner.h"
#include "tests/fuzz/fuzz.h"

// --- the bridge ------------------------------------------------------------------------------

// A text of Lua, a NUL byte, and a program that may use what it registers.
void fuzz_lua(const uint8_t *data, size_t size) {
    const uint8_t *nul = memchr(data, 0, size);
    const char *text = (const char *)data;
    size_t len = nul ? (size_t)(nul - data) : size;
    InterpOptions options = fuzz_options();
    Interp *in = fuzz_begin(&options);
    Span nowhere = {0};
    uint32_t source = source_add(&in->sources, "f.lua", text, len);
    const SourceText *kept = source_get(&in->sources, source);
    LuaUnit *unit = lua_unit_new(source, 1, kept->text, len);
    fuzz_promise(unit != NULL, "there is memory");
    lua_unit_run(in, unit, nowhere);
    interp_flush(in);
    if (nul) interp_run(in, "f", NULL, text + len + 1, size - len - 1);
    fuzz_alarm(0);
    fuzz_promise(!in->broken, "there are no internal errors");
    lua_unit_free(unit);
    interp_free(in);
}

// --- patterns --------------------------------------------------------------------------------

typedef struct Case {
    const char *part[3]; // pattern, text, replacement
    size_t len[3];
    Str said;
    bool capped; // a limit of one's own was met
} Case;

// What a function of strings gives, as text.
static void tell(lua_State *L, Case *c, int from, int status) {
    for (int i = from; i <= lua_gettop(L); i++) {
        size_t len;
        const char *text = luaL_tolstring(L, i, &len);
        if (status != LUA_OK) {
            c->capped = c->capped || strstr(text, "too complex") || strstr(text, "memory");
            str_add(&c->said, "refused;");
        } else {
            str_add_n(&c->said, text, len);
            str_add_char(&c->said, ';');
        }
        lua_pop(L, 1);
    }
    lua_settop(L, from - 1);
}

static void call(lua_State *L, Case *c, const char *name) {
    int from = lua_gettop(L) + 1;
    lua_getglobal(L, "string");
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    lua_pushlstring(L, c->part[1], c->len[1]);
    lua_pushlstring(L, c->part[0], c->len[0]);
    lua_pushlstring(L, c->part[2], c->len[2]);
    bool gsub = strcmp(name, "gsub") == 0;
    if (!gsub) lua_pop(L, 1);
    tell(L, c, from, lua_pcall(L, gsub ? 3 : 2, LUA_MULTRET, 0));
}

static void gather(lua_State *L, Case *c) {
    int from = lua_gettop(L) + 1, status = LUA_OK;
    lua_getglobal(L, "string");
    lua_getfield(L, -1, "gmatch");
    lua_pushlstring(L, c->part[1], c->len[1]);
    lua_pushlstring(L, c->part[0], c->len[0]);
    lua_call(L, 2, 1);
    for (int i = 0; i < 100 && status == LUA_OK; i++) {
        lua_pushvalue(L, from + 1);
        status = lua_pcall(L, 0, LUA_MULTRET, 0);
        if (lua_gettop(L) == from + 1 || (status == LUA_OK && lua_isnil(L, from + 2))) break;
        tell(L, c, from + 2, status);
    }
    lua_settop(L, from - 1);
}

static int all(lua_State *L) {
    Case *c = lua_touserdata(L, -1);
    lua_settop(L, 0);
    call(L, c, "find");
    call(L, c, "match");
    call(L, c, "gsub");
    gather(L, c);
    return 0;
}

// Lines: a pattern, a text, a replacement.
static Case split(const uint8_t *data, size_t size) {
    Case c = {.part = {"", "", ""}};
    const char *at = (const char *)data;
    for (int i = 0; i < 3; i++) {
        const char *end = i < 2 ? memchr(at, '\n', size) : NULL;
        c.part[i] = at;
        c.len[i] = end ? (size_t)(end - at) : size;
        if (!end) break;
        size -= c.len[i] + 1;
        at = end + 1;
    }
    return c;
}

void fuzz_pattern(const uint8_t *data, size_t size) {
    static Interp *in; // one for all: no case changes anything in it
    static lua_State *stock;
    Span nowhere = {0};
    Case ours = split(data, size), theirs = ours;
    if (!in) {
        InterpOptions options = fuzz_options();
        options.lua_steps = 5000; // what takes more says little more
        in = fuzz_begin(&options);
        fuzz_alarm(0);
        stock = luaL_newstate();
        luaL_openlibs(stock);
    }
    LuaBridge *b = lua_state_bridge(in, nowhere);
    fuzz_promise(b != NULL, "there is memory");
    lua_bridge_fresh(b);
    bool done = lua_state_call(b, all, &ours);
    if (done && b->stop == LUA_STOP_NONE && !ours.capped) {
        lua_pushcfunction(stock, all);
        lua_pushlightuserdata(stock, &theirs);
        done = lua_pcall(stock, 1, 0, 0) == LUA_OK;
        lua_settop(stock, 0);
        fuzz_promise(done, "Lua calls its own functions");
        if (!theirs.capped) fuzz_same(&ours.said, &theirs.said, "patterns mean what Lua says");
    }
    str_free(&ours.said);
    str_free(&theirs.said);
}
