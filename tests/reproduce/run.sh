#!/bin/sh
# Runs every program with each build of Rung, with one thread and with two; standard output,
# standard error and exit status must be those of the first build with one thread, to the byte,
# with all digits shown. Then the first build runs again in other surroundings, to the usual
# digits: another language, time zone and width, fresh memory full of rubbish, addresses that are
# always the same; a sort that is not stable; a processor with fewer instructions, for which the
# C library computes exp, log and sin in another way.
# RUNG_PROGRAMS="FILE..." runs those alone.
# Usage: run.sh SORT.so RUNG...
set -u
sort_library=$(realpath "$1")
shift
first=$(realpath "$1")
builds=$(realpath "$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
locale=C.UTF-8
locale -a 2>/dev/null | grep -qi 'de_DE.utf-\?8' && locale=de_DE.UTF-8
export first builds work locale sort_library

cat >"$work/one" <<'EOF'
path=$1
out=$work/$(echo "$path" | tr / _)
cd "$(dirname "$path")" || exit 1
file=$(basename "$path")
args=$(cat "${file%.rung}.args" 2>/dev/null)

run() { # NAME COMMAND...
    name=$1
    shift
    # shellcheck disable=SC2086 # the arguments are words
    timeout 300 "$@" $args "$file" >"$out.now" 2>"$out.err" </dev/null
    echo "exit $?" >>"$out.now"
    cat "$out.err" >>"$out.now"
    echo run >>"$work/runs"
    if [ "$name" = reference ]; then
        mv "$out.now" "$out.reference"
    elif ! cmp -s "$out.now" "$out.reference"; then
        { echo "--- $path: $name"; diff "$out.reference" "$out.now" | head -n 20; } >"$out.differ"
        cat "$out.differ"
        echo differs >>"$work/differ"
    fi
}

run reference "$first" --threads 1 --digits 17
for rung in $builds; do
    [ "$rung" = "$first" ] || run "$rung" "$rung" --threads 1 --digits 17
    run "$rung --threads 2" "$rung" --threads 2 --digits 17
done
run reference "$first" --threads 1
run surroundings env LC_ALL="$locale" TZ=Asia/Kathmandu COLUMNS=40 TERM=dumb MALLOC_PERTURB_=165 \
    setarch -R "$first" --threads 1
run "a sort that is not stable" env LD_PRELOAD="$sort_library" "$first" --threads 1
run "an older processor" env GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable \
    "$first" --threads 1
rm -f "$out".*
EOF

: >"$work/runs"
: >"$work/differ"
{
    if [ -n "${RUNG_PROGRAMS:-}" ]; then
        printf '%s\n' $RUNG_PROGRAMS
    else
        find tests/golden tests/lang tests/answers tests/bugs tests/data/programs examples \
            stdlib/lessons -name '*.rung'
    fi
} | sort | xargs realpath >"$work/programs"
xargs -P "$(nproc)" -I FILE sh "$work/one" FILE <"$work/programs"
programs=$(wc -l <"$work/programs")
runs=$(wc -l <"$work/runs")
failed=$(wc -l <"$work/differ")
echo "reproduce: $programs programs, $runs runs, $failed differ"
[ "$failed" = 0 ]
