#!/bin/sh
# Is every name exercised by some test: the diagnostics, the instructions of the VM, the words of
# the grammar, all that :help lists, the commands and options of the command line, the commands
# and settings of a conversation? Prints those that are not; comments exercise nothing. Run in the
# root of the project.
# Usage: exercised.sh RUNG
set -eu
export LC_ALL=C
rung=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
status=0
names=0
fail() {
    echo "$@"
    status=1
}

words() { # those of an extended regular expression in standard input, each once
    grep -aoE -e "$1" | tr -d ' ([' | sort -u
}

# The names in the file `wanted` that the file `found` lacks.
compare() { # WHAT
    sort -u -o "$dir/wanted" "$dir/wanted"
    comm -23 "$dir/wanted" "$dir/found" >"$dir/lacking"
    while read -r name; do fail "no test exercises the $1 $name"; done <"$dir/lacking"
    [ -s "$dir/wanted" ] || fail "no $1 was found"
    names=$((names + $(wc -l <"$dir/wanted")))
}

# --- what the tests run -----------------------------------------------------------------------
# Programs without their comments, and texts in the unit tests; then what starts the program.
sed 's|^ *//.*||' tests/unit/*.[ch] | grep -ao '"[^"]*"' >"$dir/texts"
{
    find tests examples stdlib/lessons -name '*.rung' -exec cat {} +
    for file in stdlib/*.rung; do awk -f stdlib/examples.awk "$file"; done
} | sed 's/#.*//' | cat - "$dir/texts" >"$dir/programs"
cat tests/golden/*.args tests/*/*.sh "$dir/texts" >"$dir/lines"

# --- diagnostics ------------------------------------------------------------------------------
# Seen by their codes in what programs print, by their names in the unit tests.
find tests -name '*.out' -o -name 'test_*.c' -o -name '*.rung' | xargs cat |
    words '\b(E[0-9]{4}|(DIAG|FAULT)_[A-Z_0-9]+)\b' >"$dir/seen"
cat interp/diag.def runtime/base/fault.def |
    sed -n 's/^DIAG(\([A-Z_0-9]*\), "\(E[0-9]*\)".*/\2 \1/p' >"$dir/codes"
cut -d' ' -f1 "$dir/codes" >"$dir/wanted"
awk 'NR == FNR { seen[$1]; next }
    $1 in seen || "DIAG_" $2 in seen || "FAULT_" $2 in seen { print $1 }' \
    "$dir/seen" "$dir/codes" | sort >"$dir/found"
compare diagnostic

# --- instructions -----------------------------------------------------------------------------
# Those in the code of programs that are run.
sed -n 's/^CODE([A-Z_0-9]*, "\([a-z_0-9]*\)".*/\1/p' interp/opcode.def >"$dir/wanted"
for file in $(find tests/lang tests/golden -name '*.rung'); do
    "$rung" disasm "$file" 2>/dev/null || continue
done | sed -n 's/^ *[0-9][0-9]*  *\([a-z_0-9]*\) .*; -.*/\1/p' | sort -u >"$dir/found"
compare instruction

# --- words of the grammar ---------------------------------------------------------------------
sed '/^(\*/,/\*)$/d' grammar/rung.ebnf | words '"[a-z_|]+"' | tr -d '"' >"$dir/wanted"
words '[A-Za-z_]+|_\|\|_|\|' <"$dir/programs" >"$dir/found"
compare word

# --- names that :help lists -------------------------------------------------------------------
# The names of a topic follow it, on lines that are indented further.
words '[A-Za-z_0-9]+ *[([]' <"$dir/programs" >"$dir/called"
words '"[A-Za-z_0-9]+"' <"$dir/texts" | tr -d '"' | sort -u - "$dir/called" >"$dir/functions"
words '[A-Za-z_0-9]+' <"$dir/programs" >"$dir/mentioned"
echo :help | "$rung" | sed -n '/^Commands/,$d; /^  [a-z ]/p' | awk '
    /^  [a-z]/ { topic = $1; $1 = "" }
    { for (i = 1; i <= NF; i++) if ($i != "") print topic, $i }' >"$dir/help"
for topic in $(cut -d' ' -f1 "$dir/help" | uniq); do
    sed -n "s/^$topic //p" "$dir/help" >"$dir/wanted"
    cp "$dir/functions" "$dir/found"
    case $topic in
    statements | clauses | methods | textbook) cp "$dir/mentioned" "$dir/found" ;;
    expressions) continue ;; # kinds, no names
    questions) sed -i '/^_||_$/d; /^worlds$/d; /^bounds$/d' "$dir/wanted" ;; # nor are these
    esac
    compare "name of $topic,"
done

# --- command line -----------------------------------------------------------------------------
"$rung" --help >"$dir/usage"
sed -n 's/^  \(-[-A-Za-z]*\).*/\1/p; s/^  .*, \(--[a-z]*\)$/\1/p' "$dir/usage" >"$dir/wanted"
words '(^|[" ])--?[A-Za-z][-a-z]*' <"$dir/lines" | tr -d '"' | sort -u >"$dir/found"
compare option
sed -n 's/^ *rung \([a-z][a-z]*\) .*/\1/p' "$dir/usage" >"$dir/wanted"
words '(^|"\$rung" |")[a-z]+\b' <"$dir/lines" | sed 's/.*"//' | sort -u >"$dir/found"
compare command

# --- conversation -----------------------------------------------------------------------------
echo :help | "$rung" | sed -n 's/^  \(:[a-z]*\).*/\1/p' >"$dir/wanted"
words '("|n):[a-z]+' <"$dir/texts" | sed 's/.*:/:/' | sort -u >"$dir/found"
compare command
echo :set | "$rung" | sed 's/ .*//' >"$dir/wanted"
grep -oE ':set [a-z]+' "$dir/texts" | sed 's/.* //' | sort -u >"$dir/found"
compare setting

echo "exercised: $names names"
exit $status
