#!/bin/sh
# The first stage of the Dockerfile: from a bare Debian and the sources in the current directory to the program in OUT. Needs root and a network.
# `deploy/docker/check` runs it in a root made by debootstrap.
set -eu

out="${1:?where the program goes}"
profile="${PROFILE:-dist}"
# What rustc links with and what compiles C code (SQLite, ring).
apt-get update -q
apt-get install -q -y --no-install-recommends ca-certificates curl gcc libc6-dev
rm -rf /var/lib/apt/lists/*
if ! command -v cargo >/dev/null; then
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --default-toolchain none
    . "$HOME/.cargo/env"
fi
cargo build --locked --profile "$profile" -p imbrace-contacts-mcp --bin imbrace-contacts-mcp ${FEATURES:+--features "$FEATURES"}
directory="$profile"
[ "$profile" != dev ] || directory=debug
install -D -m 0755 "${CARGO_TARGET_DIR:-target}/$directory/imbrace-contacts-mcp" "$out"
