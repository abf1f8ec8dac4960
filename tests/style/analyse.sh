#!/bin/sh
# Static analysis: clang-tidy (.clang-tidy says what and why), cppcheck (cppcheck.txt likewise) and
# gcc -fanalyzer. Prints what they find, and fails if they find anything.
# RUNG_FILES="FILE..." looks at those alone.
# Usage: analyse.sh CLANG-TIDY FLAGS-OF-THE-COMPILER...
set -u
tidy=$1
jobs=$(nproc)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' ${RUNG_FILES:-$(find runtime interp -name '*.c' | sort)} >"$work/files"
files=$(wc -l <"$work/files")
failed=0

# A file of many branches is looked at as far as gcc's own limits let it.
export FLAGS="$*"
ANALYSER='-O1 -fanalyzer -S -o /dev/null'
# Left out, and why: these follow pointers without knowing what a function of another file returns
# (that what reports trouble returns false, that what fails sets nothing), so that what they find
# are guards they cannot see. Sanitizers, the allocation sweep and fuzzing look at the same ways.
for what in malloc-leak null-dereference possible-null-dereference possible-null-argument \
    null-argument use-of-uninitialized-value; do
    ANALYSER="$ANALYSER -Wno-analyzer-$what"
done
export ANALYSER

found() { # TOOL FILE-OF-FINDINGS
    count=$(grep -cE '(warning|error|performance|portability): ' "$2")
    [ ! -s "$2" ] || { cat "$2"; failed=$((failed + 1)); }
    echo "$1: $count findings in $files files"
}

xargs -P "$jobs" -n 8 sh -c "\"$tidy\" --quiet \"\$@\" -- \$FLAGS -Wno-everything" tidy <"$work/files" \
    >"$work/tidy" 2>/dev/null
found clang-tidy "$work/tidy"

cppcheck -q -j "$jobs" --file-list="$work/files" --std=c11 --library=posix,gnu -I. \
    -D__x86_64__ -D__linux__ -D__GNUC__ -DLANES_PLAIN '-DRUNG_VERSION="0"' \
    --enable=warning,performance,portability --suppressions-list=tests/style/cppcheck.txt \
    --template='{file}:{line}: {severity}: {message} [{id}]' >"$work/cppcheck" 2>&1
found cppcheck "$work/cppcheck"

# shellcheck disable=SC2016
xargs -P "$jobs" -n 4 sh -c 'for file; do gcc $FLAGS $ANALYSER "$file"; done' gcc <"$work/files" \
    >"$work/gcc" 2>&1
found "gcc -fanalyzer" "$work/gcc"
[ "$failed" = 0 ]
