//! Delivery against a server that does what a healthy one won't.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::ca::TestCa;
use support::scratch::{Scratch, free_port, wait_until};
use support::scripted::{Action, Script, Scripted, Step};
use support::shop::{self, Shop, and, plain_settings};
use tillmail::error::{
    MAIL_E_CONTENT, MAIL_E_NETWORK, MAIL_E_QUOTA, MAIL_E_TIMEOUT, MAIL_E_TLS, MAIL_E_UNCERTAIN,
};

const SOON: Duration = Duration::from_secs(20);
const TO: &str = "client@clients.test";

fn shop_at(server: &Scripted) -> Shop {
    Shop::with(&plain_settings(server.port()))
}

fn message_id(data: &[u8]) -> String {
    MessageParser::default()
        .parse(data)
        .unwrap()
        .message_id()
        .unwrap()
        .to_owned()
}

fn is_queued_with_code(shop: &Shop, id: i64, code: i32) -> Value {
    wait_until("the mail is put off", SOON, || {
        let mail = shop.mail(id);
        (mail["state"] == "queued" && mail["code"] == code).then_some(mail)
    })
}

/// A shop whose account cannot be reached yet, so that mails gather.
fn shop_with_waiting(port: u16, count: usize) -> (Shop, Vec<i64>) {
    let shop = Shop::with(&and(
        plain_settings(port),
        &json!({ "delivery": { "retry_s": [3600] } }),
    ));
    let ids = (0..count)
        .map(|number| shop.send(&format!("W-{number}"), TO))
        .collect();
    (shop, ids)
}

#[test]
fn a_backlog_travels_on_one_connection_in_order_and_ends_with_quit() {
    let port = free_port();
    let (shop, ids) = shop_with_waiting(port, 12);
    is_queued_with_code(&shop, ids[0], MAIL_E_NETWORK);
    let server = Scripted::start(Script::plain());
    shop.mailer
        .configure(&json!({ "smtp": { "port": server.port() } }))
        .unwrap();
    for id in &ids {
        shop.wait(*id, SOON).unwrap();
    }
    wait_until("the goodbye", SOON, || (server.quits() == 1).then_some(()));
    assert_eq!(server.connections(), 1);
    let subjects: Vec<String> = server
        .received()
        .iter()
        .map(|mail| message_id(&mail.data))
        .collect();
    let expected: Vec<String> = ids
        .iter()
        .map(|id| {
            shop.mail(*id)["message_id"]
                .as_str()
                .unwrap()
                .trim_matches(['<', '>'])
                .to_owned()
        })
        .collect();
    assert_eq!(subjects, expected, "the order of acceptance");
}

#[test]
fn a_dead_network_stops_the_round_and_leaves_the_others_untouched() {
    let (shop, ids) = shop_with_waiting(free_port(), 5);
    let first = is_queued_with_code(&shop, ids[0], MAIL_E_NETWORK);
    assert_eq!(first["tries"], 1, "{first}");
    for id in &ids[1..] {
        wait_until("the others are put back untouched", SOON, || {
            let mail = shop.mail(*id);
            let untouched = mail["state"] == "queued" && mail["tries"] == 0 && mail["code"] == 0;
            untouched.then_some(())
        });
        assert_eq!(shop.events(*id), ["accepted"]);
    }
    let waiting = shop.wait(ids[0], Duration::ZERO).unwrap_err();
    assert_eq!(waiting.code, MAIL_E_TIMEOUT);
    assert!(waiting.hint.is_some(), "the reason is told: {waiting:?}");
}

#[test]
fn a_temporary_refusal_is_tried_again_with_the_same_message_id() {
    let cases = [
        (Step::Greeting, "421 4.3.2 busy"),
        (Step::Ehlo, "451 4.3.0 later"),
        (Step::MailFrom, "451 4.3.0 later"),
        (Step::RcptTo, "450 4.2.0 try again"),
        (Step::Data, "451 4.3.0 later"),
        (Step::FinalReply, "452 4.3.1 no space"),
        (Step::FinalReply, "421 4.3.2 closing"),
    ];
    for (step, reply) in cases {
        for extensions in [&["PIPELINING"][..], &[]] {
            let server =
                Scripted::start(Script::plain().ehlo(extensions).reply(step, reply).times(1));
            let shop = shop_at(&server);
            let id = shop.send("1", TO);
            shop.wait(id, SOON)
                .unwrap_or_else(|error| panic!("{step:?} {reply} {extensions:?}: {error:?}"));
            let mail = shop.mail(id);
            assert_eq!(mail["tries"], 2, "{step:?} {reply} {extensions:?}: {mail}");
            assert_eq!(
                shop.events(id),
                ["accepted", "later", "sent"],
                "{step:?} {reply}"
            );
            let taken: Vec<_> = server
                .received()
                .into_iter()
                .filter(|mail| mail.acknowledged)
                .collect();
            assert_eq!(taken.len(), 1, "{step:?} {reply} {extensions:?}");
            assert_eq!(
                format!("<{}>", message_id(&taken[0].data)),
                mail["message_id"].as_str().unwrap()
            );
        }
    }
}

