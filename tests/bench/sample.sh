#!/bin/sh
# Runs bench_sample, and numpy, JAGS and WebPPL on the same models right after it where they are on
# this machine: nanoseconds per variable and draw on one processor.
#
#     sample.sh PROGRAM        PYTHON=python3, JAGS=jags and WEBPPL=webppl may be set
set -u
program=${1:-build/tests/bench_sample}
here=$(dirname "$0")
python=${PYTHON:-python3}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
pin=
command -v taskset >/dev/null && taskset -c 1 true 2>/dev/null && pin='taskset -c 1'

echo "load: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null)"
$pin "$program" >"$dir/rung" || exit 1
OMP_NUM_THREADS=1 $pin "$python" "$here/peer_numpy.py" >"$dir/numpy" 2>/dev/null || : >"$dir/numpy"
$pin "$python" "$here/peer_samplers.py" >"$dir/samplers" 2>/dev/null || : >"$dir/samplers"
awk -F'\t' '
FILENAME ~ /numpy$/ { peer[$1 $2] = $3; next }
FNR == 1 { printf "%-10s %5s %9s %10s %7s %9s %7s\n", "model", "nodes", "blocks ns", "one by one", "times", "numpy ns", "times" }
{
    printf "%-10s %5d %9.2f %10.1f %7.1f", $1, $2, $3, $4, $4 / $3
    if (($1 $2) in peer) printf " %9.2f %7.1f", peer[$1 $2], peer[$1 $2] / $3
    print ""
}' "$dir/numpy" "$dir/rung"
awk -F'\t' '
FILENAME ~ /rung$/ { own[$1 $2] = $3; next }
($2 $3) in own { printf "%-8s %-10s %4d %9.0f ns, times %.0f\n", $1, $2, $3, $4, $4 / own[$2 $3] }
' "$dir/rung" "$dir/samplers"
