//! Drives one row: a shop of its own, a server of its own, one mail, and what became of it.

use super::providers::Words;
use super::row::{Again, Certificate, How, Row, Way};
use super::support::ca::{Issued, TestCa};
use super::support::scratch::{Scratch, free_port, wait_until};
use super::support::scripted::{Action, Script, Scripted, Step};
use super::support::shop::{self, Shop, and};
use super::words::At;
use super::{nameserver, old_tls};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::OnceLock;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Until the first try is over, on a machine that does much else.
const SOON: Duration = Duration::from_secs(90);
/// A server that says nothing is given up after this; all else of a row must be quicker, also on a busy machine.
const SILENT_MS: u64 = 4_000;
const USER: &str = "boutique@exemple.fr";
/// What stands in the document for the server's name.
pub const HOST_SHOWN: &str = "smtp.exemple.fr";

/// The ways in which a row is driven; each must come to the same.
pub fn ways(row: &Row) -> &'static [Way] {
    if let Some(only) = row.only {
        return only;
    }
    match (row.at, &row.how) {
        (_, How::HidesAuth) => &[Way::Pipelined],
        (_, How::OldTls) | (At::Auth, _) => &[Way::Tls],
        (At::Ehlo, _) => &[Way::Pipelined, Way::StartTls],
        (At::StartTls, _) => &[Way::StartTls],
        (At::Handshake, _) => &[Way::Tls, Way::StartTls],
        (At::Mail | At::Rcpt | At::Data | At::Body | At::Dot | At::Reply, _) => {
            &[Way::Pipelined, Way::OneByOne]
        }
        _ => &[Way::Pipelined],
    }
}

/// What became of the mail, in the document's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub code: String,
    pub class: String,
    pub state: String,
    pub tries: u64,
    pub paused: bool,
    pub again: Again,
    pub says: String,
    pub cure: String,
    /// Complete mails that the server has confirmed.
    pub taken: usize,
}

/// Certificates for the whole run.
pub struct Trust {
    _scratch: Scratch,
    ca: TestCa,
}

pub fn trust() -> &'static Trust {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    TRUST.get_or_init(|| {
        let scratch = Scratch::new("faults-ca");
        let ca = TestCa::new(scratch.path());
        Trust {
            _scratch: scratch,
            ca,
        }
    })
}

impl Trust {
    pub fn good(&self) -> Issued {
        self.ca.issue(&["localhost", "127.0.0.1"])
    }

    fn shown(&self, how: &How) -> Issued {
        let names = ["localhost", "127.0.0.1"];
        match how {
            How::Shows(Certificate::OfAnother) => self.ca.issue(&["mail.hebergeur.fr"]),
            How::Shows(Certificate::Expired) => self.ca.issue_expired(&names),
            How::Shows(Certificate::SelfSigned) => self.ca.self_signed(&names),
            How::Shows(Certificate::OfUnknown) => self.ca.issue_by("Autorite inconnue", &names),
            How::Shows(Certificate::OfAntivirus) => {
                self.ca.issue_by("Avast Web/Mail Shield Root", &names)
            }
            _ => self.good(),
        }
    }

    pub fn ca_pem(&self) -> &std::path::Path {
        self.ca.ca_pem()
    }
}

fn script(row: &Row, way: Way) -> Script {
    let script = match way {
        Way::Pipelined => Script::plain(),
        Way::OneByOne => Script::plain().ehlo(&["SIZE 10240000"]),
        Way::Tls => Script::implicit_tls(&trust().shown(&row.how)),
        Way::StartTls => Script::starttls(&trust().shown(&row.how)),
    };
    let script = if row.at == At::Body {
        script.narrow()
    } else {
        script
    };
    match &row.how {
        How::Does(action) | How::InTime(action) => script.on(step(row.at), action.clone()),
        How::Offers(extensions) => script.ehlo(extensions),
        How::HidesAuth => script.auth_only_after_tls(),
        How::Strips => script.starttls_stripped(),
        How::Injects(bytes) => script.inject_before_handshake(bytes),
        _ => script,
    }
}

