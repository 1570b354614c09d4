//! One state folder of the crash test: its tills, the rounds in which they are killed, and its book.

use super::dice::Dice;
use super::judge::{self, Book, Verdict};
use super::plan::{Circumstances, Plan, Pool};
use super::seat::Seat;
use super::server::{Mood, Server};
use crate::support::ca::TestCa;
use crate::support::scratch::{Scratch, wait_until};
use crate::support::shim::control::Strike;
use crate::support::shim::{Tools, opening, read_outbox};
use crate::support::shop::{self, and};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The longest wait until everything left is delivered.
const DRAINED: Duration = Duration::from_secs(90);
/// A kill at any moment falls within this time; opening and sending take less.
const ANY_MOMENT_US: usize = 90_000;
/// Three attachments of this size fill SQLite's log to the next checkpoint.
const LARGE_BYTES: usize = 1_200_000;

/// What kind of shop it is.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub tills: usize,
    pub encrypted: bool,
    /// A mail in doubt waits for a person.
    pub holds: bool,
}

impl Kind {
    pub fn of(folder: u64) -> Kind {
        Kind {
            tills: if folder.is_multiple_of(2) { 1 } else { 3 },
            encrypted: folder % 6 == 4 || folder % 12 == 11,
            holds: folder % 5 == 3,
        }
    }
}

/// A folder with all that belongs to it.
pub struct Folder<'a> {
    name: String,
    kind: Kind,
    tools: &'a Tools,
    pool: &'a Pool,
    dice: Dice,
    scratch: Scratch,
    ca: TestCa,
    server: Server,
    seats: Vec<Option<Seat>>,
    fresh: bool,
    left_sending: bool,
    controls: usize,
    numbers: usize,
    /// Given to a till that died before it answered: a till gives those again.
    unanswered: Vec<String>,
    book: Book,
    counts: BTreeMap<String, i64>,
}

