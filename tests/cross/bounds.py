"""Bounds against an independent oracle: random models with one coupled district, questions and
assumptions; the linear program is written out over all response functions, nothing left out.
Usage: bounds.py RUNG [COUNT [FIRST_SEED]]. Needs scipy (python3 -m pip install scipy)."""

import itertools
import json
import math
import os
import random
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from scipy.optimize import linprog
except ImportError:
    print("bounds: skipped (no scipy here: python3 -m pip install scipy)")
    sys.exit(0)

CLOSE = 1e-6


class Var:
    def __init__(self, name, card, kind, parents=()):
        self.name, self.card, self.kind, self.parents = name, card, kind, list(parents)
        self.table = None  # kind "root": probabilities; "function": by row of parents


class Problem:
    """Roots of known law, known functions of their causes, and one district whose response
    functions have an unknown joint law."""

    def __init__(self, rng):
        self.rng, self.vars, self.assumes = rng, {}, []
        self.from_graph = rng.random() < 0.65
        self.make()
        self.roots = [v for v in self.vars.values() if v.kind == "root"]
        self.district = [v for v in self.vars.values() if v.kind == "district"]
        self.settings = [(dict(zip([r.name for r in self.roots], levels)),
                          math.prod(r.table[k] for r, k in zip(self.roots, levels)))
                         for levels in itertools.product(*[range(r.card) for r in self.roots])]
        self.types = list(itertools.product(*[self.responses(v) for v in self.district]))
        self.truth = self.random_law()
        self.known = self.known_rows()

    def make(self):
        rng = self.rng
        ndistrict = rng.choice([2, 2, 2, 3]) if self.from_graph else 1
        nroots = rng.choice([0, 1, 1, 2]) if self.from_graph else rng.choice([1, 2, 2])
        order = [f"Z{i}" for i in range(nroots)]
        for name in order:
            card = rng.choice([2, 2, 3])
            self.vars[name] = Var(name, card, "root")
            weights = [rng.randint(1, 4) for _ in range(card)]
            if card == 3 and rng.random() < 0.2:
                weights[rng.randrange(3)] = 0
            self.vars[name].table = [w / sum(weights) for w in weights]
        if not self.from_graph and rng.random() < 0.5:
            self.add_function("W", order)
            order.append("W")
        for i in range(ndistrict):
            name = "XYV"[i] if self.from_graph else "Y"
            card = 2 if ndistrict == 3 or rng.random() < 0.8 else 3
            parents = [p for p in order if rng.random() < (0.6 if p[0] == "Z" else 0.8)]
            if not self.from_graph and not parents:
                parents = [order[-1]]
            while self.size(parents, card) > (16 if ndistrict == 3 else 81):
                parents.pop(0)
            self.vars[name] = Var(name, card, "district", parents)
            order.append(name)
        if not self.from_graph and rng.random() < 0.4:
            self.add_function("A", order)

    def size(self, parents, card):
        return card ** math.prod(self.vars[p].card for p in parents)

    def add_function(self, name, order):
        parents = [p for p in order if self.rng.random() < 0.7] or [order[-1]]
        v = Var(name, self.rng.choice([2, 3]), "function", parents)
        v.table = {row: self.rng.randrange(v.card) for row in self.rows(v)}
        self.vars[name] = v

    def rows(self, v):
        return list(itertools.product(*[range(self.vars[p].card) for p in v.parents]))

    def responses(self, v):
        rows = self.rows(v)
        return [dict(zip(rows, out)) for out in itertools.product(range(v.card), repeat=len(rows))]

    def random_law(self):
        law = np.zeros(len(self.types))
        few = self.rng.choice([2, 4, 8, 16])
        for _ in range(few):
            law[self.rng.randrange(len(self.types))] += self.rng.randint(1, 9)
        return law / law.sum()

    def value(self, name, world, setting, kind):
        """The level of a variable in a world: its settings, by name, are functions of the unit."""
        if name in world:
            return world[name](setting, kind)
        v = self.vars[name]
        if v.kind == "root":
            return setting[name]
        row = tuple(self.value(p, world, setting, kind) for p in v.parents)
        if v.kind == "function":
            return v.table[row]
        return kind[self.district.index(v)][row]

    def known_rows(self):
        """For each possible setting of the roots and each value of the district: a probability.
        Of a kernel: for each row of its causes."""
        rows, right = [], []
        if not self.from_graph:
            v = self.district[0]
            for row in self.rows(v):
                for k in range(v.card):
                    line = np.array([t[0][row] == k for t in self.types], float)
                    rows.append(line), right.append(line @ self.truth)
        else:
            for setting, weight in self.settings:
                if weight == 0:
                    continue
                seen = {}
                for i, t in enumerate(self.types):
                    key = tuple(self.value(v.name, {}, setting, t) for v in self.district)
                    seen.setdefault(key, np.zeros(len(self.types)))[i] = 1
                for line in seen.values():
                    rows.append(line), right.append(line @ self.truth)
        rows.append(np.ones(len(self.types))), right.append(1.0)
        return rows, right

    # --- the program in Rung ---------------------------------------------------------------

    def text(self):
        lines = []
        if self.from_graph:
            used = [i for i in range(len(self.types)) if self.truth[i] > 0]
            law = ", ".join(f"{n}: {float(self.truth[i])!r}" for n, i in enumerate(used))
            source = [f"latent T : 0..{max(1, len(used) - 1)} ~ {{{law}}}"]
            source += [self.root_text(r) for r in self.roots]
            for j, v in enumerate(self.district):
                rows = [f"{', '.join(map(str, (n,) + row))} => {self.types[i][j][row]}"
                        for n, i in enumerate(used) for row in self.rows(v)]
                if len(used) == 1:
                    rows.append(", ".join(["1"] + ["_"] * len(v.parents)) + " => 0")
                source.append(f"{v.name} : 0..{v.card - 1} = case {', '.join(['T'] + v.parents)} "
                              f"{{ {'; '.join(rows)} }}")
            lines.append("model source {\n  " + "\n  ".join(source) + "\n}")
            items = [f"{v.name} : 0..{v.card - 1}" for v in self.vars.values()]
            items += [f"{p} -> {v.name}" for v in self.district for p in v.parents]
            if len(self.district) == 3:
                items += ["latent U", "U -> {X, Y, V}"]
            else:
                items += ["X <-> Y"]
        else:
            items = [self.item_text(v) for v in self.vars.values()]
        items += [f"assume {a}" for a, _ in self.assumes]
        lines.append("model m {\n  " + "\n  ".join(items) + "\n}")
        return "\n".join(lines)

    def root_text(self, r):
        law = ", ".join(f"{k}: {p!r}" for k, p in enumerate(r.table))
        return f"{r.name} : 0..{r.card - 1} ~ {{{law}}}"

    def item_text(self, v):
        if v.kind == "root":
            return self.root_text(v)
        rows = []
        for row in self.rows(v):
            if v.kind == "function":
                out = str(v.table[row])
            else:
                p = [sum(float(self.truth[i]) for i, t in enumerate(self.types) if t[0][row] == k)
                     for k in range(v.card)]
                out = "{" + ", ".join(f"{k}: {x!r}" for k, x in enumerate(p)) + "}"
            rows.append(f"{', '.join(map(str, row))} => {out}")
        sign = "=" if v.kind == "function" else "~"
        return (f"{v.name} : 0..{v.card - 1} {sign} case {', '.join(v.parents)} "
                f"{{ {'; '.join(rows)} }}")


