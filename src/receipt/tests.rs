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
    let bill = json!({"type": "facture", "number": "F12"});
    assert_eq!(
        subject(bill),
        "Votre facture F12 de Café de l'Été du 22/11/2026"
    );
}

#[test]
fn the_shops_own_subject_is_filled_and_the_receipts_own_one_wins() {
    let settings = settings(&json!({
        "sender": {"address": "a@b.fr", "name": "Vega"},
        "shop": {"sign": "Vega Lyon", "company": "Vega SARL"},
        "documents": {"ticket": {"subject": "{1} ({2}) : {3}, {0:d} {0:t}"}},
    }));
    let subject = |change: Value| drafted(&change, &settings).unwrap().subject;
    assert_eq!(
        subject(json!({})),
        "Vega Lyon (Vega SARL) : T1, 22/11/2026 18:30"
    );
    assert_eq!(subject(json!({"subject": "Merci"})), "Merci");
    assert_eq!(
        subject(json!({"type": "bon"})),
        "Votre bon d'achat de Vega Lyon du 22/11/2026"
    );
}

#[test]
fn printer_bytes_that_do_not_fit_the_encoding_are_refused_by_their_field() {
    let narrow =
        settings(&json!({"smtp": {"encoding": "windows-1252", "encoding_fallback": "refuse"}}));
    // Code page 866, a word of Cyrillic.
    let change = json!({"text": null, "escpos": "G3QRga7g6Q=="});
    let error = drafted(&change, &narrow).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("escpos"), "{error:?}");
    let usual = drafted(&change, &settings(&json!({}))).unwrap();
    assert_eq!(usual.text.as_deref(), Some("Борщ\n"));
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

fn sale() -> Value {
    json!({ "lines": [{ "label": "Thé", "quantity": 2, "unit_price": "1.50", "discount": { "kind": "promo", "percent": 10 },
        "total": 2.70 }], "total": 2.70 })
}

#[test]
fn a_sale_becomes_a_text_and_an_html_part() {
    let usual = settings(&json!({"sender": {"address": "a@b.fr", "name": "Café de l'Été"}}));
    let draft = drafted(&json!({"text": null, "sale": sale()}), &usual).unwrap();
    let plain = draft.text.unwrap();
    for part in [plain.as_str(), draft.html.as_deref().unwrap()] {
        for words in [
            "Café de l",
            "Ticket n°\u{a0}T1",
            "Promo −10\u{a0}%",
            "2,70\u{a0}€",
        ] {
            assert!(part.contains(words), "{words} in {part}");
        }
    }
    let total = plain
        .lines()
        .find(|line| line.starts_with("TOTAL"))
        .unwrap();
    assert_eq!(total.chars().count(), 42, "{total}");
}

#[test]
fn a_sale_fits_into_the_old_encodings() {
    for encoding in ["iso-8859-15", "windows-1252"] {
        let smtp =
            json!({ "preset": "gmail", "encoding": encoding, "encoding_fallback": "refuse" });
        let old = settings(&json!({ "smtp": smtp }));
        let draft = drafted(&json!({"text": null, "sale": sale()}), &old).unwrap();
        assert!(
            draft.text.unwrap().contains("Promo -10\u{a0}%"),
            "{encoding}"
        );
    }
}

#[test]
fn the_content_is_given_in_one_form() {
    let usual = settings(&json!({}));
    let cases = [
        (json!({"sale": sale()}), Some("sale")),
        (
            json!({"text": null, "html": "<p>1</p>", "sale": sale()}),
            Some("sale"),
        ),
        (json!({"escpos": "QQ=="}), Some("escpos")),
        (
            json!({"text": null, "escpos": "QQ==", "sale": sale()}),
            Some("sale"),
        ),
        (
            json!({"text": "", "html": " ", "escpos": "", "sale": sale()}),
            None,
        ),
        (json!({"html": "<p>1</p>"}), None),
    ];
    for (change, field) in cases {
        let found = drafted(&change, &usual).err();
        let found = found.and_then(|error| error.field.clone());
        assert_eq!(found.as_deref(), field, "{change}");
    }
    let error = drafted(&json!({"sale": sale()}), &usual).unwrap_err();
    assert_eq!(
        error.sentence(crate::text::Language::English),
        "`sale`: the content is given twice, by `text` and by `sale`: only one of `sale`, `escpos` and `text` (alone or with `html`) is needed."
    );
}

#[test]
fn the_shops_words_stand_above_a_sale_in_both_parts_and_a_failed_template_is_told() {
    let sale = json!({"lines": [{"label": "Pain", "total": "1.20"}], "total": "1.20"});
    let with = |document: Value| {
        let settings = settings(&json!({
            "sender": {"address": "a@b.fr"},
            "shop": {"sign": "Vega"},
            "documents": {"ticket": document},
        }));
        drafted(&json!({"text": null, "sale": sale}), &settings).unwrap()
    };
    let worded = with(json!({"message": "<p>Merci <b>bien</b></p>"}));
    let (text, html) = (worded.text.unwrap(), worded.html.unwrap());
    assert!(text.starts_with("Merci bien\n\n"), "{text}");
    assert!(text.contains("Vega") && html.contains("Vega"), "{html}");
    assert!(html.find("<b>bien</b>") < html.find("Pain"), "{html}");
    let own = with(json!({"template": "{{ title }} {{ total }}"}));
    assert_eq!(own.html.as_deref(), Some("Ticket n°\u{a0}T1 1,20\u{a0}€"));
    assert_eq!(own.warnings, vec![]);
    // As an older version may have saved it.
    let failed = with(json!({"template": "{{ title"}));
    assert!(failed.html.unwrap().contains("<!DOCTYPE html>"));
    assert_eq!(failed.warnings[0].field, "documents.ticket.template");
}

#[test]
fn a_sale_carries_the_pictures_that_its_page_shows() {
    let gif = STANDARD.encode(include_bytes!("../../tests/pictures/3x2.gif"));
    let sale = json!({
        "lines": [{"label": "Pain", "total": "1"}],
        "total": "1",
        "barcode": {"symbology": "ean13", "payload": "290002604121"},
        "qr": "https://example.fr/?a=1&b=\u{e9}",
    });
    let cids = |template: Option<&str>| {
        let settings = settings(&json!({
            "sender": {"address": "a@b.fr"},
            "shop": {"sign": "Vega", "logos": [gif, gif]},
            "documents": {"ticket": {"template": template}},
        }));
        let draft = drafted(&json!({"text": null, "sale": sale}), &settings).unwrap();
        let html = draft.html.unwrap();
        let cid = |picture: &Inline| {
            assert!(html.contains(&format!("src=\"cid:{}\"", picture.cid)));
            picture.cid.clone()
        };
        draft.pictures.iter().map(cid).collect::<Vec<_>>()
    };
    assert_eq!(cids(None), ["logo1", "barcode", "qr"]);
    assert_eq!(cids(Some("<img src=\"cid:logo2\">")), ["logo2"]);
    assert!(cids(Some("cid:logo12")).is_empty());
}
