//! The disk refuses: for a receipt that is given, and at each step of the worker.

use crate::rig::{DEADLINE, Rig, TOOLS};
use crate::support::scratch::{Scratch, free_port, wait_until};
use crate::support::scripted::{Script, Step};
use crate::support::shim::control::{ALWAYS, Strike};
use crate::support::shim::opening;
use crate::support::shop;
use serde_json::json;
use std::time::{Duration, Instant};
use tillmail::error::{MAIL_E_DISK, MAIL_E_DISK_FULL, MAIL_E_FOLDER, mail_code};

fn fails(errno: i32, times: i64) -> Strike {
    Strike::Fail { errno, times }
}

#[test]
fn a_receipt_that_the_disk_refuses_is_told_and_what_was_acknowledged_is_kept() {
    let full = (MAIL_E_DISK_FULL, "disque est plein");
    let fails_otherwise = (MAIL_E_DISK, "disque refuse");
    let cases = [
        ("accept.sync.before", libc::EIO, fails_otherwise),
        ("accept.commit.before", libc::EIO, fails_otherwise),
        ("accept.commit.before", libc::ENOSPC, full),
        ("host.write.before", libc::EIO, fails_otherwise),
        ("host.write.before", libc::ENOSPC, full),
    ];
    for (point, errno, (code, sentence)) in cases {
        refused_receipt(point, errno, code, sentence);
    }
}

fn refused_receipt(point: &str, errno: i32, wanted: mail_code, sentence: &str) {
    let mut rig = Rig::with(Script::plain(), &json!({}));
    let first = rig.takes("before");
    assert_eq!(rig.outcome(first, DEADLINE), "sent");
    rig.till.control.arm(0, point, 1, fails(errno, ALWAYS));
    for number in ["refused", "refused too", "refused"] {
        let (code, reply) = rig.send(number);
        assert_eq!(code, wanted, "{point} {errno}: {reply}");
        let message = reply["error"]["message"].as_str().unwrap();
        assert!(message.contains(sentence), "{point} {errno}: {message}");
    }
    rig.till.control.disarm();
    let again = rig.takes("refused");
    assert_eq!(
        rig.takes("refused"),
        again,
        "{point}: the same receipt is one mail"
    );
    let after = rig.takes("after");
    rig.kill_and_start_again();
    let kept = rig.numbers();
    let wanted = ["before", "refused", "after"];
    assert_eq!(
        kept, wanted,
        "{point} {errno}: what was acknowledged, once each"
    );
    for id in [first, again, after] {
        // The kill may fall after the final dot of either of the last two.
        assert_eq!(
            rig.outcome(id, DEADLINE),
            "sent",
            "{point}: {:?}",
            rig.events(id)
        );
    }
    rig.is_sound();
}

#[test]
fn a_kill_while_the_disk_refuses_receipts_loses_none_that_was_acknowledged() {
    let mut rig = Rig::with(Script::plain(), &json!({}));
    let ids = ["1", "2", "3"].map(|number| rig.takes(number));
    rig.till
        .control
        .arm(0, "accept.sync.before", 1, fails(libc::EIO, ALWAYS));
    assert_eq!(rig.send("4").0, MAIL_E_DISK);
    rig.kill_and_start_again();
    for id in ids {
        assert_eq!(rig.outcome(id, DEADLINE), "sent");
    }
    // What was written and not flushed may still be there, as the till was told that it may not.
    let id = rig.takes("4");
    assert_eq!(rig.outcome(id, DEADLINE), "sent");
    assert_eq!(rig.numbers(), ["1", "2", "3", "4"]);
    rig.is_sound();
}

