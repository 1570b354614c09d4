//! The worker: one thread that drains the outbox while it holds the right to.
//!
//! Each turn it takes over what another process left, finds the lanes (store and account) with due mails, and starts one
//! round for each account that may go. Rounds of different accounts run side by side; a silent server
//! holds up nobody else. It wakes when a mail is accepted, when one is due, and once a second to see
//! what other processes have done.

use super::desk::{Desk, Shared};
use super::limits::{self, Allowance};
use super::oauth::idle;
use super::round::{Round, Standing};
use crate::clock::{Millis, millis};
use crate::error::{Error, MAIL_E_NOT_CONFIGURED, Result};
use crate::os;
use crate::outbox::claim::DueLane;
use crate::outbox::drainer::{self, Drainer};
use crate::outbox::{Event, Gate, Outbox, Settlement};
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
/// Where another process drains, its lock is tried no more often, whatever is accepted here meanwhile.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);
/// Old contents and addresses are looked for so often.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// Sign-ins that nobody uses are looked for so often.
const RENEW_EVERY: Duration = Duration::from_secs(3_600);
/// An account whose server has refused a second line has one line only for so long.
const ALONE: Duration = Duration::from_secs(3_600);
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
        gate: Arc<Gate>,
        vault: Vault,
        presets: Arc<PresetFile>,
        shared: Arc<Shared>,
    ) -> Result<Self> {
        let outbox = Outbox::open(folder, gate)?;
        let contents = outbox.reader_of_contents()?;
        // Made here, so that whoever opens is told: a worker without it would never send.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::no_resources)?;
        let (folder, of_thread) = (folder.to_path_buf(), shared.clone());
        let thread = os::stack::spawn_quiet(move || {
            let desk = Desk::new(outbox, contents, vault, presets, of_thread);
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
    /// Its open lines, and the mails that they have claimed.
    lines: u32,
    claimed: u32,
    failures: u32,
    rest: Option<RestTaken>,
    /// Since when its server is known to take one line only.
    alone: Option<Instant>,
}

/// A round that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    account: String,
    standing: Standing,
    claimed: u32,
    started: Instant,
}

/// A rest is measured by the time that passes, which nobody sets.
#[derive(Debug, Clone, Copy)]
struct RestTaken {
    since: Instant,
    wait: Duration,
}

impl RestTaken {
    fn start(wait: Duration) -> Self {
        let since = Instant::now();
        RestTaken { since, wait }
    }

    /// Gives what is left. A person who sent a mail on its way again since it began does not wait for its end.
    fn left(&self, retried_at: Option<Millis>, now: Millis) -> Duration {
        let passed = self.since.elapsed();
        match retried_at.map(|retried_at| now - retried_at) {
            Some(ago) if (0..millis(passed)).contains(&ago) => Duration::ZERO,
            _ => self.wait.saturating_sub(passed),
        }
    }
}

struct Loop {
    folder: PathBuf,
    desk: Rc<Desk>,
    drainer: Option<Drainer>,
    tried_at: Option<Instant>,
    accounts: HashMap<String, Record>,
    rounds: JoinSet<()>,
    forgot_at: Option<Instant>,
    looked_at_tokens: Option<Instant>,
    tidied_at: Instant,
    seen_version: Cell<i64>,
}

impl Loop {
    fn new(folder: PathBuf, desk: Rc<Desk>) -> Self {
        Loop {
            folder,
            desk,
            drainer: None,
            tried_at: None,
            accounts: HashMap::new(),
            rounds: JoinSet::new(),
            forgot_at: None,
            looked_at_tokens: None,
            tidied_at: Instant::now(),
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
            let next = self.desk.keep(turn).flatten();
            let working = !self.rounds.is_empty();
            self.desk.shared.sleep(sleep(next), working).await;
        }
    }

    /// One turn; gives how long it is until the next thing to do, where it is known.
    fn turn(&mut self) -> Result<Option<Duration>> {
        self.note_finished();
        if self.drainer.is_none() {
            self.wait_between_tries();
            self.drainer = drainer::try_take(&self.folder)?;
            if self.drainer.is_none() {
                return Ok(self.watch_others());
            }
            self.desk.shared.draining.store(true, Ordering::Relaxed);
            self.desk.read_settings()?;
            self.desk.check_clock();
            self.desk.recover();
        }
        self.desk.write_outcomes();
        self.take_new_settings()?;
        self.forget()?;
        self.renew_unused_tokens()?;
        let next = self.dispatch()?;
        self.tidy_log()?;
        Ok(next)
    }

    /// A till that accepts one receipt after the other would try for each.
    fn wait_between_tries(&mut self) {
        let passed = self.tried_at.map_or(BETWEEN_TRIES, |at| at.elapsed());
        std::thread::sleep(BETWEEN_TRIES.saturating_sub(passed));
        self.tried_at = Some(Instant::now());
    }

    /// Once a second, so that no till has to do it.
    fn tidy_log(&mut self) -> Result<()> {
        if self.tidied_at.elapsed() >= TICK {
            self.tidied_at = Instant::now();
            self.desk.outbox.borrow().tidy_log()?;
        }
        Ok(())
    }

    /// Reads what somebody has saved: accounts that waited may go at once.
    fn take_new_settings(&mut self) -> Result<bool> {
        let new = self.desk.read_settings()?;
        if new {
            let accounts = self.accounts.values_mut();
            accounts.for_each(|record| {
                (record.failures, record.rest, record.alone) = (0, None, None);
            });
            // Saving did so, but by a clock that may have been set just before: only here it is known by how much.
            self.desk.lift();
        }
        Ok(new)
    }

    /// Another process drains: those who wait here are told when it has written.
    fn watch_others(&self) -> Option<Duration> {
        let version = self.desk.keep(self.desk.outbox.borrow().data_version())?;
        if self.seen_version.replace(version) != version {
            self.desk.shared.tell_settled();
        }
        None
    }

    fn note_finished(&mut self) {
        while self.rounds.try_join_next().is_some() {}
        for ended in self.desk.finished.take() {
            let record = self.accounts.entry(ended.account.clone()).or_default();
            record.lines = record.lines.saturating_sub(1);
            record.claimed = record.claimed.saturating_sub(ended.claimed);
            if record.lines == 0 {
                self.desk.carries_none(&ended.account);
            }
            match ended.standing {
                // A rest that another line took meanwhile is newer than this one's success.
                Standing::Works if record.rest.is_some_and(|rest| rest.since > ended.started) => {}
                Standing::Works | Standing::Paused => (record.failures, record.rest) = (0, None),
                Standing::Waits {
                    since,
                    wait,
                    worked,
                } => {
                    let before = if worked { 0 } else { record.failures };
                    record.failures = before.saturating_add(1);
                    record.rest = Some(RestTaken { since, wait });
                }
                Standing::Crowded => record.alone = Some(ended.started),
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
        let now = self.desk.now();
        let more = self.desk.outbox.borrow_mut().forget(&rules, now)?;
        self.forgot_at = (!more).then(Instant::now);
        Ok(())
    }

    /// Once an hour, for accounts that send too seldom to keep their sign-in.
    fn renew_unused_tokens(&mut self) -> Result<()> {
        let looked = self.looked_at_tokens;
        if looked.is_some_and(|at| at.elapsed() < RENEW_EVERY) {
            return Ok(());
        }
        self.looked_at_tokens = Some(Instant::now());
        let probe = self.desk.in_force("").delivery.probe;
        for way in idle::unused(&self.desk)? {
            let desk = self.desk.clone();
            self.rounds.spawn_local(idle::renew(desk, way, probe));
        }
        Ok(())
    }

    /// Starts what may go; gives how long it is until the next lane may.
    fn dispatch(&mut self) -> Result<Option<Duration>> {
        let now = self.desk.now();
        let due = self.desk.outbox.borrow().due_lanes()?;
        if due.is_empty() {
            return Ok(None);
        }
        let paused = self.desk.outbox.borrow().paused()?;
        let probes: HashMap<String, Millis> = paused
            .into_iter()
            .map(|pause| (pause.account, pause.probe_at))
            .collect();
        let mut next: Option<Duration> = None;
        for due in due {
            let wait = self.consider(&due, &probes, now)?;
            next = next.into_iter().chain(wait).min();
        }
        Ok(next)
    }

    /// Starts a round for a lane that may go; gives how long another one has to wait.
    fn consider(
        &mut self,
        due: &DueLane,
        probes: &HashMap<String, Millis>,
        now: Millis,
    ) -> Result<Option<Duration>> {
        let Some(settings) = self.desk.in_force_of(&due.store, due.account.as_deref()) else {
            return self.refuse(due, now).map(|()| None);
        };
        let complete = settings.missing().is_empty();
        let Some(way) = settings.way.as_ref().filter(|_| complete) else {
            return Ok(None);
        };
        let account = way.account();
        let carries = self.desk.carries(&account);
        let record = self.accounts.entry(account.clone()).or_default();
        let probe_at = probes.get(&account).copied();
        if record.lines > 0 {
            // Another line is opened beside one that is known to work, never for an account in trouble.
            let alone = record.alone.is_some_and(|since| since.elapsed() < ALONE);
            let works = carries && record.rest.is_none() && probe_at.is_none();
            if alone || !works || record.lines >= way.lines() {
                return Ok(None);
            }
        }
        let rest = record.rest.map(|rest| rest.left(due.retried_at, now));
        let at = due.next_at.max(probe_at.unwrap_or(0));
        let wait = Duration::from_millis(u64::try_from(at - now).unwrap_or(0))
            .max(rest.unwrap_or_default());
        if wait > Duration::ZERO {
            return Ok(Some(wait));
        }
        let most = match limits::allowance(&self.desk.outbox.borrow(), &settings, now)? {
            Allowance::Mails(_) if probe_at.is_some() => 1,
            // What another line has claimed will be counted when it is sent.
            Allowance::Mails(most) => most
                .saturating_sub(record.claimed)
                .min(settings.delivery.batch),
            Allowance::NoneFor(wait) => {
                record.rest = Some(RestTaken::start(wait));
                return Ok(Some(wait));
            }
        };
        if most == 0 {
            return Ok(None);
        }
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
                self.desk
                    .settle_soon(mail.id, Settlement::Failed, event.clone());
            }
            self.desk.write_outcomes();
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
        let (claimed, started) = (clamped(mails.len()), Instant::now());
        record.claimed = record.claimed.saturating_add(claimed);
        record.lines += 1;
        let round = Round {
            account: account.clone(),
            settings,
            settings_version: self.desk.settings_version(),
            mails,
            probing,
            is_beside: record.lines > 1,
            failures_before: record.failures,
        };
        if round.is_beside {
            // There may be room for one more line, and mails for it.
            self.desk.shared.wake();
        }
        let desk = self.desk.clone();
        self.rounds.spawn_local(async move {
            let standing = round.run(&desk).await;
            desk.finished.borrow_mut().push(Ended {
                account,
                standing,
                claimed,
                started,
            });
            desk.shared.wake();
        });
        Ok(())
    }
}

fn clamped(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Gives how long to sleep: not past a tick, and not so short that the turn finds nothing due.
fn sleep(next: Option<Duration>) -> Duration {
    next.map_or(TICK, |wait| wait.clamp(Duration::from_millis(1), TICK))
}
