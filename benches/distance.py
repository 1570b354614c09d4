"""A long way between client and server: a network namespace of its own, and netem's delay, where the kernel has it.

Elsewhere programs.FarSink puts a delaying proxy in between (src/bin/delay.rs, which says what that does not show).
"""
import atexit
import functools
import subprocess

NAMESPACE = "tillmail-bench"
INSIDE = ["ip", "netns", "exec", NAMESPACE]
NEAR, FAR = "tillbench0", "tillbench1"
NEAR_HOST, FAR_HOST = "10.255.77.1", "10.255.77.2"
# What is under way at once must never be dropped.
PACKETS = 100_000


@functools.cache
def has_netem():
    """Makes the namespace; False where the kernel or this machine's root cannot."""
    atexit.register(remove)
    remove()
    return all(
        tried(command)
        for command in (
            ["ip", "netns", "add", NAMESPACE],
            ["ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", NAMESPACE],
            ["ip", "address", "add", f"{NEAR_HOST}/30", "dev", NEAR],
            ["ip", "link", "set", NEAR, "up"],
            [*INSIDE, "ip", "address", "add", f"{FAR_HOST}/30", "dev", FAR],
            [*INSIDE, "ip", "link", "set", FAR, "up"],
            delay(NEAR, 1),
        )
    )


def way():
    """How the round-trip time is made, in words."""
    return "netem between two network namespaces" if has_netem() else "a delaying proxy, because this kernel has no netem"


def set_delay(rtt_ms):
    """Half of it in each direction."""
    for command in (delay(NEAR, rtt_ms), [*INSIDE, *delay(FAR, rtt_ms)]):
        subprocess.run(command, check=True)


def delay(device, rtt_ms):
    return ["tc", "qdisc", "replace", "dev", device, "root", "netem", "delay", f"{rtt_ms / 2}ms", "limit", str(PACKETS)]


def remove():
    tried(["ip", "netns", "delete", NAMESPACE])
    # Its other end goes with the namespace, but not at once.
    tried(["ip", "link", "delete", NEAR])


def tried(command):
    return subprocess.run(command, capture_output=True).returncode == 0
