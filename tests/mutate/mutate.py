#!/usr/bin/env python3
"""Mutation check: changes runtime/*.c one token or statement at a time and counts the changes
that the fast suite notices.

Usage: mutate.py BUILD [FILE[:LINE[-LINE]]...]

A mutant is compiled alone and linked into a library of the whole program; only the tests that
reach its line are run, those first that are most likely to notice. A crash, a time-out and
memory that stays allocated count as noticed. Mutants that do not compile, or compile to the
same code, are not counted.

Environment: RUNG_MUTANTS (how many; 100), RUNG_SEED (which; printed), RUNG_MUTATE_JOBS (how
many at once; 1), RUNG_MUTATE_SECONDS (of processor time that the tests of one mutant may take;
10). Where the lines asked for have fewer mutants, all of them are tried.
"""
import concurrent.futures
import glob
import hashlib
import json
import math
import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sites  # noqa: E402

# Rooms where a wrong number can be born are drawn three times as often.
NUMBERS = {"infer", "bounds", "symbol", "graph", "real", "model", "sample", "cause", "estimate"}

# Tests of the interface: slow, and they notice nothing of runtime/ that others do not.
LEFT_OUT = {"test_main", "test_lsp", "test_lesson", "test_doc", "test_repl", "test_parser",
            "test_printer"}

FUZZ_TARGETS = ("parse check program json lines code bif uai hugin xmlbif evidence gz dagitty "
                "dot lavaan").split()
WRAP = "-Wl,--wrap=mem_new,--wrap=mem_resize,--wrap=mem_free"
LIBS = ("-lcmocka -llapacke -lpcre2-8 -lz -lreadline -llua5.4 -lgsl -lgslcblas -lcmark "
        "-ljansson -lglpk -lm -lpthread").split()
MEMORY = 4 << 30
FILE_SIZE = 256 << 20


