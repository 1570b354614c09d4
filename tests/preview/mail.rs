//! Each example through the folder account, read by two parsers and two checkers of others.

use crate::examples::{self, Example, root};
use crate::support::shop::Shop;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Message, MessageParser, MimeHeaders};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

const INSTALL: &str = "run tests/setup-debian.sh";
/// Gmail cuts an HTML part at 102 KiB.
const LONGEST_HTML: usize = 100_000;
/// What HTML 5 has given up and mail programs still need: Outlook reads no other widths and colours.
const OF_MAILS: [&str; 8] = [
    "align",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "height",
    "valign",
    "width",
];

/// A shop that writes its mails into a folder.
fn shop() -> Shop {
    let shop = Shop::french(&examples::shops());
    let folder = json!({ "folder": { "path": shop.folder().join("mails") } });
    shop.mailer.configure(&folder).unwrap();
    shop
}

/// Sends one example and gives the path of the mail.
fn sent(shop: &Shop, example: &Example) -> PathBuf {
    let reply = shop.mailer.send_receipt(&example.receipt);
    let id = reply.unwrap_or_else(|error| panic!("{}: {error:?}", example.name))["id"].clone();
    shop.wait(id.as_i64().unwrap(), Duration::from_secs(60))
        .unwrap();
    let stem = format!("{:08}-", id.as_i64().unwrap());
    let files = std::fs::read_dir(shop.folder().join("mails")).unwrap();
    files
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(&stem) && name.ends_with(".eml")
        })
        .unwrap()
}

fn run(command: &mut Command, input: &[u8]) -> (String, Option<i32>) {
    use std::io::Write;
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes
        .spawn()
        .unwrap_or_else(|error| panic!("{:?}: {error}; {INSTALL}", command.get_program()));
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
    });
    let output = child.wait_with_output().unwrap();
    let words =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    (words, output.status.code())
}

/// Faults that Python's email and html packages find, and what they read.
fn read_by_python(mail: &Path) -> (Vec<String>, Value) {
    let mut python = Command::new("python3");
    python.arg("-I").arg(root().join("tests/preview/mail.py"));
    let (words, code) = run(python.arg(mail).env("PYTHONUTF8", "1"), b"");
    assert_eq!(code, Some(0), "{}: {words}", mail.display());
    let mut lines: Vec<String> = words.lines().map(str::to_owned).collect();
    let found = serde_json::from_str(&lines.pop().unwrap()).unwrap();
    (lines, found)
}

/// What `tidy` says against a page, but for attributes that mails need.
fn complaints(html: &str) -> Vec<String> {
    let mut tidy = Command::new("tidy");
    tidy.args(["-quiet", "-errors", "-utf8", "--show-warnings", "yes"]);
    let (words, code) = run(&mut tidy, html.as_bytes());
    assert!(code.is_some_and(|code| code <= 2), "tidy: {words}");
    let needed = |line: &str| {
        line.ends_with("not allowed for HTML5")
            && OF_MAILS
                .iter()
                .any(|name| line.contains(&format!("attribute \"{name}\"")))
    };
    let lines = words.lines().filter(|line| line.starts_with("line "));
    lines
        .filter(|line| !needed(line))
        .map(str::to_owned)
        .collect()
}

/// A text as it is compared: mails end their lines with CRLF.
fn lines(text: &Value) -> Option<String> {
    text.as_str()
        .map(|text| text.replace("\r\n", "\n").trim_end().to_owned())
}

/// The pictures that a mail carries: Content-ID and bytes, in their order.
fn carried<'a>(parsed: &'a Message) -> Vec<(&'a str, &'a [u8])> {
    let pictures = parsed
        .parts
        .iter()
        .filter_map(|part| Some((part.content_id()?, part.contents())));
    pictures.collect()
}

fn members<'a>(preview: &'a Value, list: &str, member: &str) -> Vec<&'a str> {
    let all = preview[list].as_array().unwrap();
    all.iter()
        .map(|one| one[member].as_str().unwrap())
        .collect()
}

