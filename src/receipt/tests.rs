use super::*;
#[cfg(unix)]
use crate::error::MAIL_E_ATTACHMENT_FORBIDDEN;
use crate::error::{
    MAIL_E_ADDRESS, MAIL_E_ATTACHMENT, MAIL_E_CONTROL_CHARACTER, MAIL_E_MISSING_FIELD, MAIL_E_TYPE,
    MAIL_E_UNKNOWN_FIELD,
};
use crate::json;
use crate::settings::model::Document;
use serde_json::{Value, json};

fn settings(document: &Value) -> InForce {
    InForce::of(&json::read::<Document>(document).unwrap(), "1")
}

fn drafted(change: &Value, settings: &InForce) -> Result<Draft> {
    let mut receipt = json!({
        "number": "T1", "date": "2026-11-22T18:30:00+01:00", "to": "client@example.fr", "text": "TOTAL 1,00",
    });
    json::merge(&mut receipt, change);
    json::read::<Receipt>(&receipt).and_then(|receipt| draft(&receipt, settings))
}

#[test]
fn bad_receipts_are_refused_with_their_field() {
    let usual = settings(&json!({}));
    let cases = [
        (json!({"number": null}), MAIL_E_MISSING_FIELD, "number"),
        (json!({"number": " "}), MAIL_E_VALUE, "number"),
        (json!({"number": 12}), MAIL_E_TYPE, "number"),
        (
            json!({"number": "a\r\nBcc: x@y.fr"}),
            MAIL_E_CONTROL_CHARACTER,
            "number",
        ),
        (
            json!({"number": "x".repeat(101)}),
            MAIL_E_TOO_LARGE,
            "number",
        ),
        (
            json!({"to": "a@b.fr\r\nRCPT TO:<c@d.fr>"}),
            MAIL_E_CONTROL_CHARACTER,
            "to",
        ),
        (json!({"to": "a@b"}), MAIL_E_ADDRESS, "to"),
        (json!({"to": null}), MAIL_E_MISSING_FIELD, "to"),
        (
            json!({"subject": "a\nb"}),
            MAIL_E_CONTROL_CHARACTER,
            "subject",
        ),
        (
            json!({"subject": "a\u{0}b"}),
            MAIL_E_CONTROL_CHARACTER,
            "subject",
        ),
        (
            json!({"subject": "x".repeat(256)}),
            MAIL_E_TOO_LARGE,
            "subject",
        ),
        (json!({"date": "22/11/2026"}), MAIL_E_VALUE, "date"),
        (json!({"date": "2026-11-22T18:30:00"}), MAIL_E_VALUE, "date"),
        (json!({"type": "tickets"}), MAIL_E_VALUE, "type"),
        (json!({"text": null}), MAIL_E_MISSING_FIELD, "text"),
        (json!({"text": " \n"}), MAIL_E_MISSING_FIELD, "text"),
        (json!({"text": "a\u{0}b"}), MAIL_E_VALUE, "text"),
        (json!({"html": "a\u{0}b"}), MAIL_E_VALUE, "html"),
        (json!({"texte": "x"}), MAIL_E_UNKNOWN_FIELD, "texte"),
        (json!({"attachments": {}}), MAIL_E_TYPE, "attachments"),
        (json!({"attachments": [{}]}), MAIL_E_VALUE, "attachments[0]"),
        (
            json!({"attachments": [{"path": "/a", "base64": "YQ=="}]}),
            MAIL_E_VALUE,
            "attachments[0]",
        ),
        (
            json!({"attachments": [{"base64": "YQ=="}]}),
            MAIL_E_MISSING_FIELD,
            "attachments[0].name",
        ),
        (
            json!({"attachments": [{"base64": "pas du base64", "name": "a"}]}),
            MAIL_E_VALUE,
            "attachments[0].base64",
        ),
        (
            json!({"attachments": [{"base64": "YQ==", "name": "a\r\nb"}]}),
            MAIL_E_CONTROL_CHARACTER,
            "attachments[0].name",
        ),
        (
            json!({"attachments": [{"base64": "YQ==", "name": "a", "content_type": "pdf"}]}),
            MAIL_E_VALUE,
            "attachments[0].content_type",
        ),
        (
            json!({"attachments": [{"path": std::env::temp_dir().join("nowhere/x.pdf")}]}),
            MAIL_E_ATTACHMENT,
            "attachments[0].path",
        ),
        (
            json!({"attachments": [{"path": "x.pdf"}]}),
            MAIL_E_VALUE,
            "attachments[0].path",
        ),
        (
            json!({"attachments": [{"path": std::env::temp_dir()}]}),
            MAIL_E_ATTACHMENT,
            "attachments[0].path",
        ),
        (
            json!({"attachments": [{"path": if cfg!(windows) { "//./NUL" } else { "/dev/zero" }}]}),
            MAIL_E_ATTACHMENT,
            "attachments[0].path",
        ),
    ];
    for (change, code, field) in cases {
        let error = drafted(&change, &usual).expect_err(&change.to_string());
        assert_eq!(
            (error.code, error.field.as_deref()),
            (code, Some(field)),
            "{change}: {error:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn attachments_outside_the_allowed_folders_are_refused_links_and_dots_too() {
    let base = std::env::temp_dir().join(format!("tillmail-attach-{}", std::process::id()));
    let (inside, outside) = (base.join("in"), base.join("out"));
    for folder in [&inside, &outside] {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("a.pdf"), "pdf").unwrap();
    }
    std::os::unix::fs::symlink(outside.join("a.pdf"), inside.join("link.pdf")).unwrap();
    let settings = settings(&json!({"delivery": {"attachment_folders": [inside]}}));
    let attach = |path: &str| drafted(&json!({"attachments": [{"path": path}]}), &settings);
    let path = |name: &str| inside.join(name).to_str().unwrap().to_owned();
    let kept = attach(&path("a.pdf")).unwrap();
    assert_eq!(kept.attachments[0].content_type, "application/pdf");
    for refused in [
        path("link.pdf"),
        path("../out/a.pdf"),
        outside.join("a.pdf").to_str().unwrap().to_owned(),
    ] {
        assert_eq!(
            attach(&refused).unwrap_err().code,
            MAIL_E_ATTACHMENT_FORBIDDEN,
            "{refused}"
        );
    }
    std::fs::remove_dir_all(base).unwrap();
}

#[test]
fn attachments_over_the_limit_are_refused_before_they_are_read() {
    let small = settings(&json!({"delivery": {"max_mail_bytes": 1000}}));
    let path = std::env::temp_dir().join(format!("tillmail-large-{}", std::process::id()));
    std::fs::write(&path, vec![0; 1_001]).unwrap();
    let error = drafted(&json!({"attachments": [{"path": path}]}), &small).unwrap_err();
    assert_eq!(error.code, MAIL_E_TOO_LARGE);
    let many: Vec<Value> = (0..21)
        .map(|_| json!({"base64": "", "name": "a"}))
        .collect();
    assert_eq!(
        drafted(&json!({ "attachments": many }), &small)
            .unwrap_err()
            .code,
        MAIL_E_TOO_LARGE
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_receipt_without_a_subject_gets_one_in_its_language() {
    let settings = settings(&json!({"sender": {"address": "a@b.fr", "name": "Café de l'Été"}}));
    let subject = |change: Value| drafted(&change, &settings).unwrap().subject;
    assert_eq!(
        subject(json!({})),
        "Votre ticket de Café de l'Été du 22/11/2026"
    );
    assert_eq!(
        subject(json!({"language": "en"})),
        "Your receipt from Café de l'Été of 2026-11-22"
    );
    assert_eq!(subject(json!({"subject": "Merci"})), "Merci");
}

#[test]
fn text_alone_gets_an_html_part_and_html_alone_stays_alone() {
    let usual = settings(&json!({}));
    let both = drafted(&json!({}), &usual).unwrap();
    assert!(both.html.unwrap().contains("TOTAL 1,00"));
    let html_alone = drafted(&json!({"text": null, "html": "<p>1,00</p>"}), &usual).unwrap();
    assert_eq!(
        (html_alone.text, html_alone.html.as_deref()),
        (None, Some("<p>1,00</p>"))
    );
}
