"""Random models that are neither linear nor normal, answered by quadrature over two numbers."""
import math

from realconjugate import beta_pdf, gamma_pdf, normal_pdf, smooth
from realmath import Skip, big_phi
from reallinear import num


class Noise:
    """A density of location 0 and scale 1, where it lives, and its distribution function."""

    def __init__(self, text, pdf, cdf, lo, hi, mean, var):
        self.text, self.pdf, self.cdf = text, pdf, cdf
        self.lo, self.hi, self.mean, self.var = lo, hi, mean, var


NOISES = [
    Noise("normal({m}, {s})", normal_pdf(0, 1), big_phi, -9, 9, 0.0, 1.0),
    Noise("logistic({m}, {s})", lambda x: 1 / (2 + 2 * math.cosh(x)),
          lambda x: 1 / (1 + math.exp(-x)), -36, 36, 0.0, math.pi ** 2 / 3),
    Noise("laplace({m}, {s})", lambda x: math.exp(-abs(x)) / 2,
          lambda x: math.exp(x) / 2 if x < 0 else 1 - math.exp(-x) / 2, -36, 36, 0.0, 2.0),
    Noise("gumbel({m}, {s})", lambda x: math.exp(-x - math.exp(-x)),
          lambda x: math.exp(-math.exp(-x)), -4, 36, 0.5772156649015329, math.pi ** 2 / 6),
]


def root(rng):
    r = rng.random()
    if r < 0.25:
        a, b = num(rng, 1.5, 4), num(rng, 1.5, 4)
        return f"beta({a}, {b})", beta_pdf(a, b), 0.0, 1.0
    if r < 0.5:
        a, k = num(rng, 1.5, 4), num(rng, 1, 3)
        return f"gamma({a}, rate: {k})", gamma_pdf(a, k), 0.0, (a + 60) / k
    if r < 0.65:
        a = num(rng, -1, 1)
        return f"uniform({a}, {round(a + 2, 2)})", lambda x: 0.5, a, a + 2
    if r < 0.8:
        k, s = num(rng, 1.3, 3), num(rng, 0.5, 2)
        return f"weibull(shape: {k}, scale: {s})", \
            lambda x: k / s * (x / s) ** (k - 1) * math.exp(-(x / s) ** k) if x > 0 else 0.0, \
            0.0, s * 40 ** (1 / k)
    m, s = num(rng, -1, 1), num(rng, 0.3, 1)
    return f"normal({m}, {s})", normal_pdf(m, s), m - 10 * s, m + 10 * s


SHAPES = [("exp({x}/2)", lambda x: math.exp(x / 2)), ("abs({x})", abs), ("{x}", lambda x: x),
          ("sqrt(abs({x}) + 1)", lambda x: math.sqrt(abs(x) + 1)), ("{x}^2", lambda x: x * x),
          ("log(1 + {x}^2)", lambda x: math.log(1 + x * x)), ("sin({x})", math.sin)]


