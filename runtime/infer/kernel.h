// Kernel: the inner loops of the engines over blocks of contiguous table cells.
//
// A block is a stretch of cells of a clique in mixed-radix order. A table over some of the
// clique's variables meets it through a KernelAccess, which says which entry goes with which
// cell. The loops are compiled for AVX2 and for the plain machine, chosen at run time; both do
// the same operations in the same order, so that results do not depend on the machine.
#ifndef RUNG_INFER_KERNEL_H
#define RUNG_INFER_KERNEL_H

#include <stddef.h>
#include <stdint.h>

// One loop around what is inside it: `count` rounds, each `stride` entries further on.
typedef struct KernelLevel {
    size_t count, stride, at; // at: 0 between calls
} KernelLevel;

// Which entries meet the cells of a block, from the fastest: each entry of a tile is met by
// `repeat` cells in a row; the tile's entries lie at index[0..tile) (NULL: at 0..tile-1, repeat
// is then 1); around the tile run the levels, innermost first.
typedef struct KernelAccess {
    size_t repeat, tile;
    const uint32_t *index;
    KernelLevel *levels;
    size_t nlevels;
    double *room; // as many cells as the block has
} KernelAccess;

// block = scale * table, block *= table, and the same in logarithms with sums for products.
void kernel_set(double *block, size_t n, KernelAccess *a, const double *table, double scale);
void kernel_multiply(double *block, size_t n, KernelAccess *a, const double *table);
void kernel_set_log(double *block, size_t n, KernelAccess *a, const double *table,
                    double scale);
void kernel_add_log(double *block, size_t n, KernelAccess *a, const double *table);

// Of tables that lie as the block does, cell by cell: block = scale * first * second, and
// table += scale * first * second.
void kernel_set_product(double *block, size_t n, const double *first, const double *second,
                        double scale);
void kernel_sum_product(double *table, size_t n, const double *first, const double *second,
                        double scale);

// table += the sum of the cells that meet each entry; table = the greatest of them and itself.
void kernel_sum(const double *block, size_t n, KernelAccess *a, double *table);
void kernel_max(const double *block, size_t n, KernelAccess *a, double *table);

// How a table meets rows of `width` cells each: the entries for row r lie side by side from
// offsets[r * step] on, or, with an index, so much farther on.
typedef struct KernelRows {
    size_t count, width;
    const double *table;
    const size_t *offsets;
    size_t step;
    const uint32_t *index;
} KernelRows;

// scales[r] *= the one entry that meets row r.
void kernel_rows_scale(double *scales, const KernelRows *rows);

// The rows of the block, one after the other: block = scale, block = scale * table, the same
// with two tables whose entries lie side by side, and block *= table.
void kernel_rows_fill(double *block, size_t count, size_t width, const double *scales);
void kernel_rows_set(double *block, const KernelRows *rows, const double *scales);
void kernel_rows_set_product(double *block, const KernelRows *first, const KernelRows *second,
                             const double *scales);
void kernel_rows_multiply(double *block, const KernelRows *rows);

// `table` stands for the rows' own here. table += block, row after row; where one entry meets a
// row, it += the sum of the row; table += block * other, all side by side, as if the product
// were made first.
void kernel_rows_sum(double *table, const KernelRows *rows, const double *block);
void kernel_rows_sum_one(double *table, const KernelRows *rows, const double *block);
void kernel_rows_sum_product(double *table, const KernelRows *rows, const double *block,
                             const KernelRows *other);

// Whether each of `count` rows of `width` cells, one after the other, has one that is not 0.
void kernel_rows_any(const double *table, size_t width, size_t count, uint8_t *any);

// The greatest value, the least positive one (infinity when there is none), and how many
// are not 0.
void kernel_range(const double *values, size_t n, double *most, double *least, size_t *filled);

// How many values are not 0.
size_t kernel_filled(const double *values, size_t n);

// values *= scale.
void kernel_scale(double *values, size_t n, double scale);

// above / below cell by cell into `above`, with 0 / 0 = 0.
void kernel_divide(double *above, const double *below, size_t n);

#endif
