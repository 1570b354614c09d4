"""Stands for a till: python3 till.py FOLDER RECEIPT.json; mails are written to FOLDER/mails, nothing is sent.

To send for real, as for till.c: TILLMAIL_SMTP_URL, and with it TILLMAIL_FROM, TILLMAIL_TO, TILLMAIL_CA_FILE.
"""

import json
import os
import sys
from typing import Any, Dict

from tillmail import TillMail, TillMailError, TillMailLibraryError


def sell(folder: str, receipt: Dict[str, Any]) -> None:
    url, to = os.environ.get("TILLMAIL_SMTP_URL"), os.environ.get("TILLMAIL_TO")
    with TillMail({"folder": os.path.join(folder, "state"), "language": "fr"}) as mail:
        mail.configure({
            "sender": {"name": "Au Fournil de Mélusine", "address": "boutique@example.com"},
            "folder": {"path": None if url else os.path.join(folder, "mails")},
            "smtp": {"url": url, "ca_file": os.environ.get("TILLMAIL_CA_FILE")},
        })
        if url:
            sender = os.environ.get("TILLMAIL_FROM") or mail.settings()["settings"]["smtp"]["user"]
            mail.configure({"sender": {"address": sender}})
            receipt["to"] = to or sender
        for step in mail.verify({"to": receipt["to"]})["steps"]:
            print(f"verify: {step['step']} ok, {step['ms']} ms")
        sent = mail.send_receipt(receipt)
        print(f"on disk as mail {sent['id']}{', as before' if sent['duplicate'] else ''}")
        print("state:", mail.wait({"id": sent["id"], "timeout_ms": 60000})["mail"]["state"])
        print("answered:", mail.journal({"id": sent["id"]})["events"][-1]["smtp"]["text"])


if __name__ == "__main__":
    try:
        with open(sys.argv[2], encoding="utf-8") as file:
            sell(os.path.abspath(sys.argv[1]), json.load(file))
    except (TillMailError, TillMailLibraryError) as error:
        sys.exit(str(error))
