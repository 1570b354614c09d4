//! What a person decides: retry, cancel, resend, erase.

use super::*;
use crate::error::{
    MAIL_E_CONTENT, MAIL_E_NETWORK, MAIL_E_RECIPIENT, MAIL_E_STATE, MAIL_E_UNKNOWN_ID,
};
use crate::outbox::actions::{Erased, Retried};

/// A mail in each state, by way of the real moves.
fn in_state(outbox: &mut Outbox, number: &str, state: &str) -> i64 {
    let id = accept_from_another(outbox, number, 0);
    let settlement = match state {
        "queued" => return id,
        "cancelled" => {
            outbox.cancel(id, 5).unwrap();
            return id;
        }
        "sent" => Some(Settlement::Sent),
        "failed" => Some(Settlement::Failed),
        "uncertain" => Some(Settlement::Uncertain),
        _ => None,
    };
    let claimed = outbox.claim("1", 1, 0).unwrap();
    assert_eq!(claimed[0].id, id);
    if let Some(settlement) = settlement {
        let error = Error::new(MAIL_E_RECIPIENT, text::locked());
        let event = Event::of("refused", &error);
        outbox.settle(id, &settlement, &event, 5).unwrap();
    }
    id
}

fn retry(outbox: &mut Outbox, id: i64) -> Result<()> {
    outbox.retry(&[id], |index| format!("ids[{index}]"), 900)
}

fn copy(original: Original, emission: i64) -> NewMail {
    NewMail {
        kind: original.kind,
        store: original.store,
        number: original.number,
        document_type: original.document_type,
        recipient: original.recipient,
        once: original.once,
        test: original.test,
        message_id: format!("<copy-{emission}@example.fr>"),
        subject: original.subject,
        sha256: "1".to_owned(),
        mime: original.mime,
        profile: original.profile,
        account: original.account,
    }
}

#[test]
fn each_state_allows_what_makes_sense_in_it() {
    let allowed = [
        ("queued", true, true, false),
        ("sending", false, false, false),
        ("sent", false, false, true),
        ("failed", true, false, true),
        ("uncertain", true, false, true),
        ("cancelled", false, false, true),
    ];
    for (state, retries, cancels, resends) in allowed {
        let folder = Folder::new(&format!("allowed-{state}"));
        let mut outbox = folder.open();
        let answers = |outbox: &mut Outbox, number: &str, action: &str| {
            let id = in_state(outbox, number, state);
            let answer = match action {
                "retry" => retry(outbox, id),
                "cancel" => outbox.cancel(id, 900),
                _ => outbox
                    .resend(id, &few(100), 900, |original, n| Ok(copy(original, n)))
                    .map(|_| ()),
            };
            if let Err(error) = &answer {
                assert_eq!(error.code, MAIL_E_STATE, "{action} {state}: {error:?}");
                let sentence = error.sentence(text::Language::English);
                assert!(sentence.contains(&format!("`{state}`")), "{sentence}");
                assert_eq!(outbox.state(id).unwrap().unwrap().0, state, "unchanged");
            }
            // Out of the way of the next claim.
            let _ = outbox.claim("1", 100, 10_000).unwrap();
            answer.is_ok()
        };
        assert_eq!(answers(&mut outbox, "1", "retry"), retries, "retry {state}");
        assert_eq!(
            answers(&mut outbox, "2", "cancel"),
            cancels,
            "cancel {state}"
        );
        assert_eq!(
            answers(&mut outbox, "3", "resend"),
            resends,
            "resend {state}"
        );
    }
}

#[test]
fn a_retried_mail_has_its_full_time_and_its_tries_again() {
    let folder = Folder::new("retried");
    let mut outbox = folder.open();
    let id = in_state(&mut outbox, "1", "uncertain");
    outbox
        .pause(
            "smtp:a",
            &Error::new(MAIL_E_NETWORK, text::locked()),
            Duration::from_secs(9),
            5,
        )
        .unwrap();
    retry(&mut outbox, id).unwrap();
    let mail = outbox.mail(id).unwrap().unwrap();
    assert_eq!(
        [
            &mail["state"],
            &mail["tries"],
            &mail["code"],
            &mail["settled_at"]
        ],
        [&json!("queued"), &json!(0), &json!(0), &json!(null)]
    );
    assert_eq!(outbox.counts().unwrap().oldest_waiting, Some(900));
    assert_eq!(outbox.due_lanes().unwrap()[0].retried_at, Some(900));
    assert_eq!(outbox.paused().unwrap()[0].probe_at, 900, "asked at once");
    let claimed = outbox.claim("1", 10, 900).unwrap().remove(0);
    assert_eq!(
        (
            claimed.id,
            claimed.tries,
            claimed.unsure_tries,
            claimed.accepted_at
        ),
        (id, 1, 0, 900)
    );
    assert_eq!(states(&outbox, id).1, ["accepted", "refused", "retried"]);
}

