//! The worker: one thread that drains the outbox while it holds the right to.
//!
//! Each turn it takes over what another process left, finds the stores with due mails, and starts one
//! round for each account that may go. Rounds of different accounts run side by side; a silent server
//! holds up nobody else. It wakes when a mail is accepted, when one is due, and once a second to see
//! what other processes have done.

use super::desk::{Desk, Shared};
use super::round::{Round, Standing};
use crate::clock::{self, Millis};
use crate::error::{Error, Result};
use crate::os;
use crate::outbox::Outbox;
use crate::outbox::drainer::{self, Drainer};
use crate::settings::in_force::InForce;
use crate::settings::secret::Vault;
use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::task::{JoinSet, LocalSet};

/// Other processes' mails, locks and settings are looked for so often.
const TICK: Duration = Duration::from_secs(1);
/// Old contents and addresses are looked for so often.
const FORGET_EVERY_MS: Millis = 3_600_000;
/// Time kept back from a shutdown's wait, to settle what was cut off.
const SETTLE: Duration = Duration::from_millis(100);
/// Grace beyond the wait before the thread is left behind.
const GRACE: Duration = Duration::from_millis(400);

/// A running worker.
#[derive(Debug)]
pub(crate) struct Worker {
    thread: JoinHandle<()>,
    shared: Arc<Shared>,
}

impl Worker {
    /// Starts the thread on a state folder.
    pub(crate) fn start(folder: &Path, vault: Vault, shared: Arc<Shared>) -> Result<Self> {
        let outbox = Outbox::open(folder)?;
        let (folder, of_thread) = (folder.to_path_buf(), shared.clone());
        let thread = os::spawn_quiet("tillmail", move || work(folder, outbox, vault, of_thread))
            .map_err(Error::bug)?;
        Ok(Worker { thread, shared })
    }

    /// Stops within `wait`; false where the thread had to be left behind.
    pub(crate) fn stop(self, wait: Duration) -> bool {
        let now = Instant::now();
        self.shared.stop_by(now + wait.saturating_sub(SETTLE));
        while !self.thread.is_finished() {
            if now.elapsed() > wait + GRACE {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.thread.join().is_ok()
    }
}

fn work(folder: PathBuf, outbox: Outbox, vault: Vault, shared: Arc<Shared>) {
    let _fpu = os::FpuGuard::enter();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            shared.note_trouble(Some(Error::bug(error)));
            return;
        }
    };
    let desk = Rc::new(Desk::new(outbox, vault, shared));
    let local = LocalSet::new();
    let drainer = local.block_on(&runtime, Loop::new(folder, desk.clone()).run());
    // Dropping the rounds closes their sockets; a name look-up under way is left to the system.
    drop(local);
    if let Some(drainer) = drainer {
        // Only who drains may judge what is `sending`: elsewhere it is somebody else's work.
        desk.recover();
        drop(drainer);
    }
    runtime.shutdown_background();
}

/// How an account has done lately; forgotten when settings are saved.
#[derive(Debug, Default, Clone, Copy)]
struct Record {
    running: bool,
    failures: u32,
    not_before: Millis,
}

struct Loop {
    folder: PathBuf,
    desk: Rc<Desk>,
    drainer: Option<Drainer>,
    accounts: HashMap<String, Record>,
    rounds: JoinSet<()>,
    forget_at: Millis,
    seen_version: Cell<i64>,
}

impl Loop {
    fn new(folder: PathBuf, desk: Rc<Desk>) -> Self {
        Loop {
            folder,
            desk,
            drainer: None,
            accounts: HashMap::new(),
            rounds: JoinSet::new(),
            forget_at: 0,
            seen_version: Cell::new(-1),
        }
    }

    /// Runs until the worker is to stop; gives the right to drain back, still held.
    async fn run(mut self) -> Option<Drainer> {
        loop {
            if let Some(stop_at) = self.desk.shared.stop_at() {
                let _ = tokio::time::timeout_at(stop_at.into(), async {
                    while self.rounds.join_next().await.is_some() {}
                })
                .await;
                return self.drainer;
            }
            let turn = self.turn();
            let next_at = self.desk.keep(turn).flatten();
            let _ = tokio::time::timeout(sleep(next_at), self.desk.shared.wake.notified()).await;
        }
    }

