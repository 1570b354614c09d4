//! Hosts in other languages: how their programs are run, and what the till of each language must do.

use super::postfix::Postfix;
use super::program::ends_in_time;
use mail_parser::MessageParser;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// Generous: several programs run beside each other, some with sanitizers.
const DEADLINE: Duration = Duration::from_secs(180);
const MAIL_DEADLINE: Duration = Duration::from_secs(30);
const CUSTOMER: &str = "someone@clients.test";

/// What a program has said, on both outputs.
pub struct Said {
    pub status: ExitStatus,
    pub output: String,
}

impl Said {
    /// What it printed, where it found nothing wrong.
    pub fn success(self) -> String {
        assert!(self.status.success(), "{}: {}", self.status, self.output);
        self.output
    }
}

/// Runs a program to its end, with nothing of ours in its environment but what is given.
pub fn run(mut command: Command, folder: &Path, variables: &[(&str, &str)]) -> Said {
    let said = folder.join("said");
    let file = File::create(&said).unwrap();
    for name in ["SMTP_URL", "FROM", "TO", "CA_FILE"] {
        command.env_remove(format!("TILLMAIL_{name}"));
    }
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .env("HOME", folder)
        .envs(variables.iter().copied());
    let status = ends_in_time(&mut command, DEADLINE);
    let output = String::from_utf8_lossy(&fs::read(&said).unwrap()).into_owned();
    let status = status.unwrap_or_else(|| panic!("not ended in time: {output}"));
    Said { status, output }
}

/// The contract of all languages.
pub fn contract() -> Value {
    serde_json::from_str(include_str!("../contract.json")).unwrap()
}

type Change = fn(&mut Value);

/// The contract with one thing changed in its first case, by what was changed: a test that runs it must fail.
pub fn changed_contracts() -> Vec<(&'static str, Value)> {
    let changes: [(_, Change); 5] = [
        ("code", |case| case["code"] = "MAIL_E_BUG".into()),
        ("reply", |case| case["reply"]["store"] = "2".into()),
        ("type", |case| case["reply"]["store"] = 1.into()),
        ("has", |case| case["has"][0] = "absent".into()),
        ("sentence", |case| case["sentence"] = "autre".into()),
    ];
    let tables = changes.map(|(what, change)| {
        let mut table = contract();
        change(&mut table["cases"][0]);
        (what, table)
    });
    tables.into()
}

/// A program of `examples/`: gives what it says for its arguments and variables.
pub type Till<'a> = &'a dyn Fn(&[&Path], &[(&str, &str)]) -> Said;

fn receipt() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/receipt.json")
}

/// A store's name is shown in capitals.
fn is_from_the_shop(mail: &[u8]) {
    let mail = MessageParser::default().parse(mail).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("AU FOURNIL DE MÉLUSINE"));
}

/// `folder` is empty.
pub fn till_writes_its_receipt_into_a_folder(till: Till, folder: &Path) {
    let output = till(&[folder, &receipt()], &[]).success();
    assert!(output.ends_with("state: sent\n"), "{output}");
    let mails = fs::read_dir(folder.join("mails")).unwrap();
    let mails = mails.map(|mail| mail.unwrap().path());
    let mails: Vec<PathBuf> = mails
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    assert_eq!(mails.len(), 1, "{mails:?}");
    is_from_the_shop(&fs::read(&mails[0]).unwrap());
}

/// `folder` is empty.
pub fn till_sends_its_receipt_to_a_server(till: Till, folder: &Path) {
    let postfix = Postfix::start();
    let password = utf8_percent_encode(Postfix::PASSWORD, NON_ALPHANUMERIC);
    let user = utf8_percent_encode(Postfix::USER, NON_ALPHANUMERIC);
    let url = format!("smtp://{user}:{password}@localhost:{}", postfix.smtp_port);
    let variables = [
        ("TILLMAIL_SMTP_URL", url.as_str()),
        ("TILLMAIL_FROM", "boutique@example.test"),
        ("TILLMAIL_TO", CUSTOMER),
        ("TILLMAIL_CA_FILE", postfix.ca.ca_pem().to_str().unwrap()),
    ];
    let output = till(&[folder, &receipt()], &variables).success();
    assert!(output.ends_with("state: sent\n"), "{output}");
    let mails = postfix.wait_for_mails(CUSTOMER, 1, MAIL_DEADLINE);
    assert_eq!(mails.len(), 1);
    is_from_the_shop(&mails[0]);
}

/// `folder` is empty.
pub fn till_tells_in_one_sentence_what_is_wrong(till: Till, folder: &Path) {
    let wrong = folder.join("wrong.json");
    fs::write(&wrong, r#"{"number": "T-1", "text": "x", "to": "a@b.fr"}"#).unwrap();
    let said = till(&[folder, &wrong], &[]);
    assert_eq!(said.status.code(), Some(1));
    assert_eq!(said.output, "`date` : ce champ manque.\n");
}
