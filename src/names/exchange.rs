//! One question to one name server: UDP, and TCP where the answer does not fit (RFC 1035 4.2, RFC 7766).
//!
//! Who cannot see the question has to guess its number and its port to answer in the server's place, so both are drawn
//! anew for each one. What does not belong to the question is passed over.

use crate::os::standard;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use ring::rand::{SecureRandom, SystemRandom};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

/// Bytes of an answer over UDP that pass every line uncut (DNS flag day 2020).
const UDP_BYTES: u16 = 1_232;
/// Ports that are tried before the system chooses: Windows 7 gives its own in a row.
const PORTS_TRIED: usize = 4;
/// The dynamic ports (RFC 6335 section 6).
const FIRST_PORT: u16 = 49_152;
/// In the second byte of a header's flags: the answer did not fit.
const CUT: u8 = 0x02;

/// Asks; nothing where no answer came until then.
pub(super) async fn ask(
    server: SocketAddr,
    question: &Query,
    extended: bool,
    until: Instant,
) -> Option<Message> {
    let number = random().ok()?;
    let request = request(number, question, extended).to_vec().ok()?;
    let both = async {
        match by_udp(server, number, question, &request).await? {
            Some(reply) => Ok(Some(reply)),
            None => by_tcp(server, number, question, &request).await,
        }
    };
    let reply: io::Result<Option<Message>> = timeout_at(until, both).await.ok()?;
    reply.ok().flatten()
}

fn request(number: u16, question: &Query, extended: bool) -> Message {
    let mut request = Message::new(number, MessageType::Query, OpCode::Query);
    request.metadata.recursion_desired = true;
    request.add_query(question.clone());
    if extended {
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_BYTES);
        request.set_edns(edns);
    }
    request
}

/// Gives the answer, or nothing where it did not fit.
async fn by_udp(
    server: SocketAddr,
    number: u16,
    question: &Query,
    request: &[u8],
) -> io::Result<Option<Message>> {
    let socket = UdpSocket::from_std(standard::above(on_random_port(server)?)?)?;
    // From now on the system takes packets of this server only.
    socket.connect(server).await?;
    socket.send(request).await?;
    let mut bytes = [0; UDP_BYTES as usize];
    loop {
        let length = socket.recv(&mut bytes).await?;
        let bytes = bytes.get(..length).unwrap_or_default();
        if is_cut(number, bytes) {
            return Ok(None);
        }
        if let Some(reply) = reply_to(number, question, bytes) {
            return Ok(Some(reply));
        }
    }
}

async fn by_tcp(
    server: SocketAddr,
    number: u16,
    question: &Query,
    request: &[u8],
) -> io::Result<Option<Message>> {
    let stream = TcpStream::connect(server).await?.into_std()?;
    let mut stream = TcpStream::from_std(standard::above(stream)?)?;
    let length = u16::try_from(request.len()).map_err(io::Error::other)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(request);
    stream.write_all(&framed).await?;
    let mut bytes = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut bytes).await?;
    Ok(reply_to(number, question, &bytes))
}

/// Tells whether an answer to this number did not fit; its records may end in the middle.
fn is_cut(number: u16, bytes: &[u8]) -> bool {
    matches!(bytes, [high, low, flags, ..]
        if [*high, *low] == number.to_be_bytes() && flags & CUT != 0)
}

/// Reads an answer that belongs to the question.
fn reply_to(number: u16, question: &Query, bytes: &[u8]) -> Option<Message> {
    let reply = Message::from_vec(bytes).ok()?;
    let same = |asked: &Query| {
        asked.query_type() == question.query_type()
            && asked.query_class() == question.query_class()
            && asked.name().eq_ignore_root(question.name())
    };
    let belongs = reply.metadata.id == number
        && reply.metadata.message_type == MessageType::Response
        && matches!(reply.queries.as_slice(), [asked] if same(asked));
    belongs.then_some(reply)
}

fn on_random_port(server: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let drawn = || Ok(FIRST_PORT | (random()? & !FIRST_PORT));
    let bound = (0..PORTS_TRIED).find_map(|_| {
        let port: io::Result<u16> = drawn();
        std::net::UdpSocket::bind((any, port.ok()?)).ok()
    });
    let socket = match bound {
        Some(socket) => socket,
        None => std::net::UdpSocket::bind((any, 0))?,
    };
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn random() -> io::Result<u16> {
    let mut bytes = [0; 2];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("no random bytes"))?;
    Ok(u16::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::rr::{Name, RecordType};

    fn question(name: &str, kind: RecordType) -> Query {
        Query::query(Name::from_utf8(name).unwrap(), kind)
    }

    fn reply(number: u16, question: &Query) -> Message {
        let mut reply = request(number, question, false);
        reply.metadata.message_type = MessageType::Response;
        reply
    }

    #[test]
    fn only_an_answer_to_the_question_is_taken() {
        let asked = question("maboutique.fr", RecordType::MX);
        let taken = |message: &Message| reply_to(7, &asked, &message.to_vec().unwrap()).is_some();
        assert!(taken(&reply(7, &asked)));
        assert!(taken(&reply(
            7,
            &question("MaBoutique.FR.", RecordType::MX)
        )));
        assert!(!taken(&reply(8, &asked)), "another number");
        assert!(!taken(&request(7, &asked, false)), "a question");
        for other in [
            question("autre.fr", RecordType::MX),
            question("maboutique.fr", RecordType::TXT),
        ] {
            assert!(!taken(&reply(7, &other)), "{other}");
        }
        assert!(reply_to(7, &asked, b"junk").is_none());
        assert!(reply_to(7, &asked, &[]).is_none());
    }

    #[test]
    fn a_cut_answer_is_known_by_its_header() {
        let asked = question("maboutique.fr", RecordType::TXT);
        let mut cut = reply(7, &asked);
        assert!(!is_cut(7, &cut.to_vec().unwrap()));
        cut.metadata.truncation = true;
        let bytes = cut.to_vec().unwrap();
        assert!(is_cut(7, &bytes) && is_cut(7, bytes.get(..12).unwrap()));
        assert!(!is_cut(8, &bytes) && !is_cut(7, &[0, 7]));
    }

    #[test]
    fn ports_are_dynamic_and_differ() {
        let server = SocketAddr::from(([127, 0, 0, 1], 53));
        let sockets: Vec<_> = (0..8).map(|_| on_random_port(server).unwrap()).collect();
        let ports: std::collections::HashSet<u16> = sockets
            .iter()
            .map(|socket| socket.local_addr().unwrap().port())
            .collect();
        assert_eq!(ports.len(), sockets.len());
    }
}
