// Vm_inner: the state of the VM, shared by its files.
#ifndef RUNG_INTERP_VM_INNER_H
#define RUNG_INTERP_VM_INNER_H

#include "interp/chunk.h"
#include "interp/globals.h"
#include "interp/vm.h"

// What the session does for the VM. Each returns false when something was reported.
typedef struct VmHost {
    void *user;
    bool (*print)(void *user, Value v);
    bool (*explained)(void *user, Value v, const Derivation *d);
    bool (*show)(void *user, Value v);
    // Defines the names of the text of the standard library that has this one; false: none has.
    bool (*library)(void *user, Sym name);
    // Computes a built-in that comes with the session, as Native.call does.
    bool (*call)(const Native *native, const Value *args, size_t n, uint32_t origin, Value *out,
                 Trouble *t);
    bool (*raised)(void *user, Span span); // reports what Vm.raised is about; false
    void (*trace)(void *user, const Chunk *chunk, uint32_t at); // or NULL
} VmHost;

// Where a check goes on after an error in an item of a block.
typedef struct Recovery {
    const struct Frame *frame; // NULL: nowhere
    uint32_t pc, top;
    uint32_t open, open_unknown;
    size_t expects, collectors;
    bool names; // the item declares names: others may be missing from here on
} Recovery;

// A context on the stack of contexts. A model block is one: names mean its variables.
typedef struct Entry {
    Context context;
    Value model;     // owns context.model
    Build *build;    // of a block, else NULL
    VEC(uint8_t) rows; // of a block, by Sym id: how a name was declared (ROW_...)
    bool skipped;    // a branch was not taken: that nothing was asked proves nothing
    bool tainted;    // of a block: something in it is UNKNOWN
    Recovery recovery;
} Entry;

enum { ROW_GENERAL = 1, ROW_SPECIAL = 2, ROW_SPECIAL_MECHANISM = 4 };

// A variable whose values are expected.
typedef struct Expectation {
    Sym name;
    Domain *domain; // kept; NULL: none
    bool open;      // a variable whose levels are not known yet: any word may be one
} Expectation;

// A list being made.
typedef struct Collector {
    VEC(Value) items;
    bool unknown; // an item is UNKNOWN, or what was gone through
} Collector;

typedef struct Frame {
    struct Frame *caller;
    const Chunk *chunk;
    Value *slots;     // chunk->slots of them, then the stack
    Value *stack;
    uint32_t top, pc;
    bool done;
    size_t contexts, expects, collectors; // how many there were when it began
    uint32_t open, open_unknown;
} Frame;

struct Vm {
    Interner *names;
    Sources *sources;
    Diags *diags;
    const Ctl *ctl;
    const RealBudget *budget;
    VmHost host;
    Derivation *derivation;
    Derivation steps;  // of an explain statement
    bool checking;
    bool partial;      // checking: not all names that the program will define are known
    bool (*step)(void *user, uint64_t cost); // while Lua has called: before each instruction, and
                                             // each built-in that goes through items; false:
                                             // reported
    bool plain;  // files alone are read, no pipe and no device
    bool closed; // while Lua has called: no files are read
    const bool *raised; // set by a function of Lua that failed within a computation; NULL: no Lua
    uint32_t rung;     // the highest of the questions answered since it was last set to 0
    bool library;      // the standard library is being defined
    Globals globals;   // of the user
    Globals standard;  // of the standard library, as far as it was wanted
    VEC(Entry) contexts; // the first is that of the program
    VEC(Expectation) expects;
    VEC(Collector) collectors;
    VEC(char *) notes; // said already
    Frame *frame;
    uint32_t depth;        // of calls
    uint32_t open;         // branches entered under a symbolic condition,
    uint32_t open_unknown; // and those of them whose condition is UNKNOWN
};

// NULL: no memory. Everything is borrowed.
Vm *vm_new(Interner *names, Sources *sources, Diags *diags, const Ctl *ctl,
           const RealBudget *budget, const VmHost *host);
void vm_free(Vm *vm);

// Runs a chunk; its result in *out. False: reported, and the VM is as it was.
bool vm_run(Vm *vm, const Chunk *chunk, const Value *args, uint32_t n, Value *out);

// --- inside instructions --------------------------------------------------------------------

bool vm_push(Frame *f, Value taken); // always true
Value vm_pop(Frame *f);
static inline Value *vm_top(Frame *f, uint32_t below) { return &f->stack[f->top - 1 - below]; }
// Replaces the n values on top by one (taken).
bool vm_replace(Frame *f, uint32_t n, Value taken);

Span vm_span(const Vm *vm, const Frame *f);       // of the instruction that runs
uint32_t vm_origin(const Frame *f);
bool vm_internal(Vm *vm, const Frame *f, const char *what);
Entry *vm_entry(Vm *vm);                          // the innermost context
Entry *vm_block(Vm *vm);                          // the innermost context when it is a block
bool vm_cancelled(Vm *vm, const Frame *f);        // reports when it is

// UNKNOWN, or a list, set, map or arrow with such an item. Always false when not checking.
bool vm_unknown(const Vm *vm, Value v);
bool vm_any_unknown(const Vm *vm, const Value *values, size_t n);

// What a condition says.
typedef enum Truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_OPEN, TRUTH_NONE } Truth;
Truth vm_truth(Value v);
// A branch under this condition begins (1) or ends (-1).
void vm_opened(Vm *vm, Value condition, int by);

// vm_names.c
bool vm_resolve(Vm *vm, Sym name, bool expected, Span span, Value *out);
// A function by its name; false: reported.
bool vm_function(Vm *vm, Sym name, bool *found, Value *out);
bool vm_index(Vm *vm, Value base, const Value *indices, uint32_t n, Span span, Value *out);
const Domain *vm_domain(Vm *vm, Sym name, bool *known); // of a variable in the innermost context
bool vm_has_variable(Vm *vm, Sym name);
bool vm_members(Vm *vm, Sym family, const Value *indices, uint32_t n, bool names, Span span,
                Value *out);

// Appends a value as a message shows it: "small", "3".
void vm_describe(Vm *vm, Value v, Str *out);

// vm_hint.c: reports an unknown name, with what may have been meant.
bool vm_unknown_name(Vm *vm, Sym name, bool function, Span span);
bool vm_unknown_level(Vm *vm, Sym name, const Expectation *e, Span span);

// vm_context.c
bool vm_as_model(Vm *vm, Value v, Span span, Value *out);
bool vm_enter(Vm *vm, Value model); // pushes a context with this model (kept)
void vm_leave(Vm *vm);
bool vm_use(Vm *vm, Value model, Span span); // makes it current
Value vm_current(const Vm *vm);              // the current model, kept; or NOTHING
void vm_set_current(Vm *vm, Value model);    // the same, or UNKNOWN while checking

// vm_call.c
bool vm_apply(Vm *vm, Value function, const Value *args, const CallShape *shape, Span span,
              Value *out);

// One function per instruction.
#define CODE(id, name, a, b, c, pops, pushes, jump, nest, effect)                              \
    bool vm_##id(Vm *vm, Frame *f, const Instr *i);
#include "interp/opcode.def"
#undef CODE

#endif
