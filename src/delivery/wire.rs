//! The stream under lettre's connection: ours, so that nothing a server sends can hurt.
//!
//! Towards lettre each line of a reply is bounded, valid UTF-8 and ends with CRLF. Beside that the wire
//! keeps what lettre hides: the extensions offered, how the line broke, whether all that was written
//! has left, and a transcript without secrets and without the mail itself.

use super::breaks::Break;
use lettre::transport::smtp::client::AsyncTokioStream;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// Characters of a reply line that are passed on: RFC 5321 4.5.3.1.5 allows 512 bytes, lettre takes 1000.
const LINE_CHARACTERS: usize = 240;
/// Longest line a server may send before it is taken for an attack.
const LINE_BYTES: usize = 65_536;
/// Longest reply of all its lines.
const REPLY_BYTES: usize = 80_000;
/// Lines kept of a conversation.
const TRANSCRIPT_LINES: usize = 200;

/// A TCP stream without vectored writes: `writev` on a socket that the server has closed would raise
/// SIGPIPE in the host, `send` as the standard library calls it does not.
#[derive(Debug)]
pub(crate) struct Tcp(pub(crate) TcpStream);

/// The TCP line, encrypted or not.
#[derive(Debug)]
pub(crate) enum Line {
    Plain(Tcp),
    Tls(Box<TlsStream<Tcp>>),
}

/// A line with its bounds; what lettre reads and writes.
#[derive(Debug)]
pub(crate) struct Wire {
    line: Line,
    ready: VecDeque<u8>,
    partial: Vec<u8>,
    reply_bytes: usize,
    record: Arc<Record>,
}

/// What the session wants to know about the wire.
#[derive(Debug, Default)]
pub(crate) struct Record {
    inner: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    transcript: Vec<String>,
    extensions: Vec<String>,
    broken: Option<Break>,
    last_line: String,
    /// First line since the last command that fits into no answer.
    nonsense: Option<String>,
    /// The answer had begun before the mail had left.
    early: bool,
    collecting: bool,
    mail_follows: bool,
    unflushed: bool,
}

impl Record {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the value of an EHLO keyword, such as `10240000` for `SIZE`; empty where it has none.
    pub(crate) fn extension(&self, keyword: &str) -> Option<String> {
        self.notes().extensions.iter().find_map(|line| {
            let (name, value) = line.split_once([' ', '=']).unwrap_or((line, ""));
            name.eq_ignore_ascii_case(keyword)
                .then(|| value.trim().to_owned())
        })
    }

    /// Gives how the line broke, or the line that made no sense.
    pub(crate) fn what_broke(&self) -> Break {
        let notes = self.notes();
        notes.broken.clone().unwrap_or_else(|| {
            let line = notes.nonsense.as_ref().unwrap_or(&notes.last_line);
            Break::Garbage(line.clone())
        })
    }

    /// Tells whether the server's last line bears this code.
    pub(crate) fn heard(&self, code: &str) -> bool {
        self.notes().last_line.starts_with(code)
    }

    /// Tells that the next writes are a mail's content, not commands.
    pub(crate) fn mail_follows(&self, follows: bool) {
        let mut notes = self.notes();
        notes.mail_follows = follows;
        notes.early &= !follows;
    }

    /// Tells whether the server began to answer before it can have had the whole mail.
    pub(crate) fn answered_early(&self) -> bool {
        self.notes().early
    }

    /// Tells whether everything written has been given to the system.
    pub(crate) fn all_written(&self) -> bool {
        !self.notes().unflushed
    }

    /// Gives the conversation so far, without secrets.
    pub(crate) fn transcript(&self) -> Vec<String> {
        self.notes().transcript.clone()
    }

    /// Adds a line the session itself exchanged, before lettre took over.
    pub(crate) fn add(&self, direction: char, line: &str) {
        self.notes().add(direction, line);
    }
}

impl Notes {
    fn add(&mut self, direction: char, line: &str) {
        if self.transcript.len() < TRANSCRIPT_LINES {
            self.transcript.push(format!("{direction} {line}"));
        }
    }

    fn server_line(&mut self, line: &str) {
        if self.nonsense.is_none() && !continues(&self.last_line, line) {
            self.nonsense = Some(line.to_owned());
        }
        if self.collecting && line.starts_with("250") {
            self.extensions
                .extend(line.get(4..).map(|rest| rest.trim().to_owned()));
        }
        self.last_line = line.to_owned();
        self.add('<', line);
    }

