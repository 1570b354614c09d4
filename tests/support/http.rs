//! A small HTTP client that plays the browser and the other side's till; it knows nothing of the library.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::Value;
use url::form_urlencoded::Serializer;
use url::{Position, Url};

const PATIENCE: Duration = Duration::from_secs(30);

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a header line; its name is given in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(found, _)| found.to_ascii_lowercase() == name);
        found.map(|(_, value)| value)
    }
}

/// Asks over TLS where the address says https, else in the clear.
pub fn get(url: &str, tls: &Arc<ClientConfig>) -> Answer {
    ask(url, tls, "GET", "", "").expect("an answer")
}

/// Sends fields as a form does.
pub fn post_form(url: &str, tls: &Arc<ClientConfig>, fields: &[(&str, &str)]) -> Answer {
    try_post_form(url, tls, fields).expect("an answer")
}

/// As `post_form`; nothing where the connection ended without an answer.
pub fn try_post_form(
    url: &str,
    tls: &Arc<ClientConfig>,
    fields: &[(&str, &str)],
) -> Option<Answer> {
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    ask(url, tls, "POST", "application/x-www-form-urlencoded", &form)
}

/// Sends JSON in the clear.
pub fn post_json(port: u16, path: &str, body: &Value) -> Answer {
    let host = format!("127.0.0.1:{port}");
    let request = request("POST", path, &host, "application/json", &body.to_string());
    exchange(connect("127.0.0.1", port), &request).expect("an answer")
}

fn ask(url: &str, tls: &Arc<ClientConfig>, method: &str, kind: &str, body: &str) -> Option<Answer> {
    let parsed = Url::parse(url).expect("an address");
    let path = &parsed[Position::BeforePath..Position::AfterQuery];
    let host = &parsed[Position::BeforeHost..Position::AfterPort];
    let mut request = request(method, path, host, kind, body);
    if let Some(password) = parsed.password() {
        let pair = basic(parsed.username(), password);
        request = request.replacen("\r\n", &format!("\r\nAuthorization: Basic {pair}\r\n"), 1);
    }
    send(url, tls, &request)
}

/// Sends a request of one's own to the server of this address.
pub fn send(url: &str, tls: &Arc<ClientConfig>, request: &str) -> Option<Answer> {
    let url = Url::parse(url).expect("an address");
    let host = url.host_str().expect("a host").to_owned();
    let stream = connect(&host, url.port_or_known_default().expect("a port"));
    if url.scheme() == "http" {
        return exchange(stream, request);
    }
    let name = ServerName::try_from(host).expect("a server's name");
    let client = ClientConnection::new(Arc::clone(tls), name).expect("a TLS client");
    exchange(StreamOwned::new(client, stream), request)
}

fn basic(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{user}:{password}"))
}

// HTTP/1.0: the answer ends with the connection, and is never in chunks.
fn request(method: &str, path: &str, host: &str, kind: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn connect(host: &str, port: u16) -> TcpStream {
    let stream = TcpStream::connect((host, port)).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream
}

fn exchange(mut stream: impl Read + Write, request: &str) -> Option<Answer> {
    stream.write_all(request.as_bytes()).ok()?;
    stream.flush().ok()?;
    let mut bytes = Vec::new();
    // A TLS server that does not say goodbye is an error here, after the whole answer.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
