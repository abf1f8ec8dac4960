#!/bin/sh
# Comparisons with answers from outside, for the long suite. Needs python3, and RUNG_SHARED: a folder
# with cladder/ and networks/. Usage: run.sh RUNG
set -eu
rung=$1
here=$(dirname "$0")
if [ -z "${RUNG_SHARED:-}" ]; then
    echo "cross: skipped (RUNG_SHARED names no folder)"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/cladder.py" "$RUNG_SHARED/cladder/cases.jsonl.gz" >"$work/cladder.rung"
echo "cladder: $(grep -c ^assert "$work/cladder.rung") questions"
"$rung" "$work/cladder.rung"
python3 "$here/marginals.py" "$rung" "$RUNG_SHARED/networks"
echo "cross: all agree"
