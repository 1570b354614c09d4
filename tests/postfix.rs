//! Receipts through a real Postfix: what the customer's mailbox holds is what the till said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};
use std::time::Duration;
use support::postfix::{Options, Postfix};
use support::shop::{SENDER, STORE_NAME, STORE_NAME_SHOWN, Shop, TEXT, and, receipt};

const SOON: Duration = Duration::from_secs(20);

fn settings(postfix: &Postfix, security: &str) -> Value {
    let port = if security == "tls" {
        postfix.smtps_port
    } else {
        postfix.smtp_port
    };
    json!({
        "sender": { "address": SENDER, "name": STORE_NAME },
        "smtp": {
            "host": "localhost", "port": port, "security": security,
            "user": Postfix::USER, "password": Postfix::PASSWORD, "ca_file": postfix.ca.ca_pem(),
        },
    })
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

fn arrives_equal(postfix: &Postfix, security: &str) {
    let shop = Shop::with(&settings(postfix, security));
    let to = "client@clients.test";
    let accented = json!({ "subject": "Votre reçu n°12 — crème brûlée à 6,50 €" });
    let sent = shop
        .mailer
        .send_receipt(&and(receipt("T-12", to), &accented))
        .unwrap();
    shop.wait(sent["id"].as_i64().unwrap(), SOON).unwrap();

    let mails = postfix.wait_for_mails(to, 1, SOON);
    assert_eq!(mails.len(), 1);
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some(STORE_NAME_SHOWN), Some(SENDER))
    );
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(to));
    assert_eq!(
        mail.subject(),
        Some("Votre reçu n°12 — crème brûlée à 6,50 €")
    );
    assert_eq!(lines(&mail.body_text(0).unwrap()), lines(TEXT));
    let html = mail.body_html(0).unwrap();
    assert!(
        html.contains("1 crème brûlée        6,50 €\n.un point au début"),
        "{html}"
    );
    assert_eq!(
        mail.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-generated")
    );
    assert_eq!(
        format!("<{}>", mail.message_id().unwrap()),
        sent["message_id"].as_str().unwrap()
    );
    assert!(
        sent["message_id"]
            .as_str()
            .unwrap()
            .ends_with("@example.test>"),
        "{sent}"
    );
    assert!(mail.date().is_some());
    assert_eq!(mail.content_type().unwrap().subtype(), Some("alternative"));
    for header in [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
    ] {
        let count = mail
            .headers_raw()
            .filter(|(name, _)| name.eq_ignore_ascii_case(header))
            .count();
        assert_eq!(count, 1, "{header}");
    }
    assert_eq!(postfix.mails(to).len(), 1, "one receipt is one mail");
}

#[test]
fn a_mail_with_accents_arrives_equal_over_starttls() {
    arrives_equal(&Postfix::start(), "starttls");
}

#[test]
fn a_mail_with_accents_arrives_equal_over_implicit_tls() {
    arrives_equal(&Postfix::start(), "tls");
}

#[test]
fn a_server_with_login_only_is_served() {
    let postfix = Postfix::start_with(&Options {
        mechanisms: "login".to_owned(),
        ..Options::default()
    });
    let shop = Shop::with(&settings(&postfix, "starttls"));
    shop.wait(shop.send("1", "client@clients.test"), SOON)
        .unwrap();
    assert_eq!(
        postfix.wait_for_mails("client@clients.test", 1, SOON).len(),
        1
    );
}

#[test]
fn attachments_with_accented_names_arrive_byte_for_byte() {
    let postfix = Postfix::start();
    let shop = Shop::with(&settings(&postfix, "tls"));
    let path = shop.folder().join("Reçu n°12 – été.pdf");
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    std::fs::write(&path, &bytes).unwrap();
    let attachments = json!({ "attachments": [
        { "path": path },
        { "base64": "w6nDqcOp", "name": "où ça.txt" },
    ]});
    let sent = shop
        .mailer
        .send_receipt(&and(receipt("A-1", "client@clients.test"), &attachments))
        .unwrap();
    shop.wait(sent["id"].as_i64().unwrap(), SOON).unwrap();
    let mails = postfix.wait_for_mails("client@clients.test", 1, SOON);
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    let found: Vec<_> = mail
        .attachments()
        .map(|part| (part.attachment_name().unwrap(), part.contents().to_vec()))
        .collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], ("Reçu n°12 – été.pdf", bytes));
    assert_eq!(found[1], ("où ça.txt", "ééé".as_bytes().to_vec()));
    assert_eq!(lines(&mail.body_text(0).unwrap()), lines(TEXT));
}

#[test]
fn an_unknown_customer_fails_alone() {
    let postfix = Postfix::start();
    let shop = Shop::with(&settings(&postfix, "starttls"));
    let ids = [
        shop.send("1", "avant@clients.test"),
        shop.send("2", "unknown@clients.test"),
        shop.send("3", "apres@clients.test"),
    ];
    shop.wait(ids[0], SOON).unwrap();
    let refused = shop.wait(ids[1], SOON).unwrap_err();
    assert_eq!(refused.code, tillmail::error::MAIL_E_RECIPIENT);
    assert_eq!(refused.smtp.as_ref().unwrap().code, 550);
    shop.wait(ids[2], SOON).unwrap();
    assert_eq!(shop.events(ids[1]), ["accepted", "refused"]);
    assert_eq!(postfix.mails("unknown@clients.test").len(), 0);
}

#[test]
fn a_refused_login_pauses_the_account_and_new_settings_let_the_mails_go() {
    let postfix = Postfix::start();
    let wrong = and(
        settings(&postfix, "starttls"),
        &json!({ "smtp": { "password": "faux" } }),
    );
    let shop = Shop::with(&wrong);
    let id = shop.send("1", "client@clients.test");
    let paused = support::scratch::wait_until("the account is paused", SOON, || {
        let health = shop.mailer.health(&json!({})).unwrap();
        health["paused_accounts"]
            .as_array()
            .unwrap()
            .first()
            .cloned()
    });
    assert_eq!(paused["name"], "MAIL_E_AUTH", "{paused}");
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(health["status"], "error", "{health}");
    support::scratch::wait_until("the try is given back", SOON, || {
        let waiting = shop.mail(id);
        (waiting["state"] == "queued" && waiting["tries"] == 0).then_some(())
    });

    shop.mailer
        .configure(&json!({ "smtp": { "password": Postfix::PASSWORD } }))
        .unwrap();
    shop.wait(id, SOON).unwrap();
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(
        (&health["status"], &health["counts"]["sent"]),
        (&json!("ok"), &json!(1)),
        "{health}"
    );
}
