"""Reads a mail with Python's email package and tells what is wrong with it: python3 mail.py MAIL.eml.

The parser is not ours, nor the one of the other tests. Prints one fault a line, and the readable parts as JSON in the
last one.
"""

import json
import re
import sys
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from typing import Dict, Iterator, List, Optional, Set, Tuple

#: Attributes whose value a mail program would fetch. A link (`a href`) is fetched by a person only.
FETCHED = {"src", "srcset", "background", "poster", "data", "action", "formaction", "longdesc", "lowsrc", "dynsrc"}
#: Elements that have no place in a mail.
FORBIDDEN = {"script", "iframe", "object", "embed", "form", "link", "base", "video", "audio", "svg"}


class Page(HTMLParser):
    """Collects what a mail program would fetch."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: List[str] = []
        self.cids: Set[str] = set()
        self.language: Optional[str] = None

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        names = dict(attrs)
        if tag == "html":
            self.language = names.get("lang")
        if tag in FORBIDDEN:
            self.faults.append(f"<{tag}> in the HTML")
        if tag == "img" and names.get("alt") is None:
            self.faults.append(f"a picture without alt: {names.get('src')}")
        for name, value in attrs:
            self.attribute(tag, name, value or "")

    def attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self.faults.append(f"<{tag} {name}> would run")
        if name in FETCHED:
            if value.startswith("cid:"):
                self.cids.add(value[4:])
            else:
                self.faults.append(f"<{tag} {name}=\"{value[:60]}\"> would be fetched")
        if name == "href" and not re.match("(https?|mailto|tel):", value):
            self.faults.append(f"a link to {value[:60]}")
        if name == "style":
            self.style(value)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.style(data)

    def style(self, css: str) -> None:
        for word in ("url(", "@import", "expression("):
            if word in css.lower():
                self.faults.append(f"{word} in a style")


def parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    for part in mail.walk():
        assert isinstance(part, EmailMessage)
        yield part


def faults(mail: EmailMessage) -> Iterator[str]:
    for part in parts(mail):
        for defect in part.defects:
            yield f"{part.get_content_type()}: {defect!r}"
        for name, value in part.items():
            for defect in getattr(value, "defects", ()):
                yield f"{name}: {defect!r}"
        if not part.is_multipart() and part.get_content() is None:
            yield f"{part.get_content_type()}: no content"
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        if len(mail.get_all(name, [])) != 1:
            yield f"{name} is not there once"
    yield from html_faults(mail)


def html_faults(mail: EmailMessage) -> Iterator[str]:
    carried: Dict[str, EmailMessage] = {
        part["Content-ID"].strip("<> "): part for part in parts(mail) if part["Content-ID"]
    }
    page = mail.get_body(("html",))
    shown: Set[str] = set()
    if isinstance(page, EmailMessage):
        reader = Page()
        reader.feed(page.get_content())
        reader.close()
        yield from reader.faults
        shown = reader.cids
        if not reader.language:
            yield "the HTML says no language"
    for cid in shown ^ set(carried):
        yield f"the picture {cid} is {'not carried' if cid in shown else 'not shown'}"
    for cid, part in carried.items():
        if part.get_content_maintype() != "image" or not part.get_filename():
            yield f"{cid}: {part.get_content_type()}, named {part.get_filename()}"


def main() -> None:
    with open(sys.argv[1], "rb") as file:
        mail = BytesParser(policy=policy.default).parse(file)
    assert isinstance(mail, EmailMessage)
    for fault in faults(mail):
        print(fault)
    found = {}
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        found[kind] = body.get_content() if isinstance(body, EmailMessage) else None
    found["subject"] = str(mail["Subject"])
    found["attachments"] = [part.get_filename() for part in parts(mail) if part.is_attachment()]
    print(json.dumps(found))


main()
