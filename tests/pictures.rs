//! Receipts with a PDF and files, as mails that programs which are not ours take apart: Python, mail-parser, poppler.
//!
//! zbar reads the codes beside where they are drawn (`src/picture/codes/tests.rs`).
#![cfg(feature = "pdf")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::scratch::free_port;
use support::shop::{self, Shop, and, plain_settings};
use tillmail::error::MAIL_E_VALUE;

const SOON: Duration = Duration::from_secs(30);
const TO: &str = "client@clients.test";

/// Prints file names and digests of all files; fails on any defect that a strict reader finds.
const READER: &str = r#"
import email, email.policy, hashlib, sys
mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
for part in mail.walk():
    defects = [*part.defects, *(defect for value in part.values() for defect in value.defects)]
    assert not defects, (part.get_content_type(), defects)
print(mail['Subject'])
for part in mail.iter_attachments():
    digest = hashlib.sha256(part.get_payload(decode=True)).hexdigest()
    print(part.get_content_type(), part.get_content_disposition(), part.get_filename(), digest)
"#;

/// A shop whose mails become files, with what its settings say besides.
fn shop(more: &Value) -> (Shop, PathBuf) {
    let shop = Shop::french(&plain_settings(free_port()));
    let folder = shop.folder().join("mails");
    let settings = and(json!({ "folder": { "path": folder } }), more);
    shop.mailer.configure(&settings).unwrap();
    (shop, folder)
}

fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let arguments = arguments.iter().map(|one| match *one {
        "FILE" => file.as_os_str().to_owned(),
        other => other.into(),
    });
    let output = Command::new(program).args(arguments).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program}: {error}; see tests/setup-debian.sh"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until a mail is a file, and gives its path.
fn written(shop: &Shop, folder: &Path, id: i64) -> PathBuf {
    shop.wait(id, SOON).unwrap();
    let start = format!("{id:08}-");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(&start)
        })
        .unwrap()
}

fn taken(reply: &Value) -> i64 {
    reply["id"].as_i64().unwrap()
}

/// The attached files: name and bytes.
fn files(eml: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(eml).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    mail.attachments()
        .map(|part| {
            (
                part.attachment_name().unwrap().to_owned(),
                part.contents().to_vec(),
            )
        })
        .collect()
}

fn pdf_text(folder: &Path, pdf: &[u8]) -> String {
    let path = folder.join("look.pdf");
    std::fs::write(&path, pdf).unwrap();
    run("pdftotext", &["-layout", "FILE", "-"], &path)
}

#[test]
fn a_receipt_with_pdf_and_files_is_right_for_every_reader_also_as_a_copy() {
    let (shop, folder) = shop(&json!({}));
    let own = STANDARD.encode(b"%PDF-1.4 the till's own, with startxref\n1\n/Size 3");
    let receipt = and(
        shop::receipt("T/1 é", TO),
        &json!({
            "pdf": "roll",
            "attachments": [
                { "name": "Conditions générales – été 2026.pdf", "base64": own },
                { "name": "notes.txt", "base64": STANDARD.encode("l\u{e9}\n\n") },
            ],
        }),
    );
    let first = taken(&shop.mailer.send_receipt(&receipt).unwrap());
    let eml = written(&shop, &folder, first);
    let view = run("python3", &["-c", READER, "FILE"], &eml);
    assert!(
        view.contains("application/pdf attachment Ticket T-1 é.pdf "),
        "{view}"
    );
    assert!(
        view.contains("application/pdf attachment Conditions générales – été 2026.pdf "),
        "{view}"
    );
    let original = files(&eml);
    let text = pdf_text(&folder, &original[0].1);
    assert!(text.contains("1 crème brûlée        6,50 €"), "{text}");

    let mut id = first;
    for mark in ["DUPLICATA 1", "DUPLICATA 2"] {
        id = taken(&shop.mailer.resend(&json!({ "id": id })).unwrap());
        let eml = written(&shop, &folder, id);
        let view = run("python3", &["-c", READER, "FILE"], &eml);
        assert!(view.starts_with(&format!("{mark} – ")), "{view}");
        let copy = files(&eml);
        assert_eq!(copy.len(), 3);
        assert_eq!(
            copy[1..],
            original[1..],
            "the till's own files stay as they are"
        );
        let text = pdf_text(&folder, &copy[0].1);
        assert_eq!(
            text.lines()
                .find(|line| !line.trim().is_empty())
                .map(str::trim),
            Some(mark)
        );
        assert_eq!(text.matches("DUPLICATA").count(), 1, "{text}");
        for ending in ["txt", "html"] {
            let part = std::fs::read_to_string(eml.with_extension(ending)).unwrap();
            assert_eq!(part.matches(mark).count(), 1, "{part}");
        }
    }
}

#[test]
fn settings_say_which_documents_have_a_pdf_and_a_receipt_may_differ() {
    let (shop, folder) = shop(&json!({ "documents": { "facture": { "pdf": "a4" } } }));
    let cases = [
        (
            json!({ "type": "facture" }),
            Some(("Facture 1.pdf", "(A4)")),
        ),
        (json!({ "type": "facture", "pdf": "none" }), None),
        (
            json!({ "type": "facture", "pdf": "roll", "language": "en" }),
            Some(("Invoice 3.pdf", "226.772 x")),
        ),
        (json!({ "type": "ticket" }), None),
        (
            json!({ "type": "ticket_cadeau", "pdf": "roll" }),
            Some(("Ticket cadeau 5.pdf", "226.772 x")),
        ),
    ];
    for (number, (change, expected)) in (1..).zip(cases) {
        let receipt = and(shop::receipt(&number.to_string(), TO), &change);
        let id = taken(&shop.mailer.send_receipt(&receipt).unwrap());
        let files = files(&written(&shop, &folder, id));
        let Some((name, size)) = expected else {
            assert!(files.is_empty(), "{change}");
            continue;
        };
        assert_eq!(files[0].0, name, "{change}");
        let path = folder.join("look.pdf");
        std::fs::write(&path, &files[0].1).unwrap();
        let info = run("pdfinfo", &["FILE"], &path);
        assert!(info.contains(size), "{change}: {info}");
    }
}

#[test]
fn what_has_no_lines_has_no_pdf_and_says_so() {
    let (shop, folder) = shop(&json!({ "documents": { "facture": { "pdf": "a4" } } }));
    let html =
        json!({ "number": "1", "date": "2026-11-22T18:30:00+01:00", "to": TO, "html": "<p>x</p>" });
    let error = shop
        .mailer
        .send_receipt(&and(html.clone(), &json!({ "pdf": "roll" })))
        .unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (MAIL_E_VALUE, Some("pdf"))
    );
    let by_settings = and(html, &json!({ "type": "facture" }));
    let id = taken(&shop.mailer.send_receipt(&by_settings).unwrap());
    assert!(files(&written(&shop, &folder, id)).is_empty());
}

#[test]
fn a_test_is_marked_in_its_pdf_too() {
    let (shop, folder) = shop(&json!({}));
    let receipt = and(shop::receipt("1", TO), &json!({ "pdf": "roll" }));
    let reply = shop
        .mailer
        .save_and_test(&json!({ "to": TO, "receipt": receipt, "settings": {} }))
        .unwrap();
    let id = reply["mail"]["id"]
        .as_i64()
        .or_else(|| reply["id"].as_i64())
        .unwrap();
    let files = files(&written(&shop, &folder, id));
    let text = pdf_text(&folder, &files[0].1);
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap();
    assert_eq!(first.trim(), "TEST – sans valeur");
}
