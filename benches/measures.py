"""The measurements. Each is a function that adds its rows (and points of plots) to what is known."""
import functools
import os
import shutil
import subprocess
import time

import outbox
import programs
from programs import BENCHES, FarSink, Failed, Sink, c, measured, rust, say
from results import RUNS, Row, Value, column, in_turn, rates

PYTHON_PEER = BENCHES / "peers/python_smtplib.py"
TILL = "Till side"
DELIVERY = "Delivery"
PEERS = "Other ways to send, for comparison"
FOOTPRINT = "Footprint"


class Run:
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
        document = outbox.receipt.shop() | {"folder": {"path": str(mails)}}
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

    # What is measured.

    def accept(self, folder, threads=1, count=2000, sending=False):
        worker = "sending" if sending else "idle"
        return measured(c("till"), "accept", folder, self.receipt, count, self.seconds, threads, worker)

    def insert(self):
        return measured(rust("insert"), self.scratch / "insert.db", self.frozen, self.seconds, 2000)

    def drain(self, sink, folder, seconds=None):
        """Drains a copy of a folder; the time runs from the first MAIL that the server saw to the last row settled."""
        copy = outbox.copy(folder, "drained")
        programs.settle_disk()
        sink.stats()
        found = measured(c("till"), "drain", copy, seconds or 3)
        seen = sink.stats()
        if seen["mails"] < found["sent"] or found["sent"] == 0:
            raise Failed(f"the server saw {seen['mails']} mails, the library says it sent {found['sent']}")
        found["mails"] = found["sent"]
        found["seconds"] = (found["end_ns"] - seen["first_command_ns"]) / 1e9
        found["connections"] = seen["connections"]
        shutil.rmtree(copy)
        return found

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


def accept(run):
    """Line 1: what the till feels."""
    with Sink(tls=True) as sink, FarSink(40, tls=True) as far:
        folder = outbox.new_folder(run.scratch, "accept", outbox.settings(sink))
        found = in_turn(run.runs, {
            "insert": run.insert,
            "ours": lambda: run.accept(folder),
            "busy": lambda: run.accept(folder, sending=True),
            "curl": lambda: run.curl(sink, "fresh"),
            "far": lambda: run.curl(far, "fresh", count=2, seconds=5),
        })
    p50, p99 = column(found["ours"], "p50_us", "µs"), column(found["ours"], "p99_us", "µs")
    bare50, bare99 = column(found["insert"], "p50_us", "µs"), column(found["insert"], "p99_us", "µs")
    run.add(TILL, "`mail_send_receipt`, p50, beside a bare SQLite insert", p50, bare50, wanted=("at most", 2.5))
    run.add(TILL, "the same, p99", p99, bare99, wanted=("at most", 2))
    cpu, bare = column(found["ours"], "cpu_us", "µs"), column(found["insert"], "cpu_us", "µs")
    more = Value([one - other for one, other in zip(cpu.runs, bare.runs)], "µs")
    run.add(TILL, "its CPU time, and on top of the insert's", cpu, bare, more=more, wanted=("at most", 150, " µs"))
    for title, name, bound in (("on loopback", "curl", 10), ("at 40 ms round trip", "far", 1000)):
        run.add(TILL, f"times that libcurl's synchronous send takes longer, {title} (STARTTLS, AUTH)", p50,
                column(found[name], "p50_us", "µs"), inverse=True, wanted=("at least", bound))
    for name in ("p50", "p99"):
        run.add(TILL, f"`mail_send_receipt`, {name}, while the worker sends, beside an idle one",
                column(found["busy"], f"{name}_us", "µs"), column(found["ours"], f"{name}_us", "µs"))


def threads(run):
    """Line 2: tills that call at once."""
    with Sink() as sink:
        folder = outbox.new_folder(run.scratch, "threads", outbox.settings(sink))
        found = in_turn(run.runs, {
            "one": lambda: run.accept(folder),
            "sixteen": lambda: run.accept(folder, threads=16),
        })
    run.add(TILL, "receipts a second of 16 threads, beside 1 thread", column(found["sixteen"], "per_second", "/s"),
            column(found["one"], "per_second", "/s"), wanted=("at least", 4))


