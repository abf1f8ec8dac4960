// Fuzz: the targets of fuzzing, each a function of arbitrary bytes.
#ifndef RUNG_TESTS_FUZZ_H
#define RUNG_TESTS_FUZZ_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "interp/interp.h"
#include "runtime/base/str.h"

// Looks at one input. Whatever the bytes are it returns, and it leaks nothing; where the code
// under test breaks a promise it aborts, having said which.
typedef void FuzzRun(const uint8_t *data, size_t size);

// What inputs are made of, and so how they are changed.
typedef enum FuzzInput {
    FUZZ_TEXT,
    FUZZ_EDITS, // a text, a NUL byte, and what to do with it in steps of FUZZ_EDIT bytes
    FUZZ_BYTES,
} FuzzInput;

enum { FUZZ_EDIT = 5 };

typedef struct FuzzTarget {
    const char *name; // of the target and of its folder of seeds
    FuzzRun *run;
    FuzzInput input;
} FuzzTarget;

// The target of a name, or NULL.
const FuzzTarget *fuzz_find(const char *name);

// fuzz_text.c: text is parsed, printed, and parsed again; and taken to pieces for the editor.
FuzzRun fuzz_parse;
// fuzz_session.c: a program is checked; run; typed line by line, with the commands of the
// conversation; run, and its model written out as a program.
FuzzRun fuzz_check, fuzz_program, fuzz_lines, fuzz_written;
// fuzz_json.c: a program's answers as JSON and as text say the same.
FuzzRun fuzz_json;
// fuzz_code.c: compiled code is changed anywhere; what is verified is run.
FuzzRun fuzz_code;
// fuzz_page.c: the page of a program; a pattern of `matches`.
FuzzRun fuzz_doc, fuzz_regex;
// fuzz_lua.c: a text of Lua and a program that uses it; a pattern of Lua, beside Lua's own.
FuzzRun fuzz_lua, fuzz_pattern;
// fuzz_lsp.c: an editor's requests about a text; arbitrary bytes from an editor.
FuzzRun fuzz_lsp, fuzz_wire;
// fuzz_file.c: a file of a network or a graph is read, written, and read again.
FuzzRun fuzz_bif, fuzz_uai, fuzz_hugin, fuzz_xmlbif, fuzz_evidence, fuzz_gz;
FuzzRun fuzz_dagitty, fuzz_dot, fuzz_lavaan;

// Aborts with a sentence unless a promise is kept.
void fuzz_promise(int kept, const char *promise);
// Aborts unless two texts are the same.
void fuzz_same(const Str *a, const Str *b, const char *promise);

// Sets fuzz_late when as many milliseconds of processor time have passed; 0: never.
void fuzz_alarm(int ms);
extern volatile sig_atomic_t fuzz_late;

// fuzz_session.c: the options of a session whose time and memory are bounded, and which
// promises something of all that it prints and reports; and such a session, the time running.
InterpOptions fuzz_options(void);
Interp *fuzz_begin(const InterpOptions *options);
void fuzz_report(void *user, const char *text, size_t len); // of options, the session as `user`

// Writes a model as a program: the program makes the same model.
void fuzz_program_of(const Model *m);

#endif
