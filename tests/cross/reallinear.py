"""Random linear equations with normal noise and discrete parents, and questions about them."""
import math

from realmath import INF, Aff, Skip, aff, cov
from realmodel import FACT, Atom, Event, Law, Model, Var, World, slope


def num(rng, lo, hi):
    return round(rng.uniform(lo, hi), 2)


def add_root(rng, m, name, noise=False):
    if rng.random() < 0.7 or noise:
        p = num(rng, 0.1, 0.9)
        m.roots.append((name, [(0, 1 - p), (1, p)]))
        text = f"{'noise ' if noise else ''}{name} : bool ~ {p}"
        m.vars.append(Var(name, text, lambda env, n=name: env[n], False, [0, 1]))
    else:
        p, q = num(rng, 0.1, 0.4), num(rng, 0.1, 0.5)
        m.roots.append((name, [(0, p), (1, q), (2, 1 - p - q)]))
        m.vars.append(Var(name, f"{name} : 0..2 ~ {{0: {p}, 1: {q}, 2: {round(1 - p - q, 6)}}}",
                          lambda env, n=name: env[n], False, [0, 1, 2]))
    m.vars[-1].noise = noise


def test_of(v):
    """A condition on a finite variable as text, and as a function."""
    if v.levels == [0, 1]:
        return v.name, lambda env, n=v.name: env[n] == 1
    return f"{v.name} >= 1", lambda env, n=v.name: env[n] >= 1


def coefficient(rng, finite, lo, hi):
    if finite and rng.random() < 0.3:
        text, holds = test_of(rng.choice(finite))
        a, b = num(rng, lo, hi), num(rng, lo, hi)
        return f"(if {text} then {a} else {b})", lambda env: a if holds(env) else b
    a = num(rng, lo, hi)
    return str(a), lambda env: a


def random_model(rng):
    m = Model()
    m.kernels = rng.random() < 0.35
    for i in range(rng.choice([0, 1, 1, 2, 2])):
        add_root(rng, m, f"X{i}")
    if m.vars and not m.kernels and rng.random() < 0.3:
        add_root(rng, m, "E", noise=True)
        x = m.vars[0]
        t, holds = test_of(x)
        m.vars.append(Var("B", f"B : bool = ({t}) != E",
                          lambda env: int(holds(env) != (env["E"] == 1)), False, [0, 1]))
    for v in m.vars:
        v.noise = v.name == "E"
    finite = [v for v in m.vars if not v.noise]
    shared = rng.random() < 0.3
    if shared:
        a, s = num(rng, -1, 1), num(rng, 0.5, 2)
        m.vars.append(Var("U", f"noise U ~ normal({a}, {s})",
                          lambda env: Aff(a, {"U": s}), True))
        m.vars[-1].noise = True
    reals = []
    for i in range(rng.randint(2, 4 if finite else 5)):
        name = f"R{i}"
        parts = [coefficient(rng, finite, -2, 2)]
        text, fns = [parts[0][0]], []
        fns.append((parts[0][1], None))
        for v in rng.sample(reals, min(len(reals), rng.choice([1, 1, 2, 3]))) + \
                (rng.sample(finite, 1) if finite and rng.random() < 0.6 else []):
            k = coefficient(rng, finite, -1.5, 1.5)
            text.append(f"{k[0]}*{v.name}")
            fns.append((k[1], v.name))
        if shared and rng.random() < 0.6:
            k = num(rng, 0.3, 1.5)
            text.append(f"{k}*U")
            fns.append((lambda env, k=k: k, "U"))
        sd = coefficient(rng, finite, 0.3, 2.5)
        form = rng.random()
        exact = form < 0.08 and i > 0

        def fn(env, fns=fns, sd=sd[1], name=name, exact=exact):
            x = Aff()
            for k, v in fns:
                x = x + (aff(env[v]) * k(env) if v else k(env))
            return x if exact else x + Aff(0.0, {"e" + name: sd(env)})
        mean = " + ".join(text)
        if exact:
            line = f"{name} : real = {mean}"
        elif m.kernels and form < 0.6 or rng.random() < 0.05:
            line = f"{name} ~ normal({mean}, {sd[0]})"
            m.kernels = m.kernels or i > 0
        else:
            line = f"{name} = {mean} + normal(0, {sd[0]})"
        v = Var(name, line, fn, True)
        v.noise = False
        m.vars.append(v)
        reals.append(v)
    return m


