//! Settings in force for one store: the document, the preset and the defaults put together.
//!
//! Pure: a document goes in, concrete values come out, with where each one came from.

use super::model::{
    Auth, Charset, CharsetFallback, Delivery, Document, Documents, Journal, Legacy, OAuth,
    ProfileFrom, Security, Sender, Shop, Smtp, Store, Timeouts, Unsure,
};
use super::presets::Preset;
use crate::picture::{Picture, logo};
use crate::receipt::model::DocumentType;
use crate::template::Wording;
use crate::text::Language;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// RFC 5321 4.5.4.1 and providers' advice: quick at first, hourly for a day, then every four hours.
const RETRY_S: [u32; 7] = [10, 30, 120, 300, 900, 1_800, 3_600];
/// Microsoft 365 takes three connections of an account, others more: one stays free for the owner's mail program.
const CONNECTIONS: u32 = 2;
/// After so many hourly tries (a day), the wait becomes `SLOW_RETRY_S`.
const HOURLY_TRIES: usize = 23;
const SLOW_RETRY_S: u32 = 14_400;

/// Everything a store needs to send.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) language: Language,
    pub(crate) sender_address: Option<String>,
    pub(crate) sender_name: Option<String>,
    pub(crate) profile_from: ProfileFrom,
    pub(crate) charset: Charset,
    pub(crate) charset_fallback: CharsetFallback,
    /// What receipts say about the shop, as it was given: `sign()` and `company()` fill in.
    pub(crate) shop: Shop,
    /// Its logos, decoded and checked when the first receipt shows them.
    logos: Arc<OnceLock<Vec<Option<Picture>>>>,
    /// How each kind of document is worded, where it was given.
    pub(crate) documents: Arc<Documents>,
    /// The account of a user: its mails are from its own address.
    pub(crate) of_user: bool,
    /// The way out is that of the older replication scheme.
    pub(crate) legacy: bool,
    pub(crate) way: Option<Way>,
    pub(crate) delivery: DeliveryRules,
    pub(crate) journal: JournalRules,
}

/// How mails leave.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    Smtp(Box<Server>),
    Folder(PathBuf),
}

/// One SMTP account, with its password still sealed.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) auth: Auth,
    pub(crate) user: Option<String>,
    pub(crate) sealed_password: Option<String>,
    /// Where its tokens come from, in place of a password.
    pub(crate) tokens: Option<Box<OAuth>>,
    pub(crate) connect: Duration,
    pub(crate) reply: Duration,
    pub(crate) final_reply: Duration,
    pub(crate) total: Duration,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) proxy: Option<ProxyServer>,
    pub(crate) ehlo_name: Option<String>,
    pub(crate) allow_clear_text: bool,
    pub(crate) limits: Limits,
    /// Connections at the same time.
    pub(crate) connections: u32,
}

/// Mails that an account may send, where there is a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) per_hour: Option<u32>,
    pub(crate) per_day: Option<u32>,
}

/// A proxy, with its password still sealed.
#[derive(Debug, Clone)]
pub(crate) struct ProxyServer {
    pub(crate) url: String,
    pub(crate) user: Option<String>,
    pub(crate) sealed_password: Option<String>,
}

/// How mails are tried.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryRules {
    pub(crate) retry_s: Vec<u32>,
    pub(crate) give_up_after: Duration,
    pub(crate) unsure: Unsure,
    pub(crate) unsure_wait: Duration,
    pub(crate) probe: Duration,
    pub(crate) batch: u32,
    pub(crate) max_mail_bytes: u64,
    pub(crate) max_waiting: u64,
    pub(crate) max_waiting_bytes: u64,
    pub(crate) attachment_folders: Option<Vec<PathBuf>>,
}

/// How long the journal remembers.
#[derive(Debug, Clone)]
pub(crate) struct JournalRules {
    pub(crate) content_days: u32,
    pub(crate) address_days: u32,
    pub(crate) max_lines: u64,
}

/// How much the outbox may hold: reached before the disk is full or a shop notices anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Mails that may wait.
    pub(crate) waiting: u64,
    /// Bytes of them.
    pub(crate) waiting_bytes: u64,
    /// Lines of the journal. Finished mails make room; what waits cannot, so a tenth more is the end.
    pub(crate) journal_lines: u64,
}

impl Way {
    /// Names the account in the outbox: what is paused when a login is refused.
    pub(crate) fn account(&self) -> String {
        match self {
            Way::Smtp(server) => {
                let user = server.user.as_deref().unwrap_or("-");
                format!("smtp:{user}@{}:{}", server.host, server.port)
            }
            Way::Folder(path) => format!("folder:{}", path.display()),
        }
    }

