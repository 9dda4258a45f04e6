#!/usr/bin/env python3
"""Packages of one built binary: Debian package, Python wheel, npm packages, MCP bundle.

    packaging/build.py --binary target/dist/imbrace-contacts-mcp --platform linux-x64 --out DIR

Builds nothing itself and needs nothing but Python's own library, `cargo metadata` and, for the Debian package, `dpkg-deb`. What is the same on every
platform (version, description, licence) comes from Cargo.toml. The binary must run here: it writes the shell completions.
"""

import argparse
import base64
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "imbrace-contacts-mcp"
TITLE = "iMBRACE contacts"

# What each registry calls the platforms that a release has a binary for.
PLATFORMS = {
    "linux-x64": {"os": "linux", "cpu": "x64", "target": "x86_64-unknown-linux-musl", "debian": "amd64",
                  "wheel": "manylinux2014_x86_64.musllinux_1_1_x86_64", "bundle": "linux"},
    "linux-arm64": {"os": "linux", "cpu": "arm64", "target": "aarch64-unknown-linux-musl", "debian": "arm64",
                    "wheel": "manylinux2014_aarch64.musllinux_1_1_aarch64", "bundle": "linux"},
    "darwin-x64": {"os": "darwin", "cpu": "x64", "target": "x86_64-apple-darwin", "wheel": "macosx_11_0_x86_64", "bundle": "darwin"},
    "darwin-arm64": {"os": "darwin", "cpu": "arm64", "target": "aarch64-apple-darwin", "wheel": "macosx_11_0_arm64", "bundle": "darwin"},
    "win32-x64": {"os": "win32", "cpu": "x64", "target": "x86_64-pc-windows-msvc", "wheel": "win_amd64", "bundle": "win32"},
}


def cargo_package():
    """Version, description and licence, from Cargo.toml."""
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    packages = json.loads(subprocess.check_output(command, cwd=ROOT))["packages"]
    return next(package for package in packages if package["name"] == NAME)


class Release:
    """What all packages of one binary share."""

    def __init__(self, options):
        package = cargo_package()
        self.version = package["version"]
        self.description = package["description"]
        self.licence = package["license"]
        self.repository = options.repository.rstrip("/")
        self.platform = options.platform
        self.facts = PLATFORMS[options.platform]
        self.binary = options.binary.read_bytes()
        self.program = NAME + (".exe" if self.facts["os"] == "win32" else "")
        self.notices = options.notices.read_text()
        self.out = options.out
        self.quick = options.quick
        self.wheel_platform = options.wheel_platform or self.facts["wheel"]
        self.depends = options.depends
        self.runs = options.binary.resolve()

    @property
    def registry_name(self):
        """The name in the MCP registry: GitHub's owner is the namespace."""
        owner = self.repository.removeprefix("https://github.com/").split("/")[0].lower()
        return f"io.github.{owner}/{NAME}"

    def documents(self):
        """Licence and notices, which every package carries."""
        return {"LICENSE": (ROOT / "LICENSE").read_text(), "THIRD-PARTY-NOTICES.md": self.notices}


def debian(release):
    """A package of the program, its completions and its documents, without scripts of its own."""
    with tempfile.TemporaryDirectory() as made:
        root = pathlib.Path(made)
        root.chmod(0o755)
        place = lambda path: (root / path).parent.mkdir(parents=True, exist_ok=True) or root / path
        place(f"usr/bin/{NAME}").write_bytes(release.binary)
        (root / f"usr/bin/{NAME}").chmod(0o755)
        for shell, path in [
            ("bash", f"usr/share/bash-completion/completions/{NAME}"),
            ("zsh", f"usr/share/zsh/vendor-completions/_{NAME}"),
            ("fish", f"usr/share/fish/vendor_completions.d/{NAME}.fish"),
        ]:
            place(path).write_bytes(subprocess.check_output([release.runs, "completions", shell]))
        place(f"usr/share/doc/{NAME}/copyright").write_text(
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
            f"Upstream-Name: {NAME}\n\nFiles: *\nCopyright: its authors\nLicense: {release.licence}\n"
            " On Debian systems the text is in /usr/share/common-licenses/Apache-2.0. The licences of the libraries in the\n"
            " program are in THIRD-PARTY-NOTICES.md.gz beside this file.\n")
        with gzip.GzipFile(place(f"usr/share/doc/{NAME}/THIRD-PARTY-NOTICES.md.gz"), "wb", mtime=0) as notices:
            notices.write(release.notices.encode())
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
        depends = f"Depends: {release.depends}\n" if release.depends else ""
        place("DEBIAN/control").write_text(
            f"Package: {NAME}\nVersion: {release.version}\nArchitecture: {release.facts['debian']}\n"
            f"Maintainer: the authors of {NAME} <contacts-mcp@example.com>\n{depends}Recommends: ca-certificates\n"
            f"Installed-Size: {size}\nSection: net\nPriority: optional\nHomepage: {release.repository}\n"
            f"Description: MCP server for iMBRACE contacts\n {release.description}\n")
        for path in root.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        packed = release.out / f"{NAME}_{release.version}_{release.facts['debian']}.deb"
        compression = ["-Zgzip", "-z1"] if release.quick else ["-Zxz"]
        subprocess.check_call(["dpkg-deb", "--root-owner-group", *compression, "--build", root, packed],
                              stdout=subprocess.DEVNULL)
        return packed


