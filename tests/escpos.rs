//! Bytes for a receipt printer, made by python-escpos and by hand, become a mail that says what the paper says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::scratch::{Scratch, free_port};
use support::scripted::{Script, Scripted};
use support::shop::{Shop, and, plain_settings};

const SOON: Duration = Duration::from_secs(30);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn example(name: &str) -> Value {
    let path = root().join("examples/receipts").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn printed(bytes: &[u8]) -> Value {
    json!({
        "number": "E-1",
        "date": "2026-11-22T18:30:00+01:00",
        "to": "client@example.fr",
        "escpos": STANDARD.encode(bytes),
    })
}

fn stream(name: &str) -> Vec<u8> {
    let file = format!("tests/escpos/streams/{name}.bin");
    fs::read(root().join(file)).unwrap()
}

/// The text and the HTML of a mail, as another parser reads them.
fn parts(mail: &[u8]) -> (String, String) {
    let mail = MessageParser::default().parse(mail).unwrap();
    let part = |body: Option<std::borrow::Cow<str>>| body.unwrap().replace("\r\n", "\n");
    (part(mail.body_text(0)), part(mail.body_html(0)))
}

/// Sends a receipt and gives the reply with text and HTML of the mail that a server got.
fn sent(receipt: &Value) -> (Value, String, String) {
    let server = Scripted::start(Script::plain());
    let shop = Shop::french(&plain_settings(server.port()));
    let reply = shop.mailer.send_receipt(receipt).unwrap();
    shop.wait(reply["id"].as_i64().unwrap(), SOON).unwrap();
    let (text, html) = parts(&server.received()[0].data);
    (reply, text, html)
}

/// The interpreter with python-escpos; it is made once, and PyPI is needed for that.
fn python() -> PathBuf {
    let made = Command::new("sh")
        .arg(root().join("tests/escpos/venv.sh"))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(made.status.success(), "{words}");
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim())
}

fn runs(script: &str, target: &Path) {
    let said = Command::new(python())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root().join("tests/escpos").join(script))
        .arg(target)
        .output()
        .unwrap();
    assert!(said.status.success(), "{script}: {said:?}");
}

#[test]
fn the_committed_streams_are_what_python_escpos_makes() {
    let scratch = Scratch::new("escpos");
    runs("streams.py", scratch.path());
    let committed = fs::read_dir(root().join("tests/escpos/streams")).unwrap();
    let names = |folder: &Path| -> BTreeSet<_> {
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().file_name()).collect()
    };
    for file in committed.map(Result::unwrap) {
        let made = fs::read(scratch.path().join(file.file_name())).unwrap();
        assert!(made == fs::read(file.path()).unwrap(), "{file:?}");
    }
    assert_eq!(
        names(scratch.path()),
        names(&root().join("tests/escpos/streams"))
    );
    let meal = scratch.path().join("restaurant.json");
    runs("restaurant.py", &meal);
    let made: Value = serde_json::from_slice(&fs::read(meal).unwrap()).unwrap();
    assert_eq!(made, example("restaurant_escpos.json"));
}

#[test]
fn a_restaurants_receipt_reads_as_it_was_printed() {
    let (reply, text, html) = sent(&example("restaurant_escpos.json"));
    assert_eq!(reply["skipped_commands"], 0);
    assert_eq!(reply["warnings"], json!([]));
    let expected = fs::read_to_string(root().join("tests/escpos/restaurant.txt")).unwrap();
    assert_eq!(text, expected);
    for expected in [
        "<img src=\"cid:picture1.",
        "<b>CHEZ ÉMILE</b></span>\n",
        "\n1   Crème brûlée                          7,50 A\n",
        "<u>TVA                    HT        TVA         TTC</u>",
        "https://example.fr/avis?t=2026-11-0427",
    ] {
        assert!(html.contains(expected), "{expected}: {html}");
    }
}

/// Every amount in a text, as it is written in France; rates have one decimal here.
fn figures(text: &str) -> BTreeSet<String> {
    let words = text.split(|sign: char| !sign.is_ascii_digit() && sign != ',');
    let amounts = words.filter(|word| {
        word.split_once(',')
            .is_some_and(|(whole, cents)| !whole.is_empty() && cents.len() == 2)
    });
    amounts.map(str::to_owned).collect()
}

/// Every amount of a sale.
fn amounts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => figures(&text.replace('.', ",")),
        Value::Array(all) => all.iter().flat_map(amounts).collect(),
        Value::Object(members) => members.values().flat_map(amounts).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn printer_bytes_and_structured_sale_of_one_meal_give_the_same_figures() {
    let sale = amounts(&example("restaurant_sale.json")["sale"]);
    assert_eq!(sale.len(), 17, "{sale:?}");
    let (_, text, html) = sent(&example("restaurant_escpos.json"));
    assert_eq!(figures(&text), sale, "text part");
    assert_eq!(figures(&html), sale, "HTML part");
    let (_, text, _) = sent(&example("restaurant_sale.json"));
    assert_eq!(figures(&text), sale, "text part of the sale");
}

