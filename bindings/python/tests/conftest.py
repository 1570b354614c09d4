"""What the tests share. The library under test is what `tillmail` finds: TILLMAIL_LIBRARY, or the wheel's own."""

import os
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from tillmail import TillMail

#: The project's root; the tests of an installed wheel run from another folder.
ROOT = Path(os.environ.get("TILLMAIL_ROOT", Path(__file__).resolve().parents[3]))
HEADER = ROOT / "include" / "tillmail.h"
CONTRACT = ROOT / "tests" / "contract.json"

SETTINGS: Dict[str, Any] = {"language": "fr", "sender": {"address": "boutique@example.fr", "name": "Café de l'Été"}}


def receipt(number: str) -> Dict[str, Any]:
    """A small receipt with accents."""
    return {
        "number": number,
        "date": "2026-11-22T18:30:00+01:00",
        "to": "client@example.fr",
        "text": "CAFÉ DE L'ÉTÉ\nTOTAL  6,50 €",
    }


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TillMail]:
    """An open library on a folder of its own, which writes mails into another folder."""
    opening = {"folder": str(tmp_path / "état"), "language": "fr"}
    with TillMail(opening) as library:
        library.configure({**SETTINGS, "folder": {"path": str(tmp_path / "mails envoyés")}})
        yield library
