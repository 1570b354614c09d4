//! A mail server that swallows mails as fast as they come, and keeps none. It must not be what is measured.
//!
//!     sink [--listen ADDRESS] [--tls CERT.pem KEY.pem] [--pipelining] [--chunking]
//!
//! Prints `port N`. With --tls it offers STARTTLS, and AUTH behind it, with session tickets (TLS 1.2 and 1.3). Each
//! read is worked off whole, and what can be answered goes out as one write (RFC 2920). A line `stats` on standard
//! input prints what was seen since the last one, as one line of JSON; the end of standard input ends the program.

use memchr::memmem;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tillmail_benches::monotonic_ns;

/// One read: some mails at once.
const READ: usize = 256 << 10;
/// What a mail of a measurement may have; more means that its end was not found.
const MAX_MAIL: usize = 16 << 20;

#[derive(Clone)]
struct Offer {
    tls: Option<Arc<ServerConfig>>,
    pipelining: bool,
    chunking: bool,
}

/// What was seen. `damaged`: mails that do not end as a MIME mail of several parts does.
#[derive(Default)]
struct Seen {
    connections: u64,
    resumed: u64,
    mails: u64,
    damaged: u64,
    bytes: u64,
    first_command_ns: u64,
    first_mail_ns: u64,
    last_mail_ns: u64,
}

fn main() {
    let (address, offer) = arguments();
    let listener = TcpListener::bind((address.as_str(), 0)).expect("a port");
    println!("port {}", listener.local_addr().expect("an address").port());
    let seen = Arc::new(Mutex::new(Seen::default()));
    let counted = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (offer, seen) = (offer.clone(), Arc::clone(&counted));
            // A client that goes away in the middle is its own trouble: its mails are missing in the count.
            std::thread::spawn(move || drop(converse(stream, &offer, &seen)));
        }
    });
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        if line == "stats" {
            let seen = std::mem::take(&mut *seen.lock().expect("no thread panicked"));
            println!(
                "{{\"connections\": {}, \"resumed\": {}, \"mails\": {}, \"damaged\": {}, \"bytes\": {}, \
                 \"first_command_ns\": {}, \"first_mail_ns\": {}, \"last_mail_ns\": {}}}",
                seen.connections,
                seen.resumed,
                seen.mails,
                seen.damaged,
                seen.bytes,
                seen.first_command_ns,
                seen.first_mail_ns,
                seen.last_mail_ns
            );
        }
    }
}

fn arguments() -> (String, Offer) {
    let mut address = "127.0.0.1".to_owned();
    let mut offer = Offer {
        tls: None,
        pipelining: false,
        chunking: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--tls" => {
                let mut path = || arguments.next().expect("--tls CERT.pem KEY.pem");
                offer.tls = Some(tls(&path(), &path()));
            }
            "--listen" => address = arguments.next().expect("--listen ADDRESS"),
            "--pipelining" => offer.pipelining = true,
            "--chunking" => offer.chunking = true,
            other => panic!("{other}: unknown option"),
        }
    }
    (address, offer)
}

fn tls(certificates: &str, key: &str) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificates)
        .expect("certificates")
        .collect::<Result<Vec<_>, _>>()
        .expect("certificates");
    let key = PrivateKeyDer::from_pem_file(key).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("certificate and key belong together");
    config.ticketer = rustls::crypto::ring::Ticketer::new().expect("a ticketer");
    Arc::new(config)
}

/// What ends a conversation.
enum End {
    /// The client said QUIT, or closed the line.
    Over,
    /// STARTTLS was answered.
    StartTls,
}

fn converse(mut stream: TcpStream, offer: &Offer, seen: &Mutex<Seen>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    seen.lock().expect("no thread panicked").connections += 1;
    stream.write_all(b"220 sink.test ESMTP\r\n")?;
    let clear = Dialogue::new(offer, seen, false).run(&mut stream)?;
    if let (End::StartTls, Some(config)) = (clear, &offer.tls) {
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        Dialogue::new(offer, seen, true).run(&mut stream)?;
        if stream.conn.handshake_kind() == Some(HandshakeKind::Resumed) {
            seen.lock().expect("no thread panicked").resumed += 1;
        }
        stream.conn.send_close_notify();
        stream.flush()?;
    }
    Ok(())
}

/// What the next bytes are.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Command,
    /// So many more answers to 334.
    Login(u8),
    /// A mail until CRLF.CRLF; the search goes on from here.
    Mail(usize),
    /// So many bytes of a BDAT chunk, the last one or not.
    Chunk(usize, bool),
}

struct Dialogue<'a> {
    offer: &'a Offer,
    seen: &'a Mutex<Seen>,
    encrypted: bool,
    input: Vec<u8>,
    used: usize,
    replies: Vec<u8>,
    expect: Expect,
}

impl<'a> Dialogue<'a> {
    fn new(offer: &'a Offer, seen: &'a Mutex<Seen>, encrypted: bool) -> Self {
        Dialogue {
            offer,
            seen,
            encrypted,
            input: Vec::with_capacity(2 * READ),
            used: 0,
            replies: Vec::with_capacity(4096),
            expect: Expect::Command,
        }
    }

