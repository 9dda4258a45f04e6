#!/usr/bin/env python3
"""Starts an unpacked MCP bundle as a host does, by its manifest, and prints what search_contacts answers: start_bundle.py DIRECTORY"""

import json
import os
import pathlib
import subprocess
import sys

# What a person types into the host's form.
TYPED = {"environment": "local", "access_token": "none", "read_only": "true"}


def main(directory):
    manifest = json.loads((pathlib.Path(directory) / "manifest.json").read_text())

    def filled(text):
        for name, value in TYPED.items():
            text = text.replace("${user_config." + name + "}", value)
        return text.replace("${__dirname}", str(directory))

    config = manifest["server"]["mcp_config"]
    command = [filled(word) for word in [config["command"], *config["args"]]]
    variables = {name: filled(value) for name, value in config["env"].items()}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "host", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "search_contacts", "arguments": {"query": "nguyen"}}},
    ]
    given = "".join(json.dumps(message) + "\n" for message in messages)
    environment = {"HOME": os.path.dirname(os.path.abspath(directory)), "PATH": "/usr/bin:/bin", **variables}
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment, timeout=60)
    answers = {message["id"]: message for message in map(json.loads, done.stdout.splitlines()) if "id" in message}
    named = {tool["name"] for tool in manifest["tools"]}
    offered = {tool["name"] for tool in answers[2]["result"]["tools"]}
    assert offered <= named, f"the manifest does not name {offered - named}"
    print(answers[3]["result"]["content"][0]["text"])


if __name__ == "__main__":
    main(*sys.argv[1:])
