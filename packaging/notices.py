#!/usr/bin/env python3
"""Notices for the code and data of others in the program: packaging/notices.py > THIRD-PARTY-NOTICES.md

Every crate that is linked on any platform, with the licence that it is used under and the texts that it ships. Ends with an error
when a crate has neither a text nor a licence whose text another crate has.
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = "imbrace-contacts-mcp"
NAMES = ("license", "licence", "copying", "notice", "copyright", "unlicense")

DATA = """## Data

- Numbering plans of all countries: the metadata of libphonenumber (Apache-2.0, The Libphonenumber Authors), by way of `rlibphonenumber`.
- Character classes, normal forms and widths: the Unicode Character Database (Unicode-3.0, Unicode, Inc.), by way of `unicode-normalization`,
  `unicode-width` and others below.
- Readings of kanji in names: made from japanese-personal-name-dataset (MIT, (c) 2022 shuheilocale); the text of that licence stands below.
- Certificate authorities are those of the system; the program has none of its own.
- Made-up people, their names and texts: of this project.
"""


def linked():
    """The crates behind normal dependencies, with all features, on every platform."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    metadata = json.loads(subprocess.check_output(command, cwd=ROOT))
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    todo = [id for id, package in packages.items() if package["name"] == PACKAGE and id in metadata["workspace_members"]]
    seen = set(todo)
    while todo:
        for dependency in nodes[todo.pop()]["deps"]:
            is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_linked and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                todo.append(dependency["pkg"])
    others = [packages[id] for id in seen if id not in metadata["workspace_members"]]
    return sorted(others, key=lambda package: (package["name"], package["version"]))


def texts_of(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [path for path in folder.iterdir() if path.is_file() and path.name.lower().startswith(NAMES)]
    named = package.get("license_file")
    if named and (folder / named) not in files:
        files.append(folder / named)
    return sorted({path.read_text(errors="replace").replace("\r\n", "\n").strip() for path in files})


def main():
    crates = linked()
    texts, without = {}, []
    for package in crates:
        found = texts_of(package)
        if not found:
            without.append(package)
        for text in found:
            texts.setdefault(text, []).append(f"{package['name']} {package['version']}")
    print(f"# Third-party notices\n\nThe program links {len(crates)} crates of others. Their licences, and their texts as they ship them, follow.\n")
    print(DATA)
    print("## Crates\n\n| crate | licence | source |\n|---|---|---|")
    for package in crates:
        licence = package["license"] or f"see {package['license_file']}"
        print(f"| {package['name']} {package['version']} | {licence} | {package['repository'] or ''} |")
    if without:
        names = ", ".join(f"`{package['name']}`" for package in without)
        print(f"\nWithout a text of their own in what they publish: {names}. The texts of their licences stand below, of other crates.")
    print("\n## Texts")
    for text, names in sorted(texts.items(), key=lambda item: item[1]):
        print(f"\n### {', '.join(names)}\n\n```text\n{text}\n```")
    unnamed = [package["name"] for package in crates if not package["license"] and not package["license_file"]]
    if unnamed:
        sys.exit(f"no licence is named by {unnamed}")


if __name__ == "__main__":
    main()
