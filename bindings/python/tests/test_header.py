"""The constants and calls are those of include/tillmail.h."""

import re

from conftest import HEADER

from tillmail import TillMail, codes
from tillmail.library import CALLS


def header() -> str:
    return HEADER.read_text(encoding="utf-8")


def test_the_codes_are_those_of_the_header() -> None:
    found = dict(re.findall(r"^#define (MAIL_\w+) (\d+)$", header(), re.MULTILINE))
    assert len(found) > 40
    ours = {name: str(value) for name, value in vars(codes).items() if name.startswith("MAIL_")}
    assert ours == found
    assert {name: str(number) for number, name in codes.NAMES.items()} == found


def test_the_interface_is_that_of_the_header() -> None:
    assert f"#define TILLMAIL_ABI_VERSION {codes.TILLMAIL_ABI_VERSION}\n" in header()


def test_every_call_of_the_header_has_a_method() -> None:
    found = re.findall(r"mail_code (mail_\w+)\(const char \*request,\s*char \*\*reply\);", header())
    assert found == list(CALLS)
    for call in found:
        assert getattr(TillMail, call[len("mail_") :]).__doc__, call
