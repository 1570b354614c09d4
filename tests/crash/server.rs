//! The mail server of one folder: takes mails, and remembers of each copy what the judge wants to know.

use crate::support::ca::Issued;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Every so many recipients are refused for the moment.
const PUT_OFF: usize = 16;
/// The longest time a mail is thought about, so that kills fall between the dot and its answer.
const THOUGHT_MS: usize = 4;

/// A mail that came complete with its final dot.
#[derive(Clone, Debug)]
pub struct Copy {
    pub message_id: String,
    pub connection: usize,
    /// The client went on after the answer. The next envelope, which may travel behind the content, does not count.
    pub went_on: bool,
}

/// What the server does to those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Friendly = 0,
    /// 421 instead of a greeting.
    Busy = 1,
    /// 550 5.7.1 to MAIL FROM: the account pauses.
    RefusesSender = 2,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    mood: AtomicU8,
    connections: AtomicUsize,
    open: AtomicUsize,
    recipients: AtomicUsize,
    copies: Mutex<Vec<Copy>>,
    tls: Option<Arc<ServerConfig>>,
}

/// A running server.
pub struct Server {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// Plain SMTP, or STARTTLS with this certificate.
    pub fn start(issued: Option<&Issued>) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            tls: issued.map(Issued::server_config),
            ..Shared::default()
        });
        let accepting = shared.clone();
        let listener = std::thread::spawn(move || accept(&listener, &accepting));
        Server {
            port,
            shared,
            listener: Some(listener),
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn set_mood(&self, mood: Mood) {
        self.shared.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// Every complete mail, in the order of their dots.
    pub fn copies(&self) -> Vec<Copy> {
        self.shared.copies.lock().unwrap().clone()
    }

    /// Lines that are still open, also those of a dead client that are not read to their end.
    pub fn open_lines(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // accept() has no deadline: a last connection wakes it.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        shared.open.fetch_add(1, Ordering::SeqCst);
        let shared = shared.clone();
        std::thread::spawn(move || {
            // A client that is killed breaks the line: the records say how far it came.
            let _ = serve(&shared, number, stream);
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

struct Talk<'a> {
    shared: &'a Shared,
    number: usize,
    line: BufReader<Box<dyn Line>>,
    /// Which copy was answered last on this line.
    answered: Option<usize>,
    has_recipient: bool,
}

fn serve(shared: &Shared, number: usize, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // A client that lives and says nothing is not waited for: its line is broken instead.
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let clear = stream.try_clone()?;
    let mut talk = Talk {
        shared,
        number,
        line: BufReader::new(Box::new(clear)),
        answered: None,
        has_recipient: false,
    };
    if shared.mood.load(Ordering::SeqCst) == Mood::Busy as u8 {
        return talk.say("421 4.3.2 busy\r\n");
    }
    talk.say("220 mx.test ESMTP\r\n")?;
    while let Some(command) = talk.command()? {
        let verb = command.get(..4).unwrap_or(&command).to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if shared.tls.is_some() => {
                talk.say("250-mx.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n")?
            }
            "EHLO" => talk.say("250-mx.test\r\n250 PIPELINING\r\n")?,
            "STAR" => {
                talk.say("220 go ahead\r\n")?;
                let config = shared.tls.clone().ok_or(io::ErrorKind::Unsupported)?;
                talk.line = BufReader::new(encrypted(config, stream.try_clone()?)?);
                talk.served_in_tls()?;
                return Ok(());
            }
            _ => {
                if !talk.usual(&verb)? {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn encrypted(config: Arc<ServerConfig>, mut stream: TcpStream) -> io::Result<Box<dyn Line>> {
    let mut server = ServerConnection::new(config).map_err(io::Error::other)?;
    while server.is_handshaking() {
        server.complete_io(&mut stream)?;
    }
    Ok(Box::new(StreamOwned::new(server, stream)))
}

impl Talk<'_> {
    fn served_in_tls(&mut self) -> io::Result<()> {
        while let Some(command) = self.command()? {
            let verb = command.get(..4).unwrap_or(&command).to_ascii_uppercase();
            if verb == "EHLO" {
                self.say("250-mx.test\r\n250 PIPELINING\r\n")?;
            } else if !self.usual(&verb)? {
                break;
            }
        }
        Ok(())
    }

    /// False after the goodbye.
    fn usual(&mut self, verb: &str) -> io::Result<bool> {
        let refuses_sender = self.shared.mood.load(Ordering::SeqCst) == Mood::RefusesSender as u8;
        match verb {
            "MAIL" | "RCPT" if refuses_sender => {
                self.say("550 5.7.1 not allowed to send as this address\r\n")?
            }
            "RCPT" => self.recipient()?,
            "MAIL" | "RSET" => {
                self.has_recipient = false;
                self.say("250 2.0.0 Ok\r\n")?;
            }
            "DATA" if self.has_recipient => self.data()?,
            "DATA" => self.say("503 5.5.1 no valid recipients\r\n")?,
            "QUIT" => {
                self.say("221 2.0.0 Bye\r\n")?;
                return Ok(false);
            }
            _ => self.say("502 5.5.1 not known\r\n")?,
        }
        Ok(true)
    }

    fn recipient(&mut self) -> io::Result<()> {
        let before = self.shared.recipients.fetch_add(1, Ordering::SeqCst);
        if before % PUT_OFF == PUT_OFF - 1 {
            return self.say("451 4.3.0 try again in a moment\r\n");
        }
        self.has_recipient = true;
        self.say("250 2.1.5 Ok\r\n")
    }

    fn data(&mut self) -> io::Result<()> {
        self.say("354 go\r\n")?;
        let mut message_id = None;
        loop {
            let line = self.line()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            self.goes_on();
            if line == b".\r\n" {
                break;
            }
            if message_id.is_none() && line.to_ascii_lowercase().starts_with(b"message-id:") {
                let line = String::from_utf8_lossy(&line);
                message_id = line.split_once(':').map(|(_, id)| id.trim().to_owned());
            }
        }
        self.take(message_id.ok_or(io::ErrorKind::InvalidData)?);
        self.say("250 2.0.0 Ok: queued\r\n")
    }

    fn take(&mut self, message_id: String) {
        let mut copies = self.shared.copies.lock().unwrap();
        copies.push(Copy {
            message_id,
            connection: self.number,
            went_on: false,
        });
        let index = copies.len() - 1;
        drop(copies);
        self.answered = Some(index);
        // Not a wait for anything: a server that thinks, for a time that differs from mail to mail.
        let thought = index % (THOUGHT_MS + 1);
        std::thread::sleep(Duration::from_millis(u64::try_from(thought).unwrap()));
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        let line = self.line.get_mut();
        line.write_all(text.as_bytes())?;
        line.flush()
    }

    fn command(&mut self) -> io::Result<Option<String>> {
        let Some(line) = self.line()? else {
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&line).into_owned();
        if !["MAIL", "RCPT", "DATA"]
            .iter()
            .any(|verb| line.starts_with(verb))
        {
            self.goes_on();
        }
        Ok(Some(line))
    }

    fn goes_on(&mut self) {
        if let Some(index) = self.answered.take() {
            self.shared.copies.lock().unwrap()[index].went_on = true;
        }
    }

    /// One whole line; a broken one is no line.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.line.read_until(b'\n', &mut line)?;
        Ok(line.ends_with(b"\n").then_some(line))
    }
}
