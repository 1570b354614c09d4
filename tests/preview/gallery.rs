//! docs/gallery holds the pictures of every example. `make gallery` draws them; here nothing is drawn.

use crate::examples::{self, root};
use crate::support::shop::Shop;
use ring::digest::{Context, SHA256};
use serde_json::Value;
use std::collections::BTreeSet;

const AGAIN: &str = "run make gallery, and look at its pictures";
const VIEWS: [&str; 4] = ["360-light", "360-dark", "800-light", "800-dark"];
/// Pictures stay in a repository for ever.
const MOST_BYTES: usize = 3_000_000;

/// What a mail shows, as packaging/gallery/gallery.py counts it.
fn fingerprint(preview: &Value) -> String {
    let mut shown = Context::new(&SHA256);
    shown.update(preview["html"].as_str().unwrap().as_bytes());
    for picture in preview["pictures"].as_array().unwrap() {
        for member in ["cid", "base64"] {
            shown.update(b"\0");
            shown.update(picture[member].as_str().unwrap().as_bytes());
        }
    }
    let bytes = shown.finish();
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_pictures_show_the_mails_of_today() {
    let index = std::fs::read_to_string(root().join("docs/gallery/README.md")).expect(AGAIN);
    let shop = Shop::french(&examples::shops());
    for example in examples::all() {
        let shown = fingerprint(&shop.mailer.preview(&example.receipt).unwrap());
        let line = format!("<!-- {} shows {shown} -->", example.name);
        assert!(
            index.contains(&line),
            "{} has changed: {AGAIN}",
            example.name
        );
    }
}

#[test]
fn every_example_has_its_pictures_and_the_index_shows_them() {
    let folder = root().join("docs/gallery");
    let index = std::fs::read_to_string(folder.join("README.md")).expect(AGAIN);
    let mut wanted = BTreeSet::from(["README.md".to_owned()]);
    let mut bytes = 0;
    for example in examples::all() {
        let section = format!("\n## {}\n", example.name);
        assert!(index.contains(&section), "{}: {AGAIN}", example.name);
        for view in VIEWS {
            let name = format!("{}-{view}.png", example.name);
            let picture = std::fs::read(folder.join(&name));
            let picture = picture.unwrap_or_else(|_| panic!("{name} is not there: {AGAIN}"));
            assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "{name}");
            let width = u32::from_be_bytes(picture[16..20].try_into().unwrap());
            // A phone's pictures are twice as large, and those of a long receipt smaller.
            let widths = if view.starts_with("800") {
                400..=800
            } else {
                360..=720
            };
            assert!(widths.contains(&width), "{name} is {width} pixels wide");
            assert!(
                index.contains(&format!("src=\"{name}\"")),
                "{name}: {AGAIN}"
            );
            bytes += picture.len();
            wanted.insert(name);
        }
    }
    let entries = std::fs::read_dir(&folder).unwrap();
    let found: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, wanted, "{AGAIN}");
    assert!(bytes < MOST_BYTES, "the pictures have {bytes} bytes");
}
