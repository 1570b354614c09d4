//! Sending limits: at a provider's hourly or daily limit mails wait here, before the provider blocks the account.

use crate::clock::Millis;
use crate::error::Result;
use crate::outbox::Outbox;
use crate::settings::in_force::{InForce, Limits, Way};
use std::time::Duration;

const HOUR_MS: Millis = 3_600_000;
const DAY_MS: Millis = 24 * HOUR_MS;
/// Share of a limit, in percent, from which health warns.
const WARN_PERCENT: u64 = 80;

/// What an account may still send now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// So many mails, at most `u32::MAX`.
    Mails(u32),
    /// None for so long.
    NoneFor(Duration),
}

/// One limit and how much of it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) limit: u32,
    pub(crate) sent: u64,
    pub(crate) hours: u32,
}

impl Usage {
    /// Tells whether the shop should know: four fifths are used.
    pub(crate) fn is_near(&self) -> bool {
        self.sent * 100 >= u64::from(self.limit) * WARN_PERCENT
    }
}

/// Gives what an account may send now.
pub(crate) fn allowance(outbox: &Outbox, settings: &InForce, now: Millis) -> Result<Allowance> {
    let Some(Way::Smtp(server)) = &settings.way else {
        return Ok(Allowance::Mails(u32::MAX));
    };
    let account = settings.way.as_ref().map(Way::account).unwrap_or_default();
    let mut mails = u32::MAX;
    for (limit, span) in spans(server.limits) {
        let sent = outbox.sent_within(&account, span, now, limit)?;
        let left = u64::from(limit).saturating_sub(sent.mails);
        match sent.first_at {
            Some(first_at) if left == 0 => {
                let wait = u64::try_from(first_at + span + 1 - now).unwrap_or(0);
                return Ok(Allowance::NoneFor(Duration::from_millis(wait)));
            }
            _ => mails = mails.min(u32::try_from(left).unwrap_or(u32::MAX)),
        }
    }
    Ok(Allowance::Mails(mails))
}

/// Gives how much of each limit an account has used.
pub(crate) fn usage(outbox: &Outbox, settings: &InForce, now: Millis) -> Result<Vec<Usage>> {
    let Some(Way::Smtp(server)) = &settings.way else {
        return Ok(Vec::new());
    };
    let account = settings.way.as_ref().map(Way::account).unwrap_or_default();
    let of_span = |(limit, span): (u32, Millis)| {
        let sent = outbox.sent_within(&account, span, now, limit)?;
        let hours = if span == HOUR_MS { 1 } else { 24 };
        Ok(Usage {
            limit,
            sent: sent.mails,
            hours,
        })
    };
    spans(server.limits).map(of_span).collect()
}

fn spans(limits: Limits) -> impl Iterator<Item = (u32, Millis)> {
    let of_hour = limits.per_hour.map(|limit| (limit, HOUR_MS));
    let of_day = limits.per_day.map(|limit| (limit, DAY_MS));
    of_hour.into_iter().chain(of_day)
}
