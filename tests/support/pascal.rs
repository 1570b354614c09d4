//! A Pascal program: compiled by Free Pascal as one kind of host, and run in a scratch folder with a deadline.

use super::host::{self, Said};
use super::program::{INSTALL, Tool, the_library};
use super::scratch::Scratch;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What a `string` of the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// UTF-8, as in Lazarus.
    Utf8,
    /// Code page 1252, as in Delphi 7 on a French Windows.
    Page1252,
    /// UTF-16, as in Delphi since 2009.
    Unicode,
}

pub const HOSTS: [Host; 3] = [Host::Utf8, Host::Page1252, Host::Unicode];

impl Host {
    fn options(self) -> &'static [&'static str] {
        match self {
            Host::Utf8 => &["-Mdelphi"],
            Host::Page1252 => &["-Mdelphi", "-dPAGE1252"],
            Host::Unicode => &["-Mdelphiunicode"],
        }
    }
}

/// A compiled program and the folder it works in.
pub struct Pascal {
    program: PathBuf,
    scratch: Scratch,
}

impl Pascal {
    /// Compiles a program of tests/pascal.
    pub fn compile(name: &str, host: Host) -> Pascal {
        let source = root().join("tests/pascal").join(name).with_extension("pas");
        Pascal::compile_file(&source, host.options())
    }

    /// Compiles a program with windows, by the LCL on GTK 2.
    pub fn compile_windows(source: &Path) -> Pascal {
        let lazarus = lazarus();
        let at = |folder: &str| format!("-Fu{}", lazarus.join(folder).display());
        let units = [
            at("lcl/units/x86_64-linux/gtk2"),
            at("lcl/units/x86_64-linux"),
            at("components/lazutils/lib/x86_64-linux"),
        ];
        let mut options = vec!["-Mdelphi", "-dLCL", "-dLCLgtk2"];
        options.extend(units.iter().map(String::as_str));
        Pascal::compile_file(source, &options)
    }

    pub fn compile_file(source: &Path, options: &[&str]) -> Pascal {
        let scratch = Scratch::new("pascal-é");
        let built = scratch.path().join("built");
        fs::create_dir(&built).unwrap();
        // Not beside the program: a till that finds it there by itself is a test of its own.
        fs::create_dir(scratch.path().join("lib")).unwrap();
        symlink(
            the_library(),
            scratch.path().join("lib").join("libtillmail.so.1"),
        )
        .unwrap();
        let units = ["bindings/delphi", "examples/delphi", "tests/pascal"];
        let units = units.map(|folder| format!("-Fu{}", root().join(folder).display()));
        let output = Command::new("fpc")
            .args(options)
            // Line numbers in a trace, checks of ranges and overflows, warnings as errors: but for those that
            // only tell that Free Pascal's SysUtils has other strings than a UTF-16 host.
            .args(["-gl", "-Cr", "-Co", "-vw", "-Sew", "-vm4104,4105"])
            .args(units)
            .arg(format!("-FU{}", built.display()))
            .arg(format!("-FE{}", built.display()))
            .arg(source)
            .output()
            .unwrap_or_else(|error| panic!("fpc: {error}; {INSTALL}"));
        let words = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {words}", source.display());
        let program = built.join(source.file_stem().unwrap());
        Pascal { program, scratch }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn run(&self, more: &[(&str, &str)]) -> Said {
        self.run_by(Command::new(&self.program), more)
    }

    pub fn run_by(&self, command: Command, more: &[(&str, &str)]) -> Said {
        let at = |name: &str| self.path(name).display().to_string();
        let header = root().join("include/tillmail.h");
        let given = [
            ("XDG_STATE_HOME", at("home")),
            ("TILLMAIL_TEST_LIBRARY", at("lib/libtillmail.so.1")),
            ("TILLMAIL_TEST_HEADER", header.display().to_string()),
            ("TILLMAIL_TEST_FOLDER", at("état")),
            ("TILLMAIL_TEST_MAILS", at("mails envoyés")),
        ];
        let given = given.iter().map(|(name, value)| (*name, value.as_str()));
        let variables: Vec<_> = given.chain(more.iter().copied()).collect();
        host::run(command, self.scratch.path(), &variables)
    }

    pub fn succeeds(&self, more: &[(&str, &str)]) -> String {
        self.run(more).success()
    }

    pub fn succeeds_under_valgrind(&self, more: &[(&str, &str)]) {
        self.run_by(Tool::Valgrind.command(&self.program), more)
            .success();
    }
}

/// Where the LCL of the newest Lazarus is.
fn lazarus() -> PathBuf {
    let folders = fs::read_dir("/usr/lib/lazarus")
        .unwrap_or_else(|error| panic!("Lazarus: {error}; {INSTALL}"));
    let folders = folders.map(|folder| folder.unwrap().path());
    let newest = folders
        .filter(|folder| folder.join("lcl/units").exists())
        .max();
    newest.unwrap_or_else(|| panic!("no LCL in /usr/lib/lazarus; {INSTALL}"))
}

/// A screen that nobody sees, gone with the test.
pub struct Display {
    server: Child,
    pub name: String,
}

impl Display {
    pub fn start() -> Display {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x900x24",
                "-nolisten",
                "tcp",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("Xvfb: {error}; {INSTALL}"));
        let mut number = String::new();
        let mut said = BufReader::new(server.stdout.take().unwrap());
        said.read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb names no display");
        let name = format!(":{}", number.trim());
        Display { server, name }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
