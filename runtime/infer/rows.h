// Rows: one pass over the cells of a large clique, row by row, that leaves out rows in which
// some input is zero throughout.
//
// A row is a stretch of cells over the clique's last variables. The others are walked depth
// first; of each input that has zeros it is known, for all levels of its first so many
// variables, whether anything but zeros is left, and a branch in which nothing is left is cut.
// Networks with deterministic tables leave few rows. This is zero compression (Jensen &
// Andersen 1990) of the walk alone: tables stay dense, and since only zeros are left out, no
// sum changes by a bit.
#ifndef RUNG_INFER_ROWS_H
#define RUNG_INFER_ROWS_H

#include "runtime/base/arena.h"
#include "runtime/infer/factor.h"

typedef struct RowsPart RowsPart;
typedef struct RowsCheck RowsCheck;
typedef struct RowsDigit RowsDigit;

// How a clique is walked. A walk does not change it, so several may go on at once.
typedef struct Rows {
    const FactorJob *job;
    uint32_t outer; // variables before those of a row
    size_t width;   // cells of a row
    double left;    // the part of the rows that is expected to be left
    size_t batch;   // rows that are worked on together
    size_t parts;
    RowsPart *part;       // inputs, then outputs
    size_t *order;        // inputs to be multiplied cell by cell, `spread` of them,
    size_t spread, fused; // and one that is while it is summed, else SIZE_MAX
    RowsCheck **checks;   // by outer variable
    RowsDigit *digits;    // outer variables, in groups, ndigits of them
    uint32_t ndigits;
    uint32_t *nchecks, checked; // of each variable, and of all
} Rows;

// Looks through the inputs for zeros, and says in *pays whether rows, of which width, are
// expected to take less time than all cells: the rows that are left are counted input by input,
// as if zeros of different inputs met by chance. Cliques whose inputs are all `full` cost
// nothing, others a pass over those that are not. Arrays are the arena's. NOMEM when memory is
// exhausted.
Status rows_choose(const FactorJob *job, Arena *arena, Rows *out, bool *pays);

// Whether a table that has some of a row's variables should first get a copy that has all, of
// so many cells, beside a clique of so many.
bool rows_widens(double copy, double clique);

// Takes the tables of a job, which may be such copies.
Status rows_meet(Rows *rows, const FactorJob *job, Arena *arena);

// What a walk covers: all, or some levels of one outer variable; and where it sums to.
typedef struct RowsShare {
    uint32_t cut, from, to; // the variable, or UINT32_MAX, and its levels
    double *const *out;     // tables by output, NULL: the job's own
} RowsShare;

// The bytes that a walk needs room for, a multiple of a line of the cache.
size_t rows_room(const Rows *rows);

// Adds the sums over the share to the tables. False when cancelled. Time: cells of the rows
// that are left times the number of tables.
bool rows_walk(const Rows *rows, const RowsShare *share, void *room, const Ctl *ctl);

// The most bytes that all of this may take for a job, copies included; of its tables only the
// sizes are looked at. NOMEM when memory is exhausted.
Status rows_most(const FactorJob *job, double *bytes);

#endif
