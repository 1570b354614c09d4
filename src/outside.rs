//! Programs that are not ours and read what we write: zbar, poppler, Python. For tests.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Runs a program on bytes given as a file; gives what it says.
pub(crate) fn read_back(program: &str, arguments: &[&str], bytes: &[u8]) -> String {
    let file = Scratch::of(bytes);
    let path = file.0.to_str().unwrap();
    let arguments = arguments
        .iter()
        .map(|argument| if *argument == "FILE" { path } else { argument });
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let output = output
        .unwrap_or_else(|error| panic!("{program}: {error}; sh tests/setup-debian.sh installs it"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {complaint} {said}");
    said
}

struct Scratch(PathBuf);

impl Scratch {
    fn of(bytes: &[u8]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tillmail-outside-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::File::create(&path)
            .unwrap()
            .write_all(bytes)
            .unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
