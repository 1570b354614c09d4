//! A real name server, dnsmasq, on a loopback port of its own, that knows only what the test tells it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::daemon::{Daemon, Guard, INSTALL};
use super::scratch::{Scratch, free_port, wait_until};

const DNSMASQ: &str = "/usr/sbin/dnsmasq";
const START_DEADLINE: Duration = Duration::from_secs(10);
/// Somebody else may take a free port before dnsmasq does.
const STARTS: usize = 5;

/// A running name server; dropping it stops it.
pub struct NameServer {
    /// For UDP and TCP, on 127.0.0.1.
    pub port: u16,
    // Fields are dropped in this order: processes first, their folder last.
    _guard: Guard,
    _dnsmasq: Daemon,
    _scratch: Scratch,
}

impl NameServer {
    /// Starts it with these lines of dnsmasq's configuration: `mx-host=a.fr,mx.b.fr,10`, `txt-record=a.fr,"text"`.
    /// Every other name does not exist.
    pub fn start(records: &[&str]) -> NameServer {
        NameServer::started(&[&["local=/#/"], records].concat())
    }

    /// Starts one that answers REFUSED to everything.
    pub fn refusing() -> NameServer {
        NameServer::started(&[])
    }

    /// As the settings name it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn started(lines: &[&str]) -> NameServer {
        assert!(Path::new(DNSMASQ).exists(), "no {DNSMASQ}: {INSTALL}");
        let scratch = Scratch::new("dns");
        let (dnsmasq, port) = (0..STARTS)
            .find_map(|_| try_start(scratch.path(), lines))
            .unwrap_or_else(|| panic!("dnsmasq ended: {}", log(scratch.path())));
        NameServer {
            port,
            _guard: Guard::watch(&[dnsmasq.id()], scratch.path()),
            _dnsmasq: dnsmasq,
            _scratch: scratch,
        }
    }
}

// Nothing when it ended, because somebody else had taken the port meanwhile.
fn try_start(folder: &Path, lines: &[&str]) -> Option<(Daemon, u16)> {
    let port = free_port();
    let file = folder.join("dnsmasq.conf");
    let own = format!(
        "port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\npid-file=\nuser=root\nlog-facility=-\n"
    );
    fs::write(&file, own + &lines.join("\n") + "\n").expect("a configuration");
    let mut command = Command::new(DNSMASQ);
    command.args(["--no-daemon", &format!("--conf-file={}", file.display())]);
    let mut dnsmasq = Daemon::spawn(command, &folder.join("dnsmasq.out"), "TERM");
    let started = wait_until("dnsmasq starts", START_DEADLINE, || {
        if dnsmasq.ended().is_some() {
            return Some(false);
        }
        log(folder).contains("started, version").then_some(true)
    });
    started.then_some((dnsmasq, port))
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("dnsmasq.out")).unwrap_or_default()
}
