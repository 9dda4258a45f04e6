"""One Python client against the built server, over each transport that it has: listing, reading, writing and failing.

Usage: matrix.py CLIENT BINARY HTTP_ADDRESS KEY_ADDRESS TOOLS. Prints a line a cell of docs/clients.md: `cell: CLIENT | TRANSPORT | works`.
"""

import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
from importlib.metadata import version

KEY = "acc_00000000-0000-4000-8000-000000000001"
ABSENT = "con_00000000-0000-4000-8000-00000000dead"


async def exercise(names, call, expected):
    """`call` gives the text of an answer and whether it is an error of the tool."""
    assert len(names) == expected, names
    text, is_error = await call("list_contacts", {"limit": 40})
    assert not is_error, text
    contacts = [line.split(",")[0] for line in text.splitlines() if line.startswith("con_")]
    contact = contacts[int(os.environ["INTEROP_CONTACT"])]
    remark = f"interoperability {id(call)}"
    text, is_error = await call("update_contact", {"contact_id": contact, "set": [{"field": "remark", "value": remark}]})
    assert not is_error and remark in text, text
    text, is_error = await call("get_contact", {"contact_id": contact})
    assert not is_error and remark in text, text
    text, is_error = await call("get_contact", {"contact_id": ABSENT})
    assert is_error and "con_00000000" in text, text


def told(result):
    """Text and error of a result of either generation of the SDK."""
    return result.content[0].text, bool(getattr(result, "is_error", None) or getattr(result, "isError", None))


def sdk_1(binary, address, _key_address):
    """`mcp` before 2: a session over a pair of streams."""
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.sse import sse_client
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamablehttp_client

    server = StdioServerParameters(command=binary, args=["serve", "--env", "local", "--log", "error"])

    def over(connect):
        async def run(expected):
            async with connect() as streams, ClientSession(streams[0], streams[1]) as session:
                await session.initialize()
                names = [tool.name for tool in (await session.list_tools()).tools]

                async def call(name, arguments):
                    return told(await session.call_tool(name, arguments))

                await exercise(names, call, expected)

        return run

    return {
        "stdio": over(lambda: stdio_client(server)),
        "Streamable HTTP": over(lambda: streamablehttp_client(f"http://{address}/mcp")),
        "HTTP+SSE": over(lambda: sse_client(f"http://{address}/sse")),
    }


def sdk_2(binary, address, _key_address):
    from mcp.client.client import Client
    from mcp.client.sse import sse_client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    server = StdioServerParameters(command=binary, args=["serve", "--env", "local", "--log", "error"])

    def over(connect):
        async def run(expected):
            async with connect() as client:
                names = [tool.name for tool in (await client.list_tools()).tools]

                async def call(name, arguments):
                    return told(await client.call_tool(name, arguments))

                await exercise(names, call, expected)

        return run

    return {
        "stdio": over(lambda: Client(stdio_client(server))),
        "Streamable HTTP": over(lambda: Client(f"http://{address}/mcp")),
        "HTTP+SSE": over(lambda: Client(sse_client(f"http://{address}/sse"), mode="legacy")),
    }


def fastmcp(binary, address, _key_address):
    from fastmcp import Client
    from fastmcp.client.transports import SSETransport, StdioTransport, StreamableHttpTransport

    def over(transport):
        async def run(expected):
            async with Client(transport()) as client:
                names = [tool.name for tool in await client.list_tools()]

                async def call(name, arguments):
                    result = await client.call_tool(name, arguments, raise_on_error=False)
                    return told(result)

                await exercise(names, call, expected)

        return run

    arguments = ["serve", "--env", "local", "--log", "error"]
    return {
        "stdio": over(lambda: StdioTransport(binary, arguments, keep_alive=False)),
        "Streamable HTTP": over(lambda: StreamableHttpTransport(f"http://{address}/mcp")),
        "HTTP+SSE": over(lambda: SSETransport(f"http://{address}/sse")),
    }


