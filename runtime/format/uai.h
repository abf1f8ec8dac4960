// Uai: networks and evidence in the format of the UAI inference competitions.
//
//     file    = "BAYES" | "MARKOV", n, levels of each variable,
//               number of functions, the scope of each, the table of each .
//     scope   = number of variables, variables .
//     table   = number of entries, entries .
//
// Everything is separated by blanks. The last variable of a scope changes fastest; in a
// Bayesian network it is the child. Comments run from '#' to the end of the line, and lines
// that begin with the letter c followed by a blank are comments. (UAI 2008, 2014 and 2016
// competitions, "Model format".) The format has no names: variable i is called "xi", its levels
// "0", "1", ...
#ifndef RUNG_FORMAT_UAI_H
#define RUNG_FORMAT_UAI_H

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/base/str.h"
#include "runtime/format/netfile.h"

// Reads a network; as bif_read. Some files of competitions call a network BAYES after evidence
// was multiplied into its tables; a row of nothing but zeros tells, and such a file is read as
// a Markov network.
Status uai_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                Faults *faults);

// Appends a network to `out`, BAYES or MARKOV, numbers bit for bit. Names, levels' names and
// properties are lost: the format has no place for them.
Status uai_write(const NetFile *net, Str *out, Faults *faults);

// What was observed, sample by sample. Owned.
typedef struct UaiEvidence {
    uint32_t nsamples;
    size_t *first; // nsamples + 1: where in the lists each sample begins
    uint32_t *vars, *levels;
} UaiEvidence;

// Reads an evidence file: "count variable level ...", one sample; or the number of samples and
// each of them so written, as older competitions have it. An empty file is a sample without
// observations. Whether a network has such variables and levels is not looked at.
Status uai_read_evidence(const char *text, size_t len, const char *file, UaiEvidence *out,
                         Faults *faults);

void uai_evidence_free(UaiEvidence *evidence);

#endif
