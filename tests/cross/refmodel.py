"""Random discrete models as Rung source together with their meaning, worked out by enumeration.

Expressions are pairs of a text and a Python function of a world (a dict from names to values), so
that nothing of Rung's own reader or arithmetic is trusted.
"""
import itertools
import math
from fractions import Fraction

CELLS = 4000  # the largest joint distribution that is enumerated


class Cycle(Exception):
    """Surgery made a cycle."""


class Outside(Exception):
    """A value that is not of the variable's domain."""


class Expr:
    """Source text, how tightly it binds, its meaning, and the variables it mentions."""

    def __init__(self, text, prec, fn, deps=(), truth=False):
        self.text, self.prec, self.fn, self.deps = text, prec, fn, frozenset(deps)
        self.truth = truth or prec in (# Precedences, from loosest; 0 is `if` and `case`.
OR, AND, NOT, CMP)

    def at(self, prec):
        return self.text if self.prec >= prec else "(" + self.text + ")"


OR, AND, NOT, CMP, ADD, MUL, SIGN, POW, ATOM = 1, 2, 3, 4, 6, 7, 8, 9, 10


def atom(text, fn, deps=(), truth=False):
    return Expr(text, ATOM, fn, deps, truth)


def branches(text, fn, deps, kids):
    """`if` or `case`: a number as soon as one branch is no truth value."""
    truth = all(k.truth for k in kids)

    def value(w):
        x = fn(w)
        return +x if isinstance(x, bool) and not truth else x
    return Expr(text, 0, value, deps, truth)


def number(x):
    if isinstance(x, Fraction):
        return f"{x.numerator}/{x.denominator}"
    return repr(x)


def level(v):
    """A level as it is written where a value of its variable is expected."""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str):
        return v if v.isidentifier() else f'"{v}"'
    return number(v)


def binary(op, a, b, prec, fn, right=None):
    left = a.at(prec + 1 if prec == CMP else prec)
    return Expr(f"{left} {op} {b.at(right or prec + 1)}", prec,
                lambda w: fn(a.fn(w), b.fn(w)), a.deps | b.deps)


def same(a, b):
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return a == b or math.isclose(a, b, rel_tol=1e-12)


COMPARE = {
    "=": same,
    "!=": lambda a, b: not same(a, b),
    "<": lambda a, b: a < b and not same(a, b),
    ">": lambda a, b: a > b and not same(a, b),
    "<=": lambda a, b: a <= b or same(a, b),
    ">=": lambda a, b: a >= b or same(a, b),
}


class Var:
    def __init__(self, name, kind, levels, domain):
        self.name, self.kind, self.levels, self.domain = name, kind, levels, domain
        self.prefix, self.mech, self.deps, self.decl = "", None, frozenset(), None

    @property
    def numeric(self):
        return self.kind in ("bool", "number", "range")

    def rank(self, w):
        return self.levels.index(w[self.name])


class Model:
    def __init__(self, name):
        self.name, self.vars, self.items, self.factors, self.cache = name, {}, [], [], {}

    def add(self, var):
        self.vars[var.name] = var

    def text(self):
        return f"model {self.name} {{\n" + "".join(f"  {i}\n" for i in self.items) + "}\n"

    def copy(self, text):
        other = Model(self.name)
        other.vars, other.items, other.factors = dict(self.vars), self.items, self.factors
        other.under = text
        return other

    def joint(self, mechs, deps):
        """Every possible world with its weight, by the truncated factorisation."""
        order, left = [], list(self.vars)
        while left:
            ready = [v for v in left if not any(d in left for d in deps[v])]
            if not ready:
                raise Cycle()
            order += ready
            left = [v for v in left if v not in ready]
        worlds = [({}, 1.0)]
        for v in order:
            grown = []
            for w, p in worlds:
                for value, q in mechs[v](w).items():
                    if q:
                        grown.append(({**w, v: value}, p * q))
            worlds = grown
        for f in self.factors:
            worlds = [(w, p * f(w)) for w, p in worlds]
        return [(w, p) for w, p in worlds if p]

    def worlds(self, acts=()):
        """acts: Act objects, all at once."""
        key = tuple(id(a) for a in acts)
        if key and key in self.cache:
            return self.cache[key][0]
        mechs = {v: var.mech for v, var in self.vars.items()}
        deps = {v: set(var.deps) for v, var in self.vars.items()}
        for act in acts:
            act.operate(self, mechs, deps)
        got = self.joint(mechs, deps)
        self.cache[key] = (got, acts)
        return got