# --- questions ---------------------------------------------------------------------------------

def random_dos(rng, m, depth=0):
    """What a do or a bracket sets: text and functions; nested only in brackets (depth)."""
    able = [v for v in m.vars if not v.noise]
    dos, text = {}, []
    for v in rng.sample(able, 1 if rng.random() < 0.75 else 2):
        earlier = [w for w in able[:able.index(v)] if w.real and w.name not in dos]
        r = rng.random()
        if not v.real:
            x = rng.choice(v.levels)
            dos[v.name] = lambda env, base, x=x: x
            text.append(f"{v.name} = {x}")
        elif r < 0.6 or depth > 1:
            x = num(rng, -2, 3)
            dos[v.name] = lambda env, base, x=x: Aff(x)
            text.append(f"{v.name} = {x}")
        elif r < 0.75:
            x = num(rng, -1, 1)
            dos[v.name] = lambda env, base, x=x, n=v.name: aff(env[n]) + x
            text.append(f"{v.name} = {v.name} + {x}")
        elif r < 0.9 and earlier:
            w, k = rng.choice(earlier), num(rng, -1, 1)
            dos[v.name] = lambda env, base, k=k, n=w.name: aff(env[n]) * k + 1
            text.append(f"{v.name} = {k}*{w.name} + 1")
        elif depth == 1:
            inner = random_dos(rng, m, 2)
            dos[v.name] = lambda env, base, n=v.name, i=inner: m.world(base, i.dos)[n]
            text.append(f"{v.name} = {v.name}[{inner.text}]")
        else:
            x = num(rng, -2, 3)
            dos[v.name] = lambda env, base, x=x: Aff(x)
            text.append(f"{v.name} = {x}")
    return World(", ".join(text), dos)


