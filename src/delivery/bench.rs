//! Mails over one open line, without an outbox: what `make bench` compares with a replay written in C.

use super::flight::Outgoing;
use super::record::Record;
use super::round::login;
use super::session;
use super::tls::Tls;
use super::trace::Trace;
use crate::address;
use crate::error::{Error, MAIL_E_NOT_CONFIGURED, MAIL_E_PROTOCOL, Result};
use crate::settings::in_force::{InForce, Way};
use crate::settings::presets::Presets;
use crate::settings::secret::Vault;
use crate::settings::{self, sender};
use crate::text::Text;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// Sends the same mail so many times over one line, each with the envelope of the next; gives how long that took from
/// the first MAIL to the last answer, without the opening. `settings` as for `mail_configure`; `folder` is for the key.
pub fn session_alone(
    folder: &Path,
    settings: &Value,
    to: &str,
    content: &[u8],
    count: u32,
) -> Result<Duration> {
    let vault = Vault::open(folder)?;
    let (_, changed) = settings::changed(&json!({}), settings, &vault, &Presets::default())?;
    let in_force = InForce::of(&changed.document, "1");
    let sender = sender::of_store(&in_force)?;
    let Some(Way::Smtp(server)) = &in_force.way else {
        return Err(Error::new(
            MAIL_E_NOT_CONFIGURED,
            Text::new("", "no server"),
        ));
    };
    let tls = Tls::new(server.ca_file.as_deref())?;
    let login = login(server, &sender, &vault, tls)?;
    let mail = Outgoing::new(sender.address, &address::check(to)?, content.to_vec());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::no_resources)?;
    let conversation = async {
        let until = Instant::now() + Duration::from_secs(60);
        let record = std::sync::Arc::new(Record::default());
        let mut session = session::open(&login, until, &record, &mut Trace::start()).await?;
        let started = Instant::now();
        for number in 1..=count {
            let next = (number < count).then_some(&mail);
            session.send(&mail, next, || true, || {}).await?;
        }
        let passed = started.elapsed();
        session.quit().await;
        Ok(passed)
    };
    runtime
        .block_on(conversation)
        .map_err(|fault: super::fault::Fault| {
            Error::new(MAIL_E_PROTOCOL, Text::new("", format!("{fault:?}")))
        })
}
