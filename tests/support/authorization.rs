//! A real OAuth 2 authorization server on loopback: Authlib, in a process of its own.
//!
//! `authorization/server.py` tells what of it is real. The clients it knows: `till`, which is
//! public; `back`, with the secret `s3cret`; `daemon`, which has no user (client_credentials).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use serde_json::{Value, json};

use super::ca::TestCa;
use super::daemon::{Daemon, Guard, INSTALL};
use super::http::{self, Answer};
use super::scratch::{Scratch, wait_until};

// Debian's, which has Authlib; another one may come first in the path.
const PYTHON: &str = "/usr/bin/python3";
const SERVER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/support/authorization/server.py"
);
const START_DEADLINE: Duration = Duration::from_secs(30);

/// What happens to a refresh token that has been used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It is spent, a new one is given; using it again revokes all that came from the consent.
    Rotate,
    /// It serves for ever and no new one is given.
    Keep,
    /// It serves until the new one has been used; so a client that lost the answer may ask again.
    Grace,
}

/// What is wrong with an answer; `Failure::default()` is an answer with nothing wrong.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// The requests meant: a `grant_type`, or "device_authorization"; none means all of these.
    /// Or "introspection", which is the mail server's.
    pub only: Option<&'static str>,
    /// Answered in place of the real answer; no token is made then.
    pub status: Option<u16>,
    pub body: String,
    /// "application/json" where it is empty.
    pub content_type: &'static str,
    /// The value of Retry-After.
    pub retry_after: Option<String>,
    /// How far the Date header is from the true time.
    pub date_offset_s: i64,
    /// Before the token is made.
    pub delay_before: Duration,
    /// After the token has been made and stored, and the old one is spent.
    pub delay_after: Duration,
    /// The token is made, and the connection ends without an answer.
    pub lost: bool,
    /// Sent in chunks, to a client that speaks HTTP/1.1.
    pub chunked: bool,
}

impl Failure {
    /// An error as RFC 6749 5.2 has it.
    pub fn json(status: u16, error: &str) -> Failure {
        Failure {
            status: Some(status),
            body: json!({ "error": error }).to_string(),
            ..Failure::default()
        }
    }
}

/// Whom a mail server asks whether a token is good.
#[derive(Clone, Debug)]
pub struct Introspection {
    /// With the mail server's own name and secret.
    pub url: String,
    pub ca_pem: PathBuf,
}

/// How often the server was asked.
#[derive(Clone, Debug)]
pub struct Counts {
    requests: Value,
    pub refreshes_at_once: u64,
    pub refreshes_of_one_user_at_once: u64,
}

impl Counts {
    /// The requests of one kind: a `grant_type`, "device_authorization" or "introspection".
    pub fn of(&self, kind: &str) -> u64 {
        self.requests[kind].as_u64().unwrap_or(0)
    }
}

/// A running authorization server; dropping it stops it.
pub struct AuthorizationServer {
    port: u16,
    control: u16,
    ca_pem: PathBuf,
    /// A TLS client that trusts this server.
    pub tls: Arc<ClientConfig>,
    // Fields are dropped in this order: processes first, their folder last.
    _guard: Guard,
    _server: Daemon,
    scratch: Scratch,
}

impl AuthorizationServer {
    pub fn start(ca: &TestCa) -> AuthorizationServer {
        let scratch = Scratch::new("oauth");
        let certificate = ca.issue(&["localhost", "127.0.0.1"]);
        let output = scratch.path().join("server.out");
        let mut command = Command::new(PYTHON);
        command.args(["-B", "-E", "-s", SERVER]);
        command.args([&certificate.cert_pem, &certificate.key_pem]);
        let mut server = Daemon::spawn(command, &output, "KILL");
        let guard = Guard::watch(&[server.id()], scratch.path());
        let (port, control) = wait_for_ports(&mut server, &output);
        AuthorizationServer {
            port,
            control,
            ca_pem: ca.ca_pem().to_path_buf(),
            tls: ca.client_config(),
            _guard: guard,
            _server: server,
            scratch,
        }
    }

