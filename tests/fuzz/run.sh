#!/bin/sh
# Fuzzes every target for RUNG_FUZZ_SECONDS (60), or those that RUNG_FUZZ_TARGETS names. The corpus
# grows beside the program, and what was found lies there as FINDING-TARGET-...
# Then random well-typed programs (programs.py) and command lines (arguments.py) from seed
# RUNG_FUZZ_SEED on.
# Usage: run.sh FUZZ
set -u
# Most of the time of allocating goes into what is known of it when it is wrong.
export ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=4:quarantine_size_mb=16}"
fuzz=$PWD/$1
home=$(dirname "$fuzz")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=0
for target in ${RUNG_FUZZ_TARGETS:-parse check program json lines written code doc regex lua pattern \
    lsp wire bif uai hugin xmlbif evidence gz dagitty dot lavaan}; do
    sh tests/fuzz/seeds.sh "$target" "$work/seeds-$target"
    sh tests/fuzz/dictionary.sh "$target" >"$work/words"
    mkdir -p "$home/corpus/$target"
    # In a folder of its own, so that imports find nothing.
    (cd "$work" && RUNG_FUZZ=$target "$fuzz" -max_total_time="${RUNG_FUZZ_SECONDS:-60}" \
        $([ -s words ] && echo -dict=words) -timeout=10 -rss_limit_mb=2000 -max_len=8000 \
        -print_final_stats=1 \
        -artifact_prefix="$home/FINDING-$target-" "$home/corpus/$target" \
        "$work/seeds-$target") </dev/null >"$home/log-$target" 2>&1 || found=$((found + 1))
    awk -v target="$target" '
        /number_of_executed_units/ { runs = $2 }
        /cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cover = $(i + 1) }
        /^broken promise|ERROR: |runtime error|^SUMMARY/ { said = said "\n  " $0 }
        END { printf "%-9s %9d runs, %6d edges%s\n", target, runs, cover, said }
    ' "$home/log-$target"
done
python3 tests/fuzz/programs.py "$home/rung" "${RUNG_FUZZ_SEED:-1}" \
    "${RUNG_FUZZ_SECONDS:-60}" "$home" || found=$((found + 1))
python3 tests/fuzz/arguments.py "$home/rung" "${RUNG_FUZZ_SEED:-1}" $((${RUNG_FUZZ_SECONDS:-60} * 3)) ||
    found=$((found + 1))
echo "fuzz: $found targets with a finding"
[ "$found" = 0 ]
