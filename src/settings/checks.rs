//! What makes a settings document right: each value by itself, then each store as a whole.

use super::in_force::{InForce, Server, Way};
use super::model::{
    Auth, Delivery, Dns, Document, Folder, Journal, Legacy, Offer, Proxy, Security, Sender, Smtp,
    Store, Timeouts,
};
use super::presets::Presets;
use super::wording;
use crate::address;
use crate::error::{Error, MAIL_E_CONTROL_CHARACTER, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::text::{self, Text};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;

/// Longest text of a single setting, in bytes: names and addresses are far below it.
const MAX_TEXT_BYTES: usize = 1_000;
/// Longest secret: an AUTH command may have 12,288 bytes (RFC 4954), base64 and all; Microsoft's tokens have about 3,000.
const MAX_SECRET_BYTES: usize = 8_000;
/// Stores or accounts of one installation: far above any replication service, low enough to check them all.
const MAX_LAYERS: usize = 10_000;
/// Waits of a retry schedule.
const MAX_RETRIES: usize = 200;
/// Name servers: the system's own resolver asks three.
const MAX_NAME_SERVERS: usize = 4;
const WEEK_S: u64 = 7 * 86_400;
const HOUR_MS: u64 = 3_600_000;

/// Checks a whole document, the application's part and every store's. What says the same as in the document
/// saved `before` was checked when it was saved.
pub(crate) fn check(document: &Document, before: &Document) -> Result<()> {
    wording::check(document, before)?;
    layer(
        document.sender.as_ref(),
        document.smtp.as_ref(),
        document.folder.as_ref(),
        &document.presets,
    )?;
    document
        .delivery
        .as_ref()
        .map_or(Ok(()), delivery)
        .map_err(|error| error.inside("delivery"))?;
    document
        .journal
        .as_ref()
        .map_or(Ok(()), journal)
        .map_err(|error| error.inside("journal"))?;
    document
        .dns
        .as_ref()
        .map_or(Ok(()), dns)
        .map_err(|error| error.inside("dns"))?;
    document
        .legacy
        .as_ref()
        .map_or(Ok(()), legacy)
        .map_err(|error| error.inside("legacy"))?;
    document
        .offer
        .as_ref()
        .map_or(Ok(()), offer)
        .map_err(|error| error.inside("offer"))?;
    whole(InForce::of(document, ""))?;
    for (id, store) in document.stores.iter().flatten() {
        named_layer("stores", id, store, &document.presets, || {
            Some(InForce::of(document, id))
        })?;
    }
    for (id, account) in document.accounts.iter().flatten() {
        named_layer("accounts", id, account, &document.presets, || {
            InForce::of_account(document, "", id)
        })?;
    }
    for (group, count) in [
        ("stores", document.stores.as_ref().map_or(0, BTreeMap::len)),
        (
            "accounts",
            document.accounts.as_ref().map_or(0, BTreeMap::len),
        ),
    ] {
        if count > MAX_LAYERS {
            return Err(Error::at(
                MAIL_E_TOO_LARGE,
                group,
                text::too_many(MAX_LAYERS),
            ));
        }
    }
    Ok(())
}

/// Checks one store or account, by itself and put together with the rest.
fn named_layer(
    group: &str,
    id: &str,
    own: &Store,
    presets: &Presets,
    together: impl FnOnce() -> Option<InForce>,
) -> Result<()> {
    store_id(id).map_err(|error| error.inside(group))?;
    layer(
        own.sender.as_ref(),
        own.smtp.as_ref(),
        own.folder.as_ref(),
        presets,
    )
    .and_then(|()| wording::shop(own.shop.as_ref()))
    .and_then(|()| together().map_or(Ok(()), whole))
    .map_err(|error| error.inside(&format!("{group}.{id}")))
}

fn legacy(legacy: &Legacy) -> Result<()> {
    if let Some(address) = &legacy.address {
        address::check(address).map_err(|error| error.inside("address"))?;
    }
    if let Some(server) = &legacy.server {
        host_name(server).map_err(|error| error.inside("server"))?;
    }
    if legacy.port == Some(0) {
        return Err(Error::at(MAIL_E_VALUE, "port", text::range(1, 65_535)));
    }
    optional_line(legacy.user.as_deref(), "user")
}

fn offer(offer: &Offer) -> Result<()> {
    optional_line(offer.label.as_deref(), "label")?;
    optional_line(offer.price.as_deref(), "price")?;
    optional_line(offer.link.as_deref(), "link")
}

/// Checks the id of a store: it becomes part of keys and file names.
pub(crate) fn store_id(id: &str) -> Result<()> {
    let right = !id.is_empty() && id.len() <= 64 && !id.chars().any(char::is_control);
    if right {
        Ok(())
    } else {
        Err(Error::new(MAIL_E_VALUE, text::store_id()))
    }
}

/// Checks one line of text that ends up in a header, a command or a log.
pub(crate) fn line(value: &str) -> Result<()> {
    bounded_line(value, MAX_TEXT_BYTES)
}

/// Checks a password, a token or a program's secret.
pub(super) fn secret(value: &str) -> Result<()> {
    bounded_line(value, MAX_SECRET_BYTES)
}

fn bounded_line(value: &str, most: usize) -> Result<()> {
    if value.chars().any(char::is_control) {
        return Err(Error::new(
            MAIL_E_CONTROL_CHARACTER,
            text::control_character(),
        ));
    }
    if value.len() > most {
        return Err(Error::new(MAIL_E_TOO_LARGE, text::longer_than(most)));
    }
    Ok(())
}

fn layer(
    sender_part: Option<&Sender>,
    smtp_part: Option<&Smtp>,
    folder_part: Option<&Folder>,
    presets: &Presets,
) -> Result<()> {
    sender_part
        .map_or(Ok(()), sender)
        .map_err(|error| error.inside("sender"))?;
    smtp_part
        .map_or(Ok(()), |part| smtp(part, presets))
        .map_err(|error| error.inside("smtp"))?;
    folder_part
        .map_or(Ok(()), folder)
        .map_err(|error| error.inside("folder"))
}

fn sender(sender: &Sender) -> Result<()> {
    if let Some(address) = &sender.address {
        address::check(address).map_err(|error| error.inside("address"))?;
    }
    optional_line(sender.name.as_deref(), "name")
}

pub(super) fn optional_line(value: Option<&str>, field: &str) -> Result<()> {
    value
        .map_or(Ok(()), line)
        .map_err(|error| error.inside(field))
}

fn smtp(smtp: &Smtp, presets: &Presets) -> Result<()> {
    if let Some(id) = &smtp.preset
        && presets.find(id).is_none()
    {
        return Err(presets.unknown(id).inside("preset"));
    }
    if let Some(host) = &smtp.host {
        host_name(host).map_err(|error| error.inside("host"))?;
    }
    if let Some(name) = &smtp.ehlo_name {
        host_name(name).map_err(|error| error.inside("ehlo_name"))?;
    }
    if smtp.port == Some(0) {
        return Err(Error::at(MAIL_E_VALUE, "port", text::range(1, 65_535)));
    }
    optional_line(smtp.user.as_deref(), "user")?;
    if let Some(limits) = &smtp.limits {
        within(limits.per_hour, "limits.per_hour", 1..=1_000_000)?;
        within(limits.per_day, "limits.per_day", 1..=1_000_000)?;
        within(limits.connections, "limits.connections", 1..=10)?;
    }
    smtp.timeouts
        .as_ref()
        .map_or(Ok(()), timeouts)
        .map_err(|error| error.inside("timeouts"))?;
    smtp.ca_file
        .as_deref()
        .map_or(Ok(()), ca_file)
        .map_err(|error| error.inside("ca_file"))?;
    smtp.oauth
        .as_ref()
        .map_or(Ok(()), super::oauth::check)
        .map_err(|error| error.inside("oauth"))?;
    smtp.proxy
        .as_ref()
        .map_or(Ok(()), proxy)
        .map_err(|error| error.inside("proxy"))
}

fn timeouts(timeouts: &Timeouts) -> Result<()> {
    within(timeouts.connect_ms, "connect_ms", 100..=HOUR_MS)?;
    within(timeouts.reply_ms, "reply_ms", 100..=HOUR_MS)?;
    within(timeouts.final_ms, "final_ms", 100..=HOUR_MS)?;
    within(timeouts.total_ms, "total_ms", 100..=6 * HOUR_MS)
}

fn within<T: Into<u64> + Copy>(
    value: Option<T>,
    field: &str,
    range: RangeInclusive<u64>,
) -> Result<()> {
    match value {
        Some(value) if !range.contains(&value.into()) => Err(Error::at(
            MAIL_E_VALUE,
            field,
            text::range(*range.start(), *range.end()),
        )),
        _ => Ok(()),
    }
}

fn ca_file(path: &str) -> Result<()> {
    folder_path(path)?;
    read_certificates(Path::new(path)).map(|_| ())
}

/// Reads the certificates of a PEM file; an empty file is an error, since somebody meant to trust something.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let refused = |why: String| Error::new(MAIL_E_VALUE, text::ca_file(path, &why));
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(|certificates| certificates.collect::<std::result::Result<Vec<_>, _>>())
        .map_err(|error| refused(error.to_string()))?;
    if certificates.is_empty() {
        return Err(refused("no certificate".to_owned()));
    }
    Ok(certificates)
}

