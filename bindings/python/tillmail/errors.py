"""What a call answers, and the exception for what went wrong."""

import json
from dataclasses import dataclass, field
from typing import Any, Dict, Optional

from .codes import MAIL_OK, NAMES


@dataclass(frozen=True)
class ServerAnswer:
    """What the mail server said, where a conversation with it failed."""

    code: int
    enhanced: Optional[str]
    text: str


@dataclass(frozen=True)
class Error:
    """The object `error` of a reply. `field` is a path into the request; `hint` says what to do."""

    code: int
    name: str
    error_class: str
    message: str
    hint: Optional[str] = None
    field: Optional[str] = None
    step: Optional[str] = None
    smtp: Optional[ServerAnswer] = None


@dataclass(frozen=True)
class Reply:
    """The whole answer of one call: code, JSON reply, and the sentence of mail_last_error(), "" after a success."""

    code: int
    body: Dict[str, Any] = field(default_factory=dict)
    sentence: str = ""

    @property
    def error(self) -> Optional[Error]:
        """What went wrong; None after a success."""
        if self.code == MAIL_OK:
            return None
        given = self.body.get("error") or {}
        smtp = given.get("smtp")
        return Error(
            code=self.code,
            name=given.get("name", NAMES.get(self.code, str(self.code))),
            error_class=given.get("class", ""),
            message=given.get("message", self.sentence),
            hint=given.get("hint"),
            field=given.get("field"),
            step=given.get("step"),
            smtp=ServerAnswer(smtp["code"], smtp.get("enhanced"), smtp.get("text", "")) if smtp else None,
        )


class TillMailError(Exception):
    """A call answered with another code than MAIL_OK. As text it is one sentence for the person at the till."""

    def __init__(self, reply: Reply) -> None:
        # The one argument is what pickle gives back: processes pass exceptions to each other so.
        super().__init__(reply)
        error = reply.error
        if error is None:
            raise ValueError("this reply is a success")
        #: The whole object `error`, with `step` and the server's own words in `smtp`.
        self.error: Error = error
        #: The whole reply: some calls tell more than the error.
        self.reply: Dict[str, Any] = reply.body
        self.sentence: str = reply.sentence
        self.code: int = error.code
        self.name: str = error.name
        self.error_class: str = error.error_class
        self.message: str = error.message
        self.hint: Optional[str] = error.hint
        self.field: Optional[str] = error.field

    def __repr__(self) -> str:
        return f"TillMailError({self.name}, {str(self)!r})"

    def __str__(self) -> str:
        return self.sentence or self.message or self.name


def read(code: int, text: str, sentence: str) -> Reply:
    """Puts one call's answer together."""
    body = json.loads(text) if text else {}
    return Reply(code, body if isinstance(body, dict) else {}, sentence)