# --- random events and questions: their text, and their value of a unit ----------------------


def term(p, depth=2):
    """A variable of some world."""
    rng = p.rng
    name = rng.choice(list(p.vars)[-3:])
    if depth == 0 or rng.random() < 0.25:
        return name, lambda s, t: p.value(name, {}, s, t)
    above = list(p.vars)[:list(p.vars).index(name)]
    others = above if above and rng.random() < 0.7 else [v for v in p.vars if v != name]
    if not others:
        return name, lambda s, t: p.value(name, {}, s, t)
    world, parts = {}, []
    for v in rng.sample(others, min(len(others), rng.choice([1, 1, 2]))):
        if depth > 1 and rng.random() < 0.3:
            text, of = natural(p, v, depth - 1)
        else:
            k = rng.randrange(p.vars[v].card)
            text, of = str(k), lambda s, t, k=k: k
        world[v] = of
        parts.append(f"{v} = {text}")
    return f"{name}[{', '.join(parts)}]", lambda s, t: p.value(name, world, s, t)


def natural(p, v, depth):
    """What v would be in another world, as a setting of it."""
    others = [o for o in p.vars if o != v]
    if p.rng.random() < 0.2:
        return f"{v}[]", lambda s, t: p.value(v, {}, s, t)
    o = p.rng.choice(others)
    k = p.rng.randrange(p.vars[o].card)
    return f"{v}[{o} = {k}]", lambda s, t: p.value(v, {o: lambda s, t: k}, s, t)


OPS = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, ">=": lambda a, b: a >= b,
       "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, "<": lambda a, b: a < b}


