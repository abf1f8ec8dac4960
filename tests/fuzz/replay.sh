#!/bin/sh
# Runs every target on the files that once were findings, and the quick ones on all their seeds.
# Usage: replay.sh REPLAY
set -u
replay=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
for target in parse check program json lines written code doc regex lua pattern lsp wire bif uai hugin \
    xmlbif evidence gz dagitty dot lavaan; do
    case $target in
    check | program | json | lines | written | code | doc | lsp)
        mkdir "$work/$target"
        cp tests/bugs/"$target"/* tests/fuzz/seeds/"$target"/* "$work/$target" 2>/dev/null
        ;;
    *) sh tests/fuzz/seeds.sh $target "$work/$target" ;;
    esac
    for file in "$work/$target"/*; do set -- "$work/$target"/*; done
    [ -e "$1" ] || continue
    if (cd "$work" && "$OLDPWD/$replay" $target "$@") >"$work/log" 2>&1; then
        passed=$((passed + $#))
    else
        failed=$((failed + 1))
        tail -3 "$work/log"
    fi
done
echo "replay: $passed passed, $failed failed"
[ "$failed" = 0 ]
