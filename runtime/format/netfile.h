// NetFile: a discrete network as a file describes it, whatever the format.
//
// Readers (bif.h, uai.h, hugin.h, xmlbif.h) produce a NetFile and writers print one; it knows
// nothing of models or of the language. Names are UTF-8 texts exactly as the file spells them
// (a quoted name without its quotes). Variables, levels and parents are numbered from 0 in the
// order of the file.
//
// Everything that a NetFile points to lives in its arena and dies with netfile_free.
#ifndef RUNG_FORMAT_NETFILE_H
#define RUNG_FORMAT_NETFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"

#define NETFILE_NONE UINT32_MAX

// A row of a conditional table may miss 1 by the digits that were printed. Up to NETFILE_EXACT
// it counts as exact; up to NETFILE_SLACK it is accepted and counted in `rounded_rows`; beyond,
// the readers refuse it.
#define NETFILE_EXACT 1e-9
#define NETFILE_SLACK 1e-3

// The most cells all tables together may have (1 GiB); readers refuse more.
#define NETFILE_CELLS ((size_t)1 << 27)

// The properties of a network or a variable: free text each, as "position = (73, 165)".
typedef struct NetProps {
    uint32_t count;
    const char *const *texts;
} NetProps;

// A variable with its conditional table P(variable | parents).
typedef struct NetVar {
    const char *name;
    uint32_t nlevels;          // at least 1
    const char *const *levels; // nlevels distinct texts
    uint32_t nparents;
    const uint32_t *parents; // variables, in the order of the file; distinct, without cycle
    const double *table;     // see below; NULL in a Markov network
    size_t cells;            // of the table: nlevels times the levels of every parent
    bool placed;             // the file gives a position on a drawing:
    double x, y;
    NetProps props;
} NetVar;
// `table` is dense in mixed radix, dimensions [parents in their order..., variable], the last
// fastest: cell r * nlevels + k is P(variable = k | row r), and the last parent changes fastest
// from row to row. The numbers are the file's own, not normalised:
// published answers for such networks come from these numbers, and differ from those of the
// normalised rows in the eighth digit.

// A non-negative function of some variables, in a Markov network. Dimensions as `vars`, the
// last fastest.
typedef struct NetPotential {
    uint32_t nvars;
    const uint32_t *vars;
    const double *values;
    size_t cells;
} NetPotential;

typedef struct NetFile {
    const char *name; // the network's own name, "" when the file gives none
    NetProps props;
    uint32_t nvars;
    const NetVar *vars;
    bool markov; // a Markov network: `factors` instead of conditional tables
    uint32_t nfactors;
    const NetPotential *factors;
    size_t rounded_rows; // rows that miss 1 by more than NETFILE_EXACT
    double largest_miss; // the largest |sum - 1| of any row
    size_t
        scaled_rows; // rows that the format allows unnormalised (Hugin) and that were divided
    Arena arena;
} NetFile;

// Frees everything; the NetFile is then zeroed. A zeroed NetFile is allowed.
void netfile_free(NetFile *net);

// Divides every row that misses 1 by more than NETFILE_EXACT by its sum, in place. Rows that
// are exact keep their numbers bit for bit. rounded_rows and largest_miss still tell what was
// found.
void netfile_normalise(NetFile *net);

// The rows of a variable's table: the product of its parents' levels.
size_t netfile_rows(const NetVar *var);

// Whether two networks are the same: names, levels, parents and every number bit for bit, in
// the same order. Properties and positions are not compared.
bool netfile_equal(const NetFile *a, const NetFile *b);

#endif
