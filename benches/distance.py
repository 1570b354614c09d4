"""A long line between client and server: the server is in a network namespace of its own, and real TCP crosses the way.

Where the kernel has netem, it delays what crosses a veth pair; elsewhere src/bin/relay.rs carries the packets between
two TUN devices.
"""
import atexit
import functools
import os
import socket
import subprocess
import time

from programs import FAR_HOST, Failed, Server, Sink, run, rust, say

NAMESPACE = "tillmail-far"
INSIDE = ["ip", "netns", "exec", NAMESPACE]
NEAR, FAR, NEAR_HOST = "tillmail-near", "tillmail-far", "10.255.78.1"
NETWORK = "10.255.78.0/30"
# As Linux, Windows and macOS come. BBR, which some servers are set to, spreads the packets of each mail over time.
CONGESTION = "cubic"
# What is under way at once must never be dropped.
PACKETS = 100_000
NETEM = "netem on a pair of virtual Ethernet devices"
RELAY = "a relay of IP packets between two TUN devices, because this kernel has no netem"


class FarSink(Sink):
    """The mail server a long way off; one at a time."""

    host = FAR_HOST

    def __init__(self, rtt_ms, **options):
        self.relay, self.rtt_ms = None, rtt_ms
        if way() == NETEM:
            for command in (delay(NEAR, rtt_ms), [*INSIDE, *delay(FAR, rtt_ms)]):
                run(command)
        else:
            self.relay = Server([rust("relay"), rtt_ms, NEAR, FAR, NAMESPACE])
        super().__init__(inside=INSIDE, **options)
        check(self)

    def close(self):
        super().close()
        if self.relay:
            self.relay.close()


@functools.cache
def way():
    """Makes the devices; what makes the distance, in words."""
    if os.geteuid() != 0:
        raise Failed("a network namespace and its devices are needed for a long line: run it as root")
    atexit.register(remove)
    remove()
    run(["ip", "netns", "add", NAMESPACE])
    veth = ["ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", NAMESPACE]
    if tried(veth) and tried(delay(NEAR, 1)):
        found = NETEM
    else:
        tried(["ip", "link", "delete", NEAR])
        try:
            run(["ip", "tuntap", "add", NEAR, "mode", "tun"])
            run([*INSIDE, "ip", "tuntap", "add", FAR, "mode", "tun"])
        except Failed as failed:
            raise Failed(f"this kernel has no netem, and it gives no TUN device either (/dev/net/tun): {failed}") from None
        found = RELAY
    for inside, device, host in ([], NEAR, NEAR_HOST), (INSIDE, FAR, FAR_HOST):
        run([*inside, "ip", "address", "add", f"{host}/30", "dev", device])
        run([*inside, "ip", "link", "set", device, "txqueuelen", PACKETS, "up"])
        run([*inside, "ip", "route", "replace", NETWORK, "dev", device, "src", host, "congctl", CONGESTION])
    return found


def remove():
    """Also what a run left behind that was killed."""
    tried(["ip", "netns", "delete", NAMESPACE])
    # A veth's other end goes with the namespace, but not at once.
    tried(["ip", "link", "delete", NEAR])


def delay(device, rtt_ms):
    """Half of the round-trip time in each direction."""
    return ["tc", "qdisc", "replace", "dev", device, "root", "netem", "delay", f"{rtt_ms / 2}ms", "limit", str(PACKETS)]


def check(sink):
    """A handshake takes one round trip: the line is as long as asked for."""
    shortest_ms = min(connect_ms(sink) for _ in range(3))
    if shortest_ms < sink.rtt_ms:
        raise Failed(f"{way()}: a connection takes {shortest_ms:.2f} ms where a round trip takes {sink.rtt_ms} ms")
    if shortest_ms > 1.05 * sink.rtt_ms + 1:
        say(f"  a round trip takes {shortest_ms:.1f} ms instead of {sink.rtt_ms}: is the machine busy?")


def connect_ms(sink):
    start = time.monotonic()
    with socket.create_connection((sink.host, sink.port), timeout=10):
        return (time.monotonic() - start) * 1e3


def tried(command):
    return subprocess.run(command, capture_output=True).returncode == 0
