//! Which steps were taken and how long each took, for `mail_verify`; told as they are taken to whoever watches.

use super::step::Step;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// The steps so far.
#[derive(Debug)]
pub(crate) struct Trace {
    done: Vec<(Step, u64)>,
    started: Instant,
    told: Option<Sender<(Step, u64)>>,
}

impl Trace {
    /// Starts the first step.
    pub(crate) fn start() -> Self {
        Trace {
            done: Vec::new(),
            started: Instant::now(),
            told: None,
        }
    }

    /// Starts the first step of a conversation that somebody watches.
    pub(crate) fn watched() -> (Self, Receiver<(Step, u64)>) {
        let (told, steps) = channel();
        let trace = Trace {
            told: Some(told),
            ..Trace::start()
        };
        (trace, steps)
    }

    /// Ends a step and starts the next one.
    pub(crate) fn done(&mut self, step: Step) {
        let ms = self.running_ms();
        self.done.push((step, ms));
        if let Some(told) = &self.told {
            // Whoever watched may have gone.
            let _ = told.send((step, ms));
        }
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
