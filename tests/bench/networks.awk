# Tells the figures of networks.sh: for each network and task the median of every tool, how many
# times as long the best peer takes, and the geometric means of that.
# Fields: network, tool, task, then load, plan, answer, slowest, megabytes, cells, cells swept.
function median(key, field,    n, i, k, x, sorted) {
    n = count[key]
    for (i = 1; i <= n; i++) {
        x = value[key, i, field]
        for (k = i; k > 1 && sorted[k - 1] > x; k--) sorted[k] = sorted[k - 1]
        sorted[k] = x
    }
    return sorted[int(n / 2) + 1]
}

# The peer with the least median of a field, or "".
function best(name, task, field,    i, key, least, who) {
    for (i = 1; i <= tools; i++) {
        key = name SUBSEP tool[i] SUBSEP task
        if (tool[i] == "rung" || !(key in count) || value[key, 1, field] == "-") continue
        if (who != "" && median(key, field) >= least) continue
        who = tool[i]
        least = median(key, field)
    }
    return who
}

# One figure of Rung's, the best peer's, and how many times as much that is.
function compare(name, task, field, format, what,    mine, who, ratio) {
    mine = median(name SUBSEP "rung" SUBSEP task, field)
    printf format, mine
    who = best(name, task, field)
    if (who == "" || mine == 0) {
        printf "%10s %7s", "", ""
        return
    }
    ratio = median(name SUBSEP who SUBSEP task, field) / mine
    printf format "%7.1f%s", ratio * mine, ratio, substr(who, 2, 1)
    logs[what] += log(ratio)
    rows[what]++
    if (!(what in least) || ratio < least[what]) {
        least[what] = ratio
        least_at[what] = name
    }
}

BEGIN { FS = "\t" }
{
    key = $1 SUBSEP $2 SUBSEP $3
    if (!($1 in seen)) {
        seen[$1] = 1
        network[++networks] = $1
    }
    if (!($2 in known)) {
        known[$2] = 1
        tool[++tools] = $2
    }
    n = ++count[key]
    for (i = 4; i <= NF; i++) value[key, n, i] = $i
}
END {
    print "milliseconds; \"times\": the best peer over Rung (i: libdai, y: pyagrum, g: pgmpy)"
    printf "%-11s%10s%10s %7s %9s%10s%10s %7s %9s%10s%10s %7s %9s%10s%10s %7s\n", "", "load", \
        "peer", "times", "plan", "all", "peer", "times", "plan", "given", "peer", "times", \
        "slowest", "one", "peer", "times"
    for (i = 1; i <= networks; i++) {
        name = network[i]
        printf "%-11s", name
        compare(name, "all", 4, "%10.3f", "load")
        printf "%10.3f", median(name SUBSEP "rung" SUBSEP "all", 5)
        compare(name, "all", 6, "%10.3f", "all")
        printf "%10.3f", median(name SUBSEP "rung" SUBSEP "given", 5)
        compare(name, "given", 6, "%10.3f", "given")
        printf "%10.3f", median(name SUBSEP "rung" SUBSEP "one", 7)
        compare(name, "one", 6, "%10.3f", "one")
        print ""
    }
    split("load all given one", order, " ")
    for (i = 1; i <= 4; i++)
        if (order[i] in rows)
            printf "%s: geometric mean %.1f over %d networks, least %.2f (%s)\n", order[i], \
                exp(logs[order[i]] / rows[order[i]]), rows[order[i]], least[order[i]], \
                least_at[order[i]]
    print "\nthe tree: cells, cells swept, ns for each of these; megabytes, and of a peer"
    for (i = 1; i <= networks; i++) {
        printf "%-11s", network[i]
        for (k = 1; k <= 2; k++) {
            key = network[i] SUBSEP "rung" SUBSEP (k == 1 ? "all" : "given")
            swept = median(key, 10)
            spent = median(key, 6) - median(key, 5)
            printf "%12d%12d%8.2f%8.1f", median(key, 9), swept, \
                (swept ? spent * 1e6 / swept : 0), median(key, 8)
            who = best(network[i], k == 1 ? "all" : "given", 8)
            printf "%8s", who == "" ? "" : sprintf("%.1f", \
                median(network[i] SUBSEP who SUBSEP (k == 1 ? "all" : "given"), 8))
        }
        print ""
    }
}
