"""State folders with as many mails as a measurement needs.

The library makes one mail; SQL multiplies its rows, with all triggers, so that counts and indexes are as they would be.
"""
import json
import shutil
import sqlite3
import pathlib
import time

import programs
import receipt

DAY_MS = 86_400_000


def settings(server, connections=None, **delivery):
    """The whole document for an account at this server."""
    smtp = {"host": server.host, "port": server.port, "security": "none", "allow_clear_text": True}
    if server.tls:
        smtp.update(security="starttls", user="user", password="password", ca_file=server.ca)
    if connections:
        smtp["limits"] = {"connections": connections}
    bounds = {"max_waiting": 1_000_000, "max_waiting_bytes": 20 << 30, "batch": 1000, **delivery}
    return {**receipt.shop(), "smtp": smtp, "delivery": bounds, "journal": {"max_lines": 10_000_000}}


def new_folder(scratch, name, document):
    """A state folder with these settings."""
    folder = scratch / name
    folder.mkdir()
    configure(folder, document)
    return folder


def configure(folder, document):
    settings_file(folder).write_text(json.dumps(document))
    programs.run([programs.c("till"), "configure", folder, settings_file(folder)])


def settings_file(folder):
    """Where the settings are that a folder was last given."""
    return pathlib.Path(f"{folder}.settings.json")


def accept_one(folder):
    """Puts a receipt or two into the outbox, through the library."""
    programs.measured(programs.c("till"), "accept", folder, receipt_file(), 1, 5, 1, "idle")


def receipt_file():
    path = programs.BUILD / "receipt.json"
    path.write_text(receipt.request())
    return path


def copy(folder, name):
    """The same folder again; what is measured changes it."""
    target = folder.parent / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    return target


def add_waiting(folder, count):
    """Multiplies the mail that waits until so many do."""
    multiply(folder, "queued", count, with_content=True)


def add_sent(folder, count):
    """Multiplies a mail that was sent: its row and its journal lines; its content is forgotten, as after some days."""
    multiply(folder, "sent", count, with_content=False)


def multiply(folder, state, count, with_content):
    now = int(time.time() * 1000)
    connection = sqlite3.connect(folder / "outbox.db", isolation_level=None)
    connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY; BEGIN")
    (original,) = connection.execute("SELECT max(id) FROM mail WHERE state = ?", (state,)).fetchone()
    (there,) = connection.execute("SELECT count(*) FROM mail WHERE state = ?", (state,)).fetchone()
    (last,) = connection.execute("SELECT max(id) FROM mail").fetchone()
    age = f"{now} - {DAY_MS * 6} + n * {DAY_MS * 5} / {count}" if state == "sent" else str(now)
    own = {
        "number": "'R-' || printf('%08d', n)",
        "once": "lower(hex(randomblob(32)))",
        "message_id": "lower(hex(randomblob(16))) || '@example.test'",
        "recipient": "'client' || n || '@example.fr'",
        "accepted_at": age,
        "next_at": age,
        "settled_at": f"{age} + 900" if state == "sent" else "NULL",
    }
    columns = [name for name in names(connection, "mail") if name != "id"]
    values = ", ".join(own.get(name, name) for name in columns)
    connection.execute(
        f"""WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
            INSERT INTO mail (id, {', '.join(columns)})
            SELECT {last} + n, {values} FROM numbers CROSS JOIN mail WHERE mail.id = ?""",
        (count - there, original),
    )
    if with_content:
        connection.execute(
            """INSERT INTO content (mail_id, mime)
               SELECT mail.id, content.mime FROM mail CROSS JOIN content WHERE mail.id > ? AND content.mail_id = ?""",
            (last, original),
        )
    add_events(connection, original, last)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def add_events(connection, original, last):
    """The journal lines of the first mail, for each new one."""
    columns = [name for name in names(connection, "event") if name not in ("id", "mail_id", "at")]
    of_first = ", ".join(f"event.{name}" for name in columns)
    connection.execute(
        f"""INSERT INTO event (at, mail_id, {', '.join(columns)})
            SELECT coalesce(mail.settled_at, mail.accepted_at), mail.id, {of_first}
            FROM mail CROSS JOIN event WHERE mail.id > ? AND event.mail_id = ?
            ORDER BY mail.id, event.id""",
        (last, original),
    )


def names(connection, table):
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def rows(folder):
    """Mails and journal lines in a folder."""
    connection = sqlite3.connect(folder / "outbox.db")
    counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("mail", "event")]
    connection.close()
    return counts
