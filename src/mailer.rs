//! The desk: one short method per call. Reads the clock, asks the leaves, and keeps the order
//! "write, commit, then tell".

use crate::address::{self, Mailbox};
use crate::clock;
use crate::delivery::desk::Shared;
use crate::delivery::verify;
use crate::delivery::worker::Worker;
use crate::error::{
    Error, MAIL_E_CANCELLED, MAIL_E_FOLDER, MAIL_E_NOT_CONFIGURED, MAIL_E_ROLE, MAIL_E_SHUT_DOWN,
    MAIL_E_TIMEOUT, MAIL_E_TOO_LARGE, MAIL_E_UNKNOWN_ID, MAIL_E_VALUE, Result,
};
use crate::health;
use crate::json;
use crate::message;
use crate::opening::{Opening, Role, make_private};
use crate::outbox::{Filter, NewMail, Outbox};
use crate::receipt;
use crate::receipt::model::Receipt;
use crate::requests::{JournalRequest, StoreRequest, VerifyRequest, WaitRequest};
use crate::settings::checks::store_id;
use crate::settings::in_force::InForce;
use crate::settings::model::Document;
use crate::settings::secret::Vault;
use crate::settings::{self, sender, shown};
use crate::text::{self, Language};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// The open library: a state folder, its outbox and its worker.
#[derive(Debug)]
pub struct Mailer {
    opening: Opening,
    outbox: Mutex<Outbox>,
    vault: Vault,
    shared: Arc<Shared>,
    worker: Mutex<Option<Worker>>,
    saved: Mutex<Option<(i64, Arc<Document>)>>,
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
        let outbox = Outbox::open(&opening.folder).map_err(|error| error.inside("folder"))?;
        let vault = Vault::open(&opening.folder)?;
        let shared = Arc::new(Shared::default());
        let worker = Worker::start(
            &opening.folder,
            Vault::open(&opening.folder)?,
            shared.clone(),
        )?;
        let mailer = Mailer {
            opening,
            outbox: Mutex::new(outbox),
            vault,
            shared,
            worker: Mutex::new(Some(worker)),
            saved: Mutex::new(None),
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

    /// Merges, checks and saves settings.
    pub fn configure(&self, request: &Value) -> Result<Value> {
        self.may_configure()?;
        let change = |saved: &Value| settings::changed(saved, request, &self.vault);
        let (version, document) = self.outbox().change_settings(clock::now(), change)?;
        self.shared.wake();
        let missing = InForce::of(&document, &self.opening.store).missing();
        Ok(json!({ "version": version, "configured": missing.is_empty(), "missing": missing }))
    }

    /// Shows the settings in force for a store, and where each value came from.
    pub fn settings(&self, request: &Value) -> Result<Value> {
        let request: StoreRequest = json::read(request)?;
        let store = self.store(request.store.as_deref())?;
        let saved = self.outbox().settings()?;
        let document: Document = json::read(&saved.document)?;
        let (shown, sources) = shown::shown(&saved.document, &document, store);
        let missing = InForce::of(&document, store).missing();
        Ok(json!({
            "store": store,
            "settings": shown,
            "sources": sources,
            "version": saved.version,
            "configured": missing.is_empty(),
            "missing": missing,
        }))
    }

    /// Tries settings against their server without saving them.
    pub fn verify(&self, request: &Value) -> Result<Value> {
        let request: VerifyRequest = json::read(request)?;
        let store = self.store(request.store.as_deref())?;
        let saved = self.outbox().settings()?.document;
        if request.settings.is_some() {
            self.may_configure()?;
        }
        let change = request.settings.unwrap_or_else(|| json!({}));
        let (_, document) = settings::changed(&saved, &change, &self.vault)
            .map_err(|error| error.inside("settings"))?;
        let in_force = InForce::of(&document, store);
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
        verify::verify(
            &in_force,
            way,
            &sender,
            &to,
            &self.vault,
            Duration::from_millis(limit),
        )
    }

    /// Takes a receipt into the outbox; durable when it returns.
    pub fn send_receipt(&self, request: &Value) -> Result<Value> {
        if lock(&self.worker).is_none() {
            return Err(Error::new(MAIL_E_SHUT_DOWN, text::shut_down()));
        }
        let now = clock::now();
        let receipt: Receipt = json::read(request)?;
        let store = self.store(receipt.store.as_deref())?.to_owned();
        let in_force = InForce::of(&*self.document()?, &store);
        let sender = configured(&in_force)?;
        let draft = receipt::draft(&receipt, &in_force)?;
        let message_id = message::new_message_id(&sender)?;
        let mime = message::freeze(&draft, &message_id, now)?;
        let (size, most) = (
            u64::try_from(mime.len()).unwrap_or(u64::MAX),
            in_force.delivery.max_mail_bytes,
        );
        if size > most {
            return Err(Error::new(
                MAIL_E_TOO_LARGE,
                text::mail_too_large(size, most),
            ));
        }
        let document_type = receipt
            .document_type
            .unwrap_or_default()
            .as_str()
            .to_owned();
        let recipient = draft.to.address.to_string();
        let mail = NewMail {
            kind: "receipt",
            once: once(&store, &receipt.number, &document_type, &recipient),
            store,
            number: receipt.number,
            document_type,
            recipient,
            test: false,
            message_id,
            subject: draft.subject,
            sha256: message::sha256(&mime),
            mime,
        };
        let accepted = self
            .outbox()
            .accept(&mail, in_force.delivery.max_waiting, now)?;
        self.shared.wake();
        Ok(json!({
            "id": accepted.id,
            "message_id": accepted.message_id,
            "state": accepted.state,
            "duplicate": accepted.duplicate,
            "emission": accepted.emission,
            "sha256": accepted.sha256,
        }))
    }

    /// Waits for the outcome of one mail; an outcome other than "sent" is an error with the mail in its reply.
    pub fn wait(&self, request: &Value) -> Result<Value> {
        let request: WaitRequest = json::read(request)?;
        let limit =
            Duration::from_millis(request.timeout_ms.unwrap_or(30_000).min(LONGEST_WAIT_MS));
        let started = Instant::now();
        loop {
            let (state, _) = self
                .outbox()
                .state(request.id)?
                .ok_or_else(|| unknown_id(request.id))?;
            let left = limit.saturating_sub(started.elapsed());
            let finished = !matches!(state.as_str(), "queued" | "sending");
            let running = lock(&self.worker).is_some();
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
        let outbox = self.outbox();
        let mail = outbox.mail(id)?.ok_or_else(|| unknown_id(id))?;
        let reply = json!({ "mail": mail });
        let failure = outbox.last_failure(id)?;
        let error = match state {
            "sent" => return Ok(reply),
            "cancelled" => Error::new(MAIL_E_CANCELLED, text::cancelled()),
            "queued" | "sending" => {
                let waiting = Error::new(MAIL_E_TIMEOUT, text::still_waiting());
                match failure {
                    Some(failure) => waiting.hint(failure.message),
                    None => waiting,
                }
            }
            _ => failure.unwrap_or_else(|| Error::bug("a failed mail without a reason")),
        };
        Err(Error {
            details: Some(Box::new(reply)),
            ..error
        })
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
        let outbox = self.outbox();
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
        let in_force = InForce::of(&*self.document()?, store);
        let (counts, paused) = {
            let outbox = self.outbox();
            (outbox.counts()?, outbox.paused()?)
        };
        Ok(health::report(&health::Situation {
            missing: &in_force.missing(),
            counts: &counts,
            paused: &paused,
            trouble: self.shared.trouble().as_ref(),
            draining: self.shared.draining(),
            now: clock::now(),
            language,
        }))
    }

    /// Stops the worker within `wait`; what is unfinished stays in the outbox.
    pub fn shut_down(&self, wait: Duration) -> Result<Value> {
        let stopped = match lock(&self.worker).take() {
            Some(worker) => worker.stop(wait),
            None => true,
        };
        let counts = self.outbox().counts()?;
        Ok(json!({ "stopped": stopped, "waiting": counts.of("queued") + counts.of("sending") }))
    }

    /// The store a request names, or this process's own.
    fn store<'a>(&'a self, named: Option<&'a str>) -> Result<&'a str> {
        let store = named.unwrap_or(&self.opening.store);
        store_id(store).map_err(|error| error.inside("store"))?;
        Ok(store)
    }

    /// A till tries no settings either: they would make it log in elsewhere with the saved password.
    fn may_configure(&self) -> Result<()> {
        match self.opening.role {
            Role::BackOffice => Ok(()),
            Role::Till => Err(Error::new(MAIL_E_ROLE, text::role_till())),
        }
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    /// The saved document, parsed again only when it has changed.
    fn document(&self) -> Result<Arc<Document>> {
        let saved = self.outbox().settings()?;
        let mut known = lock(&self.saved);
        if let Some((version, document)) = known.as_ref()
            && *version == saved.version
        {
            return Ok(document.clone());
        }
        let document: Arc<Document> = Arc::new(json::read(&saved.document)?);
        *known = Some((saved.version, document.clone()));
        Ok(document)
    }
}

impl Drop for Mailer {
    /// Stops the worker at once; what is unfinished stays in the outbox.
    fn drop(&mut self) {
        if let Some(worker) = lock(&self.worker).take() {
            worker.stop(Duration::ZERO);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

fn unknown_id(id: i64) -> Error {
    Error::at(MAIL_E_UNKNOWN_ID, "id", text::unknown_id(id))
}

/// The key that makes a receipt one mail, whatever the case of the address.
fn once(store: &str, number: &str, document_type: &str, recipient: &str) -> String {
    let recipient = recipient.to_lowercase();
    message::sha256(
        [store, number, document_type, &recipient]
            .join("\0")
            .as_bytes(),
    )
}
