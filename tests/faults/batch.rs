//! A fault in the middle of a batch: what was sent stays sent, and the others go on or wait, as the rules say.

use super::row::{Again, Way};
use super::support::scratch::wait_until;
use super::support::scripted::{Action, Script, Scripted, Step};
use super::support::shop::{self, Shop, and};
use super::{drive, side_by_side};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(90);
const TO: &str = "client@clients.test";
/// A server that says nothing is given up after this.
const SILENT_MS: u64 = 4_000;

/// A fault of the line at one step of the second mail.
#[derive(Clone, Debug)]
struct Case {
    step: Step,
    action: Action,
    pipelining: bool,
    big: bool,
}

fn cases() -> Vec<Case> {
    let steps = [
        Step::MailFrom,
        Step::RcptTo,
        Step::Data,
        Step::Body,
        Step::FinalReply,
    ];
    let mut cases = Vec::new();
    for step in steps {
        for action in [
            Action::Reset,
            Action::Silence,
            Action::reply("421 4.3.2 Service shutting down"),
        ] {
            for pipelining in [true, false] {
                cases.push(Case {
                    step,
                    action: action.clone(),
                    pipelining,
                    big: step == Step::Body,
                });
            }
        }
    }
    cases
}

/// A server that holds the first mail back until so many others wait behind it.
fn start(case: &Case, count: usize, times: Option<usize>) -> (Scripted, Shop, Vec<i64>) {
    let script = Script::plain().hold_final_dot();
    let script = match case.pipelining {
        true => script,
        false => script.ehlo(&["SIZE 10240000"]),
    };
    let script = if case.big { script.narrow() } else { script };
    // The one held back, and the first of the batch.
    let script = script
        .on(case.step, Action::Default)
        .times(2)
        .on(case.step, case.action.clone());
    let script = match times {
        Some(times) => script.times(times),
        None => script,
    };
    let server = Scripted::start(script);
    let deadline_ms = match case.action {
        Action::Silence => SILENT_MS,
        _ => 60_000,
    };
    let settings = drive::settings("127.0.0.1", server.port(), Way::Pipelined, deadline_ms);
    // The one held back may take its time, but a silence after the content has no other limit.
    let of_content = matches!(case.step, Step::Body | Step::FinalReply);
    let final_ms = match case.action {
        Action::Silence if of_content => 12_000,
        _ => 60_000,
    };
    let held = json!({ "smtp": { "timeouts": { "final_ms": final_ms, "total_ms": 120_000 } } });
    let shop = Shop::french(&and(settings, &held));
    let send = |number: usize| {
        let receipt = shop::receipt(&number.to_string(), TO);
        // Only those that are to meet the fault: through the narrow line a large mail takes its time.
        let meets_it = number == 2 || (number == 3 && times.is_none());
        let receipt = match case.big && meets_it {
            true => drive::big(receipt),
            false => receipt,
        };
        let sent = shop.mailer.send_receipt(&receipt).unwrap();
        sent["id"].as_i64().unwrap()
    };
    let first = send(0);
    server.wait_until_holding(SOON);
    let ids: Vec<i64> = (1..=count).map(send).collect();
    server.release();
    wait_until("the first has left", SOON, || {
        (shop.mail(first)["state"] == "sent").then_some(())
    });
    (server, shop, ids)
}

fn tried(shop: &Shop, id: i64) -> (String, Value, Again) {
    let event = wait_until("the mail was tried", SOON, || {
        let journal = shop.mailer.journal(&json!({ "id": id })).unwrap();
        journal["events"].as_array().unwrap().get(1).cloned()
    });
    let mail = shop.mail(id);
    let again = match mail["next_at"].is_string() && mail["state"] == "queued" {
        true => Again::After(drive::whole(&event["at"], &mail["next_at"])),
        false => Again::Never,
    };
    (event["event"].as_str().unwrap().to_owned(), mail, again)
}

/// What becomes of the second mail, as the table of faults has it for a line that carried none before.
fn expected(case: &Case) -> (&'static str, Again) {
    match (case.step, &case.action) {
        // The line had carried a mail: a server may have had enough of it. The same mail goes on a fresh one at once.
        (Step::MailFrom, Action::Reset | Action::Reply(_)) => ("sent", Again::Never),
        (Step::FinalReply, Action::Reset | Action::Silence) => ("unsure", Again::After(600)),
        _ => ("later", Again::After(10)),
    }
}