def rows(run):
    """Line 3: the same calls with a thousand rows and with a million."""
    sizes = [1000, 10_000] if run.quick else [1000, 10_000, 100_000, 1_000_000]
    with Sink() as sink:
        folders = {size: folder_of_rows(run, sink, size) for size in sizes}
        programs.settle_disk()
        found = in_turn(run.runs, {size: lambda at=folder: at_size(run, sink, at) for size, folder in folders.items()})
    names = {"accept": "`mail_send_receipt`, p50", "claim": "claim, send and settle one mail", "health_us": "`mail_health`",
             "journal_us": "first page of `mail_journal`"}
    for key, name in names.items():
        values = {size: column(found[size], key, "µs") for size in sizes}
        for size, value in values.items():
            run.point("rows", name.replace("`", ""), size, value)
        run.add(TILL, f"{name}, with {sizes[-1]:,} rows, beside {sizes[0]:,}", values[sizes[-1]], values[sizes[0]],
                wanted=("at most", 1.25))
    for folder in folders.values():
        shutil.rmtree(folder)


def folder_of_rows(run, sink, size):
    folder = outbox.new_folder(run.scratch, f"rows-{size}", outbox.settings(sink, connections=1))
    measured(c("till"), "deliver", folder, run.receipt, 1, 10)
    say(f"  making {size:,} mails that were sent, with their journal")
    outbox.add_sent(folder, size)
    mails, lines = outbox.rows(folder)
    if min(mails, lines) < size:
        raise Failed(f"{folder} has {mails} mails and {lines} lines, not {size}")
    return folder


def at_size(run, sink, folder):
    calls = measured(c("till"), "calls", folder, 100)
    accepted = run.accept(folder, count=400)
    sink.stats()
    drained = measured(c("till"), "drain", folder, 3)
    if drained["sent"] == 0:
        raise Failed(f"nothing left {folder} in 3 s")
    took = drained["end_ns"] - sink.stats()["first_command_ns"]
    return {**calls, "accept": accepted["p50_us"], "claim": took / 1e3 / drained["sent"]}


def trips(run):
    """Line 4: round trips of one mail, counted by the clock at 40 ms."""
    for title, offers, bound in (("PIPELINING", ["pipelining"], 1.1), ("CHUNKING", ["chunking", "pipelining"], 1.1), ("neither", [], 4.4)):
        with FarSink(40, tls=True, offers=offers) as sink:
            folder = run.backlog(f"trips-{len(offers)}", sink, 25)
            found = [run.drain(sink, folder, 8) for _ in range(run.runs)]
            mails = Value([one["seconds"] / one["mails"] / 0.040 for one in found], "")
            run.add(DELIVERY, f"round trips a mail on a warm connection, {title}", mails, wanted=("at most", bound, ""))


def loopback(run):
    """Line 6: a backlog that leaves, beside libcurl with a reused connection and prebuilt bytes."""
    for title, tls in (("plain", False), ("STARTTLS + AUTH", True)):
        with Sink(tls=tls) as sink:
            folder = run.backlog(f"loopback-{tls}", sink, 300 if run.quick else 4000)
            found = in_turn(run.runs, {
                "ours": lambda: run.drain(sink, folder),
                "curl": lambda: run.curl(sink, "reused"),
                "replay": lambda: run.replay(sink, "pipelined"),
                "lockstep": lambda: run.replay(sink, "lockstep"),
                "lettre": lambda: run.lettre(sink),
                "smtplib": lambda: run.smtplib(sink),
            })
            ours = rates(found["ours"])
            run.add(DELIVERY, f"whole drain, {title}, beside libcurl's reused connection", ours, rates(found["curl"]),
                    wanted=("at least", 2))
            for name, peer in (("replay", "C replay, pipelined"), ("lockstep", "C replay, lock-step"),
                               ("lettre", "lettre's pool"), ("smtplib", "Python's smtplib")):
                run.add(PEERS, f"{title}, beside {peer}", ours, rates(found[name]))
            if not tls:
                msmtp = Value([msmtp_rate(run, sink) for _ in range(run.runs)], "mails/s")
                run.add(PEERS, f"{title}, beside msmtp, a process a mail", ours, msmtp)


def msmtp_rate(run, sink):
    """Mails a second of msmtp, as a till's script would call it."""
    command = ["msmtp", "--file=/dev/null", f"--host={sink.host}", f"--port={sink.port}", "--tls=off", "--auth=off",
               "--from=boutique@example.test", "client@example.fr"]
    start, sent = time.monotonic(), 0
    while time.monotonic() - start < run.seconds:
        with open(run.mail, "rb") as mail:
            done = subprocess.run(command, stdin=mail, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"msmtp: {done.stderr.strip()}")
        sent += 1
    return sent / (time.monotonic() - start)


