//! What a person decides about mails, against a server: retry, cancel, resend, erase.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::{Message, MessageParser, MimeHeaders};
use serde_json::{Value, json};
use std::time::Duration;
use support::scratch::{free_port, wait_until};
use support::scripted::{Script, Scripted, Step};
use support::shop::{self, Shop, and, plain_settings};
use tillmail::error::{
    MAIL_E_CANCELLED, MAIL_E_CONTENT, MAIL_E_MISSING_FIELD, MAIL_E_NETWORK, MAIL_E_RECIPIENT,
    MAIL_E_ROLE, MAIL_E_STATE, MAIL_E_UNKNOWN_ID, MAIL_E_VALUE,
};
use tillmail::{Language, Mailer, Opening, Role};

const SOON: Duration = Duration::from_secs(20);
const TO: &str = "client@clients.test";

fn shop_at(server: &Scripted) -> Shop {
    Shop::with(&plain_settings(server.port()))
}

fn id_of(reply: &Value) -> i64 {
    reply["id"].as_i64().unwrap()
}

/// A mail that came complete; an empty one ends a DATA that was pipelined for nothing.
fn complete(server: &Scripted) -> Vec<Vec<u8>> {
    let received = server.received().into_iter();
    received
        .filter(|mail| mail.acknowledged && mail.data.len() > 100)
        .map(|mail| mail.data)
        .collect()
}

fn parsed(data: &[u8]) -> Message<'_> {
    MessageParser::default().parse(data).unwrap()
}

/// A shop whose account waits an hour after a failure of the network.
fn cooled_shop(count: usize) -> (Shop, Vec<i64>) {
    let settings = and(
        plain_settings(free_port()),
        &json!({ "delivery": { "retry_s": [3600], "probe_s": 3600 } }),
    );
    let shop = Shop::with(&settings);
    let ids: Vec<i64> = (0..count)
        .map(|number| shop.send(&number.to_string(), TO))
        .collect();
    wait_until("the account waits", SOON, || {
        let mails = ids.iter().map(|id| shop.mail(*id)).collect::<Vec<_>>();
        let queued = mails.iter().all(|mail| mail["state"] == "queued");
        (queued && mails[0]["code"] == MAIL_E_NETWORK).then_some(())
    });
    (shop, ids)
}

#[test]
fn a_refused_mail_is_retried_and_taken_with_the_same_message_id() {
    let server = Scripted::start(
        Script::plain()
            .reply(Step::RcptTo, "550 5.1.1 no such user")
            .times(2),
    );
    let shop = shop_at(&server);
    let ids = [shop.send("1", TO), shop.send("2", TO)];
    for id in ids {
        assert_eq!(shop.wait(id, SOON).unwrap_err().code, MAIL_E_RECIPIENT);
    }
    let before = shop.mail(ids[0])["message_id"].clone();
    let reply = shop.mailer.retry(&json!({ "id": ids[0] })).unwrap();
    assert_eq!(reply, json!({ "mails": 1, "more": false }));
    let mail = shop.wait(ids[0], SOON).unwrap()["mail"].clone();
    assert_eq!((&mail["message_id"], &mail["tries"]), (&before, &json!(1)));
    assert_eq!(
        shop.events(ids[0]),
        ["accepted", "refused", "retried", "sent"]
    );
    shop.mailer.retry(&json!({ "state": "failed" })).unwrap();
    shop.wait(ids[1], SOON).unwrap();
    assert_eq!(complete(&server).len(), 2);
    let error = shop.mailer.retry(&json!({ "ids": ids })).unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (MAIL_E_STATE, Some("ids[0]"))
    );
}

#[test]
fn a_retry_does_not_wait_for_the_accounts_next_time() {
    let (shop, ids) = cooled_shop(2);
    // The server comes back where the settings expect it: nobody saves anything.
    let port = shop.mailer.settings(&json!({})).unwrap()["settings"]["smtp"]["port"].clone();
    let server = Scripted::start_on(
        Script::plain(),
        u16::try_from(port.as_u64().unwrap()).unwrap(),
    );
    shop.mailer.retry(&json!({ "id": ids[1] })).unwrap();
    shop.wait(ids[1], SOON).unwrap();
    assert_eq!(complete(&server).len(), 1);
}

#[test]
fn a_retry_asks_a_paused_account_again() {
    let server = Scripted::start(
        Script::plain()
            .reply(Step::MailFrom, "530 5.7.0 Authentication required")
            .times(1),
    );
    let settings = and(
        plain_settings(server.port()),
        &json!({ "delivery": { "probe_s": 3600 } }),
    );
    let shop = Shop::with(&settings);
    let id = shop.send("1", TO);
    wait_until("the account is paused", SOON, || {
        (shop.events(id).last().unwrap() == "blocked").then_some(())
    });
    shop.mailer.retry(&json!({ "id": id })).unwrap();
    shop.wait(id, SOON).unwrap();
    assert_eq!(shop.events(id), ["accepted", "blocked", "retried", "sent"]);
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(health["paused_accounts"], json!([]));
}

