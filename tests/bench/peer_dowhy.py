# Asks DoWhy the questions of separation of bench_graphs (the file named on the command line),
# and prints as peer_y0.py does.
import statistics
import sys
import time
import warnings

import networkx
from dowhy.graph import check_dseparation

SHARE = 2.0  # seconds


def main():
    rows, graph = {}, None
    for line in open(sys.argv[1], encoding="utf-8"):
        kind, name, *fields = line.rstrip("\n").split("\t")
        if kind == "graph":
            edges = fields[0].split("; ")
            graph = networkx.DiGraph([e.split(" -> ") for e in edges if " -> " in e])
            graph.add_nodes_from(e for e in edges if e and " " not in e)
        if kind != "sep":
            continue
        times, agreed = rows.setdefault(name, ([], []))
        if sum(times) > SHARE:
            continue
        x, y, z = (field.split() for field in fields[1:])
        start = time.perf_counter()
        answer = check_dseparation(graph, x, y, z)
        times.append(time.perf_counter() - start)
        agreed.append(bool(answer) == bool(int(fields[0])))
    for name, (times, agreed) in rows.items():
        print(name, len(times), sum(agreed), statistics.median(times) * 1e6, sep="\t")


warnings.simplefilter("ignore")
main()