#[test]
fn a_worker_that_cannot_write_says_so_and_sends_once_when_it_can() {
    let cases = [
        ("claim.commit.before", libc::EIO),
        ("claim.commit.before", libc::ENOSPC),
        ("hand_over.commit.before", libc::EIO),
        ("hand_over.commit.before", libc::ENOSPC),
        ("settle.sync.before", libc::EIO),
        ("settle.commit.before", libc::ENOSPC),
    ];
    for (point, errno) in cases {
        let mut rig = Rig::with(Script::plain(), &json!({}));
        rig.till.control.arm(0, point, 1, fails(errno, ALWAYS));
        // What could not be written is tried again when the line is closed: that has the other name.
        let again = point.replace("settle", "recover");
        rig.till.control.arm(1, &again, 1, fails(errno, ALWAYS));
        let id = rig.takes("1");
        let settles = point.starts_with("settle");
        // The second time: it was tried again, and refused again.
        let seen = if settles { again.as_str() } else { point };
        rig.waits_for(seen, 2);
        if !point.starts_with("hand_over") {
            rig.health_tells(true);
        }
        assert_eq!(rig.received(), usize::from(settles), "{point}");
        rig.till.control.disarm();
        assert_eq!(
            rig.outcome(id, DEADLINE),
            "sent",
            "{point}: {:?}",
            rig.events(id)
        );
        rig.health_tells(false);
        assert_eq!(rig.received(), 1, "{point}: {:?}", rig.events(id));
        assert_eq!(rig.events(id).last().unwrap(), "sent");
        // It goes on as if nothing had been.
        let next = rig.takes("2");
        assert_eq!(rig.outcome(next, DEADLINE), "sent", "{point}");
        rig.is_sound();
    }
}

/// The next thing that worked, a mere reading, took the notice away while the settlement was still not written.
#[test]
fn health_tells_of_the_disk_for_as_long_as_a_settlement_is_not_kept() {
    let mut rig = Rig::with(Script::plain(), &json!({}));
    for (slot, point) in (0..).zip(["settle.commit.before", "recover.commit.before"]) {
        rig.till
            .control
            .arm(slot, point, 1, fails(libc::EIO, ALWAYS));
    }
    let id = rig.takes("1");
    rig.waits_for("recover.commit.before", 2);
    for turn in 0..50 {
        let health = rig.health();
        assert_eq!(health["status"], "error", "{turn}: {health}");
    }
    rig.till.control.disarm();
    assert_eq!(rig.outcome(id, DEADLINE), "sent");
    rig.health_tells(false);
}

/// The mark that a mail goes could not be written, the mail went, and a kill then sent it again although it was to
/// be held.
#[test]
fn a_mail_does_not_go_while_its_hand_over_cannot_be_noted() {
    let script = Script::plain().hold_final_dot();
    let mut rig = Rig::with(script, &json!({ "delivery": { "unsure": "hold" } }));
    rig.till
        .control
        .arm(0, "hand_over.commit.before", 1, fails(libc::EIO, ALWAYS));
    let id = rig.takes("1");
    rig.waits_for("hand_over.commit.before", 3);
    assert_eq!(rig.received(), 0);
    // Each try is a connection; the account waits between two of them.
    let tries = rig.server.connections();
    assert!(tries <= 5, "{tries} connections for three tries");
    rig.server.release();
    rig.kill_and_start_again();
    assert_eq!(rig.outcome(id, DEADLINE), "sent");
    assert_eq!(rig.received(), 1);
}

/// What could not be put back stayed `sending` until the program ended.
#[test]
fn mails_that_could_not_be_put_back_are_put_back_when_the_disk_works() {
    let busy = Script::plain()
        .reply(Step::Greeting, "421 4.3.2 busy")
        .times(2);
    let mut rig = Rig::with(busy, &json!({}));
    rig.till
        .control
        .arm(0, "release.sync.before", 1, fails(libc::EIO, ALWAYS));
    // From the second try on they wait together: the first one fails, the others are put back.
    let ids = ["1", "2", "3"].map(|number| rig.takes(number));
    rig.waits_for("release.sync.before", 1);
    rig.till.control.disarm();
    for id in ids {
        assert_eq!(rig.outcome(id, DEADLINE), "sent", "{:?}", rig.events(id));
    }
    rig.health_tells(false);
    assert_eq!(rig.received(), 3);
}

