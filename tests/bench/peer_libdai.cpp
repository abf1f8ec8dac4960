// The tasks of bench_networks by libDAI: its junction tree, Hugin updates, weighted min-fill.
//
//     peer_libdai all|given FILE [VARIABLE]...
//
// FILE is a network in BIF, of which only the variables' names are read; FILE.uai is the same
// with the numbers (`bench_networks uai`). Prints milliseconds to plan and answer, and peak
// megabytes; a dash for loading, which is not libDAI's own.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <dai/alldai.h>
#include <dai/jtree.h>

static const double PATIENCE = 0.2;
static const size_t MOST = 15;

static double now() {
    timespec t;
    clock_gettime(getenv("RUNG_CPU") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

static std::vector<std::string> names_of(const std::string &path) {
    std::ifstream in(path);
    std::vector<std::string> names;
    std::string word, name;
    while (in >> word)
        if (word == "variable" && in >> name) names.push_back(name);
    return names;
}

static dai::FactorGraph read(const std::string &path) {
    std::ifstream in(path);
    std::string kind;
    size_t n = 0, m = 0;
    in >> kind >> n;
    std::vector<dai::Var> vars;
    for (size_t v = 0, card; v < n && in >> card; v++) vars.emplace_back(v, card);
    in >> m;
    std::vector<std::vector<dai::Var>> scopes(m);
    for (auto &scope : scopes) {
        size_t count = 0, v;
        in >> count;
        // The first of libDAI's variables changes fastest, the last of the file's.
        for (size_t i = 0; i < count && in >> v; i++) scope.insert(scope.begin(), vars[v]);
    }
    std::vector<dai::Factor> factors;
    for (const auto &scope : scopes) {
        size_t count = 0;
        in >> count;
        std::vector<double> values(count);
        for (double &x : values) in >> x;
        factors.emplace_back(scope, values);
    }
    return dai::FactorGraph(factors);
}

static void answer(const dai::FactorGraph &graph) {
    dai::PropertySet how;
    how.set("verbose", size_t(0));
    how.set("updates", std::string("HUGIN"));
    how.set("heuristic", std::string("WEIGHTEDMINFILL"));
    dai::JTree tree(graph, how);
    tree.init();
    tree.run();
    for (size_t v = 0; v < graph.nrVars(); v++) tree.belief(graph.var(v));
}

int main(int argc, char **argv) {
    if (argc < 3 || std::string(argv[1]) == "one") return 2;
    dai::FactorGraph graph = read(std::string(argv[2]) + ".uai");
    std::vector<std::string> names = names_of(argv[2]);
    for (int i = 3; i < argc; i++) {
        size_t label = size_t(std::find(names.begin(), names.end(), argv[i]) - names.begin());
        for (size_t v = 0; v < graph.nrVars(); v++)
            if (graph.var(v).label() == label) graph.clamp(v, 0);
    }
    std::vector<double> times;
    double begin = now();
    while (times.size() < MOST && (times.empty() || now() - begin < PATIENCE)) {
        double start = now();
        answer(graph);
        times.push_back(now() - start);
    }
    std::sort(times.begin(), times.end());
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double median = times[times.size() / 2] * 1e3;
    std::printf("-\t0\t%.4f\t%.4f\t%.2f\n", median, median, double(usage.ru_maxrss) / 1024);
    return 0;
}
