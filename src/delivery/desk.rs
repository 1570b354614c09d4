//! What the worker's rounds share: the outbox, the open secrets, and who is told.
//!
//! [`Shared`] is what other threads of the process see of the worker; [`Desk`] lives on its thread only.

use super::oauth::supply::Keeper;
use super::rules;
use super::steady::{Steady, TOLERANCE_MS};
use super::tls::Tls;
use super::worker::Ended;
use crate::clock::{self, Millis};
use crate::error::{Error, MAIL_E_DAMAGED, MAIL_E_UNCERTAIN, Result};
use crate::lock::lock;
use crate::os::fork::InUse;
use crate::outbox::{Claimed, Event, HowFar, KeptTokens, Outbox, Outcome, Settlement};
use crate::settings;
use crate::settings::in_force::{InForce, Way};
use crate::settings::model::Document;
use crate::settings::presets::file::PresetFile;
use crate::settings::secret::Vault;
use crate::text;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What the worker shares with the other threads of the process.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    wake: Notify,
    woken: Mutex<bool>,
    woken_changed: Condvar,
    settled: Mutex<u64>,
    settled_changed: Condvar,
    stop_at: Mutex<Option<Instant>>,
    pub(super) draining: AtomicBool,
    trouble: Mutex<Option<Error>>,
    /// As long as the worker or somebody else has the outbox open, a forked child must not use the library.
    _here: InUse,
}

impl Shared {
    /// Tells the worker that there is something to do.
    pub(crate) fn wake(&self) {
        *lock(&self.woken) = true;
        self.woken_changed.notify_one();
        self.wake.notify_one();
    }