fn same_parts(name: &str, preview: &Value, python: &Value, parsed: &Message) {
    let pictures = carried(parsed);
    let cids = members(preview, "pictures", "cid");
    assert_eq!(cids.len(), pictures.len(), "{name}: {cids:?}");
    let mut html = preview["html"].as_str().unwrap().to_owned();
    for ((cid, bytes), (content_id, sent)) in cids
        .iter()
        .zip(members(preview, "pictures", "base64"))
        .zip(pictures)
    {
        // A Content-ID is the world's only one (RFC 2045 7): the mail adds to the name that the preview shows.
        assert!(content_id.starts_with(cid), "{name}: {cid}, {content_id}");
        html = html.replace(&format!("\"cid:{cid}\""), &format!("\"cid:{content_id}\""));
        assert!(STANDARD.decode(bytes).unwrap() == sent, "{name}: {cid}");
    }
    let html = lines(&Value::from(html));
    let theirs = parsed.body_html(0).unwrap();
    assert_eq!(lines(&python["html"]), html, "{name}");
    assert_eq!(lines(&Value::from(theirs.as_ref())), html, "{name}");
    let text = lines(&preview["text"]);
    assert_eq!(lines(&python["plain"]), text, "{name}");
    assert_eq!(python["subject"], preview["subject"], "{name}");
    assert_eq!(parsed.subject(), preview["subject"].as_str(), "{name}");
    let files = members(preview, "attachments", "name");
    assert_eq!(python["attachments"], json!(files), "{name}");
}

#[test]
fn every_example_is_a_mail_without_a_defect_and_the_preview_shows_it() {
    for example in examples::all() {
        // A shop each: two forms of one sale have one number, so they would be one mail.
        let shop = shop();
        let name = &example.name;
        let preview = shop.mailer.preview(&example.receipt).unwrap();
        let path = sent(&shop, &example);
        let bytes = std::fs::read(&path).unwrap();
        let (faults, python) = read_by_python(&path);
        assert_eq!(faults, Vec::<String>::new(), "{name}");
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        let broken = parsed.parts.iter().any(|part| part.is_encoding_problem);
        assert!(!broken, "{name}: mail-parser finds a broken encoding");
        same_parts(name, &preview, &python, &parsed);
        assert_eq!(preview["size"], json!(bytes.len()), "{name}");
    }
}

#[test]
fn the_html_of_every_example_is_clean_whole_and_short_enough() {
    let shop = shop();
    for example in examples::all() {
        let name = &example.name;
        let preview = shop.mailer.preview(&example.receipt).unwrap();
        let html = preview["html"].as_str().unwrap();
        assert_eq!(complaints(html), Vec::<String>::new(), "{name}");
        assert!(html.len() < LONGEST_HTML, "{name}: {} bytes", html.len());
        assert!(!html.contains("data:"), "{name} holds a picture in itself");
        let text = preview["text"].as_str().unwrap();
        let widest = text.lines().map(UnicodeWidthStr::width).max();
        assert!(widest.unwrap() <= 48, "{name}: {widest:?} columns");
    }
}

#[test]
fn the_checkers_see_what_is_wrong() {
    let page = |body: &str| {
        format!(
            "<!DOCTYPE html>\n<html lang=\"fr\"><head><title>x</title></head><body>{body}</body></html>"
        )
    };
    let usual = "<table align=\"center\"><tr><td>x</td></tr></table>";
    assert_eq!(complaints(&page(usual)), Vec::<String>::new());
    for bad in [
        "<table><td>x</table>",
        "<b>x",
        "<p id=a>x</p><p id=a>y</p>",
        "<blink>x</blink>",
    ] {
        assert_ne!(complaints(&page(bad)), Vec::<String>::new(), "{bad}");
    }
    let shop = shop();
    let fetched = [
        (
            "<img src=\"https://example.com/x.png\" alt=\"\">",
            "would be fetched",
        ),
        (
            "<img src=\"data:image/png;base64,AA==\" alt=\"\">",
            "would be fetched",
        ),
        ("<img src=\"cid:nowhere\" alt=\"\">", "not carried"),
        ("<img src=\"cid:x\">", "without alt"),
        ("<p style=\"background:URL(x)\">x</p>", "url("),
        ("<style>@import 'x';</style>", "@import"),
        ("<script>x</script>", "<script>"),
        ("<p onclick=\"x\">x</p>", "would run"),
    ];
    for (index, (body, fault)) in fetched.iter().enumerate() {
        let receipt = json!({
            "number": format!("F-{index}"), "date": "2026-11-22T18:30:00+01:00", "to": "client@example.com",
            "html": page(body),
        });
        let example = Example {
            name: format!("F-{index}"),
            receipt,
        };
        let (faults, _) = read_by_python(&sent(&shop, &example));
        assert!(
            faults.iter().any(|found| found.contains(fault)),
            "{body}: {faults:?}"
        );
    }
}
