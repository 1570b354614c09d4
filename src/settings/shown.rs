//! What `mail_settings` shows: the settings in force, secrets masked, and where each value came from.

use super::in_force::{InForce, Way, names_its_server};
use super::model::Document;
use crate::json::{self, json};
use serde_json::{Map, Value};
use std::time::Duration;

/// What stands in replies instead of a secret; given back, it keeps the saved one.
pub(crate) const MASK: &str = "********";

/// Members of `smtp` that belong to one server: a store that names its own server inherits none of them.
const OF_ONE_SERVER: [&str; 10] = [
    "preset",
    "host",
    "port",
    "security",
    "user",
    "password",
    "auth",
    "oauth",
    "allow_clear_text",
    "limits",
];

/// Gives a store's settings as `mail_settings` shows them: merged, filled in, secrets masked, and
/// beside them where each value came from.
pub(crate) fn shown(saved: &Value, document: &Document, store: &str) -> (Value, Value) {
    let mut sources = Map::new();
    let mut merged = json!({});
    let own = saved
        .get("stores")
        .and_then(|stores| stores.get(store))
        .cloned()
        .unwrap_or(json!({}));
    json::merge(&mut merged, &filled(&InForce::of(document, store)));
    mark(&merged, "default", "", &mut sources);
    let application = application_part(saved, &own);
    mark_preset(&application, &own, &mut sources);
    for (layer, name) in [(application, "application"), (own, "store")] {
        json::merge(&mut merged, &layer);
        mark(&layer, name, "", &mut sources);
    }
    mask(&mut merged);
    (merged, Value::Object(sources))
}

/// The accounts of users as they were saved, secrets masked.
pub(crate) fn accounts(saved: &Value) -> Value {
    let mut accounts = json!({ "accounts": saved.get("accounts").cloned().unwrap_or(json!({})) });
    mask(&mut accounts);
    accounts
        .get_mut("accounts")
        .map(Value::take)
        .unwrap_or_default()
}

/// What the form for the new settings starts with while the older ones are in use: sender address,
/// server, port and security, but neither user nor password.
pub(crate) fn proposal(document: &Document, in_force: &InForce) -> Option<Value> {
    let legacy = document.legacy.as_ref().filter(|_| !in_force.saved())?;
    let mut proposal = json!({ "sender": { "address": legacy.address } });
    if let Some(Way::Smtp(server)) = &in_force.way {
        let smtp = json!({ "host": server.host, "port": server.port, "security": server.security });
        json::merge(&mut proposal, &json!({ "smtp": smtp }));
    }
    Some(proposal)
}

/// The application's document as a store inherits it.
fn application_part(saved: &Value, own: &Value) -> Value {
    let mut part = saved.clone();
    if let Some(members) = part.as_object_mut() {
        members.remove("stores");
        members.remove("accounts");
    }
    let own_smtp = own.get("smtp");
    let names = |member| own_smtp.and_then(|smtp: &Value| smtp.get(member));
    let own_server = names_its_server(names("preset"), names("host"));
    let own_proxy = names("proxy").is_some();
    if let Some(smtp) = part.get_mut("smtp").and_then(Value::as_object_mut) {
        smtp.retain(|member, _| {
            let of_server = own_server && OF_ONE_SERVER.contains(&member.as_str());
            let of_proxy = own_proxy && member == "proxy";
            !of_server && !of_proxy
        });
    }
    part
}

fn filled(in_force: &InForce) -> Value {
    let rules = &in_force.delivery;
    let mut filled = json!({
        "language": in_force.language,
        "delivery": {
            "retry_s": rules.retry_s,
            "give_up_after_h": rules.give_up_after.as_secs() / 3_600,
            "unsure": rules.unsure,
            "unsure_wait_s": rules.unsure_wait.as_secs(),
            "probe_s": rules.probe.as_secs(),
            "batch": rules.batch,
            "max_mail_bytes": rules.max_mail_bytes,
            "max_waiting": rules.max_waiting,
            "max_waiting_bytes": rules.max_waiting_bytes,
        },
        "journal": {
            "content_days": in_force.journal.content_days,
            "address_days": in_force.journal.address_days,
            "max_lines": in_force.journal.max_lines,
        },
    });
    if let Some(Way::Smtp(server)) = in_force.way.as_ref().filter(|_| !in_force.legacy) {
        let smtp = json!({ "smtp": {
            "host": server.host,
            "port": server.port,
            "security": server.security,
            "auth": server.auth,
            "timeouts": {
                "connect_ms": whole_millis(server.connect),
                "reply_ms": whole_millis(server.reply),
                "final_ms": whole_millis(server.final_reply),
                "total_ms": whole_millis(server.total),
            },
            "allow_clear_text": server.allow_clear_text,
        }});
        json::merge(&mut filled, &smtp);
    }
    filled
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn mark_preset(application: &Value, own: &Value, sources: &mut Map<String, Value>) {
    let names_preset = |layer: &Value| layer.pointer("/smtp/preset").is_some();
    if names_preset(application) || names_preset(own) {
        for field in ["smtp.host", "smtp.port", "smtp.security"] {
            sources.insert(field.to_owned(), json!("preset"));
        }
    }
}

fn mark(layer: &Value, name: &str, path: &str, sources: &mut Map<String, Value>) {
    match layer.as_object() {
        Some(members) => {
            for (member, value) in members {
                let deeper = if path.is_empty() {
                    member.clone()
                } else {
                    format!("{path}.{member}")
                };
                mark(value, name, &deeper, sources);
            }
        }
        None => {
            sources.insert(path.to_owned(), json!(name));
        }
    }
}

/// Replaces every secret of a document by the mask.
pub(crate) fn mask(document: &mut Value) {
    super::secret::each_secret(document, &mut |secret| {
        *secret = MASK.to_owned();
        Ok(())
    })
    .unwrap_or_default();
}