fn proxy(proxy: &Proxy) -> Result<()> {
    let Some(url) = &proxy.url else {
        return Err(Error::at(
            crate::error::MAIL_E_MISSING_FIELD,
            "url",
            text::missing_field(),
        ));
    };
    super::proxy_address(url)
        .map(|_| ())
        .map_err(|error| error.inside("url"))?;
    optional_line(proxy.user.as_deref(), "user")
}

fn folder(folder: &Folder) -> Result<()> {
    folder
        .path
        .as_deref()
        .map_or(Ok(()), folder_path)
        .map_err(|error| error.inside("path"))
}

/// Checks the path of a folder: one line, and absolute, since the host's working folder may change.
pub(crate) fn folder_path(path: &str) -> Result<()> {
    line(path)?;
    absolute(Path::new(path))
}

fn absolute(path: &Path) -> Result<()> {
    if path.is_absolute() {
        Ok(())
    } else {
        Err(Error::new(MAIL_E_VALUE, text::absolute_path()))
    }
}

fn delivery(delivery: &Delivery) -> Result<()> {
    if let Some(waits) = &delivery.retry_s {
        retry_schedule(waits).map_err(|error| error.inside("retry_s"))?;
    }
    within(delivery.give_up_after_h, "give_up_after_h", 1..=24 * 30)?;
    within(delivery.unsure_wait_s, "unsure_wait_s", 0..=86_400)?;
    within(delivery.probe_s, "probe_s", 1..=86_400)?;
    within(delivery.batch, "batch", 1..=1_000)?;
    within(delivery.max_mail_bytes, "max_mail_bytes", 1_000..=100 << 20)?;
    within(delivery.max_waiting, "max_waiting", 1..=10_000_000)?;
    within(
        delivery.max_waiting_bytes,
        "max_waiting_bytes",
        1_000..=1 << 40,
    )?;
    for (index, path) in delivery.attachment_folders.iter().flatten().enumerate() {
        folder_path(path).map_err(|error| error.inside(&format!("attachment_folders[{index}]")))?;
    }
    Ok(())
}

