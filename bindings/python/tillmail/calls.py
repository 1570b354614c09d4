"""The calls as methods: a dict or JSON text in, a dict out, TillMailError for what failed."""

import ctypes
import json
from types import TracebackType
from typing import Any, Dict, Mapping, Optional, Type, Union

from .codes import MAIL_OK
from .errors import Reply, TillMailError, read
from .library import CALLS, Place, load

#: A request: JSON as dict or as text, or None where every field has a default.
Request = Union[None, str, Mapping[str, Any]]


class TillMail:
    """The library. Every method may be called from any thread, also at the same time; none needs another first.

    As a context manager it opens with `opening` (the request of mail_init) and shuts down at the end. What is
    open belongs to the process: two objects of this class share it.
    """

    def __init__(self, opening: Request = None, *, library: Place = None) -> None:
        self._library = load(library)
        self._opening = opening

    def __enter__(self) -> "TillMail":
        self.init(self._opening)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.shutdown()

    def init(self, request: Request = None) -> Dict[str, Any]:
        """Opens the library: folder, store, role, language."""
        return self._made("mail_init", request)

    def configure(self, request: Request) -> Dict[str, Any]:
        """Merges settings into the saved ones, checks the whole and saves it, or saves nothing."""
        return self._made("mail_configure", request)

    def settings(self, request: Request = None) -> Dict[str, Any]:
        """Shows the settings in force, secrets masked, with where each value came from."""
        return self._made("mail_settings", request)

    def presets(self, request: Request = None) -> Dict[str, Any]:
        """Lists the mail providers; guesses the one of an address."""
        return self._made("mail_presets", request)

    def verify(self, request: Request = None) -> Dict[str, Any]:
        """Tries the settings step by step, without saving and without sending."""
        return self._made("mail_verify", request)

    def save_and_test(self, request: Request) -> Dict[str, Any]:
        """Saves settings, then sends a marked test and waits for its outcome."""
        return self._made("mail_save_and_test", request)

    def sign_in(self, request: Request = None) -> Dict[str, Any]:
        """Signs an account in with its provider (OAuth 2), or tells how that stands: action, flow, wait_ms."""
        return self._made("mail_sign_in", request)

    def send_receipt(self, request: Request) -> Dict[str, Any]:
        """Puts one receipt into the outbox; the worker sends it."""
        return self._made("mail_send_receipt", request)

    def preview(self, request: Request) -> Dict[str, Any]:
        """Shows the mail that a receipt would become; nothing is sent, nothing is kept."""
        return self._made("mail_preview", request)

    def send_message(self, request: Request) -> Dict[str, Any]:
        """Puts a user's mail into the outbox."""
        return self._made("mail_send_message", request)

    def wait(self, request: Request) -> Dict[str, Any]:
        """Waits for the outcome of one mail: id, timeout_ms."""
        return self._made("mail_wait", request)

    def journal(self, request: Request = None) -> Dict[str, Any]:
        """Reads mails and what happened to them."""
        return self._made("mail_journal", request)

    def health(self, request: Request = None) -> Dict[str, Any]:
        """Tells how mailing stands, for the till's system panel."""
        return self._made("mail_health", request)

    def retry(self, request: Request) -> Dict[str, Any]:
        """Sends mails on their way again."""
        return self._made("mail_retry", request)

    def cancel(self, request: Request) -> Dict[str, Any]:
        """Takes back a mail that waits."""
        return self._made("mail_cancel", request)

    def resend(self, request: Request) -> Dict[str, Any]:
        """Sends a mail a second time, on purpose, marked DUPLICATA."""
        return self._made("mail_resend", request)

    def erase(self, request: Request) -> Dict[str, Any]:
        """Forgets a customer's address and what was sent there."""
        return self._made("mail_erase", request)

    def shutdown(self, request: Request = None) -> Dict[str, Any]:
        """Stops the worker; what is unfinished stays in the outbox."""
        return self._made("mail_shutdown", request)

    @property
    def version(self) -> str:
        """The version of the library, such as "0.1.0"."""
        text: bytes = self._library.mail_version()
        return text.decode("utf-8")

    @property
    def abi_version(self) -> int:
        """The version of the library's interface."""
        return int(self._library.mail_abi_version())

    def call(self, name: str, request: Request = None) -> Reply:
        """Makes one call by its C name, such as "mail_wait", and gives its whole answer; raises for no code."""
        if name not in CALLS:
            raise ValueError(f"{name} is none of {', '.join(CALLS)}")
        text = ctypes.c_void_p()
        try:
            code = getattr(self._library, name)(_encoded(request), ctypes.byref(text))
            # At once and on this thread: the next call replaces it.
            sentence = self._library.mail_last_error()
            reply = ctypes.string_at(text.value) if text.value else b""
        finally:
            self._library.mail_free(text)
        return read(code, reply.decode("utf-8"), sentence.decode("utf-8"))

    def _made(self, name: str, request: Request) -> Dict[str, Any]:
        reply = self.call(name, request)
        if reply.code != MAIL_OK:
            raise TillMailError(reply)
        return reply.body


def _encoded(request: Request) -> Optional[bytes]:
    if request is None:
        return None
    text = request if isinstance(request, str) else json.dumps(dict(request), ensure_ascii=False)
    if "\0" in text:
        raise ValueError("a request holds a NUL character, where the library would stop reading")
    # What is no Unicode text reaches the library, which answers MAIL_E_UTF8 with a sentence.
    return text.encode("utf-8", "surrogatepass")
