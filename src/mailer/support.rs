//! What the support technician asks: what is installed here, what waits and why, what happens now, and one
//! document that can be sent to somebody who helps.

use super::{LONGEST_PAGE, Mailer};
use crate::address::masked::{masked, masked_in, without_names};
use crate::clock::{self, Millis, rfc3339};
use crate::delivery::limits::{self, Allowance};
use crate::error::{
    Error, MAIL_E_NOT_CONFIGURED, MAIL_E_VALUE, Result, code_class, code_name, mail_code,
};
use crate::json::json;
use crate::outbox::drainer;
use crate::outbox::{AccountWait, Filter, Lane, Pause};
use crate::settings::in_force::{InForce, Way};
use crate::settings::model::Document;
use crate::settings::shown;
use crate::text::{self, Language, Text};
use serde_json::{Map, Value};
use std::path::Path;

/// Files of the state folder that are listed.
const MOST_FILES: usize = 50;
/// Lines of one mail's history in the support document, and of the library's own.
const LINES_OF_A_MAIL: u32 = 30;
const LINES_OF_THE_LIBRARY: u32 = 200;
/// Members that are never masked: the library's own words.
const OURS: [&str; 3] = ["message_id", "settings", "folder"];

impl Mailer {
    /// Tells the language the settings name, where they name one.
    pub fn saved_language(&self) -> Option<Language> {
        self.document().ok().and_then(|document| document.language)
    }

    /// Gives versions, folder, its files with their sizes, and who sends: `this_process`, `another_process`
    /// or `nobody`.
    pub fn installation(&self) -> Result<Value> {
        let folder = &self.opening.folder;
        let sender = if self.shared.draining() {
            "this_process"
        } else if drainer::is_taken(folder)? {
            "another_process"
        } else {
            "nobody"
        };
        Ok(json!({
            "version": env!("CARGO_PKG_VERSION"),
            "sqlite": rusqlite::version(),
            "rustls": env!("TILLMAIL_RUSTLS_VERSION"),
            "lettre": env!("TILLMAIL_LETTRE_VERSION"),
            "os": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
            "folder": folder,
            "store": self.opening.store,
            "files": files(folder),
            "sender": sender,
        }))
    }

    /// Gives the journal lines after `after`, the oldest first; without it none, but where to begin.
    pub fn lines(&self, after: Option<i64>) -> Result<Value> {
        let language = self.language();
        let outbox = self.reading();
        let Some(after) = after else {
            return Ok(json!({ "lines": [], "last": outbox.last_line()? }));
        };
        let lines = outbox.lines_after(after, LONGEST_PAGE, language)?;
        let last = lines
            .last()
            .map_or(json!(after), |line| line["line"].clone());
        Ok(json!({ "lines": lines, "last": last }))
    }

    /// Tells how many mails are due or being sent, and why others wait.
    pub fn waiting(&self) -> Result<Value> {
        let now = clock::now();
        let language = self.language();
        let document = self.document()?;
        let outbox = self.reading();
        // A mail that moves on meanwhile must not be missed in both its places.
        let _moment = outbox.moment()?;
        let (paused, waits) = (outbox.paused()?, outbox.account_waits(now)?);
        let sending = outbox.counts()?.of("sending");
        let (mut due, mut held) = (0, Vec::new());
        for lane in outbox.lanes(now)? {
            let in_force = in_force(&document, &lane);
            let account = in_force.as_ref().and_then(account);
            let mut hold = match &account {
                Some(account) => hold_of(account, &paused, &waits, now),
                None => Some(Hold::not_configured()),
            };
            if let (None, Some(in_force), 1..) = (&hold, &in_force, lane.due)
                && let Allowance::NoneFor(wait) = limits::allowance(&outbox, in_force, now)?
            {
                hold = Some(Hold::limit(clock::after(now, wait)));
            }
            due += if hold.is_none() { lane.due } else { 0 };
            let mut tell = |hold: &Hold, mails: u64| {
                if mails > 0 {
                    held.push(hold.to_json(&lane.store, account.as_deref(), mails, language));
                }
            };
            match hold {
                Some(hold) => tell(&hold, lane.due + lane.later),
                None => tell(&Hold::later(lane.next_at), lane.later),
            }
            tell(&Hold::unsure(lane.next_at), lane.unsure);
        }
        Ok(json!({ "due": due, "sending": sending, "held": held }))
    }

