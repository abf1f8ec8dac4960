"""Random questions as Rung source together with their answers, found by enumeration."""
import itertools
import math

from refmodel import (Act, Cycle, Expr, Maker, Outside, Var, add_up, atom, clear, level, number,
                      random_model)


class Undefined(Exception):
    """Conditions of probability zero, or a moment that does not exist."""


class Skip(Exception):
    """Too close to a tie, or to zero, for two programs to agree."""


class Table:
    def __init__(self, axes, cells):
        self.axes, self.cells = tuple(axes), cells  # cells: {(levels): number or None}

    def get(self, env):
        return self.cells[tuple(env[a] for a in self.axes)]


class Condition:
    """What stands behind the bar: texts, and what they mean for one row."""

    def __init__(self):
        self.texts, self.events, self.factors, self.soft = [], [], [], []
        self.acts, self.axes = [], []  # axes: (name, levels, kind, maker of an Act)


def conditioned(model, cond, row):
    """The worlds that remain with their weights, not normalised; row: {axis name: value}."""
    acts = list(cond.acts)
    for name, _, kind, make in cond.axes:
        if kind == "do":
            acts.append(make(row[name]))
    worlds = model.worlds(tuple(acts))
    events = list(cond.events)
    for name, _, kind, _ in cond.axes:
        if kind == "given":
            events.append(lambda w, n=name: w[n] == row[n])
    worlds = [(w, p) for w, p in worlds if all(e(w) for e in events)]
    for f in cond.factors:
        worlds = [(w, p * f(w)) for w, p in worlds]
        if any(p < 0 for _, p in worlds):
            raise Outside()
        worlds = [(w, p) for w, p in worlds if p]
    if not worlds:
        raise Undefined()
    if cond.soft:
        worlds = jeffrey(worlds, cond.soft)
    return worlds


def jeffrey(worlds, soft):
    for sweep in range(4000):
        change = 0
        for name, target in soft:
            total = sum(p for _, p in worlds)
            now = add_up((w[name], p / total) for w, p in worlds)
            for x, q in target.items():
                if q > 0 and not now.get(x):
                    raise Undefined()
            scale = {x: target.get(x, 0) / q for x, q in now.items()}
            change = max([change] + [abs(s - 1) for x, s in scale.items() if target.get(x, 0)])
            worlds = [(w, p * scale[w[name]]) for w, p in worlds if scale[w[name]]]
        if change < 1e-14 or (len(soft) == 1 and sweep):
            return worlds
    raise Skip()


def mean(worlds, fn):
    return sum(p * fn(w) for w, p in worlds) / sum(p for _, p in worlds)


def cov(worlds, f, g):
    mf, mg = mean(worlds, f), mean(worlds, g)
    return mean(worlds, lambda w: (f(w) - mf) * (g(w) - mg))


def entropy(worlds, keys):
    total = sum(p for _, p in worlds)
    dist = add_up((tuple(k(w) for k in keys), p / total) for w, p in worlds)
    return -sum(p * math.log2(p) for p in dist.values() if p > 0)


def quantile(worlds, fn, q):
    total = sum(p for _, p in worlds)
    dist, below = add_up((float(fn(w)), p / total) for w, p in worlds), 0.0
    for x in sorted(dist):
        below += dist[x]
        if abs(below - q) < 1e-9:
            raise Skip()
        if below > q:
            return x
    raise Skip()


