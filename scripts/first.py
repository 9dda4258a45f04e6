#!/usr/bin/env python3
"""Writes link/first.ld: the functions that a start and a call run, for the linker to put next to each other.

    CARGO_PROFILE_RELEASE_STRIP=none cargo build --release --bin imbrace-contacts-mcp
    cargo build --release --bench latency
    python3 scripts/first.py target/release/imbrace-contacts-mcp target/release/deps/latency-…

Callgrind notes what runs: first a start over standard input and output, then one over HTTP, then calls against the bench's
stub. The compiler's hashes are left out of the names, so that the list outlives a change of the code or of the compiler; a
name that is not there any more does no harm. To be written anew when a dependency on the way of a call changes its major
version. Needs valgrind.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from instructions import free_port, messages

HEAD = """/* The functions that a start and a call run; written by scripts/first.py, used by build.rs. */
SECTIONS
{
  .text.first :
  {
"""
END = """  }
}
INSERT BEFORE .text;
"""
HEADERS = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2025-06-18",
}


def functions(out, binary):
    """The functions of the binary in a profile, as patterns."""
    table = subprocess.run(["nm", binary], capture_output=True, text=True, check=True).stdout
    own = {line.split()[-1] for line in table.splitlines()}
    names = set()
    with open(out, errors="replace") as lines:
        for line in lines:
            if line.startswith("fn="):
                names.add(re.sub(r"'\d+$", "", line[3:].strip()))
    # Two things that differ from build to build: hashes, and numbers that tell equal names apart.
    plain = (re.sub(r"\.(llvm\.)?\d+$", "", name) for name in names & own)
    return {re.sub(r"17h[0-9a-f]{16}E", "17h*E", name) for name in plain}


def patterns(name):
    """The sections that a function of this name may be in."""
    numbered = "" if name.endswith("17h*E") else f" .text.{name}.*"
    return f".text.{name}{numbered}"


def profile(command, environment, place, drive):
    """What a server runs while somebody drives it."""
    out = os.path.join(place, "callgrind.out")
    valgrind = ["valgrind", "--tool=callgrind", "--compress-strings=no", "--demangle=no", f"--callgrind-out-file={out}"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(valgrind + command, env=os.environ | environment, **pipes)
    drive(process)
    process.stdin.close()
    process.send_signal(signal.SIGTERM)
    process.wait()
    return functions(out, command[0])


def by_pipes(calls):
    def drive(process):
        for message in messages(calls, 0):
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
            if "id" in message:
                process.stdout.readline()

    return drive


def by_http(port, calls):
    def drive(_):
        for message in messages(calls, 0):
            request = urllib.request.Request(f"http://127.0.0.1:{port}/mcp", json.dumps(message).encode(), HEADERS)
            for attempt in range(100):
                try:
                    urllib.request.urlopen(request).read()
                    break
                except urllib.error.URLError:
                    # Not listening yet.
                    time.sleep(0.2)

    return drive


def main():
    binary, bench = sys.argv[1:]
    port, own = free_port(), free_port()
    stub = subprocess.Popen([bench, "--serve-stub", "0", str(port)], stdin=subprocess.PIPE)
    time.sleep(0.5)
    credential = {"IMBRACE_ACCESS_TOKEN": "acc_00000000-0000-4000-8000-000000000001"}
    serve = [binary, "serve", "--base-url", f"http://127.0.0.1:{port}", "--log", "error"]
    over_http = [*serve, "--http", f"127.0.0.1:{own}"]
    names = {}
    with tempfile.TemporaryDirectory() as place:
        for command, drive in [
            (serve, by_pipes(0)),
            (over_http, by_http(own, 0)),
            (serve, by_pipes(20)),
            (over_http, by_http(own, 20)),
        ]:
            names |= dict.fromkeys(sorted(set(profile(command, credential, place, drive)) - set(names)))
    stub.stdin.close()
    stub.wait()
    with open(os.path.join(os.path.dirname(__file__), "..", "link", "first.ld"), "w") as file:
        file.write(HEAD + "".join(f"    *({patterns(name)})\n" for name in names) + END)
    print(f"{len(names)} names")


if __name__ == "__main__":
    main()
