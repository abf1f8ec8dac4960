#!/bin/sh
# Runs the unit tests and a few whole programs under valgrind; any error or leak fails.
# Usage: valgrind.sh RUNG TEST...
set -eu
rung=$1
shift
grind="valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,possible"
for test in "$@"; do
    RUNG_SEEDS=${RUNG_SEEDS:-3} $grind "$test" >/dev/null || {
        echo "valgrind: $test" >&2
        exit 1
    }
done
for file in examples/*.rung; do
    $grind "$rung" "$file" >/dev/null || {
        echo "valgrind: $file" >&2
        exit 1
    }
done
echo "valgrind: clean"
