//! A real TLS server that speaks nothing newer than TLS 1.0.

use super::support::ca::Issued;
use super::support::scratch::{free_port, wait_until};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Server {
    process: Child,
    port: u16,
}

impl Server {
    pub fn start(issued: &Issued) -> Server {
        let port = free_port();
        let process = Command::new("openssl")
            .args(["s_server", "-quiet", "-tls1", "-cipher", "ALL:@SECLEVEL=0"])
            .args(["-accept", &format!("127.0.0.1:{port}")])
            .arg("-cert")
            .arg(&issued.cert_pem)
            .arg("-key")
            .arg(&issued.key_pem)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("openssl: {error}; run tests/setup-debian.sh"));
        let server = Server { process, port };
        wait_until("openssl listens", Duration::from_secs(30), || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
