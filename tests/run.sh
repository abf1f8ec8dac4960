#!/bin/sh
# The fast suite: style, unit tests, language tests and whole runs. Its last line is their sum.
# Usage: run.sh RUNG UNIT-PROGRAM...
set -u
rung=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
    sh tests/style/run.sh "$rung"
    sh tests/unit/run.sh "$@"
    sh tests/lang/run.sh "$rung"
    sh tests/golden/run.sh "$rung"
} 2>&1 | tee "$log"
awk '
    /^(style|unit|lang|golden): [0-9]+ passed, [0-9]+ failed$/ { suites++; passed += $2; failed += $4 }
    END {
        failed += 4 - suites
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0
    }' "$log"
