//! What the sender's domain says about its mails, told to the shop: SPF, DMARC and DKIM, and what is missing.
//!
//! Receivers put mails of domains that say nothing among the unwanted ones. It never decides whether a mail may go: only
//! the mail server does.

use super::policy::{self, Dkim, Dmarc, Spf};
use super::{Nothing, Resolver};
use crate::json::json;
use crate::settings::presets::Presets;
use crate::text::{self, Language, Text};
use serde_json::Value;

/// Records that one SPF check may look up (RFC 7208 section 4.6.4).
const MOST_INCLUDED: usize = 10;
/// Characters of a record that are shown.
const SHOWN_CHARACTERS: usize = 500;

/// Whose mails leave, and how.
#[derive(Debug)]
pub(crate) struct Sending<'a> {
    /// Domain of the sender's address.
    pub(crate) domain: &'a str,
    /// The mail server, where there is one.
    pub(crate) host: Option<&'a str>,
    /// Name of the provider's DKIM key, where it is known.
    pub(crate) selector: Option<&'a str>,
}

/// What was found of one kind.
#[derive(Debug, Clone)]
struct Finding {
    state: &'static str,
    record: Option<String>,
    message: Text,
    hint: Option<Text>,
}

/// Looks at the three kinds of records at the same time; gives the member `domain` of the reply.
pub(crate) async fn check(
    resolver: &Resolver,
    sending: &Sending<'_>,
    presets: &Presets,
    language: Language,
) -> Value {
    let domain = sending.domain.to_lowercase();
    let [spf, dmarc, dkim] = match presets.of_domain(&domain) {
        Some(owner) => providers_own(sending, &domain, &owner.label, &owner.host),
        None => own(resolver, sending, &domain, presets).await,
    };
    json!({
        "name": domain,
        "spf": spf.to_json(language),
        "dmarc": dmarc.to_json(language),
        "dkim": dkim.to_json(language),
    })
}

/// A mailbox provider's domain: it looks after the records, for what leaves through its own server.
fn providers_own(sending: &Sending, domain: &str, owner: &str, server: &str) -> [Finding; 3] {
    let through_it = sending
        .host
        .is_none_or(|host| host.eq_ignore_ascii_case(server));
    let finding = if through_it {
        Finding::of("ok", text::providers_own_domain(domain, owner))
    } else {
        let through = sending.host.unwrap_or_default();
        Finding::of("wrong", text::foreign_domain(domain, owner, through))
            .hint(text::use_owners_server(domain, owner))
    };
    [finding.clone(), finding.clone(), finding]
}

async fn own(
    resolver: &Resolver,
    sending: &Sending<'_>,
    domain: &str,
    presets: &Presets,
) -> [Finding; 3] {
    let wanted = sending.host.and_then(|host| presets.spf_of_server(host));
    let asked = (resolver.clone(), domain.to_owned());
    let spf = tokio::spawn({
        let (resolver, domain) = asked.clone();
        async move { spf(&resolver, &domain, wanted).await }
    });
    let dmarc = tokio::spawn({
        let (resolver, domain) = asked.clone();
        async move { dmarc(&resolver, &domain).await }
    });
    let selector = sending.selector.map(str::to_owned);
    let dkim = tokio::spawn({
        let (resolver, domain) = asked;
        async move { dkim(&resolver, &domain, selector).await }
    });
    let unread = |_| Finding::of("not_checked", text::names_not_checked(domain, false));
    [
        spf.await.unwrap_or_else(unread),
        dmarc.await.unwrap_or_else(unread),
        dkim.await.unwrap_or_else(unread),
    ]
}

async fn spf(resolver: &Resolver, domain: &str, wanted: Option<(String, String)>) -> Finding {
    let texts = match texts(resolver, domain).await {
        Ok(texts) => texts,
        Err(not_checked) => return not_checked,
    };
    match policy::spf(&texts) {
        Spf::Missing => Finding::of("missing", text::spf_missing(domain))
            .hint(text::spf_to_add(domain, wanted.as_ref())),
        Spf::Several(record) => Finding::of("wrong", text::spf_several(domain))
            .record(record)
            .hint(text::spf_to_join(domain)),
        Spf::Open(record) => Finding::of("wrong", text::spf_open(domain))
            .record(record)
            .hint(text::spf_to_close(domain)),
        Spf::Record(record) => match wanted {
            Some((term, provider)) => spf_of_provider(resolver, record, &term, &provider).await,
            None => Finding::of("ok", text::spf_provider_unknown()).record(record),
        },
    }
}