    /// The server's address, without a path and without a last slash.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub fn token_url(&self, tenant: &str) -> String {
        self.endpoint(tenant, "token")
    }

    pub fn device_url(&self, tenant: &str) -> String {
        self.endpoint(tenant, "devicecode")
    }

    pub fn authorize_url(&self, tenant: &str) -> String {
        self.endpoint(tenant, "authorize")
    }

    fn endpoint(&self, tenant: &str, name: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/{name}", self.url())
    }

    /// What Dovecot has to know.
    pub fn introspection(&self) -> Introspection {
        Introspection {
            url: format!(
                "https://dovecot:introspects@localhost:{}/introspect",
                self.port
            ),
            ca_pem: self.ca_pem.clone(),
        }
    }

    /// The user enters the code that the device shows, and agrees.
    pub fn approve(&self, user_code: &str, user: &str) {
        self.decide(user_code, user, true);
    }

    /// The user enters the code that the device shows, and refuses.
    pub fn decline(&self, user_code: &str, user: &str) {
        self.decide(user_code, user, false);
    }

    fn decide(&self, user_code: &str, user: &str, approved: bool) {
        let decision = json!({ "user_code": user_code, "user": user, "approved": approved });
        self.act("decide", &decision);
    }

    /// Who sits at the browser and agrees; `None` refuses. At first it is `till@example.test`.
    pub fn set_browser_user(&self, user: Option<&str>) {
        self.act("set", &json!({ "browser_user": user }));
    }

    /// Opens an address as a browser does, follows the redirect, and gives the last page.
    pub fn browse(&self, authorization_url: &str) -> String {
        let answer = http::get(authorization_url, &self.tls);
        match answer.header("location") {
            Some(location) => http::get(location, &self.tls).body,
            None => answer.body,
        }
    }

    /// Makes all tokens of a user worthless, as when the password changes.
    pub fn revoke(&self, user: &str) {
        self.act("revoke", &json!({ "user": user }));
    }

    /// Ends the access tokens made so far; the refresh tokens stay good.
    pub fn forget_access_tokens(&self) {
        self.act("forget_access_tokens", &json!({}));
    }

    /// Somebody else tries a refresh token; gives the error, where there is one.
    pub fn refresh(&self, client: &str, token: &str) -> Option<String> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", token),
        ];
        let answer = http::post_form(&self.token_url("common"), &self.tls, &fields);
        answer.json()["error"].as_str().map(str::to_owned)
    }

    /// How long the access tokens last that are made from now on; 3600 s at first.
    pub fn set_lifetime(&self, seconds: u32) {
        self.act("set", &json!({ "lifetime_s": seconds }));
    }

    /// What happens to used refresh tokens; `Rotate` at first.
    pub fn set_rotation(&self, rotation: Rotation) {
        let word = format!("{rotation:?}").to_lowercase();
        self.act("set", &json!({ "rotation": word }));
    }

    /// How long an access token is; 200 letters at first.
    pub fn set_token_length(&self, letters: usize) {
        self.act("set", &json!({ "access_token_length": letters }));
    }

    /// How often a device may ask, and for how long; every second for 900 s at first.
    pub fn set_device(&self, interval_s: u32, lifetime_s: u32) {
        let settings = json!({ "device_interval_s": interval_s, "device_lifetime_s": lifetime_s });
        self.act("set", &settings);
    }

    /// The next `count` requests that `failure` means fail that way.
    pub fn fail_next(&self, count: u32, failure: &Failure) {
        let kind = match failure.content_type {
            "" => "application/json",
            given => given,
        };
        let fault = json!({
            "left": count, "only": failure.only, "status": failure.status, "body": failure.body,
            "content_type": kind, "retry_after": failure.retry_after,
            "date_offset_s": failure.date_offset_s, "lost": failure.lost,
            "delay_before_s": failure.delay_before.as_secs_f64(),
            "delay_after_s": failure.delay_after.as_secs_f64(),
            "chunked": failure.chunked,
        });
        self.act("fail", &fault);
    }

    /// The next refresh takes this long before and after its token is made and stored.
    pub fn delay_next_refresh(&self, before: Duration, after: Duration) {
        let failure = Failure {
            only: Some("refresh_token"),
            delay_before: before,
            delay_after: after,
            ..Failure::default()
        };
        self.fail_next(1, &failure);
    }

    /// A refresh token for accounts whose integrator brings one.
    pub fn grant_refresh_token(&self, client: &str, user: &str) -> String {
        text(&self.grant(client, user), "refresh_token")
    }

    pub fn grant_access_token(&self, client: &str, user: &str) -> String {
        text(&self.grant(client, user), "access_token")
    }

    fn grant(&self, client: &str, user: &str) -> Value {
        let grant = json!({ "client_id": client, "user": user, "scope": "smtp" });
        self.act("grant", &grant)
    }

    /// All access and refresh tokens so far.
    pub fn issued(&self) -> Vec<String> {
        texts(&self.act("issued", &json!({}))["tokens"])
    }

    /// All authorization codes and device codes so far.
    pub fn issued_codes(&self) -> Vec<String> {
        texts(&self.act("issued", &json!({}))["codes"])
    }

    pub fn counts(&self) -> Counts {
        let counts = self.act("counts", &json!({}));
        let number = |name: &str| counts[name].as_u64().expect("a number");
        Counts {
            refreshes_at_once: number("refreshes_at_once"),
            refreshes_of_one_user_at_once: number("refreshes_of_one_user_at_once"),
            requests: counts["requests"].clone(),
        }
    }

    /// What the server has written on its output: a line for each request.
    pub fn log(&self) -> String {
        read(&self.scratch.path().join("server.out"))
    }

    fn act(&self, name: &str, arguments: &Value) -> Value {
        let answer: Answer = http::post_json(self.control, &format!("/control/{name}"), arguments);
        assert_eq!(answer.status, 200, "{name} {arguments}: {}", self.log());
        answer.json()
    }
}

fn wait_for_ports(server: &mut Daemon, output: &Path) -> (u16, u16) {
    wait_until("the authorization server listens", START_DEADLINE, || {
        let said = read(output);
        assert!(server.ended().is_none(), "it ended: {said}; {INSTALL}");
        said.split_inclusive('\n').find_map(|line| {
            let (port, control) = line.strip_suffix('\n')?.split_once(' ')?;
            Some((port.parse().ok()?, control.parse().ok()?))
        })
    })
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn text(value: &Value, name: &str) -> String {
    let found = value[name].as_str();
    found
        .unwrap_or_else(|| panic!("no {name} in {value}"))
        .to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("a text").to_owned())
        .collect()
}
