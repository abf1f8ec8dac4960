"""The numbers behind real.py: affine values, truncated Gaussians, quadrature. Nothing from Rung."""
import math

INF = math.inf


class Skip(Exception):
    """The question has no answer that this reference computes."""


def phi(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def big_phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def between(a, b):
    """The probability of a standard normal between a and b, in its nearer tail."""
    return big_phi(-a) - big_phi(-b) if a > 0 else big_phi(b) - big_phi(a)


def legendre(n):
    out = []
    for i in range(n):
        x = math.cos(math.pi * (i + 0.75) / (n + 0.5))
        for _ in range(50):
            p, q = 1.0, 0.0
            for j in range(n):
                p, q = ((2 * j + 1) * x * p - j * q) / (j + 1), p
            d = n * (x * p - q) / (x * x - 1)
            x, step = x - p / d, p / d
            if abs(step) < 1e-15:
                break
        out.append((x, 2 / ((1 - x * x) * d * d)))
    return out


NODES = legendre(16)


def panels(cuts):
    """Nodes and weights of composite Gauss-Legendre quadrature between consecutive cuts."""
    for a, b in zip(cuts, cuts[1:]):
        if b > a:
            for x, w in NODES:
                yield (a + b) / 2 + (b - a) / 2 * x, (b - a) / 2 * w


def split(a, b, width):
    n = max(1, math.ceil((b - a) / width))
    return [a + (b - a) * i / n for i in range(n + 1)]


class Aff:
    """A constant plus a combination of independent standard normals."""

    def __init__(self, c=0.0, terms=None):
        self.c, self.terms = c, terms or {}

    def __add__(self, o):
        if not isinstance(o, Aff):
            return Aff(self.c + o, self.terms)
        t = dict(self.terms)
        for k, v in o.terms.items():
            t[k] = t.get(k, 0.0) + v
        return Aff(self.c + o.c, t)

    __radd__ = __add__

    def __mul__(self, k):
        if isinstance(k, Aff):
            raise Skip
        return Aff(self.c * k, {n: v * k for n, v in self.terms.items()})

    __rmul__ = __mul__

    def __sub__(self, o):
        return self + o * -1

    def __rsub__(self, o):
        return self * -1 + o


def aff(x):
    return x if isinstance(x, Aff) else Aff(float(x))


def cov(a, b):
    return sum(v * b.terms.get(k, 0.0) for k, v in a.terms.items())


def condition(points, others):
    """(log density of the points, the others given them), by one pivot after another."""
    others, logd = list(others), 0.0
    points = [(p, x) for p, x in points]
    while points:
        p, x = points.pop(0)
        v = cov(p, p)
        if v < 1e-12:
            raise Skip
        logd -= (x - p.c) ** 2 / (2 * v) + 0.5 * math.log(2 * math.pi * v)
        rest = []
        for q in [q for q, _ in points] + others:
            k = cov(q, p) / v
            rest.append(q + (x - p.c) * k + Aff(0.0, {n: -k * c for n, c in p.terms.items()}))
        points = list(zip(rest, [y for _, y in points]))
        others = rest[len(points):]
    return logd, others


def truncated(boxes, targets):
    """Mass, first and second moments of the targets where each box (value, low, high) holds."""
    n = len(targets)
    boxes = list(boxes)
    while boxes:
        p, lo, hi = boxes[0]
        v = cov(p, p)
        if v > 1e-18:
            break
        if min(abs(p.c - lo), abs(p.c - hi)) < 1e-9:
            raise Skip
        if not lo < p.c < hi:
            return 0.0, [0.0] * n, [[0.0] * n for _ in range(n)]
        boxes.pop(0)
    if not boxes:
        m = [t.c for t in targets]
        return 1.0, m, [[cov(a, b) + a.c * b.c for b in targets] for a in targets]
    s = math.sqrt(v)
    a, b = max((lo - p.c) / s, -12), min((hi - p.c) / s, 12)
    if a >= b:
        return 0.0, [0.0] * n, [[0.0] * n for _ in range(n)]
    slopes = [cov(t, p) / s for t in targets]
    unit = {k: c / s for k, c in p.terms.items()}
    if len(boxes) == 1:
        z = between(a, b)
        z1 = phi(a) - phi(b)
        z2 = z + a * phi(a) - b * phi(b)
        m = [t.c * z + k * z1 for t, k in zip(targets, slopes)]
        return z, m, [[(cov(t, r) - k * j) * z + t.c * r.c * z + (t.c * j + r.c * k) * z1
                       + k * j * z2 for r, j in zip(targets, slopes)]
                      for t, k in zip(targets, slopes)]
    more = [cov(q, p) / s for q, _, _ in boxes[1:]]
    rest = [q + Aff(0.0, {n_: -k * c for n_, c in unit.items()})
            for (q, _, _), k in zip(boxes[1:], more)]
    left = [t + Aff(0.0, {n_: -k * c for n_, c in unit.items()})
            for t, k in zip(targets, slopes)]
    z, m, mm = 0.0, [0.0] * n, [[0.0] * n for _ in range(n)]
    kinks = [a, b]
    for (q, l, h), k, r in zip(boxes[1:], more, rest):
        if cov(r, r) < 1e-4 and abs(k) > 1e-9:      # nearly a step where it crosses its bound
            kinks += [(x - r.c) / k for x in (l, h) if math.isfinite(x)]
    kinks = sorted(x for x in kinks if a <= x <= b)
    cuts = [kinks[0]]
    for x, y in zip(kinks, kinks[1:]):
        cuts += split(x, y, 1.0)[1:]
    for u, w in panels(cuts):
        f = w * phi(u)
        z0, m0, mm0 = truncated([(q + k * u, l, h)
                                 for q, k, (_, l, h) in zip(rest, more, boxes[1:])],
                                [t + k * u for t, k in zip(left, slopes)])
        z += f * z0
        for i in range(n):
            m[i] += f * m0[i]
            for j in range(n):
                mm[i][j] += f * mm0[i][j]
    return z, m, mm


def solve(a, b):
    """The solution of a small linear system, by elimination with pivots."""
    a = [row[:] + [x] for row, x in zip(a, b)]
    n = len(a)
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(a[r][i]))
        a[i], a[p] = a[p], a[i]
        if abs(a[i][i]) < 1e-10:
            raise Skip
        for r in range(n):
            if r != i:
                f = a[r][i] / a[i][i]
                a[r] = [x - f * y for x, y in zip(a[r], a[i])]
    return [a[i][n] / a[i][i] for i in range(n)]


def bisect(f, lo, hi):
    for _ in range(200):
        mid = (lo + hi) / 2
        if f(mid):
            hi = mid
        else:
            lo = mid
    return (lo + hi) / 2
