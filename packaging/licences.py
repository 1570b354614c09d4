#!/usr/bin/env python3
"""Collects the licence texts of everything that is linked into the library, for the packages.

    packaging/licences.py TARGET [--libraries]      such as x86_64-unknown-linux-gnu; --libraries: without the command's crates

Prints one text: a table of crates with version and licence, then each licence text once with the crates that carry it.
The texts are the crates' own files, as cargo has them on this machine. Crates that ship none are named at the end of the
table, under the licence they declare. Ends with 1 where a crate declares nothing at all.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List

ROOT = Path(__file__).resolve().parents[1]
FILES = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$", re.IGNORECASE)

BESIDES = """Besides these crates:
  SQLite (inside libsqlite3-sys): its authors have dedicated it to the public domain.
  DejaVu Sans Mono (the font of the PDF, a subset): the Bitstream Vera licence; see its text below.
  Rust's standard library: MIT OR Apache-2.0, copyright The Rust Project Developers; see the texts of both below.
"""

BESIDES_ON_WINDOWS = """
  MinGW-w64's runtime: ZPL-2.1, in parts in the public domain.
  libgcc: GPL-3.0 with the GCC Runtime Library Exception 3.1, which lets programs of any licence link it.
"""


def metadata(target: str, libraries: bool) -> Dict[str, Any]:
    command = ["cargo", "metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", target]
    if libraries:
        command += ["--no-default-features", "--features", "pdf"]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=120).stdout
    answer: Dict[str, Any] = json.loads(said)
    return answer


def linked(answer: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The packages below ours, but those that only build or test it."""
    nodes = {node["id"]: node for node in answer["resolve"]["nodes"]}
    packages = {package["id"]: package for package in answer["packages"]}
    root = answer["resolve"]["root"]
    seen, waiting = {root}, [root]
    while waiting:
        for below in nodes[waiting.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in below["dep_kinds"])
            if normal and below["pkg"] not in seen:
                seen.add(below["pkg"])
                waiting.append(below["pkg"])
    seen.discard(root)
    return sorted((packages[name] for name in seen), key=lambda package: (package["name"], package["version"]))


def texts(package: Dict[str, Any]) -> List[str]:
    """The licence files of one crate, beside its Cargo.toml and one folder below."""
    folder = Path(package["manifest_path"]).parent
    found = [path for path in sorted(folder.iterdir()) if path.is_file() and FILES.match(path.name)]
    below = (path for name in ("LICENSES", "licenses") if (folder / name).is_dir() for path in sorted((folder / name).iterdir()))
    found += [path for path in below if path.is_file()]
    named = package.get("license_file")
    if named and (folder / named) not in found and (folder / named).is_file():
        found.append(folder / named)
    return [re.sub(r"[ \t]+$", "", path.read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE).strip() for path in found]


def table(packages: Iterable[Dict[str, Any]], without: List[str], windows: bool) -> str:
    lines = ["Third-party software inside tillmail, and its licences", ""]
    lines += [f"{package['name']} {package['version']}: {package.get('license') or 'see its text'}" for package in packages]
    lines += ["", BESIDES.rstrip()]
    if windows:
        lines += [BESIDES_ON_WINDOWS.strip("\n")]
    if without:
        lines += ["", "These crates ship no licence text; the licence they declare, above, is among the texts below:"]
        lines += [f"  {name}" for name in without]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Collects the licence texts of all crates that are linked in.")
    parser.add_argument("target")
    parser.add_argument("--libraries", action="store_true", help="without the crates of the command")
    given = parser.parse_args()
    packages = linked(metadata(given.target, given.libraries))
    nameless = [package["name"] for package in packages if not package.get("license") and not package.get("license_file")]
    if nameless:
        sys.exit(f"these crates declare no licence: {', '.join(nameless)}")
    carriers: Dict[str, List[str]] = {}
    without = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        found = texts(package)
        for text in found:
            carriers.setdefault(text, []).append(name)
        if not found:
            without.append(name)
    parts = [table(packages, without, "windows" in given.target)]
    parts += [f"{', '.join(names)}:\n\n{text}" for text, names in carriers.items()]
    font = (ROOT / "src/pdf/font/LICENSE").read_text(encoding="utf-8").strip()
    parts.append(f"DejaVu Sans Mono:\n\n{font}")
    text = ("\n\n" + "=" * 80 + "\n\n").join(parts) + "\n"
    # Names have accents, whatever the locale.
    sys.stdout.buffer.write(text.encode("utf-8"))


if __name__ == "__main__":
    main()
