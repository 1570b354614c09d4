//! The authorization server: every grant, and what it does with used refresh tokens.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;

use crate::support::authorization::{AuthorizationServer, Rotation};
use crate::support::ca::TestCa;
use crate::support::http::{Answer, post_form};
use crate::support::scratch::{Scratch, wait_until};

pub(crate) const ALICE: &str = "alice@example.test";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const VERIFIER: &str = "0123456789-0123456789-0123456789-0123456789";
pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) fn started() -> (AuthorizationServer, Scratch) {
    let scratch = Scratch::new("ca");
    let server = AuthorizationServer::start(&TestCa::new(scratch.path()));
    (server, scratch)
}

fn token(server: &AuthorizationServer, fields: &[(&str, &str)]) -> Answer {
    post_form(&server.token_url("common"), &server.tls, fields)
}

pub(crate) fn refresh(server: &AuthorizationServer, refresh_token: &str) -> Answer {
    token(server, &refreshing(refresh_token))
}

pub(crate) fn refreshing(refresh_token: &str) -> [(&str, &str); 3] {
    [
        ("client_id", "till"),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ]
}

fn is_active(server: &AuthorizationServer, access_token: &str) -> bool {
    let url = server.introspection().url;
    let answer = post_form(&url, &server.tls, &[("token", access_token)]).json();
    answer["active"].as_bool().unwrap()
}

pub(crate) fn refused(answer: &Answer, error: &str) {
    assert_eq!(
        (answer.status, answer.json()["error"].as_str().unwrap()),
        (400, error),
        "{answer:?}"
    );
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
        .to_owned()
}

/// Begins as a device does; gives the device code and the user code.
pub(crate) fn begun(server: &AuthorizationServer) -> (String, String) {
    let fields = [("client_id", "till"), ("scope", "smtp offline_access")];
    let begun = post_form(&server.device_url("common"), &server.tls, &fields).json();
    (text(&begun, "device_code"), text(&begun, "user_code"))
}

fn poll(server: &AuthorizationServer, device_code: &str) -> Answer {
    let fields = [
        ("client_id", "till"),
        ("grant_type", DEVICE_CODE),
        ("device_code", device_code),
    ];
    token(server, &fields)
}

#[test]
fn a_device_waits_for_its_user() {
    let (server, _scratch) = started();
    server.set_device(60, 900);
    let (device_code, user_code) = begun(&server);
    refused(&poll(&server, &device_code), "authorization_pending");
    refused(&poll(&server, &device_code), "slow_down");
    server.approve(&user_code, ALICE);
    let answer = poll(&server, &device_code).json();
    assert_eq!(answer["scope"], "smtp offline_access");
    assert!(is_active(&server, &text(&answer, "access_token")));
    let issued = server.issued();
    for name in ["access_token", "refresh_token"] {
        assert!(issued.contains(&text(&answer, name)), "{name}: {issued:?}");
    }
    refused(&poll(&server, &device_code), "invalid_request");
    assert_eq!(server.issued_codes(), [device_code]);
    assert_eq!(server.counts().of(DEVICE_CODE), 4);
}

#[test]
fn a_device_learns_that_its_user_refused_or_never_came() {
    let (server, _scratch) = started();
    let (device_code, user_code) = begun(&server);
    server.decline(&user_code, ALICE);
    refused(&poll(&server, &device_code), "access_denied");
    server.set_device(1, 0);
    let fields = [("client_id", "till")];
    let begun = post_form(&server.device_url("common"), &server.tls, &fields).json();
    assert_eq!(begun["interval"], 1);
    refused(
        &poll(&server, &text(&begun, "device_code")),
        "expired_token",
    );
}

/// The address that a till opens in the browser, and its listener for the redirect.
fn authorization(server: &AuthorizationServer, challenge: &str) -> (String, String, TcpListener) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let redirect = format!(
        "http://127.0.0.1:{}/",
        listener.local_addr().unwrap().port()
    );
    let mut url = Url::parse(&server.authorize_url("common")).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("client_id", "till"),
        ("response_type", "code"),
        ("redirect_uri", &redirect),
        ("state", "s1"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]);
    (url.into(), redirect, listener)
}

/// Takes one redirect, and gives what it said.
fn redirected(listener: &TcpListener) -> Url {
    let (mut stream, _) = listener.accept().unwrap();
    let mut bytes = [0; 4096];
    let length = stream.read(&mut bytes).unwrap();
    let request = String::from_utf8_lossy(&bytes[..length]).into_owned();
    let page = "Close this window.";
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    )
    .unwrap();
    let path = request.split(' ').nth(1).unwrap();
    Url::parse("http://127.0.0.1").unwrap().join(path).unwrap()
}

/// Plays the browser; gives what the till's listener was told.
fn browsed(
    server: &AuthorizationServer,
    url: &str,
    listener: TcpListener,
) -> Vec<(String, String)> {
    let taken = std::thread::spawn(move || redirected(&listener));
    assert_eq!(server.browse(url), "Close this window.");
    taken.join().unwrap().query_pairs().into_owned().collect()
}