impl<'a> Folder<'a> {
    pub fn new(seed: u64, folder: u64, tools: &'a Tools, pool: &'a Pool) -> Folder<'a> {
        let kind = Kind::of(folder);
        let scratch = Scratch::new("crash");
        std::fs::write(scratch.path().join("large.bin"), vec![7; LARGE_BYTES]).unwrap();
        let ca = TestCa::new(scratch.path());
        let issued = kind.encrypted.then(|| ca.issue(&["localhost"]));
        Folder {
            name: format!("seed {seed}, folder {folder}, {kind:?}"),
            kind,
            tools,
            pool,
            dice: Dice::of(seed, folder),
            server: Server::start(issued.as_ref()),
            scratch,
            ca,
            seats: (0..kind.tills).map(|_| None).collect(),
            fresh: true,
            left_sending: false,
            controls: 0,
            numbers: 0,
            unanswered: Vec::new(),
            book: Book::default(),
            counts: BTreeMap::new(),
        }
    }

    fn state(&self) -> PathBuf {
        self.scratch.path().join("state")
    }

    fn settings(&self) -> Value {
        let security = if self.kind.encrypted {
            "starttls"
        } else {
            "none"
        };
        let unsure = if self.kind.holds {
            "hold"
        } else {
            "retry_once"
        };
        let mut settings = and(
            shop::plain_settings(self.server.port()),
            &json!({
                "smtp": { "host": "localhost", "security": security },
                "delivery": { "unsure_wait_s": 0, "unsure": unsure },
            }),
        );
        if self.kind.encrypted {
            settings["smtp"]["ca_file"] = json!(self.ca.ca_pem());
        }
        settings
    }

    /// Runs so many rounds, lets the rest be delivered, and judges.
    pub fn run(mut self, rounds: usize) -> Verdict {
        for round in 0..rounds {
            self.round(round);
        }
        self.drain();
        judge::judge(
            &self.name,
            self.kind,
            &self.state(),
            &self.server,
            self.book,
            self.counts,
        )
    }

    fn round(&mut self, round: usize) {
        let plan = self.pool.next(
            &mut self.dice,
            Circumstances {
                fresh: self.fresh,
                left_sending: self.left_sending,
                encrypted: self.kind.encrypted,
            },
        );
        self.server.set_mood(plan.mood());
        let started = Instant::now();
        self.open_seats(&plan);
        self.give_receipts(&plan);
        if plan.point.is_some() {
            self.wait_for_a_death(&plan, started);
        } else {
            let moment = self.dice.below(ANY_MOMENT_US);
            std::thread::sleep(Duration::from_micros(u64::try_from(moment).unwrap()));
        }
        self.strike(&plan);
        self.server.set_mood(Mood::Friendly);
        self.look(round);
    }

    /// Every seat gets a till; those that live stay.
    fn open_seats(&mut self, plan: &Plan) {
        let (state, settings) = (self.state(), self.settings());
        for index in 0..self.seats.len() {
            if let Some(seat) = &mut self.seats[index] {
                if let Some(point) = &plan.point {
                    seat.till.control.arm(0, point, plan.nth, Strike::Kill);
                }
                if plan.configures() {
                    seat.till.tell("mail_configure", &settings);
                }
                continue;
            }
            self.controls += 1;
            let path = self
                .scratch
                .path()
                .join(format!("control-{}", self.controls));
            let control = self.tools.control(&path);
            if let Some(point) = &plan.point {
                control.arm(0, point, plan.nth, Strike::Kill);
            }
            let mut seat = Seat::new(self.tools.start(control));
            seat.till.tell("mail_init", &opening(&state));
            if self.fresh || plan.configures() || self.dice.one_in(4) {
                seat.till.tell("mail_configure", &settings);
            }
            self.seats[index] = Some(seat);
        }
    }

    /// New receipts, and those again whose till died before it answered.
    fn give_receipts(&mut self, plan: &Plan) {
        let mut numbers = std::mem::take(&mut self.unanswered);
        for _ in 0..=self.dice.below(3) + self.seats.len() / 2 {
            self.numbers += 1;
            numbers.push(format!("R-{}", self.numbers));
        }
        if self.dice.one_in(4)
            && let Some(known) = self.book.acknowledged.keys().next_back()
        {
            numbers.push(known.clone());
        }
        let large = self.scratch.path().join("large.bin");
        for (index, number) in numbers.into_iter().enumerate() {
            let mut receipt = shop::receipt(&number, "client@clients.test");
            if plan.fills_the_log() && index < 3 {
                receipt["attachments"] = json!([{ "name": "large.bin", "path": large }]);
            } else if self.dice.one_in(8) {
                receipt["text"] = json!("TOTAL 6,50\n".repeat(4_000));
            }
            let seat = self.dice.below(self.seats.len());
            self.seats[seat].as_mut().unwrap().give(number, &receipt);
        }
    }

    fn give_another(&mut self) {
        self.numbers += 1;
        let number = format!("R-{}", self.numbers);
        let receipt = shop::receipt(&number, "client@clients.test");
        let seat = self.dice.below(self.seats.len());
        self.seats[seat].as_mut().unwrap().give(number, &receipt);
    }

    /// Until one has died at the point, or it is plain that none will.
    fn wait_for_a_death(&mut self, plan: &Plan, started: Instant) {
        let mut looked_at = Instant::now();
        while started.elapsed() < plan.patience() {
            if self
                .seats
                .iter_mut()
                .flatten()
                .any(|seat| seat.till.has_died())
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
            if looked_at.elapsed() > Duration::from_millis(50) {
                looked_at = Instant::now();
                self.read_answers();
                let all_answered = self
                    .seats
                    .iter()
                    .flatten()
                    .all(|seat| seat.given.is_empty());
                if all_answered && plan.fills_the_log() {
                    // The worker moves the log into the file once a second; who writes after that begins it anew.
                    self.give_another();
                } else if all_answered && !self.fresh && self.waiting() == 0 {
                    return;
                }
            }
        }
    }

    fn waiting(&self) -> i64 {
        read_outbox(&self.state())
            .query_row(
                "SELECT count(*) FROM mail WHERE state IN ('queued', 'sending')",
                [],
                |row| row.get(0),
            )
            .unwrap()
    }

    /// If none has died, one of them dies now.
    fn strike(&mut self, plan: &Plan) {
        let dead = self
            .seats
            .iter_mut()
            .flatten()
            .any(|seat| seat.till.has_died());
        if !dead {
            let victim = self.dice.below(self.seats.len());
            self.seats[victim].as_mut().unwrap().till.kill();
        }
        if plan.point.is_some() && self.dice.one_in(2) {
            // The others may still come to the point: one after the other takes over and dies there.
            return;
        }
        self.seats
            .iter()
            .flatten()
            .for_each(|seat| seat.till.control.disarm());
    }

    /// Buries the dead, and reads what was acknowledged and what is in doubt.
    fn look(&mut self, round: usize) {
        for index in 0..self.seats.len() {
            let mut seat = self.seats[index].take().unwrap();
            if !seat.till.has_died() {
                self.seats[index] = Some(seat);
                continue;
            }
            seat.till.kill();
            let at = seat.till.control.killed_at();
            if let Some(at) = &at {
                self.pool.killed(at);
            }
            self.book
                .kills
                .push((round, at.unwrap_or_else(|| "at any moment".to_owned())));
            self.bury(seat);
        }
        self.read_answers();
        self.note_doubts();
    }

    fn bury(&mut self, mut seat: Seat) {
        self.fresh &= !seat.hear(&mut self.book);
        // Under TLS the names of the worker's commits are a guess.
        if !self.kind.encrypted {
            seat.till.control.add_counts(&mut self.counts);
        }
        self.unanswered.extend(seat.given);
    }

    fn read_answers(&mut self) {
        for seat in self.seats.iter_mut().flatten() {
            self.fresh &= !seat.hear(&mut self.book);
        }
    }

    fn note_doubts(&mut self) {
        if self.fresh {
            return;
        }
        let left = judge::left_sending(&self.state());
        self.left_sending = !left.is_empty();
        for mail in left.into_iter().filter(|mail| mail.in_doubt) {
            *self.book.doubts.entry(mail.message_id).or_default() += 1;
        }
    }

    /// One till, untroubled, delivers what is left.
    fn drain(&mut self) {
        for index in 0..self.seats.len() {
            if let Some(mut seat) = self.seats[index].take() {
                seat.till.kill();
                self.bury(seat);
            }
        }
        self.note_doubts();
        let control = self.tools.control(&self.scratch.path().join("control-0"));
        let mut till = self.tools.start(control);
        till.open(&self.state());
        till.wants("mail_configure", &self.settings());
        for number in std::mem::take(&mut self.unanswered) {
            let reply = till.wants(
                "mail_send_receipt",
                &shop::receipt(&number, "client@clients.test"),
            );
            self.book.acknowledge(number, &reply);
        }
        let end = Instant::now() + DRAINED;
        while self.waiting() > 0 {
            if Instant::now() > end {
                let health = till.wants("mail_health", &json!({}));
                let left = judge::unfinished(&self.state());
                panic!(
                    "{} is not drained: {health}\n{left}\n{:?}",
                    self.name, self.book
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        till.wants("mail_shutdown", &json!({ "wait_ms": 20_000 }));
        till.ends(Duration::from_secs(20));
        wait_until("the server has read every line to its end", DRAINED, || {
            (self.server.open_lines() == 0).then_some(())
        });
    }
}
