//! Scratch folders, free ports and waiting with a deadline.

use std::net::TcpListener;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A folder of its own for one test, removed when dropped.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let root = std::env::temp_dir();
        loop {
            let path = root.join(unique(name));
            match std::fs::create_dir(&path) {
                Ok(()) => return Scratch { path },
                // Left by a killed run whose process number came round again.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(error) => panic!("cannot create {}: {error}", path.display()),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A server's last child may still write while we remove: then once more.
        for _ in 0..20 {
            let _ = std::fs::remove_dir_all(&self.path);
            if !self.path.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

// Short, because the path of a Unix socket holds 107 bytes at most.
fn unique(name: &str) -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("tillmail-{name}-{}-{number}", std::process::id())
}

/// Asks `condition` until it gives a value; panics naming `what` once `deadline` has passed.
pub fn wait_until<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl FnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            Instant::now() < end,
            "waited {deadline:?} in vain until {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A port on which nothing listened a moment ago; somebody else may take it before you do.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
    listener.local_addr().expect("a local address").port()
}

/// A port that nobody else is given while a server with SO_REUSEPORT, such as Postfix, uses it.
///
/// Postfix on a merely free port would share it with another test's Postfix, unnoticed.
pub struct ReservedPort {
    // Bound but never listening: it takes no connections.
    holder: TcpListener,
}

impl ReservedPort {
    pub fn new() -> ReservedPort {
        let holder = bind_shareable().expect("a port on loopback");
        ReservedPort { holder }
    }

    pub fn number(&self) -> u16 {
        self.holder.local_addr().expect("a local address").port()
    }
}

#[allow(unsafe_code)]
fn bind_shareable() -> std::io::Result<TcpListener> {
    // SAFETY: no pointers are passed.
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
    succeeded(socket)?;
    // SAFETY: the descriptor has just been opened and has no other owner.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    let on: libc::c_int = 1;
    // SAFETY: the pointer and the length describe `on`.
    succeeded(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_REUSEPORT,
            (&raw const on).cast(),
            length_of::<libc::c_int>(),
        )
    })?;
    let address = any_port_on_loopback();
    // SAFETY: the pointer and the length describe `address`.
    succeeded(unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            length_of::<libc::sockaddr_in>(),
        )
    })?;
    Ok(TcpListener::from(socket))
}

fn any_port_on_loopback() -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::sa_family_t::try_from(libc::AF_INET).expect("a small number"),
        sin_port: 0,
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes([127, 0, 0, 1]),
        },
        sin_zero: [0; 8],
    }
}

fn length_of<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).expect("a small struct")
}

fn succeeded(result: libc::c_int) -> std::io::Result<()> {
    match result {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}
