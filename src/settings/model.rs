//! The settings document: the JSON that a host gives to `mail_configure` and gets from `mail_settings`.
//!
//! The top level holds for the whole installation; `stores` holds what a single store has otherwise.
//! Every field is optional: the document is built up by merging (RFC 7396).

use super::presets::Presets;
use crate::receipt::model::{DocumentType, PdfForm};
use crate::text::Language;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The whole document.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Document {
    /// Language of sentences and mails: `fr` (default) or `en`.
    pub(crate) language: Option<Language>,
    /// Who the mails are from.
    pub(crate) sender: Option<Sender>,
    /// The mail server.
    pub(crate) smtp: Option<Smtp>,
    /// Writes the mails into a folder instead of sending them: for demonstrations, staging and tests.
    pub(crate) folder: Option<Folder>,
    /// How mails are tried, and the limits of the outbox.
    pub(crate) delivery: Option<Delivery>,
    /// How long the journal remembers.
    pub(crate) journal: Option<Journal>,
    /// Who is asked about mail domains.
    pub(crate) dns: Option<Dns>,
    /// The settings of the older replication scheme: in use until a mail server or a folder is saved here.
    pub(crate) legacy: Option<Legacy>,
    /// Whether the till offers the receipt by e-mail by itself; default: true once mail settings are saved.
    pub(crate) force_email_receipt: Option<bool>,
    /// The host's own offer, given back with the notice of `mail_health`.
    pub(crate) offer: Option<Offer>,
    /// What receipts say about the shop.
    pub(crate) shop: Option<Shop>,
    /// How mails of each kind of document are worded: `ticket`, `ticket_cadeau`, `bon`, `carte_prepayee`, `service`, `facture`.
    #[serde(default, deserialize_with = "shared")]
    #[cfg_attr(
        test,
        schemars(with = "Option<BTreeMap<DocumentType, DocumentSettings>>")
    )]
    pub(crate) documents: Option<Arc<Documents>>,
    /// Accounts of single users, by a name of the host's choice.
    pub(crate) accounts: Option<BTreeMap<String, Store>>,
    /// What single stores have otherwise, by store id.
    pub(crate) stores: Option<BTreeMap<String, Store>>,
    /// The table that presets are looked up in; not part of the JSON.
    #[serde(skip)]
    pub(crate) presets: Presets,
}

/// The six fields of the older replication scheme; kept, visible and obsolete once new ones are saved.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Legacy {
    /// E-mail address of the sender.
    pub(crate) address: Option<String>,
    /// Name or IP address of the server.
    pub(crate) server: Option<String>,
    /// TCP port; default 465 with `ssl`, else 25.
    pub(crate) port: Option<u16>,
    /// With port 465 TLS from the first byte, else STARTTLS; without it no encryption, to this machine only.
    pub(crate) ssl: Option<bool>,
    /// Login name.
    pub(crate) user: Option<String>,
    /// Password; sealed when saved.
    pub(crate) password: Option<String>,
}

/// What the host offers beside the notice that mailing is not set up.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Offer {
    /// Words of the button.
    pub(crate) label: Option<String>,
    /// Price as it is shown.
    pub(crate) price: Option<String>,
    /// Address of the page.
    pub(crate) link: Option<String>,
}

/// What one store (or one user's account) has otherwise than the application.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Store {
    /// Who this store's mails are from.
    pub(crate) sender: Option<Sender>,
    /// This store's mail server. Naming a `preset` or a `host` here inherits no server, user or password.
    pub(crate) smtp: Option<Smtp>,
    /// This store's folder account.
    pub(crate) folder: Option<Folder>,
    /// What this store's receipts say about the shop; what is left out is as for the application.
    pub(crate) shop: Option<Shop>,
}

/// What receipts say about the shop; French law wants most of it on an invoice, and NF525 on every receipt.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Shop {
    /// Name on the sign; default: `sender.name`.
    pub(crate) sign: Option<String>,
    /// Company behind the sign, with its legal form.
    pub(crate) company: Option<String>,
    /// Lines of the postal address.
    pub(crate) address: Option<Vec<String>>,
    /// Telephone number, as it is shown.
    pub(crate) phone: Option<String>,
    /// SIRET number.
    pub(crate) siret: Option<String>,
    /// NAF code.
    pub(crate) naf: Option<String>,
    /// VAT number.
    pub(crate) vat_number: Option<String>,
    /// Logos, base64 of PNG, JPEG or GIF: `logo1` stands at the top of built-in templates, own templates may show all.
    #[serde(default, deserialize_with = "shared")]
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(crate) logos: Option<Arc<Vec<String>>>,
}

/// The wording of every kind of document that has one.
pub(crate) type Documents = BTreeMap<DocumentType, DocumentSettings>;

/// Reads what is large: the settings in force of every store share it, none copies it.
fn shared<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    reader: D,
) -> Result<Option<Arc<T>>, D::Error> {
    Ok(Option::<T>::deserialize(reader)?.map(Arc::new))
}

