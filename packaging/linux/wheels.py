#!/usr/bin/env python3
"""Makes wheels that carry the library: the package of bindings/python, one library, and its licences.

    packaging/linux/wheels.py OUT [--licences FILE] LIBRARY...

Each library becomes one wheel: a .so of this machine's kind, or a tillmail.dll of 32 or 64 bits. Its platform tag is read
from the library itself, so pip refuses it where it would not load. A wheel is a zip with a list of its files (PEP 427), so
Python alone makes it: nothing is downloaded. The same input gives the same bytes.
"""

import argparse
import base64
import hashlib
import re
import struct
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "bindings" / "python"
# The machine types of the PE header that tills have.
WINDOWS = {0x14C: "win32", 0x8664: "win_amd64"}
# e_machine of ELF, and the name that pip knows.
LINUX = {3: "i686", 62: "x86_64", 183: "aarch64"}
# The oldest date a zip can hold.
TIME = (1980, 1, 1, 0, 0, 0)


def glibc(library: Path) -> "tuple[int, int]":
    """The newest version of glibc that a symbol of the library asks for."""
    said = subprocess.run(
        ["readelf", "--version-info", "--wide", library], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    versions = [(int(major), int(minor)) for major, minor in re.findall(r"Name: GLIBC_(\d+)\.(\d+)", said)]
    if not versions:
        sys.exit(f"{library}: no symbol of glibc, so no platform tag can be told")
    return max(versions)


def platform(library: Path) -> "tuple[str, str]":
    """The platform tag, and the name under which the package looks for the library."""
    head = library.read_bytes()[:4096]
    if head[:4] == b"\x7fELF":
        machine = LINUX.get(struct.unpack_from("<H", head, 18)[0])
        if machine:
            major, minor = glibc(library)
            return f"manylinux_{major}_{minor}_{machine}", "libtillmail.so"
    if head[:2] == b"MZ" and len(head) > 0x40:
        start = struct.unpack_from("<I", head, 0x3C)[0]
        if head[start : start + 4] == b"PE\0\0":
            system = WINDOWS.get(struct.unpack_from("<H", head, start + 4)[0])
            if system:
                return system, "tillmail.dll"
    sys.exit(f"{library} is neither a Linux library nor a Windows DLL for x86 or x64")


def metadata(project: "dict[str, Any]") -> str:
    """The METADATA of the wheel, from pyproject.toml."""
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License: {project['license']['text']}",
        *(f"Classifier: {text}" for text in project["classifiers"]),
        f"Requires-Python: {project['requires-python']}",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (PYTHON / "README.md").read_text(encoding="utf-8")


def contents(library: Path, licences: "list[Path]") -> "tuple[str, dict[str, bytes]]":
    """The name of the wheel, and its files but the last."""
    project = tomllib.loads((PYTHON / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tag, name = platform(library)
    stem = f"{project['name']}-{project['version']}"
    files = {f"tillmail/{path.name}": path.read_bytes() for path in sorted((PYTHON / "tillmail").glob("*.py"))}
    files["tillmail/py.typed"] = b""
    files[f"tillmail/{name}"] = library.read_bytes()
    for path in licences:
        files[f"{stem}.dist-info/licenses/{path.name}"] = path.read_bytes()
    files[f"{stem}.dist-info/METADATA"] = metadata(project).encode("utf-8")
    files[f"{stem}.dist-info/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: tillmail\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n".encode()
    )
    return f"{stem}-py3-none-{tag}.whl", files


def record(folder: str, files: "dict[str, bytes]") -> bytes:
    """The list of files with their digests; its own line has none."""
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return ("\n".join([*lines, f"{folder}/RECORD,,"]) + "\n").encode("utf-8")


def write(out: Path, library: Path, licences: "list[Path]") -> Path:
    name, files = contents(library, licences)
    folder = next(path for path in files if path.endswith("/WHEEL")).split("/")[0]
    files[f"{folder}/RECORD"] = record(folder, files)
    wheel = out / name
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if path.endswith((".so", ".dll")) else 0o100644) << 16
            archive.writestr(entry, content)
    return wheel


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes wheels that carry the library.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--licences", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("library", type=Path, nargs="+")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    licences = [ROOT / "LICENSE-APACHE", ROOT / "LICENSE-MIT", *given.licences]
    for library in given.library:
        print(write(given.out, library, licences))


if __name__ == "__main__":
    main()
