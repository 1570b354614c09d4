mod actions;
mod bounds;
mod clock_move;
mod group;
mod plans;
mod retention;
mod tokens;

use super::group::Order;
use super::*;
use crate::clock::{self, Millis};
use crate::error::{MAIL_E_NEWER, MAIL_E_OUTBOX_FULL};
use crate::settings::in_force::{Bounds, JournalRules};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("tillmail-outbox-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn open(&self) -> Outbox {
        Outbox::open(&self.0, Arc::default()).unwrap()
    }

    fn raw(&self) -> Connection {
        Connection::open(self.0.join(FILE)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn mail(number: &str) -> NewMail {
    NewMail {
        kind: "receipt",
        store: "1".to_owned(),
        number: number.to_owned(),
        document_type: "ticket".to_owned(),
        recipient: "client@example.fr".to_owned(),
        once: format!("once-{number}"),
        test: false,
        message_id: format!("<{number}@example.fr>"),
        subject: "Reçu".to_owned(),
        sha256: "0".to_owned(),
        mime: b"Subject: x\r\n\r\nx".to_vec(),
        profile: None,
        account: None,
    }
}

impl Outbox {
    /// As a caller that meets no other one.
    fn accept(&mut self, mail: &NewMail, bounds: &Bounds, now: i64) -> Result<Accepted> {
        let (mails, bounds) = (vec![mail.clone()], *bounds);
        let turn = self.turn();
        let answers = self.accept_together(turn, &[&Order { mails, bounds, now }]);
        let [answer] = <[_; 1]>::try_from(answers).unwrap();
        let [accepted] = <[_; 1]>::try_from(answer?).unwrap();
        Ok(accepted)
    }
}

/// A small outbox.
fn few(waiting: u64) -> Bounds {
    Bounds {
        waiting,
        waiting_bytes: 1 << 20,
        journal_lines: 10_000,
    }
}

fn accept(outbox: &mut Outbox, number: &str, now: i64) -> i64 {
    outbox.accept(&mail(number), &few(1_000), now).unwrap().id
}

/// Each from a customer of its own: one customer's mails wait for each other.
fn accept_from_another(outbox: &mut Outbox, number: &str, now: i64) -> i64 {
    let mail = NewMail {
        recipient: format!("client-{number}@example.fr"),
        ..mail(number)
    };
    outbox.accept(&mail, &few(1_000), now).unwrap().id
}

/// Bytes of the file and its log.
fn bytes_hold(folder: &Folder, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase().into_bytes();
    ["outbox.db", "outbox.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(folder.0.join(name)).unwrap_or_default();
        bytes
            .to_ascii_lowercase()
            .windows(wanted.len())
            .any(|window| window == wanted)
    })
}

fn states(outbox: &Outbox, id: i64) -> (String, Vec<String>) {
    let events = outbox
        .events(Some(id), 100, text::Language::English)
        .unwrap();
    let names = events
        .iter()
        .map(|event| event["event"].as_str().unwrap().to_owned())
        .collect();
    (outbox.state(id).unwrap().unwrap().0, names)
}

#[test]
fn the_same_receipt_twice_is_one_mail_and_adds_nothing() {
    let folder = Folder::new("once");
    let mut outbox = folder.open();
    let first = outbox.accept(&mail("1"), &few(1_000), 10).unwrap();
    let changed = NewMail {
        message_id: "<other@example.fr>".to_owned(),
        ..mail("1")
    };
    let second = outbox.accept(&changed, &few(1_000), 20).unwrap();
    assert!(!first.duplicate && second.duplicate);
    assert_eq!((second.id, second.message_id), (first.id, first.message_id));
    assert_eq!(
        states(&outbox, first.id),
        ("queued".to_owned(), vec!["accepted".to_owned()])
    );
    let test = NewMail {
        test: true,
        ..mail("1")
    };
    assert_ne!(
        outbox.accept(&test, &few(1_000), 30).unwrap().id,
        first.id,
        "a test is no emission"
    );
}

#[test]
fn a_full_outbox_refuses_and_still_knows_its_own() {
    let folder = Folder::new("full");
    let mut outbox = folder.open();
    accept(&mut outbox, "1", 0);
    let refused = outbox.accept(&mail("2"), &few(1), 0).unwrap_err();
    assert_eq!(refused.code, MAIL_E_OUTBOX_FULL);
    assert!(outbox.accept(&mail("1"), &few(1), 0).unwrap().duplicate);
    assert_eq!(
        outbox
            .mails(&Filter {
                limit: 10,
                ..Filter::default()
            })
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn each_settlement_moves_the_mail_with_its_journal_line() {
    const WAIT: Duration = Duration::from_millis(300);
    let folder = Folder::new("settle");
    let mut outbox = folder.open();
    let cases = [
        (Settlement::Sent, "sent", 1),
        (Settlement::Later { wait: WAIT }, "queued", 1),
        (Settlement::Back, "queued", 0),
        (Settlement::Unsure { wait: WAIT }, "queued", 1),
        (Settlement::Failed, "failed", 1),
        (Settlement::Uncertain, "uncertain", 1),
    ];
    for (index, (settlement, state, tries)) in cases.into_iter().enumerate() {
        let id = accept(&mut outbox, &format!("s{index}"), 0);
        let claimed = outbox.claim("1", 10, 100).unwrap();
        assert_eq!(
            claimed
                .iter()
                .map(|mail| (mail.id, mail.tries))
                .collect::<Vec<_>>(),
            [(id, 1)]
        );
        assert!(
            outbox
                .settle(id, &settlement, &Event::plain("later"), 200)
                .unwrap()
        );
        let mail = outbox.mail(id).unwrap().unwrap();
        assert_eq!(
            (&mail["state"], &mail["tries"]),
            (&json!(state), &json!(tries)),
            "{settlement:?}"
        );
        let next_at = match settlement {
            Settlement::Later { .. } | Settlement::Unsure { .. } => json!(clock::rfc3339(500)),
            Settlement::Back => json!(clock::rfc3339(200)),
            _ => json!(null),
        };
        assert_eq!(mail["next_at"], next_at, "{settlement:?}");
        assert!(
            !outbox
                .settle(id, &Settlement::Sent, &Event::plain("sent"), 300)
                .unwrap(),
            "settled twice"
        );
        assert_eq!(
            states(&outbox, id).1,
            ["accepted", "later"],
            "{settlement:?}"
        );
    }
    let counts = outbox.counts().unwrap();
    assert_eq!(
        [
            counts.of("sent"),
            counts.of("queued"),
            counts.of("failed"),
            counts.of("uncertain")
        ],
        [1, 3, 1, 1]
    );
    assert_eq!(counts.last_sent, Some(200));
}

#[test]
fn only_due_mails_of_the_store_are_claimed_the_earliest_first() {
    let folder = Folder::new("claim");
    let mut outbox = folder.open();
    let late = accept(&mut outbox, "late", 900);
    let first = accept_from_another(&mut outbox, "first", 100);
    let second = accept_from_another(&mut outbox, "second", 200);
    let other = outbox
        .accept(
            &NewMail {
                store: "2".to_owned(),
                ..mail("other")
            },
            &few(1_000),
            50,
        )
        .unwrap()
        .id;
    let through = NewMail {
        account: Some("sophie".to_owned()),
        ..mail("through")
    };
    outbox.accept(&through, &few(1_000), 70).unwrap();
    let due = outbox.due_lanes().unwrap();
    let due: Vec<_> = due
        .iter()
        .map(|due| (due.store.as_str(), due.account.as_deref(), due.next_at))
        .collect();
    assert_eq!(
        due,
        [("1", None, 100), ("1", Some("sophie"), 70), ("2", None, 50)]
    );
    let claim = |outbox: &mut Outbox, limit| -> Vec<i64> {
        outbox
            .claim("1", limit, 500)
            .unwrap()
            .iter()
            .map(|mail| mail.id)
            .collect()
    };
    assert_eq!(claim(&mut outbox, 1), [first]);
    assert_eq!(claim(&mut outbox, 9), [second]);
    assert!(
        claim(&mut outbox, 9).is_empty(),
        "{late} and {other} were claimed"
    );
}

impl Outbox {
    /// Settles one mail; tells whether it was being sent.
    fn settle(
        &mut self,
        id: i64,
        settlement: &Settlement,
        event: &Event,
        now: Millis,
    ) -> Result<bool> {
        let sending = self.state(id)?.is_some_and(|(state, _)| state == "sending");
        let settled = Outcome::Settled(id, settlement.clone(), Box::new(event.clone()));
        self.write(&[settled], now)?;
        Ok(sending)
    }
}

#[test]
fn what_was_not_tried_is_put_back_as_it_was() {
    let folder = Folder::new("release");
    let mut outbox = folder.open();
    let id = accept(&mut outbox, "1", 0);
    let claimed = outbox.claim("1", 10, 100).unwrap();
    assert_eq!(claimed.len(), 1);
    outbox.write(&[Outcome::Untouched(id)], 100).unwrap();
    let mail = outbox.mail(id).unwrap().unwrap();
    assert_eq!(
        (&mail["state"], &mail["tries"]),
        (&json!("queued"), &json!(0))
    );
    assert_eq!(states(&outbox, id).1, ["accepted"]);

    outbox.claim("1", 10, 100).unwrap();
    let left = |outbox: &Outbox| -> Vec<(i64, HowFar)> {
        let left = outbox.left_sending().unwrap();
        left.iter().map(|(mail, far)| (mail.id, *far)).collect()
    };
    assert_eq!(left(&outbox), [(id, HowFar::Claimed)]);
    outbox.note_hand_over(id, &[]).unwrap();
    assert_eq!(left(&outbox), [(id, HowFar::HandedOver)]);
    let next = accept_from_another(&mut outbox, "2", 0);
    outbox.claim("1", 10, 100).unwrap();
    outbox.note_hand_over(next, &[id]).unwrap();
    assert_eq!(
        left(&outbox),
        [(id, HowFar::Taken), (next, HowFar::HandedOver)]
    );
    outbox.write(&[Outcome::Untouched(next)], 100).unwrap();
    assert_eq!(states(&outbox, next).0, "queued");
    outbox.claim("1", 10, 100).unwrap();
    assert_eq!(
        left(&outbox),
        [(id, HowFar::Taken), (next, HowFar::Claimed)]
    );
}

#[test]
fn outcomes_are_written_together() {
    let folder = Folder::new("together");
    let mut outbox = folder.open();
    let ids = ["1", "2", "3"].map(|number| accept(&mut outbox, number, 0));
    outbox.claim("1", 10, 100).unwrap();
    let sent = |id| {
        let event = Box::new(Event::plain("sent"));
        Outcome::Settled(id, Settlement::Sent, event)
    };
    outbox
        .write(
            &[sent(ids[0]), Outcome::Untouched(ids[1]), sent(ids[2])],
            200,
        )
        .unwrap();
    let states = ids.map(|id| states(&outbox, id).0);
    assert_eq!(states, ["sent", "queued", "sent"]);
}

#[test]
fn a_customers_mails_wait_while_an_earlier_one_is_under_way() {
    let folder = Folder::new("in-order");
    let mut outbox = folder.open();
    let to = |number: &str, recipient: &str| NewMail {
        recipient: recipient.to_owned(),
        ..mail(number)
    };
    let mut take = |mail: NewMail| outbox.accept(&mail, &few(10), 0).unwrap().id;
    let first = take(to("1", "a@clients.test"));
    let second = take(to("2", "a@clients.test"));
    let other = take(to("3", "b@clients.test"));
    let ids = |claimed: Vec<Claimed>| -> Vec<i64> { claimed.iter().map(|mail| mail.id).collect() };
    assert_eq!(ids(outbox.claim("1", 1, 100).unwrap()), [first]);
    assert_eq!(ids(outbox.claim("1", 10, 100).unwrap()), [other]);
    outbox
        .settle(first, &Settlement::Sent, &Event::plain("sent"), 200)
        .unwrap();
    assert_eq!(ids(outbox.claim("1", 10, 200).unwrap()), [second]);
}

#[test]
fn saving_settings_lifts_pauses_and_makes_waiting_mails_due_but_not_doubtful_ones() {
    const WAIT: Duration = Duration::from_secs(9);
    let folder = Folder::new("saved");
    let mut outbox = folder.open();
    let waits = accept(&mut outbox, "waits", 0);
    let doubtful = accept(&mut outbox, "doubtful", 0);
    outbox.claim("1", 10, 100).unwrap();
    let network = Error::new(crate::error::MAIL_E_NETWORK, text::locked());
    let doubt = Error::new(crate::error::MAIL_E_UNCERTAIN, text::locked());
    outbox
        .settle(
            waits,
            &Settlement::Later { wait: WAIT },
            &Event::of("later", &network),
            100,
        )
        .unwrap();
    outbox
        .settle(
            doubtful,
            &Settlement::Unsure { wait: WAIT },
            &Event::of("unsure", &doubt),
            100,
        )
        .unwrap();
    outbox.pause("smtp:a", &network, WAIT, 100).unwrap();
    assert_eq!(outbox.paused().unwrap().len(), 1);

    let refused =
        outbox.change_settings(200, |_| Err::<(serde_json::Value, ()), _>(Error::bug("no")));
    assert!(refused.is_err());
    assert_eq!(
        (
            outbox.settings().unwrap().version,
            outbox.paused().unwrap().len()
        ),
        (0, 1),
        "saved nothing"
    );

    let (version, ()) = outbox
        .change_settings(200, |_| Ok((json!({"language": "en"}), ())))
        .unwrap();
    assert_eq!((version, outbox.paused().unwrap().len()), (1, 0));
    let due: Vec<i64> = outbox
        .claim("1", 10, 200)
        .unwrap()
        .iter()
        .map(|mail| mail.id)
        .collect();
    assert_eq!(due, [waits]);
}

#[test]
fn a_newer_file_and_a_foreign_file_are_left_alone() {
    let folder = Folder::new("newer");
    drop(folder.open());
    folder
        .raw()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert_eq!(
        Outbox::open(&folder.0, Arc::default()).unwrap_err().code,
        MAIL_E_NEWER
    );
    assert_eq!(
        folder
            .raw()
            .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
            .unwrap(),
        99
    );

    let foreign = Folder::new("foreign");
    std::fs::write(
        foreign.0.join(FILE),
        "not a database, but long enough to look at ".repeat(100),
    )
    .unwrap();
    assert_eq!(
        Outbox::open(&foreign.0, Arc::default()).unwrap_err().code,
        MAIL_E_DAMAGED
    );
}

#[test]
fn the_file_itself_refuses_an_unknown_state() {
    let folder = Folder::new("check");
    let mut outbox = folder.open();
    accept(&mut outbox, "1", 0);
    for change in [
        "UPDATE mail SET state = 'lost'",
        "UPDATE mail SET tries = -1",
        "UPDATE mail SET test = 2",
    ] {
        assert!(folder.raw().execute(change, []).is_err(), "{change}");
    }
}
