#!/bin/sh
# Checks that the highlighting in grammar/ is what grammar/generate.sh makes of the tables, and,
# with Vim, Python or Emacs there, that it works on a program. Run in the root of the project.
# Usage: highlight.sh RUNG
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
status=0
fail() {
    echo "$@"
    status=1
}

sh grammar/generate.sh "$1" "$dir"
for file in rung.vim rung.tmLanguage.json rung-mode.el; do
    cmp -s "$dir/$file" "grammar/$file" ||
        fail "grammar/$file is out of date: run sh grammar/generate.sh $1"
done

# What each piece of the sample is to be: the text of a line, a piece of it, Vim's group, the
# scope in TextMate.
cat >"$dir/sample.rung" <<'END'
model rain "Wet \n grass" { # a comment
  latent Rain : bool ~ 0.3
  Wet = if Rain then exp(-0.5) else 12%
  show = 1
}
P(Wet | do(Rain = true)) #=> 0.5
let `P` = [E[x] for x in 1..3]
lua { local t = {} } # out
A _||_ B
END
cat >"$dir/pieces" <<'END'
1 model rungStatement keyword.declaration.rung
1 rain rungName entity.name.rung
1 Wet rungString string.quoted.double.rung
1 comment rungComment comment.line.number-sign.rung
2 latent rungItem storage.modifier.rung
2 Rain none none
2 bool rungDomain storage.type.rung
2 0.3 rungNumber constant.numeric.rung
3 if rungWord keyword.control.rung
3 exp rungFunction support.function.rung
3 else rungWord keyword.control.rung
3 12% rungNumber constant.numeric.rung
4 show none none
6 P rungHead support.function.question.rung
6 do rungWord keyword.control.rung
6 true rungConstant constant.language.rung
6 #=> rungExpectation comment.line.expectation.rung
7 let rungStatement keyword.declaration.rung
7 P rungQuoted variable.other.quoted.rung
7 E rungHead support.function.question.rung
7 for rungWord keyword.control.rung
7 1 rungNumber constant.numeric.rung
7 3 rungNumber constant.numeric.rung
8 lua rungStatement keyword.declaration.rung
8 out rungComment comment.line.number-sign.rung
9 _||_ rungArrow keyword.operator.arrow.rung
END

if command -v vim >/dev/null; then
    {
        echo "set nocompatible nomore"
        echo "syntax on"
        echo "edit $dir/sample.rung"
        echo "source grammar/rung.vim"
        echo "let out = []"
        while read -r line piece group scope; do
            echo "let at = stridx(getline($line), '$piece') + 1"
            echo "let got = synIDattr(synID($line, at, 1), 'name')"
            echo "if (got == '' ? 'none' : got) != '$group'"
            echo "  call add(out, 'Vim: line $line: $piece is ' . got . ', not $group')"
            echo "endif"
        done <"$dir/pieces"
        echo "call writefile(out, '$dir/vim')"
        echo "quit!"
    } >"$dir/check.vim"
    HOME=$dir vim -es -u NONE -i NONE -S "$dir/check.vim" </dev/null >/dev/null 2>&1 || true
    [ -f "$dir/vim" ] || fail "Vim did not read grammar/rung.vim"
    [ ! -s "$dir/vim" ] || fail "$(cat "$dir/vim")"
fi
if command -v python3 >/dev/null; then
    python3 tests/style/textmate.py grammar/rung.tmLanguage.json "$dir/sample.rung" \
        "$dir/pieces" || status=1
fi
if command -v emacs >/dev/null; then
    emacs -Q --batch -l grammar/rung-mode.el "$dir/sample.rung" -f rung-mode \
        -f font-lock-ensure 2>"$dir/emacs" || fail "Emacs: $(cat "$dir/emacs")"
fi
exit $status
