//! `sign-in`, as far as it needs no provider: what is refused before anybody is asked, and with which exit code.

use crate::run::{CONFIG, Folder, OK, Ran, USAGE, nobody_listens, server, tillmail};
use crate::support::scripted::Script;
use crate::support::shop::and;
use serde_json::json;

/// MAIL_E_STATE: the account needs no owner to sign in.
const STATE: i32 = 65;

#[test]
fn it_does_one_thing_at_a_time() {
    for words in [
        &["--browser", "--device"][..],
        &["--state", "--cancel"],
        &["--cancel", "--sign-out"],
        &["--sign-out", "--browser"],
        &["--account"],
        &["sophie"],
    ] {
        let words = [&["sign-in"], words].concat();
        let ran = Ran::of(tillmail(&words).output().unwrap());
        assert_eq!((ran.code, ran.out.as_str()), (USAGE, ""), "{words:?}");
        assert!(ran.errors.contains("--help"), "{words:?}: {}", ran.errors);
    }
}

#[test]
fn the_help_names_every_way_and_the_settings() {
    let ran = Ran::of(tillmail(&["sign-in", "--help"]).output().unwrap());
    ran.says(&[
        "--account",
        "--browser",
        "--device",
        "--state",
        "--cancel",
        "--sign-out",
    ])
    .says(&["smtp.oauth", "Ctrl-C"])
    .ends_with(OK);
}

#[test]
fn an_account_that_cannot_sign_in_is_told_and_no_server_is_asked() {
    Folder::with(&json!({}), 0)
        .run(&["sign-in"])
        .ends_with(CONFIG);
    let (server, settings) = server(Script::plain());
    let login = json!({ "smtp": { "user": "boutique@example.test", "password": "pass-word" } });
    for (settings, words, code, name) in [
        (
            and(settings, &login),
            &["sign-in"][..],
            STATE,
            "MAIL_E_STATE",
        ),
        (
            nobody_listens(),
            &["sign-in", "--account", "nobody"],
            USAGE,
            "MAIL_E_VALUE",
        ),
    ] {
        let folder = Folder::with(&settings, 0);
        let ran = folder.run(words);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (code, ""),
            "{words:?}: {ran:?}"
        );
        assert!(ran.errors.starts_with('!'), "{ran:?}");
        let (reply, of_json) = folder.json(words);
        assert_eq!(
            (reply["error"]["name"].as_str(), of_json),
            (Some(name), code)
        );
    }
    assert_eq!(server.connections(), 0);
}
