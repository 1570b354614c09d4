#!/usr/bin/env python3
"""Makes docs/gallery/: every example receipt as a phone and a desktop show its mail, in light and in dark.

Each receipt goes through `tillmail preview`, and the HTML part into a headless Chromium. The index is written anew, and
pictures of examples that are gone are removed.
"""

import argparse
import hashlib
import html
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "bindings/python"), str(Path(__file__).resolve().parent)]

from browser import LONG, Browser, BrowserError, View  # noqa: E402
from tillmail import TillMail, TillMailError, TillMailLibraryError  # noqa: E402

#: A phone's pixels are small: at one for one nobody could judge the letters.
VIEWS = [
    View(360, "light", 1.5, True), View(360, "dark", 1.5, True),
    View(800, "light", 1, False), View(800, "dark", 1, False),
]
#: What a till may give, and how the index calls it.
SOURCES = {"sale": "the sale", "escpos": "the printer's bytes", "text": "the printed text", "html": "HTML"}


class Trouble(Exception):
    """Something that the person at the terminal can mend."""


class Example(NamedTuple):
    """One receipt and what is known about it."""

    name: str
    path: Path
    receipt: Dict[str, Any]
    subject: str
    preview: Dict[str, Any]


def main() -> int:
    arguments = parsed()
    try:
        with tempfile.TemporaryDirectory(prefix="tillmail-gallery-") as scratch:
            made(arguments, Path(scratch))
    except (Trouble, BrowserError, TillMailError, TillMailLibraryError) as trouble:
        print(f"gallery: {trouble}", file=sys.stderr)
        return 1
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog="make gallery builds what it needs.")
    only = "only these examples, such as receipt, and no index; default: all"
    parser.add_argument("names", nargs="*", metavar="NAME", help=only)
    parser.add_argument("--command", default=ROOT / "target/release/tillmail", type=Path, help="the command tillmail")
    parser.add_argument("--library", default=ROOT / "target/release/libtillmail.so", type=Path, help="the library")
    parser.add_argument("--out", default=ROOT / "docs/gallery", type=Path, help="where the pictures go")
    parser.add_argument("--chromium", default="chromium", help="the browser")
    return parser.parse_args()


def made(arguments: argparse.Namespace, scratch: Path) -> None:
    for program in (arguments.chromium, "pngquant"):
        if shutil.which(program) is None:
            raise Trouble(f"{program} is missing: run packaging/gallery/setup.sh")
    paths = example_paths()
    if unknown := set(arguments.names) - set(paths):
        raise Trouble(f"no such example: {', '.join(sorted(unknown))}; there are {', '.join(paths)}")
    state = scratch / "state"
    set_up(arguments.library, state)
    examples = [previewed(arguments.command, state, scratch, name, path) for name, path in paths.items()]
    arguments.out.mkdir(parents=True, exist_ok=True)
    wanted = [example for example in examples if not arguments.names or example.name in arguments.names]
    with Browser(arguments.chromium, scratch / "profile") as browser:
        for number, example in enumerate(wanted, 1):
            sizes = [draw(browser, scratch, example, view, arguments.out) for view in VIEWS]
            print(f"{number:>3}/{len(wanted)} {example.name:<24} {sum(sizes) // 1024:>5} KiB", flush=True)
    tidied(arguments.out, paths)
    if not arguments.names:
        # Of some only, it would say of the others' old pictures that they show today's mails.
        (arguments.out / "README.md").write_text(index(examples, arguments.out), encoding="utf-8")
    size = sum(path.stat().st_size for path in arguments.out.iterdir())
    print(f"{arguments.out}: {len(paths)} examples, {size // 1024} KiB")


def example_paths() -> Dict[str, Path]:
    """The examples by their names, in the order of the index."""
    paths = [ROOT / "examples/receipt.json", *sorted((ROOT / "examples/receipts").glob("*.json"))]
    return {path.stem: path for path in paths}


def set_up(library: Path, state: Path) -> None:
    """A state folder with the shops of the examples."""
    shops = json.loads((ROOT / "examples/shops.json").read_text(encoding="utf-8"))
    with TillMail({"folder": str(state)}, library=library) as mail:
        mail.configure(shops)


def previewed(command: Path, state: Path, scratch: Path, name: str, path: Path) -> Example:
    run = [str(command), "preview", str(path), "--folder", str(state), "--lang", "en"]
    tillmail(path, [*run, "--out", str(scratch / name)])
    if not (scratch / name / "mail.html").exists():
        raise Trouble(f"{path}: its mail has no HTML part")
    preview = json.loads(tillmail(path, [*run, "--json"]))
    receipt = json.loads(path.read_text(encoding="utf-8"))
    return Example(name, path, receipt, preview["subject"], preview)


