//! A long line, where the kernel has no netem: takes the IP packets out of one TUN device and puts them into the other
//! after half the round-trip time, in both directions, however many are under way.
//!
//!     relay RTT_MS NEAR FAR NAMESPACE
//!
//! The devices are there already, FAR in the network namespace. Prints `ready`. TCP's handshakes, acknowledgements
//! and windows cross the line as packets do, so Nagle's algorithm and slow start cost what they cost anywhere. Nothing
//! is lost, reordered or throttled.

use std::ffi::c_char;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// More than an MTU: a packet is read whole or cut.
const PACKET: usize = 1 << 16;

/// A packet and when it is to arrive. Each takes as long as the others: who comes first arrives first.
type UnderWay = (Instant, Vec<u8>);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rtt, near, far, namespace] = arguments.as_slice() else {
        panic!("relay RTT_MS NEAR FAR NAMESPACE");
    };
    let one_way = Duration::from_secs_f64(rtt.parse::<f64>().expect("milliseconds") / 2e3);
    let near = open(near).expect("the near device");
    enter(namespace).expect("the namespace");
    let far = open(far).expect("the far device");
    for (from, to) in [(&near, &far), (&far, &near)] {
        let (late, under_way) = channel();
        let from = from.try_clone().expect("a descriptor");
        let to = to.try_clone().expect("a descriptor");
        thread::spawn(move || depart(from, &late, one_way));
        thread::spawn(move || arrive(to, &under_way));
    }
    println!("ready");
    // Ends with the program that started it.
    let _ = io::stdin().read(&mut [0]);
}

/// One end of a TUN device of the namespace that this thread is in.
fn open(device: &str) -> io::Result<File> {
    let tun = File::options()
        .read(true)
        .write(true)
        .open("/dev/net/tun")?;
    // SAFETY: all of it may be zero.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    assert!(device.len() < request.ifr_name.len(), "{device}: too long");
    for (to, byte) in request.ifr_name.iter_mut().zip(device.bytes()) {
        *to = byte as c_char;
    }
    // SAFETY: the pointer is to a request of ours, which ends with a zero.
    done(unsafe { libc::ioctl(tun.as_raw_fd(), libc::TUNSETIFF, &request) })?;
    Ok(tun)
}

/// What this thread opens from now on belongs to the namespace that `ip netns add` made.
fn enter(namespace: &str) -> io::Result<()> {
    let namespace = File::open(format!("/run/netns/{namespace}"))?;
    // SAFETY: takes numbers only.
    done(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) })
}

fn done(result: libc::c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Without its device a direction has nothing more to do.
fn depart(mut from: File, late: &Sender<UnderWay>, one_way: Duration) {
    let mut packet = vec![0; PACKET];
    while let Ok(size) = from.read(&mut packet) {
        let due = Instant::now() + one_way;
        if late.send((due, packet[..size].to_vec())).is_err() {
            return;
        }
    }
}

fn arrive(mut to: File, under_way: &Receiver<UnderWay>) {
    // SAFETY: takes numbers only. Without it a sleep may take 50 µs longer.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1) };
    for (due, packet) in under_way {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        // A device that is not up yet refuses; a line would lose the packet, too.
        let _ = to.write(&packet);
    }
}
