"""The same questions put to every engine: what may differ from the answer, and by how much.

Exact engines must give the number. Engines that draw must come within their own error: at most
REACH standard errors, and beyond 3 of them no more often than chance allows.
"""
import math

REACH = 6.5
# Engines may say that they cannot: too large, too rare, weights or tails that tell nothing, an
# error that would be lost inside another question.
REFUSED = {"E0220", "E0221", "E0502", "E0503", "E0504", "E0506", "E0528", "E0529", "E0540", "E0541",
           "E0542", "E0543", "E0545", "E0547", "E0548"}


def drawn(rng):
    n, seed = rng.choice([2000, 20000]), rng.randint(1, 10 ** 6)
    how = rng.choice(["sampling", "sampling", "minibuckets"])
    if how == "minibuckets":
        return f" using minibuckets(size: {rng.choice([1, 2, 3])}, n: {n}, seed: {seed})"
    return f" using sampling(n: {n}, seed: {seed})"


def exact(rng):
    return rng.choice([" using enumerate", " using eliminate", " using exact"])


class Tally:
    """How far off the drawn answers were, over a whole run."""

    def __init__(self):
        self.asked = self.refused = self.numbers = self.far = 0

    def near(self, got, want, close):
        """One answer: {"value", "se"}; value alone where it is exact."""
        if "se" not in got:
            return close(got["value"], want)
        if got["value"] is None or want is None:
            return got["value"] is want
        off, se = abs(float(got["value"]) - want), got["se"]
        self.numbers += 1
        self.far += off > 3 * se + 1e-9
        return off <= REACH * se + 1e-9 * max(1, abs(want))

    def fair(self):
        """Normal errors are beyond 3 in 0.27% of cases; few draws have heavier tails."""
        allowed = 0.01 * self.numbers
        return self.far <= allowed + 4 * math.sqrt(allowed) + 2

    def line(self):
        return (f"{self.asked} drawn answers, {self.refused} refused, {self.numbers} numbers, "
                f"{self.far} beyond 3 standard errors")
