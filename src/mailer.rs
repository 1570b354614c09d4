//! The desk: one short method per call. Reads the clock, asks the leaves, and keeps the order
//! "write, commit, then tell".

mod actions;
mod domains;
mod preview;
mod sending;
mod signing_in;
mod support;
mod testing;
mod visiting;

use crate::address::{self, Mailbox};
use crate::clock::{self, Millis};
use crate::delivery::desk::Shared;
use crate::delivery::limits;
use crate::delivery::oauth::supply::Keeper;
use crate::delivery::oauth::waiting::Waiting;
use crate::delivery::verify;
use crate::delivery::worker::Worker;
use crate::draft::Warning;
use crate::error::{
    Error, MAIL_E_CANCELLED, MAIL_E_DAMAGED, MAIL_E_FOLDER, MAIL_E_NOT_CONFIGURED, MAIL_E_ROLE,
    MAIL_E_SHUT_DOWN, MAIL_E_TIMEOUT, MAIL_E_UNKNOWN_ID, MAIL_E_VALUE, Result, classes,
    codes_of_class, mail_code,
};
use crate::health;
use crate::json::{self, json};
use crate::lock::lock;
use crate::opening::{Opening, Role, make_private};
use crate::outbox::{Accepted, Filter, Intake, KeptTokens, NewMail, Outbox, rescue};
use crate::requests::{JournalRequest, PresetsRequest, StoreRequest, VerifyRequest, WaitRequest};
use crate::settings::checks::store_id;
use crate::settings::in_force::InForce;
use crate::settings::model::Document;
use crate::settings::presets;
use crate::settings::presets::file::PresetFile;
use crate::settings::secret::Vault;
use crate::settings::{self, sender, shown};
use crate::text::{self, Language};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// A wait looks again so often, for mails that another process sends.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Longest wait of one call, a day.
const LONGEST_WAIT_MS: u64 = 86_400_000;
/// Rows of a journal page.
const USUAL_PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 500;
/// Usual deadline of `mail_verify`, and the longest one.
const VERIFY_MS: u64 = 45_000;
const LONGEST_VERIFY_MS: u64 = 600_000;

/// Stores whose settings are kept put together; a host may name any number.
const MOST_STORES: usize = 200;

/// The open library: a state folder, its outbox and its worker.
#[derive(Debug)]
pub struct Mailer {
    opening: Opening,
    /// Looks without waiting for the commits of `outbox`; before it, because it may not outlive it.
    reader: Mutex<Outbox>,
    outbox: Mutex<Outbox>,
    intake: Intake,
    vault: Vault,
    presets: Arc<PresetFile>,
    shared: Arc<Shared>,
    worker: Mutex<Option<Worker>>,
    /// Opened without a worker, on a folder that was there.
    visiting: bool,
    saved: Mutex<Option<Saved>>,
    /// Sign-ins under way, and how the last ones ended, by account.
    sign_ins: Mutex<HashMap<String, Arc<Waiting>>>,
}

/// The saved settings, as they were read last.
#[derive(Debug)]
struct Saved {
    version: i64,
    document: Arc<Document>,
    /// What holds for the stores that were asked for.
    in_force: HashMap<String, Arc<InForce>>,
}

impl Mailer {
    /// Opens a state folder, makes it where there is none, and starts the worker.
    pub fn open(opening: Opening) -> Result<Self> {
        store_id(&opening.store).map_err(|error| error.inside("store"))?;
        make_private(&opening.folder).map_err(|error| {
            Error::at(
                MAIL_E_FOLDER,
                "folder",
                text::state_folder(&opening.folder, &error),
            )
        })?;
        let outbox = Outbox::open_or_rescue(&opening.folder, clock::now())
            .map_err(|error| error.inside("folder"))?;
        let vault = Vault::open(&opening.folder)?;
        let presets = Arc::new(PresetFile::of(&opening.folder));
        let shared = Arc::new(Shared::default());
        let reader = outbox.reader()?;
        // The last thing that can fail: nobody would stop it.
        let worker = Worker::start(
            &opening.folder,
            outbox.gate(),
            Vault::open(&opening.folder)?,
            presets.clone(),
            shared.clone(),
        )?;
        let mailer = Mailer {
            opening,
            reader: Mutex::new(reader),
            outbox: Mutex::new(outbox),
            intake: Intake::default(),
            vault,
            presets,
            shared,
            worker: Mutex::new(Some(worker)),
            visiting: false,
            saved: Mutex::new(None),
            sign_ins: Mutex::default(),
        };
        Ok(mailer)
    }

