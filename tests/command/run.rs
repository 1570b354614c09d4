//! Running the command, and shops for it.

use crate::support::scratch::{Scratch, free_port, wait_until};
use crate::support::scripted::{Script, Scripted};
use crate::support::shop::{self, plain_settings, receipt};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tillmail::{Mailer, Opening};

/// Generous: the machine may be busy with other tests.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) const OK: i32 = 0;
pub(crate) const USAGE: i32 = 64;
pub(crate) const NO_INPUT: i32 = 66;
pub(crate) const UNAVAILABLE: i32 = 69;
pub(crate) const LATER: i32 = 75;
pub(crate) const CONFIG: i32 = 78;

/// A state folder, made through the library, nobody in it.
pub(crate) struct Folder {
    scratch: Scratch,
}

impl Folder {
    /// A folder with these settings and so many receipts, as a till leaves it that was closed at once.
    pub(crate) fn with(settings: &Value, receipts: usize) -> Folder {
        let folder = Folder::empty();
        let mailer = shop::open(&folder.state());
        mailer.configure(settings).unwrap();
        // Nothing may leave before the command does it.
        mailer.shut_down(Duration::ZERO).unwrap();
        drop(mailer);
        let visitor = folder.visit();
        for number in 1..=receipts {
            let receipt = receipt(
                &format!("T-{number}"),
                &format!("client{number}@clients.test"),
            );
            visitor.send_receipt(&receipt).unwrap();
        }
        folder
    }

    pub(crate) fn empty() -> Folder {
        Folder {
            scratch: Scratch::new("command"),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.scratch.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.scratch.path().join("state")
    }

    /// The library on the folder, without a worker.
    pub(crate) fn visit(&self) -> Mailer {
        Mailer::visit(Opening {
            folder: self.state(),
            ..Opening::default()
        })
        .unwrap()
    }

    /// The command, in English, with words of its own.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = tillmail(words);
        command
            .env("TILLMAIL_FOLDER", self.state())
            .current_dir(self.path());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// The same, read as JSON.
    pub(crate) fn json(&self, words: &[&str]) -> (Value, i32) {
        let ran = self.run(&[words, &["--json"]].concat());
        assert_eq!(ran.errors, "", "{words:?}");
        let reply = serde_json::from_str(&ran.out);
        (
            reply.unwrap_or_else(|error| panic!("{words:?}: {error}: {}", ran.out)),
            ran.code,
        )
    }

    pub(crate) fn states(&self) -> Vec<String> {
        let reply = self.visit().journal(&json!({})).unwrap();
        let mails = reply["mails"].as_array().unwrap();
        let state = |mail: &Value| mail["state"].as_str().unwrap().to_owned();
        mails.iter().rev().map(state).collect()
    }
}

/// The command with nothing of this machine's own in its environment.
pub(crate) fn tillmail(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillmail"));
    command
        .args(words)
        .args(["--lang", "en"])
        .env_clear()
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    command
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) errors: String,
    pub(crate) code: i32,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Ran {
        Ran {
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().expect("an exit code, not a signal"),
        }
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Ran {
        for word in words {
            assert!(self.out.contains(word), "{word:?} is missing: {self:?}");
        }
        self
    }

    #[track_caller]
    pub(crate) fn ends_with(&self, code: i32) -> &Ran {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

/// Sends a signal to a process that this test has started.
pub(crate) fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Waits for a process; kills it and fails where it does not end.
pub(crate) fn ended(mut child: Child) -> Ran {
    let finished = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until("the command ends", DEADLINE, || child.try_wait().unwrap());
    }));
    if finished.is_err() {
        child.kill().unwrap();
        panic!("the command did not end: {:?}", child.wait_with_output());
    }
    Ran::of(child.wait_with_output().unwrap())
}

/// A server that takes all, and settings for it.
pub(crate) fn server(script: Script) -> (Scripted, Value) {
    let server = Scripted::start(script);
    let settings = plain_settings(server.port());
    (server, settings)
}

/// Settings for a port where nobody listens, with waits that no test waits for.
pub(crate) fn nobody_listens() -> Value {
    shop::and(
        plain_settings(free_port()),
        &json!({ "delivery": { "retry_s": [3600], "unsure_wait_s": 3600, "probe_s": 3600 } }),
    )
}
