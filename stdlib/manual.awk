# Writes man/rung-stdlib.7 from the files of the standard library, one section each.
#
# A file begins with a comment about its topic, up to an empty line. Each definition has its
# comment just above: what it is, then `# Source: ...`, then examples, indented by three spaces. An
# entry without source or example, or a definition without a comment, is an error.
function roff(s) {
    gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); gsub(/'/, "\\(aq", s); gsub(/\^/, "\\(ha", s)
    gsub(/~/, "\\(ti", s); gsub(/`/, "", s)
    return s ~ /^\./ ? "\\&" s : s
}
function code(text) { printf ".RS\n.EX\n%s.EE\n.RE\n", text }
function forget() { text = source = example = ""; insource = 0 }
function fail(what) { print FILENAME ":" FNR ": " what > "/dev/stderr"; failed = 1 }
function entry(signature) {
    if (source == "") fail("no source: " signature)
    if (example == "") fail("no example: " signature)
    printf ".TP\n\\fB%s\\fR\n%s.br\n.I Source:\n%s", roff(signature), text, source
    code(example)
    forget()
}
BEGIN {
    print ".\\\" Written by stdlib/manual.awk from stdlib/*.rung."
    print ".TH RUNG\\-STDLIB 7 2026-11-21 \"Rung 0.1.0\" \"Miscellaneous Information\""
    print ".SH NAME\nrung\\-stdlib \\- the standard library of Rung"
    print ".SH DESCRIPTION"
    print "These functions and graphs are definitions in Rung. They are part of the program, are read when one of them is"
    print "first named, and give way to names of your own. In the conversation \\fB:help NAME\\fR shows a definition with its text."
    print "The language is described in\n.BR rung (5)."
    print ".PP"
    print "X \\-> Y stands for an arrow, and parameters with a colon, \\fIcontrol: low(X)\\fR, may be left out. The model before the"
    print "entries of a section is the one of their examples."
    forget()
}
FNR == 1 {
    topic = FILENAME
    sub(/.*\//, "", topic); sub(/\.rung$/, "", topic)
    print ".SH " toupper(topic)
    head = 1
}
/^#   / { example = example roff(substr($0, 5)) "\n"; insource = 0; next }
/^# Source: / { insource = 1; source = roff(substr($0, 11)) "\n"; next }
/^#/ {
    line = roff(substr($0, 3)) "\n"
    if (insource) source = source line
    else if (line != "\n") text = text line
    next
}
head && /^$/ {
    printf "%s", text
    if (example != "") code(example)
    forget()
    head = 0
    next
}
/^def / {
    signature = substr($0, 5)
    sub(/ =( .*)?$/, "", signature)
    entry(signature)
    next
}
/^model / { split($0, part, " "); entry(part[2]); next }
END {
    print ".SH SEE ALSO\n.BR rung (1),\n.BR rung (5),\n.BR rung\\-lua (7)"
    exit failed
}
