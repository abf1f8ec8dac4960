#!/bin/sh
# The checks of the project on itself: its doors, its grammar, its manual, what its tests exercise, its examples' style.
# Usage: run.sh RUNG
set -u
rung=$1
passed=0
failed=0

check() { # COMMAND...
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

check sh tests/style/doors.sh
check sh tests/style/grammar.sh
check sh tests/style/manual.sh "$rung"
check sh tests/style/exercised.sh "$rung"
check sh tests/style/highlight.sh "$rung"
check "$rung" fmt --check examples/*.rung examples/*/*.rung stdlib/*.rung stdlib/*/*.rung
echo "style: $passed passed, $failed failed"
[ "$failed" = 0 ]
