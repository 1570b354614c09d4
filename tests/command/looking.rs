//! Everything but `flush`: what is shown, the exit codes, and that looking changes nothing.

use crate::run::{
    CONFIG, Folder, LATER, NO_INPUT, OK, UNAVAILABLE, USAGE, nobody_listens, server, tillmail,
};
use crate::run::{ended, signal};
use crate::support::names::NameServer;
use crate::support::scratch::wait_until;
use crate::support::scripted::{Script, Step};
use crate::support::shop::{self, and};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Duration;

const EVERY: [&[&str]; 13] = [
    &["status"],
    &["verify"],
    &["sign-in"],
    &["presets"],
    &["preview", "receipt.json"],
    &["journal"],
    &["show", "1"],
    &["retry", "1"],
    &["cancel", "1"],
    &["resend", "1"],
    &["erase", "a@example.fr"],
    &["flush"],
    &["support-bundle"],
];

#[test]
fn help_and_version_end_well_and_wrong_words_are_a_usage_error() {
    for words in EVERY {
        let ran = crate::run::Ran::of(tillmail(&[words[0], "--help"]).output().unwrap());
        let example = format!("tillmail {}", words[0]);
        ran.says(&["Example", &example]).ends_with(OK);
    }
    let version = crate::run::Ran::of(tillmail(&["--version"]).output().unwrap());
    version.says(&[env!("CARGO_PKG_VERSION")]).ends_with(OK);
    for words in [
        &["stauts"][..],
        &["show", "x"],
        &["retry"],
        &["journal", "--limit", "0"],
        &[],
    ] {
        let ran = crate::run::Ran::of(tillmail(words).output().unwrap());
        assert_eq!((ran.code, ran.out.as_str()), (USAGE, ""), "{words:?}");
        assert!(ran.errors.contains("--help"), "{words:?}: {}", ran.errors);
    }
}

#[test]
fn what_the_document_types_is_understood_and_its_examples_are_the_files() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/COMMAND.md")).unwrap();
    let typed: Vec<&str> = document
        .lines()
        .filter(|line| line.starts_with("tillmail "))
        .collect();
    assert!(typed.len() > 15, "{typed:?}");
    let scheduled: Vec<&str> = document
        .lines()
        .filter_map(|line| {
            line.split_once("tillmail flush ")
                .or(line.split_once("tillmail.exe\\\" flush "))
        })
        .map(|(_, options)| options)
        .filter(|options| options.starts_with("--timeout"))
        .collect();
    assert_eq!(scheduled.len(), 3, "{scheduled:?}");
    let all = typed
        .iter()
        .map(|line| line.trim_start_matches("tillmail ").to_owned())
        .chain(
            scheduled
                .iter()
                .map(|options| format!("flush {}", options.replace('"', ""))),
        );
    for line in all {
        let words: Vec<&str> = line
            .split(" >")
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        // Help is shown only where all before it is right; another language may be in the line already.
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tillmail"));
        let output = command.args(&words).arg("--help").output().unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    for file in [
        "tillmail-flush.service",
        "tillmail-flush.timer",
        "tillmail.cron",
        "schedule.cmd",
    ] {
        let example = std::fs::read_to_string(root.join("examples/flush").join(file)).unwrap();
        assert!(
            document.contains(&format!("\n{example}```")),
            "{file} is quoted otherwise"
        );
    }
}

#[test]
fn a_folder_that_is_not_there_is_named_and_never_made() {
    for words in EVERY {
        let folder = Folder::empty();
        let ran = folder.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (NO_INPUT, ""), "{words:?}");
        let named = folder.state().display().to_string();
        assert!(ran.errors.contains(&named), "{words:?}: {}", ran.errors);
        assert!(!folder.state().exists(), "{words:?} made the folder");
        let (reply, code) = folder.json(words);
        assert_eq!(
            (code, reply["error"]["name"].as_str()),
            (NO_INPUT, Some("MAIL_E_FOLDER"))
        );
    }
    let folder = Folder::empty();
    std::fs::create_dir(folder.state()).unwrap();
    folder.run(&["status"]).ends_with(NO_INPUT);
    let entries = std::fs::read_dir(folder.state()).unwrap().count();
    assert_eq!(
        entries, 0,
        "something was put into a folder that is not the library's"
    );
}

