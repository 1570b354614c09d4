"""Builds and starts what is measured, and the servers it talks to."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

BENCHES = pathlib.Path(__file__).resolve().parent
ROOT = BENCHES.parent
BUILD = ROOT / "build" / "bench"
# What is built goes to folders of its own, whatever CARGO_TARGET_DIR says: features and flags differ.
RUST = BUILD / "rust"
LIBRARY = BUILD / "lib" / "libtillmail.so"
CA, CERTIFICATE, KEY = BUILD / "ca.pem", BUILD / "certificate.pem", BUILD / "key.pem"
HOST = "127.0.0.1"
# Where the server is when it is a long way off (distance.py).
FAR_HOST = "10.255.78.2"
# Longer than any measurement; a peer that hangs must not hang the run.
LONGEST_S = 300


class Failed(Exception):
    """A program that is needed did not do its work."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **options):
    """Runs a program to its end; its output, or Failed with what it said."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, **options)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)}\nran for longer than {LONGEST_S} s") from None
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}\nended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def measured(program, *arguments):
    """Runs one of our programs or a peer; what it prints is a line of JSON."""
    command = [sys.executable, program] if str(program).endswith(".py") else [program]
    return json.loads(run([*command, *arguments]))


def rust(name):
    return RUST / "release" / name


def c(name):
    return BUILD / name


def build():
    """The library as it is shipped, the peers, and the certificates."""
    BUILD.mkdir(parents=True, exist_ok=True)
    say("building the library as it is shipped (some minutes the first time)")
    built = shipped(ROOT, BUILD / "target", "rustc", "--lib", "--no-default-features", "--features", "pdf", "--crate-type", "cdylib", "--locked")
    # Under the name that a program which was linked with it asks for.
    LIBRARY.parent.mkdir(exist_ok=True)
    shutil.copyfile(built / LIBRARY.name, LIBRARY)
    shutil.copyfile(LIBRARY, LIBRARY.with_name("libtillmail.so.1"))
    say("building the server and the peers")
    printed(["cargo", "build", "--release", "--locked", "--target-dir", RUST], BENCHES)
    flags = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
    run([*flags, BENCHES / "peers/replay.c", "-o", c("replay"), "-lssl", "-lcrypto"])
    run([*flags, BENCHES / "peers/curl.c", "-o", c("curl"), "-lcurl"])
    run([*flags, BENCHES / "load.c", "-o", c("load"), "-ldl"])
    ours = [f"-I{ROOT / 'include'}", f"-L{LIBRARY.parent}", f"-Wl,-rpath,{LIBRARY.parent}", "-ltillmail", "-lpthread"]
    run([*flags, BENCHES / "till.c", "-o", c("till"), *ours])
    certificates()


def shipped(folder, target, *arguments):
    """Builds with the flags of what is shipped; gives the folder of the results."""
    return pathlib.Path(printed(["sh", BENCHES / "shipped.sh", target, *arguments], folder).strip())


def printed(command, folder):
    """Runs a compiler, whose progress is to be seen; gives what it prints beside that."""
    command = [str(word) for word in command]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)} in {folder}")
    return done.stdout


def certificates():
    """An authority and a server's certificate, new each time: they live as long as the run."""
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run(["openssl", "req", "-x509", *ec, "-keyout", BUILD / "ca.key", "-out", CA, "-days", "2", "-subj", "/CN=Bench Authority"])
    run(["openssl", "req", *ec, "-keyout", KEY, "-out", BUILD / "request.pem", "-subj", "/CN=sink.test"])
    extensions = BUILD / "extensions"
    extensions.write_text(f"subjectAltName=IP:{HOST},IP:{FAR_HOST}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    run(["openssl", "x509", "-req", "-in", BUILD / "request.pem", "-CA", CA, "-CAkey", BUILD / "ca.key",
         "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", CERTIFICATE])


def build_session():
    """The program that runs the library's session alone, with the library's own versions and profile."""
    say("building the library once more, for its session alone")
    folder = BENCHES / "session"
    shutil.copyfile(ROOT / "Cargo.lock", folder / "Cargo.lock")
    profile = BUILD / "profile.toml"
    profile.write_text(profiles((ROOT / "Cargo.toml").read_text()))
    return shipped(folder, BUILD / "session", "build", "--config", profile) / "tillmail-session"


def profiles(manifest):
    """The [profile…] tables of a Cargo.toml."""
    tables = re.split(r"(?m)^(?=\[)", manifest)
    return "".join(table for table in tables if table.startswith("[profile."))


class Server:
    """A program that prints a line when it is ready, and ends with its standard input."""

    def __init__(self, command):
        command = [str(word) for word in command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first_line = self.process.stdout.readline()
        if not self.first_line:
            self.close()
            raise Failed(f"{' '.join(command)}\ndid not start")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Sink(Server):
    """The mail server: `tls` is STARTTLS with AUTH; `offers` are EHLO's words for sending ahead."""

    host = HOST
    rtt_ms = 0

    def __init__(self, tls=False, offers=("pipelining",), inside=()):
        security = ["--tls", CERTIFICATE, KEY] if tls else []
        super().__init__([*inside, rust("sink"), "--listen", self.host, *security, *(f"--{offer}" for offer in offers)])
        # `port N`
        self.port = int(self.first_line.split()[1])
        self.tls = tls
        self.ca = str(CA) if tls else "-"

    def stats(self):
        """What came since the last time. The server counts a mail before its client can know."""
        self.process.stdin.write("stats\n")
        self.process.stdin.flush()
        seen = json.loads(self.process.stdout.readline())
        if seen["damaged"]:
            raise Failed(f"{seen['damaged']} of {seen['mails']} mails did not end as they should")
        return seen


def scratch():
    """Where state folders are made: on the disk of the repository, or in BENCH_DISK."""
    where = os.environ.get("BENCH_DISK") or BUILD
    return pathlib.Path(tempfile.mkdtemp(prefix="state-", dir=where)).resolve()


def settle_disk():
    """What a preparation wrote must not be written during the next measurement."""
    os.sync()
    time.sleep(0.2)
