// Interp: the facade of the language: a session that runs text.
#ifndef RUNG_INTERP_INTERP_H
#define RUNG_INTERP_INTERP_H

#include "interp/diag.h"
#include "interp/value.h"
#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"

typedef struct Interp Interp;

// An answer as it is printed. All is borrowed.
typedef struct InterpAnswer {
    Value value;
    const Derivation *explained; // of `explain`, else NULL
    bool shown;                  // by `show`
} InterpAnswer;

// For what sets a program beside what it does, such as a page.
typedef struct InterpListener {
    void *user;
    void (*statement)(void *user, Span span); // of the program itself, not of an import, begins
    bool (*answer)(void *user, const InterpAnswer *a); // in place of print; false: no memory
    void (*diagnostic)(void *user, const Diag *d, const Sources *all); // besides report
} InterpListener;

// What a session does with what it finds. `print` receives every answer, explanation and
// picture as text (one call each, ending in a newline), `report` every diagnostic, rendered.
typedef struct InterpOptions {
    bool json;      // answers and errors as JSON lines
    bool color;
    bool terminal;  // what is printed goes to one
    bool ascii;     // the terminal shows nothing else
    uint32_t width; // of the terminal, in columns; 0: not known
    bool check;     // parse and check, run nothing
    bool tests;     // run `test` blocks, compare #=> expectations
    bool quiet;     // print nothing but errors (rung test)
    bool plain;     // imports and read() take files alone, no pipe and no device
    bool echo;      // print the program along with its answers
    int digits;     // 0: the default
    bool trust;     // Lua may read files, run programs and take any time and memory
    uint64_t lua_steps; // that a statement may take in Lua, and what Lua may keep, in bytes;
    size_t lua_memory;  // 0: a thousand million, and 64 MiB
    const char *dump; // "tokens,ast,code,trace" or NULL
    void (*print)(void *user, const char *text, size_t len);
    void (*report)(void *user, const char *text, size_t len);
    void *user;
    const InterpListener *listener; // borrowed, or NULL
    Ctl ctl;
    RealBudget budget; // of sampled answers, unless a question says otherwise
} InterpOptions;

// Prints a text, or reports it as it is. Where there was no memory for it, that is reported, and
// they return false.
bool interp_print(const InterpOptions *o, const Str *text);
bool interp_report(const InterpOptions *o, const Str *text);
void interp_exhausted(const InterpOptions *o); // reports that memory is exhausted

enum { INTERP_THREADS_MOST = 1024 }; // that the user may ask for

typedef struct InterpCounts {
    uint32_t errors;   // diagnostics of level error
    uint32_t failures; // failed assertions, tests and expectations
    uint32_t passed;   // expectations and tests that held
    uint32_t later;    // statements of a test run that a later version answers
} InterpCounts;

// NULL: no memory. Includes the standard library.
Interp *interp_new(const InterpOptions *options);
void interp_free(Interp *in);

// Exit statuses of section 11.
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_COMPILE = 65,
    EXIT_INTERNAL = 70,
    EXIT_IO = 74,
    EXIT_INTERRUPTED = 130
};

// Runs a whole text: parses it all, checks it all, and when nothing is wrong runs it statement
// by statement. Returns an exit status. `name` is shown in messages; imports are looked for
// beside `path` (NULL: the working directory).
int interp_run(Interp *in, const char *name, const char *path, const char *text, size_t len);

// Runs one REPL entry, with the session kept whatever happens. *incomplete is set (and nothing
// is run or reported) when the text is the beginning of something longer. The last value is
// `ans`.
int interp_line(Interp *in, const char *text, size_t len, bool *incomplete);

// Reads a file (or "-", standard input) and runs it.
int interp_file(Interp *in, const char *path);

InterpCounts interp_counts(const Interp *in);
InterpOptions *interp_options(Interp *in);

// For the REPL: evaluates an expression without printing; false: reported. The caller drops
// *out.
bool interp_eval(Interp *in, const char *text, size_t len, Value *out);

// The current model (borrowed), or NULL; the model that a name at top level stands for, or NULL.
Model *interp_model(const Interp *in);
Model *interp_find_model(const Interp *in, const char *name);

// Names known at top level, and what they are: "model", "data", "let", "def", "built-in".
void interp_names(const Interp *in,
                  void (*visit)(void *user, const char *name, const char *kind), void *user);

// The arguments that a function takes by name; none when there is no such function.
void interp_labels(const Interp *in, const char *function,
                   void (*visit)(void *user, const char *label), void *user);

// Runs a command of the conversation that Lua registered; what it has to show is appended. *found:
// there is one of that name. False: reported. Their names and documentation; and what is known of
// a name that Lua registered, appended (false: nothing).
bool interp_command(Interp *in, const char *name, const char *arg, bool *found, Str *out);
void interp_commands(const Interp *in,
                     void (*visit)(void *user, const char *name, const char *doc), void *user);
bool interp_export(Interp *in, const char *format, bool *found, Str *out); // the current model
bool interp_help(Interp *in, const char *name, Str *out);

// The highest rung of the questions in an expression (0: it asks nothing); false: reported.
bool interp_rung(Interp *in, const char *text, size_t len, uint32_t *rung);

// The code of a text, for `rung disasm` and :disasm; false: reported.
bool interp_disasm(Interp *in, const char *name, const char *text, size_t len, Str *out);

#endif
