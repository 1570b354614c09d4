//! A user's mail: messaging, a scheduled task, a returned service; anything that is not a receipt.
//!
//! Each recipient is a mail of its own in the outbox, with the same bytes: To and Cc are in the headers,
//! Bcc is nowhere, and one refused recipient spoils nothing for the others.

use crate::address::{self, Mailbox};
use crate::draft::{self, Attachment, Draft};
use crate::error::{Error, MAIL_E_MISSING_FIELD, MAIL_E_TOO_LARGE, Result};
use crate::receipt::printed;
use crate::settings::checks::{line, store_id};
use crate::settings::in_force::InForce;
use crate::settings::sender::Profile;
use crate::text::{self, Language};
use serde::Deserialize;

/// Recipients of one message: a mailing to many customers is another trade.
const MOST_RECIPIENTS: usize = 50;

/// The JSON that a host gives to `mail_send_message`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UserMessage {
    /// Store it comes from; default: the store given to `mail_init`.
    pub(crate) store: Option<String>,
    /// The user it is from; without one, it is from the store.
    pub(crate) profile: Option<GivenProfile>,
    /// Account of a user (`accounts` in the settings) it leaves through; default: the store's.
    pub(crate) account: Option<String>,
    /// E-mail addresses of the recipients.
    pub(crate) to: Vec<String>,
    /// Recipients of a copy that all may see.
    pub(crate) cc: Option<Vec<String>>,
    /// Recipients of a copy that nobody sees.
    pub(crate) bcc: Option<Vec<String>>,
    /// Subject.
    pub(crate) subject: String,
    /// The message as plain text.
    pub(crate) text: Option<String>,
    /// The message as HTML; with `text` beside it the mail holds both.
    pub(crate) html: Option<String>,
    /// Files that go with it.
    pub(crate) attachments: Option<Vec<Attachment>>,
    /// Language of the HTML part; default: the language in force.
    pub(crate) language: Option<Language>,
}

/// A user of the back office, as their profile names them.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct GivenProfile {
    /// Name of the user.
    pub(crate) name: Option<String>,
    /// E-mail address of the user; answers go there.
    pub(crate) address: Option<String>,
}

/// A checked message: what is sent, from whom, and to which addresses.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) draft: Draft,
    pub(crate) profile: Option<Profile>,
    pub(crate) recipients: Vec<Mailbox>,
}

/// Checks a message and renders it.
pub(crate) fn check(message: &UserMessage, settings: &InForce) -> Result<Checked> {
    let to = mailboxes(&message.to, "to")?;
    if to.is_empty() {
        return Err(Error::at(MAIL_E_MISSING_FIELD, "to", text::empty()));
    }
    let cc = mailboxes(message.cc.as_deref().unwrap_or_default(), "cc")?;
    let bcc = mailboxes(message.bcc.as_deref().unwrap_or_default(), "bcc")?;
    let mut recipients: Vec<Mailbox> = Vec::new();
    for mailbox in to.iter().chain(&cc).chain(&bcc) {
        if !recipients.contains(mailbox) {
            recipients.push(mailbox.clone());
        }
    }
    if recipients.len() > MOST_RECIPIENTS {
        return Err(Error::at(
            MAIL_E_TOO_LARGE,
            "to",
            text::too_many(MOST_RECIPIENTS),
        ));
    }
    if let Some(account) = &message.account {
        store_id(account).map_err(|error| error.inside("account"))?;
    }
    let subject = draft::subject(&message.subject)?;
    let language = message.language.unwrap_or(settings.language);
    let parts = draft::parts(message.text.as_ref(), message.html.as_ref())?;
    let parts = printed::with_html(parts, &subject, language);
    let charset = draft::charset(&parts, settings)?;
    let (plain, html) = parts;
    let attachments = draft::attachments(message.attachments.as_deref(), &settings.delivery)?;
    let draft = Draft {
        to,
        cc,
        subject,
        text: plain,
        html,
        charset,
        pictures: Vec::new(),
        attachments,
        warnings: Vec::new(),
        skipped_commands: None,
    };
    let profile = message.profile.as_ref().map(profile).transpose()?;
    Ok(Checked {
        draft,
        profile,
        recipients,
    })
}

fn mailboxes(addresses: &[String], field: &str) -> Result<Vec<Mailbox>> {
    let checked = addresses.iter().enumerate().map(|(index, given)| {
        let address =
            address::check(given).map_err(|error| error.inside(&format!("{field}[{index}]")))?;
        Ok(Mailbox {
            name: None,
            address,
        })
    });
    checked.collect()
}

fn profile(given: &GivenProfile) -> Result<Profile> {
    if let Some(name) = &given.name {
        line(name).map_err(|error| error.inside("profile.name"))?;
    }
    if let Some(address) = &given.address {
        address::check(address).map_err(|error| error.inside("profile.address"))?;
    }
    Ok(Profile {
        name: given.name.clone(),
        address: given.address.clone(),
    })
}
