#!/usr/bin/env python3
"""Runs a whole cleanup at a terminal, on the local gateway, and draws what it showed.

    scripts/record_cleanup.py [BINARY]

writes docs/cleanup-session.svg. The people are made up. Needs Python 3.10 and nothing else.
"""
import html
import os
import pty
import re
import select
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "target", "debug", "imbrace-contacts-mcp")
COLUMNS, SIZE, LINE = 118, 13, 18
# Pictures fold spaces, whatever they are told.
NBSP = "\u00a0"


def run(words, typed=""):
    """What one command shows at a terminal, progress bars taken away, and what was typed at its questions."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS=str(COLUMNS), TERM="xterm")
        os.execv(BINARY, ["imbrace-contacts-mcp", "cleanup", *words])
    shown = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        try:
            piece = os.read(terminal, 65536) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            break
        shown += piece
        if typed and b"[y/N]" in shown:
            os.write(terminal, typed.encode())
            typed = ""
    os.waitpid(pid, 0)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    # A bar draws over its own line; what stays is what came after the last return.
    return [line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").rstrip("\n").split("\n")]


def main():
    state = tempfile.mkdtemp()
    place = ["--env", "local", "--local-contacts", "2000"]
    os.environ["XDG_STATE_HOME"] = state
    lines, plan = [], ""

    def step(*words, typed="", keep=99):
        nonlocal plan
        shown = [line for line in run([*words, *place], typed) if line.strip() != "" or lines]
        found = re.search(r"plan_[0-9a-f]{8}", "\n".join(shown))
        plan = found.group() if found else plan
        lines.append("$ imbrace-contacts-mcp cleanup " + " ".join([*words, *place[:2]]))
        cut = shown if len(shown) <= keep else [*shown[: keep - 6], "…", *shown[-5:]]
        lines.extend(line.replace(" --local-contacts 2000", "") for line in cut)
        lines.append("")

    step("sync")
    step("audit", keep=16)
    step("duplicates", "--limit", "1", keep=14)
    step("plan", "--fix", "safe", keep=20)
    step("apply", plan, typed="y\n", keep=12)
    step("undo", plan)
    step("undo", plan, "--write", "--yes")

    def wrapped(line):
        return [line[at : at + COLUMNS] for at in range(0, max(len(line), 1), COLUMNS)]

    rows = [row for line in lines[:-1] for row in wrapped(line)]
    width, height = int(COLUMNS * SIZE * 0.602) + 32, len(rows) * LINE + 32
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<rect width="100%" height="100%" rx="8" fill="#16181d"/>',
        f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" style="white-space:pre">',
    ]
    for number, row in enumerate(rows):
        colour = "#8fd18f" if row.startswith("$") else "#8a93a5" if row.startswith("next:") else "#e3e6eb"
        out.append(f'<text x="16" y="{28 + number * LINE}" fill="{colour}">{html.escape(row.replace(" ", NBSP))}</text>')
    out += ["</g>", "</svg>", ""]
    with open(os.path.join(ROOT, "docs", "cleanup-session.svg"), "w", encoding="utf-8") as file:
        file.write("\n".join(out))


main()
