//! Blocked accounts: the others go on, nothing hammers, and who acts is heard at once.

use super::support::scratch::wait_until;
use super::support::scripted::{Action, Script, Scripted, Step};
use super::support::shop::{self, Shop, and};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(90);
const TO: &str = "client@clients.test";
const REFUSAL: &str = "535 5.7.8 Authentication failed";

/// Store 1 at a server that refuses its login, store 2 at a healthy one.
fn two_accounts(blocked: &Scripted, healthy: &Scripted, probe_s: u32) -> Shop {
    let settings = json!({
        "sender": { "address": shop::SENDER, "name": shop::STORE_NAME },
        "smtp": {
            "host": "127.0.0.1", "port": blocked.port(), "security": "none",
            "user": "caisse", "password": "wrong",
        },
        "stores": { "2": { "smtp": {
            "host": "127.0.0.1", "port": healthy.port(), "security": "none",
        } } },
        "delivery": { "probe_s": probe_s, "retry_s": [1] },
    });
    Shop::with(&settings)
}

fn send(mailer: &tillmail::Mailer, store: &str, number: &str) -> i64 {
    let receipt = and(shop::receipt(number, TO), &json!({ "store": store }));
    mailer.send_receipt(&receipt).unwrap()["id"]
        .as_i64()
        .unwrap()
}

fn is_sent(mailer: &tillmail::Mailer, id: i64) {
    let request = json!({ "id": id, "timeout_ms": 90_000 });
    mailer
        .wait(&request)
        .unwrap_or_else(|error| panic!("{error:?}"));
}

fn paused(mailer: &tillmail::Mailer) -> Vec<Value> {
    let health = mailer.health(&json!({})).unwrap();
    health["paused_accounts"].as_array().unwrap().clone()
}

fn wait_until_paused(mailer: &tillmail::Mailer) {
    wait_until("the account is paused", SOON, || {
        (!paused(mailer).is_empty()).then_some(())
    });
}

/// Mails of the blocked account wait; each new receipt of the other leaves, which shows that the worker is at work.
#[test]
fn the_others_go_on_and_a_probe_is_made_once_a_period_whatever_happens() {
    let blocked = Scripted::start(Script::plain().reply(Step::Auth, REFUSAL));
    let healthy = Scripted::start(Script::plain());
    let shop = two_accounts(&blocked, &healthy, 2);
    let started = Instant::now();
    for number in 0..20 {
        send(&shop.mailer, "1", &format!("B-{number}"));
    }
    wait_until_paused(&shop.mailer);
    // Counted before the time is read, so that a slow machine only allows more.
    let at_most_one_a_period = |when: &str| {
        let connections = blocked.connections();
        let periods = usize::try_from(started.elapsed().as_secs() / 2).unwrap();
        assert!(
            connections <= 1 + periods,
            "{when}: {connections} in {periods} periods"
        );
        connections
    };
    // Another process on the folder; it takes over when the first one ends.
    let mut mailer = shop::open(&shop.folder().join("state"));
    shop.mailer.shut_down(Duration::from_secs(1)).unwrap();
    let mut number = 0;
    let mut restarts = 0;
    while started.elapsed() < Duration::from_secs(9) || blocked.connections() < 4 {
        number += 1;
        send(&mailer, "1", &format!("N-{number}"));
        is_sent(&mailer, send(&mailer, "2", &format!("H-{number}")));
        at_most_one_a_period("while receipts come in");
        if number % 10 == 0 && restarts < 6 {
            restarts += 1;
            drop(mailer);
            mailer = shop::open(&shop.folder().join("state"));
            is_sent(&mailer, send(&mailer, "2", &format!("R-{restarts}")));
            at_most_one_a_period("after a restart");
        }
        assert!(
            started.elapsed() < SOON,
            "no probe: {}",
            blocked.connections()
        );
    }
    assert!(at_most_one_a_period("at the end") >= 4, "it is probed");
    assert_eq!(blocked.received().len(), 0);
    let waiting = mailer
        .journal(&json!({ "store": "1", "limit": 200 }))
        .unwrap();
    for mail in waiting["mails"].as_array().unwrap() {
        assert_eq!(
            (&mail["state"], &mail["tries"]),
            (&json!("queued"), &json!(0)),
            "{mail}"
        );
    }
    assert_eq!(paused(&mailer)[0]["class"], "auth");
}