/// The account was asked again at once, and again: that is how a provider comes to block it.
#[test]
fn an_account_whose_pause_the_disk_does_not_keep_is_not_asked_again_at_once() {
    let refuses =
        "550 5.7.1 Client does not have permissions to send as this sender: not allowed to send as";
    let script = Script::plain().reply(Step::MailFrom, refuses);
    let mut rig = Rig::with(script, &json!({ "delivery": { "probe_s": 600 } }));
    rig.till
        .control
        .arm(0, "pause.commit.before", 1, fails(libc::EIO, ALWAYS));
    let id = rig.takes("1");
    rig.waits_for("pause.commit.before", 1);
    wait_until("the refusal is settled", DEADLINE, || {
        (rig.events(id).len() >= 2).then_some(())
    });
    // What comes next comes within the second in which the worker looks again.
    let looking = Instant::now();
    while looking.elapsed() < Duration::from_secs(3) {
        assert_eq!(rig.server.connections(), 1, "{:?}", rig.events(id));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_kill_while_a_settlement_cannot_be_kept_leaves_the_mail_in_doubt_and_no_more() {
    for (unsure, state, copies) in [("retry_once", "sent", 2), ("hold", "uncertain", 1)] {
        let mut rig = Rig::with(
            Script::plain(),
            &json!({ "delivery": { "unsure": unsure } }),
        );
        for (slot, point) in (0..).zip(["settle.commit.before", "recover.commit.before"]) {
            rig.till
                .control
                .arm(slot, point, 1, fails(libc::EIO, ALWAYS));
        }
        let id = rig.takes("1");
        rig.waits_for("recover.commit.before", 2);
        assert_eq!(rig.received(), 1);
        rig.kill_and_start_again();
        assert_eq!(
            rig.outcome(id, DEADLINE),
            state,
            "{unsure}: {:?}",
            rig.events(id)
        );
        assert_eq!(rig.received(), copies, "{unsure}: {:?}", rig.events(id));
        rig.is_sound();
    }
}

#[test]
fn a_checkpoint_that_fails_harms_nothing() {
    for point in [
        "checkpoint.write.before",
        "checkpoint.sync.before",
        "log.sync.before",
    ] {
        for errno in [libc::EIO, libc::ENOSPC] {
            let mut rig = Rig::with(Script::plain(), &json!({}));
            rig.till.control.arm(0, point, 1, fails(errno, ALWAYS));
            let large = rig.scratch.path().join("large.bin");
            std::fs::write(&large, vec![7; 1_200_000]).unwrap();
            let mut receipt = shop::receipt("0", "client@clients.test");
            receipt["attachments"] = json!([{ "name": "large.bin", "path": large }]);
            let mut ids = Vec::new();
            for number in 0..6 {
                receipt["number"] = json!(number.to_string());
                let reply = rig.till.wants("mail_send_receipt", &receipt);
                ids.push(reply["id"].as_i64().unwrap());
            }
            rig.waits_for(point, 2);
            rig.kill_and_start_again();
            for id in &ids {
                assert_eq!(
                    rig.outcome(*id, DEADLINE),
                    "sent",
                    "{point}: {:?}",
                    rig.events(*id)
                );
            }
            rig.is_sound();
            let more = rig.takes("more");
            assert_eq!(rig.outcome(more, DEADLINE), "sent");
        }
    }
}

#[test]
fn a_new_folder_that_cannot_be_written_is_told_and_made_later() {
    let cases = [
        ("key.write.before", libc::ENOSPC, MAIL_E_FOLDER),
        ("key.link.before", libc::EIO, MAIL_E_FOLDER),
        ("create.write.before", libc::EIO, MAIL_E_DISK),
        ("create.write.before", libc::ENOSPC, MAIL_E_DISK_FULL),
        ("create.sync.before", libc::EIO, MAIL_E_DISK),
        ("open.commit.before", libc::ENOSPC, MAIL_E_DISK_FULL),
        ("open.sync.before", libc::EIO, MAIL_E_DISK),
    ];
    for (point, errno, wanted) in cases {
        let scratch = Scratch::new("new-folder");
        let state = scratch.path().join("state");
        let control = TOOLS.control(&scratch.path().join("control"));
        control.arm(0, point, 1, fails(errno, ALWAYS));
        let mut till = TOOLS.start(control);
        let answer = till.ask("mail_init", &opening(&state), DEADLINE);
        assert_eq!(answer.code, wanted, "{point} {errno}: {}", answer.reply);
        let message = answer.reply["error"]["message"].as_str().unwrap();
        assert!(message.ends_with('.'), "{point}: a sentence: {message}");
        let control = TOOLS.control(&scratch.path().join("control"));
        let mut till = TOOLS.start(control);
        till.open(&state);
        till.wants("mail_configure", &shop::plain_settings(free_port()));
        till.wants(
            "mail_send_receipt",
            &shop::receipt("1", "client@clients.test"),
        );
    }
}
