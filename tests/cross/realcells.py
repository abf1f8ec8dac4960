"""Random threshold models: outcomes that compare uniform noise with numbers, in worlds."""
import itertools
import math

from realmath import Skip
from reallinear import add_root, num, test_of
from realmodel import FACT, Atom, Model, Var, World


def random_model(rng):
    m = Model()
    for i in range(rng.choice([1, 1, 2])):
        add_root(rng, m, f"X{i}")
    for v in m.vars:
        v.noise = False
    m.noise = {}
    for i in range(rng.randint(1, 3)):
        m.noise[f"U{i}"] = set()
        m.vars.append(Var(f"U{i}", f"noise U{i} ~ uniform(0, 1)", lambda env, n=f"U{i}": env[n],
                          True))
        m.vars[-1].noise = True
    for i in range(rng.randint(1, 3)):
        add_outcome(rng, m, f"Y{i}")
    return m


def add_outcome(rng, m, name):
    finite = [v for v in m.vars if not v.noise]
    u = rng.choice(list(m.noise))
    a = num(rng, 0.05, 0.5)
    causes = rng.sample(finite, min(len(finite), rng.choice([1, 1, 2])))
    ks = [num(rng, -0.2, 0.25) for _ in causes]
    bound = lambda env: a + sum(k * env[v.name] for k, v in zip(ks, causes))
    for row in itertools.product(*[v.levels for v in causes]):
        m.noise[u].add(a + sum(k * x for k, x in zip(ks, row)))
    text = f"{a}" + "".join(f" + {k}*{v.name}" for k, v in zip(ks, causes))
    form = rng.random()
    if form < 0.45:
        line, fn = f"{name} = {u} < {text}", lambda env: int(env[u] < bound(env))
    elif form < 0.6:
        line, fn = f"{name} = 1 - {u} < {text}", lambda env: int(1 - env[u] < bound(env))
        m.noise[u] |= {1 - x for x in m.noise[u]}
    elif form < 0.75:
        line, fn = f"{name} = 2*{u} - 0.5 > {text}", lambda env: int(2 * env[u] - .5 > bound(env))
        m.noise[u] |= {(x + 0.5) / 2 for x in m.noise[u]}
    elif form < 0.85:
        c = num(rng, 0.2, 0.8)
        line = f"{name} : 0..2 = if {u} < {text} then 0 else if {u} < {c} then 1 else 2"
        m.noise[u].add(c)
        m.vars.append(Var(name, line, lambda env: 0 if env[u] < bound(env) else
                          1 if env[u] < c else 2, False, [0, 1, 2]))
        m.vars[-1].noise = False
        return
    else:
        t, holds = test_of(rng.choice(finite))
        line = f"{name} = ({t}) and {u} > {a} or {u} < {text}"
        m.noise[u].add(a)
        fn = lambda env: int(holds(env) and env[u] > a or env[u] < bound(env))
    m.vars.append(Var(name, line, fn, False, [0, 1]))
    m.vars[-1].noise = False


def configs(m):
    cells = {}
    for u, cuts in m.noise.items():
        cuts = sorted({0.0, 1.0} | {x for x in cuts if 0 < x < 1})
        cells[u] = [((a + b) / 2, b - a) for a, b in zip(cuts, cuts[1:]) if b - a > 1e-12]
    for base, p in m.configs():
        for row in itertools.product(*cells.values()):
            yield {**base, **{u: x for u, (x, _) in zip(cells, row)}}, \
                p * math.prod(w for _, w in row)


def world(rng, m, depth=0):
    able = [v for v in m.vars if not v.noise]
    dos, text = {}, []
    for v in rng.sample(able, min(len(able), rng.choice([1, 1, 2]))):
        if depth == 0 and rng.random() < 0.2:
            inner = world(rng, m, 1)
            dos[v.name] = lambda env, base, n=v.name, i=inner: m.world(base, i.dos)[n]
            text.append(f"{v.name} = {v.name}[{inner.text}]")
        elif v.levels == [0, 1] and rng.random() < 0.15:
            dos[v.name] = lambda env, base, n=v.name: 1 - env[n]
            text.append(f"{v.name} = not {v.name}")
        else:
            x = rng.choice(v.levels)
            dos[v.name] = lambda env, base, x=x: x
            text.append(f"{v.name} = {x}")
    return World(", ".join(text), dos)


def question(rng, m):
    worlds = [FACT] + [world(rng, m) for _ in range(rng.choice([0, 1, 1, 2]))]
    vs = [v for v in m.vars if not v.noise]
    atom = lambda: Atom(rng.choice(vs), rng.choice(worlds))
    given, target = [], []
    for out, n in ((given, rng.choice([0, 1, 1, 2])), (target, rng.choice([1, 1, 2]))):
        for _ in range(n):
            a = atom()
            out.append((a, rng.choice(a.var.levels)))
    a, b = atom(), atom()
    form = rng.choice(["P", "P", "P", "E", "Var", "Cov", "Ediff"])
    texts = [f"{x.text()} = {v}" for x, v in given]
    us = [u for u in m.noise]
    cut = None
    if rng.random() < 0.3:
        u = rng.choice(us)
        cut = (u, num(rng, 0.2, 0.8))
        m.noise[u].add(cut[1])
        texts.append(f"{u} < {cut[1]}")
    bar = " | " + ", ".join(texts) if texts else ""
    z = s1 = s2 = s12 = t = 0.0
    for base, p in configs(m):
        envs = {w.text: m.world(base, w.dos) for w in worlds}
        value = lambda x: envs[x.world.text][x.var.name]
        if any(value(x) != v for x, v in given) or cut and base[cut[0]] > cut[1]:
            continue
        z += p
        s1 += p * value(a)
        s2 += p * value(b)
        s12 += p * value(a) * value(b)
        t += p * all(value(x) == v for x, v in target)
    if z < 1e-9:
        raise Skip
    if form == "P":
        return "P(" + ", ".join(f"{x.text()} = {v}" for x, v in target) + bar + ")", t / z
    if form == "E":
        return f"E[{a.text()}{bar}]", s1 / z
    if form == "Ediff":
        return f"E[{a.text()} - {b.text()}{bar}]", (s1 - s2) / z
    if form == "Cov":
        return f"Cov[{a.text()}, {b.text()}{bar}]", s12 / z - s1 * s2 / z / z
    b = a
    z = s1 = s2 = 0.0
    for base, p in configs(m):
        envs = {w.text: m.world(base, w.dos) for w in worlds}
        value = lambda x: envs[x.world.text][x.var.name]
        if any(value(x) != v for x, v in given) or cut and base[cut[0]] > cut[1]:
            continue
        z += p
        s1 += p * value(a)
        s2 += p * value(a) ** 2
    return f"Var[{a.text()}{bar}]", s2 / z - (s1 / z) ** 2


def make(rng, n):
    m, out = random_model(rng), []
    for _ in range(5 * n):
        if len(out) == n:
            break
        try:
            out.append(question(rng, m))
        except Skip:
            continue
    return m.text(), out
