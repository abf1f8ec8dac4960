// Worlds net: the parallel-worlds network of a counterfactual question. Internal to the
// planner.
//
// Every world has its own copy of what differs in it: what is set there and the descendants of
// that. All else, the noise above all, is shared (Balke & Pearl 1994). Copies whose mechanism
// and causes are the same are one variable (Shpitser & Pearl 2007, lemma 24: make-cg).
#ifndef RUNG_INFER_WORLDS_NET_H
#define RUNG_INFER_WORLDS_NET_H

#include "runtime/base/arena.h"
#include "runtime/base/vec.h"
#include "runtime/model/model.h"
#include "runtime/model/model_index.h"

// A variable in some world. The first m->nvars nodes are the variables of the factual model.
typedef struct WorldNode {
    const Model *home; // its mechanism is that of variable `var` of this model, ...
    uint32_t var;
    uint32_t *parents; // ... read from these nodes
    uint32_t base;     // the factual variable that it is a version of; MODEL_NONE: set here
    uint32_t world;    // the world that it was made for; 0: the factual one
    Sym name;          // in the network: "Dead [A = false]"
    uint32_t next;     // another version, or another world's setting, of the same variable
    bool needed;       // the question depends on it
} WorldNode;

typedef struct WorldLayer {
    World *world;   // what is set there; NULL: the factual one
    Model *opened;  // the factual model, and open variables that stand for other worlds' values
    Model *model;   // after the action
    uint32_t *node; // per variable of `model`
} WorldLayer;

typedef struct WorldNet {
    const Model *m; // borrowed
    Faults *faults;
    Arena arena;
    VEC(WorldNode) nodes;
    VEC(WorldLayer) layers; // by world
    ModelIndex first;       // a variable's name to its first node
    ModelIndex taken;       // the names of copies
} WorldNet;

// Opens the network of the factual world alone. Must be freed whatever the result.
Status worlds_net_open(const Model *m, Faults *faults, WorldNet *out);
void worlds_net_free(WorldNet *net);

// The node that a variable of a question means; MODEL_NONE when the model has no such variable.
// Makes its world when that is new. Faults: those of model_do; a world that frees a variable.
Status worlds_net_find(WorldNet *net, const Term *var, uint32_t *node);

// Assignments with every bare bool set to true, and numbers for bools as such. Values are kept.
// FAULT_ASK_FREE when one is free.
Status worlds_net_fill(const Model *m, const Assign *items, uint32_t n, Faults *faults,
                       World **out);

// Marks a node and its ancestors as needed.
Status worlds_net_need(WorldNet *net, uint32_t node);

// Another needed version of the variable that `node` is a version of, the lowest, or MODEL_NONE.
uint32_t worlds_net_version(const WorldNet *net, uint32_t node);

// Whether what is known determines the joint law of the needed nodes. It does when every
// mechanism that is a distribution (and not certain) is read in one version only: the law of a
// set of variables that is closed under causes is the product of their mechanisms as long as
// each independent disturbance enters once, however mechanism and disturbance are coupled.
// Structural mechanisms may be read in any number of versions, since their noise is among the
// variables; those after gumbel_max likewise (worlds_gumbel.h). Faults: FAULT_ASK_COUNTERFACTUAL, FAULT_ASK_OPEN.
Status worlds_net_check(const WorldNet *net, uint32_t origin);

// The network as a model: the factual one and the copies that are needed.
Status worlds_net_model(const WorldNet *net, Model **out);

#endif
