#!/bin/sh
# Writes the standard library as C (interp/library.h): every file as one string, and every name that
# it defines.
# Usage: embed.sh FILE.rung ...
set -eu
echo '#include "interp/library.h"'
echo 'const LibraryText library_texts[] = {'
for file; do
    echo "{\"<$file>\", \"$(basename "$file" .rung)\","
    sed -e 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$/\\n"/' "$file"
    echo '},'
done
echo '{0, 0, 0}};'
echo 'const LibraryName library_names[] = {'
number=0
for file; do
    sed -n -e "s/^def \([A-Za-z0-9_]*\).*/{\"\1\", $number, 0},/p" \
        -e "s/^model \([A-Za-z0-9_]*\).*/{\"\1\", $number, 1},/p" "$file"
    number=$((number + 1))
done
echo '{0, 0, 0}};'
