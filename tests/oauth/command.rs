//! `tillmail sign-in`: the technician's command, with a real provider.

use super::place::{Place, SOON};
use super::support::postfix::Postfix;
use super::support::scratch::wait_until;
use super::support::shop::Shop;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A sign-in that runs, and what it has written so far.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    said: String,
}

fn command(shop: &Shop, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillmail"));
    command
        .arg("sign-in")
        .args(words)
        .args(["--lang", "en"])
        .env_clear()
        .env("TZ", "UTC")
        .env("TILLMAIL_FOLDER", shop.folder().join("state"))
        .stdin(Stdio::null());
    command
}

impl Running {
    fn start(shop: &Shop, words: &[&str]) -> Running {
        let mut child = command(shop, words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Running {
            child,
            out,
            said: String::new(),
        }
    }

    /// Reads on to the line with these words.
    fn line(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.out.read_line(&mut line).unwrap() > 0,
                "it ended: {}",
                self.said
            );
            self.said.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Waits for its end; gives the exit code, all it said, and what it said on the standard error.
    fn end(mut self) -> (i32, String, String) {
        let status = wait_until("sign-in ends", SOON, || self.child.try_wait().unwrap());
        self.out.read_to_string(&mut self.said).unwrap();
        let mut errors = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        (status.code().unwrap(), self.said, errors)
    }
}

fn json(shop: &Shop, words: &[&str]) -> (Value, i32) {
    let output = command(shop, &[words, &["--json"]].concat())
        .output()
        .unwrap();
    (
        serde_json::from_slice(&output.stdout).unwrap(),
        output.status.code().unwrap(),
    )
}

#[test]
fn the_command_shows_the_code_waits_and_says_who_is_signed_in() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    assert_eq!(json(&shop, &["--state"]).0["state"], "none");
    let mut running = Running::start(&shop, &[]);
    let shown = running.line("  Code ");
    let code = shown.split_whitespace().last().unwrap().to_owned();
    running.line("Ctrl-C");
    place.provider.approve(&code, Postfix::USER);
    let (exit, said, errors) = running.end();
    assert_eq!((exit, errors.as_str()), (0, ""), "{said}");
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with('✓') && last.contains(Postfix::USER),
        "{said}"
    );
    assert_eq!(said.matches("  Code ").count(), 1, "{said}");
    assert_eq!(json(&shop, &["--state"]).0["state"], "signed_in");
    let (reply, exit) = json(&shop, &["--sign-out"]);
    assert_eq!((reply["state"].as_str(), exit), (Some("none"), 0));
    place.nothing_leaks(&shop);
}

#[test]
fn declining_and_ctrl_c_end_it_with_their_exit_codes() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    let mut running = Running::start(&shop, &["--device", "--json"]);
    let started: Value = serde_json::from_str(&running.line("user_code")).unwrap();
    place
        .provider
        .decline(started["user_code"].as_str().unwrap(), Postfix::USER);
    let (exit, said, errors) = running.end();
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((exit, errors.as_str()), (77, ""), "{said}");
    assert_eq!(
        (last["state"].as_str(), last["error"]["name"].as_str()),
        (Some("declined"), Some("MAIL_E_SIGN_IN"))
    );

    let mut running = Running::start(&shop, &["--browser"]);
    let url = running.line("https://");
    assert!(url.contains("code_challenge="), "{url}");
    running.line("Ctrl-C");
    let pid = running.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let (exit, said, errors) = running.end();
    assert_eq!((exit, errors.as_str()), (75, ""), "{said}");
    assert!(said.contains("The sign-in was cancelled."), "{said}");
    assert_eq!(json(&shop, &["--state"]).0["state"], "none");
}
