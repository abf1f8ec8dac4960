// Sweep: one pass over the cells of a clique, block by block.
#ifndef RUNG_INFER_SWEEP_H
#define RUNG_INFER_SWEEP_H

#include "runtime/infer/factor.h"
#include "runtime/infer/rows.h"

// Cells of a clique that several processors share; smaller ones are swept by one.
enum { SWEEP_SHARED = 1 << 17 };

// What factor_combine does, for plain factors, without setting exponents: makes the product of
// the inputs a block at a time within the first-level cache, and sums or maximises each
// block into every output before it goes on to the next. A block in which the product is known
// to be zero is skipped. Large cliques are cut into shares for all processors; results do not
// depend on how many there are. Time: cells of the clique times (nin + nout).
Status sweep_run(const FactorJob *job, FactorScratch *scratch, const Ctl *ctl);

// The same by rows, which have met the job's tables.
Status sweep_rows(const Rows *rows, FactorScratch *scratch, const Ctl *ctl);

// The most bytes that sweep_run, or sweep_rows, takes for a while, but for what others of the
// crew need for their shares: as much again for each.
double sweep_room(const FactorJob *job);

#endif
