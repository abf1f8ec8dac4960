"""Random command lines, none of which may crash, hang, or report an internal error.

Usage: arguments.py RUNG FIRST COUNT

Each seed is one call in a folder of its own, with files of every kind and a text on standard input.
"""
import os
import random
import resource
import subprocess
import sys
import tempfile

FILES = {
    "a.rung": "model m { A : bool ~ 0.3; B : bool ~ if A then 0.9 else 0.2 }\nP(A | B)\nassert P(A) = 0.3\n",
    "bad.rung": "model m {\nP(\n", "empty.rung": "", "deep.rung": "(" * 300, "x.html": "",
    "g.dag": "dag { X -> Y <- U }",
    "g.dot": "digraph { a -> b; a -> c [dir=both] }", "s.lavaan": "Y ~ X\nX ~~ Z\n", "n.net": "net { }\n",
    "n.uai": "BAYES\n1\n2\n1\n1 0\n2\n0.25 0.75\n",
    "n.bif": "network x {\n}\nvariable a {\n type discrete [ 2 ] { y, n };\n}\n"
    "probability ( a ) {\n table 0.1, 0.9;\n}\n", "n.xml": "<BIF>", "l.lua": 'print("hi")\n', "raw.rung": "\x00\x01",
}
COMMANDS = ["run", "test", "check", "fmt", "graph", "convert", "doc", "disasm", "lsp", "nothing"]
OPTIONS = ["--json", "--echo", "--check", "--trust", "--version", "--help", "--", "-", "--nothing", "-x", "--json=1"]
VALUED = {
    "--digits": ["1", "17", "0", "18", "x", ""], "--seed": ["1", "0", "-1", "18446744073709551615",
                                                            "99999999999999999999"],
    "--tolerance": ["0.1", "0", "1", "nan", "1e-400"], "--threads": ["1", "2", "0", "-1", "1025"],
    "--memory": ["1MB", "1GB", "0", "1500B", "-1MB", "1e9"], "--budget": ["1s", "1ms", "0", "1h", "x"],
    "--lua-steps": ["1", "1e6", "0", "nan"], "--lua-memory": ["1", "64", "0", "inf"], "--color": ["always", "never",
                                                                                                  "auto", "x"],
    "--dump": ["tokens", "ast,code", "trace", "x", ",", ""], "--explain": ["E0201", "0201", "E9999", ""],
    "--format": ["text", "svg", "dot", "dagitty", "lavaan", "tikz", "x"], "-o": ["-", "out.html", "no/where", ""],
    "-e": ["1 + 1", "P(", "", "\n", 'import "a.rung"', 'import "n.bif"; P(a)'],
}
NAMES = list(FILES) + ["missing.rung", ".", "/", "out.bif", "out.rung.gz", "out.tikz", "out.dag", "out.xml.gz", "",
                       "é.rung"]
INPUT = ["", "1 + 1\n", ":help\n:quit\n", ":set\n:x\n:graph\n", "P(\n", "\x00\n", "Content-Length: 2\r\n\r\n{}"]


def call(r):
    args = [r.choice(COMMANDS)] if r.random() < .6 else []
    for _ in range(r.choice([0, 1, 1, 2, 3])):
        args.append(r.choice(NAMES))
    for _ in range(r.choice([0, 1, 1, 2, 4])):
        name = r.choice(list(VALUED))
        value = r.choice(VALUED[name])
        option = r.choice([[name, value], [f"{name}={value}"], [name], [r.choice(OPTIONS)]])
        at = r.randint(0, len(args))
        args[at:at] = option
    return args


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


def wrong(rung, args, text):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILES.items():
            with open(os.path.join(folder, name), "w") as out:
                out.write(content)
        p = subprocess.run([rung, *args], input=text.encode(), capture_output=True, cwd=folder, preexec_fn=limits)
    said = (p.stdout + p.stderr).decode(errors="replace")
    if p.returncode not in (0, 1, 2, 65, 74) or "Sanitizer" in said or "runtime error" in said or "E0901" in said:
        return f"status {p.returncode}: {said[-1500:]}"
    return None


def main():
    rung, first, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    findings = 0
    for seed in range(first, first + count):
        r = random.Random(seed)
        args, text = call(r), r.choice(INPUT)
        said = wrong(rung, args, text)
        if said:
            findings += 1
            print(f"seed {seed}: rung {args} < {text!r}: {said}", flush=True)
    print(f"arguments: {count} calls, {findings} findings")
    return findings > 0


if __name__ == "__main__":
    sys.exit(main())
