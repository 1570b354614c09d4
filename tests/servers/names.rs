//! The name server answers from its records, the silent one never does.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use crate::support::names::{NameServer, Record, SilentNameServer};

const A: u16 = 1;
const CNAME: u16 = 5;
const MX: u16 = 15;
const TXT: u16 = 16;
const SRV: u16 = 33;
const NO_SUCH_NAME: u8 = 3;
const HEADER: usize = 12;

/// Asks once, and gives what came back within the time.
fn ask(port: u16, name: &str, kind: u16, patience: Duration) -> std::io::Result<Vec<u8>> {
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    socket.set_read_timeout(Some(patience))?;
    // One question, recursion desired.
    let mut question = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).unwrap());
        question.extend(label.as_bytes());
    }
    question.push(0);
    question.extend(kind.to_be_bytes());
    question.extend([0, 1]);
    socket.send_to(&question, ("127.0.0.1", port))?;
    let mut answer = vec![0; 1500];
    let length = socket.recv(&mut answer)?;
    answer.truncate(length);
    Ok(answer)
}

/// The code of the answer, and the data of its first record.
fn answered(server: &NameServer, name: &str, kind: u16) -> (u8, Option<String>) {
    let answer = ask(server.port, name, kind, Duration::from_secs(5)).unwrap();
    let code = answer[3] & 15;
    if answer[7] == 0 {
        return (code, None);
    }
    let (_, question_end) = name_at(&answer, HEADER);
    let (_, owner_end) = name_at(&answer, question_end + 4);
    let data = owner_end + 10;
    let number = |at: usize| u16::from_be_bytes([answer[at], answer[at + 1]]);
    let shown = match kind {
        A => Ipv4Addr::from(<[u8; 4]>::try_from(&answer[data..data + 4]).unwrap()).to_string(),
        CNAME => name_at(&answer, data).0,
        MX => format!("{} {}", number(data), name_at(&answer, data + 2).0),
        SRV => format!(
            "{} {} {} {}",
            number(data),
            number(data + 2),
            number(data + 4),
            name_at(&answer, data + 6).0
        ),
        _ => {
            let end = data + 1 + usize::from(answer[data]);
            String::from_utf8_lossy(&answer[data + 1..end]).into_owned()
        }
    };
    (code, Some(shown))
}

/// The name that begins there, and where it ends; a pointer leads to the rest of it (RFC 1035 4.1.4).
fn name_at(answer: &[u8], start: usize) -> (String, usize) {
    let mut at = start;
    let mut name = String::new();
    loop {
        let length = usize::from(answer[at]);
        match length {
            0 => return (name, at + 1),
            0xc0.. => {
                let pointer = (length & 0x3f) << 8 | usize::from(answer[at + 1]);
                return (name + &name_at(answer, pointer).0, at + 2);
            }
            _ => {
                let label = &answer[at + 1..=at + length];
                name += &format!("{}.", String::from_utf8_lossy(label));
                at += 1 + length;
            }
        }
    }
}

#[test]
fn the_name_server_answers_from_its_records() {
    let server = NameServer::start(&[
        Record::Mx("example.test", "mail.example.test", 10),
        Record::Srv(
            "_submissions._tcp.example.test",
            "mail.example.test",
            465,
            0,
            1,
        ),
        Record::NoService("_submission._tcp.example.test"),
        Record::Txt("example.test", "v=spf1 -all"),
        Record::Host("mail.example.test", "127.0.0.1"),
        Record::Alias("smtp.example.test", "mail.example.test"),
    ]);
    let cases = [
        ("example.test", MX, 0, Some("10 mail.example.test.")),
        (
            "_submissions._tcp.example.test",
            SRV,
            0,
            Some("0 1 465 mail.example.test."),
        ),
        ("_submission._tcp.example.test", SRV, 0, Some("0 0 1 ")),
        ("example.test", TXT, 0, Some("v=spf1 -all")),
        ("mail.example.test", A, 0, Some("127.0.0.1")),
        ("smtp.example.test", CNAME, 0, Some("mail.example.test.")),
        ("example.test", SRV, 0, None),
        ("other.test", MX, NO_SUCH_NAME, None),
    ];
    for (name, kind, code, data) in cases {
        let found = answered(&server, name, kind);
        assert_eq!(found, (code, data.map(str::to_owned)), "{name} {kind}");
    }
    assert!(
        server.log().contains("query[MX] other.test"),
        "{}",
        server.log()
    );
}

#[test]
fn the_silent_name_server_is_silent() {
    let server = SilentNameServer::start();
    let error = ask(
        server.port(),
        "example.test",
        MX,
        Duration::from_millis(200),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}