def event(p, depth=2):
    rng = p.rng
    roll = rng.random()
    if depth and roll < 0.15:
        (a, f), (b, g) = event(p, depth - 1), event(p, depth - 1)
        if rng.random() < 0.5:
            return f"({a} or {b})", lambda s, t: f(s, t) or g(s, t)
        return f"({a} and {b})", lambda s, t: f(s, t) and g(s, t)
    if depth and roll < 0.22:
        a, f = event(p, depth - 1)
        return f"(not {a})", lambda s, t: not f(s, t)
    x, of = term(p)
    if roll < 0.4:
        op = rng.choice(list(OPS))
        y, of2 = term(p)
        return f"{x} {op} {y}", lambda s, t: OPS[op](of(s, t), of2(s, t))
    op, k = rng.choice(["=", "=", "=", "!="]), rng.choice([0, 1])
    return f"{x} {op} {k}", lambda s, t: OPS[op](of(s, t), k)


def events(p, n):
    made = [event(p) for _ in range(n)]
    return ", ".join(e for e, _ in made), lambda s, t: all(f(s, t) for _, f in made)


def always(s, t):
    return True


def question(p, conditions=True, factual=False):
    """Text, what is averaged, and among which units."""
    rng = p.rng
    given, cond = "", always
    if conditions and rng.random() < 0.4:
        if factual:
            v = rng.choice(list(p.vars))
            k = rng.randrange(p.vars[v].card)
            given, cond = f" | {v} = {k}", lambda s, t: p.value(v, {}, s, t) == k
        else:
            given, cond = events(p, rng.choice([1, 1, 2]))
            given = " | " + given
    if rng.random() < 0.3:
        (a, f), (b, g) = term(p), term(p)
        op = rng.choice(["-", "+", "*"])
        calc = {"-": lambda x, y: x - y, "+": lambda x, y: x + y, "*": lambda x, y: x * y}[op]
        return f"E[{a} {op} {b}{given}]", lambda s, t: calc(f(s, t), g(s, t)), cond
    text, f = events(p, rng.choice([1, 1, 2]))
    return f"P({text}{given})", lambda s, t: float(f(s, t)), cond


def line_of(p, f):
    """The mean of f by type."""
    return np.array([sum(w * float(f(s, t)) for s, w in p.settings if w) for t in p.types])


# --- the oracle ------------------------------------------------------------------------------


class Oracle:
    def __init__(self, p):
        self.p, self.eq, self.right = p, list(p.known[0]), list(p.known[1])
        self.le = []  # line @ law <= 0
        for _, (kind, what) in p.assumes:
            if kind == "unit":
                bad = line_of(p, lambda s, t: not what(s, t))
                self.eq.append(bad), self.right.append(0.0)
            else:
                self.le.append(what)

    def mean(self, line):
        return float(line @ self.p.truth)

    def solve(self, c, extra=None):
        """Ends of c @ law, or of (c @ law)/(extra @ law); None: no law; "zero": of nothing."""
        n = len(c)
        eq, right = np.array(self.eq), np.array(self.right)
        le = np.array(self.le).reshape(-1, n)
        if extra is not None:
            # Charnes & Cooper: law * k, and k itself.
            eq = np.vstack([np.hstack([eq, -right[:, None]]), np.append(extra, 0.0)])
            right = np.append(np.zeros(len(right)), 1.0)
            le = np.hstack([le, np.zeros((len(le), 1))])
            c = np.append(c, 0.0)
        ends = []
        for sign in (1, -1):
            got = linprog(sign * c, A_eq=eq, b_eq=right, A_ub=le if len(le) else None,
                          b_ub=np.zeros(len(le)) if len(le) else None, method="highs",
                          options={"primal_feasibility_tolerance": 1e-10,
                                   "dual_feasibility_tolerance": 1e-10})
            if got.status != 0:
                return None
            ends.append(sign * got.fun)
        return ends


def with_assumes(p):
    """Adds assumptions, most of them true of the model that the numbers come from."""
    rng = p.rng
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        if rng.random() < 0.5:
            text, f = event(p)
            lying = line_of(p, lambda s, t: not f(s, t)) @ p.truth > 1e-12
            if lying and rng.random() < 0.9:
                continue
            p.assumes.append((text, ("unit", f)))
        else:
            (a, f, cond), (b, g, _) = question(p, True, True), question(p, False)
            mass = line_of(p, cond) @ p.truth
            if mass < 1e-9:
                continue
            of_a = line_of(p, lambda s, t: f(s, t) * cond(s, t)) / mass
            coef = rng.choice([0, 1, 2, -0.5])
            line = of_a + coef * line_of(p, g)
            limit = float(line @ p.truth) + rng.choice([0.01, 0.05, 0.2])
            text = f"{a} + {coef!r}*({b}) <= {limit!r}" if coef else f"{a} <= {limit!r}"
            # The law sums to 1.
            p.assumes.append((text, ("linear", line - limit)))


