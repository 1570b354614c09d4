//! Who a mail is from.
//!
//! A receipt is from the store: its name in capitals and its own address, whoever stands at the till.
//! A user's message is from "Admin via STORE" with the store's address, since many servers refuse any
//! other; the answer goes to the user by Reply-To. A user with an account of their own sends as themselves.

use super::in_force::InForce;
use super::model::ProfileFrom;
use crate::address::{self, Mailbox};
use crate::error::{Error, MAIL_E_NOT_CONFIGURED, Result};
use crate::text;

/// A user of the back office, as their profile names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
}

/// From, and where an answer goes if not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) from: Mailbox,
    pub(crate) reply_to: Option<Mailbox>,
}

/// Gives who a mail is from: the store, or a user.
pub(crate) fn origin(settings: &InForce, profile: Option<&Profile>) -> Result<Origin> {
    let store = of_store(settings)?;
    match profile {
        None => Ok(Origin {
            from: store,
            reply_to: None,
        }),
        Some(profile) => of_profile(settings, store, profile),
    }
}

/// Gives the From of a receipt.
pub(crate) fn of_store(settings: &InForce) -> Result<Mailbox> {
    let address = settings.sender_address.as_deref().ok_or_else(|| {
        Error::at(
            MAIL_E_NOT_CONFIGURED,
            "sender.address",
            text::not_configured(),
        )
    })?;
    Ok(Mailbox {
        name: filled(settings.sender_name.as_deref()).map(str::to_uppercase),
        address: address::check(address)?,
    })
}

fn of_profile(settings: &InForce, store: Mailbox, profile: &Profile) -> Result<Origin> {
    let own_address = profile.address.as_deref().map(address::check).transpose()?;
    let own_name = filled(profile.name.as_deref()).map(capitalised);
    let own = own_address.map(|address| Mailbox {
        name: own_name.clone(),
        address,
    });
    if settings.of_user {
        let from = Mailbox {
            name: own_name.or(store.name),
            address: store.address,
        };
        let reply_to = own.filter(|own| own.address != from.address);
        return Ok(Origin { from, reply_to });
    }
    match (settings.profile_from, own) {
        (ProfileFrom::OwnAddress, Some(own)) => Ok(Origin {
            from: own,
            reply_to: None,
        }),
        (_, own) => Ok(Origin {
            from: via(own_name, store),
            reply_to: own,
        }),
    }
}

fn via(user: Option<String>, store: Mailbox) -> Mailbox {
    let name = match (user, store.name) {
        (Some(user), Some(store)) => Some(format!("{user} via {store}")),
        (Some(user), None) => Some(format!("{user} via {}", store.address)),
        (None, store) => store,
    };
    Mailbox {
        name,
        address: store.address,
    }
}

fn filled(name: Option<&str>) -> Option<&str> {
    name.map(str::trim).filter(|name| !name.is_empty())
}

/// "admin" is shown as "Admin"; the rest stays as typed.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first
        .into_iter()
        .chain([letters.as_str().to_owned()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::settings::model::Document;
    use serde_json::{Value, json};

    fn shown(mailbox: &Mailbox) -> String {
        format!(
            "{} <{}>",
            mailbox.name.as_deref().unwrap_or("-"),
            mailbox.address
        )
    }

    #[test]
    fn who_a_mail_is_from() {
        let document = json!({
            "sender": {"address": "magasin2@vega-info.fr", "name": "Vega bordeaux"},
            "accounts": {"admin": {"sender": {"address": "admin@gmail.com"}, "smtp": {"preset": "gmail"}}},
        });
        let admin = |address: Option<&str>| Profile {
            name: Some("admin".to_owned()),
            address: address.map(str::to_owned),
        };
        let own = json!({"sender": {"profile_from": "own_address"}});
        let nameless = json!({"sender": {"name": null}});
        type Case = (
            Value,
            Option<Profile>,
            Option<&'static str>,
            &'static str,
            Option<&'static str>,
        );
        let cases: [Case; 8] = [
            (
                json!({}),
                None,
                None,
                "VEGA BORDEAUX <magasin2@vega-info.fr>",
                None,
            ),
            (
                json!({}),
                Some(admin(Some("admin@vega-info.fr"))),
                None,
                "Admin via VEGA BORDEAUX <magasin2@vega-info.fr>",
                Some("Admin <admin@vega-info.fr>"),
            ),
            (
                json!({}),
                Some(admin(None)),
                None,
                "Admin via VEGA BORDEAUX <magasin2@vega-info.fr>",
                None,
            ),
            (
                json!({}),
                Some(Profile {
                    name: None,
                    address: Some("x@y.fr".to_owned()),
                }),
                None,
                "VEGA BORDEAUX <magasin2@vega-info.fr>",
                Some("- <x@y.fr>"),
            ),
            (
                nameless,
                Some(admin(None)),
                None,
                "Admin via magasin2@vega-info.fr <magasin2@vega-info.fr>",
                None,
            ),
            (
                own.clone(),
                Some(admin(Some("admin@vega-info.fr"))),
                None,
                "Admin <admin@vega-info.fr>",
                None,
            ),
            (
                own,
                None,
                None,
                "VEGA BORDEAUX <magasin2@vega-info.fr>",
                None,
            ),
            (
                json!({}),
                Some(admin(Some("admin@gmail.com"))),
                Some("admin"),
                "Admin <admin@gmail.com>",
                None,
            ),
        ];
        for (change, profile, account, from, reply_to) in cases {
            let mut document = document.clone();
            json::merge(&mut document, &change);
            let document: Document = json::read(&document).unwrap();
            let settings = match account {
                Some(account) => InForce::of_account(&document, "1", account).unwrap(),
                None => InForce::of(&document, "1"),
            };
            let origin = origin(&settings, profile.as_ref()).unwrap();
            assert_eq!(shown(&origin.from), from, "{change} {profile:?}");
            assert_eq!(
                origin.reply_to.as_ref().map(shown).as_deref(),
                reply_to,
                "{change} {profile:?}"
            );
        }
    }

    #[test]
    fn capitals_are_those_of_unicode() {
        for (name, expected) in [
            ("Café de l'Été", "CAFÉ DE L'ÉTÉ"),
            ("Straße & œuf", "STRASSE & ŒUF"),
        ] {
            let document = json!({"sender": {"address": "a@b.fr", "name": name}});
            let settings = InForce::of(&json::read::<Document>(&document).unwrap(), "1");
            assert_eq!(of_store(&settings).unwrap().name.as_deref(), Some(expected));
            assert_eq!(
                settings.sender_name.as_deref(),
                Some(name),
                "the setting keeps the case as typed"
            );
        }
        assert_eq!(capitalised("élodie DUPONT"), "Élodie DUPONT");
    }
}