#[test]
fn a_refused_recipient_in_the_middle_spoils_nothing() {
    for extensions in [&["PIPELINING"][..], &[]] {
        let script = Script::plain()
            .ehlo(extensions)
            .on(Step::RcptTo, Action::Default)
            .times(1);
        let server = Scripted::start(
            script
                .reply(Step::RcptTo, "550 5.1.1 no such user")
                .times(1),
        );
        let (shop, ids) = shop_with_waiting(free_port(), 3);
        is_queued_with_code(&shop, ids[0], MAIL_E_NETWORK);
        shop.mailer
            .configure(&json!({ "smtp": { "port": server.port() } }))
            .unwrap();
        shop.wait(ids[0], SOON).unwrap();
        assert_eq!(
            shop.wait(ids[1], SOON).unwrap_err().code,
            tillmail::error::MAIL_E_RECIPIENT
        );
        shop.wait(ids[2], SOON).unwrap();
        assert_eq!(server.connections(), 1, "{extensions:?}");
        let complete = server
            .received()
            .iter()
            .filter(|mail| mail.data.len() > 100)
            .count();
        assert_eq!(complete, 2, "{extensions:?}");
    }
}

#[test]
fn a_line_lost_after_the_final_dot_means_one_more_try_with_the_same_message_id() {
    for action in [Action::Reset, Action::Close, Action::Silence] {
        let server = Scripted::start(
            Script::plain()
                .on(Step::FinalReply, action.clone())
                .times(1),
        );
        let shop = shop_at(&server);
        let id = shop.send("1", TO);
        shop.wait(id, SOON)
            .unwrap_or_else(|error| panic!("{action:?}: {error:?}"));
        assert_eq!(
            shop.events(id),
            ["accepted", "unsure", "sent"],
            "{action:?}"
        );
        let received = server.received();
        assert_eq!(received.len(), 2, "{action:?}");
        assert_eq!(message_id(&received[0].data), message_id(&received[1].data));
    }
}

#[test]
fn a_line_lost_twice_after_the_final_dot_is_for_a_person_to_decide() {
    let server = Scripted::start(Script::plain().on(Step::FinalReply, Action::Reset));
    let shop = shop_at(&server);
    let id = shop.send("1", TO);
    let error = shop.wait(id, SOON).unwrap_err();
    assert_eq!(error.code, MAIL_E_UNCERTAIN);
    let hint = error.hint.clone().unwrap();
    let hint = hint.get(tillmail::Language::English);
    assert!(
        hint.contains("Ask the customer"),
        "nothing is done by itself any more: {hint}"
    );
    assert_eq!(shop.events(id), ["accepted", "unsure", "uncertain"]);
    assert_eq!(server.received().len(), 2, "at most one more");
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(
        (&health["status"], &health["counts"]["uncertain"]),
        (&json!("warning"), &json!(1)),
        "{health}"
    );
}

