//! A till in its own process with tests/c/fault_shim.c below it: told what to do, and struck where a test says.
//!
//! The library is the one that ships; the shim and the till are compiled by the test.

pub mod control;

use control::Control;

use super::scratch::{Scratch, wait_until};
use super::shop;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tillmail::error::MAIL_OK;

const INSTALL: &str = "run tests/setup-debian.sh";
/// Another library than the one cargo has built for the tests, such as the release build.
const LIBRARY: &str = "TILLMAIL_TEST_LIBRARY";

/// The compiled shim and till, with the names of the shim's points.
pub struct Tools {
    scratch: Scratch,
    points: Arc<Vec<String>>,
    sequence_page: i64,
}

impl Tools {
    pub fn build() -> Tools {
        let scratch = Scratch::new("tools");
        let library = scratch.path().join("libtillmail.so.1");
        symlink(the_library(), &library).unwrap();
        let of = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        compile(
            Command::new("gcc")
                .args([
                    "-std=gnu11",
                    "-O2",
                    "-Wall",
                    "-Wextra",
                    "-Werror",
                    "-shared",
                    "-fPIC",
                ])
                .arg(of("tests/c/fault_shim.c"))
                .arg("-o")
                .arg(scratch.path().join("shim.so"))
                .arg("-ldl"),
        );
        compile(
            Command::new("gcc")
                .args(["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O2"])
                .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-I"])
                .arg(of("include"))
                .arg(of("tests/c/crash_till.c"))
                .arg("-o")
                .arg(scratch.path().join("till"))
                .arg(format!("-L{}", scratch.path().display()))
                .arg("-l:libtillmail.so.1")
                .arg(format!("-Wl,-rpath,{}", scratch.path().display())),
        );
        let points = control::names_of_points(scratch.path());
        let sequence_page = page_of_numbers(&scratch);
        Tools {
            scratch,
            points: Arc::new(points),
            sequence_page,
        }
    }

    /// Every point, as `claim.commit.before`.
    pub fn points(&self) -> &[String] {
        &self.points
    }

    /// Makes the control file of one till; nothing is armed yet.
    pub fn control(&self, path: &Path) -> Control {
        Control::new(path, &self.points, self.sequence_page)
    }

    /// Starts a till that waits for its first order.
    pub fn start(&self, control: Control) -> Till {
        let mut child = Command::new(self.scratch.path().join("till"))
            .env("LD_PRELOAD", self.scratch.path().join("shim.so"))
            .env("TILLMAIL_SHIM", &control.path)
            .env("HOME", self.scratch.path())
            .env("XDG_STATE_HOME", self.scratch.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let listening = said.clone();
        let stdout = child.stdout.take().unwrap();
        Till {
            stdin: child.stdin.take(),
            listener: Some(std::thread::spawn(move || listen(stdout, &listening))),
            child,
            said,
            read: 0,
            control,
        }
    }
}

/// The library that `cargo test` has built next to this test, or the one that is named.
fn the_library() -> PathBuf {
    let named = std::env::var_os(LIBRARY).map(PathBuf::from);
    let library = named.unwrap_or_else(|| {
        let test = std::env::current_exe().unwrap();
        test.parent().unwrap().join("libtillmail.so")
    });
    assert!(library.exists(), "{} is not there", library.display());
    std::fs::canonicalize(library).unwrap()
}

fn compile(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("gcc: {error}; {INSTALL}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
}

/// SQLite's page with the last number of each table: every journal line writes it, nothing else of the worker does.
fn page_of_numbers(scratch: &Scratch) -> i64 {
    let folder = scratch.path().join("state");
    shop::open(&folder).shut_down(Duration::ZERO).unwrap();
    read_outbox(&folder)
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_sequence'",
            [],
            |row| row.get(0),
        )
        .unwrap()
}

/// Opens the outbox file of a state folder to look at it.
pub fn read_outbox(folder: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join("outbox.db"), flags).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

/// A running till; killed when dropped.
pub struct Till {
    child: Child,
    stdin: Option<ChildStdin>,
    listener: Option<JoinHandle<()>>,
    said: Arc<Mutex<Vec<String>>>,
    read: usize,
    pub control: Control,
}

/// What a till has answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub call: String,
    pub code: i32,
    pub reply: Value,
}

fn listen(stdout: ChildStdout, said: &Mutex<Vec<String>>) {
    // Only whole lines: a kill cannot cut one, for each is a single write.
    for line in BufReader::new(stdout).lines() {
        let Ok(line) = line else { return };
        said.lock().unwrap().push(line);
    }
}

impl Till {
    /// Orders a call; a till that has died hears nothing.
    pub fn tell(&mut self, call: &str, request: &Value) {
        let stdin = self.stdin.as_mut().unwrap();
        let _ = stdin.write_all(format!("{call} {request}\n").as_bytes());
    }

    /// Gives the answers since the last time.
    pub fn answers(&mut self) -> Vec<Answer> {
        let said = self.said.lock().unwrap();
        let new = said[self.read..].iter().map(|line| answer(line)).collect();
        self.read = said.len();
        new
    }

    /// Orders a call and waits for its answer.
    pub fn ask(&mut self, call: &str, request: &Value, deadline: Duration) -> Answer {
        self.tell(call, request);
        self.answer_to(call, deadline)
    }

    /// Waits for the answer to a call that was ordered.
    pub fn answer_to(&mut self, call: &str, deadline: Duration) -> Answer {
        let mut found = None;
        wait_until(&format!("{call} answers"), deadline, || {
            let died = self.has_died();
            if died {
                // Afterwards all that it said is known.
                self.kill();
            }
            let mut answers = self.answers().into_iter();
            found = answers.find(|answer| answer.call == call);
            assert!(!died || found.is_some(), "the till has died in {call}");
            found.as_ref().map(|_| ())
        });
        found.unwrap()
    }

    /// As `ask`, for a call that is to succeed; gives the reply.
    pub fn wants(&mut self, call: &str, request: &Value) -> Value {
        let answer = self.ask(call, request, Duration::from_secs(60));
        assert_eq!(answer.code, MAIL_OK, "{call} {request}: {}", answer.reply);
        answer.reply
    }

    /// Opens a state folder as back office, in French.
    pub fn open(&mut self, folder: &Path) {
        self.wants("mail_init", &opening(folder));
    }

    pub fn has_died(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// `kill -9`; afterwards all that it said is known.
    pub fn kill(&mut self) {
        // It may have died by itself.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
    }

    /// Ends its input, and wants it to end well.
    pub fn ends(&mut self, deadline: Duration) {
        self.stdin = None;
        let end = Instant::now() + deadline;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                self.kill();
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("the till does not end");
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The request that opens a state folder.
pub fn opening(folder: &Path) -> Value {
    json!({ "folder": folder, "language": "fr" })
}

fn answer(line: &str) -> Answer {
    let mut words = line.splitn(3, ' ');
    let mut word = || {
        words
            .next()
            .unwrap_or_else(|| panic!("not an answer: {line}"))
    };
    Answer {
        call: word().to_owned(),
        code: word().parse().unwrap(),
        reply: serde_json::from_str(word()).unwrap(),
    }
}