class Asker:
    """Random questions put to one model."""

    def __init__(self, rng, model):
        self.rng, self.model = rng, model
        self.maker = Maker(rng, model.vars.values())
        self.where = model

    # --- conditions ---

    def condition(self, taken=(), free=True, most=3):
        c, used = Condition(), set(taken)
        kinds = ["event"] * 5 + ["bare", "free", "free"] + ["do"] * 4
        kinds += ["soft", "factor", "bool", "row"]
        if not free:
            kinds = [k for k in kinds if k != "free"]
        n = self.rng.choice([0, 1, 1, 2, 2, 3][: most + 3])
        acts = 0
        for _ in range(n):
            kind = self.rng.choice(kinds)
            v = self.rng.choice(list(self.model.vars.values()))
            if kind == "event":
                e = self.maker.compare(v)
                self.event(c, e)
            elif kind == "bool":
                self.event(c, self.maker.bool(2))
            elif kind == "row":
                self.row(c)
            elif kind == "bare":
                if v.kind == "bool":
                    self.event(c, Expr(v.name, 10, lambda w, n=v.name: w[n]))
            elif kind == "free":
                if v.name not in used and self.room(c, v):
                    used.add(v.name)
                    bare = v.kind != "bool" and self.rng.random() < 0.5
                    c.texts.append(v.name if bare else f"{v.name} = ?")
                    c.axes.append((v.name, v.levels, "given", None))
            elif kind == "soft" and not c.soft or kind == "soft" and self.rng.random() < 0.3:
                if any(v.name == n for n, _ in c.soft):
                    continue
                e = self.maker_alone().level_map(v)
                c.texts.append(f"{v.name} ~ {e.text}")
                c.soft.append((v.name, clear(e.fn({}))))
            elif kind == "factor":
                self.factor(c)
            elif kind == "do" and not self.model.factors and not acts:
                acts = 1
                self.intervene(c, used, free)
        self.rng.shuffle(c.texts)
        return c

    def room(self, c, v):
        return math.prod(len(a[1]) for a in c.axes) * len(v.levels) <= 60

    def maker_alone(self):
        return Maker(self.rng, [])

    def event(self, c, e):
        c.texts.append(e.text)
        c.events.append(e.fn)

    def row(self, c):
        """A row of data, some of it missing."""
        vs = self.rng.sample(list(self.model.vars.values()),
                             min(len(self.model.vars), self.rng.choice([1, 2, 3])))
        known = {v.name: self.rng.choice(v.levels) for v in vs if self.rng.random() < 0.8}
        cells = ", ".join(level(known[v.name]) if v.name in known else "_" for v in vs)
        names = ", ".join(f"`{v.name}`" if "[" in v.name else v.name for v in vs)
        c.texts.append(f"data {names} {{ {cells} }}")
        c.events.append(lambda w: all(w[n] == x for n, x in known.items()))

    def factor(self, c):
        if self.rng.random() < 0.6:
            e, a, b = self.maker.bool(1), self.rng.choice([0, 1, 2]), self.rng.choice([1, 3])
            c.texts.append(f"factor if {e.text} then {a} else {b}")
            c.factors.append(lambda w: a if e.fn(w) else b)
        else:
            e = self.maker.num(1)
            c.texts.append(f"factor exp({e.text})")
            c.factors.append(lambda w: math.exp(e.fn(w)))

    def others(self, v):
        return [u for u in self.model.vars.values() if u.name not in v]

    def intervene(self, c, used, free):
        vs = self.rng.sample(list(self.model.vars.values()),
                             min(len(self.model.vars), self.rng.choice([1, 1, 1, 2, 3])))
        names = {v.name for v in vs}
        texts = []
        for v in vs:
            text = self.act(c, v, names, used, free)
            if text:
                texts.append(text)
        if texts and self.rng.random() < 0.8 or len(texts) == 1:
            c.texts.append(f"do({', '.join(texts)})")
        elif texts:
            c.texts += [f"do({t})" for t in texts]

    def act(self, c, v, names, used, free):
        r = self.rng.random()
        x = self.rng.choice(v.levels)
        if r < 0.35:
            c.acts.append(Act("const", v.name, lambda w: x))
            if v.kind == "bool" and self.rng.random() < 0.4:
                return v.name if x else f"not {v.name}"
            return f"{v.name} = {level(x)}"
        if r < 0.45 and free and v.name not in used and self.room(c, v):
            used.add(v.name)
            c.axes.append((v.name, v.levels, "do",
                           lambda x, n=v.name: Act("const", n, lambda w: x)))
            return v.name if v.kind != "bool" and self.rng.random() < .5 else f"{v.name} = ?"
        maker = Maker(self.rng, self.others(names))
        if r < 0.6 and maker.vars:
            cond, y = maker.bool(1), self.rng.choice(v.levels)
            deps = cond.deps
            if self.rng.random() < 0.5:
                e = maker.case(lambda: (lambda z: atom(level(z), lambda w: z, (), True))(
                    self.rng.choice(v.levels)))
                c.acts.append(Act("policy", v.name, e.fn, e.deps))
                return f"{v.name} = {e.text}"
            if v.kind == "bool" and self.rng.random() < 0.5:
                c.acts.append(Act("policy", v.name, cond.fn, deps))
                return f"{v.name} = ({cond.text})"
            c.acts.append(Act("policy", v.name, lambda w: x if cond.fn(w) else y, deps))
            return f"{v.name} = if {cond.text} then {level(x)} else {level(y)}"
        if r < 0.75:
            e = maker.dist(v, self.rng.choice([0, 1]))
            c.acts.append(Act("draw", v.name, e.fn, e.deps))
            return f"{v.name} ~ {e.text}"
        if r < 0.85 and v.kind in ("range", "bool"):
            lo, hi = v.levels[0], v.levels[-1]
            if v.kind == "bool":
                c.acts.append(Act("shift", v.name, lambda w: not w[v.name]))
                return f"{v.name} = not {v.name}"
            k = self.rng.choice([1, -1, 2])
            c.acts.append(Act("shift", v.name, lambda w: max(lo, min(hi, w[v.name] + k))))
            sign = f"+ {k}" if k > 0 else f"- {-k}"
            return f"{v.name} = max({lo}, min({hi}, {v.name} {sign}))"
        kids = [u for u in self.model.vars.values() if v.name in u.deps and u.name not in names]
        if kids:
            kid = self.rng.choice(kids)
            c.acts.append(Act("edge", v.name, lambda w: x, (), kid.name))
            return f"{v.name} -> {kid.name} = {level(x)}"
        c.acts.append(Act("const", v.name, lambda w: x))
        return f"{v.name} = {level(x)}"

    # --- rows ---

    def rows(self, c, extra, answer):
        """answer: (worlds, row) -> number. extra: free events [(name, levels)]."""
        axes = [(n, ls) for n, ls in extra] + [(a[0], a[1]) for a in c.axes]
        given = [a[0] for a in c.axes]

        def ask(model):
            if not axes:
                return answer(conditioned(model, c, {}), {})
            cells, kept, fine = {}, {}, False
            for combo in itertools.product(*[ls for _, ls in axes]):
                row = dict(zip([n for n, _ in axes], combo))
                key = tuple(row[g] for g in given)
                try:
                    if key not in kept:
                        try:
                            kept[key] = conditioned(model, c, row)
                        except Undefined:
                            kept[key] = None
                    if kept[key] is None:
                        raise Undefined()
                    cells[combo] = answer(kept[key], row)
                    fine = True
                except Undefined:
                    cells[combo] = None
            if not fine:
                raise Undefined()
            return Table([n for n, _ in axes], cells)
        return ask

    def head(self, name, inside, c):
        bar = " | " + ", ".join(c.texts) if c.texts else ""
        if self.rng.random() < 0.1:
            return f"{name}[{inside}{bar}]"
        return f"{name}({inside}{bar})"

    # --- heads ---

    def question(self, depth=1):
        """An Expr whose fn takes a model."""
        pick = self.rng.choices(
            ["P", "logP", "weight", "E", "Var", "Sd", "Cov", "Cor", "Quantile", "H", "I"],
            [8, 1, 1, 6, 2, 1, 1, 1, 1, 2, 2])[0]
        return getattr(self, "ask_" + pick.lower())()

    def ask_p(self, log=False):
        texts, events, extra = [], [], []
        for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3])):
            v = self.rng.choice(list(self.model.vars.values()))
            if self.rng.random() < 0.35 and v.name not in [n for n, _ in extra]:
                if math.prod(len(ls) for _, ls in extra) * len(v.levels) <= 30:
                    bare = v.kind != "bool" and self.rng.random() < 0.6
                    texts.append(v.name if bare else f"{v.name} = ?")
                    extra.append((v.name, v.levels))
                    continue
            e = self.maker.bool(self.rng.choice([0, 0, 1, 2]))
            texts.append(e.text)
            events.append(e.fn)
        c = self.condition([n for n, _ in extra])

        def answer(worlds, row):
            total = sum(p for _, p in worlds)
            hit = sum(p for w, p in worlds if all(e(w) for e in events)
                      and all(w[n] == row[n] for n, _ in extra)) / total
            if log:
                return math.log(hit) if hit else -math.inf
            return hit
        return Expr(self.head("logP" if log else "P", ", ".join(texts), c), 10,
                    self.rows(c, extra, answer))

    def ask_logp(self):
        return self.ask_p(True)

    def ask_weight(self):
        """logP with nothing before its bar."""
        c = self.condition()

        def weight(model, row):
            try:
                return math.log(sum(p for _, p in conditioned(model, c, row)))
            except Undefined:
                if c.soft:
                    raise
                return -math.inf

        def ask(model):
            if not c.axes:
                return weight(model, {})
            names, cells = [a[0] for a in c.axes], {}
            for combo in itertools.product(*[a[1] for a in c.axes]):
                try:
                    cells[combo] = weight(model, dict(zip(names, combo)))
                except Undefined:
                    cells[combo] = None
            if all(x is None for x in cells.values()):
                raise Undefined()
            return Table(names, cells)
        return Expr(self.head("logP", "", c), 10, ask)

    def quantity(self):
        if self.rng.random() < 0.15:
            return self.inner()
        return self.maker.num(self.rng.choice([0, 1, 2]))

    def inner(self):
        """A head with free conditions inside a head."""
        v = self.rng.choice(list(self.model.vars.values()))
        e = self.maker.num(1)
        name = self.rng.choice(["E", "E", "P", "Var"])
        c = Condition()
        c.texts.append(v.name if v.kind != "bool" else f"{v.name} = ?")
        if self.rng.random() < 0.3:
            self.event(c, self.maker.compare(v))
            del c.events[:], c.texts[1:]
        b = self.maker.bool(1)
        inside = b.text if name == "P" else e.text
        cells, where = {}, self.where

        def fn(w):
            x = w[v.name]
            if x not in cells:
                ws = [(u, p) for u, p in where.worlds() if u[v.name] == x]
                if not ws:
                    raise Undefined()
                cells[x] = (mean(ws, b.fn) if name == "P" else
                            mean(ws, e.fn) if name == "E" else cov(ws, e.fn, e.fn))
            return cells[x]
        got = atom(self.head(name, inside, c), fn)
        if self.rng.random() < 0.3:
            other = self.maker.num(1)
            return Expr(f"{got.text} * {other.at(8)}", 7, lambda w: got.fn(w) * other.fn(w))
        return got

    def ask_e(self):
        q, c = self.quantity(), self.condition()
        return Expr(self.head("E", q.text, c), 10,
                    self.rows(c, [], lambda ws, row: mean(ws, q.fn)))

    def ask_var(self, root=False):
        q, c = self.quantity(), self.condition()

        def answer(ws, row):
            x = max(0.0, cov(ws, q.fn, q.fn))
            if root and x < 1e-7:
                if any(abs(q.fn(w) - q.fn(ws[0][0])) > 0 for w, _ in ws):
                    raise Skip()
            return math.sqrt(x) if root else x
        return Expr(self.head("Sd" if root else "Var", q.text, c), 10, self.rows(c, [], answer))

    def ask_sd(self):
        return self.ask_var(True)

    def ask_cov(self, norm=False):
        a, b, c = self.quantity(), self.quantity(), self.condition()

        def answer(ws, row):
            x = cov(ws, a.fn, b.fn)
            if norm:
                va, vb = cov(ws, a.fn, a.fn), cov(ws, b.fn, b.fn)
                if va < 1e-9 or vb < 1e-9:
                    raise Skip()
                x /= math.sqrt(va * vb)
            return x
        return Expr(self.head("Cor" if norm else "Cov", f"{a.text}, {b.text}", c), 10,
                    self.rows(c, [], answer))

    def ask_cor(self):
        return self.ask_cov(True)

    def ask_quantile(self):
        a, c = self.maker.num(1), self.condition()
        q = self.rng.choice([0.1, 0.25, 0.5, 0.9, 0.77])
        return Expr(self.head("Quantile", f"{a.text}, {q}", c), 10,
                    self.rows(c, [], lambda ws, row: quantile(ws, a.fn, q)))

    def thing(self):
        v = self.rng.choice(list(self.model.vars.values()))
        if self.rng.random() < 0.8:
            return v.name, lambda w: w[v.name]
        e = self.maker.num(1)
        if not e.deps:
            return v.name, lambda w: w[v.name]
        return e.text, lambda w: round(float(e.fn(w)), 9)

    def averaged(self):
        """Conditions of H and I, and the variables averaged over."""
        c = self.condition(free=False, most=2)
        while any(t in self.model.vars for t in c.texts):
            c = self.condition(free=False, most=2)
        over = []
        for v in self.rng.sample(list(self.model.vars.values()), 1):
            if self.rng.random() < 0.4:
                over.append(v.name)
                c.texts.insert(self.rng.randint(0, len(c.texts)), v.name)
        return c, [lambda w, n=n: w[n] for n in over]

    def ask_h(self):
        things = [self.thing() for _ in range(self.rng.choice([1, 1, 2]))]
        c, over = self.averaged()
        keys = [k for _, k in things]
        return Expr(self.head("H", ", ".join(t for t, _ in things), c), 10, self.rows(
            c, [], lambda ws, row: entropy(ws, keys + over) - entropy(ws, over)))

    def ask_i(self):
        a = [self.thing() for _ in range(self.rng.choice([1, 1, 2]))]
        b = [self.thing() for _ in range(self.rng.choice([1, 1, 2]))]
        c, over = self.averaged()
        ka, kb = [k for _, k in a], [k for _, k in b]

        def answer(ws, row):
            return (entropy(ws, ka + over) + entropy(ws, kb + over)
                    - entropy(ws, ka + kb + over) - entropy(ws, over))
        inside = ", ".join(t for t, _ in a) + "; " + ", ".join(t for t, _ in b)
        return Expr(self.head("I", inside, c), 10, self.rows(c, [], answer))

    def ask_argmax(self):
        some = self.rng.sample(list(self.model.vars.values()),
                               self.rng.randint(1, min(3, len(self.model.vars))))
        c = self.condition(free=False)

        def ask(model):
            ws = conditioned(model, c, {})
            total = sum(p for _, p in ws)
            return "assign", add_up((tuple(w[v.name] for v in some), p / total) for w, p in ws), \
                [v.name for v in some]
        return Expr("argmax " + self.head("P", ", ".join(v.name for v in some), c), 0, ask)

    def ask_marginals(self):
        c = self.condition(free=False)

        def ask(model):
            ws = conditioned(model, c, {})
            total = sum(p for _, p in ws)
            return "marginals", {v: add_up((w[v], p / total) for w, p in ws) for v in model.vars}
        return Expr(f"marginals({', '.join(c.texts)})", 10, ask)

    # --- policies, lists, models, functions ---

    def ask_policy(self):
        vs = list(self.model.vars.values())
        if len(vs) < 2 or self.model.factors:
            return self.ask_p()
        x, z = self.rng.sample(vs, 2)
        inputs = [z] + [u for u in self.rng.sample(vs, 1) if u not in (x, z)
                        and len(u.levels) * len(z.levels) <= 4]
        n = math.prod(len(u.levels) for u in inputs)
        if len(x.levels) ** n > 100:
            return self.ask_p()
        y, c = self.maker.num(1), Condition()
        if self.rng.random() < 0.4:
            v = self.rng.choice([v for v in vs if v is not x] or vs)
            self.event(c, self.maker.compare(v))
        c.texts.append(f"do({x.name} = ?({', '.join(u.name for u in inputs)}))")

        def values(model):
            out, names = [], [u.name for u in inputs]
            for choice in itertools.product(x.levels, repeat=n):
                table = dict(zip(itertools.product(*[u.levels for u in inputs]), choice))
                act = Act("policy", x.name, lambda w: table[tuple(w[k] for k in names)], names)
                c.acts = [act] if len(set(choice)) > 1 else [Act("const", x.name,
                                                                 lambda w: choice[0])]
                c.acts = [act]
                try:
                    out.append(mean(conditioned(model, c, {}), y.fn))
                except (Undefined, Cycle):  # an input may be constant
                    raise Skip() from None
            return out
        text = f"E({y.text} | {', '.join(c.texts)})"
        name, pick = self.rng.choice([("max", max), ("min", min), ("", None)])
        if not name:
            return Expr(text, 10, lambda m: ("policies", sorted(values(m))))
        return Expr(f"{name}({text})", 10, lambda m: pick(values(m)))

    def arithmetic(self):
        """Questions combined by operators, pointwise by the names of their axes."""
        a, b = self.question(), self.question()
        op = self.rng.choice("+-*-/")

        def one(x, y):
            if x is None or y is None:
                return None
            if math.isinf(x) or math.isinf(y):
                raise Skip()
            if op == "/":
                if abs(y) < 1e-6:
                    raise Skip()
                return x / y
            return x + y if op == "+" else x - y if op == "-" else x * y

        def fn(model):
            return pointwise(one, a.fn(model), b.fn(model))
        return Expr(f"{a.text} {op} {b.text}", 6, fn)

    def over_table(self):
        a = self.question()
        name = self.rng.choice(["max", "min", "sum", "size", "exp"])

        def fn(model):
            got = a.fn(model)
            if not isinstance(got, Table):
                raise Skip()
            values = list(got.cells.values())
            if any(x is None or math.isinf(x) for x in values):
                raise Skip()
            if name == "exp":
                return Table(got.axes, {k: math.exp(x) for k, x in got.cells.items()})
            return {"max": max, "min": min, "sum": sum, "size": len}[name](values)
        return Expr(f"{name}({a.text})", 10, fn)

    def comprehension(self):
        v = self.rng.choice(list(self.model.vars.values()))
        e, kind = self.maker.num(1), self.rng.choice(["given", "do", "both"])
        if self.model.factors:
            kind = "given"
        inside = {"given": f"E({e.text} | {v.name} = l)", "do": f"E({e.text} | do({v.name} = l))",
                  "both": f"E({e.text} | do({v.name} = l)) - E({e.text} | {v.name} = l)"}[kind]
        total = self.rng.random() < 0.4
        levels = f"levels({v.name})"
        if v.kind == "level" and self.rng.random() < 0.5:
            levels = "[" + ", ".join(f'"{x}"' for x in v.levels) + "]"

        def fn(model):
            out = []
            for x in v.levels:
                got = 0
                if kind != "given":
                    got += mean(model.worlds((Act("const", v.name, lambda w: x),)), e.fn)
                if kind != "do":
                    ws = [(w, p) for w, p in model.worlds() if w[v.name] == x]
                    if not ws:
                        raise Undefined()
                    m = mean(ws, e.fn)
                    got = got - m if kind == "both" else m
                out.append(got)
            return sum(out) if total else ("list", out)
        text = f"{inside} for l in {levels}"
        return Expr(f"sum({text})" if total else f"[{text}]", 10, fn)

    def effect(self):
        """The standard library, and counterfactuals that come down to rung 2."""
        vs = list(self.model.vars.values())
        ys = [v for v in vs if v.numeric]
        if len(vs) < 2 or not ys or self.model.factors:
            return self.ask_e()
        y = self.rng.choice(ys)
        x = self.rng.choice([v for v in vs if v is not y])
        hi, lo = x.levels[-1], x.levels[0]
        extra = ""
        if self.rng.random() < 0.4:
            lo = self.rng.choice(x.levels)
            extra = f', control: "{lo}"' if x.kind in ("level", "order") else \
                f", control: {level(lo)}"

        def do(model, value, fn):
            return mean(model.worlds((Act("const", x.name, lambda w: value),)), fn)
        name = self.rng.choice(["ATE", "ATE", "RD", "RR", "world"])
        if name == "world":
            shown = f"`{y.name}`" if y.name in ("E", "P", "H") else y.name
            return Expr(f"E[{shown}[{x.name} = {level(hi)}] - {shown}[{x.name} = {level(lo)}]]",
                        10, lambda m: do(m, hi, lambda w: w[y.name]) - do(m, lo, lambda w: w[y.name]))
        if name != "ATE" and y.kind != "bool":
            name = "ATE"

        def fn(model):
            a, b = do(model, hi, lambda w: w[y.name]), do(model, lo, lambda w: w[y.name])
            if name == "RR":
                if abs(b) < 1e-6:
                    raise Skip()
                return a / b
            return a - b
        return Expr(f"{name}({x.name} -> {y.name}{extra})", 10, fn)

    def family(self):
        names = self.model.family
        v = self.model.vars[names[0]]
        x = self.rng.choice(v.levels)
        c = self.condition(free=False, most=2)
        r = self.rng.random()
        if r < 0.3:
            return Expr(self.head("P", f"W[_] = {level(x)}", c), 10, self.rows(
                c, [], lambda ws, row: mean(ws, lambda w: all(w[n] == x for n in names))))
        if r < 0.6:
            return Expr(self.head("E", "sum(W[_])", c), 10, self.rows(
                c, [], lambda ws, row: mean(ws, lambda w: sum(w[n] for n in names))))
        lo = int(names[0][2:-1])
        a = self.rng.randint(lo, lo + len(names) - 1)
        some = [n for n in names if int(n[2:-1]) <= a]
        e = self.maker.num(1)
        if r < 0.8 and not self.model.factors:
            c = Condition()
            c.texts = [f"do(W[{lo}..{a}] = {level(x)})"]
            c.acts = [Act("const", n, lambda w: x) for n in some]
        else:
            c.texts.append(f"W[{lo}..{a}] = {level(x)}")
            c.events.append(lambda w: all(w[n] == x for n in some))
        return Expr(self.head("E", e.text, c), 10,
                    self.rows(c, [], lambda ws, row: mean(ws, e.fn)))

    def surgery(self):
        """under m with do(...), under m with { ... }"""
        if self.model.factors:
            return self.ask_p()
        c = Condition()
        name = self.model.name
        v = self.rng.choice(list(self.model.vars.values()))
        if self.rng.random() < 0.5:
            self.intervene(c, set(), False)
            texts = [t for t in c.texts]
            how = " with ".join([name] + texts)
            acts = c.acts
            if len(texts) > 1:
                return self.ask_p()
        else:
            if v.name in ("data", "model", "noise"):
                return self.ask_p()
            e = Maker(self.rng, self.others({v.name})).dist(v)
            acts = [Act("draw", v.name, e.fn, e.deps)]
            how = f"{name} with {{ {v.name} ~ {e.text} }}"
        if not acts or any(a.kind in ("edge", "shift") for a in acts):
            return self.ask_p()
        changed = Changed(self.model, acts)
        self.where, self.model = changed, changed
        q = self.question()
        self.where = self.model = changed.base

        def fn(_):
            changed.worlds()
            return q.fn(changed)
        return Expr(f"{q.text} under {how}", 0, fn)