def tillmail(path: Path, command: List[str]) -> str:
    try:
        ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except OSError as error:
        raise Trouble(f"{command[0]}: {error.strerror}: run make release") from error
    if ran.returncode:
        raise Trouble(f"{path}: {(ran.stderr or ran.stdout).strip()}")
    return ran.stdout


def picture_name(name: str, view: View) -> str:
    return f"{name}-{view.width}-{view.theme}.png"


def draw(browser: Browser, scratch: Path, example: Example, view: View, out: Path) -> int:
    """Writes one picture and gives its size."""
    png = browser.picture(scratch / example.name / "mail.html", view)
    # Text on one colour needs few colours; the file is a third of what it was. Many lines need the room of them.
    colours = "8" if ratio(png) > LONG else "32"
    command = ["pngquant", "--speed", "1", "--nofs", "--strip", colours, "-"]
    small = subprocess.run(command, input=png, capture_output=True, check=False)
    if small.returncode:
        raise Trouble(f"pngquant: {small.stderr.decode(errors='replace').strip()}")
    (out / picture_name(example.name, view)).write_bytes(small.stdout)
    return len(small.stdout)


def tidied(out: Path, paths: Dict[str, Path]) -> None:
    known = {picture_name(name, view) for name in paths for view in VIEWS}
    for path in out.glob("*.png"):
        if path.name not in known:
            path.unlink()
            print(f"    {path.name} is of no example any more: removed")


def index(examples: List[Example], out: Path) -> str:
    names = {view: f"{view.width} px, {view.theme}" for view in VIEWS}
    lines = [
        "# The example receipts, as customers see them", "",
        "Made by `make gallery` from the files of `examples/`: do not edit. Each receipt went through `tillmail preview` "
        "and its HTML part into Chromium, on a phone (360 px) and on a desktop (800 px), in light and in dark. A click "
        "shows a picture in its full size.", "",
        "| example | what the till gives | subject of the mail | size |", "|---|---|---|---|",
    ]
    for example in examples:
        lines.append(f"| [{example.name}](#{example.name}) | {given(example)} | {cell(example.subject)} | "
                     f"{example.preview['size'] / 1024:.0f} KiB |")
    for example in examples:
        shown = [picture(example.name, view) for view in VIEWS]
        table = ["| " + " | ".join(names.values()) + " |", "|---|---|---|---|", "| " + " | ".join(shown) + " |"]
        if ratio((out / picture_name(example.name, VIEWS[0])).read_bytes()) > LONG:
            table = ["<details><summary>Long: click to unfold</summary>", "", *table, "", "</details>"]
        file = os.path.relpath(example.path, ROOT)
        lines += ["", f"## {example.name}", "", f"[`{file}`](../../{file}){carried(example)}", "", *table, "",
                  f"<!-- {example.name} shows {fingerprint(example)} -->"]
    return "\n".join(lines) + "\n"


def fingerprint(example: Example) -> str:
    """What the pictures were drawn from: a test compares it with what the library makes today."""
    shown = hashlib.sha256(example.preview["html"].encode())
    for one in example.preview["pictures"]:
        shown.update(f"\0{one['cid']}\0{one['base64']}".encode())
    return shown.hexdigest()


def given(example: Example) -> str:
    sources = [words for field, words in SOURCES.items() if example.receipt.get(field)]
    return f"{example.receipt.get('type', 'ticket')}: {' and '.join(sources)}"


def carried(example: Example) -> str:
    """Pictures and files that the mail carries."""
    pictures = [one["cid"] for one in example.preview["pictures"]]
    files = [one["name"] for one in example.preview["attachments"]]
    parts = [f"{what} {', '.join(names)}" for what, names in (("with", pictures), ("attached:", files)) if names]
    return "".join(f"; {cell(part)}" for part in parts)


def cell(text: str) -> str:
    """A text that neither Markdown nor HTML reads as its own."""
    signs = {"|": "&#124;", "*": "&#42;", "_": "&#95;", "`": "&#96;", "[": "&#91;"}
    return "".join(signs.get(sign, sign) for sign in html.escape(text, quote=False))


def picture(name: str, view: View) -> str:
    file = picture_name(name, view)
    width = 160 if view.mobile else 300
    return f'<a href="{file}"><img src="{file}" width="{width}" alt="{name}, {view.width} px, {view.theme}"></a>'


def ratio(png: bytes) -> float:
    """Height by width, as the header of a PNG has them."""
    width, height = struct.unpack(">II", png[16:24])
    return float(height / width)


if __name__ == "__main__":
    sys.exit(main())