async fn spf_of_provider(
    resolver: &Resolver,
    record: String,
    term: &str,
    provider: &str,
) -> Finding {
    let finding = match allows(resolver, &record, term).await {
        Ok(true) => Finding::of("ok", text::spf_allows(provider)),
        Ok(false) => Finding::of("wrong", text::spf_leaves_out(provider))
            .hint(text::spf_to_complete(term, provider)),
        Err(why) => not_checked(term, why),
    };
    finding.record(record)
}

/// Tells whether a record or one that it includes holds a term.
async fn allows(resolver: &Resolver, record: &str, term: &str) -> Result<bool, Nothing> {
    if policy::holds(record, term) {
        return Ok(true);
    }
    let mut places = policy::included(record);
    let mut next = 0;
    while let Some(place) = places.get(next).filter(|_| next < MOST_INCLUDED).cloned() {
        next += 1;
        let texts = match resolver.texts(&place).await {
            Ok(texts) => texts,
            Err(Nothing::NameMissing | Nothing::RecordMissing) => continue,
            Err(why) => return Err(why),
        };
        if let Spf::Record(included) = policy::spf(&texts) {
            if policy::holds(&included, term) {
                return Ok(true);
            }
            places.extend(policy::included(&included));
        }
    }
    Ok(false)
}

async fn dmarc(resolver: &Resolver, domain: &str) -> Finding {
    for place in policy::dmarc_places(domain) {
        let texts = match texts(resolver, &format!("_dmarc.{place}")).await {
            Ok(texts) => texts,
            Err(not_checked) => return not_checked,
        };
        match policy::dmarc(&texts, place != domain) {
            Dmarc::Missing => {}
            Dmarc::Several(record) => {
                return Finding::of("wrong", text::dmarc_several(place))
                    .record(record)
                    .hint(text::dmarc_to_write(place));
            }
            Dmarc::Unreadable(record) => {
                return Finding::of("wrong", text::dmarc_unreadable(place))
                    .record(record)
                    .hint(text::dmarc_to_write(place));
            }
            Dmarc::Policy { record, policy } => {
                return Finding::of("ok", text::dmarc_policy(place, &policy)).record(record);
            }
        }
    }
    Finding::of("missing", text::dmarc_missing(domain)).hint(text::dmarc_to_write(domain))
}

async fn dkim(resolver: &Resolver, domain: &str, selector: Option<String>) -> Finding {
    let Some(selector) = selector else {
        return Finding::of("not_checked", text::dkim_no_selector()).hint(text::dkim_selector_is());
    };
    let name = format!("{selector}._domainkey.{domain}");
    let texts = match texts(resolver, &name).await {
        Ok(texts) => texts,
        Err(not_checked) => return not_checked,
    };
    match policy::dkim(&texts) {
        Dkim::Missing => {
            Finding::of("missing", text::dkim_missing(&name)).hint(text::dkim_to_add())
        }
        Dkim::Revoked(record) => Finding::of("wrong", text::dkim_revoked(&name))
            .record(record)
            .hint(text::dkim_to_add()),
        Dkim::Unreadable(record) => Finding::of("wrong", text::dkim_unreadable(&name))
            .record(record)
            .hint(text::dkim_to_add()),
        Dkim::Key(record) => Finding::of("ok", text::dkim_found(&name)).record(record),
    }
}

/// The texts of a name, none where it has none; else the finding that nobody knows.
async fn texts(resolver: &Resolver, name: &str) -> Result<Vec<String>, Finding> {
    match resolver.texts(name).await {
        Ok(texts) => Ok(texts),
        Err(Nothing::NameMissing | Nothing::RecordMissing) => Ok(Vec::new()),
        Err(why) => Err(not_checked(name, why)),
    }
}

fn not_checked(name: &str, why: Nothing) -> Finding {
    let message = text::names_not_checked(name, why == Nothing::NoServer);
    Finding::of("not_checked", message)
}

impl Finding {
    fn of(state: &'static str, message: Text) -> Self {
        Finding {
            state,
            record: None,
            message,
            hint: None,
        }
    }

    fn record(self, record: String) -> Self {
        let record = record.chars().take(SHOWN_CHARACTERS).collect();
        Finding {
            record: Some(record),
            ..self
        }
    }

    fn hint(self, hint: Text) -> Self {
        Finding {
            hint: Some(hint),
            ..self
        }
    }

    fn to_json(&self, language: Language) -> Value {
        json!({
            "state": self.state,
            "record": self.record,
            "message": self.message.get(language),
            "hint": self.hint.as_ref().map(|hint| hint.get(language)),
        })
    }
}
