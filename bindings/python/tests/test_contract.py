"""tests/contract.json, through these bindings: its `about` says how it is read."""

import copy
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import pytest
from conftest import CONTRACT

from tillmail import Reply, TillMail, codes
from tillmail.library import CALLS

Case = Dict[str, Any]


def cases() -> List[Case]:
    table: List[Case] = json.loads(CONTRACT.read_text(encoding="utf-8"))["cases"]
    return table


def filled(value: Any, known: Dict[str, Any]) -> Any:
    """Puts in what is known: a text that is one name becomes the value, a name inside a text its words."""
    if isinstance(value, dict):
        return {name: filled(member, known) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(member, known) for member in value]
    if not isinstance(value, str):
        return value
    for name, word in known.items():
        if value == "{" + name + "}":
            return word
        value = value.replace("{" + name + "}", str(word))
    return value


def difference(wanted: Any, found: Any, path: str = "reply") -> Optional[str]:
    """Where the reply is not what is wanted; None where it is."""
    pairs: List[Any] = []
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in wanted:
            if name not in found:
                return f"{path}.{name} is missing"
        pairs = [(wanted[name], found[name], f"{path}.{name}") for name in wanted]
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = [(*pair, f"{path}[{at}]") for at, pair in enumerate(zip(wanted, found))]
    # In Python True is 1; in JSON it is not.
    elif type(wanted) is not type(found) or wanted != found:
        return f"{path}: {wanted!r} is wanted, {found!r} was found"
    return next(filter(None, (difference(*pair) for pair in pairs)), None)


def check(case: Case, answer: Reply, known: Dict[str, Any]) -> None:
    name = f"{case['name']}: {answer}"
    assert codes.NAMES[answer.code] == case["code"], name
    assert difference(filled(case.get("reply", {}), known), answer.body) is None, name
    for member in case.get("has", []):
        assert member in answer.body, f"{member} is missing: {name}"
    if "sentence" in case:
        assert answer.sentence == filled(case["sentence"], known), name
    else:
        assert (answer.sentence == "") == (answer.code == codes.MAIL_OK), name


def run(table: List[Case], folder: Path) -> None:
    known: Dict[str, Any] = {"folder": str(folder / "état"), "mails": str(folder / "mails envoyés")}
    library = TillMail()
    try:
        for case in table:
            request = filled(case["request"], known) if "request" in case else case.get("raw")
            answer = library.call(case["call"], request)
            check(case, answer, known)
            known.update({name: answer.body[member] for member, name in case.get("keep", {}).items()})
    finally:
        library.shutdown()


def test_the_bindings_keep_the_contract(tmp_path: Path) -> None:
    table = cases()
    assert {case["call"] for case in table} == set(CALLS)
    run(table, tmp_path)


def wrong_code(case: Case) -> None:
    case["code"] = "MAIL_E_BUG"


def wrong_member(case: Case) -> None:
    case["reply"]["error"]["field"] = "smtp.port"


def missing_member(case: Case) -> None:
    case["has"] = ["nobody"]


def wrong_accent(case: Case) -> None:
    case["sentence"] = case["sentence"].replace("-", "–").replace("é", "e") + " "


@pytest.mark.parametrize("change", [wrong_code, wrong_member, missing_member, wrong_accent])
def test_a_changed_case_is_noticed(change: Callable[[Case], None], tmp_path: Path) -> None:
    table = copy.deepcopy(cases()[:8])
    assert table[7]["code"] == "MAIL_E_UNKNOWN_FIELD"
    change(table[7])
    with pytest.raises(AssertionError, match="an unknown field is named"):
        run(table, tmp_path)


@pytest.mark.parametrize("wanted, found", [([1], [1, 2]), (True, 1), ({"a": None}, {}), ({"a": [{"b": 1}]}, {"a": [{"b": 2}]})])
def test_what_differs_is_named(wanted: Any, found: Any) -> None:
    assert difference(wanted, found) is not None