    /// Connections that may be open to it at the same time.
    pub(crate) fn lines(&self) -> u32 {
        match self {
            Way::Smtp(server) => server.connections,
            Way::Folder(_) => 1,
        }
    }
}

impl InForce {
    /// Puts together what holds for a store.
    pub(crate) fn of(document: &Document, store: &str) -> Self {
        Self::of_layers(document, &[own_settings(document, store)])
    }

    /// Puts together what holds for a user's account in a store; nothing where there is no such account.
    pub(crate) fn of_account(document: &Document, store: &str, account: &str) -> Option<Self> {
        let own = document.accounts.as_ref()?.get(account)?.clone();
        let layers = [own_settings(document, store), own];
        Some(InForce {
            of_user: true,
            ..Self::of_layers(document, &layers)
        })
    }

    /// How much the outbox may hold.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            waiting: self.delivery.max_waiting,
            waiting_bytes: self.delivery.max_waiting_bytes,
            journal_lines: self.journal.max_lines,
        }
    }

    fn of_layers(document: &Document, layers: &[Store]) -> Self {
        let mut sender = document.sender.clone().unwrap_or_default();
        for own in layers.iter().filter_map(|layer| layer.sender.clone()) {
            sender = Sender {
                address: own.address.or(sender.address),
                name: own.name.or(sender.name),
                profile_from: own.profile_from.or(sender.profile_from),
            };
        }
        let shop = layers
            .iter()
            .filter_map(|layer| layer.shop.as_ref())
            .fold(document.shop.clone().unwrap_or_default(), merged_shop);
        let mut smtp = document.smtp.clone().unwrap_or_default();
        for layer in layers {
            smtp = merged_smtp(Some(&smtp), layer.smtp.as_ref());
        }
        let charset = smtp.encoding.unwrap_or_default();
        let charset_fallback = smtp.encoding_fallback.unwrap_or_default();
        let allow_clear_text = smtp.allow_clear_text;
        let new = way_in_force(document, layers, smtp);
        let legacy = document.legacy.as_ref().filter(|_| new.is_none());
        let old = legacy.and_then(|legacy| legacy_server(legacy, allow_clear_text));
        InForce {
            language: document.language.unwrap_or_default(),
            sender_address: sender
                .address
                .or_else(|| legacy.and_then(|legacy| legacy.address.clone())),
            sender_name: sender.name,
            profile_from: sender.profile_from.unwrap_or_default(),
            charset,
            charset_fallback,
            shop,
            logos: Arc::default(),
            documents: document.documents.clone().unwrap_or_default(),
            of_user: false,
            legacy: old.is_some(),
            way: new.or_else(|| old.map(|server| Way::Smtp(Box::new(server)))),
            delivery: delivery_in_force(document.delivery.clone().unwrap_or_default()),
            journal: journal_in_force(document.journal.clone().unwrap_or_default()),
        }
    }

    /// The name on the sign, as receipts show it.
    pub(crate) fn sign(&self) -> Option<&str> {
        let names = [&self.shop.sign, &self.sender_name, &self.sender_address];
        names.into_iter().find_map(Option::as_deref)
    }

    /// The logos of the shop, each in its place. They were checked when they were saved; one that an older version took
    /// is left out.
    pub(crate) fn logos(&self) -> &[Option<Picture>] {
        let decoded = |given: &String| logo::check(&STANDARD.decode(given).ok()?).ok();
        let given = self.shop.logos.iter().flat_map(|logos| logos.iter());
        self.logos.get_or_init(|| given.map(decoded).collect())
    }

    /// The company behind the sign; where none is given, the sign stands for it.
    pub(crate) fn company(&self) -> Option<&str> {
        self.shop.company.as_deref().or_else(|| self.sign())
    }

    /// What the shop has worded itself for a kind of document.
    pub(crate) fn wording(&self, document_type: DocumentType) -> Wording<'_> {
        let document = self.documents.get(&document_type);
        Wording {
            message: document.and_then(|document| document.message.as_deref()),
            template: document.and_then(|document| document.template.as_deref()),
        }
    }

    /// Tells whether settings of the new kind have been saved: a server or a folder of their own.
    pub(crate) fn saved(&self) -> bool {
        self.way.is_some() && !self.legacy
    }

    /// Names the fields without which nothing can be sent.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.sender_address.is_none() {
            missing.push("sender.address");
        }
        match &self.way {
            None => missing.push("smtp.host"),
            Some(Way::Smtp(server))
                if server.user.is_some() && server.sealed_password.is_none() =>
            {
                missing.push("smtp.password");
            }
            Some(_) => {}
        }
        missing
    }
}