class Asker:
    """Questions of one rung about a model: 1 seeing, 2 doing (one do for all), 3 imagining."""

    def __init__(self, rng, m):
        self.rng, self.m = rng, m
        self.rung = rng.choice([1, 2] if m.kernels else [1, 2, 3, 3])
        self.worlds = [FACT]
        self.do = ""
        if self.rung == 2:
            w = random_dos(rng, m)
            self.worlds = [World("", w.dos)]
            self.do = f"do({w.text})"
        if self.rung == 3:
            self.worlds += [random_dos(rng, m, 1) for _ in range(rng.choice([1, 1, 2]))]
        self.typical = {}

    def atom(self, real=True, world=None):
        vs = [v for v in self.m.vars if v.real == real and not v.noise]
        if not vs:
            raise Skip
        return Atom(self.rng.choice(vs), world or self.rng.choice(self.worlds))

    def combination(self, n):
        parts = [(1.0 if i == 0 else self.rng.choice([-1.0, 1.0, 2.0]), self.atom())
                 for i in range(n)]
        text = ""
        for i, (k, a) in enumerate(parts):
            if i:
                text += " - " if k < 0 else " + "
            text += ("" if abs(k) == 1 else f"{abs(k):g}*") + a.text()
        return parts, text

    def near(self, parts):
        """A plausible value of a combination: where one random configuration puts it."""
        base = {r[0]: self.rng.choices([x[0] for x in r[1]], [x[1] for x in r[1]])[0]
                for r in self.m.roots}
        total = 0.0
        for k, a in parts:
            x = aff(self.m.world(base, a.world.dos)[a.var.name])
            total += k * (x.c + math.sqrt(cov(x, x)) * self.rng.gauss(0, 0.8))
        return round(total, 2)

    def event(self, kinds):
        kind = self.rng.choice(kinds)
        if kind == "finite":
            a = self.atom(False)
            x = self.rng.choice(a.var.levels)
            return Event(f"{a.text()} = {x}", [(1.0, a)], "in", [x])
        if kind == "point":
            a = self.atom()
            x = self.near([(1.0, a)])
            return Event(f"{a.text()} = {x}", [(1.0, a)], "point", x)
        parts, text = self.combination(2 if self.rng.random() < 0.25 else 1)
        x = self.near(parts)
        r = self.rng.random()
        if r < 0.4:
            return Event(f"{text} > {x}", parts, "box", (x, INF))
        if r < 0.8:
            return Event(f"{text} < {x}", parts, "box", (-INF, x))
        if len(parts) == 2:
            a, b = parts[0], (-parts[1][0], parts[1][1])
            right = (f"{b[0]:g}*" if b[0] != 1 else "") + b[1].text()
            return Event(f"{a[1].text()} > {right}", parts, "box", (0.0, INF))
        y = round(x + num(self.rng, 0.3, 2), 2)
        return Event(f"{text} > {x} and {text} < {y}", parts, "box", (x, y))

    def conditions(self):
        n = self.rng.choice([0, 1, 1, 2, 2, 3])
        kinds = ["point", "point", "box"] + (["finite"] if self.m.roots else [])
        out, seen = [], set()
        for _ in range(n):
            e = self.event(kinds)
            if sum(x.kind == "box" for x in out) == 2 and e.kind == "box":
                continue
            names = {(a.var.name, a.world.text) for _, a in e.parts}
            if names & seen:
                continue
            seen |= names
            out.append(e)
        return out

    def question(self):
        """(text, the answer, whether it is exact in closed form)"""
        rng = self.rng
        given = self.conditions()
        boxes = sum(e.kind == "box" for e in given)
        texts = [e.text for e in given] + ([self.do] if self.do else [])
        rng.shuffle(texts)
        bar = " | " + ", ".join(texts) if texts else ""
        form = rng.choice(["E", "E", "E2", "EE", "Var", "Cov", "Cor", "P", "P", "P", "PX", "Sd",
                           "Q", "logP", "slope"])
        law = lambda targets, event=(): Law(self.m, self.worlds, targets, given, event)
        if form in ("E", "Var", "Sd", "E2"):
            parts, text = self.combination(rng.choice([1, 1, 2]))
            m, mm = law([parts]).moments()
            var = mm[0][0] - m[0] ** 2
            if form == "E":
                return f"E[{text}{bar}]", m[0]
            if form == "E2":
                return f"E[({text})^2{bar}]", mm[0][0]
            if form == "Sd" and var < 1e-7:
                raise Skip
            return f"{form}[{text}{bar}]", math.sqrt(max(0, var)) if form == "Sd" else var
        if form in ("EE", "Cov", "Cor"):
            a, b = self.combination(1), self.combination(1)
            m, mm = law([a[0], b[0]]).moments()
            c = mm[0][1] - m[0] * m[1]
            if form == "EE":
                return f"E[{a[1]} * {b[1]}{bar}]", mm[0][1]
            v, w = mm[0][0] - m[0] ** 2, mm[1][1] - m[1] ** 2
            if form == "Cov":
                return f"Cov[{a[1]}, {b[1]}{bar}]", c
            if v < 1e-7 or w < 1e-7:
                raise Skip
            return f"Cor[{a[1]}, {b[1]}{bar}]", c / math.sqrt(v * w)
        if form == "Q":
            parts, text = self.combination(1)
            q = rng.choice([0.05, 0.25, 0.5, 0.9, 0.99])
            if boxes > 1:
                raise Skip
            return f"Quantile[{text}, {q}{bar}]", law([parts]).quantile(q)
        if form == "slope":
            reals = [v for v in self.m.vars if v.real and not v.noise]
            if given or self.rung > 1 or len(reals) < 2:
                raise Skip
            names = rng.sample(reals, min(len(reals), rng.choice([2, 2, 3])))
            x, y = names[0], names[1]
            held = "".join(f" | {v.name}" for v in names[2:])
            s = slope(law([[(1.0, Atom(v))] for v in [y, x] + names[2:]]))
            return f"slope({x.name} -> {y.name}{held})", s
        kinds = ["finite"] if form == "PX" else ["box", "box", "finite"]
        events = [self.event(kinds) for _ in range(1 if boxes > 1 or form == "PX" else
                                                   rng.choice([1, 1, 2]))]
        names = [(a.var.name, a.world.text) for e in events for _, a in e.parts]
        if len(set(names)) < len(names):
            raise Skip
        p = law([], events).probability()
        text = ", ".join(e.text for e in events)
        if form == "logP":
            if p <= 0:
                raise Skip
            return f"logP({text}{bar})", math.log(p)
        return f"P({text}{bar})", p


def make(rng, n):
    m = random_model(rng)
    out = []
    for _ in range(6 * n):
        if len(out) == n:
            break
        try:
            text, want = Asker(rng, m).question()
        except (Skip, ZeroDivisionError, OverflowError):
            continue
        out.append((text, want))
    return m.text(), out
