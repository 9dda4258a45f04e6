#!/bin/sh
# The second stage of the Dockerfile: what a bare Debian needs beside the program. Needs root and a network.
# `deploy/docker/check` runs it in a root made by debootstrap.
set -eu

# Certificate authorities, for the gateway and the collector.
apt-get update -q
apt-get install -q -y --no-install-recommends ca-certificates
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
# A user without a shell, and the one directory that it may write.
groupadd --gid 65532 contacts
useradd --uid 65532 --gid 65532 --home-dir /var/lib/imbrace-contacts-mcp --shell /usr/sbin/nologin contacts
install -d -o contacts -g contacts -m 0700 /var/lib/imbrace-contacts-mcp