#[test]
fn with_hold_a_person_decides_at_once() {
    let server = Scripted::start(Script::plain().on(Step::FinalReply, Action::Reset));
    let shop = Shop::with(&and(
        plain_settings(server.port()),
        &json!({ "delivery": { "unsure": "hold" } }),
    ));
    let id = shop.send("1", TO);
    assert_eq!(shop.wait(id, SOON).unwrap_err().code, MAIL_E_UNCERTAIN);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_line_lost_before_the_final_dot_is_no_doubt() {
    for step in [Step::MailFrom, Step::RcptTo, Step::Data, Step::Body] {
        let server = Scripted::start(Script::plain().on(step, Action::Reset).times(1));
        // A large mail does not fit into the socket's buffers: the server closes in the midst of it.
        let shop = Shop::with(&and(
            plain_settings(server.port()),
            &json!({ "delivery": { "max_mail_bytes": 50_000_000 } }),
        ));
        let text = "ligne de ticket 0123456789\n".repeat(150_000);
        let big = and(shop::receipt("1", TO), &json!({ "text": text }));
        let id = shop.mailer.send_receipt(&big).unwrap()["id"]
            .as_i64()
            .unwrap();
        let put_off = wait_until("the first try is over", SOON, || {
            let events = shop.events(id);
            (events.len() > 1).then_some(events)
        });
        assert_eq!(put_off[1], "later", "{step:?}");
        shop.wait(id, SOON).unwrap();
    }
}

#[test]
fn a_quota_waits_an_hour_although_it_is_a_5xx() {
    let server = Scripted::start(
        Script::plain().reply(Step::RcptTo, "550 5.4.5 Daily user sending limit exceeded"),
    );
    let shop = shop_at(&server);
    let ids = [shop.send("1", TO), shop.send("2", TO)];
    let mail = is_queued_with_code(&shop, ids[0], MAIL_E_QUOTA);
    assert_eq!(mail["tries"], 1, "{mail}");
    assert!(mail["next_at"].as_str().unwrap() > mail["accepted_at"].as_str().unwrap());
    assert_eq!(server.connections(), 1, "the second mail does not knock");
    wait_until("the second is put back untouched", SOON, || {
        let mail = shop.mail(ids[1]);
        (mail["state"] == "queued" && mail["tries"] == 0).then_some(())
    });
}

#[test]
fn at_the_accounts_limit_mails_wait_and_health_warns_before() {
    let server = Scripted::start(Script::plain());
    let limits = json!({ "smtp": { "limits": { "per_hour": 5, "per_day": 100 } } });
    let shop = Shop::with(&and(plain_settings(server.port()), &limits));
    let warned = |shop: &Shop| {
        let health = shop.mailer.health(&json!({})).unwrap();
        let notices = health["notices"].as_array().unwrap().clone();
        notices.iter().any(|notice| notice["id"] == "near_limit")
    };
    for number in 0..5 {
        assert_eq!(warned(&shop), number == 4, "after {number} mails");
        let id = shop.send(&format!("L-{number}"), TO);
        shop.wait(id, SOON).unwrap();
    }
    let sixth = shop.send("L-6", TO);
    let waiting = shop.wait(sixth, Duration::from_millis(1_500)).unwrap_err();
    assert_eq!(waiting.code, MAIL_E_TIMEOUT);
    assert_eq!(shop.mail(sixth)["tries"], 0, "the provider is not asked");
    assert_eq!(server.received().len(), 5);
    shop.mailer
        .configure(&json!({ "smtp": { "limits": { "per_hour": 6 } } }))
        .unwrap();
    shop.wait(sixth, SOON).unwrap();
}

#[test]
fn a_mail_over_the_servers_size_is_refused_without_sending_it() {
    let server = Scripted::start(Script::plain().ehlo(&["PIPELINING", "SIZE 2000"]));
    let shop = shop_at(&server);
    let long = and(
        shop::receipt("1", TO),
        &json!({ "text": "0123456789\n".repeat(1_000) }),
    );
    let id = shop.mailer.send_receipt(&long).unwrap()["id"]
        .as_i64()
        .unwrap();
    assert_eq!(shop.wait(id, SOON).unwrap_err().code, MAIL_E_CONTENT);
    assert!(
        server
            .commands()
            .iter()
            .all(|command| !command.starts_with("MAIL")),
        "{:?}",
        server.commands()
    );
}

#[test]
fn a_silent_server_holds_up_no_other_account() {
    let silent = Scripted::start(Script::plain().on(Step::Greeting, Action::Silence));
    let healthy = Scripted::start(Script::plain());
    let mut settings = and(
        plain_settings(silent.port()),
        &json!({ "smtp": { "timeouts": { "reply_ms": 600_000 } } }),
    );
    settings["stores"] = json!({ "2": { "smtp": { "host": "127.0.0.1", "port": healthy.port(), "security": "none" } } });
    let shop = Shop::with(&settings);
    let stuck = shop.send("1", TO);
    wait_until("the silent server is asked", SOON, || {
        (silent.connections() == 1).then_some(())
    });
    let other = and(shop::receipt("2", TO), &json!({ "store": "2" }));
    let id = shop.mailer.send_receipt(&other).unwrap()["id"]
        .as_i64()
        .unwrap();
    shop.wait(id, SOON).unwrap();
    assert_eq!(shop.mail(stuck)["state"], "sending");
}

#[test]
fn shutdown_keeps_its_time_whatever_step_the_server_hangs_at() {
    use Step::{
        Accept, Auth, Body, Data, Ehlo, FinalReply, Greeting, Handshake, MailFrom, Quit, RcptTo,
        StartTls,
    };
    let scratch = Scratch::new("hanging");
    let ca = TestCa::new(scratch.path());
    let issued = ca.issue(&["localhost", "127.0.0.1"]);
    for step in [
        Accept, Greeting, Ehlo, StartTls, Handshake, Auth, MailFrom, RcptTo, Data, Body,
        FinalReply, Quit,
    ] {
        let server = Scripted::start(Script::starttls(&issued).on(step, Action::Silence));
        let settings = json!({ "smtp": {
            "security": "starttls", "ca_file": ca.ca_pem(), "user": "u", "password": "p",
            "timeouts": { "connect_ms": 60_000, "reply_ms": 60_000, "final_ms": 60_000 },
        }});
        let shop = Shop::with(&and(plain_settings(server.port()), &settings));
        let id = shop.send("1", TO);
        wait_until("the conversation has begun", SOON, || {
            (server.connections() > 0).then_some(())
        });
        if step == Quit {
            shop.wait(id, SOON).unwrap();
        }
        let started = Instant::now();
        let reply = shop.mailer.shut_down(Duration::from_millis(300)).unwrap();
        let took = started.elapsed();
        assert!(took < Duration::from_millis(1_000), "{step:?}: {took:?}");
        assert_eq!(reply["stopped"], true, "{step:?}");
        let state = shop.mail(id)["state"].clone();
        assert_eq!(
            state,
            if step == Quit { "sent" } else { "queued" },
            "{step:?}"
        );
    }
}

#[test]
fn two_openings_of_one_folder_have_one_drainer_and_the_other_takes_over() {
    let server = Scripted::start(Script::plain());
    let shop = shop_at(&server);
    let draining =
        |mailer: &tillmail::Mailer| mailer.health(&json!({})).unwrap()["draining"] == true;
    // Opening does not wait for the worker: on a busy machine the second one's could be the first to ask.
    wait_until("the first drains", SOON, || {
        draining(&shop.mailer).then_some(())
    });
    let second = shop::open(&shop.folder().join("state"));
    shop.wait(shop.send("1", TO), SOON).unwrap();
    assert!(!draining(&second), "there is one drainer");

    let of_second = second.send_receipt(&shop::receipt("2", TO)).unwrap()["id"].clone();
    second
        .wait(&json!({ "id": of_second }))
        .expect("the first sends what the second accepts");
    shop.mailer.shut_down(Duration::from_secs(1)).unwrap();
    let id = second.send_receipt(&shop::receipt("3", TO)).unwrap()["id"].clone();
    second
        .wait(&json!({ "id": id }))
        .expect("the second takes over");
    assert!(draining(&second));
    second.shut_down(Duration::ZERO).unwrap();
    assert_eq!(server.received().len(), 3);
}

#[test]
fn who_does_not_drain_leaves_the_others_mails_alone_when_it_stops() {
    let server = Scripted::start(Script::plain().hold_final_dot());
    let shop = shop_at(&server);
    let id = shop.send("1", TO);
    server.wait_until_holding(SOON);
    let second = shop::open(&shop.folder().join("state"));
    second.shut_down(Duration::from_secs(1)).unwrap();
    assert_eq!(shop.mail(id)["state"], "sending");
    server.release();
    shop.wait(id, SOON).unwrap();
    assert_eq!(shop.events(id), ["accepted", "sent"]);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn the_folder_account_writes_what_would_have_been_sent() {
    let scratch = Scratch::new("folder-account");
    let folder = scratch.path().join("mails");
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&and(
        plain_settings(server.port()),
        &json!({ "folder": { "path": folder } }),
    ));
    let id = shop.send("N/1 é", TO);
    shop.wait(id, SOON).unwrap();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "00000001-N_1_é.eml",
            "00000001-N_1_é.html",
            "00000001-N_1_é.txt"
        ]
    );
    let mail = std::fs::read(folder.join(&names[0])).unwrap();
    let parsed = MessageParser::default().parse(&mail).unwrap();
    let text = std::fs::read_to_string(folder.join(&names[2])).unwrap();
    assert_eq!(text.replace("\r\n", "\n").trim_end(), shop::TEXT.trim_end());
    assert_eq!(
        parsed.body_html(0).unwrap().replace("\r\n", "\n"),
        std::fs::read_to_string(folder.join(&names[1]))
            .unwrap()
            .replace("\r\n", "\n")
    );
    assert_eq!(server.connections(), 0, "nothing is sent");
}

#[test]
fn no_password_travels_without_encryption_and_no_downgrade_happens() {
    let scratch = Scratch::new("downgrade");
    let ca = TestCa::new(scratch.path());
    let issued = ca.issue(&["localhost", "127.0.0.1"]);
    let login = json!({ "smtp": { "security": "starttls", "ca_file": ca.ca_pem(), "user": "u", "password": "geheim" } });
    for script in [
        Script::starttls(&issued).starttls_stripped(),
        Script::starttls(&issued).inject_before_handshake(b"250 injected\r\n"),
    ] {
        let server = Scripted::start(script);
        let shop = Shop::with(&and(plain_settings(server.port()), &login));
        let id = shop.send("1", TO);
        is_queued_with_code(&shop, id, MAIL_E_TLS);
        assert!(
            server
                .commands()
                .iter()
                .all(|command| !command.starts_with("AUTH")),
            "{:?}",
            server.commands()
        );
    }
}
