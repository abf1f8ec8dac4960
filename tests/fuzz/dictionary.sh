#!/bin/sh
# Prints the words of a target's language as a dictionary of libFuzzer.
# Usage: dictionary.sh TARGET
set -eu
case $1 in
parse | check | program | json | lines | written | code | doc | lsp)
    sed -n 's/^\(MARK\|WORD\)([A-Z]*, \("[^"]*"\))$/\2/p' interp/token.def
    sed -n 's/^ *\[\(ROLE\|HEAD\)_[A-Z]*\] = \("[^"][^"]*"\),*/\2/p' interp/ast.c
    printf '"%s"\n' model let def test assert import use show explain data bool noise latent \
        observed selected assume factor rows normal bernoulli beta poisson categorical 0..3 \
        1e308 '#=>' ' | ' 'P(' 'E[' 'do(' '[X = 1]' sum exact sampling
    [ "$1" != doc ] || printf '"%s"\n' '\x0A# ## ' '\x0A# * ' '[a](b)' '![a](b)' '**' '`' '\x0A#     ' '<b>' '&amp;'
    [ "$1" != lines ] ||
        sed -n 's/^    {"\([a-z]*\)", ".*/"\\x0A:\1 "/p; s/^    {"\([a-z]*\)", "[a-z].*set/"\1"/p' interp/command.c
    ;;
bif)
    printf '"%s"\n' network variable probability table default property type discrete '[ 2 ]' \
        '/*' '*/' '//' 1e999 ;;
uai | evidence) printf '"%s"\n' BAYES MARKOV ' 2' ' 0 ' 4294967295 18446744073709551616 1e999 ;;
hugin)
    printf '"%s"\n' net node potential data states 'discrete node' name label position model_data \
        no_experience '%' utility decision continuous class ;;
xmlbif)
    printf '"%s"\n' '<BIF>' '</BIF>' '<NETWORK>' '<VARIABLE TYPE=\"nature\">' '</VARIABLE>' \
        '<OUTCOME>' '<DEFINITION>' '<FOR>' '<GIVEN>' '<TABLE>' '<![CDATA[' ']]>' '<!--' '-->' \
        '&lt;' '&#x10FFFF;' '<!DOCTYPE' '<?xml' ;;
dagitty | dot)
    printf '"%s"\n' dag digraph graph subgraph node edge '->' '<->' '<-' '--' '[latent]' \
        '[exposure]' '[outcome]' '[adjusted]' '[selected]' 'pos=' '[dir=both]' '[style=dashed]' \
        '/*' '*/' 'X -> {Y Z}' ;;
lavaan) printf '"%s"\n' '~' '~~' '=~' '<~' ':=' '==' '|' '~*~' '0*' 'start(' 'c(1,2)*' '\\n' ;;
lua)
    printf '"%s"\n' rung.func rung.model rung.ask rung.level rung.set rung.range rung.map rung.read \
        rung.distribution rung.importer rung.exporter rung.nothing 'params = ' 'call = ' 'name = ' \
        'returns = ' 'default = ' 'function(x)' end local for if while repeat until return pcall \
        string.rep string.gsub setmetatable coroutine.wrap error load '__index' '#' '..' '::' goto
    ;;
pattern) printf '"%s"\n' '%b()' '%f[' %1 %0 %% %a %W '.-' '[^' ']' '()' '^' '$' ;;
regex) printf '"%s"\n' '(?=' '(?<!' '(?i)' '(?R)' '\\p{L}' '{1,9}' '[[:alpha:]]' '(?|' '\\K' '(*' ;;
wire)
    printf '"%s"\n' 'Content-Length: ' '\x0D\x0A\x0D\x0A' '\"jsonrpc\":\"2.0\"' '\"id\":1' '\"method\":' \
        '\"params\":' textDocument/hover textDocument/didOpen textDocument/completion initialize \
        shutdown exit '\"position\":' '\"range\":'
    ;;
esac