fn step(at: At) -> Step {
    match at {
        At::Greeting => Step::Greeting,
        At::Ehlo => Step::Ehlo,
        At::StartTls => Step::StartTls,
        At::Handshake => Step::Handshake,
        At::Auth => Step::Auth,
        At::Mail => Step::MailFrom,
        At::Rcpt => Step::RcptTo,
        At::Data => Step::Data,
        // A mail that fits into the socket's buffers has left with its dot before the server acts.
        At::Body | At::Dot => Step::Body,
        At::Reply => Step::FinalReply,
        At::Quit => Step::Quit,
        At::Dns | At::Connect => Step::Accept,
    }
}

/// True where nothing but a deadline ends the step.
fn waits_for_a_deadline(how: &How) -> bool {
    matches!(
        how,
        How::Does(Action::Silence | Action::Drip(_) | Action::Sip) | How::TakesNoMore
    )
}

/// Production's waits; only the conversation's deadlines are shorter where one must pass.
pub fn settings(host: &str, port: u16, way: Way, deadline_ms: u64) -> Value {
    let security = match way {
        Way::Pipelined | Way::OneByOne => "none",
        Way::Tls => "tls",
        Way::StartTls => "starttls",
    };
    let plain = json!({
        "sender": { "address": USER, "name": shop::STORE_NAME },
        "smtp": {
            "host": host, "port": port, "security": security, "allow_clear_text": true,
            "timeouts": {
                "connect_ms": deadline_ms, "reply_ms": deadline_ms,
                "final_ms": deadline_ms, "total_ms": deadline_ms * 4,
            },
        },
    });
    if security == "none" {
        return plain;
    }
    let login =
        json!({ "smtp": { "user": USER, "password": "secret", "ca_file": trust().ca_pem() } });
    and(plain, &login)
}

/// Drives one row in one way.
pub fn drive(row: &Row, way: Way) -> Observed {
    let mut server = None;
    let mut full = None;
    let mut old = None;
    let mut host = "127.0.0.1";
    let port = match &row.how {
        How::NobodyListens => free_port(),
        How::TakesNoMore => full.insert(FullPort::new()).port,
        How::OldTls => old.insert(old_tls::Server::start(&trust().good())).port(),
        How::NoRoute => {
            host = "192.0.2.1";
            25_000
        }
        How::Name(name) => {
            host = nameserver::host(name);
            server.insert(Scripted::start(script(row, way))).port()
        }
        _ => server.insert(Scripted::start(script(row, way))).port(),
    };
    let deadline_ms = if waits_for_a_deadline(&row.how) {
        SILENT_MS
    } else {
        60_000
    };
    let mut settings = settings(host, port, way, deadline_ms);
    if matches!(row.how, How::HidesAuth) {
        let login = json!({ "smtp": { "user": USER, "password": "secret" } });
        settings = and(settings, &login);
    }
    let shop = Shop::french(&settings);
    let receipt = shop::receipt("1", "client@clients.test");
    let receipt = match row.at {
        At::Body => big(receipt),
        _ => receipt,
    };
    let id = shop.mailer.send_receipt(&receipt).unwrap()["id"]
        .as_i64()
        .unwrap();
    let seen = observe(&shop, id, host, port);
    match &server {
        Some(server) if row.at == At::Quit => goodbye_changes_nothing(&shop, id, server, seen),
        Some(server) => Observed {
            taken: taken(server),
            ..seen
        },
        None => seen,
    }
}

/// Adds so much that the system cannot take the whole mail in while the server does not read (4 MiB at most).
pub fn big(receipt: Value) -> Value {
    let file = json!({ "name": "photo.bin", "base64": "QUJD".repeat(1_500_000) });
    and(receipt, &json!({ "attachments": [file] }))
}

fn taken(server: &Scripted) -> usize {
    let received = server.received();
    received.iter().filter(|mail| mail.acknowledged).count()
}

/// A mail that was taken is sent, whatever happens at QUIT.
fn goodbye_changes_nothing(shop: &Shop, id: i64, server: &Scripted, seen: Observed) -> Observed {
    wait_until("the goodbye was said", SOON, || {
        (server.quits() > 0).then_some(())
    });
    let second = shop.send("2", "client@clients.test");
    wait_until("the next mail has left too", SOON, || {
        (shop.mail(second)["state"] == "sent").then_some(())
    });
    assert_eq!(shop.events(id), ["accepted", "sent"]);
    let of_first = |mail: &&super::support::scripted::Received| mail.connection == 0;
    let received = server.received();
    assert_eq!(received.len(), 2);
    Observed {
        taken: received.iter().filter(of_first).count(),
        ..seen
    }
}

