"""Writes docs/PERFORMANCE.md and its plots."""
import os
import pathlib
import platform
import re
import time

import distance
import plot
import programs
from results import table

PAGE = programs.ROOT / "docs/PERFORMANCE.md"
PLOTS = programs.ROOT / "docs/performance"

TEXT = """# How fast, how small

Made by `make bench` (`benches/`); not edited by hand. Measured on {day}, commit `{commit}`, in one run of {minutes} minutes.

All figures are medians of {runs} runs in turn (ours, the other, ours, …), with the lowest and the highest in brackets. They
belong to this machine; the ratios travel better. "met" and "MISSED" are about the wanted ratio, that of the medians.

- Machine: {machine}
- Disk of the state folders: {disk}
- Beside us: {peers}
- The work: a sale that becomes a mail of {mail:,} bytes: text, HTML with accents, and a PNG of 3 KB inside. The others get its
  bytes ready-made.

{table}
![Latency against rows](performance/rows.svg)

![Mails a second against the round-trip time](performance/distance.svg)

{footprint}## What the lines mean

- **A bare SQLite insert**: the mail's bytes into a table of two columns with the library's own SQLite, WAL and
  `synchronous=FULL`, on the same disk. It is what durability costs; what `mail_send_receipt` takes beyond is ours. Where the disk
  needs milliseconds for a flush, both are as slow as the disk, and the bounds against libcurl cannot be met.
- **CPU time**: of the whole process, the library's own thread included, for each receipt.
- **libcurl's synchronous send**: what a till would wait for without an outbox: a connection, STARTTLS, AUTH, one mail. It may
  resume its TLS session; libcurl 7.88 does so with TLS from the first byte only.
- **With 1,000,000 rows**: folders filled by SQL with copies of a mail that the library sent, each with its journal lines; their
  contents are forgotten, as after a week. "Claim, send and settle" is the time a mail takes when a backlog of up to 400 drains over
  loopback from such a folder.
- **Round trips a mail**: the time from the first MAIL to the end of the last mail, as the server sees them, for each mail and
  divided by 40 ms.
- **The distance**: the server is in a network namespace of its own, behind {way}.
  TCP's own packets take half the round-trip time each way, those of handshakes and acknowledgements too; nothing is lost or
  throttled. Both ends use {congestion}, as Linux, Windows and macOS do, whatever this machine is set to. The first mail on a
  connection is longer than what TCP sends before its first acknowledgement, and takes a round trip more. lettre's pool takes six a
  mail: NOOP, MAIL, RCPT, DATA, the mail, and its final dot, which is written apart without TCP_NODELAY, so that Nagle's algorithm
  holds it back until the mail is acknowledged (on loopback, where a mail is one packet, that is 40 ms of delayed acknowledgement).
- **Whole drain**: mails that wait in the outbox, claimed, sent, and settled durably with their journal lines, over one
  connection. The clock runs, as that of the peers, from the answer to the first mail; it ends when `mail_health` counts no mail
  that waits. The peers keep nothing on disk.
- **At 10 and 40 ms**: the same with STARTTLS and AUTH over a long way. Connections carry 50 mails each where their number is
  measured, so that there is something to share.
- **Session alone**: the same lines of SMTP without the outbox, through a function that only benches see. The C replay
  (`benches/peers/replay.c`) writes ready-made bytes and counts replies: no client can be quicker with as many round trips.
- **Fresh connection**: from the call of `mail_send_receipt` to the answer of `mail_wait`: two durable commits are in it, and a
  connection of its own for each mail. libcurl opens one, too, and has nothing to keep.
- **Files to load**: the library with all it needs beside the C library's own parts, against libcurl (OpenSSL) as Debian has it.
- **Wake-ups**: times that the library's threads went to sleep by themselves (`voluntary_ctxt_switches`), nothing waiting.
- **The server** is `benches/src/bin/sink.rs`: it answers each read with one write, checks where each mail ends, and forgets it.
  The C replay shows what it can take.

## To repeat it

```
make bench                      # as root on Debian 12; fetches packages and crates that are missing
make bench BENCH='accept cold'  # some lines only: {names}
make bench QUICK=1              # two short runs of each
make bench BENCH_DISK=/folder   # state folders on another disk
```

The last three print the table and leave this page as it is. Let the machine do nothing else meanwhile.
"""


def write(run, seconds, names):
    """Writes the page and its plots."""
    PLOTS.mkdir(exist_ok=True)
    (PLOTS / "rows.svg").write_text(
        plot.svg("Latency against rows in outbox and journal", "rows", "µs", run.points["rows"], x_log=True))
    (PLOTS / "distance.svg").write_text(
        plot.svg("One connection, STARTTLS + AUTH, against the round-trip time", "round-trip time, ms", "mails a second",
                 run.points["distance"], x_log=False))
    PAGE.write_text(TEXT.format(
        day=time.strftime("%Y-%m-%d"), commit=programs.run(["git", "-C", programs.ROOT, "rev-parse", "--short", "HEAD"]).strip(),
        minutes=round(seconds / 60), runs=run.runs, machine=machine(), disk=disk(run), peers=", ".join(peers()),
        mail=run.mail.stat().st_size, way=distance.way(), congestion=distance.CONGESTION.upper(), table=table(run.rows),
        footprint=footprint(), names=", ".join(names)))


def footprint():
    """Where it stands what each part of the library costs."""
    page = PLOTS / "footprint.md"
    return "What each dependency costs in bytes: [footprint.md](performance/footprint.md).\n\n" if page.exists() else ""


def machine():
    cpu = re.search(r"(?m)^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
    system = re.search(r'(?m)^PRETTY_NAME="(.*)"$', pathlib.Path("/etc/os-release").read_text())
    return (f"{os.cpu_count()} × {cpu.group(1) if cpu else platform.machine()}, {memory / 1e6:.0f} GB, "
            f"{system.group(1) if system else 'Linux'}, Linux {platform.release()}")


def disk(run):
    kind = programs.run(["findmnt", "-n", "-o", "SOURCE,FSTYPE", "--target", run.scratch.parent]).split()
    return " ".join(kind)


def peers():
    """Names and versions."""
    rust = re.findall(r'name = "(lettre|rustls)"\nversion = "(.*)"', (programs.BENCHES / "Cargo.lock").read_text())
    yield "libcurl " + programs.run(["curl-config", "--version"]).split()[1]
    yield programs.run(["openssl", "version"]).split("(")[0].strip().replace("  ", " ")
    yield from (f"{name} {version}" for name, version in rust)
    yield f"Python {platform.python_version()}"
    yield " ".join(programs.run(["msmtp", "--version"]).split()[:3])
    yield "gcc " + programs.run(["gcc", "-dumpfullversion"]).strip()
