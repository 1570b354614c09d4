"""Nothing in the package needs a Python after 3.8; mypy --python-version 3.8 looks at what it imports."""

import ast
from pathlib import Path

import pytest
from conftest import ROOT

import tillmail


@pytest.mark.parametrize("source", [*sorted(Path(tillmail.__file__).parent.glob("*.py")), ROOT / "examples/till.py"], ids=str)
def test_python_3_8_reads_it(source: Path) -> None:
    ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_newer_syntax_would_be_noticed() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("match 1:\n    case _: pass", feature_version=(3, 8))
