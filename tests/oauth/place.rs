//! Where the tests happen: an authorization server, a mail server that asks it, and a shop that uses both.

use super::support::authorization::AuthorizationServer;
use super::support::ca::TestCa;
use super::support::postfix::{Options, Postfix};
use super::support::scratch::Scratch;
use super::support::shop::{STORE_NAME, Shop};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tillmail::error::Error;

pub(crate) const SOON: Duration = Duration::from_secs(60);
pub(crate) const CUSTOMER: &str = "client@clients.test";

pub(crate) struct Place {
    pub(crate) provider: AuthorizationServer,
    pub(crate) postfix: Postfix,
    _authority: Scratch,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place::offering("plain login xoauth2 oauthbearer")
    }

    /// With these mechanisms at the mail server.
    pub(crate) fn offering(mechanisms: &str) -> Place {
        let authority = Scratch::new("ca");
        let ca = Arc::new(TestCa::new(authority.path()));
        let provider = AuthorizationServer::start(&ca);
        let postfix = Postfix::start_with(&Options {
            mechanisms: mechanisms.to_owned(),
            introspection: Some(provider.introspection()),
            ca: Some(ca),
        });
        Place {
            provider,
            postfix,
            _authority: authority,
        }
    }

    /// Settings of the store, which logs in with tokens got as `oauth` says.
    pub(crate) fn settings(&self, oauth: &Value) -> Value {
        let mut whole = json!({
            "client_id": "till",
            "scopes": ["smtp", "offline_access"],
            "token_url": self.provider.token_url("common"),
            "device_url": self.provider.device_url("common"),
            "authorization_url": self.provider.authorize_url("common"),
        });
        for (name, value) in oauth.as_object().unwrap() {
            whole[name.as_str()] = value.clone();
        }
        json!({
            "sender": { "address": Postfix::USER, "name": STORE_NAME },
            "smtp": {
                "host": "localhost", "port": self.postfix.smtps_port, "security": "tls",
                "user": Postfix::USER, "ca_file": self.postfix.ca.ca_pem(), "oauth": whole,
                "timeouts": { "connect_ms": 5000, "reply_ms": 5000 },
            },
            "delivery": { "retry_s": [1], "probe_s": 600 },
        })
    }

    pub(crate) fn shop(&self, oauth: &Value) -> Shop {
        Shop::with(&self.settings(oauth))
    }

    /// Settings with a refresh token that the integrator has.
    pub(crate) fn with_refresh_token(&self) -> Value {
        json!({ "refresh_token": self.provider.grant_refresh_token("till", Postfix::USER) })
    }

    /// No file of a shop shows a token or a code that was ever given, in clear or as AUTH says it.
    pub(crate) fn nothing_leaks(&self, shop: &Shop) {
        let secrets = self
            .provider
            .issued()
            .into_iter()
            .chain(self.provider.issued_codes());
        let secrets: Vec<String> = secrets.collect();
        assert!(!secrets.is_empty(), "no token was given");
        let files = files(&shop.folder().join("state"));
        assert!(
            files.iter().any(|(name, _)| name == "outbox.db"),
            "no outbox"
        );
        for (name, content) in &files {
            for secret in &secrets {
                let found = content
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{name} shows {secret}");
            }
        }
        let journal = shop
            .mailer
            .journal(&json!({ "library": true }))
            .unwrap()
            .to_string();
        let shown = shop.mailer.settings(&json!({})).unwrap().to_string();
        for secret in &secrets {
            assert!(
                !journal.contains(secret) && !shown.contains(secret),
                "{secret}"
            );
        }
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Sends one receipt and waits for what becomes of it.
pub(crate) fn sends(shop: &Shop, number: &str) -> Result<Value, Error> {
    shop.wait(shop.send(number, CUSTOMER), SOON)
}

/// The account is paused, with this code; gives the pause as health tells it.
pub(crate) fn paused(shop: &Shop, code: i32) -> Value {
    super::support::scratch::wait_until("the account is paused", SOON, || {
        let health = shop.mailer.health(&json!({})).unwrap();
        let pause = health["paused_accounts"].get(0)?.clone();
        assert_eq!(pause["code"], json!(code), "{pause}");
        Some(pause)
    })
}
