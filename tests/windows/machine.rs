//! A Windows for one test: Wine in a chroot of its own, with a fresh C: and the scratch folder as D:.

use super::support::program::INSTALL;
use super::support::scratch::Scratch;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// For one answer. Wine's first start of a machine takes seconds, on a busy one many.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Kind of program and Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    Of32,
    Of64,
}

impl Bits {
    pub(crate) const BOTH: [Bits; 2] = [Bits::Of32, Bits::Of64];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Bits::Of32 => "32",
            Bits::Of64 => "64",
        }
    }

    /// Debian's name for a tool of MinGW.
    pub(crate) fn tool(self, name: &str) -> String {
        let cpu = match self {
            Bits::Of32 => "i686",
            Bits::Of64 => "x86_64",
        };
        format!("{cpu}-w64-mingw32-{name}")
    }

    /// Folder with DLL and import libraries; packaging/windows/build.sh brings it up to date.
    pub(crate) fn built(self) -> PathBuf {
        static BUILT: Mutex<Vec<Bits>> = Mutex::new(Vec::new());
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if !built.contains(&self) {
            script("packaging/windows/build.sh", self);
            built.push(self);
        }
        root()
            .join("build/windows")
            .join(format!("win{}", self.word()))
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one of the scripts that make what the tests need for one kind of Windows, and gives its output.
pub(crate) fn script(path: &str, bits: Bits) -> String {
    script_with(path, &[bits.word()])
}

/// As `script`, with other words after its name.
pub(crate) fn script_with(path: &str, words: &[&str]) -> String {
    let output = Command::new("sh")
        .arg(root().join(path))
        .args(words)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{path} {words:?} failed");
    String::from_utf8(output.stdout).unwrap()
}

/// One Windows, gone with everything that runs in it when it is dropped.
pub(crate) struct Machine {
    pub(crate) bits: Bits,
    chroot: PathBuf,
    scratch: Scratch,
    guard: Child,
    pid: String,
}

impl Machine {
    pub(crate) fn start(bits: Bits) -> Machine {
        let chroot = PathBuf::from(script("tests/windows/wine.sh", bits).trim());
        let scratch = Scratch::new("windows");
        let mut guard = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--kill-child", "sh"])
            .arg(root().join("tests/windows/machine.sh"))
            .args([&chroot, scratch.path()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = lines(guard.stdout.take().unwrap());
        let pid = said.recv_timeout(PATIENCE).expect("the chroot is entered");
        let machine = Machine {
            bits,
            chroot,
            scratch,
            guard,
            pid,
        };
        fs::copy(
            bits.built().join("tillmail.dll"),
            machine.path("tillmail.dll"),
        )
        .unwrap();
        machine
    }

    /// A path of D: as this side sees it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// A path of C: as this side sees it; its changes live in the machine's own mounts.
    pub(crate) fn path_on_c(&self, name: &str) -> PathBuf {
        let machine = PathBuf::from(format!("/proc/{}/root/prefix/drive_c", self.pid));
        machine.join(name)
    }

    /// Compiles a C program with MinGW, linked to the DLL through this import library where one is named.
    pub(crate) fn compile(&self, source: &str, name: &str, import_library: Option<&str>) {
        let gcc = self.bits.tool("gcc");
        let libraries = import_library.map(|library| self.bits.built().join(library));
        let output = Command::new(&gcc)
            .args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-static"])
            // For %zu and a vsnprintf that counts: msvcrt's own printf is older than C99.
            .arg("-D__USE_MINGW_ANSI_STDIO=1")
            .args(if source.starts_with("tests/windows") {
                &["-municode"][..]
            } else {
                &[]
            })
            .arg("-I")
            .arg(root().join("include"))
            .arg(root().join(source))
            .args(libraries)
            .arg("-lpthread")
            .arg("-o")
            .arg(self.path(name))
            .output()
            .unwrap_or_else(|error| panic!("{gcc}: {error}; {INSTALL}"));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{source}: {words}");
    }

    /// What starts a program of D: with these arguments.
    pub(crate) fn command(&self, program: &str, environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.pid, "--mount", "--pid", "chroot"])
            .arg(&self.chroot)
            .args([
                "env",
                "-i",
                "-C",
                "/mnt",
                "PATH=/usr/bin:/bin",
                "HOME=/root",
            ])
            .args(["LC_ALL=C.UTF-8", "WINEDEBUG=-all", "WINEPREFIX=/prefix"])
            .args(
                environment
                    .iter()
                    .map(|(name, value)| format!("{name}={value}")),
            )
            .args(["wine", &format!("D:\\{program}")]);
        command
    }

    /// Runs a program to its end; gives its status and what it said.
    pub(crate) fn run(&self, program: &str, environment: &[(&str, &str)]) -> (ExitStatus, String) {
        self.run_with(program, &[], environment)
    }

    /// As `run`, with words after its name.
    pub(crate) fn run_with(
        &self,
        program: &str,
        words: &[&str],
        environment: &[(&str, &str)],
    ) -> (ExitStatus, String) {
        let output = self.path("said");
        let said = File::create(&output).unwrap();
        let mut child = self
            .command(program, environment)
            .args(words)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        let status = ends(&mut child);
        let said = fs::read(output).unwrap();
        (status, String::from_utf8_lossy(&said).into_owned())
    }

    /// Starts a till with the DLL at this path of D:.
    pub(crate) fn till(&self, library: &str) -> Till {
        if !self.path("host.exe").exists() {
            self.compile("tests/windows/host.c", "host.exe", None);
        }
        let mut child = self
            .command("host.exe", &[])
            .arg(format!("D:\\{library}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Till {
            input: child.stdin.take(),
            said: lines(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Starts a till, loads the library and opens a folder in it.
    pub(crate) fn open_till(&self, folder: &str) -> Till {
        let mut till = self.till("tillmail.dll");
        assert_eq!(till.tell("load"), "loaded");
        let opening = serde_json::json!({ "folder": folder, "language": "en" });
        till.done("mail_init", &opening);
        till
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Its first process reads this pipe; with it every other one ends.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// A program under Wine that does what it is told (host.c).
pub(crate) struct Till {
    input: Option<ChildStdin>,
    said: Receiver<String>,
    child: Child,
}

impl Till {
    /// Tells it a line and waits for none.
    pub(crate) fn order(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        assert!(!line.contains('\n'), "{line}");
        writeln!(input, "{line}").unwrap();
    }

    pub(crate) fn tell(&mut self, line: &str) -> String {
        self.order(line);
        self.said
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|error| panic!("no answer to {line}: {error}"))
    }

    /// Makes a call on the host's main thread, or with `small` on one with a small stack.
    pub(crate) fn call_as(
        &mut self,
        how: &str,
        name: &str,
        request: Option<&str>,
    ) -> (i32, Value, String) {
        let request = request
            .map(|request| format!("\t{request}"))
            .unwrap_or_default();
        let line = self.tell(&format!("{how} {name}{request}"));
        let answer: Vec<&str> = line.splitn(3, '\t').collect();
        let [code, reply, sentence] = answer[..] else {
            panic!("{name}: {line}");
        };
        let reply = serde_json::from_str(reply).unwrap_or_else(|error| panic!("{error}: {line}"));
        (code.parse().unwrap(), reply, sentence.to_owned())
    }

    pub(crate) fn call(&mut self, name: &str, request: Option<&str>) -> (i32, Value, String) {
        self.call_as("call", name, request)
    }

    /// Makes a call that must be done, and gives its reply.
    pub(crate) fn done(&mut self, name: &str, request: &Value) -> Value {
        let (code, reply, sentence) = self.call(name, Some(&request.to_string()));
        assert_eq!(code, 0, "{name}: {sentence}");
        reply
    }

    /// Waits for its end; gives the code it ends with.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        ends(&mut self.child).code()
    }
}

fn ends(child: &mut Child) -> ExitStatus {
    super::support::program::child_ends_in_time(child, PATIENCE).expect("the program ends in time")
}

fn lines(output: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { return };
            if sender.send(line.trim_end_matches('\r').to_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}
