//! NF20590's example through a real Postfix: what arrives, as two other parsers read it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::{Addr, MessageParser};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;
use support::postfix::Postfix;
use support::shop::{Shop, and, receipt};

const SOON: Duration = Duration::from_secs(20);
const CUSTOMER: &str = "client@clients.test";
const FRIEND: &str = "ami@clients.test";

/// Each header as a list of [name, address] or as its text, as Python understands it.
const PYTHON: &str = r#"
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
shown = {}
for name in ("From", "Reply-To", "To", "Return-Path", "Subject"):
    headers = mail.get_all(name, [])
    if name in ("From", "Reply-To", "To"):
        shown[name] = [[[one.display_name, one.addr_spec] for one in header.addresses] for header in headers]
    else:
        shown[name] = [str(header) for header in headers]
defects = [repr(defect) for part in mail.walk() for defect in part.defects]
defects += [repr(defect) for part in mail.walk() for header in part.values() for defect in header.defects]
shown["text"] = mail.get_body(("plain",)).get_content()
shown["defects"] = defects
json.dump(shown, sys.stdout)
"#;

/// "profil admin : admin@vega-info.fr ; nom "admin" / magasin 1 : magasin1@vega-info.fr ; nom "Vega paris" /
/// magasin 2 : magasin2@vega-info.fr ; nom "Vega bordeaux""
fn example(postfix: &Postfix) -> Value {
    json!({
        "smtp": {
            "host": "localhost", "port": postfix.smtp_port, "security": "starttls",
            "user": Postfix::USER, "password": Postfix::PASSWORD, "ca_file": postfix.ca.ca_pem(),
        },
        "stores": {
            "1": { "sender": { "address": "magasin1@vega-info.fr", "name": "Vega paris" } },
            "2": { "sender": { "address": "magasin2@vega-info.fr", "name": "Vega bordeaux" } },
        },
    })
}

fn only_mail(postfix: &Postfix, to: &str) -> Vec<u8> {
    let mut mails = postfix.wait_for_mails(to, 1, SOON);
    assert_eq!(mails.len(), 1, "mails for {to}");
    mails.remove(0)
}

fn python_reads(mail: &[u8]) -> Value {
    let mut python = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("python3: {error}; run tests/setup-debian.sh"));
    python.stdin.take().unwrap().write_all(mail).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn pair<'a>(address: &'a Addr) -> (Option<&'a str>, Option<&'a str>) {
    (address.name(), address.address())
}

#[test]
fn les_tickets_de_caisse_du_magasin_1_arrivent_de_vega_paris() {
    let postfix = Postfix::start();
    let shop = Shop::with(&example(&postfix));
    let subject = "Votre ticket n° 1 – à bientôt";
    let sent = shop
        .mailer
        .send_receipt(&and(receipt("1", CUSTOMER), &json!({ "subject": subject })))
        .unwrap();
    shop.wait(sent["id"].as_i64().unwrap(), SOON).unwrap();
    let data = only_mail(&postfix, CUSTOMER);

    let mail = MessageParser::default().parse(&data).unwrap();
    let from = mail.from().unwrap().as_list().unwrap();
    assert_eq!(from.len(), 1);
    assert_eq!(
        pair(&from[0]),
        (Some("VEGA PARIS"), Some("magasin1@vega-info.fr"))
    );
    assert!(mail.reply_to().is_none());
    let to = mail.to().unwrap().as_list().unwrap();
    assert_eq!(to.len(), 1);
    assert_eq!(to[0].address(), Some(CUSTOMER));
    assert_eq!(mail.subject(), Some(subject));
    assert_eq!(mail.return_path().as_text(), Some("magasin1@vega-info.fr"));

    let shown = python_reads(&data);
    assert_eq!(shown["defects"], json!([]), "{shown}");
    assert_eq!(
        shown["From"],
        json!([[["VEGA PARIS", "magasin1@vega-info.fr"]]])
    );
    assert_eq!(shown["Reply-To"], json!([]));
    assert_eq!(shown["To"], json!([[["", CUSTOMER]]]));
    assert_eq!(shown["Subject"], json!([subject]));
    assert_eq!(shown["Return-Path"], json!(["<magasin1@vega-info.fr>"]));
    assert_eq!(
        shown["text"].as_str().unwrap().trim_end(),
        support::shop::TEXT.trim_end()
    );
}

#[test]
fn les_messages_de_l_admin_connecte_sur_magasin_2_arrivent_de_vega_bordeaux() {
    let postfix = Postfix::start();
    let shop = Shop::with(&example(&postfix));
    let message = json!({
        "store": "2", "profile": { "name": "admin", "address": "admin@vega-info.fr" },
        "to": [FRIEND], "subject": "Réunion d'équipe", "text": "Bonjour à tous",
    });
    let sent = shop.mailer.send_message(&message).unwrap();
    let id = sent["mails"][0]["id"].as_i64().unwrap();
    shop.wait(id, SOON).unwrap();
    let data = only_mail(&postfix, FRIEND);

    let mail = MessageParser::default().parse(&data).unwrap();
    let from = mail.from().unwrap().as_list().unwrap();
    assert_eq!(from.len(), 1);
    assert_eq!(
        pair(&from[0]),
        (
            Some("Admin via VEGA BORDEAUX"),
            Some("magasin2@vega-info.fr")
        )
    );
    let reply_to = mail.reply_to().unwrap().as_list().unwrap();
    assert_eq!(reply_to.len(), 1);
    assert_eq!(
        pair(&reply_to[0]),
        (Some("Admin"), Some("admin@vega-info.fr"))
    );
    let to = mail.to().unwrap().as_list().unwrap();
    assert_eq!(to.len(), 1);
    assert_eq!(to[0].address(), Some(FRIEND));
    assert_eq!(mail.subject(), Some("Réunion d'équipe"));
    assert_eq!(mail.return_path().as_text(), Some("magasin2@vega-info.fr"));

    let shown = python_reads(&data);
    assert_eq!(shown["defects"], json!([]), "{shown}");
    assert_eq!(
        shown["From"],
        json!([[["Admin via VEGA BORDEAUX", "magasin2@vega-info.fr"]]])
    );
    assert_eq!(
        shown["Reply-To"],
        json!([[["Admin", "admin@vega-info.fr"]]])
    );
    assert_eq!(shown["To"], json!([[["", FRIEND]]]));
    assert_eq!(shown["Subject"], json!(["Réunion d'équipe"]));
    assert_eq!(shown["Return-Path"], json!(["<magasin2@vega-info.fr>"]));
    assert_eq!(shown["text"].as_str().unwrap().trim_end(), "Bonjour à tous");
}
