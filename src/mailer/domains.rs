//! What the domain name system tells: who hosts an address's mail, and what the sender's domain says about its mails.

use super::Mailer;
use crate::address::Mailbox;
use crate::error::{Error, MAIL_E_VALUE, Result};
use crate::json::json;
use crate::names::domain::{self, Sending};
use crate::names::{self, Resolver, provider};
use crate::requests::{PresetsRequest, VerifyRequest};
use crate::settings;
use crate::settings::in_force::Way;
use crate::settings::model::Document;
use crate::settings::presets::{Discovery, Presets, unknown_domain};
use crate::text;
use serde_json::Value;
use std::time::Duration;

/// Usual deadline of a look-up for `mail_presets`, and the longest one.
const LOOKUP_MS: u64 = 5_000;
const LONGEST_LOOKUP_MS: u64 = 60_000;
/// What is kept of a call's time for the domain, so that a silent mail server does not use all of it; a fifth of a
/// shorter call.
const KEPT: Duration = Duration::from_secs(5);
/// Longest name in the domain name system.
const MAX_NAME_BYTES: usize = 253;

impl Mailer {
    /// Asks who hosts the mail of an address that the table does not know, where the request wants it.
    pub(super) fn discovered(
        &self,
        request: &PresetsRequest,
        presets: &Presets,
    ) -> Result<Option<Discovery>> {
        let Some(domain) =
            unknown_domain(presets, request)?.filter(|_| request.lookup == Some(true))
        else {
            return Ok(None);
        };
        let limit = request
            .deadline_ms
            .unwrap_or(LOOKUP_MS)
            .min(LONGEST_LOOKUP_MS);
        let servers = settings::name_servers(&*self.document()?);
        names::run(async {
            let resolver = Resolver::new(&servers, Duration::from_millis(limit));
            provider::find(&resolver, &domain, presets).await
        })
        .map(Some)
    }

    /// Looks at the sender's domain; gives the member `domain` of the reply.
    pub(super) fn domain_of(
        &self,
        sender: &Mailbox,
        way: &Way,
        request: &VerifyRequest,
        document: &Document,
        limit: Duration,
    ) -> Result<Value> {
        let sending = Sending {
            domain: sender.address.domain(),
            host: match way {
                Way::Smtp(server) => Some(&server.host),
                Way::Folder(_) => None,
            },
            selector: request.dkim_selector.as_deref(),
        };
        let servers = settings::name_servers(document);
        names::run(async {
            let resolver = Resolver::new(&servers, limit);
            domain::check(&resolver, &sending, &document.presets, self.language()).await
        })
    }
}

/// Tells whether the domain is asked about; refuses what cannot be a selector.
pub(super) fn wanted(request: &VerifyRequest) -> Result<bool> {
    if let Some(selector) = &request.dkim_selector {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if selector.is_empty() || selector.len() > MAX_NAME_BYTES || !selector.chars().all(allowed)
        {
            return Err(Error::at(
                MAIL_E_VALUE,
                "dkim_selector",
                text::dkim_selector(),
            ));
        }
    }
    Ok(request.domain == Some(true))
}

/// What is left of a call for the mail server.
pub(super) fn without_kept(limit: Duration) -> Duration {
    limit.saturating_sub(KEPT.min(limit / 5))
}

/// Puts the domain beside what the mail server said, whatever that was.
pub(super) fn beside(outcome: Result<Value>, domain: Value) -> Result<Value> {
    let put = |reply: &mut Value| {
        if let Some(members) = reply.as_object_mut() {
            members.insert("domain".to_owned(), domain);
        }
    };
    match outcome {
        Ok(mut reply) => {
            put(&mut reply);
            Ok(reply)
        }
        Err(mut error) => {
            put(error.details.get_or_insert_with(|| Box::new(json!({}))));
            Err(error)
        }
    }
}
