# Shorthand; every line is a cargo command that works without just.

# Everything that a change must pass.
check:
    .ci/run

# The tests.
test *arguments:
    cargo test {{arguments}}

# Writes tools.json and the tables of README.md anew.
generate:
    cargo run --quiet --example generate

# The local gateway as a server of its own.
local:
    cargo run --release -- local-gateway --listen 127.0.0.1:9001 --contacts 65681

# What cargo-deny says about every crate in the tree.
deny:
    cargo deny check bans licenses sources

# What a release consists of: binary, bill of materials, tools.json, digests.
release:
    .ci/release

# Every fuzz target, some minutes each; `fuzz/run --quick` for less.
fuzz:
    fuzz/run