def zipped(path, files, level):
    """A zip file of names, contents and modes, with the same bytes every time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            archive.writestr(entry, content, compresslevel=level)
    return path


def wheel(release):
    """A wheel whose only script is the binary itself: `uvx imbrace-contacts-mcp` starts it without Python in between."""
    stem = f"{NAME.replace('-', '_')}-{release.version}"
    tags = [f"py3-none-{platform}" for platform in release.wheel_platform.split(".")]
    info = f"{stem}.dist-info"
    readme = (ROOT / "packaging" / "README.md").read_text()
    files = [
        (f"{stem}.data/scripts/{release.program}", release.binary, 0o755),
        (f"{info}/METADATA",
         f"Metadata-Version: 2.4\nName: {NAME}\nVersion: {release.version}\nSummary: {release.description}\n"
         f"License-Expression: {release.licence}\nProject-URL: Source, {release.repository}\nRequires-Python: >=3.8\n"
         + "".join(f"License-File: {name}\n" for name in release.documents())
         + f"Description-Content-Type: text/markdown\n\n<!-- mcp-name: {release.registry_name} -->\n{readme}", 0o644),
        (f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: {NAME} packaging/build.py\nRoot-Is-Purelib: false\n"
         + "".join(f"Tag: {tag}\n" for tag in tags), 0o644),
        *((f"{info}/licenses/{name}", text, 0o644) for name, text in release.documents().items()),
    ]
    rows = []
    for name, content, _ in files:
        content = content if isinstance(content, bytes) else content.encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}\n")
    files.append((f"{info}/RECORD", "".join(rows) + f"{info}/RECORD,,\n", 0o644))
    return zipped(release.out / f"{stem}-py3-none-{release.wheel_platform}.whl", files, 1 if release.quick else 9)


def npm_tarball(path, files, level):
    """A tarball as `npm pack` makes it: everything below `package/`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content, mode in files:
            content = content if isinstance(content, bytes) else content.encode()
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(buffer.getvalue(), level, mtime=0))
    return path


def npm(release):
    """The package of this platform, which holds the binary, and the launcher, which depends on one of each platform."""
    level = 1 if release.quick else 9
    common = {"version": release.version, "description": release.description, "license": release.licence,
              "repository": {"type": "git", "url": f"git+{release.repository}.git"}}
    documents = [(name, text, 0o644) for name, text in release.documents().items()]
    platform = {"name": f"{NAME}-{release.platform}", **common, "os": [release.facts["os"]], "cpu": [release.facts["cpu"]],
                "preferUnplugged": True}
    launcher = {"name": NAME, **common, "mcpName": release.registry_name, "bin": {NAME: "launch.js"},
                "engines": {"node": ">=18"},
                "optionalDependencies": {f"{NAME}-{name}": release.version for name in PLATFORMS}}
    readme = ("README.md", (ROOT / "packaging" / "README.md").read_text(), 0o644)
    launch = ("launch.js", (ROOT / "packaging" / "npm" / "launch.js").read_text(), 0o755)
    packed = lambda name, manifest, files: npm_tarball(
        release.out / f"{name}-{release.version}.tgz",
        [("package.json", json.dumps(manifest, indent=2) + "\n", 0o644), readme, *documents, *files], level)
    return [packed(platform["name"], platform, [(release.program, release.binary, 0o755)]), packed(NAME, launcher, [launch])]


def bundle(release):
    """An MCP bundle, which Claude Desktop and others install by a click; they ask for the token and keep it."""
    tools = json.loads((ROOT / "tools.json").read_text())["tools"]
    manifest = {
        "manifest_version": "0.3",
        "name": NAME,
        "display_name": TITLE,
        "version": release.version,
        "description": release.description,
        "author": {"name": f"the authors of {NAME}"},
        "repository": {"type": "git", "url": f"{release.repository}.git"},
        "license": release.licence,
        "server": {
            "type": "binary",
            "entry_point": f"server/{release.program}",
            "mcp_config": {
                "command": "${__dirname}/server/" + release.program,
                "args": ["serve"],
                "env": {"IMBRACE_ENV": "${user_config.environment}", "IMBRACE_ACCESS_TOKEN": "${user_config.access_token}",
                        "IMBRACE_READ_ONLY": "${user_config.read_only}"},
            },
        },
        "tools": [{"name": tool["name"], "description": tool["description"].split("\n")[0]} for tool in tools],
        "user_config": {
            "environment": {"type": "string", "title": "Environment", "default": "product", "required": True,
                            "description": "product, demo, dev, sandbox, productv2, or local for made-up contacts"},
            "access_token": {"type": "string", "title": "Access token", "sensitive": True, "required": True,
                             "description": "An access token of the organisation (acc_…); anything for local"},
            "read_only": {"type": "boolean", "title": "Only tools that read", "default": True, "required": False,
                          "description": "Off: the assistant may correct contacts, after asking"},
        },
        "compatibility": {"platforms": [release.facts["bundle"]]},
    }
    files = [("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", 0o644),
             (f"server/{release.program}", release.binary, 0o755),
             *((name, text, 0o644) for name, text in release.documents().items())]
    return zipped(release.out / f"{NAME}-{release.version}-{release.platform}.mcpb", files, 1 if release.quick else 9)


