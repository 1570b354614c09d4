//! A real name server, dnsmasq, on a loopback port of its own, that knows only what the test tells it.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::scratch::{Scratch, free_port};

const DNSMASQ: &str = "/usr/sbin/dnsmasq";
const START_DEADLINE: Duration = Duration::from_secs(10);
/// Somebody else may take a free port before dnsmasq does.
const STARTS: usize = 5;

/// A running name server; dropping it stops it.
pub struct NameServer {
    pub port: u16,
    child: Child,
    _scratch: Scratch,
}

impl NameServer {
    /// Starts it with these lines of dnsmasq's configuration: `mx-host=a.fr,mx.b.fr,10`, `txt-record=a.fr,"text"`.
    /// Every other name does not exist.
    pub fn start(records: &[&str]) -> NameServer {
        NameServer::started(&[&["address=/#/"], records].concat())
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
        for _ in 0..STARTS {
            if let Some(server) = NameServer::try_start(free_port(), lines) {
                return server;
            }
        }
        panic!("dnsmasq does not start: {lines:?}");
    }

    fn try_start(port: u16, lines: &[&str]) -> Option<NameServer> {
        let scratch = Scratch::new("dns");
        let file = scratch.path().join("dnsmasq.conf");
        let own = format!(
            "port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\npid-file\nuser=root\n"
        );
        fs::write(&file, own + &lines.join("\n") + "\n").expect("a configuration");
        let child = Command::new(DNSMASQ)
            .arg("--keep-in-foreground")
            .arg(format!("--conf-file={}", file.display()))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{DNSMASQ}: {error}: run tests/setup-debian.sh as root, then the tests again"
                )
            });
        let mut server = NameServer {
            port,
            child,
            _scratch: scratch,
        };
        server.listens().then_some(server)
    }

    /// Only one process can listen on a TCP port, so who answers there is this one while it lives.
    fn listens(&mut self) -> bool {
        let end = Instant::now() + START_DEADLINE;
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok();
            if connected && matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