    /// How it was opened.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Language of sentences: as opened, else as saved, else French.
    pub fn language(&self) -> Language {
        self.opening.language.unwrap_or_else(|| {
            self.document()
                .ok()
                .and_then(|document| document.language)
                .unwrap_or_default()
        })
    }

    /// Language as far as it is known without waiting and without the file: for a forked child.
    pub(crate) fn known_language(&self) -> Language {
        let saved = self.saved.try_lock().ok();
        let read = saved.and_then(|saved| saved.as_ref().and_then(|saved| saved.document.language));
        self.opening.language.or(read).unwrap_or_default()
    }

    /// Merges, checks and saves settings.
    pub fn configure(&self, request: &Value) -> Result<Value> {
        self.may_configure()?;
        if self.visiting {
            return Err(Error::new(MAIL_E_ROLE, text::visitors_do_not_configure()));
        }
        let presets = self.presets.presets();
        let change = |saved: &Value| settings::changed(saved, request, &self.vault, &presets);
        let (version, changed) = self.outbox().change_settings(clock::now(), change)?;
        self.shared.wake();
        let missing = InForce::of(&changed.document, &self.opening.store).missing();
        Ok(json!({
            "version": version,
            "configured": missing.is_empty(),
            "missing": missing,
            "cleaned": changed.cleaned,
            "warnings": told(&changed.warnings, self.language()),
        }))
    }

    /// Lists the providers, and guesses the one of an address; asks the domain name system only where the request says so.
    pub fn presets(&self, request: &Value) -> Result<Value> {
        let request: PresetsRequest = json::read(request)?;
        let language = self.language();
        let (table, refused) = self.presets.current();
        let warning =
            refused.map(|error| presets::refused_file(self.presets.path(), &error, language));
        let discovery = self.discovered(&request, &table)?;
        presets::list(&table, &request, discovery.as_ref(), warning, language)
    }

    /// Shows the settings in force for a store, and where each value came from.
    pub fn settings(&self, request: &Value) -> Result<Value> {
        let request: StoreRequest = json::read(request)?;
        let store = self.store(request.store.as_deref())?;
        let saved = self.reading().settings()?;
        let document = settings::read(&saved.document, &self.presets.presets())?;
        let (shown, sources) = shown::shown(&saved.document, &document, store);
        let in_force = InForce::of(&document, store);
        let missing = in_force.missing();
        Ok(json!({
            "proposal": shown::proposal(&document, &in_force),
            "store": store,
            "settings": shown,
            "sources": sources,
            "accounts": shown::accounts(&saved.document),
            "version": saved.version,
            "configured": missing.is_empty(),
            "missing": missing,
        }))
    }

    /// Tries settings against their server without saving them.
    pub fn verify(&self, request: &Value) -> Result<Value> {
        self.verify_watched(request, &mut |_, _| {})
    }

    /// The same; each finished step is told at once, by its name and its milliseconds.
    pub fn verify_watched(
        &self,
        request: &Value,
        watcher: &mut dyn FnMut(&str, u64),
    ) -> Result<Value> {
        let started = Instant::now();
        let request: VerifyRequest = json::read(request)?;
        let with_domain = domains::wanted(&request)?;
        let store = self.store(request.store.as_deref())?;
        let document = self.document_with(request.settings.as_ref())?;
        let in_force = self.in_force(&document, store, request.account.as_deref())?;
        let sender = configured(&in_force)?;
        let way = in_force
            .way
            .as_ref()
            .ok_or_else(|| not_configured("smtp.host"))?;
        let to = match &request.to {
            Some(to) => address::check(to).map_err(|error| error.inside("to"))?,
            None => sender.address.clone(),
        };
        let limit = request
            .deadline_ms
            .unwrap_or(VERIFY_MS)
            .min(LONGEST_VERIFY_MS);
        let limit = Duration::from_millis(limit);
        let outcome = verify::verify(
            &in_force,
            way,
            &sender,
            &to,
            self,
            match with_domain {
                true => domains::without_kept(limit),
                false => limit,
            },
            &mut |step, ms| watcher(step.as_str(), ms),
        );
        if !with_domain {
            return outcome;
        }
        let left = limit.saturating_sub(started.elapsed());
        let domain = self.domain_of(&sender, way, &request, &document, left)?;
        domains::beside(outcome, domain)
    }

