"""Runs a build without features over stdio against a scripted gateway: its tools, a ping, a list with whole ids, and what it refuses."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

ID = "con_66d67483-1c2b-4d5e-8f90-0123456789ab"
CLEANUP_TOOLS = {
    "audit_contacts", "find_duplicate_contacts", "decide_duplicates", "plan_cleanup", "show_cleanup", "apply_cleanup", "undo_cleanup"
}


class Gateway(BaseHTTPRequestHandler):
    """One page with one contact, whatever is asked for."""

    def do_GET(self):
        body = json.dumps({"data": [{"id": ID, "display_name": "Example Person"}], "count": 1, "total": 1}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check(condition, said):
    if not condition:
        sys.exit(f"failed: {said}")


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IMBRACE_")}
    return {**kept, **more}


def talk(binary, variables, messages):
    """Sends each message and reads its answer; what has no id has none."""
    server = subprocess.Popen([binary, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables)
    answers = []
    for message in messages:
        server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        server.stdin.flush()
        if "id" in message:
            answers.append(json.loads(server.stdout.readline()))
    server.stdin.close()
    check(server.wait(timeout=30) == 0, f"the server ended with {server.returncode}")
    return answers


def refused(binary, variables, arguments, *words):
    ended = subprocess.run([binary, *arguments], env=variables, capture_output=True, text=True, timeout=30)
    check(ended.returncode == 78, f"{arguments} ended with {ended.returncode}: {ended.stderr}")
    for word in words:
        check(word in ended.stderr, f"{arguments} does not name {word}: {ended.stderr}")


def main(binary):
    gateway = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        variables = environment(
            HOME=home,
            IMBRACE_BASE_URL=f"http://127.0.0.1:{gateway.server_port}",
            IMBRACE_ACCESS_TOKEN="acc_00000000-0000-4000-8000-000000000009",
        )
        client = {"name": "test", "version": "1"}
        opened = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        initialized, listed, pinged, called, prompts = talk(binary, variables, [
            {"id": 1, "method": "initialize", "params": opened},
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/list"},
            {"id": 3, "method": "ping"},
            {"id": 4, "method": "tools/call", "params": {"name": "list_contacts", "arguments": {}}},
            {"id": 5, "method": "prompts/list"},
        ])
        check(list(initialized["result"]["capabilities"]) == ["tools"], f"capabilities: {initialized}")
        tools = {tool["name"]: tool for tool in listed["result"]["tools"]}
        check(len(tools) == 14 and not CLEANUP_TOOLS & tools.keys(), f"tools: {sorted(tools)}")
        arguments = tools["list_contacts"]["inputSchema"]["properties"].keys()
        check("filter" not in arguments and "limit" in arguments, f"arguments of list_contacts: {arguments}")
        check(pinged["result"] == {}, f"ping: {pinged}")
        text = called["result"]["content"][0]["text"]
        check(ID in text and "Example Person" in text, f"list_contacts: {text}")
        check(prompts["error"]["code"] == -32601, f"prompts/list: {prompts}")
        check(not os.listdir(home), f"it left {os.listdir(home)}")
        refused(binary, environment(), ["serve", "--env", "local"], "--env", "`local`")
        refused(binary, variables, ["serve", "--http", "127.0.0.1:0"], "--http", "`http`")
        refused(binary, {**variables, "IMBRACE_STATE_DIR": home}, ["serve"], "IMBRACE_STATE_DIR", "`store`")
        refused(binary, variables, ["serve", "--default-region", "VN"], "--default-region", "`cleanup`")
    print(f"{len(tools)} tools over stdio; settings of other features are refused")


main(*sys.argv[1:])