class Model:
    """U ~ any; B : bool ~ p(U) or p; V = g(U) + noise; W = h(U, V, B) + noise."""

    def __init__(self, rng):
        self.u = root(rng)
        self.free = rng.random() < 0.5      # B without causes: a root, so that worlds are told
        a, b = num(rng, -1, 1), num(rng, -1, 1)
        self.b = num(rng, 0.2, 0.8)
        self.pb = (lambda u: self.b) if self.free else \
            (lambda u: 1 / (1 + math.exp(-a - b * u)))
        bline = f"B : bool ~ {self.b}" if self.free else f"B : bool ~ logistic({a} + {b}*U)"
        self.e, self.f = rng.choice(NOISES), rng.choice(NOISES)
        self.s, self.t = num(rng, 0.3, 1.2), num(rng, 0.4, 1.5)
        shapes = SHAPES[1:] if self.u[0].startswith("gamma") else SHAPES  # moments of exp(U)
        g, h = rng.choice(shapes), rng.choice(shapes)
        k, l, c = num(rng, -1, 1), num(rng, -1, 1), num(rng, -1, 1)
        self.g = lambda u: k * g[1](u)
        self.h = lambda u, v, b: l * h[1](u) + c * b + 0.7 * v * (1 if b else 0.5)
        vline = f"{k}*" + g[0].format(x="U")
        wline = f"{l}*" + h[0].format(x="U") + f" + {c}*B + 0.7*V*(if B then 1 else 0.5)"
        self.lines = [f"U ~ {self.u[0]}", bline]
        if rng.random() < 0.5:
            self.lines.append("V = " + vline + " + " + self.e.text.format(m=0, s=self.s))
            self.kernel = False
        else:
            self.lines.append("V ~ " + self.e.text.format(m=vline, s=self.s))
            self.kernel = True
        self.lines.append("W = " + wline + " + " + self.f.text.format(m=0, s=self.t))
        self.lines.append("Z = exp(W/3)")

    def text(self):
        return "model m {\n" + "".join(f"    {x}\n" for x in self.lines) + "}\n"

    def grid(self, cuts, v, kinks=()):
        """(u, v, b, weight) over the law of U, B and V, or at the point v, given u in cuts."""
        lo, hi = max(self.u[2], cuts[0]), min(self.u[3], cuts[1])
        if lo >= hi:
            raise Skip
        middle = [lo + x for x in (1.0, 2.0, 4.0, 8.0)] if hi - lo > 12 else []
        edges = [lo] + sorted(x for x in [*kinks, *middle] if lo < x < hi) + [hi]
        for x, y in zip(edges, edges[1:]):
            for u, w in smooth(x, y, 4):
                w *= self.u[1](u)
                if w < 1e-18:
                    continue
                p = self.pb(u)
                for b, q in ((1, p), (0, 1 - p)):
                    if v is not None:
                        yield u, v, b, w * q * self.e.pdf((v - self.g(u)) / self.s) / self.s
                        continue
                    for i in ((self.e.lo, 0), (0, self.e.hi)):
                        for s, z in smooth(i[0], i[1], 3):
                            yield u, self.g(u) + self.s * s, b, w * q * z * self.e.pdf(s)