#[test]
fn several_are_retried_or_none_and_the_refused_one_is_named() {
    let folder = Folder::new("several");
    let mut outbox = folder.open();
    let failed = in_state(&mut outbox, "1", "failed");
    let gone = in_state(&mut outbox, "2", "failed");
    let sent = in_state(&mut outbox, "3", "sent");
    folder
        .raw()
        .execute("DELETE FROM content WHERE mail_id = ?1", [gone])
        .unwrap();
    for (other, code) in [
        (gone, MAIL_E_CONTENT),
        (sent, MAIL_E_STATE),
        (99, MAIL_E_UNKNOWN_ID),
    ] {
        let error = outbox
            .retry(&[failed, other], |index| format!("ids[{index}]"), 900)
            .unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (code, Some("ids[1]")));
        assert_eq!(outbox.state(failed).unwrap().unwrap().0, "failed");
    }
    let retried = outbox.retry_all("failed", Some("2"), 900).unwrap();
    assert_eq!(retried.mails, 0, "another store");
    let retried = outbox.retry_all("failed", Some("1"), 900).unwrap();
    assert_eq!(
        retried,
        Retried {
            mails: 1,
            more: false
        }
    );
    assert_eq!(outbox.state(failed).unwrap().unwrap().0, "queued");
    assert_eq!(outbox.state(gone).unwrap().unwrap().0, "failed");
}

#[test]
fn emissions_count_up_together_and_the_first_stays_the_answer() {
    let folder = Folder::new("emissions");
    let mut outbox = folder.open();
    let id = in_state(&mut outbox, "1", "sent");
    let mut resend = |id: i64, to: &str| {
        let to = to.to_owned();
        let build = |original, n| {
            Ok(NewMail {
                recipient: to,
                ..copy(original, n)
            })
        };
        outbox.resend(id, &few(2), 900, build)
    };
    let second = resend(id, "client@example.fr").unwrap();
    let third = resend(second.id, "autre@example.fr").unwrap();
    assert_eq!((second.emission, third.emission), (2, 3));
    assert_eq!(
        resend(id, "client@example.fr").unwrap_err().code,
        MAIL_E_OUTBOX_FULL
    );
    assert_eq!(states(&outbox, id).1, ["accepted", "refused", "resent"]);
    let again = outbox.accept(&mail("1"), &few(10), 900).unwrap();
    assert_eq!((again.id, again.duplicate), (id, true));
}

#[test]
fn a_waiting_mail_may_be_copied_to_somebody_else_only() {
    let folder = Folder::new("waiting-copy");
    let mut outbox = folder.open();
    let id = accept(&mut outbox, "1", 0);
    let to = |to: &'static str| {
        move |original, n| {
            Ok(NewMail {
                recipient: to.to_owned(),
                ..copy(original, n)
            })
        }
    };
    let same = outbox.resend(id, &few(10), 5, to("CLIENT@example.fr"));
    assert_eq!(same.unwrap_err().code, MAIL_E_STATE);
    assert_eq!(
        outbox
            .resend(id, &few(10), 5, to("a@example.fr"))
            .unwrap()
            .emission,
        2
    );
}

