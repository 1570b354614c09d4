//! The worker: one thread that drains the outbox while it holds the right to.
//!
//! Each turn it takes over what another process left, finds the lanes (store and account) with due mails, and starts one
//! round for each account that may go. Rounds of different accounts run side by side; a silent server
//! holds up nobody else. It wakes when a mail is accepted, when one is due, and once a second to see
//! what other processes have done.

use super::desk::{Desk, Shared};
use super::limits::{self, Allowance};
use super::round::{Round, Standing};
use crate::clock::{self, Millis};
use crate::error::{Error, MAIL_E_NOT_CONFIGURED, Result};
use crate::os;
use crate::outbox::claim::DueLane;
use crate::outbox::drainer::{self, Drainer};
use crate::outbox::{Event, Outbox, Settlement};
use crate::settings::in_force::InForce;
use crate::settings::presets::file::PresetFile;
use crate::settings::secret::Vault;
use crate::text;
use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, LocalSet};

/// Other processes' mails, locks and settings are looked for so often.
const TICK: Duration = Duration::from_secs(1);
/// Old contents and addresses are looked for so often.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// An account rests no longer than this, whatever the clocks have shown: a daily limit, and a little more.
const LONGEST_REST_MS: Millis = 25 * 3_600_000;
/// Mails of an account that is gone which are settled in one turn.
const REFUSED: u32 = 100;
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
    pub(crate) fn start(
        folder: &Path,
        vault: Vault,
        presets: Arc<PresetFile>,
        shared: Arc<Shared>,
    ) -> Result<Self> {
        let outbox = Outbox::open(folder)?;
        // Made here, so that whoever opens is told: a worker without it would never send.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::no_resources)?;
        let (folder, of_thread) = (folder.to_path_buf(), shared.clone());
        let thread = os::stack::spawn_quiet(move || {
            let desk = Desk::new(outbox, vault, presets, of_thread);
            work(runtime, folder, desk);
        })
        .map_err(Error::no_resources)?;
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

fn work(runtime: Runtime, folder: PathBuf, desk: Desk) {
    let _fpu = os::FpuGuard::enter();
    let desk = Rc::new(desk);
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
    failed_at: Millis,
    not_before: Millis,
}

impl Record {
    /// A person who sends a mail on its way again does not wait for the account's next time.
    fn not_before(&self, retried_at: Option<Millis>) -> Millis {
        match retried_at {
            Some(retried_at) if retried_at > self.failed_at => 0,
            _ => self.not_before,
        }
    }
}

struct Loop {
    folder: PathBuf,
    desk: Rc<Desk>,
    drainer: Option<Drainer>,
    accounts: HashMap<String, Record>,
    rounds: JoinSet<()>,
    forgot_at: Option<Instant>,
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
            forgot_at: None,
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
            self.desk.check_clock();
            self.desk.recover();
        }
        self.desk.settle_again();
        self.take_new_settings()?;
        self.forget()?;
        self.dispatch()
    }

    /// Reads the clock; where it was set, the accounts' waits are moved with it.
    fn now(&mut self) -> Millis {
        let now = self.desk.now();
        let by = self.desk.take_move();
        if by != 0 {
            for record in self.accounts.values_mut() {
                record.failed_at = record.failed_at.saturating_add(by);
                record.not_before = record
                    .not_before
                    .saturating_add(by)
                    .min(now + LONGEST_REST_MS);
            }
        }
        now
    }

    /// Reads what somebody has saved: accounts that waited may go at once.
    fn take_new_settings(&mut self) -> Result<bool> {
        let new = self.desk.read_settings()?;
        if new {
            let accounts = self.accounts.values_mut();
            accounts.for_each(|record| (record.failures, record.not_before) = (0, 0));
        }
        Ok(new)
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
        let now = self.now();
        while self.rounds.try_join_next().is_some() {}
        for (account, standing) in self.desk.finished.take() {
            let record = self.accounts.entry(account).or_default();
            record.running = false;
            match standing {
                Standing::Works | Standing::Paused => (record.failures, record.not_before) = (0, 0),
                Standing::Waits { until, worked } => {
                    let before = if worked { 0 } else { record.failures };
                    record.failures = before.saturating_add(1);
                    record.failed_at = now;
                    // Further away than any rest: the clock was set back just now, and this was still by the old time.
                    let by_this_clock = until <= now + LONGEST_REST_MS;
                    record.not_before = if by_this_clock { until } else { now };
                }
            }
        }
    }

    /// Old contents and addresses once an hour; a journal over its bound as soon as it is noticed. After the
    /// clock was moved nothing is deleted for a while: somebody may be about to set it right.
    fn forget(&mut self) -> Result<()> {
        let rules = self.desk.in_force("").journal;
        let lines = self.desk.outbox.borrow().fill()?.journal_lines;
        let wait = if lines > rules.max_lines {
            TICK
        } else {
            FORGET_EVERY
        };
        let waited = self.forgot_at.is_none_or(|at| at.elapsed() >= wait);
        if !waited || self.desk.clock_moved_within(FORGET_EVERY) {
            return Ok(());
        }
        let now = self.now();
        let more = self.desk.outbox.borrow_mut().forget(&rules, now)?;
        self.forgot_at = (!more).then(Instant::now);
        Ok(())
    }

    /// Starts what may go; gives the time at which the next lane may.
    fn dispatch(&mut self) -> Result<Option<Millis>> {
        let now = self.now();
        let due = self.desk.outbox.borrow().due_lanes()?;
        if due.is_empty() {
            return Ok(None);
        }
        let paused = self.desk.outbox.borrow().paused()?;
        let probes: HashMap<String, Millis> = paused
            .into_iter()
            .map(|pause| (pause.account, pause.probe_at))
            .collect();
        let mut next: Option<Millis> = None;
        for due in due {
            let at = self.consider(&due, &probes, now)?;
            next = next.into_iter().chain(at).min();
        }
        Ok(next)
    }

    /// Starts a round for a lane that may go; gives the time of one that has to wait.
    fn consider(
        &mut self,
        due: &DueLane,
        probes: &HashMap<String, Millis>,
        now: Millis,
    ) -> Result<Option<Millis>> {
        let Some(settings) = self.desk.in_force_of(&due.store, due.account.as_deref()) else {
            return self.refuse(due, now).map(|()| None);
        };
        let complete = settings.missing().is_empty();
        let Some(way) = settings.way.as_ref().filter(|_| complete) else {
            return Ok(None);
        };
        let account = way.account();
        let record = self.accounts.entry(account.clone()).or_default();
        let probe_at = probes.get(&account).copied();
        let at = due
            .next_at
            .max(record.not_before(due.retried_at))
            .max(probe_at.unwrap_or(0));
        if record.running {
            return Ok(None);
        }
        if at > now {
            return Ok(Some(at));
        }
        let most = match limits::allowance(&self.desk.outbox.borrow(), &settings, now)? {
            Allowance::Mails(_) if probe_at.is_some() => 1,
            Allowance::Mails(most) => most.min(settings.delivery.batch),
            Allowance::Until(at) => {
                record.not_before = at;
                return Ok(Some(at));
            }
        };
        self.start(&due.lane, account, settings, probe_at.is_some(), most, now)?;
        Ok(None)
    }

    /// A user's account that nobody has set up any more takes its mails nowhere: their sender is told.
    fn refuse(&mut self, due: &DueLane, now: Millis) -> Result<()> {
        let account = due.account.as_deref().unwrap_or_default();
        let gone = Error::new(MAIL_E_NOT_CONFIGURED, text::unknown_account(account));
        let event = Event::of("refused", &gone);
        let mails = self
            .desk
            .outbox
            .borrow_mut()
            .claim(&due.lane, REFUSED, now)?;
        // Settings saved before a mail was accepted hold for it, also when both happened just now.
        if self.take_new_settings()? {
            self.desk.release(&mails);
        } else {
            for mail in &mails {
                self.desk.settle(mail.id, &Settlement::Failed, &event);
            }
        }
        if !mails.is_empty() {
            self.desk.shared.wake();
        }
        Ok(())
    }

    fn start(
        &mut self,
        lane: &str,
        account: String,
        settings: InForce,
        probing: bool,
        most: u32,
        now: Millis,
    ) -> Result<()> {
        let mails = self.desk.outbox.borrow_mut().claim(lane, most, now)?;
        if mails.is_empty() {
            return Ok(());
        }
        // Settings saved before a mail was accepted hold for it, also when both happened just now.
        if self.take_new_settings()? {
            self.desk.release(&mails);
            self.desk.shared.wake();
            return Ok(());
        }
        let record = self.accounts.entry(account.clone()).or_default();
        record.running = true;
        let round = Round {
            account: account.clone(),
            settings,
            settings_version: self.desk.settings_version(),
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
