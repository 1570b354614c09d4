"""What a till feels."""
import shutil

import outbox
import programs
from distance import FarSink
from programs import Failed, Sink, c, measured, say
from results import Value, column, in_turn

SECTION = "Till side"


def accept(run):
    """What the till feels."""
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
    run.add(SECTION, "`mail_send_receipt`, p50, beside a bare SQLite insert", p50, bare50, wanted=("at most", 2.5))
    run.add(SECTION, "the same, p99", p99, bare99, wanted=("at most", 2))
    cpu, bare = column(found["ours"], "cpu_us", "µs"), column(found["insert"], "cpu_us", "µs")
    more = Value([one - other for one, other in zip(cpu.runs, bare.runs)], "µs")
    run.add(SECTION, "its CPU time, and on top of the insert's", cpu, bare, more=more, wanted=("at most", 150, " µs"))
    for title, name, bound in (("on loopback", "curl", 10), ("at 40 ms round trip", "far", 1000)):
        run.add(SECTION, f"times that libcurl's synchronous send takes longer, {title} (STARTTLS, AUTH)", p50,
                column(found[name], "p50_us", "µs"), inverse=True, wanted=("at least", bound))
    for name in ("p50", "p99"):
        run.add(SECTION, f"`mail_send_receipt`, {name}, while the worker sends, beside an idle one",
                column(found["busy"], f"{name}_us", "µs"), column(found["ours"], f"{name}_us", "µs"))


def threads(run):
    """Tills that call at once."""
    with Sink() as sink:
        folder = outbox.new_folder(run.scratch, "threads", outbox.settings(sink))
        found = in_turn(run.runs, {
            "one": lambda: run.accept(folder),
            "sixteen": lambda: run.accept(folder, threads=16),
        })
    run.add(SECTION, "receipts a second of 16 threads, beside 1 thread", column(found["sixteen"], "per_second", "/s"),
            column(found["one"], "per_second", "/s"), wanted=("at least", 4))


def rows(run):
    """The same calls with a thousand rows and with a million."""
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
        run.add(SECTION, f"{name}, with {sizes[-1]:,} rows, beside {sizes[0]:,}", values[sizes[-1]], values[sizes[0]],
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
