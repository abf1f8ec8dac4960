#!/bin/sh
# Runs `rung test` on every language test, example, lesson and program, on the examples in the
# standard library, and on the code blocks of README.md and of the manual; each file must pass.
# Usage: run.sh RUNG
set -u
rung=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() { # NAME FILE
    if "$rung" test "$2" >"$work/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "--- $1"
        cat "$work/out"
    fi
}

for file in $(find tests/lang tests/bugs tests/answers tests/data/programs examples stdlib/lessons -name '*.rung' | sort); do
    check "$file" "$file"
done
for file in stdlib/*.rung; do
    awk -f stdlib/examples.awk "$file" >"$work/$(basename "$file")"
    check "$file" "$work/$(basename "$file")"
    rm "$work/$(basename "$file")"
done
for page in README.md man/*.1 man/*.5 man/*.7; do
    awk -v dir="$work" -v page="$(basename "$page")" -f tests/lang/blocks.awk "$page"
done
for block in "$work"/*.rung; do
    [ -e "$block" ] || continue
    check "$(basename "$block" .rung)" "$block"
done
echo "lang: $passed passed, $failed failed"
[ "$failed" = 0 ]
