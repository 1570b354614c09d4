//! The list of providers, the file that replaces it, pasted passwords and mistyped addresses, as a host meets them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use support::scratch::Scratch;
use support::shop::{self, Shop, receipt};
use tillmail::error::{MAIL_E_ADDRESS, MAIL_E_UNKNOWN_FIELD, MAIL_E_VALUE};
use tillmail::{Language, Mailer, Opening, Role};

fn shop(language: &str) -> Shop {
    let scratch = Scratch::new("presets-mails");
    let settings = json!({
        "language": language,
        "sender": { "address": shop::SENDER },
        "folder": { "path": scratch.path() },
    });
    Shop::with(&settings)
}

fn open(folder: &Path, language: Language, role: Role) -> Mailer {
    let opening = Opening {
        folder: folder.to_path_buf(),
        store: "1".to_owned(),
        role,
        language: Some(language),
    };
    Mailer::open(opening).unwrap()
}

fn row<'a>(reply: &'a Value, id: &str) -> &'a Value {
    let rows = reply["presets"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap()
}

fn words(list: &Value) -> String {
    let words: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    words.join("\n")
}

#[test]
fn the_list_says_what_to_prepare_in_the_language_in_force() {
    let scratch = Scratch::new("presets-list");
    let cases = [
        (
            Language::French,
            [
                "Activez la validation en deux étapes",
                "Créez un mot de passe d'application",
                "les espaces sont ignorés",
            ],
            ["n'acceptent plus aucun mot de passe", "Fin décembre 2026"],
        ),
        (
            Language::English,
            [
                "Turn on 2-Step Verification",
                "Create an app password",
                "spaces are ignored",
            ],
            ["take no password any more", "At the end of December 2026"],
        ),
    ];
    for (language, steps, notes) in cases {
        let mailer = open(&scratch.path().join("state"), language, Role::Till);
        let reply = mailer.presets(&json!({})).unwrap();
        let gmail = row(&reply, "gmail");
        for step in steps {
            assert!(words(&gmail["steps"]).contains(step), "{step}: {gmail}");
        }
        assert_eq!(
            (&gmail["host"], &gmail["port"], &gmail["security"]),
            (&json!("smtp.gmail.com"), &json!(465), &json!("tls"))
        );
        assert_eq!(
            gmail["alternatives"],
            json!([{"port": 587, "security": "starttls"}])
        );
        assert_eq!(gmail["secret_form"], "app_password");
        assert_eq!(
            gmail["limits"],
            json!({"hour": null, "day": 500, "connections": null})
        );
        assert_eq!(gmail["checked"], "2026-11-22");
        assert_eq!(row(&reply, "free")["user_form"], "local");
        let outlook = row(&reply, "outlook");
        assert_eq!(outlook["secret_form"], "oauth_only");
        for (id, note) in ["outlook", "m365"].into_iter().zip(notes) {
            assert!(words(&row(&reply, id)["notes"]).contains(note), "{id}");
        }
        for nothing in ["guess", "advice", "warning"] {
            assert!(reply[nothing].is_null(), "{nothing}");
        }
        mailer.shut_down(std::time::Duration::ZERO).unwrap();
    }
}

#[test]
fn an_address_fills_the_form_and_its_settings_can_be_saved() {
    let shop = shop("fr");
    let ask = |request: Value| shop.mailer.presets(&request);
    let reply = ask(json!({"address": "jean.dupont@free.fr"})).unwrap();
    let guess = &reply["guess"];
    assert_eq!(
        (
            &guess["preset"],
            &guess["host"],
            &guess["port"],
            &guess["security"]
        ),
        (
            &json!("free"),
            &json!("smtp.free.fr"),
            &json!(465),
            &json!("tls")
        )
    );
    assert_eq!(
        (&guess["user"], &guess["sender"]),
        (&json!("jean.dupont"), &json!("jean.dupont@free.fr"))
    );
    shop.mailer.configure(&guess["settings"]).unwrap();
    let shown = shop.mailer.settings(&json!({})).unwrap();
    assert_eq!(shown["settings"]["smtp"]["user"], "jean.dupont");
    assert_eq!(
        shown["settings"]["sender"]["address"],
        "jean.dupont@free.fr"
    );

    let own = ask(json!({"address": "contact@vega-info.fr"})).unwrap();
    assert!(own["guess"].is_null());
    let advice = own["advice"].as_str().unwrap().to_owned();
    assert!(advice.contains("vega-info.fr"), "{advice}");
    let chosen = ask(json!({"address": "contact@vega-info.fr", "id": "gworkspace"})).unwrap();
    assert_eq!(chosen["guess"]["user"], "contact@vega-info.fr");
    assert_eq!(chosen["presets"].as_array().unwrap().len(), 1);
    assert!(chosen["advice"].is_null());

    let mistyped = ask(json!({"address": "boutique@gmial.com"})).unwrap();
    assert!(mistyped["guess"].is_null());
    assert_eq!(mistyped["warnings"][0]["suggestion"], "boutique@gmail.com");
    for (request, code, field) in [
        (json!({"address": "boutique"}), MAIL_E_ADDRESS, "address"),
        (json!({"id": "gmial"}), MAIL_E_VALUE, "id"),
        (json!({"adress": "a@b.fr"}), MAIL_E_UNKNOWN_FIELD, "adress"),
    ] {
        let error = ask(request).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (code, Some(field)));
    }
}

