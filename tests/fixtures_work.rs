//! Proves the fixtures on which the other integration tests stand.

// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use support::ca::TestCa;
use support::postfix::{Options, Postfix};
use support::scratch::{Scratch, free_port, wait_until};
use support::scripted::{Action, Script, Scripted, Step};

const DEADLINE: Duration = Duration::from_secs(20);
const OWN: &str = "till@example.test";

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// The smallest SMTP client that can drive the fixtures.
struct Client {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
}

impl Client {
    fn plain(port: u16) -> Client {
        Client::over(Box::new(socket(port)))
    }

    fn implicit_tls(port: u16, ca: &TestCa) -> Client {
        Client::over(Box::new(tls(socket(port), ca)))
    }

    /// Connects, says EHLO and STARTTLS, and gives the client with TLS on.
    fn starttls(port: u16, ca: &TestCa) -> Client {
        let socket = socket(port);
        let mut client = Client::over(Box::new(socket.try_clone().unwrap()));
        assert_code(&client.reply(), "220");
        assert!(client.say("EHLO test").contains("STARTTLS"));
        assert_code(&client.say("STARTTLS"), "220");
        Client::over(Box::new(tls(socket, ca)))
    }

    fn over(stream: Box<dyn Stream>) -> Client {
        Client {
            stream,
            unread: Vec::new(),
        }
    }

    fn say(&mut self, line: &str) -> String {
        self.send(&format!("{line}\r\n"));
        self.reply()
    }

    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
        self.stream.flush().unwrap();
    }

    fn reply(&mut self) -> String {
        let mut whole = String::new();
        loop {
            let line = self.line().expect("a reply");
            let is_last = line.as_bytes().get(3) != Some(&b'-');
            whole.push_str(&line);
            if is_last {
                return whole;
            }
        }
    }

    fn line(&mut self) -> std::io::Result<String> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return Ok(String::from_utf8(line).unwrap());
            }
            let mut buffer = [0; 4096];
            let length = self.stream.read(&mut buffer)?;
            if length == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.unread.extend_from_slice(&buffer[..length]);
        }
    }

    fn log_in(&mut self, password: &str) -> String {
        let secret = format!("\0{}\0{password}", Postfix::USER);
        self.say(&format!("AUTH PLAIN {}", STANDARD.encode(secret)))
    }

    fn send_mail(&mut self, from: &str, to: &[&str], body: &str) -> String {
        assert_code(&self.say(&format!("MAIL FROM:<{from}>")), "250");
        for address in to {
            assert_code(&self.say(&format!("RCPT TO:<{address}>")), "250");
        }
        assert_code(&self.say("DATA"), "354");
        self.say(&format!("Subject: Fixture\r\n\r\n{body}\r\n."))
    }
}

fn socket(port: u16) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

fn tls(socket: TcpStream, ca: &TestCa) -> StreamOwned<ClientConnection, TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(
        ClientConnection::new(ca.client_config(), name).unwrap(),
        socket,
    )
}

#[track_caller]
fn assert_code(reply: &str, code: &str) {
    assert!(reply.starts_with(code), "wanted {code}, got {reply}");
}

fn logged_in(postfix: &Postfix) -> Client {
    let mut client = Client::starttls(postfix.smtp_port, &postfix.ca);
    assert!(client.say("EHLO test").contains("AUTH PLAIN LOGIN"));
    assert_code(&client.log_in(Postfix::PASSWORD), "235");
    client
}

fn greeted(server: &Scripted) -> Client {
    let mut client = Client::plain(server.port());
    assert_code(&client.reply(), "220");
    assert_code(&client.say("EHLO test"), "250");
    client
}

#[test]
fn postfix_delivers_over_starttls() {
    let postfix = Postfix::start();
    let mut client = logged_in(&postfix);
    let to = ["one@clients.test", "two@clients.test"];
    assert_code(&client.send_mail(OWN, &to, "Over STARTTLS"), "250");
    for recipient in to {
        let mails = postfix.wait_for_mails(recipient, 1, DEADLINE);
        let mail = mail_parser::MessageParser::default().parse(&mails[0]);
        assert_eq!(mail.unwrap().subject(), Some("Fixture"));
        assert_eq!(mails.len(), 1);
    }
    assert!(postfix.mails("three@clients.test").is_empty());
    assert!(postfix.log().contains("status=sent"));
}

