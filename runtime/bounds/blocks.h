// Blocks: the responses that questions touch, in groups that have one joint law each, and their
// response types.
//
// Cells that an event or a fact mentions together belong together; blocks of cells that nothing
// connects may be given any joint law, so that each has its own program. Types that no event or
// fact of the block tells apart are one class (Sachs et al. 2022, section 4, leave out more by
// hand).
#ifndef RUNG_BOUNDS_BLOCKS_H
#define RUNG_BOUNDS_BLOCKS_H

#include "runtime/bounds/pool.h"

// More classes than this are not listed, nor classes of more words together.
#define BLOCKS_CLASSES 1000000u
#define BLOCKS_WORDS ((size_t)1 << 24)

typedef struct Block {
    uint32_t *cells;
    uint32_t ncells;
    PoolFact *facts; // bit i of a class: event of fact i holds
    uint32_t nfacts;
    uint32_t nasked; // bits after those of the facts
    uint32_t words;  // of 32 bits
    Keys classes;    // sets of bits
    uint32_t *types; // by class, a level for each cell: one of its types
    double size;     // types
} Block;

typedef struct Blocks {
    const Pool *pool;
    VEC(Block) items;
    uint32_t nevents;
    uint32_t *block, *bit; // by event, of the first nevents: where it is asked, or BLOCKS_NONE
    Arena arena;
    double too_large; // the types of a block that has too many classes, else 0
} Blocks;

#define BLOCKS_NONE UINT32_MAX

// Makes the blocks of the events marked in `asked`.
Status blocks_open(Pool *pool, const bool *asked, const Ctl *ctl, Blocks *out);
void blocks_free(Blocks *b);

// Whether the bit is in a class.
static inline bool block_has(const Block *b, uint32_t class, uint32_t bit) {
    return (keys_items(&b->classes, class)[bit / 32] >> (bit % 32)) & 1u;
}

#endif
