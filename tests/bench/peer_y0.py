# Asks y0 the questions of bench_graphs (the file named on the command line), and prints for
# each row: its name, how many questions were asked, how often the answer was that of
# bench_graphs, and the median of the microseconds. A row that takes longer than its share of
# time is cut short.
import statistics
import sys
import time

from y0.algorithm.conditional_independencies import are_d_separated
from y0.algorithm.identify import identify_outcomes
from y0.dsl import Variable
from y0.graph import NxMixedGraph

SHARE = 0.7  # seconds


def read_graph(text):
    nodes, directed, undirected = set(), [], []
    for part in filter(None, text.split("; ")):
        arrow = "<->" if "<->" in part else "->"
        ends = tuple(Variable(name.strip()) for name in part.split(arrow))
        nodes.update(ends)
        if len(ends) == 2:
            (undirected if arrow == "<->" else directed).append(ends)
    return NxMixedGraph.from_edges(nodes=nodes, directed=directed, undirected=undirected)


def variables(text):
    return {Variable(name) for name in text.split()}


def timed(ask):
    """The answer, and the median time of asking until 20 ms have passed."""
    times = []
    while len(times) < 3 or (sum(times) < 0.02 and len(times) < 50):
        start = time.perf_counter()
        answer = bool(ask())
        times.append(time.perf_counter() - start)
    return answer, statistics.median(times)


def main():
    rows, graph = {}, None
    for line in open(sys.argv[1], encoding="utf-8"):
        kind, name, *fields = line.rstrip("\n").split("\t")
        if kind == "graph":
            graph = read_graph(fields[0])
            continue
        right, *fields = fields
        times, agreed = rows.setdefault(name, ([], []))
        if sum(times) > SHARE or kind == "adjust":
            continue
        if kind == "id":
            y, x = map(variables, fields)
            ask = lambda: identify_outcomes(graph, x, y) is not None
        else:
            (x,), (y,) = map(variables, fields[:2])
            z = variables(fields[2])
            ask = lambda: are_d_separated(graph, x, y, conditions=z).separated
        try:
            answer, seconds = timed(ask)
        except Exception:
            continue
        times.append(seconds)
        agreed.append(answer == bool(int(right)))
    for name, (times, agreed) in rows.items():
        if times:
            print(name, len(times), sum(agreed), statistics.median(times) * 1e6, sep="\t")


main()