def ask(p, rung, text, method):
    source = " from source" if p.from_graph else ""
    program = f"{p.text()}\n{text} under m{source}{method}\n"
    with tempfile.NamedTemporaryFile("w", suffix=".rung", delete=False) as f:
        f.write(program)
    try:
        run = subprocess.run([rung, "--json", f.name], capture_output=True, text=True, timeout=60)
    finally:
        os.unlink(f.name)
    return program, run


def got_of(run):
    """Ends, "undefined", "refuted", or another outcome as text."""
    if run.returncode < 0 or run.returncode > 100:
        return f"crash {run.returncode}: {run.stderr}"
    for line in run.stdout.splitlines():
        answer = json.loads(line)
        if answer["kind"] == "number":
            return [answer["value"]] * 2 + [True]
        if answer["kind"] == "bounds":
            return [answer["low"], answer["high"], answer["sharp"]]
        if answer["kind"] == "undefined":
            return "undefined"
    return "refuted" if "E0562" in run.stderr + run.stdout else run.stderr + run.stdout


def told(p, got, c, mass):
    """An identified answer, which no assumption can change and which needs none."""
    if isinstance(got, str) or got[0] != got[1]:
        return False
    p.assumes = []
    ends = Oracle(p).solve(c, mass)
    return ends is not None and max(abs(got[0] - ends[0]), abs(got[0] - ends[1])) < CLOSE


def one(seed, rung, count):
    rng = random.Random(seed)
    p = Problem(rng)
    with_assumes(p)
    oracle = Oracle(p)
    if rng.random() < 0.25:
        (a, f, cond), (b, g, _) = question(p, True, True), question(p, False)
        x, y = rng.choice([1, 2, -1]), rng.choice([1, -1, -0.5])
        size = line_of(p, cond) @ p.truth
        text = f"{x!r}*({a}) + {y!r}*({b})"
        c = line_of(p, lambda s, t: f(s, t) * cond(s, t))
        mass, truth = None, None
        if size < 1e-9:
            want = "undefined"
        else:
            c = x * c / size + y * line_of(p, g)
            want = oracle.solve(c)
            truth = oracle.mean(c)
    else:
        text, f, cond = question(p)
        c = line_of(p, lambda s, t: f(s, t) * cond(s, t))
        mass, truth = line_of(p, cond), None
        plain = oracle.solve(mass)
        if plain is None:
            want = None
        elif plain[1] < 1e-9:
            want = "undefined"
        else:
            want = oracle.solve(c, mass if cond is not always else None)
            if mass @ p.truth > 1e-9:
                truth = oracle.mean(c) / oracle.mean(mass)
    method = " using bounds" if rng.random() < 0.7 else ""
    program, run = ask(p, rung, text, method)
    got = got_of(run)
    honest = all(not line_of(p, lambda s, t: not w(s, t)) @ p.truth > 1e-12 if k == "unit" else True
                 for _, (k, w) in p.assumes)
    fail = None
    if isinstance(got, str) and got.startswith("crash"):
        fail = got
    elif want is None:
        count["refuted"] = count.get("refuted", 0) + 1
        fail = None if got == "refuted" or told(p, got, c, mass) else f"refuted expected, got {got}"
    elif want == "undefined":
        count["undefined"] = count.get("undefined", 0) + 1
        nothing = got == "undefined" or "E0501" in got
        fail = None if nothing else f"undefined expected, got {got}"
    elif isinstance(got, str):
        fail = f"{want} expected, got {got}"
    else:
        loose = not got[2]
        kind = "point" if got[0] == got[1] else "loose" if loose else "sharp"
        count[kind] = count.get(kind, 0) + 1
        if loose and not (got[0] <= want[0] + CLOSE and want[1] <= got[1] + CLOSE):
            fail = f"outside of {got}: {want}"
        elif not loose and max(abs(got[0] - want[0]), abs(got[1] - want[1])) > CLOSE:
            fail = f"{want} expected, got {got}"
        elif honest and truth is not None and not got[0] - CLOSE <= truth <= got[1] + CLOSE:
            fail = f"the truth {truth} is outside of {got}"
    if fail:
        print(f"bounds: seed {seed}: {fail}\n{program}")
        return False
    return True


def main():
    rung = sys.argv[1]
    total = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    count, bad = {}, 0
    for seed in range(first, first + total):
        bad += not one(seed, rung, count)
    kinds = ", ".join(f"{n} {k}" for k, n in sorted(count.items()))
    print(f"bounds: {total} questions from seed {first}, {bad} failed ({kinds})")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
