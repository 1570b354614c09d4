//! What the system panel shows: configured or not, what waits, what is paused, and what to do.

use crate::clock::{Millis, rfc3339};
use crate::delivery::limits::Usage;
use crate::error::{Error, code_class, code_name};
use crate::json::json;
use crate::outbox::{Counts, Fill, Pause};
use crate::settings::in_force::Bounds;
use crate::settings::model::Offer;
use crate::text::{self, Language, Text};
use serde_json::Value;

/// After so long without a mail leaving while some wait, the shop is told.
const SILENCE_MS: Millis = 2 * 3_600_000;
/// Share of the outbox's bounds, in percent, from which the shop is told.
const FILLED_PERCENT: u64 = 80;

/// What health is judged from.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) missing: &'a [&'a str],
    /// Mail settings of the new kind have been saved for this store.
    pub(crate) saved: bool,
    /// Mails leave by the settings of the older replication scheme.
    pub(crate) legacy_in_use: bool,
    /// There are such older settings.
    pub(crate) legacy_kept: bool,
    pub(crate) force_email_receipt: bool,
    pub(crate) offer: Option<&'a Offer>,
    pub(crate) counts: &'a Counts,
    /// How full the outbox is, and how full it may be.
    pub(crate) fill: Fill,
    pub(crate) bounds: Bounds,
    pub(crate) paused: &'a [Pause],
    /// How much of the account's sending limits is used.
    pub(crate) usage: &'a [Usage],
    pub(crate) trouble: Option<&'a Error>,
    /// Damaged outbox files that were set aside.
    pub(crate) set_aside: &'a [String],
    pub(crate) draining: bool,
    pub(crate) now: Millis,
    pub(crate) language: Language,
}

/// Gives health as JSON; `status` is the worst of its notices.
pub(crate) fn report(situation: &Situation) -> Value {
    let notices = notices(situation);
    let worst = ["error", "warning"]
        .into_iter()
        .find(|level| notices.iter().any(|notice| notice["level"] == *level));
    let counts: serde_json::Map<String, Value> = situation
        .counts
        .states
        .iter()
        .map(|(state, count)| (state.clone(), json!(count)))
        .collect();
    json!({
        "status": worst.unwrap_or("ok"),
        "configured": situation.missing.is_empty(),
        "missing": situation.missing,
        "legacy": legacy(situation),
        "force_email_receipt": situation.force_email_receipt,
        "notices": notices,
        "counts": counts,
        "oldest_waiting": situation.counts.oldest_waiting.map(rfc3339),
        "last_sent": situation.counts.last_sent.map(rfc3339),
        "draining": situation.draining,
        "limits": situation.usage.iter().map(|usage| json!({
            "hours": usage.hours, "limit": usage.limit, "sent": usage.sent,
        })).collect::<Vec<_>>(),
        "paused_accounts": situation.paused.iter().map(|pause| paused(pause, situation.language)).collect::<Vec<_>>(),
    })
}

fn notices(situation: &Situation) -> Vec<Value> {
    let mut notices = Vec::new();
    if !situation.saved {
        notices.push(end_of_printing(situation));
    }
    let mut add = |level: &str, id: &str, message: Text, hint: Option<&Text>| {
        notices.push(json!({
            "level": level,
            "id": id,
            "message": message.get(situation.language),
            "hint": hint.map(|hint| hint.get(situation.language)),
        }));
    };
    if let Some(missing) = situation.missing.first() {
        add(
            "warning",
            "not_configured",
            text::health_not_configured(missing),
            None,
        );
    }
    if let Some(trouble) = situation.trouble {
        let (fr, en) = (
            trouble.message.get(Language::French),
            trouble.message.get(Language::English),
        );
        add(
            "error",
            "worker",
            text::health_worker(fr, en),
            trouble.hint.as_ref(),
        );
    }
    for name in situation.set_aside {
        let cure = text::health_set_aside_cure();
        add(
            "warning",
            "set_aside",
            text::health_set_aside(name),
            Some(&cure),
        );
    }
    for pause in situation.paused {
        let (fr, en) = (
            pause.message.get(Language::French),
            pause.message.get(Language::English),
        );
        add(
            "error",
            "account_paused",
            text::health_paused(&pause.account, fr, en),
            pause.hint.as_ref(),
        );
    }
    for usage in situation.usage.iter().filter(|usage| usage.is_near()) {
        let message = text::health_near_limit(usage.sent, usage.limit, usage.hours);
        add("warning", "near_limit", message, None);
    }
    if let Some(percent) = filled_percent(situation) {
        let message = text::health_outbox_fills(percent);
        add("warning", "outbox_fills", message, None);
    }
    if situation.fill.journal_lines >= situation.bounds.journal_lines {
        let message = text::health_journal_full(situation.fill.journal_lines);
        add("warning", "journal_full", message, None);
    }
    if let Some(hours) = silent_hours(situation) {
        let waiting = situation.counts.of("queued") + situation.counts.of("sending");
        add(
            "warning",
            "nothing_leaves",
            text::health_nothing_leaves(hours, waiting),
            None,
        );
    }
    for (state, message) in [
        ("uncertain", text::health_uncertain as fn(u64) -> Text),
        ("failed", text::health_failed),
    ] {
        let count = situation.counts.of(state);
        if count > 0 {
            add("warning", state, message(count), None);
        }
    }
    notices
}