#[test]
fn a_file_in_the_state_folder_replaces_the_table_while_it_is_open() {
    let shop = Shop::with(&json!({
        "sender": { "address": shop::SENDER },
        "smtp": { "preset": "gmail", "user": "a@gmail.com", "password": "abcd efgh" },
    }));
    let file = shop.folder().join("state/presets.json");
    let host = || shop.mailer.settings(&json!({})).unwrap()["settings"]["smtp"]["host"].clone();
    assert_eq!(host(), "smtp.gmail.com");

    let table = json!({ "presets": [
        {
            "id": "gmail", "label": "Gmail", "domains": ["gmail.com"], "host": "smtp2.gmail.com", "port": 587,
            "security": "starttls", "user_form": "full", "secret_form": "app_password",
        },
        {
            "id": "vega", "label": "Vega", "domains": ["*.vega-info.fr"], "host": "mail.vega-info.fr", "port": 465,
            "security": "tls", "user_form": "local", "secret_form": "mailbox", "limits": {"hour": 100},
            "steps": [{"fr": "Appelez Vega.", "en": "Call Vega."}], "notes": [], "checked": "2027-01-05", "source": "Vega",
        },
    ]});
    std::fs::write(&file, table.to_string()).unwrap();
    assert_eq!(host(), "smtp2.gmail.com", "saved settings follow the table");
    let reply = shop
        .mailer
        .presets(&json!({"address": "caisse@paris.vega-info.fr"}))
        .unwrap();
    assert!(reply["warning"].is_null(), "{reply}");
    assert_eq!(reply["presets"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&reply["guess"]["preset"], &reply["guess"]["user"]),
        (&json!("vega"), &json!("caisse"))
    );
    let vega = row(&reply, "vega");
    assert_eq!(
        (&vega["steps"], &vega["limits"]),
        (
            &json!(["Call Vega."]),
            &json!({"hour": 100, "day": null, "connections": null})
        )
    );
    let gmail = words(&row(&reply, "gmail")["steps"]);
    assert!(gmail.contains("2-Step Verification"), "{gmail}");
    let change = json!({"smtp": {"preset": "vega"}});
    shop.mailer.configure(&change).unwrap();
    assert_eq!(host(), "mail.vega-info.fr");

    std::fs::remove_file(&file).unwrap();
    let error = shop
        .mailer
        .configure(&json!({"language": "fr"}))
        .unwrap_err();
    assert_eq!(error.field.as_deref(), Some("smtp.preset"));
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(
        health["missing"],
        json!(["smtp.host"]),
        "health still tells"
    );
    let change = json!({"smtp": {"preset": "gmail"}});
    shop.mailer.configure(&change).unwrap();
    assert_eq!(host(), "smtp.gmail.com", "the built-in table is back");
}