/// How the mails of one kind of document are worded.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DocumentSettings {
    /// Subject. `{0:d}` is the day, `{0:t}` the time, `{1}` the store, `{2}` the company, `{3}` the number.
    pub(crate) subject: Option<String>,
    /// The shop's own words above the receipt: HTML, cleaned of scripts, forms and remote pictures.
    pub(crate) message: Option<String>,
    /// A whole template of the HTML part (MiniJinja) instead of the built-in one; checked when saved.
    pub(crate) template: Option<String>,
    /// Also attaches receipts as PDF; default none.
    pub(crate) pdf: Option<PdfForm>,
}

/// Who the mails are from.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Sender {
    /// E-mail address of the store.
    pub(crate) address: Option<String>,
    /// Name on the sign; the mail shows it in capitals.
    pub(crate) name: Option<String>,
    /// From of a user's message; default `via_store`.
    pub(crate) profile_from: Option<ProfileFrom>,
}

/// From of a user's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum ProfileFrom {
    /// `"Admin via STORE" <store's address>`, with the user's own address in Reply-To.
    #[default]
    ViaStore,
    /// The user's own name and address, as it was up to version 11.02.
    OwnAddress,
}

/// The mail server and the login there.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Smtp {
    /// Provider whose host, port and security are filled in, such as `gmail`, `ovh`, `orange`.
    pub(crate) preset: Option<String>,
    /// Shorthand, taken apart when saved: `smtps://user:password@host:465` or `smtp://…` (STARTTLS).
    #[allow(
        dead_code,
        reason = "a known field; it is taken apart before the document is read"
    )]
    pub(crate) url: Option<String>,
    /// Name or IP address of the server.
    pub(crate) host: Option<String>,
    /// TCP port; default 465 for `tls`, 587 for `starttls`, 25 for `none`.
    pub(crate) port: Option<u16>,
    /// How the connection is protected; default by the port, else `tls`.
    pub(crate) security: Option<Security>,
    /// Login name, mostly the whole e-mail address.
    pub(crate) user: Option<String>,
    /// Password; sealed when saved and never shown again. `********` keeps the saved one.
    pub(crate) password: Option<String>,
    /// Login mechanism; default `auto`: PLAIN, else LOGIN; with `oauth` XOAUTH2, else OAUTHBEARER.
    pub(crate) auth: Option<Auth>,
    /// Login with tokens (OAuth 2) instead of a password.
    pub(crate) oauth: Option<OAuth>,
    /// How long each step may take.
    pub(crate) timeouts: Option<Timeouts>,
    /// PEM file with more certificate authorities to trust, beside the built-in and the system's.
    pub(crate) ca_file: Option<String>,
    /// Way through a company's proxy.
    pub(crate) proxy: Option<Proxy>,
    /// Name in EHLO; default: the domain of the sender's address.
    pub(crate) ehlo_name: Option<String>,
    /// Encoding of the text; default `utf-8`. The others are for old recipients.
    pub(crate) encoding: Option<Charset>,
    /// What happens to a text with characters that the encoding lacks; default `utf-8`.
    pub(crate) encoding_fallback: Option<CharsetFallback>,
    /// What the provider lets this account send; default: as the preset says, else no limit.
    pub(crate) limits: Option<LimitsGiven>,
    /// Allows mails and password over an unencrypted line to a server that is not this machine; default false.
    pub(crate) allow_clear_text: Option<bool>,
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// TLS after STARTTLS, required (port 587).
    StartTls,
    /// No encryption: for a relay on this machine.
    None,
}

/// Login mechanism (SASL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Auth {
    /// PLAIN where offered, else LOGIN.
    Auto,
    /// PLAIN (RFC 4616).
    Plain,
    /// LOGIN.
    Login,
    /// XOAUTH2, as Google and Microsoft speak it; with `oauth`.
    XOAuth2,
    /// OAUTHBEARER (RFC 7628); with `oauth`.
    OAuthBearer,
    /// No login.
    None,
}

/// How an account gets the tokens it logs in with. Without `grant` a person signs in with `mail_sign_in`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OAuth {
    /// Where the tokens come from; default `access_token` or `refresh_token` where one is given, else `sign_in`.
    pub(crate) grant: Option<Grant>,
    /// Id of the integrator's program at the provider (application id, client id).
    pub(crate) client_id: Option<String>,
    /// Secret of that program, where the provider gave one; sealed when saved.
    pub(crate) client_secret: Option<String>,
    /// Microsoft: the organization, its domain or GUID; default `common`.
    pub(crate) tenant: Option<String>,
    /// A refresh token that the integrator has; sealed when saved. The library keeps those that replace it.
    pub(crate) refresh_token: Option<String>,
    /// An access token that the host renews by itself; sealed when saved.
    pub(crate) access_token: Option<String>,
    /// When that access token ends, RFC 3339 with offset; without it, when the server refuses it.
    pub(crate) access_token_expires_at: Option<String>,
    /// What the tokens allow; default: as the preset says.
    pub(crate) scopes: Option<Vec<String>>,
    /// Address of the token endpoint, `https://`; default: as the preset says.
    pub(crate) token_url: Option<String>,
    /// Address of the device authorization endpoint, `https://`; default: as the preset says.
    pub(crate) device_url: Option<String>,
    /// Address of the authorization endpoint, `https://`; default: as the preset says.
    pub(crate) authorization_url: Option<String>,
}

