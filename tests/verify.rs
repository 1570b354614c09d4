//! mail_verify: the right step fails within its deadline, nothing is saved, and the advice says what to do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use support::ca::{Issued, TestCa};
use support::postfix::Postfix;
use support::proxy::HttpProxy;
use support::scratch::{Scratch, free_port};
use support::scripted::{Action, Script, Scripted, Step};
use support::shop::{SENDER, STORE_NAME, Shop, and};
use tillmail::Language;
use tillmail::error::{
    Error, MAIL_E_AUTH, MAIL_E_NETWORK, MAIL_E_PROTOCOL, MAIL_E_RECIPIENT, MAIL_E_SENDER,
    MAIL_E_TLS,
};

/// A shop that has saved nothing but who it is: the server comes with each request.
fn shop() -> Shop {
    Shop::with(&json!({ "sender": { "address": SENDER, "name": STORE_NAME } }))
}

fn steps(reply: &Value) -> Vec<(String, bool)> {
    let steps = reply["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| {
            (
                step["step"].as_str().unwrap().to_owned(),
                step["ok"].as_bool().unwrap(),
            )
        })
        .collect()
}

/// Verifies, expects a failure, and checks that it came in time, told its step, and saved nothing.
fn fails(shop: &Shop, smtp: &Value, code: i32, step: &str) -> Error {
    let before = shop.mailer.settings(&json!({})).unwrap();
    let started = Instant::now();
    let error = shop
        .mailer
        .verify(&json!({ "settings": { "smtp": smtp }, "deadline_ms": 3_000 }))
        .expect_err(&format!("{smtp} was found right"));
    assert!(
        started.elapsed() < Duration::from_millis(3_500),
        "{smtp}: {:?}",
        started.elapsed()
    );
    assert_eq!(
        (error.code, error.step),
        (code, Some(step)),
        "{smtp}: {error:?}"
    );
    assert!(error.hint.is_some(), "no advice: {error:?}");
    let reply = error.to_json(Language::French);
    let (last, rest) = steps(&reply)
        .split_last()
        .map(|(last, rest)| (last.clone(), rest.to_vec()))
        .unwrap();
    assert_eq!(last, (step.to_owned(), false), "{reply}");
    assert!(rest.iter().all(|(_, ok)| *ok), "{reply}");
    assert_eq!(
        shop.mailer.settings(&json!({})).unwrap(),
        before,
        "something was saved"
    );
    error
}

fn says(error: &Error, words: &[&str]) {
    for language in [Language::French, Language::English] {
        let sentence = error.sentence(language);
        assert!(
            words.iter().any(|word| sentence.contains(word)),
            "none of {words:?} in {sentence:?}"
        );
    }
}

#[test]
fn right_settings_pass_every_step_and_send_nothing() {
    let postfix = Postfix::start();
    let shop = shop();
    let cases = [
        (
            "starttls",
            postfix.smtp_port,
            &[
                "name", "connect", "greeting", "starttls", "tls", "ehlo", "auth", "rcpt_to",
            ],
        ),
        (
            "tls",
            postfix.smtps_port,
            &[
                "name", "connect", "tls", "greeting", "ehlo", "auth", "rcpt_to", "",
            ],
        ),
    ];
    for (security, port, expected) in cases {
        let smtp = json!({
            "host": "localhost", "port": port, "security": security,
            "user": Postfix::USER, "password": Postfix::PASSWORD, "ca_file": postfix.ca.ca_pem(),
        });
        let request = json!({ "settings": { "smtp": smtp }, "to": "client@clients.test" });
        let reply = shop.mailer.verify(&request).unwrap();
        let names: Vec<String> = steps(&reply).into_iter().map(|(name, _)| name).collect();
        let expected: Vec<&str> = expected
            .iter()
            .copied()
            .filter(|name| !name.is_empty())
            .collect();
        assert_eq!(names, expected, "{security}");
        let transcript = reply["transcript"].to_string();
        assert!(
            transcript.contains("AUTH PLAIN ***") && !transcript.contains("AHRpbGw"),
            "{transcript}"
        );
    }
    assert!(postfix.mails("client@clients.test").is_empty());
    assert_eq!(
        shop.mailer.settings(&json!({})).unwrap()["configured"],
        false,
        "nothing was saved"
    );
}

