#!/bin/sh
# Holds the manual against the tables. Every name that :help knows stands in man/rung.5 or,
# of the standard library, in man/rung-stdlib.7, which is as its files say; every
# diagnostic has a page, and is provoked by some test or listed in unprovoked.txt with the reason;
# man accepts each page. Run in the root of the project.
# Usage: manual.sh RUNG
set -eu
rung=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
status=0
fail() {
    echo "$@"
    status=1
}

# --- names ---
sed -e 's/\\f[BRIP]//g' -e 's/\\-/-/g' -e 's/\\(ti/~/g' man/rung.5 man/rung-stdlib.7 >"$dir/page"
topics=$(echo :help | "$rung" | sed -n '/^  /s/^  \([a-z][a-z]*\)  *[^ ].*/\1/p' |
    sed '/^Commands/,$d')
names=0
for topic in $topics; do
    echo ":help $topic" | "$rung" >"$dir/topic"
    while read -r name form; do
        names=$((names + 1))
        case $topic in
        questions) # a head stands before its bracket
            part=$(printf '%s\n' "$form" | sed 's/^.*  //; s/\([[(]\).*/\1/; s/^A //; s/ B .*//') ;;
        *) part=$name ;;
        esac
        case $part in
        *[!A-Za-z0-9_]*) grep -qF -e "$part" "$dir/page" || fail "the manual lacks $part" ;;
        *) grep -qiw -e "$part" "$dir/page" || fail "the manual lacks $part" ;;
        esac
    done <"$dir/topic"
done
[ "$names" -gt 100 ] || fail "only $names names found by :help"

# --- the standard library ---
awk -f stdlib/manual.awk stdlib/*.rung >"$dir/stdlib" || status=1
cmp -s "$dir/stdlib" man/rung-stdlib.7 || fail "man/rung-stdlib.7 is not up to date: make man"

# --- diagnostics ---
listed=tests/style/unprovoked.txt
find tests -name '*.out' -o -name 'test_*.c' -o -name '*.rung' | xargs cat >"$dir/tests"
cat interp/diag.def runtime/base/fault.def |
    sed -n 's/^DIAG(\([A-Z_]*\), "\(E[0-9]*\)".*/\2 \1/p' | sort >"$dir/codes"
cut -d' ' -f1 "$dir/codes" | uniq -d | while read -r code; do echo "$code stands twice"; done \
    >"$dir/twice"
[ -s "$dir/twice" ] && fail "$(cat "$dir/twice")"
while read -r code id; do
    "$rung" --explain "$code" >"$dir/explained" || fail "--explain $code fails"
    [ "$(wc -l <"$dir/explained")" -ge 3 ] || fail "$code has no page"
    if grep -qwE "$code|(DIAG|FAULT)_$id" "$dir/tests"; then
        ! grep -q "^$code " $listed || fail "$code is provoked by a test now: take it off $listed"
    else
        grep -q "^$code [^ ]" $listed || fail "no test provokes $code ($id)"
    fi
done <"$dir/codes"
while read -r code reason; do
    grep -q "^$code " "$dir/codes" || fail "$listed: there is no $code"
done <$listed

# --- pages ---
if command -v man >/dev/null; then
    for page in man/*.[1-9]; do
        man --warnings -E UTF-8 -l "$page" 2>"$dir/warnings" >"$dir/shown"
        [ -s "$dir/warnings" ] && fail "$page: $(cat "$dir/warnings")"
    done
fi

echo "manual: $names names, $(wc -l <"$dir/codes") diagnostics, $(wc -l <$listed) not yet provoked"
exit $status