#[test]
fn a_wrong_file_is_named_with_its_reason_and_the_built_in_table_holds() {
    let scratch = Scratch::new("presets-wrong");
    let state = scratch.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let file = state.join("presets.json");
    let wrong = json!({ "presets": [{
        "id": "gmail", "label": "Gmail", "host": "smtp.evil.test", "port": "465", "security": "tls",
        "user_form": "full", "secret_form": "mailbox",
    }]});
    std::fs::write(&file, wrong.to_string()).unwrap();
    for (language, reason) in [
        (
            Language::French,
            "la liste intégrée est utilisée : `presets[0].port` : un nombre entier",
        ),
        (
            Language::English,
            "the built-in list is used: `presets[0].port`: a whole number",
        ),
    ] {
        let mailer = open(&state, language, Role::BackOffice);
        let settings = json!({
            "sender": { "address": shop::SENDER },
            "smtp": { "preset": "gmail", "user": "a@gmail.com", "password": "p" },
        });
        mailer.configure(&settings).unwrap();
        let reply = mailer.presets(&json!({})).unwrap();
        let warning = &reply["warning"];
        assert_eq!(warning["path"], json!(file));
        assert_eq!(
            (&warning["field"], &warning["name"]),
            (&json!("presets[0].port"), &json!("MAIL_E_TYPE"))
        );
        let message = warning["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
        assert_eq!(row(&reply, "gmail")["host"], "smtp.gmail.com");
        assert_eq!(mailer.health(&json!({})).unwrap()["configured"], true);
        mailer.shut_down(std::time::Duration::ZERO).unwrap();
    }
}

#[test]
fn saving_says_which_passwords_lost_pasted_spaces() {
    let shop = shop("fr");
    let reply = |change: Value| shop.mailer.configure(&change).unwrap();
    let gmail = json!({ "smtp": { "preset": "gmail", "password": "abcd efgh\u{a0}ijkl mnop\n" } });
    assert_eq!(reply(gmail)["cleaned"], json!(["smtp.password"]));
    let spaces_inside = json!({ "smtp": { "preset": "ovh", "password": "deux mots" } });
    assert_eq!(reply(spaces_inside)["cleaned"], json!([]));
}

#[test]
fn a_near_miss_is_warned_about_and_the_impossible_refused_with_a_suggestion() {
    for (language, warned, refused) in [
        (
            "fr",
            "« gmial.com » ressemble à une faute de frappe ; vouliez-vous dire client@gmail.com ?",
            "Vouliez-vous dire client@orange.fr ?",
        ),
        (
            "en",
            "\"gmial.com\" looks mistyped; did you mean client@gmail.com?",
            "Did you mean client@orange.fr?",
        ),
    ] {
        let scratch = Scratch::new("presets-typo");
        let language_of = if language == "fr" {
            Language::French
        } else {
            Language::English
        };
        let mailer = open(&scratch.path().join("state"), language_of, Role::BackOffice);
        let settings = json!({
            "sender": { "address": shop::SENDER },
            "folder": { "path": scratch.path().join("mails") },
        });
        mailer.configure(&settings).unwrap();
        let taken = mailer
            .send_receipt(&receipt("T-1", "client@gmial.com"))
            .unwrap();
        assert!(taken["id"].is_i64(), "{taken}");
        let expected =
            json!([{"field": "to", "message": warned, "suggestion": "client@gmail.com"}]);
        assert_eq!(taken["warnings"], expected);
        let right = mailer
            .send_receipt(&receipt("T-2", "client@gmail.com"))
            .unwrap();
        assert_eq!(right["warnings"], json!([]));
        for impossible in [
            "client@orange.f",
            "client@@orange.fr",
            "client@orange.fr.",
            "client@orange",
            " client@orange.fr",
        ] {
            let error = mailer
                .send_receipt(&receipt("T-3", impossible))
                .unwrap_err();
            assert_eq!(
                (error.code, error.field.as_deref()),
                (MAIL_E_ADDRESS, Some("to")),
                "{impossible}"
            );
            assert_eq!(
                error.hint.as_ref().unwrap().get(language_of),
                refused,
                "{impossible}"
            );
        }
        mailer.shut_down(std::time::Duration::ZERO).unwrap();
    }
}

/// The JSON that a document shows.
fn shown_in(document: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```json\n").skip(1);
    blocks
        .map(|after| serde_json::from_str(after.split_once("```").unwrap().0).unwrap())
        .collect()
}

#[test]
fn what_the_page_on_signing_in_shows_is_taken() {
    let blocks = shown_in("docs/OAUTH.md");
    let (settings, requests): (Vec<&Value>, Vec<&Value>) =
        blocks.iter().partition(|block| block["smtp"].is_object());
    assert_eq!((settings.len(), requests.len()), (6, 3));
    for settings in settings {
        let scratch = Scratch::new("presets-oauth");
        let mailer = open(
            &scratch.path().join("state"),
            Language::English,
            Role::BackOffice,
        );
        let reply = mailer.configure(settings).unwrap();
        let missing = words(&reply["missing"]);
        assert!(!missing.contains("smtp."), "{missing}: {settings}");
        mailer.shut_down(std::time::Duration::ZERO).unwrap();
    }
    // The folder account: nobody signs in there, and no provider is asked.
    let shop = shop("en");
    for request in requests {
        let Err(error) = shop.mailer.sign_in(request) else {
            continue;
        };
        let reply = error.to_json(Language::English);
        assert_ne!(reply["error"]["class"], "request", "{request}: {reply}");
    }
}
