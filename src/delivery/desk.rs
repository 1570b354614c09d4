//! What the worker's rounds share: the outbox, the open secrets, and who is told.
//!
//! [`Shared`] is what other threads of the process see of the worker; [`Desk`] lives on its thread only.

use super::round::Standing;
use super::rules;
use super::tls::Tls;
use crate::clock::{self, Millis};
use crate::error::{Error, MAIL_E_UNCERTAIN, Result};
use crate::outbox::{Claimed, Event, Outbox, Settlement};
use crate::settings;
use crate::settings::in_force::InForce;
use crate::settings::model::Document;
use crate::settings::presets::file::PresetFile;
use crate::settings::secret::Vault;
use crate::text;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What the worker shares with the other threads of the process.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(super) wake: Notify,
    settled: Mutex<u64>,
    settled_changed: Condvar,
    stop_at: Mutex<Option<Instant>>,
    pub(super) draining: AtomicBool,
    trouble: Mutex<Option<Error>>,
}

impl Shared {
    /// Tells the worker that there is something to do.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until a mail is settled, or for `limit`.
    pub(crate) fn wait_settled(&self, limit: Duration) {
        let count = lock(&self.settled);
        let seen = *count;
        let waited = self
            .settled_changed
            .wait_timeout_while(count, limit, |count| *count == seen);
        drop(waited);
    }

    /// Tells whether this process drains.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Gives what disturbs the worker, if anything does.
    pub(crate) fn trouble(&self) -> Option<Error> {
        lock(&self.trouble).clone()
    }

    /// Asks the worker to stop; rounds may go on until then.
    pub(super) fn stop_by(&self, at: Instant) {
        *lock(&self.stop_at) = Some(at);
        self.wake();
    }

    /// Keeps what disturbs the worker, for health.
    pub(super) fn note_trouble(&self, trouble: Option<Error>) {
        *lock(&self.trouble) = trouble;
    }

    /// Tells those who wait that a mail has moved.
    pub(crate) fn tell_settled(&self) {
        *lock(&self.settled) += 1;
        self.settled_changed.notify_all();
    }