def clear(dist):
    out = {}
    for value, p in dist.items():
        out[value] = out.get(value, 0) + float(p)
    return out


class Act:
    """One item of a do: kind const, policy, draw, shift or edge."""

    def __init__(self, kind, var, fn, deps=(), target=None):
        self.kind, self.var, self.fn, self.deps, self.target = kind, var, fn, set(deps), target

    def check(self, model, value):
        if value not in model.vars[self.var].levels:
            raise Outside()
        return value

    def operate(self, model, mechs, deps):
        v, old = self.var, mechs[self.var]
        if self.kind == "edge":
            inner = mechs[self.target]
            mechs[self.target] = lambda w: inner({**w, v: self.fn(w)})
            deps[self.target] = (deps[self.target] - {v}) | self.deps
        elif self.kind == "draw":
            mechs[v] = lambda w: clear(self.fn(w))
            deps[v] = self.deps
        elif self.kind == "shift":
            def shifted(w):
                return add_up((self.fn({**w, v: x}), p) for x, p in old(w).items() if p)
            mechs[v] = shifted
            deps[v] = deps[v] | self.deps - {v}
        else:
            mechs[v] = lambda w: {self.check(model, self.fn(w)): 1.0}
            deps[v] = self.deps


def add_up(pairs):
    out = {}
    for value, p in pairs:
        out[value] = out.get(value, 0) + p
    return out


# --- random expressions -------------------------------------------------------------------------

