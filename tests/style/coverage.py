#!/usr/bin/env python3
"""What the tests reach: lines and branches of every room, from the report of gcovr.

Usage: coverage.py REPORT.json            the table
       coverage.py REPORT.json PATH...    the lines of these files or folders that no test reaches

Branches are those of gcov: each outcome of each condition, `&&` and `||` taken apart, with nothing
left out.
"""
import json
import os
import sys


def code_lines(entry):
    return [line for line in entry["lines"] if not line["gcovr/noncode"]]


def counts(entry):
    """Lines, lines reached, branches, branches reached."""
    lines = code_lines(entry)
    branches = [branch for line in lines for branch in line["branches"]]
    return (len(lines), sum(line["count"] > 0 for line in lines),
            len(branches), sum(branch["count"] > 0 for branch in branches))


def share(reached, all_of_them):
    return f"{100 * reached / all_of_them:5.1f} %" if all_of_them else "      -"


def row(name, sums):
    lines, reached, branches, taken = sums
    print(f"{name:<18} {lines:>6} {reached:>6} {share(reached, lines)}"
          f"   {branches:>6} {taken:>6} {share(taken, branches)}")


def table(entries):
    rooms = {}
    for entry in entries:
        room = os.path.dirname(entry["file"])
        for name in {room, room.split("/")[0]}:
            rooms[name] = [a + b for a, b in zip(rooms.get(name, [0] * 4), counts(entry))]
    print(f"{'':<18} {'lines':>6} {'reached':>6} {'':>7}   {'branches':>6} {'taken':>6}")
    for name in sorted(rooms, key=lambda name: ("/" not in name, name)):
        row(name + "/", rooms[name])


def unreached(entries, paths):
    for path in paths:
        wanted = [entry for entry in entries
                  if entry["file"] == path or entry["file"].startswith(path.rstrip("/") + "/")]
        if not wanted:
            sys.exit(f"{path}: not in the report")
        for entry in wanted:
            row(os.path.basename(entry["file"]), counts(entry))
            with open(entry["file"], encoding="utf-8") as file:
                text = file.read().split("\n")
            for line in code_lines(entry):
                if line["count"] == 0:
                    number = line["line_number"]
                    print(f"{entry['file']}:{number}: {text[number - 1]}")


with open(sys.argv[1], encoding="utf-8") as report:
    files = json.load(report)["files"]
if sys.argv[2:]:
    unreached(files, sys.argv[2:])
else:
    table(files)
