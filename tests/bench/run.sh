#!/bin/sh
# Times whole runs of the program: wall-clock medians over alternating runs. With RUNG_SHARED, a
# folder that holds networks/bif, large networks too.
# Usage: run.sh RUNG TIMING
set -eu
rung=$1
timing=$2
rounds=${RUNG_ROUNDS:-101}
few=${RUNG_FEW:-5}
nets=tests/data/networks

row() { # LABEL MEDIAN LEAST MEMORY
    printf '%-44s %10s %10s %10s\n' "$@"
}

rows() { # LABEL... and the lines of timing on standard input
    while read -r median least memory; do
        row "$1" "$median" "$least" "$memory"
        shift
    done
}

row "whole process" "median ms" "least ms" "peak MB"

# --- start-up ---
if command -v lua5.4 >/dev/null; then
    pair=$("$timing" "$rounds" "$rung" -e 1 -- lua5.4 -e '')
    echo "$pair" | rows "rung -e 1" "lua5.4 -e ''"
    echo "$pair" | awk '{ m[NR] = $1 } END {
        printf "%-44s %10.2f\n%-44s %10.2f\n", "  difference, ms", m[1] - m[2], "  ratio", m[1] / m[2] }'
else
    "$timing" "$rounds" "$rung" -e 1 | rows "rung -e 1"
    echo "lua5.4 is not installed: nothing to compare with"
fi

# --- questions ---
ask="P(HYPOVOLEMIA | CVP = \"HIGH\", HRBP = \"HIGH\")"
"$timing" "$rounds" "$rung" -e "import \"$nets/alarm.bif\"
$ask" | rows "alarm: one posterior"

network() { # FILE ROUNDS
    name=$(basename "$1" .gz)
    name=${name%.bif}
    "$timing" "$2" "$rung" -e "import \"$1\"" -- "$rung" -e "import \"$1\"
marginals()" | rows "$name: read" "$name: read, all marginals"
}

for file in $nets/*.bif; do network "$file" 11; done
if [ -n "${RUNG_SHARED:-}" ]; then
    for file in "$RUNG_SHARED"/networks/bif/*; do
        if [ -e "$file" ] && [ ! -e "$nets/$(basename "$file")" ]; then network "$file" "$few"; fi
    done
else
    echo "large networks: skipped (RUNG_SHARED names no folder)"
fi
