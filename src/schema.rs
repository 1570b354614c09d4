//! Holds docs/*.schema.json equal to the types: the published JSON Schemas of what a host sends.

use crate::receipt::model::Receipt;
use crate::requests::{
    CancelRequest, EraseRequest, InitRequest, JournalRequest, PresetsRequest, PreviewOptions,
    ResendRequest, RetryRequest, SaveAndTestRequest, ShutdownRequest, SignInRequest, StoreRequest,
    VerifyRequest, WaitRequest,
};
use crate::settings::model::Document;
use crate::settings::presets::file::PresetTable;
use crate::user_message::UserMessage;
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};
use std::path::Path;

fn closed<T: JsonSchema>(title: &str) -> Value {
    let mut schema = schema_for!(T).to_value();
    close(&mut schema);
    schema["title"] = json!(title);
    schema
}

/// Unknown fields are refused, so the schemas say so.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn is_current(file: &str, schema: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(file);
    let made = format!("{schema:#}\n");
    if std::env::var_os("TILLMAIL_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "docs/{file} is out of date: run TILLMAIL_BLESS=1 cargo test --lib schema"
    );
}

/// A receipt that needs no customer, with the options beside its fields.
fn preview() -> Value {
    let mut schema = closed::<Receipt>("mail_preview");
    let options = closed::<PreviewOptions>("options");
    let names: Vec<_> = options["properties"].as_object().unwrap().keys().collect();
    for name in &names {
        assert!(schema["properties"].get(name.as_str()).is_none(), "{name}");
        assert!(PreviewOptions::FIELDS.contains(&name.as_str()), "{name}");
        schema["properties"][name.as_str()] = options["properties"][name.as_str()].clone();
    }
    assert_eq!(names.len(), PreviewOptions::FIELDS.len());
    schema["description"] = json!("A receipt as for `mail_send_receipt`; `to` may be left out.");
    let required = schema["required"].as_array_mut().unwrap();
    required.retain(|name| name != "to");
    schema
}

#[test]
fn the_settings_schema_is_current() {
    is_current("settings.schema.json", &closed::<Document>("Settings"));
}

#[test]
fn the_receipt_schema_is_current() {
    is_current("receipt.schema.json", &closed::<Receipt>("Receipt"));
}

#[test]
fn the_message_schema_is_current() {
    is_current("message.schema.json", &closed::<UserMessage>("Message"));
}

#[test]
fn the_presets_schema_is_current() {
    is_current("presets.schema.json", &closed::<PresetTable>("Presets"));
}

#[test]
fn the_requests_schema_is_current() {
    let requests = json!({
        "mail_init": closed::<InitRequest>("mail_init"),
        "mail_settings": closed::<StoreRequest>("mail_settings"),
        "mail_presets": closed::<PresetsRequest>("mail_presets"),
        "mail_verify": closed::<VerifyRequest>("mail_verify"),
        "mail_save_and_test": closed::<SaveAndTestRequest>("mail_save_and_test"),
        "mail_preview": preview(),
        "mail_sign_in": closed::<SignInRequest>("mail_sign_in"),
        "mail_wait": closed::<WaitRequest>("mail_wait"),
        "mail_journal": closed::<JournalRequest>("mail_journal"),
        "mail_health": closed::<StoreRequest>("mail_health"),
        "mail_retry": closed::<RetryRequest>("mail_retry"),
        "mail_cancel": closed::<CancelRequest>("mail_cancel"),
        "mail_resend": closed::<ResendRequest>("mail_resend"),
        "mail_erase": closed::<EraseRequest>("mail_erase"),
        "mail_shutdown": closed::<ShutdownRequest>("mail_shutdown"),
    });
    is_current("requests.schema.json", &requests);
}
