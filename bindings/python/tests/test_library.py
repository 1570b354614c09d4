"""Where the library is looked for, and what is said where it is not found or too old."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Optional

import pytest
from conftest import HEADER

import tillmail

LOADS = """
from tillmail import TillMail, TillMailLibraryError
try:
    print("version", TillMail().version)
except TillMailLibraryError as error:
    print("said", error)
"""


def loads(variable: Optional[str], more: Optional[Dict[str, str]] = None) -> str:
    """What a process of its own says that loads the library."""
    environment = {name: value for name, value in os.environ.items() if name != "TILLMAIL_LIBRARY"}
    environment.update({"PYTHONIOENCODING": "utf-8"}, **(more or {}))
    if variable is not None:
        environment["TILLMAIL_LIBRARY"] = variable
    command = [sys.executable, "-c", LOADS]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=120, check=True).stdout.decode("utf-8")


def compiled(folder: Path, text: str) -> str:
    source, library = folder / "old.c", folder / "libold.so"
    source.write_text(text)
    subprocess.run(["gcc", "-shared", "-fPIC", f"-I{HEADER.parent}", str(source), "-o", str(library)], check=True, timeout=120)
    return str(library)


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = loads(str(tmp_path / "absente.so"))
    assert said.startswith("said la bibliothèque") and "absente.so" in said and "does not load" in said


def test_a_file_that_is_no_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "texte.so").write_text("pas une bibliothèque")
    assert "texte.so ne se charge pas" in loads(str(tmp_path / "texte.so"))


def test_a_foreign_library_is_named(tmp_path: Path) -> None:
    said = loads(compiled(tmp_path, "int other(void) { return 1; }"))
    assert "n'est pas la bibliothèque tillmail" in said and "is not the tillmail library" in said


def test_an_older_interface_is_refused_before_anything_else(tmp_path: Path) -> None:
    said = loads(compiled(tmp_path, "int mail_abi_version(void) { return 0; }"))
    assert "trop ancienne (interface 0, il faut 1)" in said and "is too old (interface 0, 1 is needed)" in said


def test_a_newer_interface_is_welcome(tmp_path: Path) -> None:
    calls = "".join(f"int {name}(const char *q, char **r) {{ return 0; }}\n" for name in tillmail.library.CALLS)
    rest = 'void mail_free(char *t) {}\nconst char *mail_version(void) { return "9.8.7"; }\n'
    last = 'const char *mail_last_error(void) { return ""; }\nint mail_abi_version(void) { return 7; }\n'
    assert loads(compiled(tmp_path, calls + rest + last)) == "version 9.8.7\n"


def beside() -> Path:
    return Path(tillmail.__file__).parent / "libtillmail.so"


def test_the_system_is_asked_last(tmp_path: Path) -> None:
    if beside().exists():
        # A wheel: its own library is found without anybody's help.
        assert loads(None).startswith("version ")
        return
    assert "libtillmail.so.1 ne se charge pas" in loads(None)
    os.symlink(os.environ["TILLMAIL_LIBRARY"], tmp_path / "libtillmail.so.1")
    assert loads(None, {"LD_LIBRARY_PATH": str(tmp_path)}).startswith("version ")


@pytest.mark.parametrize("relative", [True, False])
def test_a_path_given_in_the_call_wins(relative: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.environ.get("TILLMAIL_LIBRARY") or str(beside())
    os.symlink(real, tmp_path / "la mienne.so")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TILLMAIL_LIBRARY", "/nowhere/at/all.so")
    path = Path("la mienne.so") if relative else tmp_path / "la mienne.so"
    assert tillmail.TillMail(library=path).version
    with pytest.raises(tillmail.TillMailLibraryError):
        tillmail.TillMail()