    pub(super) fn stop_at(&self) -> Option<Instant> {
        *lock(&self.stop_at)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the rounds share: the outbox and who is told about it.
pub(super) struct Desk {
    pub(super) outbox: RefCell<Outbox>,
    pub(super) vault: Vault,
    presets: Arc<PresetFile>,
    pub(super) shared: Arc<Shared>,
    tls: RefCell<HashMap<Option<PathBuf>, Tls>>,
    /// Settled, but the disk refused to keep it; tried again each turn.
    unsettled: RefCell<Vec<(i64, Settlement, Event)>>,
    /// Rounds that have ended, with how their account stands.
    pub(super) finished: RefCell<Vec<(String, Standing)>>,
    saved: RefCell<(i64, Document)>,
}

impl Desk {
    pub(super) fn new(
        outbox: Outbox,
        vault: Vault,
        presets: Arc<PresetFile>,
        shared: Arc<Shared>,
    ) -> Self {
        Desk {
            outbox: RefCell::new(outbox),
            vault,
            presets,
            shared,
            tls: RefCell::default(),
            unsettled: RefCell::default(),
            finished: RefCell::default(),
            saved: RefCell::new((-1, Document::default())),
        }
    }

    /// Tells whether the worker is to stop; a round ends after the mail it is at.
    pub(super) fn stopping(&self) -> bool {
        self.shared.stop_at().is_some()
    }

    /// Gives the trust for a CA file, read once.
    pub(super) fn tls(&self, ca_file: Option<&Path>) -> Result<Tls> {
        let key = ca_file.map(Path::to_path_buf);
        if let Some(known) = self.tls.borrow().get(&key) {
            return Ok(known.clone());
        }
        let tls = Tls::new(ca_file)?;
        self.tls.borrow_mut().insert(key, tls.clone());
        Ok(tls)
    }

    pub(super) fn content(&self, id: i64) -> Result<Option<Vec<u8>>> {
        self.outbox.borrow().content(id)
    }

    pub(super) fn note_hand_over(&self, id: i64) {
        let noted = self.outbox.borrow().note_hand_over(id);
        self.keep(noted);
    }

    /// Settles a mail; where the disk refuses, it is tried again until it holds.
    pub(super) fn settle(&self, id: i64, settlement: &Settlement, event: &Event) {
        let settled = self
            .outbox
            .borrow_mut()
            .settle(id, settlement, event, clock::now());
        if settled.is_err() {
            self.unsettled.borrow_mut().push((
                id,
                settlement.clone(),
                event.without_conversation(),
            ));
        }
        self.keep(settled);
        self.shared.tell_settled();
    }

    pub(super) fn release(&self, mails: &[Claimed]) {
        let released = self.outbox.borrow_mut().release(mails);
        self.keep(released);
    }

    pub(super) fn pause(&self, account: &str, cause: &Error, probe_at: Millis) {
        let paused = self
            .outbox
            .borrow_mut()
            .pause(account, cause, probe_at, clock::now());
        self.keep(paused);
    }

    pub(super) fn resume(&self, account: &str) {
        let resumed = self.outbox.borrow_mut().resume(account, clock::now());
        self.keep(resumed);
    }

    /// Keeps what the disk says for health; a call that works clears it.
    pub(super) fn keep<T>(&self, answer: Result<T>) -> Option<T> {
        match answer {
            Ok(value) => {
                self.shared.note_trouble(None);
                Some(value)
            }
            Err(error) => {
                self.shared.note_trouble(Some(error));
                None
            }
        }
    }

    pub(super) fn settle_again(&self) {
        for (id, settlement, event) in self.unsettled.take() {
            self.settle(id, &settlement, &event);
        }
    }

    /// Judges what is `sending` although nobody sends: a crash or a stop cut it off.
    pub(super) fn recover(&self) {
        self.settle_again();
        let now = clock::now();
        let Some(left) = self.keep(self.outbox.borrow().left_sending()) else {
            return;
        };
        for (mail, handed_over) in left {
            let interrupted = Error::new(MAIL_E_UNCERTAIN, text::interrupted());
            let (settlement, mut event) = if handed_over {
                let rules = self.in_force(&mail.store).delivery;
                let settlement = rules::judge_unsure(&mail, &rules, now).settlement;
                let name = if settlement == Settlement::Uncertain {
                    "uncertain"
                } else {
                    "unsure"
                };
                (settlement, Event::of(name, &interrupted))
            } else {
                (
                    Settlement::Back { at: now },
                    Event::of("interrupted", &interrupted),
                )
            };
            if !handed_over {
                event.code = 0;
            }
            self.settle(mail.id, &settlement, &event);
        }
    }

    /// The settings of a store, as they were read last.
    pub(super) fn in_force(&self, store: &str) -> InForce {
        InForce::of(&self.saved.borrow().1, store)
    }

    /// The settings of a store, or of a user's account there; nothing where that account is gone.
    pub(super) fn in_force_of(&self, store: &str, account: Option<&str>) -> Option<InForce> {
        let saved = self.saved.borrow();
        match account {
            Some(account) => InForce::of_account(&saved.1, store, account),
            None => Some(InForce::of(&saved.1, store)),
        }
    }

    pub(super) fn read_settings(&self) -> Result<bool> {
        let presets = self.presets.presets();
        let current = self.outbox.borrow().settings_version()?;
        let known = |(version, document): &(i64, Document)| {
            *version == current && document.presets.is(&presets)
        };
        if known(&self.saved.borrow()) {
            return Ok(false);
        }
        let saved = self.outbox.borrow().settings()?;
        let document = settings::read(&saved.document, &presets)?;
        *self.saved.borrow_mut() = (saved.version, document);
        // A CA file may have been exchanged for another of the same name.
        self.tls.borrow_mut().clear();
        Ok(true)
    }
}
