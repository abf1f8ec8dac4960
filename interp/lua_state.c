// Lua state: making it and entering it.
#include <stdlib.h>
#include <string.h>

#include "interp/lua_inner.h"

LuaBridge *lua_state_of(lua_State *L) {
    return *(LuaBridge **)lua_getextraspace(L);
}

// --- memory ----------------------------------------------------------------------------------

// Large blocks take time: they count as steps.
static void *allocate(void *user, void *block, size_t old, size_t size) {
    LuaBridge *b = user;
    size_t before = block ? old : 0;
    if (!size) {
        mem_free(block);
        b->used -= before;
        return NULL;
    }
    bool grows = size > before;
    bool full = !lua_limit_room(b) || size - before > lua_limit_memory(b) - b->used;
    if (grows && full && !b->in->options.trust) return NULL;
    void *made = mem_resize(block, size, 1);
    if (!made && !grows) return block;
    if (!made) {
        b->exhausted = true;
        return NULL;
    }
    b->used += size - before;
    if (grows) b->steps += (size - before) / 64;
    return made;
}

// --- errors ----------------------------------------------------------------------------------

// The line of a text of the session, when one text alone has that name.
static Span line_of(LuaBridge *b, const char *name, size_t len, int line) {
    const SourceText *found = NULL;
    Span span = {0};
    for (uint32_t i = 1; i <= b->in->sources.count; i++) {
        const SourceText *s = source_get(&b->in->sources, i);
        if (strncmp(s->name, name, len) != 0 || s->name[len]) continue;
        if (found) return (Span){0};
        found = s;
        span.source = i;
    }
    const char *at = found ? found->text : NULL, *end = at ? at + found->len : NULL;
    for (; at && line > 1; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : NULL;
    }
    if (!at) return (Span){0};
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    while (at < stop && (*at == ' ' || *at == '\t')) at++;
    span.start = (uint32_t)(at - found->text);
    span.end = (uint32_t)(stop - found->text);
    return span;
}

// The place that a message begins with: "name:12: ...".
static Span place_in(LuaBridge *b, const char *message) {
    const char *colon = strchr(message, ':');
    while (colon && (colon[1] < '0' || colon[1] > '9')) colon = strchr(colon + 1, ':');
    if (!colon) return (Span){0};
    return line_of(b, message, (size_t)(colon - message), (int)strtol(colon + 1, NULL, 10));
}

static void add_level(Str *out, const lua_Debug *at) {
    str_add(out, out->len ? "\n    " : "    ");
    if (at->currentline > 0) str_printf(out, "%s:%d: ", at->short_src, at->currentline);
    if (*at->namewhat)
        str_printf(out, "in %s %s", at->namewhat, at->name);
    else
        str_add(out, *at->what == 'm' ? "in the text itself" : "in a function");
}

// Neither lua_getstack nor lua_getinfo allocates here.
static void trace(LuaBridge *b, lua_State *L) {
    enum { SHOWN = 6 };
    lua_Debug at;
    int shown = 0;
    for (int level = 0; shown < SHOWN && lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "Sln", &at);
        if (*at.what == 'C') continue;
        const char *name = at.source + (*at.source == '@');
        if (!b->failure.place.source && at.currentline > 0)
            b->failure.place = line_of(b, name, strlen(name), at.currentline);
        add_level(&b->failure.trace, &at);
        shown++;
    }
}

static int as_text(lua_State *L) {
    bool text = lua_isstring(L, 1) || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL;
    if (text)
        luaL_tolstring(L, 1, NULL);
    else
        lua_pushfstring(L, "an error that is no text but %s", luaL_typename(L, 1));
    return 1;
}

static void forget(LuaFailure *f) {
    str_free(&f->message);
    str_free(&f->trace);
    *f = (LuaFailure){0};
}

// What was raised need not be a text, and what makes it one may fail.
int lua_state_on_error(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    forget(&b->failure);
    if (b->stop != LUA_STOP_NONE || !lua_checkstack(L, 8)) return 1;
    trace(b, L);
    bool text = lua_type(L, 1) == LUA_TSTRING;
    size_t len = 0;
    if (!text) lua_pushcfunction(L, as_text);
    lua_pushvalue(L, 1);
    if (!text) text = lua_pcall(L, 1, 1, 0) == LUA_OK;
    const char *s = text && lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
    if (s)
        str_add_n(&b->failure.message, s, len);
    else
        str_add(&b->failure.message, "an error that has no text");
    b->exhausted |= b->failure.message.failed || b->failure.trace.failed;
    lua_settop(L, 1);
    return 1;
}

bool lua_state_enter(LuaBridge *b, int n, int results) {
    lua_State *L = b->L;
    int handler = lua_gettop(L) - n;
    if (b->stop != LUA_STOP_NONE || !lua_checkstack(L, 4)) {
        lua_settop(L, handler - 1);
        return false;
    }
    lua_pushcfunction(L, lua_state_on_error);
    lua_insert(L, handler);
    if (b->depth++ == 0) {
        b->clock = b->began = 0;
        b->exhausted = false;
    }
    int status = lua_pcall(L, n, results, handler);
    b->depth--;
    lua_remove(L, handler);
    if (status == LUA_OK) return true;
    if (status == LUA_ERRMEM || status == LUA_ERRERR) {
        forget(&b->failure);
        b->failure.memory = status == LUA_ERRMEM;
        if (status == LUA_ERRERR)
            str_add(&b->failure.message, "an error while handling an error");
    }
    lua_pop(L, 1);
    return false;
}

