//! A C program of tests/c: compiled and run as a host would, plainly, with the sanitizers or under valgrind.

use super::postfix::Postfix;
use super::scratch::Scratch;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub const INSTALL: &str = "run tests/setup-debian.sh";

pub const CUSTOMER: &str = "one@clients.test";
pub const SUBJECT: &str = "Votre reçu n° 42 – Café de l'Été, à bientôt";
pub const TEXT: &str = "CAFÉ DE L'ÉTÉ\n\n1 x Crème brûlée      6,50 €\n1 x Œufs à la coque   8,00 €\n\
                    .un point au début\nFrom ici aussi\nTOTAL                14,50 €\n";
pub const HTML: &str =
    "<html><body>\n<p>Crème brûlée&nbsp;: <b>6,50 €</b></p>\n<p>Œufs</p>\n</body></html>\n";

/// What a program is run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Nothing,
    /// AddressSanitizer and UndefinedBehaviorSanitizer in the C program; the library is as usual.
    Sanitizers,
    Valgrind,
    /// `make check-deep`: program and library with AddressSanitizer.
    Address,
    /// `make check-deep`: program and library with ThreadSanitizer.
    Threads,
}

impl Tool {
    /// The tool that `make check-deep` puts in the place of none.
    fn or_asked(self) -> Tool {
        match std::env::var("TILLMAIL_TEST_TOOL").as_deref() {
            _ if self != Tool::Nothing => self,
            Err(_) => self,
            Ok("valgrind") => Tool::Valgrind,
            Ok("address") => Tool::Address,
            Ok("thread") => Tool::Threads,
            Ok(other) => panic!("TILLMAIL_TEST_TOOL: valgrind, address or thread, not {other}"),
        }
    }

    fn compiler(self) -> &'static str {
        match self {
            // An instrumented library needs the runtime of LLVM, which is what Rust has.
            Tool::Address | Tool::Threads => "clang",
            Tool::Nothing | Tool::Sanitizers | Tool::Valgrind => "gcc",
        }
    }

    fn compiler_flags(self) -> &'static [&'static str] {
        match self {
            Tool::Sanitizers => &[
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=all",
                "-fno-omit-frame-pointer",
            ],
            Tool::Address => &[
                "-fsanitize=address",
                "-fno-sanitize-link-runtime",
                "-fno-omit-frame-pointer",
            ],
            Tool::Threads => &[
                "-fsanitize=thread",
                "-fno-sanitize-link-runtime",
                "-fno-omit-frame-pointer",
                "-O1",
            ],
            Tool::Nothing | Tool::Valgrind => &[],
        }
    }

    /// Rust's own runtime in the place of clang's: the library was made for it, and Debian's is older.
    fn runtime(self) -> Vec<String> {
        if !matches!(self, Tool::Address | Tool::Threads) {
            return Vec::new();
        }
        let archive = std::env::var("TILLMAIL_TEST_RUNTIME")
            .expect("TILLMAIL_TEST_RUNTIME names the archive, as tests/deep/run.sh does");
        let linked = format!("-Wl,--whole-archive,{archive},--no-whole-archive,--export-dynamic");
        let mut flags = vec![linked];
        flags.extend(["-lrt", "-lresolv"].map(str::to_owned));
        flags
    }

    fn deadline(self) -> Duration {
        match self {
            Tool::Nothing | Tool::Sanitizers => Duration::from_secs(60),
            Tool::Valgrind | Tool::Address | Tool::Threads => Duration::from_secs(300),
        }
    }

    /// How many times as long as usual a thing may take.
    pub fn patience(self) -> u32 {
        match self.or_asked() {
            Tool::Nothing | Tool::Sanitizers => 1,
            Tool::Valgrind | Tool::Address | Tool::Threads => 5,
        }
    }

    pub fn command(self, program: &Path) -> Command {
        let mut command = match self {
            Tool::Valgrind => valgrind(program),
            _ => Command::new(program),
        };
        if self == Tool::Sanitizers {
            command.env("ASAN_OPTIONS", "detect_leaks=1");
            command.env("UBSAN_OPTIONS", "print_stacktrace=1");
        }
        if self == Tool::Valgrind {
            command.env("TILLMAIL_TEST_EMULATED", "1");
        }
        if self == Tool::Address && forks(program) {
            command.env("ASAN_OPTIONS", "exitcode=66:detect_leaks=0");
        }
        // For the larger ones: a tool makes everything many times slower, and finds the same in fewer rounds.
        if matches!(self, Tool::Valgrind | Tool::Threads) {
            command.env("TILLMAIL_TEST_BYTES", "50000");
            command.env("TILLMAIL_TEST_DEPTH", "10000");
            command.env("TILLMAIL_TEST_FORKS", "12");
            command.env("TILLMAIL_TEST_CALLS", "12");
            command.env("TILLMAIL_TEST_RESTARTS", "5");
        }
        command
    }
}

/// In a forked child what the other threads had on their stacks is lost by nature: no leak is looked for.
fn forks(program: &Path) -> bool {
    ["fork", "limits"]
        .iter()
        .any(|name| program.ends_with(name))
}

fn valgrind(program: &Path) -> Command {
    let suppressions = root().join("tests/deep/valgrind.supp");
    let leaks = if forks(program) { "no" } else { "full" };
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--error-exitcode=99"])
        .arg(format!("--leak-check={leaks}"))
        .args([
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
        ])
        // A hundred threads beside each other: the big lock is given to whom it was promised.
        .args(["--num-callers=30", "--fair-sched=yes"])
        .arg(format!("--suppressions={}", suppressions.display()))
        .arg(program);
    command
}