#[test]
fn a_cancelled_mail_never_reaches_the_server() {
    let (shop, ids) = cooled_shop(3);
    let reply = shop.mailer.cancel(&json!({ "id": ids[1] })).unwrap();
    assert_eq!(reply, json!({ "id": ids[1], "state": "cancelled" }));
    let server = Scripted::start(Script::plain());
    shop.mailer
        .configure(&json!({ "smtp": { "port": server.port() } }))
        .unwrap();
    shop.wait(ids[0], SOON).unwrap();
    shop.wait(ids[2], SOON).unwrap();
    assert_eq!(complete(&server).len(), 2);
    assert_eq!(shop.wait(ids[1], SOON).unwrap_err().code, MAIL_E_CANCELLED);
    assert_eq!(shop.events(ids[1]), ["accepted", "cancelled"]);
    let error = shop.mailer.cancel(&json!({ "id": ids[0] })).unwrap_err();
    assert_eq!(error.code, MAIL_E_STATE);
    let sentence = error.sentence(Language::French);
    assert!(sentence.contains("est déjà envoyé (`sent`)"), "{sentence}");
}

#[test]
fn a_mail_that_is_being_sent_is_left_alone() {
    let server = Scripted::start(Script::plain().hold_final_dot());
    let shop = shop_at(&server);
    let id = shop.send("1", TO);
    server.wait_until_holding(Duration::from_secs(2));
    for answer in [
        shop.mailer.retry(&json!({ "id": id })),
        shop.mailer.cancel(&json!({ "id": id })),
        shop.mailer.resend(&json!({ "id": id })),
        shop.mailer.erase(&json!({ "to": TO })),
    ] {
        assert_eq!(answer.unwrap_err().code, MAIL_E_STATE);
    }
    server.release();
    shop.wait(id, SOON).unwrap();
    assert_eq!(shop.events(id), ["accepted", "sent"]);
}

#[test]
fn a_copy_arrives_marked_and_whole() {
    let server = Scripted::start(Script::plain());
    let shop = shop_at(&server);
    let receipt = and(
        shop::receipt("1", TO),
        &json!({
            "subject": "Votre reçu d'été",
            "attachments": [{ "name": "Reçu n°1.pdf", "base64": "AP8NCi4=" }],
        }),
    );
    let id = id_of(&shop.mailer.send_receipt(&receipt).unwrap());
    shop.wait(id, SOON).unwrap();
    let second = shop.mailer.resend(&json!({ "id": id })).unwrap();
    shop.wait(id_of(&second), SOON).unwrap();
    let to = json!({ "id": second["id"], "to": "autre@clients.test" });
    let third = shop.mailer.resend(&to).unwrap();
    shop.wait(id_of(&third), SOON).unwrap();
    assert_eq!(
        (&second["emission"], &third["emission"]),
        (&json!(2), &json!(3))
    );

    let mails = complete(&server);
    let first = parsed(&mails[0]);
    let mut message_ids = vec![first.message_id().unwrap().to_owned()];
    for (number, data) in mails.iter().enumerate().skip(1) {
        assert!(data.is_ascii());
        let mark = format!("DUPLICATA {number}");
        let mail = parsed(data);
        assert_eq!(
            mail.subject(),
            Some(format!("{mark} – Votre reçu d'été").as_str())
        );
        let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!(
            lines(&mail.body_text(0).unwrap()),
            lines(&format!("{mark}\n\n{}", shop::TEXT))
        );
        let html = mail.body_html(0).unwrap().into_owned();
        let start = html.find("<p style").unwrap();
        let end = start + html[start..].find("</p>").unwrap() + 4;
        assert!(html[start..end].contains(&format!(">{mark}<")), "{html}");
        let plain = format!("{}{}", &html[..start], &html[end..]);
        assert_eq!(lines(&plain), lines(&first.body_html(0).unwrap()));
        assert_eq!(mail.attachment_count(), 1);
        let attached = mail.attachment(0).unwrap();
        assert_eq!(attached.attachment_name(), Some("Reçu n°1.pdf"));
        assert_eq!(attached.contents(), [0, 255, 13, 10, 46]);
        assert!(mail.parts.iter().all(|part| !part.is_encoding_problem));
        for name in [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
        ] {
            let count = mail
                .headers()
                .iter()
                .filter(|header| header.name() == name)
                .count();
            assert_eq!(count, 1, "{name}");
        }
        message_ids.push(mail.message_id().unwrap().to_owned());
    }
    message_ids.sort();
    message_ids.dedup();
    assert_eq!(message_ids.len(), 3, "{message_ids:?}");
    assert_eq!(server.received()[2].to, ["autre@clients.test"]);
    assert_eq!(
        parsed(&mails[2]).to().unwrap().first().unwrap().address(),
        Some("autre@clients.test")
    );
    assert_eq!(shop.events(id), ["accepted", "sent", "resent"]);
    assert_eq!(shop.mail(id)["emission"], 1);
    let again = shop.mailer.send_receipt(&receipt).unwrap();
    assert_eq!((id_of(&again), &again["duplicate"]), (id, &json!(true)));
}