def server_json(release, bundles):
    """The entry of the MCP registry, with the digest of every bundle that is there."""
    token = {"name": "IMBRACE_ACCESS_TOKEN", "description": "Access token of the organisation (acc_…)", "isRequired": True, "isSecret": True}
    environment = {"name": "IMBRACE_ENV", "description": "Which gateway; local is built in and needs no token", "default": "product"}
    start = {"transport": {"type": "stdio"}, "packageArguments": [{"type": "positional", "value": "serve"}],
             "environmentVariables": [environment, token]}
    packages = [{"registryType": kind, "identifier": NAME, "version": release.version, **start} for kind in ("npm", "pypi")]
    for path in bundles:
        packages.append({"registryType": "mcpb", "fileSha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                         "identifier": f"{release.repository}/releases/download/v{release.version}/{path.name}",
                         "version": release.version, "transport": {"type": "stdio"}})
    entry = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": release.registry_name,
        "title": TITLE,
        "description": "Find, read, correct and clean the contacts of an iMBRACE organisation",
        "repository": {"url": release.repository, "source": "github"},
        "version": release.version,
        "packages": packages,
    }
    path = release.out / "server.json"
    path.write_text(json.dumps(entry, indent=2, ensure_ascii=False) + "\n")
    return path


def formula(release, archives):
    """The Homebrew formula, with the digest of each archive; platforms without an archive are left out."""
    found = {}
    for name, facts in PLATFORMS.items():
        archive = archives / f"{NAME}-{facts['target']}.tar.gz"
        if archive.exists():
            found[name] = (archive.name, hashlib.sha256(archive.read_bytes()).hexdigest())
    blocks = []
    for system, word in (("darwin", "on_macos"), ("linux", "on_linux")):
        lines = [f"  {word} do\n"]
        for cpu, on in (("arm64", "on_arm"), ("x64", "on_intel")):
            if f"{system}-{cpu}" in found:
                name, digest = found[f"{system}-{cpu}"]
                lines.append(f"    {on} do\n      url \"{release.repository}/releases/download/v{release.version}/{name}\"\n"
                             f"      sha256 \"{digest}\"\n    end\n")
        if len(lines) > 1:
            blocks.append("".join(lines) + "  end\n")
    text = (ROOT / "packaging" / "homebrew.rb.in").read_text()
    for key, value in {"REPOSITORY": release.repository, "VERSION": release.version, "DESCRIPTION": "MCP server for iMBRACE contacts",
                       "LICENCE": release.licence, "ARCHIVES": "\n".join(blocks)}.items():
        text = text.replace(f"@{key}@", value)
    path = release.out / f"{NAME}.rb"
    path.write_text(text)
    return path


def archive(release):
    """What `cargo binstall` and Homebrew take: the program and its documents, named by the target."""
    stem = f"{NAME}-{release.facts['target']}"
    files = [(release.program, release.binary, 0o755), *((name, text, 0o644) for name, text in release.documents().items())]
    if release.facts["os"] == "win32":
        return zipped(release.out / f"{stem}.zip", files, 9)
    path = npm_tarball(release.out / f"{stem}.tar.gz", files, 1 if release.quick else 9)
    # The same writer, with a directory of its own.
    buffer = io.BytesIO()
    with tarfile.open(path) as packed, tarfile.open(fileobj=buffer, mode="w") as renamed:
        for entry in packed:
            content = packed.extractfile(entry)
            entry.name = entry.name.replace("package/", f"{stem}/", 1)
            renamed.addfile(entry, content)
    path.write_bytes(gzip.compress(buffer.getvalue(), 1 if release.quick else 9, mtime=0))
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--platform", choices=PLATFORMS, required=True)
    parser.add_argument("--notices", type=pathlib.Path, required=True, help="what packaging/notices.py wrote")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--repository", default=f"https://github.com/example/{NAME}")
    parser.add_argument("--wheel-platform", help="for a binary that is not static: linux_x86_64")
    parser.add_argument("--depends", default="", help="of the Debian package; a static binary has none")
    parser.add_argument("--quick", action="store_true", help="compress little")
    parser.add_argument("--only-descriptions", action="store_true", help="server.json and the formula, of the packages that are in --out")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    release = Release(options)
    made = []
    if not options.only_descriptions:
        made = [wheel(release), *npm(release), bundle(release), archive(release)]
        if "debian" in release.facts and shutil.which("dpkg-deb"):
            made.append(debian(release))
    made.append(server_json(release, sorted(options.out.glob("*.mcpb"))))
    made.append(formula(release, options.out))
    for path in made:
        print(f"{path.stat().st_size:>11,}  {path.name}")


if __name__ == "__main__":
    sys.exit(main())
