#!/bin/sh
# Writes the highlighting of Rung for editors: rung.vim, rung.tmLanguage.json and rung-mode.el,
# from the tables of the sources and what :help lists. Run in the root of the project.
# Usage: generate.sh RUNG [FOLDER]
set -eu
rung=$1
to=${2:-grammar}
tab=interp/complete.c

# The words of an array of complete.c, one a line.
array() {
    sed -n "/^static const char \*const $1\[\]/,/;/p" $tab | grep -o '"[a-z_]*"' | tr -d '"'
}
words=$(sed -n 's/^WORD([A-Z]*, "\(.*\)")$/\1/p' interp/token.def | grep -vxE 'true|false')
statements=$(array statements)
items=$(array items)
domains=$(array domains)
heads=$(sed -n 's/^ *\[HEAD_[A-Z]*\] = "\(.*\)",$/\1/p' interp/ast.c)
# The built-in functions are the topics between those of the language and the methods.
topics=$(echo :help | "$rung" | sed -n 's/^  \([a-z][a-z]*\)  *[^ ].*/\1/p' |
    sed -n '/^expressions$/,/^methods$/p' | grep -vxE 'expressions|methods')
functions=$(for topic in $topics; do echo ":help $topic" | "$rung"; done |
    sed -n 's/^  \([A-Za-z_][A-Za-z0-9_]*\) .*/\1/p' | LC_ALL=C sort -u)
for list in "$words" "$statements" "$items" "$domains" "$heads" "$functions"; do
    [ "$(printf '%s\n' "$list" | wc -l)" -ge 6 ] || { echo "a list is short: $list" >&2; exit 1; }
done

joined() { # SEPARATOR LIST
    printf '%s\n' "$2" | awk -v by="$1" '{ printf "%s%s", (NR > 1 ? by : ""), $0 }'
}
or() { joined '|' "$1"; }
quoted() { printf '"'; joined '" "' "$1"; printf '"'; }

cat >"$to/rung.vim" <<EOF
" Vim syntax file: Rung. Made by grammar/generate.sh.
if exists("b:current_syntax")
  finish
endif
syntax case match

syntax keyword rungWord $(joined ' ' "$words")
syntax keyword rungConstant true false
syntax match rungOperator "\v[-+*/^|~?<>=!]|\.\."
syntax match rungArrow "\v\<-\>|-\>|\<-|\=\>|_\|\|_"
syntax match rungFunction "\v<%($(or "$functions"))>\ze\s*[({]"
syntax match rungHead "\v<%($(or "$heads"))>\ze[(\[]"
syntax match rungHead "\v<argmax>\ze\s+P[(\[]"
syntax match rungStatement "\v%(^|[;{])\s*\zs%($(or "$statements"))>\ze%(\s+[^-=~:<>.,|)]|\()"
syntax match rungItem "\v%(^|[;{])\s*\zs%($(or "$items"))>\ze\s+[^-=~:<>.,|)]"
syntax match rungDomain "\v:\s*\zs%($(or "$domains"))>"
syntax match rungName "\v%(<%(model|def|let)\s+)@<=\K\k*"
syntax match rungNumber "\v<\d[0-9_]*%(\.\d+)?%([eE][-+]?\d+)?>\%?"
syntax match rungNumber "\v%(\k|\.)@<!\.\d+%([eE][-+]?\d+)?>\%?"
syntax match rungEscape contained +\v\\\\%(u\{\x+\}|.)+
syntax region rungString start=+"+ end=+"+ oneline skip=+\\\\\\\\\\|\\\\"+ contains=rungEscape
syntax region rungRegex start=+\<re"+ end=+"+ oneline skip=+\\\\\\\\\\|\\\\"+
syntax match rungQuoted "\`\(\\\\.\|[^\\\\\`]\)*\`"
syntax match rungComment "#.*$" contains=rungExpectation,@Spell
syntax match rungExpectation contained "#=>.*$"
syntax region rungLuaString contained start=+"+ end=+"+ oneline skip=+\\\\\\\\\\|\\\\"+
syntax region rungLuaString contained start=+'+ end=+'+ oneline skip=+\\\\\\\\\\|\\\\'+
syntax region rungLuaString contained start="\[\z(=*\)\[" end="\]\z1\]"
syntax match rungLuaComment contained "--.*$"
syntax region rungLuaComment contained start="--\[\z(=*\)\[" end="\]\z1\]"
syntax keyword rungLuaWord contained and break do else elseif end false for function goto if in
syntax keyword rungLuaWord contained local nil not or repeat return then true until while
syntax cluster rungLuaCode contains=rungLuaBraces,rungLuaString,rungLuaComment,rungLuaWord
syntax region rungLuaBraces contained start="{" end="}" contains=@rungLuaCode
syntax region rungLua matchgroup=rungStatement start="\v%(^|[;{])\s*\zslua\s*\{" end="}" contains=@rungLuaCode

highlight default link rungWord Keyword
highlight default link rungConstant Boolean
highlight default link rungOperator Operator
highlight default link rungArrow Operator
highlight default link rungFunction Function
highlight default link rungHead Special
highlight default link rungStatement Statement
highlight default link rungItem StorageClass
highlight default link rungDomain Type
highlight default link rungName Identifier
highlight default link rungNumber Number
highlight default link rungString String
highlight default link rungEscape SpecialChar
highlight default link rungRegex String
highlight default link rungLuaString String
highlight default link rungLuaComment Comment
highlight default link rungLuaWord Keyword
highlight default link rungQuoted Identifier
highlight default link rungComment Comment
highlight default link rungExpectation SpecialComment

