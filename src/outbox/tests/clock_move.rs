//! A clock that is set: waits and ages stay what they were.

use super::*;
use crate::error::{MAIL_E_AUTH, MAIL_E_NETWORK};

const HOUR: i64 = 3_600_000;
const HOUR_MS: u64 = HOUR.unsigned_abs();
const YEAR: i64 = 365 * 24 * HOUR;
const LONGEST: i64 = 5 * HOUR;
const NOW: i64 = 50 * YEAR;

fn wait_for(outbox: &mut Outbox, number: &str, accepted_at: i64, wait_ms: u64) -> i64 {
    let id = accept(outbox, number, accepted_at);
    outbox.claim("1", 1, NOW).unwrap();
    let error = Error::new(MAIL_E_NETWORK, text::locked());
    let later = Settlement::Later {
        wait: Duration::from_millis(wait_ms),
    };
    outbox
        .settle(id, &later, &Event::of("later", &error), NOW)
        .unwrap();
    id
}

fn next_at(folder: &Folder, id: i64) -> i64 {
    folder
        .raw()
        .query_row("SELECT next_at FROM mail WHERE id = ?1", [id], |row| {
            row.get(0)
        })
        .unwrap()
}

#[test]
fn waits_keep_their_length_whichever_way_the_clock_is_set() {
    for by in [YEAR, -YEAR, HOUR, -HOUR] {
        let folder = Folder::new("clock-waits");
        let mut outbox = folder.open();
        let soon = wait_for(&mut outbox, "soon", NOW - 2 * HOUR, 10_000);
        let later = wait_for(&mut outbox, "later", NOW - 2 * HOUR, 4 * HOUR_MS);
        let due = accept(&mut outbox, "due", NOW - 2 * HOUR);
        let cause = Error::new(MAIL_E_AUTH, text::locked());
        outbox
            .pause("smtp:a", &cause, Duration::from_millis(HOUR_MS), NOW)
            .unwrap();
        let now = NOW + by;
        let fresh = accept(&mut outbox, "fresh", now);
        outbox.move_clock(by, now, LONGEST).unwrap();
        for (id, left) in [
            (soon, 10_000),
            (later, 4 * HOUR),
            (due, -2 * HOUR),
            (fresh, 0),
        ] {
            assert_eq!(next_at(&folder, id) - now, left, "{by}: mail {id}");
        }
        assert_eq!(outbox.paused().unwrap()[0].probe_at - now, HOUR, "{by}");
        let oldest = outbox.counts().unwrap().oldest_waiting.unwrap();
        assert_eq!(now - oldest, 2 * HOUR, "{by}: the age is what it was");
        let claimed = outbox.claim("1", 10, now).unwrap();
        let ages: Vec<(i64, i64)> = claimed
            .iter()
            .map(|mail| (mail.id, now - mail.accepted_at))
            .collect();
        assert_eq!(ages, [(due, 2 * HOUR), (fresh, 0)], "{by}");
        let line = &outbox.events(None, 1, text::Language::English).unwrap()[0];
        assert_eq!(line["event"], "clock_moved");
    }
}

#[test]
fn no_wait_is_longer_than_the_longest_whatever_the_clocks_have_shown() {
    let folder = Folder::new("clock-longest");
    let mut outbox = folder.open();
    let far = wait_for(&mut outbox, "far", NOW - HOUR, 3 * 365 * 24 * HOUR_MS);
    let cause = Error::new(MAIL_E_AUTH, text::locked());
    outbox
        .pause(
            "smtp:a",
            &cause,
            Duration::from_millis(3 * 365 * 24 * HOUR_MS),
            NOW,
        )
        .unwrap();
    outbox.move_clock(-YEAR, NOW - YEAR, LONGEST).unwrap();
    assert_eq!(next_at(&folder, far), NOW - YEAR + LONGEST);
    assert_eq!(outbox.paused().unwrap()[0].probe_at, NOW - YEAR + LONGEST);
}

#[test]
fn a_retried_mail_starts_anew_after_the_clock_was_set() {
    let folder = Folder::new("clock-retried");
    let mut outbox = folder.open();
    let id = wait_for(&mut outbox, "1", NOW - HOUR, HOUR_MS);
    outbox.move_clock(-YEAR, NOW - YEAR, LONGEST).unwrap();
    let now = NOW - YEAR + HOUR;
    outbox.retry(&[id], |_| "id".to_owned(), now).unwrap();
    let due = outbox.due_lanes().unwrap();
    assert_eq!((due[0].next_at, due[0].retried_at), (now, Some(now)));
    assert_eq!(outbox.claim("1", 1, now).unwrap()[0].accepted_at, now);
}

#[test]
fn what_was_sent_in_the_future_uses_up_no_limit() {
    let folder = Folder::new("clock-limits");
    let mut outbox = folder.open();
    let event = || Event {
        account: Some("smtp:a".to_owned()),
        ..Event::plain("sent")
    };
    for (number, at) in [
        ("past", NOW - 2 * HOUR),
        ("lately", NOW - 10),
        ("future", NOW + YEAR),
    ] {
        let id = accept(&mut outbox, number, at);
        outbox.claim("1", 1, at).unwrap();
        outbox.settle(id, &Settlement::Sent, &event(), at).unwrap();
    }
    let sent = outbox.sent_within("smtp:a", HOUR, NOW, 10).unwrap();
    assert_eq!((sent.mails, sent.first_at), (1, Some(NOW - 10)));
}
