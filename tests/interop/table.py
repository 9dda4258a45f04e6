#!/usr/bin/env python3
"""The table of clients and transports, from the lines of a run: table.py --check|--write CELLS docs/clients.md"""

import pathlib
import sys

TRANSPORTS = ["stdio", "Streamable HTTP", "HTTP+SSE", "OpenAPI"]
NONE = "–"


def table(lines):
    cells = {}
    for line in lines:
        if line.startswith("cell: "):
            client, transport, word = line.removeprefix("cell: ").strip().split(" | ")
            assert transport in TRANSPORTS, transport
            cells.setdefault(client, {})[transport] = word
    rows = [f"| client | {' | '.join(TRANSPORTS)} |", "|---" * (len(TRANSPORTS) + 1) + "|"]
    for client in sorted(cells, key=lambda name: name.replace("`", "").lower()):
        rows.append(f"| {client} | {' | '.join(cells[client].get(transport, NONE) for transport in TRANSPORTS)} |")
    return "\n".join(rows) + "\n"


def main(mode, lines, page):
    page = pathlib.Path(page)
    begin, end = "<!-- made by tests/interop/run --write -->\n", "<!-- end -->"
    text = page.read_text()
    before, rest = text.split(begin)
    _, after = rest.split(end)
    made = before + begin + table(pathlib.Path(lines).read_text().splitlines()) + end + after
    if made == text:
        return 0
    if mode == "--write":
        page.write_text(made)
        return 0
    print(f"FAIL: {page} is not what this run found; look at it, then run tests/interop/run --write")
    print(table(pathlib.Path(lines).read_text().splitlines()))
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
