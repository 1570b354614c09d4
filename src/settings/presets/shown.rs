//! What `mail_presets` answers: the table, and the fields that an address stands for.

use super::{Preset, Presets, SecretForm, advice};
use crate::address::{self, typo};
use crate::error::{Error, Result, code_name};
use crate::json::{self, json};
use crate::requests::PresetsRequest;
use crate::settings::model::Security;
use crate::text::{self, Language, Text};
use lettre::Address;
use serde_json::Value;
use std::path::Path;

/// What the domain name system says about who hosts a domain's mail.
#[derive(Debug)]
pub(crate) struct Discovery {
    /// Some server answered.
    pub(crate) checked: bool,
    /// Hosts that take the domain's mail, the preferred first.
    pub(crate) mx: Vec<String>,
    /// What follows from it.
    pub(crate) found: Option<Found>,
    /// The same for a person.
    pub(crate) message: Text,
}

/// How to send for a domain.
#[derive(Debug)]
pub(crate) enum Found {
    /// Its mail exchanger is a known provider's.
    Provider(Box<Preset>),
    /// The domain names its own server (RFC 6186, RFC 8314).
    Server {
        host: String,
        port: u16,
        security: Security,
        /// The server is outside the domain: a person has to agree.
        confirm: bool,
    },
}

/// Gives the domain of the address where the table alone has no answer.
pub(crate) fn unknown_domain(
    presets: &Presets,
    request: &PresetsRequest,
) -> Result<Option<String>> {
    let (None, Some(given)) = (&request.id, &request.address) else {
        return Ok(None);
    };
    let address = address::check(given).map_err(|error| error.inside("address"))?;
    let domain = address.domain();
    Ok(presets
        .of_domain(domain)
        .is_none()
        .then(|| domain.to_owned()))
}

/// Lists the presets; with an address, adds what to fill into a form, or a sentence what to do.
/// `warning` tells why the file was refused, where it was.
pub(crate) fn list(
    presets: &Presets,
    request: &PresetsRequest,
    discovery: Option<&Discovery>,
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
    let guess = address
        .as_ref()
        .and_then(|address| guess(presets, chosen.as_ref(), address, discovery, language));
    let unknown = address.as_ref().filter(|_| guess.is_none());
    let advice = unknown.map(|address| text::no_preset(address.domain()));
    let typed: Vec<_> = address.iter().map(|address| ("address", address)).collect();
    Ok(json!({
        "presets": listed.iter().map(|preset| row(preset, language)).collect::<Vec<_>>(),
        "guess": guess,
        "advice": advice.as_ref().map(|advice| advice.get(language)),
        "dns": discovery.map(|discovery| looked_up(discovery, language)),
        "warnings": typo::warnings(&typed, language),
        "warning": warning,
    }))
}

/// What to fill into a form, and how it was found.
fn guess(
    presets: &Presets,
    chosen: Option<&Preset>,
    address: &Address,
    discovery: Option<&Discovery>,
    language: Language,
) -> Option<Value> {
    if let Some(preset) = chosen {
        return Some(filled(preset, address, "id", language));
    }
    if let Some(preset) = presets.of_domain(address.domain()) {
        return Some(filled(&preset, address, "domain", language));
    }
    match discovery?.found.as_ref()? {
        Found::Provider(preset) => Some(filled(preset, address, "mx", language)),
        Found::Server {
            host,
            port,
            security,
            confirm,
        } => Some(named(host, *port, *security, *confirm, address, language)),
    }
}

fn looked_up(discovery: &Discovery, language: Language) -> Value {
    let srv = match &discovery.found {
        Some(Found::Server {
            host,
            port,
            security,
            ..
        }) => Some(json!({ "host": host, "port": port, "security": security })),
        _ => None,
    };
    json!({
        "checked": discovery.checked,
        "mx": discovery.mx,
        "srv": srv,
        "message": discovery.message.get(language),
    })
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
        "mx": preset.mx,
        "spf": preset.spf,
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
fn filled(preset: &Preset, address: &Address, found_by: &str, language: Language) -> Value {
    let user = preset.user(address);
    let mut smtp = json!({ "preset": preset.id });
    if user.is_some() {
        json::merge(&mut smtp, &json!({ "user": user }));
    }
    json!({
        "found_by": found_by,
        "confirm": false,
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

/// A server that the domain names itself; the login is the whole address (RFC 6186 section 4).
fn named(
    host: &str,
    port: u16,
    security: Security,
    confirm: bool,
    address: &Address,
    language: Language,
) -> Value {
    let address = address.to_string();
    let foreign = confirm.then(|| text::server_outside_domain(host));
    let notes: Vec<Text> = foreign.into_iter().collect();
    json!({
        "found_by": "srv",
        "confirm": confirm,
        "preset": null,
        "label": host,
        "host": host,
        "port": port,
        "security": security,
        "user": address,
        "sender": address,
        "secret_form": SecretForm::Mailbox,
        "steps": told(&advice::usual(SecretForm::Mailbox), language),
        "notes": told(&notes, language),
        "settings": {
            "sender": { "address": address },
            "smtp": { "host": host, "port": port, "security": security, "user": address },
        },
    })
}

fn told(texts: &[Text], language: Language) -> Vec<&str> {
    texts.iter().map(|text| text.get(language)).collect()
}
