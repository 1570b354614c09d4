//! The Python bindings: the wheel, as pip installs it, passes their own tests and runs the till of examples/.
#![cfg(target_os = "linux")]
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use mail_parser::MessageParser;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::postfix::Postfix;
use support::program::{INSTALL, ends_in_time, the_library};
use support::scratch::Scratch;

/// Debian's, which has pytest and mypy beside it; another one on the path may have neither.
const PYTHON: &str = "/usr/bin/python3";
const DEADLINE: Duration = Duration::from_secs(300);
const TO: &str = "someone@clients.test";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn bindings() -> PathBuf {
    root().join("bindings/python")
}

/// A Python of its own that sees nothing of the caller's surroundings.
fn python(program: impl AsRef<Path>, scratch: &Scratch) -> Command {
    let mut command = Command::new(program.as_ref());
    for name in ["LIBRARY", "SMTP_URL", "FROM", "TO", "CA_FILE"] {
        command.env_remove(format!("TILLMAIL_{name}"));
    }
    for name in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MYPYPATH"] {
        command.env_remove(name);
    }
    command
        .current_dir(scratch.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONIOENCODING", "utf-8")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("TILLMAIL_ROOT", root())
        .env("HOME", scratch.path());
    command
}

/// Whether it ended well, and all it said.
fn said(command: &mut Command, scratch: &Scratch) -> (bool, String) {
    let path = scratch.path().join("said");
    let output = File::create(&path).unwrap();
    command
        .stdin(Stdio::null())
        .stderr(output.try_clone().unwrap())
        .stdout(output);
    let status = ends_in_time(command, DEADLINE);
    let words = fs::read_to_string(&path).unwrap();
    let status = status.unwrap_or_else(|| panic!("{command:?} did not end in time: {words}"));
    (status.success(), words)
}

fn succeeds(command: &mut Command, scratch: &Scratch) -> String {
    let (success, words) = said(command, scratch);
    assert!(success, "{command:?}: {words}\n{INSTALL}");
    words
}

/// Every test ran and passed, and none was skipped.
fn pytest(command: &mut Command, scratch: &Scratch) {
    let words = succeeds(command, scratch);
    let last = words.trim_end().lines().last().unwrap();
    assert!(last.contains(" passed"), "{words}");
    for word in ["skipped", "failed", "xfailed", "deselected"] {
        assert!(!last.contains(word), "{words}");
    }
}

/// The library of this build in a wheel, and that in a fresh virtual environment.
struct Installed {
    scratch: Scratch,
}

impl Installed {
    fn new() -> Installed {
        let scratch = Scratch::new("python");
        // Without debug information, as it is shipped.
        let library = scratch.path().join("libtillmail.so");
        let mut strip = Command::new("strip");
        succeeds(strip.arg("-o").arg(&library).arg(the_library()), &scratch);
        let made = succeeds(
            python(PYTHON, &scratch)
                .arg(root().join("packaging/linux/wheels.py"))
                .arg(scratch.path().join("wheels"))
                .arg(&library),
            &scratch,
        );
        succeeds(
            python(PYTHON, &scratch).args(["-m", "venv", "venv"]),
            &scratch,
        );
        let installed = Installed { scratch };
        let mut pip = installed.python();
        pip.args(["-m", "pip", "install", "--no-index", "--no-deps"])
            .arg(made.trim());
        succeeds(&mut pip, &installed.scratch);
        installed
    }

    fn python(&self) -> Command {
        python(self.scratch.path().join("venv/bin/python"), &self.scratch)
    }

    /// Runs the till of examples/; gives whether it ended well, and what it said.
    fn till(&self, folder: &Path, environment: &[(&str, &str)]) -> (bool, String) {
        let mut command = self.python();
        command
            .arg(root().join("examples/till.py"))
            .arg(folder)
            .arg(root().join("examples/receipt.json"))
            .envs(environment.iter().copied());
        said(&mut command, &self.scratch)
    }

    /// Where pip has put the package.
    fn site(&self) -> PathBuf {
        let mut ask = self.python();
        ask.args(["-c", "import tillmail; print(tillmail.__path__[0])"]);
        let path = PathBuf::from(succeeds(&mut ask, &self.scratch).trim());
        assert!(path.starts_with(self.scratch.path()), "{}", path.display());
        assert!(path.join("libtillmail.so").exists(), "{}", path.display());
        path.parent().unwrap().to_owned()
    }
}

