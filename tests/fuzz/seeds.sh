#!/bin/sh
# Fills a folder with the seeds of a target: programs, networks and graphs of the repository, and
# the files that once were findings. With RUNG_SHARED, the small networks there too.
# Usage: seeds.sh TARGET FOLDER
set -eu
target=$1
folder=$2
mkdir -p "$folder"

copy() { # FILE...: those there are, by their path
    for file in "$@"; do
        [ -f "$file" ] || continue
        [ "$(wc -c <"$file")" -le 40000 ] || continue
        cp "$file" "$folder/$(echo "$file" | tr / _)"
    done
}

programs() {
    # shellcheck disable=SC2046 # paths without blanks
    copy $(find tests/lang tests/golden tests/bugs tests/data/programs examples stdlib -name '*.rung')
}

shared=${RUNG_SHARED:-/nowhere}
case $target in
parse | check | program | json | lines | written | code | doc | lsp) programs ;;
lua) copy examples/lua/*.lua tests/golden/*.lua ;;
bif) copy tests/data/networks/*.bif tests/golden/*.bif "$shared"/networks/bif/*.bif ;;
uai) copy tests/data/uai/*.uai tests/golden/*.uai ;;
evidence) copy tests/data/uai/*.evid tests/golden/*.evid ;;
esac
copy tests/fuzz/seeds/"$target"/* tests/bugs/"$target"/*
