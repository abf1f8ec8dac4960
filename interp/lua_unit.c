// Lua unit: files and blocks of Lua, and their running.
#include <string.h>

#include "interp/lua_inner.h"

LuaUnit *lua_unit_new(uint32_t source, uint32_t line, const char *text, size_t len) {
    LuaUnit *u = MEM_NEW(LuaUnit, 1);
    if (u) *u = (LuaUnit){.source = source, .line = line, .text = text, .len = len};
    return u;
}

void lua_unit_free(LuaUnit *u) {
    if (!u) return;
    VEC_FREE(&u->functions);
    mem_free(u);
}

// Empty lines before a block keep the numbers of its own.
typedef struct Reading {
    const LuaUnit *unit;
    uint32_t lines; // still to be given
    bool done;
} Reading;

static const char *give(lua_State *L, void *user, size_t *len) {
    static const char empty[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    Reading *r = user;
    (void)L;
    if (r->lines) {
        *len = r->lines < sizeof empty - 1 ? r->lines : sizeof empty - 1;
        r->lines -= (uint32_t)*len;
        return empty;
    }
    *len = r->done ? 0 : r->unit->len;
    r->done = true;
    return *len ? r->unit->text : NULL;
}

static int run_text(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    const LuaUnit *u = lua_touserdata(L, 1);
    Reading r = {.unit = u, .lines = u->line - 1};
    lua_pushfstring(L, "@%s", source_get(&b->in->sources, u->source)->name);
    if (lua_load(L, give, &r, lua_tostring(L, -1), "t") != LUA_OK) return lua_error(L);
    lua_call(L, 0, 0);
    return 0;
}

bool lua_unit_run(Interp *in, LuaUnit *unit, Span span) {
    LuaBridge *b = lua_state_bridge(in, span);
    if (!b) return false;
    Span outer = b->span;
    LuaUnit *around = b->unit;
    b->span = span;
    b->unit = unit;
    unit->next = 0;
    bool ok = lua_state_call(b, run_text, unit);
    b->unit = around;
    b->span = outer;
    if (ok) return true;
    if (b->stop != LUA_STOP_LATER) return lua_state_report(b, span);
    in->vm->partial = true;
    if (!b->depth) lua_bridge_fresh(b);
    return true;
}