class Maker:
    """Random expressions over the variables of a model made so far."""

    def __init__(self, rng, variables):
        self.rng, self.vars = rng, list(variables)

    def pick(self, test=lambda v: True):
        found = [v for v in self.vars if test(v)]
        return self.rng.choice(found) if found else None

    def constant(self):
        x = self.rng.choice([-1, 0, 1, 2, 3, 0.5, 1.5, 4])
        return Expr(number(x), ATOM if x >= 0 else SIGN, lambda w: x)

    def value(self, v):
        return atom(v.name, lambda w: w[v.name], {v.name}, v.kind == "bool")

    def num(self, depth=2):
        r = self.rng.random()
        v = self.pick(lambda v: v.numeric)
        if depth == 0 or r < 0.25:
            return self.value(v) if v and self.rng.random() < 0.75 else self.constant()
        if r < 0.65:
            op = self.rng.choice("+-*+-")
            a, b = self.num(depth - 1), self.num(depth - 1)
            fn = {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y}[op]
            return binary(op, a, b, MUL if op == "*" else ADD, fn)
        if r < 0.72:
            name = self.rng.choice(["max", "min"])
            a, b = self.num(depth - 1), self.num(depth - 1)
            f = max if name == "max" else min
            return atom(f"{name}({a.text}, {b.text})", lambda w: +f(a.fn(w), b.fn(w)), a.deps | b.deps)
        if r < 0.76:
            a = self.num(depth - 1)
            return atom(f"abs({a.text})", lambda w: abs(a.fn(w)), a.deps)
        if r < 0.80:
            a = self.num(depth - 1)
            return Expr(f"{a.at(ATOM)}^2", POW, lambda w: a.fn(w) ** 2, a.deps)
        if r < 0.83:
            a = self.num(depth - 1)
            return Expr(f"-{a.at(POW)}", SIGN, lambda w: -a.fn(w), a.deps)
        if r < 0.86:
            v = self.pick(lambda v: v.kind == "range")
            if v:
                k = self.rng.choice([2, 3])
                return Expr(f"{v.name} mod {k}", MUL, lambda w: w[v.name] % k, {v.name})
        if r < 0.93 and self.vars:
            return self.case(lambda: self.num(depth - 1))
        c, a, b = self.bool(depth - 1), self.num(depth - 1), self.num(depth - 1)
        return self.choose(c, a, b)

    def choose(self, c, a, b):
        return branches(f"if {c.text} then {a.text} else {b.text}",
                        lambda w: a.fn(w) if c.fn(w) else b.fn(w), a.deps | b.deps | c.deps, [a, b])

    def compare(self, v):
        """An event about one variable."""
        r, x = self.rng.random(), self.rng.choice(v.levels)
        ops = ["=", "=", "!="]
        if v.kind != "level":
            ops += ["<", "<=", ">", ">="]
        if r < 0.65:
            op = self.rng.choice(ops)
            i = v.levels.index(x)
            if v.kind == "order" and op not in ("=", "!="):
                fn = (lambda w: COMPARE[op](v.rank(w), i))
            else:
                fn = (lambda w: COMPARE[op](w[v.name], x))
            text = f"{v.name} {op} {level(x)}"
            if op in "=!=" and self.rng.random() < 0.1:
                text = f"{level(x)} {op} {v.name}"
            return Expr(text, CMP, fn, {v.name})
        if v.kind == "range" and r < 0.8:
            a, b = sorted((x, self.rng.choice(v.levels)))
            return Expr(f"{v.name} in {a}..{b}", CMP, lambda w: a <= w[v.name] <= b, {v.name})
        some = self.rng.sample(v.levels, self.rng.randint(1, len(v.levels)))
        no = self.rng.random() < 0.3
        return Expr(f"{v.name} {'not ' if no else ''}in {{{', '.join(map(level, some))}}}", CMP,
                    lambda w: (w[v.name] in some) != no, {v.name})

    def bool(self, depth=2):
        r = self.rng.random()
        if depth and r < 0.35:
            a, b = self.bool(depth - 1), self.bool(depth - 1)
            if self.rng.random() < 0.5:
                return binary("and", a, b, AND, lambda x, y: bool(x and y))
            return binary("or", a, b, OR, lambda x, y: bool(x or y))
        if depth and r < 0.43:
            a = self.bool(depth - 1)
            return Expr(f"not {a.at(NOT)}", NOT, lambda w: not a.fn(w), a.deps)
        if depth and r < 0.53:
            op = self.rng.choice(list(COMPARE))
            a, b = self.num(depth - 1), self.num(depth - 1)
            if not self.vars or a.deps | b.deps:  # two constants would be folded
                return binary(op, a, b, CMP, COMPARE[op])
        if r < 0.58:
            a = self.pick(lambda v: v.kind == "level")
            b = a and self.pick(lambda v: v.kind == "level" and v is not a
                                and set(v.levels) & set(a.levels))
            if b and a.name not in b.levels and b.name not in a.levels:
                return Expr(f"{a.name} = {b.name}", CMP, lambda w: w[a.name] == w[b.name],
                            {a.name, b.name})
        v = self.pick(lambda v: v.kind == "bool")
        if v and r < 0.75:
            return self.value(v)
        v = self.pick()
        if v is None:
            x = self.rng.random() < 0.5
            return atom("true" if x else "false", lambda w: x)
        return self.compare(v)

    # --- case ---

    def pattern(self, v):
        """Text and the levels that it matches."""
        r, x = self.rng.random(), self.rng.choice(v.levels)
        if r < 0.5:
            return level(x), [x]
        if r < 0.62:
            return "_", v.levels
        if r < 0.8 or v.kind in ("level", "bool"):
            some = self.rng.sample(v.levels, self.rng.randint(1, len(v.levels)))
            return "{" + ", ".join(map(level, some)) + "}", some
        if v.kind == "range" and r < 0.9:
            a, b = sorted((x, self.rng.choice(v.levels)))
            return f"{a}..{b}", [y for y in v.levels if a <= y <= b]
        op = self.rng.choice(["<", "<=", ">", ">="])
        i = v.levels.index(x)
        key = v.levels.index if v.kind == "order" else lambda y: y
        at = i if v.kind == "order" else x
        return f"{op} {level(x)}", [y for y in v.levels if COMPARE[op](key(y), at)]

    def case(self, make):
        some = self.rng.sample(self.vars, min(len(self.vars), self.rng.randint(1, 3)))
        left = set(itertools.product(*[v.levels for v in some]))
        rows, texts = [], []
        while left and len(rows) < 6:
            pats = [self.pattern(v) for v in some]
            hit = {c for c in left if all(x in p[1] for x, p in zip(c, pats))}
            if not hit or not rows and all(p[0] == "_" for p in pats):
                continue
            e = make()
            left -= hit
            rows.append(([frozenset(p[1]) for p in pats], e))
            texts.append(", ".join(p[0] for p in pats) + " => " + e.text)
        if left:
            e = make()
            # case V { _ => e } is e, and mentions nothing.
            rows.append(([None] * len(some), e))
            texts.append("_ => " + e.text)
        names = [v.name for v in some]

        def fn(w):
            for pats, e in rows:
                if all(p is None or w[n] in p for n, p in zip(names, pats)):
                    return e.fn(w)
            raise AssertionError

        deps = set(names).union(*[e.deps for _, e in rows])
        return branches(f"case {', '.join(names)} {{ {'; '.join(texts)} }}", fn, deps,
                        [e for _, e in rows])

    # --- distributions: functions from worlds to {value: probability} ---

    def weights(self, n):
        """n probabilities as texts and fractions that sum to 1; some 0."""
        while True:
            parts = [self.rng.choice([0, 1, 1, 2, 3, 5]) for _ in range(n)]
            total = sum(parts)
            if total:
                break
        out = []
        for p in parts:
            q = Fraction(p, total)
            ten = 100 % q.denominator == 0
            r = self.rng.random()
            text = (f"{q * 100}%" if r < 0.15 else repr(float(q))) if ten else number(q)
            out.append((text, float(q)))
        return out

    def prob(self, depth=1):
        """An expression with values in [0, 1]."""
        r = self.rng.random()
        if r < 0.4 or not self.vars:
            p = self.rng.choice([0, 1, 0.5, 0.25, 0.1, 0.3, 0.7, 0.9, 0.05])
            return atom(number(p), lambda w: p)
        if r < 0.55:
            e = self.num(depth)
            return atom(f"max(0, min(1, {e.text}))", lambda w: max(0, min(1, e.fn(w))), e.deps)
        if r < 0.65:
            e = self.num(depth)
            return atom(f"logistic({e.text})", lambda w: 1 / (1 + math.exp(-e.fn(w))), e.deps)
        if r < 0.8:
            c = self.bool(depth)
            a, b = self.rng.choice([(0.2, 0.6), (0.5, -0.5), (0, 1), (0.3, 0.25)])
            op, t = ("+", b) if b >= 0 else ("-", -b)
            inner = c.text if c.prec == ATOM else f"({c.text})"
            return Expr(f"{a} {op} {t}*{inner}", ADD, lambda w: a + b * bool(c.fn(w)), c.deps)
        if r < 0.9:
            return self.case(lambda: self.prob(0))
        return self.choose(self.bool(depth), self.prob(0), self.prob(0))

    def dist(self, v, depth=2):
        r = self.rng.random()
        if depth and self.vars and r < 0.3:
            return self.case(lambda: self.dist(v, 0 if self.rng.random() < .7 else depth - 1))
        if depth and self.vars and r < 0.42:
            c, a, b = self.bool(), self.dist(v, depth - 1), self.dist(v, depth - 1)
            return self.choose(c, a, b)
        if depth and r < 0.5:
            parts = [self.dist(v, 0) for _ in range(self.rng.randint(2, 3))]
            known = ("{", "bernoulli", "noisy_or", "categorical")  # a number would open a map
            if v.kind == "bool" and not all(part.text.startswith(known) for part in parts):
                return self.level_map(v)
            ws = self.weights(len(parts))
            text = ", ".join(f"{part.text}: {t}" for part, (t, _) in zip(parts, ws))
            return atom(f"mix {{{text}}}",
                        lambda w: add_up((x, q * p) for part, (_, q) in zip(parts, ws)
                                         for x, p in part.fn(w).items()),
                        set().union(*[part.deps for part in parts]))
        if v.kind == "bool":
            return self.dist_bool(r, depth)
        if v.kind == "range" and v.levels[0] == 0 and r < 0.7:
            n, p = v.levels[-1], self.prob(depth)
            return atom(f"binomial({n}, {p.text})",
                        lambda w: {k: math.comb(n, k) * p.fn(w) ** k * (1 - p.fn(w)) ** (n - k)
                                   for k in range(n + 1)}, p.deps)
        if r < 0.78:
            if v.kind == "range" and self.rng.random() < 0.5:
                a, b = sorted(self.rng.choices(v.levels, k=2))
                text = self.rng.choice([f"uniform({a}..{b})", f"uniform_int({a}, {b})"])
                some = list(range(a, b + 1))
            else:
                some = self.rng.sample(v.levels, self.rng.randint(1, len(v.levels)))
                text = f"uniform({{{', '.join(map(level, some))}}})"
            return atom(text, lambda w: {x: 1 / len(some) for x in some})
        if r < 0.82:
            x = self.rng.choice(v.levels)
            return atom(f"point({level(x)})", lambda w: {x: 1.0})
        return self.level_map(v)

    def level_map(self, v):
        ws = self.weights(len(v.levels))
        pairs = list(zip(v.levels, ws))
        shown = [f"{level(x)}: {t}" for x, (t, _) in pairs]
        if self.rng.random() < 0.4:
            shown.pop(self.rng.randrange(len(shown)))
        else:
            zero = [i for i, (x, (t, q)) in enumerate(pairs) if q == 0]
            if zero and len(shown) > 1 and self.rng.random() < .5:
                shown.pop(zero[0])
        if not shown:
            shown = [f"{level(x)}: {t}" for x, (t, _) in pairs]
        self.rng.shuffle(shown)
        text = "{" + ", ".join(shown) + "}"
        if self.rng.random() < 0.1:
            text = f"categorical({text})"
        return atom(text, lambda w: {x: q for x, (_, q) in pairs})

    def dist_bool(self, r, depth):
        if r < 0.6 and depth and self.vars:
            terms = [(self.bool(0), self.rng.choice([0.1, 0.5, 0.9, 1, 0.25]))
                     for _ in range(self.rng.randint(1, 3))]
            seen = {}
            for e, q in terms:
                seen.setdefault(e.text, (e, q))
            terms = list(seen.values())
            leak = self.rng.choice([None, 0.05, 0.5])
            text = "{" + ", ".join(f"{e.text}: {q}" for e, q in terms) + "}"
            if leak:
                text += f", leak: {leak}"

            def fn(w):
                fail = math.prod(1 - q for e, q in terms if e.fn(w)) * (1 - (leak or 0))
                return {True: 1 - fail, False: fail}
            return atom(f"noisy_or({text})", fn, set().union(*[e.deps for e, _ in terms]))
        if r < 0.68:
            return self.level_map(Var("", "bool", [False, True], ""))
        e = self.prob(depth)
        text = e.text if r > 0.85 else f"bernoulli({e.text})"
        return Expr(text, ATOM if r <= 0.85 else e.prec,
                    lambda w: {True: e.fn(w), False: 1 - e.fn(w)}, e.deps)


