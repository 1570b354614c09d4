//! A real name server on loopback, dnsmasq, and one that never answers.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::daemon::{Daemon, Guard, INSTALL};
use super::scratch::{Scratch, free_port, wait_until};

const DNSMASQ: &str = "/usr/sbin/dnsmasq";
const START_DEADLINE: Duration = Duration::from_secs(10);
const TRIES: usize = 5;

/// What the server knows of a name.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// Domain, mail server, preference.
    Mx(&'a str, &'a str, u16),
    /// Service such as `_submissions._tcp.example.test`, server, port, priority, weight.
    Srv(&'a str, &'a str, u16, u16, u16),
    /// A service that is said not to exist: its server is the root.
    NoService(&'a str),
    Txt(&'a str, &'a str),
    /// Name and IPv4 or IPv6 address.
    Host(&'a str, &'a str),
    /// Alias and the name it stands for, which has a `Host` of its own.
    Alias(&'a str, &'a str),
}

// A line of dnsmasq's configuration.
impl Display for Record<'_> {
    fn fmt(&self, line: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Record::Mx(domain, server, preference) => {
                write!(line, "mx-host={domain},{server},{preference}")
            }
            Record::Srv(service, server, port, priority, weight) => {
                write!(
                    line,
                    "srv-host={service},{server},{port},{priority},{weight}"
                )
            }
            Record::NoService(service) => write!(line, "srv-host={service}"),
            Record::Txt(name, text) => write!(line, "txt-record={name},\"{text}\""),
            Record::Host(name, address) => write!(line, "host-record={name},{address}"),
            Record::Alias(alias, name) => write!(line, "cname={alias},{name}"),
        }
    }
}

/// A running name server; it says of all other names that they do not exist.
pub struct NameServer {
    /// For UDP and TCP, on 127.0.0.1.
    pub port: u16,
    // Fields are dropped in this order: processes first, their folder last.
    _guard: Guard,
    _dnsmasq: Daemon,
    scratch: Scratch,
}

impl NameServer {
    pub fn start(records: &[Record<'_>]) -> NameServer {
        assert!(Path::new(DNSMASQ).exists(), "no {DNSMASQ}: {INSTALL}");
        let scratch = Scratch::new("dns");
        let (dnsmasq, port) = (0..TRIES)
            .find_map(|_| start_dnsmasq(scratch.path(), records))
            .unwrap_or_else(|| panic!("dnsmasq ended: {}", log(scratch.path())));
        NameServer {
            port,
            _guard: Guard::watch(&[dnsmasq.id()], scratch.path()),
            _dnsmasq: dnsmasq,
            scratch,
        }
    }

    /// A line for each question and answer.
    pub fn log(&self) -> String {
        log(self.scratch.path())
    }
}

// Nothing when it ended, because somebody else had taken the port meanwhile.
fn start_dnsmasq(folder: &Path, records: &[Record<'_>]) -> Option<(Daemon, u16)> {
    let port = free_port();
    let configuration = folder.join("dnsmasq.conf");
    fs::write(&configuration, dnsmasq_conf(port, records)).expect("dnsmasq.conf is written");
    let mut command = Command::new(DNSMASQ);
    let configuration = format!("--conf-file={}", configuration.display());
    command.args(["--no-daemon", &configuration]);
    let mut dnsmasq = Daemon::spawn(command, &folder.join("dnsmasq.out"), "TERM");
    let started = wait_until("dnsmasq starts", START_DEADLINE, || {
        if dnsmasq.ended().is_some() {
            return Some(false);
        }
        log(folder).contains("started, version").then_some(true)
    });
    started.then_some((dnsmasq, port))
}

fn dnsmasq_conf(port: u16, records: &[Record<'_>]) -> String {
    let records: String = records.iter().map(|record| format!("{record}\n")).collect();
    format!(
        "port={port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
local=/#/
pid-file=
log-queries
log-facility=-
{records}"
    )
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("dnsmasq.out")).unwrap_or_default()
}

/// Takes questions and never answers, as behind a firewall that drops them.
pub struct SilentNameServer {
    socket: UdpSocket,
}

impl SilentNameServer {
    pub fn start() -> SilentNameServer {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a port on loopback");
        SilentNameServer { socket }
    }

    pub fn port(&self) -> u16 {
        self.socket.local_addr().expect("a local address").port()
    }
}