/// The notice that stands in the system panel until mailing is set up; the host shows `action` as its link.
fn end_of_printing(situation: &Situation) -> Value {
    let notice = text::end_of_printing();
    let shown = |text: &Text| text.get(situation.language).to_owned();
    json!({
        "level": "warning",
        "id": "end_of_printing",
        "title": shown(&notice.title),
        "message": shown(&notice.text),
        "reference": shown(&notice.reference),
        "hint": shown(&notice.action),
        "action": { "id": "configure_mail", "label": shown(&notice.action) },
        "offer": situation.offer.map(|offer| json!({
            "label": offer.label, "price": offer.price, "link": offer.link,
        })),
    })
}

fn legacy(situation: &Situation) -> Option<&'static str> {
    match (situation.legacy_in_use, situation.legacy_kept) {
        (true, _) => Some("in_use"),
        (false, true) => Some("obsolete"),
        (false, false) => None,
    }
}

/// How full the outbox is, in mails or in bytes, where the shop should know.
fn filled_percent(situation: &Situation) -> Option<u64> {
    let (fill, bounds) = (situation.fill, situation.bounds);
    let percent = |filled: u64, of: u64| filled.saturating_mul(100) / of.max(1);
    let worse = percent(fill.waiting, bounds.waiting)
        .max(percent(fill.waiting_bytes, bounds.waiting_bytes));
    (worse >= FILLED_PERCENT).then_some(worse.min(100))
}

/// Hours in which mails waited and none left.
fn silent_hours(situation: &Situation) -> Option<i64> {
    let waiting_since = situation.counts.oldest_waiting?;
    // What seems to have left in the future left before the clock was set back.
    let last_sent = situation
        .counts
        .last_sent
        .filter(|sent| *sent <= situation.now);
    let since = last_sent.unwrap_or(waiting_since).max(waiting_since);
    let silence = situation.now.saturating_sub(since);
    (silence >= SILENCE_MS).then_some(silence / 3_600_000)
}

fn paused(pause: &Pause, language: Language) -> Value {
    json!({
        "account": pause.account,
        "since": rfc3339(pause.since),
        "probe_at": rfc3339(pause.probe_at),
        "code": pause.code,
        "name": code_name(pause.code),
        "class": code_class(pause.code),
        "message": pause.message.get(language),
        "hint": pause.hint.as_ref().map(|hint| hint.get(language)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::in_force::InForce;
    use crate::settings::model::Document;

    #[test]
    fn two_hours_without_a_mail_leaving_are_told() {
        let hour = 3_600_000;
        let cases = [
            (None, None, None),
            (Some(10 * hour), None, None),
            (Some(0), None, Some(11)),
            (Some(0), Some(10 * hour), None),
            (Some(0), Some(9 * hour), Some(2)),
            (Some(0), Some(900 * hour), Some(11)),
        ];
        for (oldest_waiting, last_sent, expected) in cases {
            let counts = Counts {
                states: Vec::new(),
                oldest_waiting,
                last_sent,
            };
            let situation = Situation {
                missing: &[],
                saved: true,
                legacy_in_use: false,
                legacy_kept: false,
                force_email_receipt: true,
                offer: None,
                counts: &counts,
                fill: Fill::default(),
                bounds: InForce::of(&Document::default(), "1").bounds(),
                paused: &[],
                usage: &[],
                trouble: None,
                set_aside: &[],
                draining: true,
                now: 11 * hour,
                language: Language::French,
            };
            assert_eq!(
                silent_hours(&situation),
                expected,
                "{oldest_waiting:?} {last_sent:?}"
            );
        }
    }
}
