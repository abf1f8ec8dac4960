#!/bin/sh
# Runs bench_graphs, and the peers that are on this machine on the same questions right after
# it; prints for each row what it takes and how many times as long a peer takes.
#
#     graphs.sh PROGRAM        PYTHON=python3 and NODE=node may be set, as may NODE_PATH
set -u
program=${1:-build/tests/bench_graphs}
here=$(dirname "$0")
python=${PYTHON:-python3}
node=${NODE:-node}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
pin=
command -v taskset >/dev/null && taskset -c 1 true 2>/dev/null && pin='taskset -c 1'

echo "load: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null)"
$pin "$program" "$dir/cases" >"$dir/table"
code=$?

peers=
for name in y0 dowhy; do
    if "$python" -c "import $name" >/dev/null 2>&1 &&
        $pin "$python" "$here/peer_$name.py" "$dir/cases" >"$dir/$name" 2>/dev/null; then
        peers="$peers $name"
    fi
done
if "$node" -e 'require("dagitty")' >/dev/null 2>&1 &&
    $pin "$node" "$here/peer_dagitty.js" "$dir/cases" >"$dir/dagitty" 2>/dev/null; then
    peers="$peers dagitty"
fi

# The figures of the peers after each row, and whether their answers are the same.
awk -v peers="$peers" -v dir="$dir" '
    BEGIN {
        count = split(peers, peer, " ")
        for (i = 1; i <= count; i++)
            while ((getline line < (dir "/" peer[i])) > 0) {
                split(line, field, "\t")
                queries[i, field[1]] = field[2]
                agreed[i, field[1]] = field[3]
                time[i, field[1]] = field[4]
            }
    }
    {
        print
        name = substr($0, 1, 44)
        sub(/ +$/, "", name)
        asked = substr($0, 61, 11) + 0
        for (i = 1; i <= count; i++) {
            if (!((i, name) in time) || asked <= 0) continue
            printf "    %-12s%12.1f us  %8.0f times as long", peer[i], time[i, name], \
                time[i, name] / asked
            if (agreed[i, name] != queries[i, name])
                printf "  agrees on %d of %d", agreed[i, name], queries[i, name]
            else
                printf "  agrees on all %d", queries[i, name]
            print ""
        }
    }' "$dir/table"
[ -n "$peers" ] || echo "no peer is installed (y0, dowhy, dagitty)"
exit $code
