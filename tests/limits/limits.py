"""Limits: programs and files of great size, which must be answered within stated time and memory, or refused.

Usage: limits.py RUNG MEASURE [--long] [--table] [NAME...]

Inputs are generated into a temporary folder. Each case runs under limits of processor time and
address space (MEASURE), so that what hangs or eats memory fails. A case that grows is measured at
two sizes, the second 8 times the first: memory and processor time may then grow as the case says,
with room for what does not grow evenly, and time far below the 64 times of quadratic growth. Wall
time is never looked at. Without NAMEs all cases run, the long ones with --long only; --table prints
what was measured.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import zlib

GROWTH = 8
STARTUP = 4.0  # megabytes that the program takes for 1 + 1

cases = []


class Case:
    """`inputs(n, box)` writes files into the folder `box` and returns the arguments of rung, or
    (arguments, file or shell command for standard input)."""

    def __init__(self, name, inputs, sizes, status, says, long, megabytes, seconds, linear):
        self.name, self.inputs, self.sizes, self.status, self.says = name, inputs, sizes, status, says
        self.long, self.megabytes, self.seconds, self.linear = long, megabytes, seconds, linear


def add(name, inputs, sizes=(1,), status=0, says="", long=False, megabytes=2000, seconds=20, linear=True):
    cases.append(Case(name, inputs, sizes, status, says, long, megabytes, seconds, linear))


def grows(name, inputs, n, long=None, **rest):
    """Fast at n and 8n; with --long also at `long` and 8 `long`."""
    add(name, inputs, (n, GROWTH * n), **rest)
    if long:
        rest = {**rest, "megabytes": 8000, "seconds": 120}
        add(name + "-long", inputs, (long, GROWTH * long), long=True, **rest)


def program(make, *arguments, extension=".rung"):
    """A program whose text is in pieces, so that none is large here."""
    def inputs(n, box):
        path = os.path.join(box, "input" + extension)
        with open(path, "w", encoding="utf-8") as f:
            for piece in make(n):
                f.write(piece)
        return [a.replace("FILE", path).replace("BOX", box) for a in arguments or ("FILE",)]
    return inputs


def typed(make, *arguments):
    """The same on standard input."""
    from_file = program(make)
    return lambda n, box: (list(arguments), from_file(n, box)[0])


# --- running --------------------------------------------------------------------------------

class Result:
    def __init__(self, status, milliseconds, megabytes, text):
        self.status, self.milliseconds, self.megabytes, self.text = status, milliseconds, megabytes, text


def run(rung, measure, case, n, box):
    made = case.inputs(n, box)
    arguments, stdin = made if isinstance(made, tuple) else (made, os.devnull)
    report, output = os.path.join(box, "report"), os.path.join(box, "output")
    feeder = None
    if isinstance(stdin, list):  # a command that may never end
        feeder = subprocess.Popen(stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with open(report, "w") as numbers, open(output, "wb") as out:
        source = feeder.stdout if feeder else open(stdin, "rb")
        script = 'exec "$@" 3>&"$FD"'
        full = any(a == "FULL" for a in arguments)
        arguments = [a for a in arguments if a != "FULL"]
        command = ["sh", "-c", script.replace('"$FD"', str(numbers.fileno())), "sh", measure,
                   str(case.megabytes), str(case.seconds), rung, *arguments]
        sink = open("/dev/full", "wb") if full else out
        try:
            subprocess.run(command, stdin=source, stdout=sink, stderr=out, cwd=box,
                           pass_fds=(numbers.fileno(),), timeout=20 * case.seconds)
        except subprocess.TimeoutExpired:
            return Result("hangs", 0, 0, "")
        finally:
            source.close()
            if feeder:
                feeder.kill()
                feeder.wait()
    with open(report) as f:
        fields = f.read().split()
    with open(output, "rb") as f:
        text = f.read(4000).decode("utf-8", "replace")
    if len(fields) != 3:
        return Result("no report", 0, 0, text)
    return Result(int(fields[0]), float(fields[1]), int(fields[2]) / 1024, text)


def wrong(case, results):
    """What is wrong with the results, or None."""
    for r in results:
        if r.status != case.status:
            return f"status {r.status}, not {case.status}: {r.text[:300]!r}"
        if case.says not in r.text:
            return f"does not say {case.says!r}: {r.text[:300]!r}"
    if len(results) < 2:
        return None
    small, large = results
    memory = 1.4 * GROWTH if case.linear else 2
    if large.megabytes - STARTUP > memory * max(small.megabytes - STARTUP, 1):
        return f"memory grows from {small.megabytes:.1f} to {large.megabytes:.1f} MB"
    if large.milliseconds > 3 * GROWTH * max(small.milliseconds, 10):
        return f"time grows from {small.milliseconds:.0f} to {large.milliseconds:.0f} ms"
    return None


def judge(rung, measure, case, folder):
    """Runs a case; up to three times where only what was measured is wrong, and the least counts."""
    best = None
    for _ in range(3):
        results = []
        for n in case.sizes:
            box = os.path.join(folder, "box")
            os.mkdir(box)
            try:
                results.append(run(rung, measure, case, n, box))
            finally:
                shutil.rmtree(box)
        if best:
            for old, new in zip(best, results):
                new.milliseconds = min(old.milliseconds, new.milliseconds)
        best = results
        fault = wrong(case, results)
        if fault is None or "grows" not in fault:
            break
    return fault, best


# --- nesting --------------------------------------------------------------------------------

def nested(before, inside, after):
    def make(n):
        yield before * n
        yield inside
        yield after * n
    return make


TOO_DEEP = [
    ("parentheses", nested("(", "1", ")")), ("open-parentheses", nested("(", "", "")),
    ("lists", nested("[", "", "]")), ("sets", nested("{", "", "}")), ("signs", nested("- ", "1", "")),
    ("not", nested("not ", "true", "")), ("powers", nested("1^", "1", "")), ("sums", nested("1+", "1", "")),
    ("ifs", nested("if true then ", "1", " else 0")), ("else-ifs", nested("if false then 0 else ", "1", "")),
    ("cases", nested("case 1 { _ => ", "1", " }")), ("calls", nested("abs(", "1", ")")),
    ("heads", nested("P(", "1", ")")), ("clauses", nested("", "1", " under m")),
    ("surgeries", nested("", "m", " with {}")), ("indices", nested("", "x", "[1]")),
    ("worlds", nested("Y[X = ", "Y", "]")), ("tests", nested('test "a" {\n', "", "}\n")),
    ("loops", nested("", "[1", " for i in 1..1")),
]
COMMANDS = {"check": ("check", "FILE"), "json": ("--json", "FILE"), "disasm": ("disasm", "FILE"),
            "doc": ("doc", "FILE", "-o", "-"), "fmt": ("fmt", "FILE")}

for name, make in TOO_DEEP:
    add("nested-" + name, program(make), sizes=(100000,), status=65, says="E0123", megabytes=500)
    add("nested-" + name + "-long", program(make), sizes=(1000000,), status=65, says="E0123", long=True)
    add("nested-" + name + "-pipe", typed(make), sizes=(100000,), status=65, says="E0123", long=True)
    for command, arguments in COMMANDS.items():
        add(f"nested-{name}-{command}", program(make, *arguments), sizes=(100000,), status=65, says="E0123",
            long=True)
# What nests less than a thousand deep is run by every stage without the stack running out.
for name, make in TOO_DEEP[:3] + TOO_DEEP[4:14] + TOO_DEEP[18:]:
    if name in ("open-parentheses", "heads", "clauses", "sums"):
        continue
    closed = (lambda make: lambda n: [*make(n), "]" if make is TOO_DEEP[18][1] else ""])(make)
    for command in ("check", "fmt", "disasm", "doc"):
        add(f"deep-{name}-{command}", program(closed, *COMMANDS[command]), sizes=(450,),
            long=command != "doc")
add("nested-lua", program(nested("lua { x = " + "(" * 100000, "1", ")" * 100000 + " }")), status=65, says="E0801")
add("nested-re", program(lambda n: ['matches("a", re"', "(" * n, ")" * n, '")']), (100000,), 65, "E0229")
grows("comment", program(lambda n: ["#" * n]), 1000000)
grows("string", program(lambda n: ['"', "a" * n, '"']), 1000000)
add("recursion", program(lambda n: ["def f(n) = f(n + 1)\nf(1)"]), status=65, says="E0235")
add("recursion-deep", program(lambda n: ["def f(n) = if n < 1 then 0 else 1 + abs((f(n - 1)))\nf(900)"]),
    says="900")
add("lua-loop", program(lambda n: ["lua { while true do end }"], "--lua-steps", "1e7", "FILE"), status=65,
    says="E0802")
add("lua-recursion", program(lambda n: ["lua { function f() return 1 + f() end; f() }"]), status=65, says="E080")
add("lua-memory", program(lambda n: ['lua { s = "x"; while true do s = s .. s end }']), status=65, says="E0802")

# --- long programs --------------------------------------------------------------------------

def lines(text):
    def make(n):
        for i in range(n):
            yield text.replace("%", str(i)) + "\n"
    return make


for command, arguments in [("run", ("FILE",)), ("check", ("check", "FILE")), ("fmt", ("fmt", "FILE")),
                           ("disasm", ("disasm", "FILE"))]:
    grows("lines-" + command, program(lines("let a% = % + 1"), *arguments), 5000, 125000)
grows("lines-pipe", typed(lines("let a% = %")), 5000, 125000)
grows("answers", program(lines("1")), 10000, 125000)
grows("errors", program(lines("y")), 4000, 50000, status=65, says="E0201")
grows("errors-on-a-line", program(lambda n: ["y;"] * n), 4000, 50000, status=65, says="E0201")
grows("functions", program(lambda n: [f"def f{i}(x) = x + {i}\n" for i in range(n)]), 3000, 60000)
grows("list", program(lambda n: ["size([0", *(f",{i}" for i in range(n)), "])"]), 20000, 125000)
grows("set", program(lambda n: ["size({0", *(f",{i}" for i in range(1, n)), "})"]), 20000, 125000)
grows("set-of-words", program(lambda n: ["size({\"0\"", *(f",\"a{i}\"" for i in range(1, n)), "})"]), 10000)
grows("minus", program(lambda n: [f"size(set(1..{n}) - set(2..{n}))"]), 40000, 1000000, says="1")
grows("union-of-lists", program(lambda n: [f"size([[x, 1] for x in 1..{n}] union [[x, 2] for x in 1..{n}])"]),
      10000, 60000)
grows("map", program(lambda n: ["let m = {0: 1", *(f",{i}: {i}" for i in range(1, n)), "}"]), 10000, 60000)
grows("rows", program(lambda n: ["case 7 {7 => 7", *(f"; {i} => {i}" for i in range(8, n)), "}"]), 10000, 60000)
grows("data", program(lambda n: ["data A, B {1, 2", *(f"; {i}, {i}" for i in range(n)), "}"]), 5000, 125000)
grows("name", program(lambda n: ["let ", "a" * n, " = 1\n", "a" * n]), 100000, 1000000, linear=True)
grows("digits", program(lambda n: ["0.", "1" * n]), 100000, 1000000)
add("number", program(lambda n: ["1" * n]), (1000000,), 65, "E0105")
add("exponent", program(lambda n: ["1e", "9" * n]), (1000000,), 65, "E0105")


def chain_of_imports(n, box):
    for i in range(n):
        with open(os.path.join(box, f"f{i}.rung"), "w") as f:
            f.write(f'import "f{i + 1}.rung"\n' if i + 1 < n else "let x = 7\n")
    return [os.path.join(box, "f0.rung")]


def cycle_of_imports(n, box):
    for i in range(n):
        with open(os.path.join(box, f"f{i}.rung"), "w") as f:
            f.write(f'import "f{(i + 1) % n}.rung"\n')
    return [os.path.join(box, "f0.rung")]


def many_imports(n, box):
    for i in range(n):
        with open(os.path.join(box, f"g{i}.rung"), "w") as f:
            f.write(f"let x{i} = {i}\n")
    with open(os.path.join(box, "all.rung"), "w") as f:
        f.writelines(f'import "g{i}.rung"\n' for i in range(n))
    return [os.path.join(box, "all.rung")]


add("imports-nested", chain_of_imports, (200,))
add("cycle", program(lambda n: ["model m { ", *(f"X{i} -> " for i in range(n)), "X0 }\n"]), (100000,), 65,
    "X7 -> ... (99988 more) ... -> X99996 -> X99997 -> X99998 -> X99999 -> X0 is a cycle\n")
add("cycle-graph", program(lambda n: ["dag { ", *(f"X{i} -> " for i in range(n)), "X0 }\n"], "graph", "FILE",
                           extension=".dag"), (100000,), 65, " -> ... (99988 more) ... -> X")
add("cycle-network", program(lambda n: [
    "network n {}\n", *(f"variable x{i} {{ type discrete [ 1 ] {{ a }}; }}\n" for i in range(n)),
    *(f"probability ( x{i} | x{(i + 1) % n} ) {{ (a) 1; }}\n" for i in range(n))], "graph", "FILE",
    extension=".bif"), (100000,), 65, " -> ... (99988 more) ... -> x")
add("name-unknown", program(lambda n: ["a" * n]), (1000000,), 65, "a ... (99")
add("imports-cycle", cycle_of_imports, (50,), 65, "E0253")
grows("imports", many_imports, 250, long=1000)

# --- large models ---------------------------------------------------------------------------

def chain(n):
    yield ("model c {\n X[1] : bool ~ 0.5\n"
           f" X[t] : bool ~ if X[t-1] then 0.7 else 0.3 for t in 2..{n}\n}}\n")


def named(n):
    yield "model c {\n V0 : bool ~ 0.5\n"
    for i in range(1, n):
        yield f" V{i} : bool ~ if V{i - 1} then 0.7 else 0.3\n"
    yield "}\n"


def arrows(n):
    yield "model c { V0"
    for i in range(1, n):
        yield f" -> V{i}"
    yield " }\n"


def asked(make, question):
    def both(n):
        yield from make(n)
        yield question.replace("LAST", str(n - 1)).replace("N", str(n)).replace("HALF", str(n // 2)) + "\n"
    return both


def star(n):
    yield f"model s {{\n P : bool ~ 0.5\n C[i] : bool ~ if P then 0.7 else 0.3 for i in 1..{n}\n}}\n"


for name, make, question in [
        ("chain", chain, ""), ("named", named, ""), ("chain-P", chain, "P(X[N] | X[1])"),
        ("named-P", named, "P(VLAST)"), ("chain-do", chain, "P(X[N] | do(X[1] = 1))"),
        ("chain-marginals", chain, "marginals()"), ("chain-MPE", chain, "argmax P(variables() | X[N])"),
        ("chain-logP", chain, "logP(X[_] = 1)"), ("chain-sum", chain, "E[sum(X[_])]"),
        ("chain-sampling", chain, "P(X[N]) using sampling(n: 1000)"),
        ("chain-separated", chain, "X[1] _||_ X[N] | X[HALF]"), ("chain-ancestors", chain, "ancestors(X[N])"),
        ("graph-adjustment", arrows, "adjustment(V0 -> VLAST, all: true)"),
        ("graph-identified", arrows, "P(VLAST | do(V0))"),
        ("graph-front-door", arrows, "P(VLAST | do(V0)) under c with { V0 <-> VLAST }"),
        ("graph-show", arrows, "show c"), ("graph-equivalents", arrows, "size(equivalents())"),
        ("graph-paths", arrows, "size(paths(V0 -> VLAST))"),
        ("star-P", star, "P(P | C[_] = 1)"), ("star-children", star, "size(children(P))")]:
    grows(name, program(asked(make, question)), 2000, 12500)
# A set of n bits is gone through for each district: time n^2/64.
add("districts", program(asked(arrows, "size(districts())")), (100000,), seconds=10, megabytes=500, long=True)
grows("worlds", program(lambda n: [
    f"model c {{\n noise U[t] : bool ~ 0.5 for t in 1..{n}\n X[1] = U[1]\n"
    f" X[t] = X[t-1] != U[t] for t in 2..{n}\n}}\nP(X[{n}][X[1] = 1] | X[{n}])\n"]), 1000, 12500)
grows("linear", program(lambda n: [
    f"model c {{\n X[1] ~ normal(0, 1)\n X[t] ~ normal(0.9*X[t-1], 1) for t in 2..{n}\n}}\nVar[X[{n}]]\n"]),
    2000, 12500, says="5.263")
for extension in ("bif", "uai", "net", "xml", "rung", "dag", "dot", "lavaan", "tikz"):
    def convert(n, box, extension=extension):
        made = program(named)(n, box)
        return ["convert", made[0], os.path.join(box, "out." + extension)]
    grows("write-" + extension, convert, 1000, 12500)


def bif(n):
    yield "network n { }\n"
    for i in range(n):
        yield f"variable V{i} {{ type discrete [ 2 ] {{ yes, no }}; }}\n"
    for i in range(n):
        yield (f"probability ( V{i} | V{i - 1} ) {{ (yes) 0.3, 0.7; (no) 0.6, 0.4; }}\n" if i else
               "probability ( V0 ) { table 0.5, 0.5; }\n")


def uai(n):
    yield f"BAYES\n{n}\n{'2 ' * n}\n{n}\n1 0\n"
    for i in range(1, n):
        yield f"2 {i - 1} {i}\n"
    yield "2 0.5 0.5\n"
    for i in range(1, n):
        yield "4 0.3 0.7 0.6 0.4\n"


grows("read-bif", program(bif, "convert", "FILE", "BOX/out.rung", extension=".bif"), 2000, 12500)
grows("read-uai", program(uai, "convert", "FILE", "BOX/out.bif", extension=".uai"), 2000, 12500)

# --- wide -----------------------------------------------------------------------------------

def levels(text):
    return program(lambda n: [text.replace("ALL", ", ".join(f"a{i}" for i in range(n))).replace("N", str(n))])


grows("levels-range", levels("model l { X : 1..N ~ uniform(1..N) }\nP(X > 3)\nE[X]\nP(X = 7)\n"), 20000, 250000)
grows("levels-set", levels("model l { X : {ALL} ~ uniform({ALL}) }\nP(X = a7)\n"), 4000, 12500)
grows("levels-table", levels("model l { X : {ALL} ~ uniform({ALL}) }\nP(X)\n"), 4000, 12500)
grows("levels-case", program(lambda n: [
    f"model l {{ X : 0..{n - 1} ~ uniform(0..{n - 1})\nY : bool ~ case X {{0 => 0.5",
    *(f"; {i} => 0.5" for i in range(1, n)), "} }\nP(Y)\n"]), 2000, 12500, says="0.5")

LONG = "\u00e9" * 5000  # 10 kB
HUGE_LEVEL = [f'model w {{ X : {{"{LONG}", b}} ~ {{b: 0.25}}\nY : bool ~ case X {{ "{LONG}" => 0.5; b => 0.1 }} }}\n'
              f'P(X = "{LONG}")\nP(X)\nargmax P(X)\nP(Y | X = b)\n']
for command, arguments in [("run", ("FILE",)), ("json", ("--json", "FILE")), ("fmt", ("fmt", "FILE")),
                           ("doc", ("doc", "FILE", "-o", "-")), ("graph", ("graph", "FILE")),
                           ("echo", ("--echo", "FILE")), ("bif", ("convert", "FILE", "BOX/o.bif")),
                           ("net", ("convert", "FILE", "BOX/o.net")), ("xml", ("convert", "FILE", "BOX/o.xml")),
                           ("rung", ("convert", "FILE", "BOX/o.rung"))]:
    add("long-level-" + command, program(lambda n: HUGE_LEVEL, *arguments), megabytes=300, seconds=5)
add("long-level-unknown", program(lambda n: [*HUGE_LEVEL, "P(X = q)"]), status=65, says="E0201", megabytes=300)


def parents(mechanism, says, status=0, n=30):
    text = "model v { A[i] : bool ~ 0.5 for i in 1..N\n Y : bool MECHANISM }\nP(Y)\n"
    causes = ", ".join(f"A[{i + 1}]: 0.1" for i in range(n))
    terms = " + ".join(f"A[{i + 1}]" for i in range(n))
    text = text.replace("N", str(n), 1).replace("MECHANISM", mechanism)
    text = text.replace("CAUSES", causes).replace("TERMS", terms)
    return dict(inputs=program(lambda n: [text]), status=status, says=says, megabytes=300, seconds=5)


add("parents-20", **parents("~ noisy_or({CAUSES}, leak: 0.01)", "0.6451", n=20))
add("parents-30", **parents("~ noisy_or({CAUSES}, leak: 0.01)", "2.15e+09 cells", 65))
add("parents-30-sum", **parents("~ (TERMS)/30", "2.15e+09 cells", 65))
add("cells", program(lambda n: ["model v { A, B, C : 1..1000 ~ uniform(1..1000)\n"
                                " Y : bool ~ (A + B + C)/4000 }\nP(Y)\n"]), status=65, says="2e+09 cells",
    megabytes=300, seconds=5)
add("cells-answer", program(lambda n: ["model v { A, B, C : 1..1000 ~ uniform(1..1000) }\nP(A, B, C)\n"]), status=1,
    says="E0502", megabytes=300, seconds=5)
add("range-values", program(lambda n: ["model m { X : 1..4000000000 ~ uniform(1..4000000000) }\nP(X = 3)\n"]),
    status=65, says="E0502", megabytes=300, seconds=5)
add("values-binomial", program(lambda n: ["model m { N ~ binomial(1000000000, 0.5) }\nP(N = 500000000)\n"]),
    status=65, says="E0502", megabytes=300, seconds=5)
add("family", program(lambda n: ["model m { X[i] : bool ~ 0.5 for i in 1..1000000000 }\n"],
                      "--memory", "20MB", "FILE"), status=65, says="E0903", megabytes=600)
add("family-count", program(lambda n: [
    "let many = 1..1000000000\n",
    "model a { X[i] : bool ~ 0.5 for i in 1..1000000000 }\n",
    "model b { X[i, j] : bool ~ 0.5 for i in 1..100000 for j in 1..100000 }\n",
    "model c { X[i] : bool ~ 0.5 for i in many }\n"]), status=65, says="E0903", megabytes=100, seconds=1)
add("long-list", program(lambda n: ["[x for x in 1..1000000000000]"], "--memory", "50MB", "FILE"), status=65,
    says="E0903", megabytes=300)
add("long-range", program(lambda n: ["1..1000000000000\nsize(1..1000000000000)\nreverse(1..1000000000000)"]),
    status=65, says="E0903", megabytes=100)
add("sample", program(lambda n: ["model m { X ~ uniform(0, 1) }\nsample(1000000000000)\n"]), status=65, says="E0502",
    megabytes=300)
grows("questions", program(lambda n: [*chain(100), f"sum(P(X[10]) for i in 1..{n})\n"]), 4000, 125000)
grows("draws", program(lambda n: ["model m { X ~ uniform(0, 1) }\n",
                                  f"P(X^2 > 0.5) using sampling(n: {n})\n"]), 200000, 4000000, linear=False)

# --- what grows exponentially ---------------------------------------------------------------

def dense(n):
    """Every earlier variable causes every later one; some pairs are confounded."""
    yield "model d { V0"
    for i in range(1, n):
        yield "; {" + ", ".join(f"V{j}" for j in range(i)) + f"}} -> V{i}"
    yield " }\n"


def ladder(n):
    """2^n minimal sets separate the ends."""
    yield "model l { X -> Y"
    for i in range(n):
        yield f"; X <- A{i} <- B{i} -> C{i} -> Y"
    yield " }\n"


def tangle(n):
    """A graph with confounded neighbours, as in hard cases of identification."""
    yield "model t { V0"
    for i in range(1, n):
        yield f" -> V{i}"
    for i in range(0, n - 2, 2):
        yield f"; V{i} <-> V{i + 2}"
    for i in range(0, n - 5, 3):
        yield f"; V{i} -> V{i + 5}"
    yield " }\n"


add("all-paths", program(asked(dense, "paths(V0 -> VLAST)")), (60,), says="there are more than 1000 paths")
add("all-causal-paths", program(asked(dense, "causal_paths(V0 -> VLAST)")), (60,), says="there are more than 1000 paths")
add("all-adjustments", program(asked(ladder, "size(adjustment(X -> Y, all: true))")), (30,),
    says="there are more than 1000 minimal sets")
# Exponentially many districts, of which some thousand are looked at.
add("implications", program(asked(tangle, "size(implications())")), (60,), says="there may be more", megabytes=800)
add("identification", program(asked(tangle, "P(VLAST | do(V0))")), (60,))
add("identification-counterfactual", program(asked(tangle, "P(VLAST[V0 = 1], V30[V0 = 0])")), (60,), status=0,
    long=True)
add("instruments", program(asked(tangle, "size(instruments(V57 -> VLAST))")), (60,), long=True)
add("remedies", program(asked(tangle, "remedies(V0 -> VLAST)")), (60,), long=True)
add("treewidth", program(lambda n: [
    "model g {\n W[1, 1] : bool ~ 0.5\n W[1, j] : bool ~ if W[1, j-1] then 0.8 else 0.2 for j in 2..60\n"
    " W[i, 1] : bool ~ if W[i-1, 1] then 0.8 else 0.2 for i in 2..60\n"
    " W[i, j] : bool ~ (if W[i-1, j] then 0.45 else 0.05) + (if W[i, j-1] then 0.45 else 0.05)"
    " for i in 2..60 for j in 2..60\n}\nP(W[1, 1] | W[60, 60]) using exact\n"]), status=1, says="E0502",
    megabytes=1000)

# --- input without an end -------------------------------------------------------------------

def pipe(*command):
    return lambda n, box: ([], list(command))


def to(*arguments, stdin):
    return lambda n, box: (list(arguments), stdin)


def linked(extension, device, *arguments):
    def inputs(n, box):
        path = os.path.join(box, "endless" + extension)
        os.symlink(device, path)
        program = os.path.join(box, "p.rung")
        with open(program, "w") as f:
            f.write('read("endless.evid")\n' if extension == ".evid" else f'import "endless{extension}"\n')
        return [a.replace("FILE", path).replace("BOX", box) for a in arguments] or [program]
    return inputs


def bomb(extension, arguments):
    """A few megabytes of gzip that hold four gigabytes."""
    def inputs(n, box):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        member = packer.compress(b" " * (1 << 20)) + packer.flush()
        path = os.path.join(box, "bomb" + extension)
        with open(path, "wb") as f:
            for _ in range(4096):
                f.write(member)
        return [a.replace("FILE", path).replace("BOX", box) for a in arguments]
    return inputs


def parts(text):
    return lambda n, box: ([], ["sh", "-c", text.replace("N", str(n))])


add("endless-file", to("/dev/zero", stdin=os.devnull), status=74, says="File too large", megabytes=3000)
add("endless-stdin", to("-", stdin="/dev/zero"), status=74, says="File too large", megabytes=3000, long=True)
add("endless-fmt", to("fmt", "-", stdin="/dev/zero"), status=74, says="E0737", megabytes=3000, long=True)
add("endless-line", to(stdin="/dev/zero"), status=74, says="256 MiB", megabytes=1000)
add("endless-entry", pipe("yes", "("), status=74, says="256 MiB", megabytes=1000, long=True)
add("endless-bif", linked(".bif", "/dev/zero"), status=65, says="E0737", megabytes=3000)
add("endless-uai", linked(".uai", "/dev/urandom"), status=65, says="E0737", megabytes=3000, long=True)
add("endless-evid", linked(".evid", "/dev/zero"), status=65, says="E0737", megabytes=3000, long=True)
add("endless-dag", linked(".dag", "/dev/zero", "convert", "FILE", "BOX/x.dot"), status=74, says="E0737",
    megabytes=3000, long=True)
add("bomb", bomb(".bif.gz", ("convert", "FILE", "BOX/x.uai")), status=74, says="E0737", megabytes=3000, long=True)
add("bomb-program", bomb(".rung.gz", ("FILE",)), status=74, says="File too large", megabytes=3000, long=True)
grows("pipe-errors", parts("yes y | head -n N"), 5000, 125000, status=1, says="E0201")
grows("pipe-answers", parts("yes 1 | head -n N"), 10000, 125000)
add("noise", parts("head -c 1000000 /dev/urandom"), status=65, long=True)
add("no-stdin", lambda n, box: ([], ["sh", "-c", "exec >&-"]))
for name, arguments in [("run", ("-e", "1 + 1")), ("json", ("--json", "-e", "1 + 1")), ("help", ("--help",))]:
    add("full-device-" + name, lambda n, box, a=arguments: ["FULL", *a], status=74, says="No space left")


def big_bif(n, box):
    """A network of n bytes, about: wide tables."""
    path = os.path.join(box, "big.bif")
    row = ", ".join(["0.015625"] * 64)
    with open(path, "w") as f:
        f.write("network n { }\n")
        names = ", ".join(f"s{i}" for i in range(64))
        for i in range(5):
            f.write(f"variable P{i} {{ type discrete [ 8 ] {{ a, b, c, d, e, f, g, h }}; }}\n")
            f.write(f"probability ( P{i} ) {{ table 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125; }}\n")
        tables = max(1, n // (512 * 64 * 10))
        for v in range(tables):
            f.write(f"variable V{v} {{ type discrete [ 64 ] {{ {names} }}; }}\n")
            f.write(f"probability ( V{v} | P0, P1, P2 ) {{\n")
            for k in range(512):
                f.write(f"  ({', '.join('abcdefgh'[k >> s & 7] for s in (6, 3, 0))}) {row};\n")
            f.write("}\n")
    return ["graph", path]


grows("bytes-bif", big_bif, 1000000, long=125000000)


def main():
    arguments = sys.argv[1:]
    long, table = "--long" in arguments, "--table" in arguments
    arguments = [a for a in arguments if not a.startswith("--")]
    rung, measure, names = os.path.abspath(arguments[0]), os.path.abspath(arguments[1]), arguments[2:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="rung-limits-") as folder:
        for case in cases:
            if case.name not in names if names else case.long and not long:
                continue
            fault, results = judge(rung, measure, case, folder)
            passed, failed = passed + (fault is None), failed + (fault is not None)
            if table:
                print(f"{case.name:32}", *(f"{n:>10}  {r.milliseconds:8.0f} ms {r.megabytes:8.1f} MB"
                                           for n, r in zip(case.sizes, results)), flush=True)
            if fault:
                print(f"FAILED {case.name}: {fault}", flush=True)
    print(f"limits: {passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
