# Cuts the Rung programs out of a page: ```rung blocks of Markdown, .EX/.EE blocks of a manual that
# a comment line `.\" rung` announces. Writes dir/PAGE-LINE.rung.
function begin() { out = dir "/" page "-" NR ".rung"; printf "" > out; inside = 1 }
/^```rung$/ { begin(); next }
/^```/ && inside { inside = 0; close(out); next }
/^\.\\" rung$/ { announced = 1; next }
/^\.EX/ && announced { announced = 0; begin(); next }
/^\.EE/ && inside { inside = 0; close(out); next }
inside {
    line = $0
    if (page !~ /md$/) {
        gsub(/\\e/, "\\", line); gsub(/\\-/, "-", line); gsub(/\\(aq|\(aq)/, "'", line)
        gsub(/\\&/, "", line); gsub(/\\(ha|\(ha)/, "^", line); gsub(/\\(ti|\(ti)/, "~", line)
    }
    print line > out
}