def question(rng, m):
    lo, hi = m.u[2], m.u[3]
    typical = lambda: rng.uniform(0.1, 0.9) if hi - lo <= 2 else rng.uniform(0.3, 1.5)
    u0 = lo + typical() if hi - lo <= 2 or lo == 0 else (lo + hi) / 2 + rng.uniform(-.7, .7)
    u0 = round(u0, 2)
    v0 = round(m.g(u0) + rng.uniform(-1, 1) * m.s, 2)
    w0 = round(m.h(u0, v0, 1) + rng.uniform(-1, 1) * m.t, 2)
    cuts, v, texts, weight = (-math.inf, math.inf), None, [], []
    want_w = None
    pick = rng.random()
    if pick < 0.2:
        cuts = (u0, math.inf)
        texts.append(f"U > {u0}")
    if 0.15 < pick < 0.5:
        v = v0
        texts.append(f"V = {v0}")
    above = lambda c, u, v, b: 1 - m.f.cdf((c - m.h(u, v, b)) / m.t)
    r = rng.random()
    if r < 0.35:
        want_w = w0
        if rng.random() < 0.2 and w0 > -6:
            z = round(math.exp(w0 / 3), 3)
            want_w = 3 * math.log(z)
            texts.append(f"Z = {z}")
        else:
            texts.append(f"W = {w0}")
        weight.append(lambda u, v, b: m.f.pdf((want_w - m.h(u, v, b)) / m.t))
    elif r < 0.55:
        texts.append(f"W > {w0}")
        weight.append(lambda u, v, b: above(w0, u, v, b))
    if rng.random() < 0.2:
        texts.append("B = 1")
        weight.append(lambda u, v, b: float(b))
    bar = " | " + ", ".join(texts) if texts else ""
    seen_box = r >= 0.35 and r < 0.55

    def ratio(*fs):
        total = [0.0] * (1 + len(fs))
        for u, x, b, w in m.grid(cuts, v, [0.0, u0]):
            for g in weight:
                w *= g(u, x, b)
            total[0] += w
            for i, f in enumerate(fs):
                total[1 + i] += w * f(u, x, b)
        if total[0] < 1e-5:
            raise Skip
        return [x / total[0] for x in total[1:]]
    mean_w = lambda u, x, b: m.h(u, x, b) + m.t * m.f.mean
    form = rng.choice(["EU", "EV", "PB", "EW", "PW", "PU", "Cov", "Cor", "Var", "CF", "CF", "do",
                       "Q"])
    if form == "EU":
        return f"E[U{bar}]", ratio(lambda u, x, b: u)[0]
    if form == "EV":
        return f"E[V^2{bar}]", ratio(lambda u, x, b: x * x)[0]
    if form == "PB":
        return f"P(B{bar})", ratio(lambda u, x, b: b)[0]
    if form == "PU":
        return f"P(U < {u0}{bar})", ratio(lambda u, x, b: float(u < u0))[0]
    if form == "Cov":
        p, q, pq = ratio(lambda u, x, b: u, lambda u, x, b: x, lambda u, x, b: u * x)
        return f"Cov[U, V{bar}]", pq - p * q
    if form == "Cor":
        p, q, pq, pp, qq = ratio(lambda u, x, b: u, lambda u, x, b: x, lambda u, x, b: u * x,
                                 lambda u, x, b: u * u, lambda u, x, b: x * x)
        if qq - q * q < 1e-6 or pp - p * p < 1e-6:
            raise Skip
        return f"Cor[U, V{bar}]", (pq - p * q) / math.sqrt((pp - p * p) * (qq - q * q))
    if form == "Var":
        p, pp = ratio(lambda u, x, b: u, lambda u, x, b: u * u)
        return f"Var[U{bar}]", pp - p * p
    if form == "Q":
        if want_w is not None or v is not None or seen_box:
            raise Skip
        rows = [(u, x, b, w) for u, x, b, w in m.grid(cuts, v, [0.0, u0]) if w > 1e-12]
        if len(texts) > (cuts[0] > -math.inf) or len(rows) > 60000:
            raise Skip
        total = sum(w for _, _, _, w in rows)
        q = rng.choice([0.25, 0.5, 0.9])
        return f"Quantile[W, {q}{bar}]", bisect_few(
            lambda y: sum(w * (1 - above(y, u, x, b)) for u, x, b, w in rows) >= q * total,
            -30, 60)
    if seen_box and form in ("EW", "CF"):
        raise Skip
    if form == "EW":
        if want_w is not None:
            raise Skip
        return f"E[W{bar}]", ratio(mean_w)[0]
    if form == "PW":
        if want_w is not None or seen_box:
            raise Skip
        return f"P(W > {w0}{bar})", ratio(lambda u, x, b: above(w0, u, x, b))[0]
    if form == "do":
        y = round(v0 + 0.5, 2)
        if v is not None or want_w is not None or seen_box:
            raise Skip
        return f"E[W{bar}{', ' if bar else ' | '}do(V = {y})]", \
            ratio(lambda u, x, b: mean_w(u, y, b))[0]
    if not m.free or m.kernel:
        y = round(v0 + 0.5, 2)
        f = (lambda u, x, b: m.h(u, y, b) + want_w - m.h(u, x, b)) if want_w is not None else \
            (lambda u, x, b: mean_w(u, y, b))
        return f"E[W[V = {y}]{bar}]", ratio(f)[0]
    y = round(u0 + 0.3, 2)
    move = lambda u, x: m.g(y) + x - m.g(u)
    f = (lambda u, x, b: m.h(y, move(u, x), b) + want_w - m.h(u, x, b)) \
        if want_w is not None else (lambda u, x, b: mean_w(y, move(u, x), b))
    return f"E[W[U = {y}]{bar}]", ratio(f)[0]


def bisect_few(f, lo, hi):
    for _ in range(24):
        mid = (lo + hi) / 2
        lo, hi = (lo, mid) if f(mid) else (mid, hi)
    return (lo + hi) / 2


def make(rng, n):
    m, out = Model(rng), []
    for _ in range(4 * n):
        if len(out) == n:
            break
        try:
            text, want = question(rng, m)
        except (Skip, OverflowError, ValueError):
            continue
        out.append((f"{text} using sampling(n: {rng.choice([20000, 60000])}, "
                    f"seed: {rng.randint(1, 999)})", want))
    return m.text(), out