    /// Makes those mails due that wait only because a connection failed. What a server or its provider has asked
    /// for is kept: sending limits and "later" hold for the whole account, also where a till has forgotten it by
    /// being closed; paused accounts and mails in doubt keep their time.
    pub fn hurry(&self) -> Result<Value> {
        self.running()?;
        let now = clock::now();
        let document = self.document()?;
        let mut outbox = self.outbox();
        let waits = outbox.account_waits(now)?;
        let (mut hurried, mut held) = (Vec::new(), Vec::new());
        for lane in outbox.lanes(now)? {
            let account = in_force(&document, &lane).as_ref().and_then(account);
            match waits
                .iter()
                .find(|wait| Some(&wait.account) == account.as_ref())
            {
                Some(wait) if !wait.may_be_lifted() => held.push((lane.lane, wait.until)),
                _ => hurried.push(lane.lane),
            }
        }
        let mails = outbox.hurry(&hurried, &held, now)?;
        drop(outbox);
        self.shared.wake();
        Ok(json!({ "mails": mails }))
    }

    /// Gives one document for whoever helps: settings without secrets, health, the newest `mails` mails with their
    /// histories, the library's own events, versions, and the last conversations. Customers' addresses are masked
    /// everywhere; subjects and contents are left out.
    pub fn support(&self, mails: u32) -> Result<Value> {
        if !(1..=LONGEST_PAGE).contains(&mails) {
            let message = text::range(1, LONGEST_PAGE.into());
            return Err(Error::at(MAIL_E_VALUE, "mails", message));
        }
        // Asked for before the outbox is taken: it may have to be read from there.
        let language = self.language();
        let mut saved = self.reading().settings()?.document;
        shown::mask(&mut saved);
        let presets = self.presets(&json!({}));
        let mut document = json!({
            "made_at": rfc3339(clock::now()),
            "installation": self.installation()?,
            "health": or_error(self.health(&json!({})), language),
            "waiting": or_error(self.waiting(), language),
            "settings": { "saved": saved, "in_force": or_error(self.settings(&json!({})), language) },
            "presets_warning": presets.ok().and_then(|reply| reply.get("warning").cloned()),
            "library": self.reading().events(None, LINES_OF_THE_LIBRARY, language)?,
            "mails": self.histories(mails, language)?,
            "transcripts": self.reading().transcripts()?,
        });
        let own = addresses_in(document.get("settings").unwrap_or(&Value::Null));
        mask_deep(&mut document, &own);
        Ok(document)
    }

    /// The newest mails with their journal lines; the customer's name is masked in the server's words too.
    fn histories(&self, mails: u32, language: Language) -> Result<Vec<Value>> {
        let outbox = self.reading();
        let filter = Filter {
            limit: mails,
            ..Filter::default()
        };
        let with_events = |mut mail: Value| {
            let id = mail.get("id").and_then(Value::as_i64);
            let mut events = json!(outbox.events(id, LINES_OF_A_MAIL, language)?);
            let to = mail.get("to").and_then(Value::as_str).unwrap_or_default();
            let customer = [to.to_owned()];
            each_text(&mut events, &mut |text| {
                *text = without_names(text, &customer)
            });
            let shown = shown_recipient(to);
            if let Some(members) = mail.as_object_mut() {
                // A digest of the content tells nobody here anything.
                for member in ["subject", "sha256"] {
                    members.remove(member);
                }
                members.insert("to".to_owned(), json!(shown));
                members.insert("events".to_owned(), events);
            }
            Ok(mail)
        };
        outbox
            .mails(&filter)?
            .into_iter()
            .map(with_events)
            .collect()
    }
}

fn shown_recipient(to: &str) -> String {
    if to.contains('@') {
        masked(to)
    } else {
        to.to_owned()
    }
}

/// Why mails wait.
struct Hold {
    reason: &'static str,
    until: Option<Millis>,
    code: mail_code,
    message: Option<Text>,
    hint: Option<Text>,
}