let b:current_syntax = "rung"
EOF

cat >"$to/rung.tmLanguage.json" <<EOF
{
  "\$comment": "Made by grammar/generate.sh.",
  "name": "Rung",
  "scopeName": "source.rung",
  "fileTypes": ["rung"],
  "patterns": [
    { "include": "#lua" },
    { "name": "comment.line.expectation.rung", "match": "#=>.*\$" },
    { "name": "comment.line.number-sign.rung", "match": "#.*\$" },
    { "name": "string.regexp.rung", "match": "\\\\bre\"(?:[^\"\\\\\\\\]|\\\\\\\\.)*\"" },
    {
      "name": "string.quoted.double.rung",
      "match": "\"(?:[^\"\\\\\\\\]|\\\\\\\\.)*\""
    },
    { "name": "variable.other.quoted.rung", "match": "\`(\\\\\\\\.|[^\\\\\\\\\`])*\`" },
    {
      "match": "\\\\b(model|def|let)\\\\s+([A-Za-z_]\\\\w*)",
      "captures": {
        "1": { "name": "keyword.declaration.rung" },
        "2": { "name": "entity.name.rung" }
      }
    },
    {
      "match": "(?:^|[;{])\\\\s*($(or "$statements"))\\\\b(?=\\\\s+[^-=~:<>.,|)]|\\\\()",
      "captures": { "1": { "name": "keyword.declaration.rung" } }
    },
    {
      "match": "(?:^|[;{])\\\\s*($(or "$items"))\\\\b(?=\\\\s+[^-=~:<>.,|)])",
      "captures": { "1": { "name": "storage.modifier.rung" } }
    },
    {
      "match": ":\\\\s*($(or "$domains"))\\\\b",
      "captures": { "1": { "name": "storage.type.rung" } }
    },
    { "name": "constant.language.rung", "match": "\\\\b(?:true|false)\\\\b" },
    { "name": "keyword.control.rung", "match": "\\\\b(?:$(or "$words"))\\\\b" },
    {
      "name": "support.function.question.rung",
      "match": "\\\\b(?:$(or "$heads"))(?=[(\\\\[])|\\\\bargmax(?=\\\\s+P[(\\\\[])"
    },
    {
      "name": "support.function.rung",
      "match": "\\\\b(?:$(or "$functions"))(?=\\\\s*[({])"
    },
    {
      "name": "constant.numeric.rung",
      "match": "(?:(?<!\\\\w)\\\\d[\\\\d_]*(?:\\\\.\\\\d+)?|(?<![\\\\w.])\\\\.\\\\d+)(?:[eE][-+]?\\\\d+)?%?"
    },
    { "name": "keyword.operator.arrow.rung", "match": "<->|->|<-|=>|_\\\\|\\\\|_" },
    { "name": "keyword.operator.rung", "match": "\\\\.\\\\.|[-+*/^|~?<>=!]" }
  ],
  "repository": {
    "lua": {
      "begin": "(?:^|[;{])\\\\s*(lua)\\\\s*\\\\{",
      "end": "\\\\}",
      "beginCaptures": { "1": { "name": "keyword.declaration.rung" } },
      "patterns": [{ "include": "#braces" }, { "include": "source.lua" }]
    },
    "braces": {
      "begin": "\\\\{",
      "end": "\\\\}",
      "patterns": [{ "include": "#braces" }, { "include": "source.lua" }]
    }
  }
}
EOF

cat >"$to/rung-mode.el" <<EOF
;;; rung-mode.el --- Rung  -*- lexical-binding: t -*-
;; Made by grammar/generate.sh.

(defvar rung-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?_ "w" table)
    (modify-syntax-entry ?\\\` "|" table)
    table))

(defun rung-mode--words (words &optional after)
  (concat "\\\\<" (regexp-opt words t) "\\\\>" after))

(defvar rung-mode-font-lock
  (list
   (cons "\\\\<\\\\(?:model\\\\|def\\\\|let\\\\)\\\\s-+\\\\(\\\\sw+\\\\)" '((1 font-lock-function-name-face)))
   (cons (concat "\\\\(?:^\\\\|[;{]\\\\)\\\\s-*"
                 (rung-mode--words '($(quoted "$statements")) "\\\\(?:\\\\s-+[^-=~:<>.,|)]\\\\|(\\\\)"))
         '((1 font-lock-keyword-face)))
   (cons (concat "\\\\(?:^\\\\|[;{]\\\\)\\\\s-*"
                 (rung-mode--words '($(quoted "$items")) "\\\\s-+[^-=~:<>.,|)]"))
         '((1 font-lock-preprocessor-face)))
   (cons (concat ":\\\\s-*" (rung-mode--words '($(quoted "$domains")))) '((1 font-lock-type-face)))
   (cons (rung-mode--words '("true" "false")) '((1 font-lock-constant-face)))
   (cons (rung-mode--words '($(quoted "$words"))) '((1 font-lock-keyword-face)))
   (cons (rung-mode--words '($(quoted "$heads")) "[[(]") '((1 font-lock-function-name-face)))
   (cons (rung-mode--words '($(quoted "$functions")) "\\\\s-*[({]") '((1 font-lock-builtin-face)))))

;;;###autoload
(define-derived-mode rung-mode prog-mode "Rung"
  "Programs in Rung."
  (setq-local comment-start "# ")
  (setq-local font-lock-defaults '(rung-mode-font-lock)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\\\.rung\\\\'" . rung-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(rung-mode . ("rung" "lsp"))))

(provide 'rung-mode)
;;; rung-mode.el ends here
EOF
