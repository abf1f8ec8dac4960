#!/bin/sh
# The doors between the rooms: who may include whom, and that headers include each other without
# cycles. Prints each violation as file: what, and fails when there is one.
set -eu
cd "$(dirname "$0")/../.."
grep -Hno '^#include *["<][^">]*[">]' $(find runtime interp -name '*.c' -o -name '*.h' -o -name '*.def') |
    sed 's/#include *["<]//; s/[">]$//' | awk -F: '
function room(path,   part) { split(path, part, "/"); return part[1] == "runtime" && part[3] != "" ? part[2] : part[1] }
function bad(why) { printf "%s:%s: %s\n", $1, $2, why; failed = 1 }
BEGIN {
    # Each room and the rooms it may look into, itself always.
    may["base"] = ""
    may["graph"] = "base"
    may["symbol"] = "base graph"
    may["format"] = "base graph"
    may["model"] = "base graph format"
    may["real"] = "base graph model"
    may["sample"] = "base graph model real"
    may["infer"] = "base graph model real sample"
    may["bounds"] = "base graph symbol model infer"
    may["cause"] = "base graph model infer"
    may["data"] = "base graph model"
    may["estimate"] = "base graph symbol model infer data"
    may["runtime"] = "base graph symbol model real sample infer bounds cause data estimate format"
    may["interp"] = may["runtime"] " runtime"
    # Outside headers with one owner.
    owner["pcre2.h"] = "interp/native_text.c"
    owner["readline/readline.h"] = "interp/repl.c interp/complete_tab.c"
    owner["readline/history.h"] = "interp/repl.c"
    owner["zlib.h"] = "runtime/format/gzfile.c"
    owner["cmark.h"] = "interp/markdown.c"
    owner["glpk.h"] = "runtime/bounds/program.c"
    owner["lua.h"] = owner["lauxlib.h"] = owner["lualib.h"] = "interp/lua_inner.h"
    owner["jansson.h"] = "interp/lsp_inner.h"
    owner["interp/lua_inner.h"] = "interp/lua_function.h interp/lua_ask.c interp/lua_call.c " \
        "interp/lua_extend.c interp/lua_index.c interp/lua_limit.c interp/lua_pattern.c interp/lua_sandbox.c " \
        "interp/lua_state.c interp/lua_unit.c interp/lua_value.c interp/lua_weight.c"
    owner["interp/lua_function.h"] = "interp/lua_case.c interp/lua_extend.c interp/lua_function.c " \
        "interp/lua_law.c interp/lua_register.c"
}
{
    file = $1; what = $3
    if (what in owner) {
        if (index(" " owner[what] " ", " " file " ") == 0) bad(what " belongs to " owner[what])
        next
    }
    if (what !~ /^(runtime|interp)\//) next
    from = room(file); to = room(what)
    if (from != to && index(" " may[from] " ", " " to " ") == 0)
        bad("the room " from " may not look into " to " (" what ")")
    if (file ~ /\.h$/ && what ~ /\.h$/) { edge[file] = edge[file] " " what; nodes[file] = 1 }
}
# Depth-first search for a cycle among headers.
function visit(h, trail,   list, n, i) {
    if (state[h] == 2) return
    if (state[h] == 1) { print "include cycle:" trail " " h; failed = 1; return }
    state[h] = 1
    n = split(edge[h], list, " ")
    for (i = 1; i <= n; i++) visit(list[i], trail " " h)
    state[h] = 2
}
END {
    for (h in nodes) visit(h, "")
    if (!failed) print "doors: closed"
    exit failed
}'