#[test]
fn a_real_server_refuses_and_the_advice_says_what_to_do() {
    let postfix = Postfix::start();
    let shop = shop();
    let right = json!({
        "host": "localhost", "port": postfix.smtp_port, "security": "starttls",
        "user": Postfix::USER, "password": Postfix::PASSWORD, "ca_file": postfix.ca.ca_pem(),
    });
    let wrong_password = fails(
        &shop,
        &and(right.clone(), &json!({ "password": "faux" })),
        MAIL_E_AUTH,
        "auth",
    );
    says(&wrong_password, &["mot de passe", "password"]);
    assert_eq!(wrong_password.smtp.as_ref().unwrap().code, 535);

    let no_trust = fails(
        &shop,
        &and(right.clone(), &json!({ "ca_file": null })),
        MAIL_E_TLS,
        "tls",
    );
    says(&no_trust, &["certificat"]);

    let no_login = fails(
        &shop,
        &and(right.clone(), &json!({ "user": null, "password": null })),
        MAIL_E_SENDER,
        "rcpt_to",
    );
    says(&no_login, &["expédit", "send", "connexion", "identif"]);

    let swapped = fails(
        &shop,
        &and(right.clone(), &json!({ "security": "tls" })),
        MAIL_E_TLS,
        "tls",
    );
    says(&swapped, &["STARTTLS", "587"]);
    let other_way = json!({ "port": postfix.smtps_port, "timeouts": { "reply_ms": 1000 } });
    fails(
        &shop,
        &and(right.clone(), &other_way),
        MAIL_E_NETWORK,
        "greeting",
    );

    let request =
        json!({ "settings": { "smtp": right, "sender": { "address": "autre@example.test" } } });
    let not_owned = shop.mailer.verify(&request).unwrap_err();
    assert_eq!(not_owned.code, MAIL_E_SENDER, "{not_owned:?}");
    let request = json!({ "settings": { "smtp": right }, "to": "unknown@clients.test" });
    assert_eq!(
        shop.mailer.verify(&request).unwrap_err().code,
        MAIL_E_RECIPIENT
    );
}

#[test]
fn a_bad_certificate_is_named() {
    let scratch = Scratch::new("certificates");
    let ca = TestCa::new(scratch.path());
    let shop = shop();
    let names = ["localhost", "127.0.0.1"];
    let cases: [(Issued, &[&str]); 5] = [
        (ca.issue(&["mail.autre.test"]), &["mail.autre.test"]),
        (ca.issue_expired(&names), &["périmé", "expired"]),
        (
            ca.self_signed(&names),
            &["lui-même", "itself", "self-signed"],
        ),
        (
            ca.issue_by("Avast Web/Mail Shield Root", &names),
            &["Avast"],
        ),
        (
            ca.issue_by("Autorité de la Maison", &names),
            &["certificat"],
        ),
    ];
    for (issued, words) in cases {
        for (script, security) in [
            (Script::implicit_tls(&issued), "tls"),
            (Script::starttls(&issued), "starttls"),
        ] {
            let server = Scripted::start(script);
            let smtp = json!({ "host": "localhost", "port": server.port(), "security": security, "ca_file": ca.ca_pem() });
            says(&fails(&shop, &smtp, MAIL_E_TLS, "tls"), words);
        }
    }
}

#[test]
fn a_silent_server_fails_at_its_step_within_the_deadline() {
    let scratch = Scratch::new("silence");
    let ca = TestCa::new(scratch.path());
    let issued = ca.issue(&["localhost", "127.0.0.1"]);
    let shop = shop();
    let cases = [
        (Step::Greeting, "greeting"),
        (Step::Ehlo, "ehlo"),
        (Step::StartTls, "starttls"),
        (Step::Handshake, "tls"),
        (Step::Auth, "auth"),
        (Step::MailFrom, "mail_from"),
        (Step::RcptTo, "rcpt_to"),
        (Step::Reset, "reset"),
    ];
    for (step, name) in cases {
        let server = Scripted::start(Script::starttls(&issued).on(step, Action::Silence));
        let smtp = json!({
            "host": "localhost", "port": server.port(), "security": "starttls",
            "ca_file": ca.ca_pem(), "user": "u", "password": "p",
        });
        let error = fails(&shop, &smtp, MAIL_E_NETWORK, name);
        assert!(error.smtp.is_none(), "{error:?}");
    }
}

#[test]
fn a_wrong_port_or_name_is_told() {
    let shop = shop();
    let refused = fails(
        &shop,
        &json!({ "host": "127.0.0.1", "port": free_port(), "security": "tls" }),
        MAIL_E_NETWORK,
        "connect",
    );
    says(&refused, &["port"]);
    let unknown = fails(
        &shop,
        &json!({ "host": "smtp.nulle-part.invalid" }),
        MAIL_E_NETWORK,
        "name",
    );
    says(&unknown, &["smtp.nulle-part.invalid"]);
}

#[test]
fn a_server_of_another_kind_is_told() {
    let shop = shop();
    let server = Scripted::start(Script::plain().on(
        Step::Greeting,
        Action::Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ));
    let smtp = json!({ "host": "127.0.0.1", "port": server.port(), "security": "none" });
    fails(&shop, &smtp, MAIL_E_PROTOCOL, "greeting");
}

