//! `support-bundle`: what is in it, and above all what is not.

use crate::run::{Folder, OK, UNAVAILABLE};
use crate::support::scripted::{Action, Script, Scripted, Step};
use crate::support::shop::{SENDER, TEXT, and, plain_settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const PASSWORD: &str = "mot-de-passe-tres-secret";
const PROXY: &str = "autre-secret-du-proxy";

/// A shop whose server repeats everything it is told, secrets and addresses.
fn told_everything() -> (Scripted, Folder) {
    let plain = STANDARD.encode(format!("\0{SENDER}\0{PASSWORD}"));
    let script = Script::plain()
        .reply(Step::Auth, &format!("235 2.7.0 welcome {plain} {PASSWORD} {SENDER}"))
        .reply(Step::RcptTo, "550 5.1.1 <client1@clients.test>: client1 = jean@autre.test unknown, see postmaster@mx.test")
        .times(1)
        .on(Step::FinalReply, Action::reply("250 2.0.0 taken for client2@clients.test (CLIENT2)"));
    let server = Scripted::start(script);
    let more = json!({
        "smtp": { "user": SENDER, "password": PASSWORD },
        "stores": { "2": { "smtp": { "host": "mail.example.net", "user": "gare@example.net", "password": PROXY } } },
    });
    let folder = Folder::with(&and(plain_settings(server.port()), &more), 2);
    folder.run(&["flush"]).ends_with(UNAVAILABLE);
    (server, folder)
}

#[test]
fn it_holds_what_support_needs_and_nothing_of_a_customer() {
    let (_server, folder) = told_everything();
    folder
        .run(&["support-bundle", "--output", "b.json"])
        .says(&["b.json"])
        .ends_with(OK);
    let text = std::fs::read_to_string(folder.path().join("b.json")).unwrap();
    let line = TEXT.lines().nth(1).unwrap();
    let key = std::fs::read(folder.state().join("secret.key")).unwrap();
    for secret in [
        PASSWORD,
        PROXY,
        "client1",
        "client2",
        "CLIENT2",
        "jean@",
        "postmaster@",
        "crème brûlée",
        "CAFÉ DE L",
        "Votre ticket",
        "sealed:",
        line,
    ] {
        assert!(!text.contains(secret), "{secret} is in the bundle");
    }
    for bytes in [
        PASSWORD,
        PROXY,
        "client1@clients.test",
        "client2@clients.test",
        line,
    ]
    .map(|secret| secret.as_bytes().to_vec())
    .into_iter()
    .chain([TEXT.as_bytes().to_vec(), key])
    {
        // In each of the three places that base64 can cut it.
        for shift in 0..3 {
            let padded = [vec![b'x'; shift], bytes.clone()].concat();
            let encoded = STANDARD.encode(padded);
            let middle = &encoded[4 * usize::from(shift > 0)..(encoded.len() / 4 - 1) * 4];
            assert!(!text.contains(middle), "{middle} is in the bundle");
        }
    }
    let bundle: Value = serde_json::from_str(&text).unwrap();
    for (pointer, expected) in [
        ("/settings/saved/smtp/user", json!(SENDER)),
        ("/settings/saved/smtp/password", json!("********")),
        ("/settings/saved/stores/2/smtp/password", json!("********")),
        ("/health/counts/failed", json!(1)),
        ("/mails/1/to", json!("c***@clients.test")),
        ("/mails/1/state", json!("failed")),
        ("/mails/1/number", json!("T-1")),
        ("/mails/1/events/1/smtp/code", json!(550)),
        ("/library/0/event", json!("settings_saved")),
        ("/installation/version", json!(env!("CARGO_PKG_VERSION"))),
        ("/transcripts/0/code", json!(0)),
        ("/transcripts/1/class", json!("recipient")),
    ] {
        assert_eq!(bundle.pointer(pointer), Some(&expected), "{pointer}");
    }
    for (pointer, least) in [
        ("/installation/sqlite", 3),
        ("/installation/rustls", 3),
        ("/system", 5),
    ] {
        let told = bundle.pointer(pointer).and_then(Value::as_str).unwrap();
        assert!(
            told.len() >= least && told != "unknown",
            "{pointer}: {told}"
        );
    }
    let message_id = bundle
        .pointer("/mails/0/message_id")
        .unwrap()
        .as_str()
        .unwrap();
    assert!(
        message_id.contains("@example.test") && !message_id.contains('*'),
        "{message_id}"
    );
}

#[test]
fn it_writes_over_no_file_and_only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&json!({}), 0);
    let ran = folder.run(&["support-bundle"]);
    ran.ends_with(OK);
    let written: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("tillmail-support-")
        })
        .collect();
    assert_eq!(written.len(), 1);
    let mode = written[0].metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let name = written[0].file_name();
    let again = folder.run(&["support-bundle", "-o", name.to_str().unwrap()]);
    again.ends_with(73);
    folder
        .run(&["support-bundle", "-o", "no/such/folder/b.json"])
        .ends_with(73);
    let (reply, _) = folder.json(&["support-bundle", "-o", "-", "--mails", "1"]);
    assert_eq!(reply["mails"], json!([]));
}