class Changed:
    """A model after surgery."""

    def __init__(self, base, acts):
        self.base, self.acts, self.vars = base, tuple(acts), dict(base.vars)
        self.name, self.factors = base.name, base.factors
        for a in acts:
            old = base.vars[a.var]
            new = Var(old.name, old.kind, old.levels, old.domain)
            new.deps = frozenset(a.deps)
            self.vars[a.var] = new

    def worlds(self, acts=()):
        return self.base.worlds(self.acts + tuple(acts))


def pointwise(one, a, b):
    if not isinstance(a, Table) and not isinstance(b, Table):
        return one(a, b)
    axes = list(a.axes) if isinstance(a, Table) else []
    levels = {}
    for t in (a, b):
        if isinstance(t, Table):
            axes += [x for x in t.axes if x not in axes]
            for key in t.cells:
                for x, value in zip(t.axes, key):
                    levels.setdefault(x, [])
                    if value not in levels[x]:
                        levels[x].append(value)
    if math.prod(len(levels[x]) for x in axes) > 3000:
        raise Skip()
    cells = {}
    for combo in itertools.product(*[levels[x] for x in axes]):
        env = dict(zip(axes, combo))
        x = a.get(env) if isinstance(a, Table) else a
        y = b.get(env) if isinstance(b, Table) else b
        cells[combo] = one(x, y)
    return Table(axes, cells)


def random_question(rng, asker):
    kinds, weights = ["question", "argmax", "marginals", "policy", "arithmetic", "over_table",
                      "comprehension", "effect", "surgery", "family"], \
                     [40, 5, 3, 4, 10, 5, 6, 6, 8, 6]
    kind = rng.choices(kinds, weights)[0]
    if kind == "family" and not hasattr(asker.model, "family"):
        kind = "question"
    made = {"question": asker.question, "argmax": asker.ask_argmax,
            "marginals": asker.ask_marginals, "policy": asker.ask_policy,
            "arithmetic": asker.arithmetic, "over_table": asker.over_table,
            "comprehension": asker.comprehension, "effect": asker.effect,
            "surgery": asker.surgery, "family": asker.family}[kind]()
    return made
