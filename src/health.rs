//! What the system panel shows: configured or not, what waits, what is paused, and what to do.

use crate::clock::{Millis, day_in_words, rfc3339};
use crate::delivery::limits::Usage;
use crate::error::{Error, MAIL_E_SIGN_IN, code_class, code_name};
use crate::json::{self, json};
use crate::outbox::{Counts, Fill, Pause};
use crate::settings::in_force::Bounds;
use crate::settings::model::Offer;
use crate::settings::presets::Login;
use crate::text::{self, Language, Text};
use serde_json::Value;

/// After so long without a mail leaving while some wait, the shop is told.
const SILENCE_MS: Millis = 2 * 3_600_000;
/// Share of the outbox's bounds, in percent, from which the shop is told.
const FILLED_PERCENT: u64 = 80;
/// So long before a provider stops taking passwords, the shop is told: an administrator may have to agree.
const PASSWORD_NOTICE_MS: Millis = 180 * 86_400_000;

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
    /// The accounts in force that log in at a known provider.
    pub(crate) logins: &'a [Login],
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
    of_the_installation(situation, &mut notices);
    let paused = situation.paused.iter();
    notices.extend(paused.map(|pause| account_paused(situation, pause)));
    let logins = situation.logins.iter();
    notices.extend(logins.filter_map(|login| password_ends(situation, login)));
    of_the_mails(situation, &mut notices);
    notices
}

/// One line of the panel.
fn notice(
    situation: &Situation,
    level: &str,
    id: &str,
    message: &Text,
    hint: Option<&Text>,
) -> Value {
    json!({
        "level": level,
        "id": id,
        "message": message.get(situation.language),
        "hint": hint.map(|hint| hint.get(situation.language)),
    })
}

fn of_the_installation(situation: &Situation, notices: &mut Vec<Value>) {
    let mut add = |level, id, message, hint| {
        notices.push(notice(situation, level, id, &message, hint));
    };
    if let Some(missing) = situation.missing.first() {
        let message = text::health_not_configured(missing);
        add("warning", "not_configured", message, None);
    }
    if let Some(trouble) = situation.trouble {
        let (fr, en) = (
            trouble.message.get(Language::French),
            trouble.message.get(Language::English),
        );
        let message = text::health_worker(fr, en);
        add("error", "worker", message, trouble.hint.as_ref());
    }
    let cure = text::health_set_aside_cure();
    for name in situation.set_aside {
        let message = text::health_set_aside(name);
        add("warning", "set_aside", message, Some(&cure));
    }
}

fn of_the_mails(situation: &Situation, notices: &mut Vec<Value>) {
    let mut add = |id, message| {
        notices.push(notice(situation, "warning", id, &message, None));
    };
    for usage in situation.usage.iter().filter(|usage| usage.is_near()) {
        let message = text::health_near_limit(usage.sent, usage.limit, usage.hours);
        add("near_limit", message);
    }
    if let Some(percent) = filled_percent(situation) {
        add("outbox_fills", text::health_outbox_fills(percent));
    }
    let lines = situation.fill.journal_lines;
    if lines >= situation.bounds.journal_lines {
        add("journal_full", text::health_journal_full(lines));
    }
    if let Some(hours) = silent_hours(situation) {
        let waiting = situation.counts.of("queued") + situation.counts.of("sending");
        add(
            "nothing_leaves",
            text::health_nothing_leaves(hours, waiting),
        );
    }
    for (state, message) in [
        ("uncertain", text::health_uncertain as fn(u64) -> Text),
        ("failed", text::health_failed),
    ] {
        let count = situation.counts.of(state);
        if count > 0 {
            add(state, message(count));
        }
    }
}

/// Where somebody has to sign in, the host shows `action` as a button.
fn account_paused(situation: &Situation, pause: &Pause) -> Value {
    let (fr, en) = (
        pause.message.get(Language::French),
        pause.message.get(Language::English),
    );
    let message = text::health_paused(&pause.account, fr, en);
    let mut told = notice(
        situation,
        "error",
        "account_paused",
        &message,
        pause.hint.as_ref(),
    );
    if pause.code == MAIL_E_SIGN_IN {
        let mut logins = situation.logins.iter();
        let login = logins.find(|login| login.account == pause.account);
        let name = login.and_then(|login| login.provider.sign_in_name());
        json::merge(&mut told, &sign_in(situation, &text::sign_in_action(name)));
    }
    told
}

/// From half a year before a provider stops taking passwords, and after it, for an account that logs in with one.
fn password_ends(situation: &Situation, login: &Login) -> Option<Value> {
    let end = login.provider.password_end()?;
    let at = end.unix_timestamp().saturating_mul(1_000);
    if !login.with_password || situation.now < at.saturating_sub(PASSWORD_NOTICE_MS) {
        return None;
    }
    let message = text::health_password_ends(
        &login.provider.label,
        &login.user,
        |language| day_in_words(end, language),
        situation.now >= at,
    );
    let action = text::sign_in_action(login.provider.sign_in_name());
    let cure = text::health_password_ends_cure(&action);
    let mut told = notice(situation, "warning", "password_ends", &message, Some(&cure));
    json::merge(&mut told, &sign_in(situation, &action));
    Some(told)
}

