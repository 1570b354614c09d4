//! Servers that are processes of their own: started, stopped, and stopped too when the tests die.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// What to tell when a server's program is missing.
pub const INSTALL: &str = "run tests/setup-debian.sh as root, then the tests again";

/// A child process that ends with this value.
pub struct Daemon {
    child: Child,
    stop_signal: &'static str,
}

impl Daemon {
    /// Starts a program whose words go into the file `output`.
    pub fn spawn(mut command: Command, output: &Path, stop_signal: &'static str) -> Daemon {
        let output = fs::File::create(output).expect("a file for what it says");
        let errors = output.try_clone().expect("the same file for errors");
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn();
        let program = command.get_program().display().to_string();
        let child =
            child.unwrap_or_else(|error| panic!("cannot start {program}: {error}; {INSTALL}"));
        Daemon { child, stop_signal }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn ends_in(&mut self, deadline: Duration) -> bool {
        let end = Instant::now() + deadline;
        while self.ended().is_none() {
            if Instant::now() > end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A child that was waited for has given its number back to the system.
        if self.ended().is_some() {
            return;
        }
        let _ = Command::new("kill")
            .args(["-s", self.stop_signal, &self.id().to_string()])
            .status();
        if !self.ends_in(STOP_DEADLINE) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Ends the servers when the test process dies without dropping them, or keeps them in a static.
pub struct Guard {
    shell: Child,
}

// The first argument is the folder, the others are the processes.
const GUARD_SCRIPT: &str = "trap '' INT HUP TERM; read -r answer && exit 0; \
     folder=$1; shift; kill \"$@\"; sleep 1; rm -rf \"$folder\"";

impl Guard {
    pub fn watch(processes: &[u32], folder: &Path) -> Guard {
        let shell = Command::new("sh")
            .args(["-c", GUARD_SCRIPT, "guard"])
            .arg(folder)
            .args(processes.iter().map(u32::to_string))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        Guard { shell }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(input) = self.shell.stdin.as_mut() {
            let _ = input.write_all(b"stopped\n");
        }
        let _ = self.shell.wait();
    }
}
