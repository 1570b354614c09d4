"""How fast mails leave."""
import functools
import shutil
import subprocess
import time

import outbox
import programs
from distance import FarSink
from programs import Failed, Sink, c, measured, say
from results import Value, column, in_turn, rates

SECTION = "Delivery"
PEERS = "Other ways to send, for comparison"


def trips(run):
    """Round trips of one mail, counted by the clock at 40 ms."""
    for title, offers, bound in (("PIPELINING", ["pipelining"], 1.1), ("CHUNKING", ["chunking", "pipelining"], 1.1), ("neither", [], 4.4)):
        with FarSink(40, tls=True, offers=offers) as sink:
            folder = run.backlog(f"trips-{len(offers)}", sink, 25)
            found = [run.drain(sink, folder, 8) for _ in range(run.runs)]
            mails = Value([one["ns_a_mail"] / 40e6 for one in found], "")
            run.add(SECTION, f"round trips a mail on a warm connection, {title}", mails, wanted=("at most", bound, ""))


def loopback(run):
    """A backlog that leaves, beside libcurl with a reused connection and prebuilt bytes."""
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
            run.add(SECTION, f"whole drain, {title}, beside libcurl's reused connection", ours, rates(found["curl"]),
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
    """The session alone, without the outbox, beside the C replay with as many round trips."""
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
            run.add(SECTION, f"session alone, {title}, {way}, beside the C replay", rates(found["ours"]),
                    rates(found["replay"]), wanted=("at least", 0.85))


def distance(run):
    """Mails a second against the round-trip time, one connection, STARTTLS + AUTH."""
    # How many mails wait for us, and how long the others send: a second or two either way.
    ways = {0: (4000, 0.5), 10: (100, 1), 40: (60, 1.5), 100: (20, 2)}
    for rtt in (0, 40) if run.quick else ways:
        say(f"  {rtt} ms")
        count, seconds = ways[rtt]
        with FarSink(rtt, tls=True) if rtt else Sink(tls=True) as sink:
            folder = run.backlog(f"distance-{rtt}", sink, count)
            found = in_turn(run.runs, {
                "tillmail": lambda: run.drain(sink, folder, 6),
                "libcurl": lambda: run.curl(sink, "reused", seconds=seconds),
                "lettre": lambda: run.lettre(sink, seconds=seconds),
                "smtplib": lambda: run.smtplib(sink, seconds=seconds),
            })
        shutil.rmtree(folder)
        for name, runs in found.items():
            run.point("distance", name, rtt, rates(runs))
        if rtt == 40:
            ours = rates(found["tillmail"])
            run.add(SECTION, "at 40 ms, beside libcurl's reused connection", ours, rates(found["libcurl"]), wanted=("at least", 3.5))
            run.add(SECTION, "at 40 ms, beside lettre's pool", ours, rates(found["lettre"]), wanted=("at least", 5))
            run.add(PEERS, "at 40 ms, beside Python's smtplib", ours, rates(found["smtplib"]))


def cold(run):
    """One mail on a fresh connection, from the call to the server's answer."""
    for title, kind, count in (("on loopback", Sink, 200), ("at 40 ms", functools.partial(FarSink, 40), 4)):
        # As Postfix, Gmail and Microsoft offer it.
        with kind(tls=True, offers=("pipelining", "chunking")) as sink:
            folder = outbox.new_folder(run.scratch, f"cold-{count}", outbox.settings(sink, connections=1, batch=1))
            found = in_turn(run.runs, {
                "ours": lambda: cold_mails(run, sink, folder, count),
                "curl": lambda: run.curl(sink, "fresh", count=count, seconds=4),
            })
            ours, peer = column(found["ours"], "p50_us", "ms", 1e-3), column(found["curl"], "p50_us", "ms", 1e-3)
            run.add(SECTION, f"one mail, fresh connection, {title}: times that libcurl takes longer", ours, peer,
                    inverse=True, wanted=("at least", 1.5))


def cold_mails(run, sink, folder, count):
    sink.stats()
    found = measured(c("till"), "deliver", folder, run.receipt, count, 4)
    seen = sink.stats()
    if seen["connections"] < seen["mails"]:
        raise Failed(f"{seen['mails']} mails came over {seen['connections']} connections: not one each")
    return found


def connections(run):
    """More connections an account."""
    with FarSink(10, tls=True) as sink:
        # A connection takes a batch: there have to be several.
        folder = run.backlog("connections", sink, 200, batch=50)
        folders = {}
        for count in (1, 2, 4):
            folders[count] = outbox.copy(folder, f"connections-{count}")
            outbox.configure(folders[count], outbox.settings(sink, connections=count, batch=50))
        found = in_turn(run.runs, {count: lambda at=at: run.drain(sink, at, 5) for count, at in folders.items()})
    for count in (2, 4):
        run.add(SECTION, f"at 10 ms, {count} connections beside 1", rates(found[count]), rates(found[1]))
