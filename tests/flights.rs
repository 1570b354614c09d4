//! Many mails over few round trips: each reply belongs to its command, and each mail is judged for itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use support::ca::TestCa;
use support::scratch::{Scratch, free_port, wait_until};
use support::scripted::{Action, Script, Scripted, Step};
use support::shop::{self, Shop, and, plain_settings};
use tillmail::error::{MAIL_E_CONTENT, MAIL_E_NETWORK, MAIL_E_RECIPIENT};

const SOON: Duration = Duration::from_secs(30);
const PIPELINING: &[&str] = &["PIPELINING"];

/// A shop with so many receipts that wait, because nobody listens where it sends them to.
fn backlog(count: usize, settings: &Value) -> (Shop, Vec<i64>) {
    let slow = json!({ "delivery": { "retry_s": [3600], "unsure_wait_s": 1 } });
    let shop = Shop::with(&and(and(plain_settings(free_port()), &slow), settings));
    let ids: Vec<i64> = (0..count)
        .map(|number| shop.send(&format!("F-{number}"), &customer(number)))
        .collect();
    wait_until("the first one is put off", SOON, || {
        (shop.mail(ids[0])["code"] == MAIL_E_NETWORK).then_some(())
    });
    (shop, ids)
}

fn customer(number: usize) -> String {
    format!("client-{number}@clients.test")
}

/// Lets a backlog go to a server, which begins with the first one.
fn let_go(shop: &Shop, server: &Scripted) {
    shop.mailer
        .configure(&json!({ "smtp": { "port": server.port() } }))
        .unwrap();
}

fn settled(shop: &Shop, ids: &[i64]) {
    for id in ids {
        let waited = shop.wait(*id, SOON);
        let state = shop.mail(*id)["state"].clone();
        assert!(state == "sent" || state == "failed", "{waited:?}");
    }
}

fn message_ids(server: &Scripted) -> Vec<String> {
    let received = server.received();
    let taken = received.iter().filter(|mail| mail.acknowledged);
    taken
        .map(|mail| {
            let parsed = MessageParser::default().parse(&mail.data).unwrap();
            format!("<{}>", parsed.message_id().unwrap())
        })
        .collect()
}

/// The server's answer to a mail, as the journal has it.
fn answer(shop: &Shop, id: i64) -> String {
    let lines = shop.mailer.journal(&json!({ "id": id })).unwrap();
    let lines = lines["events"].as_array().unwrap();
    let text = lines.last().unwrap()["smtp"]["text"].as_str();
    text.unwrap_or_default().to_owned()
}

#[test]
fn a_mail_costs_one_round_trip_three_or_four_as_the_server_allows() {
    const MAILS: usize = 20;
    let cases: [(&[&str], usize, usize); 4] = [
        (PIPELINING, 1, 1),
        (&["PIPELINING", "CHUNKING"], 1, 1),
        (&["CHUNKING"], 3, 0),
        (&[], 4, 0),
    ];
    for (extensions, each, first) in cases {
        let server = Scripted::start(Script::plain().ehlo(extensions).numbered());
        let (shop, ids) = backlog(MAILS, &json!({}));
        let_go(&shop, &server);
        settled(&shop, &ids);
        wait_until("the goodbye", SOON, || (server.quits() == 1).then_some(()));
        // EHLO before, QUIT after.
        assert_eq!(
            server.turns(),
            2 + first + each * MAILS,
            "{extensions:?}: {:?}",
            server.commands()
        );
        for (index, id) in ids.iter().enumerate() {
            let own = format!("2.0.0 Ok: queued as {index}");
            assert_eq!(answer(&shop, *id), own, "{extensions:?}");
        }
        let chunked = server
            .commands()
            .iter()
            .any(|line| line.starts_with("BDAT "));
        assert_eq!(chunked, each == 3, "{extensions:?}");
        let sent: Vec<_> = ids
            .iter()
            .map(|id| shop.mail(*id)["message_id"].clone())
            .collect();
        assert_eq!(
            message_ids(&server),
            sent,
            "{extensions:?}: in order, once each"
        );
    }
}

