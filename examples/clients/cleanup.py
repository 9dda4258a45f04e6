"""A whole cleanup through the official Python SDK: audit, duplicates, plan, confirm, apply, undo.

    pip install "mcp>=2.3"
    python examples/clients/cleanup.py imbrace-contacts-mcp

It works on the built-in local gateway with 300 made-up people, in a directory that it removes, and writes to nobody else.
"""

import asyncio
import re
import sys
import tempfile

from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp_types import ElicitResult


async def ask(_context, params):
    """The server's question before it writes. An assistant shows it to a person; this program says yes to it."""
    print(f"? {params.message}")
    answers = {name: True for name, schema in params.requested_schema["properties"].items() if schema["type"] == "boolean"}
    return ElicitResult(action="accept", content=answers)


async def call(client, tool, **arguments):
    """Calls a tool, shows the beginning of its answer, and gives all of it."""
    result = await client.call_tool(tool, arguments)
    answer = result.content[0].text
    print(f"> {tool} {arguments}")
    for line in answer.splitlines()[:4]:
        print(f"  {line[:100]}")
    if result.is_error:
        raise RuntimeError(answer)
    return answer


def number(pattern, text):
    found = re.search(pattern, text)
    assert found, f"no {pattern!r} in: {text}"
    return int(found[1].replace(",", ""))


async def main(binary):
    with tempfile.TemporaryDirectory() as state:
        arguments = ["serve", "--env", "local", "--local-contacts", "300", "--state-dir", state, "--log", "error"]
        server = StdioServerParameters(command=binary, args=arguments)
        async with Client(server, elicitation_callback=ask) as client:
            before = number(r"score (\d+) of 100", await call(client, "audit_contacts"))
            await call(client, "find_duplicate_contacts", limit=3)
            plan = await call(client, "plan_cleanup", fix="safe")
            name, fingerprint = re.search(r"plan=(plan_\w+) fingerprint=(\w+)", plan).groups()

            # The first call of a plan writes 20 contacts; the next ones go on until nothing remains.
            while "call again" in await call(client, "apply_cleanup", plan=name, fingerprint=fingerprint):
                pass
            after = number(r"score (\d+) of 100", await call(client, "audit_contacts"))
            await call(client, "show_cleanup", plan=name, status="written", limit=5)

            await call(client, "undo_cleanup", plan=name)
            await call(client, "undo_cleanup", plan=name, dry_run=False)
            undone = number(r"score (\d+) of 100", await call(client, "audit_contacts"))
    print(f"score {before}, {after} after the cleanup, {undone} after the undo")
    assert after > before == undone


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
