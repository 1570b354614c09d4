//! Who writes next: a queue among the connections of one process, and patience with other processes.
//!
//! SQLite lets one connection write at a time; the others find out by asking again, and sleep between. Inside one
//! process that is not needed: whoever is about to write takes a [`Turn`] first, in the order of arrival. So a till
//! goes on the moment the worker's commit is done, and neither can keep the other from its turn.

use crate::lock::lock;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for another process's commit; ours take a millisecond.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Pauses between two looks at a lock of another process: short while a commit may be about to end.
const PAUSES: [(i32, Duration); 3] = [
    (10, Duration::from_micros(100)),
    (50, Duration::from_millis(1)),
    (i32::MAX, Duration::from_millis(10)),
];

/// Orders the writers of one process on one outbox.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    turns: Mutex<Turns>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Turns {
    /// Numbers that were given out.
    given: u64,
    /// The number whose turn it is.
    current: u64,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    gate: Arc<Gate>,
}

impl Gate {
    /// Waits for one's turn.
    pub(super) fn turn(self: &Arc<Self>) -> Turn {
        let mut turns = self.turns();
        let number = turns.given;
        turns.given += 1;
        let _turns = self
            .moved
            .wait_while(turns, |turns| turns.current != number)
            .unwrap_or_else(PoisonError::into_inner);
        Turn { gate: self.clone() }
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        lock(&self.turns)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.gate.turns().current += 1;
        self.gate.moved.notify_all();
    }
}

/// Makes what SQLite asks whether to look again at a lock that another process holds. The looks of one wait are
/// counted from 0.
pub(super) fn patience() -> impl FnMut(i32) -> bool + Send + 'static {
    let mut since = Instant::now();
    move |looks| {
        if looks == 0 {
            since = Instant::now();
        }
        if since.elapsed() >= PATIENCE {
            return false;
        }
        let pause = PAUSES.iter().find(|(until, _)| looks < *until);
        std::thread::sleep(pause.map_or(Duration::ZERO, |(_, pause)| *pause));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn turns_are_taken_in_the_order_of_arrival_also_after_a_panic() {
        let gate = Arc::new(Gate::default());
        let first = gate.turn();
        let (tell, told) = mpsc::channel();
        let threads: Vec<_> = (0..16)
            .map(|number| {
                let (waiter, tell) = (gate.clone(), tell.clone());
                let thread = std::thread::spawn(move || {
                    let _turn = waiter.turn();
                    tell.send(number).unwrap();
                    assert_ne!(number, 3, "one of them panics");
                });
                let deadline = Instant::now() + Duration::from_secs(30);
                while gate.turns().given < number + 2 {
                    assert!(Instant::now() < deadline, "{number} never arrived");
                    std::thread::yield_now();
                }
                thread
            })
            .collect();
        assert!(
            told.try_recv().is_err(),
            "nobody goes before the first one is done"
        );
        drop(first);
        let panicked: Vec<bool> = threads
            .into_iter()
            .map(|thread| thread.join().is_err())
            .collect();
        assert_eq!(
            told.try_iter().collect::<Vec<_>>(),
            (0..16).collect::<Vec<_>>()
        );
        assert_eq!(panicked.iter().filter(|panicked| **panicked).count(), 1);
    }
}
