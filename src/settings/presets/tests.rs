use super::file::PresetFile;
use super::*;
use crate::address;
use crate::error::{
    MAIL_E_DISK, MAIL_E_JSON, MAIL_E_MISSING_FIELD, MAIL_E_TOO_LARGE, MAIL_E_TYPE,
    MAIL_E_UNKNOWN_FIELD, MAIL_E_UTF8, MAIL_E_VALUE,
};
use crate::json;
use crate::requests::PresetsRequest;
use crate::text::Language;
use serde_json::{Value, json};

fn listed(request: &Value, language: Language) -> Value {
    let request: PresetsRequest = json::read(request).unwrap();
    list(&Presets::default(), &request, None, None, language).unwrap()
}

#[test]
fn a_preset_is_found_by_its_id_only() {
    let presets = Presets::default();
    assert_eq!(presets.find("gmail").unwrap().host, "smtp.gmail.com");
    assert!(presets.find("Gmail").is_none());
    assert!(presets.find("").is_none());
}

#[test]
fn a_domain_belongs_to_the_preset_that_lists_it_or_its_parent() {
    let cases = [
        (
            "Boutique@GMAIL.com",
            Some(("gmail", Some("Boutique@gmail.com"))),
        ),
        (
            "b@googlemail.com",
            Some(("gmail", Some("b@googlemail.com"))),
        ),
        ("b@wanadoo.fr", Some(("orange", Some("b@wanadoo.fr")))),
        ("jean.b@free.fr", Some(("free", Some("jean.b")))),
        ("jean.b@laposte.net", Some(("laposte", Some("jean.b")))),
        ("b@hotmail.fr", Some(("outlook", Some("b@hotmail.fr")))),
        (
            "b@vega.onmicrosoft.com",
            Some(("m365", Some("b@vega.onmicrosoft.com"))),
        ),
        ("b@onmicrosoft.com", None),
        ("b@notonmicrosoft.com", None),
        ("b@shop.gmail.com", None),
        ("b@vega-info.fr", None),
    ];
    for (given, expected) in cases {
        let found = Presets::default().of_domain(address::check(given).unwrap().domain());
        let user = found
            .as_ref()
            .and_then(|preset| preset.user(&address::check(given).unwrap()));
        let found = found
            .as_ref()
            .map(|preset| (preset.id.as_str(), user.as_deref()));
        assert_eq!(found, expected, "{given}");
    }
}

#[test]
fn a_mail_exchanger_belongs_to_the_preset_that_lists_it_or_what_is_above_it() {
    let presets = Presets::default();
    for (host, expected) in [
        ("aspmx.l.google.com", Some("gworkspace")),
        ("alt4.aspmx.l.google.com", Some("gworkspace")),
        ("aspmx2.googlemail.com", Some("gworkspace")),
        ("notgooglemail.com", None),
        ("gmail-smtp-in.l.google.com", None),
        ("mx4.mail.ovh.net", Some("ovh")),
        ("mail.ovh.net", None),
        ("mx1.mail.ovh.net.example", None),
        ("", None),
    ] {
        let found = presets.of_mail_exchanger(host);
        assert_eq!(
            found.as_ref().map(|preset| preset.id.as_str()),
            expected,
            "{host}"
        );
    }
    for (host, expected) in [
        ("SSL0.ovh.net", Some("include:mx.ovh.com")),
        ("smtp.gmail.com", Some("include:_spf.google.com")),
        ("smtp.orange.fr", None),
        ("smtp.exemple.fr", None),
    ] {
        let found = presets.spf_of_server(host);
        assert_eq!(
            found.as_ref().map(|(term, _)| term.as_str()),
            expected,
            "{host}"
        );
    }
}

#[test]
fn every_preset_says_what_to_prepare_in_both_languages() {
    let french = listed(&json!({}), Language::French);
    let english = listed(&json!({}), Language::English);
    for (fr, en) in french["presets"]
        .as_array()
        .unwrap()
        .iter()
        .zip(english["presets"].as_array().unwrap())
    {
        let steps = |row: &Value| row["steps"].as_array().unwrap().len();
        assert!(steps(fr) >= 1 && steps(fr) == steps(en), "{fr}");
        assert_ne!(fr["steps"], en["steps"]);
        assert_eq!(fr["checked"], "2026-11-22", "{fr}");
    }
}

#[test]
fn limits_are_given_where_they_hold_for_every_account() {
    let reply = listed(&json!({}), Language::English);
    for row in reply["presets"].as_array().unwrap() {
        let expected = match row["id"].as_str().unwrap() {
            "gmail" => json!({"hour": null, "day": 500, "connections": null}),
            "gworkspace" => json!({"hour": null, "day": 2000, "connections": null}),
            "gworkspace-relay" | "m365" => json!({"hour": null, "day": 10000, "connections": null}),
            _ => json!({"hour": null, "day": null, "connections": null}),
        };
        assert_eq!(row["limits"], expected, "{}", row["id"]);
    }
}

#[test]
fn the_end_of_passwords_is_given_where_it_is_known() {
    let reply = listed(&json!({}), Language::French);
    for row in reply["presets"].as_array().unwrap() {
        let expected = match row["id"].as_str().unwrap() {
            "m365" => json!("2026-12-31"),
            "outlook" => json!("2024-09-16"),
            _ => Value::Null,
        };
        assert_eq!(row["password_ends"], expected, "{}", row["id"]);
    }
    for preset in Presets::default().all() {
        let readable = preset.password_end().is_some();
        assert_eq!(readable, preset.password_ends.is_some(), "{}", preset.id);
    }
}

