"""What the measurements share: the work, what is found, and one call for each thing that is run."""
import shutil

import outbox
import programs
import receipt
from programs import BENCHES, Failed, c, measured, rust
from results import RUNS, Row

PYTHON_PEER = BENCHES / "peers/python_smtplib.py"


class Workbench:
    """What one run of `make bench` shares: the scratch folder, the mail, how long things may take, what was found."""

    def __init__(self, scratch, quick):
        self.scratch, self.quick = scratch, quick
        self.runs = 2 if quick else RUNS
        self.seconds = 0.3 if quick else 0.8
        self.rows, self.points = [], {}
        self.receipt = outbox.receipt_file()
        self.mail, self.frozen = self.make_mail()

    def make_mail(self):
        """The mail that the library makes of the receipt: as it is sent, for the peers; as it is kept, for the insert."""
        mails = self.scratch / "mails"
        mails.mkdir()
        document = receipt.shop() | {"folder": {"path": str(mails)}}
        folder = outbox.new_folder(self.scratch, "mail", document)
        measured(c("till"), "deliver", folder, self.receipt, 1, 10)
        bytes_sent = sorted(mails.glob("*.eml"))[0].read_bytes()
        sent, kept = self.scratch / "sent.eml", self.scratch / "kept.eml"
        sent.write_bytes(bytes_sent)
        # From is written in front when a mail is sent.
        kept.write_bytes(bytes_sent.split(b"\r\n", 1)[1])
        return sent, kept

    def add(self, *arguments, **options):
        self.rows.append(Row(*arguments, **options))

    def point(self, plot, line, x, value):
        self.points.setdefault(plot, {}).setdefault(line, []).append((x, value.median))

    def accept(self, folder, threads=1, count=2000, sending=False):
        worker = "sending" if sending else "idle"
        return measured(c("till"), "accept", folder, self.receipt, count, self.seconds, threads, worker)

    def insert(self):
        return measured(rust("insert"), self.scratch / "insert.db", self.frozen, self.seconds, 2000)

    def drain(self, sink, folder, seconds=4):
        """Drains a copy of a folder. The time runs, as the peers' does, from the answer to the first mail; it ends when
        the last row is settled.
        """
        copy = outbox.copy(folder, "drained")
        programs.settle_disk()
        sink.stats()
        found = measured(c("till"), "drain", copy, seconds)
        seen = sink.stats()
        if seen["mails"] < found["sent"] or found["sent"] < 2:
            raise Failed(f"the server saw {seen['mails']} mails, the library says it sent {found['sent']}")
        shutil.rmtree(copy)
        answered_ns = seen["first_mail_ns"] + sink.rtt_ms / 2 * 1e6
        on_the_line_ns = seen["last_mail_ns"] - seen["first_command_ns"]
        return {"mails": found["sent"] - 1, "seconds": (found["end_ns"] - answered_ns) / 1e9,
                "ns_a_mail": on_the_line_ns / seen["mails"]}

    def replay(self, server, way, count=40000, seconds=None):
        return measured(c("replay"), server.host, server.port, server.ca, self.mail, count, seconds or self.seconds, way)

    def curl(self, server, way, count=20000, seconds=None):
        return measured(c("curl"), server.host, server.port, server.ca, self.mail, count, seconds or self.seconds, way)

    def lettre(self, server, count=20000, seconds=None):
        return measured(rust("lettre_pool"), server.host, server.port, server.ca, self.mail, count, seconds or self.seconds)

    def smtplib(self, server, count=20000, seconds=None):
        return measured(PYTHON_PEER, server.host, server.port, server.ca, self.mail, count, seconds or self.seconds)

    def backlog(self, name, server, count, **options):
        """A folder in which so many mails wait for a server."""
        folder = outbox.new_folder(self.scratch, name, outbox.settings(server, connections=1, **options))
        outbox.accept_one(folder)
        outbox.add_waiting(folder, count)
        return folder