#[test]
fn postfix_delivers_over_implicit_tls() {
    let postfix = Postfix::start();
    let mut client = Client::implicit_tls(postfix.smtps_port, &postfix.ca);
    assert_code(&client.reply(), "220");
    assert_code(&client.say("EHLO test"), "250");
    assert_code(&client.log_in(Postfix::PASSWORD), "235");
    let reply = client.send_mail("boutique@example.test", &["one@clients.test"], "Implicit");
    assert_code(&reply, "250");
    let mails = postfix.wait_for_mails("one@clients.test", 1, DEADLINE);
    assert!(String::from_utf8_lossy(&mails[0]).contains("Implicit"));
}

#[test]
fn postfix_accepts_accents_in_addresses() {
    let postfix = Postfix::start();
    let mut client = logged_in(&postfix);
    let from = format!("MAIL FROM:<{OWN}> SMTPUTF8");
    assert_code(&client.say(&from), "250");
    assert_code(&client.say("RCPT TO:<zoé@clients.test>"), "250");
    assert_code(&client.say("DATA"), "354");
    assert_code(&client.say("Subject: é\r\n\r\nAccents\r\n."), "250");
    postfix.wait_for_mails("zoé@clients.test", 1, DEADLINE);
}

#[test]
fn postfix_refuses_what_it_should() {
    let postfix = Postfix::start();
    let mut client = Client::starttls(postfix.smtp_port, &postfix.ca);
    assert_code(&client.say("EHLO test"), "250");
    assert_code(&client.log_in("wrong"), "535");
    assert_code(&client.say(&format!("MAIL FROM:<{OWN}>")), "250");
    assert_code(&client.say("RCPT TO:<one@clients.test>"), "553");
    let mut client = logged_in(&postfix);
    refuses(&mut client, "other@example.test", "one@clients.test", "553");
    refuses(&mut client, OWN, "unknown@clients.test", "550 5.1.1");
    refuses(&mut client, OWN, "someone@elsewhere.test", "554 5.7.1");
    assert_code(
        &client.say(&format!("MAIL FROM:<{OWN}> SIZE=6000000")),
        "552",
    );
    assert_code(&client.say("RSET"), "250");
    assert_code(&client.send_mail(OWN, &["one@clients.test"], "Ok"), "250");
}

fn refuses(client: &mut Client, from: &str, to: &str, code: &str) {
    assert_code(&client.say(&format!("MAIL FROM:<{from}>")), "250");
    assert_code(&client.say(&format!("RCPT TO:<{to}>")), code);
    assert_code(&client.say("RSET"), "250");
}

#[test]
fn postfix_offers_auth_under_tls_only() {
    let postfix = Postfix::start_with(&Options {
        mechanisms: "login".to_owned(),
        ..Options::default()
    });
    let mut client = Client::plain(postfix.smtp_port);
    assert_code(&client.reply(), "220");
    assert!(!client.say("EHLO test").contains("AUTH"));
    let mut client = Client::starttls(postfix.smtp_port, &postfix.ca);
    let offer = client.say("EHLO test");
    assert!(offer.contains("AUTH LOGIN\r\n"), "{offer}");
    assert_code(&client.say("AUTH LOGIN"), "334");
    assert_code(&client.say(&STANDARD.encode(Postfix::USER)), "334");
    assert_code(&client.say(&STANDARD.encode(Postfix::PASSWORD)), "235");
}