    fn run(mut self, stream: &mut (impl Read + Write)) -> io::Result<End> {
        let mut block = vec![0; READ];
        loop {
            let read = stream.read(&mut block)?;
            if read == 0 {
                return Ok(End::Over);
            }
            self.input.extend_from_slice(&block[..read]);
            let mut end = None;
            while end.is_none() && self.step(&mut end) {}
            self.input.drain(..self.used);
            self.used = 0;
            stream.write_all(&self.replies)?;
            stream.flush()?;
            self.replies.clear();
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    /// Takes one thing out of what was read; false where more bytes are needed.
    fn step(&mut self, end: &mut Option<End>) -> bool {
        match self.expect {
            Expect::Mail(from) => self.mail(from),
            Expect::Chunk(size, last) => self.chunk(size, last),
            Expect::Command | Expect::Login(_) => self.line(end),
        }
    }

    fn mail(&mut self, from: usize) -> bool {
        let rest = &self.input[self.used..];
        assert!(rest.len() < MAX_MAIL, "a mail without end");
        match memmem::find(&rest[from..], b"\r\n.\r\n") {
            Some(at) => {
                let size = from + at + 2;
                self.count(size);
                self.used += size + 3;
                true
            }
            None => {
                self.expect = Expect::Mail(rest.len().saturating_sub(4));
                false
            }
        }
    }

    fn chunk(&mut self, size: usize, last: bool) -> bool {
        if self.input.len() - self.used < size {
            return false;
        }
        if last {
            self.count(size);
        } else {
            self.replies.extend_from_slice(b"250 more\r\n");
            self.expect = Expect::Command;
        }
        self.used += size;
        true
    }

    fn count(&mut self, size: usize) {
        let mail = self.input[self.used..self.used + size].trim_ascii_end();
        let now = monotonic_ns();
        let mut seen = self.seen.lock().expect("no thread panicked");
        seen.mails += 1;
        seen.bytes += size as u64;
        seen.last_mail_ns = now;
        if seen.mails == 1 {
            seen.first_mail_ns = now;
        }
        seen.damaged += u64::from(!mail.ends_with(b"--"));
        self.replies.extend_from_slice(b"250 taken\r\n");
        self.expect = Expect::Command;
    }

    fn line(&mut self, end: &mut Option<End>) -> bool {
        let rest = &self.input[self.used..];
        let Some(at) = memchr::memchr(b'\n', rest) else {
            return false;
        };
        let line = rest[..at].trim_ascii_end().to_vec();
        self.used += at + 1;
        if let Expect::Login(left) = self.expect {
            self.login(left);
        } else {
            self.command(&line, end);
        }
        true
    }

    fn login(&mut self, left: u8) {
        if left > 1 {
            self.replies.extend_from_slice(b"334 UGFzc3dvcmQ6\r\n");
            self.expect = Expect::Login(left - 1);
        } else {
            self.replies.extend_from_slice(b"235 welcome\r\n");
            self.expect = Expect::Command;
        }
    }

    fn command(&mut self, line: &[u8], end: &mut Option<End>) {
        let upper = String::from_utf8_lossy(line).to_ascii_uppercase();
        let words: Vec<&str> = upper.split_whitespace().collect();
        let reply: &[u8] = match words.first().copied().unwrap_or_default() {
            "EHLO" => return self.extensions(),
            "MAIL" => {
                let mut seen = self.seen.lock().expect("no thread panicked");
                if seen.first_command_ns == 0 {
                    seen.first_command_ns = monotonic_ns();
                }
                b"250 ok\r\n"
            }
            "HELO" | "RCPT" | "RSET" | "NOOP" => b"250 ok\r\n",
            "DATA" => {
                self.expect = Expect::Mail(0);
                b"354 go on\r\n"
            }
            "BDAT" if self.offer.chunking => {
                let size = words.get(1).and_then(|size| size.parse().ok()).unwrap_or(0);
                self.expect = Expect::Chunk(size, words.get(2) == Some(&"LAST"));
                return;
            }
            "STARTTLS" if self.offer.tls.is_some() && !self.encrypted => {
                *end = Some(End::StartTls);
                b"220 go on\r\n"
            }
            "AUTH" => match words.as_slice() {
                [_, "PLAIN"] => {
                    self.expect = Expect::Login(1);
                    b"334 \r\n"
                }
                [_, "LOGIN"] => {
                    self.expect = Expect::Login(2);
                    b"334 VXNlcm5hbWU6\r\n"
                }
                [_, "LOGIN", _] => {
                    self.expect = Expect::Login(1);
                    b"334 UGFzc3dvcmQ6\r\n"
                }
                _ => b"235 welcome\r\n",
            },
            "QUIT" => {
                *end = Some(End::Over);
                b"221 bye\r\n"
            }
            _ => b"500 what?\r\n",
        };
        self.replies.extend_from_slice(reply);
    }

    fn extensions(&mut self) {
        let mut lines = vec!["sink.test", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];
        if self.offer.pipelining {
            lines.push("PIPELINING");
        }
        if self.offer.chunking {
            lines.push("CHUNKING");
        }
        match (&self.offer.tls, self.encrypted) {
            (Some(_), false) => lines.push("STARTTLS"),
            (Some(_), true) => lines.push("AUTH PLAIN LOGIN"),
            (None, _) => {}
        }
        lines.push("SIZE 36700160");
        let last = lines.len() - 1;
        for (index, line) in lines.iter().enumerate() {
            let dash = if index < last { '-' } else { ' ' };
            self.replies
                .extend_from_slice(format!("250{dash}{line}\r\n").as_bytes());
        }
    }
}
