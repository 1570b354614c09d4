//! Notices when the machine's clock is set: it must go on as fast as time passes.
//!
//! A dead battery, a correction from the network, a tired hand in January: without this, waits would end a
//! year late, or mails be given up that were accepted a minute ago.

use crate::clock::{Millis, millis};
use std::time::{Duration, Instant};

/// A smaller step is drift, or the correction of drift, and hurts nobody.
pub(super) const TOLERANCE_MS: Millis = 60_000;

/// What the clock showed last, and when that was by the time that passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steady {
    wall: Millis,
    at: Instant,
    started: Instant,
    moved: Option<Instant>,
}

impl Steady {
    /// Starts with what the clock shows now.
    pub(super) fn start(wall: Millis, at: Instant) -> Self {
        Steady {
            wall,
            at,
            started: at,
            moved: None,
        }
    }

    /// Gives by how much the clock was moved since it was last looked at; nothing where it goes on as it should.
    pub(super) fn notice(&mut self, wall: Millis, at: Instant) -> Option<Millis> {
        let expected = self
            .wall
            .saturating_add(millis(at.saturating_duration_since(self.at)));
        (self.wall, self.at) = (wall, at);
        let by = wall.saturating_sub(expected);
        if by.saturating_abs() <= TOLERANCE_MS {
            return None;
        }
        self.moved = Some(at);
        Some(by)
    }

    /// Tells for how long the clock has been trusted: since the start, or since it was moved.
    pub(super) fn trusted_for(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.moved.unwrap_or(self.started))
    }

    /// Tells whether the clock was moved in this span.
    pub(super) fn moved_within(&self, span: Duration, at: Instant) -> bool {
        self.moved
            .is_some_and(|moved| at.saturating_duration_since(moved) < span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_that_time_does_not_explain_are_noticed() {
        const YEAR: Millis = 365 * 86_400_000;
        let cases = [
            ("time passes", 3_600, 3_600_000, None),
            ("a correction of drift", 1, 1_000 + 59_000, None),
            ("an hour forward", 10, 10_000 + 3_600_000, Some(3_600_000)),
            ("an hour back", 10, 10_000 - 3_600_000, Some(-3_600_000)),
            ("a year forward", 1, 1_000 + YEAR, Some(YEAR)),
            ("a year back", 1, 1_000 - YEAR, Some(-YEAR)),
        ];
        for (case, passed_s, clock_went_ms, expected) in cases {
            let start = Instant::now();
            let mut steady = Steady::start(2 * YEAR, start);
            let later = start + Duration::from_secs(passed_s);
            let noticed = steady.notice(2 * YEAR + clock_went_ms, later);
            assert_eq!(noticed, expected, "{case}");
            let again = steady.notice(
                2 * YEAR + clock_went_ms + 500,
                later + Duration::from_millis(500),
            );
            assert_eq!(again, None, "{case}: told once");
            let after = later + Duration::from_secs(30);
            let trusted = if expected.is_some() {
                30
            } else {
                passed_s + 30
            };
            assert_eq!(
                steady.trusted_for(after),
                Duration::from_secs(trusted),
                "{case}"
            );
            let minute = Duration::from_secs(60);
            assert_eq!(
                steady.moved_within(minute, after),
                expected.is_some(),
                "{case}"
            );
        }
    }
}
