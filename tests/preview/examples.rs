//! The example receipts and their shops, as the files of `examples/` have them.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// One receipt of `examples/`.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) receipt: Value,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The settings that the examples are sent with.
pub(crate) fn shops() -> Value {
    read(&root().join("examples/shops.json"))
}

/// Every example, sorted by its file.
pub(crate) fn all() -> Vec<Example> {
    let folder = std::fs::read_dir(root().join("examples/receipts")).unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    assert!(!paths.is_empty(), "examples/receipts holds none");
    paths.push(root().join("examples/receipt.json"));
    paths.sort();
    paths
        .iter()
        .map(|path| Example {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            receipt: read(path),
        })
        .collect()
}
