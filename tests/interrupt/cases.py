# Cases: what takes long, of every kind. Each is what to type first, and what to interrupt.
import gzip
import os
import random


class Case:
    def __init__(self, name, entry, *before, options=()):
        self.name, self.entry, self.before, self.options = name, entry, before, list(options)


# --- files ----------------------------------------------------------------------------------

def write(path, text, packed=False):
    if not os.path.exists(path):
        with (gzip.open(path, "wt", 1) if packed else open(path, "w")) as f:
            f.write(text)
    return path


# A network of `n` variables in BIF, each with up to `most` parents among the `window` before it.
def bif(n, most, window, levels=2, seed=1):
    r = random.Random(seed)
    out = ["network random {\n}\n"]
    names = "{ " + ", ".join(f"s{k}" for k in range(levels)) + " }"
    for i in range(n):
        out.append(f"variable V{i} {{\n  type discrete [ {levels} ] {names};\n}}\n")
    for i in range(n):
        pool = range(max(0, i - window), i)
        parents = r.sample(pool, min(len(pool), r.randint(1, most)))
        def row():
            w = [r.randint(1, 9) for _ in range(levels)]
            return [x / sum(w) for x in w]
        if not parents:
            out.append(f"probability ( V{i} ) {{\n  table {', '.join(f'{x:.6f}' for x in row())};\n}}\n")
            continue
        out.append(f"probability ( V{i} | {', '.join(f'V{p}' for p in parents)} ) {{\n")
        for c in range(levels ** len(parents)):
            key = ", ".join(f"s{c // levels ** k % levels}" for k in range(len(parents)))
            p = row()
            p = [round(x, 6) for x in p[:-1]]
            out.append(f"  ({key}) {', '.join(f'{x:.6f}' for x in p + [1 - sum(p)])};\n")
        out.append("}\n")
    return "".join(out)


# A grid of n by n binary variables with random factors, in the format UAI.
def grid(n, seed=1):
    r = random.Random(seed)
    scopes = [(i * n + j, i * n + j + 1) for i in range(n) for j in range(n - 1)]
    scopes += [(i * n + j, i * n + j + n) for i in range(n - 1) for j in range(n)]
    out = [f"MARKOV\n{n * n}\n{' '.join(['2'] * (n * n))}\n{len(scopes)}\n"]
    out += [f"2 {a} {b}\n" for a, b in scopes]
    out += [f"4\n {' '.join(f'{r.uniform(0.5, 2):.4f}' for _ in range(4))}\n" for _ in scopes]
    return "".join(out)


# A random graph over n variables, with arrows and confounding.
def graph(n, arrows, confounded, seed=1):
    r = random.Random(seed)
    out = [f"V{i}" for i in range(n)]
    for j in range(1, n):
        for i in r.sample(range(j), min(j, arrows)):
            out.append(f"V{i} -> V{j}")
    for _ in range(confounded):
        i, j = r.sample(range(n), 2)
        out.append(f"V{i} <-> V{j}")
    return "; ".join(out)


# A graph in which layers of `width` variables follow one another, all joined to the next.
def layers(depth, width):
    out = []
    for d in range(depth):
        a = ", ".join(f"L{d}_{k}" for k in range(width))
        b = ", ".join(f"L{d + 1}_{k}" for k in range(width))
        out.append(f"{{{a}}} -> {{{b}}}")
    first = ", ".join(f"L0_{k}" for k in range(width))
    last = ", ".join(f"L{depth}_{k}" for k in range(width))
    return f"X -> {{{first}}}; {{{last}}} -> Y; " + "; ".join(out)


# --- the cases ------------------------------------------------------------------------------