/// Waits for the end of the first try and reads the journal as the shop does.
pub fn observe(shop: &Shop, id: i64, host: &str, port: u16) -> Observed {
    let event = wait_until("the first try is over", SOON, || {
        let journal = shop.mailer.journal(&json!({ "id": id })).unwrap();
        journal["events"].as_array().unwrap().get(1).cloned()
    });
    let mail = shop.mail(id);
    let health = shop.mailer.health(&json!({})).unwrap();
    let paused = health["paused_accounts"].as_array().unwrap();
    let again = match (paused.first(), mail["next_at"].as_str()) {
        (Some(pause), _) => Again::Probe(whole(&event["at"], &pause["probe_at"])),
        (None, Some(_)) => Again::After(whole(&event["at"], &mail["next_at"])),
        (None, None) => Again::Never,
    };
    let sentence = |name: &str| {
        let sentence = event[name].as_str().unwrap_or_default();
        let shown = sentence.replace(host, HOST_SHOWN);
        shown.replace(&port.to_string(), "PORT")
    };
    Observed {
        code: event["name"].as_str().unwrap().to_owned(),
        class: event["class"].as_str().unwrap().to_owned(),
        state: mail["state"].as_str().unwrap().to_owned(),
        tries: mail["tries"].as_u64().unwrap(),
        paused: !paused.is_empty(),
        again,
        says: sentence("message"),
        cure: sentence("hint"),
        taken: 0,
    }
}

/// The planned wait between two times of the journal: a wait may be up to a tenth longer, never shorter.
pub fn whole(from: &Value, to: &Value) -> u32 {
    let read = |time: &Value| OffsetDateTime::parse(time.as_str().unwrap(), &Rfc3339).unwrap();
    let seconds = (read(to) - read(from)).as_seconds_f64();
    const PLANNED: [u32; 12] = [
        10, 30, 60, 120, 240, 300, 600, 900, 1_800, 3_600, 7_200, 14_400,
    ];
    // The journal's time is a moment after the one from which the wait was counted.
    let fits = |planned: &u32| {
        let planned = f64::from(*planned);
        (planned - 5.0..planned * 1.1 + 0.1).contains(&seconds)
    };
    let planned = PLANNED.into_iter().find(fits);
    planned.unwrap_or_else(|| panic!("{seconds} s is no wait of the rules"))
}

/// A port whose queue is full: the system drops what comes, without a word.
struct FullPort {
    port: u16,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl FullPort {
    #[allow(unsafe_code)]
    fn new() -> FullPort {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        // SAFETY: the descriptor is a listening socket; listening again only shortens its queue.
        assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
        let address: SocketAddr = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            queue.push(stream);
        }
        FullPort {
            port: address.port(),
            _listener: listener,
            _queue: queue,
        }
    }
}

/// True where a row lasts for seconds.
pub fn is_slow(row: &Row) -> bool {
    waits_for_a_deadline(&row.how)
}

/// Drives one answer of a provider, at a host that bears the provider's name.
pub fn drive_words(words: &Words) -> Observed {
    let action = Action::reply(&lines(words.line));
    let script = Script::plain().on(step(words.at), action);
    let server = Scripted::start(script);
    let login = json!({ "smtp": { "user": "caisse@exemple.fr", "password": "secret" } });
    let plain = settings(words.host, server.port(), Way::Pipelined, 60_000);
    let shop = Shop::french(&and(plain, &login));
    let id = shop.send("1", "client@clients.test");
    Observed {
        taken: taken(&server),
        ..observe(&shop, id, words.host, server.port())
    }
}

/// `550 5.4.5 one|two` as a server sends it: code and enhanced code on each line.
fn lines(line: &str) -> String {
    let (code, text) = line.split_once(' ').unwrap();
    let first = text.split(' ').next().unwrap();
    let repeated = if first.split('.').count() == 3 {
        first
    } else {
        ""
    };
    let texts: Vec<String> = text
        .split('|')
        .enumerate()
        .map(|(index, text)| match index {
            0 => text.to_owned(),
            _ => format!("{repeated} {text}"),
        })
        .collect();
    let (last, before) = texts.split_last().unwrap();
    let mut reply: String = before
        .iter()
        .map(|text| format!("{code}-{text}\r\n"))
        .collect();
    reply.push_str(&format!("{code} {last}"));
    reply
}