# --- random models ------------------------------------------------------------------------------

NAMES = ["A", "B", "C", "D", "F", "G", "K", "M", "N", "Q", "R", "S", "T", "X", "Y", "Z", "Dose",
         "E", "P", "H", "Größe", "model", "noise", "x1"]
LEVELS = ["low", "mid", "high", "a", "b", "c", "red", "x", "dark blue", "1st", "none", "data", "A"]


def random_var(rng, name):
    kind = rng.choice(["bool", "bool", "level", "number", "order", "range"])
    k = rng.randint(2, 4)
    if kind == "bool":
        return Var(name, kind, [False, True], "bool")
    if kind == "level" or kind == "order":
        some = rng.sample([x for x in LEVELS if x != name], k)
        head = "ordered " if kind == "order" else ""
        return Var(name, kind, some, head + "{" + ", ".join(map(level, some)) + "}")
    if kind == "number":
        some = rng.sample([-1, 0, 1, 2, 2.5, 0.25, 10, 7], k)
        return Var(name, kind, some, "{" + ", ".join(map(number, some)) + "}")
    a = rng.choice([0, 0, 0, -1, 1])
    return Var(name, kind, list(range(a, a + k)), f"{a}..{a + k - 1}")


def deterministic(rng, model, maker, name):
    """V = expression, with the domain that follows."""
    e = maker.bool() if rng.random() < 0.4 else maker.num()
    inputs = [model.vars[d] for d in sorted(e.deps)]
    values = set()
    for c in itertools.product(*[v.levels for v in inputs]):
        x = e.fn({v.name: x for v, x in zip(inputs, c)})
        values.add(x)
    if not inputs or len(values) > 12:
        return None
    if e.truth:
        var = Var(name, "bool", [False, True], None)
    else:
        if values <= {0, 1} and e.prec == 0:  # branches of truth values and of 0 and 1
            return None
        var = Var(name, "number", sorted(values), None)
        if any(abs(x) > 1e6 for x in values):
            return None
    if e.text in model.vars:  # a copy
        other = model.vars[e.text]
        var = Var(name, other.kind, other.levels, None)
    var.deps, var.mech = e.deps, lambda w: {e.fn(w): 1.0}
    var.source = f"= {e.text}"
    return var