    /// Sleeps until there is something to do, or for `limit`. Without a round at work that is done outside tokio,
    /// whose timers wake twice for each sleep.
    pub(super) async fn sleep(&self, limit: Duration, working: bool) {
        if working {
            let _ = tokio::time::timeout(limit, self.wake.notified()).await;
            return;
        }
        let woken = lock(&self.woken);
        let slept = self
            .woken_changed
            .wait_timeout_while(woken, limit, |woken| !*woken);
        *slept.unwrap_or_else(PoisonError::into_inner).0 = false;
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

    /// Keeps what disturbs the worker, for health. Damage stays until the next start deals with it.
    pub(super) fn note_trouble(&self, trouble: Option<Error>) {
        let mut known = lock(&self.trouble);
        if known
            .as_ref()
            .is_none_or(|known| known.code != MAIL_E_DAMAGED)
        {
            *known = trouble;
        }
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

/// Outcomes that gather at most before they are written: one flush of the disk for all of them.
const TOGETHER: usize = 128;

/// What the rounds share: the outbox and who is told about it.
pub(super) struct Desk {
    pub(super) outbox: RefCell<Outbox>,
    contents: Outbox,
    pub(super) vault: Vault,
    presets: Arc<PresetFile>,
    pub(super) shared: Arc<Shared>,
    tls: RefCell<HashMap<Option<PathBuf>, Tls>>,
    /// What has become of mails and is not written yet. It stays here where the disk refuses, and is tried again
    /// each turn.
    unwritten: RefCell<Vec<Outcome>>,
    /// Mails among it that were sent since the last hand-over was noted.
    taken: RefCell<Vec<i64>>,
    /// The disk has refused it.
    refused: Cell<bool>,
    steady: Cell<Steady>,
    /// Rounds that have ended, with how their account stands.
    pub(super) finished: RefCell<Vec<Ended>>,
    /// Accounts with an open line that has carried a mail.
    carrying: RefCell<HashSet<String>>,
    saved: RefCell<(i64, Document)>,
}

impl Desk {
    pub(super) fn new(
        outbox: Outbox,
        contents: Outbox,
        vault: Vault,
        presets: Arc<PresetFile>,
        shared: Arc<Shared>,
    ) -> Self {
        Desk {
            outbox: RefCell::new(outbox),
            contents,
            vault,
            presets,
            shared,
            tls: RefCell::default(),
            unwritten: RefCell::default(),
            taken: RefCell::default(),
            refused: Cell::new(false),
            steady: Cell::new(Steady::start(clock::now(), Instant::now())),
            finished: RefCell::default(),
            carrying: RefCell::default(),
            saved: RefCell::new((-1, Document::default())),
        }
    }

    /// Reads the clock; where it was set, what waits is moved with it first.
    pub(super) fn now(&self) -> Millis {
        let now = clock::now();
        let mut steady = self.steady.get();
        let by = steady.notice(now, Instant::now());
        self.steady.set(steady);
        if let Some(by) = by {
            self.move_clock(by, now);
        }
        now
    }

    /// A clock that shows less than the newest journal line was set back while nobody drained.
    pub(super) fn check_clock(&self) {
        let now = self.now();
        let newest = self.outbox.borrow().newest_line_at();
        if let Some(newest) = self.keep(newest).flatten()
            && newest > now + TOLERANCE_MS
        {
            self.move_clock(now - newest, now);
        }
    }

    fn move_clock(&self, by: Millis, now: Millis) {
        let longest = rules::longest_wait(&self.in_force("").delivery);
        let moved = self.outbox.borrow_mut().move_clock(by, now, longest);
        self.keep(moved);
    }

    /// For how long the clock has been trusted.
    pub(super) fn clock_trusted_for(&self) -> Duration {
        self.steady.get().trusted_for(Instant::now())
    }

    /// Tells whether the clock was moved in this span: then nothing is deleted for its age.
    pub(super) fn clock_moved_within(&self, span: Duration) -> bool {
        self.steady.get().moved_within(span, Instant::now())
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
        let content = self.contents.content(id);
        if let Err(error) = &content {
            self.note_trouble(error);
        }
        content
    }

    /// A line of this account has carried a mail: where there are many, another line may be opened beside it.
    pub(super) fn note_carries(&self, account: &str) {
        if !self.carries(account) {
            self.carrying.borrow_mut().insert(account.to_owned());
            self.shared.wake();
        }
    }

    pub(super) fn carries(&self, account: &str) -> bool {
        self.carrying.borrow().contains(account)
    }

    /// The account has no open line any more.
    pub(super) fn carries_none(&self, account: &str) {
        self.carrying.borrow_mut().remove(account);
    }

    /// Version of the settings in use.
    pub(super) fn settings_version(&self) -> i64 {
        self.saved.borrow().0
    }

    /// What fails by settings that somebody has replaced meanwhile says nothing about the new ones: mails and
    /// accounts go again at once, as those that waited when they were saved.
    pub(super) fn lift_if_saved_since(&self, version: i64) -> bool {
        let current = self.outbox.borrow().settings_version();
        if self.keep(current).is_none_or(|current| current == version) {
            return false;
        }
        self.lift()
    }

    /// Lifts pauses and makes waiting mails due; false where the disk refuses.
    pub(super) fn lift(&self) -> bool {
        let now = self.now();
        let lifted = self.outbox.borrow_mut().lift(now);
        self.keep(lifted).is_some()
    }

    /// Tells whether the disk has kept every outcome so far.
    pub(super) fn all_kept(&self) -> bool {
        !self.refused.get()
    }

    /// Notes that a mail goes, and which ones have been taken before it; false where the disk refuses. Then it must not
    /// go: after a crash nobody would know that the server may have it.
    pub(super) fn note_hand_over(&self, id: i64) -> bool {
        let taken = self.taken.take();
        let noted = self.outbox.borrow_mut().note_hand_over(id, &taken);
        self.keep(noted).is_some()
    }

    /// Settles a mail, with all that has gathered; where the disk refuses, it is tried again until it holds.
    pub(super) fn settle(&self, id: i64, settlement: Settlement, event: Event) {
        self.gather(id, settlement, event);
        self.write_outcomes();
    }

    /// Settles a mail soon: what gathers is written when the server makes us wait, or when it is much. Until then the
    /// next hand-over notes that it was taken, so that a crash leaves it in no doubt.
    pub(super) fn settle_soon(&self, id: i64, settlement: Settlement, event: Event) {
        self.gather(id, settlement, event);
        if self.unwritten.borrow().len() >= TOGETHER {
            self.write_outcomes();
        }
    }

    fn gather(&self, id: i64, settlement: Settlement, event: Event) {
        if settlement == Settlement::Sent {
            self.taken.borrow_mut().push(id);
        }
        let settled = Outcome::Settled(id, settlement, Box::new(event));
        self.unwritten.borrow_mut().push(settled);
    }

    /// Puts mails back whose content has not gone; where the disk refuses, it is tried again until it holds.
    pub(super) fn release<'a>(&self, mails: impl IntoIterator<Item = &'a Claimed>) {
        let untouched = mails.into_iter().map(|mail| Outcome::Untouched(mail.id));
        self.unwritten.borrow_mut().extend(untouched);
        self.write_outcomes();
    }

    /// Writes what has gathered, and tells whoever waits for it.
    pub(super) fn write_outcomes(&self) {
        let outcomes = self.unwritten.take();
        if outcomes.is_empty() {
            return;
        }
        self.taken.borrow_mut().clear();
        let now = self.now();
        let written = self.outbox.borrow_mut().write(&outcomes, now);
        self.refused.set(written.is_err());
        if written.is_err() {
            // On a disk that has no room, the settlements are what matters.
            let alone = outcomes.into_iter().map(Outcome::without_conversation);
            self.unwritten.borrow_mut().extend(alone);
        }
        self.keep(written);
        self.shared.tell_settled();
    }

    /// Pauses an account until a probe after `wait`; false where the disk refuses to keep that.
    pub(super) fn pause(&self, account: &str, cause: &Error, wait: Duration) -> bool {
        let now = self.now();
        let paused = self.outbox.borrow_mut().pause(account, cause, wait, now);
        self.keep(paused).is_some()
    }

    pub(super) fn put_off_probe(&self, account: &str, wait: Duration) {
        let now = self.now();
        let put_off = self.outbox.borrow().put_off_probe(account, wait, now);
        self.keep(put_off);
    }

    pub(super) fn resume(&self, account: &str) {
        let now = self.now();
        let resumed = self.outbox.borrow_mut().resume(account, now);
        self.keep(resumed);
    }

    /// Keeps what the disk says for health; a call that works clears it, unless something is still to be written.
    pub(super) fn keep<T>(&self, answer: Result<T>) -> Option<T> {
        match answer {
            Ok(value) => {
                if self.all_kept() {
                    self.shared.note_trouble(None);
                }
                Some(value)
            }
            Err(error) => {
                self.note_trouble(&error);
                None
            }
        }
    }

    fn note_trouble(&self, error: &Error) {
        if error.code == MAIL_E_DAMAGED
            && let Ok(outbox) = self.outbox.try_borrow()
        {
            outbox.note_damage();
        }
        self.shared.note_trouble(Some(error.clone()));
    }

    /// Judges what is `sending` although nobody sends: a crash or a stop cut it off.
    pub(super) fn recover(&self) {
        self.write_outcomes();
        let Some(left) = self.keep(self.outbox.borrow().left_sending()) else {
            return;
        };
        for (mail, far) in left {
            let interrupted = Error::new(MAIL_E_UNCERTAIN, text::interrupted());
            let (settlement, event) = match far {
                HowFar::Claimed => {
                    let mut event = Event::of("interrupted", &interrupted);
                    event.code = 0;
                    (Settlement::Back, event)
                }
                HowFar::HandedOver => {
                    let rules = self.in_force(&mail.store).delivery;
                    let settlement = rules::judge_unsure(&mail, &rules);
                    let name = if settlement == Settlement::Uncertain {
                        "uncertain"
                    } else {
                        "unsure"
                    };
                    (settlement, Event::of(name, &interrupted))
                }
                HowFar::Taken => {
                    let in_force = self.in_force_of(&mail.store, mail.account.as_deref());
                    let way = in_force.and_then(|in_force| in_force.way);
                    let mut event = Event::plain("sent");
                    event.account = way.map(|way| way.account());
                    (Settlement::Sent, event)
                }
            };
            self.settle_soon(mail.id, settlement, event);
        }
        self.write_outcomes();
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

    /// Every way out that the settings name: the stores' and the users'.
    pub(super) fn ways(&self) -> Vec<Way> {
        let document = &self.saved.borrow().1;
        let stores = document.stores.iter().flat_map(|stores| stores.keys());
        let accounts = document
            .accounts
            .iter()
            .flat_map(|accounts| accounts.keys());
        [InForce::of(document, "")]
            .into_iter()
            .chain(stores.map(|store| InForce::of(document, store)))
            .chain(accounts.filter_map(|account| InForce::of_account(document, "", account)))
            .filter_map(|in_force| in_force.way)
            .collect()
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

impl Keeper for Desk {
    fn kept(&self, account: &str) -> Result<Option<KeptTokens>> {
        self.outbox.borrow().tokens(account)
    }

    fn keep(&self, account: &str, tokens: &KeptTokens) -> Result<()> {
        self.outbox.borrow_mut().keep_tokens(account, tokens)
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }

    fn folder(&self) -> &Path {
        self.contents.folder()
    }

    fn now(&self) -> Millis {
        Desk::now(self)
    }
}
