// Kernel: the inner loops of the engines.
#include "runtime/infer/kernel.h"

#include <math.h>
#include <stdbool.h>

#include "runtime/base/lanes.h"

#define CLONES LANES_CLONES

// Runs BODY for every stretch of `step` cells: cell is the first, offset that of its entries.
#define EACH_STRETCH(FIRST_LEVEL, BODY)                                                        \
    for (size_t cell = 0, offset = 0; cell < n; cell += step) {                                \
        BODY;                                                                                  \
        for (size_t l = (FIRST_LEVEL); l < a->nlevels; l++) {                                  \
            KernelLevel *level = &a->levels[l];                                                \
            offset += level->stride;                                                           \
            if (++level->at < level->count) break;                                             \
            offset -= level->stride * level->count;                                            \
            level->at = 0;                                                                     \
        }                                                                                      \
    }

// Runs BODY(count, OP) with the usual small counts, those of the levels of a variable, as
// constants.
#define EACH_COUNT(COUNT, BODY, OP)                                                            \
    switch (COUNT) {                                                                           \
        EACH_CASE(2, BODY, OP)                                                                 \
        EACH_CASE(3, BODY, OP)                                                                 \
        EACH_CASE(4, BODY, OP)                                                                 \
        EACH_CASE(5, BODY, OP)                                                                 \
        EACH_CASE(6, BODY, OP)                                                                 \
        EACH_CASE(7, BODY, OP)                                                                 \
    default:                                                                                   \
        BODY(COUNT, OP);                                                                       \
    }

#define EACH_CASE(COUNT, BODY, OP)                                                             \
    case COUNT:                                                                                \
        BODY(COUNT, OP);                                                                       \
        break;

#define SPREAD_TILE(COUNT, OP)                                                                 \
    for (size_t i = 0; i < tile; i++, b += (COUNT)) {                                          \
        double x = t[index[i]];                                                                \
        for (size_t k = 0; k < (COUNT); k++) OP(b[k], x);                                      \
    }

#define GATHER_TILE(COUNT, OP)                                                                 \
    for (size_t i = 0; i < tile; i++, b += (COUNT)) {                                          \
        double x = b[0];                                                                       \
        for (size_t k = 1; k < (COUNT); k++) OP(x, b[k]);                                      \
        OP(t[index[i]], x);                                                                    \
    }

// Spreads entries over cells. OP(cell, entry) changes the cell.
#define SPREAD(NAME, OP, ...)                                                                  \
    CLONES void NAME(double *restrict block, size_t n, KernelAccess *a,                        \
                     const double *restrict table __VA_ARGS__) {                               \
        size_t tile = a->tile, repeat = a->repeat, step = tile * repeat;                       \
        const uint32_t *index = a->index;                                                      \
        if (!index && tile > 1) {                                                              \
            EACH_STRETCH(0, {                                                                  \
                double *restrict b = block + cell;                                             \
                const double *restrict t = table + offset;                                     \
                for (size_t i = 0; i < tile; i++) OP(b[i], t[i]);                              \
            })                                                                                 \
        } else if (tile == 1) {                                                                \
            EACH_STRETCH(0, {                                                                  \
                double *restrict b = block + cell;                                             \
                double x = table[offset];                                                      \
                for (size_t i = 0; i < repeat; i++) OP(b[i], x);                               \
            })                                                                                 \
        } else if (repeat == 1) {                                                              \
            EACH_STRETCH(0, {                                                                  \
                double *restrict b = block + cell;                                             \
                const double *restrict t = table + offset;                                     \
                for (size_t i = 0; i < tile; i++) OP(b[i], t[index[i]]);                       \
            })                                                                                 \
        } else {                                                                               \
            EACH_STRETCH(0, {                                                                  \
                double *restrict b = block + cell;                                             \
                const double *restrict t = table + offset;                                     \
                EACH_COUNT(repeat, SPREAD_TILE, OP)                                            \
            })                                                                                 \
        }                                                                                      \
    }

#define SET(c, x) ((c) = scale * (x))
#define MULTIPLY(c, x) ((c) *= (x))
#define SET_LOG(c, x) ((c) = scale + (x))
#define ADD_LOG(c, x) ((c) += (x))

