#!/bin/sh
# Runs the unit tests, the examples and every eighth other program under valgrind, as many at once
# as there are processors; any error or leak fails. Valgrind computes long doubles with the
# precision of doubles, so a test that compares to the last digit may fail there: only valgrind's
# own verdict (status 9) and crashes count. What takes longer than RUNG_SECONDS (300) is stopped,
# with what valgrind has found so far. RUNG_EVERY=1 runs every program.
# Usage: valgrind.sh RUNG TEST...
set -u
rung=$(realpath "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export rung work RUNG_SEEDS="${RUNG_SEEDS:-2}" RUNG_SECONDS="${RUNG_SECONDS:-300}"
cat >"$work/one" <<'EOF'
what=$(realpath "$1")
log=$work/$(echo "$1" | tr / _)
args=$what
case $what in
*.rung)
    cd "$(dirname "$what")" || exit 1
    args="$rung $(cat "${what%.rung}.args" 2>/dev/null) $(basename "$what")"
    ;;
esac
# A test that fails leaves its memory behind, which says nothing.
try() {
    # shellcheck disable=SC2086 # the arguments are words
    timeout -s INT -k 20 "$RUNG_SECONDS" valgrind -q --error-exitcode=9 --leak-check="$1" \
        --show-leak-kinds=definite,possible --log-file="$log" $args >"$log.out" 2>&1 </dev/null
    status=$?
}
try full
[ $status = 9 ] && grep -q 'FAILED TEST' "$log.out" && try no
if [ $status = 124 ] || [ $status = 137 ]; then
    echo "$1" >>"$work/stopped"
    grep -q 'Invalid\|ninitialised\|Mismatched\|overlap' "$log" && status=9
fi
if [ $status = 9 ] || { [ $status -gt 125 ] && [ $status != 137 ]; }; then
    echo "--- $1: status $status"
    cat "$log"
    echo "$1" >>"$work/failed"
fi
echo "$1" >>"$work/ran"
EOF
: >"$work/ran"
: >"$work/stopped"
: >"$work/failed"
{
    printf '%s\n' "$@" examples/*.rung
    find tests/golden tests/lang tests/answers tests/bugs -name '*.rung' | sort |
        awk -v every="${RUNG_EVERY:-8}" 'NR % every == 0'
} | xargs -P "$(nproc)" -I WHAT sh "$work/one" WHAT
sed 's/^/stopped: /' "$work/stopped"
echo "valgrind: $(wc -l <"$work/ran") runs, $(wc -l <"$work/stopped") stopped in time," \
    "$(wc -l <"$work/failed") with findings"
[ ! -s "$work/failed" ]
