#!/usr/bin/env python3
"""Compares the log of the Python recipe's collector with zmq-pub-collector's text log of the same messages.

Usage: compare-logs.py RECIPE_LOG ZMQ_PUB_LOG

Both must have the default text format: 2026-11-23 07:03:32,777 | LEVEL | message. Times are those of arrival, so they
are left out. Messages of several apps may arrive in another order. Exit codes: 0 both have the same entries, 1 they
differ, 2 wrong usage, or a file that can't be read or has lines of another format only.
"""
import re
import sys
from collections import Counter

START = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| ")
ESCAPE = re.compile(r"\\(?:n|r|\\|u[0-9a-f]{4})")
ESCAPES = {"\\n": "\n", "\\r": "\r", "\\\\": "\\"}


def unescape(text):
    """Undoes the escapes of zmq-pub's text format: docs/files.md."""
    return ESCAPE.sub(lambda found: ESCAPES.get(found[0]) or chr(int(found[0][2:], 16)), text)


def read_entries(path, is_ours):
    """The entries of a log without their times; an entry may have several lines."""
    entries = []
    has_entries = False
    with open(path, encoding="utf8", errors="replace", newline="\n") as log:
        for raw in log:
            line = raw.rstrip("\n")
            start = START.match(line)
            if start:
                has_entries = True
                line = line[start.end():]
            elif is_ours:
                line = line[4:] if line.startswith("    ") else line
            line = unescape(line) if is_ours else line
            if start or not entries:
                entries.append(line)
            else:
                entries[-1] += "\n" + line
    if entries and not has_entries:
        print(
            f"{path} must have lines in the default text format, such as '2026-11-23 07:03:32,777 | INFO | paid', got none: "
            "write it without --text, and with --format text",
            file=sys.stderr,
        )
        sys.exit(2)
    return Counter(entries)


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        recipe, ours = read_entries(sys.argv[1], False), read_entries(sys.argv[2], True)
    except OSError as error:
        print(f"cannot read {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    only_recipe, only_ours = recipe - ours, ours - recipe
    for sign, entries in (("-", only_recipe), ("+", only_ours)):
        for entry in entries.elements():
            print(f"{sign} {entry!r}")
    same = sum((recipe & ours).values())
    print(f"{same} entries in both, {sum(only_recipe.values())} only in the first, {sum(only_ours.values())} only in the second")
    if recipe and ours and same == 0:
        print(
            "the files have no entry in common: both must write the topic in the same form (zmq-pub-collector writes "
            "root.subtopic), and contain the same time span",
            file=sys.stderr,
        )
    return 1 if only_recipe or only_ours else 0


sys.exit(main())