#[test]
fn an_erased_customer_is_found_nowhere_in_the_files() {
    const WHO: &str = "Jean.Oublié@example.fr";
    let folder = Folder::new("erase");
    let mut outbox = folder.open();
    let mut ids = Vec::new();
    for number in 0..400 {
        let ours = number % 3 == 0;
        let recipient = if ours { WHO } else { "reste@example.fr" };
        let new = NewMail {
            recipient: recipient.to_owned(),
            subject: format!("Reçu pour {recipient}"),
            mime: format!("To: {recipient}\r\n\r\n{}", "x".repeat(number * 20)).into_bytes(),
            ..mail(&number.to_string())
        };
        let id = outbox.accept(&new, &few(1_000), 0).unwrap().id;
        if number % 2 == 0 {
            let said = SmtpReply {
                code: 550,
                enhanced: None,
                text: format!("<{}> unknown", recipient.to_uppercase()),
            };
            let mut error = Error::new(MAIL_E_RECIPIENT, text::address(recipient))
                .hint(text::address(recipient));
            error.smtp = Some(Box::new(said));
            outbox.claim("1", 10, 0).unwrap();
            let later = Settlement::Later {
                wait: Duration::from_secs(9),
            };
            let settlement = if number % 4 == 0 {
                Settlement::Failed
            } else {
                later
            };
            for left in outbox.left_sending().unwrap() {
                let event = Event::of("refused", &error);
                outbox.settle(left.0.id, &settlement, &event, 5).unwrap();
            }
        }
        if ours {
            ids.push(id);
        }
    }
    assert!(bytes_hold(&folder, WHO) && bytes_hold(&folder, "jean."));

    let second = folder.open();
    let erased = outbox.erase(&WHO.to_uppercase(), 900).unwrap();
    assert_eq!(
        (erased.mails, erased.wiped),
        (ids.len(), true),
        "{erased:?}"
    );
    assert!(erased.cancelled > 0, "{erased:?}");
    drop(second);
    for part in [WHO, "jean.", "oublié", "OUBLIÉ"] {
        assert!(!bytes_hold(&folder, part), "{part} is still there");
    }
    assert!(bytes_hold(&folder, "reste@example.fr"), "others stay");
    for id in ids {
        let (state, events) = states(&outbox, id);
        assert!(matches!(state.as_str(), "failed" | "cancelled"), "{state}");
        assert_eq!(events.last().unwrap(), "erased");
        assert!(outbox.content(id).unwrap().is_none());
        let gone = outbox.resend(id, &few(1_000), 950, |original, n| Ok(copy(original, n)));
        assert_eq!(gone.unwrap_err().code, MAIL_E_CONTENT);
    }
    assert_eq!(
        outbox.erase(WHO, 950).unwrap(),
        Erased {
            mails: 0,
            cancelled: 0,
            wiped: true
        }
    );
}

#[test]
fn what_is_being_sent_is_not_erased_behind_its_back() {
    let folder = Folder::new("erase-sending");
    let mut outbox = folder.open();
    let sent = in_state(&mut outbox, "1", "sent");
    let to_the_same = NewMail {
        recipient: "client-1@example.fr".to_owned(),
        ..mail("2")
    };
    let sending = outbox.accept(&to_the_same, &few(10), 0).unwrap().id;
    outbox.claim("1", 1, 0).unwrap();
    let error = outbox.erase("client-1@example.fr", 900).unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (MAIL_E_STATE, Some("to"))
    );
    assert!(
        outbox.content(sent).unwrap().is_some(),
        "nothing was erased"
    );
    let event = Event::plain("sent");
    outbox
        .settle(sending, &Settlement::Sent, &event, 950)
        .unwrap();
    assert_eq!(outbox.erase("client-1@example.fr", 990).unwrap().mails, 2);
}

#[test]
fn a_file_of_the_first_schema_keeps_its_mails_and_its_journal() {
    let folder = Folder::new("migration");
    let raw = folder.raw();
    raw.execute_batch(include_str!("../schema_1.sql")).unwrap();
    raw.execute_batch(
        "PRAGMA application_id = 0x74696c6c;
         PRAGMA user_version = 1;
         INSERT INTO mail (kind, store, number, document_type, recipient, once, emission, test, message_id,
                           subject, size, sha256, state, accepted_at, next_at)
         VALUES ('receipt', '1', '1', 'ticket', 'a@example.fr', 'o', 1, 0, '<1@example.fr>', 's', 1, '0',
                 'queued', 7, 7);
         INSERT INTO content VALUES (1, x'00');
         INSERT INTO event (id, at, mail_id, event) VALUES (41, 7, 1, 'accepted');",
    )
    .unwrap();
    drop(raw);
    let mut outbox = folder.open();
    assert_eq!(outbox.claim("1", 1, 10).unwrap()[0].accepted_at, 7);
    outbox
        .settle(1, &Settlement::Failed, &Event::plain("refused"), 20)
        .unwrap();
    retry(&mut outbox, 1).unwrap();
    assert_eq!(states(&outbox, 1).1, ["accepted", "refused", "retried"]);
    let ids: Vec<i64> = folder
        .raw()
        .prepare("SELECT id FROM event ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(std::result::Result::unwrap)
        .collect();
    assert_eq!(ids, [41, 42, 43], "numbers go on");
}