#[test]
fn what_is_refused_in_the_middle_of_a_flight_spoils_nothing() {
    // What is refused, at which of its uses, and what the mail ends with.
    let cases = [
        (Step::RcptTo, "550 5.1.1 no such user", MAIL_E_RECIPIENT),
        (Step::Data, "554 5.6.0 not such a mail", MAIL_E_CONTENT),
        (Step::FinalReply, "554 5.6.0 not this mail", MAIL_E_CONTENT),
    ];
    const MAILS: usize = 7;
    for (step, reply, code) in cases {
        for at in [0, 1, 3, MAILS - 1] {
            for extensions in [PIPELINING, &["CHUNKING"], &[]] {
                if step == Step::Data && extensions == ["CHUNKING"] {
                    continue; // BDAT has no DATA to refuse.
                }
                let mut script = Script::plain().ehlo(extensions).numbered();
                if at > 0 {
                    script = script.on(step, Action::Default).times(at);
                }
                let server = Scripted::start(script.reply(step, reply).times(1));
                let (shop, ids) = backlog(MAILS, &json!({}));
                let_go(&shop, &server);
                settled(&shop, &ids);
                let case = format!("{step:?} of mail {at}, {extensions:?}");
                for (index, id) in ids.iter().enumerate() {
                    let mail = shop.mail(*id);
                    let refused = index == at;
                    let state = if refused { "failed" } else { "sent" };
                    assert_eq!(mail["state"], state, "{case}: mail {index}: {mail}");
                    assert_eq!(
                        mail["tries"],
                        if index == 0 { 2 } else { 1 },
                        "{case}: {mail}"
                    );
                    if refused {
                        assert_eq!(mail["code"], code, "{case}");
                        assert_eq!(answer(&shop, *id), reply[4..], "{case}");
                    } else {
                        assert!(answer(&shop, *id).contains("queued as"), "{case}: {index}");
                    }
                }
                assert_eq!(server.connections(), 1, "{case}");
                let sent: Vec<_> = ids
                    .iter()
                    .filter(|id| shop.mail(**id)["state"] == "sent")
                    .map(|id| shop.mail(*id)["message_id"].clone())
                    .collect();
                assert_eq!(
                    message_ids(&server),
                    sent,
                    "{case}: each once, and no empty one"
                );
            }
        }
    }
}

#[test]
fn a_line_lost_in_a_flight_leaves_only_the_mail_in_doubt_that_had_gone() {
    const MAILS: usize = 6;
    for action in [Action::Close, Action::Reset] {
        for (step, events) in [
            (Step::MailFrom, &["accepted", "sent"][..]),
            (Step::RcptTo, &["accepted", "later", "sent"]),
            (Step::Data, &["accepted", "later", "sent"]),
            (Step::FinalReply, &["accepted", "unsure", "sent"]),
        ] {
            let script = Script::plain().ehlo(PIPELINING);
            let script = script.on(step, Action::Default).times(2);
            let server = Scripted::start(script.on(step, action.clone()).times(1));
            let (shop, ids) = backlog(MAILS, &json!({ "delivery": { "retry_s": [3600, 1] } }));
            let_go(&shop, &server);
            // The third one meets it. A till that goes on selling lifts nobody's wait, so the shop retries.
            let case = format!("{action:?} at {step:?}");
            wait_until(&format!("the others have gone: {case}"), SOON, || {
                let gone = |id: &i64| shop.mail(*id)["state"] == "sent";
                ids.iter()
                    .filter(|id| **id != ids[2])
                    .all(gone)
                    .then_some(())
            });
            if shop.mail(ids[2])["state"] == "queued" && shop.mail(ids[2])["code"] != 0 {
                shop.mailer.retry(&json!({ "ids": [ids[2]] })).unwrap();
            }
            settled(&shop, &ids);
            for (index, id) in ids.iter().enumerate() {
                let seen: Vec<String> = shop
                    .events(*id)
                    .into_iter()
                    .filter(|event| event != "retried")
                    .collect();
                let expected = match index {
                    0 => &["accepted", "later", "sent"][..],
                    2 => events,
                    _ => &["accepted", "sent"],
                };
                assert_eq!(seen, expected, "{case}: mail {index}");
            }
            // One that is sent again by a person may come when the second line has said goodbye.
            assert!((2..=3).contains(&server.connections()), "{case}");
            let mut taken: HashMap<String, usize> = HashMap::new();
            for id in message_ids(&server) {
                *taken.entry(id).or_default() += 1;
            }
            assert_eq!(taken.len(), MAILS, "{case}");
            assert!(taken.values().all(|times| *times == 1), "{case}: {taken:?}");
        }
    }
}

#[test]
fn a_server_that_closes_after_some_mails_is_met_by_the_next_line() {
    let script = Script::plain().ehlo(PIPELINING);
    let script = script.on(Step::MailFrom, Action::Default).times(4);
    let script = script
        .reply(Step::MailFrom, "421 4.7.0 too many mails in this session")
        .times(1);
    let server = Scripted::start(script);
    let (shop, ids) = backlog(9, &json!({}));
    let_go(&shop, &server);
    settled(&shop, &ids);
    assert_eq!(server.connections(), 2);
    assert_eq!(message_ids(&server).len(), 9);
    for id in &ids[1..] {
        assert_eq!(shop.events(*id), ["accepted", "sent"]);
    }
}