fn retry_schedule(waits: &[u32]) -> Result<()> {
    if waits.is_empty() || waits.len() > MAX_RETRIES {
        return Err(Error::new(MAIL_E_VALUE, text::list_length(1, MAX_RETRIES)));
    }
    for (index, wait) in waits.iter().enumerate() {
        within(Some(*wait), &format!("[{index}]"), 1..=WEEK_S)?;
    }
    Ok(())
}

fn journal(journal: &Journal) -> Result<()> {
    within(journal.content_days, "content_days", 0..=3_650)?;
    within(journal.address_days, "address_days", 0..=3_650)?;
    within(journal.max_lines, "max_lines", 100..=1_000_000_000)
}

fn dns(dns: &Dns) -> Result<()> {
    let servers = dns.servers.as_deref().unwrap_or_default();
    if servers.len() > MAX_NAME_SERVERS {
        let message = text::too_many(MAX_NAME_SERVERS);
        return Err(Error::at(MAIL_E_VALUE, "servers", message));
    }
    for (index, server) in servers.iter().enumerate() {
        line(server)
            .and_then(|()| super::name_server(server))
            .map_err(|error| error.inside(&format!("servers[{index}]")))?;
    }
    Ok(())
}

/// Checks a host name (letters, digits, hyphens, dots; other letters as IDN) or an IP address.
pub(crate) fn host_name(name: &str) -> Result<()> {
    line(name)?;
    let is_name = || url::Host::parse(name).is_ok_and(|host| matches!(host, url::Host::Domain(_)));
    if name.parse::<IpAddr>().is_ok()
        || (is_name() && !name.contains(['/', '@', ':', ' ', '_', '%']))
    {
        return Ok(());
    }
    Err(Error::new(MAIL_E_VALUE, text::host_name(name)))
}

/// Checks what only shows when everything is put together.
fn whole(in_force: InForce) -> Result<()> {
    let (place, field) = if in_force.legacy {
        ("legacy", "ssl")
    } else {
        ("smtp", "security")
    };
    match in_force.way {
        Some(Way::Smtp(server)) => clear_text(&server, field)
            .and_then(|()| mechanism(&server))
            .map_err(|error| error.inside(place)),
        _ => Ok(()),
    }
}

/// A token needs a mechanism that carries it, and such a mechanism needs tokens.
fn mechanism(server: &Server) -> Result<()> {
    let (with, without) = (
        ["auto", "xoauth2", "oauthbearer"],
        ["auto", "plain", "login", "none"],
    );
    let fits = match server.auth {
        Auth::Auto => true,
        Auth::XOAuth2 | Auth::OAuthBearer => server.tokens.is_some(),
        Auth::Plain | Auth::Login | Auth::None => server.tokens.is_none(),
    };
    if fits {
        return Ok(());
    }
    let message = match server.tokens {
        Some(_) => text::auth_with_oauth(&with),
        None => text::auth_without_oauth(&without),
    };
    Err(Error::at(MAIL_E_VALUE, "auth", message))
}

fn clear_text(server: &Server, field: &str) -> Result<()> {
    if server.security != Security::None || server.allow_clear_text || is_this_machine(&server.host)
    {
        return Ok(());
    }
    let message: Text = text::clear_text(&server.host);
    Err(Error::at(MAIL_E_VALUE, field, message))
}

/// Tells whether a host is this machine, so that nothing leaves it unencrypted.
pub(crate) fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
