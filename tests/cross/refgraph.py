"""Random graphs: Rung's graph questions against brute force over paths and subsets; and questions
put to graph(m) from m, which must agree with m whenever the answer is a number."""
import copy
import itertools
import math

from refask import Act, Asker, Condition, Table, Undefined, mean
from refmodel import Maker, Var, level, random_model

VARS = "ABCDEFG"


class Graph:
    """A DAG over names and latent tuples, one for each <->."""

    def __init__(self, rng):
        self.names = list(VARS[: rng.randint(2, 6)])
        order = rng.sample(self.names, len(self.names))
        p, q = rng.choice([0.2, 0.4, 0.6]), rng.choice([0, 0.15, 0.35])
        pairs = list(itertools.combinations(order, 2))
        self.edges = [(a, b) for a, b in pairs if rng.random() < p]
        self.both = [(a, b) for a, b in pairs if rng.random() < q]
        items = [f"{a} -> {b}" for a, b in self.edges] + [f"{a} <-> {b}" for a, b in self.both]
        rng.shuffle(items)
        self.text = "model g { " + "; ".join([", ".join(self.names)] + items) + " }\n"
        self.all = self.edges + [(e, v) for e in self.both for v in e]
        self.pa = {}
        for a, b in self.all:
            self.pa.setdefault(b, set()).add(a)

    def after(self, dos):
        """The graph without the edges into what is set."""
        cut = copy.copy(self)
        cut.all = [(a, b) for a, b in self.all if b not in dos]
        return cut

    def reach(self, start, forward=True):
        """Everything reached from `start`, itself included, along or against the arrows."""
        seen, wait = set(start), list(start)
        while wait:
            v = wait.pop()
            for a, b in self.all:
                x, y = (a, b) if forward else (b, a)
                if x == v and y not in seen:
                    seen.add(y)
                    wait.append(y)
        return seen

    def paths(self, x, y, seen=()):
        """All simple paths as lists of (from, to, along) steps."""
        if x == y:
            yield []
            return
        for a, b in self.all:
            for v, w, along in ((a, b, True), (b, a, False)):
                if v == x and w not in seen:
                    for rest in self.paths(w, y, seen + (x,)):
                        yield [(v, w, along)] + rest

    def open(self, path, given):
        up = self.reach(given, False)
        for (_, v, into), (_, _, out) in zip(path, path[1:]):
            collider = into and not out
            if collider and v not in up or not collider and v in given:
                return False
        return True

    def separated(self, xs, ys, given):
        return not any(self.open(p, given) for x in xs for y in ys for p in self.paths(x, y))

    def is_adjustment(self, xs, ys, zs):
        """Perkovic et al. 2018, definition 4, on the DAG with its latent variables."""
        proper = [p for x in xs for y in ys for p in self.paths(x, y)
                  if not any(w in xs for _, w, _ in p)]
        causal = [p for p in proper if all(s[2] for s in p)]
        mid = {w for p in causal for _, w, _ in p}
        if self.reach(mid) & set(zs):
            return False
        return not any(self.open(p, set(zs)) for p in proper if p not in causal)

    def adjustments(self, xs, ys):
        rest = [v for v in self.names if v not in xs and v not in ys]
        good = [set(z) for k in range(len(rest) + 1) for z in itertools.combinations(rest, k)
                if self.is_adjustment(xs, ys, z)]
        return [z for z in good if not any(o < z for o in good)], good

    def districts(self):
        left, out = list(self.names), []
        while left:
            part = [left.pop(0)]
            for v in part:
                for a, b in self.both:
                    for x, y in ((a, b), (b, a)):
                        if x == v and y in left:
                            left.remove(y)
                            part.append(y)
            out.append(set(part))
        return out

    def blanket(self, v):
        best = None
        rest = [u for u in self.names if u != v]
        for k in range(len(rest) + 1):
            for z in itertools.combinations(rest, k):
                others = [u for u in rest if u not in z]
                if self.separated([v], others, set(z)):
                    best = set(z)
                    break
            if best is not None:
                return best
        return None


def sets_of(got):
    return [set(s) for s in got["value"]] if got["kind"] in ("sets", "list") else None


