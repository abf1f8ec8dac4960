#!/bin/sh
# Runs the unit tests and a few whole programs under valgrind, as many at once as there are
# processors; any error or leak fails. Valgrind computes long doubles with the precision of
# doubles, so a test that compares to the last digit may fail there: only valgrind's own verdict
# (status 9) and crashes count.
# Usage: valgrind.sh RUNG TEST...
set -u
rung=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work RUNG_SEEDS="${RUNG_SEEDS:-3}"
{
    printf '%s\n' "$@"
    for file in examples/*.rung; do echo "$rung $file"; done
} | xargs -P "$(nproc)" -I COMMAND sh -c '
    log=$(mktemp "$work/XXXXXX")
    valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,possible \
        COMMAND >"$log" 2>&1
    status=$?
    if [ $status = 9 ] || [ $status -gt 125 ]; then
        echo "--- COMMAND: status $status"
        cat "$log"
    fi' >"$work/failed"
cat "$work/failed"
[ ! -s "$work/failed" ] || exit 1
echo "valgrind: clean"
