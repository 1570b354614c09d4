//! The accounts in force that log in at a provider of the table, and whether they still do it with a password.

use super::Preset;
use crate::settings::in_force::{InForce, Server, Way};
use crate::settings::model::{Auth, Document};

/// Accounts that are looked at: a panel shows no more, and an installation may have 10,000 users.
const MOST: usize = 50;

/// An account in force, at a provider of the table.
#[derive(Debug)]
pub(crate) struct Login {
    /// Its name in the outbox.
    pub(crate) account: String,
    pub(crate) user: String,
    pub(crate) provider: Preset,
    pub(crate) with_password: bool,
}

/// Gives the store's account and those of the users, each once, as far as their server is a provider's.
pub(crate) fn logins(document: &Document, store: &str) -> Vec<Login> {
    let providers = document.presets.all();
    let accounts = document
        .accounts
        .iter()
        .flat_map(|accounts| accounts.keys());
    let of_users = accounts.filter_map(|name| InForce::of_account(document, store, name));
    let mut logins: Vec<Login> = Vec::new();
    for in_force in [InForce::of(document, store)]
        .into_iter()
        .chain(of_users)
        .take(MOST)
    {
        let login = in_force.way.and_then(|way| login(&way, &providers));
        if let Some(login) = login
            && logins.iter().all(|known| known.account != login.account)
        {
            logins.push(login);
        }
    }
    logins
}

fn login(way: &Way, providers: &[Preset]) -> Option<Login> {
    let Way::Smtp(server) = way else {
        return None;
    };
    let here = || {
        providers
            .iter()
            .filter(|preset| preset.host.eq_ignore_ascii_case(&server.host))
    };
    // Several rows may name one server; a date at one of them holds for the server.
    let provider = here()
        .find(|preset| preset.password_ends.is_some())
        .or_else(|| here().next())?;
    Some(Login {
        account: way.account(),
        user: server.user.clone()?,
        provider: provider.clone(),
        with_password: with_password(server),
    })
}

fn with_password(server: &Server) -> bool {
    let mechanism = matches!(server.auth, Auth::Auto | Auth::Plain | Auth::Login);
    mechanism && server.tokens.is_none() && server.sealed_password.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use serde_json::json;

    #[test]
    fn accounts_at_a_provider_are_found_by_preset_and_by_host() {
        let at = |smtp| json!({ "smtp": smtp });
        let cases = [
            (
                at(json!({ "preset": "m365", "user": "a@b.fr", "password": "x" })),
                Some(("m365", true)),
            ),
            (
                at(json!({ "host": "SMTP.office365.com", "user": "a@b.fr", "password": "x" })),
                Some(("m365", true)),
            ),
            (
                at(json!({ "preset": "m365", "user": "a@b.fr" })),
                Some(("m365", false)),
            ),
            (
                at(json!({ "preset": "m365", "user": "a@b.fr", "password": "x", "oauth": {} })),
                Some(("m365", false)),
            ),
            (
                at(json!({ "preset": "m365", "user": "a@b.fr", "password": "x", "auth": "none" })),
                Some(("m365", false)),
            ),
            (
                at(json!({ "preset": "outlook", "user": "a@live.fr", "password": "x" })),
                Some(("outlook", true)),
            ),
            (
                at(
                    json!({ "preset": "m365", "host": "relay.b.fr", "user": "a@b.fr", "password": "x" }),
                ),
                None,
            ),
            (
                at(json!({ "host": "mail.b.fr", "user": "a@b.fr", "password": "x" })),
                None,
            ),
            (
                json!({ "legacy": { "server": "smtp.office365.com", "port": 587, "ssl": true, "user": "a", "password": "x" } }),
                Some(("m365", true)),
            ),
            (json!({ "folder": { "path": "/tmp" } }), None),
        ];
        for (settings, expected) in cases {
            let document: Document = json::read(&settings).unwrap();
            let found = logins(&document, "1");
            let found: Vec<_> = found
                .iter()
                .map(|login| (login.provider.id.as_str(), login.with_password))
                .collect();
            assert_eq!(
                found,
                expected.into_iter().collect::<Vec<_>>(),
                "{settings}"
            );
        }
    }

    #[test]
    fn the_store_and_each_user_count_once() {
        let document: Document = json::read(&json!({
            "smtp": { "preset": "gmail", "user": "shop@gmail.com", "password": "x" },
            "stores": { "2": { "smtp": { "preset": "m365", "user": "two@b.fr", "password": "x" } } },
            "accounts": {
                "anne": { "smtp": { "preset": "outlook", "user": "anne@live.fr", "password": "x" } },
                "bob": { "smtp": { "preset": "outlook", "user": "anne@live.fr", "password": "x" } },
                "same": { "sender": { "address": "other@gmail.com" } },
            },
        }))
        .unwrap();
        for (store, expected) in [
            ("1", ["shop@gmail.com", "anne@live.fr"]),
            ("2", ["two@b.fr", "anne@live.fr"]),
        ] {
            let users: Vec<String> = logins(&document, store)
                .into_iter()
                .map(|login| login.user)
                .collect();
            assert_eq!(users, expected, "{store}");
        }
    }
}
