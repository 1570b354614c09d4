//! The bounds: each has its own code, and what waits is never pushed out by them.

use super::*;
use crate::error::{MAIL_E_JOURNAL_FULL, MAIL_E_NETWORK, MAIL_E_OUTBOX_BYTES, MAIL_E_SENDER};

#[test]
fn each_bound_has_its_own_code_and_adds_nothing() {
    let folder = Folder::new("bounds");
    let mut outbox = folder.open();
    accept(&mut outbox, "1", 0);
    accept(&mut outbox, "2", 0);
    let size = u64::try_from(mail("1").mime.len()).unwrap();
    let roomy = few(100);
    let cases = [
        (
            Bounds {
                waiting: 2,
                ..roomy
            },
            MAIL_E_OUTBOX_FULL,
        ),
        (
            Bounds {
                waiting_bytes: 3 * size - 1,
                ..roomy
            },
            MAIL_E_OUTBOX_BYTES,
        ),
        (
            Bounds {
                journal_lines: 2,
                ..roomy
            },
            MAIL_E_JOURNAL_FULL,
        ),
    ];
    for (bounds, code) in cases {
        let refused = outbox.accept(&mail("3"), &bounds, 0).unwrap_err();
        assert_eq!(refused.code, code, "{refused:?}");
        assert!(
            outbox.accept(&mail("1"), &bounds, 0).unwrap().duplicate,
            "{code}: its own are known"
        );
        let copy = outbox
            .resend(1, &bounds, 5, |_, _| Ok(mail("3")))
            .unwrap_err();
        assert_eq!(copy.code, code, "a copy is a mail as well");
    }
    let fill = outbox.fill().unwrap();
    assert_eq!(
        (fill.waiting, fill.waiting_bytes, fill.journal_lines),
        (2, 2 * size, 2)
    );
    let exact = Bounds {
        waiting_bytes: 3 * size,
        journal_lines: 3,
        waiting: 3,
    };
    outbox.accept(&mail("3"), &exact, 0).unwrap();
}

#[test]
fn the_fill_follows_every_move() {
    let folder = Folder::new("fill");
    let mut outbox = folder.open();
    let size = u64::try_from(mail("1").mime.len()).unwrap();
    let waits = |outbox: &Outbox| {
        let fill = outbox.fill().unwrap();
        (fill.waiting, fill.waiting_bytes)
    };
    let first = accept(&mut outbox, "1", 0);
    let second = accept(&mut outbox, "2", 0);
    outbox.claim("1", 1, 10).unwrap();
    assert_eq!(
        waits(&outbox),
        (2, 2 * size),
        "what is being sent still waits"
    );
    outbox
        .settle(first, &Settlement::Sent, &Event::plain("sent"), 10)
        .unwrap();
    assert_eq!(waits(&outbox), (1, size));
    outbox.cancel(second, 10).unwrap();
    assert_eq!(waits(&outbox), (0, 0));
}

#[test]
fn an_account_that_nobody_mends_does_not_fill_the_journal() {
    let folder = Folder::new("blocked-lines");
    let mut outbox = folder.open();
    let id = accept(&mut outbox, "1", 0);
    let causes = [
        Error::new(MAIL_E_SENDER, text::locked()),
        Error::new(MAIL_E_NETWORK, text::disk_full()),
    ];
    let mut probe = |cause: &Error, name: &'static str, now: i64| {
        outbox.claim("1", 1, now).unwrap();
        let said = SmtpReply {
            code: 550,
            enhanced: None,
            text: format!("session {now}"),
        };
        let event = Event {
            smtp: Some(said),
            ..Event::of(name, cause)
        };
        outbox.settle(id, &Settlement::Back, &event, now).unwrap();
    };
    for hour in 1..=90 {
        probe(&causes[0], "blocked", hour);
    }
    probe(&causes[1], "later", 91);
    probe(&causes[0], "blocked", 92);
    let events = outbox
        .events(Some(id), 100, text::Language::English)
        .unwrap();
    let shown: Vec<(&str, &str)> = events
        .iter()
        .map(|event| {
            (
                event["event"].as_str().unwrap(),
                event["smtp"]["text"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("accepted", ""),
            ("blocked", "session 1"),
            ("blocked", "session 90"),
            ("later", "session 91"),
            ("blocked", "session 92"),
        ],
        "the first and the last of a run"
    );
}
