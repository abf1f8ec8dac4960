#!/bin/sh
# Checks that the productions above the parsing functions are those of grammar/rung.ebnf, and that
# every name that a production uses has one. Run in the root of the project.
set -eu

# The productions in a stream of lines, one a line: "name = ... ;", single spaces.
productions() {
    awk '
        /^[a-z_]+ = / { inside = 1; text = "" }
        inside {
            text = text " " $0
            if ($0 ~ /;$/) { inside = 0; gsub(/[ \t]+/, " ", text); sub(/^ /, "", text); print text }
        }'
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat interp/lexer.c interp/parser*.c | sed -n 's|^//  *||p' | productions | sort >"$dir/parser"
productions <grammar/rung.ebnf | sort >"$dir/grammar"

status=0
if ! diff "$dir/parser" "$dir/grammar" >"$dir/diff"; then
    echo "grammar/rung.ebnf (>) and the parser's comments (<) differ:"
    cat "$dir/diff"
    status=1
fi

sed 's/ = .*//' "$dir/grammar" >"$dir/names"
if [ -n "$(uniq -d "$dir/names")" ]; then
    echo "productions that stand twice:" $(uniq -d "$dir/names")
    status=1
fi
printf '%s\n' letter digit character newline >>"$dir/names"
# What a production uses: its words outside quotes.
sed "s/^[a-z_]* = //; s/'[^']*'//g; s/\"[^\"]*\"//g" "$dir/grammar" | tr -cs 'a-z_' '\n' |
    sed '/^$/d' | sort -u >"$dir/used"
sort -u "$dir/names" >"$dir/defined"
missing=$(comm -23 "$dir/used" "$dir/defined")
if [ -n "$missing" ]; then
    echo "names without a production:" $missing
    status=1
fi
exit $status