def sh(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        told = (done.stdout + done.stderr).split("\n")
        sys.exit("mutate: " + " ".join(command)[:200] + "\n" + "\n".join(told[-30:]))
    return done.stdout


def digest(paths):
    total = hashlib.sha256()
    for path in sorted(paths):
        with open(path, "rb") as file:
            total.update(path.encode() + b"\0" + file.read())
    return total.hexdigest()


class Tree:
    """The private copy; b/ holds the library of the mutants, c/ that of coverage."""

    def __init__(self, build):
        self.home = os.path.abspath(build + "-mutate")
        self.root = os.path.join(self.home, "tree")
        self.copy()
        os.chdir(self.root)
        self.sources = sorted(glob.glob("runtime/*/*.c"))

    def copy(self):
        """Brings the copy up to date; what has not changed keeps its time."""
        listed = set(sh(["git", "ls-files", "-co", "--exclude-standard"]).split("\n")) - {""}
        for name in sorted(listed):
            new = os.path.join(self.root, name)
            if not os.path.isfile(name):
                continue
            os.makedirs(os.path.dirname(new), exist_ok=True)
            with open(name, "rb") as file:
                text = file.read()
            if os.path.exists(new):
                with open(new, "rb") as file:
                    if file.read() == text:
                        continue
            shutil.copyfile(name, new)
            shutil.copymode(name, new)
        for folder in "runtime", "interp", "tests", "examples", "stdlib", "man", "grammar":
            for at, _, names in os.walk(os.path.join(self.root, folder)):
                for name in names:
                    path = os.path.join(at, name)
                    if os.path.relpath(path, self.root) not in listed:
                        os.remove(path)

    def objects(self, build, flags, names):
        cflags = f"{flags} -w -fPIC -fno-semantic-interposition"
        sh(["make", "-j2", f"BUILD={build}", f"CFLAGS={cflags}"] + names)

    def build(self, build, flags):
        """The objects, the library, and every test program."""
        runtime = [f"{build}/{s[:-2]}.o" for s in self.sources]
        interp = [f"{build}/{s[:-2]}.o" for s in sorted(glob.glob("interp/*.c"))
                  if s != "interp/main.c"]
        interp += [f"{build}/library_texts.o", f"{build}/lessons.o"]
        fuzz = [f"{build}/{s[:-2]}.o" for s in sorted(glob.glob("tests/fuzz/*.c"))
                if s != "tests/fuzz/mutate.c"]  # needs a fuzzer around it
        units = [s for s in sorted(glob.glob("tests/unit/test_*.c"))
                 if os.path.basename(s)[:-2] not in LEFT_OUT]
        plain = [f"{build}/{s[:-2]}.o" for s in units] + [f"{build}/interp/main.o"]
        # The recorder is for runtime/ alone.
        self.objects(build, flags, runtime)
        self.objects(build, "-O2" if build == "b" else "-O1", interp + fuzz + plain)
        define = ["-DCOVER"] if build == "c" else []
        sh(["cc", "-O2", "-fPIC", "-D_GNU_SOURCE", *define, "-c", "-o", f"{build}/count.o",
            "tests/mutate/count.c"])
        self.rest = interp + [f"{build}/count.o"]
        self.link(f"{build}/librung.so", runtime + self.rest)
        os.makedirs(f"{build}/tests", exist_ok=True)
        todo = [(f"{build}/tests/{os.path.basename(s)[:-2]}", [f"{build}/{s[:-2]}.o"])
                for s in units]
        todo += [(f"{build}/rung", [f"{build}/interp/main.o"]), (f"{build}/replay", fuzz)]
        for program, parts in todo:
            if os.path.exists(program) and all(
                    os.path.getmtime(p) < os.path.getmtime(program) for p in parts):
                continue
            sh(["cc", "-o", program, *parts, f"{build}/librung.so", WRAP, *LIBS])

    def link(self, library, objects):
        sh(["cc", "-shared", "-Wl,-soname,librung.so", "-o", library, *objects, WRAP, *LIBS])

    def commands(self):
        """How make compiles each source, without the last words: the files."""
        lines = sh(["make", "-n", "-B", "BUILD=b",
                    "CFLAGS=-O2 -w -fPIC -fno-semantic-interposition",
                    *(f"b/{s[:-2]}.o" for s in self.sources)]).split("\n")
        found = {}
        for line in lines:
            if line.endswith(".c") and " -c " in line:
                words = shlex.split(line)
                found[words[-1]] = [w for w in words[:words.index("-o")]
                                    if w not in ("-MMD", "-MP")]
        return found


# --- tests ------------------------------------------------------------------------------------

class Test:
    """One run of a program; with `expected` what it prints counts, else its exit status."""

    def __init__(self, name, command, inputs, cwd=".", expected=None):
        self.name, self.command, self.inputs = name, command, inputs
        self.cwd, self.expected = cwd, expected
        self.seconds, self.cpu, self.live = 0.0, 0.0, None

    def run(self, build, library, work, limits, cover=None):
        """Whether it passed, and what it left allocated."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("RUNG_")}
        live = os.path.join(work, "live")
        open(live, "w").close()
        env.update(LD_LIBRARY_PATH=os.path.abspath(library), TMPDIR=work, RUNG_LIVE=live)
        if cover:
            env.update(RUNG_COVER=cover[0], RUNG_COVER_BYTES=str(cover[1]))
        command = [w.replace("@BUILD@", os.path.abspath(build)).replace("@WORK@", work)
                   for w in self.command]
        out, err = os.path.join(work, "out"), os.path.join(work, "err")

        def limit():
            cpu = max(1, math.ceil(limits[0]))
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        with open(out, "wb") as o, open(err, "wb") as e:
            process = subprocess.Popen(command, cwd=self.cwd, env=env, stdin=subprocess.DEVNULL,
                                       stdout=o, stderr=e, start_new_session=True,
                                       preexec_fn=limit)
            try:
                status = process.wait(timeout=limits[1])
            except subprocess.TimeoutExpired:
                status = "time"
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        with open(live) as file:
            left = sum(int(x) for x in file.read().split())
        if self.expected is None:
            return status == 0, left, status
        with open(self.expected, "rb") as file:
            wanted = file.read()
        with open(out, "rb") as o, open(err, "rb") as e:
            got = o.read(FILE_SIZE) + e.read(FILE_SIZE) + f"exit {status}\n".encode()
        return got == wanted, left, status


def all_tests(tree):
    found = []
    for path in sorted(glob.glob("tests/unit/test_*.c")):
        name = os.path.basename(path)[:-2]
        if name not in LEFT_OUT:
            found.append(Test(name, [f"@BUILD@/tests/{name}"], [path]))
    texts = os.path.join(tree.home, "texts")
    shutil.rmtree(texts, ignore_errors=True)
    os.makedirs(texts)
    scripts = [(p, p) for folder in ("tests/lang", "tests/bugs", "tests/answers",
                                     "tests/data/programs", "examples", "stdlib/lessons")
               for p in sorted(glob.glob(folder + "/**/*.rung", recursive=True))]
    for path in sorted(glob.glob("stdlib/*.rung")):
        text = os.path.join(texts, "stdlib_" + os.path.basename(path))
        with open(text, "w") as file:
            file.write(sh(["awk", "-f", "stdlib/examples.awk", path]))
        scripts.append((path, text))
    for page in ["README.md"] + sorted(glob.glob("man/*.[157]")):
        sh(["awk", "-v", f"dir={texts}", "-v", f"page={os.path.basename(page)}", "-f",
            "tests/lang/blocks.awk", page])
    scripts += [("block " + os.path.basename(p), p)
                for p in sorted(glob.glob(texts + "/*.rung"))
                if not os.path.basename(p).startswith("stdlib_")]
    for name, path in scripts:
        found.append(Test(name, ["@BUILD@/rung", "test", path], [path]))
    for path in sorted(glob.glob("tests/golden/*.rung")):
        base, args = path[:-5], []
        if os.path.exists(base + ".args"):
            with open(base + ".args") as file:
                args = file.read().split()
        found.append(Test(path, ["@BUILD@/rung", *args, os.path.basename(path)],
                          [path, base + ".out"], cwd="tests/golden", expected=base + ".out"))
    for target in FUZZ_TARGETS:
        seeds = os.path.join(tree.home, "seeds", target)
        shutil.rmtree(seeds, ignore_errors=True)
        os.makedirs(seeds)
        if target in FUZZ_TARGETS[:5]:
            for path in glob.glob(f"tests/bugs/{target}/*"):
                shutil.copy(path, seeds)
        else:
            sh(["sh", "tests/fuzz/seeds.sh", target, seeds],
               env={k: v for k, v in os.environ.items() if k != "RUNG_SHARED"})
        files = sorted(glob.glob(seeds + "/*"))
        if files:
            found.append(Test("replay " + target, ["@BUILD@/replay", target, *files], files,
                              cwd=seeds))
    return found


# --- who reaches what -------------------------------------------------------------------------

def blocks_of(library):
    """Recorder calls in order: (address after the call, [(file, line)...])."""
    calls = []
    for line in sh(["objdump", "-d", "--no-show-raw-insn", "-j", ".text", library]).split("\n"):
        if "call" in line and "__sanitizer_cov_trace_pc" in line:
            calls.append(int(line.split(":")[0], 16))
    calls.sort()
    # The names of the units, in the order of their tables of lines.
    info = sh(["objdump", "--dwarf=info", "--dwarf-depth=1", library])
    names = [n.strip().lstrip("./") for _, n in sorted(
        (int(offset, 16), name) for name, offset in re.findall(
            r"DW_AT_name +:(?: \(.*?\):)? ([^\n]*)\n.*?DW_AT_stmt_list *: (\w+)", info, re.S))]
    rows, unit, path, before = [], -1, None, ""
    for line in sh(["objdump", "-WL", library]).split("\n"):
        if line.startswith("File name "):
            unit, path = unit + 1, names[unit + 1]
            if not before[:-1].endswith(os.path.basename(path)):
                sys.exit(f"mutate: {before} is not of {path}")
        elif line.endswith(":"):
            path = line[:-1].lstrip("./")
        before = line
        parts = line.split()
        if len(parts) >= 3 and parts[1].isdigit() and parts[2].startswith("0x"):
            own = path.endswith("/" + parts[0]) and path.startswith("runtime/") and \
                path.endswith(".c")
            rows.append((int(parts[2], 16), path if own else None, int(parts[1])))
    rows.sort(key=lambda r: r[0])
    blocks, r, last = [], 0, None
    for i, at in enumerate(calls):
        until = calls[i + 1] if i + 1 < len(calls) else 1 << 62
        while r < len(rows) and rows[r][0] <= at:
            last = rows[r]
            r += 1
        lines = {last[1:]} if last else set()
        while r < len(rows) and rows[r][0] < until:
            last = rows[r]
            lines.add(last[1:])
            r += 1
        blocks.append((at + 5, sorted(x for x in lines if x[0])))
    return blocks


class Reach:
    """For each line of runtime/ the tests that pass it, as bits."""

    def __init__(self):
        self.lines, self.files = {}, {}

    def of(self, path, line, function):
        """Tests that reach a line; for one without code, the nearest before in its function,
        and outside of functions, the file."""
        for k in range(line, function - 1 if function else line - 1, -1):
            if (path, k) in self.lines:
                return self.lines[path, k]
        return self.files.get(path, 0)


def measure(tree, tests):
    """Times every test and finds what it reaches; kept for the next run."""
    sources = [p for p in glob.glob("runtime/**/*.[chd]*", recursive=True) +
               glob.glob("interp/**/*", recursive=True) + glob.glob("stdlib/*") +
               ["tests/mutate/count.c"] if os.path.isfile(p)]
    shared = [p for p in glob.glob("tests/unit/*.h") +
              glob.glob("tests/data/**/*", recursive=True) if os.path.isfile(p)]
    code, common = digest(sources), digest(shared)
    kept_path = os.path.join(tree.home, "kept.json")
    kept = {}
    if os.path.exists(kept_path):
        with open(kept_path) as file:
            kept = json.load(file)
    if kept.get("code") != code:
        kept = {"code": code, "tests": {}}
    keys = {t.name: digest(t.inputs) + (common if t.name.startswith("test_") else "")
            for t in tests}
    missing = [t for t in tests if kept["tests"].get(t.name, {}).get("key") != keys[t.name]]
    tree.build("b", "-O2")
    work = os.path.join(tree.home, "work")
    os.makedirs(work, exist_ok=True)
    if missing:
        print(f"measuring {len(missing)} tests", flush=True)
        tree.build("c", "-O0 -g -fsanitize-coverage=trace-pc")
        blocks = blocks_of("c/librung.so")
        size = max(b[0] for b in blocks) + 1
        kept["blocks"], saved = blocks, time.time()
        failing = 0
        for t in missing:
            before = os.times()
            passed, live, status = t.run("b", "b", work, (300, 300))
            after = os.times()
            cover = os.path.join(work, "cover")
            slow = t.run("c", "c", work, (600, 600), (cover, size))
            places = []
            if os.path.exists(cover):
                with open(cover, "rb") as file:
                    record = file.read()
                os.remove(cover)
                places = [i for i, b in enumerate(blocks) if record[b[0]]]
            if not passed:
                failing += 1
                print(f"left out, fails unchanged: {t.name} ({status})", flush=True)
                if failing > 20:
                    sys.exit("mutate: the tests fail without a change")
            kept["tests"][t.name] = {
                "key": keys[t.name], "passed": passed, "places": places,
                "seconds": after.elapsed - before.elapsed,
                "cpu": after.children_user + after.children_system -
                before.children_user - before.children_system,
                "live": live if live == slow[1] else None}
            if time.time() > saved + 60 or t is missing[-1]:
                saved = time.time()
                with open(kept_path, "w") as file:
                    json.dump(kept, file)
    reach, good = Reach(), []
    blocks = [(b[0], [tuple(x) for x in b[1]]) for b in kept["blocks"]]
    for _, lines in blocks:
        for key in lines:
            reach.lines.setdefault(key, 0)
    for t in tests:
        k = kept["tests"][t.name]
        if not k["passed"]:
            continue
        t.seconds, t.cpu, t.live, t.bit = k["seconds"], k["cpu"], k["live"], 1 << len(good)
        good.append(t)
        for i in k["places"]:
            for key in blocks[i][1]:
                reach.lines[key] |= t.bit
                reach.files[key[0]] = reach.files.get(key[0], 0) | t.bit
    return good, reach


# --- mutants ----------------------------------------------------------------------------------

def functions(text):
    """For each line the first line of the function that it is in, or 0."""
    starts, inside = [0], 0
    for number, line in enumerate(text.split("\n"), 1):
        if not inside and re.match(r"[A-Za-z].*\{\s*$", line) and "=" not in line and \
                not line.startswith(("enum", "typedef", "struct", "union")):
            inside = number
        elif not inside and re.match(r"^[^=;]*\)\s*\{$", line):
            inside = number
        starts.append(inside)
        if line.startswith("}"):
            inside = 0
    return starts


class Source:
    def __init__(self, path, commands):
        self.path, self.room = path, path.split("/")[1]
        with open(path) as file:
            self.text = file.read()
        self.sites = sites.sites(self.text)
        self.function = functions(self.text)
        self.command = commands[path]
        with open(f"b/{path[:-2]}.o", "rb") as file:
            self.plain = file.read()
        self.killers = []

    def compile(self, folder, text):
        """The object's bytes, or None."""
        source = os.path.join(folder, self.path)
        os.makedirs(os.path.dirname(source), exist_ok=True)
        with open(source, "w") as file:
            file.write(text)
        made = os.path.join(folder, "mutant.o")
        done = subprocess.run([*self.command, "-o", made, source], capture_output=True)
        if done.returncode != 0:
            return None
        with open(made, "rb") as file:
            return file.read()


def likely(source, tests):
    """Tests in the order in which to ask them: killers of this file, its namesake, the room's
    unit tests, then by time."""
    stem = os.path.basename(source.path)[:-2]

    def rank(t):
        if t.name in source.killers:
            return 0, t.seconds
        if t.name.startswith("test_"):
            own = t.name[5:]
            if own == stem:
                return 1, t.seconds
            if stem.startswith(own) or own.startswith(stem):
                return 2, t.seconds
        return 3, t.seconds
    return sorted(tests, key=rank)


class Check:
    def __init__(self, tree, tests, reach, patience):
        self.tree, self.tests, self.reach, self.patience = tree, tests, reach, patience
        self.lock = threading.Lock()
        self.folders, self.made = [], 0

    def folder(self):
        with self.lock:
            if self.folders:
                return self.folders.pop()
            self.made += 1
            new = os.path.join(self.tree.home, f"mutant{self.made}")
        shutil.rmtree(new, ignore_errors=True)
        os.makedirs(os.path.join(new, "work"))
        return new

    def judge(self, source, site):
        """'same', 'broken', 'unreached', 'survived', or the name of the test that failed."""
        mask = self.reach.of(source.path, site.line, source.function[site.line])
        folder = self.folder()
        try:
            made = source.compile(folder, site.apply(source.text))
            if made is None:
                return "broken"
            if made == source.plain:
                return "same"
            if not mask:
                return "unreached"
            objects = [f"b/{s[:-2]}.o" for s in self.tree.sources if s != source.path]
            try:
                self.tree.link(os.path.join(folder, "librung.so"),
                               objects + [os.path.join(folder, "mutant.o")] + self.tree.rest)
            except SystemExit:
                return "broken"
            spent = 0
            for t in likely(source, [t for t in self.tests if t.bit & mask]):
                spent += t.cpu
                if spent > self.patience and spent > t.cpu:
                    break
                limits = (3 * t.cpu, 10 * t.seconds + 20)
                passed, live, _ = t.run("b", folder, os.path.join(folder, "work"), limits)
                if not passed or (t.live is not None and live != t.live):
                    with self.lock:
                        if t.name in source.killers:
                            source.killers.remove(t.name)
                        source.killers = [t.name] + source.killers[:4]
                    return t.name + (" (leak)" if passed else "")
            return "survived"
        finally:
            with self.lock:
                self.folders.append(folder)


def chosen(tree, wishes, rng):
    """All (source, site) of the lines asked for, in random order."""
    picked = []
    for path in tree.sources:
        if not wishes:
            picked.append((path, None))
        for wish in wishes:
            name, _, lines = wish.partition(":")
            if path == name or path.startswith(name.rstrip("/") + "/"):
                first, _, last = lines.partition("-")
                picked.append((path, (int(first), int(last or first)) if lines else None))
    sources, pool, commands = {}, [], tree.commands()
    for path, lines in picked:
        source = sources.get(path) or Source(path, commands)
        sources[path] = source
        pool += [(source, s) for s in source.sites
                 if not lines or lines[0] <= s.line <= lines[1]]
    weights = [3 if not wishes and s.room in NUMBERS else 1 for s, _ in pool]
    keys = [rng.random() ** (1 / w) for w in weights]
    return [pool[i] for i in sorted(range(len(pool)), key=keys.__getitem__, reverse=True)]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES":
        os.environ.pop(name, None)
    wishes = sys.argv[2:]
    number = int(os.environ.get("RUNG_MUTANTS", "100"))
    seed = int(os.environ.get("RUNG_SEED") or random.randrange(1 << 31))
    jobs = int(os.environ.get("RUNG_MUTATE_JOBS", "1"))
    print(f"mutate: {number} mutants, RUNG_SEED={seed}", flush=True)
    tree = Tree(sys.argv[1])
    tests, reach = measure(tree, all_tests(tree))
    todo = iter(chosen(tree, wishes, random.Random(seed)))
    patience = float(os.environ.get("RUNG_MUTATE_SECONDS", "10"))
    check, table = Check(tree, tests, reach, patience), {}
    survivors, unreached = [], []
    tried, ended = 0, False

    def one(job):
        return job, check.judge(*job)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = set()
        while True:
            while not ended and len(running) < jobs and tried + len(running) < number:
                job = next(todo, None)
                ended = job is None
                if job:
                    running.add(pool.submit(one, job))
            if not running:
                break
            done, running = concurrent.futures.wait(
                running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                (source, site), verdict = future.result()
                if verdict in ("broken", "same"):
                    continue
                tried += 1
                row = table.setdefault(source.room, [0, 0, 0])
                row[{"survived": 1, "unreached": 2}.get(verdict, 0)] += 1
                text = f"{source.path}:{site}"
                if verdict == "survived":
                    survivors.append(text)
                elif verdict == "unreached":
                    unreached.append(text)
                print(f"[{tried}] {text}  ({verdict})", flush=True)
    print("\nNot reached:")
    print("\n".join(sorted(unreached)))
    print("\nSurvivors:")
    print("\n".join(sorted(survivors)))
    print(f"\n{'room':<10}{'tried':>8}{'killed':>8}{'survived':>10}{'not reached':>13}")
    total = [sum(r[i] for r in table.values()) for i in range(3)]
    for room, row in sorted(table.items()) + [("all", total)]:
        print(f"{room:<10}{sum(row):>8}{row[0]:>8}{row[1]:>10}{row[2]:>13}")


if __name__ == "__main__":
    main()