def ask_graph(rng, g):
    """A question's text, what is wanted, and whether an answer is that."""
    x, y = rng.sample(g.names, 2)
    rest = [v for v in g.names if v not in (x, y)]
    zs = rng.sample(rest, rng.randint(0, len(rest)))
    kind = rng.choice(["sep", "sep", "sep", "rel", "adj?", "adj?", "adj", "all", "dist", "blanket"])

    def verdict(want):
        return lambda got: got["kind"] == "bool" and got["value"] == want
    if kind == "sep":
        ys = [y] + [v for v in rest if v not in zs and rng.random() < 0.2]
        dos = [v for v in zs if rng.random() < 0.4]
        zs = [v for v in zs if v not in dos]
        want = g.after(dos).separated([x], ys, set(zs + dos))
        given = zs + ([f"do({', '.join(dos)})"] if dos else [])
        text = f"{x} _||_ {', '.join(ys)}" + (f" | {', '.join(given)}" if given else "")
        return text, want, verdict(want)
    if kind == "rel":
        name = rng.choice(["parents", "children", "ancestors", "descendants"])
        want = {"parents": {a for a, b in g.edges if b == x},
                "children": {b for a, b in g.edges if a == x},
                "ancestors": g.reach([x], False) - {x}, "descendants": g.reach([x]) - {x}}[name]
        want = {v for v in want if isinstance(v, str)}
        return f"{name}({x})", want, lambda got: got["kind"] == "set" and set(got["value"]) == want
    if kind == "dist":
        want = g.districts()
        return "districts()", want, lambda got: (
            len(sets_of(got) or []) == len(want) and all(s in want for s in sets_of(got)))
    if kind == "blanket":
        want = g.blanket(x)
        return f"markov_blanket({x})", want, lambda got: (
            got["kind"] == "set" and len(got["value"]) == len(want)
            and g.separated([x], [v for v in g.names if v != x and v not in got["value"]],
                            set(got["value"])))
    xs, ys = [x], [y]
    if rng.random() < 0.3 and zs:
        (xs if rng.random() < 0.5 else ys).append(zs.pop())
    arrow = " -> ".join(s[0] if len(s) == 1 else "{" + ", ".join(s) + "}" for s in (xs, ys))
    if kind == "adj?":
        want = g.is_adjustment(xs, ys, zs)
        return f"is_adjustment({arrow}, {{{', '.join(zs)}}})", want, verdict(want)
    minimal, good = g.adjustments(xs, ys)
    if kind == "all":
        return f"adjustment({arrow}, all: true)", minimal, lambda got: (
            sets_of(got) is not None and len(sets_of(got)) == len(minimal)
            and all(s in minimal for s in sets_of(got)))
    least = min((len(z) for z in good), default=None)
    return f"adjustment({arrow})", minimal, lambda got: (
        sets_of(got) is not None and (sets_of(got) == [] if least is None else
                                      len(sets_of(got)) == 1 and sets_of(got)[0] in good
                                      and len(sets_of(got)[0]) == least))


# --- a graph and its law ------------------------------------------------------------------------

def random_law(rng):
    while True:
        m = random_model(rng, "m1")
        if m.factors or hasattr(m, "family") or len(m.vars) < 3:
            continue
        for i, item in enumerate(m.items):
            if not item.startswith("latent") and rng.random() < 0.2:
                m.items[i] = "latent " + item
        hidden = {i.split()[1].strip("`") for i in m.items if i.startswith("latent ")}
        seen = [v for v in m.vars.values() if v.name not in hidden]
        if len(seen) >= 2:
            return m, seen


def ask_law(rng, m, seen):
    """The question's text, and a function that gives its answer under m."""
    text, ask = ask_across(rng, m, seen) if rng.random() < 0.3 else ask_do(rng, m, seen)
    return f"{text} under graph(m1) from m1", ask


def ask_do(rng, m, seen):
    seen = rng.sample(seen, len(seen))
    k = rng.choice([1, 1, 2])
    xs, rest = seen[:k], seen[k:]
    if not rest:
        xs, rest = seen[:1], seen[1:]
    c, extra, texts = Condition(), [], []
    for x in xs:
        a = rng.choice(x.levels)
        if rng.random() < 0.25:
            c.axes.append((x.name, x.levels, "do", lambda a, n=x.name: Act("const", n, lambda w: a)))
            texts.append(f"{x.name} = ?")
        else:
            c.acts.append(Act("const", x.name, lambda w, a=a: a))
            texts.append(f"{x.name} = {level(a)}")
    c.texts.append(f"do({', '.join(texts)})")
    ys = rest[:rng.choice([1, 1, 2])]
    zs = rest[len(ys):][:rng.choice([0, 1, 1, 2])]
    if rng.random() < 0.2:
        zs.append(rng.choice(ys))
    given(rng, zs, c)
    if rng.random() < 0.3:
        extra = [(y.name, y.levels) for y in ys]
        inside = ", ".join(f"{y.name} = ?" for y in ys)
        head, fn = "P", lambda w, row: all(w[y.name] == row[y.name] for y in ys)
    else:
        head, inside, one = about(rng, ys)
        fn = lambda w, row: one(w)
    ask = Asker(rng, m).rows(c, extra, lambda ws, row: mean(ws, lambda w: fn(w, row)))
    return f"{head}({inside} | {', '.join(c.texts)})", ask


