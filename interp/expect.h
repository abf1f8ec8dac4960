// Expect: does what a statement printed agree with its comment `#=> text`?
#ifndef RUNG_INTERP_EXPECT_H
#define RUNG_INTERP_EXPECT_H

#include <stdbool.h>

// True when the texts agree word by word and sign by sign, white space aside. A number in
// `expected` agrees with one that is equal within the digits written: 0.33 with 0.3341, 30%
// with 0.2999, 2 with 2.4; `...` agrees with anything, also with nothing. `actual` should show
// enough digits (12) for the rounding to be right. Exponential only in the number of `...`, of
// which texts have one or two.
bool expect_matches(const char *expected, const char *actual);

#endif
