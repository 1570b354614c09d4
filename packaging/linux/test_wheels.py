"""A wheel's tag is that of the library inside, its list of files is right, and the same input gives the same bytes."""

import base64
import hashlib
import struct
import zipfile
from pathlib import Path

import pytest
import wheels

# The headers of the two DLLs, as far as Windows' loader and pip look: "MZ", where "PE" stands, the machine.
def dll(machine: int) -> bytes:
    return b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80) + b"\0" * 0x40 + b"PE\0\0" + struct.pack("<H", machine)


@pytest.mark.parametrize("machine, tag", [(0x14C, "win32"), (0x8664, "win_amd64")])
def test_a_dll_makes_a_wheel_for_its_windows(machine: int, tag: str, tmp_path: Path) -> None:
    library, licence = tmp_path / "tillmail.dll", tmp_path / "THIRD-PARTY.txt"
    library.write_bytes(dll(machine))
    licence.write_text("their licences")
    wheel = wheels.write(tmp_path, library, [licence])
    assert wheel.name == f"tillmail-0.1.0-py3-none-{tag}.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("tillmail/tillmail.dll") == dll(machine)
        assert "tillmail/libtillmail.so" not in archive.namelist()
        folder = "tillmail-0.1.0.dist-info"
        assert f"Tag: py3-none-{tag}\n".encode() in archive.read(f"{folder}/WHEEL")
        assert archive.read(f"{folder}/licenses/THIRD-PARTY.txt") == b"their licences"
        lines = [line.rsplit(",", 2) for line in archive.read(f"{folder}/RECORD").decode().splitlines()]
        assert [line[0] for line in lines] == archive.namelist()
        for name, digest, size in lines[:-1]:
            content = archive.read(name)
            wanted = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={wanted}", str(len(content)))
    bytes_before = wheel.read_bytes()
    assert wheels.write(tmp_path, library, [licence]).read_bytes() == bytes_before


@pytest.mark.parametrize("content", [b"", b"MZ", b"\x7fELF" + b"\0" * 60, dll(0x1C0), b"texte" * 50])
def test_anything_else_is_refused(content: bytes, tmp_path: Path) -> None:
    library = tmp_path / "tillmail.dll"
    library.write_bytes(content)
    with pytest.raises(SystemExit, match="tillmail.dll"):
        wheels.platform(library)


def test_the_newest_symbol_decides() -> None:
    assert (2, 4) < wheels.glibc(Path("/lib/x86_64-linux-gnu/libm.so.6")) < (2, 99)
