// Clg table: the joint weight of some discrete variables, the others summed out.
#ifndef RUNG_REAL_CLG_TABLE_H
#define RUNG_REAL_CLG_TABLE_H

#include "runtime/base/ctl.h"
#include "runtime/base/status.h"
#include "runtime/base/vec.h"
#include "runtime/model/model.h"

// The most cells of a table, and so the most configurations.
#define CLG_CELLS ((size_t)1 << 20)

// Weights of the combinations of the levels of `vars`, last fastest.
typedef struct ClgTable {
    uint32_t n;
    uint32_t *vars; // owned, as are the cells
    double *cells;
    size_t size;
} ClgTable;

typedef struct ClgTables {
    VEC(ClgTable) items;
} ClgTables;

// A table of zeros over variables whose levels number at most CLG_CELLS together; *fits tells.
Status clg_table_new(const Model *m, const uint32_t *vars, uint32_t n, ClgTable *out, bool *fits);
void clg_table_free(ClgTable *t);
void clg_tables_free(ClgTables *ts);

// Sums out all variables but those in `keep`, in the order of the smallest table that comes to
// be (greedy; Koller & Friedman 2009, section 9.4), and multiplies what is left into one table
// over the `nkeep` variables of `keep`; its largest cell is 1, or all are 0. *fits is false when
// a table would be too large. The tables are spent.
Status clg_tables_sum(const Model *m, ClgTables *ts, const uint32_t *keep, uint32_t nkeep,
                      const Ctl *ctl, ClgTable *out, bool *fits);

// Steps to the next combination of levels, last fastest; false after the last one.
bool clg_next(const Model *m, const uint32_t *vars, uint32_t n, uint32_t *levels);

#endif
