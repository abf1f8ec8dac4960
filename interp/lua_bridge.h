// Lua bridge: extensions in Lua 5.4, as the rest of the language sees them.
//
// A session has one state of Lua, made when the first Lua is met. It is a sandbox: no files, no
// processes, no network, a limit of memory and one of steps, unless the session trusts its
// programs. Whatever goes wrong inside becomes a diagnostic.
#ifndef RUNG_INTERP_LUA_BRIDGE_H
#define RUNG_INTERP_LUA_BRIDGE_H

#include "interp/interp.h"
#include "interp/native.h"

typedef struct LuaBridge LuaBridge;

// A text of Lua: a file, or a block. What it registers is remembered, so that running it again
// after the check renews the same functions.
typedef struct LuaUnit LuaUnit;

// A text that begins on a line of a source, and whose lines keep their numbers in messages. It
// is borrowed and must outlive the unit. NULL: no memory.
LuaUnit *lua_unit_new(uint32_t source, uint32_t line, const char *text, size_t len);
void lua_unit_free(LuaUnit *unit); // NULL allowed

// Runs it. While the VM checks, nothing is printed, and the unit ends quietly where it asks its
// first question. False: reported, at `span`.
bool lua_unit_run(Interp *in, LuaUnit *unit, Span span);

void lua_bridge_free(LuaBridge *b); // NULL allowed; after everything that holds values

// Calls a function that Lua registered (VmHost.call).
bool lua_bridge_call(const Native *native, const Value *args, size_t n, uint32_t origin,
                     Value *out, Trouble *t);

// Calls `visit` for every command of the conversation that Lua registered.
void lua_bridge_commands(const Interp *in,
                         void (*visit)(void *user, const char *name, const char *doc),
                         void *user);
// Runs one of them; what it returns as a text is appended. *found: there is one of that name.
// False: reported.
bool lua_bridge_command(Interp *in, const char *name, const char *arg, bool *found, Str *out);
// Writes the current model in a format that Lua registered; likewise.
bool lua_bridge_export(Interp *in, const char *format, bool *found, Str *out);
// Appends what is known of a name that Lua registered; false: nothing.
bool lua_bridge_help(Interp *in, const char *name, Str *out);

// Whether Lua registered a reader of such files; the model that it makes of a text, which is to
// be called `name`. False: reported at `span`.
bool lua_bridge_imports(const Interp *in, const char *path);
bool lua_bridge_import(Interp *in, const char *path, const char *text, size_t len,
                       const char *name, Span span, Value *out);

// Reports why a function of Lua failed within a computation; false.
bool lua_bridge_raised(LuaBridge *b, Span span);

// A new statement begins: the limit of steps counts anew. NULL allowed.
void lua_bridge_fresh(LuaBridge *b);

// The names that are global in Lua, to be restored after a check or a test. A session without
// Lua has those that Lua begins with. False: reported.
bool lua_bridge_keep(Interp *in, int *kept);
void lua_bridge_restore(Interp *in, int kept);

#endif
