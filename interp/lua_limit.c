// Lua limit: how long Lua may run and how much it may keep, what Rung does for it included.
#include <time.h>

#include "interp/lua_inner.h"

// Steps between two looks at the limits; seconds that a statement may spend in Lua, or in Rung
// on its behalf, on whatever takes few steps; default limits.
enum { LOOK = 200 };
#define SECONDS 20.0
#define STEPS ((uint64_t)1000 * 1000 * 1000)
#define MEMORY ((size_t)64 << 20)

size_t lua_limit_memory(const LuaBridge *b) {
    return b->in->options.lua_memory ? b->in->options.lua_memory : MEMORY;
}

bool lua_limit_room(const LuaBridge *b) {
    return b->in->options.trust || b->used <= lua_limit_memory(b);
}

static uint64_t step_limit(const LuaBridge *b) {
    return b->in->options.lua_steps ? b->in->options.lua_steps : STEPS;
}

// In proportion, but never so little that a slow machine would notice.
static double second_limit(const LuaBridge *b) {
    double x = SECONDS * ((double)step_limit(b) / (double)STEPS);
    return x < 0.5 ? 0.5 : x;
}

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// Adds the time since the last look. Time is the processor's, so that a busy machine changes
// nothing, and the wall's where several threads work.
static void add_time(LuaBridge *b, double now) {
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (b->clock > 0) {
        double took = cpu - b->began, since = now - b->clock;
        b->spent += took < since ? took : since;
    }
    b->clock = now;
    b->began = cpu;
}

// Steps can take long, as in comparing long texts, and so can what Rung does for Lua: this is
// asked by any thread, and one of them at a time looks at the clock.
static bool late(void *owner) {
    LuaBridge *b = owner;
    if (b->in->options.trust) return false;
    if (__atomic_load_n(&b->over, __ATOMIC_RELAXED)) return true;
    if (pthread_mutex_trylock(&b->watch) != 0) return false;
    double now = seconds(CLOCK_MONOTONIC);
    if (b->clock <= 0 || now - b->clock >= 0.05) add_time(b, now);
    bool over = b->spent > second_limit(b);
    if (over) __atomic_store_n(&b->over, true, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&b->watch);
    return over;
}

static void look(LuaBridge *b, lua_State *L) {
    if (late(b)) lua_limit_stop(b, L, LUA_STOP_TIME);
    if (ctl_cancelled(&b->in->options.ctl)) lua_limit_stop(b, L, LUA_STOP_CANCEL);
    bool free = b->in->options.trust;
    if (!free && b->steps > step_limit(b)) lua_limit_stop(b, L, LUA_STOP_STEPS);
}

static void on_count(lua_State *L, lua_Debug *at) {
    (void)at;
    LuaBridge *b = lua_state_of(L);
    lua_limit_check(L);
    b->steps += LOOK;
    look(b, L);
}

void lua_limit_stop(LuaBridge *b, lua_State *L, LuaStop why) {
    b->stop = why;
    lua_limit_check(L);
}

// From now on every step raises.
void lua_limit_check(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    if (b->stop == LUA_STOP_NONE) return;
    lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
    lua_pushnil(L);
    lua_error(L);
}

void lua_limit_charge(lua_State *L, uint64_t steps) {
    LuaBridge *b = lua_state_of(L);
    lua_limit_check(L);
    b->steps += steps;
    look(b, L);
}

bool lua_limit_report(LuaBridge *b, Span span) {
    Vm *vm = b->in->vm;
    if (b->stop == LUA_STOP_STEPS)
        vm_error(vm, DIAG_LUA_LIMIT, span, "this takes Lua more than %.4g steps",
                 (double)step_limit(b));
    else if (b->stop == LUA_STOP_TIME)
        vm_error(vm, DIAG_LUA_LIMIT, span, "this keeps Lua busy for more than %g seconds",
                 second_limit(b));
    else
        vm_error(vm, DIAG_LUA_LIMIT, span, "this takes Lua more than %.4g MB of memory",
                 (double)lua_limit_memory(b) / 1048576);
    diag_hint(vm->diags, b->stop ? "rung --lua-steps N allows more, --trust any number"
                                 : "rung --lua-memory MB allows more, --trust any amount");
    return false;
}

static bool step_of_rung(void *user, uint64_t cost) {
    LuaBridge *b = ((Interp *)user)->lua;
    if ((b->steps += 10 * cost) <= step_limit(b) || b->in->options.trust) return true;
    b->stop = LUA_STOP_STEPS;
    return lua_limit_report(b, b->span);
}

// The computation polls `late`.
void lua_limit_leave(LuaBridge *b) {
    if (b->away++) return;
    late(b);
    b->in->options.ctl.late = late;
    b->in->options.ctl.owner = b;
    b->in->vm->step = step_of_rung;
    b->in->vm->closed = !b->in->options.trust;
}

void lua_limit_return(LuaBridge *b) {
    if (__atomic_load_n(&b->over, __ATOMIC_RELAXED)) b->stop = LUA_STOP_TIME;
    if (--b->away) return;
    b->in->options.ctl.late = NULL;
    b->in->vm->step = NULL;
    b->in->vm->closed = false;
}

void lua_bridge_fresh(LuaBridge *b) {
    if (!b) return;
    b->steps = 0;
    b->spent = b->began = b->clock = 0;
    b->over = false;
    b->stop = LUA_STOP_NONE;
    b->exhausted = b->raised = false;
    lua_sethook(b->L, on_count, LUA_MASKCOUNT, LOOK);
}

