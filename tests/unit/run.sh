#!/bin/sh
# Runs unit test programs, as many at once as there are processors. Prints what a failing program
# said, and the sum of the tests. A program that dies counts as one failed test.
# Usage: run.sh PROGRAM...
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work
# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 sh -c '
    log=$work/${1##*/}
    "$1" >"$log" 2>&1
    echo "exit $?" >>"$log"' sh

awk '
    FNR == 1 { n = split(FILENAME, part, "/"); name = part[n]; text = ""; bad = 0 }
    { text = text "  " $0 "\n" }
    /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
    /^\[  FAILED  \] [0-9]+ test/ { bad = $4 }
    /^exit / {
        if ($2 != 0 && bad == 0) bad = 1
        failed += bad
        if (bad) printf "--- %s\n%s", name, text
    }
    END { printf "unit: %d passed, %d failed\n", passed, failed; exit failed > 0 }
' "$work"/*
