// Asked: the questions and assumptions of a problem, as tables over one network of worlds.
#ifndef RUNG_BOUNDS_ASKED_H
#define RUNG_BOUNDS_ASKED_H

#include "runtime/bounds/frame.h"
#include "runtime/infer/worlds_net.h"

// A number for every joint level of some nodes, the last fastest.
typedef struct AskedTable {
    uint32_t *nodes, *cards;
    uint32_t n;
    double *values;
} AskedTable;

// What is to be found is the mean of the product of the args among the units for which all
// conditions, which are 0 or 1, hold.
typedef struct AskedQuestion {
    Term **terms; // in the network's names: conditions, then args
    uint32_t nconds, nargs;
    AskedTable *tables; // by term, after asked_finish
    bool is_mean;       // the arg is a number, not an event
    uint32_t origin;
} AskedQuestion;

typedef struct Asked {
    const Frame *frame;
    Faults *faults;
    WorldNet net;
    Model *model; // the network
    VEC(AskedQuestion) questions;
    VEC(Term *) owned;
    Arena arena;
    bool too_large; // some table is; then nothing else counts
    double size;    // its cells
} Asked;

Status asked_open(const Frame *f, Faults *faults, Asked *out);
void asked_free(Asked *a);

// Adds a question. A do(...) among its conditions becomes part of every world of the question.
Status asked_add(Asked *a, const Question *q, uint32_t *number);
// Adds the probability that an event does not hold.
Status asked_add_not(Asked *a, const Term *event, uint32_t *number);

// Makes the network of all worlds and the tables.
Status asked_finish(Asked *a, const Ctl *ctl);

// Between what the mean of the args lies whatever the law, after asked_finish. Linear in the
// tables of the args.
void asked_range(const AskedQuestion *q, double *low, double *high);

#endif