#[test]
fn neither_a_restart_nor_another_process_shortens_the_hour() {
    let blocked = Scripted::start(Script::plain().reply(Step::Auth, REFUSAL));
    let healthy = Scripted::start(Script::plain());
    let shop = two_accounts(&blocked, &healthy, 3_600);
    send(&shop.mailer, "1", "B-1");
    wait_until_paused(&shop.mailer);
    let probe_at = paused(&shop.mailer)[0]["probe_at"].clone();
    shop.mailer.shut_down(Duration::from_secs(1)).unwrap();
    for round in 0..3 {
        let first = shop::open(&shop.folder().join("state"));
        let second = shop::open(&shop.folder().join("state"));
        send(&second, "1", &format!("B-{round}-2"));
        // Whoever drains has been through its turns when this has left.
        is_sent(&second, send(&second, "2", &format!("H-{round}")));
        drop(first);
        is_sent(&second, send(&second, "2", &format!("I-{round}")));
        assert_eq!(paused(&second)[0]["probe_at"], probe_at);
    }
    assert_eq!(blocked.connections(), 1);
}

#[test]
fn saved_settings_lift_it_at_once_also_from_another_process() {
    let blocked = Scripted::start(Script::plain().reply(Step::Auth, REFUSAL).times(2));
    let healthy = Scripted::start(Script::plain());
    let shop = two_accounts(&blocked, &healthy, 3_600);
    let ids = [
        send(&shop.mailer, "1", "B-1"),
        send(&shop.mailer, "1", "B-2"),
    ];
    wait_until_paused(&shop.mailer);
    // Still wrong: one more question, and paused again.
    shop.mailer
        .configure(&json!({ "smtp": { "password": "still wrong" } }))
        .unwrap();
    wait_until("it was asked again", SOON, || {
        (blocked.connections() == 2).then_some(())
    });
    wait_until_paused(&shop.mailer);
    let other = shop::open(&shop.folder().join("state"));
    let saved = Instant::now();
    other
        .configure(&json!({ "smtp": { "password": "right" } }))
        .unwrap();
    for id in ids {
        is_sent(&shop.mailer, id);
    }
    let took = saved.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "{took:?}: the hour was not waited for"
    );
    assert_eq!(paused(&shop.mailer), Vec::<Value>::new());
    assert_eq!(blocked.connections(), 3);
}

#[test]
fn a_retried_mail_asks_at_once_and_lifts_it_where_it_is_taken() {
    let blocked = Scripted::start(Script::plain().reply(Step::Auth, REFUSAL).times(2));
    let healthy = Scripted::start(Script::plain());
    let shop = two_accounts(&blocked, &healthy, 3_600);
    let ids = [
        send(&shop.mailer, "1", "B-1"),
        send(&shop.mailer, "1", "B-2"),
    ];
    wait_until_paused(&shop.mailer);
    shop.mailer.retry(&json!({ "id": ids[0] })).unwrap();
    wait_until("it was asked again", SOON, || {
        (blocked.connections() == 2).then_some(())
    });
    // Any mail of the account asks for all of them.
    wait_until("the answer is noted", SOON, || {
        let events = [shop.events(ids[0]), shop.events(ids[1])].concat();
        (events.iter().filter(|event| *event == "blocked").count() == 2).then_some(())
    });
    shop.mailer.retry(&json!({ "id": ids[0] })).unwrap();
    for id in ids {
        is_sent(&shop.mailer, id);
    }
    assert_eq!(paused(&shop.mailer), Vec::<Value>::new());
}

/// The probe that meets another trouble was a probe too: before, it came again by the schedule of the network.
#[test]
fn a_probe_that_meets_a_dead_line_waits_for_the_next_period() {
    for (step, action) in [
        (Step::Greeting, Action::reply("421 4.3.2 busy")),
        (Step::MailFrom, Action::Reset),
        (Step::RcptTo, Action::Close),
    ] {
        let blocked = Scripted::start(
            Script::plain()
                .reply(Step::Auth, REFUSAL)
                .times(1)
                .on(step, Action::Default)
                .times(if step == Step::Greeting { 1 } else { 0 })
                .on(step, action.clone()),
        );
        let healthy = Scripted::start(Script::plain());
        let shop = two_accounts(&blocked, &healthy, 3);
        let started = Instant::now();
        send(&shop.mailer, "1", "B-1");
        wait_until_paused(&shop.mailer);
        let mut number = 0;
        while started.elapsed() < Duration::from_secs(7) || blocked.connections() < 3 {
            number += 1;
            is_sent(
                &shop.mailer,
                send(&shop.mailer, "2", &format!("H-{number}")),
            );
            let connections = blocked.connections();
            let periods = usize::try_from(started.elapsed().as_secs() / 3).unwrap();
            assert!(
                connections <= 1 + periods,
                "{step:?}: {connections} in {periods} periods"
            );
            assert!(started.elapsed() < SOON, "no probe");
        }
        assert_eq!(
            paused(&shop.mailer)[0]["class"],
            "auth",
            "{step:?}: the reason stays"
        );
    }
}
