"""Models of real.py: mechanisms as functions, worlds by forward substitution, questions."""
import itertools
import math

from realmath import INF, Aff, Skip, aff, bisect, condition, cov, solve, truncated


class Var:
    def __init__(self, name, text, fn, real, levels=None):
        self.name, self.text, self.fn, self.real, self.levels = name, text, fn, real, levels


class Model:
    """Variables in an order that respects the arrows, over roots of finitely many values."""

    def __init__(self):
        self.vars, self.roots = [], []      # roots: (name, [(value, probability)])

    def text(self):
        return "model m {\n" + "".join(f"    {v.text}\n" for v in self.vars if v.text) + "}\n"

    def configs(self):
        for row in itertools.product(*[r[1] for r in self.roots]):
            p = math.prod(x[1] for x in row)
            yield {r[0]: x[0] for r, x in zip(self.roots, row)}, p

    def world(self, base, dos):
        env, natural = dict(base), dict(base)
        for v in self.vars:
            natural[v.name] = env[v.name] = v.fn(env)
            if v.name in dos:               # the right side names this world's natural values
                env[v.name] = dos[v.name](natural, base)
        return env


class World:
    """What is set in a world: its text, and for each variable a function of what is known."""

    def __init__(self, text="", dos=None):
        self.text, self.dos = text, dos or {}


FACT = World()


class Atom:
    """A variable of a world; `coef` of several make a combination."""

    def __init__(self, var, world=FACT):
        self.var, self.world = var, world

    def text(self):
        return self.var.name + (f"[{self.world.text}]" if self.world.text else "")


class Event:
    """lo < value < hi (real), value = x (real point), or value in levels (finite)."""

    def __init__(self, text, parts, kind, arg):
        self.text, self.parts, self.kind, self.arg = text, parts, kind, arg


def value_of(parts, envs):
    """A combination [(coefficient, atom)] in the worlds evaluated."""
    total = 0.0
    for k, a in parts:
        x = envs[a.world.text][a.var.name]
        total = x * k + total
    return total


class Law:
    """The mixture over root configurations of targets given conditions, with an event or none."""

    def __init__(self, model, worlds, targets, given, event=()):
        self.parts = []
        for base, p in model.configs():
            envs = {w.text: model.world(base, w.dos) for w in worlds}
            points, boxes, ok = [], [], True
            for e in given:
                ok = ok and self.sort(e, envs, points, boxes)
            inside, more = ok, []
            for e in event:
                inside = inside and self.sort(e, envs, None, more)
            if not ok:
                continue
            ts = [aff(value_of(t, envs)) for t in targets]
            everything = [b[0] for b in boxes + more] + ts
            logd, rest = condition(points, everything)
            self.parts.append((math.log(p) + logd if p > 0 else -INF,
                               [(r, b[1], b[2]) for r, b in zip(rest, boxes)],
                               [(r, b[1], b[2]) for r, b in zip(rest[len(boxes):], more)],
                               rest[len(boxes) + len(more):], inside))
        if not self.parts:
            raise Skip
        top = max(x[0] for x in self.parts)
        if top == -INF:
            raise Skip
        self.parts = [(math.exp(x[0] - top),) + x[1:] for x in self.parts]
        self.logtop = top

    @staticmethod
    def sort(e, envs, points, boxes):
        x = value_of(e.parts, envs)
        if e.kind == "in":
            return x in e.arg
        if e.kind == "point":
            points.append((aff(x), e.arg))
            return True
        boxes.append((aff(x), e.arg[0], e.arg[1]))
        return True

    def moments(self):
        z, m, mm = 0.0, None, None
        for w, boxes, _, ts, _ in self.parts:
            z0, m0, mm0 = truncated(boxes, ts)
            z += w * z0
            m = [w * x + y for x, y in zip(m0, m or [0.0] * len(ts))]
            mm = [[w * x + y for x, y in zip(r, s)]
                  for r, s in zip(mm0, mm or [[0.0] * len(ts)] * len(ts))]
        if z < 1e-250:
            raise Skip
        return [x / z for x in m], [[x / z for x in r] for r in mm]

    def probability(self):
        num = den = 0.0
        for w, boxes, more, _, inside in self.parts:
            den += w * truncated(boxes, [])[0]
            if inside:
                num += w * truncated(boxes + more, [])[0]
        if den < 1e-250:
            raise Skip
        return num / den

    def quantile(self, q):
        def reached(x):
            num = den = 0.0
            for w, boxes, _, ts, _ in self.parts:
                den += w * truncated(boxes, [])[0]
                num += w * truncated(boxes + [(ts[0], -INF, x)], [])[0]
            if den < 1e-250:
                raise Skip
            return num >= q * den
        if any(cov(p[3][0], p[3][0]) < 1e-9 for p in self.parts):
            raise Skip
        lo = min(p[3][0].c - 40 * math.sqrt(cov(p[3][0], p[3][0])) for p in self.parts)
        hi = max(p[3][0].c + 40 * math.sqrt(cov(p[3][0], p[3][0])) for p in self.parts)
        return bisect(reached, lo, hi)


def slope(law):
    """Of the first target on the second, the others held: [y, x, z...]."""
    m, mm = law.moments()
    n = len(m)
    c = [[mm[i][j] - m[i] * m[j] for j in range(n)] for i in range(n)]
    return solve([[c[i][j] for j in range(1, n)] for i in range(1, n)], c[0][1:])[0]


__all__ = ["Aff", "Atom", "Event", "FACT", "Law", "Model", "Var", "World", "slope"]
