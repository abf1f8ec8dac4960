// Asks dagitty the questions of bench_graphs (the file named on the command line), and prints
// for each row: its name, how many questions were asked, how often the answer (for adjustment:
// how many minimal sets there are) was that of bench_graphs, and the microseconds for each
// question (each set). A row that takes longer than its share of time is cut short.
const fs = require('fs');
const { GraphParser, GraphAnalyzer } = require('dagitty');

const SHARE = 3e6; // microseconds
const MOST_SETS = 1000;

// The answer, and the median time of asking until 5 ms have passed.
function timed(ask) {
    const times = [];
    let answer, total = 0;
    while (times.length < 3 || (total < 5e3 && times.length < 50)) {
        const start = process.hrtime.bigint();
        answer = ask();
        times.push(Number(process.hrtime.bigint() - start) / 1e3);
        total += times[times.length - 1];
    }
    times.sort((a, b) => a - b);
    return [answer, times[times.length >> 1]];
}

function parse(text, marks) {
    const bare = (s) => s.replace(/[A-Za-z][A-Za-z0-9_.]*/g, '"$&"');
    return GraphParser.parseGuess('dag{' + marks + bare(text) + '}');
}

function newRow(kind) {
    return { kind, queries: 0, agreed: 0, sets: 0, times: [], total: 0 };
}

const rows = new Map();
let graph, text;
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
    const [kind, name, right, ...fields] = line.split('\t');
    if (kind === 'graph') {
        text = right;
        graph = null;
    }
    if (kind !== 'sep' && kind !== 'adjust') continue;
    if (!rows.has(name)) rows.set(name, newRow(kind));
    const row = rows.get(name);
    if (row.total > SHARE) continue;
    let answer, time;
    if (kind === 'sep') {
        graph = graph || parse(text, '');
        const vertices = (f) => f.split(' ').filter(Boolean).map((v) => graph.getVertex(v));
        const sets = fields.map(vertices);
        [answer, time] = timed(() => !GraphAnalyzer.dConnected(graph, ...sets));
        row.agreed += answer === (right === '1');
    } else {
        const marks = `"${fields[0]}" [exposure]; "${fields[1]}" [outcome]; `;
        const marked = parse(text, marks);
        [answer, time] = timed(
            () => GraphAnalyzer.listMsasTotalEffect(marked, [], [], MOST_SETS));
        row.agreed += answer.length === Number(right);
        row.sets += answer.length;
    }
    row.queries++;
    row.times.push(time);
    row.total += time;
}
for (const [name, row] of rows) {
    row.times.sort((a, b) => a - b);
    const each = row.kind === 'sep' ? row.times[row.times.length >> 1]
                                    : row.total / (row.sets || row.queries);
    console.log([name, row.queries, row.agreed, each].join('\t'));
}