#define SCALE_ARGUMENT , double scale

SPREAD(kernel_set, SET, SCALE_ARGUMENT)
SPREAD(kernel_multiply, MULTIPLY)
SPREAD(kernel_set_log, SET_LOG, SCALE_ARGUMENT)
SPREAD(kernel_add_log, ADD_LOG)

CLONES void kernel_set_product(double *restrict block, size_t n, const double *restrict first,
                               const double *restrict second, double scale) {
    for (size_t i = 0; i < n; i++) block[i] = scale * first[i] * second[i];
}

CLONES void kernel_sum_product(double *restrict table, size_t n, const double *restrict first,
                               const double *restrict second, double scale) {
    for (size_t i = 0; i < n; i++) table[i] += scale * first[i] * second[i];
}

// Gathers cells into entries. OP(entry, cell) changes the entry; ALL folds a long run of cells,
// in eight lanes so that it is the same whatever the machine's vectors.
#define GATHER(NAME, OP, ALL)                                                                  \
    CLONES void NAME(const double *restrict block, size_t n, KernelAccess *a,                  \
                     double *restrict table) {                                                 \
        size_t tile = a->tile, repeat = a->repeat, step = tile * repeat;                       \
        const uint32_t *index = a->index;                                                      \
        bool again = a->nlevels && a->levels[0].stride == 0;                                   \
        size_t rows = again ? a->levels[0].count : 1;                                          \
        if (again && !index && tile > 1) {                                                     \
            step *= rows;                                                                      \
            EACH_STRETCH(1, {                                                                  \
                const double *b = block + cell;                                                \
                double *restrict t = table + offset;                                           \
                size_t row = 0;                                                                \
                for (; row + 4 <= rows; row += 4, b += 4 * tile)                               \
                    for (size_t i = 0; i < tile; i++) {                                        \
                        double x = b[i];                                                       \
                        double y = b[2 * tile + i];                                            \
                        OP(x, b[tile + i]);                                                    \
                        OP(y, b[3 * tile + i]);                                                \
                        OP(x, y);                                                              \
                        OP(t[i], x);                                                           \
                    }                                                                          \
                for (; row < rows; row++, b += tile)                                           \
                    for (size_t i = 0; i < tile; i++) OP(t[i], b[i]);                          \
            })                                                                                 \
        } else if (again && index) {                                                           \
            double *restrict room = a->room;                                                   \
            size_t width = step;                                                               \
            step *= rows;                                                                      \
            EACH_STRETCH(1, {                                                                  \
                const double *cells = block + cell;                                            \
                double *restrict t = table + offset;                                           \
                const double *b = room;                                                        \
                for (size_t i = 0; i < width; i++) room[i] = cells[i];                         \
                for (size_t row = 1; row < rows; row++)                                        \
                    for (size_t i = 0; i < width; i++) OP(room[i], cells[row * width + i]);    \
                EACH_COUNT(repeat, GATHER_TILE, OP)                                            \
            })                                                                                 \
        } else if (!index && tile > 1) {                                                       \
            EACH_STRETCH(0, {                                                                  \
                const double *restrict b = block + cell;                                       \
                double *restrict t = table + offset;                                           \
                for (size_t i = 0; i < tile; i++) OP(t[i], b[i]);                              \
            })                                                                                 \
        } else if (tile == 1) {                                                                \
            EACH_STRETCH(0, {                                                                  \
                double x;                                                                      \
                ALL(x, block + cell, repeat);                                                  \
                OP(table[offset], x);                                                          \
            })                                                                                 \
        } else if (repeat == 1) {                                                              \
            EACH_STRETCH(0, {                                                                  \
                const double *restrict b = block + cell;                                       \
                double *restrict t = table + offset;                                           \
                for (size_t i = 0; i < tile; i++) OP(t[index[i]], b[i]);                       \
            })                                                                                 \
        } else {                                                                               \
            EACH_STRETCH(0, {                                                                  \
                const double *restrict b = block + cell;                                       \
                double *restrict t = table + offset;                                           \
                EACH_COUNT(repeat, GATHER_TILE, OP)                                            \
            })                                                                                 \
        }                                                                                      \
    }

