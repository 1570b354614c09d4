//! Reaching the server: name look-up, TCP with fallback between addresses, and the way through a proxy.

use super::breaks::Break;
use super::fault::Fault;
use super::step::Step;
use super::trace::Trace;
use super::wire::break_of;
use crate::os::names::{self, NoAddress};
use crate::os::standard;
use crate::settings::ProxyAddress;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use tokio_socks::tcp::Socks5Stream;

/// Head start of one address before the next is tried beside it (RFC 8305 section 5).
const HEAD_START: Duration = Duration::from_millis(250);
/// Addresses tried at most.
const MOST_ADDRESSES: usize = 8;
/// Longest answer of a proxy to CONNECT.
const PROXY_ANSWER_BYTES: usize = 8_192;

/// A proxy with its login.
pub(crate) struct Proxy<'a> {
    pub(crate) address: ProxyAddress,
    pub(crate) login: Option<(&'a str, &'a str)>,
}

/// Opens a TCP connection to a server, until `deadline`.
pub(crate) async fn tcp(
    host: &str,
    port: u16,
    proxy: Option<&Proxy<'_>>,
    deadline: Instant,
    trace: &mut Trace,
) -> Result<TcpStream, Fault> {
    let Some(proxy) = proxy else {
        return direct(host, port, deadline, trace).await;
    };
    let stream = direct(&proxy.address.host, proxy.address.port, deadline, trace).await?;
    let through = timeout_at(deadline, through(proxy, stream, host, port))
        .await
        .unwrap_or(Err(Break::TimedOut))
        .map_err(|what| Fault::broken(Step::Proxy, what))?;
    trace.done(Step::Proxy);
    Ok(through)
}

async fn direct(
    host: &str,
    port: u16,
    deadline: Instant,
    trace: &mut Trace,
) -> Result<TcpStream, Fault> {
    let addresses = timeout_at(deadline, addresses(host, port))
        .await
        .unwrap_or(Err(Break::NameServerSilent))
        .map_err(|what| Fault::broken(Step::Name, what))?;
    trace.done(Step::Name);
    let stream = timeout_at(deadline, first_to_answer(addresses))
        .await
        .unwrap_or(Err(Break::TimedOut))
        .map_err(|what| Fault::broken(Step::Connect, what))?;
    // One flight is one write: waiting to fill a packet would cost 40 ms a mail. It fails only on a line that was cut
    // already, which the greeting tells better.
    let _ = stream.set_nodelay(true);
    trace.done(Step::Connect);
    Ok(stream)
}

/// The addresses of a name, IPv6 and IPv4 in turns (RFC 8305 section 4).
async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Break> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let name = host.to_owned();
    // The system's look-up cannot be broken off: on a deadline or a shutdown its thread is left behind.
    let found = spawn_blocking(move || names::addresses_of(&name, port))
        .await
        .map_err(|error| Break::Io(error.to_string()))?
        .map_err(|why| match why {
            NoAddress::NotFound => Break::NameNotFound,
            NoAddress::NoAnswer => Break::NameServerSilent,
        })?;
    let (six, four): (Vec<_>, Vec<_>) = found.into_iter().partition(SocketAddr::is_ipv6);
    let (mut six, mut four) = (six.into_iter(), four.into_iter());
    let mut turns = Vec::new();
    loop {
        let before = turns.len();
        turns.extend(six.next());
        turns.extend(four.next());
        if turns.len() == before {
            break;
        }
    }
    turns.truncate(MOST_ADDRESSES);
    if turns.is_empty() {
        Err(Break::NameNotFound)
    } else {
        Ok(turns)
    }
}

async fn first_to_answer(addresses: Vec<SocketAddr>) -> Result<TcpStream, Break> {
    let mut tries = JoinSet::new();
    let mut last = Break::Unreachable;
    let mut rest = addresses.into_iter().peekable();
    loop {
        if let Some(address) = rest.next() {
            tries.spawn(connect(address));
        }
        let wait = if rest.peek().is_some() {
            HEAD_START
        } else {
            Duration::MAX
        };
        match tokio::time::timeout(wait, tries.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => last = break_of(&error),
            Ok(Some(Err(error))) => last = Break::Io(error.to_string()),
            Ok(None) if rest.peek().is_none() => return Err(last),
            Ok(None) | Err(_) => {}
        }
    }
}

/// Connects. The socket is no standard descriptor of the host, which might print into the conversation.
async fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?.into_std()?;
    TcpStream::from_std(standard::above(stream)?)
}

async fn through(
    proxy: &Proxy<'_>,
    stream: TcpStream,
    host: &str,
    port: u16,
) -> Result<TcpStream, Break> {
    if !proxy.address.socks {
        return http_connect(proxy, stream, host, port).await;
    }
    let connected = match proxy.login {
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(stream, (host, port), user, password)
                .await
        }
        None => Socks5Stream::connect_with_socket(stream, (host, port)).await,
    };
    connected
        .map(Socks5Stream::into_inner)
        .map_err(|error| Break::ProxyRefused(error.to_string()))
}

/// HTTP CONNECT (RFC 9110 9.3.6).
async fn http_connect(
    proxy: &Proxy<'_>,
    mut stream: TcpStream,
    host: &str,
    port: u16,
) -> Result<TcpStream, Break> {
    let target = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let login = proxy.login.map_or(String::new(), |(user, password)| {
        format!(
            "Proxy-Authorization: Basic {}\r\n",
            STANDARD.encode(format!("{user}:{password}"))
        )
    });
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|error| break_of(&error))?;
    let head = http_head(&mut stream).await?;
    let status = head.lines().next().unwrap_or_default();
    if status
        .split(' ')
        .nth(1)
        .is_some_and(|code| code.starts_with('2'))
    {
        return Ok(stream);
    }
    Err(Break::ProxyRefused(status.trim().to_owned()))
}

/// Reads byte by byte: what follows the empty line belongs to the mail server.
async fn http_head(stream: &mut TcpStream) -> Result<String, Break> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= PROXY_ANSWER_BYTES {
            return Err(Break::LineTooLong);
        }
        head.push(stream.read_u8().await.map_err(|error| break_of(&error))?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
