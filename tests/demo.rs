//! The programs of `examples/` do what the README says, and the README quotes them as they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use mail_parser::{Message, MessageParser};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use support::postfix::Postfix;
use support::scratch::{Scratch, wait_until};
use support::shop::Shop;
use tillmail::Language;

const DEADLINE: Duration = Duration::from_secs(30);
const FROM: &str = "boutique@example.test";
const TO: &str = "someone@clients.test";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn receipt_path() -> PathBuf {
    root().join("examples/receipt.json")
}

fn receipt() -> Value {
    serde_json::from_slice(&std::fs::read(receipt_path()).unwrap()).unwrap()
}

/// Compiles a program of `examples/` against the shared library of this very build.
fn compile(folder: &Path, source: &str, defines: &[String]) -> PathBuf {
    // `cargo test` puts the shared library beside the test programs, and nowhere else.
    let test = std::env::current_exe().unwrap();
    let library = test.parent().unwrap().join("libtillmail.so");
    let link = folder.join("libtillmail.so.1");
    if !link.exists() {
        symlink(&library, &link).unwrap();
    }
    let program = folder.join(source.trim_end_matches(".c"));
    let output = Command::new("gcc")
        .args(["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"])
        .args(defines)
        .arg(format!("-I{}", root().join("include").display()))
        .arg(root().join("examples").join(source))
        .arg("-o")
        .arg(&program)
        .arg(&library)
        .arg(format!("-Wl,-rpath,{}", folder.display()))
        .output()
        .expect("gcc starts; tests/setup-debian.sh installs it");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{source}: {words}");
    program
}

fn till<'a>(
    program: &Path,
    folder: &Path,
    environment: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
) -> Output {
    let mut command = Command::new(program);
    for name in ["URL", "FROM", "TO", "CA_FILE"] {
        command.env_remove(match name {
            "URL" => "TILLMAIL_SMTP_URL".to_owned(),
            name => format!("TILLMAIL_{name}"),
        });
    }
    command
        .arg(folder)
        .arg(receipt_path())
        .envs(environment)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The rest of the line that starts with `label`.
fn told<'a>(text: &'a str, label: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(label));
    line.unwrap_or_else(|| panic!("no line starts with {label:?}:\n{text}"))
        .trim()
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn parsed(mail: &[u8]) -> Message<'_> {
    MessageParser::default().parse(mail).expect("a mail")
}