#define LANES(OP, START, x, cells, count)                                                      \
    do {                                                                                       \
        const double *c_ = (cells);                                                            \
        size_t i_ = 0;                                                                         \
        double lane_[8];                                                                       \
        for (size_t k_ = 0; k_ < 8; k_++) lane_[k_] = (START);                                 \
        for (; i_ + 8 <= (count); i_ += 8)                                                     \
            for (size_t k_ = 0; k_ < 8; k_++) OP(lane_[k_], c_[i_ + k_]);                      \
        for (size_t k_ = 0; i_ < (count); i_++, k_++) OP(lane_[k_], c_[i_]);                   \
        for (size_t k_ = 0; k_ < 4; k_++) OP(lane_[k_], lane_[k_ + 4]);                        \
        OP(lane_[0], lane_[2]);                                                                \
        OP(lane_[1], lane_[3]);                                                                \
        OP(lane_[0], lane_[1]);                                                                \
        (x) = lane_[0];                                                                        \
    } while (0)

#define PLUS(entry, x) ((entry) += (x))
#define GREATER(entry, x) ((entry) = (entry) < (x) ? (x) : (entry))
#define ALL_PLUS(x, cells, count) LANES(PLUS, 0, x, cells, count)
#define ALL_GREATER(x, cells, count) LANES(GREATER, -(double)INFINITY, x, cells, count)

GATHER(kernel_sum, PLUS, ALL_PLUS)
GATHER(kernel_max, GREATER, ALL_GREATER)

// --- rows ---

CLONES void kernel_rows_scale(double *restrict scales, const KernelRows *rows) {
    for (size_t r = 0; r < rows->count; r++)
        scales[r] *= rows->table[rows->offsets[r * rows->step]];
}

CLONES void kernel_rows_fill(double *restrict block, size_t count, size_t width,
                             const double *restrict scales) {
    for (size_t r = 0; r < count; r++, block += width)
        for (size_t i = 0; i < width; i++) block[i] = scales[r];
}

CLONES void kernel_rows_set(double *restrict block, const KernelRows *rows,
                            const double *restrict scales) {
    size_t width = rows->width;
    const uint32_t *index = rows->index;
    for (size_t r = 0; r < rows->count; r++, block += width) {
        const double *restrict t = rows->table + rows->offsets[r * rows->step];
        double scale = scales[r];
        if (index)
            for (size_t i = 0; i < width; i++) block[i] = scale * t[index[i]];
        else
            for (size_t i = 0; i < width; i++) block[i] = scale * t[i];
    }
}

CLONES void kernel_rows_set_product(double *restrict block, const KernelRows *first,
                                    const KernelRows *second, const double *restrict scales) {
    size_t width = first->width;
    for (size_t r = 0; r < first->count; r++, block += width) {
        const double *restrict a = first->table + first->offsets[r * first->step];
        const double *restrict b = second->table + second->offsets[r * second->step];
        double scale = scales[r];
        for (size_t i = 0; i < width; i++) block[i] = scale * a[i] * b[i];
    }
}

CLONES void kernel_rows_multiply(double *restrict block, const KernelRows *rows) {
    size_t width = rows->width;
    const uint32_t *index = rows->index;
    for (size_t r = 0; r < rows->count; r++, block += width) {
        const double *restrict t = rows->table + rows->offsets[r * rows->step];
        if (index)
            for (size_t i = 0; i < width; i++) block[i] *= t[index[i]];
        else
            for (size_t i = 0; i < width; i++) block[i] *= t[i];
    }
}

// Rows that follow one another often meet the same entries, which are then read and written
// once for four.
CLONES void kernel_rows_sum(double *restrict table, const KernelRows *rows,
                            const double *restrict block) {
    size_t width = rows->width, step = rows->step, r = 0;
    const uint32_t *index = rows->index;
    while (r < rows->count) {
        const size_t *at = rows->offsets + r * step;
        double *restrict t = table + at[0];
        const double *restrict b = block + r * width;
        bool four = r + 4 <= rows->count && at[3 * step] == at[0] && at[step] == at[0] &&
                    at[2 * step] == at[0];
        if (index)
            for (size_t i = 0; i < width; i++) t[index[i]] += b[i];
        else if (four)
            for (size_t i = 0; i < width; i++)
                t[i] = t[i] + b[i] + b[width + i] + b[2 * width + i] + b[3 * width + i];
        else
            for (size_t i = 0; i < width; i++) t[i] += b[i];
        r += four && !index ? 4 : 1;
    }
}