/// Name, size and content of every file that matters after a crash.
fn snapshot(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder.state())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        // The shared memory is rebuilt by each first reader, and holds nothing.
        .filter(|(name, _)| !name.ends_with("-shm"))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn looking_changes_no_file_and_reaches_no_server_but_by_verify() {
    let (server, settings) = server(Script::plain());
    let folder = Folder::with(&settings, 3);
    // A till is closed: what it left in the log belongs to the next one.
    let before = snapshot(&folder);
    assert!(before.contains_key("outbox.db"));
    let looks: [&[&str]; 9] = [
        &["status"],
        &["sign-in", "--state"],
        &["presets"],
        &["presets", "boutique@gmail.com"],
        &["journal"],
        &["journal", "--library"],
        &["show", "2"],
        &["support-bundle", "--output", "-"],
        &["erase", "client1@clients.test"],
    ];
    for words in looks {
        folder.run(words);
        folder.run(&[words, &["--json"]].concat());
        assert!(snapshot(&folder) == before, "{words:?} changed the folder");
    }
    assert_eq!(server.connections(), 0);
    folder.run(&["verify"]).ends_with(OK);
    assert!(snapshot(&folder) == before, "verify changed the folder");
    assert_eq!((server.connections(), server.received().len()), (1, 0));
    assert_eq!(folder.states(), ["queued"; 3]);
}

#[test]
fn an_older_file_is_not_converted_by_looking() {
    let folder = Folder::with(&nobody_listens(), 1);
    let connection = rusqlite::Connection::open(folder.state().join("outbox.db")).unwrap();
    let version = |connection: &rusqlite::Connection| -> i64 {
        connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap()
    };
    let current = version(&connection);
    connection
        .pragma_update(None, "user_version", current - 1)
        .unwrap();
    let ran = folder.run(&["status"]);
    assert!(ran.errors.contains("older version"), "{ran:?}");
    assert_eq!(version(&connection), current - 1);
    connection
        .pragma_update(None, "user_version", current + 1)
        .unwrap();
    folder.run(&["status"]).ends_with(CONFIG);
}

#[test]
fn status_tells_how_mailing_stands_and_a_script_can_branch_on_it() {
    let folder = Folder::with(&json!({}), 0);
    folder
        .run(&["status"])
        .says(&["not set up", "sender.address", "LOOK AT THIS"])
        .ends_with(CONFIG);

    let (server, settings) = server(Script::plain());
    let folder = Folder::with(&settings, 0);
    let ran = folder.run(&["status"]);
    ran.says(&[
        "ALL IS WELL",
        "nobody: no till is open",
        &folder.state().display().to_string(),
    ])
    .says(&[
        "sqlite",
        "rustls 0.",
        env!("CARGO_PKG_VERSION"),
        "outbox.db",
    ])
    .ends_with(OK);
    let till = shop::open(&folder.state());
    wait_until("the till drains", crate::run::DEADLINE, || {
        let (reply, _) = folder.json(&["status"]);
        (reply["installation"]["sender"] == "another_process").then_some(())
    });
    let process = std::process::id().to_string();
    folder
        .run(&["status"])
        .says(&["by a till that is open", &process]);
    till.shut_down(Duration::from_secs(5)).unwrap();
    drop((till, server));

    // Mails that nobody sends.
    let folder = Folder::with(&nobody_listens(), 2);
    folder
        .run(&["status"])
        .says(&["no till is open to send them", "tillmail flush"])
        .ends_with(LATER);
}

