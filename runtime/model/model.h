// Model: a causal graph, and as much as is known about each variable.
//
// Immutable and reference counted once built; surgery makes a new model that shares mechanisms
// and tables with the old. Variables are numbered 0..n-1 in order of declaration.
#ifndef RUNG_MODEL_MODEL_H
#define RUNG_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/model/domain.h"
#include "runtime/model/term.h"

#define MODEL_NONE UINT32_MAX

typedef enum VarRole {
    ROLE_VAR_PLAIN,
    ROLE_VAR_LATENT,   // has causes or effects but is never measured
    ROLE_VAR_NOISE,    // exogenous, independent, without causes, cannot be intervened on
    ROLE_VAR_OBSERVED, // measured (perhaps only where `observed_if` holds)
    ROLE_VAR_SELECTED, // rows exist only where it holds
} VarRole;

typedef enum MechKind {
    MECH_NONE,       // open: only its place in the graph is known
    MECH_KERNEL,     // ~ : a distribution given its parents (rungs 1 and 2)
    MECH_STRUCTURAL, // = : a function of its parents and noise (all rungs)
} MechKind;

// A conditional table: probabilities of the child's levels in every row of the parents, dense,
// parents in the order of ModelVar.parents, child fastest. Immutable, reference counted.
typedef struct Cpt {
    uint32_t refs;
    int8_t sums;   // for those who compute with it: what they found its rows to sum to
    size_t size;
    double *values;
} Cpt;

typedef struct ModelVar {
    Sym name;          // "Size", "X[3]", "X[2,1]"
    Sym family;        // "X" of a family member, else NULL
    int64_t *indices;  // of a family member
    uint32_t nindices;
    char *label;       // or NULL
    VarRole role;
    bool anonymous;    // a noise term written inside an = mechanism
    Domain *domain;    // never NULL (SYMBOLIC when nothing is known)
    bool inferred;     // the domain was not written but follows from the mechanism
    MechKind mech;
    bool gumbel;       // a KERNEL that stands after = gumbel_max: in several worlds its values
                       // share their Gumbel noise (gumbel.h)
    Term *term;        // the mechanism, NULL when MECH_NONE or when it came as a table. Of a
                       // STRUCTURAL one no part is a distribution: noise is in variables
    Term *written;     // the mechanism as it was written, where noise was taken out; or NULL
    Cpt *cpt;          // its table, when finite and small enough to be tabulated; or NULL
    Cpt *printed;      // the table as a file has it, when its rows miss 1; cpt is then scaled.
                       // The law of a file is the product of its numbers: what is to equal other
                       // programs to the last digit multiplies these, barren or not. Else NULL
    uint32_t *parents; // the causes, in order of mention
    uint32_t nparents;
    Term *observed_if; // or NULL
    uint32_t origin, mech_origin;
} ModelVar;

typedef struct ModelEdge {
    uint32_t from, to;
    bool both; // <->
    uint32_t origin;
} ModelEdge;

typedef struct ModelFactor {
    Term *term;        // its weight, NULL when it came as a table
    uint32_t *vars;    // what it mentions
    uint32_t nvars;
    Cpt *table;        // over vars, last fastest
    uint32_t origin;
} ModelFactor;

// What those who compute with a model keep for the next time, shared with all that is made from
// it. It says nothing about the model itself.
typedef struct ModelMemo {
    uint32_t refs;
    void *data; // NULL at first
    void (*drop)(void *data);
} ModelMemo;

typedef struct Model {
    uint32_t refs;
    Interner *names; // borrowed from the session
    Sym name;        // or NULL
    char *doc;       // or NULL
    ModelVar **vars;
    uint32_t nvars;
    ModelEdge *edges; // every directed edge once (also those that follow from mechanisms), and <->
    uint32_t nedges;
    ModelFactor *factors;
    uint32_t nfactors;
    Term **assumes;   // what is assumed: truths of every unit (no question in them), or sentences
    uint32_t nassumes; // about questions (TERM_ASK). For those that an intervention keeps see model_carry
    uint32_t *order;  // a topological order of the variables
    struct ModelIndex *index; // name to number
    ModelMemo *memo;
    struct ModelDone *done; // surgery that was done before (model_done.h)
} Model;

Model *model_keep(const Model *m);
void model_drop(Model *m); // NULL allowed

// The number of the variable of that name, or MODEL_NONE. Expected constant time.
uint32_t model_find(const Model *m, Sym name);

// The members of a family, in order of declaration: calls `visit` for each.
void model_family(const Model *m, Sym family, void (*visit)(void *user, uint32_t var), void *user);

