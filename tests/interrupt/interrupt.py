# Interrupt: presses Ctrl-C at random moments of everything that takes long, and looks whether the
# prompt is back soon and the session goes on.
#
# usage: interrupt.py RUNG [SEED [ROUNDS [NAME...]]]
import os
import random
import shutil
import statistics
import sys
import tempfile
import time

from cases import cases
from terminal import Gone, Terminal

PATIENCE = float(os.environ.get("RUNG_PATIENCE", "10"))


def one(rung, case, delay, by_key, state):
    """Seconds to the prompt, those of the processor, and whether it was busy."""
    t = Terminal(rung, case.options, state)
    try:
        for line in case.before:
            t.say(line)
        t.expect(b"rung> ", 120)
        t.keys(case.entry + "\n")
        t.expect(b"\n", 20)
        start = time.monotonic()
        while time.monotonic() < start + delay:
            t.read(start + delay - time.monotonic())
        busy = not t.seen.endswith(b"rung> ")
        used = t.processor()
        since = time.monotonic()
        if not busy:
            t.at = len(t.seen)
        t.interrupt(by_key)
        if not busy:
            t.expect(b"rung> ", PATIENCE)
        took = t.back(since, PATIENCE)
        used = t.processor() - used
        t.usable()
        t.keys("\x04")
        ended = time.monotonic()
        status = t.end()
        if status != 0:
            raise Gone(f"exit status {status}")
        return took, used, busy, time.monotonic() - ended
    except Gone:
        try:
            t.kill()
        except OSError:
            pass
        raise


def main():
    rung = os.path.abspath(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    names = sys.argv[4:]
    folder = os.environ.get("RUNG_CASES") or tempfile.mkdtemp(prefix="rung-interrupt-")
    os.makedirs(folder, exist_ok=True)
    state = tempfile.mkdtemp(prefix="rung-state-")
    r = random.Random(seed)
    failed = 0
    print(f"{'interrupted':32} {'median':>8} {'worst':>8} {'cpu':>8} {'end':>8}  ms; busy", flush=True)
    everything = cases(folder)
    if names and names[0] == "from":
        at = [c.name for c in everything].index(" ".join(names[1:]))
        everything, names = everything[at:], []
    for case in everything:
        if names and not any(n == case.name for n in names):
            continue
        try:
            found = [one(rung, case, r.choice([0.02, 0.1, 0.5, 1, 2]) * r.random() + 0.02 * k,
                         r.random() < 0.5, state) for k in range(rounds)]
        except Gone as e:
            failed += 1
            print(f"{case.name:32} FAILED {e}", flush=True)
            continue
        busy = [f for f in found if f[2]] or found
        took = [1000 * f[0] for f in busy]
        print(f"{case.name:32} {statistics.median(took):8.1f} {max(took):8.1f} "
              f"{1000 * max(f[1] for f in busy):8.1f} {1000 * max(f[3] for f in found):8.1f}  "
              f"{sum(f[2] for f in found)}/{len(found)}", flush=True)
    shutil.rmtree(state)
    if "RUNG_CASES" not in os.environ:
        shutil.rmtree(folder)
    sys.exit(failed > 0)


main()
