"""Many threads at once, and the child of a fork."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread

from conftest import receipt

from tillmail import TillMail, TillMailError, codes


def test_each_thread_gets_its_own_answer(mail: TillMail) -> None:
    together = Barrier(20, timeout=60)

    def one(number: int) -> int:
        together.wait()
        for turn in range(5):
            try:
                mail.configure({f"champ{number}": turn})
            except TillMailError as error:
                assert error.field == f"champ{number}" and str(error).startswith(f"`champ{number}`")
        sent = mail.send_receipt(receipt(f"T-{number}"))
        assert mail.wait({"id": sent["id"], "timeout_ms": 60000})["mail"]["number"] == f"T-{number}"
        return int(sent["id"])

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 20


def test_python_goes_on_while_a_call_waits(mail: TillMail, tmp_path: Path) -> None:
    # A server that nobody is: the mail waits, and so does the call.
    mail.configure({"folder": None, "smtp": {"host": "127.0.0.1", "port": 9, "security": "none"}})
    sent = mail.send_receipt(receipt("T-1"))
    ended = []
    waiting = Thread(target=lambda: ended.append(mail.call("mail_wait", {"id": sent["id"], "timeout_ms": 3000})))
    waiting.start()
    turns = 0
    while waiting.is_alive():
        turns += 1
        time.sleep(0.01)
    # Were the interpreter held for the three seconds, there would be one turn or two.
    assert turns > 20
    assert ended[0].code == codes.MAIL_E_TIMEOUT


FORKED = """
import os, sys
from tillmail import TillMail, TillMailError, codes

with TillMail({"folder": sys.argv[1]}) as mail:
    child = os.fork()
    if child == 0:
        try:
            mail.health()
            os._exit(1)
        except TillMailError as error:
            os._exit(0 if error.code == codes.MAIL_E_FORKED and str(error) else 2)
    _, status = os.waitpid(child, 0)
    mail.health()
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 3)
"""


def test_the_child_of_a_fork_is_told_so(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKED, str(tmp_path)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, b"")
