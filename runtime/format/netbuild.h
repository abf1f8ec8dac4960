// NetBuild: the network that a reader is putting together, with the checks every format shares.
#ifndef RUNG_FORMAT_NETBUILD_H
#define RUNG_FORMAT_NETBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/bitset.h"
#include "runtime/base/str.h"
#include "runtime/base/vec.h"
#include "runtime/format/names.h"
#include "runtime/format/netfile.h"
#include "runtime/format/scan.h"

typedef VEC(Span) SpanVec;
typedef VEC(uint32_t) IdVec;

// A variable in the making.
typedef struct BuildVar {
    NetVar var;
    double *table;        // var.table, while it is being filled
    const char *declared; // places in the text
    const char *block;    // of its table; NULL while there is none
    bool provisional;     // a later table may replace this one
} BuildVar;

typedef VEC(BuildVar) BuildVarVec;
typedef VEC(NetPotential) PotentialVec;
typedef VEC(const char *) TextVec;

// A zeroed NetBuild with `scan` set is ready. The functions return OK, NOMEM or FAULT (recorded
// with its place); after anything but OK the caller gives up with build_free.
typedef struct NetBuild {
    Scan *scan; // borrowed
    NetFile net;
    BuildVarVec vars;
    PotentialVec factors;
    Names names;       // variables in scope NAMES_NONE, the levels of variable v in scope v
    TextVec props;     // of the block being read; build_props takes them
    Word *seen;        // rows given in the table being read
    size_t seen_words; // room of `seen`
    size_t cells;      // of all tables
} NetBuild;

// Frees all, the unfinished network too.
void build_free(NetBuild *b);

// Copies a name into the arena; NULL when memory is exhausted.
const char *build_text(NetBuild *b, Span text);

// Declares a variable; *id receives its number. FAULT when the name is taken.
Status build_var(NetBuild *b, Span name, uint32_t *id);

// Gives variable `v` its levels. FAULT when two are the same.
Status build_levels(NetBuild *b, uint32_t v, const Span *levels, size_t count);

// The variable with a name, or NAMES_NONE.
uint32_t build_find(const NetBuild *b, Span name);

// The level of `v` with a name, or NAMES_NONE; tries level `guess` and the one after it first.
uint32_t build_level(const NetBuild *b, uint32_t v, Span name, uint32_t guess);

// Starts the table of `v` at place `at`: parents (variables that have their levels), room for
// the cells, no row seen. FAULT when v has a table, is its own parent, a parent is listed
// twice, the table is larger than `cells_max`, or all together than NETFILE_CELLS.
Status build_table(NetBuild *b, uint32_t v, const uint32_t *parents, uint32_t nparents,
                   size_t cells_max, const char *at);

// Finds a variable that is listed twice: *twice receives it, or NETFILE_NONE.
Status build_distinct(NetBuild *b, const uint32_t *ids, uint32_t n, uint32_t *twice);

// Rows (or anything else numbered) met so far: forgets all and makes room for `bits`; marks
// one, false when it was before; asks.
Status build_clear_seen(NetBuild *b, size_t bits);
bool build_see(NetBuild *b, size_t row);
bool build_seen(const NetBuild *b, size_t row);

// Checks that a row sums to 1 within NETFILE_SLACK and is counted when it is not exact; the
// fault names the row. With `scale`, a row that sums to anything positive is divided by its sum
// instead.
Status build_check_row(NetBuild *b, uint32_t v, size_t row, bool scale, const char *at);
Status build_check_rows(NetBuild *b, uint32_t v, bool scale, const char *at);

// Appends the levels of a row as "(yes, no)" to a message; for a variable without parents, "".
void build_row_text(const NetBuild *b, uint32_t v, size_t row, Str *s);

// Adds a property to the block being read; build_props appends the collected ones to *props.
Status build_prop(NetBuild *b, Span text);
Status build_props(NetBuild *b, NetProps *props);

// Looks for "position = (X, Y)" or "position = (X Y)" among the properties of a variable.
void build_position(NetVar *var);

// Ends the network: every variable has its table (unless it is a Markov network) and there is
// no cycle. *out receives it, and the NetBuild is empty.
Status build_finish(NetBuild *b, NetFile *out);

#endif
