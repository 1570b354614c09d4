//! The stream under lettre's connection: ours, so that nothing a server sends can hurt.
//!
//! Towards lettre each line of a reply is bounded, valid UTF-8 and ends with CRLF. What lettre hides is kept
//! beside it, in a [`Record`].

use super::breaks::Break;
use super::record::Record;
use lettre::transport::smtp::client::AsyncTokioStream;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
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
            self.record.endless();
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        Ok(())
    }

    fn finish_line(&mut self) {
        let line = clean(&self.partial);
        self.partial.clear();
        self.record.server_line(&line);
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
        if !self.record.mail_leaves_unanswered() {
            return Ok(());
        }
        let mut chunk = [0_u8; 4_096];
        let mut raw = ReadBuf::new(&mut chunk);
        // Only what is said counts here: an end or an error is met by the write itself.
        if let Poll::Ready(Ok(())) = Pin::new(&mut self.line).poll_read(cx, &mut raw)
            && !raw.filled().is_empty()
        {
            self.record.speaks_early();
            self.take_in(raw.filled())?;
        }
        Ok(())
    }

    fn broke(&self, error: &io::Error) {
        self.record.broke(|| break_of(error));
    }
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
                wire.record.broke(|| Break::Closed);
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
                let sent = bytes.get(..*count).unwrap_or_default();
                wire.record.client_bytes(sent);
            }
            Err(error) => {
                wire.record.flushed(false);
                wire.broke(error);
            }
        }
        Poll::Ready(written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let flushed = ready!(Pin::new(&mut wire.line).poll_flush(cx));
        match &flushed {
            Ok(()) => wire.record.flushed(true),
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
}
