#!/bin/sh
# Comparisons with answers from outside, for the long suite: random programs against a reference in
# Python, RUNG_CROSS_SEEDS (500) of them, on one rung, across worlds, and from described sources, and
# a fifth as many over the reals; bounds against linear programs, where python3 (PYTHON may name
# another one) has scipy; and, when RUNG_SHARED names a folder with cladder/, networks/ and uai/,
# their published answers. Needs python3. Usage: run.sh RUNG
set -eu
rung=$1
here=$(dirname "$0")
if ! command -v python3 >/dev/null; then
    echo "cross: skipped (there is no python3)"
    exit 0
fi
python3 -B "$here/reference.py" "$rung" "${RUNG_CROSS_SEEDS:-500}"
python3 -B "$here/worlds.py" "$rung" "${RUNG_CROSS_SEEDS:-500}"
python3 -B "$here/sources.py" "$rung" "${RUNG_CROSS_SEEDS:-500}"
python3 -B "$here/real.py" "$rung" "$((${RUNG_CROSS_SEEDS:-500} / 5))"
"${PYTHON:-python3}" -B "$here/bounds.py" "$rung" "${RUNG_CROSS_SEEDS:-500}"
if [ -z "${RUNG_SHARED:-}" ]; then
    echo "cross: published answers skipped (RUNG_SHARED names no folder)"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/cladder.py" "$RUNG_SHARED/cladder/cases.jsonl.gz" >"$work/cladder.rung"
echo "cladder: $(grep -c ^assert "$work/cladder.rung") questions"
"$rung" "$work/cladder.rung"
python3 "$here/marginals.py" "$rung" "$RUNG_SHARED/networks"
python3 "$here/uai.py" "$rung" "$RUNG_SHARED/uai"
python3 "$here/minibuckets.py" "$rung" "$RUNG_SHARED/uai"
echo "cross: all agree"
