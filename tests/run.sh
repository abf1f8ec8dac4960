#!/bin/sh
# The fast suite: style, unit tests, language tests, whole runs and the targets of fuzzing. Its
# last line is their sum.
# Usage: run.sh RUNG REPLAY UNIT-PROGRAM...
set -u
rung=$1
replay=$2
shift 2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
    sh tests/style/run.sh "$rung"
    sh tests/unit/run.sh "$@"
    sh tests/lang/run.sh "$rung"
    sh tests/golden/run.sh "$rung"
    sh tests/fuzz/replay.sh "$replay"
} 2>&1 | tee "$log"
awk '
    /^(style|unit|lang|golden|replay): [0-9]+ passed, [0-9]+ failed$/ { suites++; passed += $2; failed += $4 }
    END {
        failed += 5 - suites
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0
    }' "$log"