// True when every variable has a mechanism or is set by nobody: the model has a joint law.
bool model_complete(const Model *m);

// --- building -------------------------------------------------------------------------------

typedef struct ModelBuilder ModelBuilder;

typedef struct VarSpec {
    Sym name, family;
    const int64_t *indices;
    uint32_t nindices;
    const char *label; // copied; NULL allowed
    VarRole role;
    Domain *domain; // kept; NULL: follows from the mechanism
    Term *observed_if;
    uint32_t origin;
} VarSpec;

// A builder that starts empty, or from a model (for `with { ... }`). NULL: no memory.
ModelBuilder *model_builder(Interner *names, const Model *from);
void model_builder_free(ModelBuilder *b);
Status model_builder_name(ModelBuilder *b, Sym name, const char *doc); // OK or NOMEM

// Each of these records; problems that need the whole model wait for model_finish, others are
// reported at once (and recorded, so that model_finish fails too). Terms are kept, not taken.
// model_declare of a name that is already there is a fault, unless it came with `from` (then
// only a domain or label that is given replaces the old) or was only mentioned by an edge so
// far.
Status model_declare(ModelBuilder *b, const VarSpec *spec, Faults *faults);
// Gives a variable its mechanism. A member of a family may be given a second one: the row for
// one index overrides the general one when `override` is set. In a builder made `from` a model
// it replaces the old mechanism and removes all incoming edges, <-> included.
Status model_mechanism(ModelBuilder *b, Sym name, MechKind kind, const Term *term, bool override,
                       uint32_t origin, Faults *faults);
// The same, given directly as a table (a network file): rows of `parents` in order, child
// fastest. Child and parents must have been declared with their finite domains before. Copies.
Status model_table(ModelBuilder *b, Sym name, const Sym *parents, uint32_t nparents,
                   const double *values, uint32_t origin, Faults *faults);
Status model_edge(ModelBuilder *b, Sym from, Sym to, bool both, uint32_t origin, Faults *faults);
Status model_unedge(ModelBuilder *b, Sym from, Sym to, bool both, uint32_t origin, Faults *faults);
Status model_factor(ModelBuilder *b, const Term *weight, uint32_t origin, Faults *faults);
// What is assumed of the worlds of the model. The names in it are checked by model_finish.
Status model_assume(ModelBuilder *b, const Term *sentence, Faults *faults);
// A factor given directly as a table over `vars` (distinct), last fastest.
Status model_factor_table(ModelBuilder *b, const Sym *vars, uint32_t nvars, const double *values,
                          uint32_t origin, Faults *faults);

// Checks everything of section 5 of the language design, every violation reported with its
// place: cycles (the cycle listed), unknown names, probabilities outside [0, 1], rows that do
// not sum to 1 (within 1e-9; within 1e-3 normalised, counted in *normalised), noise with
// causes, names declared twice, edges and mechanisms that disagree (both places), case rows
// that can never match and combinations that no row matches, <-> between two mechanisms, values
// outside the domain. Infers domains that were left out, splits anonymous noise out of =
// mechanisms, and tabulates finite mechanisms up to 2^24 cells (larger ones keep their term
// alone, and cases over more combinations are not checked). On success *out is a new model. The
// builder is spent in any case, and the caller frees it.
Status model_finish(ModelBuilder *b, const Ctl *ctl, Model **out, uint32_t *normalised,
                    Faults *faults);

// --- surgery --------------------------------------------------------------------------------

// m with do(...): for a VALUE the target's mechanism becomes the term (the target's own name in
// it is its natural value, which becomes an extra variable "X (natural)"), for a DRAW the
// distribution; edges into the target go, <-> included. All items act at once: the name of any
// assigned variable means its natural value, every other name the variable of the new world. A
// shift widens a range of integers as needed. For an edge only, the target reads a new
// variable, "X -> M", that has the value and the source's domain. New variables are latent.
// FREE and POLICY are not allowed here. Faults: a level the target does not have, noise, an
// unknown name, a cycle made by a policy, a value outside the target's domain. An infinite domain
// that was inferred becomes real when it is too narrow.
Status model_do(const Model *m, const Assign *items, uint32_t n, Model **out, Faults *faults);

// The model with its mechanisms and factors forgotten, and the noise terms written inside =
// gone; a named noise variable becomes a latent one.
Status model_graph(const Model *m, Model **out);

// Equal as graphs and, variable by variable, in domain and mechanism.
bool model_equal(const Model *a, const Model *b);

#endif