#[test]
fn an_erased_customer_is_forgotten_while_others_wait() {
    let (shop, ids) = cooled_shop(2);
    let other = shop.send("other", "reste@clients.test");
    let reply = shop
        .mailer
        .erase(&json!({ "to": "CLIENT@clients.test" }))
        .unwrap();
    assert_eq!(
        (&reply["mails"], &reply["cancelled"]),
        (&json!(2), &json!(2))
    );
    let state = shop.folder().join("state");
    let wiped = reply["wiped"] == true
        || wait_until("nobody reads the log", SOON, || {
            let again = shop.mailer.erase(&json!({ "to": TO })).unwrap();
            (again["wiped"] == true).then_some(true)
        });
    assert!(wiped);
    for name in ["outbox.db", "outbox.db-wal"] {
        let bytes = std::fs::read(state.join(name)).unwrap_or_default();
        let found = bytes
            .windows(TO.len())
            .any(|window| window.eq_ignore_ascii_case(TO.as_bytes()));
        assert!(!found, "{name}");
    }
    for id in ids {
        let mail = shop.mail(id);
        assert!(
            mail["to"].as_str().unwrap().starts_with("forgotten:"),
            "{mail}"
        );
        assert_eq!(
            (&mail["subject"], &mail["state"]),
            (&json!(""), &json!("cancelled"))
        );
        let error = shop.mailer.resend(&json!({ "id": id })).unwrap_err();
        assert_eq!(error.code, MAIL_E_CONTENT);
    }
    let server = Scripted::start(Script::plain());
    shop.mailer
        .configure(&json!({ "smtp": { "port": server.port() } }))
        .unwrap();
    shop.wait(other, SOON).unwrap();
    assert_eq!(complete(&server).len(), 1);
}

#[test]
fn a_till_retries_cancels_and_resends_but_erases_nothing() {
    let (shop, ids) = cooled_shop(1);
    let till = Mailer::open(Opening {
        folder: shop.folder().join("state"),
        store: "1".to_owned(),
        role: Role::Till,
        language: None,
    })
    .unwrap();
    till.retry(&json!({ "id": ids[0] })).unwrap();
    let to = json!({ "id": ids[0], "to": "autre@clients.test" });
    let copy = till.resend(&to).unwrap();
    assert_eq!(copy["emission"], 2);
    let error = till.erase(&json!({ "to": TO })).unwrap_err();
    assert_eq!(error.code, MAIL_E_ROLE);
    till.shut_down(Duration::ZERO).unwrap();
    let error = till.cancel(&copy).unwrap_err();
    assert_eq!(error.code, tillmail::error::MAIL_E_SHUT_DOWN);
}

#[test]
fn requests_that_say_too_little_or_too_much_name_the_field() {
    let server = Scripted::start(Script::plain());
    let shop = shop_at(&server);
    type Call = fn(&Mailer, &Value) -> Result<Value, tillmail::error::Error>;
    let cases: [(Call, Value, i32, &str); 9] = [
        (Mailer::retry, json!({}), MAIL_E_MISSING_FIELD, "id"),
        (
            Mailer::retry,
            json!({ "id": 1, "state": "failed" }),
            MAIL_E_MISSING_FIELD,
            "id",
        ),
        (Mailer::retry, json!({ "ids": [] }), MAIL_E_VALUE, "ids"),
        (
            Mailer::retry,
            json!({ "state": "sent" }),
            MAIL_E_VALUE,
            "state",
        ),
        (Mailer::retry, json!({ "id": 7 }), MAIL_E_UNKNOWN_ID, "id"),
        (
            Mailer::retry,
            json!({ "ids": [7] }),
            MAIL_E_UNKNOWN_ID,
            "ids[0]",
        ),
        (Mailer::cancel, json!({ "id": 7 }), MAIL_E_UNKNOWN_ID, "id"),
        (Mailer::resend, json!({ "id": 7 }), MAIL_E_UNKNOWN_ID, "id"),
        (
            Mailer::erase,
            json!({ "to": "client" }),
            tillmail::error::MAIL_E_ADDRESS,
            "to",
        ),
    ];
    for (call, request, code, field) in cases {
        let error = call(&shop.mailer, &request).unwrap_err();
        assert_eq!(
            (error.code, error.field.as_deref()),
            (code, Some(field)),
            "{request}"
        );
    }
}
