#!/usr/bin/env python3
"""Effects sought from described sources: margins, experiments, populations and selected rows.

Usage: sources.py RUNG [SEEDS [FIRST]] [--print]
Each estimand is evaluated in a random model of its graph, where it must be the effect (found by
surgery and enumeration), and each of its terms must be a law that a source tells. That something
is not identified is judged only where a source tells just that.
"""
import argparse
import itertools
import json
import random
import re
import subprocess

TOKEN = re.compile(r"sum over|P\(|do\(|[A-Za-z]\w*'*|[()\[\]/,|*=]|\d+|\S")
LEVEL = {"trial": 0, "target": 1, "0": 0, "1": 1}


# --- models -------------------------------------------------------------------------------------

class World:
    """A graph with latent causes behind its <->, and the law of a random binary model of it."""

    def __init__(self, rng, edges, both, names):
        self.names, self.hidden = names, [f"{a}<->{b}" for a, b in both]
        pairs = edges + [(f"{a}<->{b}", v) for a, b in both for v in (a, b)]
        self.order = self.hidden + names
        self.pa = {v: [a for a, b in pairs if b == v] for v in self.order}
        self.p = {v: {row: rng.uniform(0.1, 0.9)
                      for row in itertools.product((0, 1), repeat=len(self.pa[v]))}
                  for v in self.order}
        self.laws = {}

    def law(self, dos):
        """Weights of all rows of values after setting `dos`."""
        key = tuple(sorted(dos.items()))
        if key not in self.laws:
            rows = [({}, 1.0)]
            for v in self.order:
                grown = []
                for w, q in rows:
                    p = self.p[v][tuple(w[u] for u in self.pa[v])]
                    for x in (0, 1):
                        r = float(dos[v] == x) if v in dos else p if x else 1 - p
                        if r:
                            grown.append(({**w, v: x}, q * r))
                rows = grown
            self.laws[key] = rows
        return self.laws[key]

    def p_of(self, event, dos, given):
        fits = lambda w, e: all(w[v] == x for v, x in e.items())
        left = [(w, q) for w, q in self.law(dos) if fits(w, given)]
        return sum(q for w, q in left if fits(w, event)) / sum(q for _, q in left)


# --- estimands ----------------------------------------------------------------------------------

class Reader:
    """Reads an estimand: ("P", head, given, dos), ("sum", names, e), ("*", a, b), ("/", a, b)."""

    def __init__(self, text):
        self.tokens, self.at = TOKEN.findall(text), 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def expr(self):
        if self.peek() == "sum over":
            self.take()
            names = [self.take()]
            while self.take() == ",":  # else it is "of"
                names.append(self.take())
            return ("sum", names, self.expr())
        e = self.factor()
        while self.peek() in ("*", "/", "P(", "(", "[", "sum over"):
            op = self.take() if self.peek() in "*/" else "*"
            e = (op, e, self.expr() if self.peek() == "sum over" else self.factor())
        return e

    def factor(self):
        if self.take() != "P(":
            e = self.expr()
            self.take()
            return e
        parts, dos = [[], []], []
        self.items(parts, dos)
        return ("P", parts[0], parts[1], dos)

    def items(self, parts, dos):
        side = 0
        while True:
            t = self.take()
            if t == ")":
                return
            if t == "|":
                side = 1
            elif t == "do(":
                inner = [[], []]
                self.items(inner, dos)
                dos.extend(inner[0])
            elif t != ",":
                fixed = self.peek() == "=" and (self.take(), self.take())[1]
                parts[side].append((t, fixed or None))


def plain(name):
    return name.rstrip("'")


def free(e):
    if e[0] == "P":
        return {v for part in e[1:] for v, x in part if x is None}
    return free(e[2]) - set(e[1]) if e[0] == "sum" else free(e[1]) | free(e[2])


def terms(e):
    if e[0] == "P":
        return [e]
    return terms(e[2]) if e[0] == "sum" else terms(e[1]) + terms(e[2])


def value(e, env, world):
    if e[0] == "P":
        head, given, dos = ({plain(v): env[v] if x is None else LEVEL[x] for v, x in part}
                            for part in e[1:])
        return world.p_of(head, dos, given)
    if e[0] == "sum":
        return sum(value(e[2], {**env, **dict(zip(e[1], row))}, world)
                   for row in itertools.product((0, 1), repeat=len(e[1])))
    a, b = value(e[1], env, world), value(e[2], env, world)
    return a * b if e[0] == "*" else a / b


# --- questions ----------------------------------------------------------------------------------

class Source:
    def __init__(self, rng, case):
        self.dos = rng.sample(case.free, rng.choice([0, 0, 0, 1, 2]))
        self.at = [a for a in case.selected if rng.random() < 0.5]
        share = rng.choice([0.4, 0.7, 1])
        self.seen = [v for v in case.names
                     if v not in self.dos + self.at and rng.random() < share]
        self.town = [(t, rng.choice(["trial", "target"])) for t in case.towns]

    def text(self):
        given = [f"do({', '.join(self.dos)})"] if self.dos else []
        given += [f"{a} = 1" for a in self.at] + [f"{t} = {x}" for t, x in self.town]
        return f"P({', '.join(self.seen)}" + (" | " + ", ".join(given) if given else "") + ")"

    def tells(self, term, towns):
        names = lambda part: {plain(v) for v, x in part if x is None}
        fixed = [(v, x) for v, x in term[2] if x is not None]
        return (names(term[3]) == set(self.dos)
                and {v for v, _ in fixed if v not in towns} == set(self.at)
                and {f for f in fixed if f[0] in towns} == set(self.town)
                and names(term[1]) | names(term[2]) <= set(self.seen))


