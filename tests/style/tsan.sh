#!/bin/sh
# Runs unit tests, and every program with four threads, with builds under ThreadSanitizer; any
# race fails. Times and answers are not compared. What takes longer than RUNG_SECONDS (120) is
# stopped, with what was found so far.
# Usage: tsan.sh RUNG TEST...
set -u
rung=$(realpath "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export rung work RUNG_SEEDS="${RUNG_SEEDS:-2}" RUNG_SECONDS="${RUNG_SECONDS:-120}"
export TSAN_OPTIONS="log_path=$work/race exitcode=66"
cat >"$work/one" <<'EOF'
what=$(realpath "$1")
args=$what
case $what in
*.rung)
    cd "$(dirname "$what")" || exit 1
    args="$rung --threads 4 $(cat "${what%.rung}.args" 2>/dev/null) $(basename "$what")"
    ;;
esac
# shellcheck disable=SC2086 # the arguments are words
timeout "$RUNG_SECONDS" $args >/dev/null 2>&1 </dev/null
[ $? != 66 ] || echo "--- $1"
echo "$1" >>"$work/ran"
EOF
{
    printf '%s\n' "$@"
    find tests/golden tests/lang tests/answers tests/bugs examples -name '*.rung' | sort
} | xargs -P "$(nproc)" -I WHAT sh "$work/one" WHAT
races=$(cat "$work"/race.* 2>/dev/null | grep -c '^WARNING: ThreadSanitizer')
[ "$races" = 0 ] || cat "$work"/race.*
echo "tsan: $(wc -l <"$work/ran") runs, $races races"
[ "$races" = 0 ]
