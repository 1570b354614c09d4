//! `preview`: the parts on the screen and as files; the folder stays as it is.

use crate::run::{Folder, NO_INPUT, OK, USAGE, nobody_listens};
use crate::support::shop::STORE_NAME;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;

const CANNOT_CREATE: i32 = 73;
const TEXT: &str = "CAFÉ  1,20\nTOTAL 1,20 €\n";

fn receipt() -> Value {
    json!({
        "number": "T-1", "date": "2026-11-22T18:30:00+01:00", "text": TEXT,
        "attachments": [{ "name": "../Été.txt", "base64": "w4l0w6k=" }, { "name": "../Été.txt", "base64": "YQ==" }],
    })
}

fn write(path: &Path, document: &Value) {
    std::fs::write(path, format!("\u{feff}{document}")).unwrap();
}

/// A shop, and a receipt beside its state folder.
fn shop() -> Folder {
    let folder = Folder::with(&nobody_listens(), 0);
    write(&folder.path().join("receipt.json"), &receipt());
    folder
}

fn read(folder: &Folder, name: &str) -> String {
    let path = folder.path().join("out").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_screen_shows_the_mail_and_one_part_can_be_asked_for() {
    let folder = shop();
    let subject = format!("Votre ticket de {STORE_NAME} du 22/11/2026");
    let ran = folder.run(&["preview", "receipt.json"]);
    ran.says(&[&subject, "bytes", "Été.txt, text/plain", "5 bytes", TEXT])
        .ends_with(OK);
    let part = |flag: &str| folder.run(&["preview", "receipt.json", flag]).out;
    assert_eq!(part("--subject"), format!("{subject}\n"));
    assert_eq!(part("--text"), TEXT);
    assert!(part("--html").starts_with("<!DOCTYPE html>"));
    let (reply, code) = folder.json(&["preview", "receipt.json"]);
    assert_eq!((code, reply["subject"].as_str()), (OK, Some(&*subject)));
    assert_eq!(reply["attachments"][0].get("base64"), None);
    for words in [&["--html", "--text"][..], &["--out", "out", "--html"]] {
        let ran = folder.run(&[&["preview", "receipt.json"], words].concat());
        assert_eq!((ran.code, ran.out.as_str()), (USAGE, ""), "{words:?}");
    }
    assert_eq!(folder.states(), [""; 0]);
}

#[test]
fn the_files_are_what_a_browser_shows_and_are_written_over() {
    let folder = shop();
    let words = ["preview", "receipt.json", "--out", "out"];
    folder
        .run(&words)
        .says(&["mail.html", "text.txt"])
        .ends_with(OK);
    let mut changed = receipt();
    changed["subject"] = json!("Merci");
    write(&folder.path().join("receipt.json"), &changed);
    let (reply, code) = folder.json(&words);
    assert_eq!((code, reply["files"].as_array().unwrap().len()), (OK, 5));
    assert_eq!(read(&folder, "subject.txt"), "Merci\n");
    assert_eq!(read(&folder, "text.txt"), TEXT);
    assert!(read(&folder, "mail.html").contains("TOTAL 1,20 €"));
    assert_eq!(read(&folder, "attachments/1-Été.txt"), "Été");
    assert_eq!(read(&folder, "attachments/2-Été.txt"), "a");
}

#[test]
fn settings_are_tried_and_not_saved_and_the_standard_input_is_read() {
    let folder = shop();
    let settings = json!({ "sender": { "name": "Le Bistrot" } });
    write(&folder.path().join("tried.json"), &settings);
    let tried = [
        "preview",
        "receipt.json",
        "--subject",
        "--settings",
        "tried.json",
    ];
    folder.run(&tried).says(&["Le Bistrot"]).ends_with(OK);
    let file = std::fs::File::open(folder.path().join("receipt.json")).unwrap();
    let mut command = folder.command(&["preview", "-", "--subject"]);
    let output = command.stdin(Stdio::from(file)).output().unwrap();
    crate::run::Ran::of(output)
        .says(&[STORE_NAME])
        .ends_with(OK);
}

#[test]
fn what_cannot_be_read_shown_or_written_is_named() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("broken.json"), "{").unwrap();
    std::fs::write(path("list.json"), "[]").unwrap();
    std::fs::write(path("latin.json"), b"{\"number\": \"\xe9\"}").unwrap();
    write(&path("nameless.json"), &json!({ "text": "x" }));
    for (words, code, named) in [
        (&["nowhere.json"][..], NO_INPUT, "nowhere.json"),
        (&["broken.json"], USAGE, "broken.json"),
        (&["latin.json"], USAGE, "latin.json"),
        (&["list.json"], USAGE, "list.json"),
        (&["nameless.json"], USAGE, "number"),
        (
            &["receipt.json", "--settings", "list.json"],
            USAGE,
            "settings",
        ),
        (
            &["receipt.json", "--out", "receipt.json"],
            CANNOT_CREATE,
            "receipt.json",
        ),
    ] {
        let ran = folder.run(&[&["preview"], words].concat());
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (code, ""),
            "{words:?} {ran:?}"
        );
        assert!(ran.errors.contains(named), "{words:?}: {}", ran.errors);
    }
}

#[test]
fn a_browser_finds_the_pictures_of_every_example_beside_its_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shops = std::fs::read_to_string(root.join("examples/shops.json")).unwrap();
    let folder = Folder::with(&serde_json::from_str(&shops).unwrap(), 0);
    let examples = std::fs::read_dir(root.join("examples/receipts")).unwrap();
    for path in examples.map(|entry| entry.unwrap().path()) {
        let path = path.to_str().unwrap();
        let (reply, _) = folder.json(&["preview", path]);
        folder.run(&["preview", path, "--out", "out"]).ends_with(OK);
        let page = read(&folder, "mail.html");
        assert!(!page.contains("\"cid:"), "{path}");
        for picture in reply["pictures"].as_array().unwrap() {
            let ending = picture["content_type"].as_str().unwrap().rsplit('/').next();
            let ending = ending.unwrap().replace("jpeg", "jpg");
            let name = format!("{}.{ending}", picture["cid"].as_str().unwrap());
            let file = std::fs::read(folder.path().join("out").join(&name)).unwrap();
            assert_eq!(STANDARD.encode(file), picture["base64"].as_str().unwrap());
            assert!(page.contains(&format!("\"{name}\"")), "{path}: {name}");
        }
    }
}
