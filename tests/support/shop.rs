//! A shop for the tests: an open `Mailer` on a scratch folder, and the requests it makes.

use super::scratch::Scratch;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tillmail::error::Error;
use tillmail::{Language, Mailer, Opening, Role};

/// Accents in every place a mail has them.
pub const STORE_NAME: &str = "Café de l'Été";
pub const STORE_NAME_SHOWN: &str = "CAFÉ DE L'ÉTÉ";
pub const SENDER: &str = "boutique@example.test";
pub const TEXT: &str = "CAFÉ DE L'ÉTÉ — 12 rue de l'Église\n1 crème brûlée        6,50 €\n.un point au début\nTOTAL                6,50 €\n";

/// An open library with its own state folder.
pub struct Shop {
    pub mailer: Mailer,
    scratch: Option<Scratch>,
}

/// Opens a folder as back office of store 1, in English.
pub fn open(folder: &Path) -> Mailer {
    open_in(folder, Language::English).unwrap()
}

/// As `open`, in another language and where it may fail.
pub fn open_in(folder: &Path, language: Language) -> Result<Mailer, Error> {
    Mailer::open(Opening {
        folder: folder.to_path_buf(),
        store: "1".to_owned(),
        role: Role::BackOffice,
        language: Some(language),
    })
}

impl Shop {
    /// Opens a fresh folder with these settings.
    pub fn with(settings: &Value) -> Shop {
        Shop::with_language(settings, Language::English)
    }

    /// As `with`, for a shop that reads French.
    pub fn french(settings: &Value) -> Shop {
        Shop::with_language(settings, Language::French)
    }

    fn with_language(settings: &Value, language: Language) -> Shop {
        let scratch = Scratch::new("shop");
        let mailer = open_in(&scratch.path().join("state"), language).unwrap();
        mailer.configure(settings).unwrap();
        Shop {
            mailer,
            scratch: Some(scratch),
        }
    }

    /// The scratch folder it lives in.
    pub fn folder(&self) -> &Path {
        self.scratch.as_ref().unwrap().path()
    }

    /// Sends a receipt and gives its id.
    pub fn send(&self, number: &str, to: &str) -> i64 {
        self.mailer.send_receipt(&receipt(number, to)).unwrap()["id"]
            .as_i64()
            .unwrap()
    }

    /// Waits for a mail's outcome.
    pub fn wait(&self, id: i64, limit: Duration) -> Result<Value, Error> {
        self.mailer
            .wait(&json!({ "id": id, "timeout_ms": u64::try_from(limit.as_millis()).unwrap() }))
    }

    /// One mail as the journal shows it.
    pub fn mail(&self, id: i64) -> Value {
        self.mailer.journal(&json!({ "id": id })).unwrap()["mail"].clone()
    }

    /// The names of a mail's events, in order.
    pub fn events(&self, id: i64) -> Vec<String> {
        let journal = self.mailer.journal(&json!({ "id": id })).unwrap();
        let events = journal["events"].as_array().unwrap();
        events
            .iter()
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.mailer.shut_down(Duration::from_millis(0)).unwrap();
        self.scratch = None;
    }
}

/// A receipt as a till gives it.
pub fn receipt(number: &str, to: &str) -> Value {
    json!({
        "number": number,
        "date": "2026-11-22T18:30:00+01:00",
        "to": to,
        "text": TEXT,
    })
}

/// Settings for a server on this machine without TLS and login, with quick retries.
pub fn plain_settings(port: u16) -> Value {
    json!({
        "sender": { "address": SENDER, "name": STORE_NAME },
        "smtp": {
            "host": "127.0.0.1", "port": port, "security": "none",
            "timeouts": { "connect_ms": 2000, "reply_ms": 2000, "final_ms": 2000, "total_ms": 10000 },
        },
        "delivery": { "retry_s": [1], "unsure_wait_s": 1, "probe_s": 1 },
    })
}

/// Adds to settings.
pub fn and(mut settings: Value, more: &Value) -> Value {
    merge(&mut settings, more);
    settings
}

fn merge(into: &mut Value, more: &Value) {
    match (into.as_object_mut(), more.as_object()) {
        (Some(into), Some(more)) => {
            for (name, value) in more {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        _ => *into = more.clone(),
    }
}
