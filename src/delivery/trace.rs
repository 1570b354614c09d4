//! Which steps were taken and how long each took, for `mail_verify`.

use super::step::Step;
use std::time::Instant;

/// The steps so far.
#[derive(Debug)]
pub(crate) struct Trace {
    done: Vec<(Step, u64)>,
    started: Instant,
}

impl Trace {
    /// Starts the first step.
    pub(crate) fn start() -> Self {
        Trace {
            done: Vec::new(),
            started: Instant::now(),
        }
    }

    /// Ends a step and starts the next one.
    pub(crate) fn done(&mut self, step: Step) {
        self.done.push((step, self.running_ms()));
        self.started = Instant::now();
    }

    /// Milliseconds of the step that is under way.
    pub(crate) fn running_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The finished steps with their milliseconds.
    pub(crate) fn steps(&self) -> &[(Step, u64)] {
        &self.done
    }
}
