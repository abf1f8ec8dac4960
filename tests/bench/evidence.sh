#!/bin/sh
# Many evidence sets from one program: questions put to alarm over the rows of a table, each of which
# observes 5 of its 37 variables, or 16. Prints the time a set beyond that of drawing the table, and
# the peak of memory with 1000 and with 10000 rows, which may grow by the table and the answers alone:
# 8 bytes a number, and about 2 KB for all marginals.
# Usage: evidence.sh RUNG TIMING        RUNG_FEW (5) rounds
set -eu
rung=$1
timing=$2
rounds=${RUNG_FEW:-5}
few='CVP, PCWP, HISTORY, TPR, BP'
many="$few"', CO, HRBP, HREKG, HRSAT, PAP, SAO2, PRESS, EXPCO2, MINVOL, FIO2, ANAPHYLAXIS'

program() { # ROWS COLUMNS QUESTION
    printf 'import "tests/data/networks/alarm.bif"\nlet d = sample(%s) select %s\n%s\n' "$1" "$2" "$3"
}

rows() { # LABEL COLUMNS QUESTION
    "$timing" "$rounds" \
        "$rung" -e "$(program 1000 "$2" "1")" -- "$rung" -e "$(program 1000 "$2" "$3")" -- \
        "$rung" -e "$(program 10000 "$2" "1")" -- "$rung" -e "$(program 10000 "$2" "$3")" |
        awk -v label="$1" '
            { time[NR] = $1; memory[NR] = $3 }
            END {
                printf "%-34s %9.1f %9.1f %9.1f %9.1f %9.1f\n", label,
                    time[2] - time[1], (time[4] - time[3]) / 10, memory[2], memory[4], memory[3]
            }'
}

printf '%-34s %9s %9s %9s %9s %9s\n' "alarm, microseconds an evidence set" "of 1000" "of 10000" \
    "1000, MB" "10000, MB" "table, MB"
for set in few many; do
    eval "columns=\$$set"
    rows "one posterior, $set observed" "$columns" 'size([P(HYPOVOLEMIA = "TRUE" | r) for r in d])'
    rows "ln P(row), $set observed" "$columns" 'size([logP(r) for r in d])'
    rows "all marginals, $set observed" "$columns" 'size([marginals(r) for r in d])'
done
