//! What `mail_presets` answers: the table, and the fields that an address stands for.

use super::{Preset, Presets, advice};
use crate::address::{self, typo};
use crate::error::{Error, Result, code_name};
use crate::json::{self, json};
use crate::requests::PresetsRequest;
use crate::text::{self, Language, Text};
use serde_json::Value;
use std::path::Path;

/// Lists the presets; with an address, adds what to fill into a form, or a sentence what to do.
/// `warning` tells why the file was refused, where it was.
pub(crate) fn list(
    presets: &Presets,
    request: &PresetsRequest,
    warning: Option<Value>,
    language: Language,
) -> Result<Value> {
    let chosen = match &request.id {
        Some(id) => Some(
            presets
                .find(id)
                .ok_or_else(|| presets.unknown(id).inside("id"))?,
        ),
        None => None,
    };
    let address = match &request.address {
        Some(given) => Some(address::check(given).map_err(|error| error.inside("address"))?),
        None => None,
    };
    let listed = match &chosen {
        Some(preset) => vec![preset.clone()],
        None => presets.all(),
    };
    let guess = address.as_ref().and_then(|address| {
        let preset = chosen.or_else(|| presets.of_domain(address.domain()))?;
        Some(filled(&preset, address, language))
    });
    let unknown = address.as_ref().filter(|_| guess.is_none());
    let advice = unknown.map(|address| text::no_preset(address.domain()));
    let typed: Vec<_> = address.iter().map(|address| ("address", address)).collect();
    Ok(json!({
        "presets": listed.iter().map(|preset| row(preset, language)).collect::<Vec<_>>(),
        "guess": guess,
        "advice": advice.as_ref().map(|advice| advice.get(language)),
        "warnings": typo::warnings(&typed, language),
        "warning": warning,
    }))
}

/// Tells why a file was refused, as `warning` of the reply.
pub(crate) fn refused_file(path: &Path, error: &Error, language: Language) -> Value {
    json!({
        "path": path,
        "field": error.field,
        "name": code_name(error.code),
        "message": text::preset_file(path, error).get(language),
    })
}

fn row(preset: &Preset, language: Language) -> Value {
    json!({
        "id": preset.id,
        "label": preset.label,
        "domains": preset.domains,
        "host": preset.host,
        "port": preset.port,
        "security": preset.security,
        "user_form": preset.user_form,
        "secret_form": preset.secret_form,
        "password_ends": preset.password_ends,
        "alternatives": preset.alternatives,
        "limits": preset.limits,
        "sign_in": preset.oauth.as_ref().map(|oauth| &oauth.name),
        "steps": told(&advice::steps(preset), language),
        "notes": told(&advice::notes(preset), language),
        "checked": preset.checked,
        "source": preset.source,
    })
}

/// The settings name the preset and not its host, so that a corrected table reaches them.
fn filled(preset: &Preset, address: &lettre::Address, language: Language) -> Value {
    let user = preset.user(address);
    let mut smtp = json!({ "preset": preset.id });
    if user.is_some() {
        json::merge(&mut smtp, &json!({ "user": user }));
    }
    json!({
        "preset": preset.id,
        "label": preset.label,
        "host": preset.host,
        "port": preset.port,
        "security": preset.security,
        "user": user,
        "sender": address.to_string(),
        "secret_form": preset.secret_form,
        "sign_in": preset.oauth.as_ref().map(|oauth| &oauth.name),
        "steps": told(&advice::steps(preset), language),
        "notes": told(&advice::notes(preset), language),
        "settings": { "sender": { "address": address.to_string() }, "smtp": smtp },
    })
}

fn told(texts: &[Text], language: Language) -> Vec<&str> {
    texts.iter().map(|text| text.get(language)).collect()
}
