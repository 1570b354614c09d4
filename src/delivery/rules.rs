//! From a failure to what becomes of the mail, and when. Pure: `now` and the chance come as arguments.

use super::fault::{Fault, What};
use super::step::{Cause, Class, Step};
use crate::clock::{Millis, millis};
use crate::outbox::{Claimed, Settlement};
use crate::settings::in_force::DeliveryRules;
use crate::settings::model::Unsure;
use std::time::Duration;

/// Least wait after a sending limit: providers count by the hour.
const QUOTA_WAIT: Duration = Duration::from_secs(3_600);
/// Longest wait that a provider's row or a server's words can ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(4 * 3_600);
/// No mail is given up before the worker has tried for so long: after a week's holiday, or with a clock that
/// was just set, the first failure says nothing about a mail's chances.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// A wait is lengthened by up to this share, so that many tills do not come back at once.
const JITTER_PERCENT: u64 = 10;

/// What a failure means for its mail and for the rest of the round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ruling {
    pub(super) settlement: Settlement,
    pub(super) rest: Rest,
}

/// What happens to the other mails of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// They go on.
    GoesOn,
    /// They wait so long, untouched.
    Waits { wait: Duration },
    /// The account is paused until a person acts, or until a probe is taken.
    Pauses,
}

/// The state an account's failure is judged in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation {
    pub(super) now: Millis,
    /// Failures of the whole account in a row, this one not counted.
    pub(super) failures_before: u32,
    /// The mail is from an address of its own, not from the store's.
    pub(super) own_sender: bool,
    /// A number at random.
    pub(super) chance: u64,
    /// For how long the worker has been trying, by a clock that was not moved.
    pub(super) trying_for: Duration,
}

/// Judges one failed try of one mail.
pub(super) fn judge(
    fault: &Fault,
    cause: &Cause,
    mail: &Claimed,
    rules: &DeliveryRules,
    situation: Situation,
) -> Ruling {
    if fault.unsure {
        return Ruling {
            settlement: judge_unsure(mail, rules),
            rest: Rest::GoesOn,
        };
    }
    match cause.class {
        Class::Recipient | Class::Content => Ruling {
            settlement: Settlement::Failed,
            rest: Rest::GoesOn,
        },
        // One user's address is refused: the store's own mails would be taken.
        Class::Sender if situation.own_sender => Ruling {
            settlement: Settlement::Failed,
            rest: Rest::GoesOn,
        },
        Class::Auth | Class::SignIn | Class::Sender | Class::Account => Ruling {
            settlement: Settlement::Back,
            rest: Rest::Pauses,
        },
        Class::Quota => {
            let wait = QUOTA_WAIT.max(wait_of(cause));
            Ruling {
                settlement: later(mail, rules, situation, wait),
                rest: Rest::Waits { wait },
            }
        }
        _ if concerns_the_account(fault, cause, situation) => {
            let wait = pause(rules, situation.failures_before, cause, situation);
            Ruling {
                settlement: later(mail, rules, situation, wait),
                rest: Rest::Waits { wait },
            }
        }
        _ => {
            let wait = pause(rules, mail.tries.saturating_sub(1), cause, situation);
            Ruling {
                settlement: later(mail, rules, situation, wait),
                rest: Rest::GoesOn,
            }
        }
    }
}

/// Judges a mail that could not be tried, because the disk does not give it.
pub(super) fn put_off(mail: &Claimed, rules: &DeliveryRules, situation: Situation) -> Settlement {
    let wait = planned(rules, mail.tries.saturating_sub(1), situation);
    later(mail, rules, situation, wait)
}

/// Judges a mail whose line was lost after the last byte, or that a crash left behind there.
pub(super) fn judge_unsure(mail: &Claimed, rules: &DeliveryRules) -> Settlement {
    if rules.unsure == Unsure::RetryOnce && mail.unsure_tries == 0 {
        Settlement::Unsure {
            wait: rules.unsure_wait,
        }
    } else {
        Settlement::Uncertain
    }
}

/// Gives what happens to the other mails once the line was lost twice in a row, with two mails: then it is the line.
pub(super) fn rest_on_a_bad_line(
    rules: &DeliveryRules,
    cause: &Cause,
    situation: Situation,
) -> Rest {
    Rest::Waits {
        wait: pause(rules, situation.failures_before, cause, situation),
    }
}

/// Up to the answer to MAIL FROM nothing is about the mail: the other mails would meet the same. A line that breaks
/// later may have met something that cuts it at this mail, such as a scanner.
fn concerns_the_account(fault: &Fault, cause: &Cause, situation: Situation) -> bool {
    match fault.step {
        _ if cause.of_account || cause.class == Class::Tls => true,
        Step::RcptTo | Step::Data | Step::Body | Step::Reset => false,
        Step::MailFrom => matches!(fault.what, What::Reply(_)) && !situation.own_sender,
        _ => true,
    }
}

fn later(
    mail: &Claimed,
    rules: &DeliveryRules,
    situation: Situation,
    wait: Duration,
) -> Settlement {
    if is_given_up(mail, rules, situation) {
        Settlement::Failed
    } else {
        Settlement::Later { wait }
    }
}

/// Tells whether a mail has waited for so long that it is not worth sending any more.
pub(super) fn is_given_up(mail: &Claimed, rules: &DeliveryRules, situation: Situation) -> bool {
    let age = situation.now.saturating_sub(mail.accepted_at);
    age >= millis(rules.give_up_after) && situation.trying_for >= PATIENCE.min(rules.give_up_after)
}

/// The longest wait that any of the rules can lead to.
pub(super) fn longest_wait(rules: &DeliveryRules) -> Millis {
    let planned_s = rules.retry_s.iter().max().copied().unwrap_or(0);
    let planned = Duration::from_secs(planned_s.into());
    let jitter = planned.mul_f64(f64::from(u32::try_from(JITTER_PERCENT).unwrap_or(100)) / 100.0);
    let waits = [
        planned + jitter,
        rules.unsure_wait,
        rules.probe,
        LONGEST_ASKED,
    ];
    waits.into_iter().max().map_or(0, millis)
}

fn pause(
    rules: &DeliveryRules,
    tries_before: u32,
    cause: &Cause,
    situation: Situation,
) -> Duration {
    planned(rules, tries_before, situation).max(wait_of(cause))
}

/// The schedule's wait after so many tries, lengthened a little.
fn planned(rules: &DeliveryRules, tries_before: u32, situation: Situation) -> Duration {
    let index = usize::try_from(tries_before).unwrap_or(usize::MAX);
    let planned = rules
        .retry_s
        .get(index)
        .or(rules.retry_s.last())
        .copied()
        .unwrap_or(60);
    let planned_ms = u64::from(planned) * 1_000;
    let jitter_ms = situation.chance % (planned_ms * JITTER_PERCENT / 100).max(1);
    Duration::from_millis(planned_ms + jitter_ms)
}

fn wait_of(cause: &Cause) -> Duration {
    Duration::from_secs(cause.wait_s.unwrap_or(0).into())
}

#[cfg(test)]
mod tests;
