"""What many would build first: FastMCP's bridge from an OpenAPI document. Over stdio, or over HTTP with a port."""

import json
import os
import pathlib
import sys

import httpx2
from fastmcp import FastMCP

document = json.loads(pathlib.Path(__file__).with_name("openapi.json").read_text())
client = httpx2.AsyncClient(base_url=os.environ["GATEWAY_URL"], headers={"x-access-token": "acc_peer"})
server = FastMCP.from_openapi(openapi_spec=document, client=client, name="bridge")

if len(sys.argv) > 1:
    server.run(
        transport="http",
        host="127.0.0.1",
        port=int(sys.argv[1]),
        stateless_http=True,
        json_response=True,
        show_banner=False,
        log_level="error",
        uvicorn_config={"access_log": False},
    )
else:
    server.run(transport="stdio", show_banner=False, log_level="error")
