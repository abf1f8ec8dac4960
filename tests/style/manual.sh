#!/bin/sh
# Holds the manual against the tables. Every name that :help knows stands in man/rung.5 or,
# of the standard library, in man/rung-stdlib.7, which is as its files say; every
# diagnostic has a page; man accepts each page. Run in the root of the project.
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
cat interp/diag.def runtime/base/fault.def |
    sed -n 's/^DIAG([A-Z_]*, "\(E[0-9]*\)".*/\1/p' | sort >"$dir/codes"
uniq -d "$dir/codes" | while read -r code; do echo "$code stands twice"; done >"$dir/twice"
[ -s "$dir/twice" ] && fail "$(cat "$dir/twice")"
while read -r code; do
    "$rung" --explain "$code" >"$dir/explained" || fail "--explain $code fails"
    [ "$(wc -l <"$dir/explained")" -ge 3 ] || fail "$code has no page"
done <"$dir/codes"

# --- pages ---
if command -v man >/dev/null; then
    for page in man/*.[1-9]; do
        man --warnings -E UTF-8 -l "$page" 2>"$dir/warnings" >"$dir/shown"
        [ -s "$dir/warnings" ] && fail "$page: $(cat "$dir/warnings")"
    done
fi

echo "manual: $names names, $(wc -l <"$dir/codes") diagnostics"
exit $status
