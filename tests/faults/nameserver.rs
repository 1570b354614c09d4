//! A network of one's own with a scripted name server, so that the system's real resolver meets real trouble.
//!
//! One thread gets its own network and its own view of /etc; the library's threads, which it starts, inherit both.

use super::support::scratch::Scratch;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;

/// Names and what the name server does when it is asked for one.
const NAMES: &[(&str, &str)] = &[
    ("good", "good.exemple.fr"),
    ("nxdomain", "nxdomain.exemple.fr"),
    ("servfail", "servfail.exemple.fr"),
    ("refused", "refused.exemple.fr"),
    ("empty", "empty.exemple.fr"),
    ("silent", "silent.exemple.fr"),
    ("junk", "junk.exemple.fr"),
    ("nobody", "nobody.exemple.fr"),
];

/// The host name that makes the name server behave so.
pub fn host(name: &str) -> &'static str {
    let found = NAMES.iter().find(|(known, _)| *known == name);
    found.expect("a known behaviour").1
}

/// Runs `work` in a network where only this name server can be asked, and where these hosts are this machine.
pub fn in_own_network<T: Send>(hosts: &[&str], work: impl FnOnce(&Network) -> T + Send) -> T {
    std::thread::scope(|scope| {
        let inside = scope.spawn(|| {
            let network = Network::enter(hosts);
            work(&network)
        });
        inside.join().expect("the thread with its own network")
    })
}

pub struct Network {
    scratch: Scratch,
}

impl Network {
    fn enter(hosts: &[&str]) -> Network {
        let scratch = Scratch::new("names");
        leave_the_machines_network();
        let hosts = hosts.join(" ");
        show_instead(&scratch, "hosts", &format!("127.0.0.1 localhost {hosts}\n"));
        show_instead(&scratch, "nsswitch.conf", "hosts: files dns\n");
        let network = Network { scratch };
        show_instead(&network.scratch, "resolv.conf", "");
        network.ask("127.0.0.53");
        let socket =
            UdpSocket::bind(("127.0.0.53", 53)).expect("port 53 in a network of one's own");
        // Ends with the process: nobody else can reach this network.
        std::thread::spawn(move || answer_all(&socket));
        network
    }

    /// From now on the name server is there.
    pub fn ask(&self, address: &str) {
        self.ask_with(address, "timeout:1 attempts:1");
    }

    /// As `ask`, and the system's resolver waits for it much longer than anybody in a shop does.
    pub fn ask_patiently(&self, address: &str) {
        self.ask_with(address, "timeout:30 attempts:3");
    }

    fn ask_with(&self, address: &str, options: &str) {
        let text = format!("nameserver {address}\noptions {options}\n");
        // The file itself must stay the one that is mounted.
        fs::write(self.scratch.path().join("resolv.conf"), text).expect("resolv.conf is written");
    }
}

fn show_instead(scratch: &Scratch, name: &str, text: &str) {
    let ours = scratch.path().join(name);
    fs::write(&ours, text).expect("a file of our own");
    let theirs = Path::new("/etc").join(name);
    if theirs.exists() {
        bind(&ours, &theirs);
    }
}

#[allow(unsafe_code)]
fn leave_the_machines_network() {
    // SAFETY: no pointers are passed; only this thread leaves.
    let left = unsafe { libc::unshare(libc::CLONE_NEWNET | libc::CLONE_NEWNS) };
    assert_eq!(
        left,
        0,
        "a network of one's own needs root: {}",
        std::io::Error::last_os_error()
    );
    mount(None, c"/", libc::MS_REC | libc::MS_PRIVATE);
    switch_loopback_on();
}

fn bind(ours: &Path, theirs: &Path) {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    let ours = CString::new(ours.as_os_str().as_bytes()).expect("a path");
    let theirs = CString::new(theirs.as_os_str().as_bytes()).expect("a path");
    mount(Some(&ours), &theirs, libc::MS_BIND);
}

#[allow(unsafe_code)]
fn mount(source: Option<&std::ffi::CStr>, target: &std::ffi::CStr, flags: libc::c_ulong) {
    let source = source.map_or(std::ptr::null(), std::ffi::CStr::as_ptr);
    // SAFETY: the strings end with NUL and live for the call; a bind mount reads nothing else.
    let mounted = unsafe {
        libc::mount(
            source,
            target.as_ptr(),
            std::ptr::null(),
            flags,
            std::ptr::null(),
        )
    };
    let error = std::io::Error::last_os_error();
    assert_eq!(mounted, 0, "mount on {target:?}: {error}");
}

#[allow(unsafe_code)]
fn switch_loopback_on() {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).expect("a socket");
    // SAFETY: zeroes are a valid `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = libc::c_char::try_from(*from).expect("ASCII");
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).expect("a small flag");
    // SAFETY: the descriptor is open and `request` is what this call reads.
    let up = unsafe {
        libc::ioctl(
            std::os::fd::AsRawFd::as_raw_fd(&socket),
            libc::SIOCSIFFLAGS,
            &raw mut request,
        )
    };
    assert_eq!(up, 0, "lo: {}", std::io::Error::last_os_error());
}

fn answer_all(socket: &UdpSocket) {
    let mut buffer = [0; 512];
    while let Ok((length, client)) = socket.recv_from(&mut buffer) {
        if let Some(answer) = answer(&buffer[..length]) {
            let _ = socket.send_to(&answer, client);
        }
    }
}

/// RFC 1035 4.1: header, the question again, and an address where there is one.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let label = query.get(13..13 + usize::from(*query.get(12)?))?;
    let end = 12 + query[12..].iter().position(|byte| *byte == 0)? + 5;
    let question = query.get(12..end)?;
    let asks_for_ipv4 = question[question.len() - 4..] == [0, 1, 0, 1];
    let (rcode, addresses) = match label {
        b"good" => (0, u8::from(asks_for_ipv4)),
        b"empty" => (0, 0),
        b"servfail" => (2, 0),
        b"nxdomain" => (3, 0),
        b"refused" => (5, 0),
        b"junk" => return Some(b"\xff\xfe not a packet of DNS".to_vec()),
        _ => return None,
    };
    let mut packet = vec![query[0], query[1], 0x81, 0x80 | rcode];
    packet.extend([0, 1, 0, addresses, 0, 0, 0, 0]);
    packet.extend(question);
    if addresses == 1 {
        // A pointer to the name, type A, class IN, 60 s, four bytes.
        packet.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(packet)
}