def langchain(binary, address, _key_address):
    from langchain_core.tools import ToolException
    from langchain_mcp_adapters.client import MultiServerMCPClient
    from langchain_mcp_adapters.tools import load_mcp_tools

    def over(connection):
        async def run(expected):
            async with MultiServerMCPClient({"contacts": connection}).session("contacts") as session:
                tools = {tool.name: tool for tool in await load_mcp_tools(session)}

                async def call(name, arguments):
                    message = await tools[name].ainvoke({"name": name, "args": arguments, "id": "1", "type": "tool_call"})
                    content = message.content if isinstance(message.content, list) else [message.content]
                    text = "".join(block if isinstance(block, str) else block["text"] for block in content)
                    return text, message.status == "error"

                async def guarded(name, arguments):
                    try:
                        return await call(name, arguments)
                    except ToolException as error:
                        return str(error), True

                await exercise(list(tools), guarded, expected)

        return run

    arguments = ["serve", "--env", "local", "--log", "error"]
    return {
        "stdio": over({"transport": "stdio", "command": binary, "args": arguments}),
        "Streamable HTTP": over({"transport": "streamable_http", "url": f"http://{address}/mcp"}),
        "HTTP+SSE": over({"transport": "sse", "url": f"http://{address}/sse"}),
    }


def has_free_keys(schema):
    if isinstance(schema, list):
        return any(map(has_free_keys, schema))
    if not isinstance(schema, dict):
        return False
    return schema.get("type") == "object" and not schema.get("properties") or any(map(has_free_keys, schema.values()))


def agents(binary, address, _key_address):
    """OpenAI's agents: every tool as a function tool with a strict schema where it can be made strict, and calls without a model."""
    from agents import Agent, RunContextWrapper
    from agents.mcp import MCPServerSse, MCPServerStdio, MCPServerStreamableHttp, MCPUtil

    def over(make):
        async def run(expected):
            async with make() as server:
                agent = Agent(name="interoperability", mcp_servers=[server])
                tools = await MCPUtil.get_function_tools(server, True, RunContextWrapper(None), agent)
                for tool in tools:
                    assert tool.params_json_schema["type"] == "object", tool.name
                    json.dumps(tool.params_json_schema)
                # An argument with free keys cannot be strict; everything else is.
                loose = {tool.name for tool in tools if not tool.strict_json_schema}
                free = {tool.name for tool in await server.list_tools() if has_free_keys(tool.inputSchema)}
                assert loose <= free, f"not strict: {loose - free}"

                async def call(name, arguments):
                    return told(await server.call_tool(name, arguments))

                await exercise([tool.name for tool in tools], call, expected)

        return run

    stdio = {"command": binary, "args": ["serve", "--env", "local", "--log", "error"]}
    return {
        "stdio": over(lambda: MCPServerStdio(stdio, client_session_timeout_seconds=60)),
        "Streamable HTTP": over(lambda: MCPServerStreamableHttp({"url": f"http://{address}/mcp"}, client_session_timeout_seconds=60)),
        "HTTP+SSE": over(lambda: MCPServerSse({"url": f"http://{address}/sse"}, client_session_timeout_seconds=60)),
    }


def imbrace(_binary, _address, key_address):
    """What iMBRACE's assistants send: the OpenAPI document, and a POST a tool, with the key as a bearer token."""

    def ask(path, body=None, key=KEY):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{key_address}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    async def run(expected):
        status, document = ask("/openapi.json")
        assert status == 200, document
        paths = [path for path in document["paths"] if path.startswith("/tools/")]

        async def call(name, arguments):
            status, answer = ask(f"/tools/{name}", arguments)
            assert status in (200, 422), answer
            return answer["text"], answer["isError"]

        await exercise(paths, call, expected)
        assert ask("/openapi.json", key="acc_00000000-0000-4000-8000-00000000dead")[0] == 401

    return {"OpenAPI": run}


CLIENTS = {
    "mcp-1": (sdk_1, "Python SDK (`mcp`)", "mcp"),
    "mcp-2": (sdk_2, "Python SDK (`mcp`)", "mcp"),
    "fastmcp": (fastmcp, "FastMCP (`fastmcp`)", "fastmcp"),
    "langchain": (langchain, "LangChain (`langchain-mcp-adapters`)", "langchain-mcp-adapters"),
    "agents": (agents, "OpenAI Agents (`openai-agents`)", "openai-agents"),
    "imbrace": (imbrace, "iMBRACE's assistants, as they send it", None),
}


async def main(client, binary, address, key_address, expected):
    make, title, package = CLIENTS[client]
    name = f"{title} {version(package)}" if package else title
    failed = False
    for transport, run in make(binary, address, key_address).items():
        try:
            await asyncio.wait_for(run(int(expected)), 60)
            print(f"cell: {name} | {transport} | works", flush=True)
        except BaseException as error:  # noqa: B902 - a group of exceptions is none of Exception
            failed = True
            print(f"cell: {name} | {transport} | FAILS\nFAIL: {name}, {transport}: {error!r}", flush=True)
            for inner in getattr(error, "exceptions", ()):
                print(f"  {inner!r}")
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