    fn client_bytes(&mut self, bytes: &[u8]) {
        self.unflushed = true;
        if self.mail_follows {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        for line in text.lines() {
            self.client_line(line);
        }
    }

    fn client_line(&mut self, line: &str) {
        let verb = line.get(..5).unwrap_or(line).to_ascii_uppercase();
        // lettre says QUIT after an answer it cannot read; what was wrong is still that answer.
        if !verb.starts_with("QUIT") {
            self.nonsense = None;
        }
        self.collecting = verb.starts_with("EHLO");
        if self.collecting {
            self.extensions.clear();
        }
        if verb == "AUTH " {
            let mechanism = line.split(' ').nth(1).unwrap_or_default();
            self.add('>', &format!("AUTH {mechanism} ***"));
        } else if self.last_line.starts_with("334") {
            self.add('>', "***");
        } else {
            self.add('>', line);
        }
    }
}

impl Wire {
    /// Wraps a line; `greeting` was read already and is what lettre reads first.
    pub(crate) fn new(line: Line, greeting: &str, record: Arc<Record>) -> Self {
        let mut wire = Wire {
            line,
            ready: VecDeque::new(),
            partial: Vec::new(),
            reply_bytes: 0,
            record,
        };
        // The preamble has read and noted the greeting: it only has to be read again.
        wire.ready.extend(greeting.as_bytes());
        wire
    }

    fn take_in(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reply_bytes = self.reply_bytes.saturating_add(bytes.len());
        for byte in bytes {
            self.partial.push(*byte);
            if *byte == b'\n' {
                self.finish_line();
            }
        }
        if self.partial.len() > LINE_BYTES || self.reply_bytes > REPLY_BYTES {
            self.record.notes().broken = Some(Break::LineTooLong);
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        Ok(())
    }

    fn finish_line(&mut self) {
        let line = clean(&self.partial);
        self.partial.clear();
        self.record.notes().server_line(&line);
        self.ready.extend(line.as_bytes());
        self.ready.extend(b"\r\n");
    }

    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let (front, _) = self.ready.as_slices();
        let count = front.len().min(buffer.remaining());
        buffer.put_slice(front.get(..count).unwrap_or_default());
        self.ready.drain(..count);
    }

    /// Looks, between two pieces of a mail, whether the server says something already; once is enough to know.
    fn look_up(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let waits = |notes: &Notes| notes.mail_follows && notes.unflushed && !notes.early;
        if !waits(&self.record.notes()) {
            return Ok(());
        }
        let mut chunk = [0_u8; 4_096];
        let mut raw = ReadBuf::new(&mut chunk);
        // Only what is said counts here: an end or an error is met by the write itself.
        if let Poll::Ready(Ok(())) = Pin::new(&mut self.line).poll_read(cx, &mut raw)
            && !raw.filled().is_empty()
        {
            self.record.notes().early = true;
            self.take_in(raw.filled())?;
        }
        Ok(())
    }

    fn broke(&self, error: &io::Error) {
        self.record
            .notes()
            .broken
            .get_or_insert_with(|| break_of(error));
    }
}

/// Tells whether a line can follow another: it bears a code, and that of the answer it belongs to.
fn continues(before: &str, line: &str) -> bool {
    let code = |line: &str| line.get(..3).map(str::to_owned);
    let digits = |code: String| code.bytes().all(|byte| byte.is_ascii_digit());
    let open = before.as_bytes().get(3) == Some(&b'-');
    code(line).is_some_and(digits) && (!open || code(before) == code(line))
}

/// Makes a server's line fit to be read: UTF-8, no control characters, not endless.
pub(super) fn clean(line: &[u8]) -> String {
    String::from_utf8_lossy(line)
        .trim_end_matches(['\r', '\n'])
        .chars()
        .take(LINE_CHARACTERS)
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

/// Names how a line broke.
pub(crate) fn break_of(error: &io::Error) -> Break {
    use io::ErrorKind::{
        AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset,
        HostUnreachable, NetworkDown, NetworkUnreachable, NotConnected, TimedOut, UnexpectedEof,
    };
    match error.kind() {
        ConnectionRefused => Break::Refused,
        HostUnreachable | NetworkUnreachable | NetworkDown | AddrNotAvailable => Break::Unreachable,
        TimedOut => Break::TimedOut,
        ConnectionReset | ConnectionAborted | BrokenPipe => Break::Reset,
        UnexpectedEof | NotConnected => Break::Closed,
        _ => Break::Io(error.to_string()),
    }
}

impl AsyncRead for Tcp {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buffer)
    }
}