def given(rng, zs, c):
    """Conditions on each of zs, which may leave several of its values, or on all at once."""
    es = [Maker(rng, [z]).compare(z) for z in zs]
    if len(zs) > 1 and rng.random() < 0.3:
        es = [Maker(rng, zs).bool(1)]
    for e in es:
        c.texts.append(e.text)
        c.events.append(e.fn)


def about(rng, ys):
    """What a question has before its bar: a head, the text, and what is averaged."""
    numbers = [y for y in ys if y.numeric]
    r = rng.random()
    if numbers and r < 0.3:
        e = Maker(rng, ys).num(1)
        return "E", e.text, e.fn
    if numbers and r < 0.4:
        names = [y.name for y in numbers]
        return "E", "*".join(names), lambda w: math.prod(w[n] for n in names)
    es = [Maker(rng, ys).bool(1)] if r < 0.6 else [Maker(rng, [y]).compare(y) for y in ys]
    return "P", ", ".join(e.text for e in es), lambda w: all(e.fn(w) for e in es)


# --- across worlds ------------------------------------------------------------------------------

def there(name, world):
    """A variable of another world; P[...] would be a question."""
    return f"`{name}`[{world}]" if name in ("P", "E", "H", "I") else f"{name}[{world}]"


def in_world(v, world):
    return Var(there(v.name, world), v.kind, v.levels, v.domain)


def coupled(m, world, sets):
    """What happens, and what would in a world with `sets`, side by side. Where the causes of a
    variable differ, its responses are drawn apart: some way they may go together, and what a
    graph and a law settle is the same in all ways."""
    order, left = [], dict(m.vars)
    while left:
        ready = [n for n, v in left.items() if not any(d in left for d in v.deps)]
        order += ready
        for n in ready:
            del left[n]
    states = [({}, {}, 1.0)]
    for n in order:
        v, grown = m.vars[n], []
        for w, u, p in states:
            same = n not in sets and all(w[d] == u[d] for d in v.deps)
            moved = {sets[n]: 1.0} if n in sets else v.mech(u)
            for x, q in v.mech(w).items():
                for y, r in ({x: 1.0} if same else moved).items():
                    if q and r:
                        grown.append(({**w, n: x}, {**u, n: y}, p * q * r))
        states = grown
    return [({**w, **{there(n, world): y for n, y in u.items()}}, p) for w, u, p in states]


def ask_across(rng, m, seen):
    """What would have been, given what is, or what would have been."""
    sets = {x.name: rng.choice(x.levels)
            for x in rng.sample(seen, min(len(seen) - 1, rng.choice([1, 1, 2])))}
    world = ", ".join(f"{n} = {level(a)}" for n, a in sets.items())
    moved = [v for v in seen if v.name not in sets]
    ys = rng.sample(moved, min(len(moved), rng.choice([1, 1, 2])))
    asked = [in_world(y, world) if i == 0 or rng.random() < 0.5 else y for i, y in enumerate(ys)]
    zs = rng.sample(seen, min(len(seen), rng.choice([1, 1, 2])))
    c = Condition()
    given(rng, [in_world(z, world) if z in moved and rng.random() < 0.3 else z for z in zs], c)
    head, inside, fn = about(rng, asked)

    def ask(model):
        left = [(w, p) for w, p in coupled(model, world, sets) if all(e(w) for e in c.events)]
        if not left:
            raise Undefined()
        return mean(left, fn)
    return f"{head}({inside} | {', '.join(c.texts)})", ask


def fits(got, want, close, agree):
    """A number must be right, and bounds hold it; a graph may also say that it does not know."""
    kind = got["kind"]
    if kind == "bounds" and not isinstance(want, (Table, str)):
        return got["low"] - 1e-7 <= want <= got["high"] + 1e-7
    if kind in ("unidentified", "error", "undefined", "bounds"):
        return True
    if want == "undefined":
        # A condition that the graph makes irrelevant drops out of the estimand, and that it
        # cannot happen is not seen from there.
        return kind in ("number", "table")
    if isinstance(want, Table) and kind == "table":
        for row in got["rows"]:
            for key, p in want.cells.items():
                if all(agree(row[a], x) for a, x in zip(want.axes, key)):
                    if None not in (row["value"], p) and not close(row["value"], p):
                        return False
        return True
    return kind == "number" and not isinstance(want, Table) and close(got["value"], want)
