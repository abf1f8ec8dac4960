// Kernel: a term compiled for one model, to be run on blocks of lanes.
//
// A kernel is straight-line register code over doubles; register r holds one double per lane.
// IF and CASE evaluate both sides and select, so that one dispatch serves a whole block. A bool is
// 0 or 1, a numeric level its number, a named level the id of its Sym, a comparison of named
// levels in an ordered domain their positions; a variable of infinitely many values is its value.
#ifndef RUNG_MODEL_KERNEL_H
#define RUNG_MODEL_KERNEL_H

#include "runtime/base/ctl.h"
#include "runtime/model/model.h"
#include "runtime/model/term.h"

typedef enum ValueKind { VALUE_NUMBER_KIND, VALUE_BOOL_KIND, VALUE_LEVEL_KIND } ValueKind;

typedef struct Kernel Kernel;

// Compiles a scalar term (no distribution, no worlds other than the factual) against the
// variables of `model`. Faults: an unknown variable (with the closest name), a level that a
// compared variable does not have (with its levels), a comparison of things of different kinds,
// arithmetic on named levels. Equal subterms are computed once.
Status kernel_new(const Model *model, const Term *term, Kernel **out, Faults *faults);
// The same where variables of infinitely many values are allowed; kernel_new refuses them.
// Functions of numbers are then within 4 units in the last place of those of kernel_new.
Status kernel_new_real(const Model *model, const Term *term, Kernel **out, Faults *faults);
void kernel_free(Kernel *k);

// Its inputs: model variables, in order of first mention.
uint32_t kernel_ninputs(const Kernel *k);
uint32_t kernel_input(const Kernel *k, uint32_t i);
ValueKind kernel_kind(const Kernel *k);

// Whether input i is read as doubles (a variable of infinitely many values), whether no input
// is, and whether `var` is an input.
bool kernel_input_real(const Kernel *k, uint32_t i);
bool kernel_finite(const Kernel *k);
bool kernel_reads(const Kernel *k, uint32_t var);

// Whether the kernel has the same value whatever its inputs, and which.
bool kernel_constant(const Kernel *k, double *value);

// Runs `lanes` lanes. inputs[i] holds input i, lane by lane: uint32_t levels (positions in the
// domain) of a variable of finitely many values, else double values. out[l] receives the value. A
// lane in which no case row matches gives NaN.
// `work` has room for kernel_work(k, lanes) doubles, provided by the caller.
size_t kernel_work(const Kernel *k, size_t lanes);
void kernel_run(const Kernel *k, size_t lanes, const void *const *inputs, double *out,
                double *work);

// Runs over the product of the levels of `nvars` model variables (which must include all inputs,
// all of finitely many values), last fastest, writing one double per combination to `out`. NOMEM or CANCELLED.
Status kernel_tabulate(const Kernel *k, const Model *model, const uint32_t *vars, uint32_t nvars,
                       const Ctl *ctl, double *out);

#endif