def session(run):
    """Line 6: the session alone, without the outbox, beside the C replay with as many round trips."""
    program = programs.build_session()
    for title, tls in (("plain", False), ("STARTTLS + AUTH", True)):
        for way, offers in (("pipelined", ["pipelining"]), ("lockstep", [])):
            with Sink(tls=tls, offers=offers) as sink:
                folder = outbox.new_folder(run.scratch, f"session-{tls}-{way}", outbox.settings(sink))
                document = outbox.settings_file(folder)
                count = 2000 if run.quick else 15000
                found = in_turn(run.runs, {
                    "ours": lambda: measured(program, folder, document, run.mail, count),
                    "replay": lambda: run.replay(sink, way, count=count, seconds=30),
                })
            run.add(DELIVERY, f"session alone, {title}, {way}, beside the C replay", rates(found["ours"]),
                    rates(found["replay"]), wanted=("at least", 0.85))


def distance(run):
    """Line 6: mails a second against the round-trip time, one connection, STARTTLS + AUTH."""
    # How many mails wait for us, and how long the others send: a second or two either way.
    ways = {0: (4000, 0.5), 10: (80, 1), 40: (30, 1.5), 100: (15, 2)}
    for rtt in (0, 40) if run.quick else ways:
        say(f"  {rtt} ms")
        count, seconds = ways[rtt]
        with FarSink(rtt, tls=True) if rtt else Sink(tls=True) as sink:
            folder = run.backlog(f"distance-{rtt}", sink, count)
            found = in_turn(run.runs, {
                "tillmail": lambda: run.drain(sink, folder, 4),
                "libcurl": lambda: run.curl(sink, "reused", seconds=seconds),
                "lettre": lambda: run.lettre(sink, seconds=seconds),
                "smtplib": lambda: run.smtplib(sink, seconds=seconds),
            })
        shutil.rmtree(folder)
        for name, runs in found.items():
            run.point("distance", name, rtt, rates(runs))
        if rtt == 40:
            ours = rates(found["tillmail"])
            run.add(DELIVERY, "at 40 ms, beside libcurl's reused connection", ours, rates(found["libcurl"]), wanted=("at least", 3.5))
            run.add(DELIVERY, "at 40 ms, beside lettre's pool", ours, rates(found["lettre"]), wanted=("at least", 5))
            run.add(PEERS, "at 40 ms, beside Python's smtplib", ours, rates(found["smtplib"]))


def cold(run):
    """Line 6: one mail on a fresh connection, from the call to the server's answer."""
    for title, kind, count in (("on loopback", Sink, 200), ("at 40 ms", functools.partial(FarSink, 40), 4)):
        with kind(tls=True) as sink:
            folder = outbox.new_folder(run.scratch, f"cold-{count}", outbox.settings(sink, connections=1, batch=1))
            found = in_turn(run.runs, {
                "ours": lambda: cold_mails(run, sink, folder, count),
                "curl": lambda: run.curl(sink, "fresh", count=count, seconds=4),
            })
            ours, peer = column(found["ours"], "p50_us", "ms", 1e-3), column(found["curl"], "p50_us", "ms", 1e-3)
            run.add(DELIVERY, f"one mail, fresh connection, {title}: times that libcurl takes longer", ours, peer,
                    inverse=True, wanted=("at least", 1.5))


def cold_mails(run, sink, folder, count):
    sink.stats()
    found = measured(c("till"), "deliver", folder, run.receipt, count, 4)
    seen = sink.stats()
    if seen["connections"] < seen["mails"]:
        raise Failed(f"{seen['mails']} mails came over {seen['connections']} connections: not one each")
    return found


def connections(run):
    """Line 7: more connections an account."""
    if not outbox.knows_connections():
        run.add(DELIVERY, "connections an account", None, note="this library has no such setting")
        return
    with FarSink(40, tls=True) as sink:
        folder = run.backlog("connections", sink, 80)
        folders = {}
        for count in (1, 2, 4):
            folders[count] = outbox.copy(folder, f"connections-{count}")
            outbox.configure(folders[count], outbox.settings(sink, connections=count))
        found = in_turn(run.runs, {count: lambda at=at: run.drain(sink, at, 5) for count, at in folders.items()})
    for count in (2, 4):
        run.add(DELIVERY, f"at 40 ms, {count} connections beside 1", rates(found[count]), rates(found[1]))