class Case:
    def __init__(self, seed):
        rng = random.Random(seed)
        self.names = list("ABCDF"[: rng.randint(3, 5)])
        pairs = list(itertools.combinations(rng.sample(self.names, len(self.names)), 2))
        edges = [e for e in pairs if rng.random() < rng.choice([0.3, 0.6])]
        both = [e for e in pairs if rng.random() < rng.choice([0.1, 0.3])][:3]
        self.towns = ["Town"] if rng.random() < 0.3 else []
        caused = [v for v in self.names if any(b == v for _, b in edges)]
        self.selected = rng.sample(caused, min(len(caused), rng.choice([0, 0, 1])))
        self.free = [v for v in self.names if v not in self.selected]
        edges += [("Town", v) for v in self.names if self.towns and rng.random() < 0.3]
        items = [", ".join(self.names)] + [f"{t} : {{trial, target}}" for t in self.towns]
        items += [f"{a} -> {b}" for a, b in edges] + [f"{a} <-> {b}" for a, b in both]
        self.model = "model g { " + "; ".join(items) + " }"
        self.world = World(rng, edges, both, self.towns + self.sorted(edges))
        self.question(rng)

    def sorted(self, edges):
        out = []
        while len(out) < len(self.names):
            out += [v for v in self.names if v not in out
                    and all(a in out or a == "Town" for a, b in edges if b == v)][:1]
        return out

    def question(self, rng):
        left = rng.sample(self.free, len(self.free))
        k = min(rng.choice([0, 1, 1, 2]), len(left) - 1)
        self.x, rest = left[:k], left[k:]
        n = rng.choice([1, 1, 2])
        self.y, self.z = rest[:n], rest[n:n + rng.choice([0, 1, 2])]
        sources = [Source(rng, self) for _ in range(rng.choice([1, 2, 2, 3]))]
        self.sources = [s for s in sources if s.seen]
        given = [f"do({', '.join(self.x)})"] if self.x else []
        given += self.z + [f"{t} = target" for t in self.towns]
        self.text = f"P({', '.join(self.y)}" + (" | " + ", ".join(given) if given else "") + ")"
        self.text += " from {" + ", ".join(s.text() for s in self.sources) + "}"

    def told(self):
        """Whether a source tells just what is asked, where there is one population."""
        return not self.towns and any(set(s.dos) == set(self.x) and not s.at
                                      and set(self.y + self.z) <= set(s.seen)
                                      for s in self.sources)

    def wrong(self, text):
        """Why the estimand is wrong, or None."""
        formula, *any_of = text.split(", at any ")
        reader = Reader(formula)
        e = reader.expr()
        if reader.peek() is not None:
            return "not read to its end"
        for t in terms(e):
            if not any(s.tells(t, self.towns) for s in self.sources):
                return f"no source tells {t}"
        asked = self.x + self.y + self.z
        names = sorted(set(asked) | free(e))
        if set(names) - set(asked) - set(re.findall(r"\w+", " ".join(any_of))):
            return "it depends on more than the question"
        for row in itertools.product((0, 1), repeat=len(names)):
            env = dict(zip(names, row))
            pick = lambda vs: {v: env[v] for v in vs}
            want = self.world.p_of(pick(self.y), pick(self.x),
                                   {**pick(self.z), **{t: 1 for t in self.towns}})
            got = value(e, env, self.world)
            if abs(got - want) > 1e-9:
                return f"{got} instead of {want} at {env}"
        return None


# --- running ------------------------------------------------------------------------------------

def answers(rung, cases):
    text = "".join(f'"@{i}"\n{c.model}\n{c.text}\n' for i, c in enumerate(cases))
    run = subprocess.run([rung, "--json"], input=text, capture_output=True, text=True,
                         check=False)
    if run.returncode not in (0, 1, 65):
        raise SystemExit(f"sources: exit {run.returncode}: {run.stderr[-2000:]}")
    at, out = None, {}
    for line in run.stdout.splitlines():
        a = json.loads(line)
        if a["kind"] == "string":
            at = int(a["value"][1:])
        elif a["kind"] != "note":
            out[at] = a
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("rung")
    p.add_argument("seeds", nargs="?", type=int, default=100)
    p.add_argument("first", nargs="?", type=int, default=0)
    p.add_argument("--print", action="store_true")
    a = p.parse_args()
    cases = [c for c in map(Case, range(a.first, a.first + a.seeds)) if c.sources]
    if a.print:
        print("".join(f"{c.model}\n{c.text}\n" for c in cases), end="")
        return
    got, bad, found = answers(a.rung, cases), 0, 0
    for i, c in enumerate(cases):
        kind = got[i]["kind"] if i in got else "nothing"
        why = f"answered {got.get(i)}"
        if kind == "error" and got[i]["code"] == "E0551":  # different values of one selection
            why = None
        if kind == "unidentified":
            why = "a source tells it" if c.told() else None
        if kind == "estimand":
            found += 1
            why = c.wrong(got[i]["text"])
        if why:
            bad += 1
            print(f"{c.model}\n{c.text}\n    {got.get(i, {}).get('text')}\n    {why}")
    print(f"sources: {len(cases)} questions from seed {a.first}, {found} estimands, {bad} wrong")
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
