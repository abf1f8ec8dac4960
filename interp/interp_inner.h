// Interp_inner: a session, and the programs it runs.
#ifndef RUNG_INTERP_INTERP_INNER_H
#define RUNG_INTERP_INTERP_INNER_H

#include "interp/interp.h"
#include "interp/vm_inner.h"

typedef struct Program Program;

// One statement of a program, compiled.
typedef struct Task {
    const Node *node;
    Chunk *chunk;        // NULL for a test and an import
    struct Task *inner;  // of a test
    size_t ninner;
    Program *file;       // of an import of a program; belongs to the session
    struct LuaUnit *lua; // of an import or block of Lua
    char *path;          // of an import of a network
    const char *expect;  // the text after #=>, or NULL
    Span expect_span;
    bool kept;           // `made` holds the model that the check has built
    Global made;
} Task;

// A text, parsed and compiled.
struct Program {
    char *path; // NULL: not a file
    Ast ast;
    Task *tasks;
    size_t ntasks;
    Program *outer;    // that imports it, while it is being opened
    bool checked, ran; // imported files are gone through once
};

struct Interp {
    InterpOptions options;
    Interner *names;
    Sources sources;
    Diags diags;
    Vm *vm;
    InterpCounts counts;
    VEC(Program *) files;   // imported
    struct LuaBridge *lua; // NULL until there is some Lua
    Program *opening; // the innermost program being opened
    Str printed; // by the statement that runs, with plenty of digits
    bool broken;   // an internal error was reported
    bool exhausted; // that memory is exhausted was reported, of the text that is run
    bool keep_ans; // answers become `ans`
    size_t answers; // that became `ans`
};

// program.c: from text to tasks. False: reported (nothing is left to free). `path` may be NULL;
// imported files are opened too.
Program *program_new(Interp *in, const char *name, const char *path, const char *text, size_t len,
                     bool *incomplete);
void program_free(Program *p);
// Opens a file that another imports. NULL: reported.
Program *program_open(Interp *in, const char *path, Span span);

// program_run.c: checks every statement; false when something was reported. Runs them up to the
// first error; false when there was one.
bool program_check(Interp *in, Program *p);
// Checks every statement, and keeps what they define as far as a check knows it.
void program_learn(Interp *in, Program *p);
bool program_run(Interp *in, Program *p);
// Runs one statement; false when there was an error, which was reported.
bool program_step(Interp *in, Task *task);

// interp.c: evaluates a text in the context in force, or under a model when it is one. False: the
// diagnostics say why, unrendered.
bool interp_ask(Interp *in, const char *text, size_t len, Value model, Value *out);
// The model that the declaration in a text makes; neither its name nor the current model changes.
// False: likewise.
bool interp_make_model(Interp *in, const char *text, size_t len, Value *out);

// Renders and forgets the diagnostics so far. Returns how many errors there were.
size_t interp_flush(Interp *in);
// Whether every error so far only says that something comes in a later version; and forgets those.
bool interp_only_later(const Interp *in);
void interp_forget_later(Interp *in);
void interp_say(Interp *in, const char *text, size_t len); // prints

#endif