def footprint(run):
    """Line 8: size, loading, idling."""
    size = Value([programs.LIBRARY.stat().st_size / 1e6], "MB")
    run.add(FOOTPRINT, "`libtillmail.so`, stripped", size, wanted=("at most", 3.5, " MB"))
    dll = programs.ROOT / "build/windows/i686/tillmail.dll"
    found = sorted(programs.ROOT.glob("dist/**/win32/tillmail.dll")) + [path for path in [dll] if path.exists()]
    run.add(FOOTPRINT, "`tillmail.dll`, 32 bits", Value([found[0].stat().st_size / 1e6], "MB") if found else None,
            wanted=("at most", 3, " MB"), note="" if found else "`make dist-windows` has not been run here")
    loading(run)
    idle(run)


def loading(run):
    folder = outbox.new_folder(run.scratch, "load", outbox.receipt.shop())
    curl = programs.run(["gcc", "-print-file-name=libcurl.so"]).strip()
    curl = os.path.realpath(curl)
    found = in_turn(4 * run.runs, {
        "ours": lambda: measured(c("load"), programs.LIBRARY, "tillmail", folder),
        "curl": lambda: measured(c("load"), curl, "curl"),
    })
    if found["ours"][0]["threads"] != 1:
        raise Failed("the library starts a thread when it is loaded")
    files = [files_of(path) for path in (programs.LIBRARY, curl)]
    run.add(FOOTPRINT, "files to load beside the C library's", *(Value([count], "") for count, _ in files))
    run.add(FOOTPRINT, "their size", *(Value([size / 1e6], "MB") for _, size in files))
    for title, key, unit, scale, wanted in (
        ("time to load", "load_ms", "ms", 1, ("at most", 0.5)),
        ("time to load and open", "ready_ms", "ms", 1, None),
        ("resident memory, opened", "rss_kib", "MB", 1024 / 1e6, ("at most", 0.5)),
    ):
        run.add(FOOTPRINT, f"{title}, beside libcurl", column(found["ours"], key, unit, scale),
                column(found["curl"], key, unit, scale), wanted=wanted)


def files_of(library):
    """Shared libraries that come with one, but for those of the C library itself."""
    own = ("libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "ld-linux", "libresolv.so")
    paths = [line.split("=>")[1].split()[0] for line in programs.run(["ldd", library]).splitlines() if "=> /" in line]
    paths = [str(library)] + [path for path in paths if not os.path.basename(path).startswith(own)]
    return len(paths), sum(os.stat(path).st_size for path in paths)


def idle(run):
    """How often the worker wakes up while nothing waits: one that may send, and one beside it."""
    seconds = 3 if run.quick else 12
    with Sink() as sink:
        folder = outbox.new_folder(run.scratch, "idle", outbox.settings(sink))
        tills = []
        for _ in range(2):
            till = subprocess.Popen([c("till"), "idle", folder, str(seconds + 10)], stdout=subprocess.PIPE, text=True)
            tills.append(till)
            till.stdout.readline()
        # Both have settled down.
        time.sleep(3)
        before = [wake_ups(till.pid) for till in tills]
        time.sleep(seconds)
        after = [wake_ups(till.pid) for till in tills]
        for till in tills:
            till.kill()
            till.wait()
            till.stdout.close()
    for title, start, end in zip(("the till that sends", "another on the same folder"), before, after):
        run.add(FOOTPRINT, f"wake-ups a second, idle, {title}", Value([(end - start) / seconds], "/s"), wanted=("at most", 1, "/s"))


def wake_ups(pid):
    """Times that the library's own threads went to sleep by themselves."""
    count = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as file:
            fields = dict(line.rstrip("\n").split(":", 1) for line in file)
        if fields["Name"].strip().startswith("tillmail"):
            count += int(fields["voluntary_ctxt_switches"])
    return count


def memory(run):
    """Line 9: a backlog of 100,000 mails."""
    count, seconds = (2000, 5) if run.quick else (100_000, 60)
    with Sink() as sink:
        say(f"  making {count:,} mails that wait")
        folder = run.backlog("memory", sink, count)
        programs.settle_disk()
        found = measured(c("till"), "drain", folder, seconds)
        sink.stats()
        shutil.rmtree(folder)
    grown = Value([(found["rss_most_kib"] - found["rss_start_kib"]) * 1024 / 1e6], "MB")
    note = "" if not found["waiting"] else f"{found['sent']:,} of them left in the {seconds} s that the run gives them"
    run.add(FOOTPRINT, f"growth of resident memory while {count:,} mails leave", grown, wanted=("at most", 10, " MB"), note=note)


ALL = [accept, threads, rows, trips, loopback, session, distance, cold, connections, footprint, memory]
