"""The lines of README.md work as they stand, but for the folder and the server."""

import re
from pathlib import Path

import pytest
from conftest import ROOT

from tillmail import TillMail


def test_the_lines_of_the_readme_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "bindings/python/README.md").read_text(encoding="utf-8")
    program = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[0]
    for given, ours in (("/var/lib/till/mail", str(tmp_path)), ("mail.example.com", "127.0.0.1:9")):
        assert program.count(given) == 1, given
        program = program.replace(given, ours)
    exec(compile(program, "README.md", "exec"), {})
    assert capsys.readouterr().out == ""
    with TillMail({"folder": str(tmp_path)}) as mail:
        assert [sent["number"] for sent in mail.journal()["mails"]] == ["T-1042"]
