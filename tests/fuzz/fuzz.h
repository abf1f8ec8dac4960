// Fuzz: the targets of fuzzing, each a function of arbitrary bytes.
#ifndef RUNG_TESTS_FUZZ_H
#define RUNG_TESTS_FUZZ_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/str.h"

// Looks at one input. Whatever the bytes are it returns, and it leaks nothing; where the code
// under test breaks a promise it aborts, having said which.
typedef void FuzzRun(const uint8_t *data, size_t size);

typedef struct FuzzTarget {
    const char *name; // of the target and of its folder of seeds
    FuzzRun *run;
} FuzzTarget;

// The target of a name, or NULL.
const FuzzTarget *fuzz_find(const char *name);

// fuzz_text.c: text is parsed, printed, and parsed again; and taken to pieces for the editor.
FuzzRun fuzz_parse;
// fuzz_session.c: a program is checked; run; run with answers as JSON; typed line by line.
FuzzRun fuzz_check, fuzz_program, fuzz_json, fuzz_lines;
// fuzz_code.c: compiled code is changed anywhere; what is verified is run.
FuzzRun fuzz_code;
// fuzz_file.c: a file of a network or a graph is read, written, and read again.
FuzzRun fuzz_bif, fuzz_uai, fuzz_hugin, fuzz_xmlbif, fuzz_evidence, fuzz_gz;
FuzzRun fuzz_dagitty, fuzz_dot, fuzz_lavaan;

// Aborts with a sentence unless a promise is kept.
void fuzz_promise(int kept, const char *promise);
void fuzz_same(const Str *a, const Str *b, const char *promise); // two texts are the same

// Sets fuzz_late when as many milliseconds of processor time have passed; 0: never.
void fuzz_alarm(int ms);
extern volatile sig_atomic_t fuzz_late;

#endif