#[test]
fn every_stream_of_python_escpos_becomes_a_mail() {
    let cases = [
        ("code_pages", "CP858 Crème brûlée 6,50 €\n", 0),
        ("styles", "                       CHEZ ÉMILE\n", 0),
        ("bar_codes", "[Code-barres] 3760123450010\n", 1),
        ("qr_codes", "[QR] Café 6,50 €\n", 0),
        ("raster", "Avant\nAprès\n", 0),
        ("graphics", "Avant\nAprès\n", 0),
        ("column", "Avant\nAprès\n", 0),
        ("scaled", "[Ce ticket est une image", 0),
        ("machine", "second ticket\n", 0),
    ];
    for (name, expected, skipped) in cases {
        let (reply, text, html) = sent(&printed(&stream(name)));
        assert!(text.contains(expected), "{name}: {text}");
        assert_eq!(reply["skipped_commands"], skipped, "{name}");
        assert_eq!(
            reply["warnings"].as_array().unwrap().len(),
            skipped,
            "{name}"
        );
        assert!(html.ends_with("</html>\n"), "{name}: {html}");
    }
}

#[test]
fn the_till_hears_what_was_passed_over_and_what_is_missing() {
    // A logo out of the printer's memory, and a raster picture that breaks off.
    let bytes = b"\x1cp\x01\x00TOTAL 1,00\n\x1dv0\x00\x08";
    let (reply, text, _) = sent(&printed(bytes));
    assert_eq!(text, "TOTAL 1,00\n");
    assert_eq!(reply["skipped_commands"], 1);
    let french = &reply["warnings"];
    assert_eq!(french[0]["field"], "escpos");
    let words = |warning: &Value| warning["message"].as_str().unwrap().to_owned();
    assert!(words(&french[0]).starts_with("1 commande d'imprimante n'a pas été comprise : "));
    assert!(words(&french[1]).contains("la fin du ticket peut manquer"));

    let shop = Shop::with(&plain_settings(free_port()));
    let twice = [b"\x1cp\x01\x00".as_slice(), bytes].concat();
    let reply = shop.mailer.send_receipt(&printed(&twice)).unwrap();
    assert!(words(&reply["warnings"][0]).starts_with("2 printer commands were not understood: "));
    assert!(words(&reply["warnings"][1]).contains("the end of the receipt may be missing"));
    let text = and(
        printed(b""),
        &json!({"escpos": null, "text": "TOTAL", "number": "E-2"}),
    );
    let reply = shop.mailer.send_receipt(&text).unwrap();
    assert_eq!(reply.get("skipped_commands"), None, "{reply}");
}

#[test]
fn bad_bytes_are_refused_by_name_and_nothing_is_stored() {
    let shop = Shop::with(&plain_settings(free_port()));
    let cases = [
        ("no base64", json!({"escpos": "pas du base64 !"}), "escpos"),
        ("nothing", json!({"escpos": ""}), "escpos"),
        (
            "nothing to see",
            json!({"escpos": STANDARD.encode(b"\x1b@\n\x1bp\x00\x19\xfa")}),
            "escpos",
        ),
        ("two contents", json!({"text": "TOTAL"}), "escpos"),
        ("no text", json!({"escpos": 12}), "escpos"),
        (
            "too long",
            json!({"escpos": STANDARD.encode(vec![b'x'; (1 << 20) + 1])}),
            "escpos",
        ),
        (
            "too many lines",
            json!({"escpos": STANDARD.encode(b"x\n".repeat(6_000))}),
            "escpos",
        ),
    ];
    for (case, change, field) in cases {
        let receipt = and(printed(b"TOTAL 1,00"), &change);
        let error = shop.mailer.send_receipt(&receipt).expect_err(case);
        assert_eq!(error.field.as_deref(), Some(field), "{case}: {error:?}");
    }
    let journal = shop.mailer.journal(&json!({})).unwrap();
    assert_eq!(journal["mails"], json!([]), "{journal}");
    // Delphi's encoder breaks its lines.
    let broken = STANDARD
        .encode("TOTAL 1,00".repeat(9))
        .replace("VE9U", "VE9U\r\n");
    let receipt = and(printed(b""), &json!({ "escpos": broken }));
    shop.mailer.send_receipt(&receipt).unwrap();
}

#[test]
fn a_copy_is_marked_in_the_first_line() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::french(&plain_settings(server.port()));
    let mut receipt = example("restaurant_escpos.json");
    receipt["language"] = json!("fr");
    let id = shop.mailer.send_receipt(&receipt).unwrap()["id"].clone();
    shop.wait(id.as_i64().unwrap(), SOON).unwrap();
    let copy = shop.mailer.resend(&json!({ "id": id })).unwrap()["id"]
        .as_i64()
        .unwrap();
    shop.wait(copy, SOON).unwrap();
    let received = server.received();
    let (first, copy) = (parts(&received[0].data), parts(&received[1].data));
    assert_eq!(copy.0, format!("DUPLICATA 1\n\n{}", first.0));
    let (front, banner) = copy.1.split_once("<p ").unwrap();
    assert!(front.ends_with("color:#111\">"), "{front}");
    assert!(banner.contains(">DUPLICATA 1</p>"), "{banner}");
    assert_eq!(
        copy.1.len() - first.1.len(),
        banner.find("</p>").unwrap() + "<p </p>".len()
    );
}
