//! The mail providers: their server, what they expect as user and password, and which one an address
//! belongs to.
//!
//! The program carries a table; a file in the state folder can replace it, since providers change their
//! servers and rules more often than tills are updated.

mod advice;
pub(crate) mod file;
mod logins;
mod shown;
mod table;

pub(crate) use logins::{Login, logins};
pub(crate) use shown::{Discovery, Found, list, refused_file, unknown_domain};

use super::model::Security;
use crate::clock;
use crate::error::{Error, MAIL_E_VALUE};
use crate::json::nearest;
use crate::text::{self, Text};
use lettre::Address;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::OffsetDateTime;

/// What the login name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum UserForm {
    /// The whole e-mail address.
    Full,
    /// What stands before the @.
    Local,
    /// A name that the provider gives, unlike the address.
    Other,
}

/// What the password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum SecretForm {
    /// The mailbox's own password.
    Mailbox,
    /// A password made for one program in the provider's account pages.
    AppPassword,
    /// A key or token made for SMTP in the provider's account pages.
    Key,
    /// No password at all: the provider wants OAuth.
    #[serde(rename = "oauth_only")]
    OAuthOnly,
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Preset {
    /// Name that the settings use.
    pub(crate) id: String,
    /// Name that people use.
    pub(crate) label: String,
    /// Mail domains that are always this provider's; `*.example.com` is every domain below.
    #[serde(default)]
    pub(crate) domains: Vec<String>,
    /// Hosts that take the mail of the domains it hosts (MX); `*.example.com` is every host below.
    #[serde(default)]
    pub(crate) mx: Vec<String>,
    /// What the SPF record of a domain has to hold so that this provider may send for it, such as `include:mx.example.com`.
    pub(crate) spf: Option<String>,
    /// Name of the server.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
    /// How the connection is encrypted: `tls` or `starttls`.
    pub(crate) security: Security,
    /// What the login name is.
    pub(crate) user_form: UserForm,
    /// What the password is.
    pub(crate) secret_form: SecretForm,
    /// Day on which passwords stop being taken there, as a rule: `2026-12-31`.
    pub(crate) password_ends: Option<String>,
    /// Other ports of the same server.
    #[serde(default)]
    pub(crate) alternatives: Vec<Alternative>,
    /// What the provider lets one account send.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// Where its accounts get tokens to log in with, instead of a password.
    pub(crate) oauth: Option<Endpoints>,
    /// What the user has to prepare; default: the steps of the built-in preset of this id, else those usual for `secret_form`.
    pub(crate) steps: Option<Vec<Text>>,
    /// What else is good to know; default: the notes of the built-in preset of this id.
    pub(crate) notes: Option<Vec<Text>>,
    /// Day of the last check.
    pub(crate) checked: Option<String>,
    /// Where the facts come from.
    pub(crate) source: Option<String>,
}

/// Another port of a provider's server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Alternative {
    /// TCP port.
    pub(crate) port: u16,
    /// How the connection is encrypted: `tls` or `starttls`.
    pub(crate) security: Security,
}

/// Where a provider gives tokens (OAuth 2), and what they are to allow. `{tenant}` stands for the organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Endpoints {
    /// Name of who gives them, as a button shows it: "Microsoft".
    pub(crate) name: String,
    /// Address of the token endpoint, `https://`.
    pub(crate) token_url: String,
    /// Address of the device authorization endpoint (RFC 8628), where the provider has one that allows sending mail.
    pub(crate) device_url: Option<String>,
    /// Address of the authorization endpoint, for a browser.
    pub(crate) authorization_url: Option<String>,
    /// What a person's tokens allow.
    pub(crate) scopes: Vec<String>,
    /// What the tokens of a program itself allow (client credentials).
    #[serde(default)]
    pub(crate) application_scopes: Vec<String>,
    /// Host in the redirect to this machine: `127.0.0.1` (default) or `localhost`.
    pub(crate) redirect_host: Option<String>,
}