    /// What holds for a store, or for a user's account there.
    fn in_force(&self, document: &Document, store: &str, account: Option<&str>) -> Result<InForce> {
        match account {
            Some(account) => InForce::of_account(document, store, account)
                .ok_or_else(|| Error::at(MAIL_E_VALUE, "account", text::unknown_account(account))),
            None => Ok(InForce::of(document, store)),
        }
    }

    /// Waits for the outcome of one mail; an outcome other than "sent" is an error with the mail in its reply.
    pub fn wait(&self, request: &Value) -> Result<Value> {
        let request: WaitRequest = json::read(request)?;
        let limit =
            Duration::from_millis(request.timeout_ms.unwrap_or(30_000).min(LONGEST_WAIT_MS));
        let started = Instant::now();
        loop {
            let (state, _) = self
                .reading()
                .state(request.id)?
                .ok_or_else(|| unknown_id(request.id))?;
            let left = limit.saturating_sub(started.elapsed());
            let finished = !matches!(state.as_str(), "queued" | "sending");
            let running = self.running().is_ok();
            if finished || left.is_zero() {
                return self.outcome(request.id, &state);
            }
            if !running {
                return Err(Error::new(MAIL_E_SHUT_DOWN, text::shut_down()));
            }
            self.shared.wait_settled(left.min(LOOK_AGAIN));
        }
    }

    fn outcome(&self, id: i64, state: &str) -> Result<Value> {
        let outbox = self.reading();
        let mail = outbox.mail(id)?.ok_or_else(|| unknown_id(id))?;
        let reply = json!({ "mail": mail });
        let failure = outbox.last_failure(id)?;
        let error = match state {
            "sent" => return Ok(reply),
            "cancelled" => Error::new(MAIL_E_CANCELLED, text::cancelled()),
            "queued" | "sending" => {
                let waiting = Error::new(MAIL_E_TIMEOUT, text::still_waiting());
                match failure {
                    Some(failure) => waiting.hint(failure.message.clone()),
                    None => waiting,
                }
            }
            _ => failure.unwrap_or_else(|| Error::bug("a failed mail without a reason")),
        };
        Err(error.beside(reply))
    }

    /// Reads the journal: one mail with its events, a page of mails, or the library's own events.
    pub fn journal(&self, request: &Value) -> Result<Value> {
        let request: JournalRequest = json::read(request)?;
        let limit = request.limit.unwrap_or(USUAL_PAGE);
        if !(1..=LONGEST_PAGE).contains(&limit) {
            let message = text::range(1, LONGEST_PAGE.into());
            return Err(Error::at(MAIL_E_VALUE, "limit", message));
        }
        let language = self.language();
        let outbox = self.reading();
        if let Some(id) = request.id {
            let mail = outbox.mail(id)?.ok_or_else(|| unknown_id(id))?;
            let events = outbox.events(Some(id), limit, language)?;
            return Ok(json!({ "mail": mail, "events": events }));
        }
        if request.library.unwrap_or(false) {
            let events = outbox.events(None, limit, language)?;
            return Ok(json!({ "events": events }));
        }
        let filter = Filter {
            store: request.store,
            state: request.state.map(|state| state.as_str().to_owned()),
            codes: codes(request.class.as_deref())?,
            since: point_in_time(request.since.as_deref(), "since")?,
            until: point_in_time(request.until.as_deref(), "until")?,
            number: request.number,
            recipient: request.to,
            before: request.before,
            limit,
        };
        let mails = outbox.mails(&filter)?;
        let full = u32::try_from(mails.len()).is_ok_and(|count| count == limit);
        let next = mails.last().filter(|_| full).map(|mail| mail["id"].clone());
        Ok(json!({ "mails": mails, "next": next }))
    }