#[test]
fn a_paused_account_is_told_with_its_cause_its_cure_and_its_next_probe() {
    let script = Script::plain().reply(Step::Auth, "535 5.7.8 Username and Password not accepted");
    let (_server, settings) = server(script);
    let login = json!({ "smtp": { "user": "boutique@example.test", "password": "pass-word" },
        "delivery": { "probe_s": 3600 } });
    let folder = Folder::with(&and(settings, &login), 2);
    folder
        .run(&["flush"])
        .says(&["account paused", "2 mails", "next try"])
        .ends_with(LATER);
    let ran = folder.run(&["status"]);
    ran.says(&["OUT OF ORDER", "Sending through", "→", "account paused"])
        .ends_with(UNAVAILABLE);
    let (reply, code) = folder.json(&["status"]);
    assert_eq!(
        (reply["status"].as_str(), code),
        (Some("error"), UNAVAILABLE)
    );
    assert_eq!(reply["waiting"]["held"][0]["reason"], "paused");
    assert_eq!(reply["waiting"]["held"][0]["class"], "auth");
    assert_eq!(folder.states(), ["queued"; 2]);
}

#[test]
fn verify_shows_each_step_then_cause_and_cure_with_the_right_exit_code() {
    let cases = [
        (Script::plain(), OK, "would take a mail"),
        (
            Script::plain().reply(Step::Auth, "535 5.7.8 bad credentials"),
            77,
            "535",
        ),
        (
            Script::plain().reply(
                Step::MailFrom,
                "553 5.7.1 Sender address rejected: not owned by user",
            ),
            77,
            "553",
        ),
        (
            Script::plain().reply(Step::RcptTo, "550 5.1.1 no such user"),
            67,
            "550",
        ),
        (
            Script::plain().reply(Step::RcptTo, "450 4.2.0 try again later"),
            LATER,
            "450",
        ),
        (
            Script::plain().reply(Step::Greeting, "hello, I am a web server"),
            76,
            "→",
        ),
    ];
    for (script, code, words) in cases {
        let (_server, settings) = server(script);
        let login = json!({ "smtp": { "user": "boutique@example.test", "password": "pass-word" } });
        let folder = Folder::with(&and(settings, &login), 0);
        let ran = folder.run(&["verify", "--to", "client@clients.test"]);
        ran.says(&["ok     server's name", "ok     connection", words])
            .ends_with(code);
        assert_eq!(ran.out.contains("FAILED"), code != OK, "{ran:?}");
        let (reply, of_json) = folder.json(&["verify", "--to", "client@clients.test"]);
        assert_eq!(of_json, code, "{reply}");
        assert_eq!(reply["steps"][0]["step"], "name", "{reply}");
        assert_eq!(reply["error"].is_object(), code != OK, "{reply}");
    }
    Folder::with(&json!({}), 0)
        .run(&["verify"])
        .ends_with(CONFIG);
    Folder::with(&nobody_listens(), 0)
        .run(&["verify"])
        .says(&["FAILED connection"])
        .ends_with(UNAVAILABLE);
    let (_server, settings) = server(Script::plain());
    let folder = Folder::with(&settings, 0);
    folder
        .run(&["verify", "--transcript"])
        .says(&["> EHLO", "> MAIL FROM:<boutique@example.test>"]);
    folder.run(&["verify", "--to", "nobody"]).ends_with(USAGE);
    folder
        .run(&["verify", "--account", "nobody"])
        .ends_with(USAGE);
}