/// The text of a mail, which is that of the receipt.
fn assert_is_the_receipt(mail: &[u8], to: &str) {
    let receipt = fs::read(root().join("examples/receipt.json")).unwrap();
    let receipt: Value = serde_json::from_slice(&receipt).unwrap();
    let mail = MessageParser::default().parse(mail).unwrap();
    let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(
        text.trim_end(),
        receipt["text"].as_str().unwrap().trim_end()
    );
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(to));
}

#[test]
fn the_installed_wheel_passes_the_tests_of_the_bindings() {
    let installed = Installed::new();
    pytest(
        python(PYTHON, &installed.scratch)
            .env("PYTHONPATH", installed.site())
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
            .arg(bindings().join("tests")),
        &installed.scratch,
    );
}

#[test]
fn the_package_finds_a_library_that_lies_elsewhere() {
    let scratch = Scratch::new("python");
    pytest(
        python(PYTHON, &scratch)
            .env("PYTHONPATH", bindings())
            .env("TILLMAIL_LIBRARY", the_library())
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
            .arg(bindings().join("tests/test_library.py")),
        &scratch,
    );
}

#[test]
fn the_till_writes_into_a_folder_and_sends_through_a_server() {
    let installed = Installed::new();
    let folder = installed.scratch.path().join("un dossier été");
    for again in [false, true] {
        let (success, words) = installed.till(&folder, &[]);
        assert!(success, "{words}");
        assert!(words.contains("state: sent"), "{words}");
        assert_eq!(words.contains("as before"), again, "{words}");
    }
    let files = fs::read_dir(folder.join("mails")).unwrap();
    let paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(paths.len(), 3, "one mail is three files: {paths:?}");
    let mail = paths
        .iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "eml"));
    assert_is_the_receipt(&fs::read(mail.unwrap()).unwrap(), "client@example.com");

    let postfix = Postfix::start();
    let encoded = |part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string();
    let url = |password: &str| {
        let (user, password) = (
            encoded(Postfix::USER),
            utf8_percent_encode(password, NON_ALPHANUMERIC),
        );
        format!("smtps://{user}:{password}@localhost:{}", postfix.smtps_port)
    };
    let ca = postfix.ca.ca_pem().to_str().unwrap();
    let environment = |url| {
        [
            ("TILLMAIL_SMTP_URL", url),
            ("TILLMAIL_TO", TO),
            ("TILLMAIL_CA_FILE", ca),
        ]
    };
    let right = url(Postfix::PASSWORD);
    let (success, words) = installed.till(
        &installed.scratch.path().join("smtps"),
        &environment(&right),
    );
    assert!(success && words.contains("queued as"), "{words}");
    assert_is_the_receipt(&postfix.wait_for_mails(TO, 1, DEADLINE)[0], TO);

    let wrong = url("faux");
    let (success, words) = installed.till(
        &installed.scratch.path().join("wrong"),
        &environment(&wrong),
    );
    assert!(!success && !words.contains("Traceback"), "{words}");
    assert!(words.contains("mot de passe"), "{words}");
}

#[test]
fn the_types_hold_for_the_oldest_python_and_a_new_one() {
    let scratch = Scratch::new("python");
    for version in ["3.8", "3.12"] {
        let mut mypy = python(PYTHON, &scratch);
        mypy.current_dir(bindings()).args([
            "-m",
            "mypy",
            "--cache-dir=/dev/null",
            &format!("--python-version={version}"),
        ]);
        let words = succeeds(&mut mypy, &scratch);
        assert!(words.starts_with("Success"), "{version}: {words}");
    }
}

#[test]
fn wheels_carry_their_library_and_its_tag() {
    let scratch = Scratch::new("python");
    pytest(
        python(PYTHON, &scratch)
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
            .arg(root().join("packaging/linux/test_wheels.py")),
        &scratch,
    );
}

#[test]
fn the_package_has_the_version_of_the_library() {
    let project = fs::read_to_string(bindings().join("pyproject.toml")).unwrap();
    let version = format!("\nversion = \"{}\"\n", env!("CARGO_PKG_VERSION"));
    assert!(project.contains(&version), "{version}");
}