fn own_settings(document: &Document, store: &str) -> Store {
    document
        .stores
        .as_ref()
        .and_then(|stores| stores.get(store))
        .cloned()
        .unwrap_or_default()
}

fn way_in_force(document: &Document, layers: &[Store], smtp: Smtp) -> Option<Way> {
    let of_layers = layers.iter().rev().map(|layer| layer.folder.as_ref());
    let folder = of_layers
        .chain([document.folder.as_ref()])
        .flatten()
        .find_map(|folder| folder.path.as_ref());
    if let Some(path) = folder {
        return Some(Way::Folder(PathBuf::from(path)));
    }
    let preset = named_preset(document, &smtp);
    server_in_force(smtp, preset).map(|server| Way::Smtp(Box::new(server)))
}

/// The older scheme's server: its SSL is TLS from the first byte on port 465, STARTTLS on others.
fn legacy_server(legacy: &Legacy, allow_clear_text: Option<bool>) -> Option<Server> {
    let ssl = legacy.ssl.unwrap_or(false);
    let port = legacy.port.unwrap_or(if ssl { 465 } else { 25 });
    let security = match (ssl, port) {
        (false, _) => Security::None,
        (true, 465) => Security::Tls,
        (true, _) => Security::StartTls,
    };
    let smtp = Smtp {
        host: legacy.server.clone(),
        port: Some(port),
        security: Some(security),
        user: legacy.user.clone(),
        password: legacy.password.clone(),
        allow_clear_text,
        ..Smtp::default()
    };
    server_in_force(smtp, None)
}

fn merged_smtp(application: Option<&Smtp>, own: Option<&Smtp>) -> Smtp {
    let mut base = application.cloned().unwrap_or_default();
    let own = own.cloned().unwrap_or_default();
    if names_its_server(own.preset.as_ref(), own.host.as_ref()) {
        base = Smtp {
            timeouts: base.timeouts,
            ca_file: base.ca_file,
            proxy: base.proxy,
            ehlo_name: base.ehlo_name,
            encoding: base.encoding,
            encoding_fallback: base.encoding_fallback,
            ..Smtp::default()
        };
    }
    Smtp {
        preset: own.preset.or(base.preset),
        url: None,
        host: own.host.or(base.host),
        port: own.port.or(base.port),
        security: own.security.or(base.security),
        user: own.user.or(base.user),
        password: own.password.or(base.password),
        auth: own.auth.or(base.auth),
        oauth: own.oauth.or(base.oauth),
        timeouts: Some(merged_timeouts(base.timeouts, own.timeouts)),
        ca_file: own.ca_file.or(base.ca_file),
        proxy: own.proxy.or(base.proxy),
        ehlo_name: own.ehlo_name.or(base.ehlo_name),
        encoding: own.encoding.or(base.encoding),
        encoding_fallback: own.encoding_fallback.or(base.encoding_fallback),
        limits: own.limits.or(base.limits),
        allow_clear_text: own.allow_clear_text.or(base.allow_clear_text),
    }
}

/// Merges field by field: stores of one company share its name and have their own address.
fn merged_shop(base: Shop, own: &Shop) -> Shop {
    let own = own.clone();
    Shop {
        sign: own.sign.or(base.sign),
        company: own.company.or(base.company),
        address: own.address.or(base.address),
        phone: own.phone.or(base.phone),
        siret: own.siret.or(base.siret),
        naf: own.naf.or(base.naf),
        vat_number: own.vat_number.or(base.vat_number),
        logos: own.logos.or(base.logos),
    }
}

fn merged_timeouts(base: Option<Timeouts>, own: Option<Timeouts>) -> Timeouts {
    let (base, own) = (base.unwrap_or_default(), own.unwrap_or_default());
    Timeouts {
        connect_ms: own.connect_ms.or(base.connect_ms),
        reply_ms: own.reply_ms.or(base.reply_ms),
        final_ms: own.final_ms.or(base.final_ms),
        total_ms: own.total_ms.or(base.total_ms),
    }
}

pub(super) fn names_its_server<T>(preset: Option<&T>, host: Option<&T>) -> bool {
    preset.is_some() || host.is_some()
}

