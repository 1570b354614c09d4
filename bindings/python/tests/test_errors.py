"""What comes out where a call fails, and that replies are freed."""

import pickle
from pathlib import Path

import pytest
from conftest import receipt

from tillmail import Reply, ServerAnswer, TillMail, TillMailError, codes


def test_the_exception_tells_all(mail: TillMail) -> None:
    with pytest.raises(TillMailError) as raised:
        mail.configure({"smtp": {"prot": 465}})
    error = raised.value
    assert (error.code, error.name) == (codes.MAIL_E_UNKNOWN_FIELD, "MAIL_E_UNKNOWN_FIELD")
    assert (error.error_class, error.field, error.hint) == ("request", "smtp.prot", None)
    assert error.message == "champ inconnu, vouliez-vous dire `port` ?"
    assert str(error) == "`smtp.prot` : champ inconnu, vouliez-vous dire `port` ?"
    assert error.reply["error"]["name"] == error.name
    assert "smtp.prot" in repr(error)


def test_a_hint_is_given(mail: TillMail) -> None:
    with pytest.raises(TillMailError) as raised:
        mail.send_receipt({**receipt("T-1"), "to": "client@@example.fr"})
    assert raised.value.hint is not None and "client@example.fr" in raised.value.hint


def test_processes_can_pass_it_on(mail: TillMail) -> None:
    with pytest.raises(TillMailError) as raised:
        mail.wait({"id": 4711})
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.error, again.reply) == (str(raised.value), raised.value.error, raised.value.reply)


def test_the_servers_words_are_kept() -> None:
    said = {"code": 550, "enhanced": "5.1.1", "text": "inconnu à cette adresse"}
    error = Reply(57, {"error": {"name": "MAIL_E_RECIPIENT", "class": "recipient", "message": "m", "smtp": said}}).error
    assert error is not None and error.smtp == ServerAnswer(550, "5.1.1", "inconnu à cette adresse")


def test_a_reply_without_error_still_makes_an_exception() -> None:
    error = TillMailError(Reply(codes.MAIL_E_RESOURCES, {}, "plus de mémoire"))
    assert (error.name, str(error), error.field) == ("MAIL_E_RESOURCES", "plus de mémoire", None)
    assert TillMailError(Reply(4711)).name == "4711"
    with pytest.raises(ValueError):
        TillMailError(Reply(codes.MAIL_OK))


def test_a_request_may_be_text_a_dict_or_none(mail: TillMail) -> None:
    assert mail.settings() == mail.settings({}) == mail.settings("{}")
    assert mail.settings()["settings"]["sender"]["name"] == "Café de l'Été"


def test_what_is_no_unicode_is_the_librarys_to_refuse(mail: TillMail) -> None:
    with pytest.raises(TillMailError) as raised:
        mail.configure({"sender": {"name": "\ud800"}})
    assert raised.value.code == codes.MAIL_E_UTF8


def test_a_nul_never_cuts_a_request(mail: TillMail) -> None:
    with pytest.raises(ValueError, match="NUL"):
        mail.configure('{"language": "fr"}\0, "more": 1}')
    with pytest.raises(TillMailError) as raised:
        mail.configure({"sender": {"name": "a\0b"}})
    assert raised.value.code == codes.MAIL_E_CONTROL_CHARACTER


def test_an_unknown_call_is_named(mail: TillMail) -> None:
    with pytest.raises(ValueError, match="mail_open"):
        mail.call("mail_open")


def test_the_context_shuts_down_also_after_an_exception(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        with TillMail({"folder": str(tmp_path)}):
            raise ZeroDivisionError
    with pytest.raises(TillMailError) as raised:
        TillMail().health()
    assert raised.value.code == codes.MAIL_E_SHUT_DOWN


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_replies_are_freed(mail: TillMail) -> None:
    size = len(str(mail.presets()))
    for _ in range(200):
        mail.presets()
    before, rounds = resident_bytes(), 1500
    for _ in range(rounds):
        mail.presets()
    # Kept, they would take size * rounds and more.
    assert size > 10_000
    assert resident_bytes() - before < size * rounds / 3
