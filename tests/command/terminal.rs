//! On a terminal: colours and the bar, tables that fit; elsewhere neither.

use crate::run::{Folder, OK, nobody_listens, server};
use crate::support::scripted::Script;
use std::process::Command;
use unicode_width::UnicodeWidthStr;

const ESCAPE: char = '\u{1b}';

/// Runs the command on a pseudo-terminal of so many columns, through `script` of util-linux.
fn on_a_terminal(
    folder: &Folder,
    columns: u32,
    words: &str,
    environment: &[(&str, &str)],
) -> (String, i32) {
    let program = env!("CARGO_BIN_EXE_tillmail");
    let output = Command::new("script")
        .args(["--quiet", "--return", "--log-out", "/dev/null", "--command"])
        .arg(format!(
            "stty cols {columns} rows 40; exec {program} {words} --lang en"
        ))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm-256color")
        .env("TILLMAIL_FOLDER", folder.state())
        .envs(environment.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("script of util-linux");
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.code().unwrap(),
    )
}

/// Takes the colours out of a text.
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut parts = text.split(ESCAPE);
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let folder = Folder::with(&nobody_listens(), 2);
    for words in ["status", "journal", "show 1"] {
        let (shown, _) = on_a_terminal(&folder, 80, words, &[]);
        assert!(
            shown.contains(ESCAPE),
            "{words}: no colour on a terminal: {shown}"
        );
        let (quiet, _) = on_a_terminal(&folder, 80, words, &[("NO_COLOR", "1")]);
        assert!(
            !quiet.contains(ESCAPE),
            "{words}: NO_COLOR is not respected"
        );
        let (never, _) = on_a_terminal(&folder, 80, &format!("{words} --color never"), &[]);
        assert!(
            !never.contains(ESCAPE),
            "{words}: --color never is not respected"
        );
        let words: Vec<&str> = words.split(' ').collect();
        assert!(
            !folder.run(&words).out.contains(ESCAPE),
            "{words:?}: colour in a file"
        );
        let always = folder.run(&[&words[..], &["--color", "always"]].concat());
        assert!(always.out.contains(ESCAPE), "{words:?}: --color always");
    }
    let (json, _) = on_a_terminal(&folder, 80, "status --json", &[]);
    assert!(!json.contains(ESCAPE), "{json}");
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let folder = Folder::with(&nobody_listens(), 3);
    folder.run(&["flush"]);
    for columns in [30, 40, 80, 120] {
        for words in ["journal", "status", "show 1", "presets", "verify"] {
            let (shown, _) = on_a_terminal(&folder, columns, words, &[]);
            for line in without_colours(&shown).lines() {
                let width = line.trim_end_matches('\r').width();
                // A word that cannot be broken, such as the path of the folder, may be longer.
                let one_word = !line.trim().contains(' ') || line.contains("/tmp/");
                assert!(
                    width <= columns as usize || one_word,
                    "{words} in {columns} columns: {width}: {line:?}"
                );
            }
        }
    }
    // In a file nothing is cut.
    folder
        .run(&["journal"])
        .says(&["client1@clients.test", "Votre ticket"]);
}

#[test]
fn a_bar_shows_on_a_terminal_and_lines_elsewhere() {
    let (_server, settings) = server(Script::plain());
    let folder = Folder::with(&settings, 20);
    let (shown, code) = on_a_terminal(&folder, 80, "flush", &[]);
    assert_eq!(code, OK, "{shown}");
    assert!(shown.contains("Sending ["), "no bar: {shown}");
    assert!(shown.contains("Left: 20."), "{shown}");
    assert!(!shown.contains("#20"), "lines beside the bar: {shown}");
    let (_server, settings) = server(Script::plain());
    let ran = Folder::with(&settings, 2).run(&["flush"]);
    assert!(
        !ran.out.contains("Sending [") && ran.errors.is_empty(),
        "{ran:?}"
    );
    ran.says(&["#2"]);
}
