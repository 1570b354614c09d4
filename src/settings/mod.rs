//! The store's settings: what a host saves, what holds for a store, and how a change becomes a document.

pub(crate) mod checks;
pub(crate) mod in_force;
pub(crate) mod model;
pub(crate) mod oauth;
mod pasted;
pub(crate) mod presets;
pub(crate) mod secret;
pub(crate) mod sender;
pub(crate) mod shown;
mod wording;

use crate::draft::Warning;
use crate::error::{Error, MAIL_E_VALUE, Result};
use crate::json::{self, json};
use crate::text;
use model::Document;
use presets::Presets;
use secret::Vault;
use serde_json::{Map, Value};
use shown::MASK;
use std::net::SocketAddr;
use url::Url;

/// Usual port of a name server.
const NAME_PORT: u16 = 53;

/// What a change has made.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The new document, read.
    pub(crate) document: Document,
    /// Paths of the passwords that held pasted spaces, which were removed.
    pub(crate) cleaned: Vec<String>,
    /// What is saved and yet not as its author may think.
    pub(crate) warnings: Vec<Warning>,
}

/// Reads a saved document; its presets are looked up in this table.
pub(crate) fn read(saved: &Value, presets: &Presets) -> Result<Document> {
    Ok(Document {
        presets: presets.clone(),
        ..json::read(saved)?
    })
}

/// Merges a change into the saved document, checks the whole and seals its secrets.
/// Nothing is written here: the new document is right, or there is an error.
pub(crate) fn changed(
    saved: &Value,
    change: &Value,
    vault: &Vault,
    presets: &Presets,
) -> Result<(Value, Changed)> {
    json::read::<Document>(&without_deleted_members(change))?;
    let mut change = change.clone();
    each_layer(&mut change, &mut take_url_apart)?;
    let mut after = saved.clone();
    json::merge(&mut after, &change);
    let cleaned = pasted::clean(&mut change, &read(&after, presets)?)?;
    keep_masked(&mut change);
    secret::each_secret(&mut change, &mut |secret| {
        checks::secret(secret)?;
        if secret::is_sealed(secret) {
            return Err(Error::new(MAIL_E_VALUE, text::sealed_given()));
        }
        *secret = vault.seal(secret)?;
        Ok(())
    })?;
    let mut merged = saved.clone();
    json::merge(&mut merged, &change);
    forget_secrets_of_others(saved, &mut change, &mut merged);
    let document = read(&merged, presets)?;
    // What an older version saved need not be read to mend it.
    checks::check(&document, &read(saved, presets).unwrap_or_default())?;
    let warnings = wording::warnings(&change, &document)?;
    let changed = Changed {
        document,
        cleaned,
        warnings,
    };
    Ok((merged, changed))
}

/// A store, an account or a wording that is null is deleted (RFC 7396); the rest must be a document.
fn without_deleted_members(change: &Value) -> Value {
    let mut rest = change.clone();
    for group in ["stores", "accounts", "documents"] {
        if let Some(layers) = rest.get_mut(group).and_then(Value::as_object_mut) {
            layers.retain(|_, layer| !layer.is_null());
        }
    }
    rest
}

/// Gives each `smtp` object of a document to a function: the application's, the stores', the accounts'.
fn each_layer(
    document: &mut Value,
    work: &mut dyn FnMut(&mut Map<String, Value>) -> Result<()>,
) -> Result<()> {
    if let Some(smtp) = document.get_mut("smtp").and_then(Value::as_object_mut) {
        work(smtp).map_err(|error| error.inside("smtp"))?;
    }
    for group in ["stores", "accounts"] {
        let layers = document.get_mut(group).and_then(Value::as_object_mut);
        for (id, layer) in layers.into_iter().flatten() {
            if let Some(smtp) = layer.get_mut("smtp").and_then(Value::as_object_mut) {
                work(smtp).map_err(|error| error.inside(&format!("{group}.{id}.smtp")))?;
            }
        }
    }
    Ok(())
}

/// A form gives the mask back where the user left a secret as it was.
fn keep_masked(change: &mut Value) {
    for place in secret::places(change) {
        if place.secret(change).and_then(|secret| secret.as_str()) == Some(MASK) {
            place.forget(change);
        }
    }
}

/// A secret belongs to its server: where a change names another one and gives no secret, the saved
/// one goes, or a mistyped host (or a curious one) would be told it.
fn forget_secrets_of_others(saved: &Value, change: &mut Value, merged: &mut Value) {
    for place in secret::places(merged) {
        let other = place.owner(saved) != place.owner(merged);
        if other && place.secret(change).is_none() {
            place.forget(merged);
        }
    }
}

/// Replaces `url` by the fields it stands for; fields given beside it win.
fn take_url_apart(smtp: &mut Map<String, Value>) -> Result<()> {
    let Some(given) = smtp.remove("url") else {
        return Ok(());
    };
    let Some(given) = given.as_str() else {
        return Ok(());
    };
    let refused = || Error::at(MAIL_E_VALUE, "url", text::smtp_url());
    let url = Url::parse(given).map_err(|_| refused())?;
    let security = match url.scheme() {
        "smtps" => "tls",
        "smtp" => "starttls",
        _ => return Err(refused()),
    };
    let host = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(refused)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut fields = json!({ "host": host, "security": security, "port": url.port() });
    if !url.username().is_empty() {
        json::merge(&mut fields, &json!({ "user": decoded(url.username()) }));
    }
    if let Some(password) = url.password() {
        json::merge(&mut fields, &json!({ "password": decoded(password) }));
    }
    for (name, value) in fields.as_object_mut().into_iter().flatten() {
        smtp.entry(name.clone()).or_insert(value.take());
    }
    Ok(())
}

fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}

/// Where a proxy listens and what it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyAddress {
    pub(crate) socks: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Reads `socks5://host:port` or `http://host:port`.
pub(crate) fn proxy_address(given: &str) -> Result<ProxyAddress> {
    let refused = || Error::new(MAIL_E_VALUE, text::proxy_url());
    let url = Url::parse(given).map_err(|_| refused())?;
    let (socks, usual_port) = match url.scheme() {
        "socks5" | "socks5h" => (true, 1080),
        "http" => (false, 3128),
        _ => return Err(refused()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused());
    }
    let host = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(refused)?;
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    // `Url` leaves out a scheme's own port: http://proxy:80 is port 80.
    let written_80 = !socks && given.trim_end_matches('/').ends_with(":80");
    Ok(ProxyAddress {
        socks,
        host,
        port: url
            .port()
            .unwrap_or(if written_80 { 80 } else { usual_port }),
    })
}

/// Gives the name servers of a checked document; none where this machine's are asked.
pub(crate) fn name_servers(document: &Document) -> Vec<SocketAddr> {
    let given = document.dns.as_ref().and_then(|dns| dns.servers.as_deref());
    let servers = given.unwrap_or_default().iter();
    servers
        .filter_map(|server| name_server(server).ok())
        .collect()
}

/// Reads `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`.
pub(crate) fn name_server(given: &str) -> Result<SocketAddr> {
    let with_port = given.parse().ok();
    with_port
        .or_else(|| Some(SocketAddr::new(given.parse().ok()?, NAME_PORT)))
        .filter(|server| server.port() != 0)
        .ok_or_else(|| Error::new(MAIL_E_VALUE, text::name_server()))
}

#[cfg(test)]
mod tests;