bool lua_state_call(LuaBridge *b, lua_CFunction f, void *user) {
    if (!lua_checkstack(b->L, 4)) {
        b->failure.memory = true;
        return false;
    }
    lua_pushcfunction(b->L, f);
    lua_pushlightuserdata(b->L, user);
    return lua_state_enter(b, 1, 0);
}

bool lua_state_report(LuaBridge *b, Span span) {
    Vm *vm = b->in->vm;
    if (b->exhausted) return vm_memory(vm);
    if (b->stop == LUA_STOP_CANCEL) return vm_error(vm, DIAG_INTERRUPTED, span, "interrupted");
    bool limit = b->stop == LUA_STOP_STEPS || b->stop == LUA_STOP_TIME || b->failure.memory;
    if (limit) return lua_limit_report(b, span);
    if (b->stop == LUA_STOP_LATER) return false;
    vm_error(vm, DIAG_LUA, span, "%s", str_text(&b->failure.message));
    Span place = b->failure.place;
    if (!place.source) place = place_in(b, str_text(&b->failure.message));
    bool elsewhere = place.source != span.source || place.start != span.start;
    if (place.source && elsewhere) diag_also(vm->diags, place);
    if (b->failure.trace.len)
        diag_note(vm->diags, DIAG_LUA, (Span){0}, "raised\n%s", str_text(&b->failure.trace));
    forget(&b->failure);
    return false;
}

bool lua_bridge_raised(LuaBridge *b, Span span) {
    b->raised = false;
    return lua_state_report(b, span);
}

void lua_state_take(LuaBridge *b, size_t before, Str *out) {
    Diags *d = &b->in->diags;
    b->exhausted |= d->failed;
    for (size_t i = before; i < d->count; i++) {
        const Diag *each = &d->items[i];
        if (each->level != DIAG_ERROR) continue;
        if (each->code == DIAG_MEMORY) b->exhausted = true;
        if (out->len) str_add_char(out, '\n');
        if (each->code != DIAG_LUA) str_printf(out, "%s: ", diag_code(each->code));
        str_add(out, each->message ? each->message : "");
        if (each->hint) str_printf(out, " (%s)", each->hint);
    }
    diag_drop(d, before);
}

// --- life ------------------------------------------------------------------------------------

static int open_all(lua_State *L) {
    LuaBridge *b = lua_touserdata(L, 1);
    lua_sandbox_open(L, b->in->options.trust);
    lua_value_open(L);
    lua_createtable(L, 0, 24);
    lua_register_open(L);
    lua_ask_open(L);
    lua_setglobal(L, "rung");
    lua_extend_open(L);
    return 0;
}

// A copy of the table of globals, into the registry; its number is left.
static int copy_globals(lua_State *L) {
    lua_newtable(L);
    lua_pushglobaltable(L);
    lua_pushnil(L);
    while (lua_next(L, 3)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, 2);
    }
    lua_settop(L, 2);
    *(int *)lua_touserdata(L, 1) = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

// Assigning nil to a field while going through a table is allowed.
static int put_globals(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, *(int *)lua_touserdata(L, 1));
    lua_pushglobaltable(L);
    for (lua_pushnil(L); lua_next(L, 3);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, 3);
    }
    for (lua_pushnil(L); lua_next(L, 2);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, 3);
    }
    return 0;
}

static LuaBridge *bridge_new(Interp *in) {
    LuaBridge *b = MEM_NEW(LuaBridge, 1);
    if (!b) return NULL;
    b->in = in;
    pthread_mutex_init(&b->lanes, NULL);
    pthread_mutex_init(&b->watch, NULL);
    b->L = lua_newstate(allocate, b);
    if (!b->L) {
        lua_bridge_free(b);
        return NULL;
    }
    *(LuaBridge **)lua_getextraspace(b->L) = b;
    lua_bridge_fresh(b);
    return b;
}

LuaBridge *lua_state_bridge(Interp *in, Span span) {
    if (in->lua) return in->lua;
    LuaBridge *b = bridge_new(in);
    if (!b) return vm_memory(in->vm), NULL;
    if (!lua_state_call(b, open_all, b) || !lua_state_call(b, copy_globals, &b->pristine)) {
        lua_state_report(b, span);
        lua_bridge_free(b);
        return NULL;
    }
    in->vm->raised = &b->raised;
    return in->lua = b;
}

void lua_bridge_free(LuaBridge *b) {
    if (!b) return;
    lua_value_free(b);
    if (b->L) lua_close(b->L);
    for (size_t i = 0; i < b->functions.count; i++) lua_function_free(b->functions.items[i]);
    VEC_FREE(&b->functions);
    forget(&b->failure);
    pthread_mutex_destroy(&b->lanes);
    pthread_mutex_destroy(&b->watch);
    mem_free(b);
}

bool lua_bridge_keep(Interp *in, int *kept) {
    *kept = LUA_NOREF;
    LuaBridge *b = in->lua;
    if (!b) return true;
    lua_bridge_fresh(b);
    return lua_state_call(b, copy_globals, kept) || lua_state_report(b, (Span){0});
}

// Lua that began since then has its first names back.
void lua_bridge_restore(Interp *in, int kept) {
    LuaBridge *b = in->lua;
    if (!b) return;
    lua_bridge_fresh(b);
    int from = kept == LUA_NOREF ? b->pristine : kept;
    if (!lua_state_call(b, put_globals, &from)) lua_state_report(b, (Span){0});
    if (kept != LUA_NOREF) luaL_unref(b->L, LUA_REGISTRYINDEX, kept);
}
