//! A preview leaves nothing behind, and needs nothing to be set up.

use crate::support::scratch::Scratch;
use crate::support::shop::{self, SENDER, STORE_NAME, Shop, plain_settings, receipt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tillmail::error::{
    Error, MAIL_E_ADDRESS, MAIL_E_ATTACHMENT, MAIL_E_MISSING_FIELD, MAIL_E_ROLE, MAIL_E_TOO_LARGE,
    MAIL_E_TYPE, MAIL_E_UNKNOWN_FIELD,
};
use tillmail::{Mailer, Opening, Role};

fn with(mut receipt: Value, more: &Value) -> Value {
    let members = receipt.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    receipt
}

/// Names and contents of a folder's files but the shared memory, which each first reader builds anew.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| !name.ends_with("-shm"))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn the_same_request_gives_the_same_reply_and_nothing_is_kept() {
    let scratch = Scratch::new("preview");
    let state = scratch.path().join("state");
    let mailer = shop::open(&state);
    // Nobody listens: what would be sent would show in the journal.
    mailer.configure(&plain_settings(9)).unwrap();
    mailer.shut_down(Duration::ZERO).unwrap();
    drop(mailer);
    let visitor = Mailer::visit(Opening {
        folder: state.clone(),
        ..Opening::default()
    })
    .unwrap();
    let before = files(&state);
    let request = with(
        receipt("T-1", "client@gmial.com"),
        &json!({ "settings": { "sender": { "name": "Autre" }, "smtp": { "password": "x", "user": "y" } } }),
    );
    let first = visitor.preview(&request).unwrap();
    assert_eq!(visitor.preview(&request).unwrap(), first);
    assert_eq!(first["warnings"][0]["suggestion"], "client@gmail.com");
    assert_eq!(first["subject"], "Votre ticket de Autre du 22/11/2026");
    assert!(files(&state) == before, "the preview has written");
    assert_eq!(visitor.journal(&json!({})).unwrap()["mails"], json!([]));
    let settings = visitor.settings(&json!({})).unwrap();
    assert_eq!(settings["settings"]["sender"]["name"], STORE_NAME);
}

#[test]
fn it_shows_a_mail_before_anything_is_set_up_and_without_a_customer() {
    let shop = Shop::with(&json!({ "sender": { "name": STORE_NAME } }));
    let mut nobodys = receipt("T-1", "");
    nobodys.as_object_mut().unwrap().remove("to");
    let shown = shop.mailer.preview(&nobodys).unwrap();
    assert_eq!(
        shown["subject"],
        format!("Votre ticket de {STORE_NAME} du 22/11/2026")
    );
    assert!(!shown.to_string().contains("nobody@"), "{shown}");
    assert!(shown["size"].as_u64().unwrap() > 500, "{shown}");
    let settings = json!({ "settings": { "sender": { "address": SENDER } } });
    shop.mailer.preview(&with(nobodys, &settings)).unwrap();
}

#[test]
fn attachments_are_told_and_given_where_asked_for() {
    let shop = Shop::with(&json!({}));
    let path = shop.folder().join("Reçu d'été.pdf");
    std::fs::write(&path, "pdf").unwrap();
    let request = with(
        receipt("T-1", "client@example.fr"),
        &json!({ "attachments": [{ "path": path }] }),
    );
    let told = json!([{ "name": "Reçu d'été.pdf", "content_type": "application/pdf", "size": 3 }]);
    let preview = |request: &Value| shop.mailer.preview(request).unwrap()["attachments"].clone();
    assert_eq!(preview(&request), told);
    let given = preview(&with(request, &json!({ "attachment_content": true })));
    assert_eq!(given[0]["base64"], "cGRm");
}

#[test]
fn what_could_not_be_sent_is_not_shown() {
    let shop = Shop::with(&json!({ "delivery": { "max_mail_bytes": 10_000 } }));
    let usual = || receipt("T-1", "client@example.fr");
    let refused = |request: Value| -> Error { shop.mailer.preview(&request).unwrap_err() };
    let large = "x".repeat(10_001);
    for (change, code, field) in [
        (
            json!({ "to": "client@@example.fr" }),
            MAIL_E_ADDRESS,
            Some("to"),
        ),
        (json!({ "to": "" }), MAIL_E_ADDRESS, Some("to")),
        (json!({ "to": 5 }), MAIL_E_TYPE, Some("to")),
        (json!({ "text": null }), MAIL_E_MISSING_FIELD, Some("text")),
        (json!({ "text": large }), MAIL_E_TOO_LARGE, None),
        (
            json!({ "deadline_ms": 1 }),
            MAIL_E_UNKNOWN_FIELD,
            Some("deadline_ms"),
        ),
        (
            json!({ "attachment_content": "yes" }),
            MAIL_E_TYPE,
            Some("attachment_content"),
        ),
        (json!({ "settings": [] }), MAIL_E_TYPE, Some("settings")),
        (
            json!({ "settings": { "smtp": { "port": "x" } } }),
            MAIL_E_TYPE,
            Some("settings.smtp.port"),
        ),
        (
            json!({ "attachments": [{ "path": shop.folder().join("none.pdf") }] }),
            MAIL_E_ATTACHMENT,
            Some("attachments[0].path"),
        ),
    ] {
        let error = refused(with(usual(), &change));
        assert_eq!(
            (error.code, error.field.as_deref()),
            (code, field),
            "{change}: {error:?}"
        );
    }
    assert_eq!(refused(json!([])).code, MAIL_E_TYPE);
    let error = refused(json!({ "date": "2026-11-22T18:30:00+01:00", "text": "x" }));
    assert_eq!(error.field.as_deref(), Some("number"));
}

#[test]
fn a_till_sees_its_mails_but_tries_no_settings() {
    let scratch = Scratch::new("preview");
    let till = Mailer::open(Opening {
        folder: scratch.path().join("state"),
        role: Role::Till,
        ..Opening::default()
    })
    .unwrap();
    let usual = receipt("T-1", "client@example.fr");
    assert!(till.preview(&usual).is_ok());
    let error = till.preview(&with(usual, &json!({ "settings": {} })));
    assert_eq!(error.unwrap_err().code, MAIL_E_ROLE);
}