/// One compiled program and the folder it works in.
pub struct Program {
    name: &'static str,
    tool: Tool,
    settings: Value,
    scratch: Scratch,
}

/// What a program has said.
pub struct Said {
    pub status: ExitStatus,
    pub output: String,
}

impl Program {
    pub fn compile(name: &'static str, tool: Tool, settings: Value) -> Program {
        let tool = tool.or_asked();
        let scratch = Scratch::new("c");
        let library = scratch.path().join("libtillmail.so.1");
        symlink(the_library(), library).unwrap();
        let source = root().join("tests/c").join(name).with_extension("c");
        let output = Command::new(tool.compiler())
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"])
            .args(["-D_POSIX_C_SOURCE=200809L", "-g"])
            .args(tool.compiler_flags())
            .arg("-I")
            .arg(root().join("include"))
            .arg(source)
            .arg("-o")
            .arg(scratch.path().join(name))
            .args(linked(name, scratch.path()))
            .args(glib(name))
            .args(tool.runtime())
            .args(["-lm", "-ldl", "-pthread"])
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}; {INSTALL}", tool.compiler()));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}.c: {words}");
        Program {
            name,
            tool,
            settings,
            scratch,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    pub fn command(&self, more: &[(&str, &str)]) -> Command {
        let mut command = self.tool.command(&self.path(self.name));
        command
            .stdin(Stdio::null())
            .stdout(File::create(self.path("said.out")).unwrap())
            .stderr(File::create(self.path("said.err")).unwrap())
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("home"))
            .env("TILLMAIL_TEST_FOLDER", self.path("state"))
            .env("TILLMAIL_TEST_SCRATCH", self.scratch.path())
            .env("TILLMAIL_TEST_LIBRARY", self.path("libtillmail.so.1"))
            .env("TILLMAIL_TEST_SETTINGS", self.settings.to_string())
            .env("TILLMAIL_TEST_RECEIPT", receipt().to_string())
            .env("TILLMAIL_TEST_TO", CUSTOMER)
            .envs(more.iter().copied());
        command
    }

    /// Runs it to its end or its deadline, whatever the end.
    pub fn run(&self, more: &[(&str, &str)]) -> Said {
        let mut command = self.command(more);
        let status = ends_in_time(&mut command, self.tool.deadline());
        let said = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        let words = format!(
            "{}{}",
            said(&self.path("said.out")),
            said(&self.path("said.err"))
        );
        let Some(status) = status else {
            panic!("{} did not end in time and was killed: {words}", self.name);
        };
        Said {
            status,
            output: words,
        }
    }

    /// Runs it and wants it to find nothing wrong; gives what it printed.
    pub fn succeeds(&self, more: &[(&str, &str)]) -> String {
        let said = self.run(more);
        assert!(
            said.status.success(),
            "{} ended with {}: {}",
            self.name,
            said.status,
            said.output
        );
        said.output
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The library that `cargo test` has built, next to this test.
pub fn the_library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let library = test.parent().unwrap().join("libtillmail.so");
    assert!(library.exists(), "{} is not there", library.display());
    library
}

/// One program loads the library by itself.
fn linked(name: &str, folder: &Path) -> Vec<String> {
    if name == "guest" {
        return Vec::new();
    }
    let folder = folder.display();
    vec![
        format!("-L{folder}"),
        "-l:libtillmail.so.1".to_owned(),
        format!("-Wl,-rpath,{folder}"),
    ]
}

/// One program has a real main loop.
fn glib(name: &str) -> Vec<String> {
    if name != "main_loop" {
        return Vec::new();
    }
    let output = Command::new("pkg-config")
        .args(["--cflags", "--libs", "glib-2.0"])
        .output()
        .unwrap_or_else(|error| panic!("pkg-config: {error}; {INSTALL}"));
    assert!(output.status.success(), "glib-2.0 is missing; {INSTALL}");
    let flags = String::from_utf8(output.stdout).unwrap();
    // Its headers are not written for -pedantic.
    let flags = flags.split_whitespace();
    flags.map(|flag| flag.replace("-I", "-isystem")).collect()
}

pub fn ends_in_time(command: &mut Command, deadline: Duration) -> Option<ExitStatus> {
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{:?}: {error}; {INSTALL}", command.get_program()));
    child_ends_in_time(&mut child, deadline)
}

/// Kills it at the deadline.
pub fn child_ends_in_time(child: &mut Child, deadline: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn receipt() -> Value {
    json!({
        "number": "2026-000042",
        "date": "2026-11-22T18:30:00+01:00",
        "to": CUSTOMER,
        "subject": SUBJECT,
        "text": TEXT,
        "html": HTML,
    })
}

pub fn settings(postfix: &Postfix, security: &str) -> Value {
    let port = match security {
        "tls" => postfix.smtps_port,
        _ => postfix.smtp_port,
    };
    json!({
        "sender": { "address": "boutique@example.test", "name": "Café de l'Été" },
        "smtp": {
            "host": "localhost",
            "port": port,
            "security": security,
            "user": Postfix::USER,
            "password": Postfix::PASSWORD,
            "ca_file": postfix.ca.ca_pem(),
        },
    })
}

pub fn word_after<'a>(output: &'a str, label: &str) -> &'a str {
    let (_, after) = output
        .split_once(label)
        .unwrap_or_else(|| panic!("no {label} in {output}"));
    after.split_whitespace().next().unwrap()
}
