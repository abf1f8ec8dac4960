"""Random conjugate pairs, their mixtures and switches, answered by quadrature over the parameter."""
import math

from realmath import INF, Skip, bisect, panels, split
from reallinear import num


def beta_pdf(a, b):
    k = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return lambda x: math.exp(k + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))


def gamma_pdf(a, r):
    k = a * math.log(r) - math.lgamma(a)
    return lambda x: math.exp(k + (a - 1) * math.log(x) - r * x)


def normal_pdf(m, s):
    return lambda x: math.exp(-((x - m) / s) ** 2 / 2) / s / math.sqrt(2 * math.pi)


def binomial(n, p):
    return lambda k: math.comb(n, k) * p ** k * (1 - p) ** (n - k) if 0 <= k <= n else 0.0


def poisson(m):
    return lambda k: math.exp(k * math.log(m) - m - math.lgamma(k + 1)) if k >= 0 else 0.0


def prior(rng, kind):
    """(text, density, nodes of a rule on its range)"""
    if kind == "beta":
        a, b = num(rng, 1, 5), num(rng, 1, 5)
        return f"beta({a}, {b})", beta_pdf(a, b), (0.0, 1.0)
    if kind == "gamma":
        a, r = num(rng, 1, 5), num(rng, 0.5, 3)
        return f"gamma({a}, rate: {r})", gamma_pdf(a, r), (0.0, (a + 50 + 8 * math.sqrt(a)) / r)
    m, s = num(rng, -2, 2), num(rng, 0.5, 2)
    return f"normal({m}, {s})", normal_pdf(m, s), (m - 11 * s, m + 11 * s)


def smooth(a, b, n):
    """A rule between a and b that takes powers of the distance from either end."""
    for s, w in panels(split(0.0, 1.0, 1 / n)):
        yield a + (b - a) * s ** 3 * (10 - 15 * s + 6 * s * s), \
            (b - a) * w * 30 * s * s * (1 - s) ** 2


class Child:
    """An observable: its line, density or mass at x given (theta, d), mean given them."""

    def __init__(self, name, line, mass, mean, values, at):
        self.name, self.line, self.mass, self.mean = name, line, mass, mean
        self.values, self.at = values, at       # values of a count; a draw of a point of it


def child(rng, kind, name, prior2):
    r = rng.random()
    switch = rng.random() < 0.3
    if kind == "beta":
        n = rng.choice([1, 3, 10])
        c = num(rng, 0.1, 0.9)
        arg = f"if D then T else {c}" if switch else "T"
        p = (lambda t, d: t if d else c) if switch else (lambda t, d: t)
        if n == 1:
            form = "~ bernoulli({})" if r < 0.5 else "~ {}"
            return Child(name, f"{name} : bool " + form.format(arg),
                         lambda x, t, d: p(t, d) if x else 1 - p(t, d), p, [0, 1],
                         lambda: rng.choice([0, 1]))
        if r < 0.2:
            return Child(name, f"{name} ~ geometric({arg})",
                         lambda x, t, d: p(t, d) * (1 - p(t, d)) ** x,
                         lambda t, d: (1 - p(t, d)) / p(t, d), None, lambda: rng.randint(0, 4))
        return Child(name, f"{name} ~ binomial({n}, {arg})",
                     lambda x, t, d: binomial(n, p(t, d))(x), lambda t, d: n * p(t, d),
                     range(n + 1), lambda: rng.randint(0, n))
    if kind == "gamma":
        k = num(rng, 0.5, 3)
        arg = f"if D then {k}*T else T" if switch else f"{k}*T"
        rate = (lambda t, d: k * t if d else t) if switch else (lambda t, d: k * t)
        if r < 0.6:
            return Child(name, f"{name} ~ poisson({arg})",
                         lambda x, t, d: poisson(rate(t, d))(x), rate, range(0, 400),
                         lambda: rng.randint(0, 6))
        return Child(name, f"{name} ~ exponential(rate: {arg})",
                     lambda x, t, d: rate(t, d) * math.exp(-rate(t, d) * x), None, None,
                     lambda: num(rng, 0.1, 3))
    s, k = num(rng, 0.5, 2), num(rng, -1, 1)
    arg = f"(if D then T + {k} else T)" if switch else f"T + {k}"
    mean = (lambda t, d: t + k if d else t) if switch else (lambda t, d: t + k)
    if r < 0.3:
        w = num(rng, 0.6, 0.95)
        return Child(name, f"{name} ~ mix {{normal({arg}, {s}): {w}, normal(0, 5): "
                           f"{round(1 - w, 6)}}}",
                     lambda x, t, d: w * normal_pdf(mean(t, d), s)(x)
                     + (1 - w) * normal_pdf(0, 5)(x), lambda t, d: w * mean(t, d), None,
                     lambda: num(rng, -3, 3))
    return Child(name, f"{name} ~ normal({arg}, {s})",
                 lambda x, t, d: normal_pdf(mean(t, d), s)(x), mean, None,
                 lambda: num(rng, -3, 3))