#[test]
fn a_login_the_server_does_not_offer_is_told() {
    let scratch = Scratch::new("mechanisms");
    let ca = TestCa::new(scratch.path());
    let issued = ca.issue(&["localhost"]);
    let shop = shop();
    for extensions in [&["AUTH GSSAPI NTLM"][..], &["PIPELINING"]] {
        let server = Scripted::start(Script::implicit_tls(&issued).ehlo(extensions));
        let smtp = json!({
            "host": "localhost", "port": server.port(), "security": "tls", "ca_file": ca.ca_pem(),
            "user": "u", "password": "p",
        });
        fails(&shop, &smtp, MAIL_E_AUTH, "auth");
    }
}

#[test]
fn the_words_of_gmail_and_microsoft_are_understood() {
    let scratch = Scratch::new("providers");
    let ca = TestCa::new(scratch.path());
    let issued = ca.issue(&["localhost"]);
    let shop = shop();
    let cases = [
        (
            "534 5.7.9 Application-specific password required. For more information, go to",
            "apppasswords",
        ),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            "SMTP",
        ),
        (
            "550 5.7.30 Basic authentication is not supported for Client Submission.",
            "Microsoft",
        ),
    ];
    for (reply, word) in cases {
        let server = Scripted::start(Script::implicit_tls(&issued).reply(Step::Auth, reply));
        let smtp = json!({
            "host": "localhost", "port": server.port(), "security": "tls", "ca_file": ca.ca_pem(),
            "user": "u", "password": "p",
        });
        says(&fails(&shop, &smtp, MAIL_E_AUTH, "auth"), &[word]);
    }
}

#[test]
fn the_way_through_a_proxy_is_tried_too() {
    let server = Scripted::start(Script::plain());
    let proxy = HttpProxy::start("p:x");
    let shop = shop();
    let smtp = json!({
        "host": "127.0.0.1", "port": server.port(), "security": "none",
        "proxy": { "url": proxy.url(), "user": "p", "password": "x" },
    });
    let reply = shop
        .mailer
        .verify(&json!({ "settings": { "smtp": smtp } }))
        .unwrap();
    assert!(
        steps(&reply).contains(&("proxy".to_owned(), true)),
        "{reply}"
    );
    let shut = json!({
        "host": "127.0.0.1", "port": server.port(), "security": "none",
        "proxy": { "url": proxy.url(), "user": "p", "password": "wrong" },
    });
    fails(&shop, &shut, MAIL_E_NETWORK, "proxy");
}

#[test]
fn the_way_through_a_socks_proxy_is_tried_too() {
    let server = Scripted::start(Script::plain());
    let shop = shop();
    for (login, wanted) in [
        (None, true),
        (Some(("p", "x")), true),
        (Some(("p", "wrong")), false),
    ] {
        let url = format!("socks5://127.0.0.1:{}", socks_proxy(login.is_some()));
        let (user, password) = login.unzip();
        let smtp = json!({
            "host": "127.0.0.1", "port": server.port(), "security": "none",
            "proxy": { "url": url, "user": user, "password": password },
        });
        if wanted {
            let reply = shop
                .mailer
                .verify(&json!({ "settings": { "smtp": smtp } }))
                .unwrap();
            assert!(
                steps(&reply).contains(&("proxy".to_owned(), true)),
                "{reply}"
            );
        } else {
            fails(&shop, &smtp, MAIL_E_NETWORK, "proxy");
        }
    }
}

/// A SOCKS5 proxy (RFC 1928) for one client; with `login` it wants `p` and `x` (RFC 1929).
fn socks_proxy(login: bool) -> u16 {
    use std::io::{Read, Write, copy};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let read = |client: &mut std::net::TcpStream, count: usize| {
            let mut bytes = vec![0; count];
            client.read_exact(&mut bytes).unwrap();
            bytes
        };
        let methods = read(&mut client, 2)[1];
        read(&mut client, methods.into());
        client.write_all(&[5, if login { 2 } else { 0 }]).unwrap();
        if login {
            let user = read(&mut client, 2)[1];
            let user = read(&mut client, user.into());
            let password = read(&mut client, 1)[0];
            let password = read(&mut client, password.into());
            let right = (user.as_slice(), password.as_slice()) == (b"p", b"x");
            client.write_all(&[1, u8::from(!right)]).unwrap();
            if !right {
                return;
            }
        }
        let request = read(&mut client, 10);
        assert_eq!(request[..4], [5, 1, 0, 1], "CONNECT to an IPv4 address");
        let target = u16::from_be_bytes([request[8], request[9]]);
        let server = std::net::TcpStream::connect(("127.0.0.1", target)).unwrap();
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        let (mut up, mut down) = (server.try_clone().unwrap(), server);
        let mut from_client = client.try_clone().unwrap();
        std::thread::spawn(move || copy(&mut from_client, &mut up));
        let _ = copy(&mut down, &mut client);
    });
    port
}
