"""The official Python client against the built server: every transport, both eras, every tool that reads.

Usage: check.py BINARY HTTP_ADDRESS TOOLS. Prints one line a check and exits 1 if one failed.
"""

import asyncio
import re
import sys

from mcp.client.client import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client

MODERN = "2026-07-28"
HANDSHAKE = "2025-11-25"


def text(result):
    assert len(result.content) == 1, result
    return result.content[0].text


async def rows(client, tool, arguments, prefix):
    """Calls a tool that must succeed, and gives the ids of one kind from its answer."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, f"{tool}: {text(result)}"
    answer = text(result)
    assert answer, f"{tool} says nothing"
    return re.findall(rf"^{prefix}_[0-9a-f]+", answer, re.MULTILINE)


async def reads(client):
    """Each tool that reads, with ids from the answers before it."""
    contacts = await rows(client, "list_contacts", {"limit": 10}, "con")
    assert len(contacts) == 10, contacts
    found = await rows(client, "search_contacts", {"query": "nguyen", "limit": 3}, "con")
    assert len(found) == 3, found
    await rows(client, "get_contact", {"contact_id": contacts[0]}, "con")
    await rows(client, "list_contact_files", {"contact_id": contacts[0]}, "fil")
    assert await rows(client, "list_notifications", {"limit": 2}, "not")
    conversations = []
    for contact in contacts:
        conversations += await rows(client, "get_contact_conversations", {"contact_id": contact}, "[a-z]+")
    assert conversations, "none of ten contacts has a conversation"
    await rows(client, "get_conversation_messages", {"conversation_id": conversations[0]}, "[a-z]+")
    contact, comment = await commented(client)
    await rows(client, "get_contact_comment", {"contact_id": contact, "comment_id": comment}, "[a-z]+")


async def commented(client):
    """A contact with a comment, and the comment."""
    for contact in await rows(client, "list_contacts", {"limit": 100}, "con"):
        comments = await rows(client, "list_contact_comments", {"contact_id": contact}, "cmc")
        if comments:
            return contact, comments[0]
    raise AssertionError("none of a hundred contacts has a comment")


async def errors(client):
    """Errors that a model reads, and errors of the protocol."""
    unknown = await client.call_tool("get_contact", {"contact_id": "con_00000000-0000-4000-8000-00000000dead"})
    assert unknown.is_error and "con_00000000" in text(unknown), unknown
    misspelt = await client.call_tool("search_contacts", {"qeury": "x"})
    assert misspelt.is_error and "query" in text(misspelt), misspelt
    try:
        await client.call_tool("list_contact", {})
    except Exception as error:
        assert "list_contacts" in str(error), error
    else:
        raise AssertionError("an unknown tool was called")


async def whole(connect, mode, expected):
    async with Client(connect(), mode=mode) as client:
        assert client.protocol_version == expected, client.protocol_version
        tools = (await client.list_tools()).tools
        assert len(tools) == TOOLS, [tool.name for tool in tools]
        assert all(tool.title and tool.annotations.read_only_hint is not None for tool in tools)
        await reads(client)
        await errors(client)


async def main(binary, address, tools):
    global TOOLS
    TOOLS = int(tools)
    parameters = StdioServerParameters(command=binary, args=["serve", "--env", "local", "--log", "error"])
    ways = {
        "stdio": lambda: stdio_client(parameters),
        "Streamable HTTP": lambda: f"http://{address}/mcp",
        "HTTP+SSE": lambda: sse_client(f"http://{address}/sse"),
    }
    failed = False
    for way, connect in ways.items():
        # HTTP+SSE belongs to the era of the handshake: a client that opens it never asks for the other one.
        modes = {"legacy": HANDSHAKE} if way == "HTTP+SSE" else {"legacy": HANDSHAKE, "auto": MODERN, MODERN: MODERN}
        for mode, expected in modes.items():
            name = f"Python client, {way}, mode {mode}"
            try:
                await asyncio.wait_for(whole(connect, mode, expected), 60)
                print(f"pass: {name}")
            except BaseException as error:  # noqa: B902 - a group of exceptions is none of Exception
                failed = True
                print(f"FAIL: {name}: {error!r}")
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
