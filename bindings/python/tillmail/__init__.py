"""E-mails receipts from point-of-sale software: the calls of include/tillmail.h, from Python.

    from tillmail import TillMail, TillMailError

    with TillMail({"folder": "/var/lib/till", "role": "till"}) as mail:
        mail.send_receipt(receipt)

Texts go in and come out as str, JSON as dict; what fails is raised. There is nothing else here: what the
calls do, include/tillmail.h says.
"""

from . import codes
from .calls import Request, TillMail
from .errors import Error, Reply, ServerAnswer, TillMailError
from .library import TillMailLibraryError

__all__ = [
    "Error",
    "Reply",
    "Request",
    "ServerAnswer",
    "TillMail",
    "TillMailError",
    "TillMailLibraryError",
    "codes",
]