    /// One turn; gives the time of the next thing to do, where it is known.
    fn turn(&mut self) -> Result<Option<Millis>> {
        self.note_finished();
        if self.drainer.is_none() {
            self.drainer = drainer::try_take(&self.folder)?;
            if self.drainer.is_none() {
                return Ok(self.watch_others());
            }
            self.desk.shared.draining.store(true, Ordering::Relaxed);
            self.desk.read_settings()?;
            self.desk.recover();
        }
        self.desk.settle_again();
        if self.desk.read_settings()? {
            // Somebody has acted: accounts that waited may go at once.
            self.accounts
                .values_mut()
                .for_each(|record| (record.failures, record.not_before) = (0, 0));
        }
        self.forget()?;
        self.dispatch()
    }

    /// Another process drains: those who wait here are told when it has written.
    fn watch_others(&self) -> Option<Millis> {
        let version = self.desk.keep(self.desk.outbox.borrow().data_version())?;
        if self.seen_version.replace(version) != version {
            self.desk.shared.tell_settled();
        }
        None
    }

    fn note_finished(&mut self) {
        while self.rounds.try_join_next().is_some() {}
        for (account, standing) in self.desk.finished.take() {
            let record = self.accounts.entry(account).or_default();
            record.running = false;
            match standing {
                Standing::Works | Standing::Paused => (record.failures, record.not_before) = (0, 0),
                Standing::Waits { until } => {
                    record.failures = record.failures.saturating_add(1);
                    record.not_before = until;
                }
            }
        }
    }

    fn forget(&mut self) -> Result<()> {
        let now = clock::now();
        if now < self.forget_at && self.forget_at - now <= FORGET_EVERY_MS {
            return Ok(());
        }
        let rules = self.desk.in_force("").journal;
        let more = self.desk.outbox.borrow_mut().forget(&rules, now)?;
        self.forget_at = if more { now } else { now + FORGET_EVERY_MS };
        Ok(())
    }

    fn dispatch(&mut self) -> Result<Option<Millis>> {
        let now = clock::now();
        let due = self.desk.outbox.borrow().due_stores()?;
        if due.is_empty() {
            return Ok(None);
        }
        let paused: HashMap<String, Millis> = self
            .desk
            .outbox
            .borrow()
            .paused()?
            .into_iter()
            .map(|pause| (pause.account, pause.probe_at))
            .collect();
        let mut next: Option<Millis> = None;
        for due in due {
            let settings = self.desk.in_force(&due.store);
            let Some(way) = settings
                .way
                .as_ref()
                .filter(|_| settings.missing().is_empty())
            else {
                continue;
            };
            let account = way.account();
            let record = self.accounts.entry(account.clone()).or_default();
            let probe_at = paused.get(&account).copied();
            let at = due
                .next_at
                .max(record.not_before)
                .max(probe_at.unwrap_or(0));
            if record.running {
                continue;
            }
            if at > now {
                next = Some(next.map_or(at, |next| next.min(at)));
                continue;
            }
            self.start(&due.store, account, settings, probe_at.is_some(), now)?;
        }
        Ok(next)
    }

    fn start(
        &mut self,
        store: &str,
        account: String,
        settings: InForce,
        probing: bool,
        now: Millis,
    ) -> Result<()> {
        let limit = if probing { 1 } else { settings.delivery.batch };
        let mails = self.desk.outbox.borrow_mut().claim(store, limit, now)?;
        if mails.is_empty() {
            return Ok(());
        }
        let record = self.accounts.entry(account.clone()).or_default();
        record.running = true;
        let round = Round {
            account: account.clone(),
            settings,
            mails,
            probing,
            failures_before: record.failures,
        };
        let desk = self.desk.clone();
        self.rounds.spawn_local(async move {
            let standing = round.run(&desk).await;
            desk.finished.borrow_mut().push((account, standing));
            desk.shared.wake();
        });
        Ok(())
    }
}

fn sleep(next_at: Option<Millis>) -> Duration {
    let until = next_at.map_or(Millis::MAX, |at| at.saturating_sub(clock::now()).max(1));
    u64::try_from(until).map_or(TICK, |until| TICK.min(Duration::from_millis(until)))
}