    /// Tells how mailing stands.
    pub fn health(&self, request: &Value) -> Result<Value> {
        let request: StoreRequest = json::read(request)?;
        let store = self.store(request.store.as_deref())?;
        let language = self.language();
        let document = self.document()?;
        let in_force = InForce::of(&document, store);
        let now = clock::now();
        let (counts, fill, paused, usage) = {
            let outbox = self.reading();
            let usage = limits::usage(&outbox, &in_force, now)?;
            (outbox.counts()?, outbox.fill()?, outbox.paused()?, usage)
        };
        Ok(health::report(&health::Situation {
            missing: &in_force.missing(),
            saved: in_force.saved(),
            legacy_in_use: in_force.legacy,
            legacy_kept: document.legacy.is_some(),
            force_email_receipt: document.force_email_receipt.unwrap_or(in_force.saved()),
            offer: document.offer.as_ref(),
            counts: &counts,
            fill,
            bounds: in_force.bounds(),
            paused: &paused,
            logins: &presets::logins(&document, store),
            usage: &usage,
            trouble: self.shared.trouble().as_ref(),
            set_aside: &rescue::set_aside_files(&self.opening.folder),
            draining: self.shared.draining(),
            now,
            language,
        }))
    }

    /// Stops the worker within `wait`; what is unfinished stays in the outbox.
    pub fn shut_down(&self, wait: Duration) -> Result<Value> {
        self.cancel_sign_ins();
        let stopped = match lock(&self.worker).take() {
            Some(worker) => worker.stop(wait),
            None => true,
        };
        let counts = self.reading().counts()?;
        Ok(json!({ "stopped": stopped, "waiting": counts.of("queued") + counts.of("sending") }))
    }

    /// The store a request names, or this process's own.
    fn store<'a>(&'a self, named: Option<&'a str>) -> Result<&'a str> {
        let store = named.unwrap_or(&self.opening.store);
        store_id(store).map_err(|error| error.inside("store"))?;
        Ok(store)
    }

    /// The saved document, or what it would be with these settings; nothing is saved.
    fn document_with(&self, settings: Option<&Value>) -> Result<Arc<Document>> {
        let Some(change) = settings else {
            return self.document();
        };
        self.may_configure()?;
        let saved = self.reading().settings()?.document;
        let (_, changed) = settings::changed(&saved, change, &self.vault, &self.presets.presets())
            .map_err(|error| error.inside("settings"))?;
        Ok(Arc::new(changed.document))
    }

    /// A till tries no settings either: they would make it log in elsewhere with the saved password.
    fn may_configure(&self) -> Result<()> {
        match self.opening.role {
            Role::BackOffice => Ok(()),
            Role::Till => Err(Error::new(MAIL_E_ROLE, text::role_till())),
        }
    }

    /// After a shutdown nothing new is taken.
    fn running(&self) -> Result<()> {
        match *lock(&self.worker) {
            Some(_) => Ok(()),
            None if self.visiting => Ok(()),
            None => Err(Error::new(MAIL_E_SHUT_DOWN, text::shut_down())),
        }
    }

    /// Notes what a call has met, so that the next opening of a damaged outbox looks closer.
    pub(crate) fn note_failure(&self, error: &Error) {
        if error.code == MAIL_E_DAMAGED {
            self.reading().note_damage();
        }
    }

