//! Forgetting: by age, and when the journal is full.

use super::*;
use crate::error::MAIL_E_RECIPIENT;

const DAY: i64 = 86_400_000;

fn rules(max_lines: u64) -> JournalRules {
    JournalRules {
        content_days: 7,
        address_days: 30,
        max_lines,
    }
}

fn settle(outbox: &mut Outbox, id: i64, settlement: &Settlement, event: &Event, now: i64) {
    let claimed = outbox.claim("1", 1, now).unwrap();
    assert_eq!(claimed[0].id, id);
    assert!(outbox.settle(id, settlement, event, now).unwrap());
}

fn forget(outbox: &mut Outbox, rules: &JournalRules, now: i64) {
    while outbox.forget(rules, now).unwrap() {}
}

#[test]
fn contents_then_addresses_of_finished_mails_are_forgotten() {
    let folder = Folder::new("forget");
    let mut outbox = folder.open();
    let sent = accept(&mut outbox, "sent", 0);
    let waiting = accept(&mut outbox, "waiting", 900 * DAY);
    settle(
        &mut outbox,
        sent,
        &Settlement::Sent,
        &Event::plain("sent"),
        0,
    );
    let rules = rules(1_000);
    let known = |outbox: &Outbox, id| {
        let mail = outbox.mail(id).unwrap().unwrap();
        (
            outbox.content(id).unwrap().is_some(),
            mail["to"] == "client@example.fr",
        )
    };
    for (day, expected) in [(6, (true, true)), (8, (false, true)), (31, (false, false))] {
        forget(&mut outbox, &rules, day * DAY);
        assert_eq!(known(&outbox, sent), expected, "day {day}");
    }
    forget(&mut outbox, &rules, 2_000 * DAY);
    assert_eq!(known(&outbox, waiting), (true, true), "what waits is kept");
    assert!(
        outbox.accept(&mail("sent"), &few(10), 0).unwrap().duplicate,
        "it is still known as sent"
    );
}

#[test]
fn what_is_forgotten_by_age_is_found_nowhere_in_the_files() {
    let folder = Folder::new("forget-bytes");
    let mut outbox = folder.open();
    let who = "Jeanne.Oubli@example.fr";
    for number in 0..300 {
        let new = NewMail {
            recipient: who.to_owned(),
            subject: "Ticket de Jeanne.Oubli".to_owned(),
            mime: format!("To: {who}\r\n\r\nachat-secret {}", "x".repeat(number * 30)).into_bytes(),
            ..mail(&number.to_string())
        };
        let id = outbox.accept(&new, &few(1_000), 0).unwrap().id;
        let said = SmtpReply {
            code: 550,
            enhanced: None,
            text: format!("<{}> unknown", who.to_lowercase()),
        };
        let mut error = Error::new(MAIL_E_RECIPIENT, text::address(who)).hint(text::address(who));
        error.smtp = Some(Box::new(said));
        let settlement = [Settlement::Failed, Settlement::Sent][number % 2].clone();
        settle(
            &mut outbox,
            id,
            &settlement,
            &Event::of("refused", &error),
            0,
        );
    }
    assert!(bytes_hold(&folder, "achat-secret") && bytes_hold(&folder, "jeanne.oubli"));
    forget(&mut outbox, &rules(100_000), 8 * DAY);
    assert!(
        !bytes_hold(&folder, "achat-secret"),
        "contents after 8 days"
    );
    assert!(
        bytes_hold(&folder, "jeanne.oubli"),
        "addresses stay until 30 days"
    );
    forget(&mut outbox, &rules(100_000), 31 * DAY);
    assert!(
        !bytes_hold(&folder, "jeanne.oubli"),
        "addresses, subjects and words of servers"
    );
    let mails = outbox
        .mails(&Filter {
            limit: 500,
            ..Filter::default()
        })
        .unwrap();
    assert_eq!(mails.len(), 300, "the journal still knows each of them");
}

#[test]
fn a_mail_finished_in_the_future_is_kept_no_longer_than_the_others() {
    let folder = Folder::new("forget-future");
    let mut outbox = folder.open();
    let sent = accept(&mut outbox, "1", 400 * DAY);
    settle(
        &mut outbox,
        sent,
        &Settlement::Sent,
        &Event::plain("sent"),
        400 * DAY,
    );
    forget(&mut outbox, &rules(1_000), 35 * DAY);
    assert!(outbox.content(sent).unwrap().is_some());
    forget(&mut outbox, &rules(1_000), (35 + 8) * DAY);
    assert!(outbox.content(sent).unwrap().is_none());
}

#[test]
fn a_full_journal_forgets_the_mails_finished_longest_ago_and_never_what_waits() {
    let folder = Folder::new("forget-lines");
    let mut outbox = folder.open();
    let waiting: Vec<i64> = (0..20)
        .map(|n| accept(&mut outbox, &format!("w{n}"), 900))
        .collect();
    let finished: Vec<i64> = (0..100)
        .map(|n| {
            let id = accept(&mut outbox, &n.to_string(), 0);
            settle(&mut outbox, id, &Settlement::Sent, &Event::plain("sent"), n);
            id
        })
        .collect();
    assert_eq!(outbox.fill().unwrap().journal_lines, 220);
    forget(&mut outbox, &rules(120), 200);
    let lines = outbox.fill().unwrap().journal_lines;
    assert!((20..=120).contains(&lines), "{lines}");
    let known = |id: &i64| outbox.mail(*id).unwrap().is_some();
    assert!(waiting.iter().all(known), "what waits is kept");
    assert!(
        !known(&finished[0]) && known(&finished[99]),
        "the oldest go first"
    );
    forget(&mut outbox, &rules(10), 200);
    assert_eq!(
        outbox.fill().unwrap().journal_lines,
        20,
        "only what waits has lines"
    );
    assert_eq!(outbox.counts().unwrap().of("queued"), 20);
}

#[test]
fn the_librarys_own_lines_are_bounded_too() {
    let folder = Folder::new("forget-library");
    let mut outbox = folder.open();
    folder
        .raw()
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11000)
             INSERT INTO event (at, event) SELECT i, 'settings_saved' FROM n",
        )
        .unwrap();
    forget(&mut outbox, &rules(1_000_000), 5);
    assert_eq!(outbox.fill().unwrap().journal_lines, 10_000);
    let newest = outbox.events(None, 1, text::Language::English).unwrap();
    assert!(
        newest[0]["at"].as_str().unwrap().contains("00:00:11"),
        "{newest:?}"
    );
}
