#!/usr/bin/env python3
"""Random structural models and questions across worlds, against surgery done by hand.

Usage: worlds.py RUNG [SEEDS [FIRST]] [--questions N] [--print]
Every model is noise and equations. For each value of the noise the equations are solved anew in
each world (Pearl, Causality, 7.1), and what is asked is averaged over the noise that the
conditions leave. Each question is put to one of the engines, exact or drawing, at random.
"""
import itertools
import math
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from refask import Undefined, cov, mean  # noqa: E402
from refengine import REFUSED, Tally, drawn, exact  # noqa: E402
from reference import Item, ZERO, close, one_seed, options, print_program  # noqa: E402
from refmodel import (Cycle, Maker, Model, Var, clear, deterministic, level,  # noqa: E402
                      random_var)

NAMES = ["A", "B", "C", "D", "F", "G", "K", "M", "N", "Q", "R", "S", "T", "X", "Y", "Z", "Dose"]
CELLS = 3000


# --- models -------------------------------------------------------------------------------------

def random_scm(rng):
    m, cells, roots = Model("m"), 1, rng.randint(1, 4)
    for n in rng.sample(NAMES, roots + rng.randint(2, 5)):
        if len(m.vars) < roots:
            v = random_var(rng, n)
            e = Maker(rng, []).level_map(v)
            while len(clear(e.fn({}))) - list(e.fn({}).values()).count(0) < 2:
                e = Maker(rng, []).level_map(v)
            cells *= len(v.levels)
            if cells > CELLS:
                break
            v.root = clear(e.fn({}))
            prefix = rng.choice(["noise ", "noise ", "latent ", ""])
            v.noise = prefix == "noise "
            v.source = f": {v.domain} ~ {e.text}"
        else:
            v = deterministic(rng, m, Maker(rng, m.vars.values()), n)
            if v is None:
                continue
            v.root, v.noise, prefix = None, False, ""
        m.items.append(f"{prefix}{n} {v.source}")
        m.add(v)
    rng.shuffle(m.items)
    return m


def contexts(m):
    """Every value of the noise with its probability."""
    roots = [v for v in m.vars.values() if v.root is not None]
    for combo in itertools.product(*[v.root.items() for v in roots]):
        p = math.prod(q for _, q in combo)
        if p:
            yield {v.name: x for v, (x, _) in zip(roots, combo)}, p


# --- worlds -------------------------------------------------------------------------------------

class World:
    """One assignment. sets: {name: function of the world's own values}; cut: {(cause, effect):
    level}."""

    def __init__(self, sets=(), cut=()):
        self.sets, self.cut = dict(sets), dict(cut)

    def under(self, outer):
        """The same inside a do that holds everywhere: what the bracket sets, it sets."""
        return World({**outer.sets, **self.sets}, {**outer.cut, **self.cut})


class Solution:
    """The values of a world in one context, found as they are needed."""

    def __init__(self, model, world, context, outer):
        self.model, self.world, self.context, self.outer = model, world, context, outer
        self.known, self.busy = {}, set()

    def __getitem__(self, name):
        if name not in self.known:
            if name in self.busy:
                raise Cycle()
            self.busy.add(name)
            act = self.world.sets.get(name)
            self.known[name] = act(self, name) if act else self.made(name)
        return self.known[name]

    def natural(self, name):
        """The value that the bracket changes: what a do that holds everywhere makes of it."""
        if name in self.outer.sets:
            return self.outer.sets[name](self, name)
        return self.made(name)

    def made(self, name):
        v = self.model.vars[name]
        if v.root is not None:
            return self.context[name]
        causes = {d: self.world.cut.get((d, name), self) for d in v.deps}
        (value,) = v.mech({d: x[d] if x is self else x for d, x in causes.items()})
        return value


class Natural:
    """A world's values, where a name that is being set means what it would have been."""

    def __init__(self, solution, name):
        self.solution, self.name = solution, name

    def __getitem__(self, name):
        return self.solution.natural(name) if name == self.name else self.solution[name]


class Teller:
    """Random worlds and terms of one model."""

    def __init__(self, rng, model):
        self.rng, self.model = rng, model
        self.settable = [v for v in model.vars.values() if not v.noise]

    def world(self, depth=1):
        """A bracket's text and its world."""
        vs = self.rng.sample(self.settable,
                             min(len(self.settable), self.rng.choice([0, 1, 1, 1, 2])))
        texts, sets, cut = [], {}, {}
        for v in vs:
            text = self.edge(v, vs, cut) if self.rng.random() < 0.12 else None
            texts.append(text or self.set(v, vs, sets, depth))
        return ", ".join(texts), World(sets, cut)

    def edge(self, v, vs, cut):
        kids = [u for u in self.model.vars.values() if v.name in u.deps and u not in vs]
        if not kids:
            return None
        kid, x = self.rng.choice(kids), self.rng.choice(v.levels)
        cut[v.name, kid.name] = x
        return f"{v.name} -> {kid.name} = {level(x)}"

    def set(self, v, vs, sets, depth):
        r, x = self.rng.random(), self.rng.choice(v.levels)
        if r < 0.15 and depth:
            text, world = self.world(depth - 1)
            sets[v.name] = lambda s, n: Solution(s.model, world.under(s.outer), s.context,
                                                 s.outer)[n]
            return f"{v.name} = {v.name}[{text}]"
        if r < 0.25 and v.kind == "bool":
            sets[v.name] = lambda s, n: not s.natural(n)
            return f"{v.name} = not {v.name}"
        others = [u for u in self.model.vars.values() if u not in vs]
        if r < 0.4 and others:
            c, y = Maker(self.rng, others + [v]).bool(1), self.rng.choice(v.levels)
            sets[v.name] = lambda s, n: x if c.fn(Natural(s, n)) else y
            return f"{v.name} = if {c.text} then {level(x)} else {level(y)}"
        sets[v.name] = lambda s, n: x
        return f"{v.name} = {level(x)}"

    def term(self, factual):
        """A variable in a world, as a variable whose name is the term's text."""
        v = self.rng.choice(list(self.model.vars.values()))
        text, world = ("", World()) if self.rng.random() < factual else self.world()
        bare = not text and self.rng.random() < 0.9
        t = Var(v.name if bare else f"{v.name}[{text}]", v.kind, v.levels, v.domain)
        t.of, t.world = v.name, world
        return t