// `is_write_vectored` stays at its default, false.
impl AsyncWrite for Tcp {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Line::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Line::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Line::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Line::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Line::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Line::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Line::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Line::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        while wire.ready.is_empty() {
            let mut chunk = [0_u8; 4_096];
            let mut raw = ReadBuf::new(&mut chunk);
            if let Err(error) = ready!(Pin::new(&mut wire.line).poll_read(cx, &mut raw)) {
                wire.broke(&error);
                return Poll::Ready(Err(error));
            }
            if raw.filled().is_empty() {
                wire.record.notes().broken.get_or_insert(Break::Closed);
                return Poll::Ready(Ok(()));
            }
            wire.take_in(raw.filled())?;
        }
        wire.give(buffer);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        wire.look_up(cx)?;
        let written = ready!(Pin::new(&mut wire.line).poll_write(cx, bytes));
        match &written {
            Ok(count) => {
                wire.reply_bytes = 0;
                wire.record
                    .notes()
                    .client_bytes(bytes.get(..*count).unwrap_or_default());
            }
            Err(error) => {
                wire.record.notes().unflushed = true;
                wire.broke(error);
            }
        }
        Poll::Ready(written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let flushed = ready!(Pin::new(&mut wire.line).poll_flush(cx));
        match &flushed {
            Ok(()) => wire.record.notes().unflushed = false,
            Err(error) => wire.broke(error),
        }
        Poll::Ready(flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().line).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.line {
            Line::Plain(stream) => stream.0.peer_addr(),
            Line::Tls(stream) => stream.get_ref().0.0.peer_addr(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_line_is_made_readable() {
        let cases: [(&[u8], &str); 4] = [
            (b"250 ok\r\n", "250 ok"),
            (b"550 bo\xeete inconnue\n", "550 bo\u{fffd}te inconnue"),
            (b"250 a\0b\x1b[31m\r\n", "250 a\u{fffd}b\u{fffd}[31m"),
            (b"250\r\n", "250"),
        ];
        for (line, expected) in cases {
            assert_eq!(clean(line), expected, "{line:?}");
        }
        assert_eq!(clean(&[b'x'; 5_000]).chars().count(), LINE_CHARACTERS);
    }

    #[test]
    fn the_line_that_made_no_sense_is_told() {
        let cases: [(&[&str], &str); 4] = [
            (
                &["HTTP/1.1 400 Bad Request", "Connection: close", ""],
                "HTTP/1.1 400 Bad Request",
            ),
            (&["250-one", "550 two"], "550 two"),
            (&["250-one", "250 two", "221 bye"], "221 bye"),
            (&["\u{fffd}\u{fffd}", "250 ok"], "\u{fffd}\u{fffd}"),
        ];
        for (lines, told) in cases {
            let record = Record::default();
            record.notes().client_bytes(b"MAIL FROM:<a@b.fr>\r\n");
            for line in lines {
                record.notes().server_line(line);
                // As lettre does.
                record.notes().client_bytes(b"QUIT\r\n");
            }
            assert_eq!(
                record.what_broke(),
                Break::Garbage(told.to_owned()),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn the_transcript_shows_no_secret_and_no_mail() {
        let mut notes = Notes::default();
        notes.client_bytes(b"AUTH PLAIN AHRpbGwAczNjcmV0\r\n");
        notes.server_line("334 UGFzc3dvcmQ6");
        notes.client_bytes(b"czNjcmV0\r\n");
        notes.server_line("235 ok");
        notes.client_bytes(b"MAIL FROM:<a@b.fr>\r\nDATA\r\n");
        notes.mail_follows = true;
        notes.client_bytes(b"Subject: secret\r\n");
        let expected = [
            "> AUTH PLAIN ***",
            "< 334 UGFzc3dvcmQ6",
            "> ***",
            "< 235 ok",
            "> MAIL FROM:<a@b.fr>",
            "> DATA",
        ];
        assert_eq!(notes.transcript, expected);
    }
}
