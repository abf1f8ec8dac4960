// Conjugate: roots that integrate out in closed form.
//
// A root with the law of beta (uniform(0, 1) is one) or gamma, given what is observed of its
// children and the levels of all finite variables, has a posterior law of the same family
// (Raiffa & Schlaifer, "Applied Statistical Decision Theory", 1961). The joint levels of the finite
// variables are gone through one variable after the other, causes first; those that nothing
// further depends on are forgotten, and outcomes that then agree in their levels and in the
// posteriors of all roots are added up, so that exchangeable observations cost no more than
// their counts. What is left is a mixture over these.
#ifndef RUNG_REAL_CONJUGATE_H
#define RUNG_REAL_CONJUGATE_H

#include "runtime/real/real.h"

// real_engine_conjugate answers P, logP, E, Var, Sd, Cov, Cor, Quantile and Law of events over finite variables and
// thresholds on roots, and of polynomials in roots with coefficients that depend on finite
// variables; the quantile and the law are those of a root. Observed variables of infinitely many
// values whose mechanism depends on roots in a conjugate way, or on finite variables alone, are
// welcome; others that are not observed are not.
#endif