/// Where tokens come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Grant {
    /// A person signs in with `mail_sign_in`.
    SignIn,
    /// The host pushes access tokens.
    AccessToken,
    /// The integrator's refresh token.
    RefreshToken,
    /// The program itself, allowed by the organization's administrator (Microsoft: `SMTP.SendAsApp`).
    ClientCredentials,
}

/// Mails that an account may send; at the limit mails wait, and health warns from four fifths on.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LimitsGiven {
    /// Mails in any 60 minutes.
    pub(crate) per_hour: Option<u32>,
    /// Mails in any 24 hours.
    pub(crate) per_day: Option<u32>,
    /// Connections at the same time; default 2. The second is opened for a backlog only.
    pub(crate) connections: Option<u32>,
}

/// Encoding of a mail's text and HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Charset {
    /// Every character there is.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Western Europe with the euro sign.
    #[serde(rename = "iso-8859-15")]
    Iso8859_15,
    /// Western Europe as old Windows programs know it.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What happens to a text with characters that the encoding lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum CharsetFallback {
    /// The mail is sent as UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// The call is refused and names the character.
    #[serde(rename = "refuse")]
    Refuse,
}

/// How long each step of a delivery may take, in milliseconds.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Timeouts {
    /// Name look-up, TCP connection and proxy together; default 15000.
    pub(crate) connect_ms: Option<u64>,
    /// One command and its reply, or the TLS handshake; default 30000.
    pub(crate) reply_ms: Option<u64>,
    /// The reply after the whole mail was handed over; default 300000.
    pub(crate) final_ms: Option<u64>,
    /// One mail from its first command to the last reply; default 900000.
    pub(crate) total_ms: Option<u64>,
}

/// A proxy between the till and the mail server.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Proxy {
    /// `socks5://host:port` or `http://host:port` (CONNECT).
    pub(crate) url: Option<String>,
    /// Login name at the proxy.
    pub(crate) user: Option<String>,
    /// Password at the proxy; sealed when saved.
    pub(crate) password: Option<String>,
}

/// The folder account.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Folder {
    /// Absolute path; while it is set, mails are written there as `.eml`, `.html` and `.txt`, and nothing is sent.
    pub(crate) path: Option<String>,
}

/// How mails are tried, and the limits of the outbox.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Delivery {
    /// Waits between tries in seconds, the last one repeated; default 10, 30, 120, 300, 900, 1800, then hourly to 24 h, then 14400.
    pub(crate) retry_s: Option<Vec<u32>>,
    /// A mail that could not be sent for so long is given up; default 72 hours.
    pub(crate) give_up_after_h: Option<u32>,
    /// What happens when the line is lost after the whole mail was handed over; default `retry_once`.
    pub(crate) unsure: Option<Unsure>,
    /// Wait before the one more try of `retry_once`, in seconds; default 600.
    pub(crate) unsure_wait_s: Option<u32>,
    /// Wait before a blocked account is probed again, in seconds; default 3600.
    pub(crate) probe_s: Option<u32>,
    /// Mails that one connection carries before it is closed; default 100.
    pub(crate) batch: Option<u32>,
    /// Largest mail in bytes, as sent; default 10 MiB.
    pub(crate) max_mail_bytes: Option<u64>,
    /// Mails that may wait in the outbox; default 100000. Health warns from four fifths on.
    pub(crate) max_waiting: Option<u64>,
    /// Bytes of the mails that may wait in the outbox; default 2 GiB. Health warns from four fifths on.
    pub(crate) max_waiting_bytes: Option<u64>,
    /// Folders that attachments given by path must lie in; without it, any readable file.
    pub(crate) attachment_folders: Option<Vec<String>>,
}

/// What happens when nobody knows whether a mail arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Unsure {
    /// One more try with the same Message-ID, then a person decides.
    RetryOnce,
    /// A person decides at once; never a second copy by itself.
    Hold,
}

/// How long the journal remembers.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Journal {
    /// Days after which the content of a finished mail is deleted; default 7.
    pub(crate) content_days: Option<u32>,
    /// Days after which the address of a finished mail is replaced by a hash; default 30.
    pub(crate) address_days: Option<u32>,
    /// Lines the journal may have; default 2000000, about 300 MB. Beyond, the mails finished longest ago are
    /// forgotten whole: a receipt among them that is given again is a new mail.
    pub(crate) max_lines: Option<u64>,
}

/// Who is asked about mail domains, by `lookup` of `mail_presets` and `domain` of `mail_verify`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Dns {
    /// Name servers, four at most: IP addresses, with a port where it is not 53: `192.0.2.1`, `127.0.0.1:5353`, `[::1]:53`.
    /// Default: those of this machine. The mail server's own name is always looked up by the system.
    pub(crate) servers: Option<Vec<String>>,
}