/// What a provider lets one account send; nothing where it is unknown or depends on the subscription.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Limits {
    /// Recipients in an hour.
    pub(crate) hour: Option<u32>,
    /// Recipients in a day.
    pub(crate) day: Option<u32>,
    /// Connections at the same time.
    pub(crate) connections: Option<u32>,
}

/// The table in use: the built-in one, or a file's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presets {
    replaced: Option<Arc<[Preset]>>,
}

impl Presets {
    /// Finds a preset by its id.
    pub(crate) fn find(&self, id: &str) -> Option<Preset> {
        match &self.replaced {
            Some(rows) => rows.iter().find(|preset| preset.id == id).cloned(),
            None => {
                let known = table::KNOWN.iter().find(|known| known.id == id);
                known.map(table::Known::preset)
            }
        }
    }

    /// Finds the preset that a mail domain belongs to: the domain itself, else the one above it.
    pub(crate) fn of_domain(&self, domain: &str) -> Option<Preset> {
        self.listing(domain, |preset| &preset.domains)
    }

    /// Finds the preset that hosts the mail which this host takes.
    pub(crate) fn of_mail_exchanger(&self, host: &str) -> Option<Preset> {
        self.listing(host, |preset| &preset.mx)
    }

    /// Finds what the SPF record of a domain has to hold where its mails leave through this server, and who says so.
    pub(crate) fn spf_of_server(&self, host: &str) -> Option<(String, String)> {
        let same = |preset: &Preset| preset.host.eq_ignore_ascii_case(host);
        let mut rows = self.all().into_iter().filter(same);
        rows.find_map(|preset| Some((preset.spf?, preset.label)))
    }

    /// Finds the preset whose list has a name, else the one whose list has a name above it.
    fn listing(&self, name: &str, list: impl Fn(&Preset) -> &Vec<String>) -> Option<Preset> {
        let rows = self.all();
        let below = |listed: &str| {
            let parent = listed.strip_prefix('*');
            parent.is_some_and(|parent| name.ends_with(parent) && name != parent)
        };
        let lists = |preset: &&Preset, fits: &dyn Fn(&str) -> bool| {
            list(preset).iter().any(|listed| fits(listed))
        };
        rows.iter()
            .find(|preset| lists(preset, &|listed| listed == name))
            .or_else(|| rows.iter().find(|preset| lists(preset, &below)))
            .cloned()
    }

    /// Gives every preset, in the order of the table.
    pub(crate) fn all(&self) -> Vec<Preset> {
        match &self.replaced {
            Some(rows) => rows.to_vec(),
            None => table::KNOWN.iter().map(table::Known::preset).collect(),
        }
    }

    /// Refuses an id that the table does not have.
    pub(crate) fn unknown(&self, id: &str) -> Error {
        let rows = self.all();
        let ids: Vec<&str> = rows.iter().map(|preset| preset.id.as_str()).collect();
        let message = text::not_one_of(&format!("\"{id}\""), &ids, nearest(id, &ids));
        Error::new(MAIL_E_VALUE, message)
    }

    /// Tells whether it is the very same table.
    pub(crate) fn is(&self, other: &Presets) -> bool {
        match (&self.replaced, &other.replaced) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }
}

impl Preset {
    /// Gives the day on which passwords stop being taken there.
    pub(crate) fn password_end(&self) -> Option<OffsetDateTime> {
        let day = self.password_ends.as_deref()?;
        clock::calendar_day(day).ok()
    }

    /// Names who signs its accounts in, as a button shows it.
    pub(crate) fn sign_in_name(&self) -> Option<&str> {
        self.oauth.as_ref().map(|oauth| oauth.name.as_str())
    }

    /// Gives the login name that belongs to an address, where it follows from the address.
    pub(crate) fn user(&self, address: &Address) -> Option<String> {
        match self.user_form {
            UserForm::Full => Some(address.to_string()),
            UserForm::Local => Some(address.user().to_owned()),
            UserForm::Other => None,
        }
    }
}

#[cfg(test)]
mod tests;