# `d` is a folder for the files.
def cases(d):
    wide = write(d + "/wide.bif", bif(3000, 3, 400))
    tall = write(d + "/tall.bif", bif(40000, 2, 8))
    tree = write(d + "/tree.bif", bif(400, 3, 26))
    g20 = write(d + "/g20.uai", grid(20))
    g22 = write(d + "/g22.uai", grid(22))
    g26 = write(d + "/g26.uai", grid(26))
    g60 = write(d + "/g60.uai", grid(60))
    g200 = write(d + "/g200.uai", grid(200))
    big = write(d + "/big.bif", bif(60000, 4, 30))
    packed = write(d + "/packed.bif.gz", bif(60000, 4, 30), packed=True)
    lines = write(d + "/lines.rung", "".join(f"let a{i} = {i} + {i}*2\n" for i in range(200000)))
    long_line = write(d + "/longline.rung", "let a = [" + ", ".join("1 + 2*3" for _ in range(300000)) + "]\n")
    models = write(d + "/models.rung", "".join(
        f"model m{i} {{ A : bool ~ 0.3; B : bool ~ if A then 0.2 else 0.4; C = A or B }}\n"
        f"let p{i} = P(A | C)\n" for i in range(20000)))
    onemodel = write(d + "/onemodel.rung", "model m { A0 : bool ~ 0.5\n" + "".join(
        f"A{i + 1} : bool ~ if A{i} then 0.3 else 0.8\n" for i in range(50000)) + "}\n")
    broken = write(d + "/broken.rung", "".join(f"let a{i} = nosuch{i} + )\n" for i in range(50000)))
    chain = ("model chain { X[1] : bool ~ 0.5; X[t] : bool ~ if X[t-1] then 0.7 else 0.3 for t in 2..%d }")
    dense = "model big { %s }" % graph(60, 4, 60)
    sparse = "model large { %s }" % graph(400, 2, 40)
    hidden = "model hidden { %s }" % graph(40, 3, 30, 3)
    lay = "model lay { %s }" % layers(12, 5)
    vote = ("model vote { noise U[i] : bool ~ 0.5 for i in 1..%d; V[i] = U[i] for i in 1..%d; "
            "W = sum(V[_]) > %d }")
    return [
        # the VM and the natives
        Case("loop", "[x + y for x in 1..100000 for y in 1..100000 if x < 0]"),
        Case("loop fills", "size([x + y for x in 1..3000 for y in 1..3000])"),
        Case("loop asks", "[P(A | B) for x in 1..10000000]",
             "model m { A : bool ~ 0.2; B : bool ~ if A then 0.9 else 0.1 }"),
        Case("recursion", "f(30)", "def f(n) = if n < 2 then 1 else f(n - 1) + f(n - 2)"),
        Case("sum of a range", "sum(1..2000000000)"),
        Case("max of a range", "max(1..2000000000)"),
        Case("argmax of a range", "argmax(1..2000000000)"),
        Case("sort", "size(sort(xs))", "let xs = [(x*7919) mod 1000003 for x in 1..3000000]"),
        Case("sort a range", "size(sort(1..60000000))"),
        Case("reverse", "size(reverse(1..60000000))"),
        Case("arithmetic on lists", "size(xs*2 + xs*3 - xs^2)", "let xs = [x for x in 1..3000000]"),
        Case("function of a list", "size(sqrt(exp(xs/1e7)))", "let xs = [x for x in 1..3000000]"),
        Case("set", "size(set(xs))", "let xs = [(x*7919) mod 1000003 for x in 1..2000000]"),
        Case("ranks", "size(ranks(xs))", "let xs = [(x*7919) mod 1000003 for x in 1..3000000]"),
        Case("union", "size(set(xs) union set(ys))", "let xs = [x for x in 1..300000]",
             "let ys = [x + 150000 for x in 1..300000]"),
        Case("list arithmetic", "size(xs + xs*2 - log(xs))", "let xs = [x for x in 1..3000000]"),
        Case("equal lists", "[xs = ys for k in 1..1000][1]", "let xs = [x for x in 1..1000000]",
             "let ys = [x for x in 1..1000000]"),
        Case("in a list", "[7000001 in xs for k in 1..1000][1]", "let xs = [x for x in 1..1000000]"),
        Case("print a list", "xs", "let xs = [x*1.1 for x in 1..2000000]"),
        Case("print a range", "1..100000000"),
        Case("print json", "xs", "let xs = [x*1.1 for x in 1..2000000]", options=["--json"]),
        Case("print a table", "P(V[1], V[2], V[3], V[4], V[5], V[6])",
             "model t { V[i] : 1..10 ~ uniform(1..10) for i in 1..6 }"),
        Case("show a table", "show P(V[1], V[2], V[3], V[4], V[5], V[6])",
             "model t { V[i] : 1..10 ~ uniform(1..10) for i in 1..6 }"),
        Case("table arithmetic", "t*t/t + t - t*2",
             "model t { V[i] : 1..10 ~ uniform(1..10) for i in 1..6 }",
             "let t = P(V[1], V[2], V[3], V[4], V[5], V[6])"),
        Case("pattern", 'matches("%s!", re"(a+)+$")' % ("a" * 40)),
        Case("pattern on much", 'matches(text, re"(x+x+)+y")', 'let text = "%s"' % ("x" * 4000)),
        Case("pattern of vars", ':vars /(V+\\d*)+$/', f':load {tall}'),
        # quadrature
        Case("wasserstein", "[wasserstein(mix {normal(0, 1): 0.5, gamma(2, rate: 3): 0.5}, "
             "mix {cauchy(0, 1): 0.4, normal(5, 1): 0.6}, order: 1.5) for i in 1..100000]"),
        Case("entropy", "[entropy(mix {normal(0, 1): 0.5, gamma(2, rate: 3): 0.3, normal(x, 1): 0.2})"
             " for x in 1..100000]"),
        Case("quantile", "[quantile(mix {negative_binomial(successes: 1000, p: 0.00001): 0.5, "
             "binomial(100000000, 0.3): 0.5}, 0.9) for i in 1..1000000]"),
        Case("dependent normals", "[P(X > 0, Y > k, X + Y > 1) for k in 1..10000]",
             "model n { Z ~ normal(0, 1); X = Z + normal(0, 1); Y = X*2 + Z + normal(0, 1) }"),
        # tables
        Case("model by table", "model t { V[i] : 1..20 ~ uniform(1..20) for i in 1..6; "
             "W : bool ~ if V[1]*V[2] + V[3]*V[4] > V[5] then 0.2 else 1/(V[1] + V[5]) }"),
        Case("wide chain", chain % 100000),
        Case("enumerate", "P(X[1] | X[24]) using enumerate", chain % 24),
        Case("eliminate", "logP()", f":load {g22}", options=["--budget", "1h"]),
        Case("tree passes", "marginals()", f":load {g20}", options=["--budget", "1h"]),
        Case("tree passes, 1 thread", "marginals()", f":load {g20}",
             options=["--budget", "1h", "--threads", "1"]),
        Case("tree passes, 4 threads", "marginals()", f":load {g20}",
             options=["--budget", "1h", "--threads", "4"]),
        Case("marginals of a network", "marginals()", f":load {tree}", options=["--budget", "1h"]),
        Case("conditioning", "P(x0 | x9) using exact", f":load {g26}",
             options=["--budget", "10000h", "--memory", "4MB"]),
        Case("plan 60 x 60", "P(x0) using exact", f":load {g60}"),
        Case("plan 200 x 200", "P(x0) using exact", f":load {g200}"),
        Case("plan marginals 200 x 200", "marginals() using exact", f":load {g200}"),
        Case("plan wide", "P(V2999) using exact", f":load {wide}"),
        Case("plan wide marginals", "marginals() using exact", f":load {wide}"),
        Case("plan tall", "marginals()", f":load {tall}"),
        Case("plan conditioning", "P(V2999) using exact", f":load {wide}", options=["--budget", "100000h"]),
        Case("plan conditioning of a grid", "P(x0 | x9) using exact", f":load {g60}",
             options=["--budget", "100000h"]),
        Case("argmax", "argmax P(variables())", f":load {g22}", options=["--budget", "1h"]),
        Case("argmax of some", "argmax P(x0, x1, x2, x40, x41)", f":load {g20}", options=["--budget", "1h"]),
        Case("plan argmax", "argmax P(variables())", f":load {wide}"),
        Case("minibuckets", "P(x0 | x9)", f":load {g60}"),
        Case("minibuckets, wide", "P(V2999)", f":load {wide}"),
        Case("minibuckets, 200 x 200", "P(x0 | x9) using minibuckets(size: 8)", f":load {g200}"),
        Case("minibuckets marginals", "marginals() using minibuckets(size: 14, n: 10_000_000)", f":load {g60}"),
        Case("explain", "explain marginals()", f":load {tall}"),
        Case("sampling a network", "P(V2999) using sampling(n: 100_000_000)", f":load {wide}"),
        Case("sample rows", "sample(1_000_000)", chain % 30),
        Case("show the graph", "show large", sparse),
        Case(":graph", ":graph", sparse),
        Case(":graph of a network", ":graph", f":load {wide}"),
        Case(":graph of a tall network", ":graph", f":load {tall}"),
        Case(":model", ":model", f":load {tall}"),
        Case(":vars", ":vars", f":load {tall}"),
        Case(":svg", f":svg {d}/a.svg", sparse),
        Case(":help", ":help"),
        # the real numbers
        Case("sampling", "P(Y > 3 | X < 1) using sampling(n: 1_000_000_000)",
             "model s { X ~ gamma(2, rate: 1); Y = sqrt(X) + exponential(rate: 1) }"),
        Case("sampling to a tolerance", "E[Y]", "model s { X ~ gamma(2, rate: 1); Y = sqrt(X) + exponential(rate: 1) }",
             ":set tolerance 1e-8"),
        Case("chains", "E[A | S[_] = 1]",
             "model c { A ~ normal(0, 1); S[i] : bool ~ bernoulli(logistic(A*i/10 + sin(A))) for i in 1..300 }"),
        Case("chains of many", "E[A[5] | Y[_] = 1]",
             "model c { A[1] ~ normal(0, 1); A[i] = A[i-1] + sin(A[i-1]) + normal(0, 1) for i in 2..200;"
             " Y[i] = exp(A[i]/10) + normal(0, 1) for i in 1..200 }"),
        Case("rare event", "P(Y > 40)", "model s { X ~ gamma(2, rate: 1); Y = sqrt(X) + exponential(rate: 1) }",
             ":set tolerance 1e-12"),
        Case("gaussian", "E[X[600] | X[1] = 2]",
             "model g { X[1] ~ normal(0, 1); X[i] = X[i-1]*0.9 + normal(0, 1) for i in 2..600 }"),
        Case("gaussian, many known", "E[X[600] | Y[_] = 2]",
             "model g { X[1] ~ normal(0, 1); X[i] = X[i-1]*0.9 + normal(0, 1) for i in 2..600; "
             "Y[i] = X[i] + normal(0, 1) for i in 1..600 }"),
        Case("conditional gaussian", "E[X | X > 1]",
             "model g { D[i] : bool ~ 0.4 for i in 1..20; X = sum(D[_]) + normal(0, 1) }"),
        Case("cells", "P(S > 10)", "model g { U[i] ~ uniform(0, 1) for i in 1..22; "
             "B[i] = (U[i] < 0.2) + (U[i] < 0.5) for i in 1..22; S = sum(B[i]*i for i in 1..22) }"),
        Case("conjugate", "P(Bias | Toss[_] = 1)", "model t { Bias ~ beta(2, 2); Toss[i] : bool ~ bernoulli(Bias) for i in 1..20000 }"),
        Case("blame", "blame(V[1] = 1 -> W)", vote % (16, 16, 7)),
        # graphs
        Case("identify", "P(V59 | do(V3 = 1))", dense),
        Case("identify, sparse", "P(V399 | do(V3 = 1))", sparse),
        Case("identify, several", "[P(Y | do(X = 1)) for i in 1..100000]",
             "model f { X -> M -> Y; X <-> Y }"),
        Case("explain identify", "explain P(V39 | do(V3 = 1))", hidden),
        Case("adjustment", "adjustment(L3_1 -> L9_2, all: true)", lay),
        Case("adjustment, minimal", "adjustment(V200 -> V399, minimal: true)", sparse),
        Case("frontdoor", "frontdoor(X -> Y, all: true)", "model fd { X -> {%s} -> Y; X <-> Y }" % ", ".join(f"M{i}" for i in range(24))),
        Case("instruments", "instruments(V200 -> V399)", sparse),
        Case("remedies", "remedies(V3 -> V39)", hidden),
        Case("paths", "size(paths(X -> Y))", lay),
        Case("causal paths", "size(causal_paths(X -> Y))", lay),
        Case("implications", "implications()", sparse),
        Case("implications all", "implications(all: true)", lay),
        Case("equivalents", "equivalents()", "model e { %s }" % graph(300, 3, 0)),
        Case("districts", "[districts() for i in 1..100000]", sparse),
        Case("separation", "[V3 _||_ V399 | V200 for i in 1..1000000]", sparse),
        # files and programs
        Case("load bif", f":load {big}"),
        Case("load gz", f":load {packed}"),
        Case("load uai", f":load {g200}"),
        Case("load lines", f":load {lines}"),
        Case("load a long line", f":load {long_line}"),
        Case("load models", f":load {models}"),
        Case("load one model", f":load {onemodel}"),
        Case("load mistakes", f":load {broken}"),
        # Lua
        Case("lua loop", "lua { while true do end }"),
        Case("lua pattern", 'lua { s = string.rep("a", 40); for i = 1, 1e9 do s:find("(.-)(.-)(.-)(.-)(.-)b") end }'),
        Case("lua one pattern", 'lua { s = string.rep("a", 4000); s:find(("a-"):rep(20) .. "b") }'),
        Case("lua rep", 'lua { for i = 1, 1e9 do s = string.rep("abc", 1e6) end }'),
        Case("lua concat", 'lua { t = {} for i = 1, 1e6 do t[i] = "x" end for i = 1, 1e9 do s = table.concat(t) end }'),
        Case("lua sort", "lua { t = {} for i = 1, 3e6 do t[i] = (i*7919) % 1000003 end table.sort(t) }",
             options=["--lua-memory", "4000", "--lua-steps", "1e18"]),
        Case("lua pcall", "lua { while true do pcall(function() while true do end end) end }"),
        Case("lua coroutine", "lua { f = coroutine.wrap(function() while true do end end) f() }"),
        Case("lua gc", "lua { setmetatable({}, {__gc = function() while true do end end}) collectgarbage() }"),
        Case("lua format", 'lua { for i = 1, 1e9 do string.format("%99.99f", i) end }'),
        Case("lua asks", 'lua { for i = 1, 1e9 do rung.ask("P(A)") end }', "model m { A : bool ~ 0.2 }"),
        Case("lua trusted", "lua { while true do end }", options=["--trust"]),
        Case("lua compare", 'lua { a = string.rep("a", 2e7) b = string.rep("a", 2e7) for i = 1, 1e9 do x = a < b end }'),
    ]