#[test]
fn one_lost_line_costs_one_mail() {
    side_by_side(&cases(), |case| {
        let (server, shop, ids) = start(case, 3, Some(1));
        let of = |id: i64| tried(&shop, id);
        assert_eq!(of(ids[0]).0, "sent", "{case:?}: the first of the batch");
        let (event, mail, again) = of(ids[1]);
        assert_eq!((event.as_str(), again), expected(case), "{case:?}: {mail}");
        assert_eq!(mail["tries"], 1, "{case:?}: {mail}");
        assert_eq!(of(ids[2]).0, "sent", "{case:?}: the one behind it");
        let sent: Vec<i64> = ids
            .iter()
            .copied()
            .filter(|id| shop.mail(*id)["state"] == "sent")
            .collect();
        let taken = server
            .received()
            .iter()
            .filter(|mail| mail.acknowledged)
            .count();
        assert_eq!(taken, sent.len() + 1, "{case:?}: each once");
        assert_eq!(shop.events(ids[0]), ["accepted", "sent"], "{case:?}");
    });
}

#[test]
fn two_lost_lines_in_a_row_leave_the_others_untouched() {
    side_by_side(&cases(), |case| {
        let (server, shop, ids) = start(case, 5, None);
        assert_eq!(tried(&shop, ids[0]).0, "sent", "{case:?}");
        let account_waits = case.step == Step::MailFrom && matches!(case.action, Action::Reply(_));
        let met = if account_waits { 1 } else { 2 };
        for id in &ids[1..=met] {
            let (event, mail, _) = tried(&shop, *id);
            let unsure = expected(case).0 == "unsure";
            let expected = if unsure { "unsure" } else { "later" };
            assert_eq!(
                (event.as_str(), &mail["tries"]),
                (expected, &json!(1)),
                "{case:?}"
            );
        }
        for id in &ids[met + 1..] {
            wait_until("the others are put back", SOON, || {
                let mail = shop.mail(*id);
                (mail["state"] == "queued" && mail["tries"] == 0).then_some(())
            });
            assert_eq!(shop.events(*id), ["accepted"], "{case:?}");
        }
        // One each for the mail held back, for the first of the batch, and for those that met it; a line that had
        // carried a mail is given up for a fresh one first.
        let stale = case.step == Step::MailFrom && !matches!(case.action, Action::Silence);
        let connections = 1 + met + usize::from(stale);
        assert_eq!(server.connections(), connections, "{case:?}");
    });
}

#[test]
fn a_server_that_asks_to_slow_down_is_not_asked_by_the_next_mail() {
    let words = [
        (Step::MailFrom, "451 4.3.0 Try again later", 10),
        (
            Step::RcptTo,
            "421 4.7.28 Gmail has detected an unusual rate of mail",
            7_200,
        ),
        (
            Step::RcptTo,
            "450 4.3.2 Too many concurrent connections",
            60,
        ),
        (
            Step::FinalReply,
            "454 Throttling failure: Maximum sending rate exceeded.",
            60,
        ),
    ];
    side_by_side(&words, |(step, words, wait)| {
        let case = Case {
            step: *step,
            action: Action::reply(words),
            pipelining: true,
            big: false,
        };
        let (server, shop, ids) = start(&case, 3, None);
        let (event, _, again) = tried(&shop, ids[1]);
        assert_eq!(
            (event.as_str(), again),
            ("later", Again::After(*wait)),
            "{words}"
        );
        wait_until("the third is put back", SOON, || {
            let mail = shop.mail(ids[2]);
            (mail["state"] == "queued" && mail["tries"] == 0).then_some(())
        });
        assert_eq!(shop.events(ids[2]), ["accepted"], "{words}");
        assert_eq!(server.connections(), 2, "{words}");
    });
}

#[test]
fn a_refused_user_stops_nobody_else() {
    let server = Scripted::start(
        Script::plain()
            .reply(
                Step::MailFrom,
                "553 5.7.1 Sender address rejected: not owned by user",
            )
            .times(1),
    );
    let settings = drive::settings("127.0.0.1", server.port(), Way::Pipelined, 60_000);
    let own = json!({ "sender": { "profile_from": "own_address" } });
    let shop = Shop::french(&and(settings, &own));
    let message = json!({
        "profile": { "name": "Sophie", "address": "sophie@ailleurs.fr" },
        "to": [TO], "subject": "Bonjour", "text": "Bonjour",
    });
    let sent = shop.mailer.send_message(&message).unwrap();
    let id = sent["mails"][0]["id"].as_i64().unwrap();
    let (event, mail, _) = tried(&shop, id);
    assert_eq!(
        (event.as_str(), &mail["class"]),
        ("refused", &json!("sender")),
        "{mail}"
    );
    let error = shop.wait(id, SOON).unwrap_err();
    let sentence = error.message.get(tillmail::Language::French);
    assert!(sentence.contains("sophie@ailleurs.fr"), "{sentence}");
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(health["paused_accounts"], json!([]), "{health}");
    shop.wait(shop.send("1", TO), SOON).unwrap();
}
