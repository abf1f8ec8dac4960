#!/bin/sh
# Runs whole programs and compares standard output, standard error and exit status with NAME.out.
# NAME.args, when there, holds the arguments before the file. --promote rewrites what differs.
# Usage: run.sh [--promote] RUNG
set -u
promote=
[ "$1" = --promote ] && { promote=1; shift; }
case $1 in /*) rung=$1 ;; *) rung=$PWD/$1 ;; esac
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
for program in *.rung; do
    name=${program%.rung}
    args=$(cat "$name.args" 2>/dev/null)
    # shellcheck disable=SC2086 # the arguments are words
    "$rung" $args "$program" >"$work/stdout" 2>"$work/stderr" </dev/null
    echo "exit $?" >"$work/status"
    cat "$work/stdout" "$work/stderr" "$work/status" >"$work/out"
    if cmp -s "$work/out" "$name.out"; then
        passed=$((passed + 1))
    elif [ "$promote" ]; then
        cp "$work/out" "$name.out"
        echo "promoted $name"
    else
        failed=$((failed + 1))
        echo "--- $name"
        diff "$name.out" "$work/out"
    fi
done
echo "golden: $passed passed, $failed failed"
[ "$failed" = 0 ]