#[test]
fn a_backlog_uses_two_lines_where_the_settings_allow_it_and_keeps_each_customers_order() {
    for (connections, expected) in [(1, 1), (2, 2), (3, 3)] {
        let server = Scripted::start(Script::plain().ehlo(PIPELINING).hold_final_dot());
        let few = json!({
            "delivery": { "batch": 10 },
            "smtp": { "limits": { "connections": connections } },
        });
        let (shop, mut ids) = backlog(1, &few);
        // Three customers take turns, so that every batch has mails to all of them.
        ids.extend(
            (1..40).map(|number| shop.send(&format!("F-{number}"), &customer(1 + number % 3))),
        );
        ids.extend((40..80).map(|number| shop.send(&format!("F-{number}"), &customer(number))));
        let_go(&shop, &server);
        server.wait_until_holding(SOON);
        assert_eq!(
            server.connections(),
            1,
            "the first line must work before there is a second"
        );
        server.release();
        settled(&shop, &ids);
        let received = server.received();
        let most = received.iter().map(|mail| mail.connection).max().unwrap() + 1;
        assert!(
            most >= expected,
            "{most} connections, {connections} allowed"
        );
        let mut last: HashMap<String, i64> = HashMap::new();
        for mail in &received {
            let parsed = MessageParser::default().parse(&mail.data).unwrap();
            let message_id = format!("<{}>", parsed.message_id().unwrap());
            let id = *ids
                .iter()
                .find(|id| shop.mail(**id)["message_id"] == message_id.as_str())
                .unwrap();
            let before = last.insert(mail.to[0].clone(), id).unwrap_or(0);
            assert!(before < id, "{} got {id} after {before}", mail.to[0]);
        }
        assert_eq!(received.len(), ids.len(), "each once");
    }
}

#[test]
fn a_second_line_that_is_refused_changes_nothing_for_the_account() {
    for (step, reply) in [
        (Step::Greeting, "421 4.7.0 too many connections"),
        (Step::Auth, "535 5.7.8 not twice at once"),
    ] {
        let script = Script::plain().on(step, Action::Default).times(1);
        let server = Scripted::start(script.reply(step, reply).times(1).hold_final_dot());
        let login = json!({ "user": "boutique", "password": "s3cret" });
        let few = json!({ "delivery": { "batch": 20 }, "smtp": login });
        let (shop, ids) = backlog(60, &few);
        let_go(&shop, &server);
        server.wait_until_holding(SOON);
        server.release();
        settled(&shop, &ids);
        for id in &ids[1..] {
            assert_eq!(shop.events(*id), ["accepted", "sent"], "{reply}");
            assert_eq!(shop.mail(*id)["tries"], 1, "{reply}");
        }
        let health = shop.mailer.health(&json!({})).unwrap();
        assert_eq!(health["paused_accounts"], json!([]), "{reply}");
        assert_eq!(message_ids(&server).len(), ids.len(), "{reply}: once each");
        let received = server.received();
        let tried = server.connections()
            - received
                .iter()
                .map(|mail| mail.connection)
                .collect::<std::collections::HashSet<_>>()
                .len();
        assert_eq!(
            tried, 1,
            "{reply}: one look at a second line, then none for an hour"
        );
    }
}

