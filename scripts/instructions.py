#!/usr/bin/env python3
"""Counts the instructions of one call, which are the same on a busy machine.

    cargo build --release && cargo build --release --bench latency
    python3 scripts/instructions.py target/release/imbrace-contacts-mcp target/release/deps/latency-…

`list_contacts` with ten rows over standard input and output, of this server and of the bare pass-through of the latency bench,
against its stub: callgrind counts a long run and a short one, and the difference is that of the calls alone. Each call asks for
another page. With `--profile` the functions that cost most are listed (build with CARGO_PROFILE_RELEASE_DEBUG=1 and
CARGO_PROFILE_RELEASE_STRIP=none). Needs valgrind.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

SHORT, LONG = 200, 1200
# So many contacts are in the stub; the second time around, ids are known.
PAGES = 100


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def messages(calls, warm):
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "count", "version": "1"}}
    yield {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
    yield {"jsonrpc": "2.0", "method": "notifications/initialized"}
    for number in range(warm + calls):
        arguments = {"limit": 10, "skip": number % PAGES * 10}
        params = {"name": "list_contacts", "arguments": arguments}
        yield {"jsonrpc": "2.0", "id": number + 1, "method": "tools/call", "params": params}


def count(command, environment, calls, out):
    """Instructions of a process that answers so many calls, one after another."""
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    process = subprocess.Popen(
        valgrind + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | environment
    )
    for message in messages(calls, PAGES):
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        if "id" in message:
            answer = json.loads(process.stdout.readline())
            assert "result" in answer and not answer["result"].get("isError"), answer
    process.stdin.close()
    words = process.stderr.read().decode()
    process.wait()
    return int(re.search(r"Collected : (\d+)", words)[1])


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    ours, bench = words
    port = free_port()
    stub = subprocess.Popen([bench, "--serve-stub", "0", str(port)], stdin=subprocess.PIPE)
    time.sleep(0.5)
    gateway = f"http://127.0.0.1:{port}"
    credential = {"IMBRACE_ACCESS_TOKEN": "acc_00000000-0000-4000-8000-000000000001"}
    servers = [
        ("this server", [ours, "serve", "--base-url", gateway, "--log", "error"], credential),
        ("pass-through", [bench, "--serve-floor", "stdio"], {"GATEWAY_URL": gateway}),
    ]
    figures = []
    with tempfile.TemporaryDirectory() as place:
        for name, command, environment in servers if "--ours" not in sys.argv else servers[:1]:
            out = os.path.join(place, "callgrind.out")
            short = count(command, environment, SHORT, out)
            long = count(command, environment, LONG, out)
            figures.append((long - short) / (LONG - SHORT))
            print(f"{name}: {figures[-1]:,.0f} instructions a call")
            if "--profile" in sys.argv and name == "this server":
                lines = subprocess.run(["callgrind_annotate", out], capture_output=True, text=True).stdout.splitlines()
                print("\n".join(line for line in lines if "%)" in line and "callgrind" not in line)[:12000])
    stub.stdin.close()
    stub.wait()
    if len(figures) > 1:
        print(f"{figures[0] / figures[1]:.2f} of the pass-through")


if __name__ == "__main__":
    main()