#[test]
fn microsofts_steps_begin_with_the_sign_in_before_any_password() {
    for (id, password) in [("m365", Some("Jusqu'au 31/12/2026")), ("outlook", None)] {
        let request = json!({ "id": id });
        let reply = listed(&request, Language::French);
        let steps: Vec<&str> = reply["presets"][0]["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step.as_str().unwrap())
            .collect();
        let at = |words: &str| steps.iter().position(|step| step.contains(words));
        let sign_in = at("Se connecter avec Microsoft").unwrap();
        assert_eq!(
            password.map(|words| at(words).unwrap() > sign_in),
            password.map(|_| true),
            "{steps:?}"
        );
    }
}

#[test]
fn notes_belong_to_a_preset_of_the_table() {
    for id in advice::noted() {
        assert!(Presets::default().find(id).is_some(), "{id}");
    }
}

fn row(more: Value) -> Value {
    let mut row = json!({
        "id": "shop", "label": "Shop", "host": "smtp.shop.fr", "port": 465, "security": "tls",
        "user_form": "full", "secret_form": "mailbox",
    });
    json::merge(&mut row, &more);
    row
}

#[test]
fn a_file_that_does_not_fit_is_refused_with_field_and_reason() {
    let folder = std::env::temp_dir().join(format!("tillmail-presets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = PresetFile::of(&folder);
    assert!(file.current().1.is_none(), "no file is no fault");
    let of = |rows: Vec<Value>| json!({ "presets": rows }).to_string();
    let cases = [
        (b"{".to_vec(), MAIL_E_JSON, None),
        (b"{\"presets\": \"\xff\"}".to_vec(), MAIL_E_UTF8, None),
        (vec![b' '; (1 << 20) + 1], MAIL_E_TOO_LARGE, None),
        (b"[]".to_vec(), MAIL_E_TYPE, None),
        (b"{}".to_vec(), MAIL_E_MISSING_FIELD, Some("presets")),
        (of(vec![]).into(), MAIL_E_VALUE, Some("presets")),
        (
            of(vec![row(json!({"host": null}))]).into(),
            MAIL_E_MISSING_FIELD,
            Some("presets[0].host"),
        ),
        (
            of(vec![row(json!({"prot": 1}))]).into(),
            MAIL_E_UNKNOWN_FIELD,
            Some("presets[0].prot"),
        ),
        (
            of(vec![row(json!({"port": 0}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].port"),
        ),
        (
            of(vec![row(json!({"id": " "}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].id"),
        ),
        (
            of(vec![row(json!({"host": "a b"}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].host"),
        ),
        (
            of(vec![row(json!({"security": "none"}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].security"),
        ),
        (
            of(vec![row(
                json!({"alternatives": [{"port": 25, "security": "none"}]}),
            )])
            .into(),
            MAIL_E_VALUE,
            Some("presets[0].alternatives[0].security"),
        ),
        (
            of(vec![row(json!({"password_ends": "31/12/2026"}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].password_ends"),
        ),
        (
            of(vec![row(json!({"password_ends": "2026-02-30"}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].password_ends"),
        ),
        (
            of(vec![row(json!({"domains": ["Shop.fr"]}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].domains[0]"),
        ),
        (
            of(vec![row(json!({"mx": ["mx*.shop.fr"]}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].mx[0]"),
        ),
        (
            of(vec![
                row(json!({"mx": ["*.shop.fr"]})),
                row(json!({"id": "b", "mx": ["*.shop.fr"]})),
            ])
            .into(),
            MAIL_E_VALUE,
            Some("presets[1].mx[0]"),
        ),
        (
            of(vec![row(json!({"steps": [{"fr": "Un", "en": ""}]}))]).into(),
            MAIL_E_VALUE,
            Some("presets[0].steps[0].en"),
        ),
        (
            of(vec![row(json!({})), row(json!({}))]).into(),
            MAIL_E_VALUE,
            Some("presets[1].id"),
        ),
        (
            of(vec![
                row(json!({"domains": ["a.fr"]})),
                row(json!({"id": "b", "domains": ["a.fr"]})),
            ])
            .into(),
            MAIL_E_VALUE,
            Some("presets[1].domains[0]"),
        ),
    ];
    for (content, code, field) in cases {
        std::fs::write(folder.join("presets.json"), &content).unwrap();
        // The files differ in length, so none hides behind the same time of change.
        let (presets, refused) = PresetFile::of(&folder).current();
        let refused = refused.unwrap();
        let shown = String::from_utf8_lossy(&content[..content.len().min(200)]).into_owned();
        assert_eq!(
            (refused.code, refused.field.as_deref()),
            (code, field),
            "{shown}"
        );
        assert!(presets.is(&Presets::default()), "{shown}");
    }
    std::fs::remove_file(folder.join("presets.json")).unwrap();
    std::fs::create_dir(folder.join("presets.json")).unwrap();
    assert_eq!(file.current().1.unwrap().code, MAIL_E_DISK);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_of_windows_notepad_is_read() {
    let folder = std::env::temp_dir().join(format!("tillmail-notepad-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let content = format!("\u{feff}{}", json!({ "presets": [row(json!({}))] }));
    std::fs::write(folder.join("presets.json"), content.replace(',', ",\r\n")).unwrap();
    let (presets, refused) = PresetFile::of(&folder).current();
    assert!(refused.is_none(), "{refused:?}");
    assert_eq!(presets.all().len(), 1);
    std::fs::remove_dir_all(folder).unwrap();
}
