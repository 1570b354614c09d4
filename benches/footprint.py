"""Size, loading, idling, memory."""
import os
import shutil
import subprocess
import time

import outbox
import programs
import receipt
from programs import Failed, Sink, c, measured, say
from results import Value, column, in_turn

SECTION = "Footprint"


def footprint(run):
    """Size, loading, idling."""
    size = Value([programs.LIBRARY.stat().st_size / 1e6], "MB")
    run.add(SECTION, "`libtillmail.so`, stripped", size, wanted=("at most", 3.5, " MB"))
    dll = programs.ROOT / "build/windows/win32/tillmail.dll"
    run.add(SECTION, "`tillmail.dll`, 32 bits", Value([dll.stat().st_size / 1e6], "MB") if dll.exists() else None,
            wanted=("at most", 3, " MB"), note="" if dll.exists() else "`make dist-windows` has not been run here")
    loading(run)
    idle(run)


def loading(run):
    folder = outbox.new_folder(run.scratch, "load", receipt.shop())
    curl = programs.run(["gcc", "-print-file-name=libcurl.so"]).strip()
    curl = os.path.realpath(curl)
    found = in_turn(4 * run.runs, {
        "ours": lambda: measured(c("load"), programs.LIBRARY, "tillmail", folder),
        "curl": lambda: measured(c("load"), curl, "curl"),
    })
    if found["ours"][0]["threads"] != 1:
        raise Failed("the library starts a thread when it is loaded")
    files = [files_of(path) for path in (programs.LIBRARY, curl)]
    run.add(SECTION, "files to load beside the C library's", *(Value([count], "") for count, _ in files))
    run.add(SECTION, "their size", *(Value([size / 1e6], "MB") for _, size in files))
    for title, key, unit, scale, wanted in (
        ("time to load", "load_ms", "ms", 1, ("at most", 0.5)),
        ("time to load and open", "ready_ms", "ms", 1, None),
        ("resident memory, opened", "rss_kib", "MB", 1024 / 1e6, ("at most", 0.5)),
    ):
        run.add(SECTION, f"{title}, beside libcurl", column(found["ours"], key, unit, scale),
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
        run.add(SECTION, f"wake-ups a second, idle, {title}", Value([(end - start) / seconds], "/s"), wanted=("at most", 1, "/s"))


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
    """A backlog of 100,000 mails."""
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
    run.add(SECTION, f"growth of resident memory while {count:,} mails leave", grown, wanted=("at most", 10, " MB"), note=note)