#[test]
fn a_worker_that_is_stopped_in_a_flight_puts_back_what_has_not_gone() {
    let server = Scripted::start(Script::plain().ehlo(PIPELINING).hold_final_dot());
    let scratch = Scratch::new("stopped");
    let mailer = shop::open(scratch.path());
    let settings = and(
        plain_settings(server.port()),
        &json!({ "delivery": { "unsure_wait_s": 1 } }),
    );
    mailer.configure(&settings).unwrap();
    let send = |number: usize| {
        let receipt = shop::receipt(&format!("S-{number}"), &customer(number));
        mailer.send_receipt(&receipt).unwrap()["id"]
            .as_i64()
            .unwrap()
    };
    let ids: Vec<i64> = (0..12).map(send).collect();
    server.wait_until_holding(SOON);
    mailer.shut_down(Duration::from_millis(300)).unwrap();
    let events = |id: i64| -> Vec<String> {
        let lines = mailer.journal(&json!({ "id": id })).unwrap();
        let lines = lines["events"].as_array().unwrap().clone();
        lines
            .iter()
            .map(|line| line["event"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(events(ids[0]), ["accepted", "unsure"]);
    for id in &ids[1..] {
        assert_eq!(events(*id), ["accepted"]);
    }
    drop(mailer);
    server.release();
    let mailer = shop::open(scratch.path());
    for id in &ids {
        mailer
            .wait(&json!({ "id": id, "timeout_ms": 20_000 }))
            .unwrap();
    }
    // The server may have taken the one in doubt when the line was cut.
    let mut taken = message_ids(&server);
    let in_doubt = mailer.journal(&json!({ "id": ids[0] })).unwrap()["mail"]["message_id"].clone();
    let copies = taken.iter().filter(|id| in_doubt == id.as_str()).count();
    assert!((1..=2).contains(&copies), "{taken:?}");
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), ids.len(), "{taken:?}");
}

#[test]
fn every_later_line_resumes_the_tls_session_of_the_first() {
    let scratch = Scratch::new("resumed");
    let ca = TestCa::new(scratch.path());
    let issued = ca.issue(&["localhost", "127.0.0.1"]);
    for (script, security) in [
        (Script::starttls(&issued), "starttls"),
        (Script::implicit_tls(&issued), "tls"),
    ] {
        let server = Scripted::start(script);
        let one_each = json!({
            "smtp": { "security": security, "ca_file": ca.ca_pem(), "limits": { "connections": 1 } },
            "delivery": { "batch": 1 },
        });
        let (shop, ids) = backlog(4, &one_each);
        let_go(&shop, &server);
        settled(&shop, &ids);
        assert_eq!(server.connections(), 4, "{security}");
        assert_eq!(server.resumed(), 3, "{security}");
    }
}

#[test]
fn a_small_mail_that_goes_alone_is_one_flight_where_the_server_takes_chunks() {
    use Action::{Close, Reset};
    let reply = Action::reply;
    let refused = ["accepted", "refused"];
    let later = ["accepted", "later", "sent"];
    let unsure = ["accepted", "unsure", "sent"];
    let cases = [
        (Step::FinalReply, Action::Default, &["accepted", "sent"][..]),
        (Step::RcptTo, reply("550 5.1.1 no such user"), &refused),
        (Step::RcptTo, reply("451 4.3.0 later"), &later),
        (Step::MailFrom, reply("451 4.3.0 later"), &later),
        (Step::FinalReply, reply("554 5.6.0 not this mail"), &refused),
        (Step::FinalReply, reply("452 4.3.1 no space"), &later),
        // Whatever the server had agreed to: it may have the mail.
        (Step::MailFrom, Close, &unsure),
        (Step::RcptTo, Reset, &unsure),
        (Step::FinalReply, Close, &unsure),
    ];
    for (step, action, events) in cases {
        let case = format!("{step:?} {action:?}");
        let script = Script::plain().ehlo(&["PIPELINING", "CHUNKING"]).numbered();
        let server = Scripted::start(script.on(step, action).times(1));
        let quick = json!({ "delivery": { "retry_s": [1], "unsure_wait_s": 1 } });
        let shop = Shop::with(&and(plain_settings(server.port()), &quick));
        let id = shop.send("1", &customer(1));
        settled(&shop, &[id]);
        assert_eq!(shop.events(id), events, "{case}");
        let commands = server.commands();
        let chunks = commands.iter().filter(|line| line.starts_with("BDAT "));
        assert!(chunks.count() >= 1, "{case}: {commands:?}");
        assert!(
            !commands.iter().any(|line| line == "DATA"),
            "{case}: {commands:?}"
        );
        let taken = message_ids(&server).len();
        assert_eq!(
            taken,
            usize::from(events != refused),
            "{case}: {commands:?}"
        );
        if events.len() == 2 && events != refused {
            wait_until("the goodbye", SOON, || (server.quits() == 1).then_some(()));
            assert_eq!(server.turns(), 3, "EHLO, the mail, QUIT: {commands:?}");
            assert_eq!(answer(&shop, id), "2.0.0 Ok: queued as 0");
        }
    }
    // A large one waits for the server's word.
    let server = Scripted::start(Script::plain().ehlo(&["PIPELINING", "CHUNKING"]));
    let shop = Shop::with(&plain_settings(server.port()));
    let large = json!({ "text": "une ligne\n".repeat(8_000) });
    let receipt = and(shop::receipt("2", &customer(2)), &large);
    let id = shop.mailer.send_receipt(&receipt).unwrap()["id"]
        .as_i64()
        .unwrap();
    settled(&shop, &[id]);
    assert!(server.commands().iter().any(|line| line == "DATA"));
}