fn assert_is_the_receipt(mail: &[u8], from: &str, to: &str) {
    let mail = parsed(mail);
    let text = unix_lines(&mail.body_text(0).expect("a text part"));
    assert_eq!(
        text.trim_end(),
        receipt()["text"].as_str().unwrap().trim_end()
    );
    assert!(
        mail.body_html(0)
            .expect("an HTML part")
            .contains("Éclair au chocolat")
    );
    assert_eq!(
        mail.subject(),
        Some("Votre ticket de Au Fournil de Mélusine du 22/11/2026")
    );
    let sender = mail.from().unwrap().first().unwrap();
    assert_eq!(sender.address(), Some(from));
    assert_eq!(sender.name(), Some("AU FOURNIL DE MÉLUSINE"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(to));
}

fn smtp_url(scheme: &str, password: &str, port: u16) -> String {
    let encoded = |part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string();
    let user = encoded(Postfix::USER);
    format!("{scheme}://{user}:{}@localhost:{port}", encoded(password))
}

#[test]
fn the_demo_writes_the_receipt_into_a_folder() {
    let scratch = Scratch::new("demo");
    let program = compile(scratch.path(), "till.c", &[]);
    let folder = scratch.path().join("un dossier \"été\"");
    let output = till(&program, &folder, []);
    assert!(output.status.success(), "{}", complained(&output));
    assert_eq!(complained(&output), "");
    let said = said(&output);
    assert_eq!(told(&said, "5. mail_wait"), "state: sent");
    let eml = std::fs::read(told(&said, "The mail:")).unwrap();
    assert_is_the_receipt(&eml, "boutique@example.com", "client@example.com");
    let text = receipt()["text"].as_str().unwrap().to_owned();
    let written = std::fs::read_to_string(told(&said, "As text:")).unwrap();
    assert_eq!(unix_lines(&written).trim_end(), text.trim_end());
    assert!(said.trim_end().ends_with(text.trim_end()), "{said}");
    let html = std::fs::read_to_string(told(&said, "As HTML:")).unwrap();
    for line in text.lines() {
        assert!(html.contains(line), "{line:?} is not in\n{html}");
    }

    let again = till(&program, &folder, []);
    assert!(again.status.success(), "{}", complained(&again));
    let sent = String::from_utf8(again.stdout).unwrap();
    assert!(sent.contains("the same receipt as before"), "{sent}");
    let mails = std::fs::read_dir(folder.join("mails")).unwrap();
    assert_eq!(mails.count(), 3, "one mail is three files");
}

#[test]
fn the_demo_sends_through_a_real_server() {
    let postfix = Postfix::start();
    let scratch = Scratch::new("demo");
    let program = compile(scratch.path(), "till.c", &[]);
    // Without TILLMAIL_FROM the mail is from the user of the URL.
    let cases = [
        ("smtps", postfix.smtps_port, Some(FROM)),
        ("smtp", postfix.smtp_port, None),
    ];
    for (index, (scheme, port, from)) in cases.into_iter().enumerate() {
        let url = smtp_url(scheme, Postfix::PASSWORD, port);
        let environment = [
            ("TILLMAIL_SMTP_URL", OsStr::new(&url)),
            ("TILLMAIL_TO", OsStr::new(TO)),
            ("TILLMAIL_CA_FILE", postfix.ca.ca_pem().as_os_str()),
        ];
        let from_given = from.map(|from| ("TILLMAIL_FROM", OsStr::new(from)));
        let output = till(
            &program,
            &scratch.path().join(scheme),
            environment.into_iter().chain(from_given),
        );
        assert!(output.status.success(), "{scheme}: {}", complained(&output));
        let said = said(&output);
        assert_eq!(told(&said, "5. mail_wait"), "state: sent", "{scheme}");
        let answer = told(&said, "6. mail_journal");
        assert!(answer.contains("queued as"), "{scheme}: {answer}");
        let mails = postfix.wait_for_mails(TO, index + 1, DEADLINE);
        assert_is_the_receipt(mails.last().unwrap(), from.unwrap_or(Postfix::USER), TO);
    }
}

#[test]
fn the_demo_says_what_is_wrong() {
    let postfix = Postfix::start();
    let scratch = Scratch::new("demo");
    let program = compile(scratch.path(), "till.c", &[]);
    let wrong = smtp_url("smtps", "wrong", postfix.smtps_port);
    let right = smtp_url("smtps", Postfix::PASSWORD, postfix.smtps_port);
    let ca = postfix.ca.ca_pem().as_os_str();
    let cases = [
        ("password", wrong.as_str(), Some(ca), "3. mail_verify: "),
        ("authority", right.as_str(), None, "3. mail_verify: "),
        ("url", "http://example.test", None, "2. mail_configure: "),
    ];
    for (case, url, ca, start) in cases {
        let url = ("TILLMAIL_SMTP_URL", OsStr::new(url));
        let ca = ca.map(|ca| ("TILLMAIL_CA_FILE", ca));
        let output = till(
            &program,
            &scratch.path().join(case),
            [url].into_iter().chain(ca),
        );
        assert_eq!(output.status.code(), Some(1), "{case}: {}", said(&output));
        let complaint = complained(&output);
        assert!(complaint.starts_with(start), "{case}: {complaint}");
        assert!(complaint.len() > start.len() + 20, "{case}: {complaint}");
        let secret = url.1.to_string_lossy().contains("wrong") && complaint.contains("wrong@");
        assert!(!secret, "{case}: {complaint}");
    }
    assert!(postfix.mails(TO).is_empty());
}

/// A program that waits for Enter, ended with the test.
struct Waiting(Child);

impl Waiting {
    fn end(mut self) -> (i32, String) {
        drop(self.0.stdin.take());
        let ended = wait_until("the program has ended", DEADLINE, || {
            self.0.try_wait().unwrap()
        });
        let mut complaint = String::new();
        let mut pipe = self.0.stderr.take().unwrap();
        std::io::Read::read_to_string(&mut pipe, &mut complaint).unwrap();
        (ended.code().unwrap_or(-1), complaint)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn ten_lines_send_a_receipt() {
    assert!(
        !Path::new("/var/lib/tillmail").exists(),
        "/var/lib/tillmail exists: the example would change the settings of a real installation"
    );
    let postfix = Postfix::start();
    let scratch = Scratch::new("ten");
    // The program as it stands names a server that does not exist: only its settings are replaced.
    compile(scratch.path(), "ten_lines.c", &[]);
    let settings = serde_json::json!({
        "sender": { "address": FROM, "name": "Au Fournil" },
        "smtp": {
            "url": smtp_url("smtps", Postfix::PASSWORD, postfix.smtps_port),
            "ca_file": postfix.ca.ca_pem(),
        },
    });
    let literal = format!("-DSETTINGS={:?}", settings.to_string());
    let program = compile(scratch.path(), "ten_lines.c", &[literal]);
    let till = Command::new(program)
        .env("XDG_STATE_HOME", scratch.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let till = Waiting(till);
    let mails = postfix.wait_for_mails("client@clients.test", 1, DEADLINE);
    let mail = parsed(&mails[0]);
    let text = unix_lines(&mail.body_text(0).unwrap());
    assert_eq!(text.trim_end(), "Baguette        1,20 EUR\nMerci !");
    assert_eq!(till.end(), (0, String::new()));
}

#[test]
fn the_readme_quotes_the_ten_lines_as_they_are() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let program = std::fs::read_to_string(root().join("examples/ten_lines.c")).unwrap();
    let quoted = format!("```c\n{program}```\n");
    assert!(
        readme.contains(&quoted),
        "README.md does not quote examples/ten_lines.c"
    );
}

/// The JSON blocks of the README.
fn readme_json() -> Vec<Value> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```json\n").skip(1);
    blocks
        .map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap())
        .collect()
}

#[test]
fn the_readme_settings_are_accepted_and_its_error_is_the_real_one() {
    let (errors, settings): (Vec<_>, Vec<_>) = readme_json()
        .into_iter()
        .partition(|block| block.get("error").is_some());
    assert_eq!((errors.len(), settings.len()), (1, 3));
    for settings in settings {
        let shop = Shop::with(&settings);
        let shown = shop.mailer.settings(&serde_json::json!({})).unwrap();
        assert_eq!(shown["configured"], true, "{settings}");
    }
    let shop = Shop::with(&serde_json::json!({}));
    let misspelt = serde_json::json!({ "smtp": { "prot": 587 } });
    let error = shop.mailer.configure(&misspelt).unwrap_err();
    assert_eq!(error.to_json(Language::English), errors[0]);
}
