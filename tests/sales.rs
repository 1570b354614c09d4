//! Structured sales on their way into the outbox: the examples, figures that do not add up, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::path::Path;
use support::scratch::Scratch;
use support::shop::{self, Shop};
use tillmail::error::{MAIL_E_CONTROL_CHARACTER, MAIL_E_MISSING_FIELD, MAIL_E_VALUE};

struct Till {
    shop: Shop,
    mails: Scratch,
}

impl Till {
    fn new(language: &str) -> Till {
        let mails = Scratch::new("sales-mails");
        let settings = json!({
            "sender": { "address": shop::SENDER, "name": shop::STORE_NAME },
            "folder": { "path": mails.path() },
        });
        let shop = match language {
            "fr" => Shop::french(&settings),
            _ => Shop::with(&settings),
        };
        Till { shop, mails }
    }

    /// Sends one receipt and gives its reply with the text part of the mail.
    fn sent(&self, request: &Value) -> (Value, String) {
        let taken = self.shop.mailer.send_receipt(request).unwrap();
        let wait = json!({ "id": taken["id"], "timeout_ms": 30_000 });
        let done = self.shop.mailer.wait(&wait).unwrap();
        assert_eq!(done["mail"]["state"], "sent", "{done}");
        let id = taken["message_id"].as_str().unwrap();
        (taken.clone(), self.text_of(id))
    }

    fn text_of(&self, message_id: &str) -> String {
        let mails = std::fs::read_dir(self.mails.path()).unwrap();
        let paths = mails.map(|entry| entry.unwrap().path());
        let texts: Vec<String> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .filter_map(|path| {
                let bytes = std::fs::read(path).unwrap();
                let mail = MessageParser::default().parse(&bytes).unwrap();
                let is_it = mail.message_id() == Some(message_id.trim_matches(['<', '>']));
                is_it.then(|| mail.body_text(0).unwrap().into_owned())
            })
            .collect();
        let [text] = texts.try_into().unwrap();
        text
    }
}

fn wrong_total() -> Value {
    json!({
        "number": "T1", "date": "2026-11-22T18:30:00+01:00", "to": "client@example.fr",
        "sale": { "lines": [{ "label": "Pain", "total": "1.20" }], "total": "1.30" },
    })
}

#[test]
fn every_example_is_sent_without_a_warning() {
    let till = Till::new("fr");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/receipts");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let request = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let (reply, text) = till.sent(&request);
        assert_eq!(reply["warnings"], json!([]), "{}", path.display());
        let label = request["sale"]["lines"][0]["label"].as_str();
        let word = label.map_or("", |label| label.split(' ').next().unwrap());
        assert!(text.contains(word), "{word} in {}: {text}", path.display());
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn a_total_that_does_not_add_up_is_sent_as_given_with_a_warning() {
    for (language, message) in [
        (
            "fr",
            "le total est de 1,30 €, la somme des lignes de 1,20 € ; envoyé tel quel.",
        ),
        (
            "en",
            "the total is €1.30, the sum of the lines €1.20; sent as given.",
        ),
    ] {
        let (reply, text) = Till::new(language).sent(&wrong_total());
        let said = reply["warnings"].to_string().replace('\u{a0}', " ");
        let expected = json!([{ "field": "sale.total", "message": message, "suggestion": null }]);
        assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), expected);
        let total = text.lines().find(|line| line.starts_with("TOTAL")).unwrap();
        assert!(total.replace('\u{a0}', " ").ends_with("1,30 €"), "{total}");
    }
}

#[test]
fn a_long_figure_given_as_a_number_keeps_its_digits() {
    let request = wrong_total().to_string();
    let request = request.replace("\"1.20\"", "12345678901234567.89");
    let request = request.replace("\"1.30\"", "12345678901234567.89");
    let (reply, text) = Till::new("fr").sent(&serde_json::from_str(&request).unwrap());
    assert_eq!(reply["warnings"], json!([]));
    let text = text.replace('\u{a0}', " ");
    assert!(text.contains("12 345 678 901 234 567,89 €"), "{text}");
}

#[test]
fn a_refused_sale_leaves_nothing_behind() {
    let till = Till::new("en");
    let cases = [
        ("12,50", MAIL_E_VALUE, "sale.lines[0].total"),
        ("NaN", MAIL_E_VALUE, "sale.lines[0].total"),
    ];
    for (total, code, field) in cases {
        let mut request = wrong_total();
        request["sale"]["lines"][0]["total"] = json!(total);
        let error = till.shop.mailer.send_receipt(&request).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (code, Some(field)));
    }
    let mut request = wrong_total();
    request["sale"]["lines"][0]["label"] = json!("Pain\u{1b}p");
    let error = till.shop.mailer.send_receipt(&request).unwrap_err();
    assert_eq!(error.code, MAIL_E_CONTROL_CHARACTER);
    let mut request = wrong_total();
    request.as_object_mut().unwrap().remove("number");
    let error = till.shop.mailer.send_receipt(&request).unwrap_err();
    assert_eq!(error.code, MAIL_E_MISSING_FIELD);
    let journal = till.shop.mailer.journal(&json!({})).unwrap();
    assert_eq!(journal["mails"], json!([]), "{journal}");
    // The number is free: the mended receipt is a new mail.
    let (reply, _) = till.sent(&wrong_total());
    assert_eq!(reply["duplicate"], false);
}