fn sign_in(situation: &Situation, action: &Text) -> Value {
    json!({ "action": { "id": "sign_in", "label": action.get(situation.language) } })
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
    use crate::error::MAIL_E_AUTH;
    use crate::settings::in_force::InForce;
    use crate::settings::model::Document;
    use crate::settings::presets;

    const HOUR: Millis = 3_600_000;
    const DAY: Millis = 24 * HOUR;

    static NO_MAILS: Counts = Counts {
        states: Vec::new(),
        oldest_waiting: None,
        last_sent: None,
    };

    /// A situation without trouble.
    fn calm<'a>() -> Situation<'a> {
        Situation {
            missing: &[],
            saved: true,
            legacy_in_use: false,
            legacy_kept: false,
            force_email_receipt: true,
            offer: None,
            counts: &NO_MAILS,
            fill: Fill::default(),
            bounds: InForce::of(&Document::default(), "1").bounds(),
            paused: &[],
            logins: &[],
            usage: &[],
            trouble: None,
            set_aside: &[],
            draining: true,
            now: 11 * HOUR,
            language: Language::French,
        }
    }

    fn logins(smtp: &Value) -> Vec<Login> {
        let settings = serde_json::json!({ "smtp": smtp });
        let document: Document = json::read(&settings).unwrap();
        presets::logins(&document, "1")
    }

    #[test]
    fn two_hours_without_a_mail_leaving_are_told() {
        let cases = [
            (None, None, None),
            (Some(10 * HOUR), None, None),
            (Some(0), None, Some(11)),
            (Some(0), Some(10 * HOUR), None),
            (Some(0), Some(9 * HOUR), Some(2)),
            (Some(0), Some(900 * HOUR), Some(11)),
        ];
        for (oldest_waiting, last_sent, expected) in cases {
            let counts = Counts {
                states: Vec::new(),
                oldest_waiting,
                last_sent,
            };
            let situation = Situation {
                counts: &counts,
                ..calm()
            };
            let found = silent_hours(&situation);
            assert_eq!(found, expected, "{oldest_waiting:?} {last_sent:?}");
        }
    }

    #[test]
    fn the_end_of_passwords_is_told_half_a_year_before() {
        let smtp = serde_json::json!({ "preset": "m365", "user": "a@b.fr", "password": "x" });
        let logins = logins(&smtp);
        let end = 1_798_675_200_000;
        assert_eq!(rfc3339(end), "2026-12-31T00:00:00.000Z");
        for (now, expected) in [
            (end - 181 * DAY, None),
            (end - 180 * DAY - 1, None),
            (end - 180 * DAY, Some("prend fin le 31/12/2026")),
            (end - 1, Some("prend fin le 31/12/2026")),
            (end, Some("a pris fin le 31/12/2026")),
            (end + 400 * DAY, Some("a pris fin le 31/12/2026")),
        ] {
            let situation = Situation {
                logins: &logins,
                now,
                ..calm()
            };
            let found = notices(&situation);
            let told = found
                .first()
                .map(|notice| notice["message"].as_str().unwrap());
            assert_eq!(told.is_some(), expected.is_some(), "{now}: {told:?}");
            assert!(
                told.is_none_or(|told| told.contains(expected.unwrap())),
                "{now}: {told:?}"
            );
        }
    }

    #[test]
    fn the_end_of_passwords_names_the_way_over() {
        let smtp = serde_json::json!({ "preset": "outlook", "user": "a@live.fr", "password": "x" });
        let logins = logins(&smtp);
        let situation = Situation {
            logins: &logins,
            now: 1_795_363_200_000,
            language: Language::English,
            ..calm()
        };
        let report = super::report(&situation);
        assert_eq!(report["status"], "warning");
        assert_eq!(
            report["notices"],
            serde_json::json!([{
                "level": "warning",
                "id": "password_ends",
                "message": "Login by password at Outlook.com, Hotmail, Live ended on 16 September 2024: the account a@live.fr may not be able to send any more.",
                "hint": "Choose \"Sign in with Microsoft\" in the mail settings (mail_sign_in): sending then needs the password no more.",
                "action": { "id": "sign_in", "label": "Sign in with Microsoft" },
            }])
        );
    }

    #[test]
    fn accounts_with_tokens_and_other_providers_are_left_alone() {
        for smtp in [
            serde_json::json!({ "preset": "m365", "user": "a@b.fr", "password": "x", "oauth": {} }),
            serde_json::json!({ "preset": "m365", "user": "a@b.fr" }),
            serde_json::json!({ "preset": "gmail", "user": "a@gmail.com", "password": "x" }),
            serde_json::json!({ "host": "mail.b.fr", "user": "a@b.fr", "password": "x" }),
        ] {
            let logins = logins(&smtp);
            let situation = Situation {
                logins: &logins,
                now: 4_000_000_000_000,
                ..calm()
            };
            assert_eq!(notices(&situation), Vec::<Value>::new(), "{smtp}");
        }
    }

    #[test]
    fn a_pause_that_a_sign_in_ends_has_the_button() {
        let smtp = serde_json::json!({ "preset": "m365", "user": "a@b.fr", "oauth": {} });
        let logins = logins(&smtp);
        let at_microsoft = logins[0].account.as_str();
        for (code, account, label) in [
            (
                MAIL_E_SIGN_IN,
                at_microsoft,
                Some("Se connecter avec Microsoft"),
            ),
            (MAIL_E_SIGN_IN, "smtp:a@mail.b.fr:465", Some("Se connecter")),
            (MAIL_E_AUTH, at_microsoft, None),
        ] {
            let paused = [Pause {
                account: account.to_owned(),
                since: 0,
                probe_at: 0,
                code,
                message: Text::new("refusé", "refused"),
                hint: None,
            }];
            let situation = Situation {
                logins: &logins,
                paused: &paused,
                ..calm()
            };
            let found = notices(&situation);
            assert_eq!(found[0]["id"], "account_paused");
            let action = label.map(|label| serde_json::json!({ "id": "sign_in", "label": label }));
            assert_eq!(found[0].get("action"), action.as_ref(), "{code} {account}");
        }
    }
}