class Model:
    def __init__(self, rng):
        self.kind = kind = rng.choice(["beta", "gamma", "normal"])
        self.d = num(rng, 0.1, 0.9)
        t1, f1, (lo, hi) = prior(rng, kind)
        self.line, self.pdf, self.range = f"T ~ {t1}", f1, (lo, hi)
        r = rng.random()
        self.unit = kind == "beta" and r < 0.15
        if self.unit:
            self.line, self.pdf = "T ~ uniform(0, 1)", lambda x: 1.0
        elif r < 0.35:
            t2, f2, (lo2, hi2) = prior(rng, kind)
            w = num(rng, 0.2, 0.8)
            self.line = f"T ~ mix {{{t1}: {w}, {t2}: {round(1 - w, 6)}}}"
            self.pdf = lambda x: w * f1(x) + (1 - w) * f2(x)
            self.range = (min(lo, lo2), max(hi, hi2))
        self.children = [child(rng, kind, f"N{i}", None) for i in range(rng.randint(1, 3))]

    def text(self):
        return f"model m {{\n    D : bool ~ {self.d}\n    {self.line}\n" \
            + "".join(f"    {c.line}\n" for c in self.children) + "}\n"

    def integral(self, f, cuts=()):
        """The sum over D and the integral over T of f(t, d) and the prior; f gives a tuple."""
        lo, hi = self.range
        edges = sorted([lo, hi] + [c for c in cuts if lo < c < hi])
        total = None
        for a, b in zip(edges, edges[1:]):
            for t, w in smooth(a, b, 40):
                w *= self.pdf(t)
                for d, p in ((1, self.d), (0, 1 - self.d)):
                    row = [w * p * x for x in f(t, d)]
                    total = row if total is None else [x + y for x, y in zip(total, row)]
        return total


def question(rng, m):
    given, texts, cuts, seen = [], [], [], set()
    for _ in range(rng.choice([0, 1, 1, 2, 2])):
        c = rng.choice(m.children)
        if c.name in seen:
            continue
        seen.add(c.name)
        x = c.at()
        if c.values is not None and len(c.values) > 2 and rng.random() < 0.25:
            low = rng.random() < 0.5 or len(c.values) > 100
            allowed = [v for v in c.values if (v <= x) == low]
            if not allowed:
                raise Skip
            texts.append(f"{c.name} {'<=' if low else '>'} {x}")
            given.append(lambda t, d, c=c, a=allowed: sum(c.mass(v, t, d) for v in a))
        else:
            texts.append(f"{c.name} = {x}")
            given.append(lambda t, d, c=c, x=x: c.mass(x, t, d))
    lo, hi = m.range
    middle = 0.5 if m.kind == "beta" else 1.0
    r = rng.random()
    if r < 0.15:
        x = round(middle * rng.uniform(0.3, 1.2), 2)
        cuts.append(x)
        texts.append(f"T > {x}")
        given.append(lambda t, d, x=x: float(t > x))
    elif r < 0.25:
        x = rng.choice([0, 1])
        texts.append(f"D = {x}")
        given.append(lambda t, d, x=x: float(d == x))
    bar = " | " + ", ".join(texts) if texts else ""
    weight = lambda t, d: math.prod(g(t, d) for g in given)
    form = rng.choice(["E", "E", "Var", "P", "P", "PN", "PN", "EN", "Cov", "Q", "PD", "logP"])
    free = [c for c in m.children if c.name not in seen]

    def ratio(*fs):
        def row(t, d):
            w = weight(t, d)
            return [w] + [w * f(t, d) for f in fs]
        out = m.integral(row, cuts)
        if out[0] < 1e-12:
            raise Skip
        return [x / out[0] for x in out[1:]]
    if form == "E":
        return f"E[T{bar}]", ratio(lambda t, d: t)[0]
    if form == "Var":
        a, b = ratio(lambda t, d: t, lambda t, d: t * t)
        return f"Var[T{bar}]", b - a * a
    if form == "PD":
        return f"P(D{bar})", ratio(lambda t, d: float(d))[0]
    if form in ("P", "logP"):
        x = round(middle * rng.uniform(0.3, 1.6), 2)
        cuts.append(x)
        p = ratio(lambda t, d: float(t < x))[0]
        if form == "P":
            return f"P(T < {x}{bar})", p
        if p < 1e-12:
            raise Skip
        return f"logP(T < {x}{bar})", math.log(p)
    if form == "Q":
        q = rng.choice([0.1, 0.5, 0.95])
        grid, total = [], 0.0
        edges = split(lo, hi, (hi - lo) / 300)
        edges = sorted(edges + [c for c in cuts if lo < c < hi])

        def mass(a, b):
            return sum(w * m.pdf(t) * sum(weight(t, d) * p
                                          for d, p in ((1, m.d), (0, 1 - m.d)))
                       for t, w in smooth(a, b, 2))
        for a, b in zip(edges, edges[1:]):
            grid.append((a, b, mass(a, b)))
            total += grid[-1][2]
        if total < 1e-12:
            raise Skip
        run = 0.0
        for a, b, x in grid:
            if run + x >= q * total:
                return f"Quantile[T, {q}{bar}]", \
                    bisect(lambda y: run + mass(a, y) >= q * total, a, b)
            run += x
        raise Skip
    if not free:
        raise Skip
    c = rng.choice(free)
    if form == "PN":
        if c.values is None:
            raise Skip
        x = c.at()
        return f"P({c.name} = {x}{bar})", ratio(lambda t, d: c.mass(x, t, d))[0]
    if c.mean is None or c.values is None and m.kind == "beta":
        raise Skip
    if form == "EN":
        return f"E[{c.name}{bar}]", ratio(c.mean)[0]
    a, b, ab = ratio(lambda t, d: t, c.mean, lambda t, d: t * c.mean(t, d))
    return f"Cov[T, {c.name}{bar}]", ab - a * b


def make(rng, n):
    m, out = Model(rng), []
    for _ in range(5 * n):
        if len(out) == n:
            break
        try:
            out.append(question(rng, m))
        except (Skip, OverflowError):
            continue
    return m.text(), out


__all__ = ["make", "INF"]