# --- questions ----------------------------------------------------------------------------------

class Question:
    def __init__(self, rng, model):
        teller = Teller(rng, model)
        asked = [teller.term(0.15) for _ in range(rng.choice([1, 1, 2, 3]))]
        given = [teller.term(0.75) for _ in range(rng.choice([0, 1, 1, 2]))]
        self.model, self.terms, self.outer, texts = model, asked + given, World(), []
        self.events = [Maker(rng, [t]).compare(t) if rng.random() < 0.6 else
                       Maker(rng, given).bool(1) for t in given]
        texts = [e.text for e in self.events]
        if teller.settable and rng.random() < 0.15:
            v = rng.choice(teller.settable)
            x = rng.choice(v.levels)
            self.outer = World({v.name: lambda s, n: x})
            texts.append(f"do({v.name} = {level(x)})")
        bar = " | " + ", ".join(texts) if texts else ""
        self.ask(rng, Maker(rng, asked), bar)

    def ask(self, rng, maker, bar):
        head = rng.choice(["P", "P", "P", "E", "E", "Var", "Cov"])
        if head == "P":
            es = [maker.bool(rng.choice([0, 1, 2])) for _ in range(rng.choice([1, 1, 2]))]
            inside = ", ".join(e.text for e in es)
            self.fn = lambda ws: mean(ws, lambda w: all(e.fn(w) for e in es))
        else:
            a, b = maker.num(rng.choice([0, 1])), maker.num(1)
            inside = f"{a.text}, {b.text}" if head == "Cov" else a.text
            self.fn = {"E": lambda ws: mean(ws, a.fn), "Var": lambda ws: cov(ws, a.fn, a.fn),
                       "Cov": lambda ws: cov(ws, a.fn, b.fn)}[head]
        self.text = f"{head}({inside}{bar})"

    def answer(self):
        left = []
        for context, p in contexts(self.model):
            w = {t.name: Solution(self.model, t.world.under(self.outer), context,
                                  self.outer)[t.of] for t in self.terms}
            if all(e.fn(w) for e in self.events):
                left.append((w, p))
        if not left:
            raise Undefined()
        return self.fn(left)


def make(seed, n):
    rng = random.Random(seed)
    model, items = random_scm(rng), []
    while len(items) < n:
        q = Question(rng, model)
        try:
            want = q.answer()
        except Undefined:
            want = "undefined"
        except Cycle:
            continue
        r = rng.random()
        how = exact(rng) if r < 0.3 else drawn(rng) if r < 0.6 else ""
        items.append(Item(q.text + how, want, 0.3 <= r < 0.6))
    return model.text(), items


# --- comparing ----------------------------------------------------------------------------------

def agree(item, tally):
    got, want = item.got, item.want
    tally.asked += item.draws
    if got["kind"] == "error" and got["code"] in ("E0441", "E0425", "E0401"):
        # V is never 7, there is no such edge, or a world that is not needed has a cycle
        return True
    if item.draws and got["kind"] == "error" and got["code"] in REFUSED:
        tally.refused += 1
        return True
    if want == "undefined":
        return got["kind"] == "undefined" or got["kind"] == "error" and got["code"] in ZERO
    if item.draws:
        return got["kind"] in ("number", "estimate") and tally.near(got, float(want), close)
    return got["kind"] == "number" and close(got["value"], want)


def main():
    a = options().parse_args()
    if a.print:
        print_program(*make(a.first, a.questions))
        return
    asked = bad = 0
    tally = Tally()
    with tempfile.TemporaryDirectory() as work:
        for seed in range(a.first, a.first + a.seeds):
            n, b = one_seed(a.rung, seed, make(seed, a.questions), work, sys.stdout,
                            lambda i: agree(i, tally))
            asked, bad = asked + n, bad + b
    print(f"worlds: {tally.line()}")
    print(f"worlds: {a.seeds} seeds from {a.first}, {asked} questions, {bad} differ")
    raise SystemExit(1 if bad or not tally.fair() else 0)


if __name__ == "__main__":
    main()