#[test]
fn verify_shows_a_step_before_the_next_one_is_over() {
    let script = Script::plain().on(Step::MailFrom, crate::support::scripted::Action::Silence);
    let (_server, settings) = server(script);
    let slow = json!({ "smtp": { "timeouts": { "reply_ms": 60_000, "total_ms": 60_000 } } });
    let folder = Folder::with(&and(settings, &slow), 0);
    let mut child = folder
        .command(&["verify"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen: Vec<String> = lines.by_ref().take(4).map(Result::unwrap).collect();
    assert!(seen[3].contains("introduction"), "{seen:?}");
    assert!(child.try_wait().unwrap().is_none(), "it has ended already");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn journal_lists_filters_and_pages_as_the_library_does() {
    let folder = Folder::with(&nobody_listens(), 3);
    folder
        .run(&["cancel", "2"])
        .says(&["Cancelled: 1 mail."])
        .ends_with(OK);
    let ran = folder.run(&["journal"]);
    ran.says(&[
        "ID",
        "STATE",
        "RECEIPT",
        "T-1",
        "client3@clients.test",
        "cancelled",
        "waiting",
    ]);
    assert_eq!(ran.out.lines().count(), 4, "{ran:?}");
    for (words, numbers) in [
        (&["--state", "cancelled"][..], &["T-2"][..]),
        (&["--state", "queued"], &["T-3", "T-1"]),
        (&["--number", "T-3"], &["T-3"]),
        (&["--to", "CLIENT1@clients.test"], &["T-1"]),
        (&["--store", "2"], &[]),
        (&["--class", "network"], &[]),
        (&["--since", "1h"], &["T-3", "T-2", "T-1"]),
        (&["--since", "2030-01-01"], &[]),
        (&["--limit", "1"], &["T-3"]),
    ] {
        let (reply, code) = folder.json(&[&["journal"], words].concat());
        let mails = reply["mails"].as_array().unwrap();
        let found: Vec<&str> = mails
            .iter()
            .map(|mail| mail["number"].as_str().unwrap())
            .collect();
        assert_eq!((found.as_slice(), code), (numbers, OK), "{words:?}");
    }
    folder
        .run(&["journal", "--store", "2"])
        .says(&["No mail."])
        .ends_with(OK);
    folder
        .run(&["journal", "--library"])
        .says(&["settings saved"])
        .ends_with(OK);
    folder
        .run(&["journal", "--since", "yesterday"])
        .ends_with(USAGE);
    folder
        .run(&["journal", "--class", "netwrk"])
        .ends_with(USAGE);
}

#[test]
fn show_tells_every_try_with_the_servers_words() {
    let script = Script::plain().reply(Step::RcptTo, "550 5.1.1 Mailbox gone");
    let (_server, settings) = server(script);
    let folder = Folder::with(&settings, 1);
    folder.run(&["flush"]).ends_with(UNAVAILABLE);
    folder
        .run(&["show", "1"])
        .says(&[
            "Mail 1 — failed",
            "client1@clients.test",
            "T-1",
            "accepted",
            "refused",
        ])
        .says(&["step recipient", "→", "Server: 550 5.1.1 Mailbox gone"])
        .ends_with(OK);
    let (reply, _) = folder.json(&["show", "1"]);
    assert_eq!(reply["events"][1]["smtp"]["code"], 550);
    let ran = folder.run(&["show", "99"]);
    ran.ends_with(NO_INPUT);
    assert!(ran.errors.contains("99"), "{ran:?}");
}

#[test]
fn presets_list_all_or_tell_what_one_needs() {
    let folder = Folder::with(&json!({}), 0);
    folder
        .run(&["presets"])
        .says(&["NAME", "gmail", "smtp.orange.fr"])
        .ends_with(OK);
    folder
        .run(&["presets", "boutique@gmail.com"])
        .says(&["smtp.gmail.com", "boutique@gmail.com", "To do first"])
        .ends_with(OK);
    folder
        .run(&["presets", "ovh"])
        .says(&["ssl0.ovh.net"])
        .ends_with(OK);
    folder
        .run(&["presets", "a@my-own-domain.example"])
        .says(&["my-own-domain.example"])
        .ends_with(OK);
    folder.run(&["presets", "ovvh"]).ends_with(USAGE);
    let (reply, _) = folder.json(&["presets", "boutique@gmail.com"]);
    assert_eq!(reply["guess"]["preset"], "gmail");
    std::fs::write(folder.state().join("presets.json"), "{").unwrap();
    folder
        .run(&["presets"])
        .says(&["presets.json", "smtp.orange.fr"])
        .ends_with(OK);
}

#[test]
fn a_domain_of_ones_own_is_looked_up_and_looked_at() {
    let names = NameServer::start(&[
        "mx-host=maboutique.fr,mx1.mail.ovh.net,10",
        "txt-record=example.test,\"v=spf1 +all\"",
        "txt-record=s1._domainkey.example.test,\"v=DKIM1; p=MIGf\"",
    ]);
    let (_server, settings) = server(Script::plain());
    let dns = json!({ "dns": { "servers": [names.address()] } });
    let folder = Folder::with(&and(settings, &dns), 0);
    folder
        .run(&["presets", "contact@maboutique.fr", "--lookup"])
        .says(&[
            "hosted by OVHcloud",
            "ssl0.ovh.net",
            "contact@maboutique.fr",
        ])
        .ends_with(OK);
    let (reply, _) = folder.json(&["presets", "contact@maboutique.fr"]);
    assert!(reply["dns"].is_null(), "{reply}");
    folder.run(&["presets", "--lookup"]).ends_with(USAGE);
    folder
        .run(&["verify", "--domain", "--dkim-selector", "s1"])
        .says(&[
            "would take a mail",
            "The domain example.test",
            "! SPF",
            "→ Ask who manages the domain",
            "! DMARC",
            "✓ DKIM",
        ])
        .ends_with(OK);
    folder
        .run(&["verify", "--dkim-selector", "s1"])
        .ends_with(USAGE);
    let failing = Folder::with(&and(nobody_listens(), &dns), 0);
    failing
        .run(&["verify", "--domain"])
        .says(&["FAILED connection", "! SPF", "· DKIM"])
        .ends_with(UNAVAILABLE);
}

#[test]
fn decisions_are_kept_and_say_who_will_send() {
    let script = Script::plain()
        .reply(Step::RcptTo, "550 5.1.1 gone")
        .times(2);
    let (server, settings) = server(script);
    let folder = Folder::with(&settings, 2);
    folder.run(&["flush"]).ends_with(UNAVAILABLE);
    assert_eq!(folder.states(), ["failed", "failed"]);
    folder.run(&["retry", "1", "99"]).ends_with(NO_INPUT);
    assert_eq!(folder.states(), ["failed", "failed"], "all or none");
    folder
        .run(&["retry", "1"])
        .says(&["1 mail", "tillmail flush"])
        .ends_with(OK);
    let (reply, _) = folder.json(&["retry", "--state", "failed"]);
    assert_eq!(reply, json!({ "mails": 1 }));
    assert_eq!(folder.states(), ["queued", "queued"]);
    assert_eq!(
        server.received().len(),
        0,
        "a decision sends nothing by itself"
    );
    folder.run(&["flush"]).ends_with(OK);
    assert_eq!(folder.states(), ["sent", "sent"]);
    folder.run(&["cancel", "1"]).ends_with(65);
    folder
        .run(&["resend", "1", "--to", "other@clients.test"])
        .says(&["DUPLICATA 1", "mail 3"])
        .ends_with(OK);
    folder
        .run(&["erase", "client2@clients.test"])
        .ends_with(USAGE);
    assert_eq!(
        folder.visit().journal(&json!({ "id": 2 })).unwrap()["mail"]["to"],
        "client2@clients.test"
    );
    folder
        .run(&["erase", "client2@clients.test", "--yes"])
        .says(&["1 mail"])
        .ends_with(OK);
    let to = folder.visit().journal(&json!({ "id": 2 })).unwrap()["mail"]["to"].clone();
    assert!(to.as_str().unwrap().starts_with("forgotten:"), "{to}");
}

#[test]
fn a_till_that_is_open_sends_what_is_retried() {
    let script = Script::plain()
        .reply(Step::RcptTo, "550 5.1.1 gone")
        .times(1);
    let (server, settings) = server(script);
    let folder = Folder::with(&settings, 1);
    folder.run(&["flush"]).ends_with(UNAVAILABLE);
    let till = shop::open(&folder.state());
    wait_until("the till drains", crate::run::DEADLINE, || {
        (till.installation().unwrap()["sender"] == "this_process").then_some(())
    });
    let ran = folder.run(&["retry", "1"]);
    assert!(!ran.out.contains("flush"), "{ran:?}");
    till.wait(&json!({ "id": 1, "timeout_ms": 60_000 }))
        .unwrap();
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_locked_file_is_told_and_may_work_later() {
    let folder = Folder::with(&nobody_listens(), 1);
    let connection = rusqlite::Connection::open(folder.state().join("outbox.db")).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ran = folder.run(&["retry", "1"]);
    ran.ends_with(LATER);
    assert!(ran.errors.contains("locked"), "{ran:?}");
    // Looking goes on meanwhile.
    folder.run(&["journal"]).says(&["T-1"]).ends_with(OK);
}

#[test]
fn follow_shows_new_lines_as_they_come_until_it_is_interrupted() {
    for (words, signal_sent) in [
        (&["journal", "--follow"][..], "-INT"),
        (&["journal", "-f", "--json"], "-TERM"),
    ] {
        let folder = Folder::with(&nobody_listens(), 1);
        let mut child = folder
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Of the past: the settings and the first receipt.
        let past: Vec<String> = lines.by_ref().take(2).map(Result::unwrap).collect();
        assert!(past[1].contains("accepted"), "{past:?}");
        folder
            .visit()
            .send_receipt(&shop::receipt("T-NEW", "client9@clients.test"))
            .unwrap();
        let new = lines.next().unwrap().unwrap();
        assert!(new.contains("T-NEW") && new.contains("accepted"), "{new}");
        if words.contains(&"--json") {
            let line: Value = serde_json::from_str(&new).unwrap();
            assert_eq!(line["mail"]["number"], "T-NEW");
        }
        signal(&child, signal_sent);
        let ran = ended(child);
        assert_eq!((ran.code, ran.errors.as_str()), (OK, ""), "{words:?}");
    }
}

#[test]
fn follow_shows_only_what_was_asked_for() {
    let folder = Folder::with(&nobody_listens(), 2);
    let mut child = folder
        .command(&["journal", "-f", "--number", "T-2"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("T-2"), "{first}");
    folder.visit().cancel(&json!({ "id": 1 })).unwrap();
    folder.visit().cancel(&json!({ "id": 2 })).unwrap();
    let second = lines.next().unwrap().unwrap();
    assert!(
        second.contains("T-2") && second.contains("cancelled"),
        "{second}"
    );
    signal(&child, "-INT");
    ended(child).ends_with(OK);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let folder = Folder::with(&nobody_listens(), 0);
    let visitor = folder.visit();
    for number in 0..500 {
        let receipt = shop::receipt(&format!("T-{number}"), "client@clients.test");
        visitor.send_receipt(&receipt).unwrap();
    }
    for words in [
        &["journal", "--limit", "500"][..],
        &["journal", "--limit", "500", "--json"],
        &["journal", "-f", "-n", "500"],
    ] {
        let mut child = folder
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 16]).unwrap();
        drop(out);
        if words.contains(&"-f") {
            // Nothing is written to a reader that has gone before there is something to say.
            visitor.cancel(&json!({ "id": 1 })).unwrap();
        }
        let ran = ended(child);
        assert_eq!((ran.code, ran.errors.as_str()), (OK, ""), "{words:?}");
    }
}

#[test]
fn sentences_are_in_the_language_asked_for_saved_or_of_the_system() {
    let speaks = |folder: &Folder, lang: Option<&str>, locale: Option<&str>| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tillmail"));
        command
            .arg("status")
            .env_clear()
            .env("TILLMAIL_FOLDER", folder.state());
        if let Some(lang) = lang {
            command.args(["--lang", lang]);
        }
        if let Some(locale) = locale {
            command.env("LC_ALL", locale);
        }
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        if out.contains("en attente") {
            "fr"
        } else {
            "en"
        }
    };
    let silent = Folder::with(&nobody_listens(), 0);
    let english = Folder::with(&and(nobody_listens(), &json!({ "language": "en" })), 0);
    for (folder, lang, locale, expected) in [
        (&silent, None, None, "fr"),
        (&silent, None, Some("C"), "fr"),
        (&silent, None, Some("en_GB.UTF-8"), "en"),
        (&silent, Some("fr"), Some("en_GB.UTF-8"), "fr"),
        (&english, None, Some("fr_FR.UTF-8"), "en"),
        (&english, Some("fr"), None, "fr"),
    ] {
        assert_eq!(
            speaks(folder, lang, locale),
            expected,
            "{lang:?} {locale:?}"
        );
    }
}