def random_model(rng, name):
    m = Model(name)
    names = rng.sample(NAMES, rng.randint(2, 6))
    cells = 1
    for n in names:
        maker = Maker(rng, m.vars.values())
        var = deterministic(rng, m, maker, n) if m.vars and rng.random() < 0.2 else None
        if var is None:
            var = random_var(rng, n)
            e = maker.dist(var)
            var.deps = e.deps
            var.mech = (lambda e: lambda w: clear(e.fn(w)))(e)
            var.source = f": {var.domain} ~ {e.text}"
        if cells * len(var.levels) > CELLS:
            break
        cells *= len(var.levels)
        prefix = "latent " if rng.random() < 0.1 else ""
        shown = f"`{n}`" if n in ("data", "model", "noise") else n
        m.items.append(f"{prefix}{shown} {var.source}")
        m.add(var)
    if rng.random() < 0.3:
        add_family(rng, m, cells)
    if rng.random() < 0.12:
        add_factor(rng, m)
    order = m.items[:]
    rng.shuffle(order)
    m.items = order
    return m


def add_family(rng, m, cells):
    """S[t] and perhaps O[t], with a row that overrides."""
    n = rng.randint(2, 4)
    card = rng.choice([2, 2, 3])
    while cells * card ** n > CELLS:
        n, card = n - 1, 2
    if n < 2:
        return
    lo = rng.choice([0, 1, 2])
    proto = Var("W", "bool", [False, True], "bool") if card == 2 and rng.random() < 0.6 else \
        Var("W", "range", list(range(card)), f"0..{card - 1}")
    outer = [v for v in m.vars.values()]
    lag = Var("W[t-1]", proto.kind, proto.levels, proto.domain)
    free = rng.random() < 0.3  # no lag at all
    general = Maker(rng, outer + ([] if free else [lag])).dist(proto)
    rows = {}
    if not free or rng.random() < 0.5:
        rows[lo] = Maker(rng, outer).dist(proto)
    if rng.random() < 0.4:
        at = rng.randint(lo, lo + n - 1)
        rows[at] = Maker(rng, outer).dist(proto)
    uses_lag = "W[t-1]" in general.deps
    start = lo + 1 if lo in rows and rng.random() < 0.5 else lo
    if uses_lag:
        start = lo + 1
    for at, e in sorted(rows.items()):
        m.items.append(f"W[{at}] : {proto.domain} ~ {e.text}")
    if not (start > lo and lo not in rows):
        m.items.append(f"W[t] : {proto.domain} ~ {general.text} for t in {start}..{lo + n - 1}")
    else:
        return
    for t in range(lo, lo + n):
        var = Var(f"W[{t}]", proto.kind, proto.levels, proto.domain)
        if t in rows:
            var.deps, var.mech = rows[t].deps, (lambda e: lambda w: clear(e.fn(w)))(rows[t])
        else:
            prev = f"W[{t - 1}]"
            var.deps = {prev if d == "W[t-1]" else d for d in general.deps}
            var.mech = (lambda prev: lambda w: clear(
                general.fn({**w, "W[t-1]": w[prev]} if uses_lag else w)))(prev)
        m.add(var)
    m.family = [f"W[{t}]" for t in range(lo, lo + n)]


def add_factor(rng, m):
    maker = Maker(rng, m.vars.values())
    weights = [0, 1, 2, 9, 0.5]
    if rng.random() < 0.5:
        pick = lambda: (lambda x: atom(number(x), lambda w: x))(rng.choice(weights))
        e = maker.case(pick)
        text = e.text.replace("case ", "factor ", 1)
    else:
        c = maker.bool(1)
        x, y = rng.choice(weights), rng.choice(weights)
        e = Expr("", 0, lambda w: x if c.fn(w) else y)
        text = f"factor if {c.text} then {x} else {y}"
    m.items.append(text)
    m.factors.append(e.fn)
