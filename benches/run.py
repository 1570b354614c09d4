"""`make bench`: builds, measures, prints the table, and writes docs/PERFORMANCE.md.

    BENCH="accept cold"   measures these only, and leaves the document as it is
    QUICK=1               a short run, to see that everything works; leaves the document as it is
    BENCH_DISK=/folder    where state folders are made; default: the disk of the repository
"""
import errno
import os
import shutil
import signal
import socket
import sys
import time

import delivery
import footprint
import page
import programs
import till_side
from programs import Failed, say
from results import table
from workbench import Workbench

MEASURES = [
    till_side.accept,
    till_side.threads,
    till_side.rows,
    delivery.trips,
    delivery.loopback,
    delivery.session,
    delivery.distance,
    delivery.cold,
    delivery.connections,
    footprint.footprint,
    footprint.memory,
]


def main():
    known = {measure.__name__: measure for measure in MEASURES}
    named = os.environ.get("BENCH", "").replace(",", " ").split()
    unknown = [name for name in named if name not in known]
    if unknown:
        sys.exit(f"BENCH: {' '.join(unknown)} is unknown; there are {' '.join(known)}")
    quick = os.environ.get("QUICK", "") not in ("", "0")
    wait_for_others()
    start = time.monotonic()
    programs.build()
    scratch = programs.scratch()
    try:
        run = Workbench(scratch, quick)
        for number, name in enumerate(named or known, 1):
            say(f"[{number}/{len(named or known)}, {time.monotonic() - start:.0f} s] {name}: {known[name].__doc__}")
            known[name](run)
        print(table(run.rows))
        seconds = time.monotonic() - start
        if not (named or quick or os.environ.get("BENCH_DISK")):
            page.write(run, seconds, known)
            say(f"written: {page.PAGE}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    say(f"{seconds:.0f} s")


def wait_for_others():
    """Two runs at once would measure each other, and take each other's library and devices away."""
    held, said = socket.socket(socket.AF_UNIX), False
    while True:
        try:
            # A name without a file: it is free again when this process has ended.
            held.bind("\0tillmail-bench")
            break
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            if not said:
                say("waiting until another `make bench` has ended")
            said = True
            time.sleep(1)
    # Held until then, not only until this function returns.
    held.detach()


if __name__ == "__main__":
    # Ended from outside it cleans up, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("make bench: interrupted")
    except Failed as failed:
        sys.exit(f"make bench stops: {failed}")
