#!/usr/bin/env python3
"""Prints the licences of every crate that a build for a target links in: `licences.py TARGET`.

The texts are those in the crates' own sources, which cargo has fetched; crates that ship none are named first,
with the licence they declare.
"""
import json
import pathlib
import subprocess
import sys

NAMES = ("LICENSE", "LICENCE", "COPYING", "UNLICENSE", "NOTICE", "COPYRIGHT")
# What is linked in and is no crate of Cargo.lock.
BESIDE = [
    "SQLite is in the public domain (https://sqlite.org/copyright.html).",
    "The Rust standard library is MIT OR Apache-2.0 (https://github.com/rust-lang/rust/blob/master/COPYRIGHT).",
    "MinGW-w64's runtime is ZPL-2.1 and in parts in the public domain; libgcc is GPL-3.0 with the GCC Runtime Library",
    "Exception 3.1, which lets programs of any licence link it.",
]


def metadata(target):
    command = ["cargo", "metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def linked(document):
    """The packages that the root needs when it runs, without it."""
    nodes = {node["id"]: node for node in document["resolve"]["nodes"]}
    root = document["resolve"]["root"]
    found, open_ids = set(), [root]
    while open_ids:
        for dependency in nodes[open_ids.pop()]["deps"]:
            runs = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if runs and dependency["pkg"] not in found:
                found.add(dependency["pkg"])
                open_ids.append(dependency["pkg"])
    packages = [package for package in document["packages"] if package["id"] in found]
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name.upper().startswith(NAMES)]
    if package["license_file"] and folder / package["license_file"] not in files:
        files.append(folder / package["license_file"])
    return [path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip() for path in files]


def main():
    packages = linked(metadata(sys.argv[1]))
    users, missing = {}, []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        found = texts(package)
        if not found:
            missing.append(f"    {name}: {package['license']}, {package['repository'] or 'no address'}")
        for text in found:
            users.setdefault(text, []).append(name)
    print("Licences of what is inside tillmail", *BESIDE, "", sep="\n")
    for package in packages:
        print(f"    {package['name']} {package['version']}: {package['license'] or package['license_file']}")
    print("\nThese crates' sources hold no text of their licence:", *(missing or ["    none"]), sep="\n")
    for text, names in users.items():
        print("\n" + "=" * 78, ", ".join(names), "-" * 78, text, sep="\n")


main()
