//! Group commit: callers that arrive while a commit is under way share the next one.
//!
//! ```text
//! caller 1   leads: ──takes its turn──┬──takes the line──keeps all──commit──┬─▶ told
//! caller 2        in line ────────────┘  (2 shares the commit of 1)         └─▶ told
//! caller 3                          in line ────────────────────────────────┬─ leads ──…
//! caller 4                                 in line ─────────────────────────┘
//! ```
//!
//! What costs time is the flush to the disk, and one flush can make many mails durable. Whoever finds nobody
//! leading leads: it waits for the write lock, takes all that stand in line by then, in the order of their arrival,
//! keeps their mails in one transaction, lets the first of those who came meanwhile lead, and tells its own group.
//! Each caller is told only when its own rows are durable; a refusal is its own, what the disk refuses at the commit
//! is everybody's. Nobody waits for more callers to come: one till alone pays nothing for the group.

use super::accept::{Accepted, NewMail};
use super::{Outbox, disk_error};
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::settings::in_force::Bounds;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Callers whose mails one transaction takes: nobody waits behind more.
const MOST_ORDERS: usize = 64;
/// Bytes of mails from which on a transaction takes no further caller's.
const MOST_BYTES: usize = 4 << 20;

/// What one caller gives: its mails are kept all or none.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) mails: Vec<NewMail>,
    pub(super) bounds: Bounds,
    pub(super) now: Millis,
}

/// Where callers meet on their way into the outbox.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    waiting: Vec<Arc<Seat>>,
    /// Somebody leads, or is told to.
    led: bool,
}

/// One caller in line.
#[derive(Debug)]
struct Seat {
    order: Order,
    word: Mutex<Option<Word>>,
    spoken: Condvar,
}

/// What a caller in line is told.
#[derive(Debug)]
enum Word {
    Lead,
    Answer(Result<Vec<Accepted>>),
}

impl Intake {
    /// Keeps all of a caller's mails, or none. Durable when it returns.
    pub(crate) fn accept(
        &self,
        outbox: &Mutex<Outbox>,
        mails: Vec<NewMail>,
        bounds: Bounds,
        now: Millis,
    ) -> Result<Vec<Accepted>> {
        let seat = Arc::new(Seat {
            order: Order { mails, bounds, now },
            word: Mutex::default(),
            spoken: Condvar::new(),
        });
        let leads = {
            let mut line = lock(&self.line);
            line.waiting.push(seat.clone());
            !std::mem::replace(&mut line.led, true)
        };
        if leads {
            self.lead(outbox);
        }
        loop {
            match seat.listen() {
                Word::Lead => self.lead(outbox),
                Word::Answer(answer) => return answer,
            }
        }
    }

    #[cfg(test)]
    pub(super) fn in_line(&self) -> usize {
        lock(&self.line).waiting.len()
    }

    /// Keeps what stands in line; the leader's own order is the first.
    fn lead(&self, outbox: &Mutex<Outbox>) {
        let mut group = Group {
            intake: self,
            seats: Vec::new(),
            answers: Vec::new().into_iter(),
        };
        let mut outbox = lock(outbox);
        let turn = outbox.turn();
        // Not before: whoever comes until now need not wait for the next commit.
        group.seats = self.take();
        let orders: Vec<&Order> = group.seats.iter().map(|seat| &seat.order).collect();
        let answers = outbox.accept_together(turn, &orders);
        group.answers = answers.into_iter();
    }

    /// Takes from the front of the line what one transaction takes.
    fn take(&self) -> Vec<Arc<Seat>> {
        let mut line = lock(&self.line);
        let mut bytes = 0;
        let fits = |seat: &&Arc<Seat>| {
            let before = bytes;
            bytes += seat.order.bytes();
            before < MOST_BYTES
        };
        let taken = line.waiting.iter().take(MOST_ORDERS).take_while(fits);
        let taken = taken.count();
        line.waiting.drain(..taken).collect()
    }

    /// Lets the first in line lead.
    fn pass_on(&self) {
        let mut line = lock(&self.line);
        match line.waiting.first() {
            Some(next) => next.tell(Word::Lead),
            None => line.led = false,
        }
    }
}

/// Those who share a transaction. However it ends, they are told and the next group goes on.
struct Group<'a> {
    intake: &'a Intake,
    seats: Vec<Arc<Seat>>,
    answers: std::vec::IntoIter<Result<Vec<Accepted>>>,
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        self.intake.pass_on();
        for seat in self.seats.drain(..) {
            let unanswered = || Err(Error::bug("a mail was neither kept nor refused"));
            let answer = self.answers.next().unwrap_or_else(unanswered);
            seat.tell(Word::Answer(answer));
        }
    }
}

impl Order {
    fn bytes(&self) -> usize {
        self.mails.iter().map(|mail| mail.mime.len()).sum()
    }
}

impl Seat {
    fn tell(&self, word: Word) {
        *lock(&self.word) = Some(word);
        self.spoken.notify_one();
    }

    fn listen(&self) -> Word {
        let mut word = lock(&self.word);
        loop {
            match word.take() {
                Some(word) => return word,
                None => {
                    word = self
                        .spoken
                        .wait(word)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl Outbox {
    /// Keeps what several callers give, in one transaction and in this order; gives each its own answer.
    pub(super) fn accept_together(
        &mut self,
        turn: super::Turn,
        orders: &[&Order],
    ) -> Vec<Result<Vec<Accepted>>> {
        let same_for_all = |error: Error| orders.iter().map(|_| Err(error.clone())).collect();
        let change = match self.begin_in(turn) {
            Ok(change) => change,
            Err(error) => return same_for_all(disk_error(error)),
        };
        let mut answers = Vec::with_capacity(orders.len());
        for order in orders {
            match super::accept::keep(&change, order) {
                Ok(answer) => answers.push(answer),
                Err(error) if orders.len() == 1 => return same_for_all(disk_error(error)),
                // Nobody knows how much of the transaction is left: each for itself.
                Err(_) => {
                    drop(change);
                    return self.accept_each(orders);
                }
            }
        }
        match change.commit() {
            Ok(()) => answers,
            Err(error) => same_for_all(disk_error(error)),
        }
    }

    fn accept_each(&mut self, orders: &[&Order]) -> Vec<Result<Vec<Accepted>>> {
        let alone = |order: &&Order| {
            let turn = self.turn();
            self.accept_together(turn, &[order]).pop()
        };
        orders.iter().filter_map(alone).collect()
    }
}