#[test]
fn postfix_ends_and_leaves_nothing() {
    let postfix = Postfix::start();
    let (port, folder) = (postfix.smtp_port, postfix.folder().to_path_buf());
    drop(postfix);
    assert!(!folder.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn scripted_accepts_a_mail_by_default() {
    let server = Scripted::start(Script::plain());
    let mut client = greeted(&server);
    assert_code(&client.say("AUTH LOGIN"), "334 VXNlcm5hbWU6");
    assert_code(&client.say("bmFtZQ=="), "334 UGFzc3dvcmQ6");
    assert_code(&client.say("c2VjcmV0"), "235");
    let to = ["one@clients.test", "two@clients.test"];
    assert_code(&client.send_mail(OWN, &to, "..stuffed\r\nlast"), "250");
    assert_code(&client.say("QUIT"), "221");
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(
        (received[0].from.as_str(), received[0].connection),
        (OWN, 0)
    );
    assert_eq!(received[0].to, to);
    assert_eq!(
        received[0].data,
        b"Subject: Fixture\r\n\r\n.stuffed\r\nlast\r\n"
    );
    assert!(received[0].acknowledged);
    assert_eq!((server.connections(), server.quits()), (1, 1));
    assert!(server.commands().contains(&"c2VjcmV0".to_owned()));
}

#[test]
fn scripted_answers_pipelined_commands_in_order() {
    let server = Scripted::start(Script::plain());
    let mut client = greeted(&server);
    client.send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n");
    let codes = [client.reply(), client.reply(), client.reply()].map(|reply| reply[..3].to_owned());
    assert_eq!(codes, ["250", "250", "354"]);
    client.send("Subject: x\r\n\r\ny\r\n.\r\nRSET\r\nQUIT\r\n");
    let codes = [client.reply(), client.reply(), client.reply()].map(|reply| reply[..3].to_owned());
    assert_eq!(codes, ["250", "250", "221"]);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn scripted_replaces_replies_a_number_of_times() {
    let script = Script::plain()
        .reply(Step::MailFrom, "450 4.2.0 Later")
        .times(2)
        .reply(Step::MailFrom, "550 5.7.1 Never")
        .times(1)
        .reply(Step::FinalReply, "452 4.3.1 Full")
        .times(1);
    let server = Scripted::start(script);
    let mut client = greeted(&server);
    for code in ["450", "450", "550", "250"] {
        assert_code(&client.say("MAIL FROM:<a@b.test>"), code);
    }
    assert_code(&client.send_mail(OWN, &["c@d.test"], "x"), "452");
    assert!(!server.received()[0].acknowledged);
}

#[test]
fn scripted_closes_after_421() {
    let server = Scripted::start(Script::plain().reply(Step::RcptTo, "421 4.3.2 Closing"));
    let mut client = greeted(&server);
    assert_code(&client.say("MAIL FROM:<a@b.test>"), "250");
    assert_code(&client.say("RCPT TO:<c@d.test>"), "421");
    assert_eq!(client.line().unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn scripted_closes_resets_and_sends_anything() {
    let script = Script::plain()
        .on(Step::Greeting, Action::Close)
        .times(1)
        .on(Step::Greeting, Action::Reset)
        .times(1)
        .on(Step::Greeting, Action::Raw(b"\xff\xfe\n".to_vec()))
        .times(1);
    let server = Scripted::start(script);
    let closed = Client::plain(server.port()).line().unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::UnexpectedEof);
    let reset = Client::plain(server.port()).line().unwrap_err();
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    let mut raw = [0; 3];
    socket(server.port()).read_exact(&mut raw).unwrap();
    assert_eq!(&raw, b"\xff\xfe\n");
    greeted(&server);
    assert_eq!(server.connections(), 4);
}

#[test]
fn scripted_resets_inside_tls_and_body() {
    let scratch = Scratch::new("reset");
    let ca = TestCa::new(scratch.path());
    let script = Script::implicit_tls(&ca.issue(&["localhost"])).on(Step::Body, Action::Reset);
    let server = Scripted::start(script);
    let mut client = Client::implicit_tls(server.port(), &ca);
    assert_code(&client.reply(), "220");
    assert_code(&client.say("MAIL FROM:<a@b.test>"), "250");
    assert_code(&client.say("RCPT TO:<c@d.test>"), "250");
    assert_code(&client.say("DATA"), "354");
    client.send("Subject: x\r\n");
    let error = client.line().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(server.received().is_empty());
}

#[test]
fn scripted_keeps_silent_until_it_is_dropped() {
    let server = Scripted::start(Script::plain().on(Step::Ehlo, Action::Silence));
    let socket = socket(server.port());
    let mut client = Client::over(Box::new(socket.try_clone().unwrap()));
    assert_code(&client.reply(), "220");
    client.send("EHLO test\r\n");
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert_eq!(client.line().unwrap_err().kind(), ErrorKind::WouldBlock);
    let before = Instant::now();
    drop(server);
    assert!(before.elapsed() < Duration::from_secs(5));
    assert!(client.line().is_err());
}

#[test]
fn scripted_drips_one_byte_a_second() {
    let script = Script::plain().on(Step::Quit, Action::Drip("2\n".to_owned()));
    let server = Scripted::start(script);
    let mut client = greeted(&server);
    let before = Instant::now();
    assert_eq!(client.say("QUIT"), "2\n");
    assert!(before.elapsed() >= Duration::from_millis(900));
}

#[test]
fn scripted_holds_the_final_dot() {
    let server = Scripted::start(Script::plain().hold_final_dot());
    let port = server.port();
    let sender = std::thread::spawn(move || {
        let mut client = Client::plain(port);
        assert_code(&client.reply(), "220");
        client.send_mail(OWN, &["one@clients.test"], "Held")
    });
    server.wait_until_holding(DEADLINE);
    assert!(!server.received()[0].acknowledged);
    assert!(!sender.is_finished());
    server.release();
    assert_code(&sender.join().unwrap(), "250");
    assert!(server.received()[0].acknowledged);
}

#[test]
fn scripted_lets_a_client_go_that_it_holds() {
    let scratch = Scratch::new("hold");
    let ca = TestCa::new(scratch.path());
    let script = Script::implicit_tls(&ca.issue(&["localhost"])).hold_final_dot();
    let server = Scripted::start(script);
    let mut client = Client::implicit_tls(server.port(), &ca);
    assert_code(&client.reply(), "220");
    assert_code(&client.say("MAIL FROM:<a@b.test>"), "250");
    assert_code(&client.say("RCPT TO:<c@d.test>"), "250");
    assert_code(&client.say("DATA"), "354");
    client.send("Subject: x\r\n\r\ny\r\n.\r\n");
    server.wait_until_holding(DEADLINE);
    drop(client);
    wait_until("nothing is held any more", DEADLINE, || {
        (server.holding() == 0).then_some(())
    });
    server.release();
    assert!(!server.received()[0].acknowledged);
}

#[test]
fn scripted_speaks_starttls_and_strips_it() {
    let scratch = Scratch::new("starttls");
    let ca = TestCa::new(scratch.path());
    let issued = ca.issue(&["localhost", "127.0.0.1"]);
    let server = Scripted::start(Script::starttls(&issued));
    let mut client = Client::starttls(server.port(), &ca);
    assert!(!client.say("EHLO test").contains("STARTTLS"));
    let server = Scripted::start(Script::starttls(&issued).starttls_stripped());
    let mut client = Client::plain(server.port());
    assert_code(&client.reply(), "220");
    assert!(!client.say("EHLO test").contains("STARTTLS"));
}

#[test]
fn scripted_injects_before_the_handshake() {
    let scratch = Scratch::new("inject");
    let ca = TestCa::new(scratch.path());
    let script = Script::starttls(&ca.issue(&["localhost"]))
        .inject_before_handshake(b"250 injected\r\n")
        .on(Step::Handshake, Action::Close);
    let server = Scripted::start(script);
    let mut client = greeted(&server);
    assert_code(&client.say("STARTTLS"), "220");
    assert_eq!(client.reply(), "250 injected\r\n");
    client.send("\u{16}"); // the first byte of a ClientHello
    assert_eq!(client.line().unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn clients_refuse_bad_certificates() {
    let scratch = Scratch::new("ca");
    let ca = TestCa::new(scratch.path());
    let names = ["localhost"];
    let bad = [
        (ca.issue_expired(&names), "Expired"),
        (ca.self_signed(&names), "UnknownIssuer"),
        (
            ca.issue_by("Avast Web/Mail Shield Root", &names),
            "UnknownIssuer",
        ),
        (ca.issue(&["elsewhere.test"]), "not valid for name"),
    ];
    for (issued, why) in bad {
        let server = Scripted::start(Script::implicit_tls(&issued));
        let client = Client::implicit_tls(server.port(), &ca).line();
        let said = client.unwrap_err().to_string();
        let found = said.to_lowercase().contains(&why.to_lowercase());
        assert!(found, "wanted {why}, got {said}");
    }
}

#[test]
fn scratch_folders_go_and_free_ports_are_free() {
    let (one, other) = (Scratch::new("same"), Scratch::new("same"));
    assert_ne!(one.path(), other.path());
    let path = one.path().to_path_buf();
    drop(one);
    assert!(!path.exists() && other.path().exists());
    assert!(TcpStream::connect(("127.0.0.1", free_port())).is_err());
}