fn challenge() -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, VERIFIER.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

fn redeem(server: &AuthorizationServer, code: &str, redirect: &str, verifier: &str) -> Answer {
    let fields = [
        ("client_id", "till"),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
    ];
    token(server, &fields)
}

#[test]
fn a_browser_brings_a_code_that_its_verifier_redeems_once() {
    let (server, _scratch) = started();
    let (url, redirect, listener) = authorization(&server, &challenge());
    let told = browsed(&server, &url, listener);
    let [(first, code), (second, state)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(
        (first.as_str(), second.as_str(), state.as_str()),
        ("code", "state", "s1")
    );
    refused(
        &redeem(&server, code, &redirect, &VERIFIER.replace('0', "1")),
        "invalid_grant",
    );
    let answer = redeem(&server, code, &redirect, VERIFIER).json();
    assert!(is_active(&server, &text(&answer, "access_token")));
    assert_eq!(
        refresh(&server, &text(&answer, "refresh_token")).status,
        200
    );
    refused(&redeem(&server, code, &redirect, VERIFIER), "invalid_grant");
}

#[test]
fn a_browser_brings_a_refusal() {
    let (server, _scratch) = started();
    let error_of = |challenge: &str| {
        let (url, _, listener) = authorization(&server, challenge);
        let told = browsed(&server, &url, listener);
        told.into_iter()
            .find(|(name, _)| name == "error")
            .unwrap()
            .1
    };
    assert_eq!(error_of(""), "invalid_request");
    server.set_browser_user(None);
    assert_eq!(error_of(&challenge()), "access_denied");
}

#[test]
fn a_spent_refresh_token_revokes_its_family() {
    let (server, _scratch) = started();
    let first = server.grant_refresh_token("till", ALICE);
    let other = server.grant_refresh_token("till", ALICE);
    let answer = refresh(&server, &first).json();
    let (second, access) = (
        text(&answer, "refresh_token"),
        text(&answer, "access_token"),
    );
    assert!(is_active(&server, &access));
    refused(&refresh(&server, &first), "invalid_grant");
    refused(&refresh(&server, &second), "invalid_grant");
    assert!(!is_active(&server, &access));
    assert_eq!(refresh(&server, &other).status, 200);
}

#[test]
fn refresh_tokens_may_be_kept_or_have_a_grace() {
    let (server, _scratch) = started();
    server.set_rotation(Rotation::Keep);
    let kept = server.grant_refresh_token("till", ALICE);
    for _ in 0..2 {
        assert_eq!(refresh(&server, &kept).json()["refresh_token"], Value::Null);
    }
    server.set_rotation(Rotation::Grace);
    let old = server.grant_refresh_token("till", ALICE);
    refresh(&server, &old);
    let new = text(&refresh(&server, &old).json(), "refresh_token");
    assert_eq!(refresh(&server, &new).status, 200);
    refused(&refresh(&server, &old), "invalid_grant");
    refused(&refresh(&server, &new), "invalid_grant");
}

#[test]
fn tokens_expire_and_are_revoked() {
    let (server, _scratch) = started();
    server.set_lifetime(2);
    let brief = server.grant_access_token("till", ALICE);
    assert!(is_active(&server, &brief));
    wait_until("the token has expired", SOON, || {
        (!is_active(&server, &brief)).then_some(())
    });
    server.set_lifetime(3600);
    let (access, theirs) = (
        server.grant_access_token("till", ALICE),
        server.grant_access_token("till", "bob@example.test"),
    );
    let refresh_token = server.grant_refresh_token("till", ALICE);
    server.revoke(ALICE);
    assert!(!is_active(&server, &access) && is_active(&server, &theirs));
    refused(&refresh(&server, &refresh_token), "invalid_grant");
}

#[test]
fn confidential_clients_need_their_secret() {
    let (server, _scratch) = started();
    let ask = |client: &str, secret: &str| {
        let fields = [
            ("client_id", client),
            ("client_secret", secret),
            ("grant_type", "client_credentials"),
        ];
        token(&server, &fields)
    };
    let answer = ask("daemon", "s3cret").json();
    assert!(is_active(&server, &text(&answer, "access_token")));
    assert_eq!(answer["refresh_token"], Value::Null);
    let wrong = ask("daemon", "wrong");
    assert_eq!(
        (wrong.status, &wrong.json()["error"]),
        (401, &"invalid_client".into())
    );
    refused(&ask("back", "s3cret"), "unauthorized_client");
    let theirs = server.grant_refresh_token("back", ALICE);
    refused(&refresh(&server, &theirs), "invalid_grant");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &theirs)];
    let url = server.url().replace("//", "//back:s3cret@") + "/token";
    assert_eq!(post_form(&url, &server.tls, &fields).status, 200);
}