    /// The outbox, to change it; whoever only looks takes `reading`.
    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    /// The outbox as the last commit left it; a commit under way is not waited for.
    fn reading(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.reader)
    }

    /// Keeps all of these mails, or none. Durable when it returns; then the worker is told.
    fn accept(&self, mails: Vec<NewMail>, in_force: &InForce) -> Result<Vec<Accepted>> {
        let accepted = self
            .intake
            .accept(&self.outbox, mails, in_force.bounds(), clock::now())?;
        self.shared.wake();
        Ok(accepted)
    }

    /// The same for one mail.
    fn accept_one(&self, mail: NewMail, in_force: &InForce) -> Result<Accepted> {
        let mut accepted = self.accept(vec![mail], in_force)?;
        accepted
            .pop()
            .ok_or_else(|| Error::bug("a mail was neither kept nor refused"))
    }

    /// The saved document, parsed again only when it or the table of presets has changed.
    fn document(&self) -> Result<Arc<Document>> {
        let presets = self.presets.presets();
        // Where nobody writes, that connection has the page at hand, which the reader would read anew after each commit.
        let current = match self.outbox.try_lock() {
            Ok(outbox) => outbox.settings_version()?,
            Err(_) => self.reading().settings_version()?,
        };
        let outbox = self.reading();
        let mut known = lock(&self.saved);
        if let Some(saved) = known.as_ref()
            && saved.version == current
            && saved.document.presets.is(&presets)
        {
            return Ok(saved.document.clone());
        }
        let saved = outbox.settings()?;
        let document = Arc::new(settings::read(&saved.document, &presets)?);
        *known = Some(Saved {
            version: saved.version,
            document: document.clone(),
            in_force: HashMap::new(),
        });
        Ok(document)
    }

    /// What holds for a store, put together again only when the document has changed.
    fn in_force_of(&self, store: &str) -> Result<Arc<InForce>> {
        let document = self.document()?;
        let mut known = lock(&self.saved);
        // A change that came just now is for the next call.
        let Some(saved) = known
            .as_mut()
            .filter(|saved| Arc::ptr_eq(&saved.document, &document))
        else {
            return Ok(Arc::new(InForce::of(&document, store)));
        };
        if let Some(in_force) = saved.in_force.get(store) {
            return Ok(in_force.clone());
        }
        if saved.in_force.len() >= MOST_STORES {
            saved.in_force.clear();
        }
        let in_force = Arc::new(InForce::of(&document, store));
        saved.in_force.insert(store.to_owned(), in_force.clone());
        Ok(in_force)
    }
}

impl Keeper for Mailer {
    fn kept(&self, account: &str) -> Result<Option<KeptTokens>> {
        self.reading().tokens(account)
    }

    fn keep(&self, account: &str, tokens: &KeptTokens) -> Result<()> {
        self.outbox().keep_tokens(account, tokens)
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }

    fn folder(&self) -> &Path {
        &self.opening.folder
    }

    fn now(&self) -> Millis {
        clock::now()
    }
}

impl Drop for Mailer {
    /// Stops the worker at once; what is unfinished stays in the outbox.
    fn drop(&mut self) {
        self.cancel_sign_ins();
        if let Some(worker) = lock(&self.worker).take() {
            worker.stop(Duration::ZERO);
        }
    }
}

/// The reply about a mail that was taken into the outbox.
fn taken(accepted: &Accepted) -> Value {
    json!({
        "id": accepted.id,
        "message_id": accepted.message_id,
        "state": accepted.state,
        "duplicate": accepted.duplicate,
        "emission": accepted.emission,
        "sha256": accepted.sha256,
    })
}

fn configured(in_force: &InForce) -> Result<Mailbox> {
    match in_force.missing().first() {
        Some(field) => Err(not_configured(field)),
        None => sender::of_store(in_force),
    }
}

fn not_configured(field: &str) -> Error {
    Error::at(MAIL_E_NOT_CONFIGURED, field, text::not_configured())
}

/// Gives warnings as replies have them.
fn told(warnings: &[Warning], language: Language) -> Value {
    let told = warnings.iter().map(|warning| {
        json!({ "field": warning.field, "message": warning.message.get(language), "suggestion": null })
    });
    Value::Array(told.collect())
}

/// The codes of a class that a journal page is narrowed to.
fn codes(class: Option<&str>) -> Result<Vec<mail_code>> {
    let Some(class) = class else {
        return Ok(Vec::new());
    };
    let codes = codes_of_class(class);
    if !codes.is_empty() {
        return Ok(codes);
    }
    let (classes, found) = (classes(), format!("\"{class}\""));
    let message = text::not_one_of(&found, &classes, json::nearest(class, &classes));
    Err(Error::at(MAIL_E_VALUE, "class", message))
}

fn point_in_time(given: Option<&str>, field: &str) -> Result<Option<Millis>> {
    let read = given.map(clock::point_in_time).transpose();
    read.map_err(|error| error.inside(field))
}

fn unknown_id(id: i64) -> Error {
    Error::at(MAIL_E_UNKNOWN_ID, "id", text::unknown_id(id))
}
