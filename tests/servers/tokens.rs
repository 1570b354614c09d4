//! Postfix and Dovecot take the authorization server's tokens, each for its own user only.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};

use crate::support::authorization::{AuthorizationServer, Failure};
use crate::support::ca::TestCa;
use crate::support::postfix::{Options, Postfix};
use crate::support::scratch::Scratch;

const OTHER: &str = "other@example.test";

/// The smallest SMTP client that can log in.
struct Client(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Client {
    fn connect(postfix: &Postfix) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", postfix.smtps_port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let tls = ClientConnection::new(postfix.ca.client_config(), name).unwrap();
        let mut client = Client(BufReader::new(StreamOwned::new(tls, stream)));
        assert!(client.reply().starts_with("220 "));
        client
    }

    fn say(&mut self, line: &str) -> String {
        self.0
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())
            .unwrap();
        self.0.get_mut().flush().unwrap();
        self.reply()
    }

    fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            assert!(
                self.0.read_line(&mut reply).unwrap() > 0,
                "the end after {reply}"
            );
            if reply.as_bytes().get(start + 3) != Some(&b'-') {
                return reply;
            }
        }
    }
}

fn xoauth2(user: &str, token: &str) -> String {
    let response = format!("user={user}\x01auth=Bearer {token}\x01\x01");
    format!("AUTH XOAUTH2 {}", STANDARD.encode(response))
}

fn oauthbearer(user: &str, token: &str) -> String {
    let response =
        format!("n,a={user},\x01host=localhost\x01port=465\x01auth=Bearer {token}\x01\x01");
    format!("AUTH OAUTHBEARER {}", STANDARD.encode(response))
}

type Login = fn(&str, &str) -> String;

fn accepted(postfix: &Postfix, login: Login, user: &str, token: &str) {
    let reply = Client::connect(postfix).say(&login(user, token));
    assert!(reply.starts_with("235 "), "{reply}{}", postfix.log());
}

/// Gives the error that the server shows before it refuses.
fn refused(postfix: &Postfix, login: Login, user: &str, token: &str) -> Value {
    let mut client = Client::connect(postfix);
    let challenge = client.say(&login(user, token));
    let error = challenge
        .strip_prefix("334 ")
        .unwrap_or_else(|| panic!("{challenge}"));
    let error = STANDARD.decode(error.trim_end()).unwrap();
    let refusal = client.say("AQ==");
    assert!(refusal.starts_with("535 "), "{refusal}");
    serde_json::from_slice(&error).unwrap()
}

fn started() -> (AuthorizationServer, Postfix, Scratch) {
    let scratch = Scratch::new("ca");
    let ca = Arc::new(TestCa::new(scratch.path()));
    let server = AuthorizationServer::start(&ca);
    let postfix = Postfix::start_with(&Options {
        mechanisms: "plain login xoauth2 oauthbearer".to_owned(),
        introspection: Some(server.introspection()),
        ca: Some(ca),
    });
    (server, postfix, scratch)
}

#[test]
fn a_token_logs_its_own_user_in_until_it_is_revoked() {
    let (server, postfix, _scratch) = started();
    let offer = Client::connect(&postfix).say("EHLO test");
    assert!(
        offer.contains("AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\r\n"),
        "{offer}"
    );
    let good = server.grant_access_token("till", Postfix::USER);
    let theirs = server.grant_access_token("till", OTHER);
    let logins = [
        (
            xoauth2 as Login,
            json!({ "schemes": "bearer", "scope": "mail", "status": "401" }),
        ),
        (oauthbearer, json!({ "status": "invalid_token" })),
    ];
    for (login, error) in logins {
        accepted(&postfix, login, Postfix::USER, &good);
        accepted(&postfix, login, OTHER, &theirs);
        for bad in ["unknown", &theirs] {
            assert_eq!(refused(&postfix, login, Postfix::USER, bad), error, "{bad}");
        }
    }
    server.revoke(Postfix::USER);
    refused(&postfix, xoauth2, Postfix::USER, &good);
}

#[test]
fn a_mail_server_that_cannot_ask_refuses_without_a_challenge() {
    let (server, postfix, _scratch) = started();
    let good = server.grant_access_token("till", Postfix::USER);
    let failure = Failure {
        only: Some("introspection"),
        ..Failure::json(503, "temporarily_unavailable")
    };
    server.fail_next(1000, &failure);
    let logins = [xoauth2 as Login, oauthbearer];
    for login in logins {
        // The same code as for a bad token, but at once: no 334 with an error comes first.
        let reply = Client::connect(&postfix).say(&login(Postfix::USER, &good));
        assert!(reply.starts_with("535 5.7.8 "), "{reply}");
    }
    assert!(server.counts().of("introspection") > 0);
}

#[test]
fn passwords_and_long_tokens_work_too() {
    let (server, postfix, _scratch) = started();
    let plain = format!("\0{}\0{}", Postfix::USER, Postfix::PASSWORD);
    let plain = format!("AUTH PLAIN {}", STANDARD.encode(plain));
    assert!(Client::connect(&postfix).say(&plain).starts_with("235 "));
    server.set_token_length(1000);
    let long = server.grant_access_token("till", Postfix::USER);
    accepted(&postfix, xoauth2, Postfix::USER, &long);
}
