//! The last conversations: kept where their mail is settled, masked when written, bounded.

use crate::run::{DEADLINE, Folder};
use crate::support::scratch::wait_until;
use crate::support::scripted::{Action, Script, Scripted, Step};
use crate::support::shop::{Shop, and, plain_settings};
use serde_json::{Value, json};
use std::time::Duration;

fn transcripts(shop: &Shop) -> Vec<Value> {
    shop.mailer.support(1).unwrap()["transcripts"]
        .as_array()
        .unwrap()
        .clone()
}

fn lines(transcript: &Value) -> String {
    let lines = transcript["lines"].as_array().unwrap();
    let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
    lines.join("\n")
}

#[test]
fn the_newest_that_worked_is_kept_once_for_each_account() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&plain_settings(server.port()));
    for number in 0..3 {
        let id = shop.send(
            &format!("T-{number}"),
            &format!("client{number}@clients.test"),
        );
        shop.wait(id, DEADLINE).unwrap();
    }
    let kept = transcripts(&shop);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(
        (kept[0]["code"].as_i64(), kept[0]["mail"].as_i64()),
        (Some(0), Some(3))
    );
    let told = lines(&kept[0]);
    for expected in [
        "< 220 ",
        "> EHLO ",
        "> MAIL FROM:<boutique@example.test>",
        "> RCPT TO:<c***@clients.test>",
        "bytes of mail)",
        "< 250 ",
    ] {
        assert!(told.contains(expected), "{expected} is missing: {told}");
    }
    assert!(
        !told.contains("brûlée") && !told.contains("client2"),
        "{told}"
    );
}

#[test]
fn failures_are_kept_with_what_was_said_and_never_too_many() {
    let script = Script::plain().reply(Step::RcptTo, "550 5.1.1 <client@clients.test> unknown");
    let server = Scripted::start(script);
    let shop = Shop::with(&plain_settings(server.port()));
    for number in 0..8 {
        let id = shop.send(&format!("T-{number}"), "client@clients.test");
        shop.wait(id, DEADLINE).unwrap_err();
    }
    let kept = transcripts(&shop);
    assert_eq!(kept.len(), 5, "five of one kind: {kept:?}");
    assert!(
        kept.iter()
            .all(|one| one["class"] == "recipient" && one["step"] == "rcpt_to")
    );
    assert_eq!(kept[0]["mail"], 8, "the newest first");
    let told = lines(&kept[0]);
    assert!(
        told.contains("< 550 5.1.1 <c***@clients.test> unknown"),
        "{told}"
    );
    shop.mailer
        .erase(&json!({ "to": "client@clients.test" }))
        .unwrap();
    assert_eq!(
        transcripts(&shop),
        [] as [Value; 0],
        "erasing forgets them too"
    );
}

#[test]
fn a_failure_late_on_a_long_line_is_shown_to_its_end() {
    let script = Script::plain()
        .on(Step::RcptTo, Action::Default)
        .times(60)
        .reply(Step::RcptTo, "550 5.1.1 this is the end");
    let server = Scripted::start(script);
    let settings = and(
        plain_settings(server.port()),
        &json!({ "delivery": { "batch": 70 } }),
    );
    let folder = Folder::with(&settings, 61);
    folder.run(&["flush"]).ends_with(69);
    let support = folder.visit().support(1).unwrap();
    let failed = support["transcripts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] != 0)
        .unwrap();
    let told = lines(failed);
    assert!(told.starts_with("< 220 "), "{told}");
    assert!(told.contains("… ("), "{told}");
    assert!(told.contains("< 550 5.1.1 this is the end"), "{told}");
    assert!(told.len() <= 17_000, "{} bytes", told.len());
}

#[test]
fn a_refused_login_and_a_lost_line_leave_their_conversation() {
    let script = Script::plain()
        .reply(
            Step::Auth,
            "535 5.7.8 pass-word is wrong for boutique@example.test",
        )
        .times(1)
        .on(Step::Data, Action::Close)
        .times(1);
    let server = Scripted::start(script);
    let login = json!({ "smtp": { "user": "boutique@example.test", "password": "pass-word" } });
    let shop = Shop::with(&and(plain_settings(server.port()), &login));
    let id = shop.send("T-1", "client@clients.test");
    shop.wait(id, DEADLINE).unwrap();
    let kept = wait_until("all three are kept", Duration::from_secs(10), || {
        Some(transcripts(&shop)).filter(|kept| kept.len() == 3)
    });
    let classes: Vec<_> = kept
        .iter()
        .map(|one| one["class"].as_str().unwrap())
        .collect();
    assert_eq!(classes[2], "auth", "{classes:?}");
    assert_eq!(classes[0], "ok", "{classes:?}");
    let told = lines(&kept[2]);
    assert!(
        told.ends_with("< 535 5.7.8 *** is wrong for boutique@example.test"),
        "{told}"
    );
}
