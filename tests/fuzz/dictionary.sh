#!/bin/sh
# Prints the words of a target's language as a dictionary of libFuzzer.
# Usage: dictionary.sh TARGET
set -eu
case $1 in
parse | check | program | json | lines | code)
    sed -n 's/^\(MARK\|WORD\)([A-Z]*, \("[^"]*"\))$/\2/p' interp/token.def
    sed -n 's/^ *\[\(ROLE\|HEAD\)_[A-Z]*\] = \("[^"][^"]*"\),*/\2/p' interp/ast.c
    printf '"%s"\n' model let def test assert import use show explain data bool noise latent \
        observed selected assume factor rows normal bernoulli beta poisson categorical 0..3 \
        1e308 '#=>' ' | ' 'P(' 'E(' 'do(' '[X = 1]' sum exact sampling
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
esac