CLONES void kernel_rows_sum_one(double *restrict table, const KernelRows *rows,
                                const double *restrict block) {
    size_t width = rows->width;
    for (size_t r = 0; r < rows->count; r++, block += width) {
        double x;
        ALL_PLUS(x, block, width);
        table[rows->offsets[r * rows->step]] += x;
    }
}

CLONES void kernel_rows_sum_product(double *restrict table, const KernelRows *rows,
                                    const double *restrict block, const KernelRows *other) {
    size_t width = rows->width;
    for (size_t r = 0; r < rows->count; r++, block += width) {
        double *restrict t = table + rows->offsets[r * rows->step];
        const double *restrict o = other->table + other->offsets[r * other->step];
        for (size_t i = 0; i < width; i++) t[i] += block[i] * o[i];
    }
}

#define ANY_ROWS(COUNT, TABLE)                                                                 \
    for (size_t r = 0; r < count; r++) {                                                       \
        uint64_t bits = 0;                                                                     \
        for (size_t i = 0; i < (COUNT); i++) bits |= lanes_bits((TABLE)[r * (COUNT) + i]);     \
        any[r] = bits != 0;                                                                    \
    }

CLONES void kernel_rows_any(const double *restrict table, size_t width, size_t count,
                            uint8_t *restrict any) {
    switch (width) {
        EACH_CASE(1, ANY_ROWS, table)
    default:
        EACH_COUNT(width, ANY_ROWS, table)
    }
}

// --- whole tables ---

// Enough lanes at once that none waits for the one before.
enum { RANGE = 16 };

// A few values, for which many lanes would be more work than the values.
static void range_few(const double *values, size_t n, double *most, double *least,
                      size_t *filled) {
    double high = 0, low = (double)INFINITY;
    *filled = 0;
    for (size_t i = 0; i < n; i++) {
        double v = values[i];
        if (v > high) high = v;
        if (v > 0 && v < low) low = v;
        *filled += v != 0;
    }
    *most = high;
    *least = low;
}

CLONES void kernel_range(const double *values, size_t n, double *most, double *least,
                         size_t *filled) {
    const double none = (double)INFINITY;
    double high[RANGE] = {0}, low[RANGE], count[RANGE] = {0}, few_high, few_low;
    size_t i = 0, k, few;
    if (n < 2 * (size_t)RANGE) {
        range_few(values, n, most, least, filled);
        return;
    }
    for (k = 0; k < RANGE; k++) low[k] = none;
    for (; i + RANGE <= n; i += RANGE)
        for (k = 0; k < RANGE; k++) {
            double v = values[i + k], positive = v > 0 ? v : none;
            high[k] = high[k] < v ? v : high[k];
            low[k] = positive < low[k] ? positive : low[k];
            count[k] += v != 0 ? 1. : 0.;
        }
    range_few(values + i, n - i, &few_high, &few_low, &few);
    for (k = 0; k < RANGE; k++) {
        few_high = few_high < high[k] ? high[k] : few_high;
        few_low = low[k] < few_low ? low[k] : few_low;
        few += (size_t)count[k];
    }
    *most = few_high;
    *least = few_low;
    *filled = few;
}

CLONES size_t kernel_filled(const double *values, size_t n) {
    uint64_t filled = 0;
    for (size_t i = 0; i < n; i++) filled += values[i] != 0;
    return (size_t)filled;
}

CLONES void kernel_scale(double *values, size_t n, double scale) {
    for (size_t i = 0; i < n; i++) values[i] *= scale;
}

CLONES void kernel_divide(double *restrict above, const double *restrict below, size_t n) {
    for (size_t i = 0; i < n; i++) above[i] = below[i] > 0 ? above[i] / below[i] : 0;
}
