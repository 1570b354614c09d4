"""Finds the library and declares its functions. C declarations stand above their twins."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, Union

from .codes import TILLMAIL_ABI_VERSION

_BESIDE = "tillmail.dll" if sys.platform == "win32" else "libtillmail.so"
# The number is that of the interface: other files of this name can be called in the same way.
_OF_THE_SYSTEM = "tillmail.dll" if sys.platform == "win32" else "libtillmail.so.1"

# mail_code mail_init(const char *request, char **reply), and so on
CALLS = (
    "mail_init",
    "mail_configure",
    "mail_settings",
    "mail_presets",
    "mail_verify",
    "mail_save_and_test",
    "mail_sign_in",
    "mail_send_receipt",
    "mail_preview",
    "mail_send_message",
    "mail_wait",
    "mail_journal",
    "mail_health",
    "mail_retry",
    "mail_cancel",
    "mail_resend",
    "mail_erase",
    "mail_shutdown",
)


#: Where a library is: a path, or None for the usual places.
Place = Union[None, str, "os.PathLike[str]"]


class TillMailLibraryError(Exception):
    """The library is not there, cannot be loaded, or is older than these bindings. In French, then in English."""


def load(path: Place = None) -> Any:
    """Loads the library: the path given, else TILLMAIL_LIBRARY, else beside this package, else as the system finds it."""
    found = _chosen(path)
    try:
        library = ctypes.CDLL(found)
    except OSError as error:
        raise TillMailLibraryError(
            f"la bibliothèque {found} ne se charge pas : réinstallez tillmail, ou donnez son chemin dans "
            f"TILLMAIL_LIBRARY. / the library {found} does not load: install tillmail again, or give its path in "
            f"TILLMAIL_LIBRARY. ({error})"
        ) from error
    try:
        # int32_t mail_abi_version(void);
        library.mail_abi_version.argtypes = []
        library.mail_abi_version.restype = ctypes.c_int32
        _check(found, library.mail_abi_version())
        _declare(library)
    except AttributeError as error:
        raise TillMailLibraryError(
            f"{found} n'est pas la bibliothèque tillmail : vérifiez le chemin. / "
            f"{found} is not the tillmail library: check the path. ({error})"
        ) from error
    return library


def _chosen(path: Place) -> str:
    named = path or os.environ.get("TILLMAIL_LIBRARY")
    if named:
        # With a folder in front, the loader takes this file and looks nowhere else.
        return os.path.abspath(os.fspath(named))
    beside = Path(__file__).resolve().parent / _BESIDE
    return str(beside) if beside.exists() else _OF_THE_SYSTEM


def _check(found: str, version: int) -> None:
    if version < TILLMAIL_ABI_VERSION:
        raise TillMailLibraryError(
            f"{found} est trop ancienne (interface {version}, il faut {TILLMAIL_ABI_VERSION}) : installez la version "
            f"actuelle. / {found} is too old (interface {version}, {TILLMAIL_ABI_VERSION} is needed): install the "
            "current one."
        )


def _declare(library: Any) -> None:
    for name in CALLS:
        # mail_code mail_x(const char *request, char **reply);
        function = getattr(library, name)
        # Not c_char_p for the reply: ctypes would copy the text and lose the pointer that is to be freed.
        function.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]
        function.restype = ctypes.c_int32
    # void mail_free(char *text);
    library.mail_free.argtypes = [ctypes.c_void_p]
    library.mail_free.restype = None
    # const char *mail_version(void);
    library.mail_version.argtypes = []
    library.mail_version.restype = ctypes.c_char_p
    # const char *mail_last_error(void);
    library.mail_last_error.argtypes = []
    library.mail_last_error.restype = ctypes.c_char_p