impl Hold {
    fn new(reason: &'static str, until: Option<Millis>) -> Self {
        Hold {
            reason,
            until,
            code: 0,
            message: None,
            hint: None,
        }
    }

    fn not_configured() -> Self {
        Hold {
            code: MAIL_E_NOT_CONFIGURED,
            message: Some(text::not_configured()),
            ..Hold::new("not_configured", None)
        }
    }

    fn paused(pause: &Pause) -> Self {
        Hold {
            code: pause.code,
            message: Some(pause.message.clone()),
            hint: pause.hint.clone(),
            ..Hold::new("paused", Some(pause.probe_at))
        }
    }

    fn waits(wait: &AccountWait) -> Self {
        Hold {
            code: wait.code,
            message: wait.message.clone(),
            hint: wait.hint.clone(),
            ..Hold::new("account", Some(wait.until))
        }
    }

    fn limit(until: Millis) -> Self {
        Hold::new("limit", Some(until))
    }

    fn later(until: Option<Millis>) -> Self {
        Hold::new("later", until)
    }

    fn unsure(until: Option<Millis>) -> Self {
        Hold::new("unsure", until)
    }

    fn to_json(&self, store: &str, account: Option<&str>, mails: u64, language: Language) -> Value {
        let shown = |text: &Option<Text>| text.as_ref().map(|text| text.get(language).to_owned());
        json!({
            "store": store,
            "account": account,
            "reason": self.reason,
            "mails": mails,
            "until": self.until.map(rfc3339),
            "code": self.code,
            "name": code_name(self.code),
            "class": code_class(self.code),
            "message": shown(&self.message),
            "hint": shown(&self.hint),
        })
    }
}

/// The settings of a lane, where mails can leave by them.
fn in_force(document: &Document, lane: &Lane) -> Option<InForce> {
    let in_force = match &lane.account {
        Some(account) => InForce::of_account(document, &lane.store, account)?,
        None => InForce::of(document, &lane.store),
    };
    in_force.missing().is_empty().then_some(in_force)
}

/// Why nothing leaves through an account now, if anything keeps it.
fn hold_of(account: &str, paused: &[Pause], waits: &[AccountWait], now: Millis) -> Option<Hold> {
    let paused = paused
        .iter()
        .find(|pause| pause.account == account && pause.probe_at > now);
    let waits = waits.iter().find(|wait| wait.account == account);
    paused.map(Hold::paused).or(waits.map(Hold::waits))
}

fn account(in_force: &InForce) -> Option<String> {
    in_force.way.as_ref().map(Way::account)
}

/// A part that cannot be read must not hide the others.
fn or_error(part: Result<Value>, language: Language) -> Value {
    part.unwrap_or_else(|error| error.to_json(language))
}

fn files(folder: &Path) -> Vec<Value> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<(String, u64)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((
                entry.file_name().to_string_lossy().into_owned(),
                metadata.len(),
            ))
        })
        .take(MOST_FILES)
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|(name, bytes)| json!({ "name": name, "bytes": bytes }))
        .collect()
}

/// The addresses of the shop itself: what the settings hold.
fn addresses_in(settings: &Value) -> Vec<String> {
    let mut addresses = Vec::new();
    let mut settings = settings.clone();
    each_text(&mut settings, &mut |text| {
        if text.contains('@') && !text.contains(char::is_whitespace) {
            addresses.push(text.clone());
        }
    });
    addresses
}

/// Masks the addresses of others in everything but the library's own words.
fn mask_deep(value: &mut Value, own: &[String]) {
    match value {
        Value::String(text) => *text = masked_in(text, own),
        Value::Array(values) => values.iter_mut().for_each(|value| mask_deep(value, own)),
        Value::Object(members) => mask_members(members, own),
        _ => {}
    }
}

fn mask_members(members: &mut Map<String, Value>, own: &[String]) {
    for (name, value) in members {
        if !OURS.contains(&name.as_str()) {
            mask_deep(value, own);
        }
    }
}

fn each_text(value: &mut Value, work: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => work(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_text(value, work)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| each_text(value, work)),
        _ => {}
    }
}
