// Form range: the values that a form can take.
#ifndef RUNG_REAL_FORM_RANGE_H
#define RUNG_REAL_FORM_RANGE_H

#include "runtime/real/form.h"

// Whether a form lies in [0, 1] wherever its nodes do, within 1e-12: *inside. Only pieces, sums
// of products of [node in set], can be told to: a line or an exponential has no bounds. A form
// whose pieces are too many to be gone through is not told to either. NOMEM.
Status form_range_unit(const Form *f, bool *inside);

#endif