/// Gives the preset that the password of a layer (a store's, an account's, or none of them) belongs to:
/// none where another host is given beside it.
pub(super) fn preset_of_login(document: &Document, layer: Option<&Store>) -> Option<Preset> {
    let own = layer.and_then(|layer| layer.smtp.as_ref());
    let merged = merged_smtp(document.smtp.as_ref(), own);
    let host = merged.host.as_deref();
    named_preset(document, &merged).filter(|preset| host.is_none_or(|host| host == preset.host))
}

fn named_preset(document: &Document, smtp: &Smtp) -> Option<Preset> {
    let id = smtp.preset.as_deref()?;
    document.presets.find(id)
}

fn server_in_force(smtp: Smtp, preset: Option<Preset>) -> Option<Server> {
    let given_port = smtp.port.or(preset.as_ref().map(|preset| preset.port));
    let given_security = smtp
        .security
        .or(preset.as_ref().map(|preset| preset.security));
    let usual = preset.as_ref().map(|preset| preset.limits.clone());
    let (given, usual) = (smtp.limits.unwrap_or_default(), usual.unwrap_or_default());
    // A limit that is given holds; else the preset's.
    let limits = Limits {
        per_hour: given.per_hour.or(usual.hour),
        per_day: given.per_day.or(usual.day),
    };
    let connections = given.connections.or(usual.connections);
    let host = smtp.host.or(preset.map(|preset| preset.host))?;
    let security = given_security.unwrap_or_else(|| usual_security(given_port));
    let timeouts = smtp.timeouts.unwrap_or_default();
    Some(Server {
        host,
        port: given_port.unwrap_or_else(|| usual_port(security)),
        security,
        auth: smtp.auth.unwrap_or(Auth::Auto),
        user: smtp.user,
        sealed_password: smtp.password,
        tokens: smtp.oauth.map(Box::new),
        connect: millis(timeouts.connect_ms, 15_000),
        reply: millis(timeouts.reply_ms, 30_000),
        final_reply: millis(timeouts.final_ms, 300_000),
        total: millis(timeouts.total_ms, 900_000),
        ca_file: smtp.ca_file.map(PathBuf::from),
        proxy: smtp.proxy.and_then(|proxy| {
            Some(ProxyServer {
                url: proxy.url?,
                user: proxy.user,
                sealed_password: proxy.password,
            })
        }),
        ehlo_name: smtp.ehlo_name,
        allow_clear_text: smtp.allow_clear_text.unwrap_or(false),
        limits,
        connections: connections.unwrap_or(CONNECTIONS),
    })
}

fn usual_security(port: Option<u16>) -> Security {
    match port {
        Some(587 | 25 | 2525 | 2587) => Security::StartTls,
        _ => Security::Tls,
    }
}

fn usual_port(security: Security) -> u16 {
    match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::None => 25,
    }
}

fn millis(given: Option<u64>, usual: u64) -> Duration {
    Duration::from_millis(given.unwrap_or(usual))
}

fn delivery_in_force(given: Delivery) -> DeliveryRules {
    DeliveryRules {
        retry_s: given.retry_s.unwrap_or_else(usual_retries),
        give_up_after: Duration::from_secs(u64::from(given.give_up_after_h.unwrap_or(72)) * 3_600),
        unsure: given.unsure.unwrap_or(Unsure::RetryOnce),
        unsure_wait: Duration::from_secs(given.unsure_wait_s.unwrap_or(600).into()),
        probe: Duration::from_secs(given.probe_s.unwrap_or(3_600).into()),
        batch: given.batch.unwrap_or(100),
        max_mail_bytes: given.max_mail_bytes.unwrap_or(10 << 20),
        max_waiting: given.max_waiting.unwrap_or(100_000),
        max_waiting_bytes: given.max_waiting_bytes.unwrap_or(2 << 30),
        attachment_folders: given
            .attachment_folders
            .map(|folders| folders.into_iter().map(PathBuf::from).collect()),
    }
}

fn usual_retries() -> Vec<u32> {
    let hourly = std::iter::repeat_n(3_600, HOURLY_TRIES - 1);
    RETRY_S
        .into_iter()
        .chain(hourly)
        .chain([SLOW_RETRY_S])
        .collect()
}

fn journal_in_force(given: Journal) -> JournalRules {
    JournalRules {
        content_days: given.content_days.unwrap_or(7),
        address_days: given.address_days.unwrap_or(30),
        max_lines: given.max_lines.unwrap_or(2_000_000),
    }
}
